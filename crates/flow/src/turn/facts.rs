//! Facts of a turn: events, lines of the log, variables, tags, the chat.

use recado_model::{
    ChatState, ElementId, Event, EventId, EventInfo, EventKind, FlowId, MemberId, Value, ValueType, Variables,
    event::ContactSnapshot,
    limits::{TAGS_MAX, VALUE_BYTES_MAX, VARIABLES_MAX},
};
use serde_json::Value as Json;

use super::{Conversation, Later};
use crate::{
    convert::{self, NotAValue, Reading},
    effect::Effect,
    run::Walk,
};

impl Conversation<'_> {
    pub(crate) fn new_event(&mut self, kind: EventKind, title: String, info: EventInfo) -> Event {
        Event {
            id: EventId::new(self.now, self.rng),
            bot_id: self.contact.bot_id,
            kind,
            title,
            at: self.now,
            info,
            contact: ContactSnapshot::from(&self.contact),
        }
    }

    pub(crate) fn emit(&mut self, kind: EventKind, info: EventInfo) {
        let event = self.new_event(kind, kind.as_str().to_owned(), info);
        self.effects.push(Effect::Event(event));
    }

    pub(crate) fn log(
        &mut self,
        error: bool,
        code: &'static str,
        flow_id: Option<FlowId>,
        element: Option<ElementId>,
        text: impl Into<String>,
    ) {
        self.effects.push(Effect::Log { error, code, flow_id, element, text: text.into() });
    }

    pub(crate) fn log_at(&mut self, walk: &Walk, error: bool, code: &'static str, text: impl Into<String>) {
        self.log(error, code, Some(walk.run.flow_id), Some(walk.element().clone()), text);
    }

    /// The bot's variables as this turn has them.
    pub(crate) fn bot_variables(&self) -> &Variables {
        self.bot_variables.as_ref().unwrap_or(self.view.variables)
    }

    /// A variable by its name; with `$` in front the bot's.
    pub(crate) fn variable(&self, name: &str) -> Option<Value> {
        match name.strip_prefix('$') {
            Some(name) => self.bot_variables().get(name).cloned(),
            None => self.contact.variables.get(name).cloned(),
        }
    }

    /// Sets or deletes a variable, within the limits.
    pub(crate) fn set_variable(&mut self, walk: &Walk, name: &str, value: Option<Value>) {
        let result = self.change_variable(name, value);
        if let Err(why) = result {
            self.log_at(walk, false, "variable_unchanged", format!("`{name}` stays as it is: {why}"));
        }
    }

    /// The type of a variable's next value: the declared one, else the one that is asked for, else that of its value. `None`: whatever the value is.
    pub(crate) fn type_of(&self, name: &str, asked: Option<ValueType>) -> Option<ValueType> {
        let declared = if name.starts_with('$') { None } else { self.view.declared.get(name).copied() };
        declared.or(asked).or_else(|| self.variable(name).as_ref().map(Value::kind))
    }

    /// Sets a variable to what JSON holds, as a value of the variable's type. What is none leaves it as it is, with a warning.
    pub(crate) fn set_json(&mut self, walk: &Walk, name: &str, json: &Json, asked: Option<ValueType>) {
        let value = match self.type_of(name, asked) {
            Some(kind) => self.reading(|reading| convert::from_json(json, kind, reading)),
            None => convert::untyped(json),
        };
        self.set_typed(walk, name, value);
    }

    /// The same of a value.
    pub(crate) fn set_value(&mut self, walk: &Walk, name: &str, value: Value, asked: Option<ValueType>) {
        let value = match self.type_of(name, asked) {
            Some(kind) => self.reading(|reading| convert::retyped(&value, kind, reading)),
            None => Ok(value),
        };
        self.set_typed(walk, name, value);
    }

    fn reading<T>(&self, read: impl FnOnce(Reading<'_>) -> T) -> T {
        read(Reading { zone: &self.zone, country: self.contact.profile.country.as_deref() })
    }

    fn set_typed(&mut self, walk: &Walk, name: &str, value: Result<Value, NotAValue>) {
        match value {
            Ok(value) => self.set_variable(walk, name, Some(value)),
            Err(error) => self.log_at(walk, false, "wrong_type", format!("`{name}` stays as it is: {error}")),
        }
    }

    pub(crate) fn change_variable(&mut self, name: &str, value: Option<Value>) -> Result<(), &'static str> {
        if value.as_ref().is_some_and(|value| bytes(value) > VALUE_BYTES_MAX) {
            return Err("the value is over 8 KiB");
        }
        let variables = if name.starts_with('$') {
            self.bot_variables.get_or_insert_with(|| self.view.variables.clone())
        } else {
            &mut self.contact.variables
        };
        let name = name.strip_prefix('$').unwrap_or(name);
        match value {
            None => {
                variables.remove(name);
            }
            Some(_) if variables.len() >= VARIABLES_MAX && !variables.contains_key(name) => {
                return Err("there are 200 variables already");
            }
            Some(value) => {
                variables.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Says which bot variables changed.
    pub(super) fn report_bot_variables(&mut self) {
        let Some(after) = self.bot_variables.take() else { return };
        let before = self.view.variables;
        let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (before, after) = (before.get(name), after.get(name));
            if before != after {
                let (before, after) = (before.cloned(), after.cloned());
                self.effects.push(Effect::SetBotVariable { name: name.clone(), before, after });
            }
        }
    }

    /// Adds a tag. `false` when there are too many.
    pub(crate) fn add_tag(&mut self, tag: &str) -> bool {
        if self.contact.tags.iter().any(|known| known == tag) {
            return true;
        }
        if self.contact.tags.len() >= TAGS_MAX {
            return false;
        }
        self.contact.tags.push(tag.to_owned());
        self.effects.push(Effect::TagAdded(tag.to_owned()));
        true
    }

    pub(crate) fn remove_tag(&mut self, tag: &str) {
        let before = self.contact.tags.len();
        self.contact.tags.retain(|known| known != tag);
        if self.contact.tags.len() < before {
            self.effects.push(Effect::TagRemoved(tag.to_owned()));
        }
    }

    pub(crate) fn assignee(&self) -> Option<MemberId> {
        match self.contact.chat {
            ChatState::Open { assignee, .. } => assignee,
            ChatState::Closed => None,
        }
    }

    /// Opens the chat. The event is told on the way from closed to open, and `always` when an element asks.
    pub(crate) fn open_chat(&mut self, assign: Option<MemberId>, always: bool) {
        let was_open = matches!(self.contact.chat, ChatState::Open { .. });
        self.contact.chat = match self.contact.chat {
            ChatState::Open { since, assignee } => ChatState::Open { since, assignee: assign.or(assignee) },
            ChatState::Closed => ChatState::Open { since: self.now, assignee: assign },
        };
        if always || !was_open {
            self.emit(EventKind::OpenChat, EventInfo::None);
        }
    }

    /// Gives the chat to a member, which opens it, or takes it from whoever looks after it.
    pub(crate) fn assign_chat(&mut self, to: Option<MemberId>) {
        match (&mut self.contact.chat, to) {
            (ChatState::Open { assignee, .. }, _) => *assignee = to,
            (ChatState::Closed, Some(_)) => self.open_chat(to, false),
            (ChatState::Closed, None) => {}
        }
    }

    /// Closes the chat, which ends paused automation: at once, so that a chat opened after it may pause again. What was held goes on once the run
    /// at hand has come to rest.
    pub(crate) fn close_chat(&mut self) {
        self.contact.chat = ChatState::Closed;
        if self.end_pause() {
            self.later(Later::Held);
        }
    }
}

/// How much a value takes.
fn bytes(value: &Value) -> usize {
    match value {
        Value::Text(text)
        | Value::Date(text)
        | Value::DateTime(text)
        | Value::Time(text)
        | Value::Phone(text)
        | Value::Email(text)
        | Value::Url(text) => text.len(),
        Value::Number(_) | Value::Boolean(_) | Value::Location { .. } => 0,
        Value::List(_) | Value::Object(_) => value.to_json().to_string().len(),
    }
}
