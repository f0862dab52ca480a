//! Something that happened, immutable.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{BotId, ContactId, ElementId, EventId, FlowId, Profile, UnixMs, Variables, message::SentBy};

/// What kind of thing happened. The eight documented events, the failed delivery of a message, and a passed *send webhook*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The contact became active from nothing, unsubscribed or blocked.
    NewSubscriber,
    /// The contact said something.
    IncomingMessage,
    /// The messenger took a message of the bot.
    OutgoingMessage,
    /// The chat was opened for an agent.
    OpenChat,
    /// A flow was started by a trigger that a user made.
    RunCustomFlow,
    /// A tracked link was followed.
    LinkClick,
    /// The contact unsubscribed.
    Unsubscribe,
    /// The contact blocked the bot.
    BotBlock,
    /// The messenger refused a message for good.
    FailedDelivery,
    /// A run passed *send webhook*.
    FlowWebhook,
}

impl EventKind {
    /// All kinds, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::NewSubscriber,
        Self::IncomingMessage,
        Self::OutgoingMessage,
        Self::OpenChat,
        Self::RunCustomFlow,
        Self::LinkClick,
        Self::Unsubscribe,
        Self::BotBlock,
        Self::FailedDelivery,
        Self::FlowWebhook,
    ];

    /// The word of the payload's `title` (a flow webhook has its own title instead) and of `recado-event`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewSubscriber => "new_subscriber",
            Self::IncomingMessage => "incoming_message",
            Self::OutgoingMessage => "outgoing_message",
            Self::OpenChat => "open_chat",
            Self::RunCustomFlow => "run_custom_flow",
            Self::LinkClick => "link_click",
            Self::Unsubscribe => "unsubscribe",
            Self::BotBlock => "bot_block",
            Self::FailedDelivery => "failed_delivery",
            Self::FlowWebhook => "flow_webhook",
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is known of the contact at the moment of the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactSnapshot {
    /// Its id.
    pub id: ContactId,
    /// The messenger's opaque id of the person.
    pub identity: String,
    /// What is known of the person.
    pub profile: Profile,
    /// Its variables.
    pub variables: Variables,
    /// Its tags.
    pub tags: Vec<String>,
    /// The last incoming text.
    pub last_message: String,
}

impl From<&crate::Contact> for ContactSnapshot {
    fn from(contact: &crate::Contact) -> Self {
        Self {
            id: contact.id,
            identity: contact.identity.clone(),
            profile: contact.profile.clone(),
            variables: contact.variables.clone(),
            tags: contact.tags.clone(),
            last_message: contact.last_message.clone(),
        }
    }
}

/// What the payload's `info` tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventInfo {
    /// Nothing: `info` is null.
    None,
    /// The extra fields of a flow webhook: `{"fields": {…}}`.
    Fields {
        /// Name and rendered value, in order.
        fields: Vec<(String, String)>,
    },
    /// A message, in or out.
    Message {
        /// Our id of it.
        id: crate::MessageId,
        /// The channel's own object.
        message: Arc<Json>,
        /// The messenger's id of it: a number on Telegram, text elsewhere.
        message_id: Json,
        /// The messenger's id of the chat; null where there is none.
        chat_id: Json,
        /// The person who sent it, when one did.
        sent_by: Option<SentBy>,
        /// Files of an incoming message, each with a signed, expiring download URL.
        attachments: Vec<AttachmentLink>,
    },
    /// A flow that a user-made trigger started.
    CustomFlow {
        /// The flow.
        flow_id: FlowId,
        /// Its name.
        flow_name: String,
        /// The trigger's type, as in `keyword`.
        trigger: String,
        /// The keyword that matched.
        keyword: Option<String>,
    },
    /// A followed link.
    Link {
        /// Where it leads.
        url: String,
        /// The button's label or the link's text.
        text: String,
        /// The message element that carried it.
        element: ElementId,
        /// The flow.
        flow_id: FlowId,
        /// Its name.
        flow_name: String,
    },
    /// A message that the messenger refused.
    FailedDelivery {
        /// When, in milliseconds.
        at: UnixMs,
        /// The messenger's code.
        error_code: String,
        /// The messenger's words.
        error_message: String,
        /// Our id of the message.
        message_id: crate::MessageId,
    },
}

/// A file of an incoming message as receivers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentLink {
    /// `image`, `video`, `audio` or `file`.
    pub media: crate::message::MediaKind,
    /// Where to download it, without further credentials, until the link expires.
    pub url: String,
    /// Its name.
    pub name: Option<String>,
    /// Its MIME type.
    pub mime: Option<String>,
}

/// Something that happened. Encoded once, at the commit that makes it a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, the `webhook-id` of all its deliveries.
    pub id: EventId,
    /// Of which bot.
    pub bot_id: BotId,
    /// What kind.
    pub kind: EventKind,
    /// The payload's `title`: the kind's word, or the name typed in a *send webhook*.
    pub title: String,
    /// When, the payload's `date`.
    pub at: UnixMs,
    /// The details.
    pub info: EventInfo,
    /// The contact at that moment.
    pub contact: ContactSnapshot,
}
