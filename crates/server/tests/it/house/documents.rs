//! The documents: their links lead somewhere, and the changelog has a place for what is new.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// A document's headings as anchors, and the targets of its links. What stands in code is neither.
struct Document {
    anchors: BTreeSet<String>,
    links: Vec<String>,
}

impl Document {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a document is UTF-8");
        let mut document = Self { anchors: BTreeSet::new(), links: Vec::new() };
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut fenced = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if !fenced {
                if let Some(heading) = heading_of(line) {
                    let anchor = anchor_of(heading);
                    let nth = seen.entry(anchor.clone()).or_default();
                    document.anchors.insert(if *nth == 0 { anchor } else { format!("{anchor}-{nth}") });
                    *nth += 1;
                }
                document.links.extend(links_of(&without_code(line)));
            }
        }
        assert!(!fenced, "{} has a fence that is not closed", path.display());
        document
    }
}

fn heading_of(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=6).contains(&level)).then(|| text.strip_prefix(' ')).flatten().map(str::trim)
}

/// As the usual viewers of Markdown make it: lower case, punctuation dropped, a hyphen for each blank.
fn anchor_of(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// Every second piece between backticks is code.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("code")
}

/// The targets of `[text](target)`.
fn links_of(line: &str) -> Vec<String> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    targets.map(str::to_owned).collect()
}

fn leads_elsewhere(link: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme))
}

#[test]
fn every_link_between_the_documents_leads_somewhere() {
    let paths = super::files("md");
    assert!(paths.len() > 5, "the documents were not found");
    let documents: HashMap<PathBuf, Document> = paths
        .iter()
        .map(|path| (fs::canonicalize(path).expect("a document has a place"), Document::read(path)))
        .collect();
    let mut broken = Vec::new();
    for (path, document) in &documents {
        for link in document.links.iter().filter(|link| !leads_elsewhere(link)) {
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let folder = path.parent().expect("a document is in a folder");
            let target = if file.is_empty() { Ok(path.clone()) } else { fs::canonicalize(folder.join(file)) };
            let leads = target.is_ok_and(|target| match (anchor, documents.get(&target)) {
                (None, _) => true,
                (Some(anchor), Some(document)) => document.anchors.contains(anchor),
                (Some(_), None) => false,
            });
            if !leads {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

#[test]
fn the_readme_leads_to_every_guide() {
    let readme = Document::read(&super::root().join("README.md"));
    let guides = fs::read_dir(super::root().join("docs")).expect("there are docs");
    for guide in guides.map(|entry| entry.expect("an entry of ours can be read").file_name()) {
        let link = format!("docs/{}", guide.to_string_lossy());
        if link.strip_suffix(".md").is_some() {
            assert!(readme.links.contains(&link), "the README does not lead to {link}");
        }
    }
}

#[test]
fn the_changelog_has_a_place_for_what_is_new() {
    let text = fs::read_to_string(super::root().join("CHANGELOG.md")).expect("there is a CHANGELOG.md");
    let first = text.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## [Unreleased]"), "the first section is what was not released yet");
}

#[test]
fn headings_become_the_anchors_that_viewers_make() {
    assert_eq!(
        anchor_of("At least once: drop duplicates by webhook-id"),
        "at-least-once-drop-duplicates-by-webhook-id"
    );
    assert_eq!(anchor_of("1. See the demo"), "1-see-the-demo");
    assert_eq!(links_of("see [a](b.md#c) and [d](https://e.org)"), ["b.md#c", "https://e.org"]);
    assert_eq!(links_of(&without_code("`[a](b)` is no link")), Vec::<String>::new());
}
