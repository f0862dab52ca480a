#![no_main]

#[path = "../../crates/flow/tests/it/entries.rs"]
#[allow(dead_code, reason = "each target calls one entry")]
mod entries;
#[path = "../../crates/flow/tests/it/stage.rs"]
#[allow(dead_code, reason = "each target needs a part of the stage")]
mod stage;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::flow_document(bytes));
