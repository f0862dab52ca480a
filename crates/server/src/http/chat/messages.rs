//! What the visitor says, and what was said.

use std::collections::VecDeque;

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use recado_channels::{Unreadable, livechat};
use recado_flow::Input;
use recado_model::{BotId, ContactId, Direction, Inbound, InboundKind, MessageStatus, UnixMs};
use recado_store::records::MessageRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::session::Session;
use crate::{
    http::{
        Web,
        error::{ApiError, Problem},
        extract::Asked,
        files::media_of,
        mistake::FieldMistake,
        problem_code::ProblemCode,
        rate::{self, Who},
        shape,
    },
    runtime::inbox::{SubmitError, To},
};

/// A message that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// The id that the page gave it.
    id: Value,
}

/// A visitor's message, for the description; it is read by the channel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VisitorMessage {
    /// 1 to 64 visible ASCII characters, chosen by the page; the same id again has no second effect. One that begins with the time is cheapest to store.
    id: String,
    /// 1 to 16,384 bytes.
    text: Option<String>,
    /// Of a pressed button.
    payload: Option<String>,
    /// `{"lat", "lon"}`.
    location: Option<Value>,
    /// `{"phone", "name"?, "email"?}`.
    contact: Option<Value>,
    /// The id of an uploaded file.
    file: Option<String>,
}

/// Takes a message. 202 after its turn is committed; the same id again is 202 without a second effect. A bot that is off has no web chat.
#[utoipa::path(post, path = "/api/chat/{bot_id}/messages", tag = "web chat", params(("bot_id" = BotId, Path)), request_body = VisitorMessage, responses((status = 202, body = Taken), (status = "default", body = Problem)), security(("session" = [])))]
pub async fn post(
    State(web): State<Web>,
    session: Session,
    body: Bytes,
) -> Result<(StatusCode, Json<Taken>), ApiError> {
    let who = Who::Messages(session.identity.clone());
    web.front
        .rates
        .take(who, rate::SESSION_MESSAGES, web.now())
        .map_err(|ms| ApiError::too_many(ms.div_ceil(1_000)))?;
    let mut inbound = livechat::parse(&body, &session.identity).map_err(|error| match error {
        Unreadable::NotJson(words) => ApiError::new(ProblemCode::NotJson, words),
        Unreadable::Invalid { field, problem } => ApiError::field(field, problem),
    })?;
    fill_in_file(&web, &session, &mut inbound).await?;
    let id = inbound.message_id.clone();
    let to = To::Identity(session.identity.clone());
    match web.inbox.submit(session.bot_id, to, Input::Inbound(inbound)).await {
        Ok(_) | Err(SubmitError::Duplicate) => Ok((StatusCode::ACCEPTED, Json(Taken { id }))),
        Err(error) => Err(error.into()),
    }
}

/// The page names a file by id; what it is, we know. Only the visitor's own files count.
async fn fill_in_file(web: &Web, session: &Session, inbound: &mut Inbound) -> Result<(), ApiError> {
    let InboundKind::Message { attachments, .. } = &mut inbound.kind else { return Ok(()) };
    for attachment in attachments {
        let Some(id) = attachment.file_id else { continue };
        let contact_id = session.contact_id(web).await?;
        let file = web.store.file(id).await?;
        let own = file.filter(|file| file.bot_id == session.bot_id && file.contact_id == contact_id);
        let file = own.ok_or_else(|| ApiError::field("file", FieldMistake::ForeignFile {}))?;
        attachment.media = media_of(&file.mime);
        attachment.name = Some(file.name);
        attachment.mime = Some(file.mime);
        attachment.bytes = Some(file.bytes);
    }
    Ok(())
}

/// Where the page stopped reading.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `seq` of the last message the page has. Left out: the newest ones.
    after: Option<i64>,
    limit: Option<usize>,
}

impl After {
    /// The sequence, when it was given.
    pub const fn after(&self) -> Option<i64> {
        self.after
    }
}

/// What was said, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorMessages {
    /// `{"id", "seq", "direction", "at", "part", "sent_by"?}`.
    items: Vec<Value>,
}

/// Lists what was said, the oldest first.
#[utoipa::path(get, path = "/api/chat/{bot_id}/messages", tag = "web chat", params(("bot_id" = BotId, Path), After), responses((status = 200, body = VisitorMessages), (status = "default", body = Problem)), security(("session" = [])))]
pub async fn list(
    State(web): State<Web>,
    session: Session,
    Asked(asked): Asked<After>,
) -> Result<Json<VisitorMessages>, ApiError> {
    let limit = shape::limit(asked.limit)?;
    let Some(contact_id) = session.contact_id(&web).await? else {
        return Ok(Json(VisitorMessages { items: Vec::new() }));
    };
    let items = if let Some(after) = asked.after {
        visible_after(&web, contact_id, after, limit).await?.shown
    } else {
        let mut page = web.store.messages(contact_id, None, None, limit).await?.items;
        page.reverse();
        let first = page.first().map_or(0, |record| record.seq - 1);
        Visible::of(page, first, web.now()).shown
    };
    Ok(Json(VisitorMessages {
        items: items.into_iter().map(|record| livechat::show(&record.message, record.seq)).collect(),
    }))
}

/// What the page may see after a sequence.
#[derive(Debug)]
pub struct Visible {
    /// Messages to show, in order.
    pub shown: VecDeque<MessageRecord>,
    /// Go on after this.
    pub after: i64,
    /// The next message waits: the bot is typing.
    pub typing: bool,
}

impl Visible {
    /// Messages leave in order, so the first one that is not sent yet ends what can be seen; the sequence stops before it.
    fn of(records: Vec<MessageRecord>, after: i64, now: UnixMs) -> Self {
        let mut visible = Self { shown: VecDeque::new(), after, typing: false };
        for record in records {
            match (record.message.direction, record.message.status) {
                (Direction::Out, MessageStatus::Queued) => {
                    visible.typing = record.message.not_before > now;
                    // A visitor's later words stand behind it and are shown once it is sent.
                    break;
                }
                (Direction::Out, MessageStatus::Failed | MessageStatus::Cancelled) => visible.after = record.seq,
                (Direction::In, _)
                | (
                    Direction::Out,
                    MessageStatus::Received | MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read,
                ) => {
                    visible.after = record.seq;
                    visible.shown.push_back(record);
                }
            }
        }
        visible
    }
}

/// What can be seen after a sequence, at most `limit`.
pub async fn visible_after(web: &Web, contact_id: ContactId, after: i64, limit: usize) -> Result<Visible, ApiError> {
    let page = web.store.messages(contact_id, Some(after), None, limit).await?;
    Ok(Visible::of(page.items, after, web.now()))
}
