//! Who uses a name: variables and tags are named in documents, so a new name is written into each of them.
//!
//! The cast: a [`Renaming`] says what gets which name; [`renamed`] gives the document afterwards; [`users`] the elements that would change. A text whose
//! templates can not be parsed is left as it is: it names nothing that a run could read.
//!
//! What is rewritten is what the engine reads as that name. In a gallery from a list `{{item}}` is the item, whatever variable has that name;
//! `{{$city}}` is the contact's field, whatever bot variable has that name.

use recado_model::{ElementId, Named, limits::VARIABLE_NAME_CHARS_MAX};
use serde_json::Value as Json;

use crate::{
    condition::{Condition, ConditionGroup, ConditionNode, Operand, VariableScope},
    document::{Element, FlowDocument},
    element::{
        action::{Action, SetTo},
        api_request::{ApiBody, ApiRequestElement},
        message::{GalleryCard, Media, MessageButton, MessageButtonAction, MessagePart, QuickReply},
        pause::PauseEnd,
    },
    expression::Expression,
    markup::Markup,
    template::{FIELD_NAMES, Placeholder, Root, SYSTEM_NAMES, Step, Template},
};

/// What an item of a list is called in the card that it fills.
pub const ITEM_NAME: &str = "item";

/// A new name.
#[derive(Debug, Clone, Copy)]
pub struct Renaming<'a> {
    /// Of what.
    pub what: Named,
    /// The name that documents have.
    pub from: &'a str,
    /// The name they get. That of a variable [`can be written`](is_plain_name) between braces.
    pub to: &'a str,
}

/// Whether `{{name}}` can be written: 1 to 64 characters, none of which means something there.
pub fn is_plain_name(name: &str) -> bool {
    (1..=VARIABLE_NAME_CHARS_MAX).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(|letter| letter.is_control() || "{}[].|$\"'".contains(letter))
}

/// Whether `{{$name}}` is the contact's or the system's, so that no bot variable of that name could be read so.
pub fn is_built_in(name: &str) -> bool {
    FIELD_NAMES.contains(&name) || SYSTEM_NAMES.contains(&name)
}

/// The document with the new name; `None` when it does not use the old one.
pub fn renamed(document: &FlowDocument, renaming: Renaming<'_>) -> Option<FlowDocument> {
    let mut document = document.clone();
    let mut writer = Writer { renaming, in_card: false, found: false };
    document.elements.iter_mut().for_each(|element| writer.element(element));
    writer.found.then_some(document)
}

/// A text with templates under the new name; `None` when it does not use the old one.
pub fn renamed_text(text: &str, renaming: Renaming<'_>) -> Option<String> {
    let mut text = text.to_owned();
    let mut writer = Writer { renaming, in_card: false, found: false };
    writer.template(&mut text);
    writer.found.then_some(text)
}

/// The elements that use a name, in the order of the document.
pub fn users(document: &FlowDocument, what: Named, name: &str) -> Vec<ElementId> {
    let renaming = Renaming { what, from: name, to: name };
    let uses = |element: &&Element| {
        let mut writer = Writer { renaming, in_card: false, found: false };
        writer.element(&mut Element::clone(element));
        writer.found
    };
    document.elements.iter().filter(uses).map(|element| element.id().clone()).collect()
}

/// Whether two spellings are one tag.
pub fn is_same_tag(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

struct Writer<'a> {
    renaming: Renaming<'a>,
    /// `item` is an item of a list here.
    in_card: bool,
    found: bool,
}

