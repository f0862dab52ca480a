//! The channel's own message object, with or without its unused siblings.
//!
//! The documented examples show every key the messenger's object may have, null where unused: WhatsApp's incoming message and Telegram's
//! outgoing one. The profile `recado` leaves unused keys out, `as documented` writes them.

use recado_model::{EventKind, PayloadProfile, Service};
use serde_json::Value as Json;

use super::json::Writer;

/// The keys of WhatsApp's incoming message in the documented example, in its order.
const WHATSAPP_IN: [&str; 18] = [
    "audio",
    "from",
    "context",
    "interactive",
    "contacts",
    "text",
    "button",
    "system",
    "voice",
    "video",
    "identity",
    "image",
    "timestamp",
    "document",
    "type",
    "id",
    "sticker",
    "location",
];

/// The keys of Telegram's outgoing message in the documented example, in its order.
const TELEGRAM_OUT: [&str; 6] =
    ["disable_web_page_preview", "text", "disable_notification", "reply_to_message_id", "parse_mode", "reply_markup"];

fn documented_keys(service: Service, kind: EventKind) -> &'static [&'static str] {
    if service == Service::Whatsapp && kind == EventKind::IncomingMessage {
        &WHATSAPP_IN
    } else if service == Service::Telegram && kind == EventKind::OutgoingMessage {
        &TELEGRAM_OUT
    } else {
        &[]
    }
}

/// Writes the member `message`.
pub(super) fn write(out: &mut Writer, message: &Json, service: Service, kind: EventKind, profile: PayloadProfile) {
    let keys = documented_keys(service, kind);
    let Json::Object(map) = message else {
        out.json("message", message);
        return;
    };
    match profile {
        PayloadProfile::Recado if service == Service::Whatsapp => {
            out.key("message");
            out.open();
            for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                out.json(key, value);
            }
            out.close();
        }
        PayloadProfile::AsDocumented if !keys.is_empty() => {
            out.key("message");
            out.open();
            for key in keys {
                out.json(key, map.get(*key).unwrap_or(&Json::Null));
            }
            for (key, value) in map.iter().filter(|(key, _)| !keys.contains(&key.as_str())) {
                out.json(key, value);
            }
            out.close();
        }
        PayloadProfile::Recado | PayloadProfile::AsDocumented => out.json("message", message),
    }
}
