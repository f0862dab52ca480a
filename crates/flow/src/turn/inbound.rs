//! What a messenger tells: the message is recorded, the status decided, the event told, and what the contact wants is routed.

use std::sync::Arc;

use recado_model::{
    ContactStatus, Direction, EventInfo, EventKind, Inbound, InboundKind, Message, MessageId, MessageStatus, Offer,
    Part, Profile,
};
use serde_json::Value as Json;

use super::Conversation;
use crate::{calendar, effect::Effect, reply::Reply};

impl Conversation<'_> {
    pub(super) fn inbound(&mut self, inbound: &Inbound, pressed: Option<Offer>) {
        self.learn(&inbound.profile);
        self.zone = calendar::zone_of(&self.contact, self.view.account);
        match &inbound.kind {
            InboundKind::Message { text, attachments, location, phone } => {
                if let Some(payload) = start_payload(text) {
                    return self.started(inbound, Some(payload), true);
                }
                let fresh = self.welcome(false);
                let part = Part::Inbound {
                    text: text.clone(),
                    attachments: attachments.clone(),
                    location: *location,
                    phone: phone.clone(),
                };
                self.record(inbound, part);
                let reply = Reply { text, attachments, link: None, location: *location, phone: phone.as_deref() };
                self.heard(reply, fresh);
            }
            InboundKind::Press { payload, .. } => self.pressed(inbound, payload, pressed),
            InboundKind::Start { payload, said } => self.started(inbound, payload.as_deref(), *said),
            InboundKind::Paid { payload } => self.paid(payload, pressed),
            InboundKind::Blocked => self.block(),
            InboundKind::Unblocked => {
                if self.contact.status == Some(ContactStatus::Blocked) {
                    self.become_active();
                }
            }
        }
    }

    /// Takes over what the update tells of the person; what people typed here stays where it can be wrong.
    fn learn(&mut self, told: &Profile) {
        let profile = &mut self.contact.profile;
        if !told.name.is_empty() {
            profile.name.clone_from(&told.name);
        }
        let newer = |own: &mut Option<String>, told: &Option<String>| {
            if told.is_some() && own != told {
                own.clone_from(told);
            }
        };
        newer(&mut profile.first_name, &told.first_name);
        newer(&mut profile.last_name, &told.last_name);
        newer(&mut profile.username, &told.username);
        newer(&mut profile.photo, &told.photo);
        newer(&mut profile.language, &told.language);
        let first = |own: &mut Option<String>, told: &Option<String>| {
            if own.is_none() && told.is_some() {
                own.clone_from(told);
            }
        };
        first(&mut profile.phone, &told.phone);
        first(&mut profile.email, &told.email);
        first(&mut profile.birthday, &told.birthday);
        first(&mut profile.city, &told.city);
        first(&mut profile.country, &told.country);
        first(&mut profile.time_zone, &told.time_zone);
    }

    /// Keeps what was said and tells it.
    pub(super) fn record(&mut self, inbound: &Inbound, part: Part) {
        let id = MessageId::new(self.now, self.rng);
        if let Part::Inbound { text, .. } = &part
            && !text.is_empty()
        {
            text.clone_into(&mut self.contact.last_message);
        }
        self.effects.push(Effect::Message(Box::new(Message {
            id,
            bot_id: self.contact.bot_id,
            contact_id: self.contact.id,
            direction: Direction::In,
            status: MessageStatus::Received,
            part,
            external_id: match &inbound.message_id {
                Json::Null => None,
                Json::String(text) => Some(text.clone()),
                Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    Some(inbound.message_id.to_string())
                }
            },
            at: self.now,
            not_before: self.now,
            offer: None,
            sent_by: None,
            error: None,
        })));
        let info = EventInfo::Message {
            id,
            message: Arc::clone(&inbound.raw),
            message_id: inbound.message_id.clone(),
            chat_id: inbound.chat_id.clone(),
            sent_by: None,
            attachments: Vec::new(),
        };
        self.emit(EventKind::IncomingMessage, info);
    }

    /// `/start`, or the web chat was opened.
    fn started(&mut self, inbound: &Inbound, payload: Option<&str>, said: bool) {
        let payload = payload.map(str::trim).filter(|payload| !payload.is_empty());
        let fresh = self.welcome(said);
        if said {
            let text = payload.map_or_else(|| "/start".to_owned(), |payload| format!("/start {payload}"));
            self.record(inbound, Part::said(text));
            self.active_now();
        }
        // Saying `/start` works while automation is paused; opening the web chat says nothing.
        if !self.contact.is_active() || (!said && self.is_paused()) {
            return;
        }
        let start = payload.map_or(Json::Null, |payload| Json::String(payload.to_owned()));
        let triggers = self.view.triggers;
        let reference = payload.and_then(|payload| triggers.link(payload, self.now, &self.zone));
        let welcome_first = fresh && self.view.bot.settings.welcome_first;
        // Who comes back to the web chat by a link was welcomed already.
        let comes_back = !said && !fresh && payload.is_some();
        let subscription = triggers.subscription(self.now, &self.zone).filter(|_| !comes_back);
        let order = if welcome_first { [subscription, reference] } else { [reference, subscription] };
        for trigger in order.into_iter().flatten() {
            if self.pull(trigger, None, start.clone()) {
                return;
            }
        }
    }
}

/// The payload of a typed `/start`, perhaps empty; `None` for any other text.
fn start_payload(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix("/start")?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
}
