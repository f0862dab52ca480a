//! API request: asks another system and keeps parts of its answer.
//!
//! The run waits in the foreground, no thread does. The request is sent after the commit; a crash in between repeats it, with the same
//! `Idempotency-Key`. URL, method, headers and secret are read from the newest version that has the element.

use recado_model::{
    ElementId, ValueType, Wait,
    limits::{API_ANSWER_BYTES_MAX, SAVED_VALUE_CHARS_MAX, URL_BYTES_MAX},
    run::{ApiAnswer, ApiAuth, ApiCall},
    value::json_to_text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use serde_json_path::JsonPath;

use crate::{
    document::Position,
    effect::Effect,
    mistake::FlowMistake,
    run::{Next, Walk},
    template::{Escape, Template},
    turn::Conversation,
    validate::Checker,
};

/// The longest time-out in seconds.
pub const TIMEOUT_S_MAX: u32 = 60;
/// The default time-out in seconds.
pub const TIMEOUT_S_DEFAULT: u32 = 10;
/// The most further tries.
pub const RETRIES_MAX: u8 = 3;
/// Headers, form fields and saved values of one request.
pub const FIELDS_MAX: usize = 30;

/// Asks another system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiRequestElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// Absolute, with templates in path and query.
    pub url: String,
    /// With templates in the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<NameValue>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<ApiBody>,
    /// How it authorises itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<ApiAuth>,
    /// Seconds to the end of the answer, 1 to 60. Default 10.
    #[serde(default = "timeout_default")]
    pub timeout_s: u32,
    /// Further tries, 0 to 3.
    #[serde(default)]
    pub retries: u8,
    /// POST and PATCH are tried again too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retry_unsafe: bool,
    /// Parts of the answer that are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub save: Vec<SavedValue>,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Makes.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The word of the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether doing it twice is as doing it once.
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }
}

/// A name and a value with templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameValue {
    /// The name.
    pub name: String,
    /// The value, with templates.
    pub value: String,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ApiBody {
    /// JSON as text, with templates that are escaped for where they stand.
    Json {
        /// The text.
        text: String,
    },
    /// `application/x-www-form-urlencoded`.
    Form {
        /// The fields.
        fields: Vec<NameValue>,
    },
    /// Any text as it is.
    Raw {
        /// Its `Content-Type`.
        content_type: String,
        /// The text, with templates.
        text: String,
    },
}

/// A part of the answer that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedValue {
    /// A JSONPath (RFC 9535).
    pub path: String,
    /// The variable.
    pub variable: String,
    /// Its type; without one it follows from the JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
}

const fn timeout_default() -> u32 {
    TIMEOUT_S_DEFAULT
}

/// An API request that is ready to be made.
#[derive(Debug)]
pub(crate) struct CompiledRequest {
    method: Method,
    url: Template,
    headers: Vec<(String, Template)>,
    body: Option<CompiledBody>,
    auth: Option<ApiAuth>,
    timeout_ms: u32,
    retries: u8,
    save: Vec<(JsonPath, String, Option<ValueType>)>,
}

#[derive(Debug)]
enum CompiledBody {
    Json(Template),
    Form(Vec<(String, Template)>),
    Raw(Template),
}

pub(crate) fn compile(element: &ApiRequestElement, checker: &mut Checker<'_>) -> Option<CompiledRequest> {
    let url = checker.url_template("url", &element.url);
    check_fields(element, checker);
    let mut headers = Vec::new();
    for (index, header) in element.headers.iter().enumerate() {
        if !is_header_name(&header.name) {
            checker.error(format!("headers[{index}].name"), FlowMistake::BadHeader { name: header.name.clone() });
        }
        if let Some(value) = checker.template(&format!("headers[{index}].value"), &header.value) {
            headers.push((header.name.clone(), value));
        }
    }
    let body = match &element.body {
        None => None,
        Some(ApiBody::Json { text }) => {
            headers.push(("Content-Type".to_owned(), Template::parse("application/json").ok()?));
            checker.template("body.text", text).map(CompiledBody::Json)
        }
        Some(ApiBody::Form { fields }) => {
            headers.push(("Content-Type".to_owned(), Template::parse("application/x-www-form-urlencoded").ok()?));
            let fields = fields.iter().enumerate().filter_map(|(index, field)| {
                Some((field.name.clone(), checker.template(&format!("body.fields[{index}].value"), &field.value)?))
            });
            Some(CompiledBody::Form(fields.collect()))
        }
        Some(ApiBody::Raw { content_type, text }) => {
            if let Some(value) = checker.template("body.content_type", content_type) {
                headers.push(("Content-Type".to_owned(), value));
            }
            checker.template("body.text", text).map(CompiledBody::Raw)
        }
    };
    let mut save = Vec::new();
    for (index, saved) in element.save.iter().enumerate() {
        checker.variable(&format!("save[{index}].variable"), &saved.variable, saved.value_type);
        match JsonPath::parse(&saved.path) {
            Ok(path) => save.push((path, saved.variable.clone(), saved.value_type)),
            Err(error) => {
                checker.error(format!("save[{index}].path"), FlowMistake::BadPath { words: error.to_string() });
            }
        }
    }
    let retries = if element.method.is_idempotent() || element.retry_unsafe { element.retries } else { 0 };
    let timeout_ms = element.timeout_s.saturating_mul(1_000);
    Some(CompiledRequest {
        method: element.method,
        url: url?,
        headers,
        body,
        auth: element.auth.clone(),
        timeout_ms,
        retries,
        save,
    })
}

