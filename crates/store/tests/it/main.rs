//! The store held to its words. `conformance` speaks only to `dyn Store`; the rest is SQLite's own.

mod conformance;
mod faults;
mod lanes_model;
mod make;
mod sqlite;
