//! What we send, described for machines: the parts that the OpenAPI document and the AsyncAPI document share, and the latter.
//!
//! Whoever writes a receiver makes types of it. `docs/asyncapi.json` is a snapshot, as that of the OpenAPI document. Format: <https://www.asyncapi.com/docs/reference/specification/v3.0.0>.

use recado_delivery::payload::schema;
use recado_model::EventKind;
use serde_json::{Map, Value, json};

/// Where the schemas stand in both documents.
pub const SCHEMAS: &str = "#/components/schemas";

/// The headers of every request, and what they say.
pub const HEADERS: [(&str, &str); 5] = [
    ("webhook-id", "the event's id, the same over all attempts"),
    ("webhook-timestamp", "seconds since 1970, of this attempt"),
    ("webhook-signature", "Standard Webhooks 1.0"),
    ("recado-event", "the event's name; `flow_webhook` for a flow webhook"),
    ("recado-attempt", "1 for the first"),
];

/// The body in every format but CloudEvents: an array of one event object. The format `form` has it in the field `payload`.
pub fn array(kind: EventKind) -> Value {
    json!({"type": "array", "minItems": 1, "maxItems": 1, "items": event(kind)})
}

/// The body in the format `cloudevents`.
pub fn cloudevent(kind: EventKind) -> Value {
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"type": "string", "description": "`/bots/` and the bot's id"},
            "type": {"type": "string", "const": format!("recado.{}", kind.as_str())},
            "subject": {"type": "string", "format": "uuid", "description": "the contact's id"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "const": "application/json"},
            "data": event(kind),
        },
    })
}

fn event(kind: EventKind) -> Value {
    json!({"$ref": format!("{SCHEMAS}/{}", schema::name_of(kind))})
}

/// What an event is, in a sentence.
pub const fn summary(kind: EventKind) -> &'static str {
    match kind {
        EventKind::NewSubscriber => "The contact became active.",
        EventKind::IncomingMessage => "The contact said something.",
        EventKind::OutgoingMessage => "The messenger took a message of the bot.",
        EventKind::OpenChat => "The chat was opened for an agent.",
        EventKind::RunCustomFlow => "A flow was started by a trigger that a user made.",
        EventKind::LinkClick => "A tracked link was followed.",
        EventKind::Unsubscribe => "The contact unsubscribed.",
        EventKind::BotBlock => "The contact blocked the bot.",
        EventKind::FailedDelivery => "The messenger refused a message for good.",
        EventKind::FlowWebhook => "A run passed a send webhook; the title is the element's name.",
    }
}

/// The AsyncAPI document: one channel, the webhook, with a message for each event.
pub fn document() -> Value {
    let (mut messages, mut of_channel, mut operations) = (Map::new(), Map::new(), Map::new());
    let headers: Map<String, Value> = HEADERS
        .into_iter()
        .map(|(name, words)| (name.to_owned(), json!({"type": "string", "description": words})))
        .collect();
    for kind in EventKind::ALL {
        let name = kind.as_str();
        let message = json!({
            "name": name,
            "summary": summary(kind),
            "contentType": "application/json",
            "headers": {"type": "object", "required": HEADERS.map(|(name, _)| name), "properties": headers},
            "payload": array(kind),
        });
        messages.insert(name.to_owned(), message);
        of_channel.insert(name.to_owned(), json!({"$ref": format!("#/components/messages/{name}")}));
        let operation = json!({
            "action": "send",
            "summary": summary(kind),
            "channel": {"$ref": "#/channels/webhook"},
            "messages": [{"$ref": format!("#/channels/webhook/messages/{name}")}],
        });
        operations.insert(format!("send_{name}"), operation);
    }
    let schemas: Map<String, Value> =
        schema::schemas(SCHEMAS).into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Recado webhooks",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What Recado posts to webhooks: at least once, for one contact in order, signed by Standard Webhooks. The body is that of the formats `documented` and `json`; \
                `form` has it in a field `payload`, `cloudevents` has the event object as its `data`.",
        },
        "defaultContentType": "application/json",
        "channels": {"webhook": {
            "address": null,
            "title": "A webhook",
            "description": "The URL that a user typed.",
            "messages": of_channel,
        }},
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    })
}
