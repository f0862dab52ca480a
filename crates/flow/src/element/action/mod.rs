//! Action: does one or more things, in order, and goes on.
//!
//! The document's types and their validation stand here; `perform` does them, `webhook` sends the flow's webhooks.

mod perform;
mod webhook;

use recado_model::{
    ContactId, ContentFormat, ElementId, MemberId, ValueType,
    limits::{TAG_CHARS_MAX, WEBHOOK_TITLE_CHARS_MAX},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    document::Position, element::api_request::NameValue, expression::Expression, markup::Markup, mistake::FlowMistake,
    template::Template, validate::Checker,
};

pub(crate) use self::{perform::step, webhook::CompiledWebhook};

/// Actions of one element.
pub const ACTIONS_MAX: usize = 30;
/// Extra fields of one webhook.
pub const FIELDS_MAX: usize = 30;

/// Does something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What, in order.
    pub actions: Vec<Action>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Opens the chat for an agent.
    OpenChat {
        /// Who looks after it.
        #[serde(default)]
        assign: Assign,
        /// How long automation stands still.
        #[serde(default)]
        pause: ChatPause,
        /// Tells who looks after it, or everybody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        notify: bool,
    },
    /// Closes the chat.
    CloseChat {},
    /// The contact is no longer written to.
    Unsubscribe {},
    /// The contact is written to again.
    Subscribe {},
    /// Adds a tag.
    AddTag {
        /// Its name, at most 32 characters.
        tag: String,
    },
    /// Removes a tag.
    RemoveTag {
        /// Its name.
        tag: String,
    },
    /// Sets a variable.
    SetVariable {
        /// Its name; with `$` in front it is the bot's.
        variable: String,
        /// To what.
        to: SetTo,
        /// Its type; without one it keeps its type, and a new one is text or what the value is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value_type: Option<ValueType>,
    },
    /// Deletes a variable.
    DeleteVariable {
        /// Its name; with `$` in front it is the bot's.
        variable: String,
    },
    /// Sends a webhook.
    SendWebhook(SendWebhook),
    /// Tells a member.
    Notify {
        /// Whom; without one everybody who looks after chats.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<MemberId>,
        /// What, with templates.
        text: String,
    },
    /// Sends a message to another contact of the bot.
    SendMessage {
        /// To whom.
        contact_id: ContactId,
        /// What, with markup and templates.
        text: String,
    },
}

/// Who looks after an opened chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Assign {
    /// Nobody yet.
    #[default]
    Nobody,
    /// This member.
    Member {
        /// Who.
        member: MemberId,
    },
    /// The member with the fewest open chats.
    LeastBusy,
}

/// How long an opened chat pauses automation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ChatPause {
    /// Not at all.
    #[default]
    #[serde(rename = "none")]
    None,
    /// One hour.
    #[serde(rename = "1h")]
    OneHour,
    /// Three hours.
    #[serde(rename = "3h")]
    ThreeHours,
    /// Six hours.
    #[serde(rename = "6h")]
    SixHours,
    /// A day and a night.
    #[serde(rename = "24h")]
    Day,
    /// Until the chat is closed.
    #[serde(rename = "until_closed")]
    UntilClosed,
}

/// What a variable is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "set", rename_all = "snake_case", deny_unknown_fields)]
pub enum SetTo {
    /// A value: text with templates, or any other JSON as it is.
    Value {
        /// The value.
        value: Json,
    },
    /// What an expression gives.
    Expression {
        /// Arithmetic over numbers and `{{names}}`.
        expression: String,
    },
    /// A number more.
    Add {
        /// A number or a template of one.
        amount: String,
    },
    /// A number less.
    Subtract {
        /// A number or a template of one.
        amount: String,
    },
    /// The moment now.
    Now {},
    /// One more item of a list.
    Append {
        /// The item: text with templates, or any other JSON as it is.
        value: Json,
    },
}

/// Sends a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendWebhook {
    /// The event's title, 1 to 128 characters.
    pub name: String,
    /// Where to; templates in path and query.
    pub url: String,
    /// The body's wrapping, for a webhook that this URL makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ContentFormat>,
    /// Extra fields, under `info.fields`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<NameValue>,
}

/// An action whose templates are parsed.
#[derive(Debug)]
pub(crate) enum CompiledAction {
    OpenChat { assign: Assign, pause: ChatPause, notify: bool },
    CloseChat,
    Unsubscribe,
    Subscribe,
    AddTag(Template),
    RemoveTag(Template),
    Set { variable: String, to: CompiledSet, kind: Option<ValueType> },
    Delete(String),
    Webhook(CompiledWebhook),
    Notify { member: Option<MemberId>, text: Template },
    SendMessage { contact_id: ContactId, text: Markup },
}

#[derive(Debug)]
pub(crate) enum CompiledSet {
    Text(Template),
    Json(Json),
    Expression(Expression),
    Add(Template),
    Subtract(Template),
    Now,
    AppendText(Template),
    AppendJson(Json),
}

