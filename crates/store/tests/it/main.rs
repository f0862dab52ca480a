//! The store held to its words. `conformance` speaks only to `dyn Store`; the rest is SQLite's own.

#![expect(clippy::unwrap_used, reason = "a test that meets what it did not expect ends there")]

mod conformance;
mod faults;
mod lanes_model;
mod make;
mod moves_model;
mod recent;
mod sqlite;
