//! From a message to the requests that say it.

use recado_model::{
    Button, Message, Part, RichText,
    message::{Card, Share, Span},
};
use serde_json::{Value as Json, json};

use super::{
    LIMITS,
    button::{Keyboard, share_keyboard},
    html::to_html,
    media, methods,
};
use crate::{Address, Request, Units, Unsayable, split};

/// What stands where Telegram wants a text and the message has only buttons.
const POINTER: &str = "👇";

/// Gathers the requests of one message.
pub(super) struct Writer<'a> {
    pub(super) to: &'a Address<'a>,
    pub(super) chat_id: Json,
    pub(super) requests: Vec<Request>,
}

/// The requests that say a message, one after the other.
pub fn render(message: &Message, to: &Address<'_>) -> Result<Vec<Request>, Unsayable> {
    let chat_id = methods::chat_id(to.identity).ok_or(Unsayable::Identity)?;
    let mut writer = Writer { to, chat_id, requests: Vec::new() };
    match &message.part {
        Part::Text { text, buttons, quick_replies, share, .. } => {
            writer.text(message, text, buttons, quick_replies, *share);
        }
        Part::Media { media, url, caption, name, buttons, quick_replies } => {
            let mut keyboard = Keyboard::default();
            keyboard.add(message.id, buttons, 0, to);
            keyboard.add(message.id, quick_replies, buttons.len(), to);
            let file = media::File { media: *media, url, name: name.as_deref() };
            media::write(&mut writer, &file, caption, keyboard);
        }
        Part::Gallery { cards, quick_replies } => writer.gallery(message, cards, quick_replies),
        Part::Inbound { .. } => return Err(Unsayable::Inbound),
    }
    if writer.requests.is_empty() { Err(Unsayable::Empty) } else { Ok(writer.requests) }
}

impl Writer<'_> {
    fn text(
        &mut self,
        message: &Message,
        text: &RichText,
        buttons: &[Button],
        replies: &[Button],
        share: Option<Share>,
    ) {
        let mut keyboard = Keyboard::default();
        keyboard.add(message.id, buttons, 0, self.to);
        match share {
            None => {
                keyboard.add(message.id, replies, buttons.len(), self.to);
                let markup = keyboard.markup();
                self.say(text, keyboard, markup);
            }
            Some(share) => {
                let sharing = share_keyboard(share, replies, self.to);
                match keyboard.markup() {
                    // A message has one keyboard: the inline one stays with the text, sharing gets a message of its own.
                    Some(inline) => {
                        self.say(text, keyboard, Some(inline));
                        let words = match share {
                            Share::Phone => self.to.labels.share_phone,
                            Share::Location => self.to.labels.share_location,
                        };
                        self.say(&RichText::plain(words), Keyboard::default(), Some(sharing));
                    }
                    None => self.say(text, keyboard, Some(sharing)),
                }
            }
        }
    }

    /// Says a text in as many pieces as it needs, with the markup on the last, and then the invoices.
    pub(super) fn say(&mut self, text: &RichText, keyboard: Keyboard, markup: Option<Json>) {
        let Keyboard { rows: _, lines, invoices } = keyboard;
        let mut text = with_lines(text, &lines);
        if text.is_blank() && markup.is_some() {
            text = RichText::plain(POINTER);
        }
        let pieces: Vec<RichText> =
            split(&text, LIMITS.text_chars_max, Units::Utf16).into_iter().filter(|piece| !piece.is_blank()).collect();
        let last = pieces.len().saturating_sub(1);
        for (index, piece) in pieces.iter().enumerate() {
            let mut body = json!({"chat_id": self.chat_id, "text": to_html(piece), "parse_mode": "HTML"});
            if !self.to.link_preview {
                body["link_preview_options"] = json!({"is_disabled": true});
            }
            let markup = if index == last { markup.clone() } else { None };
            self.push(Request::new("sendMessage", body), markup);
        }
        self.requests.extend(invoices);
    }

    /// Adds a request with its markup; the first request without one takes an old keyboard away.
    pub(super) fn push(&mut self, mut request: Request, markup: Option<Json>) {
        let removal =
            || (self.to.remove_keyboard && self.requests.is_empty()).then(|| json!({"remove_keyboard": true}));
        if let Some(markup) = markup.or_else(removal) {
            request.body["reply_markup"] = markup;
        }
        self.requests.push(request);
    }

    /// Pictures without buttons go together; otherwise each card is a message with its own buttons.
    fn gallery(&mut self, message: &Message, cards: &[Card], replies: &[Button]) {
        if replies.is_empty() && media::write_album(self, cards) {
            return;
        }
        let mut first = 0;
        let last = cards.len().saturating_sub(1);
        for (index, card) in cards.iter().enumerate() {
            let mut keyboard = Keyboard::default();
            keyboard.add(message.id, &card.buttons, first, self.to);
            first += card.buttons.len();
            if index == last {
                keyboard.add(message.id, replies, first, self.to);
            }
            let caption = card_text(card);
            if let Some(url) = &card.image {
                let file = media::File { media: recado_model::message::MediaKind::Image, url, name: None };
                media::write(self, &file, &caption, keyboard);
            } else {
                let markup = keyboard.markup();
                self.say(&caption, keyboard, markup);
            }
        }
    }
}

/// A card's headline in bold, its text below.
pub(super) fn card_text(card: &Card) -> RichText {
    let mut spans = Vec::new();
    if !card.title.trim().is_empty() {
        spans.push(Span { text: card.title.clone(), bold: true, ..Span::default() });
    }
    if !card.subtitle.trim().is_empty() {
        let gap = if spans.is_empty() { "" } else { "\n" };
        spans.push(Span { text: format!("{gap}{}", card.subtitle), ..Span::default() });
    }
    RichText(spans)
}

/// The text with lines under it.
pub(super) fn with_lines(text: &RichText, lines: &[String]) -> RichText {
    if lines.is_empty() {
        return text.clone();
    }
    let mut spans = if text.is_blank() { Vec::new() } else { text.0.clone() };
    let gap = if spans.is_empty() { "" } else { "\n\n" };
    spans.push(Span { text: format!("{gap}{}", lines.join("\n")), ..Span::default() });
    RichText(spans)
}
