//! The change of one file: prepared beside it, made in one step, and unmade where another one fails.
//!
//! Knows files and bytes. It must not know formats, nor what the other files are.

use std::env;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};

use crate::target::{Kind, Target, folder_of};
use crate::{signals, system};

/// Names of files that will not stay begin with this.
const PREFIX: &str = ".brolga-";

/// What a file is to hold.
pub trait Content {
    /// Writes all of it.
    fn write(&self, to: &mut dyn Write) -> io::Result<()>;
}

/// A file that is about to change.
#[derive(Debug)]
pub struct Change {
    path: PathBuf,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// What goes into a pipe or a device cannot be taken back.
    Stream,
    /// A finished file takes the name, and is gone from here then. The old file, if there was one
    /// and it is still wanted, has another name from then on.
    Rename { finished: Option<TempPath>, old: Option<TempPath> },
    /// The bytes of the file are overwritten, where another file would not be the same in all else.
    /// Its old bytes are in a copy.
    Overwrite { file: File, old: NamedTempFile },
}

/// Tries whether a file can be made for a target that is none yet.
pub fn probe(target: &Target) -> io::Result<()> {
    match target.kind {
        Kind::New => beside(&target.path, None).map(drop),
        Kind::File(_) | Kind::Stream => Ok(()),
    }
}

impl Change {
    /// Does what takes long or is likely to fail, and changes nothing.
    pub fn prepare(target: Target, content: &impl Content) -> io::Result<Change> {
        let Target { path, kind, .. } = target;
        let rename = |file: NamedTempFile| Way::Rename { finished: Some(file.into_temp_path()), old: None };
        let way = match &kind {
            Kind::Stream => Way::Stream,
            Kind::New => {
                let file = beside(&path, None)?;
                write(file.as_file(), content)?;
                rename(file)
            }
            Kind::File(old) => match twin(&path, old) {
                Some(file) => {
                    write(file.as_file(), content)?;
                    // Again, for a write takes bits of the mode away.
                    system::take_after(file.as_file(), old)?;
                    rename(file)
                }
                None => {
                    let file = OpenOptions::new().write(true).open(&path)?;
                    let copy = beside(&path, Some(old));
                    let mut copy = copy.or_else(|_| temporary(&env::temp_dir(), Some(old)))?;
                    io::copy(&mut File::open(&path)?, copy.as_file_mut())?;
                    Way::Overwrite { file, old: copy }
                }
            },
        };
        Ok(Change { path, way })
    }

    /// Whether the change can be made and never unmade.
    pub fn is_stream(&self) -> bool {
        matches!(self.way, Way::Stream)
    }

    /// Makes the change; where that fails, the file is as it was. Only if it is `reversible` can it be
    /// unmade later.
    pub fn make(&mut self, content: &impl Content, reversible: bool) -> io::Result<()> {
        match &mut self.way {
            // As a shell opens it, which waits for the reader of a pipe.
            Way::Stream => write(&OpenOptions::new().write(true).open(&self.path)?, content),
            Way::Rename { finished, old } => {
                let there = is_there(&self.path)?;
                if there && reversible {
                    *old = Some(put_aside(&self.path)?);
                }
                let new = finished.take().expect("a change is made once");
                new.persist(&self.path).or_else(|failed| {
                    if let Some(old) = old.take_if(|_| fs::symlink_metadata(&self.path).is_err()) {
                        give_back(old, &self.path)?;
                    }
                    Err(failed.error)
                })
            }
            Way::Overwrite { file, .. } => {
                let written = write(file, content).and_then(|()| cut(file));
                written.or_else(|error| self.unmake().and(Err(error)))
            }
        }
    }

    /// Puts the file back as it was before the change was made.
    pub fn unmake(&mut self) -> io::Result<()> {
        match &mut self.way {
            Way::Stream => Ok(()),
            Way::Rename { old, .. } => match old.take() {
                Some(old) => give_back(old, &self.path),
                None => fs::remove_file(&self.path),
            },
            Way::Overwrite { file, old } => {
                let mut copy = || {
                    file.rewind()?;
                    old.rewind()?;
                    io::copy(old.as_file_mut(), file)?;
                    cut(file)
                };
                copy().map_err(|error| {
                    old.disable_cleanup(true);
                    kept(&error, old.path())
                })
            }
        }
    }
}

/// An empty file in whose place nobody can tell that it is not the old one, if there can be one.
fn twin(path: &Path, old: &Metadata) -> Option<NamedTempFile> {
    if !system::is_replaceable(path, old) {
        return None;
    }
    let file = beside(path, Some(old)).ok()?;
    system::take_after(file.as_file(), old).ok()?;
    // The folder may have given it what the old one has not.
    system::is_replaceable(file.path(), &file.as_file().metadata().ok()?).then_some(file)
}

/// Whether a file of this name would be replaced; an error where it is another thing by now.
fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(io::Error::other("something that is no regular file has taken its name meanwhile")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Another name for a file: a second one, or where the file system has no links its only one.
fn put_aside(path: &Path) -> io::Result<TempPath> {
    let mut builder = Builder::new();
    let builder = builder.prefix(PREFIX);
    let folder = folder_of(path);
    let aside = builder.make_in(folder, |aside| fs::hard_link(path, aside));
    let aside = aside.or_else(|_| builder.make_in(folder, |aside| fs::rename(path, aside)));
    aside.map(NamedTempFile::into_temp_path).map_err(|error| plain(&error))
}

fn give_back(old: TempPath, path: &Path) -> io::Result<()> {
    old.persist(path).map_err(|mut failed| {
        failed.path.disable_cleanup(true);
        kept(&failed.error, &failed.path)
    })
}

/// What is told where the old file cannot be put back.
fn kept(error: &io::Error, old: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{error}; what it held is now in {}", old.display()))
}

/// An empty file in the folder of `path`, like any new one or like `old`. It goes away again unless
/// it is given a name.
fn beside(path: &Path, old: Option<&Metadata>) -> io::Result<NamedTempFile> {
    temporary(folder_of(path), old)
}

fn temporary(folder: &Path, old: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    system::set_mode(&mut builder, old);
    let mut unfinished = signals::unfinished();
    let made = builder.tempfile_in(folder);
    unfinished.extend(made.as_ref().ok().map(|file| file.path().to_path_buf()));
    made.map_err(|error| plain(&error))
}

fn write(file: &File, content: &impl Content) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    content.write(&mut writer)?;
    writer.flush()
}

/// Ends the file where it was written to last.
fn cut(file: &mut File) -> io::Result<()> {
    let end = file.stream_position()?;
    file.set_len(end)
}

/// The system's own words, without the temporary file's name, which tells a user nothing.
fn plain(error: &io::Error) -> io::Error {
    let text = error.to_string();
    io::Error::new(error.kind(), text.split(" at path ").next().unwrap_or(&text).to_string())
}
