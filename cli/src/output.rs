//! Files of results: all of them or none, and none ever half written.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use brolga::syntax::is_name;
use brolga::{Array, Error, ErrorKind, Result};
use tempfile::NamedTempFile;

use crate::image::Image;
use crate::{Failure, npy, signals};

/// The files that results go to, in order.
#[derive(Debug)]
pub struct Outputs {
    files: Vec<Output>,
}

#[derive(Debug)]
struct Output {
    /// As the user wrote it.
    name: PathBuf,
    /// Where the file lies, behind symbolic links.
    path: PathBuf,
    format: Format,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Npy,
    Png,
}

impl Outputs {
    /// Looks at the names and tries whether files can be made beside them, so that nobody waits
    /// for a result that cannot be kept.
    pub fn new(names: &[PathBuf]) -> Result<Outputs, Failure> {
        let mut files: Vec<Output> = Vec::new();
        for name in names {
            let shown = name.display();
            if let Some((result, file)) = name.to_str().and_then(|text| text.split_once('='))
                && is_name(result)
            {
                return Err(Failure::Usage(format!(
                    "-o {shown}: NAME=FILE is for kernels; the results of an expression have no names, and \
                     -o {file} takes them in order (a file of this very name is written ./{shown})"
                )));
            }
            let format = match name.extension().and_then(|ending| ending.to_str()) {
                Some("npy") => Format::Npy,
                Some("png") => Format::Png,
                _ => return Err(Failure::Usage(format!("{shown}: a result goes to a .npy or a .png file"))),
            };
            let path = fs::canonicalize(name).unwrap_or_else(|_| name.clone());
            if files.iter().any(|file| file.path == path) {
                return Err(Failure::Usage(format!("{shown} is given for two results")));
            }
            let file = Output { name: name.clone(), path, format };
            if file.path.is_dir() {
                return Err(file.failed("it is a directory").into());
            }
            if let Some(folder) = name.parent().filter(|folder| *folder != Path::new("") && !folder.exists())
            {
                return Err(file.failed(format!("the folder `{}` does not exist", folder.display())).into());
            }
            file.beside().map_err(|error| file.failed(error))?;
            files.push(file);
        }
        Ok(Outputs { files })
    }

    /// True where results are printed instead.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// An error unless there is a file for each of `results` results.
    pub fn check_count(&self, results: usize) -> Result<(), Failure> {
        let files = self.files.len();
        if files == 0 || files == results {
            return Ok(());
        }
        let s = |n| if n == 1 { "" } else { "s" };
        Err(Failure::Usage(format!(
            "the expression has {results} result{}, and -o gives {files} file{}",
            s(results),
            s(files)
        )))
    }

    /// Writes each result to its file: first all of them beside their names, then all names at once.
    pub fn write(self, results: &[Array]) -> Result<()> {
        if !self.files.is_empty() {
            signals::watch()
                .map_err(|error| Error::new(ErrorKind::Host, format!("cannot watch for signals: {error}")))?;
        }
        let mut written = Vec::new();
        for (file, array) in self.files.iter().zip(results) {
            written.push(file.fill(array)?);
        }
        let mut unfinished = signals::unfinished();
        for (file, temporary) in self.files.iter().zip(written) {
            temporary.persist(&file.path).map_err(|error| file.failed(error.error))?;
        }
        unfinished.clear();
        Ok(())
    }
}

impl Output {
    /// An empty file in the folder of this one; it goes away again unless it is given the name.
    fn beside(&self) -> io::Result<NamedTempFile> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".brolga-");
        #[cfg(unix)]
        {
            // As any new file: what the user's mask leaves of this.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut unfinished = signals::unfinished();
        let made = builder.tempfile_in(folder);
        unfinished.extend(made.as_ref().ok().map(|file| file.path().to_path_buf()));
        made.map_err(|error| io::Error::new(error.kind(), plain(&error)))
    }

    fn fill(&self, array: &Array) -> Result<NamedTempFile> {
        let image = match self.format {
            Format::Png => Some(Image::new(array)?),
            Format::Npy => None,
        };
        let write = || {
            let mut file = self.beside()?;
            let mut writer = BufWriter::new(file.as_file_mut());
            match image {
                Some(image) => image.write(&mut writer)?,
                None => npy::write(array, &mut writer)?,
            }
            writer.flush()?;
            drop(writer);
            Ok(file)
        };
        write().map_err(|error: io::Error| self.failed(error))
    }

    fn failed(&self, why: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Host, format!("cannot write {}: {why}", self.name.display()))
    }
}

/// The system's own words, without the temporary file's name, which tells a user nothing.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" at path ").next().unwrap_or(&text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::DType;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn all_files_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let names = [folder.path().join("a.npy"), folder.path().join("b.png")];
        let line = || Array::zeros(DType::Float64, 3).unwrap();
        let sheet = || Array::zeros(DType::Float64, [2, 3]).unwrap();
        let outputs = Outputs::new(&names).unwrap();
        assert!(entries(folder.path()).is_empty());
        outputs.write(&[line(), line()]).unwrap_err();
        assert!(entries(folder.path()).is_empty());
        Outputs::new(&names).unwrap().write(&[line(), sheet()]).unwrap();
        assert_eq!(entries(folder.path()), ["a.npy", "b.png"]);
        assert_eq!(npy::read(&names[0]).unwrap().shape(), [3]);
        Outputs::new(&names).unwrap().write(&[sheet(), sheet()]).unwrap();
        assert_eq!(npy::read(&names[0]).unwrap().shape(), [2, 3]);
    }

    #[test]
    #[cfg(unix)]
    fn files_are_as_any_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours.npy"));
        fs::write(&plain, "").unwrap();
        Outputs::new(std::slice::from_ref(&ours))
            .unwrap()
            .write(&[Array::zeros(DType::Bool, 1).unwrap()])
            .unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
        // A link stays one, and the file behind it changes.
        let link = folder.path().join("link.npy");
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        Outputs::new(std::slice::from_ref(&link))
            .unwrap()
            .write(&[Array::zeros(DType::Bool, 7).unwrap()])
            .unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(npy::read(&ours).unwrap().len(), 7);
    }

    #[test]
    fn what_cannot_be_written_is_told_before() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("folder.npy")).unwrap();
        fs::write(at("file"), "").unwrap();
        for name in ["nowhere/a.npy", "folder.npy", "file/a.npy"] {
            match Outputs::new(&[at(name)]) {
                Err(Failure::Input(error)) => {
                    let text = error.to_string();
                    assert!(text.contains(name) && !text.contains(".brolga-"), "{text}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        for names in [&["a.txt"][..], &["a"], &["a.npy", "a.npy"]] {
            let names: Vec<_> = names.iter().map(|name| at(name)).collect();
            assert!(matches!(Outputs::new(&names), Err(Failure::Usage(_))), "{names:?}");
        }
        assert_eq!(entries(folder.path()), ["file", "folder.npy"]);
    }

    #[test]
    fn every_result_has_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let one = Outputs::new(&[folder.path().join("a.npy")]).unwrap();
        assert!(one.check_count(1).is_ok());
        assert!(matches!(one.check_count(2), Err(Failure::Usage(_))));
        assert!(Outputs::new(&[]).unwrap().check_count(5).is_ok());
    }
}
