//! What an operator or an agent does with one contact. Each is a turn of the contact, answered after its commit.

use axum::{Json, extract::State};
use recado_flow::{Input, Operation};
use recado_model::{Contact, ContactId, MemberId, RichText, limits, message::SentBy};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Web,
    contacts::ContactView,
    error::{ApiError, Problem},
    extract::{At, Body},
    idempotency::TurnKey,
    mistake::FieldMistake,
    shape::{self, Time},
    variables,
};
use crate::{
    auth::{By, Caller},
    runtime::{
        inbox::{SubmitError, To},
        turns::TurnDone,
    },
};

impl Web {
    /// Runs the operation's turn and shows the contact afterwards.
    pub(super) async fn operate(
        &self,
        caller: Caller,
        contact: Contact,
        operation: Operation,
    ) -> Result<Json<ContactView>, ApiError> {
        self.operate_once(caller, contact, operation, TurnKey::default()).await
    }

    /// As [`Web::operate`], once for a key: when its turn was committed before and only the answer got lost, it is answered as done.
    async fn operate_once(
        &self,
        caller: Caller,
        contact: Contact,
        operation: Operation,
        TurnKey(key): TurnKey,
    ) -> Result<Json<ContactView>, ApiError> {
        let input = Input::Operation(operation);
        match self.inbox.submit_once(contact.bot_id, To::Contact(contact.id), input, key).await {
            Ok(TurnDone { refused: Some(refusal), .. }) => Err(refusal.into()),
            Ok(_) | Err(SubmitError::Duplicate) => Ok(Json(self.own_contact(caller, contact.id).await?.into())),
            Err(error) => Err(error.into()),
        }
    }
}

impl Web {
    /// Does with a chat what names a member: one of the account, or nobody.
    async fn operate_for(
        &self,
        caller: Caller,
        id: ContactId,
        assignee: Option<MemberId>,
        operation: Operation,
    ) -> Result<Json<ContactView>, ApiError> {
        let contact = self.own_contact(caller, id).await?;
        if let Some(member) = assignee
            && self.own_member(caller, member).await?.is_none()
        {
            return Err(ApiError::field("assignee", FieldMistake::NoSuchMember {}));
        }
        self.operate(caller, contact, operation).await
    }

    /// A member as the one who says something.
    async fn sender(&self, caller: Caller, id: MemberId) -> Result<SentBy, ApiError> {
        let member = self.own_member(caller, id).await?.ok_or_else(ApiError::unauthorized)?;
        let name = member.profile.name;
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        Ok(SentBy { firstname: first.to_owned(), lastname: last.trim().to_owned(), email: member.email })
    }
}

async fn act(web: Web, caller: Caller, id: ContactId, operation: Operation) -> Result<Json<ContactView>, ApiError> {
    let contact = web.own_contact(caller, id).await?;
    web.operate(caller, contact, operation).await
}

/// Variables to set (any JSON) or delete (null), by name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VariableChanges {
    variables: serde_json::Map<String, Value>,
}

/// Sets or deletes variables. A declared one takes values of its type only.
#[utoipa::path(patch, path = "/contacts/{contact_id}/variables", tag = "contacts", params(("contact_id" = ContactId, Path)), request_body = VariableChanges, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn set_variables(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(changes): Body<VariableChanges>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = web.own_contact(caller, id).await?;
    let live = web.own_live_bot(caller, contact.bot_id).await?;
    let zone = contact.profile.time_zone.as_deref().unwrap_or(&live.account.time_zone);
    let mut values = Vec::with_capacity(changes.variables.len());
    for (name, json) in &changes.variables {
        let name = variables::variable_name("variables", name)?;
        let kind = live.validation_context().variables.get(&name).copied();
        let value =
            if json.is_null() { None } else { Some(variables::typed(&format!("variables.{name}"), json, kind, zone)?) };
        values.push((name, value));
    }
    web.operate(caller, contact.clone(), Operation::SetVariables { values }).await
}

/// Tags to add or remove.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagChanges {
    /// Each at most 32 characters.
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

/// Adds and removes tags.
#[utoipa::path(patch, path = "/contacts/{contact_id}/tags", tag = "contacts", params(("contact_id" = ContactId, Path)), request_body = TagChanges, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn set_tags(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(changes): Body<TagChanges>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = web.own_contact(caller, id).await?;
    let tags = |field: &str, tags: Vec<String>| -> Result<Vec<String>, ApiError> {
        tags.iter().map(|tag| shape::name(field, tag, limits::TAG_CHARS_MAX)).collect()
    };
    let (add, remove) = (tags("add", changes.add)?, tags("remove", changes.remove)?);
    let mut shown = Json(contact.clone().into());
    if !remove.is_empty() {
        shown = web.operate(caller, contact.clone(), Operation::RemoveTags { tags: remove }).await?;
    }
    if !add.is_empty() {
        shown = web.operate(caller, contact, Operation::AddTags { tags: add }).await?;
    }
    Ok(shown)
}

