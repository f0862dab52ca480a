//! Buttons: inline keyboards, keyboards that share, and what Telegram does not take as a button.
//!
//! Quick replies are rows of the inline keyboard, below the buttons: a press carries its exact payload, and no keyboard has to be taken
//! away later. Only sharing (phone, location) needs a reply keyboard, since nothing else may ask for it.
//!
//! One bad button URL makes Telegram refuse the whole message, so each is checked first; one that would be refused becomes a line of
//! text. So does a phone number: Telegram refuses `tel:` in a button, and makes a number in a text one that can be tapped.

use recado_model::{
    Button, ButtonAction, MessageId, Part,
    limits::URL_BYTES_MAX,
    message::{Share, press_payload},
};
use serde_json::{Value as Json, json};

use crate::{Address, Request};

use super::methods;

/// Whether Telegram takes a URL in a button or a link: absolute http or https with a host of several labels or an address, or `tg:`.
/// Telegram refuses `http://localhost/` with "Wrong HTTP URL".
pub fn is_url_taken(url: &str) -> bool {
    if url.is_empty() || url.len() > URL_BYTES_MAX || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let Ok(parsed) = url::Url::parse(url) else { return false };
    match parsed.scheme() {
        "http" | "https" => match parsed.host() {
            Some(url::Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.contains('.') && name.split('.').all(|label| !label.is_empty())
            }
            Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
            None => false,
        },
        "tg" => parsed.host_str().is_some_and(|host| !host.is_empty()),
        _ => false,
    }
}

/// Whether a keyboard that asks to share stands on the person's screen after these messages, the newest first: then the next one should
/// take it away ([`Address::remove_keyboard`]). A message with buttons of its own, and an album, leave it where it is, for a message has
/// one markup.
pub fn keyboard_stands(sent: &[Part]) -> bool {
    sent.iter().find_map(leaves_keyboard).unwrap_or(false)
}

/// What a message does to the keyboard: shows one, takes it away, or neither.
fn leaves_keyboard(part: &Part) -> Option<bool> {
    let has_room = |buttons: &[Button], replies: &[Button]| buttons.is_empty() && replies.is_empty();
    match part {
        Part::Text { share: Some(_), .. } => Some(true),
        Part::Text { buttons, quick_replies, .. } | Part::Media { buttons, quick_replies, .. } => {
            has_room(buttons, quick_replies).then_some(false)
        }
        Part::Gallery { .. } | Part::Inbound { .. } => None,
    }
}

/// What the buttons of one message become.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// Rows of the inline keyboard.
    pub(super) rows: Vec<Json>,
    /// What is no button on Telegram, as lines of text.
    pub(super) lines: Vec<String>,
    /// Invoices, each a message of its own.
    pub(super) invoices: Vec<Request>,
}

impl Keyboard {
    /// Adds buttons, one a row; their indices go on from `first`.
    pub(super) fn add(&mut self, message_id: MessageId, buttons: &[Button], first: usize, to: &Address<'_>) {
        for (button, index) in buttons.iter().zip(first..) {
            let label = label(&button.label);
            let payload = press_payload(message_id, u16::try_from(index).unwrap_or(u16::MAX));
            match &button.action {
                ButtonAction::Press => self.rows.push(json!([{"text": label, "callback_data": payload}])),
                ButtonAction::Link { url } if is_url_taken(url) => self.rows.push(json!([{"text": label, "url": url}])),
                ButtonAction::Link { url } => self.lines.push(format!("{label}: {url}")),
                ButtonAction::Phone { phone } => self.lines.push(format!("{label}: {phone}")),
                ButtonAction::Payment { title, amount, currency } => {
                    match methods::send_invoice(to, label, title, &payload, *amount, currency) {
                        Some(invoice) => self.invoices.push(invoice),
                        None => self.lines.push(format!("{label}: {title}, {}", methods::price(*amount, currency))),
                    }
                }
            }
        }
    }

    /// The `reply_markup`, when there is a row.
    pub(super) fn markup(&self) -> Option<Json> {
        (!self.rows.is_empty()).then(|| json!({"inline_keyboard": self.rows}))
    }
}

/// A label that Telegram takes: it refuses a blank one.
fn label(label: &str) -> &str {
    if label.trim().is_empty() { "•" } else { label }
}

/// The reply keyboard that asks to share: <https://core.telegram.org/bots/api#keyboardbutton>. Quick replies stand under it as plain
/// text buttons: a text that equals a quick reply counts as its press.
pub(super) fn share_keyboard(share: Share, quick_replies: &[Button], to: &Address<'_>) -> Json {
    let mut rows = vec![match share {
        Share::Phone => json!([{"text": to.labels.share_phone, "request_contact": true}]),
        Share::Location => json!([{"text": to.labels.share_location, "request_location": true}]),
    }];
    rows.extend(quick_replies.iter().map(|reply| json!([{"text": label(&reply.label)}])));
    json!({"keyboard": rows, "resize_keyboard": true, "one_time_keyboard": true})
}
