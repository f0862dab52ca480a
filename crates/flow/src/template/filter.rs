//! What `|` does with a value.

use std::borrow::Cow;

use jiff::{civil::DateTime, tz::TimeZone};
use recado_model::limits::RENDERED_BYTES_MAX;

use super::{Scope, TemplateProblem, lookup::Datum, write::percent_encode};
use crate::{calendar, convert};

/// Decimals that `round` keeps at most.
const DECIMALS_MAX: u32 = 10;
/// Characters of a date's form.
const DATE_FORM_CHARS_MAX: usize = 64;

/// A filter with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `default:"friend"`: takes the place of an unset or empty value.
    Default(String),
    /// `upper`.
    Upper,
    /// `lower`.
    Lower,
    /// `title`: the first letter of each word in upper case.
    Title,
    /// `round`, `round:2`: to so many decimals, without trailing zeros.
    Round(u32),
    /// `date:"DD.MM.YYYY hh:mm"`: `YYYY`, `YY`, `MM`, `DD`, `hh`, `mm`, `ss` in the contact's zone; all else stands as it is.
    Date(String),
    /// `json`: the value as JSON; in a JSON body it stands without further quotes.
    Json,
    /// `urlencode`: percent-encoded; in a URL it is not encoded again.
    UrlEncode,
    /// `phone`: spaced as people write it, `+34 612 34 56 78`.
    Phone,
    /// `plural:"place","places"`: the word that fits a number; three words for languages that have *one*, *few* and *many*.
    Plural(Vec<String>),
}

impl Filter {
    /// The filter of a name.
    pub(super) fn new(name: &str, arguments: Vec<String>) -> Result<Self, TemplateProblem> {
        let filter: String = name.chars().take(64).collect();
        let mut words = arguments.into_iter();
        let first = words.next();
        let known = match (name, first) {
            ("default", Some(text)) => Self::Default(text),
            ("upper", None) => Self::Upper,
            ("lower", None) => Self::Lower,
            ("title", None) => Self::Title,
            ("round", None) => Self::Round(0),
            ("round", Some(digits)) => {
                let decimals = digits.parse().ok().filter(|decimals| *decimals <= DECIMALS_MAX);
                let Some(decimals) = decimals else {
                    return Err(TemplateProblem::FilterDecimals { filter, max: DECIMALS_MAX });
                };
                Self::Round(decimals)
            }
            ("date", Some(form)) if form.chars().count() <= DATE_FORM_CHARS_MAX => Self::Date(form),
            ("date", _) => return Err(TemplateProblem::FilterForm { filter, max: DATE_FORM_CHARS_MAX }),
            ("json", None) => Self::Json,
            ("urlencode", None) => Self::UrlEncode,
            ("phone", None) => Self::Phone,
            ("plural", Some(one)) => {
                let forms: Vec<String> = std::iter::once(one).chain(words.by_ref()).collect();
                if forms.len() < 2 {
                    return Err(TemplateProblem::FilterWords { filter });
                }
                Self::Plural(forms)
            }
            ("plural", None) => return Err(TemplateProblem::FilterWords { filter }),
            ("default", None) => return Err(TemplateProblem::FilterText { filter }),
            ("upper" | "lower" | "title" | "json" | "urlencode" | "phone", Some(_)) => {
                return Err(TemplateProblem::FilterNoValue { filter });
            }
            _ => return Err(TemplateProblem::UnknownFilter { filter }),
        };
        if words.next().is_some() { Err(TemplateProblem::FilterOneValue { filter }) } else { Ok(known) }
    }

    /// Applies it.
    pub(super) fn apply<'a>(&'a self, datum: Datum<'a>, scope: &Scope<'_>, warnings: &mut Vec<String>) -> Datum<'a> {
        let text = |text: String| Datum::Text(Cow::Owned(text));
        let unset = matches!(datum, Datum::Missing);
        let applied = match self {
            Self::Default(other) if datum.is_empty() => Datum::Text(Cow::Borrowed(other)),
            Self::Default(_) => datum,
            Self::Json => Datum::Written(datum.to_json().to_string()),
            Self::Plural(forms) => Datum::Text(Cow::Borrowed(plural(&datum, forms))),
            _ if unset => datum,
            Self::Upper => text(datum.to_text().to_uppercase()),
            Self::Lower => text(datum.to_text().to_lowercase()),
            Self::Title => text(title(&datum.to_text())),
            Self::Round(decimals) => match number_of(&datum) {
                Some(number) => Datum::Number(round(number, *decimals)),
                None => kept(datum, "round", "not a number", warnings),
            },
            Self::Date(form) => match wall_of(&datum.to_text(), scope.zone) {
                Some(wall) => text(format_date(form, wall)),
                None => kept(datum, "date", "not a date", warnings),
            },
            Self::UrlEncode => Datum::Encoded(percent_encode(&datum.to_text())),
            Self::Phone => match spaced_phone(&datum.to_text(), scope.contact.profile.country.as_deref()) {
                Some(phone) => text(phone),
                None => kept(datum, "phone", "not a phone number", warnings),
            },
        };
        let long = match &applied {
            Datum::Text(text) => text.len() > RENDERED_BYTES_MAX,
            Datum::Written(text) | Datum::Encoded(text) => text.len() > RENDERED_BYTES_MAX,
            Datum::Missing | Datum::Number(_) | Datum::Boolean(_) | Datum::Value(_) | Datum::Json(_) => false,
        };
        if long {
            warnings.push("a value was left out, because a filter made it too long".to_owned());
            return Datum::Missing;
        }
        applied
    }
}

