//! Files: <https://core.telegram.org/bots/api#sending-files>. Telegram fetches a public URL itself: pictures up to 5 MB, others up to 20 MB,
//! and of documents only PDF, ZIP and GIF. What it would not fetch, or could not when it was asked, is uploaded; what can not be uploaded
//! goes as a link in a text.

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
use crate::{Address, Request, Units, Upload};

/// Bytes of a picture: <https://core.telegram.org/bots/api#sendphoto>.
const PHOTO_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of any other file. Telegram takes 50 MB; what it fetches by URL and gives to bots ends at 20 MB, so ours does too.
const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A file of a message.
pub(super) struct File<'a> {
    pub(super) media: MediaKind,
    pub(super) url: &'a str,
    pub(super) name: Option<&'a str>,
}

/// How Telegram gets a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It fetches the URL.
    Url,
    /// We upload the bytes.
    Upload,
}

/// How Telegram gets a file; `None` where it goes as a link.
fn way(file: &File<'_>, to: &Address<'_>) -> Option<Way> {
    let url = url::Url::parse(file.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let is_among = |urls: &[String]| urls.iter().any(|url| url == file.url);
    let url = url.filter(|_| !is_among(to.linked))?;
    let is_fetched = is_url_taken(file.url) && is_public(&url) && !is_among(to.uploaded);
    let is_taken = file.media != MediaKind::File || is_document_taken(&url);
    Some(if is_fetched && is_taken { Way::Url } else { Way::Upload })
}

/// The method and its field.
fn method(media: MediaKind) -> (&'static str, &'static str) {
    match media {
        MediaKind::Image => ("sendPhoto", "photo"),
        MediaKind::Video => ("sendVideo", "video"),
        MediaKind::Audio => ("sendAudio", "audio"),
        MediaKind::File => ("sendDocument", "document"),
    }
}

/// Whether Telegram could reach the host. A private address is ours to read: this server's own files, or what the operator allows.
fn is_public(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(_)) => true,
        Some(url::Host::Ipv4(ip)) => {
            !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified())
        }
        Some(url::Host::Ipv6(ip)) => !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local()),
        None => false,
    }
}

/// "In sendDocument, sending by URL will currently only work for GIF, PDF and ZIP files."
fn is_document_taken(url: &url::Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    [".pdf", ".zip", ".gif"].iter().any(|ending| path.ends_with(ending))
}

/// The upload of a file as a part of the form.
fn upload(file: &File<'_>, part: &str) -> Upload {
    let bytes_max = if file.media == MediaKind::Image { PHOTO_BYTES_MAX } else { FILE_BYTES_MAX };
    let name = file.name.filter(|name| !name.trim().is_empty()).map(ToOwned::to_owned);
    Upload { part: part.to_owned(), url: file.url.to_owned(), name, bytes_max }
}

/// Adds the file to a request that names it: to what goes with it, or to what Telegram fetches.
fn attach(request: &mut Request, file: &File<'_>, way: Way, part: &str) {
    match way {
        Way::Upload => request.uploads.push(upload(file, part)),
        Way::Url => request.fetched.push(file.url.to_owned()),
    }
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
    let (method, field) = method(file.media);
    let Some(way) = way(file, writer.to) else {
        let mut spans = vec![as_link(file)];
        if !caption.is_blank() {
            spans.push(Span { text: "\n\n".to_owned(), ..Span::default() });
            spans.extend(caption.0.iter().cloned());
        }
        let markup = keyboard.markup();
        writer.say(&RichText(spans), keyboard, markup);
        return;
    };
    let mut request = Request::new(method, json!({"chat_id": writer.chat_id, field: file.url}));
    attach(&mut request, file, way, field);
    let whole = with_lines(caption, &keyboard.lines);
    if Units::Utf16.count_rich(&whole) > LIMITS.caption_chars_max {
        writer.push(request, None);
        let markup = keyboard.markup();
        writer.say(caption, keyboard, markup);
        return;
    }
    if !whole.is_blank() {
        request.body["caption"] = to_html(&whole).into();
        request.body["parse_mode"] = "HTML".into();
    }
    writer.push(request, keyboard.markup());
    writer.requests.extend(keyboard.invoices);
}

/// Says 2 to 10 pictures without buttons as one album (<https://core.telegram.org/bots/api#sendmediagroup>); `false` when they are not
/// such, and nothing was said.
pub(super) fn write_album(writer: &mut Writer<'_>, cards: &[Card]) -> bool {
    if !(2..=10).contains(&cards.len()) {
        return false;
    }
    let mut media = Vec::with_capacity(cards.len());
    let mut request = Request::new("sendMediaGroup", json!({"chat_id": writer.chat_id}));
    for card in cards {
        let image = card.image.as_deref().filter(|_| card.buttons.is_empty());
        let image = image.map(|url| File { media: MediaKind::Image, url, name: None });
        let Some((file, way)) = image.and_then(|file| way(&file, writer.to).map(|way| (file, way))) else {
            return false;
        };
        let caption = card_text(card);
        if Units::Utf16.count_rich(&caption) > LIMITS.caption_chars_max {
            return false;
        }
        let mut photo = json!({"type": "photo", "media": file.url});
        let part = format!("file{}", request.uploads.len());
        if way == Way::Upload {
            photo["media"] = format!("attach://{part}").into();
        }
        attach(&mut request, &file, way, &part);
        if !caption.is_blank() {
            photo["caption"] = to_html(&caption).into();
            photo["parse_mode"] = "HTML".into();
        }
        media.push(photo);
    }
    request.body["media"] = Json::Array(media);
    // An album takes no markup at all, so it cannot take a keyboard away either.
    writer.requests.push(request);
    true
}
