//! The one way to say no: `application/problem+json` (RFC 9457) with a stable `code`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use recado_flow::effect::Refusal;
use recado_store::{StoreError, catalog::RoomOf};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{mistake::FieldMistake, problem_code::ProblemCode};
use crate::runtime::inbox::SubmitError;

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Which, as in `url`.
    pub field: String,
    /// What is wrong with it: a stable word with its values.
    #[serde(flatten)]
    pub mistake: FieldMistake,
    /// The same in English words.
    pub message: String,
}

impl FieldError {
    /// Its words are the mistake's.
    pub fn new(field: &str, mistake: impl Into<FieldMistake>) -> Self {
        let mistake = mistake.into();
        Self { field: field.to_owned(), message: mistake.to_string(), mistake }
    }
}

/// An error as the API tells it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`; `code` tells the kind.
    pub r#type: &'static str,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// What happened and what to do.
    pub detail: String,
    /// Which fields are wrong, when it is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    // Every call can answer with a problem: what one refers to is described once, in `openapi::complete`.
    #[schema(no_recursion)]
    pub errors: Vec<FieldError>,
    /// What belongs to it, when it is more than words: the problems of a flow, or who uses what was to be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problems: Option<Value>,
    /// Seconds after which a repetition may go through; the header tells it.
    #[serde(skip)]
    #[schema(ignore)]
    pub retry_after_s: u64,
}

/// Why a call was refused.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Problem>);

impl ApiError {
    /// With a stable code, which has a status, and words.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let status = code.status();
        Self(Box::new(Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            problems: None,
            retry_after_s: 1,
        }))
    }

    /// No token, or one that is not known.
    pub fn unauthorized() -> Self {
        Self::new(ProblemCode::Unauthorized, "send a valid token: `Authorization: Bearer rcd_…`")
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        Self::new(ProblemCode::SignedOut, "sign in first")
    }

    /// It does not exist, or is another account's.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemCode::NotFound, format!("{what} not found"))
    }

    /// One field is wrong.
    pub fn field(field: &str, mistake: impl Into<FieldMistake>) -> Self {
        Self::fields(vec![FieldError::new(field, mistake)])
    }

    /// These fields are wrong.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let mut error = Self::new(ProblemCode::InvalidFields, "some fields are not valid");
        error.0.errors = errors;
        error
    }

    /// Too many requests.
    pub fn too_many(retry_after_s: u64) -> Self {
        let mut error =
            Self::new(ProblemCode::TooManyRequests, format!("too many requests; try again in {retry_after_s} s"));
        error.0.retry_after_s = retry_after_s.max(1);
        error
    }

    /// It is our fault.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::Internal, detail)
    }

    /// With what belongs to it.
    pub fn with_problems(mut self, problems: Value) -> Self {
        self.0.problems = Some(problems);
        self
    }

    /// With more words at its end.
    pub fn and(mut self, words: &str) -> Self {
        self.0.detail.push_str(words);
        self
    }

    /// Which fields are wrong.
    pub fn into_fields(self) -> Vec<FieldError> {
        self.0.errors
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { detail } => {
                tracing::error!(detail, "the store can not be used now");
                Self::new(ProblemCode::Unavailable, "the server can not store anything now; try again")
            }
            StoreError::Corrupt { what, detail } => {
                tracing::error!(what, detail, "a stored row can not be read");
                Self::new(ProblemCode::Internal, format!("a stored {what} can not be read"))
            }
            StoreError::Duplicate => Self::new(ProblemCode::Duplicate, "this was received before"),
            StoreError::Conflict { what } => Self::new(
                ProblemCode::Conflict,
                format!("{what} was changed in between, or its state does not allow this"),
            ),
            StoreError::Exists { what } => Self::new(ProblemCode::Exists, format!("{what} exists already")),
            StoreError::TooMany { what: "bot", max } => {
                Self::new(ProblemCode::TooManyBots, format!("an account has at most {max} bots"))
            }
            StoreError::TooMany { what: "webhook", max } => {
                Self::new(ProblemCode::TooManyWebhooks, format!("a bot has at most {max} webhooks"))
            }
            StoreError::TooMany { .. } => Self::new(ProblemCode::LimitReached, error.to_string()),
            StoreError::NoRoom { of, max } => {
                let (code, whose) = match of {
                    RoomOf::Contact => (ProblemCode::ContactQuota, "the contact"),
                    RoomOf::Bot => (ProblemCode::Quota, "the bot"),
                    RoomOf::Account => (ProblemCode::AccountQuota, "the account"),
                };
                Self::new(code, format!("{whose} has no room for the file: {max} bytes of files may be kept"))
            }
            StoreError::NotFound { what } => Self::not_found(what),
        }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Duplicate => Self::new(ProblemCode::Duplicate, "this was received before"),
            SubmitError::Full => Self::new(ProblemCode::Busy, "too much is waiting; try again in a second"),
            SubmitError::NoSuchBot => Self::not_found("bot"),
            SubmitError::NoSuchContact => Self::not_found("contact"),
            SubmitError::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AutomationPaused => Self::new(
                ProblemCode::AutomationPaused,
                "automation is paused for this contact; resume it, or send `force: true`",
            ),
            Refusal::ContactNotActive => Self::new(ProblemCode::ContactNotActive, "the contact is not active"),
            Refusal::FlowNotRunning => {
                Self::new(ProblemCode::FlowNotRunning, "the flow is off, not published, or gone")
            }
            Refusal::NoSuchRun => Self::not_found("run"),
            Refusal::LimitReached => {
                Self::new(ProblemCode::LimitReached, "a limit of tags, variables or value bytes would be passed")
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&*self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.0.retry_after_s));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
