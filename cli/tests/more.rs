//! `scale`, `completions`, `man`, colours of images, and what ends a call that does not end by itself.

mod common;

use std::fs;

use common::{Done, Place};

const FILE: &str = "
from numba import njit, prange

@njit(parallel=True)
def total(n):
    s = 0
    for i in prange(n):
        s += i % 7
    return s

def forever(n):
    while n >= 0:
        n = (n + 1) % 1000
    return n
";

fn place() -> Place {
    let place = Place::new();
    fs::write(place.path("file.py"), FILE).unwrap();
    place
}

fn done(place: &Place, words: &[&str]) -> Done {
    Done::from(place.command(words).output().unwrap())
}

#[test]
fn speed_ups_of_expressions_and_calls() {
    let place = place();
    let words =
        ["scale", "sum(a * 2)", "a=ones(1000)", "--threads", "2,1,2", "--repeat", "3", "--plot", "plot.svg"];
    let text = done(&place, &words).printed();
    assert!(text.contains("| threads |") && text.contains("efficiency"), "{text}");
    assert!(text.contains("serial fraction"), "{text}");
    let plot = fs::read_to_string(place.path("plot.svg")).unwrap();
    assert!(plot.starts_with("<svg") && plot.contains("measured"));
    let words = ["scale", "file.py", "--call", "total(100)", "--threads", "1,3", "--repeat", "2", "--json"];
    let object: serde_json::Value = serde_json::from_str(&done(&place, &words).printed()).unwrap();
    assert_eq!(object["call"], "total(100)");
    let runs = object["runs"].as_array().unwrap();
    let threads: Vec<_> = runs.iter().map(|run| run["threads"].as_u64().unwrap()).collect();
    assert_eq!(threads, [1, 3]);
    assert_eq!(runs[0]["speed_up"], 1.0);
    assert!((0.0..=1.0).contains(&object["serial_fraction"].as_f64().unwrap()));
}

/// Standard input can be read once only.
#[test]
fn an_expression_from_standard_input_is_scaled() {
    let place = place();
    fs::write(place.path("text"), "a * 2").unwrap();
    let words = ["scale", "-", "a=ones(10)", "--threads", "1,2", "--repeat", "2", "--json"];
    let text = fs::File::open(place.path("text")).unwrap();
    let printed = Done::from(place.command(&words).stdin(text).output().unwrap()).printed();
    assert_eq!(printed.matches("\"threads\"").count(), 2, "{printed}");
}

#[test]
fn wrong_scales_are_refused() {
    let place = place();
    done(&place, &["scale", "a +", "a=ones(3)"]).refused(&["a +"]);
    done(&place, &["scale", "file.py", "--call", "nothing(1)"]).refused(&["no kernel `nothing`"]);
    done(&place, &["scale", "a", "a=ones(3)", "--plot", "plot.pdf"]).misused(&["a .svg file"]);
    assert_eq!(done(&place, &["scale", "a", "--threads", "0"]).status, Some(2));
    done(&place, &["scale", "a", "a=ones(3)", "--repeat", "1", "--threads", "1", "--plot", "no/plot.svg"])
        .refused(&["cannot write no/plot.svg"]);
}

#[test]
fn shells_complete_and_a_manual_is_printed() {
    let place = place();
    for shell in ["bash", "zsh", "fish"] {
        let text = done(&place, &["completions", shell]).printed();
        assert!(text.contains("colormap") && text.contains("scale"), "{shell}");
    }
    let page = done(&place, &["man"]).printed();
    assert!(page.contains(".TH brolga") && page.contains("brolga\\-run"), "{page}");
}

#[test]
fn images_have_the_colours_that_are_asked_for() {
    let place = place();
    let words = ["a", "a=linspace(0, 1, 4)", "-o", "a.npy"];
    assert_eq!(place.eval(&words).printed(), "");
    for (map, colour) in [("gray", png::ColorType::Grayscale), ("viridis", png::ColorType::Indexed)] {
        let words = ["a[newaxis, :] * 2", "a=a.npy", "-o", "a.png", "--colormap", map];
        assert_eq!(place.eval(&words).printed(), "");
        let file = std::io::BufReader::new(fs::File::open(place.path("a.png")).unwrap());
        let reader = png::Decoder::new(file).read_info().unwrap();
        assert_eq!((reader.info().color_type, reader.info().size()), (colour, (4, 1)));
    }
    place.eval(&["a", "a=ones(3)", "--colormap", "rainbows"]).status.filter(|status| *status == 2).unwrap();
}

#[test]
#[cfg(unix)]
fn an_interrupted_call_leaves_no_file() {
    use std::os::unix::process::ExitStatusExt;
    let place = place();
    let before = place.files();
    // A shell reports such an end as status 130.
    let line = "trap - INT; exec \"$brolga\" run file.py --call 'forever(1)' -o x.npy";
    let mut child = place.shell(line).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert!(child.try_wait().unwrap().is_none());
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert_eq!(place.files(), before);
}
