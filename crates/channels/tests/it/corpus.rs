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
fn kept_updates_do_no_harm() {
    replay("telegram_update", entries::telegram_update);
}

#[test]
fn kept_messages_of_the_web_chat_do_no_harm() {
    replay("chat_message", entries::chat_message);
}

#[test]
fn long_updates_and_messages_take_no_longer_than_they_are() {
    let pieces = ["[", "{\"a\":", "\\u0041", "/start ", "<b>", "&amp;", "@a ", "\u{1f600}"];
    let begin = r#"{"update_id":1,"message":{"message_id":1,"from":{"id":7},"chat":{"id":7,"type":"private"},"text":""#;
    long(entries::telegram_update, begin, &pieces, "\"}}");
    long(entries::telegram_update, "", &pieces, "");
    long(entries::chat_message, r#"{"id":"a","text":""#, &pieces, "\"}");
    long(entries::chat_message, "", &pieces, "");
}
