//! Telegram, by the Bot API 10.3 (<https://core.telegram.org/bots/api>).
//!
//! Every update says something once, under its `update_id`. A private chat's id is the person's identity. Messages of groups and
//! channels, edits, and updates of kinds we do not know have no effect and are kept raw. An edited message is *not* taken as a new one:
//! a run that has gone on cannot take back what it did.
//!
//! A message may need several requests (a long text, a gallery, an invoice). They are the same every time it is rendered, so whoever
//! sends them may stop after any and go on later.

mod button;
mod html;
mod media;
pub mod methods;
mod outcome;
mod render;
mod update;

use http::HeaderMap;
use recado_model::ChannelLimits;
use subtle::ConstantTimeEq;

use crate::Unverified;

pub use button::{is_url_taken, keyboard_stands};
pub use html::to_html;
pub use methods::{is_identity, typing};
pub use outcome::{answer, outcome};
pub use render::render;
pub use update::{id_of, parse, parse_update, parse_updates};

/// What Telegram can carry: <https://core.telegram.org/bots/api#sendmessage>. Lengths count UTF-16 code units after entity parsing.
pub const LIMITS: ChannelLimits = ChannelLimits {
    text_chars_max: 4_096,
    caption_chars_max: 1_024,
    buttons_max: recado_model::limits::BUTTONS_MAX,
    quick_replies_max: recado_model::limits::QUICK_REPLIES_MAX,
    label_chars_max: recado_model::limits::BUTTON_LABEL_CHARS_MAX,
    shares_phone: true,
    shares_location: true,
    takes_payments: true,
    window_hours: None,
};

/// Bytes of a button's `callback_data`: <https://core.telegram.org/bots/api#inlinekeyboardbutton>.
pub const CALLBACK_DATA_BYTES_MAX: usize = 64;

/// The header that carries the secret given to `setWebhook`: <https://core.telegram.org/bots/api#setwebhook>.
pub const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Whether a request carries the secret. Takes the same time wherever the two differ; an empty secret lets nobody in.
pub fn verify(secret: &str, headers: &HeaderMap) -> Result<(), Unverified> {
    let mut given = headers.get_all(SECRET_HEADER).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return Err(Unverified) };
    let same: bool = value.as_bytes().ct_eq(secret.as_bytes()).into();
    if same && !secret.is_empty() { Ok(()) } else { Err(Unverified) }
}