fn check_fields(element: &ApiRequestElement, checker: &mut Checker<'_>) {
    if !(1..=TIMEOUT_S_MAX).contains(&element.timeout_s) {
        checker.error("timeout_s", FlowMistake::TimeoutRange { max: TIMEOUT_S_MAX });
    }
    if element.retries > RETRIES_MAX {
        checker.error("retries", FlowMistake::RetriesRange { max: RETRIES_MAX });
    }
    if element.retries > 0 && !element.method.is_idempotent() && !element.retry_unsafe {
        checker.warning("retries", FlowMistake::RetriesUnused {});
    }
    let form = if let Some(ApiBody::Form { fields }) = &element.body { fields.len() } else { 0 };
    if element.headers.len().max(element.save.len()).max(form) > FIELDS_MAX {
        checker.error("", FlowMistake::TooManyRequestFields { max: FIELDS_MAX });
    }
    match &element.auth {
        Some(ApiAuth::Bearer { secret } | ApiAuth::Basic { secret, .. }) => checker.secret("auth.secret", secret),
        Some(ApiAuth::Header { name, secret }) => {
            if !is_header_name(name) {
                checker.error("auth.name", FlowMistake::BadHeader { name: name.clone() });
            }
            checker.secret("auth.secret", secret);
        }
        None => {}
    }
}

fn is_header_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

pub(crate) fn step(talk: &mut Conversation<'_>, walk: &mut Walk, own: &CompiledRequest) -> Next {
    if !talk.view.account.plan.sends_webhooks(talk.now) {
        talk.log_at(walk, true, "api_request_needs_plan", "API requests need a paid plan; the request was not sent");
        walk.run.response = json!({"status": null, "error": "API requests need a paid plan", "body": null});
        return Next::error_out();
    }
    let element = walk.element().clone();
    let newest = talk.view.flows.published(walk.run.flow_id);
    let request = newest.as_ref().and_then(|plan| plan.request(&element)).unwrap_or(own);
    let url = talk.render(walk, &request.url, Escape::Url);
    if url.len() > URL_BYTES_MAX {
        talk.log_at(walk, true, "url_too_long", "the rendered URL is over 2,048 bytes");
        walk.run.response = json!({"status": null, "error": "the URL is too long", "body": null});
        return Next::error_out();
    }
    let headers = request.headers.iter().map(|(name, value)| {
        let value = talk.render(walk, value, Escape::Plain);
        (name.clone(), value.replace(['\r', '\n', '\0'], " "))
    });
    let headers = headers.collect();
    let body = request.body.as_ref().map(|body| match body {
        CompiledBody::Json(text) => talk.render(walk, text, Escape::Json),
        CompiledBody::Raw(text) => talk.render(walk, text, Escape::Plain),
        CompiledBody::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in fields {
                form.append_pair(name, &talk.render(walk, value, Escape::Plain));
            }
            form.finish()
        }
    });
    let call = talk.contact.next_call;
    talk.contact.next_call = call.wrapping_add(1);
    talk.effects.push(Effect::CallApi(ApiCall {
        bot_id: talk.contact.bot_id,
        contact_id: talk.contact.id,
        run: walk.run.number,
        call,
        method: request.method.as_str().to_owned(),
        url,
        headers,
        body,
        auth: request.auth.clone(),
        timeout_ms: request.timeout_ms,
        retries: request.retries,
    }));
    Next::Wait(Wait::Api { call })
}

/// Takes the answer: `done` for a usable 2xx, else `error`.
pub(crate) fn answered(
    talk: &mut Conversation<'_>,
    walk: &mut Walk,
    request: &CompiledRequest,
    answer: &ApiAnswer,
) -> Next {
    let too_long = answer.body.len() > API_ANSWER_BYTES_MAX;
    let body: Option<Json> = if too_long { None } else { serde_json::from_str(&answer.body).ok() };
    let is_json = body.is_some();
    let shown = match &body {
        Some(json) => json.clone(),
        None if too_long => Json::Null,
        None => Json::String(answer.body.clone()),
    };
    let mut error = answer.error.clone();
    if error.is_none() && too_long {
        error = Some("the answer is over 64 KiB".to_owned());
    }
    if error.is_none() && !answer.status.is_some_and(|status| (200..300).contains(&status)) {
        error = Some(answer.status.map_or_else(|| "no answer".to_owned(), |status| format!("the status is {status}")));
    }
    if error.is_none() && !is_json && !request.save.is_empty() {
        error = Some("the answer is not JSON".to_owned());
    }
    walk.run.response = json!({"status": answer.status, "error": error, "body": shown});
    if let Some(error) = error {
        talk.log_at(walk, false, "api_request_failed", error);
        return Next::error_out();
    }
    if let Some(body) = body {
        for (path, variable, value_type) in &request.save {
            save(talk, walk, &body, path, variable, *value_type);
        }
    }
    Next::out("done")
}

fn save(
    talk: &mut Conversation<'_>,
    walk: &Walk,
    body: &Json,
    path: &JsonPath,
    variable: &str,
    kind: Option<ValueType>,
) {
    let found = path.query(body).all();
    let value = match found.as_slice() {
        [] => {
            let text = format!("the answer has nothing at {path}; `{variable}` stays as it is");
            talk.log_at(walk, false, "path_absent", text);
            return;
        }
        [one] => (*one).clone(),
        many => Json::Array(many.iter().map(|one| (*one).clone()).collect()),
    };
    if json_to_text(&value).chars().count() > SAVED_VALUE_CHARS_MAX {
        talk.log_at(walk, false, "value_too_long", format!("the value for `{variable}` is over 1,024 characters"));
        return;
    }
    talk.set_json(walk, variable, &value, kind);
}
