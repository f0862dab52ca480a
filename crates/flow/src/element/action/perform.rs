//! Does the actions of an element.

use recado_model::{
    MemberId, RichText, Value, ValueType,
    contact::AutomationPause,
    limits::{TAG_CHARS_MAX, TAGS_MAX},
    time::HOUR_MS,
    value::number_to_json,
};
use serde_json::Value as Json;

use super::{Assign, ChatPause, CompiledAction, CompiledSet, webhook};
use crate::{
    convert,
    effect::Effect,
    input::Input,
    run::{Next, Walk},
    template::{Escape, Template},
    turn::{Conversation, Later},
};

/// Does all of them; when one paused automation the run parks afterwards.
pub(crate) fn step(talk: &mut Conversation<'_>, walk: &mut Walk, actions: &[CompiledAction]) -> Next {
    let mut webhooks = 0;
    let mut park = false;
    for action in actions {
        match action {
            CompiledAction::OpenChat { assign, pause, notify } => {
                park |= open_chat(talk, *assign, *pause, *notify);
            }
            CompiledAction::CloseChat => {
                talk.close_chat();
                park = false;
            }
            CompiledAction::Unsubscribe => talk.unsubscribe(),
            CompiledAction::Subscribe => talk.subscribe_again(),
            CompiledAction::AddTag(tag) => add_tag(talk, walk, tag),
            CompiledAction::RemoveTag(tag) => {
                let tag = talk.render(walk, tag, Escape::Plain);
                talk.remove_tag(tag.trim());
            }
            CompiledAction::Set { variable, to, kind } => set(talk, walk, variable, to, *kind),
            CompiledAction::Delete(variable) => talk.set_variable(walk, variable, None),
            CompiledAction::Webhook(webhook) => {
                webhook::send(talk, walk, webhook, webhooks);
                webhooks += 1;
            }
            CompiledAction::Notify { member, text } => {
                let text = talk.render(walk, text, Escape::Plain);
                talk.effects.push(Effect::Notify { member: *member, text });
            }
            CompiledAction::SendMessage { contact_id, text } => {
                let text = talk.render_markup(walk, text);
                tell(talk, walk, *contact_id, text);
            }
        }
    }
    if park { Next::Park } else { Next::out("next") }
}

fn open_chat(talk: &mut Conversation<'_>, assign: Assign, pause: ChatPause, notify: bool) -> bool {
    let member = match assign {
        Assign::Nobody => None,
        Assign::Member { member } => Some(member),
        Assign::LeastBusy => least_busy(talk),
    };
    talk.open_chat(member, true);
    if notify {
        let name = talk.contact.profile.name.clone();
        let who = if name.is_empty() { "A contact".to_owned() } else { name };
        let assignee = member.or_else(|| talk.assignee());
        talk.effects.push(Effect::Notify {
            member: assignee,
            text: format!("{who} waits in a chat of {}", talk.view.bot.name),
        });
    }
    let since = talk.now;
    let hours = |hours: i64| AutomationPause::Until { since, until: since + hours * HOUR_MS };
    let pause = match pause {
        ChatPause::None => return false,
        ChatPause::OneHour => hours(1),
        ChatPause::ThreeHours => hours(3),
        ChatPause::SixHours => hours(6),
        ChatPause::Day => hours(24),
        ChatPause::UntilClosed => AutomationPause::UntilClosed { since },
    };
    talk.pause_automation(pause);
    true
}

fn least_busy(talk: &Conversation<'_>) -> Option<MemberId> {
    talk.view.members.iter().min_by_key(|member| (member.open_chats, member.id)).map(|member| member.id)
}

fn add_tag(talk: &mut Conversation<'_>, walk: &Walk, tag: &Template) {
    let tag = talk.render(walk, tag, Escape::Plain).trim().to_owned();
    if tag.is_empty() || tag.chars().count() > TAG_CHARS_MAX {
        talk.log_at(walk, false, "tag_length", "the tag is empty or over 32 characters and was not added");
    } else if !talk.add_tag(&tag) {
        talk.log_at(
            walk,
            false,
            "tags_limit",
            format!("the contact has {TAGS_MAX} tags already; `{tag}` was not added"),
        );
    }
}

fn tell(talk: &mut Conversation<'_>, walk: &Walk, contact_id: recado_model::ContactId, text: RichText) {
    if contact_id == talk.contact.id {
        talk.later(Later::Say(text));
        return;
    }
    match serde_json::to_value(Input::MessageFromFlow { text }) {
        Ok(input) => talk.effects.push(Effect::ToContact { contact_id, input }),
        Err(error) => talk.log_at(walk, true, "message_not_sent", error.to_string()),
    }
}

fn set(talk: &mut Conversation<'_>, walk: &Walk, variable: &str, to: &CompiledSet, kind: Option<ValueType>) {
    let before = talk.variable(variable);
    let json = match to {
        CompiledSet::Text(template) => talk.value_of(walk, template),
        CompiledSet::Json(json) => json.clone(),
        CompiledSet::Expression(expression) => match talk.evaluate(walk, expression) {
            Ok(value) => value.to_json(),
            Err(error) => return unchanged(talk, walk, variable, &error),
        },
        CompiledSet::Add(amount) | CompiledSet::Subtract(amount) => {
            let text = talk.render(walk, amount, Escape::Plain);
            let Some(amount) = convert::number(&text) else {
                return unchanged(talk, walk, variable, "the amount is not a number");
            };
            let old = before.as_ref().map_or(Some(0.0), |value| convert::number(&value.to_text()));
            let Some(old) = old else { return unchanged(talk, walk, variable, "it is not a number") };
            let new = if matches!(to, CompiledSet::Add(_)) { old + amount } else { old - amount };
            if !new.is_finite() {
                return unchanged(talk, walk, variable, "the result is not a number");
            }
            number_to_json(new)
        }
        CompiledSet::Now => return talk.set_value(walk, variable, convert::date_time(talk.now), kind),
        CompiledSet::AppendText(_) | CompiledSet::AppendJson(_) => {
            let item = match to {
                CompiledSet::AppendText(template) => talk.value_of(walk, template),
                CompiledSet::AppendJson(json) => json.clone(),
                CompiledSet::Text(_)
                | CompiledSet::Json(_)
                | CompiledSet::Expression(_)
                | CompiledSet::Add(_)
                | CompiledSet::Subtract(_)
                | CompiledSet::Now => Json::Null,
            };
            if talk.type_of(variable, Some(ValueType::List)) != Some(ValueType::List) {
                return unchanged(talk, walk, variable, "it is declared as something else than a list");
            }
            let mut items = match before {
                Some(Value::List(items)) => items,
                Some(other) => vec![other.to_json()],
                None => Vec::new(),
            };
            items.push(item);
            talk.set_variable(walk, variable, Some(Value::List(items)));
            return;
        }
    };
    talk.set_json(walk, variable, &json, kind);
}

fn unchanged(talk: &mut Conversation<'_>, walk: &Walk, variable: &str, why: &str) {
    talk.log_at(walk, false, "variable_unchanged", format!("`{variable}` stays as it is: {why}"));
}
