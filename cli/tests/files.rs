//! Files that results go to: all of them or none, whatever lies behind their names.

mod common;

use std::fs;

use common::Place;

#[test]
fn nothing_is_written_unless_all_went_well() {
    let place = Place::new();
    fs::write(place.path("old.npy"), "as it was").unwrap();
    place.eval(&["a + missing", "a=ones(3)", "-o", "old.npy"]).refused(&["missing"]);
    place.eval(&["a + b", "a=ones(3)", "b=ones(4)", "-o", "old.npy"]).refused(&[]);
    place.eval(&["a", "a=ones(3)", "-o", "x.png"]).refused(&["2 dimensions"]);
    place.eval(&["a, a", "a=ones(3)", "-o", "x.npy", "-o", "x.png"]).refused(&["2 dimensions"]);
    let nowhere = ["nowhere/x.npy", "the folder `nowhere` does not exist"];
    place.eval(&["a", "a=ones(3)", "-o", "nowhere/x.npy"]).refused(&nowhere);
    place.eval(&["a", "a=ones(3)", "-o", "x=q.npy"]).misused(&["-o x=q.npy", "kernels"]);
    place.eval(&["a, a", "a=ones(3)", "-o", "x.npy"]).misused(&["2 results", "1 file"]);
    place.eval(&["a", "a=ones(3)", "-o", "x.npy", "-o", "y.npy"]).misused(&["1 result,", "2 files"]);
    place.eval(&["a", "a=ones(3)", "-o", "x.txt"]).misused(&["x.txt"]);
    assert_eq!(place.files(), ["old.npy"]);
    assert_eq!(fs::read(place.path("old.npy")).unwrap(), b"as it was");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, Stdio};

    use super::common::Done;
    use super::*;

    fn run(place: &Place, line: &str) -> Done {
        Done::from(place.shell(line).output().unwrap())
    }

    fn make_pipe(place: &Place, name: &str) {
        assert!(Command::new("mkfifo").arg(place.path(name)).status().unwrap().success());
    }

    /// Root may do what others may not.
    fn is_root(place: &Place) -> bool {
        fs::metadata(place.path("")).unwrap().uid() == 0
    }

    fn mode(place: &Place, name: &str) -> u32 {
        fs::metadata(place.path(name)).unwrap().mode() & 0o7777
    }

    /// What the command prints of the array in a file.
    fn read(place: &Place, name: &str) -> String {
        place.eval(&["x + 0", &format!("x={name}")]).printed()
    }

    #[test]
    fn two_results_never_share_a_file() {
        let place = Place::new();
        fs::create_dir(place.path("folder")).unwrap();
        symlink("folder", place.path("same")).unwrap();
        fs::write(place.path("old.npy"), "as it was").unwrap();
        symlink("old.npy", place.path("link.npy")).unwrap();
        symlink("link.npy", place.path("link to link.npy")).unwrap();
        fs::hard_link(place.path("old.npy"), place.path("hard.npy")).unwrap();
        symlink("folder/new.npy", place.path("dangling.npy")).unwrap();
        make_pipe(&place, "pipe.npy");
        symlink("pipe.npy", place.path("pipe link.npy")).unwrap();
        let before = place.files();
        let absolute = place.path("x.npy");
        for (one, other) in [
            ("x.npy", "x.npy"),
            ("x.npy", "./x.npy"),
            ("x.npy", absolute.to_str().unwrap()),
            ("x.npy", "folder/../x.npy"),
            ("folder/x.npy", "same/x.npy"),
            ("old.npy", "./old.npy"),
            ("old.npy", "link.npy"),
            ("link.npy", "link to link.npy"),
            ("hard.npy", "link.npy"),
            ("folder/new.npy", "dangling.npy"),
            ("same/new.npy", "dangling.npy"),
            ("pipe.npy", "pipe link.npy"),
        ] {
            let shown =
                place.eval(&["a, a + 1", "a=ones(3)", "-o", one, "-o", other]).misused(&["for two results"]);
            assert!(shown.contains(other) && shown.contains(one), "{shown}");
        }
        assert_eq!(place.files(), before);
        assert_eq!(fs::read(place.path("old.npy")).unwrap(), b"as it was");
        // The same name in two folders is that of two files.
        place.eval(&["a, a + 1", "a=ones(3)", "-o", "x.npy", "-o", "folder/x.npy"]).printed();
        assert_eq!(read(&place, "x.npy"), "[1. 1. 1.]\n");
        assert_eq!(read(&place, "same/x.npy"), "[2. 2. 2.]\n");
    }

    #[test]
    fn links_are_followed_to_files_that_are_not_there_yet() {
        let place = Place::new();
        fs::create_dir(place.path("folder")).unwrap();
        symlink("folder/new.npy", place.path("dangling.npy")).unwrap();
        symlink("dangling.npy", place.path("chain.npy")).unwrap();
        symlink("nowhere/new.npy", place.path("lost.npy")).unwrap();
        symlink("loop.npy", place.path("loop.npy")).unwrap();
        place.eval(&["a", "a=ones(3)", "-o", "chain.npy"]).printed();
        for link in ["chain.npy", "dangling.npy"] {
            assert!(fs::symlink_metadata(place.path(link)).unwrap().is_symlink());
        }
        assert_eq!(read(&place, "folder/new.npy"), "[1. 1. 1.]\n");
        place.eval(&["a", "a=ones(3)", "-o", "lost.npy"]).refused(&["lost.npy", "nowhere` does not exist"]);
        place.eval(&["a", "a=ones(3)", "-o", "loop.npy"]).refused(&["loop.npy", "symbolic links"]);
        place.eval(&["a", "a=ones(3)", "-o", "x.npy/"]).refused(&["x.npy/", "the name of a directory"]);
        assert_eq!(place.files(), ["chain.npy", "dangling.npy", "folder", "loop.npy", "lost.npy"]);
    }

    #[test]
    fn pipes_are_written_into() {
        let place = Place::new();
        make_pipe(&place, "pipe.npy");
        symlink("pipe.npy", place.path("link.npy")).unwrap();
        // No error waits for a reader.
        place.eval(&["a + missing", "a=ones(3)", "-o", "pipe.npy"]).refused(&["missing"]);
        place.eval(&["a, a", "a=ones(3)", "-o", "pipe.npy"]).misused(&["2 results"]);
        for name in ["pipe.npy", "link.npy"] {
            let line = format!(
                "\"$brolga\" eval 'a, a + 1' 'a=ones(3)' -o {name} -o x.npy & cat pipe.npy >y.npy; wait"
            );
            assert_eq!(run(&place, &line).printed(), "");
            assert_eq!(read(&place, "x.npy"), "[2. 2. 2.]\n");
            assert_eq!(read(&place, "y.npy"), "[1. 1. 1.]\n");
            assert!(fs::metadata(place.path("pipe.npy")).unwrap().file_type().is_fifo());
            assert!(fs::symlink_metadata(place.path("link.npy")).unwrap().is_symlink());
        }
        // A reader that goes away is a failure, and the other file is not changed.
        fs::write(place.path("x.npy"), "as it was").unwrap();
        let line = "\"$brolga\" eval 'a, a' 'a=ones(1e6)' -o x.npy -o pipe.npy & head -c 10 pipe.npy >/dev/null; wait $!";
        run(&place, line).refused(&["cannot write pipe.npy", "Broken pipe"]);
        assert_eq!(fs::read(place.path("x.npy")).unwrap(), b"as it was");
        assert_eq!(place.files(), ["link.npy", "pipe.npy", "x.npy", "y.npy"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn devices_are_written_into() {
        let place = Place::new();
        symlink("/dev/full", place.path("full.npy")).unwrap();
        symlink("/dev/stdout", place.path("out.npy")).unwrap();
        place.eval(&["a", "a=ones(3)", "-o", "full.npy"]).refused(&["full.npy", "No space left"]);
        assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device());
        assert_eq!(run(&place, "\"$brolga\" eval a 'a=ones(3)' -o out.npy | cat >x.npy").printed(), "");
        assert_eq!(read(&place, "x.npy"), "[1. 1. 1.]\n");
        drop(std::os::unix::net::UnixListener::bind(place.path("socket.npy")).unwrap());
        place.eval(&["a", "a=ones(3)", "-o", "socket.npy"]).refused(&["it is a socket"]);
        assert_eq!(place.files(), ["full.npy", "out.npy", "socket.npy", "x.npy"]);
    }

    #[test]
    fn a_file_that_is_overwritten_stays_what_it_is() {
        let place = Place::new();
        let words = ["a + b", "a=ones(3)", "b=1", "-o", "x.npy"];
        for kept in [0o600, 0o644, 0o4755, 0o666] {
            fs::write(place.path("x.npy"), "old").unwrap();
            fs::set_permissions(place.path("x.npy"), fs::Permissions::from_mode(kept)).unwrap();
            place.eval(&words).printed();
            assert_eq!(mode(&place, "x.npy"), kept);
            assert_eq!(read(&place, "x.npy"), "[2. 2. 2.]\n");
        }
        // One file of two names, longer before than after and the other way round.
        for old in [&[b'x'; 10_000][..], b"x"] {
            fs::write(place.path("x.npy"), old).unwrap();
            let _ = fs::remove_file(place.path("y.npy"));
            fs::hard_link(place.path("x.npy"), place.path("y.npy")).unwrap();
            place.eval(&words).printed();
            assert_eq!(fs::metadata(place.path("x.npy")).unwrap().nlink(), 2);
            assert_eq!(read(&place, "y.npy"), "[2. 2. 2.]\n");
            fs::remove_file(place.path("y.npy")).unwrap();
        }
        // An attribute, as an access control list is one. Not every file system has them.
        #[cfg(target_os = "linux")]
        if rustix::fs::setxattr(place.path("x.npy"), "user.note", b"mine", rustix::fs::XattrFlags::empty())
            .is_ok()
        {
            place.eval(&words).printed();
            let mut value = [0; 8];
            assert_eq!(rustix::fs::getxattr(place.path("x.npy"), "user.note", &mut value), Ok(4));
            assert_eq!(read(&place, "x.npy"), "[2. 2. 2.]\n");
        }
        if is_root(&place) {
            std::os::unix::fs::chown(place.path("x.npy"), Some(12345), Some(54321)).unwrap();
            place.eval(&words).printed();
            let metadata = fs::metadata(place.path("x.npy")).unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (12345, 54321));
        }
        assert_eq!(place.files(), ["x.npy"]);
    }

    #[test]
    fn a_file_that_may_not_be_written_is_not_replaced() {
        let place = Place::new();
        let words = ["a", "a=ones(3)", "-o", "x.npy"];
        fs::write(place.path("x.npy"), "as it was").unwrap();
        fs::set_permissions(place.path("x.npy"), fs::Permissions::from_mode(0o400)).unwrap();
        if is_root(&place) {
            return;
        }
        place.eval(&words).refused(&["cannot write x.npy", "denied"]);
        assert_eq!(fs::read(place.path("x.npy")).unwrap(), b"as it was");
        // A folder that takes no new file may hold one that can be written.
        fs::set_permissions(place.path("x.npy"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o500)).unwrap();
        let done = place.eval(&words);
        place.eval(&["a", "a=ones(3)", "-o", "y.npy"]).refused(&["cannot write y.npy", "denied"]);
        fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o700)).unwrap();
        done.printed();
        assert_eq!(read(&place, "x.npy"), "[1. 1. 1.]\n");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn no_file_changes_where_printing_fails() {
        let place = Place::new();
        fs::write(place.path("old.npy"), "as it was").unwrap();
        make_pipe(&place, "pipe.npy");
        for (option, output) in [("--json", "/dev/full"), ("--time", "/dev/full"), ("--json", "&-")] {
            let line = format!(
                "\"$brolga\" eval 'a, a, a' 'a=ones(3)' {option} --repeat 1 -o old.npy -o new.npy -o pipe.npy >{output}"
            );
            run(&place, &line).refused(&["cannot write to standard output"]);
        }
        assert_eq!(fs::read(place.path("old.npy")).unwrap(), b"as it was");
        assert_eq!(place.files(), ["old.npy", "pipe.npy"]);
    }

    /// A command whose first result is ready, and that waits for the reader of its second.
    fn waiting(place: &Place, before: &str) -> Child {
        make_pipe(place, "pipe.npy");
        let line = format!("{before} exec \"$brolga\" eval 'a, a' 'a=ones(3)' -o x.npy -o pipe.npy");
        let mut child = place.shell(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while place.files().len() < 2 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child
    }

    fn signal(child: &Child, name: &str) {
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    #[test]
    fn a_command_that_is_stopped_leaves_no_files() {
        for (name, number) in [("HUP", 1), ("INT", 2), ("QUIT", 3), ("TERM", 15)] {
            // The command leaves alone what it inherits as ignored, from nohup above the tests for one.
            if ignored() >> (number - 1) & 1 != 0 {
                continue;
            }
            let place = Place::new();
            let mut child = waiting(&place, "ulimit -c 0;");
            signal(&child, name);
            assert_eq!(child.wait().unwrap().signal(), Some(number), "{name}");
            assert_eq!(place.files(), ["pipe.npy"], "{name}");
        }
    }

    /// The signals that this process ignores, as bits; none where the system does not tell.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    #[test]
    fn a_signal_that_was_ignored_stays_so() {
        let place = Place::new();
        let mut child = waiting(&place, "trap '' HUP INT QUIT TERM;");
        for name in ["HUP", "INT", "QUIT", "TERM"] {
            signal(&child, name);
        }
        // Who is stopped is so at once; nobody would write into the pipe then.
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none());
        let piped = fs::read(place.path("pipe.npy")).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(fs::read(place.path("x.npy")).unwrap(), piped);
        assert_eq!(place.files(), ["pipe.npy", "x.npy"]);
    }

    #[test]
    fn a_file_beyond_the_systems_limit_is_an_error() {
        let place = Place::new();
        let line = "ulimit -f 8 && exec \"$brolga\" eval a 'a=zeros(1e5)'";
        run(&place, &format!("{line} -o x.npy")).refused(&["cannot write x.npy"]);
        assert_eq!(place.files(), [""; 0]);
        // A file of two names is overwritten, and gets back what it held.
        fs::write(place.path("x.npy"), "as it was").unwrap();
        fs::hard_link(place.path("x.npy"), place.path("y.npy")).unwrap();
        run(&place, &format!("{line} -o x.npy")).refused(&["cannot write x.npy"]);
        assert_eq!(fs::read(place.path("y.npy")).unwrap(), b"as it was");
        assert_eq!(place.files(), ["x.npy", "y.npy"]);
    }
}
