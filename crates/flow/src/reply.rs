//! Checks the reply of a contact for a *user input*.
//!
//! Each kind takes one form and gives one [`Value`], or says why not. A reply of the wrong kind (a photo for a text) is a [`BadReply::WrongKind`], which
//! counts as a try like any other.

use recado_model::{
    Value, ValueType,
    limits::{INPUT_TEXT_CHARS_MAX, VALUE_BYTES_MAX},
    message::Attachment,
};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    calendar,
    convert::{self, Reading},
    pattern::{self, BadPattern},
};

/// What a *user input* takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum InputKind {
    /// Any text of at most [`INPUT_TEXT_CHARS_MAX`] characters.
    Text,
    /// A number; a comma may stand for the point.
    Number,
    /// `DD/MM/YYYY`.
    Date,
    /// `DD.MM.YYYY hh:mm` in the contact's zone.
    DateTime,
    /// `hh:mm`.
    Time,
    /// An e-mail address.
    Email,
    /// A phone number; without `+` it is read as one of the contact's country.
    Phone,
    /// An http or https URL.
    Url,
    /// A shared location.
    Location,
    /// A file.
    File,
    /// A text that as a whole matches a regular expression.
    Regex {
        /// At most [`recado_model::limits::REGEX_CHARS_MAX`] characters.
        #[schema(max_length = 256)]
        pattern: String,
    },
}

impl InputKind {
    /// The type of the values it gives.
    pub const fn value_type(&self) -> ValueType {
        match self {
            Self::Text | Self::Regex { .. } => ValueType::Text,
            Self::Number => ValueType::Number,
            Self::Date => ValueType::Date,
            Self::DateTime => ValueType::DateTime,
            Self::Time => ValueType::Time,
            Self::Email => ValueType::Email,
            Self::Phone => ValueType::Phone,
            Self::Url | Self::File => ValueType::Url,
            Self::Location => ValueType::Location,
        }
    }

    /// The word of a message's `expects`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Time => "time",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::Location => "location",
            Self::File => "file",
            Self::Regex { .. } => "regex",
        }
    }
}

/// What a contact replied.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reply<'a> {
    /// Its text, or a file's caption; empty when there is none.
    pub text: &'a str,
    /// Its files.
    pub attachments: &'a [Attachment],
    /// The link to the first of them, if there is one.
    pub link: Option<&'a str>,
    /// A shared location, (latitude, longitude).
    pub location: Option<(f64, f64)>,
    /// A shared phone number.
    pub phone: Option<&'a str>,
}

impl<'a> Reply<'a> {
    /// A reply that is text alone.
    pub fn text(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }
}

/// Why a reply is not taken. In words for the bot's log; the contact is told the input's own error text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    /// Something else was asked for: a photo for a text.
    #[error("a reply of another kind was expected")]
    WrongKind,
    /// The text is longer than [`INPUT_TEXT_CHARS_MAX`].
    #[error("the text is longer than {INPUT_TEXT_CHARS_MAX} characters")]
    TooLong,
    /// The text does not have the form of the kind.
    #[error(transparent)]
    NotAValue(#[from] convert::NotAValue),
    /// The text does not match the regular expression.
    #[error("the text does not match the regular expression")]
    NoMatch,
}

/// A user input's check, made once when a flow becomes a plan.
#[derive(Debug, Clone)]
pub struct ReplyCheck {
    kind: InputKind,
    regex: Option<Regex>,
}

impl ReplyCheck {
    /// Compiles the check of a kind.
    pub fn compile(kind: &InputKind) -> Result<Self, BadPattern> {
        let regex = match kind {
            InputKind::Regex { pattern } => Some(pattern::compile_whole(pattern)?),
            InputKind::Text
            | InputKind::Number
            | InputKind::Date
            | InputKind::DateTime
            | InputKind::Time
            | InputKind::Email
            | InputKind::Phone
            | InputKind::Url
            | InputKind::Location
            | InputKind::File => None,
        };
        Ok(Self { kind: kind.clone(), regex })
    }

