//! The flow engine as its users meet it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calendars;
mod conditions;
mod conversation;
mod corpus;
mod elements;
mod entries;
mod expressions;
mod first_words;
mod keywords;
mod markups;
mod parts;
mod problems;
mod properties;
mod ready_flows;
mod references;
mod replies;
mod routing;
mod runs;
mod stage;
mod templates;
