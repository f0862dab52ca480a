//! The HTTP side of the *API request* element: authorisation from the bot's secrets, tries, limits.
//!
//! The same door as for webhooks. Every try carries the same `Idempotency-Key`, so a receiver can tell a repetition after a crash.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use recado_delivery::egress::Request;
use recado_model::{
    limits::API_ANSWER_BYTES_MAX,
    run::{ApiAnswer, ApiAuth, ApiCall},
};

use super::{api_calls::refused, registry::LiveBot};
use crate::state::App;

/// Between two tries.
const BETWEEN: Duration = Duration::from_millis(500);

/// Sends the request, with its further tries, and gives what came.
pub async fn send(app: &App, bot: &LiveBot, call: &ApiCall) -> ApiAnswer {
    let request = match build(bot, call) {
        Ok(request) => request,
        Err(words) => return refused(&words),
    };
    let mut tries = 0;
    loop {
        let answer = once(app, request.clone()).await;
        let worth_another = answer.status.is_none_or(|status| status >= 500 || status == 429);
        if !worth_another || tries >= u32::from(call.retries) {
            return answer;
        }
        tokio::time::sleep(BETWEEN * 2_u32.pow(tries)).await;
        tries += 1;
    }
}

fn build(bot: &LiveBot, call: &ApiCall) -> Result<Request, String> {
    let method: Method = call.method.parse().map_err(|_| format!("`{}` is not a method", call.method))?;
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str| {
        let name: HeaderName = name.parse().map_err(|_| format!("`{name}` is not a header name"))?;
        let value =
            HeaderValue::from_str(value).map_err(|_| format!("the value of the header `{name}` can not be sent"))?;
        headers.insert(name, value);
        Ok::<(), String>(())
    };
    put(header::USER_AGENT.as_str(), concat!("Recado/", env!("CARGO_PKG_VERSION")))?;
    for (name, value) in &call.headers {
        put(name, value)?;
    }
    put("idempotency-key", &format!("{}-{}-{}", call.contact_id, call.run, call.call))?;
    let secret = |name: &str| bot.secrets.named.get(name).ok_or_else(|| format!("the bot has no secret `{name}`"));
    match &call.auth {
        None => {}
        Some(ApiAuth::Bearer { secret: name }) => {
            put("authorization", &format!("Bearer {}", secret(name)?))?;
        }
        Some(ApiAuth::Basic { user, secret: name }) => {
            put("authorization", &format!("Basic {}", BASE64.encode(format!("{user}:{}", secret(name)?))))?;
        }
        Some(ApiAuth::Header { name, secret: named }) => put(name, secret(named)?)?,
    }
    let timeout = Duration::from_millis(u64::from(call.timeout_ms));
    Ok(Request {
        method,
        url: call.url.clone(),
        headers,
        body: call.body.clone().map(Bytes::from).unwrap_or_default(),
        head_timeout: timeout,
        keep_bytes: API_ANSWER_BYTES_MAX + 1,
        keep_time: timeout,
        total_timeout: Some(timeout),
    })
}

async fn once(app: &App, request: Request) -> ApiAnswer {
    match app.door.send(request).await {
        Err(error) => refused(&error.detail),
        Ok(answer) if answer.body.len() > API_ANSWER_BYTES_MAX => ApiAnswer {
            status: Some(answer.status),
            body: String::new(),
            error: Some(format!("the answer is longer than {API_ANSWER_BYTES_MAX} bytes")),
        },
        Ok(answer) if answer.cut.is_some() => ApiAnswer {
            status: Some(answer.status),
            body: String::new(),
            error: Some("the answer did not end in time".to_owned()),
        },
        Ok(answer) => ApiAnswer {
            status: Some(answer.status),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            error: None,
        },
    }
}
