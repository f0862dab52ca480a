//! One request to a messenger: base URL, the bot's token, through the one door.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use recado_channels::Request;
use recado_delivery::egress;

use super::registry::LiveBot;
use crate::state::App;

/// A long poll takes 25 s to its answer; everything else is faster.
const TIMEOUT: Duration = Duration::from_secs(35);
/// Bytes of an answer: a hundred long updates fit.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Sends the request. `Ok` is status and body; `Err` says in words why there was no answer, and never shows the token.
pub async fn call(app: &App, bot: &LiveBot, request: &Request) -> Result<(u16, Vec<u8>), String> {
    let token = bot.secrets.channel.get("token").ok_or("the bot is not connected: it has no token")?;
    call_with(app, token, request).await
}

/// As [`call`], with a token that belongs to no bot yet.
pub async fn call_with(app: &App, token: &str, request: &Request) -> Result<(u16, Vec<u8>), String> {
    let url = format!("{}/bot{token}/{}", app.settings.telegram_base_url, request.method);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Request::CONTENT_TYPE));
    let sent = app
        .door
        .send(egress::Request {
            method: Method::POST,
            url,
            headers,
            body: Bytes::from(request.bytes()),
            head_timeout: TIMEOUT,
            keep_bytes: ANSWER_BYTES_MAX,
            keep_time: TIMEOUT,
            total_timeout: Some(TIMEOUT),
        })
        .await;
    match sent {
        Ok(answer) if answer.cut.is_none() => Ok((answer.status, answer.body.to_vec())),
        Ok(_) => Err("the messenger's answer is too long or too slow".to_owned()),
        Err(error) => Err(error.detail.replace(token, "***")),
    }
}
