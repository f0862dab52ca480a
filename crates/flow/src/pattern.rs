//! Regular expressions that people write: in keywords, filters and user inputs.
//!
//! Matching takes time linear in the text (the engine has no backtracking), and a pattern whose compiled form would be large is refused, so a
//! pattern can not be used to slow a bot down.

use recado_model::limits::REGEX_CHARS_MAX;
use regex::{Regex, RegexBuilder};
use serde::Serialize;
use utoipa::ToSchema;

/// Bytes that a compiled pattern, and a cache of its states, may take.
const COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Groups inside groups.
const NEST_MAX: u32 = 24;

/// A pattern that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "values")]
pub enum BadPattern {
    /// It is empty.
    #[serde(rename = "pattern_empty")]
    #[error("the regular expression is empty")]
    Empty {},
    /// It is longer than [`REGEX_CHARS_MAX`].
    #[serde(rename = "pattern_length")]
    #[error("the regular expression is longer than {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// Compiled it would be too large, as in `(a{1000}){1000}`.
    #[serde(rename = "pattern_size")]
    #[error("the regular expression repeats too much")]
    TooLarge {},
    /// It has a mistake.
    #[serde(rename = "pattern_syntax")]
    #[error("the regular expression has a mistake: {words}")]
    Syntax {
        /// Of the regular expression engine.
        words: String,
    },
}

/// Whether the case of letters counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `a` is not `A`.
    Counts,
    /// `a` is `A`.
    Ignored,
}

/// Compiles a pattern that is searched for anywhere in a text.
pub fn compile(pattern: &str, case: Case) -> Result<Regex, BadPattern> {
    check_length(pattern)?;
    build(pattern, case)
}

/// Compiles a pattern that must match a whole text.
pub fn compile_whole(pattern: &str) -> Result<Regex, BadPattern> {
    check_length(pattern)?;
    // Compiled alone first: `a)(b` is a mistake by itself but not between parentheses.
    build(pattern, Case::Counts)?;
    // With the flag `x` a comment may run to the end of the pattern; the line break ends it and is itself ignored.
    match build(&format!("\\A(?:{pattern})\\z"), Case::Counts) {
        Err(BadPattern::Syntax { .. }) => build(&format!("\\A(?:{pattern}\n)\\z"), Case::Counts),
        done => done,
    }
}

fn check_length(pattern: &str) -> Result<(), BadPattern> {
    if pattern.is_empty() {
        return Err(BadPattern::Empty {});
    }
    if pattern.chars().count() > REGEX_CHARS_MAX { Err(BadPattern::TooLong { max: REGEX_CHARS_MAX }) } else { Ok(()) }
}

fn build(pattern: &str, case: Case) -> Result<Regex, BadPattern> {
    RegexBuilder::new(pattern)
        .case_insensitive(case == Case::Ignored)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .nest_limit(NEST_MAX)
        .build()
        .map_err(|error| {
            let too_large = matches!(error, regex::Error::CompiledTooBig(_));
            if too_large {
                BadPattern::TooLarge {}
            } else {
                BadPattern::Syntax { words: last_line(&error.to_string()) }
            }
        })
}

/// The engine draws its errors over several lines; the last says what is wrong.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
}
