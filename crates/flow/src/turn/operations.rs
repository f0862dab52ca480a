//! What an agent, an operator or our API asks.

use recado_model::{
    ContactStatus, FlowId, Profile, Run, RunEnd, TriggerKind, Value, VersionId, Wait,
    contact::AutomationPause,
    limits::{TAG_CHARS_MAX, VARIABLE_NAME_CHARS_MAX},
    time::MINUTE_MS,
};

use super::Conversation;
use crate::{
    calendar,
    effect::Refusal,
    element::pause::PauseCondition,
    input::{Imported, Operation},
    plan::Compiled,
    run::Given,
};

impl Conversation<'_> {
    pub(super) fn operation(&mut self, operation: &Operation) {
        match operation {
            Operation::RunFlow { flow_id, data, force } => self.run_flow(*flow_id, data, *force),
            Operation::StopRun { run } => {
                if self.runs.iter().any(|known| known.number == *run) {
                    self.end_run(*run, RunEnd::Stopped);
                } else {
                    self.refused = Some(Refusal::NoSuchRun);
                }
            }
            Operation::FlowDeleted { flow_id } => self.end_runs_of(*flow_id, RunEnd::FlowDeleted),
            Operation::MoveRuns { flow_id, to } => self.move_runs(*flow_id, *to),
            Operation::StopRuns { flow_id, to } => {
                for run in self.older_runs(*flow_id, *to) {
                    self.end_run(run, RunEnd::Stopped);
                }
            }
            Operation::SetVariables { values } => self.set_variables(values),
            Operation::AddTags { tags } => self.add_tags(tags),
            Operation::RemoveTags { tags } => tags.iter().for_each(|tag| self.remove_tag(tag)),
            Operation::SetProfile { profile } => self.set_profile(profile),
            Operation::Import(person) => self.import(person),
            Operation::Unsubscribe => self.unsubscribe(),
            Operation::Subscribe => self.subscribe_again(),
            Operation::Disable { disabled } => self.disable(*disabled),
            Operation::OpenChat { assignee } => self.open_chat(*assignee, false),
            Operation::AssignChat { assignee } => self.assign_chat(*assignee),
            Operation::CloseChat => self.close_chat(),
            Operation::PauseAutomation { until } => self.pause_automation(match until {
                Some(until) => AutomationPause::Until { since: self.now, until: *until },
                None => AutomationPause::UntilClosed { since: self.now },
            }),
            Operation::ResumeAutomation => self.resume(),
            Operation::AgentMessage { text, sent_by } => {
                if matches!(self.contact.status, Some(ContactStatus::Blocked | ContactStatus::Disabled)) {
                    self.refused = Some(Refusal::ContactNotActive);
                    return;
                }
                self.say(text.clone(), Some(sent_by.clone()));
                let minutes = i64::from(self.view.bot.settings.agent_pause_min);
                if minutes > 0 {
                    self.pause_automation(AutomationPause::Until {
                        since: self.now,
                        until: self.now + minutes * MINUTE_MS,
                    });
                }
            }
        }
    }

    fn run_flow(&mut self, flow_id: FlowId, data: &serde_json::Value, force: bool) {
        self.refused = if !self.contact.is_active() {
            Some(Refusal::ContactNotActive)
        } else if self.is_paused() && !force {
            Some(Refusal::AutomationPaused)
        } else if !self.view.flows.is_active(flow_id)
            || self.view.flows.published(flow_id).is_none()
            || (!force && !self.view.triggers.lets_event_start(flow_id, self.now, &self.zone))
        {
            Some(Refusal::FlowNotRunning)
        } else {
            None
        };
        if self.refused.is_none() {
            self.tell_custom_flow(flow_id, &TriggerKind::Event, None);
            self.start_flow(flow_id, Given { data: data.clone(), ..Given::default() });
        }
    }

    /// Moves waiting runs to the same element of another version, where it can wait for the same thing.
    fn move_runs(&mut self, flow_id: FlowId, to: VersionId) {
        let numbers = self.older_runs(flow_id, to);
        let plan = self.view.flows.version(to).or_else(|| self.view.flows.published(flow_id));
        for number in numbers {
            let Some(run) = self.runs.iter_mut().find(|run| run.number == number) else { continue };
            let there = plan.as_ref().and_then(|plan| Some((plan, plan.nodes.get(plan.node(&run.element)?)?)));
            let fits = there.filter(|(_, node)| match (&run.wait, &node.step) {
                (Wait::Input { part, .. }, Compiled::Message(message)) => message.input(*part).is_some(),
                (Wait::Api { .. }, Compiled::Request(_))
                | (Wait::Pause { .. }, Compiled::Pause(_) | Compiled::Action(_)) => true,
                (Wait::Input { .. } | Wait::Api { .. } | Wait::Pause { .. }, _) => false,
            });
            match fits {
                Some((plan, node)) => {
                    run.version_id = plan.version_id;
                    if let (Wait::Pause { if_inactive, .. }, Compiled::Pause(pause)) = (&mut run.wait, &node.step) {
                        *if_inactive = pause.condition == PauseCondition::IfInactive;
                    }
                    self.changed(number);
                }
                None => self.end_run(number, RunEnd::MovedAway),
            }
        }
    }

    /// Runs that began before this version was published: not those of the version itself, nor of one that was published since. The word may come late, over
    /// a restart.
    fn older_runs(&self, flow_id: FlowId, than: VersionId) -> Vec<u32> {
        let newest = self.view.flows.published(flow_id).map(|plan| plan.version_id);
        let is_older = |run: &&Run| run.version_id != than && Some(run.version_id) != newest;
        self.runs.iter().filter(|run| run.flow_id == flow_id).filter(is_older).map(|run| run.number).collect()
    }

    fn set_variables(&mut self, values: &[(String, Option<Value>)]) {
        let before = self.contact.variables.clone();
        if values.iter().any(|(name, value)| !self.put_variable(name, value.clone())) {
            self.contact.variables = before;
        }
    }

    /// `false`: refused.
    fn put_variable(&mut self, name: &str, value: Option<Value>) -> bool {
        let bad_name = name.is_empty() || name.starts_with('$') || name.chars().count() > VARIABLE_NAME_CHARS_MAX;
        let done = !bad_name && self.change_variable(name, value).is_ok();
        if !done {
            self.refused = Some(Refusal::LimitReached);
        }
        done
    }

    fn import(&mut self, person: &Imported) {
        let (before, effects) = (self.contact.clone(), self.effects.len());
        self.set_profile(&person.profile);
        let is_set = person.variables.iter().all(|(name, value)| self.put_variable(name, Some(value.clone())));
        if is_set {
            self.add_tags(&person.tags);
        }
        if self.refused.is_some() {
            self.contact = before;
            self.effects.truncate(effects);
            return;
        }
        let profile = &mut self.contact.profile;
        if profile.name.is_empty() {
            let names = [profile.first_name.as_deref(), profile.last_name.as_deref()];
            profile.name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        }
        self.contact.status = self.contact.status.or(person.status);
    }

    fn add_tags(&mut self, tags: &[String]) {
        let (before, effects) = (self.contact.tags.clone(), self.effects.len());
        for tag in tags {
            let tag = tag.trim();
            if tag.is_empty() || tag.chars().count() > TAG_CHARS_MAX || !self.add_tag(tag) {
                self.contact.tags = before;
                self.effects.truncate(effects);
                self.refused = Some(Refusal::LimitReached);
                return;
            }
        }
    }

    fn set_profile(&mut self, new: &Profile) {
        let profile = &mut self.contact.profile;
        if !new.name.is_empty() {
            profile.name.clone_from(&new.name);
        }
        let fields = [
            (&mut profile.first_name, &new.first_name),
            (&mut profile.last_name, &new.last_name),
            (&mut profile.username, &new.username),
            (&mut profile.phone, &new.phone),
            (&mut profile.email, &new.email),
            (&mut profile.birthday, &new.birthday),
            (&mut profile.city, &new.city),
            (&mut profile.country, &new.country),
            (&mut profile.language, &new.language),
            (&mut profile.photo, &new.photo),
            (&mut profile.time_zone, &new.time_zone),
        ];
        for (own, new) in fields {
            if let Some(new) = new {
                *own = Some(new.clone()).filter(|new| !new.is_empty());
            }
        }
        self.zone = calendar::zone_of(&self.contact, self.view.account);
    }

    fn disable(&mut self, disabled: bool) {
        if disabled && self.contact.status != Some(ContactStatus::Disabled) {
            self.leave(ContactStatus::Disabled, RunEnd::Stopped);
        } else if !disabled && self.contact.status == Some(ContactStatus::Disabled) {
            self.contact.status = Some(ContactStatus::Active);
        }
    }
}
