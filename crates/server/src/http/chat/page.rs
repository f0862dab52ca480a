//! The page `/chat/{bot}` and the script that puts a bubble on any site.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use recado_model::{BotId, Service};

use crate::http::{
    Web,
    error::ApiError,
    extract::At,
    layers,
    plain_page::{self, escaped},
};

const PAGE: &str = include_str!("../../../assets/chat.html");
const STYLE: &str = include_str!("../../../assets/chat.css");
const SCRIPT: &str = include_str!("../../../assets/chat-page.js");
const BUBBLE: &str = include_str!("../../../assets/chat.js");

fn asset(text: impl IntoResponse, mime: &'static str) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// The page of a web chat. Any site may frame it: the bubble does.
pub async fn page(State(web): State<Web>, At(id): At<BotId>, headers: HeaderMap) -> Result<Response, ApiError> {
    let live = web.bots.get(id).await?;
    let live = live.filter(|live| live.bot.service == Service::Livechat && live.bot.active);
    let Some(live) = live else { return Ok(not_there(&headers)) };
    let mut response = asset(PAGE.replace("{{name}}", &escaped(&live.bot.name)), "text/html; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(layers::PAGE_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn not_there(headers: &HeaderMap) -> Response {
    if !plain_page::is_wanted(headers) {
        return ApiError::not_found("web chat").into_response();
    }
    let words = "<p>It was switched off or deleted, or the address is mistyped.</p>";
    plain_page::page(StatusCode::NOT_FOUND, "This chat is not there", words)
}

/// The page's style.
pub async fn style() -> Response {
    asset(STYLE, "text/css; charset=utf-8")
}

/// The page's script.
pub async fn script() -> Response {
    asset(SCRIPT, "text/javascript; charset=utf-8")
}

/// The bubble: `<script src="…/chat.js" data-bot="…" async></script>`.
pub async fn bubble() -> Response {
    let mut response = asset(BUBBLE, "text/javascript; charset=utf-8");
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}
