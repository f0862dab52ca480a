//! The methods.

use bytes::Bytes;
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

use super::{
    Button, Call, Failure, Sent, Shared, Uploaded, fields, html, markup,
    server::{Answer, Ending, refuse},
    state::{State, Webhook},
};

/// UTF-16 units of a text after entity parsing.
const TEXT_MAX: usize = 4_096;
/// UTF-16 units of a caption after entity parsing.
const CAPTION_MAX: usize = 1_024;
/// Bytes of an uploaded picture.
const PHOTO_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of a file that a bot may download.
const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// The longest long poll.
const POLL_S_MAX: i64 = 50;

/// Answers a call and remembers it.
pub(super) async fn call(shared: &Shared, method: &str, given: Map<String, Json>, uploads: Vec<Uploaded>) -> Ending {
    let given = with_names(given, &uploads);
    let (fields, ending) = match fields::typed(method, &given) {
        None => (given, refuse(404, "Not Found: method not found").into()),
        Some(Err(words)) => (given, refuse(400, &words).into()),
        Some(Ok(fields)) => {
            let ending = known(shared, method, &fields, uploads).await;
            (fields, ending)
        }
    };
    let status = match &ending {
        Ending::Answer((status, _)) | Ending::Bytes(status, _) => *status,
        Ending::Drop => 0,
    };
    shared.change(|state| state.calls.push(Call { method: method.to_owned(), fields, status }));
    ending
}

async fn known(shared: &Shared, method: &str, fields: &Map<String, Json>, uploads: Vec<Uploaded>) -> Ending {
    match shared.change(|state| state.failure(method, fields)) {
        None => run(shared, method, fields, uploads).await.into(),
        Some(Failure::TakenThenDropped) => {
            run(shared, method, fields, uploads).await;
            Ending::Drop
        }
        Some(Failure::Dropped) => Ending::Drop,
        Some(Failure::Silent) => std::future::pending().await,
        Some(Failure::Server(status)) => Ending::Bytes(status, Bytes::from_static(b"<html>Bad Gateway</html>")),
        Some(Failure::TooManyRequests { retry_after }) => {
            let mut answer = refuse(429, &format!("Too Many Requests: retry after {retry_after}"));
            answer.1["parameters"] = json!({"retry_after": retry_after});
            answer.into()
        }
        Some(Failure::Blocked) => refuse(403, "Forbidden: bot was blocked by the user").into(),
        Some(Failure::Deactivated) => refuse(403, "Forbidden: user is deactivated").into(),
        Some(Failure::Forbidden(words)) => refuse(403, &format!("Forbidden: {words}")).into(),
        Some(Failure::Unauthorized) => refuse(401, "Unauthorized").into(),
        Some(Failure::BadRequest(words)) => refuse(400, &format!("Bad Request: {words}")).into(),
    }
}

/// A part of the form stands for the file that it carries: `attach://` and the part's name.
fn with_names(mut given: Map<String, Json>, uploads: &[Uploaded]) -> Map<String, Json> {
    for upload in uploads {
        given.entry(upload.part.clone()).or_insert_with(|| format!("attach://{}", upload.part).into());
    }
    // The parts of an album are named by its items.
    if given.contains_key("media") {
        given.retain(|name, value| value.as_str().is_none_or(|text| text != format!("attach://{name}")));
    }
    given
}

fn done(result: Json) -> Answer {
    (200, json!({"ok": true, "result": result}))
}

