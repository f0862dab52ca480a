//! The web chat: our own channel, with no messenger behind it.
//!
//! A visitor's page sends small JSON objects and is shown small JSON objects; both are defined here. Who the visitor is says the
//! session, never the body. Sending is immediate: a message that is committed is shown, so its outcome is `Sent` with our own object.

use std::sync::Arc;

use recado_model::{
    Button, ButtonAction, ChannelLimits, Direction, FileId, Inbound, InboundKind, Message, Part, Profile, RichText,
    inbound::DedupKind,
    limits::{BUTTON_LABEL_CHARS_MAX, BUTTONS_MAX, INBOUND_TEXT_BYTES_MAX, QUICK_REPLIES_MAX},
    message::{Attachment, MediaKind, parse_press_payload, press_payload},
};
use serde_json::{Map, Value as Json, json};

use crate::{Address, SendOutcome, Unreadable, Unsayable};

/// What the web chat can carry.
pub const LIMITS: ChannelLimits = ChannelLimits {
    text_chars_max: 16_384,
    caption_chars_max: 4_096,
    buttons_max: BUTTONS_MAX,
    quick_replies_max: QUICK_REPLIES_MAX,
    label_chars_max: BUTTON_LABEL_CHARS_MAX,
    shares_phone: true,
    shares_location: true,
    takes_payments: false,
    window_hours: None,
};

/// Characters of the id that a visitor's page gives its message.
pub const MESSAGE_ID_CHARS_MAX: usize = 64;
/// Characters of a name or an address in a shared contact.
const CONTACT_CHARS_MAX: usize = 255;
/// The fields of which a message has exactly one; `text` may stand beside `file`.
const CONTENT: [&str; 5] = ["text", "payload", "location", "contact", "file"];

fn invalid(field: &'static str, problem: impl Into<String>) -> Unreadable {
    Unreadable::Invalid { field, problem: problem.into() }
}

/// What a visitor's message says: `{"id", "text" | "payload" | "location" | "contact" | "file"}`.
///
/// - `id`: 1 to 64 visible ASCII characters, chosen by the page; the same id again is the same message. One that begins with the time is cheapest to store.
/// - `text`: 1 to 16,384 bytes, not blank.
/// - `payload`: of a button of this chat.
/// - `location`: `{"lat", "lon"}` in degrees.
/// - `contact`: `{"phone", "name"?, "email"?}`, the visitor's own.
/// - `file`: the id of an uploaded file, with a `text` beside it when wanted. The server fills in the file's kind, name and size.
pub fn parse(body: &[u8], identity: &str) -> Result<Inbound, Unreadable> {
    let json: Json = serde_json::from_slice(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    let Json::Object(fields) = json else { return Err(invalid("message", "must be a JSON object")) };
    known_fields(&fields)?;
    let id = message_id(&fields)?;
    let mut profile = Profile::default();
    let kind = content(&fields, &mut profile)?;
    Ok(Inbound {
        dedup_key: format!("{id}:{identity}"),
        dedup_kind: DedupKind::Message,
        identity: identity.to_owned(),
        profile,
        kind,
        message_id: Json::String(id),
        chat_id: Json::String(identity.to_owned()),
        raw: Arc::new(Json::Object(fields)),
    })
}

/// A web chat that was opened: the same session opens it once a visit (empty: the page does not tell its visits apart).
pub fn opened(identity: &str, profile: Profile, payload: Option<String>, visit: &str) -> Inbound {
    let mut raw = Map::new();
    if let Some(payload) = &payload {
        raw.insert("ref".to_owned(), payload.clone().into());
    }
    Inbound {
        dedup_key: if visit.is_empty() { format!("opened:{identity}") } else { format!("opened:{identity}:{visit}") },
        dedup_kind: DedupKind::Message,
        identity: identity.to_owned(),
        profile,
        kind: InboundKind::Start { payload, said: false },
        message_id: Json::Null,
        chat_id: Json::String(identity.to_owned()),
        raw: Arc::new(Json::Object(raw)),
    }
}

fn known_fields(fields: &Map<String, Json>) -> Result<(), Unreadable> {
    match fields.keys().find(|name| *name != "id" && !CONTENT.contains(&name.as_str())) {
        Some(name) => {
            let name: String = name.chars().take(64).collect();
            Err(invalid("message", format!("has an unknown field `{name}`")))
        }
        None => Ok(()),
    }
}

fn message_id(fields: &Map<String, Json>) -> Result<String, Unreadable> {
    let Some(id) = fields.get("id").and_then(Json::as_str) else { return Err(invalid("id", "must be a text")) };
    if id.is_empty() || id.len() > MESSAGE_ID_CHARS_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("id", format!("must be 1 to {MESSAGE_ID_CHARS_MAX} visible ASCII characters")));
    }
    Ok(id.to_owned())
}

