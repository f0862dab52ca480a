//! The walk of a run through its flow, up to a wait or its end.
//!
//! Every end without error returns to the caller's `next`; an error ends the whole run with a line in the bot's log. A run that waits is put
//! among the contact's runs again, and only then does it take the foreground.

use std::{borrow::Cow, sync::Arc};

use recado_model::{
    ElementId, FlowId, Frame, Run, RunEnd, UnixMs, Wait,
    limits::{ELEMENTS_A_TURN_MAX, FLOW_DEPTH_MAX},
    run::{Held, TimerKey},
};
use serde_json::Value as Json;

use crate::{
    effect::Effect,
    element::{action, api_request, filter, flow, message, pause, randomizer},
    plan::{Compiled, Plan},
    turn::Conversation,
};

/// What an element decided.
#[derive(Debug)]
pub(crate) enum Next {
    /// It is left by this output.
    Out(Cow<'static, str>),
    /// The run waits.
    Wait(Wait),
    /// Automation was paused; the run waits for its end and then goes on by `next`.
    Park,
    /// Another flow is called.
    Call(FlowId),
    /// The run goes over to another flow.
    Go(FlowId),
    /// The run can not go on.
    Fail {
        /// A stable word.
        code: &'static str,
        /// In words.
        text: String,
    },
}

impl Next {
    pub(crate) fn out(output: impl Into<Cow<'static, str>>) -> Self {
        Self::Out(output.into())
    }

    pub(crate) const fn error_out() -> Self {
        Self::Out(Cow::Borrowed("error"))
    }
}

/// A run that moves.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) run: Run,
    pub(crate) plan: Arc<Plan>,
    pub(crate) node: usize,
    passed: usize,
}

impl Walk {
    /// The element it is in.
    pub(crate) fn element(&self) -> &ElementId {
        self.plan.nodes.get(self.node).map_or(&self.run.element, |node| &node.id)
    }
}

/// The context that a run begins with.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) data: Json,
    pub(crate) response: Json,
    pub(crate) start: Json,
    pub(crate) stack: Vec<Frame>,
}

