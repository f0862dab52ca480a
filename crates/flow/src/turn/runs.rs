//! The contact's waiting runs: put, ended, and the limit on their number.

use recado_model::{
    EventInfo, EventKind, FlowId, Run, RunEnd, Trigger, TriggerKind, UnixMs,
    limits::RUNS_A_CONTACT_MAX,
    run::{Timer, TimerKey},
};
use serde_json::Value as Json;

use super::Conversation;
use crate::{effect::Effect, run::Given};

impl Conversation<'_> {
    /// Puts a run among the waiting ones. Past the limit the oldest background run ends.
    pub(crate) fn put(&mut self, run: Run) {
        self.ends.insert(run.number, None);
        let number = run.number;
        self.runs.push(run);
        if self.runs.len() > RUNS_A_CONTACT_MAX {
            let background = |run: &&Run| !run.wait.is_foreground() && run.number != number;
            let oldest = self.runs.iter().filter(background).min_by_key(|run| (run.started_at, run.number));
            let Some((number, flow_id)) = oldest.map(|run| (run.number, run.flow_id)) else { return };
            let text = format!("the contact has over {RUNS_A_CONTACT_MAX} runs; the oldest ended");
            self.log(true, "runs_limit", Some(flow_id), None, text);
            self.end_run(number, RunEnd::Error);
        }
    }

    /// A run that stays waiting has changed.
    pub(crate) fn changed(&mut self, number: u32) {
        self.ends.insert(number, None);
    }

    /// A run that does not wait is over.
    pub(crate) fn ended(&mut self, number: u32, why: RunEnd) {
        self.ends.insert(number, Some(why));
    }

    /// Ends a waiting run; its timer or API request goes with it.
    pub(crate) fn end_run(&mut self, number: u32, why: RunEnd) {
        let Some(at) = self.runs.iter().position(|run| run.number == number) else { return };
        let run = self.runs.remove(at);
        self.leave_wait(&run);
        self.ended(number, why);
    }

    /// Ends the waiting runs that are in a flow or come back to it.
    pub(crate) fn end_runs_of(&mut self, flow_id: FlowId, why: RunEnd) {
        self.end_runs_if(why, |run| run.flow_id == flow_id || run.stack.iter().any(|frame| frame.flow_id == flow_id));
    }

    /// Ends the waiting runs for which `which` holds.
    pub(crate) fn end_runs_if(&mut self, why: RunEnd, which: impl Fn(&Run) -> bool) {
        let numbers: Vec<u32> = self.runs.iter().filter(|run| which(run)).map(|run| run.number).collect();
        for number in numbers {
            self.end_run(number, why);
        }
    }

    /// The run that waits for a reply or an answer.
    pub(crate) fn foreground(&self) -> Option<&Run> {
        self.runs.iter().find(|run| run.wait.is_foreground())
    }

    pub(crate) fn set_timer(&mut self, key: TimerKey, due: UnixMs) {
        let timer = Timer { bot_id: self.contact.bot_id, contact_id: self.contact.id, key, due };
        self.effects.push(Effect::SetTimer(timer));
    }

    /// Starts a flow that is on and published. `false` when it is not.
    pub(crate) fn start_flow(&mut self, flow_id: FlowId, given: Given) -> bool {
        if !self.view.flows.is_active(flow_id) {
            return false;
        }
        let Some(plan) = self.view.flows.published(flow_id) else { return false };
        let start = plan.start;
        self.begin(plan, start, None, given);
        true
    }

    /// Starts a trigger's flow. One that a user made says so.
    pub(crate) fn pull(&mut self, trigger: &Trigger, keyword: Option<&str>, start: Json) -> bool {
        if !self.view.flows.is_active(trigger.flow_id) || self.view.flows.published(trigger.flow_id).is_none() {
            let text = format!("the trigger `{}` starts a flow that is off or unpublished", trigger.name);
            self.log(false, "flow_not_running", Some(trigger.flow_id), None, text);
            return false;
        }
        self.tell_custom_flow(trigger.flow_id, &trigger.kind, keyword);
        self.start_flow(trigger.flow_id, Given { start, ..Given::default() })
    }

    /// The event of a flow that a user-made trigger starts.
    pub(crate) fn tell_custom_flow(&mut self, flow_id: FlowId, kind: &TriggerKind, keyword: Option<&str>) {
        if kind.is_system() {
            return;
        }
        let flow_name = self.view.flows.name(flow_id).unwrap_or_default().to_owned();
        let info = EventInfo::CustomFlow {
            flow_id,
            flow_name,
            trigger: kind.as_str().to_owned(),
            keyword: keyword.map(str::to_owned),
        };
        self.emit(EventKind::RunCustomFlow, info);
    }
}