fn content(fields: &Map<String, Json>, profile: &mut Profile) -> Result<InboundKind, Unreadable> {
    let given: Vec<&str> = CONTENT.into_iter().filter(|name| fields.contains_key(*name)).collect();
    let said = |text| InboundKind::Message { text, attachments: Vec::new(), location: None, phone: None };
    match given.as_slice() {
        ["text"] => Ok(said(text(&fields["text"])?)),
        ["payload"] => payload(&fields["payload"]),
        ["location"] => location(&fields["location"]),
        ["contact"] => contact(&fields["contact"], profile),
        ["file"] => file(&fields["file"], String::new()),
        ["text", "file"] => file(&fields["file"], text(&fields["text"])?),
        _ => Err(invalid("message", "must have exactly one of text, payload, location, contact and file")),
    }
}

fn text(json: &Json) -> Result<String, Unreadable> {
    let Some(text) = json.as_str() else { return Err(invalid("text", "must be a text")) };
    if text.len() > INBOUND_TEXT_BYTES_MAX {
        return Err(invalid("text", format!("is {} bytes long; {INBOUND_TEXT_BYTES_MAX} is the most", text.len())));
    }
    if text.trim().is_empty() {
        return Err(invalid("text", "is blank"));
    }
    if text.contains('\0') {
        return Err(invalid("text", "contains a NUL character"));
    }
    Ok(text.to_owned())
}

fn payload(json: &Json) -> Result<InboundKind, Unreadable> {
    let payload = json.as_str().filter(|payload| parse_press_payload(payload).is_some());
    let payload = payload.ok_or_else(|| invalid("payload", "is not one of a button of this chat"))?;
    Ok(InboundKind::Press { payload: payload.to_owned(), callback_id: None })
}

fn location(json: &Json) -> Result<InboundKind, Unreadable> {
    let degrees = |name: &str, max: f64| json[name].as_f64().filter(|degrees| degrees.abs() <= max);
    let (Some(lat), Some(lon)) = (degrees("lat", 90.0), degrees("lon", 180.0)) else {
        return Err(invalid("location", "must be {\"lat\", \"lon\"} in degrees, −90 to 90 and −180 to 180"));
    };
    let location = Some((lat, lon));
    Ok(InboundKind::Message { text: String::new(), attachments: Vec::new(), location, phone: None })
}

fn contact(json: &Json, profile: &mut Profile) -> Result<InboundKind, Unreadable> {
    let word = |name: &'static str| match &json[name] {
        Json::Null => Ok(None),
        Json::String(word) if word.chars().count() <= CONTACT_CHARS_MAX && !word.contains(char::is_control) => {
            Ok(Some(word.trim().to_owned()).filter(|word| !word.is_empty()))
        }
        Json::String(_) | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            Err(invalid("contact", format!("{name} must be a text of at most {CONTACT_CHARS_MAX} characters")))
        }
    };
    let phone = word("phone")?.as_deref().and_then(canonical_phone);
    let phone = phone.ok_or_else(|| invalid("contact", "phone must be an international number, as in +34911234567"))?;
    profile.name = word("name")?.unwrap_or_default();
    profile.email = word("email")?;
    profile.phone = Some(phone.clone());
    Ok(InboundKind::Message { text: String::new(), attachments: Vec::new(), location: None, phone: Some(phone) })
}

/// `+` and 7 to 15 digits (E.164), however it was punctuated.
fn canonical_phone(text: &str) -> Option<String> {
    let rest = text.strip_prefix('+')?;
    if rest.contains(|c: char| !c.is_ascii_digit() && !matches!(c, ' ' | '-' | '.' | '(' | ')')) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (7..=15).contains(&digits.len()).then(|| format!("+{digits}"))
}

fn file(json: &Json, text: String) -> Result<InboundKind, Unreadable> {
    let file_id: Option<FileId> = json.as_str().and_then(|id| id.parse().ok());
    let file_id = file_id.ok_or_else(|| invalid("file", "must be the id of an uploaded file"))?;
    let attachment = Attachment {
        media: MediaKind::File,
        external: None,
        file_id: Some(file_id),
        name: None,
        mime: None,
        bytes: None,
    };
    Ok(InboundKind::Message { text, attachments: vec![attachment], location: None, phone: None })
}

/// What becomes of a message to a visitor: it is shown, so it is sent.
pub fn render(message: &Message, to: &Address<'_>) -> Result<SendOutcome, Unsayable> {
    match &message.part {
        Part::Inbound { .. } => return Err(Unsayable::Inbound),
        Part::Text { text, buttons, quick_replies, share, .. } => {
            if text.is_blank() && buttons.is_empty() && quick_replies.is_empty() && share.is_none() {
                return Err(Unsayable::Empty);
            }
        }
        Part::Media { url, .. } if url.is_empty() => return Err(Unsayable::Empty),
        Part::Gallery { cards, .. } if cards.is_empty() => return Err(Unsayable::Empty),
        Part::Media { .. } | Part::Gallery { .. } => {}
    }
    let id = message.id.to_string();
    Ok(SendOutcome::Sent {
        external_id: id.clone(),
        message_json: show_part(message),
        message_id: Json::String(id),
        chat_id: Json::String(to.identity.to_owned()),
    })
}

