//! Files of results: all of them or none, and none ever half written.

use std::io::{self, Write};
use std::path::PathBuf;

use brolga::syntax::is_name;
use brolga::{Array, Error, ErrorKind, Result};

use crate::change::{self, Change};
use crate::colormap::Colormap;
use crate::image::Image;
use crate::target::Target;
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
    format: Format,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Npy,
    Png,
}

impl Outputs {
    /// Looks at the names and tries whether they can be written to, so that nobody waits for a
    /// result that cannot be kept.
    pub fn new(names: &[PathBuf]) -> Result<Outputs, Failure> {
        match names.iter().find_map(|name| Some((name, named(name)?))) {
            None => Outputs::to(names),
            Some((name, (_, file))) => {
                let shown = name.display();
                Err(Failure::Usage(format!(
                    "-o {shown}: NAME=FILE is for kernels; the results of an expression have no names, and \
                     -o {file} takes them in order (a file of this very name is written ./{shown})"
                )))
            }
        }
    }

    /// As [`Outputs::new`], where names may hold anything.
    pub fn to(names: &[PathBuf]) -> Result<Outputs, Failure> {
        let files = names.iter().map(|name| Output::new(name.clone())).collect::<Result<_, _>>()?;
        let outputs = Outputs { files };
        if !outputs.is_empty() {
            let failed = |error| Error::new(ErrorKind::Host, format!("cannot watch for signals: {error}"));
            signals::watch().map_err(failed)?;
        }
        for (file, target) in outputs.files.iter().zip(outputs.targets()?) {
            change::probe(&target).map_err(|error| file.failed(error))?;
        }
        Ok(outputs)
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
            "there {} {results} result{}, and -o gives {files} file{}",
            if results == 1 { "is" } else { "are" },
            s(results),
            s(files)
        )))
    }

    /// Where the names lead to by now; no two of them to one file.
    fn targets(&self) -> Result<Vec<Target>, Failure> {
        let mut targets: Vec<Target> = Vec::new();
        for file in &self.files {
            let target = Target::find(&file.name).map_err(|why| file.failed(why))?;
            if let Some(first) = targets.iter().position(|other| other.is(&target)) {
                let (first, second) = (&self.files[first].name, &file.name);
                let mut said = format!("{} is given for two results", second.display());
                if first != second {
                    said += &format!(": {} is the same file", first.display());
                }
                return Err(Failure::Usage(said));
            }
            targets.push(target);
        }
        Ok(targets)
    }

    /// Makes everything ready for the results to be in their files, and changes none yet.
    pub fn stage<'a>(&'a self, results: &'a [Array], colormap: Colormap) -> Result<Staged<'a>, Failure> {
        let contents =
            self.files.iter().zip(results).map(|(file, result)| Content::new(file.format, result, colormap));
        let contents = contents.collect::<Result<Vec<_>>>()?;
        let mut files = Vec::new();
        for ((file, target), content) in self.files.iter().zip(self.targets()?).zip(contents) {
            let change = Change::prepare(target, &content).map_err(|error| file.failed(error))?;
            files.push((file, content, change));
        }
        Ok(Staged { files })
    }
}

/// The two parts of `NAME=FILE`.
pub fn named(output: &std::path::Path) -> Option<(&str, &str)> {
    output.to_str()?.split_once('=').filter(|(name, _)| is_name(name))
}

impl Output {
    fn new(name: PathBuf) -> Result<Output, Failure> {
        let shown = name.display();
        let format = match name.extension().and_then(|ending| ending.to_str()) {
            Some("npy") => Format::Npy,
            Some("png") => Format::Png,
            _ => return Err(Failure::Usage(format!("{shown}: a result goes to a .npy or a .png file"))),
        };
        Ok(Output { name, format })
    }

    fn failed(&self, why: impl std::fmt::Display) -> Error {
        unwritten(&self.name, why)
    }
}

/// A file cannot be written.
pub fn unwritten(path: &std::path::Path, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Host, format!("cannot write {}: {why}", path.display()))
}

/// A result as its file will hold it.
enum Content<'a> {
    Npy(&'a Array),
    Png(Image),
}

impl Content<'_> {
    fn new(format: Format, result: &Array, colormap: Colormap) -> Result<Content<'_>> {
        Ok(match format {
            Format::Npy => Content::Npy(result),
            Format::Png => Content::Png(Image::new(result, colormap)?),
        })
    }
}

impl change::Content for Content<'_> {
    fn write(&self, mut to: &mut dyn Write) -> io::Result<()> {
        match self {
            Content::Npy(array) => npy::write(array, &mut to),
            Content::Png(image) => image.write(to),
        }
    }
}

/// Results that are ready to be in their files.
pub struct Staged<'a> {
    files: Vec<(&'a Output, Content<'a>, Change)>,
}

impl Staged<'_> {
    /// Changes all the files, or none of them.
    pub fn commit(self) -> Result<()> {
        let (streams, mut files): (Vec<_>, Vec<_>) =
            self.files.into_iter().partition(|(_, _, change)| change.is_stream());
        // They may fail after a long wait, and nothing can be taken back from them: so they come first.
        for (file, content, mut change) in streams {
            change.make(&content, false).map_err(|error| file.failed(error))?;
        }
        // The process is not stopped between two files.
        let mut unfinished = signals::unfinished();
        let done = change_all(&mut files);
        // What is no longer needed goes away here; what was kept for want of anything better is no
        // longer watched.
        drop(files);
        unfinished.clear();
        done
    }
}

