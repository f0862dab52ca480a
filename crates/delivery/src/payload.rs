//! The body of a webhook.
//!
//! The *event object* is what happened, in the documented keys and their order. It is encoded once per (profile, unit of `date`) at the commit
//! that makes the event a fact, stored, and every attempt sends those bytes. [`body`] puts the wrapping of a webhook's format around it: that
//! costs a copy and no parsing.
//!
//! **Limit.** An event object takes at most [`DATA_BYTES_MAX`]. Past it the largest variables (and fields, and the channel's own message object)
//! are left out, largest first, until it fits; fixed keys always stand. What was left out is named in a last key `left_out`, as in
//! `["variables.notes"]`, in either profile, so that a receiver never takes a missing variable for an unset one.
//!
//! Wire facts: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>.

mod channel_message;
mod json;
mod object;
pub mod schema;

use recado_model::{
    BotId, ContactId, ContentFormat, DateUnit, Delivery, EventId, EventKind, PayloadProfile, UnixMs, limits,
};

use json::Writer;
pub use object::event_object;

/// Bytes that the wrapping of a format may take.
const WRAPPING_BYTES_MAX: usize = 1_024;

/// Bytes of an event object. A form's percent-encoding comes on top of it.
pub const DATA_BYTES_MAX: usize = limits::WEBHOOK_BODY_BYTES_MAX - WRAPPING_BYTES_MAX;

/// The number under which an encoding of the event object is stored: 0 is the default (profile `recado`, milliseconds).
pub const fn encoding_key(profile: PayloadProfile, unit: DateUnit) -> u8 {
    match (profile, unit) {
        (PayloadProfile::Recado, DateUnit::Milliseconds) => 0,
        (PayloadProfile::Recado, DateUnit::Seconds) => 1,
        (PayloadProfile::AsDocumented, DateUnit::Milliseconds) => 2,
        (PayloadProfile::AsDocumented, DateUnit::Seconds) => 3,
    }
}

/// The settings behind an [`encoding_key`]; `None` for a number that is none.
pub const fn encoding_of(key: u8) -> Option<(PayloadProfile, DateUnit)> {
    match key {
        0 => Some((PayloadProfile::Recado, DateUnit::Milliseconds)),
        1 => Some((PayloadProfile::Recado, DateUnit::Seconds)),
        2 => Some((PayloadProfile::AsDocumented, DateUnit::Milliseconds)),
        3 => Some((PayloadProfile::AsDocumented, DateUnit::Seconds)),
        _ => None,
    }
}

/// What the CloudEvents wrapping tells of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventMeta {
    /// The event.
    pub id: EventId,
    /// Its kind.
    pub kind: EventKind,
    /// When it happened.
    pub at: UnixMs,
    /// The bot it happened to.
    pub bot_id: BotId,
    /// The contact it happened with.
    pub contact_id: ContactId,
}

impl EventMeta {
    /// Of the event that a delivery carries.
    pub const fn of(delivery: &Delivery) -> Self {
        Self {
            id: delivery.event_id,
            kind: delivery.event_kind,
            at: delivery.created_at,
            bot_id: delivery.bot_id,
            contact_id: delivery.contact_id,
        }
    }
}

/// The `Content-Type` of a format.
pub const fn content_type(format: ContentFormat) -> &'static str {
    match format {
        ContentFormat::Documented | ContentFormat::Form => "application/x-www-form-urlencoded",
        ContentFormat::Json => "application/json",
        ContentFormat::Cloudevents => "application/cloudevents+json",
    }
}

/// The body as it is sent: the event object in the wrapping of the format. The same input gives the same bytes.
pub fn body(format: ContentFormat, data: &[u8], meta: &EventMeta) -> Vec<u8> {
    match format {
        ContentFormat::Documented | ContentFormat::Json => array(data),
        ContentFormat::Form => form(data),
        ContentFormat::Cloudevents => cloudevent(data, meta),
    }
}

fn array(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 2);
    out.push(b'[');
    out.extend_from_slice(data);
    out.push(b']');
    out
}

fn form(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() * 2 + 16);
    out.extend_from_slice(b"payload=");
    for chunk in url::form_urlencoded::byte_serialize(&array(data)) {
        out.extend_from_slice(chunk.as_bytes());
    }
    out
}

fn cloudevent(data: &[u8], meta: &EventMeta) -> Vec<u8> {
    let mut out = Writer::with_capacity(data.len() + 320);
    out.open();
    out.text("specversion", "1.0");
    out.text("id", &meta.id.to_string());
    out.text("source", &format!("/bots/{}", meta.bot_id));
    out.text("type", &format!("recado.{}", meta.kind.as_str()));
    out.text("subject", &meta.contact_id.to_string());
    if let Ok(time) = jiff::Timestamp::from_millisecond(meta.at.0) {
        out.text("time", &time.to_string());
    }
    out.text("datacontenttype", "application/json");
    out.key("data");
    out.raw(data);
    out.close();
    out.into_bytes()
}
