//! The rules of the house: who may know whom. A broken rule is named with its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no sources");
    found
}

/// The file's path below the project's root, with `/`.
fn name(path: &Path) -> String {
    let below = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("inside the project");
    below.to_string_lossy().replace('\\', "/")
}

/// The room of a file: `src/syntax/lexer.rs` and `src/syntax.rs` are of `syntax`.
fn room(file: &str) -> String {
    let below = file.strip_prefix("src/").expect("a source of the library");
    below.split('/').next().expect("not empty").trim_end_matches(".rs").to_string()
}

/// Code without comments: rules are about what the code does, not about what it says.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The code that ships: tests in the file may know more.
fn shipped(text: &str) -> String {
    code(text.split("#[cfg(test)]\nmod tests {").next().expect("split gives one"))
}

fn is_test(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

/// Rooms, earliest first. A room may use those named beside it and no others.
const ROOMS: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("types", &[]),
    ("options", &[]),
    ("ops", &["types"]),
    ("reduce", &["types", "ops"]),
    ("syntax", &["diag"]),
    ("layout", &[]),
    ("array", &["diag", "layout", "types"]),
    ("frame", &["array", "layout", "types"]),
    ("heap", &["array", "types"]),
    ("eval", &["types", "ops"]),
    ("ir", &["diag", "layout", "types", "ops"]),
    ("math", &["types", "eval", "ir", "ops"]),
    ("services", &["types", "ir"]),
    ("interp", &["array", "types", "eval", "frame", "heap", "ir", "math", "ops", "reduce", "services"]),
    ("check", &["diag", "layout", "types", "math", "ops", "syntax"]),
    ("lower", &["check", "diag", "types", "ir", "math", "ops", "reduce", "syntax"]),
    ("opt", &["types", "eval", "ir", "math", "ops", "options", "reduce"]),
    ("codegen", &["diag", "types", "eval", "heap", "ir", "ops", "opt", "reduce", "services"]),
    ("exec", &["array", "codegen", "diag", "types", "frame", "ir", "ops", "reduce"]),
    ("report", &["array", "options"]),
];

#[test]
fn imports_go_one_way() {
    let mut broken = Vec::new();
    for (path, text) in sources("src") {
        let file = name(&path);
        let room = room(&file);
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "engine", "random"].contains(&room.as_str()), "{file}: a room without a rule");
            continue;
        };
        if is_test(&file) {
            continue;
        }
        if shipped(&text).contains("crate::{") {
            broken.push(format!("{file} hides whom it uses in braces"));
        }
        for used in shipped(&text).split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let known = ROOMS.iter().any(|(name, _)| *name == used) || used == "engine";
            if known && used != room && !allowed.contains(&used.as_str()) {
                broken.push(format!("{file} uses {used}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A module by the names that lead to it from the library's root.
type Module = Vec<String>;

/// The module that a file is.
fn module(file: &str) -> Module {
    let below = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    below.split('/').filter(|name| *name != "lib").map(str::to_string).collect()
}

/// Adds every path of some code, with groups in braces as several.
fn paths(code: &str, found: &mut Vec<Module>) {
    let mut rest = code;
    while let Some(at) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        rest = path(&rest[at..], &Module::new(), found);
    }
}

/// The path at the start of `code`, behind `before`; gives what follows.
fn path<'c>(code: &'c str, before: &Module, found: &mut Vec<Module>) -> &'c str {
    let end = code.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(code.len());
    let (name, rest) = code.split_at(end);
    let here: Module = before.iter().cloned().chain((!name.is_empty()).then(|| name.to_string())).collect();
    match rest.strip_prefix("::") {
        Some(rest) if rest.starts_with('{') => {
            let mut rest = &rest[1..];
            loop {
                rest = path(rest.trim_start(), &here, found).trim_start();
                // What is left of an entry: `as` and a name, or `*`.
                let next = rest.find([',', '}']).unwrap_or(rest.len());
                let last = !rest[next..].starts_with(',');
                rest = rest.get(next + 1..).unwrap_or("");
                if last {
                    return rest;
                }
            }
        }
        Some(rest) if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') => path(rest, &here, found),
        _ => {
            found.push(here);
            rest
        }
    }
}

/// The module that a path in another leads to, if it leads to one of the library's.
fn resolve(from: &Module, path: &[String], all: &BTreeSet<Module>) -> Option<Module> {
    let (mut at, mut path) = (from.clone(), path);
    match path[0].as_str() {
        "crate" => (at, path) = (Module::new(), &path[1..]),
        "self" => path = &path[1..],
        "super" => {
            while path.first().is_some_and(|name| name == "super") {
                at.pop();
                path = &path[1..];
            }
        }
        _ => {}
    }
    let start = at.len();
    for name in path {
        at.push(name.clone());
        if !all.contains(&at) {
            at.pop();
            break;
        }
    }
    (at.len() > start).then_some(at)
}

