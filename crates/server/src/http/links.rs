//! Tracked links: `/l/{token}` leads on, and a person's click becomes an input of the contact.
//!
//! The token never carries the target, so there is no open redirect. HEAD, prefetch and preview agents lead on too but are not counted.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use recado_flow::Input;

use super::{Web, error::ApiError, extract::At, plain_page};
use crate::runtime::inbox::To;

/// Agents that open links to show a preview or to scan them.
const PREVIEWERS: [&str; 17] = [
    "telegrambot",
    "facebookexternalhit",
    "facebot",
    "whatsapp",
    "twitterbot",
    "slackbot",
    "discordbot",
    "linkedinbot",
    "skypeuripreview",
    "viber",
    "googlebot",
    "bingbot",
    "bingpreview",
    "applebot",
    "yandex",
    "duckduckbot",
    "microsoftpreview",
];

/// Leads on to the link's target.
pub async fn follow(
    State(web): State<Web>,
    At(token): At<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Some(link) = web.store.link(&token).await? else { return Ok(unknown(&headers)) };
    let Ok(target) = HeaderValue::from_str(&link.url) else { return Ok(unknown(&headers)) };
    if is_click(&method, &headers) {
        let input = Input::LinkClicked { url: link.url, text: link.text, flow_id: link.flow_id, element: link.element };
        // The person wants to get on: a click that can not be counted now is not worth an error page.
        if let Err(error) = web.inbox.submit(link.bot_id, To::Contact(link.contact_id), input).await {
            tracing::warn!(%error, "a click could not be counted");
        }
    }
    Ok((StatusCode::FOUND, [(header::LOCATION, target)]).into_response())
}

/// What a person sees whose link is not one of ours, or was of a contact or a bot that is gone.
fn unknown(headers: &HeaderMap) -> Response {
    if !plain_page::is_wanted(headers) {
        return ApiError::not_found("link").into_response();
    }
    let words = "<p>It may be mistyped, or what it belonged to is gone. Go back to the chat and ask there.</p>";
    plain_page::page(StatusCode::NOT_FOUND, "This link leads nowhere", words)
}

fn is_click(method: &Method, headers: &HeaderMap) -> bool {
    if method != Method::GET {
        return false;
    }
    let says = |name: &str, word: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|text| text.to_ascii_lowercase().contains(word))
    };
    let prefetch = ["purpose", "sec-purpose", "x-purpose", "x-moz"]
        .iter()
        .any(|name| says(name, "prefetch") || says(name, "preview"));
    !prefetch && !PREVIEWERS.iter().any(|agent| says("user-agent", agent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(text))])
    }

    #[test]
    fn a_head_a_prefetch_and_a_preview_are_no_click() {
        let person = agent("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
        assert!(is_click(&Method::GET, &person));
        assert!(!is_click(&Method::HEAD, &person));
        assert!(!is_click(&Method::GET, &agent("TelegramBot (like TwitterBot)")));
        let mut prefetch = person;
        prefetch.insert("sec-purpose", HeaderValue::from_static("prefetch;prerender"));
        assert!(!is_click(&Method::GET, &prefetch));
    }
}
