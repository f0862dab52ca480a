//! A subscription of a URL to events.

use serde::{Deserialize, Serialize};

use crate::{BotId, EventKind, UnixMs, WebhookId};

/// Where the subscription comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookKind {
    /// The bot's settings.
    Global,
    /// A *send webhook* of a published flow.
    Flow,
}

/// The `Content-Type` and the wrapping of the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentFormat {
    /// `application/x-www-form-urlencoded` with the raw JSON array as the body, as SendPulse does and documents.
    #[default]
    Documented,
    /// `application/json` with the same array.
    Json,
    /// `application/x-www-form-urlencoded` with `payload=<the array>`, truly encoded.
    Form,
    /// `application/cloudevents+json`: CloudEvents 1.0 structured, `data` is the event object.
    Cloudevents,
}

/// Which keys the event object has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayloadProfile {
    /// Everything we know.
    #[default]
    Recado,
    /// Exactly the keys of the documented examples.
    AsDocumented,
}

/// The unit of `date`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateUnit {
    /// Milliseconds since 1970.
    #[default]
    Milliseconds,
    /// Seconds since 1970.
    Seconds,
}

/// Whether a webhook gets deliveries.
///
/// ```text
/// On ─▶ Behind        more than [`limits::WEBHOOK_PENDING_MAX`] deliveries are pending
/// On | Behind ─▶ Paused | Off
/// Paused | Off ─▶ On (from now) | Behind (from the cursor)
/// Behind ─▶ On        it has caught up: in the same commit, so that no event falls in between
/// ```
///
/// [`limits::WEBHOOK_PENDING_MAX`]: crate::limits::WEBHOOK_PENDING_MAX
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum WebhookState {
    /// Each event makes its delivery at once.
    On,
    /// It is on, and gets the events after the cursor step by step: it was resumed, or had too much pending.
    Behind {
        /// The last event (its commit sequence) that made its delivery.
        cursor: i64,
    },
    /// A user paused it; the cursor waits.
    Paused {
        /// The last event (its commit sequence) that made a delivery.
        cursor: i64,
    },
    /// We switched it off; the cursor waits.
    Off {
        /// The last event (its commit sequence) that made a delivery.
        cursor: i64,
        /// Why.
        reason: OffReason,
    },
}

/// Why we switched a webhook off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OffReason {
    /// The receiver answered 410 Gone.
    // The alias is what was stored before there were codes.
    #[serde(alias = "the receiver answered 410 Gone")]
    Gone,
    /// Every attempt failed for three days.
    #[serde(alias = "every attempt failed for three days")]
    Failing,
}

impl OffReason {
    /// In words a user understands.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Gone => "the receiver answered 410 Gone",
            Self::Failing => "every attempt failed for three days",
        }
    }
}

impl WebhookState {
    /// Whether it is switched on: pending deliveries are sent, and new events make theirs, at once or when it has caught up.
    pub const fn is_on(&self) -> bool {
        matches!(self, Self::On | Self::Behind { .. })
    }

    /// The last event that made its delivery, when later ones have not made theirs.
    pub const fn cursor(&self) -> Option<i64> {
        match self {
            Self::On => None,
            Self::Behind { cursor } | Self::Paused { cursor } | Self::Off { cursor, .. } => Some(*cursor),
        }
    }
}

/// A signing key's algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// `v1`: HMAC-SHA256 with a `whsec_…` secret.
    Hmac,
    /// `v1a`: ed25519 with a `whsk_…` private key; receivers get the `whpk_…` public key.
    Ed25519,
}

/// A signing key. Never printed: its `Debug` hides the bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The algorithm.
    pub kind: KeyKind,
    /// The 32 random bytes of the secret or of the private key.
    pub bytes: Vec<u8>,
    /// When a rotation retires it; `None` for the current key.
    pub retires_at: Option<UnixMs>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kind", &self.kind)
            .field("retires_at", &self.retires_at)
            .finish_non_exhaustive()
    }
}

/// How a webhook authorises itself, beside its signature. Its `Debug` hides the values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebhookAuth {
    /// `Authorization: Basic`.
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// The token.
        token: String,
    },
}

impl std::fmt::Debug for WebhookAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic(…)",
            Self::Bearer { .. } => "Bearer(…)",
        })
    }
}

/// The secret half of a webhook, stored sealed. Its `Debug` hides values.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecrets {
    /// The keys that sign: the current ones and those a rotation retires later.
    pub keys: Vec<SigningKey>,
    /// Up to 10 extra headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Basic or bearer authorisation.
    #[serde(default)]
    pub auth: Option<WebhookAuth>,
}

impl std::fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSecrets").field("keys", &self.keys).field("auth", &self.auth).finish_non_exhaustive()
    }
}

/// The default delays between the attempts of one delivery, in milliseconds: 10 attempts over about 28 h.
pub const SCHEDULE_MS: [u64; 9] =
    [5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];

/// The settings of a webhook that anyone with access may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose bot.
    pub bot_id: BotId,
    /// Its lanes, which webhooks of the same bot and URL share. Another URL is other lanes: they stand for the receiver.
    pub lanes_id: WebhookId,
    /// Global or flow.
    pub kind: WebhookKind,
    /// Where to post. A flow webhook's may have `{{templates}}` in path and query.
    pub url: String,
    /// On, paused or off.
    pub state: WebhookState,
    /// Which events a global webhook wants; a flow webhook's is empty.
    pub events: Vec<EventKind>,
    /// The body's wrapping.
    pub format: ContentFormat,
    /// The event object's keys.
    pub profile: PayloadProfile,
    /// The unit of `date`.
    pub date_unit: DateUnit,
    /// Deliveries of one contact go one at a time in the order of events.
    pub ordered: bool,
    /// Attempts in flight at once, 1 to 256. Default 16.
    pub concurrency: u16,
    /// Attempts a second, when limited. 1 to 10,000.
    pub rate_per_s: Option<u32>,
    /// Milliseconds to the status line, 1,000 to 30,000. Default 10,000.
    pub timeout_ms: u32,
    /// Delays between attempts in milliseconds, at most 20 of at most 24 h; `None` is [`SCHEDULE_MS`].
    pub schedule_ms: Option<Vec<u64>>,
    /// Since when every attempt failed; `None` after a success.
    pub failing_since: Option<UnixMs>,
    /// Until when the receiver asked to wait (`Retry-After`).
    #[serde(default)]
    pub held_until: Option<UnixMs>,
    /// When it was made.
    pub created_at: UnixMs,
}

impl Webhook {
    /// A webhook as it is made: on, for no event yet, with lanes of its own and everything else at its default.
    pub fn new(id: WebhookId, bot_id: BotId, kind: WebhookKind, url: String, created_at: UnixMs) -> Self {
        Self {
            id,
            bot_id,
            lanes_id: id,
            kind,
            url,
            state: WebhookState::On,
            events: Vec::new(),
            format: ContentFormat::default(),
            profile: PayloadProfile::default(),
            date_unit: DateUnit::default(),
            ordered: true,
            concurrency: 16,
            rate_per_s: None,
            timeout_ms: 10_000,
            schedule_ms: None,
            failing_since: None,
            held_until: None,
            created_at,
        }
    }
}
