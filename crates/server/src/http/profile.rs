//! A contact's profile, changed by hand.

use axum::{Json, extract::State};
use recado_flow::Operation;
use recado_model::{ContactId, Profile, ValueType};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Web,
    contacts::ContactView,
    error::{ApiError, FieldError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    shape, variables,
};
use crate::auth::Caller;

/// Characters of each field.
const CHARS_MAX: usize = 256;

/// What is changed of a profile. What is left out stays; null empties a field.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileChange {
    /// The whole name as shown. It can not be emptied.
    name: Option<String>,
    #[serde(deserialize_with = "shape::nullable")]
    first_name: Option<Option<String>>,
    #[serde(deserialize_with = "shape::nullable")]
    last_name: Option<Option<String>>,
    /// The messenger's user name, without `@`.
    #[serde(deserialize_with = "shape::nullable")]
    username: Option<Option<String>>,
    /// `+` and digits.
    #[serde(deserialize_with = "shape::nullable")]
    phone: Option<Option<String>>,
    #[serde(deserialize_with = "shape::nullable")]
    email: Option<Option<String>>,
    /// `YYYY-MM-DD`.
    #[serde(deserialize_with = "shape::nullable")]
    birthday: Option<Option<String>>,
    #[serde(deserialize_with = "shape::nullable")]
    city: Option<Option<String>>,
    /// ISO 3166-1 alpha-2 code, as in `ES`.
    #[serde(deserialize_with = "shape::nullable")]
    country: Option<Option<String>>,
    /// BCP 47 tag, as in `es` or `pt-BR`.
    #[serde(deserialize_with = "shape::nullable")]
    language: Option<Option<String>>,
    /// URL of a picture.
    #[serde(deserialize_with = "shape::nullable")]
    photo: Option<Option<String>>,
    /// IANA name, as in `Europe/Madrid`.
    #[serde(deserialize_with = "shape::nullable")]
    time_zone: Option<Option<String>>,
}

/// How a field is read that is more than words.
type Read = fn(&str) -> Result<String, FieldMistake>;

fn of_kind(text: &str, kind: ValueType) -> Option<String> {
    variables::typed("", &Value::from(text), Some(kind), "UTC").ok().map(|value| value.to_text())
}

fn phone(text: &str) -> Result<String, FieldMistake> {
    of_kind(text, ValueType::Phone).ok_or(FieldMistake::NotAPhone {})
}

fn email(text: &str) -> Result<String, FieldMistake> {
    of_kind(text, ValueType::Email).ok_or(FieldMistake::NotAnEmail {})
}

fn birthday(text: &str) -> Result<String, FieldMistake> {
    of_kind(text, ValueType::Date).ok_or(FieldMistake::NotADate {})
}

fn country(text: &str) -> Result<String, FieldMistake> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase()).ok_or(FieldMistake::NotACountry {})
}

fn language(text: &str) -> Result<String, FieldMistake> {
    let is_tag = text.len() <= 35
        && text.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    is_tag.then(|| text.to_owned()).ok_or(FieldMistake::NotALanguageTag {})
}

fn time_zone(text: &str) -> Result<String, FieldMistake> {
    jiff::tz::TimeZone::get(text).map(|_| text.to_owned()).map_err(|_| FieldMistake::NotATimeZone {})
}

impl ProfileChange {
    /// As the turn takes it: an empty text empties the field. Names all fields that are wrong.
    pub fn checked(self) -> Result<Profile, ApiError> {
        let mut wrong = Vec::new();
        let mut read = |field: &str, given: Option<Option<String>>, read: Option<Read>| {
            let text = given?.unwrap_or_default();
            let text = text.trim();
            if text.is_empty() {
                return Some(String::new());
            }
            let checked = if text.chars().count() > CHARS_MAX || text.chars().any(char::is_control) {
                Err(FieldMistake::WordLength { max: CHARS_MAX })
            } else {
                read.map_or_else(|| Ok(text.to_owned()), |read| read(text))
            };
            checked.map_err(|mistake| wrong.push(FieldError::new(field, mistake))).ok()
        };
        let profile = Profile {
            name: read("name", self.name.map(Some), None).unwrap_or_default(),
            first_name: read("first_name", self.first_name, None),
            last_name: read("last_name", self.last_name, None),
            username: read("username", self.username, None),
            phone: read("phone", self.phone, Some(phone)),
            email: read("email", self.email, Some(email)),
            birthday: read("birthday", self.birthday, Some(birthday)),
            city: read("city", self.city, None),
            country: read("country", self.country, Some(country)),
            language: read("language", self.language, Some(language)),
            photo: read("photo", self.photo, None),
            time_zone: read("time_zone", self.time_zone, Some(time_zone)),
        };
        if wrong.is_empty() { Ok(profile) } else { Err(ApiError::fields(wrong)) }
    }
}

/// Changes the profile. What is left out stays; null empties a field.
#[utoipa::path(patch, path = "/contacts/{contact_id}", tag = "contacts", params(("contact_id" = ContactId, Path)), request_body = ProfileChange, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(change): Body<ProfileChange>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = web.own_contact(caller, id).await?;
    web.operate(caller, contact, Operation::SetProfile { profile: change.checked()? }).await
}
