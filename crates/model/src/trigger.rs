//! What starts a flow.

use serde::{Deserialize, Serialize};

use crate::{BotId, FlowId, TriggerId, UnixMs};

/// A trigger of a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its id.
    pub id: TriggerId,
    /// Whose bot.
    pub bot_id: BotId,
    /// The flow it starts.
    pub flow_id: FlowId,
    /// Shown name.
    pub name: String,
    /// Whether it is on.
    pub active: bool,
    /// What it waits for.
    pub kind: TriggerKind,
    /// When it may act.
    pub hours: Option<Hours>,
    /// While an input waits, a match starts the flow all the same.
    pub interrupts: bool,
    /// When it was made; the oldest wins a tie.
    pub created_at: UnixMs,
}

/// What a trigger waits for. The first three are the system's: one of each a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TriggerKind {
    /// First message, `/start`, or the web chat opened.
    Subscription,
    /// Nothing else matched.
    StandardReply,
    /// `/stop`, `/unsubscribe` and the words of the languages.
    Unsubscription,
    /// A text.
    Keyword {
        /// How the keywords are compared.
        #[serde(rename = "match")]
        matching: KeywordMatch,
        /// One or more, each at most [`crate::limits::KEYWORD_CHARS_MAX`] characters.
        keywords: Vec<String>,
    },
    /// A time after the contact subscribed.
    AfterSubscription {
        /// Minutes, at least 1; hours and days are shown as such by the builder.
        delay_min: u32,
    },
    /// `POST …/flows/{id}/run` with external data.
    Event,
    /// A link with this payload was followed.
    Ref {
        /// The payload, 1 to 64 characters of `A–Z a–z 0–9 _ -`.
        #[serde(rename = "ref")]
        payload: String,
    },
    /// The contact did nothing for a time.
    Inactivity {
        /// Minutes, at least 1.
        after_min: u32,
    },
}

impl TriggerKind {
    /// The word of `info.trigger.type`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::StandardReply => "standard_reply",
            Self::Unsubscription => "unsubscription",
            Self::Keyword { .. } => "keyword",
            Self::AfterSubscription { .. } => "after_subscription",
            Self::Event => "event",
            Self::Ref { .. } => "ref",
            Self::Inactivity { .. } => "inactivity",
        }
    }

    /// Whether it is one of the three that every bot has once; their flows emit no `run_custom_flow`.
    pub const fn is_system(&self) -> bool {
        matches!(self, Self::Subscription | Self::StandardReply | Self::Unsubscription)
    }
}

/// How keywords are compared with the normalised text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeywordMatch {
    /// The whole text.
    Is,
    /// Whole words of it.
    Contains,
    /// A regular expression found in the text as it was written.
    Regex,
}

/// When a trigger may act, in the contact's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From this minute of the day, 0 to 1,439.
    pub from_min: u16,
    /// Until before this minute of the day, 1 to 1,440. Less than `from_min` reaches over midnight.
    pub to_min: u16,
    /// ISO weekdays, 1 Monday to 7 Sunday; empty is every day.
    #[serde(default)]
    pub weekdays: Vec<u8>,
}
