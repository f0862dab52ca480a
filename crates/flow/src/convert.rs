//! Makes typed values of texts and JSON, strictly and with reasons.
//!
//! Whatever comes from a contact, an API answer or a call of our API passes here before it becomes a variable's value. Canonical forms: dates
//! `YYYY-MM-DD`, moments RFC 3339 in UTC, times `hh:mm`, phones `+` and digits.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use recado_model::{
    UnixMs, Value, ValueType,
    limits::{URL_BYTES_MAX, VALUE_BYTES_MAX},
    value::json_to_text,
};
use serde_json::Value as Json;

use crate::calendar;

/// Why something is no value of a type. In words that a bot maker understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAValue {
    /// Larger than [`VALUE_BYTES_MAX`].
    #[error("larger than {VALUE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not a finite number.
    #[error("not a number")]
    Number,
    /// Neither `true` nor `false`.
    #[error("neither true nor false")]
    Boolean,
    /// Not a date.
    #[error("not a date (YYYY-MM-DD or DD/MM/YYYY)")]
    Date,
    /// Not a date and time.
    #[error("not a date and time (DD.MM.YYYY hh:mm or RFC 3339)")]
    DateTime,
    /// Not a time.
    #[error("not a time (hh:mm)")]
    Time,
    /// Not a phone number.
    #[error("not a phone number in international form")]
    Phone,
    /// Not an e-mail address.
    #[error("not an e-mail address")]
    Email,
    /// Not a URL.
    #[error("not an http or https URL")]
    Url,
    /// Not a place.
    #[error("not a location (latitude,longitude)")]
    Location,
    /// Not a list.
    #[error("not a list")]
    List,
    /// Not an object.
    #[error("not an object")]
    Object,
}

/// What reading depends on beside the text.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The zone of wall times.
    pub zone: &'a TimeZone,
    /// ISO 3166-1 alpha-2 code of the country whose phone numbers may stand without `+`.
    pub country: Option<&'a str>,
}

/// The value of a type that a text says.
pub fn from_text(text: &str, kind: ValueType, reading: Reading<'_>) -> Result<Value, NotAValue> {
    if text.len() > VALUE_BYTES_MAX {
        return Err(NotAValue::TooLarge);
    }
    let trimmed = text.trim();
    match kind {
        ValueType::Text => Ok(Value::Text(text.to_owned())),
        ValueType::Number => number(trimmed).map(Value::Number).ok_or(NotAValue::Number),
        ValueType::Boolean => boolean(trimmed).map(Value::Boolean).ok_or(NotAValue::Boolean),
        ValueType::Date => date(trimmed).map(|date| Value::Date(date.to_string())).ok_or(NotAValue::Date),
        ValueType::DateTime => moment(trimmed, reading.zone).map(date_time).ok_or(NotAValue::DateTime),
        ValueType::Time => calendar::parse_hh_mm(trimmed).map(time).ok_or(NotAValue::Time),
        ValueType::Phone => phone(trimmed, reading.country).map(Value::Phone).ok_or(NotAValue::Phone),
        ValueType::Email => email(trimmed).map(Value::Email).ok_or(NotAValue::Email),
        ValueType::Url => web_url(trimmed).map(Value::Url).ok_or(NotAValue::Url),
        ValueType::Location => location(trimmed).ok_or(NotAValue::Location),
        ValueType::List => match serde_json::from_str(trimmed) {
            Ok(Json::Array(items)) => Ok(Value::List(items)),
            Ok(_) | Err(_) => Err(NotAValue::List),
        },
        ValueType::Object => match serde_json::from_str(trimmed) {
            Ok(Json::Object(map)) => Ok(Value::Object(map)),
            Ok(_) | Err(_) => Err(NotAValue::Object),
        },
    }
}

