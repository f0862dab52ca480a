//! What surrounds every call: an id, a time limit for bodies, headers that keep browsers safe, and a log line without secrets.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use recado_model::Entropy as _;
use tokio::time::Instant;

use super::{Web, error::ApiError, problem_code::ProblemCode};

/// Bytes of a body that the API takes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a body may take to arrive.
pub const BODY_WITHIN: Duration = Duration::from_secs(20);

/// The page shows what a contact wrote, so it may load nothing from elsewhere but pictures and films that bots send.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http: data:; \
     media-src 'self' https: http:; connect-src 'self'; form-action 'none'; base-uri 'none'";

/// Gives the request an id, logs it, and sets the security headers.
pub async fn surround(State(web): State<Web>, request: Request, next: Next) -> Response {
    let id = format!("{:016x}", web.entropy().next_u64());
    let method = request.method().clone();
    // The matched route, never the path: paths carry tokens of links, files and the inspector.
    let route = request.extensions().get::<MatchedPath>().map_or("-".to_owned(), |path| path.as_str().to_owned());
    let began = Instant::now();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let took_ms = began.elapsed().as_millis() as u64;
    if status >= 500 {
        tracing::warn!(request = id, %method, route, status, took_ms, "a call failed");
    } else {
        tracing::debug!(request = id, %method, route, status, took_ms, "a call");
    }
    metrics::counter!("recado_http_requests_total", "route" => route, "status" => status.to_string()).increment(1);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Who hangs up does not stop half-way what they asked for: a change is done to its end, with all that follows it, whether or not somebody still waits for
/// the answer.
pub async fn to_the_end(State(web): State<Web>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    match web.tasks.spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => ApiError::new(ProblemCode::Unavailable, "the server stops").into_response(),
        },
    }
}

/// Reads a body of the API whole, within its size and time, before the handler runs.
pub async fn whole_body(request: Request, next: Next) -> Response {
    match read_whole(request, BODY_BYTES_MAX).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// The request with its body in memory.
pub async fn read_whole(request: Request, bytes_max: usize) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    declared_length(&parts.headers, bytes_max)?;
    let read = tokio::time::timeout(BODY_WITHIN, to_bytes(body, bytes_max)).await.map_err(|_| too_slow())?;
    Ok(Request::from_parts(parts, Body::from(read.map_err(|_| too_long(bytes_max))?)))
}

/// The length that a request says its body has, when it says one.
pub fn declared_length(headers: &HeaderMap, bytes_max: usize) -> Result<Option<usize>, ApiError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length| length > bytes_max) { Err(too_long(bytes_max)) } else { Ok(declared) }
}

/// The body is longer than the call takes.
pub fn too_long(bytes_max: usize) -> ApiError {
    ApiError::new(ProblemCode::BodyTooLong, format!("the body is longer than {bytes_max} bytes"))
}

/// The body did not come to its end in time.
pub fn too_slow() -> ApiError {
    ApiError::new(ProblemCode::BodyTooSlow, "the body took too long to arrive")
}

/// Lets pages of other sites call the web chat. No cookie is involved: a session's token travels in a header that the page itself sets.
pub async fn any_origin(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/chat/") {
        return next.run(request).await;
    }
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, last-event-id"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// Nothing is there.
pub async fn nothing_here() -> ApiError {
    ApiError::new(ProblemCode::NotFound, "there is no such page or call")
}

/// The call exists, but not with this method.
pub async fn wrong_method() -> ApiError {
    ApiError::new(ProblemCode::MethodNotAllowed, "this address does not take this method")
}
