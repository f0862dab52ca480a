#![no_main]

#[path = "../../crates/channels/tests/it/entries.rs"]
#[allow(dead_code, reason = "each target calls one entry")]
mod entries;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::chat_message(bytes));
