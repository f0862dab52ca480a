#![no_main]

#[path = "../../crates/flow/tests/it/entries.rs"]
mod entries;
#[path = "../../crates/flow/tests/it/stage.rs"]
mod stage;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::template(bytes));
