//! Contacts: list, read, erase; their messages and runs.

use axum::{Json, extract::State, http::StatusCode};
use recado_model::{
    AutomationPause, Bot, BotId, ChatState, Contact, ContactId, ContactStatus, Direction, ElementId, FlowId, MemberId,
    MessageId, MessageStatus, Part, Profile, Run, VersionId, Wait, message::SentBy,
};
use recado_store::records::MessageRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    bots::Paging,
    error::{ApiError, Problem},
    extract::{Asked, At},
    segments::AudienceFilter,
    shape::{self, Listed, Time},
    variables,
};
use crate::auth::Caller;

/// The chat as agents see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatView {
    open: bool,
    since: Option<Time>,
    assignee: Option<MemberId>,
}

/// Paused automation.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseView {
    since: Time,
    /// Null: until the chat is closed.
    until: Option<Time>,
}

/// A contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    id: ContactId,
    bot_id: BotId,
    /// The messenger's id of the person.
    identity: String,
    status: Option<ContactStatus>,
    profile: Profile,
    variables: Map<String, Value>,
    tags: Vec<String>,
    last_message: String,
    active_at: Option<Time>,
    created_at: Time,
    chat: ChatView,
    /// Null when automation is not paused.
    automation_paused: Option<PauseView>,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        let chat = match contact.chat {
            ChatState::Closed => ChatView { open: false, since: None, assignee: None },
            ChatState::Open { since, assignee } => ChatView { open: true, since: Some(since.into()), assignee },
        };
        let automation_paused = contact.pause.map(|pause| match pause {
            AutomationPause::Until { since, until } => PauseView { since: since.into(), until: Some(until.into()) },
            AutomationPause::UntilClosed { since } => PauseView { since: since.into(), until: None },
        });
        Self {
            id: contact.id,
            bot_id: contact.bot_id,
            identity: contact.identity,
            status: contact.status,
            profile: contact.profile,
            variables: variables::shown(&contact.variables),
            tags: contact.tags,
            last_message: contact.last_message,
            active_at: contact.active_at.map(Into::into),
            created_at: contact.created_at.into(),
            chat,
            automation_paused,
        }
    }
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContactQuery {
    /// Of this bot.
    bot_id: BotId,
    status: Option<ContactStatus>,
    tag: Option<String>,
    /// That have this variable.
    variable: Option<String>,
    /// With this text as the variable's value.
    value: Option<String>,
    /// That passed a *send webhook* of this title.
    received_webhook: Option<String>,
    /// Whose name, user name, phone or e-mail starts so.
    search: Option<String>,
    chat_open: Option<bool>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Lists a bot's contacts, the newest first.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(ContactQuery), responses((status = 200, body = Listed<ContactView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<ContactQuery>,
) -> Result<Json<Listed<ContactView>>, ApiError> {
    let ContactQuery { bot_id, status, tag, variable, value, received_webhook, search, chat_open, limit, cursor } =
        asked;
    web.own_bot(caller, bot_id).await?;
    let filter = AudienceFilter { status, tag, variable, value, received_webhook, search, chat_open }.checked()?;
    let page = web.store.contacts(bot_id, filter, cursor, shape::limit(limit)?).await?;
    Ok(Json(Listed::page(page, Into::into)))
}

/// Reads a contact.
#[utoipa::path(get, path = "/contacts/{contact_id}", tag = "contacts", params(("contact_id" = ContactId, Path)), responses((status = 200, body = ContactView), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    let mut contact = web.own_contact(caller, id).await?;
    // A file that an input asked for is kept as a link, which may be over by now.
    for value in contact.variables.values_mut() {
        if let recado_model::Value::Url(url) = value
            && let Some(again) = web.files.renewed(url, web.now())
        {
            *url = again;
        }
    }
    Ok(Json(contact.into()))
}

