//! The flow engine as its users meet it.

mod conversation;
mod first_words;