/// The value of a type that JSON holds. Texts are read as [`from_text`] reads them.
pub fn from_json(json: &Json, kind: ValueType, reading: Reading<'_>) -> Result<Value, NotAValue> {
    match (kind, json) {
        (ValueType::Number, Json::Number(number)) => {
            number.as_f64().filter(|n| n.is_finite()).map(Value::Number).ok_or(NotAValue::Number)
        }
        (ValueType::Boolean, Json::Bool(truth)) => Ok(Value::Boolean(*truth)),
        (ValueType::List, Json::Array(items)) => sized(json, Value::List(items.clone())),
        (ValueType::Object, Json::Object(map)) => sized(json, Value::Object(map.clone())),
        (ValueType::Location, Json::Object(map)) => {
            let degrees = |names: [&str; 2]| names.iter().find_map(|name| map.get(*name)).and_then(Json::as_f64);
            let (lat, lon) = (degrees(["lat", "latitude"]), degrees(["lon", "longitude"]));
            lat.zip(lon).and_then(|(lat, lon)| place(lat, lon)).ok_or(NotAValue::Location)
        }
        (_, Json::String(text)) => from_text(text, kind, reading),
        (_, Json::Null) => from_text("", kind, reading),
        (_, Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) => {
            from_text(&json_to_text(json), kind, reading)
        }
    }
}

/// The value of JSON whose type nobody declared: JSON's own type.
pub fn untyped(json: &Json) -> Result<Value, NotAValue> {
    let value = match json {
        Json::Null => Value::Text(String::new()),
        Json::Bool(truth) => Value::Boolean(*truth),
        Json::Number(number) => Value::Number(number.as_f64().filter(|n| n.is_finite()).ok_or(NotAValue::Number)?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.clone()),
        Json::Object(map) => Value::Object(map.clone()),
    };
    sized(json, value)
}

/// A value as another type, by way of its text where the types differ.
pub fn retyped(value: &Value, kind: ValueType, reading: Reading<'_>) -> Result<Value, NotAValue> {
    if value.kind() == kind {
        return Ok(value.clone());
    }
    match (value, kind) {
        (Value::Date(_), ValueType::DateTime) => {
            calendar::moment_of_value(value, reading.zone).map(date_time).ok_or(NotAValue::DateTime)
        }
        (Value::DateTime(_), ValueType::Date) => calendar::moment_of_value(value, reading.zone)
            .map(|moment| Value::Date(calendar::wall(moment, reading.zone).date().to_string()))
            .ok_or(NotAValue::Date),
        (Value::List(_), ValueType::Text) => from_text(&value.to_json().to_string(), kind, reading),
        _ => from_text(&value.to_text(), kind, reading),
    }
}

/// A date and time value of a moment, to the second; milliseconds are kept when there are any.
pub fn date_time(moment: UnixMs) -> Value {
    Value::DateTime(calendar::timestamp(moment).to_string())
}

/// A time value of a minute of the day.
pub fn time(minute_of_day: u16) -> Value {
    Value::Time(format!("{:02}:{:02}", minute_of_day / 60 % 24, minute_of_day % 60))
}

/// A location value, when the degrees are in range.
pub fn place(lat: f64, lon: f64) -> Option<Value> {
    ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some(Value::Location { lat, lon })
}

/// A finite number in decimal digits; a comma may stand for the point.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let shaped = text.len() <= 64
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+' | b'e' | b'E'));
    if !shaped {
        return None;
    }
    let read = if text.contains('.') { text.parse::<f64>() } else { text.replacen(',', ".", 1).parse() };
    read.ok().filter(|number| number.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A date: `YYYY-MM-DD`, `DD/MM/YYYY` or `DD.MM.YYYY`.
pub fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    day_month_year(text, '/').or_else(|| day_month_year(text, '.')).or_else(|| {
        let dashes = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        if dashes { text.parse().ok() } else { None }
    })
}

