//! What an event object looks like, as JSON Schema (draft 2020-12): for the documents that describe what we send.
//!
//! A schema fits the object in both profiles, so keys that only one of them has are not required. Receivers ignore keys they do not know: none forbids more.

use recado_model::EventKind;
use serde_json::{Value as Json, json};

/// The name of the schema of an event's object, as in `IncomingMessageEvent`.
pub fn name_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::NewSubscriber => "NewSubscriberEvent",
        EventKind::IncomingMessage => "IncomingMessageEvent",
        EventKind::OutgoingMessage => "OutgoingMessageEvent",
        EventKind::OpenChat => "OpenChatEvent",
        EventKind::RunCustomFlow => "RunCustomFlowEvent",
        EventKind::LinkClick => "LinkClickEvent",
        EventKind::Unsubscribe => "UnsubscribeEvent",
        EventKind::BotBlock => "BotBlockEvent",
        EventKind::FailedDelivery => "FailedDeliveryEvent",
        EventKind::FlowWebhook => "FlowWebhookEvent",
    }
}

/// All schemas, by name. `at` is where they will stand, as in `#/components/schemas`: they refer to each other.
pub fn schemas(at: &str) -> Vec<(&'static str, Json)> {
    let mut all = vec![
        ("EventBot", bot()),
        ("EventContact", contact()),
        ("FlowEventContact", flow_contact()),
        ("EventMessage", message()),
        ("EventFlow", object(&["id", "name"], json!({"id": uuid("our id of the flow"), "name": text("its name")}))),
    ];
    all.extend(EventKind::ALL.into_iter().map(|kind| (name_of(kind), event(kind, at))));
    all
}

fn event(kind: EventKind, at: &str) -> Json {
    let (title, contact) = match kind {
        EventKind::FlowWebhook => (text("the name typed in the *send webhook* action"), "FlowEventContact"),
        EventKind::NewSubscriber
        | EventKind::IncomingMessage
        | EventKind::OutgoingMessage
        | EventKind::OpenChat
        | EventKind::RunCustomFlow
        | EventKind::LinkClick
        | EventKind::Unsubscribe
        | EventKind::BotBlock
        | EventKind::FailedDelivery => (json!({"type": "string", "const": kind.as_str()}), "EventContact"),
    };
    let properties = json!({
        "info": info(kind, at),
        "service": {"type": "string", "enum": ["messenger", "telegram", "whatsapp", "instagram", "viber", "livechat"]},
        "title": title,
        "bot": refer(at, "EventBot"),
        "contact": refer(at, contact),
        "date": moment("when it happened"),
        "id": uuid("the event's id, as in the header `webhook-id`"),
        "left_out": {
            "type": "array", "items": {"type": "string"},
            "description": "what was left out because the object would have been longer than 255 KiB, as in `variables.notes`",
        },
    });
    object(&["info", "service", "title", "bot", "contact", "date"], properties)
}

/// The details of an event. The profile `as_documented` has null where the documented examples have it.
fn info(kind: EventKind, at: &str) -> Json {
    let or_null = |schema: Json| json!({"oneOf": [schema, {"type": "null"}]});
    match kind {
        EventKind::NewSubscriber | EventKind::OpenChat | EventKind::Unsubscribe | EventKind::BotBlock => {
            json!({"type": "null"})
        }
        EventKind::IncomingMessage | EventKind::OutgoingMessage => {
            let person =
                json!({"firstname": text("given name"), "lastname": text("family name"), "email": text("address")});
            let mut sent_by = object(&["firstname", "lastname", "email"], person);
            sent_by["description"] = "who wrote it, when a person did".into();
            object(&["message"], json!({"message": refer(at, "EventMessage"), "sent_by": sent_by}))
        }
        EventKind::RunCustomFlow => {
            let trigger = json!({"type": text("as in `keyword`"), "keyword": {"type": ["string", "null"]}});
            let trigger = object(&["type", "keyword"], trigger);
            or_null(object(&["flow", "trigger"], json!({"flow": refer(at, "EventFlow"), "trigger": trigger})))
        }
        EventKind::LinkClick => {
            let link = object(&["url", "text"], json!({"url": text("where it leads"), "text": text("its words")}));
            let element = json!({"id": text("the element's id in the flow"), "type": text("as in `message`")});
            let element = object(&["id", "type"], element);
            let properties = json!({"link": link, "element": element, "flow": refer(at, "EventFlow")});
            or_null(object(&["link", "element", "flow"], properties))
        }
        EventKind::FailedDelivery => object(
            &["timestamp", "error_code", "error_message", "message_id"],
            json!({
                "timestamp": moment("when the messenger refused it"),
                "error_code": text("the messenger's code, perhaps empty"),
                "error_message": text("the messenger's words"),
                "message_id": uuid("our id of the message"),
            }),
        ),
        EventKind::FlowWebhook => {
            let fields = json!({
                "type": "object", "additionalProperties": {"type": "string"},
                "description": "the action's extra fields, by name",
            });
            or_null(object(&["fields"], json!({"fields": fields})))
        }
    }
}

