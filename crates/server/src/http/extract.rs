//! How requests are read. What can not be read is an [`ApiError`] like any other.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;

use super::{
    error::{ApiError, FieldError},
    problem_code::ProblemCode,
};

/// The ids in the path. A text that is no id names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(ids)| Self(ids))
            .map_err(|_| ApiError::new(ProblemCode::NotFound, "the path has no valid id"))
    }
}

/// The query string.
#[derive(Debug, Clone, Copy)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Query::from_request_parts(parts, state)
            .await
            .map(|Query(asked)| Self(asked))
            .map_err(|error| ApiError::field("query", error.body_text()))
    }
}

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::new(ProblemCode::BodyTooLong, "the body is longer than this call takes"))?;
        // No body is an empty object: calls whose every field may be left out need none.
        if bytes.is_empty() {
            return serde_json::from_str("{}").map(Self).map_err(|error| data_error(&error.to_string()));
        }
        if !json {
            let words = "send the body as `Content-Type: application/json`";
            return Err(ApiError::new(ProblemCode::WrongContentType, words));
        }
        axum::Json::from_bytes(&bytes).map(|axum::Json(body)| Self(body)).map_err(unreadable)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

fn unreadable(error: JsonRejection) -> ApiError {
    if let JsonRejection::JsonDataError(error) = error {
        return data_error(&error.body_text());
    }
    ApiError::new(ProblemCode::NotJson, error.body_text())
}

/// `Failed to deserialize the JSON body into the target type: settings.x: unknown field …` names the field before the colon.
fn data_error(text: &str) -> ApiError {
    let words = text.split_once("target type: ").map_or(text, |(_, words)| words);
    let (field, message) = words.split_once(": ").filter(|(field, _)| !field.contains(' ')).unwrap_or(("body", words));
    ApiError::fields(vec![FieldError::new(field, message.to_owned())])
}
