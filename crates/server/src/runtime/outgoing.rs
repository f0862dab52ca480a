//! The events of the commit that records a messenger's answer.

use std::sync::Arc;

use recado_model::{Contact, Event, EventId, EventInfo, EventKind, Message, UnixMs, event::ContactSnapshot};
use recado_store::{
    outbox::{QueuedMessage, SendCommit, SendResult},
    turns::NewEvent,
};
use serde_json::Value as Json;

use super::{events, registry::LiveBot};
use crate::clock::SystemEntropy;

/// The messenger took the message: `outgoing_message`.
pub fn sent(
    bot: &LiveBot,
    contact: Option<&Contact>,
    queued: &QueuedMessage,
    outcome: Sent,
    now: UnixMs,
) -> SendCommit {
    let external_id = Some(outcome.external_id.clone());
    let events = contact.map(|contact| sent_event(bot, contact, &queued.message, outcome, now)).into_iter().collect();
    commit(queued, SendResult::Sent { external_id, at: now }, events)
}

/// `outgoing_message`, of a message that the messenger took.
pub fn sent_event(bot: &LiveBot, contact: &Contact, message: &Message, outcome: Sent, now: UnixMs) -> NewEvent {
    let info = EventInfo::Message {
        id: message.id,
        message: Arc::new(outcome.message_json),
        message_id: outcome.message_id,
        chat_id: outcome.chat_id,
        sent_by: message.sent_by.clone(),
        attachments: Vec::new(),
    };
    event(bot, contact, EventKind::OutgoingMessage, info, now)
}

/// The messenger refused the message for good: `failed_delivery`.
pub fn failed(
    bot: &LiveBot,
    contact: Option<&Contact>,
    queued: &QueuedMessage,
    code: String,
    words: String,
    now: UnixMs,
) -> SendCommit {
    let error = if code.is_empty() { words.clone() } else { format!("{code}: {words}") };
    let info =
        EventInfo::FailedDelivery { at: now, error_code: code, error_message: words, message_id: queued.message.id };
    // Nothing when the contact was erased meanwhile.
    let events = contact.map(|contact| event(bot, contact, EventKind::FailedDelivery, info, now)).into_iter().collect();
    commit(queued, SendResult::Failed { error }, events)
}

/// To be tried again.
pub fn later(queued: &QueuedMessage, at: UnixMs) -> SendCommit {
    commit(queued, SendResult::Later { at }, Vec::new())
}

/// What the messenger told of a message it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Its id of the message.
    pub external_id: String,
    /// The channel's own object.
    pub message_json: Json,
    /// For `channel_data.message_id`.
    pub message_id: Json,
    /// For `channel_data.chat_id`.
    pub chat_id: Json,
}

/// The event and its deliveries.
fn event(bot: &LiveBot, contact: &Contact, kind: EventKind, info: EventInfo, now: UnixMs) -> NewEvent {
    let event = Event {
        id: EventId::new(now, &mut SystemEntropy),
        bot_id: bot.bot.id,
        kind,
        title: kind.as_str().to_owned(),
        at: now,
        info,
        contact: ContactSnapshot::from(contact),
    };
    events::global(bot, &event, now)
}

fn commit(queued: &QueuedMessage, result: SendResult, events: Vec<NewEvent>) -> SendCommit {
    SendCommit {
        seq: queued.seq,
        message_id: queued.message.id,
        bot_id: queued.message.bot_id,
        contact_id: queued.message.contact_id,
        result,
        events,
    }
}
