//! One contact's way through one flow.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{BotId, ContactId, ElementId, FlowId, TriggerId, UnixMs, VersionId};

/// One contact's way through one flow: where it stands, what it waits for, its stack of calls.
///
/// A run that is stored always waits; one that does not wait has ended and is not stored. It is named by its contact and `number`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Unique among all runs this contact ever had.
    pub number: u32,
    /// The flow it is in now (the callee, inside a call).
    pub flow_id: FlowId,
    /// The version it stays on.
    pub version_id: VersionId,
    /// The element it waits in.
    pub element: ElementId,
    /// What it waits for.
    pub wait: Wait,
    /// Where calls return to, the innermost last. At most [`crate::limits::FLOW_DEPTH_MAX`].
    pub stack: Vec<Frame>,
    /// `{{$data}}`: external data of a start by API, or null.
    pub data: Json,
    /// `{{$response}}`: the last API answer, or null.
    pub response: Json,
    /// `{{$start}}`: the payload of the link that started it, or null.
    pub start: Json,
    /// When it started.
    pub started_at: UnixMs,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wait {
    /// A reply, in the foreground.
    Input {
        /// Which part of the message element asks, from 0.
        part: u16,
        /// Tries that are left, counting the next reply.
        tries_left: u8,
        /// When it takes `timeout`.
        until: UnixMs,
    },
    /// The answer of an API request, in the foreground.
    Api {
        /// The request's number among this contact's requests; an answer with another number is stale.
        call: u32,
    },
    /// Time, in the background.
    Pause {
        /// When it goes on.
        until: UnixMs,
        /// Activity of the contact takes the output `active` at once.
        if_inactive: bool,
    },
}

impl Wait {
    /// Whether the wait needs the foreground, which one run of a contact at most has.
    pub const fn is_foreground(&self) -> bool {
        matches!(self, Self::Input { .. } | Self::Api { .. })
    }
}

/// Where a call returns to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The calling flow.
    pub flow_id: FlowId,
    /// The version the caller stays on.
    pub version_id: VersionId,
    /// The calling element; its output `next` is taken.
    pub element: ElementId,
}

/// Why a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// It came to an output without an edge.
    Finished,
    /// Another run took the foreground.
    Replaced,
    /// The contact started the same flow again.
    Restarted,
    /// The contact unsubscribed.
    Unsubscribed,
    /// The contact blocked the bot.
    Blocked,
    /// A limit or a missing thing ended it; the bot's log says what.
    Error,
    /// Its flow was deleted.
    FlowDeleted,
    /// It was moved to a version that has its element no more.
    MovedAway,
    /// An operator stopped it.
    Stopped,
    /// The contact was erased.
    Erased,
}

/// Names a timer of a contact. Setting a timer of the same name replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimerKey {
    /// The wait of a run: end of a pause, time limit of an input.
    Run {
        /// The run's number.
        number: u32,
    },
    /// Gathered texts are due.
    Gather,
    /// Paused automation ends.
    Resume,
    /// A trigger's delay is over (after subscription, inactivity).
    Trigger {
        /// The trigger.
        id: TriggerId,
    },
}

/// A moment at which a contact gets an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Whose bot.
    pub bot_id: BotId,
    /// Whose.
    pub contact_id: ContactId,
    /// Which.
    pub key: TimerKey,
    /// When.
    pub due: UnixMs,
}

/// An input that came while automation was paused, kept for its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Held {
    /// The contact was active while a pause waited for inactivity.
    Active {
        /// The run that paused.
        run: u32,
    },
    /// A timer fell due.
    Timer {
        /// Which.
        key: TimerKey,
    },
    /// An API answer came.
    Api {
        /// The run that waits for it.
        run: u32,
        /// The request's number.
        call: u32,
        /// What came.
        answer: ApiAnswer,
    },
}

/// An HTTP request that a run waits for. Sent after the commit, at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCall {
    /// Whose bot.
    pub bot_id: BotId,
    /// Whose run.
    pub contact_id: ContactId,
    /// The run's number.
    pub run: u32,
    /// The request's number among this contact's requests; part of its `Idempotency-Key`.
    pub call: u32,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The rendered URL.
    pub url: String,
    /// Rendered headers, without those of `auth`.
    pub headers: Vec<(String, String)>,
    /// The rendered body.
    pub body: Option<String>,
    /// Name of the bot secret to authorise with, and how.
    pub auth: Option<ApiAuth>,
    /// Milliseconds to the end of the answer, at most 60,000.
    pub timeout_ms: u32,
    /// Further tries after the first, 0 to 3.
    pub retries: u8,
}

/// How an API request authorises itself. Secrets are named, never copied into a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ApiAuth {
    /// `Authorization: Bearer <secret>`.
    Bearer {
        /// Name of the bot secret.
        secret: String,
    },
    /// `Authorization: Basic base64(user:<secret>)`.
    Basic {
        /// The user name.
        user: String,
        /// Name of the bot secret that is the password.
        secret: String,
    },
    /// A header of its own.
    Header {
        /// The header's name.
        name: String,
        /// Name of the bot secret that is the value.
        secret: String,
    },
}

/// What came of an [`ApiCall`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiAnswer {
    /// The status, when an answer came.
    pub status: Option<u16>,
    /// The body as text, at most 64 KiB.
    pub body: String,
    /// Why there is no usable answer (refused, time-out, too long), in words.
    pub error: Option<String>,
}
