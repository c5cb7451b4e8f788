//! What lies behind the name of an output.
//!
//! Knows names, links and kinds of files. It must not know what is written, nor how.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::system;

/// Where a name leads to.
#[derive(Debug)]
pub struct Target {
    /// The name behind symbolic links, in a canonical folder; of a stream as the user wrote it.
    pub path: PathBuf,
    /// What is there.
    pub kind: Kind,
    identity: Identity,
}

/// What a name leads to.
#[derive(Debug)]
pub enum Kind {
    /// Nothing yet.
    New,
    /// A regular file.
    File(Metadata),
    /// A pipe or a device, which is written into.
    Stream,
}

/// Equal for all names of one file: its node, or the node of its folder and the name that it will have.
#[derive(Debug, PartialEq)]
enum Identity {
    Node(system::Node),
    Entry(system::Node, PathBuf),
}

/// Symbolic links that are followed one after another, as Linux does.
const MOST_LINKS: usize = 40;

impl Target {
    /// Looks where a name leads to, without opening anything; the error says why nothing can be
    /// written there.
    pub fn find(name: &Path) -> Result<Target, String> {
        let told = |error: io::Error| error.to_string();
        // `x.npy/` names a folder, which the path's own parts do not show.
        if name
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_some_and(|&last| std::path::is_separator(last.into()))
        {
            return Err("it is the name of a directory".to_string());
        }
        let metadata = match fs::metadata(name) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Target::end_of_links(name),
            Err(error) => return Err(told(error)),
        };
        if metadata.is_dir() {
            return Err("it is a directory".to_string());
        }
        if system::is_socket(&metadata) {
            return Err("it is a socket".to_string());
        }
        system::check_writable(name).map_err(told)?;
        let identity = Identity::Node(system::node(name, &metadata).map_err(told)?);
        Ok(if metadata.is_file() {
            let path = fs::canonicalize(name).map_err(told)?;
            Target { path, kind: Kind::File(metadata), identity }
        } else {
            // What stands behind /dev/stdout has no name of its own that leads back to it.
            Target { path: name.to_path_buf(), kind: Kind::Stream, identity }
        })
    }

    /// Where the file will be made that a name, or a chain of links, speaks of.
    fn end_of_links(name: &Path) -> Result<Target, String> {
        let mut path = name.to_path_buf();
        for _ in 0..MOST_LINKS {
            let (folder, Some(file)) = (folder_of(&path), path.file_name()) else {
                return Err("it is the name of a directory".to_string());
            };
            let canonical = fs::canonicalize(folder).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => format!("the folder `{}` does not exist", folder.display()),
                _ => error.to_string(),
            })?;
            let end = canonical.join(file);
            let Ok(next) = fs::read_link(&end) else {
                let node = fs::metadata(&canonical).and_then(|metadata| system::node(&canonical, &metadata));
                let node = node.map_err(|error| error.to_string())?;
                let identity = Identity::Entry(node, file.into());
                return Ok(Target { path: end, kind: Kind::New, identity });
            };
            path = canonical.join(next);
        }
        Err("too many symbolic links follow one another".to_string())
    }

    /// Whether both are one and the same file, whatever their names.
    pub fn is(&self, other: &Target) -> bool {
        self.identity == other.identity
    }
}

/// The folder that a file of this name lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
