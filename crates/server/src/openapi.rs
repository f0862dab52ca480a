//! The description of the API: OpenAPI 3.1, made from the handlers, with the webhooks that we send; and a page to read it.
//!
//! `docs/openapi.json` is a snapshot, compared by a test. `UPDATE_OPENAPI=1 cargo nextest run -p recado-server snapshots_of_the_documents` writes it anew.

use std::{collections::HashSet, fmt::Write as _, sync::LazyLock};

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use recado_delivery::payload::schema;
use recado_model::EventKind;
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        InfoBuilder, OpenApi, OpenApiBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    asyncapi,
    http::{Web, error::FieldError, routes},
};

/// The document as it is served. It is made when it is first asked for: it takes memory that a server whose document nobody reads does not need.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| to_json(&routes::document()).to_string());

/// The page to read it.
static PAGE: LazyLock<String> = LazyLock::new(|| page(&to_json(&routes::document())));

/// The document before the calls are put in.
pub fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Recado")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Errors are `application/problem+json` with a stable `code`. Lists take `limit` (at most 200) and `cursor`. \
             POSTs take an `Idempotency-Key`. Times are RFC 3339 with milliseconds. Unknown fields are refused.",
        ))
        .build();
    OpenApiBuilder::new().info(info).security(Some([SecurityRequirement::new("token", Vec::<String>::new())])).build()
}

/// The document with its security schemes, and what every problem refers to.
pub fn complete(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_with(Default::default);
    let schemes = [
        ("token", "rcd_…", "An API token of the account, or a signed-in browser's session."),
        ("session", "", "What `POST /api/chat/{bot_id}/sessions` gave a visitor of a web chat."),
    ];
    for (name, format, description) in schemes {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
        let scheme = if format.is_empty() { scheme } else { scheme.bearer_format(format) };
        components.security_schemes.insert(name.to_owned(), SecurityScheme::Http(scheme.build()).into());
    }
    let mut named = vec![(FieldError::name().into_owned(), FieldError::schema())];
    FieldError::schemas(&mut named);
    components.schemas.extend(named);
    document
}

/// The document as it is served, with the `webhooks` section.
pub fn to_json(document: &OpenApi) -> Value {
    let mut json = serde_json::to_value(document).unwrap_or_default();
    for (path, calls) in json["paths"].as_object_mut().into_iter().flatten() {
        for (method, call) in calls.as_object_mut().into_iter().flatten() {
            call["operationId"] = operation_id(method, path).into();
            // utoipa gives every body of JSON the same type.
            for answer in call["responses"].as_object_mut().into_iter().flatten().map(|(_, answer)| answer) {
                if answer["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Problem" {
                    answer["content"] = json!({"application/problem+json": answer["content"]["application/json"]});
                }
            }
        }
    }
    close_tagged(&mut json["components"]["schemas"]);
    json["webhooks"] = webhooks();
    for (name, schema) in schema::schemas(asyncapi::SCHEMAS) {
        json["components"]["schemas"][name] = schema;
    }
    json
}

/// An enum that is told apart by a field beside those of its variant is described as both together; a variant that allows no other field would then refuse the
/// one that names it. So it is the whole that allows no other.
fn close_tagged(schemas: &mut Value) {
    let all = schemas.as_object().into_iter().flatten();
    let closed = all.filter(|(_, schema)| schema["additionalProperties"] == false).map(|(name, _)| name.clone());
    let closed: HashSet<String> = closed.collect();
    let mut opened = Vec::new();
    close_wholes(schemas, &closed, &mut opened);
    for name in opened {
        schemas[name].as_object_mut().and_then(|schema| schema.remove("additionalProperties"));
    }
}

fn close_wholes(schema: &mut Value, closed: &HashSet<String>, opened: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            let part = map.get("allOf").and_then(|all| all[0]["$ref"].as_str());
            let part =
                part.and_then(|part| part.strip_prefix("#/components/schemas/")).filter(|part| closed.contains(*part));
            if let Some(part) = part {
                opened.push(part.to_owned());
                map.insert("unevaluatedProperties".to_owned(), false.into());
            }
            map.values_mut().for_each(|value| close_wholes(value, closed, opened));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close_wholes(item, closed, opened)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The name of a call, unique in the document: its method and the words of its path.
fn operation_id(method: &str, path: &str) -> String {
    let words =
        path.trim_start_matches("/api/v1").split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |id, word| id + "_" + word)
}

/// What we send, by event.
fn webhooks() -> Value {
    let mut webhooks = serde_json::Map::new();
    for kind in EventKind::ALL {
        let array = asyncapi::array(kind);
        let headers = asyncapi::HEADERS.into_iter().map(|(name, words)| header(name, words));
        let call = json!({
            "summary": asyncapi::summary(kind),
            "operationId": format!("webhook_{}", kind.as_str()),
            "security": [],
            "parameters": headers.collect::<Vec<_>>(),
            "requestBody": {"required": true, "content": {
                "application/x-www-form-urlencoded": {"schema": array},
                "application/json": {"schema": array},
                "application/cloudevents+json": {"schema": asyncapi::cloudevent(kind)},
            }},
            "responses": {"2XX": {"description": "delivered"}, "410": {"description": "the webhook is switched off"}, "default": {"description": "tried again"}},
        });
        webhooks.insert(kind.as_str().to_owned(), json!({"post": call}));
    }
    Value::Object(webhooks)
}

fn header(name: &str, words: &str) -> Value {
    json!({"name": name, "in": "header", "required": true, "description": words, "schema": {"type": "string"}})
}

/// `/api/v1/openapi.json`, `/api/v1/asyncapi.json` and `/docs/api`.
pub fn pages() -> Router<Web> {
    Router::new()
        .route("/api/v1/openapi.json", get(served))
        .route("/api/v1/asyncapi.json", get(served_asyncapi))
        .route("/docs/api", get(read))
        .route("/assets/docs.css", get(style))
}

async fn served() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

async fn served_asyncapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], asyncapi::document().to_string()).into_response()
}