/// `DD/MM/YYYY` with another separator; days and months may have one digit.
pub fn day_month_year(text: &str, separator: char) -> Option<Date> {
    let mut parts = text.split(separator);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some()
        || day.len() > 2
        || month.len() > 2
        || year.len() != 4
        || ![day, month, year].into_iter().all(digits)
    {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A date and a time on the wall: `DD.MM.YYYY hh:mm`, `DD/MM/YYYY hh:mm` or `YYYY-MM-DD hh:mm`.
pub fn wall_time(text: &str) -> Option<DateTime> {
    let (day, clock) = text.trim().split_once([' ', 'T'])?;
    let minute = calendar::parse_hh_mm(clock.trim())?;
    date(day).map(|date| date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0))
}

/// A moment: RFC 3339 with an offset, else a wall time in the zone, else the first instant of a date.
pub fn moment(text: &str, zone: &TimeZone) -> Option<UnixMs> {
    if text.len() > 64 {
        return None;
    }
    if let Some(wall) = wall_time(text) {
        return calendar::moment_of(wall, zone);
    }
    if let Some(date) = date(text) {
        return calendar::moment_of(date.at(0, 0, 0, 0), zone);
    }
    text.parse::<Timestamp>().ok().map(|moment| UnixMs(moment.as_millisecond()))
}

/// `+` and digits of a number that is valid in its country.
pub fn phone(text: &str, country: Option<&str>) -> Option<String> {
    // Longer than any number with its punctuation; keeps hostile texts from the parser.
    if text.len() > 40
        || !text.chars().all(|letter| {
            letter.is_ascii_digit() || matches!(letter, '+' | ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/')
        })
    {
        return None;
    }
    let compact: String = text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect();
    if compact.rfind('+').is_some_and(|at| at > 0) || compact.len() < 5 {
        return None;
    }
    let international = if let Some(rest) = compact.strip_prefix("00") { format!("+{rest}") } else { compact };
    let region = country.and_then(|code| code.to_ascii_uppercase().parse().ok());
    let number = phonenumber::parse(region, &international).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

/// An address: one `@`, a local part of at most 64 bytes, a domain of at least two labels.
pub fn email(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let local_ok = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|letter| letter.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(letter));
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    let (_, top) = domain.rsplit_once('.')?;
    let domain_ok = domain.len() <= 253
        && domain.split('.').all(label_ok)
        && top.len() >= 2
        && !top.bytes().all(|byte| byte.is_ascii_digit());
    (local_ok && domain_ok).then(|| text.to_owned())
}

/// An absolute http or https URL in its normal spelling; `example.com/x` gets `https://`.
pub fn web_url(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > URL_BYTES_MAX || text.contains(char::is_whitespace) {
        return None;
    }
    if let Some(url) = absolute_url(text) {
        return Some(url);
    }
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    let bare = !text.contains("://") && host.contains('.') && !host.contains([':', '@']);
    if bare {
        absolute_url(&format!("https://{text}")).filter(|_| !host.ends_with('.') && !host.starts_with('.'))
    } else {
        None
    }
}

/// An absolute http or https URL in its normal spelling.
pub fn absolute_url(text: &str) -> Option<String> {
    if text.len() > URL_BYTES_MAX {
        return None;
    }
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return None;
    }
    let url = url::Url::parse(text).ok()?;
    (url.host_str().is_some_and(|host| !host.is_empty()) && url.as_str().len() <= URL_BYTES_MAX).then(|| url.into())
}

/// `lat,lon` in degrees, or a map link that ends so.
fn location(text: &str) -> Option<Value> {
    let degrees = text.strip_prefix("https://maps.google.com/?q=").unwrap_or(text);
    let (lat, lon) = degrees.split_once(',')?;
    let plain = |part: &str| part.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    place(plain(lat)?, plain(lon)?)
}

fn sized(json: &Json, value: Value) -> Result<Value, NotAValue> {
    // A value that serialises to more than the limit is refused, however deep it is.
    if json.to_string().len() > VALUE_BYTES_MAX { Err(NotAValue::TooLarge) } else { Ok(value) }
}
