//! The flow engine as its users meet it.

mod calendars;
mod conditions;
mod conversation;
mod corpus;
mod entries;
mod expressions;
mod first_words;
mod keywords;
mod markups;
mod replies;
mod stage;
mod templates;
