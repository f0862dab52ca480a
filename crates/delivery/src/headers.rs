//! The headers of an attempt, and what the log shows of them.
//!
//! A value that is secret is marked *sensitive* when it is put in, and [`masked`] shows only its name: no list of secret names can fall
//! behind.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use recado_model::{ContentFormat, EventKind, UnixMs, webhook::WebhookAuth};

use crate::payload;

/// Extra headers that a webhook may have.
pub const EXTRA_HEADERS_MAX: usize = 10;
/// Bytes of an extra header's name.
pub const HEADER_NAME_BYTES_MAX: usize = 64;
/// Bytes of an extra header's value.
pub const HEADER_VALUE_BYTES_MAX: usize = 4_096;
/// What stands for a secret in logs and lists.
pub const MASK: &str = "***";

/// Names that the request itself needs, or that would change what the signature promises.
const TAKEN: [&str; 15] = [
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "user-agent",
    "authorization",
    "proxy-authorization",
    "proxy-connection",
];

/// An extra header that can not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name is no header name.
    #[error("`{0}` is not a header name")]
    Name(String),
    /// The name belongs to us or to HTTP.
    #[error("the header `{0}` is set by the request itself")]
    Taken(String),
    /// The same name twice.
    #[error("the header `{0}` is there twice")]
    Twice(String),
    /// The value has a line break or another control character, or is too long.
    #[error(
        "the value of the header `{0}` has characters that a header can not carry, or is longer than {HEADER_VALUE_BYTES_MAX} bytes"
    )]
    Value(String),
    /// Too many.
    #[error("a webhook has at most {EXTRA_HEADERS_MAX} extra headers")]
    TooMany,
}

/// Checks the extra headers of a webhook when they are saved.
pub fn check_extra(headers: &[(String, String)]) -> Result<(), InvalidHeader> {
    if headers.len() > EXTRA_HEADERS_MAX {
        return Err(InvalidHeader::TooMany);
    }
    let mut seen: Vec<HeaderName> = Vec::new();
    for (name, value) in headers {
        let (name, _) = extra(name, value)?;
        if seen.contains(&name) {
            return Err(InvalidHeader::Twice(name.to_string()));
        }
        seen.push(name);
    }
    Ok(())
}

fn extra(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), InvalidHeader> {
    let shown = || name.chars().take(HEADER_NAME_BYTES_MAX).collect::<String>();
    if name.len() > HEADER_NAME_BYTES_MAX {
        return Err(InvalidHeader::Name(shown()));
    }
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| InvalidHeader::Name(shown()))?;
    let lower = parsed.as_str();
    if TAKEN.contains(&lower) || lower.starts_with("webhook-") || lower.starts_with("recado-") {
        return Err(InvalidHeader::Taken(shown()));
    }
    if value.len() > HEADER_VALUE_BYTES_MAX {
        return Err(InvalidHeader::Value(shown()));
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| InvalidHeader::Value(shown()))?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

/// The headers of a webhook that are the same in each attempt, made once when the webhook is loaded.
#[derive(Debug, Clone)]
pub struct FixedHeaders {
    headers: HeaderMap,
}

impl FixedHeaders {
    /// `version` is the product's. Extra headers that can not be used are left out; [`check_extra`] refused them at save.
    pub fn new(
        version: &str,
        format: ContentFormat,
        extra_headers: &[(String, String)],
        auth: Option<&WebhookAuth>,
    ) -> Self {
        let mut headers = HeaderMap::with_capacity(24);
        if let Ok(agent) = HeaderValue::from_str(&format!("Recado/{version}")) {
            headers.insert(USER_AGENT, agent);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(payload::content_type(format)));
        for (name, value) in extra_headers.iter().take(EXTRA_HEADERS_MAX) {
            if let Ok((name, value)) = extra(name, value) {
                headers.insert(name, value);
            }
        }
        if let Some(auth) = auth
            && let Ok(mut value) = HeaderValue::from_str(&authorization(auth))
        {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Self { headers }
    }

    /// The whole set of one attempt.
    pub fn of_attempt(&self, attempt: &AttemptHeaders<'_>) -> HeaderMap {
        let mut headers = self.headers.clone();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("webhook-id", attempt.id);
        put("webhook-timestamp", &attempt.now.seconds().to_string());
        if !attempt.signature.is_empty() {
            put("webhook-signature", attempt.signature);
        }
        put("recado-attempt", &attempt.number.to_string());
        put("recado-event", attempt.kind.as_str());
        if attempt.replay {
            put("recado-replay", "1");
        }
        headers
    }
}

fn authorization(auth: &WebhookAuth) -> String {
    match auth {
        WebhookAuth::Basic { user, password } => format!("Basic {}", BASE64.encode(format!("{user}:{password}"))),
        WebhookAuth::Bearer { token } => format!("Bearer {token}"),
    }
}

/// What differs from attempt to attempt.
#[derive(Debug, Clone, Copy)]
pub struct AttemptHeaders<'a> {
    /// The event's id, the `webhook-id`.
    pub id: &'a str,
    /// The event's kind.
    pub kind: EventKind,
    /// 1 for the first request of the delivery.
    pub number: u32,
    /// A manual retry or a replay.
    pub replay: bool,
    /// The moment that was signed.
    pub now: UnixMs,
    /// The value of [`crate::signature::Signer::sign`] for the same id and moment.
    pub signature: &'a str,
}

/// The headers as the log keeps them: secret values masked.
pub fn masked(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |value: &HeaderValue| {
        if value.is_sensitive() { MASK.to_owned() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() }
    };
    headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect()
}

/// A URL as logs and lists show it: the values of its query masked, and the credentials and the fragment too, should it have some.
pub fn masked_url(url: &str) -> String {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let (address, query) = rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)));
    let mut shown = without_credentials(address);
    if let Some(query) = query {
        shown.push('?');
        let parts = query.split('&').map(|part| match part.split_once('=') {
            Some((name, _)) => format!("{name}={MASK}"),
            None if part.is_empty() => String::new(),
            None => MASK.to_owned(),
        });
        shown.push_str(&parts.collect::<Vec<_>>().join("&"));
    }
    if fragment.is_some() {
        shown.push('#');
        shown.push_str(MASK);
    }
    shown
}

/// Whether this is how a URL is shown, or a part of it: who sends it back does not know what stands behind the mask.
pub fn is_masked(url: &str) -> bool {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    fragment == MASK || query.split('&').any(|part| part.split_once('=').map_or(part, |(_, value)| value) == MASK)
}

fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{MASK}@{host}{path}"),
        None => address.to_owned(),
    }
}
