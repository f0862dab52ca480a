//! The house keeps its rules: which crate knows which, what the pure ones may not depend on, how long a file may be and what it may be called,
//! and that the documents lead somewhere.

mod arrows;
mod documents;
mod examples;
mod files;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that hold what others made, or what is made anew.
const NOT_OURS: [&str; 5] = ["target", "node_modules", "data", "corpus", "artifacts"];

/// The folder of the workspace.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Every file of ours whose name ends so. Hidden folders are tools and caches.
fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of ours can be read") {
            let path = entry.expect("an entry of ours can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                if !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) && !is_a_target(&path) {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|ours| ours == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Cargo marks its folders, whatever they are called.
fn is_a_target(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").exists()
}