async fn run(shared: &Shared, method: &str, fields: &Map<String, Json>, uploads: Vec<Uploaded>) -> Answer {
    match method {
        "getUpdates" => get_updates(shared, fields).await,
        "getMe" => shared.read(|state| {
            let mut bot = state.bot();
            bot["can_join_groups"] = true.into();
            bot["can_read_all_group_messages"] = false.into();
            bot["supports_inline_queries"] = false.into();
            done(bot)
        }),
        "setWebhook" => shared.change(|state| set_webhook(state, fields)),
        "deleteWebhook" => shared.change(|state| delete_webhook(state, fields)),
        "getWebhookInfo" => shared.read(|state| webhook_info(state)),
        "sendChatAction" => shared.read(|state| chat_action(state, fields)),
        "answerCallbackQuery" => shared.change(|state| answer_callback(state, fields)),
        "answerPreCheckoutQuery" => shared.change(|state| answer_checkout(state, fields)),
        "getFile" => shared.read(|state| get_file(state, fields)),
        "logOut" | "close" => done(true.into()),
        _ => shared.change(|state| {
            state.uploads = uploads;
            let answer = say(state, method, fields).unwrap_or_else(|refusal| refusal);
            state.uploads.clear();
            answer
        }),
    }
}

/// <https://core.telegram.org/bots/api#getupdates>
async fn get_updates(shared: &Shared, fields: &Map<String, Json>) -> Answer {
    let number = |name: &str| fields.get(name).and_then(Json::as_i64);
    let limit = number("limit").unwrap_or(100).clamp(1, 100) as usize;
    let timeout = Duration::from_secs(number("timeout").unwrap_or(0).clamp(0, POLL_S_MAX) as u64);
    let begun = shared.change(|state| {
        if state.webhook.is_some() {
            return Err(refuse(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            ));
        }
        if let Some(allowed) = fields.get("allowed_updates") {
            state.allowed = Some(words(allowed));
        }
        match number("offset") {
            Some(offset) if offset < 0 => {
                let keep = offset.unsigned_abs() as usize;
                let forget = state.pending.len().saturating_sub(keep);
                state.pending.drain(..forget);
            }
            Some(offset) => state.pending.retain(|update| update["update_id"].as_i64().is_some_and(|id| id >= offset)),
            None => {}
        }
        state.poll += 1;
        Ok(state.poll)
    });
    let poll = match begun {
        Ok(poll) => poll,
        Err(refusal) => return refusal,
    };
    let found = shared
        .wait(timeout, |state| {
            if state.poll != poll {
                return Some(Err(()));
            }
            let ready = !state.holding && !state.pending.is_empty();
            ready.then(|| Ok(state.pending.iter().take(limit).cloned().collect::<Vec<_>>()))
        })
        .await;
    match found {
        Some(Ok(updates)) => done(updates.into()),
        None => done(json!([])),
        Some(Err(())) => refuse(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        ),
    }
}

fn words(list: &Json) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(ToOwned::to_owned).collect()
}

/// <https://core.telegram.org/bots/api#setwebhook>
fn set_webhook(state: &mut State, fields: &Map<String, Json>) -> Answer {
    let url = fields.get("url").and_then(Json::as_str).unwrap_or_default().to_owned();
    if url.is_empty() {
        return delete_webhook(state, fields);
    }
    let on_loopback = url::Url::parse(&url).is_ok_and(|url| {
        url.scheme() == "http" && matches!(url.host(), Some(url::Host::Ipv4(address)) if address.is_loopback())
    });
    if !on_loopback {
        return refuse(400, "Bad Request: bad webhook: this fake posts to http on loopback only");
    }
    let secret = fields.get("secret_token").and_then(Json::as_str).map(ToOwned::to_owned);
    let plain = |secret: &str| secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if secret.as_deref().is_some_and(|secret| secret.len() > 256 || !plain(secret)) {
        return refuse(400, "Bad Request: secret token contains unallowed characters");
    }
    let max_connections = fields.get("max_connections").and_then(Json::as_i64).unwrap_or(40);
    if !(1..=100).contains(&max_connections) {
        return refuse(400, "Bad Request: max_connections must be 1 to 100");
    }
    if let Some(allowed) = fields.get("allowed_updates") {
        state.allowed = Some(words(allowed));
    }
    if fields.get("drop_pending_updates") == Some(&Json::Bool(true)) {
        state.pending.clear();
    }
    state.webhook = Some(Webhook { url, secret, max_connections: max_connections as usize });
    state.poll += 1;
    (200, json!({"ok": true, "result": true, "description": "Webhook was set"}))
}

