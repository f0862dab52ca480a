//! Whether the bot may write to the contact, and what follows from a change.

use recado_model::{ContactStatus, EventInfo, EventKind, RunEnd, TriggerKind, UnixMs, run::TimerKey, time::MINUTE_MS};
use serde_json::Value as Json;

use super::{Conversation, Later};
use crate::effect::Effect;

impl Conversation<'_> {
    /// The contact wrote. `true` when that made it active. An unsubscribed contact needs `/start` for it.
    pub(super) fn welcome(&mut self, said_start: bool) -> bool {
        let becomes = match self.contact.status {
            None | Some(ContactStatus::Blocked) => true,
            Some(ContactStatus::Unsubscribed) => said_start,
            Some(ContactStatus::Active | ContactStatus::Disabled) => false,
        };
        if becomes {
            self.become_active();
        }
        becomes
    }

    /// Becomes active from nothing, unsubscribed or blocked.
    pub(super) fn become_active(&mut self) {
        self.contact.status = Some(ContactStatus::Active);
        self.contact.subscribed_at = Some(self.now);
        self.emit(EventKind::NewSubscriber, EventInfo::None);
        let triggers = self.view.triggers.after_subscription().chain(self.view.triggers.inactivity());
        let timers: Vec<_> = triggers.map(|(trigger, minutes)| (trigger.id, minutes)).collect();
        if self.contact.active_at.is_none() {
            self.contact.active_at = Some(self.now);
        }
        for (id, minutes) in timers {
            self.set_timer(TimerKey::Trigger { id }, after(self.now, minutes));
        }
    }

    /// *Subscribe again*.
    pub(crate) fn subscribe_again(&mut self) {
        if self.contact.status != Some(ContactStatus::Active) && self.contact.status != Some(ContactStatus::Disabled) {
            self.become_active();
        }
    }

    /// Ends everything but the run that asks for it, then runs the unsubscription flow once.
    ///
    /// That run is not among the waiting ones while it moves, so it goes on.
    pub(crate) fn unsubscribe(&mut self) {
        if self.contact.status != Some(ContactStatus::Active) {
            return;
        }
        self.leave(ContactStatus::Unsubscribed, RunEnd::Unsubscribed);
        self.emit(EventKind::Unsubscribe, EventInfo::None);
        self.later(Later::Farewell);
    }

    /// The contact blocked the bot. Deliveries go on.
    pub(super) fn block(&mut self) {
        match self.contact.status {
            Some(ContactStatus::Blocked | ContactStatus::Disabled) => {}
            None | Some(ContactStatus::Active | ContactStatus::Unsubscribed) => {
                self.leave(ContactStatus::Blocked, RunEnd::Blocked);
                self.emit(EventKind::BotBlock, EventInfo::None);
            }
        }
    }

    /// Ends waiting runs, timers and queued messages.
    pub(super) fn leave(&mut self, status: ContactStatus, why: RunEnd) {
        self.contact.status = Some(status);
        self.end_runs_if(why, |_| true);
        if self.contact.gathered.take().is_some() {
            self.effects.push(Effect::ClearTimer(TimerKey::Gather));
        }
        let triggers: Vec<_> = self
            .view
            .triggers
            .triggers()
            .iter()
            .filter(|trigger| {
                matches!(trigger.kind, TriggerKind::AfterSubscription { .. } | TriggerKind::Inactivity { .. })
            })
            .map(|trigger| trigger.id)
            .collect();
        for id in triggers {
            self.effects.push(Effect::ClearTimer(TimerKey::Trigger { id }));
        }
        self.contact.held.clear();
        self.contact.queued.clear();
        self.effects.push(Effect::CancelQueuedMessages);
    }

    /// The unsubscription flow, once a turn: it may itself subscribe and unsubscribe.
    pub(super) fn farewell(&mut self) {
        if self.contact.status != Some(ContactStatus::Unsubscribed) || self.said_farewell {
            return;
        }
        self.said_farewell = true;
        if let Some(trigger) = self.view.triggers.unsubscription(self.now, &self.zone) {
            self.pull(trigger, None, Json::Null);
        }
    }

    /// The flow that says good-bye; alone it may still hear an unsubscribed contact.
    pub(super) fn says_farewell(&self, flow_id: recado_model::FlowId) -> bool {
        self.view
            .triggers
            .triggers()
            .iter()
            .any(|trigger| matches!(trigger.kind, TriggerKind::Unsubscription) && trigger.flow_id == flow_id)
    }
}

/// A moment so many minutes later.
pub(super) fn after(moment: UnixMs, minutes: u32) -> UnixMs {
    moment + i64::from(minutes) * MINUTE_MS
}
