//! The tests of the server.

mod api;
mod house;
mod system;