fn delete_webhook(state: &mut State, fields: &Map<String, Json>) -> Answer {
    if fields.get("drop_pending_updates") == Some(&Json::Bool(true)) {
        state.pending.clear();
    }
    let description = if state.webhook.take().is_some() { "Webhook was deleted" } else { "Webhook is already deleted" };
    (200, json!({"ok": true, "result": true, "description": description}))
}

fn webhook_info(state: &State) -> Answer {
    let url = state.webhook.as_ref().map_or("", |webhook| webhook.url.as_str());
    done(json!({"url": url, "has_custom_certificate": false, "pending_update_count": state.pending.len()}))
}

/// The chat of a call, when the bot may write to it.
fn chat(state: &State, fields: &Map<String, Json>) -> Result<i64, Answer> {
    let chat = fields.get("chat_id").and_then(Json::as_i64).filter(|chat| state.people.contains_key(chat));
    let chat = chat.ok_or_else(|| refuse(400, "Bad Request: chat not found"))?;
    if state.blocked.contains(&chat) {
        return Err(refuse(403, "Forbidden: bot was blocked by the user"));
    }
    Ok(chat)
}

fn chat_action(state: &State, fields: &Map<String, Json>) -> Answer {
    let actions = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    if !fields.get("action").and_then(Json::as_str).is_some_and(|action| actions.contains(&action)) {
        return refuse(400, "Bad Request: wrong parameter action in request");
    }
    chat(state, fields).map_or_else(|refusal| refusal, |_| done(true.into()))
}

/// A press can be answered once; an unknown or answered one is too old.
fn answer_callback(state: &mut State, fields: &Map<String, Json>) -> Answer {
    let id = fields.get("callback_query_id").and_then(Json::as_str).unwrap_or_default();
    match state.callbacks.get_mut(id) {
        Some(answered) if !*answered => {
            *answered = true;
            done(true.into())
        }
        Some(_) | None => {
            refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        }
    }
}

fn answer_checkout(state: &mut State, fields: &Map<String, Json>) -> Answer {
    let id = fields.get("pre_checkout_query_id").and_then(Json::as_str).unwrap_or_default();
    let ok = fields.get("ok").and_then(Json::as_bool).unwrap_or_default();
    if !ok && !fields.contains_key("error_message") {
        return refuse(400, "Bad Request: error message must be specified");
    }
    match state.checkouts.get_mut(id) {
        Some(answer @ None) => {
            *answer = Some(ok);
            done(true.into())
        }
        Some(Some(_)) | None => {
            refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        }
    }
}

/// <https://core.telegram.org/bots/api#getfile>: 20 MB at most.
fn get_file(state: &State, fields: &Map<String, Json>) -> Answer {
    let id = fields.get("file_id").and_then(Json::as_str).unwrap_or_default();
    if let Some((path, bytes)) = state.files.get(id) {
        if bytes.len() > FILE_BYTES_MAX {
            return refuse(400, "Bad Request: file is too big");
        }
        let size = bytes.len();
        return done(json!({"file_id": id, "file_unique_id": format!("u{id}"), "file_size": size, "file_path": path}));
    }
    if id == "gone" {
        return refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable");
    }
    done(
        json!({"file_id": id, "file_unique_id": format!("u{id}"), "file_size": 19, "file_path": "documents/file_1.bin"}),
    )
}

/// The methods that say a message.
fn say(state: &mut State, method: &str, fields: &Map<String, Json>) -> Result<Answer, Answer> {
    let bad = |words: String| refuse(400, &words);
    let chat = chat(state, fields)?;
    let buttons = fields.get("reply_markup").map_or(Ok(Vec::new()), markup::check).map_err(bad)?;
    if method == "sendMediaGroup" {
        return album(state, chat, fields);
    }
    check_media(method, fields, &state.uploads).map_err(bad)?;
    let (name, max) = if method == "sendMessage" { ("text", TEXT_MAX) } else { ("caption", CAPTION_MAX) };
    let (text, entities) = read_text(fields, name, max).map_err(bad)?;
    if method == "sendInvoice" {
        check_invoice(fields).map_err(bad)?;
    }
    let message = message(state, method, chat, fields, (name, &text, entities));
    record(state, method, chat, fields, text, buttons, &message);
    Ok(done(message))
}

