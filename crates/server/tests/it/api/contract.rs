//! Every exchange of the tests is held against the OpenAPI document: the call and its status are in it, the answer is as it says, and so is what was sent when it
//! was taken.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Method, StatusCode, header};
use jsonschema::Validator;
use recado_server::{http::routes, openapi};
use recado_testkit::client::Answer;
use serde_json::{Value as Json, json};

static DOCUMENT: LazyLock<Json> = LazyLock::new(|| openapi::to_json(&routes::document()));

/// By the place of the schema in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// # Panics
/// When the exchange is not as the document says.
pub(crate) fn check(method: &Method, path: &str, sent: &Bytes, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let exchange = format!("{method} {path} {}", answer.status);
    let is_api = path.starts_with("/api/v1/") || path.starts_with("/api/chat/");
    let is_document = path.ends_with("api.json");
    if !is_api || is_document {
        return;
    }
    let found = template_of(path).and_then(|template| {
        let method = method.as_str().to_lowercase();
        DOCUMENT["paths"][template].get(&method).map(|call| (pointer(&["paths", template, &method]), call))
    });
    let Some((place, call)) = found else {
        let is_refused = matches!(
            answer.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::UNAUTHORIZED | StatusCode::NO_CONTENT
        );
        assert!(is_refused, "{exchange}: not in the document");
        return;
    };
    let status = answer.status.as_str();
    let status = if call["responses"].get(status).is_some() { status } else { "default" };
    let told = &call["responses"][status];
    assert!(told.is_object(), "{exchange}: no such status in the document");
    assert!(
        status != "default" || !answer.status.is_success(),
        "{exchange}: a success that the document does not name"
    );
    let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    match told["content"].as_object() {
        Some(kinds) if method != Method::HEAD => {
            assert!(kinds.contains_key(kind), "{exchange}: {kind:?} instead of {:?}", kinds.keys());
            if kind.ends_with("json") {
                hold(
                    &exchange,
                    &format!("{place}{}", pointer(&["responses", status, "content", kind, "schema"])),
                    &answer.json(),
                );
            }
        }
        Some(_) | None => assert!(answer.body.is_empty(), "{exchange}: the document knows no body: {}", answer.text()),
    }
    let taken = &call["requestBody"]["content"]["application/json"];
    if answer.status.is_success() && taken.is_object() && !sent.is_empty() {
        let place = format!("{place}{}", pointer(&["requestBody", "content", "application/json", "schema"]));
        hold(&format!("{exchange}, as sent"), &place, &serde_json::from_slice(sent).expect("it was taken"));
    }
}

/// The document's path for this one; that with the fewest parameters, when there are several.
fn template_of(path: &str) -> Option<&'static str> {
    let given: Vec<&str> = path.split('/').collect();
    let fits = |template: &&String| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == given.len()
            && parts.iter().zip(&given).all(|(part, given)| part.starts_with('{') || part == given)
    };
    let all = DOCUMENT["paths"].as_object()?.keys();
    all.filter(fits).min_by_key(|template| template.matches('{').count()).map(String::as_str)
}

fn pointer(parts: &[&str]) -> String {
    parts.iter().fold(String::new(), |pointer, part| pointer + "/" + &part.replace('~', "~0").replace('/', "~1"))
}

fn hold(what: &str, place: &str, body: &Json) {
    let validator = {
        let mut all = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(place.to_owned()).or_insert_with(|| Arc::new(validator(place))))
    };
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{body:#}");
}

fn validator(place: &str) -> Validator {
    let mut schema = DOCUMENT.pointer(place).cloned().unwrap_or_else(|| panic!("{place} is not in the document"));
    schema["components"] = json!({"schemas": DOCUMENT["components"]["schemas"]});
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect("a schema")
}
