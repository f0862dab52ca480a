//! Keyboards, checked as Telegram checks them: <https://core.telegram.org/bots/api#inlinekeyboardmarkup>.

use serde_json::Value as Json;

use super::Button;

/// Bytes of `callback_data`.
const DATA_BYTES_MAX: usize = 64;
/// Buttons of one keyboard.
const BUTTONS_MAX: usize = 100;

/// The buttons of a markup, or the words of the refusal.
pub(super) fn check(markup: &Json) -> Result<Vec<Button>, String> {
    let shapes = ["inline_keyboard", "keyboard", "remove_keyboard", "force_reply"];
    let Some(shape) = shapes.into_iter().find(|shape| markup.get(*shape).is_some()) else {
        return Err("Bad Request: object expected as reply markup".to_owned());
    };
    let inline = match shape {
        "inline_keyboard" => true,
        "keyboard" => false,
        _ => return Ok(Vec::new()),
    };
    let rows = markup[shape]
        .as_array()
        .ok_or("Bad Request: field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array")?;
    let mut buttons = Vec::new();
    for row in rows {
        let row = row.as_array().ok_or("Bad Request: field \"inline_keyboard\" must be an Array of Arrays")?;
        for object in row {
            buttons.push(if inline { inline_button(object)? } else { keyboard_button(object)? });
        }
    }
    if buttons.len() > BUTTONS_MAX {
        return Err("Bad Request: REPLY_MARKUP_TOO_LONG".to_owned());
    }
    Ok(buttons)
}

fn label(object: &Json) -> Result<String, String> {
    let text = object["text"].as_str().or_else(|| object.as_str()).unwrap_or_default();
    if text.trim().is_empty() {
        return Err("Bad Request: can't parse inline keyboard button: Field \"text\" must be of type String".to_owned());
    }
    Ok(text.to_owned())
}

fn inline_button(object: &Json) -> Result<Button, String> {
    let label = label(object)?;
    let known =
        ["text", "url", "callback_data", "pay", "web_app", "login_url", "copy_text", "style", "icon_custom_emoji_id"];
    if let Some(name) = object.as_object().and_then(|map| map.keys().find(|name| !known.contains(&name.as_str()))) {
        return Err(format!("Bad Request: can't parse inline keyboard button: unknown field \"{name}\""));
    }
    let callback_data = object["callback_data"].as_str().map(ToOwned::to_owned);
    if callback_data.as_ref().is_some_and(|data| data.is_empty() || data.len() > DATA_BYTES_MAX) {
        return Err("Bad Request: BUTTON_DATA_INVALID".to_owned());
    }
    let url = object["url"].as_str().map(ToOwned::to_owned);
    if let Some(problem) = url.as_deref().and_then(url_problem) {
        let url = url.unwrap_or_default();
        return Err(format!("Bad Request: inline keyboard button URL '{url}' is invalid: {problem}"));
    }
    if callback_data.is_none() && url.is_none() && object["pay"] != Json::Bool(true) {
        return Err("Bad Request: text buttons are unallowed in the inline keyboard".to_owned());
    }
    Ok(Button { label, callback_data, url, object: object.clone() })
}

fn keyboard_button(object: &Json) -> Result<Button, String> {
    Ok(Button { label: label(object)?, callback_data: None, url: None, object: object.clone() })
}

/// What Telegram says of a URL it does not take.
pub(super) fn url_problem(url: &str) -> Option<&'static str> {
    let Ok(parsed) = url::Url::parse(url) else { return Some("Wrong HTTP URL") };
    match parsed.scheme() {
        "tg" | "ton" => None,
        "http" | "https" => match parsed.host() {
            Some(url::Host::Domain(name)) if !name.contains('.') => Some("Wrong HTTP URL"),
            Some(_) => None,
            None => Some("URL host is empty"),
        },
        _ => Some("Unsupported URL protocol"),
    }
}
