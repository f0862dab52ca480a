//! The promise, tested.

#![expect(clippy::unwrap_used, reason = "a test that finds nothing where something must be has failed")]

mod corpus;
mod documented;
mod door;
mod egress_policy;
mod entries;
mod hostile_receivers;
mod judging;
mod lanes;
mod outside;
mod sending;
mod shared_lanes;
mod signing;
