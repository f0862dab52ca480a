//! The stable codes of the API's problems, and the status that belongs to each. The OpenAPI document lists them, and the web app has words for all.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// What kind of problem it is: decide by it, and not by the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The body is not JSON.
    NotJson,
    /// No token, or one that is not known.
    Unauthorized,
    /// Nobody is signed in.
    SignedOut,
    /// No member has this address and password.
    WrongCredentials,
    /// The session of a web chat is missing, wrong or expired.
    NoSession,
    /// A messenger that calls does not know the secret of its bot.
    WrongSecret,
    /// The session's `x-csrf-token` is missing or wrong.
    Csrf,
    /// It is for the account that runs the server.
    NotTheOperator,
    /// The link of a file has expired, or is not one of ours.
    LinkExpired,
    /// It does not exist, or is another account's.
    NotFound,
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// The body took more than 20 s to arrive.
    BodyTooSlow,
    /// It was changed in between, or its state does not allow this.
    Conflict,
    /// There is one already.
    Exists,
    /// A message with this id was received before.
    Duplicate,
    /// Automation is paused for the contact; `force` starts the flow all the same.
    AutomationPaused,
    /// The contact has unsubscribed or blocked the bot.
    ContactNotActive,
    /// The flow is off, not published, or gone; its `event` triggers are off or outside their hours; or the bot is off.
    FlowNotRunning,
    /// The installation has its first owner.
    AlreadySetUp,
    /// A web chat is not connected to a messenger.
    NoConnectionNeeded,
    /// A flow that a system trigger starts can not be deleted.
    SystemFlow,
    /// A flow that another published flow starts can not be deleted.
    FlowInUse,
    /// The webhook of a *send webhook* that a published flow has can not be deleted.
    WebhookInUse,
    /// The secrets of the webhook can not be opened with this server's key: put that back, or rotate the webhook's secret.
    SecretLost,
    /// A flow or a segment uses it: see `problems`; `force` deletes it all the same.
    InUse,
    /// The webhook is paused or off.
    NotOn,
    /// The webhook is on.
    NotPaused,
    /// As many retired keys of a webhook still sign as may: rotate with `overlap_hours` 0.
    TooManyKeys,
    /// The account has as many bots as it may.
    TooManyBots,
    /// The bot has as many flows as it may.
    TooManyFlows,
    /// The bot has as many triggers as it may.
    TooManyTriggers,
    /// The bot has as many webhooks as it may.
    TooManyWebhooks,
    /// The account has as many tokens as it may.
    TooManyTokens,
    /// The first request with this key is under way.
    IdempotencyKeyInUse,
    /// The `If-Match` is not the draft's current `ETag`: somebody else changed it.
    DraftChanged,
    /// The `If-Match` is no `ETag` of a flow.
    EtagUnknown,
    /// The body is longer than the call takes.
    BodyTooLong,
    /// A file of a messenger is longer than we fetch.
    FileTooLong,
    /// The body is not sent as `application/json`.
    WrongContentType,
    /// Fields are wrong: see `errors`.
    InvalidFields,
    /// The flow can not be published or tried: see `problems`.
    FlowHasProblems,
    /// A limit of tags, variables, bytes or kept things would be passed.
    LimitReached,
    /// The key was used with another request.
    IdempotencyKeyReused,
    /// Writing a draft needs `If-Match`.
    IfMatchNeeded,
    /// Too fast: `Retry-After` says when.
    TooManyRequests,
    /// It is our fault; the log says more.
    Internal,
    /// The messenger can not be reached, or did not answer as it does.
    MessengerUnreachable,
    /// Too much is waiting. Nothing of the call has happened: send it again.
    Busy,
    /// Nothing can be stored at the moment, or the bot is off. Nothing of the call has happened: send it again.
    Unavailable,
    /// Another recorder of metrics is installed in this process.
    NoMetrics,
    /// The contact has sent as many bytes of files as are kept of one.
    ContactQuota,
    /// The bot has no room for more files.
    Quota,
    /// The account has no room for more files.
    AccountQuota,
}

impl ProblemCode {
    /// The HTTP status that it comes with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotJson => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::SignedOut | Self::WrongCredentials | Self::NoSession | Self::WrongSecret => {
                StatusCode::UNAUTHORIZED
            }
            Self::Csrf | Self::NotTheOperator | Self::LinkExpired => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict
            | Self::Exists
            | Self::Duplicate
            | Self::AutomationPaused
            | Self::ContactNotActive
            | Self::FlowNotRunning
            | Self::AlreadySetUp
            | Self::NoConnectionNeeded
            | Self::SystemFlow
            | Self::FlowInUse
            | Self::WebhookInUse
            | Self::SecretLost
            | Self::InUse
            | Self::NotOn
            | Self::NotPaused
            | Self::TooManyKeys
            | Self::TooManyBots
            | Self::TooManyFlows
            | Self::TooManyTriggers
            | Self::TooManyWebhooks
            | Self::TooManyTokens
            | Self::IdempotencyKeyInUse => StatusCode::CONFLICT,
            Self::DraftChanged | Self::EtagUnknown => StatusCode::PRECONDITION_FAILED,
            Self::BodyTooLong | Self::FileTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidFields | Self::FlowHasProblems | Self::LimitReached | Self::IdempotencyKeyReused => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::IfMatchNeeded => StatusCode::PRECONDITION_REQUIRED,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::MessengerUnreachable => StatusCode::BAD_GATEWAY,
            Self::Busy | Self::Unavailable | Self::NoMetrics => StatusCode::SERVICE_UNAVAILABLE,
            Self::ContactQuota | Self::Quota | Self::AccountQuota => StatusCode::INSUFFICIENT_STORAGE,
        }
    }
}
