//! The README's lines with the command do as they are printed.
#![cfg(unix)]

mod common;

use std::path::Path;

use common::{Done, Place};

#[test]
fn what_the_readme_prints_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = std::fs::read_to_string(root.join("README.md")).unwrap();
    let place = Place::new();
    std::os::unix::fs::symlink(root.join("examples").canonicalize().unwrap(), place.path("examples"))
        .unwrap();
    for (name, source) in [("a", "random(9)"), ("b", "random(9)"), ("u", "random((5, 3))"), ("w", "ones(4)")]
    {
        let (argument, file) = (format!("{name}={source}"), format!("{name}.npy"));
        place.eval(&[name, &argument, "-o", &file]).printed();
    }
    // Usage names what goes into its places in capitals.
    let lines = text.lines().filter(|line| line.starts_with("brolga ") && !line.contains("EXPRESSION"));
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("brolga run FILE")).collect();
    assert!(lines.len() >= 8, "{lines:#?}");
    for line in lines {
        // What it does stands behind it.
        let command = line.split("   ").next().unwrap();
        let done =
            Done::from(place.shell(&format!("\"$brolga\"{}", &command["brolga".len()..])).output().unwrap());
        match line.contains("an error") {
            true => drop(done.refused(&["unknown name `bb`", "^^", "give an argument as in bb=random(10)"])),
            false => assert_eq!(done.status, Some(0), "{line}\n{done:?}"),
        }
        if let Some((_, file)) = command.split_once(" -o ").or_else(|| command.split_once(" --plot ")) {
            let file = file.split(' ').next().unwrap();
            assert!(std::fs::metadata(place.path(file)).unwrap().len() > 100, "{line}");
        }
    }
}
