//! What each channel understands, says and makes of answers. Snapshots hold every wire shape.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;
mod entries;
mod hostile;
mod livechat;
mod pace;
mod split;
mod telegram_outcome;
mod telegram_parse;
mod telegram_render;

use recado_model::{
    BotId, Button, ButtonAction, ContactId, Direction, Message, MessageId, MessageStatus, Part, RichText, UnixMs,
    message::Span,
};

/// A message of the bot with a fixed id.
fn message(part: Part) -> Message {
    Message {
        id: "0190f5fe-7a00-7000-8000-000000000001".parse::<MessageId>().unwrap(),
        bot_id: BotId::from_bytes([1; 16]),
        contact_id: ContactId::from_bytes([2; 16]),
        direction: Direction::Out,
        status: MessageStatus::Queued,
        part,
        external_id: None,
        at: UnixMs(1_790_000_000_000),
        not_before: UnixMs(1_790_000_000_000),
        offer: None,
        sent_by: None,
        error: None,
    }
}

fn text(text: RichText, buttons: Vec<Button>, quick_replies: Vec<Button>) -> Part {
    Part::Text { text, buttons, quick_replies, share: None, expects: None }
}

fn press(label: &str) -> Button {
    Button { label: label.to_owned(), action: ButtonAction::Press }
}

fn link(label: &str, url: &str) -> Button {
    Button { label: label.to_owned(), action: ButtonAction::Link { url: url.to_owned() } }
}

fn phone(label: &str, phone: &str) -> Button {
    Button { label: label.to_owned(), action: ButtonAction::Phone { phone: phone.to_owned() } }
}

fn payment(label: &str, currency: &str) -> Button {
    let action = ButtonAction::Payment { title: "A seat".to_owned(), amount: 4_250, currency: currency.to_owned() };
    Button { label: label.to_owned(), action }
}

fn rich() -> RichText {
    let span = |text: &str, bold, italic, link: Option<&str>| Span {
        text: text.to_owned(),
        bold,
        italic,
        link: link.map(ToOwned::to_owned),
    };
    RichText(vec![
        span("Hello <Ann> & \"co\", ", false, false, None),
        span("bold", true, false, None),
        span(" and both", true, true, None),
        span(" a link", false, false, Some("https://example.com/?a=1&b=\"2\"")),
        span(" no link", false, false, Some("javascript:alert(1)")),
    ])
}
