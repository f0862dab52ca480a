//! How long a file may be, and what it may not be called.

use std::{fs, path::Path};

/// Lines of a source file.
const LINES_MAX: usize = 500;
/// Lines of the architecture document.
const ARCHITECTURE_LINES_MAX: usize = 200;

/// Names that say nothing.
const EMPTY_NAMES: [&str; 7] = ["common", "util", "utils", "core", "helper", "helpers", "misc"];

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

/// The name that a line such as `pub(crate) mod name;` gives to a module.
fn module_of(line: &str) -> Option<&str> {
    let line = line.trim();
    let declared = line.strip_prefix("mod ").or_else(|| {
        let (visibility, declared) = line.split_once(" mod ")?;
        visibility.starts_with("pub").then_some(declared)
    })?;
    declared.split([';', ' ', '{']).next()
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let sources = super::files("rs");
    assert!(sources.len() > 50, "the sources were not found");
    let lines = |path: &Path| fs::read_to_string(path).expect("a source is UTF-8").lines().count();
    let long: Vec<_> = sources.iter().map(|path| (path, lines(path))).filter(|(_, lines)| *lines > LINES_MAX).collect();
    assert!(long.is_empty(), "split by idea: {long:?}");
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    let mut empty = Vec::new();
    for path in super::files("rs") {
        let folder = path.parent().map_or("", stem);
        let source = fs::read_to_string(&path).expect("a source is UTF-8");
        let modules = source.lines().filter_map(module_of).map(str::to_owned);
        let names = modules.chain([stem(&path).to_owned(), folder.to_owned()]);
        empty.extend(names.filter(|name| EMPTY_NAMES.contains(&name.as_str())).map(|name| (path.clone(), name)));
    }
    assert!(empty.is_empty(), "say what it is about: {empty:?}");
}

#[test]
fn the_architecture_fits_on_200_lines() {
    let text = fs::read_to_string(super::root().join("ARCHITECTURE.md")).expect("there is an ARCHITECTURE.md");
    let lines = text.lines().count();
    assert!(lines <= ARCHITECTURE_LINES_MAX, "{lines} lines: what rots or repeats the code goes");
    assert!(text.lines().any(|line| line.starts_with("Invariant:")), "it names the invariants");
}
