//! Finds what a placeholder names.

use std::borrow::Cow;

use recado_model::{
    Contact, Value,
    value::{json_to_text, number_to_json},
};
use serde_json::Value as Json;

use super::{Placeholder, Root, Scope, Step};
use crate::calendar;

/// Names after `$` that are not fields of the contact.
pub const SYSTEM_NAMES: &[&str] =
    &["bot_name", "bot_id", "contact_id", "last_message", "current_date", "current_time", "response", "data", "start"];

/// Fields of the contact, with or without `$`.
pub const FIELD_NAMES: &[&str] = &[
    "name",
    "first_name",
    "last_name",
    "username",
    "phone",
    "email",
    "birthday",
    "city",
    "country",
    "language",
    "photo",
    "time_zone",
];

/// A value on its way into a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum<'a> {
    /// Unset.
    Missing,
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A truth value.
    Boolean(bool),
    /// A variable of any other type.
    Value(&'a Value),
    /// JSON.
    Json(&'a Json),
    /// JSON that a filter wrote; stands raw in JSON.
    Written(String),
    /// A text that a filter percent-encoded; stands as it is in a URL.
    Encoded(String),
}

impl<'a> Datum<'a> {
    /// Its text; unset is empty.
    pub(crate) fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Missing => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number_to_json(*number).to_string()),
            Self::Boolean(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Self::Value(value) => Cow::Owned(value.to_text()),
            Self::Json(json) => Cow::Owned(json_to_text(json)),
            Self::Written(text) | Self::Encoded(text) => Cow::Borrowed(text),
        }
    }

    /// Its JSON; unset is null.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Missing => Json::Null,
            Self::Text(text) => Json::String(text.clone().into_owned()),
            Self::Number(number) => number_to_json(*number),
            Self::Boolean(truth) => Json::Bool(*truth),
            Self::Value(value) => value.to_json(),
            Self::Json(json) => (*json).clone(),
            Self::Written(text) => serde_json::from_str(text).unwrap_or(Json::Null),
            Self::Encoded(text) => Json::String(text.clone()),
        }
    }

    /// Whether `default` takes its place.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => text.is_empty(),
            Self::Written(text) | Self::Encoded(text) => text.is_empty(),
            Self::Value(Value::List(items)) => items.is_empty(),
            Self::Value(Value::Object(map)) => map.is_empty(),
            Self::Number(_) | Self::Boolean(_) | Self::Value(_) => false,
            Self::Json(json) => match json {
                Json::Null => true,
                Json::String(text) => text.is_empty(),
                Json::Array(items) => items.is_empty(),
                Json::Object(map) => map.is_empty(),
                Json::Bool(_) | Json::Number(_) => false,
            },
        }
    }

    pub(crate) fn of_value(value: &'a Value) -> Self {
        match value {
            Value::Text(text)
            | Value::Date(text)
            | Value::DateTime(text)
            | Value::Time(text)
            | Value::Phone(text)
            | Value::Email(text)
            | Value::Url(text) => Self::Text(Cow::Borrowed(text)),
            Value::Number(number) => Self::Number(*number),
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::Location { .. } | Value::List(_) | Value::Object(_) => Self::Value(value),
        }
    }

    fn of_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Missing,
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Bool(truth) => Self::Boolean(*truth),
            Json::Number(number) => number.as_f64().map_or(Self::Json(json), Self::Number),
            Json::Array(_) | Json::Object(_) => Self::Json(json),
        }
    }

    fn of_text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(Cow::Borrowed(text)))
    }
}

/// The value of a placeholder before its filters.
pub(super) fn find<'a>(placeholder: &'a Placeholder, scope: &Scope<'a>, warnings: &mut Vec<String>) -> Datum<'a> {
    let path = placeholder.path.as_slice();
    match &placeholder.root {
        Root::Variable(name) => variable(name, path, scope),
        Root::Dollar(name) => dollar(name, path, scope, warnings),
        Root::Run => {
            let own = [scope.response, scope.data].into_iter().find_map(|json| walk(json, path));
            match (own, path) {
                (Some(json), _) => Datum::of_json(json),
                (None, [Step::Key(name), rest @ ..]) => variable(name, rest, scope),
                (None, _) => Datum::Missing,
            }
        }
    }
}

