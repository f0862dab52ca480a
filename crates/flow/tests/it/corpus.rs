//! Replays the inputs that the fuzzers keep (`fuzz/corpus/<target>/`) on every test run.

use std::{fs, path::Path};

use crate::entries;

fn replay(target: &str, entry: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut replayed = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        entry(&fs::read(&path).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "{} is empty", folder.display());
}

#[test]
fn kept_templates_do_no_harm() {
    replay("template", entries::template);
}

#[test]
fn kept_markup_does_no_harm() {
    replay("markup", entries::markup);
}

#[test]
fn kept_conditions_do_no_harm() {
    replay("condition", entries::condition);
}

#[test]
fn kept_flow_documents_do_no_harm() {
    replay("flow_document", entries::flow_document);
}

#[test]
fn kept_replies_do_no_harm() {
    replay("regex_reply", entries::regex_reply);
}
