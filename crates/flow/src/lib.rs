//! The flow engine: what a bot answers.
//!
//! Pure: the same bot, contact, input, time and random numbers give the same [`Turn`]. Nothing here does I/O, reads a clock or is async.
//!
//! The cast: a [`document::FlowDocument`] is what people draw; [`validate()`] makes a [`Plan`] of it or a list of [`Problem`]s; [`BotView`] is the bot as a turn
//! sees it; [`turn()`] takes a contact and an [`Input`] and gives the contact afterwards with the [`Effect`]s to commit. The walk through the elements of
//! one flow is [`step`](run::step), one file per element under `element/`.

pub mod effect;
pub mod input;

pub use effect::{Effect, RunChange, Turn};
pub use input::{Input, Operation};
