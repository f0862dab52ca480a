//! Variables: named, typed values of a contact or of a bot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What people give a name that documents use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A variable of the contacts.
    ContactVariable,
    /// A variable of the bot.
    BotVariable,
    /// A tag, whatever its case.
    Tag,
}

/// The type of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Any text up to [`crate::limits::VALUE_BYTES_MAX`].
    Text,
    /// A 64-bit floating point number; whole numbers are shown without a fraction.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// A moment, RFC 3339 in UTC.
    DateTime,
    /// A wall time, `hh:mm`.
    Time,
    /// An international phone number, `+` and digits.
    Phone,
    /// An e-mail address.
    Email,
    /// An absolute http or https URL.
    Url,
    /// A place.
    Location,
    /// A list of JSON values.
    List,
    /// A JSON object.
    Object,
}

/// A typed value. Dates and times are kept as canonical text so that they sort and read well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum Value {
    /// Any text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// A truth value.
    Boolean(bool),
    /// `YYYY-MM-DD`.
    Date(String),
    /// RFC 3339 in UTC, as in `2026-11-23T09:31:08Z`.
    DateTime(String),
    /// `hh:mm`.
    Time(String),
    /// `+` and digits.
    Phone(String),
    /// An address.
    Email(String),
    /// An absolute URL.
    Url(String),
    /// Degrees, WGS 84.
    Location {
        /// Latitude, −90 to 90.
        lat: f64,
        /// Longitude, −180 to 180.
        lon: f64,
    },
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(serde_json::Map<String, Json>),
}

/// The variables of a contact or a bot, by name. Names are case-sensitive.
pub type Variables = BTreeMap<String, Value>;

/// A number as JSON: whole numbers up to 2⁵³ without a fraction, others as they are.
pub fn number_to_json(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT { Json::from(number as i64) } else { Json::from(number) }
}

impl Value {
    /// Its type.
    pub const fn kind(&self) -> ValueType {
        match self {
            Self::Text(_) => ValueType::Text,
            Self::Number(_) => ValueType::Number,
            Self::Boolean(_) => ValueType::Boolean,
            Self::Date(_) => ValueType::Date,
            Self::DateTime(_) => ValueType::DateTime,
            Self::Time(_) => ValueType::Time,
            Self::Phone(_) => ValueType::Phone,
            Self::Email(_) => ValueType::Email,
            Self::Url(_) => ValueType::Url,
            Self::Location { .. } => ValueType::Location,
            Self::List(_) => ValueType::List,
            Self::Object(_) => ValueType::Object,
        }
    }

    /// The plain JSON that webhooks and the API show: numbers and booleans keep their type, a location is a map link.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Number(number) => number_to_json(*number),
            Self::Boolean(truth) => Json::Bool(*truth),
            Self::List(items) => Json::Array(items.clone()),
            Self::Object(map) => Json::Object(map.clone()),
            Self::Text(text)
            | Self::Date(text)
            | Self::DateTime(text)
            | Self::Time(text)
            | Self::Phone(text)
            | Self::Email(text)
            | Self::Url(text) => Json::String(text.clone()),
            Self::Location { .. } => Json::String(self.to_text()),
        }
    }

    /// The text that a template shows.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text)
            | Self::Date(text)
            | Self::DateTime(text)
            | Self::Time(text)
            | Self::Phone(text)
            | Self::Email(text)
            | Self::Url(text) => text.clone(),
            Self::Number(number) => number_to_json(*number).to_string(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Location { lat, lon } => format!("https://maps.google.com/?q={lat},{lon}"),
            Self::List(items) => items.iter().map(json_to_text).collect::<Vec<_>>().join(", "),
            Self::Object(map) => Json::Object(map.clone()).to_string(),
        }
    }
}

/// How a JSON value reads inside text: strings bare, null empty, whole floats without a fraction, the rest as JSON.
pub fn json_to_text(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |f| number_to_json(f).to_string()),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => json.to_string(),
    }
}