impl Conversation<'_> {
    /// Begins a run of a plan at an element, or by leaving it through an output.
    pub(crate) fn begin(&mut self, plan: Arc<Plan>, node: usize, output: Option<String>, given: Given) {
        let Some(element) = plan.nodes.get(node).map(|node| node.id.clone()) else { return };
        self.end_runs_of(plan.flow_id, RunEnd::Restarted);
        // A pressed button of a called flow comes back to its callers, which must not go on twice.
        for frame in &given.stack {
            self.end_runs_of(frame.flow_id, RunEnd::Restarted);
        }
        let number = self.contact.next_run;
        self.contact.next_run = number.wrapping_add(1);
        let run = Run {
            number,
            flow_id: plan.flow_id,
            version_id: plan.version_id,
            element,
            wait: Wait::Pause { until: self.now, if_inactive: false },
            stack: given.stack,
            data: given.data,
            response: given.response,
            start: given.start,
            started_at: self.now,
        };
        let mut walk = Walk { run, plan, node, passed: 0 };
        let next = match output {
            Some(output) => Next::out(output),
            None => self.enter(&mut walk, node),
        };
        self.walk(walk, next);
    }

    /// Takes a waiting run up again. `None` when there is no such run or its version is gone (then it ended).
    pub(crate) fn take_up(&mut self, number: u32) -> Option<Walk> {
        let at = self.runs.iter().position(|run| run.number == number)?;
        let run = self.runs.remove(at);
        let plan = self.plan_of(run.flow_id, run.version_id).and_then(|plan| Some((plan.node(&run.element)?, plan)));
        let Some((node, plan)) = plan else {
            self.log(
                true,
                "version_gone",
                Some(run.flow_id),
                Some(run.element.clone()),
                "the run's flow version is gone",
            );
            self.leave_wait(&run);
            self.ended(number, RunEnd::Error);
            return None;
        };
        self.leave_wait(&run);
        Some(Walk { run, plan, node, passed: 0 })
    }

    /// The version of a flow, or what is published instead when the version is gone.
    pub(crate) fn plan_of(&self, flow_id: FlowId, version_id: recado_model::VersionId) -> Option<Arc<Plan>> {
        self.view.flows.version(version_id).or_else(|| self.view.flows.published(flow_id))
    }

    /// Clears what a wait had set: its timer, or its API request.
    pub(crate) fn leave_wait(&mut self, run: &Run) {
        match run.wait {
            Wait::Api { call } => self.effects.push(Effect::ApiDone { run: run.number, call }),
            Wait::Input { .. } | Wait::Pause { .. } => {
                self.effects.push(Effect::ClearTimer(TimerKey::Run { number: run.number }));
            }
        }
        let number = run.number;
        self.contact.held.retain(|held| match held {
            Held::Active { run } | Held::Api { run, .. } => *run != number,
            Held::Timer { key } => *key != TimerKey::Run { number },
        });
    }

    fn enter(&mut self, walk: &mut Walk, node: usize) -> Next {
        walk.passed += 1;
        if walk.passed > ELEMENTS_A_TURN_MAX {
            let text = format!("the run passed {ELEMENTS_A_TURN_MAX} elements without waiting");
            return Next::Fail { code: "elements_limit", text };
        }
        walk.node = node;
        let plan = Arc::clone(&walk.plan);
        let Some(node) = plan.nodes.get(node) else {
            return Next::Fail { code: "element_gone", text: "the element is gone".to_owned() };
        };
        walk.run.element = node.id.clone();
        self.count(walk, "entered".to_owned());
        match &node.step {
            Compiled::Message(compiled) => message::say_from(self, walk, compiled, 0),
            Compiled::Action(actions) => action::step(self, walk, actions),
            Compiled::Flow(element) => flow::step(element),
            Compiled::Pause(element) => pause::step(self, walk, element),
            Compiled::Filter(compiled) => filter::step(self, walk, compiled),
            Compiled::Randomizer(element) => randomizer::step(self, walk, element),
            Compiled::Request(request) => api_request::step(self, walk, request),
        }
    }

    /// Walks on from what an element decided, up to a wait or the end.
    pub(crate) fn walk(&mut self, mut walk: Walk, mut next: Next) {
        loop {
            next = match next {
                Next::Out(output) => {
                    self.count(&walk, format!("out:{output}"));
                    match walk.plan.target(walk.node, &output) {
                        Some(node) => self.enter(&mut walk, node),
                        None if output == "error" && walk.plan.request(walk.element()).is_some() => Next::Fail {
                            code: "api_request_failed",
                            text: "the API request failed and its output `error` leads nowhere".to_owned(),
                        },
                        None => match self.come_back(&mut walk) {
                            Ok(true) => Next::out("next"),
                            Ok(false) => return self.ended(walk.run.number, RunEnd::Finished),
                            Err(next) => next,
                        },
                    }
                }
                Next::Wait(wait) => {
                    walk.run.wait = wait;
                    return self.park_or_wait(walk.run);
                }
                Next::Park => {
                    let number = walk.run.number;
                    walk.run.wait = Wait::Pause { until: self.now, if_inactive: false };
                    self.wait(walk.run);
                    return self.hold(Held::Timer { key: TimerKey::Run { number } });
                }
                Next::Call(flow_id) => self.call(&mut walk, flow_id),
                Next::Go(flow_id) => self.go(&mut walk, flow_id),
                Next::Fail { code, text } => {
                    self.count(&walk, "error".to_owned());
                    self.log_at(&walk, true, code, text);
                    return self.ended(walk.run.number, RunEnd::Error);
                }
            };
        }
    }

    fn come_back(&mut self, walk: &mut Walk) -> Result<bool, Next> {
        let Some(frame) = walk.run.stack.pop() else { return Ok(false) };
        let plan = self.plan_of(frame.flow_id, frame.version_id);
        let Some((plan, node)) = plan.and_then(|plan| plan.node(&frame.element).map(|node| (plan, node))) else {
            return Err(Next::Fail { code: "caller_gone", text: "the flow to come back to is gone".to_owned() });
        };
        walk.passed += 1;
        if walk.passed > ELEMENTS_A_TURN_MAX {
            let text = format!("the run passed {ELEMENTS_A_TURN_MAX} elements without waiting");
            return Err(Next::Fail { code: "elements_limit", text });
        }
        walk.run.flow_id = plan.flow_id;
        walk.run.version_id = plan.version_id;
        walk.run.element = frame.element;
        walk.plan = plan;
        walk.node = node;
        Ok(true)
    }

    fn startable(&self, flow_id: FlowId) -> Result<Arc<Plan>, Next> {
        let plan = self.view.flows.is_active(flow_id).then(|| self.view.flows.published(flow_id)).flatten();
        plan.ok_or_else(|| Next::Fail {
            code: "flow_missing",
            text: "the flow to start is off, unpublished or deleted".to_owned(),
        })
    }

    fn call(&mut self, walk: &mut Walk, flow_id: FlowId) -> Next {
        let plan = match self.startable(flow_id) {
            Ok(plan) => plan,
            Err(next) => return next,
        };
        if walk.run.stack.len() >= FLOW_DEPTH_MAX {
            return Next::Fail {
                code: "depth_limit",
                text: format!("more than {FLOW_DEPTH_MAX} flows called inside each other"),
            };
        }
        let frame =
            Frame { flow_id: walk.run.flow_id, version_id: walk.run.version_id, element: walk.element().clone() };
        walk.run.stack.push(frame);
        self.switch(walk, plan)
    }

    fn go(&mut self, walk: &mut Walk, flow_id: FlowId) -> Next {
        match self.startable(flow_id) {
            Ok(plan) => {
                walk.run.stack.clear();
                self.switch(walk, plan)
            }
            Err(next) => next,
        }
    }

    fn switch(&mut self, walk: &mut Walk, plan: Arc<Plan>) -> Next {
        self.end_runs_of(plan.flow_id, RunEnd::Restarted);
        walk.run.flow_id = plan.flow_id;
        walk.run.version_id = plan.version_id;
        let start = plan.start;
        walk.plan = plan;
        self.enter(walk, start)
    }

    fn park_or_wait(&mut self, run: Run) {
        let number = run.number;
        let due = match run.wait {
            Wait::Input { until, .. } | Wait::Pause { until, .. } => Some(until),
            Wait::Api { .. } => None,
        };
        self.wait(run);
        if let Some(due) = due {
            self.set_timer(TimerKey::Run { number }, due);
        }
    }

    /// Puts a run among the waiting ones; in the foreground it replaces the one that was there.
    pub(crate) fn wait(&mut self, run: Run) {
        if run.wait.is_foreground() {
            let others: Vec<u32> =
                self.runs.iter().filter(|other| other.wait.is_foreground()).map(|other| other.number).collect();
            for number in others {
                self.end_run(number, RunEnd::Replaced);
            }
        }
        self.put(run);
    }

    fn count(&mut self, walk: &Walk, what: String) {
        self.effects.push(Effect::Count { flow_id: walk.run.flow_id, element: walk.element().clone(), what });
    }

    /// Whether a run's wait ends at this moment.
    pub(crate) fn due_of(run: &Run) -> Option<UnixMs> {
        match run.wait {
            Wait::Input { until, .. } | Wait::Pause { until, .. } => Some(until),
            Wait::Api { .. } => None,
        }
    }
}