fn change_all(files: &mut [(&Output, Content<'_>, Change)]) -> Result<()> {
    let reversible = files.len() > 1;
    for at in 0..files.len() {
        let (file, content, change) = &mut files[at];
        let Err(error) = change.make(content, reversible) else { continue };
        let failed = file.failed(error);
        let mut lost = Vec::new();
        for (file, _, change) in files[..at].iter_mut().rev() {
            if let Err(error) = change.unmake() {
                lost.push(format!("{} could not be put back: {error}", file.name.display()));
            }
        }
        return Err(if lost.is_empty() { failed } else { failed.help(lost.join("; ")) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::DType;
    use std::fs;
    use std::path::Path;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn zeros(len: usize) -> Array {
        Array::zeros(DType::Float64, len).unwrap()
    }

    fn write(names: &[PathBuf], results: &[Array]) -> Result<(), Failure> {
        Ok(Outputs::new(names)?.stage(results, Colormap::Gray)?.commit()?)
    }

    #[test]
    fn all_files_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let names = [folder.path().join("a.npy"), folder.path().join("b.png")];
        let line = || zeros(3);
        let sheet = || Array::zeros(DType::Float64, [2, 3]).unwrap();
        let outputs = Outputs::new(&names).unwrap();
        assert!(entries(folder.path()).is_empty());
        assert!(outputs.stage(&[line(), line()], Colormap::Gray).is_err());
        assert!(entries(folder.path()).is_empty());
        write(&names, &[line(), sheet()]).unwrap();
        assert_eq!(entries(folder.path()), ["a.npy", "b.png"]);
        assert_eq!(npy::read(&names[0]).unwrap().shape(), [3]);
        write(&names, &[sheet(), sheet()]).unwrap();
        assert_eq!(npy::read(&names[0]).unwrap().shape(), [2, 3]);
    }

    #[test]
    #[cfg(unix)]
    fn files_are_as_any_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours.npy"));
        fs::write(&plain, "").unwrap();
        write(std::slice::from_ref(&ours), &[zeros(1)]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
        // A link stays one, and the file behind it changes.
        let link = folder.path().join("link.npy");
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        write(std::slice::from_ref(&link), &[zeros(7)]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(npy::read(&ours).unwrap().len(), 7);
    }

    /// Whatever becomes of the name of the last file meanwhile, those before it are as they were.
    #[test]
    fn a_change_that_fails_undoes_those_before() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("old.npy"), "as it was").unwrap();
        fs::write(at("linked.npy"), "as it was, too").unwrap();
        fs::hard_link(at("linked.npy"), at("other")).unwrap();
        let names = ["new.npy", "old.npy", "linked.npy", "last.npy"].map(at);
        let results = [1, 2, 3, 4].map(zeros);
        let outputs = Outputs::new(&names).unwrap();
        let staged = outputs.stage(&results, Colormap::Gray).unwrap();
        fs::create_dir(at("last.npy")).unwrap();
        let error = staged.commit().unwrap_err().to_string();
        assert!(error.contains("last.npy"), "{error}");
        assert_eq!(entries(folder.path()), ["last.npy", "linked.npy", "old.npy", "other"]);
        assert_eq!(fs::read(at("old.npy")).unwrap(), b"as it was");
        assert_eq!(fs::read(at("linked.npy")).unwrap(), b"as it was, too");
        assert_eq!(fs::read(at("other")).unwrap(), b"as it was, too");

        // And where the very last step fails, for want of what should take the name.
        fs::remove_dir(at("last.npy")).unwrap();
        fs::write(at("last.npy"), "as it was, at last").unwrap();
        let before = entries(folder.path());
        let staged = outputs.stage(&results[..], Colormap::Gray).unwrap();
        let last = entries(folder.path()).into_iter().find(|name| {
            name.starts_with(".brolga-") && npy::read(&at(name)).is_ok_and(|array| array.len() == 4)
        });
        fs::remove_file(at(&last.unwrap())).unwrap();
        let error = staged.commit().unwrap_err().to_string();
        assert!(error.contains("last.npy") && !error.contains(".brolga-"), "{error}");
        assert_eq!(entries(folder.path()), before);
        assert_eq!(fs::read(at("old.npy")).unwrap(), b"as it was");
        assert_eq!(fs::read(at("last.npy")).unwrap(), b"as it was, at last");

        outputs.stage(&results, Colormap::Gray).unwrap().commit().unwrap();
        assert_eq!(entries(folder.path()), ["last.npy", "linked.npy", "new.npy", "old.npy", "other"]);
        assert_eq!(names.map(|name| npy::read(&name).unwrap().len()), [1, 2, 3, 4]);
        let other = fs::read(at("other")).unwrap();
        assert_eq!(other, fs::read(at("linked.npy")).unwrap(), "both are names of one file");
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
