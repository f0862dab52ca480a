//! `Idempotency-Key`: a repeated POST is answered as the first was, and has no second effect.
//!
//! The answer of a success is kept for 24 h, sealed (it may carry a new token), under (account, key). Another request under the same key is
//! refused; a repetition that comes while the first is under way is told to wait. Who hangs up changes nothing of that: the call goes on to its end
//! ([`super::layers::to_the_end`]). What is said or started for a contact has the key in the commit of its turn ([`TurnKey`]), so that a crash between the effect and the
//! kept answer does not double it; elsewhere it lets a repetition through, and uniqueness of names and URLs catches what matters.

use std::{collections::HashSet, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use recado_model::{AccountId, limits::FILE_BYTES_MAX};
use recado_store::catalog::IdempotentAnswer;
use sha2::{Digest as _, Sha256};

use super::{
    Web,
    error::ApiError,
    layers::{BODY_BYTES_MAX, read_whole},
    problem_code::ProblemCode,
};
use crate::{auth::Caller, seal::Purpose};

const KEY_HEADER: &str = "idempotency-key";
const KEY_BYTES_MAX: usize = 255;

/// Keys whose first request is under way.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<HashSet<(AccountId, String)>>);

struct Place {
    web: Web,
    entry: (AccountId, String),
}

impl Place {
    fn take(web: &Web, account_id: AccountId, key: &str) -> Result<Self, ApiError> {
        let entry = (account_id, key.to_owned());
        if web.front.under_way.0.lock().insert(entry.clone()) {
            return Ok(Self { web: web.clone(), entry });
        }
        Err(ApiError::new(
            ProblemCode::IdempotencyKeyInUse,
            "the first request with this Idempotency-Key is under way; try again",
        ))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.web.front.under_way.0.lock().remove(&self.entry);
    }
}

/// What a turn of this call is known again by: a hash of the key and all that was asked under it. `None` without an `Idempotency-Key`.
#[derive(Debug, Clone, Default)]
pub struct TurnKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for TurnKey {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Answers a repeated POST from memory.
pub async fn once(State(web): State<Web>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY_HEADER) {
        return next.run(request).await;
    }
    handle(web, BODY_BYTES_MAX, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

/// As [`once`], for calls whose body is a file.
pub async fn once_with_file(State(web): State<Web>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(KEY_HEADER) {
        return next.run(request).await;
    }
    handle(web, FILE_BYTES_MAX, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn handle(web: Web, body_bytes_max: usize, request: Request, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let caller = <Caller as FromRequestParts<Web>>::from_request_parts(&mut parts, &web).await?;
    let key = parts.headers.get(KEY_HEADER).and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(ApiError::field(
            "Idempotency-Key",
            format!("must be 1 to {KEY_BYTES_MAX} visible ASCII characters"),
        ));
    }
    let place = Arc::new(Place::take(&web, caller.account_id, &key)?);
    let (mut parts, body) = read_whole(Request::from_parts(parts, body), body_bytes_max).await?.into_parts();
    let body = to_bytes(body, body_bytes_max).await.unwrap_or_default();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let digest = hash_of(path, &body);
    if let Some(answer) = web.store.idempotent_answer(caller.account_id, &key).await? {
        return repeat(&web, &answer, digest);
    }
    parts.extensions.insert(TurnKey(Some(URL_SAFE_NO_PAD.encode(hash_of(&key, &digest)))));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let response = keep(&web, caller, key, digest, response).await;
    drop(place);
    response
}

fn hash_of(path: &str, body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize().into()
}

fn repeat(web: &Web, answer: &IdempotentAnswer, digest: [u8; 32]) -> Result<Response, ApiError> {
    if answer.request != digest {
        let words = "this Idempotency-Key was used with another request";
        return Err(ApiError::new(ProblemCode::IdempotencyKeyReused, words));
    }
    let body = web.keys.open(Purpose::Answer, &answer.body).map_err(|error| {
        tracing::error!(%error, "a kept answer can not be opened");
        ApiError::new(ProblemCode::Internal, "the kept answer can not be read")
    })?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

async fn keep(
    web: &Web,
    caller: Caller,
    key: String,
    digest: [u8; 32],
    response: Response,
) -> Result<Response, ApiError> {
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let sealed = web.keys.seal(Purpose::Answer, &body);
    let answer = IdempotentAnswer { request: digest, status: parts.status.as_u16(), body: sealed };
    // The effect is committed: an answer that can not be kept does not turn it into an error.
    if let Err(error) = web.store.keep_idempotent_answer(caller.account_id, key, answer, web.now()).await {
        tracing::warn!(%error, "the answer to an Idempotency-Key could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}