/// A face, `mod.rs`, may know the files below it, and they may know what it says; else files know each other one way.
#[test]
fn no_files_know_each_other_in_a_circle() {
    let mut knows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    let files: Vec<_> = sources("src").into_iter().map(|(path, text)| (name(&path), text)).collect();
    let all: BTreeSet<Module> = files.iter().map(|(file, _)| module(file)).collect();
    for (file, text) in files.iter().filter(|(file, _)| !is_test(file)) {
        let (from, mut found) = (module(file), Vec::new());
        paths(&shipped(text), &mut found);
        let used = found.iter().filter_map(|path| resolve(&from, path, &all));
        let used = used.filter(|used| !from.starts_with(used)).collect();
        knows.insert(from, used);
    }
    assert!(knows.values().map(BTreeSet::len).sum::<usize>() > 300, "few imports were found: {knows:#?}");
    // Whoever knows nobody is in no circle, nor is whom nobody knows.
    loop {
        let known: BTreeSet<Module> = knows.values().flatten().cloned().collect();
        let left: BTreeMap<_, BTreeSet<_>> = knows
            .iter()
            .filter(|(module, used)| known.contains(*module) && !used.is_empty())
            .map(|(module, used)| (module.clone(), used.clone()))
            .collect();
        let kept: BTreeSet<Module> = left.keys().cloned().collect();
        let left: BTreeMap<_, BTreeSet<Module>> = left
            .into_iter()
            .map(|(module, used)| (module, used.intersection(&kept).cloned().collect()))
            .collect();
        if left == knows {
            break;
        }
        knows = left;
    }
    let shown: Vec<String> = knows
        .iter()
        .map(|(from, used)| {
            let used: Vec<String> = used.iter().map(|used| used.join("::")).collect();
            format!("{} knows {}", from.join("::"), used.join(", "))
        })
        .collect();
    assert!(shown.is_empty(), "a circle of files: {shown:#?}");
}

#[test]
fn crates_stay_in_their_rooms() {
    const OWNERS: &[(&str, &[&str])] = &[
        ("logos", &["src/syntax/"]),
        ("cranelift", &["src/codegen/clif/"]),
        ("rayon", &["src/exec/"]),
        ("gemm", &["src/services/product.rs"]),
        ("annotate_snippets", &["src/diag.rs"]),
        ("quick_cache", &["src/engine/cache.rs"]),
        ("rustix", &["src/array/memory.rs"]),
        ("iced_x86", &["src/codegen/wide/"]),
        ("memmap2", &["src/codegen/wide/"]),
        ("std::env", &[]),
    ];
    for (path, text) in sources("src") {
        let file = name(&path);
        if is_test(&file) {
            continue;
        }
        let code = code(&text);
        for (named, owners) in OWNERS {
            let uses = code.contains(&format!("{named}::")) || code.contains(&format!("use {named}"));
            assert!(!uses || owners.iter().any(|o| file.starts_with(o)), "{file} names {named}");
        }
    }
}

#[test]
fn unsafe_lives_in_few_files() {
    const FILES: &[&str] = &[
        "src/array/memory.rs",
        "src/array/ndarray.rs",
        "src/array/raw.rs",
        "src/array/view.rs",
        "src/codegen/code.rs",
        "src/codegen/compiler.rs",
        "src/codegen/function.rs",
        "src/codegen/host.rs",
        "src/codegen/clif/mod.rs",
        "src/codegen/clif/func/mod.rs",
        "src/codegen/wide/mod.rs",
        "src/codegen/wide/memory.rs",
        "src/engine/module/run.rs",
        "src/exec/block.rs",
        "src/exec/copy.rs",
        "src/exec/floats.rs",
        "src/exec/mod.rs",
        "src/exec/pack.rs",
        "src/exec/share.rs",
        "src/exec/tiles.rs",
        "src/exec/transpose.rs",
        "src/frame.rs",
        "src/interp/func.rs",
        "src/services/mod.rs",
        "src/services/product.rs",
        "cli/src/system/unix.rs",
    ];
    let all = sources("src").into_iter().chain(sources("cli/src")).chain(sources("examples"));
    for (path, text) in all {
        let file = name(&path);
        // The keyword; the word is NumPy's for a kind of casting too.
        let code = code(&text);
        let uses =
            ["{", "fn", "impl", "extern", "trait"].iter().any(|of| code.contains(&format!("unsafe {of}")));
        assert!(
            !uses || is_test(&file) || FILES.contains(&file.as_str()),
            "{file} is not one of the files with unsafe code"
        );
    }
}

#[test]
fn files_can_be_held_in_the_head() {
    for (path, text) in sources("src").into_iter().chain(sources("cli/src")) {
        let lines = text.lines().count();
        assert!(lines <= 650, "{} has {lines} lines", name(&path));
        assert!(text.starts_with("//!"), "{} does not say what it is", name(&path));
    }
}
