//! One event on its way to one webhook, and each HTTP request it takes.

use serde::{Deserialize, Serialize};

use crate::{BotId, ContactId, ContentFormat, DeliveryId, EventId, EventKind, UnixMs, WebhookId};

/// The state of a delivery.
///
/// ```text
/// Waiting ─▶ Ready ─▶ Delivered | Failed        (the head of its lane is Ready; a retry stays Ready with a later next_at)
///    └──────────┴───▶ Cancelled                 Skipped is a state from birth
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Behind another delivery of its lane.
    Waiting,
    /// The head of its lane: its next attempt is due at `next_at`.
    Ready,
    /// A receiver answered 2xx.
    Delivered,
    /// It will not be tried again by itself.
    Failed,
    /// It was never to be sent: no paid plan.
    Skipped,
    /// A user, or the deletion of its webhook, took it back.
    Cancelled,
}

impl DeliveryStatus {
    /// The word of the API; `Waiting` and `Ready` are both `pending`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting | Self::Ready => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it is over.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Ready)
    }
}

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its place in the order of commits.
    pub seq: i64,
    /// The event.
    pub event_id: EventId,
    /// What kind of event.
    pub event_kind: EventKind,
    /// The event's title.
    pub title: String,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Whose lanes it is in.
    pub lanes_id: WebhookId,
    /// Whose bot.
    pub bot_id: BotId,
    /// Of which contact.
    pub contact_id: ContactId,
    /// The URL with templates rendered, when it differs from the webhook's.
    pub url: Option<String>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts that were made and counted.
    pub attempts: u32,
    /// When the next attempt is due, while `Ready`.
    pub next_at: UnixMs,
    /// When the event happened.
    pub created_at: UnixMs,
    /// When it came to its end.
    pub ended_at: Option<UnixMs>,
    /// It is a manual retry or a replay: outside the order, with `recado-replay: 1`.
    pub replay: bool,
}

/// Where the time of an attempt went, in microseconds. Zero where a step was not needed or not reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Timing {
    /// Looking the name up.
    pub dns_us: u32,
    /// The TCP connection.
    pub connect_us: u32,
    /// The TLS handshake.
    pub tls_us: u32,
    /// From the request sent to the status line.
    pub wait_us: u32,
    /// Reading the kept part of the body.
    pub read_us: u32,
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The status line said so.
    Status,
    /// The name does not resolve.
    Dns,
    /// No TCP connection.
    Connect,
    /// The TLS handshake or the certificate failed.
    Tls,
    /// No status line in time.
    Timeout,
    /// The connection ended, or what came was not HTTP.
    Protocol,
    /// The egress rules refuse the address.
    Refused,
    /// The URL can not be used.
    InvalidUrl,
}

impl FailureKind {
    /// Whether it counts against the receiver's health (and its breaker): its own trouble, not ours or the URL's.
    pub const fn is_receivers(self) -> bool {
        matches!(self, Self::Status | Self::Connect | Self::Tls | Self::Timeout | Self::Protocol | Self::Dns)
    }
}

/// What an attempt means for its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A 2xx: over.
    Delivered,
    /// To be tried again at `at`. The lane waits.
    Retry {
        /// When.
        at: UnixMs,
    },
    /// Over without success.
    Failed,
    /// A probe of an open breaker failed: no attempt is counted, and it is due again at `at`.
    Probed {
        /// When.
        at: UnixMs,
    },
}

/// One HTTP request of a delivery, with what was sent and what came back. Secrets in it are masked. As JSON, which only the store keeps, it leaves out what is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first of the delivery, counting probes and manual retries too.
    pub number: u32,
    /// When it began.
    pub started_at: UnixMs,
    /// The URL with its query's values masked.
    pub url: String,
    /// How the body was wrapped.
    #[serde(default)]
    pub format: ContentFormat,
    /// Headers as sent, secrets masked.
    pub request_headers: Vec<(String, String)>,
    /// The status, when an answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's headers, at most 16 KiB in all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_headers: Vec<(String, String)>,
    /// The first 16 KiB of the answer's body, as text (bytes that are not UTF-8 replaced).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub response_body: String,
    /// The body was longer or slower than what is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub response_cut: bool,
    /// Where the time went.
    #[serde(serialize_with = "as_list")]
    pub timing: Timing,
    /// The address that was dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureKind>,
    /// The failure in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Without the names, in their order; it is read both ways.
fn as_list<S: serde::Serializer>(timing: &Timing, serializer: S) -> Result<S::Ok, S::Error> {
    let Timing { dns_us, connect_us, tls_us, wait_us, read_us } = *timing;
    [dns_us, connect_us, tls_us, wait_us, read_us].serialize(serializer)
}
