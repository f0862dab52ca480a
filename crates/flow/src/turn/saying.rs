//! Renders templates with what the run knows, and queues messages.

use recado_model::{
    Direction, Message, MessageId, MessageStatus, Offer, Part, RichText,
    message::{Choice, SentBy},
};
use serde_json::Value as Json;

use super::Conversation;
use crate::{
    condition::{ConditionScope, Conditions},
    convert,
    effect::Effect,
    expression::Expression,
    markup::Markup,
    run::Walk,
    template::{Escape, Scope, Template},
};

impl Conversation<'_> {
    pub(crate) fn scope<'s>(&'s self, walk: &'s Walk, item: Option<&'s Json>) -> Scope<'s> {
        Scope {
            contact: &self.contact,
            bot: self.view.bot,
            variables: self.bot_variables(),
            zone: &self.zone,
            now: self.now,
            data: &walk.run.data,
            response: &walk.run.response,
            start: &walk.run.start,
            local: item.map(|item| ("item", item)),
        }
    }

    pub(crate) fn render(&mut self, walk: &Walk, template: &Template, escape: Escape) -> String {
        self.render_with(walk, template, escape, None)
    }

    pub(crate) fn render_with(
        &mut self,
        walk: &Walk,
        template: &Template,
        escape: Escape,
        item: Option<&Json>,
    ) -> String {
        if let Some(literal) = template.as_literal() {
            return literal.to_owned();
        }
        let rendered = template.render(&self.scope(walk, item), escape);
        self.warn(walk, rendered.warnings);
        rendered.text
    }

    pub(crate) fn render_markup(&mut self, walk: &Walk, markup: &Markup) -> RichText {
        let mut warnings = Vec::new();
        let text = markup.render_warned(&self.scope(walk, None), &mut warnings);
        self.warn(walk, warnings);
        text
    }

    /// The same, with its links, also those that are written out, leading through the link counter when the bot has link tracking on.
    pub(crate) fn render_tracked(&mut self, walk: &Walk, markup: &Markup) -> RichText {
        if self.link_base().is_none() {
            return self.render_markup(walk, markup);
        }
        let mut warnings = Vec::new();
        let mut text = markup.render_with_bare_links(&self.scope(walk, None), &mut warnings);
        self.warn(walk, warnings);
        for span in &mut text.0 {
            if let Some(link) = span.link.take() {
                span.link = Some(self.track(walk, link, &span.text));
            }
        }
        text
    }

    /// Where tracked links begin, when links are tracked.
    fn link_base(&self) -> Option<&str> {
        self.view.link_base.filter(|_| self.view.bot.settings.link_tracking)
    }

    /// The value of a template: of one placeholder alone with its type, else its text.
    pub(crate) fn value_of(&mut self, walk: &Walk, template: &Template) -> Json {
        match template.as_value(&self.scope(walk, None)) {
            Some(value) => value,
            None => Json::String(self.render(walk, template, Escape::Plain)),
        }
    }

    pub(crate) fn evaluate(&mut self, walk: &Walk, expression: &Expression) -> Result<recado_model::Value, String> {
        expression.evaluate(&self.scope(walk, None)).map_err(|error| error.to_string())
    }

    pub(crate) fn holds(&mut self, walk: &Walk, conditions: &Conditions) -> bool {
        let mut warnings = Vec::new();
        let scope = ConditionScope {
            contact: &self.contact,
            bot: self.view.bot,
            variables: self.bot_variables(),
            zone: &self.zone,
            now: self.now,
            data: &walk.run.data,
            response: &walk.run.response,
            start: &walk.run.start,
            campaigns: &self.contact.campaigns,
        };
        let holds = conditions.hold(&scope, &mut warnings);
        self.warn(walk, warnings);
        holds
    }

    fn warn(&mut self, walk: &Walk, warnings: Vec<String>) {
        for warning in warnings {
            self.log_at(walk, false, "template", warning);
        }
    }

    /// Queues a message of a run.
    pub(crate) fn send(&mut self, walk: &Walk, part: Part, choices: Vec<Choice>) {
        let id = MessageId::new(self.now, self.rng);
        let offer = (!choices.is_empty()).then(|| Offer {
            message_id: id,
            flow_id: walk.run.flow_id,
            version_id: walk.run.version_id,
            element: walk.element().clone(),
            choices,
            data: walk.run.data.clone(),
            response: walk.run.response.clone(),
            start: walk.run.start.clone(),
            stack: walk.run.stack.clone(),
        });
        if offer.is_some() {
            self.contact.offer.clone_from(&offer);
        }
        self.queue(id, part, offer, None);
    }

    /// Queues a message that no run says.
    pub(crate) fn say(&mut self, text: RichText, sent_by: Option<SentBy>) {
        let id = MessageId::new(self.now, self.rng);
        let part = Part::Text { text, buttons: Vec::new(), quick_replies: Vec::new(), share: None, expects: None };
        self.queue(id, part, None, sent_by);
    }

    fn queue(&mut self, id: MessageId, part: Part, offer: Option<Offer>, sent_by: Option<SentBy>) {
        self.effects.push(Effect::Message(Box::new(Message {
            id,
            bot_id: self.contact.bot_id,
            contact_id: self.contact.id,
            direction: Direction::Out,
            status: MessageStatus::Queued,
            part,
            external_id: None,
            at: self.now,
            not_before: self.send_at,
            offer,
            sent_by,
            error: None,
        })));
    }

    /// The address to put into a message: the link counter's, when the bot has link tracking on.
    pub(crate) fn track(&mut self, walk: &Walk, url: String, text: &str) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let Some(base) = self.link_base().map(ToOwned::to_owned) else { return url };
        if convert::absolute_url(&url).is_none() {
            return url;
        }
        let mut random = [0; 22];
        self.rng.fill(&mut random);
        let token: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect();
        let tracked = format!("{}/l/{token}", base.trim_end_matches('/'));
        self.effects.push(Effect::Link {
            token,
            url,
            text: text.to_owned(),
            flow_id: walk.run.flow_id,
            element: walk.element().clone(),
        });
        tracked
    }

    /// What another contact's flow has to say to this one.
    pub(crate) fn message_from_flow(&mut self, text: RichText) {
        if self.contact.is_active() {
            self.say(text, None);
        } else {
            self.log(
                false,
                "contact_not_active",
                None,
                None,
                "a message of another contact's flow was not sent: the contact is not active",
            );
        }
    }
}
