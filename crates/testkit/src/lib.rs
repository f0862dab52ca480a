//! For tests only: stand-ins for what lies outside, strict where the real ones are and misbehaving on command.

pub mod receiver;
pub mod telegram;

pub mod client;
