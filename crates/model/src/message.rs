//! One thing said, in or out.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{BotId, ContactId, ElementId, FileId, FlowId, MessageId, UnixMs, VersionId};

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The contact.
    In,
    /// The bot or an agent.
    Out,
}

/// What became of a message. An inbound one is `Received`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// It came in.
    Received,
    /// It waits to be sent.
    Queued,
    /// The messenger took it.
    Sent,
    /// The messenger brought it to the person.
    Delivered,
    /// The person read it.
    Read,
    /// The messenger refused it for good.
    Failed,
    /// It was not sent because the contact left.
    Cancelled,
}

/// A run of characters with one look. Text of contacts only ever stands in `text`, so it can not become markup.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Span {
    /// The characters.
    pub text: String,
    /// Shown bold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// Shown italic.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    /// Leads to an absolute http or https URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Text with looks, as spans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct RichText(pub Vec<Span>);

impl RichText {
    /// Plain text in one span.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![Span { text: text.into(), ..Span::default() }])
    }

    /// Its characters without looks.
    pub fn to_plain(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }

    /// Whether there is nothing to read.
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(|span| span.text.trim().is_empty())
    }
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ButtonAction {
    /// A press comes back to the bot.
    Press,
    /// Opens a URL.
    Link {
        /// Where to; already the tracked link when the bot's link tracking is on.
        url: String,
    },
    /// Calls a number.
    Phone {
        /// `+` and digits.
        phone: String,
    },
    /// Asks to pay.
    Payment {
        /// What is paid for, 1 to 32 characters.
        title: String,
        /// In the currency's smallest unit.
        amount: i64,
        /// ISO 4217 code.
        currency: String,
    },
}

/// A button under a message, or a quick reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Button {
    /// What it says, at most 20 characters.
    pub label: String,
    /// What it does.
    pub action: ButtonAction,
}

/// One card of a gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Card {
    /// Headline.
    pub title: String,
    /// Text under it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subtitle: String,
    /// URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its buttons; their indices go on from the card before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

/// What kind of file a media part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any file.
    File,
}

/// What the person is asked to share with one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// The own phone number.
    Phone,
    /// The own location.
    Location,
}

/// The content of a message, after templates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// Text, with what can be pressed.
    Text {
        /// The text.
        text: RichText,
        /// Buttons under it, at most [`crate::limits::BUTTONS_MAX`]. Their indices come first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<Button>,
        /// Quick replies, at most [`crate::limits::QUICK_REPLIES_MAX`]. Their indices go on from the buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<Button>,
        /// What the person is asked to share.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<Share>,
        /// What an input expects, so that a web chat can show the fitting keyboard: `text`, `number`, `date`, …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expects: Option<String>,
    },
    /// A file.
    Media {
        /// Which kind.
        media: MediaKind,
        /// Where it is: an absolute URL.
        url: String,
        /// Text with it.
        #[serde(default)]
        caption: RichText,
        /// Shown name of a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Buttons under it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<Button>,
        /// Quick replies; their indices go on from the buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<Button>,
    },
    /// A row of cards.
    Gallery {
        /// The cards, 1 to 10.
        cards: Vec<Card>,
        /// Quick replies; their indices go on from the cards' buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<Button>,
    },
    /// What a contact said (inbound only).
    Inbound {
        /// Its text, when there is one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// Files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        /// A place that it shared, (latitude, longitude) in degrees.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<(f64, f64)>,
        /// Its own phone number, when it shared that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<String>,
    },
}

impl Part {
    /// A text that a contact said.
    pub fn said(text: impl Into<String>) -> Self {
        Self::Inbound { text: text.into(), attachments: Vec::new(), location: None, phone: None }
    }
}

/// A file that a contact sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attachment {
    /// Which kind.
    pub media: MediaKind,
    /// The messenger's id of the file, or its URL; useless to a receiver without the bot's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
    /// Our copy, once we have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What a sent message offers to press, and the context a press starts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The message that carries the buttons.
    pub message_id: MessageId,
    /// The flow that sent it.
    pub flow_id: FlowId,
    /// The version that sent it.
    pub version_id: VersionId,
    /// The message element.
    pub element: ElementId,
    /// What can be pressed, by index.
    pub choices: Vec<Choice>,
    /// `{{$data}}` of the run that sent it.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub data: Json,
    /// `{{$response}}` of the run that sent it.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub response: Json,
    /// `{{$start}}` of the run that sent it.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub start: Json,
    /// Where the calls of the run that sent it return to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<crate::Frame>,
}

/// One thing that can be pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its label as sent.
    pub label: String,
    /// The element's output that a press takes; `None` for links and phones.
    pub output: Option<String>,
}

/// The payload of a button: `<message id>:<index>`, at most 48 bytes, so it fits Telegram's 64.
pub fn press_payload(message_id: MessageId, button: u16) -> String {
    format!("{message_id}:{button}")
}

/// The message and the index of a [`press_payload`]; `None` for anything else.
pub fn parse_press_payload(payload: &str) -> Option<(MessageId, u16)> {
    let (message_id, button) = payload.split_once(':')?;
    Some((message_id.parse().ok()?, button.parse().ok()?))
}

/// The person who sent an outgoing message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SentBy {
    /// Given name.
    pub firstname: String,
    /// Family name.
    pub lastname: String,
    /// Address.
    pub email: String,
}

/// One thing said, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Whose bot.
    pub bot_id: BotId,
    /// In whose conversation.
    pub contact_id: ContactId,
    /// In or out.
    pub direction: Direction,
    /// What became of it.
    pub status: MessageStatus,
    /// What was said.
    pub part: Part,
    /// The messenger's own id of it.
    pub external_id: Option<String>,
    /// When it was said.
    pub at: UnixMs,
    /// It is not sent before this moment (a delay with "typing").
    pub not_before: UnixMs,
    /// What it offers to press.
    pub offer: Option<Offer>,
    /// Who sent it, when a person did.
    pub sent_by: Option<SentBy>,
    /// Why it failed, in words.
    pub error: Option<String>,
}
