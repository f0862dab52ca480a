//! The Bot API methods beside those that say a message: <https://core.telegram.org/bots/api#available-methods>.

use serde_json::{Value as Json, json};

use crate::{Address, Request};

/// The updates we ask for; others are neither sent nor counted against the bot.
pub const ALLOWED_UPDATES: [&str; 4] = ["message", "callback_query", "my_chat_member", "pre_checkout_query"];

/// Seconds a long poll waits for an update. An answer that comes empty and sooner was not a long poll: wait before the next.
pub const POLL_TIMEOUT_S: u32 = 25;

/// A chat's id as Telegram takes it: a number, or the name of a public one.
pub(super) fn chat_id(identity: &str) -> Option<Json> {
    identity.parse::<i64>().ok().map(Json::from)
}

/// Whether this is the id of a person, as updates name it: <https://core.telegram.org/bots/api#user>.
pub fn is_identity(identity: &str) -> bool {
    identity.parse::<i64>().is_ok_and(|id| id > 0 && id.to_string() == identity)
}

/// Who the bot is; also whether its token is alive. <https://core.telegram.org/bots/api#getme>
pub fn get_me() -> Request {
    Request::new("getMe", json!({}))
}

/// A long poll. Every update below `offset` is forgotten by Telegram. <https://core.telegram.org/bots/api#getupdates>
pub fn get_updates(offset: Option<i64>, timeout_s: u32) -> Request {
    let mut body = json!({"timeout": timeout_s, "limit": 100, "allowed_updates": ALLOWED_UPDATES});
    if let Some(offset) = offset {
        body["offset"] = offset.into();
    }
    Request::new("getUpdates", body)
}

/// Has updates posted to `url` with the secret in a header. The secret is 1 to 256 characters of `A-Z a-z 0-9 _ -`; the connections
/// are 1 to 100. <https://core.telegram.org/bots/api#setwebhook>
pub fn set_webhook(url: &str, secret: &str, max_connections: u8) -> Request {
    let body = json!({
        "url": url,
        "secret_token": secret,
        "max_connections": max_connections.clamp(1, 100),
        "allowed_updates": ALLOWED_UPDATES,
    });
    Request::new("setWebhook", body)
}

/// Where updates are posted to now. <https://core.telegram.org/bots/api#getwebhookinfo>
pub fn get_webhook_info() -> Request {
    Request::new("getWebhookInfo", json!({}))
}

/// Ends posting; updates not yet posted are kept for a poll. <https://core.telegram.org/bots/api#deletewebhook>
pub fn delete_webhook() -> Request {
    Request::new("deleteWebhook", json!({"drop_pending_updates": false}))
}

/// Where a file can be downloaded: the answer's `file_path` goes into [`file_path_of`]. <https://core.telegram.org/bots/api#getfile>
pub fn get_file(file_id: &str) -> Request {
    Request::new("getFile", json!({"file_id": file_id}))
}

/// The `file_path` in the result of [`get_file`], to be downloaded from `{base URL}/file/bot{token}/{file_path}` within an hour. A path
/// that leads elsewhere is none.
pub fn file_path_of(result: &Json) -> Option<&str> {
    result["file_path"]
        .as_str()
        .filter(|path| {
            !path.is_empty() && !path.starts_with('/') && path.split('/').all(|part| part != ".." && part != ".")
        })
        .filter(|path| !path.contains(['?', '#', '\\', '%']) && !path.contains(char::is_control))
}

/// Shows "typing" for 5 s. <https://core.telegram.org/bots/api#sendchataction>
pub fn typing(identity: &str) -> Option<Request> {
    let body = json!({"chat_id": chat_id(identity)?, "action": "typing"});
    Some(Request::new("sendChatAction", body))
}

/// Ends the spinner on a pressed button. <https://core.telegram.org/bots/api#answercallbackquery>
pub fn answer_callback_query(callback_id: &str) -> Request {
    Request::new("answerCallbackQuery", json!({"callback_query_id": callback_id}))
}

/// Lets a checkout go on, or says why not; Telegram waits 10 s. <https://core.telegram.org/bots/api#answerprecheckoutquery>
pub fn answer_pre_checkout_query(query_id: &str, refusal: Option<&str>) -> Request {
    let mut body = json!({"pre_checkout_query_id": query_id, "ok": refusal.is_none()});
    if let Some(words) = refusal {
        body["error_message"] = words.into();
    }
    Request::new("answerPreCheckoutQuery", body)
}

/// Telegram's own currency, which needs no provider: <https://core.telegram.org/bots/payments-stars>.
const STARS: &str = "XTR";

/// Asks to pay; `None` when the bot has no provider for the currency. <https://core.telegram.org/bots/api#sendinvoice>
pub(super) fn send_invoice(
    to: &Address<'_>,
    label: &str,
    title: &str,
    payload: &str,
    amount: i64,
    currency: &str,
) -> Option<Request> {
    let token = if currency == STARS { "" } else { to.payment_token.filter(|token| !token.is_empty())? };
    if amount <= 0 || title.trim().is_empty() {
        return None;
    }
    let title: String = title.chars().take(32).collect();
    let body = json!({
        "chat_id": chat_id(to.identity)?,
        "title": title,
        "description": title,
        "payload": payload,
        "provider_token": token,
        "currency": currency,
        "prices": [{"label": title, "amount": amount}],
        "reply_markup": {"inline_keyboard": [[{"text": label, "pay": true}]]},
    });
    Some(Request::new("sendInvoice", body))
}

/// An amount in words; most currencies have two decimals, the exceptions are Telegram's
/// (<https://core.telegram.org/bots/payments/currencies.json>).
pub(super) fn price(amount: i64, currency: &str) -> String {
    let decimals = match currency {
        STARS | "CLP" | "ISK" | "JPY" | "KRW" | "PYG" | "UGX" | "VND" | "XAF" | "XOF" => 0,
        _ => 2,
    };
    if decimals == 0 {
        return format!("{amount} {currency}");
    }
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!("{sign}{}.{:02} {currency}", amount / 100, amount % 100)
}
