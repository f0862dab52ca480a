//! Small sums in *set variable*: `{{price}} * {{count}} + 2.5`, `"No. " + {{order}}`.
//!
//! Numbers, texts in quotes and `{{names}}`; `+ - * / %`, unary minus, parentheses. A text that reads as a number is one. `+` with any other text joins.
//! An unset variable is 0 beside a number and nothing beside a text. The result is a number or a text, or an error in words; it is never `NaN`.
//!
//! Parsed once into postfix form, so neither parsing nor evaluating recurses and both take time linear in the length.

use std::borrow::Cow;

use recado_model::{Value, limits::VALUE_BYTES_MAX};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    convert,
    mistake::Mistake,
    template::{Datum, Name, Placeholder, Scope, placeholder_at},
};

/// Bytes of an expression.
pub const EXPRESSION_BYTES_MAX: usize = 4 * 1024;

/// What is wrong with an expression, beside the templates in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "values")]
pub enum ExpressionProblem {
    /// Nothing is there.
    #[serde(rename = "expression_empty")]
    #[error("the expression is empty")]
    Empty {},
    /// Longer than [`EXPRESSION_BYTES_MAX`].
    #[serde(rename = "expression_length")]
    #[error("the expression is longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// A value was expected.
    #[serde(rename = "expression_value")]
    #[error("a value is missing at character {at}")]
    ValueMissing {
        /// Counted from 1.
        at: usize,
    },
    /// Something that can not stand there.
    #[serde(rename = "expression_syntax")]
    #[error("`{found}` can not stand at character {at}")]
    Unexpected {
        /// Counted from 1.
        at: usize,
        /// The character.
        #[schema(value_type = String)]
        found: char,
    },
    /// A parenthesis without its partner.
    #[serde(rename = "expression_parenthesis")]
    #[error("a parenthesis has no partner")]
    Parenthesis {},
    /// A quotation mark without its partner.
    #[serde(rename = "expression_quote")]
    #[error("a quotation mark is not closed")]
    Quote {},
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// `/ 0` or `% 0`.
    #[error("division by zero")]
    DivisionByZero,
    /// A text stands where a number must.
    #[error("`{0}` is no number")]
    NotANumber(String),
    /// The number is too large.
    #[error("the result is too large")]
    TooLarge,
    /// The text is longer than [`VALUE_BYTES_MAX`].
    #[error("the result is longer than {VALUE_BYTES_MAX} bytes")]
    TooLong,
}

/// An expression, parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    postfix: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Number(f64),
    Text(String),
    Hole(Box<Placeholder>),
    Negate,
    Binary(Binary),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Binary {
    const fn of(letter: char) -> Option<Self> {
        Some(match letter {
            '+' => Self::Add,
            '-' | '−' => Self::Subtract,
            '*' | '×' => Self::Multiply,
            '/' | '÷' => Self::Divide,
            '%' => Self::Remainder,
            _ => return None,
        })
    }

    const fn strength(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide | Self::Remainder => 2,
        }
    }
}

/// What waits for its right side while parsing.
#[derive(Clone, Copy, PartialEq)]
enum Pending {
    Open,
    Negate,
    Binary(Binary),
}

/// A value in between.
#[derive(Debug, Clone, PartialEq)]
enum Item<'a> {
    Unset,
    Number(f64),
    Text(Cow<'a, str>),
}

