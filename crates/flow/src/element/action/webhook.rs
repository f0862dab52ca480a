//! Sends a flow's webhook: an event for one receiver, and the memory that the contact passed here.

use recado_model::{EventInfo, EventKind, contact::Passed, limits::URL_BYTES_MAX};

use crate::{
    effect::Effect,
    run::Walk,
    template::{Escape, Template},
    turn::Conversation,
};

/// A *send webhook* that is ready to be sent.
#[derive(Debug)]
pub(crate) struct CompiledWebhook {
    pub(crate) name: String,
    pub(crate) url_template: String,
    pub(crate) url: Template,
    pub(crate) fields: Vec<(String, Template)>,
}

/// Titles of one contact that are remembered.
const PASSED_TITLES_MAX: usize = 1_000;

/// Sends it. `nth` counts the element's webhooks; the URL is that of the newest version which still has it.
pub(super) fn send(talk: &mut Conversation<'_>, walk: &Walk, own: &CompiledWebhook, nth: usize) {
    let newest = talk.view.flows.published(walk.run.flow_id);
    let address = newest.as_ref().and_then(|plan| plan.webhook(walk.element(), &own.name, nth)).unwrap_or(own);
    let url = talk.render(walk, &address.url, Escape::Url);
    let fields: Vec<(String, String)> =
        own.fields.iter().map(|(name, value)| (name.clone(), talk.render(walk, value, Escape::Plain))).collect();
    let now = talk.now;
    if let Some(passed) = talk.contact.passed.get_mut(&own.name) {
        passed.last = now;
        passed.count = passed.count.saturating_add(1);
    } else if talk.contact.passed.len() < PASSED_TITLES_MAX {
        talk.contact.passed.insert(own.name.clone(), Passed { first: now, last: now, count: 1 });
    }
    talk.effects.push(Effect::Passed { title: own.name.clone() });
    if url.len() > URL_BYTES_MAX {
        talk.log_at(walk, true, "url_too_long", "the rendered URL is over 2,048 bytes; the webhook was not sent");
        return;
    }
    let info = if fields.is_empty() { EventInfo::None } else { EventInfo::Fields { fields } };
    let event = talk.new_event(EventKind::FlowWebhook, own.name.clone(), info);
    let url_template = address.url_template.clone();
    talk.effects.push(Effect::FlowWebhook { event, flow_id: walk.run.flow_id, url_template, url });
}
