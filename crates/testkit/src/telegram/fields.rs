//! Which parameters a method takes, and of which type: <https://core.telegram.org/bots/api#available-methods>.

use serde_json::{Map, Value as Json};

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Boolean,
    Object,
    Array,
    /// A chat: a number, or the name of a public one.
    Chat,
    /// A number with a fraction.
    Float,
}

use Kind::{Array, Boolean, Chat, Integer, Object, Text};

/// The parameters of a method; a name with `!` must be given.
type Table = &'static [(&'static str, Kind)];

/// What nearly every method that says something takes.
const SEND: Table = &[
    ("chat_id!", Chat),
    ("business_connection_id", Text),
    ("message_thread_id", Integer),
    ("direct_messages_topic_id", Integer),
    ("disable_notification", Boolean),
    ("protect_content", Boolean),
    ("allow_paid_broadcast", Boolean),
    ("message_effect_id", Text),
    ("suggested_post_parameters", Object),
    ("reply_parameters", Object),
    ("reply_markup", Object),
];

/// What captions take.
const CAPTION: Table =
    &[("caption", Text), ("parse_mode", Text), ("caption_entities", Array), ("show_caption_above_media", Boolean)];

/// The tables of a method; `None` when it is not known.
fn tables(method: &str) -> Option<Vec<Table>> {
    Some(match method {
        "getMe" | "getWebhookInfo" | "logOut" | "close" => vec![],
        "getUpdates" => {
            vec![&[("offset", Integer), ("limit", Integer), ("timeout", Integer), ("allowed_updates", Array)]]
        }
        "setWebhook" => vec![&[
            ("url!", Text),
            ("certificate", Text),
            ("ip_address", Text),
            ("max_connections", Integer),
            ("allowed_updates", Array),
            ("drop_pending_updates", Boolean),
            ("secret_token", Text),
        ]],
        "deleteWebhook" => vec![&[("drop_pending_updates", Boolean)]],
        "sendMessage" => {
            vec![SEND, &[("text!", Text), ("parse_mode", Text), ("entities", Array), ("link_preview_options", Object)]]
        }
        "sendPhoto" => vec![SEND, CAPTION, &[("photo!", Text), ("has_spoiler", Boolean)]],
        "sendVideo" => vec![
            SEND,
            CAPTION,
            &[
                ("video!", Text),
                ("duration", Integer),
                ("width", Integer),
                ("height", Integer),
                ("has_spoiler", Boolean),
            ],
            &[("thumbnail", Text), ("cover", Text), ("start_timestamp", Integer), ("supports_streaming", Boolean)],
        ],
        "sendAudio" => vec![
            SEND,
            CAPTION,
            &[("audio!", Text), ("duration", Integer), ("performer", Text), ("title", Text), ("thumbnail", Text)],
        ],
        "sendDocument" => {
            vec![
                SEND,
                CAPTION,
                &[("document!", Text), ("thumbnail", Text), ("disable_content_type_detection", Boolean)],
            ]
        }
        "sendMediaGroup" => vec![&SEND[..10], &[("media!", Array)]],
        "sendLocation" => {
            vec![SEND, &[("latitude!", Kind::Float), ("longitude!", Kind::Float), ("horizontal_accuracy", Kind::Float)]]
        }
        "sendChatAction" => vec![&[
            ("chat_id!", Chat),
            ("action!", Text),
            ("message_thread_id", Integer),
            ("business_connection_id", Text),
        ]],
        "answerCallbackQuery" => vec![&[
            ("callback_query_id!", Text),
            ("text", Text),
            ("show_alert", Boolean),
            ("url", Text),
            ("cache_time", Integer),
        ]],
        "answerPreCheckoutQuery" => {
            vec![&[("pre_checkout_query_id!", Text), ("ok!", Boolean), ("error_message", Text)]]
        }
        "sendInvoice" => vec![SEND, INVOICE],
        "getFile" => vec![&[("file_id!", Text)]],
        _ => return None,
    })
}

/// <https://core.telegram.org/bots/api#sendinvoice>
const INVOICE: Table = &[
    ("title!", Text),
    ("description!", Text),
    ("payload!", Text),
    ("provider_token", Text),
    ("currency!", Text),
    ("prices!", Array),
    ("max_tip_amount", Integer),
    ("suggested_tip_amounts", Array),
    ("start_parameter", Text),
    ("provider_data", Text),
    ("photo_url", Text),
    ("photo_size", Integer),
    ("photo_width", Integer),
    ("photo_height", Integer),
    ("need_name", Boolean),
    ("need_phone_number", Boolean),
    ("need_email", Boolean),
    ("need_shipping_address", Boolean),
    ("send_phone_number_to_provider", Boolean),
    ("send_email_to_provider", Boolean),
    ("is_flexible", Boolean),
];

/// The parameters typed as the method wants them, or the words of the refusal; `None` when the method is not known.
pub(super) fn typed(method: &str, given: &Map<String, Json>) -> Option<Result<Map<String, Json>, String>> {
    let tables = tables(method)?;
    Some(check(&tables, given))
}

fn check(tables: &[Table], given: &Map<String, Json>) -> Result<Map<String, Json>, String> {
    let known = || tables.iter().flat_map(|table| table.iter());
    let mut typed = Map::new();
    for (name, value) in given {
        let Some((_, kind)) = known().find(|(known, _)| known.trim_end_matches('!') == name) else {
            return Err(format!("Bad Request: unknown parameter \"{name}\""));
        };
        if value.is_null() {
            continue;
        }
        let value = convert(*kind, value).ok_or_else(|| wrong(name, *kind))?;
        typed.insert(name.clone(), value);
    }
    for (name, _) in known().filter(|(name, _)| name.ends_with('!')) {
        let name = name.trim_end_matches('!');
        let empty = typed.get(name).is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()));
        if empty && name != "url" {
            return Err(missing(name));
        }
    }
    Ok(typed)
}

fn wrong(name: &str, kind: Kind) -> String {
    match (name, kind) {
        ("reply_markup", _) => "Bad Request: object expected as reply markup".to_owned(),
        ("chat_id", _) => "Bad Request: chat not found".to_owned(),
        (_, kind) => format!("Bad Request: parameter \"{name}\" must be of type {kind:?}"),
    }
}

fn missing(name: &str) -> String {
    match name {
        "text" => "Bad Request: message text is empty".to_owned(),
        "chat_id" => "Bad Request: chat_id is empty".to_owned(),
        "photo" | "video" | "audio" | "document" => format!("Bad Request: there is no {name} in the request"),
        other => format!("Bad Request: parameter \"{other}\" is required"),
    }
}

/// A value as its type; a form's texts are read as what they stand for.
fn convert(kind: Kind, value: &Json) -> Option<Json> {
    let text = value.as_str();
    match kind {
        Text => match value {
            Json::String(_) => Some(value.clone()),
            Json::Number(number) => Some(Json::String(number.to_string())),
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
        },
        Integer => value.as_i64().or_else(|| text?.parse().ok()).map(Json::from),
        Kind::Float => value.as_f64().or_else(|| text?.parse().ok()).map(Json::from),
        Boolean => value.as_bool().or_else(|| text.and_then(truth)).map(Json::from),
        Chat => value.as_i64().or_else(|| text?.parse().ok()).map(Json::from),
        Object => Some(value.clone())
            .filter(Json::is_object)
            .or_else(|| serde_json::from_str(text?).ok().filter(Json::is_object)),
        Array => Some(value.clone())
            .filter(Json::is_array)
            .or_else(|| serde_json::from_str(text?).ok().filter(Json::is_array)),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}
