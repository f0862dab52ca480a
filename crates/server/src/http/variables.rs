//! Bot variables, declared contact variables, tags.

use axum::{Json, extract::State};
use recado_flow::{
    convert::{self, NotAValue, Reading},
    references::is_built_in,
};
use recado_model::{BotId, Value, ValueType, Variables, limits};
use recado_store::catalog::{BotBundle, VariableRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

/// Variables a bot may declare.
const DECLARED_MAX: usize = 500;

/// A bot variable with its value, or a declared contact variable.
#[derive(Debug, Serialize, ToSchema)]
pub struct VariableView {
    name: String,
    /// `bot`: one value for all contacts. `contact`: each contact has its own.
    scope: &'static str,
    r#type: ValueType,
    /// Of a bot variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<JsonValue>,
    /// Of a declared contact variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Time>,
}

impl VariableView {
    /// One that has just got its name.
    pub(super) fn of(bundle: &BotBundle, scope: DeclaredScope, name: String) -> Self {
        let declared = bundle.declared.iter().find(|declared| declared.name == name);
        let value = bundle.variables.get(&name);
        match scope {
            DeclaredScope::Bot => Self {
                r#type: value.map_or(ValueType::Text, Value::kind),
                value: value.map(Value::to_json),
                name,
                scope: "bot",
                created_at: None,
            },
            DeclaredScope::Contact => Self {
                r#type: declared.map_or(ValueType::Text, |declared| declared.kind),
                created_at: declared.map(|declared| declared.created_at.into()),
                name,
                scope: "contact",
                value: None,
            },
        }
    }
}

/// Where a variable lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeclaredScope {
    /// One value for all contacts.
    Bot,
    /// Each contact has its own.
    Contact,
}

/// A variable to set or declare.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVariable {
    /// 1 to 64 characters.
    name: String,
    scope: DeclaredScope,
    /// The type; of a bot variable it may be left to the value.
    r#type: Option<ValueType>,
    /// The value of a bot variable.
    value: Option<JsonValue>,
}

/// A JSON value as a typed one.
pub fn typed(field: &str, json: &JsonValue, kind: Option<ValueType>, zone: &str) -> Result<Value, ApiError> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let value = match kind {
        Some(kind) => convert::from_json(json, kind, Reading { zone: &zone, country: None }),
        None => convert::untyped(json),
    };
    value.map_err(|error| ApiError::field(field, not_a_value(error, kind.unwrap_or(ValueType::Text))))
}

/// Why something is no value of a type.
pub fn not_a_value(error: NotAValue, kind: ValueType) -> FieldMistake {
    match error {
        NotAValue::TooLarge => FieldMistake::TooManyBytes { max: limits::VALUE_BYTES_MAX },
        NotAValue::Number
        | NotAValue::Boolean
        | NotAValue::Date
        | NotAValue::DateTime
        | NotAValue::Time
        | NotAValue::Phone
        | NotAValue::Email
        | NotAValue::Url
        | NotAValue::Location
        | NotAValue::List
        | NotAValue::Object => FieldMistake::NotOfType { kind, words: error.to_string() },
    }
}

/// The name of a variable.
pub fn variable_name(field: &str, name: &str) -> Result<String, ApiError> {
    shape::name(field, name, limits::VARIABLE_NAME_CHARS_MAX)
}

/// The variables of a contact or bot as JSON.
pub fn shown(variables: &Variables) -> serde_json::Map<String, JsonValue> {
    variables.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
}

/// Lists bot variables and declared contact variables.
#[utoipa::path(get, path = "/bots/{bot_id}/variables", tag = "bots", params(("bot_id" = BotId, Path)), responses((status = 200, body = Listed<VariableView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
) -> Result<Json<Listed<VariableView>>, ApiError> {
    web.own_bot(caller, id).await?;
    let bundle = web.store.load_bot(id).await?.ok_or_else(|| ApiError::not_found("bot"))?;
    let of_bot = bundle.variables.into_iter().map(|(name, value)| VariableView {
        name,
        scope: "bot",
        r#type: value.kind(),
        value: Some(value.to_json()),
        created_at: None,
    });
    let of_contacts = bundle.declared.into_iter().map(|declared| VariableView {
        name: declared.name,
        scope: "contact",
        r#type: declared.kind,
        value: None,
        created_at: Some(declared.created_at.into()),
    });
    Ok(Json(Listed::whole(of_bot.chain(of_contacts).collect())))
}

/// Sets a bot variable, or declares a contact variable.
#[utoipa::path(put, path = "/bots/{bot_id}/variables", tag = "bots", params(("bot_id" = BotId, Path)), request_body = NewVariable, responses((status = 200, body = VariableView), (status = "default", body = Problem)))]
pub async fn set(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Body(wanted): Body<NewVariable>,
) -> Result<Json<VariableView>, ApiError> {
    let live = web.own_live_bot(caller, id).await?;
    let name = variable_name("name", &wanted.name)?;
    let view = match wanted.scope {
        DeclaredScope::Bot => {
            if is_built_in(&name) && !live.variables.contains_key(&name) {
                return Err(ApiError::field("name", FieldMistake::ReservedName {}));
            }
            let json = wanted.value.ok_or_else(|| ApiError::field("value", FieldMistake::ValueNeeded {}))?;
            let value = typed("value", &json, wanted.r#type, &live.account.time_zone)?;
            shape::within("name", live.variables.len(), 0, DECLARED_MAX)?;
            web.store.set_bot_variable(id, name.clone(), Some(value.clone())).await?;
            VariableView { name, scope: "bot", r#type: value.kind(), value: Some(value.to_json()), created_at: None }
        }
        DeclaredScope::Contact => {
            let kind = wanted.r#type.ok_or_else(|| ApiError::field("type", FieldMistake::TypeNeeded {}))?;
            if wanted.value.is_some() {
                return Err(ApiError::field("value", FieldMistake::ValueOfContacts {}));
            }
            let now = web.now();
            shape::within("name", live.validation_context().variables.len(), 0, DECLARED_MAX)?;
            web.store.declare_variable(id, VariableRecord { name: name.clone(), kind, created_at: now }).await?;
            VariableView { name, scope: "contact", r#type: kind, value: None, created_at: Some(now.into()) }
        }
    };
    web.bot_changed(id).await?;
    Ok(Json(view))
}

/// A tag in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagView {
    pub(super) name: String,
    /// How many contacts have it.
    pub(super) contacts: u64,
}

/// Lists the tags in use.
#[utoipa::path(get, path = "/bots/{bot_id}/tags", tag = "bots", params(("bot_id" = BotId, Path)), responses((status = 200, body = Listed<TagView>), (status = "default", body = Problem)))]
pub async fn tags(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
) -> Result<Json<Listed<TagView>>, ApiError> {
    web.own_bot(caller, id).await?;
    let tags = web.store.tags(id).await?;
    Ok(Json(Listed::whole(tags.into_iter().map(|(name, contacts)| TagView { name, contacts }).collect())))
}