fn variable<'a>(name: &str, path: &[Step], scope: &Scope<'a>) -> Datum<'a> {
    if let Some((local, json)) = scope.local
        && local == name
    {
        return walk(json, path).map_or(Datum::Missing, Datum::of_json);
    }
    match scope.contact.variables.get(name) {
        Some(value) => inside(value, path),
        None if path.is_empty() => field(name, scope.contact).unwrap_or(Datum::Missing),
        None => Datum::Missing,
    }
}

fn dollar<'a>(name: &str, path: &[Step], scope: &Scope<'a>, warnings: &mut Vec<String>) -> Datum<'a> {
    let json = |json: &'a Json| walk(json, path).map_or(Datum::Missing, Datum::of_json);
    match name {
        "response" => return json(scope.response),
        "data" => return json(scope.data),
        "start" => return json(scope.start),
        _ => {}
    }
    if path.is_empty()
        && let Some(datum) = system(name, scope).or_else(|| field(name, scope.contact))
    {
        return datum;
    }
    if let Some(value) = scope.variables.get(name) {
        return inside(value, path);
    }
    warnings.push(format!("there is no bot variable `${name}`"));
    Datum::Missing
}

fn system<'a>(name: &str, scope: &Scope<'a>) -> Option<Datum<'a>> {
    Some(match name {
        "bot_name" => Datum::Text(Cow::Borrowed(&scope.bot.name)),
        "bot_id" => Datum::Text(Cow::Owned(scope.bot.id.to_string())),
        "contact_id" => Datum::Text(Cow::Owned(scope.contact.id.to_string())),
        "last_message" => Datum::Text(Cow::Borrowed(&scope.contact.last_message)),
        "current_date" => Datum::Text(Cow::Owned(calendar::wall(scope.now, scope.zone).date().to_string())),
        "current_time" => {
            let wall = calendar::wall(scope.now, scope.zone);
            Datum::Text(Cow::Owned(format!("{:02}:{:02}", wall.hour(), wall.minute())))
        }
        _ => return None,
    })
}

fn field<'a>(name: &str, contact: &'a Contact) -> Option<Datum<'a>> {
    let profile = &contact.profile;
    Some(match name {
        "name" => Datum::of_text(Some(profile.name.as_str()).filter(|name| !name.is_empty())),
        "first_name" => Datum::of_text(profile.first_name.as_deref()),
        "last_name" => Datum::of_text(profile.last_name.as_deref()),
        "username" => Datum::of_text(profile.username.as_deref()),
        "phone" => Datum::of_text(profile.phone.as_deref()),
        "email" => Datum::of_text(profile.email.as_deref()),
        "birthday" => Datum::of_text(profile.birthday.as_deref()),
        "city" => Datum::of_text(profile.city.as_deref()),
        "country" => Datum::of_text(profile.country.as_deref()),
        "language" => Datum::of_text(profile.language.as_deref()),
        "photo" => Datum::of_text(profile.photo.as_deref()),
        "time_zone" => Datum::of_text(profile.time_zone.as_deref()),
        _ => return None,
    })
}

/// What a path leads to inside a variable. A location has `lat` and `lon`.
fn inside<'a>(value: &'a Value, path: &[Step]) -> Datum<'a> {
    let Some((first, rest)) = path.split_first() else { return Datum::of_value(value) };
    let json = match (value, first) {
        (Value::List(items), Step::Index(index)) => items.get(*index),
        (Value::Object(map), Step::Key(key)) => map.get(key),
        (Value::Location { lat, lon }, Step::Key(key)) if rest.is_empty() => {
            return match key.as_str() {
                "lat" => Datum::Number(*lat),
                "lon" => Datum::Number(*lon),
                _ => Datum::Missing,
            };
        }
        _ => None,
    };
    json.and_then(|json| walk(json, rest)).map_or(Datum::Missing, Datum::of_json)
}

fn walk<'a>(json: &'a Json, path: &[Step]) -> Option<&'a Json> {
    path.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get(key),
        Step::Index(index) => json.get(index),
    })
}
