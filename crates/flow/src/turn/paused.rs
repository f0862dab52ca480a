//! Paused automation: while an agent speaks, what falls due is held, and goes on in order at the end.

use recado_model::{
    RunEnd, UnixMs, Wait,
    contact::AutomationPause,
    limits::HELD_INPUTS_MAX,
    run::{Held, TimerKey},
    time::MINUTE_MS,
};

use super::Conversation;
use crate::{effect::Effect, run::Next};

impl Conversation<'_> {
    pub(crate) fn is_paused(&self) -> bool {
        self.contact.pause.is_some_and(|pause| pause.holds(self.now))
    }

    /// Pauses, or makes a pause longer; never shorter. The clocks of waiting inputs stand still since the first.
    pub(crate) fn pause_automation(&mut self, pause: AutomationPause) {
        let since = self.contact.pause.map_or(pause.since(), AutomationPause::since);
        let pause = match (self.contact.pause, pause) {
            (Some(AutomationPause::UntilClosed { .. }), _) | (_, AutomationPause::UntilClosed { .. }) => {
                AutomationPause::UntilClosed { since }
            }
            (Some(AutomationPause::Until { until: old, .. }), AutomationPause::Until { until, .. }) => {
                AutomationPause::Until { since, until: until.max(old) }
            }
            (None, AutomationPause::Until { until, .. }) => AutomationPause::Until { since, until },
        };
        self.contact.pause = Some(pause);
        match pause {
            AutomationPause::Until { until, .. } => self.set_timer(TimerKey::Resume, until),
            AutomationPause::UntilClosed { .. } => self.effects.push(Effect::ClearTimer(TimerKey::Resume)),
        }
        // What the contact wrote just before is the agent's to answer.
        if self.contact.gathered.as_ref().is_some_and(|gathered| !gathered.for_input) {
            self.contact.gathered = None;
            self.effects.push(Effect::ClearTimer(TimerKey::Gather));
        }
    }

    /// A pause whose end has passed is over, even if its timer is late.
    pub(super) fn end_overdue_pause(&mut self) {
        if self.contact.pause.is_some() && !self.is_paused() {
            self.resume();
        }
    }

    /// Keeps an input for the end of the pause.
    pub(crate) fn hold(&mut self, held: Held) {
        if self.contact.held.contains(&held) {
            return;
        }
        if self.contact.held.len() >= HELD_INPUTS_MAX {
            let oldest = self.contact.held.remove(0);
            self.log(
                true,
                "held_limit",
                None,
                None,
                format!("over {HELD_INPUTS_MAX} inputs are held; the oldest was dropped"),
            );
            match oldest {
                Held::Active { run } | Held::Api { run, .. } | Held::Timer { key: TimerKey::Run { number: run } } => {
                    self.end_run(run, RunEnd::Error);
                }
                Held::Timer { key: TimerKey::Gather | TimerKey::Resume | TimerKey::Trigger { .. } } => {}
            }
        }
        self.contact.held.push(held);
    }

    /// Ends the pause, and goes on with what was held.
    pub(super) fn resume(&mut self) {
        self.end_pause();
        self.go_on_with_held();
    }

    /// Ends the pause: waiting inputs get back the time they stood still. `false` when there was none.
    pub(super) fn end_pause(&mut self) -> bool {
        let Some(pause) = self.contact.pause.take() else { return false };
        self.effects.push(Effect::ClearTimer(TimerKey::Resume));
        let end = match pause {
            AutomationPause::Until { until, .. } => until.min(self.now),
            AutomationPause::UntilClosed { .. } => self.now,
        };
        self.give_time_back(pause.since(), end);
        true
    }

    /// What was held goes on in order, unless automation is paused again.
    pub(super) fn go_on_with_held(&mut self) {
        while !self.is_paused() && !self.contact.held.is_empty() {
            match self.contact.held.remove(0) {
                Held::Active { run } => self.go_on(run, "active"),
                Held::Timer { key: TimerKey::Run { number } } => self.wait_is_over(number),
                Held::Timer { key: TimerKey::Gather } => self.gathered_is_due(),
                Held::Timer { key: TimerKey::Trigger { id } } => self.trigger_is_due(id, None),
                Held::Timer { key: TimerKey::Resume } => {}
                Held::Api { run, call, answer } => self.answer(run, call, &answer),
            }
        }
    }

    fn give_time_back(&mut self, since: UnixMs, end: UnixMs) {
        let mut moved = Vec::new();
        for index in 0..self.runs.len() {
            let limit = self.time_limit_ms(index);
            let run = &mut self.runs[index];
            let Wait::Input { until, .. } = &mut run.wait else { continue };
            let began = limit.map_or(since, |limit| (*until + -limit).max(since));
            *until = *until + (end - began).max(0);
            moved.push((run.number, *until));
        }
        for (number, until) in moved {
            self.changed(number);
            self.set_timer(TimerKey::Run { number }, until);
        }
    }

    fn time_limit_ms(&self, index: usize) -> Option<i64> {
        let run = self.runs.get(index)?;
        let Wait::Input { part, .. } = run.wait else { return None };
        let plan = self.plan_of(run.flow_id, run.version_id)?;
        let input = plan.message(&run.element)?.input(part)?;
        Some(i64::from(input.time_limit_min) * MINUTE_MS)
    }

    /// Takes a waiting run up and leaves its element by an output.
    pub(super) fn go_on(&mut self, run: u32, output: &'static str) {
        if let Some(walk) = self.take_up(run) {
            self.walk(walk, Next::out(output));
        }
    }
}
