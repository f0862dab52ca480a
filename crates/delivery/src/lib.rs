//! The promise: every event reaches its webhooks, in order, signed, retried.
//!
//! The cast, in the order an event meets them: [`payload`] writes its body, once; [`lanes`] decides which delivery's turn it is; [`headers`]
//! and [`signature`] dress the request; [`outcome`] judges what came back by the rules of [`retry`]. All of these are pure: time and
//! randomness are arguments, and a crash costs them nothing but what the store knows. Around them, [`sender`] makes the attempt through
//! [`egress`], the one HTTP door.
//!
//! **Guarantee.** A delivery is over only when the store says so. What is kept here is a page of it that can be thrown away at any moment.

pub mod egress;
pub mod headers;
pub mod lanes;
pub mod outcome;
pub mod payload;
pub mod retry;
pub mod sender;
pub mod signature;
