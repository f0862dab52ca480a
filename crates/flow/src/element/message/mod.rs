//! Message: says one or more things, offers what can be pressed, and may ask.
//!
//! The document's types stand here; `compile` checks them and parses their templates; `send` says them; `ask` handles the reply.

mod ask;
mod compile;
mod send;

use recado_model::{ElementId, message::Share};
use serde::{Deserialize, Serialize};

use crate::{document::Position, reply::InputKind};

pub(crate) use self::{
    ask::answered,
    compile::{CompiledMessage, compile},
    send::say_from,
};

/// The default number of tries of an input.
pub const TRIES_DEFAULT: u8 = 3;
/// The most tries of an input.
pub const TRIES_MAX: u8 = 10;
/// The default time limit of an input, in minutes.
pub const TIME_LIMIT_MIN_DEFAULT: u32 = 24 * 60;
/// The longest time limit of an input and the longest pause, in minutes.
pub const TIME_LIMIT_MIN_MAX: u32 = 30 * 24 * 60;
/// Parts of one message element.
pub const PARTS_MAX: usize = 20;
/// Characters of what a payment button sells.
pub const PAYMENT_TITLE_CHARS_MAX: usize = 32;
/// Seconds of one delay.
pub const DELAY_S_MAX: u32 = 15;
/// Cards of a gallery.
pub const CARDS_MAX: usize = 10;

/// Says something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What it says, in order.
    pub parts: Vec<MessagePart>,
}

/// One thing a message element says, or a pause between two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MessagePart {
    /// Text with light markup and templates.
    Text {
        /// `**bold**`, `_italic_`, `[text](https://…)`, `{{variables}}`.
        text: String,
        /// Buttons under it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<MessageButton>,
        /// Quick replies.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<QuickReply>,
    },
    /// A picture.
    Image(Media),
    /// A film.
    Video(Media),
    /// A sound.
    Audio(Media),
    /// Any file.
    File(Media),
    /// A row of cards: either written one by one, or made from a list.
    Gallery {
        /// The cards, 1 to 10; a gallery from a list has one, the template of all.
        cards: Vec<GalleryCard>,
        /// Name of the list variable whose items fill `{{item.…}}` of the card.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<String>,
        /// Quick replies.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<QuickReply>,
    },
    /// What follows comes later, with "typing" shown.
    Delay {
        /// 0 to 15.
        seconds: u32,
    },
    /// Asks, and waits for the reply.
    Input(InputPart),
}

/// A file by its URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// An absolute http or https URL, with templates.
    pub url: String,
    /// Text with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// Shown name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Buttons under it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<MessageButton>,
    /// Quick replies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<QuickReply>,
}

/// A card of a gallery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GalleryCard {
    /// Headline.
    pub title: String,
    /// Text under it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subtitle: String,
    /// URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<MessageButton>,
}

/// A button of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageButton {
    /// Unique in the element; names the output.
    pub id: String,
    /// What it says, at most 20 characters.
    pub label: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "MessageButtonAction::is_continue")]
    pub action: MessageButtonAction,
}

/// What a button does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MessageButtonAction {
    /// Goes on by the output `button:<id>`.
    #[default]
    Continue,
    /// Opens a URL.
    Link {
        /// Absolute, with templates.
        url: String,
    },
    /// Calls a number.
    Phone {
        /// International, with templates.
        phone: String,
    },
    /// Asks to pay; the output `paid:<id>` is taken once it is paid.
    Payment {
        /// What is paid for, 1 to 32 characters, with templates.
        title: String,
        /// In the currency's smallest unit, at least 1.
        amount: i64,
        /// ISO 4217 code.
        currency: String,
    },
}

impl MessageButtonAction {
    const fn is_continue(&self) -> bool {
        matches!(self, Self::Continue)
    }
}

/// A quick reply; goes on by the output `button:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickReply {
    /// Unique in the element; names the output.
    pub id: String,
    /// What it says, at most 20 characters.
    pub label: String,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InputPart {
    /// What is asked, with markup and templates.
    pub prompt: String,
    /// What replies are good.
    pub expects: InputKind,
    /// Name of the variable that keeps the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub save_to: Option<String>,
    /// Bad replies before `failed` is taken, 1 to 10. Default 3.
    #[serde(default = "tries_default")]
    pub tries: u8,
    /// Said after a bad reply while tries are left.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error_text: String,
    /// Minutes before `timeout` is taken, 1 to 43,200. Default 1,440.
    #[serde(default = "time_limit_default")]
    pub time_limit_min: u32,
    /// A button that shares the phone number or the location with one tap, where the channel has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

const fn tries_default() -> u8 {
    TRIES_DEFAULT
}

const fn time_limit_default() -> u32 {
    TIME_LIMIT_MIN_DEFAULT
}

impl MessageElement {
    /// `next`, one for each continue button, quick reply and payment, and `failed` and `timeout` when it asks.
    pub fn outputs(&self) -> Vec<String> {
        let mut outputs = vec!["next".to_owned()];
        for part in &self.parts {
            outputs.extend(part.buttons().into_iter().filter_map(MessageButton::output));
            outputs.extend(part.quick_replies().iter().map(|reply| format!("button:{}", reply.id)));
        }
        if self.parts.iter().any(|part| matches!(part, MessagePart::Input(_))) {
            outputs.extend(["failed".to_owned(), "timeout".to_owned()]);
        }
        outputs
    }
}

impl MessageButton {
    /// The output a press or a payment takes.
    pub fn output(&self) -> Option<String> {
        match self.action {
            MessageButtonAction::Continue => Some(format!("button:{}", self.id)),
            MessageButtonAction::Payment { .. } => Some(format!("paid:{}", self.id)),
            MessageButtonAction::Link { .. } | MessageButtonAction::Phone { .. } => None,
        }
    }
}

impl MessagePart {
    /// All its buttons, those of cards too.
    pub fn buttons(&self) -> Vec<&MessageButton> {
        match self {
            Self::Text { buttons, .. } => buttons.iter().collect(),
            Self::Image(media) | Self::Video(media) | Self::Audio(media) | Self::File(media) => {
                media.buttons.iter().collect()
            }
            Self::Gallery { cards, .. } => cards.iter().flat_map(|card| &card.buttons).collect(),
            Self::Delay { .. } | Self::Input(_) => Vec::new(),
        }
    }

    /// Its quick replies.
    pub fn quick_replies(&self) -> &[QuickReply] {
        match self {
            Self::Text { quick_replies, .. } | Self::Gallery { quick_replies, .. } => quick_replies,
            Self::Image(media) | Self::Video(media) | Self::Audio(media) | Self::File(media) => &media.quick_replies,
            Self::Delay { .. } | Self::Input(_) => &[],
        }
    }
}