fn kept<'a>(datum: Datum<'a>, filter: &str, why: &str, warnings: &mut Vec<String>) -> Datum<'a> {
    warnings.push(format!("filter `{filter}`: the value is {why}"));
    datum
}

fn number_of(datum: &Datum<'_>) -> Option<f64> {
    match datum {
        Datum::Number(number) => Some(*number),
        Datum::Missing | Datum::Boolean(_) | Datum::Value(_) => None,
        Datum::Text(_) | Datum::Json(_) | Datum::Written(_) | Datum::Encoded(_) => convert::number(&datum.to_text()),
    }
}

fn round(number: f64, decimals: u32) -> f64 {
    let scale = 10f64.powi(decimals as i32);
    let rounded = (number * scale).round() / scale;
    if rounded.is_finite() { rounded } else { number }
}

fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        if inside {
            titled.push(letter);
        } else {
            titled.extend(letter.to_uppercase());
        }
        inside = letter.is_alphanumeric() || (inside && matches!(letter, '\'' | '’'));
    }
    titled
}

/// The wall time that a text says: a date, a time on its own day, or a moment in the zone.
fn wall_of(text: &str, zone: &TimeZone) -> Option<DateTime> {
    if text.len() > 64 {
        return None;
    }
    convert::wall_time(text)
        .or_else(|| convert::date(text).map(|date| date.at(0, 0, 0, 0)))
        .or_else(|| text.parse::<jiff::Timestamp>().ok().map(|moment| zone.to_datetime(moment)))
        .or_else(|| {
            calendar::parse_hh_mm(text)
                .map(|minute| jiff::civil::date(1970, 1, 1).at((minute / 60) as i8, (minute % 60) as i8, 0, 0))
        })
}

fn format_date(form: &str, wall: DateTime) -> String {
    let tokens: [(&str, i32, usize); 7] = [
        ("YYYY", wall.year().into(), 4),
        ("YY", (wall.year().rem_euclid(100)).into(), 2),
        ("MM", wall.month().into(), 2),
        ("DD", wall.day().into(), 2),
        ("hh", wall.hour().into(), 2),
        ("mm", wall.minute().into(), 2),
        ("ss", wall.second().into(), 2),
    ];
    let mut written = String::with_capacity(form.len());
    let mut rest = form;
    while let Some(letter) = rest.chars().next() {
        if let Some((token, number, width)) = tokens.iter().find(|(token, _, _)| rest.starts_with(token)) {
            let digits = number.to_string();
            written.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
            written.push_str(&digits);
            rest = &rest[token.len()..];
        } else {
            written.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    written
}

fn spaced_phone(text: &str, country: Option<&str>) -> Option<String> {
    let canonical = convert::phone(text, country)?;
    let number = phonenumber::parse(None, canonical).ok()?;
    Some(number.format().mode(phonenumber::Mode::International).to_string())
}

/// With two words: *one* is for 1 and −1. With three, the rule that Slavic languages share: 1, 21, 31 … · 2–4, 22–24 … · the rest, 11–14 among them.
fn plural<'f>(datum: &Datum<'_>, forms: &'f [String]) -> &'f str {
    let count = number_of(datum).map_or(0.0, f64::abs);
    let index = if forms.len() < 3 {
        usize::from((count - 1.0).abs() > f64::EPSILON)
    } else if count.fract() != 0.0 {
        1
    } else {
        let last_digit = count % 10.0;
        let is_teen = (11.0..=14.0).contains(&(count % 100.0));
        if !is_teen && (last_digit - 1.0).abs() < f64::EPSILON {
            0
        } else if !is_teen && (2.0..=4.0).contains(&last_digit) {
            1
        } else {
            2
        }
    };
    forms.get(index).map_or("", String::as_str)
}
