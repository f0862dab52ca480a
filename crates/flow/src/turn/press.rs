//! Presses of buttons and quick replies, and payments.
//!
//! A press is never a wait: it starts a run at the button's output, in the version that sent the button, with that message's context.

use recado_model::{
    ContactStatus, Inbound, MessageId, Offer, Part, RichText, contact::RecentPress, message::parse_press_payload,
    time::SECOND_MS,
};

use super::Conversation;
use crate::{normalise::normalise, run::Given};

/// A repeated press of one button within this time has no effect.
const REPEAT_MS: i64 = 3 * SECOND_MS;
/// Presses that are remembered.
const PRESSES_MAX: usize = 16;

impl Conversation<'_> {
    pub(super) fn pressed(&mut self, inbound: &Inbound, payload: &str, older: Option<Offer>) {
        let named = parse_press_payload(payload);
        if named.is_some_and(|(message_id, button)| self.is_repeated(message_id, button)) {
            return;
        }
        let offer = self.offer_of(named.map(|(message_id, _)| message_id), older);
        let choice = named.and_then(|(_, button)| offer.as_ref()?.choices.get(usize::from(button)).cloned());
        self.welcome(false);
        self.record(inbound, Part::said(choice.as_ref().map_or("", |choice| &choice.label)));
        if self.contact.status == Some(ContactStatus::Disabled) {
            return;
        }
        self.active_now();
        let (Some(offer), Some(choice)) = (offer, choice) else {
            if self.contact.is_active() && !self.is_paused() {
                self.say_expired();
            }
            return;
        };
        // Paying is told by the messenger, never by a press.
        let output = choice.output.filter(|output| !output.starts_with("paid:"));
        let may = self.contact.is_active() || self.says_farewell(offer.flow_id);
        if let Some(output) = output
            && may
            && !self.is_paused()
        {
            // No new runs of a flow that is off; one that is deleted is off too.
            if self.view.flows.is_active(offer.flow_id) {
                self.take_output(offer, output);
            } else {
                self.say_expired();
            }
        }
    }

    /// Whether the button was pressed just before; else the press is remembered.
    fn is_repeated(&mut self, message_id: MessageId, button: u16) -> bool {
        let now = self.now;
        let presses = &mut self.contact.presses;
        presses.retain(|press| now - press.at < REPEAT_MS);
        if presses.iter().any(|press| press.message_id == message_id && press.button == button) {
            return true;
        }
        if presses.len() >= PRESSES_MAX {
            presses.remove(0);
        }
        presses.push(RecentPress { message_id, button, at: now });
        false
    }

    /// A confirmed payment goes on even while automation is paused: the contact has paid for what follows.
    pub(super) fn paid(&mut self, payload: &str, older: Option<Offer>) {
        let named = parse_press_payload(payload);
        let offer = self.offer_of(named.map(|(message_id, _)| message_id), older);
        let output = named.and_then(|(_, button)| offer.as_ref()?.choices.get(usize::from(button))?.output.clone());
        match (offer, output) {
            (Some(offer), Some(output)) if output.starts_with("paid:") => {
                if matches!(self.contact.status, Some(ContactStatus::Active | ContactStatus::Unsubscribed)) {
                    self.take_output(offer, output);
                }
            }
            (_, _) => {
                self.log(
                    true,
                    "payment_unknown",
                    None,
                    None,
                    "a payment was confirmed for a message that is not known",
                );
            }
        }
    }

    fn offer_of(&self, message_id: Option<MessageId>, older: Option<Offer>) -> Option<Offer> {
        let message_id = message_id?;
        let last = self.contact.offer.as_ref().filter(|offer| offer.message_id == message_id);
        last.cloned().or_else(|| older.filter(|offer| offer.message_id == message_id))
    }

    /// A text that equals a button of the bot's last message counts as its press.
    pub(super) fn press_by_text(&mut self, text: &str) -> bool {
        let Some(offer) = &self.contact.offer else { return false };
        let text = normalise(text);
        if text.is_empty() {
            return false;
        }
        let same = offer.choices.iter().enumerate().find_map(|(button, choice)| {
            let output = choice.output.as_ref().filter(|output| output.starts_with("button:"))?;
            (normalise(&choice.label) == text).then(|| (button, output.clone()))
        });
        let Some((button, output)) = same else { return false };
        let offer = offer.clone();
        if !self.view.flows.is_active(offer.flow_id) {
            return false;
        }
        if !self.is_repeated(offer.message_id, button as u16) {
            self.take_output(offer, output);
        }
        true
    }

    fn take_output(&mut self, offer: Offer, output: String) {
        let plan = self.plan_of(offer.flow_id, offer.version_id);
        let found = plan.and_then(|plan| {
            let node = plan.node(&offer.element)?;
            plan.document.elements.get(node)?.outputs().contains(&output).then_some((plan, node))
        });
        let Some((plan, node)) = found else { return self.say_expired() };
        let given = Given { data: offer.data, response: offer.response, start: offer.start, stack: offer.stack };
        self.begin(plan, node, Some(output), given);
    }

    fn say_expired(&mut self) {
        let text = self.view.bot.settings.expired_button_text.clone();
        if !text.trim().is_empty() {
            self.say(RichText::plain(text), None);
        }
    }
}
