//! The flow engine: what a bot answers.
//!
//! Pure: the same bot, contact, input, time and random numbers give the same [`Turn`]. Nothing here does I/O, reads a clock or is async.
//!
//! The cast: a [`document::FlowDocument`] is what people draw; [`validate()`] makes a [`Plan`] of it or a list of [`Problem`]s; [`BotView`] is the bot as a turn
//! sees it; [`turn()`] takes a contact and an [`Input`] and gives the contact afterwards with the [`Effect`]s to commit. The walk through the elements of
//! one flow is the module `run`, one file per element under `element/`.

pub mod calendar;
pub mod condition;
pub mod convert;
pub mod document;
pub mod effect;
pub mod element;
pub mod expression;
pub mod input;
pub mod keywords;
pub mod markup;
pub mod mistake;
pub mod normalise;
pub mod pattern;
pub mod plan;
pub mod references;
pub mod reply;
pub(crate) mod run;
pub mod template;
pub mod turn;
pub mod validate;

pub use document::FlowDocument;
pub use effect::{Effect, Refusal, RunChange, Turn};
pub use input::{Imported, Input, Operation};
pub use keywords::TriggerSet;
pub use mistake::{FlowMistake, Mistake};
pub use plan::Plan;
pub use turn::{BotView, FlowSource, MemberLoad, turn, versions_needed};
pub use validate::{Problem, Severity, Validated, ValidationContext, plan_published, validate};
