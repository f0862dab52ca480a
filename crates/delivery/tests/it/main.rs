//! The promise, tested.

#![expect(clippy::unwrap_used, reason = "a test that finds nothing where something must be has failed")]

mod documented;
mod judging;
mod lanes;
mod signing;