    /// What it takes.
    pub const fn kind(&self) -> &InputKind {
        &self.kind
    }

    /// The value that a reply says.
    pub fn read(&self, reply: &Reply<'_>, reading: Reading<'_>) -> Result<Value, BadReply> {
        match &self.kind {
            InputKind::Location => {
                let (lat, lon) = reply.location.ok_or(BadReply::WrongKind)?;
                convert::place(lat, lon).ok_or(BadReply::NotAValue(convert::NotAValue::Location))
            }
            InputKind::File => {
                reply.attachments.first().and_then(|file| file_value(file, reply.link)).ok_or(BadReply::WrongKind)
            }
            InputKind::Phone => match reply.phone {
                Some(shared) => shared_phone(shared),
                None => Ok(convert::from_text(said(reply)?, ValueType::Phone, reading)?),
            },
            InputKind::Date => {
                let date = convert::day_month_year(said(reply)?.trim(), '/').ok_or(convert::NotAValue::Date)?;
                Ok(Value::Date(date.to_string()))
            }
            InputKind::DateTime => {
                let wall = dotted_wall_time(said(reply)?).ok_or(convert::NotAValue::DateTime)?;
                Ok(calendar::moment_of(wall, reading.zone)
                    .map(convert::date_time)
                    .ok_or(convert::NotAValue::DateTime)?)
            }
            InputKind::Text => Ok(Value::Text(said(reply)?.to_owned())),
            InputKind::Regex { .. } => {
                let text = said(reply)?;
                let matches = self.regex.as_ref().is_some_and(|regex| regex.is_match(text.trim()));
                if matches { Ok(Value::Text(text.trim().to_owned())) } else { Err(BadReply::NoMatch) }
            }
            InputKind::Number | InputKind::Time | InputKind::Email | InputKind::Url => {
                Ok(convert::from_text(said(reply)?, self.kind.value_type(), reading)?)
            }
        }
    }
}

/// The text of a reply that is text and nothing else.
fn said<'a>(reply: &Reply<'a>) -> Result<&'a str, BadReply> {
    if reply.text.trim().is_empty() || !reply.attachments.is_empty() || reply.location.is_some() {
        return Err(BadReply::WrongKind);
    }
    // Bytes first: counting the characters of a long text is work for nothing.
    if reply.text.len() > INPUT_TEXT_CHARS_MAX * 4 || reply.text.chars().count() > INPUT_TEXT_CHARS_MAX {
        return Err(BadReply::TooLong);
    }
    Ok(reply.text)
}

/// A number that the messenger vouches for; it may come without its `+`.
fn shared_phone(shared: &str) -> Result<Value, BadReply> {
    let digits: String = shared.chars().filter(char::is_ascii_digit).collect();
    // E.164: at most 15 digits.
    if (5..=15).contains(&digits.len()) {
        Ok(Value::Phone(format!("+{digits}")))
    } else {
        Err(convert::NotAValue::Phone.into())
    }
}

/// `DD.MM.YYYY hh:mm`.
fn dotted_wall_time(text: &str) -> Option<jiff::civil::DateTime> {
    let (day, clock) = text.trim().split_once(' ')?;
    let minute = calendar::parse_hh_mm(clock.trim())?;
    convert::day_month_year(day, '.').map(|date| date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0))
}

/// A link to the file; where there is none, its URL, or the id under which the messenger or we keep it, as text.
fn file_value(file: &Attachment, link: Option<&str>) -> Option<Value> {
    if let Some(link) = link.and_then(convert::absolute_url) {
        return Some(Value::Url(link));
    }
    let external = file.external.as_deref().filter(|external| external.len() <= VALUE_BYTES_MAX);
    let url = external.and_then(convert::absolute_url).map(Value::Url);
    url.or_else(|| file.file_id.map(|id| Value::Text(id.to_string())))
        .or_else(|| external.map(|id| Value::Text(id.to_owned())))
}
