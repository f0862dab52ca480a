//! The body of Recado: configuration, HTTP, the loops, the command line.
//!
//! [`start()`] opens the store, starts the loops and the HTTP front, and says where it listens; [`Running::stop`] takes no new work, lets what
//! is under way come to its commit, and returns.

pub mod asyncapi;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod demo;
pub mod http;
pub mod openapi;
pub mod runtime;
pub mod seal;
pub mod start;
pub mod state;

pub use start::{Options, Running, start};
