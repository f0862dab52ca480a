//! Accounts and bots.

use serde::{Deserialize, Serialize};

use crate::{AccountId, BotId, UnixMs};

/// The channel a bot lives on, in the words of the webhook payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Facebook Messenger.
    Messenger,
    /// Telegram.
    Telegram,
    /// WhatsApp Cloud API.
    Whatsapp,
    /// Instagram.
    Instagram,
    /// Viber.
    Viber,
    /// The web chat.
    Livechat,
}

impl Service {
    /// The lower-case word of the payload's `service`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Telegram => "telegram",
            Self::Whatsapp => "whatsapp",
            Self::Instagram => "instagram",
            Self::Viber => "viber",
            Self::Livechat => "livechat",
        }
    }

    /// The upper-case word of the payload's `bot.channel`.
    pub const fn channel(self) -> &'static str {
        match self {
            Self::Messenger => "MESSENGER",
            Self::Telegram => "TELEGRAM",
            Self::Whatsapp => "WHATSAPP",
            Self::Instagram => "INSTAGRAM",
            Self::Viber => "VIBER",
            Self::Livechat => "LIVECHAT",
        }
    }

    /// The service of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Messenger, Self::Telegram, Self::Whatsapp, Self::Instagram, Self::Viber, Self::Livechat]
            .into_iter()
            .find(|service| service.as_str() == word)
    }
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Plan {
    /// Webhooks and API requests are recorded as skipped.
    Free,
    /// Everything, until the trial ends.
    Trial {
        /// When it ends, in milliseconds since 1970.
        #[schema(value_type = i64)]
        until: UnixMs,
    },
    /// Everything. The default of a self-hosted installation.
    Paid,
}

impl Plan {
    /// Whether webhooks and API requests are sent at `now`.
    pub fn sends_webhooks(self, now: UnixMs) -> bool {
        match self {
            Self::Free => false,
            Self::Trial { until } => now < until,
            Self::Paid => true,
        }
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Shown name, 1 to 128 characters.
    pub name: String,
    /// What it may do.
    pub plan: Plan,
    /// IANA name of the time zone, as in `Europe/Madrid`.
    pub time_zone: String,
    /// When it was made.
    pub created_at: UnixMs,
}

/// One connected presence on one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The channel.
    pub service: Service,
    /// Shown name, 1 to 128 characters.
    pub name: String,
    /// The messenger's own id of the bot: a decimal number on Telegram, the bot's own id on the web chat.
    pub external_id: String,
    /// Where people find it, as in `https://t.me/best_bot`.
    pub url: String,
    /// A picture, when known.
    pub photo: Option<String>,
    /// Whether it takes and sends messages.
    pub active: bool,
    /// How it behaves.
    pub settings: BotSettings,
    /// When it was made.
    pub created_at: UnixMs,
}

/// The messenger does not take the bot's credentials: until somebody connects it anew, nothing is sent and nothing comes in. What waits to
/// be sent stays queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionLost {
    /// When it was first refused.
    pub since: UnixMs,
    /// The messenger's words.
    pub words: String,
}

/// How a bot behaves. Each has a default, so a stored or sent object may leave any out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BotSettings {
    /// On first contact, the subscription flow wins over a matching keyword or link.
    pub welcome_first: bool,
    /// The standard reply opens the chat.
    pub standard_reply_opens_chat: bool,
    /// The standard reply is given at most once in this many minutes to one contact. 0 to 1,440.
    pub standard_reply_every_min: u32,
    /// Texts that arrive within this many seconds of each other are joined before the standard reply. 0 to 30.
    pub standard_reply_gather_s: u32,
    /// Texts that arrive within this many seconds of each other are joined before a waiting input reads them. 0 to 30.
    pub input_gather_s: u32,
    /// An agent's message pauses automation for this many minutes. 0 to 1,440.
    pub agent_pause_min: u32,
    /// Said when a pressed button's element is gone.
    pub expired_button_text: String,
    /// Words, beside the built-in ones, that unsubscribe.
    pub unsubscribe_words: Vec<String>,
    /// URLs in messages and buttons become tracked links.
    pub link_tracking: bool,
}

impl Default for BotSettings {
    fn default() -> Self {
        Self {
            welcome_first: false,
            standard_reply_opens_chat: true,
            standard_reply_every_min: 10,
            standard_reply_gather_s: 3,
            input_gather_s: 0,
            agent_pause_min: 60,
            expired_button_text: "This button has expired.".to_owned(),
            unsubscribe_words: Vec::new(),
            link_tracking: false,
        }
    }
}
