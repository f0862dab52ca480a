//! Timers, API answers and followed links: what takes waiting runs up again.
//!
//! A timer that fell due is always cleared or set again, so that it does not come back by itself. One whose moment has changed has no effect.

use recado_model::{
    ElementId, EventInfo, EventKind, FlowId, RunEnd, TriggerId, TriggerKind, UnixMs, Wait,
    contact::AutomationPause,
    run::{ApiAnswer, Held, TimerKey},
};
use serde_json::Value as Json;

use super::{Conversation, status};
use crate::{effect::Effect, element::api_request, run::Next};

impl Conversation<'_> {
    pub(super) fn timer(&mut self, key: TimerKey, due: UnixMs) {
        if let Some(other) = self.moment_of(key).filter(|moment| *moment != due) {
            return self.set_timer(key, other);
        }
        let known = self.moment_of(key).is_some() || matches!(key, TimerKey::Trigger { .. });
        self.effects.push(Effect::ClearTimer(key));
        if !known {
            return;
        }
        match key {
            TimerKey::Resume => self.resume(),
            TimerKey::Gather if self.is_paused() => self.hold(Held::Timer { key }),
            TimerKey::Gather => self.gathered_is_due(),
            TimerKey::Run { number } if self.is_paused() => {
                let asks = |run: &recado_model::Run| run.number == number && matches!(run.wait, Wait::Input { .. });
                // The clock of a waiting input stands still; its timer is set anew at the end of the pause.
                if !self.runs.iter().any(asks) {
                    self.hold(Held::Timer { key });
                }
            }
            TimerKey::Run { number } => self.wait_is_over(number),
            TimerKey::Trigger { id } if self.is_paused() => {
                if self.trigger_fits(id, due) {
                    self.hold(Held::Timer { key });
                }
            }
            TimerKey::Trigger { id } => self.trigger_is_due(id, Some(due)),
        }
    }

    /// When a timer is due as the contact knows it; a trigger's is not known.
    fn moment_of(&self, key: TimerKey) -> Option<UnixMs> {
        match key {
            TimerKey::Run { number } => self.runs.iter().find(|run| run.number == number).and_then(Self::due_of),
            TimerKey::Gather => self.contact.gathered.as_ref().map(|gathered| gathered.until),
            TimerKey::Resume => match self.contact.pause {
                Some(AutomationPause::Until { until, .. }) => Some(until),
                Some(AutomationPause::UntilClosed { .. }) | None => None,
            },
            TimerKey::Trigger { .. } => None,
        }
    }

    /// A pause ends, or an input's time is up.
    pub(super) fn wait_is_over(&mut self, number: u32) {
        let Some(run) = self.runs.iter().find(|run| run.number == number) else { return };
        let output = match run.wait {
            Wait::Input { .. } => "timeout",
            Wait::Pause { .. } => "next",
            Wait::Api { .. } => return,
        };
        if self.contact.is_active() {
            self.go_on(number, output);
        } else {
            self.end_run(number, RunEnd::Unsubscribed);
        }
    }

    /// Whether a trigger's timer still means what it meant when it was set.
    fn trigger_fits(&self, id: TriggerId, due: UnixMs) -> bool {
        let Some(trigger) = self.view.triggers.by_id(id).filter(|trigger| trigger.active) else { return false };
        let (since, minutes) = match trigger.kind {
            TriggerKind::AfterSubscription { delay_min } => (self.contact.subscribed_at, delay_min),
            // Becoming active again counts as activity.
            TriggerKind::Inactivity { after_min } => {
                (self.contact.active_at.max(self.contact.subscribed_at), after_min)
            }
            TriggerKind::Subscription
            | TriggerKind::StandardReply
            | TriggerKind::Unsubscription
            | TriggerKind::Keyword { .. }
            | TriggerKind::Event
            | TriggerKind::Ref { .. } => return false,
        };
        self.contact.is_active() && since.is_some_and(|since| status::after(since, minutes) == due)
    }

    /// A trigger's delay is over. Held ones come without their moment: they were checked when they fell due.
    pub(super) fn trigger_is_due(&mut self, id: TriggerId, due: Option<UnixMs>) {
        let triggers = self.view.triggers;
        let fits = due.is_none_or(|due| self.trigger_fits(id, due)) && self.contact.is_active();
        let Some(trigger) = triggers.by_id(id).filter(|trigger| fits && trigger.active) else { return };
        let in_hours =
            trigger.hours.as_ref().is_none_or(|hours| crate::calendar::within_hours(hours, self.now, &self.zone));
        if in_hours {
            self.pull(trigger, None, Json::Null);
        }
    }

    pub(super) fn api_answered(&mut self, run: u32, call: u32, answer: &ApiAnswer) {
        let waits = self.runs.iter().any(|known| known.number == run && known.wait == Wait::Api { call });
        if !waits {
            self.effects.push(Effect::ApiDone { run, call });
        } else if self.is_paused() {
            self.effects.push(Effect::ApiDone { run, call });
            self.hold(Held::Api { run, call, answer: answer.clone() });
        } else {
            self.answer(run, call, answer);
        }
    }

    /// Gives an answer to the run that waits for it.
    pub(super) fn answer(&mut self, run: u32, call: u32, answer: &ApiAnswer) {
        if !self.runs.iter().any(|known| known.number == run && known.wait == Wait::Api { call }) {
            return;
        }
        let Some(mut walk) = self.take_up(run) else { return };
        let plan = std::sync::Arc::clone(&walk.plan);
        let next = match plan.request(walk.element()) {
            Some(request) => api_request::answered(self, &mut walk, request, answer),
            None => Next::Fail { code: "element_gone", text: "the element is no API request any more".to_owned() },
        };
        self.walk(walk, next);
    }

    pub(super) fn link_clicked(&mut self, url: &str, text: &str, flow_id: FlowId, element: &ElementId) {
        let flow_name = self.view.flows.name(flow_id).unwrap_or_default().to_owned();
        let info = EventInfo::Link {
            url: url.to_owned(),
            text: text.to_owned(),
            element: element.clone(),
            flow_id,
            flow_name,
        };
        self.emit(EventKind::LinkClick, info);
        self.active_now();
    }
}