pub(crate) fn compile(element: &ActionElement, checker: &mut Checker<'_>) -> Vec<CompiledAction> {
    if !(1..=ACTIONS_MAX).contains(&element.actions.len()) {
        checker.error("actions", FlowMistake::ActionCount { max: ACTIONS_MAX });
    }
    let actions = element.actions.iter().enumerate();
    actions.filter_map(|(index, action)| compile_action(&format!("actions[{index}]"), action, checker)).collect()
}

fn compile_action(at: &str, action: &Action, checker: &mut Checker<'_>) -> Option<CompiledAction> {
    Some(match action {
        Action::OpenChat { assign, pause, notify } => {
            CompiledAction::OpenChat { assign: *assign, pause: *pause, notify: *notify }
        }
        Action::CloseChat {} => CompiledAction::CloseChat,
        Action::Unsubscribe {} => CompiledAction::Unsubscribe,
        Action::Subscribe {} => CompiledAction::Subscribe,
        Action::AddTag { tag } => CompiledAction::AddTag(compile_tag(at, tag, checker)?),
        Action::RemoveTag { tag } => CompiledAction::RemoveTag(compile_tag(at, tag, checker)?),
        Action::SetVariable { variable, to, value_type } => {
            checker.variable(&format!("{at}.variable"), variable, *value_type);
            let to = compile_set(&format!("{at}.to"), to, checker)?;
            CompiledAction::Set { variable: variable.clone(), to, kind: *value_type }
        }
        Action::DeleteVariable { variable } => {
            checker.variable(&format!("{at}.variable"), variable, None);
            CompiledAction::Delete(variable.clone())
        }
        Action::SendWebhook(webhook) => CompiledAction::Webhook(compile_webhook(at, webhook, checker)?),
        Action::Notify { member, text } => {
            CompiledAction::Notify { member: *member, text: checker.template(&format!("{at}.text"), text)? }
        }
        Action::SendMessage { contact_id, text } => {
            CompiledAction::SendMessage { contact_id: *contact_id, text: checker.markup(&format!("{at}.text"), text)? }
        }
    })
}

fn compile_tag(at: &str, tag: &str, checker: &mut Checker<'_>) -> Option<Template> {
    let template = checker.template(&format!("{at}.tag"), tag)?;
    let length = tag.trim().chars().count();
    if length == 0 || (template.as_literal().is_some() && length > TAG_CHARS_MAX) {
        checker.error(format!("{at}.tag"), FlowMistake::TagLength { max: TAG_CHARS_MAX });
    }
    Some(template)
}

fn compile_set(at: &str, to: &SetTo, checker: &mut Checker<'_>) -> Option<CompiledSet> {
    Some(match to {
        SetTo::Value { value: Json::String(text) } => {
            CompiledSet::Text(checker.template(&format!("{at}.value"), text)?)
        }
        SetTo::Value { value } => CompiledSet::Json(value.clone()),
        SetTo::Expression { expression } => {
            CompiledSet::Expression(checker.expression(&format!("{at}.expression"), expression)?)
        }
        SetTo::Add { amount } => CompiledSet::Add(checker.template(&format!("{at}.amount"), amount)?),
        SetTo::Subtract { amount } => CompiledSet::Subtract(checker.template(&format!("{at}.amount"), amount)?),
        SetTo::Now {} => CompiledSet::Now,
        SetTo::Append { value: Json::String(text) } => {
            CompiledSet::AppendText(checker.template(&format!("{at}.value"), text)?)
        }
        SetTo::Append { value } => CompiledSet::AppendJson(value.clone()),
    })
}

fn compile_webhook(at: &str, webhook: &SendWebhook, checker: &mut Checker<'_>) -> Option<CompiledWebhook> {
    if !(1..=WEBHOOK_TITLE_CHARS_MAX).contains(&webhook.name.trim().chars().count()) {
        checker.error(format!("{at}.name"), FlowMistake::WebhookName { max: WEBHOOK_TITLE_CHARS_MAX });
    }
    if webhook.fields.len() > FIELDS_MAX {
        checker.error(format!("{at}.fields"), FlowMistake::TooManyFields { max: FIELDS_MAX });
    }
    let mut fields = Vec::with_capacity(webhook.fields.len());
    for (index, field) in webhook.fields.iter().enumerate() {
        if field.name.is_empty() || webhook.fields[..index].iter().any(|other| other.name == field.name) {
            checker.error(format!("{at}.fields[{index}].name"), FlowMistake::FieldName {});
        }
        fields.push((field.name.clone(), checker.template(&format!("{at}.fields[{index}].value"), &field.value)?));
    }
    let url = checker.url_template(&format!("{at}.url"), &webhook.url)?;
    Some(CompiledWebhook { name: webhook.name.trim().to_owned(), url_template: webhook.url.clone(), url, fields })
}
