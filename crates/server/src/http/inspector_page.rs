//! The inspector as a page: what arrived, the newest first, readable without any tool. The URL is the key: nobody guesses it.

use std::fmt::Write as _;

use axum::{http::StatusCode, response::Response};
use serde_json::Value;

use super::{
    inspector::Received,
    plain_page::{escaped, page},
};

/// Requests on the page. The API gives all.
const SHOWN_MAX: usize = 100;

/// The page of these requests, the newest first.
pub fn show(requests: &[Received]) -> Response {
    let mut body = String::from(
        "<p>Every request to this address is kept here until the server stops, the newest first. <a href=\"\">Look again</a></p>",
    );
    if requests.is_empty() {
        body.push_str("<p><strong>Nothing arrived yet.</strong> Send a webhook here: say something to the demo's bot, or put this address into a webhook.</p>");
    }
    for (place, request) in requests.iter().take(SHOWN_MAX).enumerate() {
        body.push_str(&shown(request, place == 0));
    }
    if requests.len() > SHOWN_MAX {
        let count = requests.len();
        let _ = write!(body, "<p class=\"soft\">The newest {SHOWN_MAX} of {count}. The API gives all.</p>");
    }
    page(StatusCode::OK, "What arrived", &body)
}

fn shown(request: &Received, open: bool) -> String {
    let json = json_of(&request.body);
    let about = json.as_ref().map_or_else(String::new, about);
    let text = json.as_ref().and_then(|json| serde_json::to_string_pretty(json).ok());
    let rows = request.headers.iter().map(|(name, value)| {
        let (name, value) = (escaped(name), escaped(value));
        format!("<tr><td><code>{name}</code></td><td><code>{value}</code></td></tr>")
    });
    let headers = rows.collect::<Vec<_>>().concat();
    format!(
        "<details{open}><summary><strong>{number}</strong> <span>{about}</span> <span class=\"soft\">{method} {path} · {at}</span></summary>\n\
         <pre>{body}</pre>\n<details><summary>Headers</summary><table>{headers}</table></details></details>\n",
        open = if open { " open" } else { "" },
        number = request.number,
        method = escaped(&request.method),
        path = escaped(&request.path),
        at = request.at,
        body = escaped(text.as_deref().unwrap_or(&request.body)),
    )
}

/// The JSON of a body, in any of the formats.
fn json_of(body: &str) -> Option<Value> {
    serde_json::from_str(body).ok().or_else(|| {
        let (_, payload) = url::form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "payload")?;
        serde_json::from_str(&payload).ok()
    })
}

/// What it is about, in a few words: the event and whose.
fn about(json: &Value) -> String {
    let event = match json {
        Value::Array(events) => events.first().unwrap_or(json),
        Value::Object(fields) => fields.get("data").filter(|data| data["title"].is_string()).unwrap_or(json),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json,
    };
    let title = event["title"].as_str().unwrap_or("request");
    let who = event["contact"]["name"].as_str().filter(|name| !name.is_empty());
    let who = who.map_or_else(String::new, |name| format!(" of {}", escaped(name)));
    format!("{}{who}", escaped(title))
}