fn bot() -> Json {
    let properties = json!({
        "url": text("where people find the bot"),
        "external_id": {"type": ["integer", "string"], "description": "the messenger's id of the bot: a number on Telegram, text elsewhere"},
        "id": uuid("our id"),
        "name": text("its name"),
        "channel": text("the service in capitals"),
        "photo": text("a URL; left out when there is none"),
    });
    object(&["url", "external_id", "id", "name"], properties)
}

fn always() -> Json {
    json!({
        "name": text("the whole name; empty when it is not known"),
        "tags": {"type": "array", "items": {"type": "string"}},
        "last_message": text("the last incoming text; empty when there is none"),
        "photo": {"type": ["string", "null"], "description": "a URL"},
        "id": uuid("our id"),
        "variables": {"type": "object", "description": "by name; texts, numbers, booleans, lists and objects keep their type"},
    })
}

fn contact() -> Json {
    let mut properties = always();
    for (name, words) in [
        ("username", "the messenger's user name"),
        ("phone", "`+` and digits; digits alone on WhatsApp"),
        ("email", "an address"),
        ("telegram_id", "the messenger's id of the person; Telegram only"),
        ("birthday", "`YYYY-MM-DD`"),
        ("city", "a city"),
        ("country", "ISO 3166-1 alpha-2 code"),
        ("language", "BCP 47 tag"),
    ] {
        properties[name] = text(words);
    }
    object(&["name", "tags", "last_message", "photo", "id", "variables"], properties)
}

/// Variables stand flat in it, and may have the name of any key that the person's profile leaves free.
fn flow_contact() -> Json {
    let mut schema = object(&["name", "tags", "last_message", "photo", "id"], always());
    schema["description"] =
        "as in other events, and each variable flat beside the fixed keys, which win where the names are the same"
            .into();
    schema
}

fn message() -> Json {
    let channel_data = json!({
        "message": {"type": ["object", "null"], "description": "the messenger's own object"},
        "message_id": {"type": ["integer", "string", "null"], "description": "the messenger's id of the message: a number on Telegram, text elsewhere"},
        "chat_id": {"type": ["integer", "string"], "description": "the messenger's id of the chat"},
    });
    let attachment = json!({
        "type": {"type": "string", "enum": ["image", "video", "audio", "file"]},
        "url": text("where it can be downloaded, without further credentials, until the link expires"),
        "name": text("its name"),
        "mime": text("its MIME type"),
    });
    let attachments = json!({"type": "array", "items": object(&["type", "url"], attachment)});
    let properties = json!({
        "id": uuid("our id of the message"),
        "channel_data": object(&["message", "message_id"], channel_data),
        "attachments": attachments,
    });
    object(&["id", "channel_data"], properties)
}

fn object(required: &[&str], properties: Json) -> Json {
    json!({"type": "object", "required": required, "properties": properties})
}

fn text(words: &str) -> Json {
    json!({"type": "string", "description": words})
}

fn uuid(words: &str) -> Json {
    json!({"type": "string", "format": "uuid", "description": words})
}

fn moment(words: &str) -> Json {
    let words = format!("{words}: milliseconds since 1970, or seconds where the webhook is set so");
    json!({"type": "integer", "description": words})
}

fn refer(at: &str, name: &str) -> Json {
    json!({"$ref": format!("{at}/{name}")})
}
