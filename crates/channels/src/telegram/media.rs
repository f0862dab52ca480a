//! Files by URL: <https://core.telegram.org/bots/api#sending-files>. Telegram fetches them itself: pictures up to 5 MB, others up to
//! 20 MB, and of documents only PDF, ZIP and GIF. What it would refuse goes as a link in a text.

use recado_model::{
    RichText,
    message::{Card, MediaKind, Span},
};
use serde_json::{Value as Json, json};

use super::{
    LIMITS,
    button::{Keyboard, is_url_taken},
    html::to_html,
    render::{Writer, card_text, with_lines},
};
use crate::Units;

/// A file of a message.
pub(super) struct File<'a> {
    pub(super) media: MediaKind,
    pub(super) url: &'a str,
    pub(super) name: Option<&'a str>,
}

/// The method and its field; `None` where Telegram would refuse the URL.
fn method(file: &File<'_>) -> Option<(&'static str, &'static str)> {
    if !is_url_taken(file.url) {
        return None;
    }
    match file.media {
        MediaKind::Image => Some(("sendPhoto", "photo")),
        MediaKind::Video => Some(("sendVideo", "video")),
        MediaKind::Audio => Some(("sendAudio", "audio")),
        MediaKind::File => is_document_taken(file.url).then_some(("sendDocument", "document")),
    }
}

/// "In sendDocument, sending by URL will currently only work for GIF, PDF and ZIP files."
fn is_document_taken(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| {
        let path = url.path().to_ascii_lowercase();
        [".pdf", ".zip", ".gif"].iter().any(|ending| path.ends_with(ending))
    })
}

/// The file as a line that links to it.
fn as_link(file: &File<'_>) -> Span {
    let name = file.name.filter(|name| !name.trim().is_empty()).unwrap_or(file.url);
    let linked = is_url_taken(file.url);
    let text = if linked || name == file.url { name.to_owned() } else { format!("{name}: {}", file.url) };
    Span { text, link: linked.then(|| file.url.to_owned()), ..Span::default() }
}

/// Says a file with its caption and buttons. A caption that is too long follows as a text, which then carries the buttons.
pub(super) fn write(writer: &mut Writer<'_>, file: &File<'_>, caption: &RichText, keyboard: Keyboard) {
    let Some((method, field)) = method(file) else {
        let mut spans = vec![as_link(file)];
        if !caption.is_blank() {
            spans.push(Span { text: "\n\n".to_owned(), ..Span::default() });
            spans.extend(caption.0.iter().cloned());
        }
        let markup = keyboard.markup();
        writer.say(&RichText(spans), keyboard, markup);
        return;
    };
    let mut body = json!({"chat_id": writer.chat_id, field: file.url});
    let whole = with_lines(caption, &keyboard.lines);
    if Units::Utf16.count_rich(&whole) > LIMITS.caption_chars_max {
        writer.push(method, body, None);
        let markup = keyboard.markup();
        writer.say(caption, keyboard, markup);
        return;
    }
    if !whole.is_blank() {
        body["caption"] = to_html(&whole).into();
        body["parse_mode"] = "HTML".into();
    }
    writer.push(method, body, keyboard.markup());
    writer.requests.extend(keyboard.invoices);
}

/// Says 2 to 10 pictures without buttons as one album (<https://core.telegram.org/bots/api#sendmediagroup>); `false` when they are not
/// such, and nothing was said.
pub(super) fn write_album(writer: &mut Writer<'_>, cards: &[Card]) -> bool {
    if !(2..=10).contains(&cards.len()) {
        return false;
    }
    let mut media = Vec::with_capacity(cards.len());
    for card in cards {
        let Some(url) = card.image.as_deref().filter(|url| card.buttons.is_empty() && is_url_taken(url)) else {
            return false;
        };
        let caption = card_text(card);
        if Units::Utf16.count_rich(&caption) > LIMITS.caption_chars_max {
            return false;
        }
        let mut photo = json!({"type": "photo", "media": url});
        if !caption.is_blank() {
            photo["caption"] = to_html(&caption).into();
            photo["parse_mode"] = "HTML".into();
        }
        media.push(photo);
    }
    let body = json!({"chat_id": writer.chat_id, "media": Json::Array(media)});
    // An album takes no markup at all, so it cannot take a keyboard away either.
    writer.requests.push(crate::Request { method: "sendMediaGroup", body });
    true
}
