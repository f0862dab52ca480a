//! What a channel understood of a messenger's update.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{Profile, message::Attachment};

/// One thing a messenger told, with the key that makes its repetition harmless.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// The messenger's id of this update, unique in (bot, `dedup_kind`). At most 128 bytes.
    pub dedup_key: String,
    /// Which series of ids the key belongs to, as in `update` or `message`.
    pub dedup_kind: DedupKind,
    /// The messenger's opaque id of the person.
    pub identity: String,
    /// What the update tells of the person; unknown fields are empty and change nothing.
    pub profile: Profile,
    /// What happened.
    pub kind: InboundKind,
    /// The channel's own object, for the webhook's `channel_data.message`.
    pub raw: Arc<Json>,
    /// The messenger's id of the message, for `channel_data.message_id`: a number on Telegram, text elsewhere.
    pub message_id: Json,
    /// The messenger's id of the chat, for `channel_data.chat_id`; null where there is none.
    pub chat_id: Json,
}

/// The series of ids a de-duplication key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DedupKind {
    /// The messenger numbers updates (Telegram).
    Update,
    /// The messenger's or the visitor's own id of a message.
    Message,
    /// The key of a call of our own API.
    Api,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InboundKind {
    /// The person said something.
    Message {
        /// Its text (or a file's caption); empty when there is none.
        #[serde(default)]
        text: String,
        /// Files.
        #[serde(default)]
        attachments: Vec<Attachment>,
        /// A shared place, (latitude, longitude) in degrees.
        #[serde(default)]
        location: Option<(f64, f64)>,
        /// A shared phone number of the person itself.
        #[serde(default)]
        phone: Option<String>,
    },
    /// The person pressed a button.
    Press {
        /// The payload that was sent with the button.
        payload: String,
        /// The messenger's id to answer the press with, where it wants one.
        #[serde(default)]
        callback_id: Option<String>,
    },
    /// `/start`, or the web chat was opened.
    Start {
        /// The link's payload.
        #[serde(default)]
        payload: Option<String>,
        /// Whether the person said so (Telegram's `/start` is a message, an opened web chat is none).
        #[serde(default)]
        said: bool,
    },
    /// A payment was confirmed.
    Paid {
        /// The payload that was sent with the button.
        payload: String,
    },
    /// The messenger says that the person blocked the bot.
    Blocked,
    /// The messenger says that the person let the bot write again.
    Unblocked,
}