impl Expression {
    /// Parses a text.
    pub fn parse(source: &str) -> Result<Self, Mistake> {
        if source.len() > EXPRESSION_BYTES_MAX {
            return Err(ExpressionProblem::TooLong { max: EXPRESSION_BYTES_MAX }.into());
        }
        if source.trim().is_empty() {
            return Err(ExpressionProblem::Empty {}.into());
        }
        let mut parser = Parser { source, at: 0, postfix: Vec::new(), pending: Vec::new() };
        let mut wants_value = true;
        while let Some(letter) = source[parser.at..].chars().next() {
            if letter.is_whitespace() {
                parser.at += letter.len_utf8();
            } else if wants_value {
                wants_value = parser.value(letter)?;
            } else {
                wants_value = parser.operator(letter)?;
            }
        }
        if wants_value {
            return Err(ExpressionProblem::ValueMissing { at: parser.character() }.into());
        }
        while let Some(pending) = parser.pending.pop() {
            if pending == Pending::Open {
                return Err(ExpressionProblem::Parenthesis {}.into());
            }
            parser.emit(pending);
        }
        Ok(Self { postfix: parser.postfix })
    }

    /// The names it uses, with repetitions.
    pub fn names(&self) -> impl Iterator<Item = Name<'_>> {
        self.placeholders().filter_map(Placeholder::name)
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.postfix.iter().filter_map(|step| match step {
            Step::Hole(placeholder) => Some(&**placeholder),
            Step::Number(_) | Step::Text(_) | Step::Negate | Step::Binary(_) => None,
        })
    }

    /// The result: [`Value::Number`] or [`Value::Text`].
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
        let mut stack: Vec<Item<'_>> = Vec::new();
        for step in &self.postfix {
            let item = match step {
                Step::Number(number) => Item::Number(*number),
                Step::Text(text) => Item::Text(Cow::Borrowed(text)),
                Step::Hole(placeholder) => item(placeholder.datum(scope, &mut Vec::new())),
                Step::Negate => Item::Number(-number(&stack.pop().unwrap_or(Item::Unset))?),
                Step::Binary(binary) => {
                    let right = stack.pop().unwrap_or(Item::Unset);
                    let left = stack.pop().unwrap_or(Item::Unset);
                    apply(*binary, &left, &right)?
                }
            };
            stack.push(item);
        }
        match stack.pop().unwrap_or(Item::Unset) {
            Item::Unset => Ok(Value::Text(String::new())),
            // Minus zero is a zero that surprises.
            Item::Number(number) => Ok(Value::Number(if number == 0.0 { 0.0 } else { number })),
            Item::Text(text) if text.len() > VALUE_BYTES_MAX => Err(ExpressionError::TooLong),
            Item::Text(text) => Ok(Value::Text(text.into_owned())),
        }
    }
}

