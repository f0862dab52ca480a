//! One attempt: the request through the door, and its record for the log.
//!
//! The caller built and signed the request; what comes back is the [`Attempt`] that is committed with its outcome. Nothing is decided here:
//! a status is a status, and [`crate::outcome`] says what it means. A crash between the answer and the commit makes the next attempt a
//! duplicate with the same `webhook-id`, as promised.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, Method,
    header::{CONTENT_LOCATION, LOCATION, RETRY_AFTER},
};
use recado_model::{
    ContentFormat, UnixMs,
    delivery::{Attempt, FailureKind},
};

use crate::{
    egress::{Answer, Door, EgressError, Request},
    headers::masked_url,
};

/// Bytes of an answer's body that the log keeps.
pub const KEPT_BODY_BYTES: usize = 16 * 1024;
/// Time for the kept part of a body.
pub const KEPT_BODY_TIME: Duration = Duration::from_secs(1);
/// Bytes of an answer's headers that the log keeps, names and values together.
pub const KEPT_HEADER_BYTES: usize = 16 * 1024;

/// What an attempt sends.
#[derive(Debug, Clone)]
pub struct SendJob<'a> {
    /// The URL, templates rendered.
    pub url: &'a str,
    /// The headers, signed.
    pub headers: HeaderMap,
    /// The same headers as the log shows them.
    pub masked_headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How it is wrapped, for the log.
    pub format: ContentFormat,
    /// Milliseconds to the status line.
    pub head_timeout_ms: u32,
    /// 1 for the first request of the delivery.
    pub number: u32,
    /// When it begins.
    pub started_at: UnixMs,
}

/// An attempt that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentAttempt {
    /// For the log.
    pub attempt: Attempt,
    /// The answer's `Retry-After`, as it came.
    pub retry_after: Option<String>,
}

/// Makes an attempt. It always comes to a record, and never takes longer than the time-out and [`KEPT_BODY_TIME`].
pub async fn attempt(door: &Door, job: SendJob<'_>) -> SentAttempt {
    let request = Request {
        method: Method::POST,
        url: job.url.to_owned(),
        headers: job.headers,
        body: job.body,
        head_timeout: Duration::from_millis(u64::from(job.head_timeout_ms)),
        keep_bytes: KEPT_BODY_BYTES,
        keep_time: KEPT_BODY_TIME,
        total_timeout: None,
    };
    let blank = Attempt {
        number: job.number,
        started_at: job.started_at,
        url: masked_url(job.url),
        format: job.format,
        request_headers: job.masked_headers,
        status: None,
        response_headers: Vec::new(),
        response_body: String::new(),
        response_cut: false,
        timing: recado_model::delivery::Timing::default(),
        remote_ip: None,
        failure: None,
        error: None,
    };
    match door.send(request).await {
        Ok(answer) => answered(blank, answer),
        Err(error) => SentAttempt { attempt: unanswered(blank, error), retry_after: None },
    }
}

fn answered(blank: Attempt, answer: Answer) -> SentAttempt {
    let retry_after = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let is_success = (200..300).contains(&answer.status);
    let attempt = Attempt {
        status: Some(answer.status),
        response_headers: kept_headers(&answer.headers),
        response_body: text(&answer.body),
        response_cut: answer.cut.is_some(),
        timing: answer.timing,
        remote_ip: Some(answer.remote_ip.to_string()),
        failure: (!is_success).then_some(FailureKind::Status),
        error: (!is_success).then(|| words_of_status(answer.status)),
        ..blank
    };
    SentAttempt { attempt, retry_after }
}

fn unanswered(blank: Attempt, error: EgressError) -> Attempt {
    Attempt {
        timing: error.timing,
        remote_ip: error.remote_ip.as_ref().map(IpAddr::to_string),
        failure: Some(error.kind),
        error: Some(error.detail),
        ..blank
    }
}

fn words_of_status(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let named = reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"));
    if (300..400).contains(&status) {
        format!("the receiver answered {named}; redirects are not followed: enter the URL it leads to")
    } else {
        format!("the receiver answered {named}")
    }
}

/// The headers up to [`KEPT_HEADER_BYTES`], whole ones only. Those that name a URL may repeat the one that was called, with the secrets in its query.
fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut room = KEPT_HEADER_BYTES;
    let mut kept = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let value = text(value.as_bytes());
        let value = if [LOCATION, CONTENT_LOCATION].contains(name) { masked_url(&value) } else { value };
        let Some(left) = room.checked_sub(name.as_str().len() + value.len()) else { break };
        room = left;
        kept.push((name.to_string(), value));
    }
    kept
}

/// Text for the log: bytes that are not UTF-8 are replaced, and so is NUL, which not every database can keep.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.into_owned() }
}
