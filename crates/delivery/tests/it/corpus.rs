//! Replays the inputs that the fuzzers keep (`fuzz/corpus/<target>/`) on every test run, and inputs that are long.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::entries;

/// What a mebibyte may take, in a build that was not optimised on a busy machine. What is not linear takes hours.
const LONG_WITHIN: Duration = Duration::from_secs(10);

fn replay(target: &str, entry: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut replayed = 0;
    for file in fs::read_dir(&folder).unwrap() {
        entry(&fs::read(file.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "{} is empty", folder.display());
}

fn long(entry: fn(&[u8]), begin: &str, again: &[&str], end: &str) {
    for piece in again {
        let input = format!("{begin}{}{end}", piece.repeat((1 << 20) / piece.len()));
        #[expect(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
        let began = Instant::now();
        entry(input.as_bytes());
        assert!(began.elapsed() < LONG_WITHIN, "{piece:?} again and again took {:?}", began.elapsed());
    }
}

#[test]
fn kept_words_of_receivers_do_no_harm() {
    replay("retry_after", entries::retry_after);
}

#[test]
fn kept_signatures_do_no_harm() {
    replay("signature", entries::signature);
}

#[test]
fn kept_urls_do_no_harm() {
    replay("webhook_url", entries::webhook_url);
}

#[test]
fn long_words_signatures_and_urls_take_no_longer_than_they_are() {
    let pieces = ["9", " ", "Sun, ", "v1,AA== ", "v1,", "a.", "%41", "/../", "&a=", "@", "[:", "xn--", "\u{fc}."];
    long(entries::retry_after, "", &pieces, "");
    long(entries::signature, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\0", &pieces, "\0body");
    long(entries::webhook_url, "http://", &pieces, "");
    long(entries::webhook_url, "http://example.org/?", &pieces, "");
}