fn item(datum: Datum<'_>) -> Item<'_> {
    match datum {
        Datum::Missing => Item::Unset,
        Datum::Number(number) => Item::Number(number),
        Datum::Text(text) => Item::Text(text),
        other @ (Datum::Boolean(_) | Datum::Value(_) | Datum::Json(_) | Datum::Written(_) | Datum::Encoded(_)) => {
            Item::Text(Cow::Owned(other.to_text().into_owned()))
        }
    }
}

fn number(item: &Item<'_>) -> Result<f64, ExpressionError> {
    match item {
        Item::Unset => Ok(0.0),
        Item::Number(number) => Ok(*number),
        Item::Text(text) if text.trim().is_empty() => Ok(0.0),
        Item::Text(text) => {
            convert::number(text).ok_or_else(|| ExpressionError::NotANumber(text.chars().take(40).collect()))
        }
    }
}

fn apply<'a>(binary: Binary, left: &Item<'a>, right: &Item<'a>) -> Result<Item<'a>, ExpressionError> {
    if binary == Binary::Add && (is_words(left) || is_words(right)) {
        let joined = format!("{}{}", words(left), words(right));
        return if joined.len() > VALUE_BYTES_MAX {
            Err(ExpressionError::TooLong)
        } else {
            Ok(Item::Text(Cow::Owned(joined)))
        };
    }
    let (left, right) = (number(left)?, number(right)?);
    let result = match binary {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide | Binary::Remainder if right == 0.0 => return Err(ExpressionError::DivisionByZero),
        Binary::Divide => left / right,
        Binary::Remainder => left % right,
    };
    if result.is_finite() { Ok(Item::Number(result)) } else { Err(ExpressionError::TooLarge) }
}

/// A text that does not read as a number.
fn is_words(item: &Item<'_>) -> bool {
    matches!(item, Item::Text(text) if convert::number(text).is_none())
}

fn words<'i>(item: &'i Item<'_>) -> Cow<'i, str> {
    match item {
        Item::Unset => Cow::Borrowed(""),
        Item::Number(number) => Cow::Owned(Value::Number(*number).to_text()),
        Item::Text(text) => Cow::Borrowed(text),
    }
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    postfix: Vec<Step>,
    pending: Vec<Pending>,
}

impl Parser<'_> {
    fn character(&self) -> usize {
        self.source[..self.at].chars().count() + 1
    }

    fn emit(&mut self, pending: Pending) {
        match pending {
            Pending::Open => {}
            Pending::Negate => self.postfix.push(Step::Negate),
            Pending::Binary(binary) => self.postfix.push(Step::Binary(binary)),
        }
    }

    /// Reads where a value is wanted; tells whether one still is.
    fn value(&mut self, letter: char) -> Result<bool, Mistake> {
        let rest = &self.source[self.at..];
        match letter {
            '(' => self.pending.push(Pending::Open),
            '-' | '−' => self.pending.push(Pending::Negate),
            '+' => {}
            '"' | '\'' => {
                let (text, bytes) = quoted(rest, letter)?;
                self.postfix.push(Step::Text(text));
                self.at += bytes;
                return Ok(false);
            }
            '{' if rest.starts_with("{{") => {
                let (placeholder, end) = placeholder_at(self.source, self.at)?;
                self.postfix.push(Step::Hole(Box::new(placeholder)));
                self.at = end;
                return Ok(false);
            }
            '0'..='9' | '.' => {
                let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
                let number = rest[..end].parse().ok().filter(|number: &f64| number.is_finite());
                let number =
                    number.ok_or_else(|| ExpressionProblem::Unexpected { at: self.character(), found: letter })?;
                self.postfix.push(Step::Number(number));
                self.at += end;
                return Ok(false);
            }
            ')' => return Err(ExpressionProblem::ValueMissing { at: self.character() }.into()),
            found => {
                let at = self.character();
                let problem = if Binary::of(found).is_some() {
                    ExpressionProblem::ValueMissing { at }
                } else {
                    ExpressionProblem::Unexpected { at, found }
                };
                return Err(problem.into());
            }
        }
        self.at += letter.len_utf8();
        Ok(true)
    }

    /// Reads where an operator is wanted; tells whether a value is wanted next.
    fn operator(&mut self, letter: char) -> Result<bool, ExpressionProblem> {
        let at = self.character();
        self.at += letter.len_utf8();
        if letter == ')' {
            loop {
                match self.pending.pop() {
                    None => return Err(ExpressionProblem::Parenthesis {}),
                    Some(Pending::Open) => return Ok(false),
                    Some(pending @ (Pending::Negate | Pending::Binary(_))) => self.emit(pending),
                }
            }
        }
        let binary = Binary::of(letter).ok_or(ExpressionProblem::Unexpected { at, found: letter })?;
        while let Some(&pending) = self.pending.last() {
            let binds_first = match pending {
                Pending::Open => false,
                Pending::Negate => true,
                Pending::Binary(before) => before.strength() >= binary.strength(),
            };
            if !binds_first {
                break;
            }
            self.pending.pop();
            self.emit(pending);
        }
        self.pending.push(Pending::Binary(binary));
        Ok(true)
    }
}

/// A text in quotes and the bytes it took; a backslash takes the next character as it is.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), ExpressionProblem> {
    let mut text = String::new();
    let mut escaped = false;
    for (offset, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => {
                text.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            _ if letter == quote => return Ok((text, offset + quote.len_utf8())),
            _ => text.push(letter),
        }
    }
    Err(ExpressionProblem::Quote {})
}
