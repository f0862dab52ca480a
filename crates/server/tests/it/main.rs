//! The tests of the server.

mod house;