/// A message as the visitor's page gets it: `{"id", "seq", "direction", "at", "part", "sent_by"?}`. `seq` is the server's sequence, by
/// which the page resumes; `at` is in milliseconds. Of an agent only the given name is told.
pub fn show(message: &Message, seq: i64) -> Json {
    let direction = match message.direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    let mut shown = json!({
        "id": message.id.to_string(),
        "seq": seq,
        "direction": direction,
        "at": message.at.0,
        "part": show_part(message),
    });
    if let Some(person) = &message.sent_by {
        shown["sent_by"] = json!({"firstname": person.firstname});
    }
    shown
}

/// A message's part as the page gets it: as the model writes it, with each button flat and with its payload.
fn show_part(message: &Message) -> Json {
    match &message.part {
        Part::Text { text, buttons, quick_replies, share, expects } => {
            let mut part = json!({"kind": "text", "text": spans(text)});
            show_buttons(&mut part, message, buttons, quick_replies, 0);
            if let Some(share) = share {
                part["share"] = json!(share);
            }
            if let Some(expects) = expects {
                part["expects"] = expects.as_str().into();
            }
            part
        }
        Part::Media { media, url, caption, name, buttons, quick_replies } => {
            let mut part = json!({"kind": "media", "media": media, "url": url, "caption": spans(caption)});
            if let Some(name) = name {
                part["name"] = name.as_str().into();
            }
            show_buttons(&mut part, message, buttons, quick_replies, 0);
            part
        }
        Part::Gallery { cards, quick_replies } => {
            let mut first = 0;
            let mut shown = Vec::with_capacity(cards.len());
            for card in cards {
                let mut json = json!({"title": card.title, "subtitle": card.subtitle, "image": card.image});
                show_buttons(&mut json, message, &card.buttons, &[], first);
                first += card.buttons.len();
                shown.push(json);
            }
            let mut part = json!({"kind": "gallery", "cards": shown});
            show_buttons(&mut part, message, &[], quick_replies, first);
            part
        }
        Part::Inbound { text, attachments, location, phone } => {
            let mut shown = show_inbound(text, attachments);
            if let Some((lat, lon)) = location {
                shown["location"] = json!({"lat": lat, "lon": lon});
            }
            if let Some(phone) = phone {
                shown["phone"] = json!(phone);
            }
            shown
        }
    }
}

/// What the visitor said. Of a file the page gets our id of it, never a messenger's.
fn show_inbound(text: &str, attachments: &[Attachment]) -> Json {
    let files: Vec<Json> = attachments
        .iter()
        .map(|file| {
            let id = file.file_id.map(|id| id.to_string());
            json!({"media": file.media, "file": id, "name": file.name, "mime": file.mime, "bytes": file.bytes})
        })
        .collect();
    json!({"kind": "inbound", "text": text, "attachments": files})
}

/// Only links that a page may open; the page itself never gets another scheme to put in a link.
fn spans(text: &RichText) -> Json {
    let mut text = text.clone();
    for span in &mut text.0 {
        span.link = span.link.take().filter(|url| is_web_url(url));
    }
    json!(text)
}

fn is_web_url(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn show_buttons(into: &mut Json, message: &Message, buttons: &[Button], quick_replies: &[Button], first: usize) {
    for (name, list, first) in [("buttons", buttons, first), ("quick_replies", quick_replies, first + buttons.len())] {
        if !list.is_empty() {
            into[name] = list.iter().zip(first..).map(|(button, index)| show_button(message, button, index)).collect();
        }
    }
}

/// A button, flat: `kind` is `press` (with `payload`), `link` (`url`), `phone` (`phone`) or `payment`, which nobody can press here.
fn show_button(message: &Message, button: &Button, index: usize) -> Json {
    let label = &button.label;
    match &button.action {
        ButtonAction::Press => {
            let payload = press_payload(message.id, u16::try_from(index).unwrap_or(u16::MAX));
            json!({"label": label, "kind": "press", "payload": payload})
        }
        ButtonAction::Link { url } if is_web_url(url) => json!({"label": label, "kind": "link", "url": url}),
        ButtonAction::Link { .. } => json!({"label": label, "kind": "link"}),
        ButtonAction::Phone { phone } => json!({"label": label, "kind": "phone", "phone": phone}),
        ButtonAction::Payment { title, amount, currency } => {
            json!({"label": label, "kind": "payment", "title": title, "amount": amount, "currency": currency})
        }
    }
}
