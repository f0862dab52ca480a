//! The live chat's list.

use axum::{Json, extract::State, http::StatusCode};
use recado_model::{AutomationPause, BotId, ChatState, ContactId, ContactStatus, Direction, MemberId, Part};
use recado_store::records::ChatRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

/// Characters of a message that a list shows.
const SHOWN_CHARS_MAX: usize = 200;

/// Which chats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Those that an agent is asked to look at.
    #[default]
    Open,
    /// All in which something happened since the retention began.
    All,
}

/// A list of chats.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChatQuery {
    /// Of this bot.
    bot_id: BotId,
    /// `open` (left out as well) or `all`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    state: Which,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// What was said last.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastMessage {
    at: Time,
    direction: Direction,
    /// Its text, cut to 200 characters; empty for a file.
    text: String,
}

/// A chat.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatRow {
    contact_id: ContactId,
    name: String,
    username: Option<String>,
    photo: Option<String>,
    status: Option<ContactStatus>,
    is_open: bool,
    /// Who looks after it.
    assigned_to: Option<MemberId>,
    /// Incoming messages that nobody read; 100 stands for more.
    unread: u32,
    automation_paused: bool,
    /// When paused automation goes on; null: when the chat is closed, or it is not paused.
    automation_paused_until: Option<Time>,
    last_message: Option<LastMessage>,
}

impl From<ChatRecord> for ChatRow {
    fn from(ChatRecord { contact, last, unread }: ChatRecord) -> Self {
        let (is_open, assigned_to) = match contact.chat {
            ChatState::Closed => (false, None),
            ChatState::Open { assignee, .. } => (true, assignee),
        };
        let until = contact.pause.and_then(|pause| match pause {
            AutomationPause::Until { until, .. } => Some(until.into()),
            AutomationPause::UntilClosed { .. } => None,
        });
        let last_message = last.map(|last| LastMessage {
            at: last.message.at.into(),
            direction: last.message.direction,
            text: text_of(&last.message.part).chars().take(SHOWN_CHARS_MAX).collect(),
        });
        Self {
            contact_id: contact.id,
            name: contact.profile.name,
            username: contact.profile.username,
            photo: contact.profile.photo,
            status: contact.status,
            is_open,
            assigned_to,
            unread,
            automation_paused: contact.pause.is_some(),
            automation_paused_until: until,
            last_message,
        }
    }
}

fn text_of(part: &Part) -> String {
    match part {
        Part::Text { text, .. } => text.to_plain(),
        Part::Media { caption, .. } => caption.to_plain(),
        Part::Inbound { text, attachments, location, phone } => {
            let file = attachments.first().map(|file| file.name.clone().unwrap_or_else(|| "📎".to_owned()));
            let said = Some(text.clone()).filter(|text| !text.is_empty()).or(file).or_else(|| phone.clone());
            said.or_else(|| location.map(|_| "📍".to_owned())).unwrap_or_default()
        }
        Part::Gallery { cards, .. } => cards.first().map(|card| card.title.clone()).unwrap_or_default(),
    }
}

/// Lists a bot's chats, the one in which something happened last first. Open ones come in one page of at most 1,000.
#[utoipa::path(get, path = "/chats", tag = "chats", params(ChatQuery), responses((status = 200, body = Listed<ChatRow>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<ChatQuery>,
) -> Result<Json<Listed<ChatRow>>, ApiError> {
    web.own_bot(caller, asked.bot_id).await?;
    let limit = shape::limit(asked.limit)?;
    Ok(Json(match asked.state {
        Which::Open => Listed::whole(web.store.open_chats(asked.bot_id).await?.into_iter().map(Into::into).collect()),
        Which::All => Listed::page(web.store.chats(asked.bot_id, asked.cursor, limit).await?, Into::into),
    }))
}

/// Up to where a chat was read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    /// `seq` of the last message that was shown. Left out: all of it so far.
    up_to: Option<i64>,
}

/// Says that somebody read what the contact said.
#[utoipa::path(post, path = "/chats/{contact_id}/read", tag = "chats", params(("contact_id" = ContactId, Path)), request_body = ReadUpTo, responses((status = 204), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
    Body(read): Body<ReadUpTo>,
) -> Result<StatusCode, ApiError> {
    let contact = web.own_contact(caller, id).await?;
    web.store.read_chat(id, read.up_to).await?;
    web.live.ring_bot(contact.bot_id);
    Ok(StatusCode::NO_CONTENT)
}