fn record(
    state: &mut State,
    method: &str,
    chat: i64,
    fields: &Map<String, Json>,
    text: String,
    buttons: Vec<Button>,
    message: &Json,
) {
    state.keyboard(chat, fields.get("reply_markup").unwrap_or(&Json::Null), &buttons);
    let uploads = state.uploads.clone();
    state.sent.push(Sent {
        chat,
        message_id: message["message_id"].as_i64().unwrap_or_default(),
        method: method.to_owned(),
        text,
        fields: fields.clone(),
        buttons,
        uploads,
        message: message.clone(),
    });
}

/// A text or caption as people see it.
fn read_text(fields: &Map<String, Json>, name: &str, max: usize) -> Result<html::Parsed, String> {
    let source = fields.get(name).and_then(Json::as_str).unwrap_or_default();
    let (text, entities) = match fields.get("parse_mode").and_then(Json::as_str) {
        None | Some("") => (source.to_owned(), Vec::new()),
        Some(mode) if mode.eq_ignore_ascii_case("html") => {
            html::parse(source).map_err(|words| format!("Bad Request: {words}"))?
        }
        Some("MarkdownV2" | "Markdown") => return Err("Bad Request: this fake reads HTML only".to_owned()),
        Some(_) => return Err("Bad Request: unsupported parse_mode".to_owned()),
    };
    if text.encode_utf16().count() > max {
        let what = if name == "text" { "message" } else { "message caption" };
        return Err(format!("Bad Request: {what} is too long"));
    }
    let text = text.trim().to_owned();
    if name == "text" && text.is_empty() {
        return Err("Bad Request: message text is empty".to_owned());
    }
    Ok((text, entities))
}

/// A file by URL must be one that Telegram can fetch; a file id is taken as it is.
fn check_media(method: &str, fields: &Map<String, Json>, uploads: &[Uploaded]) -> Result<(), String> {
    let name = method.strip_prefix("send").unwrap_or_default().to_ascii_lowercase();
    let Some(file) = fields.get(&name).and_then(Json::as_str) else { return Ok(()) };
    if let Some(part) = file.strip_prefix("attach://") {
        return check_upload(part, &name, uploads);
    }
    if !file.contains(':') {
        return Ok(());
    }
    if markup::url_problem(file).is_some() {
        return Err("Bad Request: wrong HTTP URL specified".to_owned());
    }
    if is_private(file) {
        return Err("Bad Request: failed to get HTTP URL content".to_owned());
    }
    let path = url::Url::parse(file).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    if name == "document" && ![".pdf", ".zip", ".gif"].iter().any(|ending| path.ends_with(ending)) {
        return Err("Bad Request: wrong type of the web page content".to_owned());
    }
    Ok(())
}

fn check_upload(part: &str, kind: &str, uploads: &[Uploaded]) -> Result<(), String> {
    let upload = uploads.iter().find(|upload| upload.part == part);
    let upload = upload.ok_or_else(|| format!("Bad Request: there is no {part} in the request"))?;
    if upload.bytes.is_empty() {
        return Err("Bad Request: file must be non-empty".to_owned());
    }
    if kind == "photo" && upload.bytes.len() > PHOTO_BYTES_MAX {
        return Err("Bad Request: PHOTO_INVALID_SIZE".to_owned());
    }
    Ok(())
}

/// Whether a URL leads to a network that Telegram does not reach.
fn is_private(url: &str) -> bool {
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local(),
        Some(url::Host::Domain(_)) | None => false,
    }
}

