//! From Telegram's updates to what happened: <https://core.telegram.org/bots/api#update>.

use std::sync::Arc;

use recado_model::{
    Inbound, InboundKind, Profile,
    inbound::DedupKind,
    message::{Attachment, MediaKind, parse_press_payload},
};
use serde_json::Value as Json;

use super::methods;
use crate::{Ignored, Parsed, Unreadable};

/// What one update as it is posted to a webhook tells.
pub fn parse(body: &[u8]) -> Result<Parsed, Unreadable> {
    let update: Json = serde_json::from_slice(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    Ok(parse_update(update))
}

/// The updates in the `result` of `getUpdates`, each with its id, for the next poll's offset.
pub fn parse_updates(result: Json) -> Vec<(i64, Json)> {
    let Json::Array(updates) = result else { return Vec::new() };
    updates.into_iter().filter_map(|update| Some((update["update_id"].as_i64()?, update))).collect()
}

/// The `update_id` of a parsed update.
pub fn id_of(update: &Parsed) -> Option<i64> {
    let told = update.inbound.first().map(|inbound| inbound.dedup_key.as_str());
    told.or_else(|| update.ignored.first()?.dedup_key.as_deref())?.parse().ok()
}

/// What one update tells. One that is not understood is ignored, never an error.
pub fn parse_update(mut update: Json) -> Parsed {
    let Some(update_id) = update["update_id"].as_i64() else { return ignored(None, "it has no update_id", update) };
    let key = update_id.to_string();
    let kinds = ["message", "callback_query", "my_chat_member", "pre_checkout_query", "edited_message"];
    let Some(kind) = kinds.into_iter().find(|kind| update[*kind].is_object()) else {
        return ignored(Some(key), "its kind is not one we handle", update);
    };
    let item = update[kind].take();
    match kind {
        "message" => message(key, item),
        "callback_query" => callback_query(key, item),
        "my_chat_member" => my_chat_member(key, item),
        "pre_checkout_query" => pre_checkout_query(key, item),
        _ => ignored(Some(key), "an edit does not change what was said", item),
    }
}

fn ignored(dedup_key: Option<String>, why: &'static str, raw: Json) -> Parsed {
    Parsed { ignored: vec![Ignored { dedup_key, why, raw }], ..Parsed::default() }
}

/// An item that counts, of the person who is its `from`.
fn inbound(key: String, kind: InboundKind, ids: (Json, Json), raw: Json) -> Parsed {
    let Some(identity) = raw["from"]["id"].as_i64() else { return ignored(Some(key), "it has no sender", raw) };
    let inbound = Inbound {
        dedup_key: key,
        dedup_kind: DedupKind::Update,
        identity: identity.to_string(),
        profile: profile(&raw["from"]),
        kind,
        raw: Arc::new(raw),
        message_id: ids.0,
        chat_id: ids.1,
    };
    Parsed { inbound: vec![inbound], ..Parsed::default() }
}

/// <https://core.telegram.org/bots/api#user>
fn profile(user: &Json) -> Profile {
    let word = |field: &str| {
        user[field].as_str().map(|text| text.trim().replace('\0', "\u{FFFD}")).filter(|text| !text.is_empty())
    };
    let (first_name, last_name) = (word("first_name"), word("last_name"));
    let name = [first_name.as_deref(), last_name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Profile {
        name,
        first_name,
        last_name,
        username: word("username"),
        language: word("language_code"),
        ..Profile::default()
    }
}

/// Whether the item's chat is one with one person. A stripped-down message without a chat type counts as one.
fn is_private(chat: &Json) -> bool {
    chat["type"].as_str().is_none_or(|kind| kind == "private")
}

fn message(key: String, item: Json) -> Parsed {
    if !is_private(&item["chat"]) {
        return ignored(Some(key), "it was said in a group or a channel", item);
    }
    if item["from"]["is_bot"] == Json::Bool(true) {
        return ignored(Some(key), "a bot said it", item);
    }
    let Some(kind) = content(&item, &item["from"]) else {
        return ignored(Some(key), "it is a service message", item);
    };
    let ids = (item["message_id"].clone(), item["chat"]["id"].clone());
    inbound(key, kind, ids, item)
}

/// What a message says; `None` for a service message (a pinned one, a changed photo, …).
fn content(item: &Json, from: &Json) -> Option<InboundKind> {
    if let Some(payload) = item["successful_payment"]["invoice_payload"].as_str() {
        return Some(InboundKind::Paid { payload: payload.to_owned() });
    }
    let text = item["text"].as_str().or_else(|| item["caption"].as_str()).unwrap_or_default().replace('\0', "\u{FFFD}");
    if let Some(start) = start(&text) {
        return Some(start);
    }
    let attachments: Vec<Attachment> = attachment(item).into_iter().collect();
    let location = location(&item["location"]);
    let (phone, card) = shared_contact(&item["contact"], from);
    // Said, though nothing a flow can read: the standard reply shall answer it.
    let said = ["dice", "poll", "game", "story", "checklist", "paid_media", "venue", "contact"];
    if text.is_empty()
        && attachments.is_empty()
        && location.is_none()
        && !said.iter().any(|kind| item[*kind].is_object())
    {
        return None;
    }
    let text = if text.is_empty() { card } else { text };
    Some(InboundKind::Message { text, attachments, location, phone })
}

/// `/start`, `/start payload` and `/start@bot payload`: <https://core.telegram.org/bots/features#deep-linking>.
fn start(text: &str) -> Option<InboundKind> {
    let rest = text.strip_prefix("/start")?;
    let rest = match rest.strip_prefix('@') {
        Some(named) => named.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        None => rest,
    };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let payload = rest.trim();
    Some(InboundKind::Start { payload: (!payload.is_empty()).then(|| payload.to_owned()), said: true })
}

fn location(item: &Json) -> Option<(f64, f64)> {
    let (lat, lon) = (item["latitude"].as_f64()?, item["longitude"].as_f64()?);
    ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some((lat, lon))
}

/// The person's own number, or else somebody's card as text. <https://core.telegram.org/bots/api#contact>
fn shared_contact(item: &Json, from: &Json) -> (Option<String>, String) {
    let Some(number) = item["phone_number"].as_str() else { return (None, String::new()) };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let phone = format!("+{digits}");
    if item["user_id"].is_i64() && item["user_id"] == from["id"] && !digits.is_empty() {
        return (Some(phone), String::new());
    }
    (None, format!("{} {phone}", profile(item).name).trim().to_owned())
}

/// The file of a message. An animation also comes as a `document`, so it is looked for first.
fn attachment(item: &Json) -> Option<Attachment> {
    const KINDS: [(&str, MediaKind); 7] = [
        ("animation", MediaKind::Video),
        ("video", MediaKind::Video),
        ("video_note", MediaKind::Video),
        ("audio", MediaKind::Audio),
        ("voice", MediaKind::Audio),
        ("sticker", MediaKind::Image),
        ("document", MediaKind::File),
    ];
    if let Some(photo) = largest_photo(&item["photo"]) {
        return file(photo, MediaKind::Image, Some("image/jpeg"));
    }
    KINDS.into_iter().find(|(field, _)| item[*field].is_object()).and_then(|(field, media)| {
        let (media, mime) = match field {
            "sticker" => sticker(&item[field]),
            "video_note" => (media, Some("video/mp4")),
            _ => (media, None),
        };
        file(&item[field], media, mime)
    })
}

/// <https://core.telegram.org/bots/api#photosize>
fn largest_photo(sizes: &Json) -> Option<&Json> {
    sizes
        .as_array()?
        .iter()
        .max_by_key(|size| size["width"].as_u64().unwrap_or(0).saturating_mul(size["height"].as_u64().unwrap_or(0)))
}

/// Stickers are WebP pictures, WebM films or gzipped Lottie. <https://core.telegram.org/bots/api#sticker>
fn sticker(item: &Json) -> (MediaKind, Option<&'static str>) {
    if item["is_video"] == Json::Bool(true) {
        (MediaKind::Video, Some("video/webm"))
    } else if item["is_animated"] == Json::Bool(true) {
        (MediaKind::File, Some("application/x-tgsticker"))
    } else {
        (MediaKind::Image, Some("image/webp"))
    }
}

fn file(item: &Json, media: MediaKind, mime: Option<&str>) -> Option<Attachment> {
    let text = |field: &str| item[field].as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    Some(Attachment {
        media,
        external: Some(text("file_id")?),
        file_id: None,
        name: text("file_name"),
        mime: text("mime_type").or_else(|| mime.map(ToOwned::to_owned)),
        bytes: item["file_size"].as_u64(),
    })
}

/// <https://core.telegram.org/bots/api#callbackquery>. It is answered whatever it is, for the button spins until then.
fn callback_query(key: String, item: Json) -> Parsed {
    let callback_id = item["id"].as_str().filter(|id| !id.is_empty()).map(ToOwned::to_owned);
    let answers: Vec<_> = callback_id.as_deref().map(methods::answer_callback_query).into_iter().collect();
    let parsed = press(key, item, callback_id);
    Parsed { answers, ..parsed }
}

fn press(key: String, item: Json, callback_id: Option<String>) -> Parsed {
    let message = &item["message"];
    if !is_private(&message["chat"]) {
        return ignored(Some(key), "it was pressed in a group or a channel", item);
    }
    let Some(payload) = item["data"].as_str().map(ToOwned::to_owned) else {
        return ignored(Some(key), "the press carries no data", item);
    };
    let ids = (message["message_id"].clone(), message["chat"]["id"].clone());
    let kind = InboundKind::Press { payload, callback_id };
    inbound(key, kind, ids, item)
}

/// <https://core.telegram.org/bots/api#chatmemberupdated>
fn my_chat_member(key: String, item: Json) -> Parsed {
    if !is_private(&item["chat"]) {
        return ignored(Some(key), "it is about a group or a channel", item);
    }
    let kind = match item["new_chat_member"]["status"].as_str() {
        Some("kicked") => InboundKind::Blocked,
        Some("member") => InboundKind::Unblocked,
        Some(_) | None => return ignored(Some(key), "the membership is neither lost nor back", item),
    };
    let ids = (Json::Null, item["chat"]["id"].clone());
    inbound(key, kind, ids, item)
}

/// <https://core.telegram.org/bots/api#precheckoutquery>. Money is only taken for a button of ours; the payment itself comes later, as
/// a message.
fn pre_checkout_query(key: String, item: Json) -> Parsed {
    let ours = item["invoice_payload"].as_str().is_some_and(|payload| parse_press_payload(payload).is_some());
    let refusal = (!ours).then_some("This order is not known any more. Please ask for it again.");
    let answers = item["id"].as_str().map(|id| methods::answer_pre_checkout_query(id, refusal)).into_iter().collect();
    Parsed { answers, ..ignored(Some(key), "a checkout is answered at once and counts when it is paid", item) }
}