impl Writer<'_> {
    fn element(&mut self, element: &mut Element) {
        match element {
            Element::Message(message) => message.parts.iter_mut().for_each(|part| self.part(part)),
            Element::Action(action) => action.actions.iter_mut().for_each(|action| self.action(action)),
            Element::Pause(pause) => match &mut pause.until {
                PauseEnd::Variable { variable, .. } => self.variable(variable),
                PauseEnd::Period { .. } | PauseEnd::Date { .. } | PauseEnd::Time { .. } => {}
            },
            Element::Filter(filter) => filter.branches.iter_mut().for_each(|branch| self.conditions(&mut branch.when)),
            Element::ApiRequest(request) => self.request(request),
            Element::Flow(_) | Element::Randomizer(_) => {}
        }
    }

    fn part(&mut self, part: &mut MessagePart) {
        match part {
            MessagePart::Text { text, buttons, quick_replies } => {
                self.markup(text);
                self.buttons(buttons);
                self.replies(quick_replies);
            }
            MessagePart::Image(media)
            | MessagePart::Video(media)
            | MessagePart::Audio(media)
            | MessagePart::File(media) => self.media(media),
            MessagePart::Gallery { cards, items, quick_replies } => {
                if let Some(list) = items {
                    self.place(list, "");
                }
                self.in_card = items.is_some();
                for card in cards {
                    self.card(card);
                }
                self.in_card = false;
                self.replies(quick_replies);
            }
            MessagePart::Delay { .. } => {}
            MessagePart::Input(input) => {
                self.markup(&mut input.prompt);
                self.markup(&mut input.error_text);
                input.save_to.iter_mut().for_each(|name| self.variable(name));
            }
        }
    }

    fn media(&mut self, media: &mut Media) {
        self.template(&mut media.url);
        self.markup(&mut media.caption);
        media.name.iter_mut().for_each(|name| self.template(name));
        self.buttons(&mut media.buttons);
        self.replies(&mut media.quick_replies);
    }

    fn card(&mut self, card: &mut GalleryCard) {
        self.template(&mut card.title);
        self.template(&mut card.subtitle);
        card.image.iter_mut().for_each(|image| self.template(image));
        self.buttons(&mut card.buttons);
    }

    fn buttons(&mut self, buttons: &mut [MessageButton]) {
        for button in buttons {
            self.template(&mut button.label);
            match &mut button.action {
                MessageButtonAction::Link { url } => self.template(url),
                MessageButtonAction::Phone { phone } => self.template(phone),
                MessageButtonAction::Payment { title, .. } => self.template(title),
                MessageButtonAction::Continue => {}
            }
        }
    }

    fn replies(&mut self, replies: &mut [QuickReply]) {
        for reply in replies {
            self.template(&mut reply.label);
        }
    }

    fn action(&mut self, action: &mut Action) {
        match action {
            Action::AddTag { tag } | Action::RemoveTag { tag } => self.tag_template(tag),
            Action::SetVariable { variable, to, .. } => {
                self.variable(variable);
                match to {
                    SetTo::Value { value: Json::String(text) } | SetTo::Append { value: Json::String(text) } => {
                        self.template(text);
                    }
                    SetTo::Expression { expression } => self.expression(expression),
                    SetTo::Add { amount } | SetTo::Subtract { amount } => self.template(amount),
                    SetTo::Value { .. } | SetTo::Append { .. } | SetTo::Now {} => {}
                }
            }
            Action::DeleteVariable { variable } => self.variable(variable),
            Action::SendWebhook(webhook) => {
                self.template(&mut webhook.url);
                webhook.fields.iter_mut().for_each(|field| self.template(&mut field.value));
            }
            Action::Notify { text, .. } => self.template(text),
            Action::SendMessage { text, .. } => self.markup(text),
            Action::OpenChat { .. } | Action::CloseChat {} | Action::Unsubscribe {} | Action::Subscribe {} => {}
        }
    }

    fn request(&mut self, request: &mut ApiRequestElement) {
        self.template(&mut request.url);
        request.headers.iter_mut().for_each(|header| self.template(&mut header.value));
        match &mut request.body {
            Some(ApiBody::Json { text }) => self.template(text),
            Some(ApiBody::Form { fields }) => fields.iter_mut().for_each(|field| self.template(&mut field.value)),
            Some(ApiBody::Raw { content_type, text }) => {
                self.template(content_type);
                self.template(text);
            }
            None => {}
        }
        request.save.iter_mut().for_each(|saved| self.variable(&mut saved.variable));
    }

    fn conditions(&mut self, group: &mut ConditionGroup) {
        for node in &mut group.conditions {
            match node {
                ConditionNode::One(condition) => self.condition(condition),
                ConditionNode::Group(inner) => {
                    inner.conditions.iter_mut().for_each(|condition| self.condition(condition));
                }
            }
        }
    }

    fn condition(&mut self, condition: &mut Condition) {
        match condition {
            Condition::Variable { scope, name, value, to, .. } => {
                self.compared(*scope, name);
                for operand in [value, to] {
                    if let Some(Operand::Variable(other)) = operand {
                        self.compared(other.scope, &mut other.variable);
                    }
                }
            }
            Condition::Tag { tag, .. } => {
                if self.renaming.what == Named::Tag && is_same_tag(tag, self.renaming.from) {
                    self.found = true;
                    self.renaming.to.clone_into(tag);
                }
            }
            Condition::Status { .. }
            | Condition::Channel { .. }
            | Condition::Campaign { .. }
            | Condition::ReceivedWebhook { .. }
            | Condition::ChatOpen { .. }
            | Condition::Time { .. }
            | Condition::Weekday { .. } => {}
        }
    }

    /// A variable of a condition: its whole name, else a path.
    fn compared(&mut self, scope: VariableScope, name: &mut String) {
        let (what, bare, prefix) = match scope {
            VariableScope::Contact => (Named::ContactVariable, name.trim(), ""),
            VariableScope::Bot => (Named::BotVariable, name.trim().trim_start_matches('$'), "$"),
            VariableScope::System => (Named::BotVariable, "", "$"),
        };
        if self.renaming.what == what && bare == self.renaming.from {
            self.found = true;
            self.renaming.to.clone_into(name);
            return;
        }
        self.place(name, prefix);
    }

    /// What stands between braces, written without them, and without the prefix.
    fn place(&mut self, inside: &mut String, prefix: &str) {
        let bare = if prefix.is_empty() { inside.trim() } else { inside.trim().trim_start_matches('$') };
        let mut source = format!("{{{{{prefix}{bare}}}}}");
        let Ok(template) = Template::parse(&source) else { return };
        if self.replace(&mut source, template.placeholders()) {
            inside.clear();
            inside.push_str(&source[2 + prefix.len()..source.len() - 2]);
        }
    }

    /// A variable by its name; with `$` in front the bot's.
    fn variable(&mut self, name: &mut String) {
        let (what, bare, prefix) = match name.strip_prefix('$') {
            Some(bare) => (Named::BotVariable, bare, "$"),
            None => (Named::ContactVariable, name.as_str(), ""),
        };
        if self.renaming.what == what && bare == self.renaming.from {
            self.found = true;
            *name = format!("{prefix}{}", self.renaming.to);
        }
    }

    /// A tag, perhaps with templates; one that comes of a value has no name to be changed.
    fn tag_template(&mut self, text: &mut String) {
        if self.renaming.what != Named::Tag {
            return self.template(text);
        }
        let Ok(template) = Template::parse(text) else { return };
        if template.as_literal().is_some_and(|tag| is_same_tag(tag, self.renaming.from)) {
            self.found = true;
            *text = self.renaming.to.replace("{{", "\\{{");
        }
    }

    fn template(&mut self, text: &mut String) {
        if let Ok(template) = Template::parse(text) {
            self.replace(text, template.placeholders());
        }
    }

    fn markup(&mut self, text: &mut String) {
        if let Ok(markup) = Markup::parse(text) {
            self.replace(text, markup.placeholders());
        }
    }

    fn expression(&mut self, text: &mut String) {
        if let Ok(expression) = Expression::parse(text) {
            self.replace(text, expression.placeholders());
        }
    }

    /// Writes the new name wherever one of the placeholders has the old one.
    fn replace<'p>(&mut self, text: &mut String, placeholders: impl Iterator<Item = &'p Placeholder>) -> bool {
        let mut places: Vec<_> = placeholders
            .filter(|placeholder| self.is_meant(placeholder))
            .map(|placeholder| placeholder.name_at.clone())
            .collect();
        // From the end, so that the places before stay true. An address that is written out has its placeholders twice.
        places.sort_by_key(|place| std::cmp::Reverse(place.start));
        places.dedup();
        for place in &places {
            let written = match text.as_bytes().get(place.start) {
                Some(quote @ (b'\'' | b'"')) => {
                    let quote = char::from(*quote);
                    format!("{quote}{}{quote}", self.renaming.to)
                }
                Some(_) | None => self.renaming.to.to_owned(),
            };
            text.replace_range(place.clone(), &written);
        }
        self.found |= !places.is_empty();
        !places.is_empty()
    }

    /// Whether the engine reads the old name there.
    fn is_meant(&self, placeholder: &Placeholder) -> bool {
        let Renaming { what, from, .. } = self.renaming;
        let is_item = self.in_card && from == ITEM_NAME;
        match (&placeholder.root, what) {
            (Root::Variable(name), Named::ContactVariable) => name == from && !is_item,
            (Root::Run, Named::ContactVariable) => {
                matches!(placeholder.path.first(), Some(Step::Key(key)) if key == from) && !is_item
            }
            (Root::Dollar(name), Named::BotVariable) => {
                let is_documents = matches!(name.as_str(), "response" | "data" | "start");
                let is_other = is_documents || (placeholder.path.is_empty() && is_built_in(name));
                name == from && !is_other
            }
            (Root::Variable(_) | Root::Dollar(_) | Root::Run, _) => false,
        }
    }
}