fn check_invoice(fields: &Map<String, Json>) -> Result<(), String> {
    let text = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default();
    if text("title").chars().count() > 32 {
        return Err("Bad Request: INVOICE_TITLE_TOO_LONG".to_owned());
    }
    if text("payload").len() > 128 {
        return Err("Bad Request: INVOICE_PAYLOAD_INVALID".to_owned());
    }
    if text("currency") != "XTR" && text("provider_token").is_empty() {
        return Err("Bad Request: PAYMENT_PROVIDER_INVALID".to_owned());
    }
    let prices = fields.get("prices").and_then(Json::as_array).filter(|prices| !prices.is_empty());
    let good =
        prices.is_some_and(|prices| prices.iter().all(|price| price["label"].is_string() && price["amount"].is_i64()));
    if good { Ok(()) } else { Err("Bad Request: there must be at least one price".to_owned()) }
}

/// <https://core.telegram.org/bots/api#message>
fn message(
    state: &mut State,
    method: &str,
    chat: i64,
    fields: &Map<String, Json>,
    said: (&str, &str, Vec<Json>),
) -> Json {
    let (id, date) = state.message_id();
    let mut message = json!({"message_id": id, "from": state.bot(), "chat": state.chat(chat), "date": date});
    let (name, text, entities) = said;
    if !text.is_empty() {
        message[name] = text.into();
        if !entities.is_empty() {
            message[if name == "text" { "entities" } else { "caption_entities" }] = entities.into();
        }
    }
    let file = json!({"file_id": format!("file-{id}"), "file_unique_id": format!("u{id}"), "file_size": 1_000});
    match method {
        "sendPhoto" => {
            message["photo"] = json!([{"file_id": format!("file-{id}"), "file_unique_id": format!("u{id}"), "width": 90, "height": 90}]);
        }
        "sendVideo" | "sendAudio" | "sendDocument" => {
            message[method.trim_start_matches("send").to_ascii_lowercase()] = file;
        }
        "sendLocation" => {
            message["location"] = json!({"latitude": fields["latitude"], "longitude": fields["longitude"]});
        }
        "sendInvoice" => {
            message["invoice"] = json!({
                "title": fields["title"], "description": fields["description"], "start_parameter": "",
                "currency": fields["currency"], "total_amount": fields["prices"][0]["amount"],
            });
        }
        _ => {}
    }
    if let Some(markup) = fields.get("reply_markup").filter(|markup| markup.get("inline_keyboard").is_some()) {
        message["reply_markup"] = markup.clone();
    }
    message
}

/// <https://core.telegram.org/bots/api#sendmediagroup>: all or nothing, one message an item.
fn album(state: &mut State, chat: i64, fields: &Map<String, Json>) -> Result<Answer, Answer> {
    let items = fields.get("media").and_then(Json::as_array).cloned().unwrap_or_default();
    if !(2..=10).contains(&items.len()) {
        return Err(refuse(400, "Bad Request: there must be 2 to 10 media in an album"));
    }
    let mut read = Vec::new();
    for item in &items {
        let url = item["media"].as_str().unwrap_or_default();
        if let Some(part) = url.strip_prefix("attach://") {
            check_upload(part, "photo", &state.uploads).map_err(|words| refuse(400, &words))?;
        } else if url.is_empty() || (url.contains(':') && markup::url_problem(url).is_some()) {
            return Err(refuse(400, "Bad Request: wrong HTTP URL specified"));
        } else if is_private(url) {
            return Err(refuse(400, "Bad Request: failed to get HTTP URL content"));
        }
        let item = item.as_object().cloned().unwrap_or_default();
        read.push((read_text(&item, "caption", CAPTION_MAX).map_err(|words| refuse(400, &words))?, item));
    }
    let mut messages = Vec::new();
    for ((text, entities), item) in read {
        let message = message(state, "sendPhoto", chat, &item, ("caption", &text, entities));
        record(state, "sendMediaGroup", chat, &item, text, Vec::new(), &message);
        messages.push(message);
    }
    Ok(done(messages.into()))
}
