//! A person talking to one bot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BotId, ContactId, MemberId, MessageId, Offer, UnixMs, Variables, message::Attachment};

/// Whether the bot may write to the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactStatus {
    /// Yes.
    Active,
    /// The contact asked not to be written to. Only `/start` or *subscribe again* makes it active.
    Unsubscribed,
    /// The contact blocked the bot in the messenger.
    Blocked,
    /// An operator switched the contact off.
    Disabled,
}

impl ContactStatus {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unsubscribed => "unsubscribed",
            Self::Blocked => "blocked",
            Self::Disabled => "disabled",
        }
    }
}

/// What the messenger or the contact told of the person. All are data, never instructions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Profile {
    /// The whole name as shown; empty when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The messenger's user name, without `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `+` and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// An address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    /// IANA name. Set on the contact, or guessed from the browser or the phone's country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// The conversation as agents see it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ChatState {
    /// Nobody needs to look.
    #[default]
    Closed,
    /// An agent is asked to look.
    Open {
        /// Since when.
        since: UnixMs,
        /// Who looks after it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<MemberId>,
    },
}

/// How long automation stands still for a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AutomationPause {
    /// To a moment, also ended by closing the chat.
    Until {
        /// When it began; a waiting input's clock stands still from here.
        since: UnixMs,
        /// When it ends.
        until: UnixMs,
    },
    /// To the closing of the chat.
    UntilClosed {
        /// When it began.
        since: UnixMs,
    },
}

impl AutomationPause {
    /// When it began.
    pub const fn since(self) -> UnixMs {
        match self {
            Self::Until { since, .. } | Self::UntilClosed { since } => since,
        }
    }

    /// Whether it still holds at `now`.
    pub fn holds(self, now: UnixMs) -> bool {
        match self {
            Self::Until { until, .. } => now < until,
            Self::UntilClosed { .. } => true,
        }
    }
}

/// When and how often a contact passed a *send webhook* of one title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The first time.
    pub first: UnixMs,
    /// The last time.
    pub last: UnixMs,
    /// How often.
    pub count: u32,
}

/// A press that was taken, remembered for 3 s so that a double press has one effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentPress {
    /// The message that carried the button.
    pub message_id: MessageId,
    /// Which of its buttons, from 0.
    pub button: u16,
    /// When.
    pub at: UnixMs,
}

/// Texts that are being gathered before they are handled as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// In order of arrival.
    pub texts: Vec<String>,
    /// When they are handled.
    pub until: UnixMs,
    /// A waiting input reads them, else the standard reply answers them.
    #[serde(default)]
    pub for_input: bool,
}

/// A message of the contact that waits for an API answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueuedReply {
    /// Its text, or a file's caption; empty when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// A shared place, (latitude, longitude) in degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<(f64, f64)>,
    /// A shared phone number of the person itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A person talking to one bot: what is known of the person, and where the conversation stands.
///
/// Runs are kept beside it (see [`crate::Run`]); everything else that a turn reads or changes is in here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The bot it talks to.
    pub bot_id: BotId,
    /// The messenger's opaque id of the person in this bot; where messages are sent.
    pub identity: String,
    /// Whether the bot may write; `None` before the first turn decided it.
    pub status: Option<ContactStatus>,
    /// What is known of the person.
    #[serde(default)]
    pub profile: Profile,
    /// Its variables.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub variables: Variables,
    /// Its tags, in the order they were added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The last incoming text, `""` when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_message: String,
    /// When the contact last did something (message, press, share, tracked click).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<UnixMs>,
    /// When it was first seen.
    pub created_at: UnixMs,
    /// The chat as agents see it.
    #[serde(default)]
    pub chat: ChatState,
    /// Automation stands still, and how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<AutomationPause>,
    /// What the bot's last message offered to press, for texts that equal a button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Presses of the last 3 s.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presses: Vec<RecentPress>,
    /// When the standard reply was last given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_reply_at: Option<UnixMs>,
    /// Texts being gathered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gathered: Option<Gathered>,
    /// Messages that wait for the foreground run's API answer, at most [`crate::limits::QUEUED_TEXTS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queued: Vec<QueuedReply>,
    /// Inputs held while automation is paused (due pauses, API answers), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<crate::run::Held>,
    /// Sticky randomizer choices: `flow id/element id` → branch.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sticky: BTreeMap<String, u8>,
    /// *Send webhook* elements passed, by title.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passed: BTreeMap<String, Passed>,
    /// The number the next run of this contact gets.
    #[serde(default)]
    pub next_run: u32,
    /// The number the next API request of this contact gets.
    #[serde(default)]
    pub next_call: u32,
    /// Ids of the campaigns that started a flow for it, for filters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<String>,
    /// When it last became active from nothing, unsubscribed or blocked; *after subscription* counts from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed_at: Option<UnixMs>,
}

impl Contact {
    /// A contact on first sight. The first turn gives it a status.
    pub fn first_seen(id: ContactId, bot_id: BotId, identity: String, now: UnixMs) -> Self {
        Self {
            id,
            bot_id,
            identity,
            status: None,
            profile: Profile::default(),
            variables: Variables::new(),
            tags: Vec::new(),
            last_message: String::new(),
            active_at: None,
            created_at: now,
            chat: ChatState::Closed,
            pause: None,
            offer: None,
            presses: Vec::new(),
            standard_reply_at: None,
            gathered: None,
            queued: Vec::new(),
            held: Vec::new(),
            sticky: BTreeMap::new(),
            passed: BTreeMap::new(),
            next_run: 0,
            next_call: 0,
            campaigns: Vec::new(),
            subscribed_at: None,
        }
    }

    /// Whether messages may be sent to it.
    pub fn is_active(&self) -> bool {
        self.status == Some(ContactStatus::Active)
    }
}