async fn read() -> Response {
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'";
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, PAGE.as_str()).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/docs.css")).into_response()
}

/// Every call with its parameters, body and answers, then every schema.
fn page(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Recado API</title><link rel=stylesheet href=/assets/docs.css><main><h1>Recado API</h1>",
    );
    let text = |value: &Value| escaped(value.as_str().unwrap_or_default());
    // Writing to a String does not fail.
    let _ = write!(
        page,
        "<p>{}</p><p><a href=/api/v1/openapi.json>OpenAPI 3.1 document</a> · <a href=/api/v1/asyncapi.json>AsyncAPI 3.0 document of the webhooks</a></p>",
        text(&document["info"]["description"])
    );
    for (title, section) in [("Calls", "paths"), ("Webhooks that we send", "webhooks")] {
        let _ = write!(page, "<h2>{title}</h2>");
        for (path, item) in document[section].as_object().into_iter().flatten() {
            for (method, call) in item.as_object().into_iter().flatten().filter(|(_, call)| call.is_object()) {
                let words = if call["summary"].is_string() { &call["summary"] } else { &call["description"] };
                let _ = write!(
                    page,
                    "<details><summary><b>{}</b> <code>{}</code> {}</summary>",
                    escaped(method),
                    escaped(path),
                    text(words)
                );
                for parameter in call["parameters"].as_array().into_iter().flatten() {
                    let _ = write!(
                        page,
                        "<p><code>{}</code> ({}) {}</p>",
                        text(&parameter["name"]),
                        text(&parameter["in"]),
                        text(&parameter["description"])
                    );
                }
                for name in ["requestBody", "responses"] {
                    if !call[name].is_null() {
                        let shown = serde_json::to_string_pretty(&call[name]).unwrap_or_default();
                        let _ = write!(page, "<h4>{name}</h4><pre>{}</pre>", escaped(&shown));
                    }
                }
                page.push_str("</details>");
            }
        }
    }
    page.push_str("<h2>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let shown = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            page,
            "<details id='{0}'><summary><code>{0}</code></summary><pre>{1}</pre></details>",
            escaped(name),
            escaped(&shown)
        );
    }
    page.push_str("</main></html>");
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