/// Erases a contact, or the sample contact of a test send: variables, messages and bodies go; ids, times and outcomes stay.
#[utoipa::path(delete, path = "/contacts/{contact_id}", tag = "contacts", params(("contact_id" = ContactId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn erase(State(web): State<Web>, caller: Caller, At(id): At<ContactId>) -> Result<StatusCode, ApiError> {
    let bot_id = match web.store.bot_of_test(id).await? {
        Some(bot_id) => {
            web.own_bot(caller, bot_id).await.map(|_| bot_id).map_err(|_| ApiError::not_found("contact"))?
        }
        None => web.own_contact(caller, id).await?.bot_id,
    };
    web.store.erase_contact(bot_id, id, web.now()).await?;
    web.wakes.deliveries.notify_one();
    web.live.ring_contact(id);
    web.live.ring_bot(bot_id);
    Ok(StatusCode::NO_CONTENT)
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    seq: i64,
    id: MessageId,
    direction: Direction,
    status: MessageStatus,
    part: Part,
    /// Where the contact's files are downloaded, in the order of `part.attachments`: paths of this server, good for 30 days; null for one that its messenger keeps
    /// to itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<Option<String>>,
    external_id: Option<String>,
    at: Time,
    sent_by: Option<SentBy>,
    error: Option<String>,
}

impl MessageView {
    fn of(MessageRecord { seq, message }: MessageRecord, web: &Web, bot: &Bot) -> Self {
        let files = match &message.part {
            Part::Inbound { attachments, .. } => web.files.paths(bot, attachments, web.now()),
            Part::Text { .. } | Part::Media { .. } | Part::Gallery { .. } => Vec::new(),
        };
        Self {
            seq,
            files,
            id: message.id,
            direction: message.direction,
            status: message.status,
            part: message.part,
            external_id: message.external_id,
            at: message.at.into(),
            sent_by: message.sent_by,
            error: message.error,
        }
    }
}

/// Lists a contact's messages, the newest first.
#[utoipa::path(get, path = "/contacts/{contact_id}/messages", tag = "contacts", params(("contact_id" = ContactId, Path), Paging), responses((status = 200, body = Listed<MessageView>), (status = "default", body = Problem)))]
pub async fn messages(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Asked(asked): Asked<Paging>,
) -> Result<Json<Listed<MessageView>>, ApiError> {
    let contact = web.own_contact(caller, id).await?;
    let bot = web.own_bot(caller, contact.bot_id).await?.bot;
    let page = web.store.messages(id, None, asked.cursor, shape::limit(asked.limit)?).await?;
    Ok(Json(Listed::page(page, |record| MessageView::of(record, &web, &bot))))
}

/// A waiting run.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    number: u32,
    flow_id: FlowId,
    version_id: VersionId,
    element: ElementId,
    /// `input`, `api` or `pause`.
    waits_for: &'static str,
    /// When the wait ends by itself.
    until: Option<Time>,
    /// Calls it returns from.
    depth: usize,
    started_at: Time,
}

/// What a run waits for, and until when.
pub fn waits(wait: &Wait) -> (&'static str, Option<Time>) {
    match wait {
        Wait::Input { until, .. } => ("input", Some((*until).into())),
        Wait::Api { .. } => ("api", None),
        Wait::Pause { until, .. } => ("pause", Some((*until).into())),
    }
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        let (waits_for, until) = waits(&run.wait);
        Self {
            number: run.number,
            flow_id: run.flow_id,
            version_id: run.version_id,
            element: run.element,
            waits_for,
            until,
            depth: run.stack.len(),
            started_at: run.started_at.into(),
        }
    }
}

/// Lists a contact's waiting runs.
#[utoipa::path(get, path = "/contacts/{contact_id}/runs", tag = "contacts", params(("contact_id" = ContactId, Path)), responses((status = 200, body = Listed<RunView>), (status = "default", body = Problem)))]
pub async fn runs(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<Listed<RunView>>, ApiError> {
    web.own_contact(caller, id).await?;
    Ok(Json(Listed::whole(web.store.runs(id).await?.into_iter().map(Into::into).collect())))
}