/// Ends a run.
#[utoipa::path(delete, path = "/contacts/{contact_id}/runs/{run}", tag = "contacts", params(("contact_id" = ContactId, Path), ("run" = u32, Path)), responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn stop_run(
    State(web): State<Web>,
    caller: Caller,
    At((id, run)): At<(ContactId, u32)>,
) -> Result<Json<ContactView>, ApiError> {
    act(web, caller, id, Operation::StopRun { run }).await
}

/// Unsubscribes the contact: the bot may not write to it any more.
#[utoipa::path(post, path = "/contacts/{contact_id}/unsubscribe", tag = "contacts", params(("contact_id" = ContactId, Path)), responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn unsubscribe(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    act(web, caller, id, Operation::Unsubscribe).await
}

/// Subscribes the contact again.
#[utoipa::path(post, path = "/contacts/{contact_id}/subscribe", tag = "contacts", params(("contact_id" = ContactId, Path)), responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn subscribe(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    act(web, caller, id, Operation::Subscribe).await
}

/// Whether a contact is switched off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Disable {
    disabled: bool,
}

/// Switches the contact off or on.
#[utoipa::path(post, path = "/contacts/{contact_id}/disable", tag = "contacts", params(("contact_id" = ContactId, Path)), request_body = Disable, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn disable(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(wanted): Body<Disable>,
) -> Result<Json<ContactView>, ApiError> {
    act(web, caller, id, Operation::Disable { disabled: wanted.disabled }).await
}

/// Who looks after a chat.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenChat {
    /// A member of the account.
    assignee: Option<MemberId>,
}

/// Opens the chat.
#[utoipa::path(post, path = "/chats/{contact_id}/open", tag = "chats", params(("contact_id" = ContactId, Path)), request_body = OpenChat, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn open_chat(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(wanted): Body<OpenChat>,
) -> Result<Json<ContactView>, ApiError> {
    let OpenChat { assignee } = wanted;
    web.operate_for(caller, id, assignee, Operation::OpenChat { assignee }).await
}

/// Gives the chat to a member of the account, which opens it, or to nobody.
#[utoipa::path(post, path = "/chats/{contact_id}/assign", tag = "chats", params(("contact_id" = ContactId, Path)), request_body = OpenChat, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn assign(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(wanted): Body<OpenChat>,
) -> Result<Json<ContactView>, ApiError> {
    let OpenChat { assignee } = wanted;
    web.operate_for(caller, id, assignee, Operation::AssignChat { assignee }).await
}

/// Closes the chat, and ends paused automation.
#[utoipa::path(post, path = "/chats/{contact_id}/close", tag = "chats", params(("contact_id" = ContactId, Path)), responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn close_chat(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    act(web, caller, id, Operation::CloseChat).await
}

/// How long automation stands still.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseAutomation {
    /// Left out: until the chat is closed.
    until: Option<Time>,
}

/// Pauses automation for the contact.
#[utoipa::path(post, path = "/chats/{contact_id}/pause", tag = "chats", params(("contact_id" = ContactId, Path)), request_body = PauseAutomation, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn pause(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(wanted): Body<PauseAutomation>,
) -> Result<Json<ContactView>, ApiError> {
    let until = wanted.until.map(|time| time.0);
    if until.is_some_and(|until| until <= web.now()) {
        return Err(ApiError::field("until", FieldMistake::NotInFuture {}));
    }
    act(web, caller, id, Operation::PauseAutomation { until }).await
}

/// Ends paused automation.
#[utoipa::path(post, path = "/chats/{contact_id}/resume", tag = "chats", params(("contact_id" = ContactId, Path)), responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn resume(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    act(web, caller, id, Operation::ResumeAutomation).await
}

/// What an agent says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentMessage {
    /// 1 to 4,096 characters.
    text: String,
    /// Who says it, as webhooks tell it. Left out: the member who is signed in; a program names somebody.
    sent_by: Option<SentBy>,
}

/// Sends an agent's message. It pauses automation as the bot's settings say.
#[utoipa::path(post, path = "/chats/{contact_id}/messages", tag = "chats", params(("contact_id" = ContactId, Path)), request_body = AgentMessage, responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn say(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    key: TurnKey,
    Body(message): Body<AgentMessage>,
) -> Result<Json<ContactView>, ApiError> {
    let text = message.text;
    if text.trim().is_empty() || text.chars().count() > 4_096 {
        return Err(ApiError::field("text", FieldMistake::TextLength { max: 4096 }));
    }
    let sent_by = match (message.sent_by, caller.by) {
        (Some(sent_by), _) => sent_by,
        (None, By::Member(member_id)) => web.sender(caller, member_id).await?,
        (None, By::Token(_)) => return Err(ApiError::field("sent_by", FieldMistake::SenderNeeded {})),
    };
    let contact = web.own_contact(caller, id).await?;
    web.operate_once(caller, contact, Operation::AgentMessage { text: RichText::plain(text), sent_by }, key).await
}
