//! Saved replies: texts of a bot that agents answer with. Whoever shows them fills the placeholders, so that an agent sees what is sent.

use axum::{Json, extract::State, http::StatusCode};
use recado_model::BotId;
use recado_store::team::{Kept, KeptKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    mistake::FieldMistake,
    shape::{self, Listed, Named},
};
use crate::auth::Caller;

/// Characters of the name of what is kept.
pub const NAME_CHARS_MAX: usize = 64;
/// Characters of a saved reply.
const TEXT_CHARS_MAX: usize = 4_000;

/// A saved reply.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// 1 to 64 characters, unique in the bot.
    name: String,
    /// 1 to 4,000 characters. `{{name}}` and `{{first_name}}` are for whoever shows it to fill in.
    text: String,
}

impl Reply {
    fn checked(self) -> Result<Self, ApiError> {
        let name = shape::name("name", &self.name, NAME_CHARS_MAX)?;
        if self.text.trim().is_empty() || self.text.chars().count() > TEXT_CHARS_MAX {
            return Err(ApiError::field("text", FieldMistake::TextLength { max: TEXT_CHARS_MAX }));
        }
        Ok(Self { name, text: self.text })
    }

    fn kept(&self) -> Kept {
        Kept { name: self.name.clone(), doc: Value::from(self.text.as_str()) }
    }
}

/// Lists a bot's saved replies, by name; at most 200.
#[utoipa::path(get, path = "/bots/{bot_id}/replies", tag = "chats", params(("bot_id" = BotId, Path)), responses((status = 200, body = Listed<Reply>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, caller: Caller, At(id): At<BotId>) -> Result<Json<Listed<Reply>>, ApiError> {
    web.own_bot(caller, id).await?;
    let kept = web.store.kept(id, KeptKind::Reply).await?;
    let reply = |Kept { name, doc }| Reply { name, text: doc.as_str().unwrap_or_default().to_owned() };
    Ok(Json(Listed::whole(kept.into_iter().map(reply).collect())))
}

/// Saves a reply.
#[utoipa::path(post, path = "/bots/{bot_id}/replies", tag = "chats", params(("bot_id" = BotId, Path)), request_body = Reply, responses((status = 201, body = Reply), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Body(wanted): Body<Reply>,
) -> Result<(StatusCode, Json<Reply>), ApiError> {
    web.own_bot(caller, id).await?;
    let reply = wanted.checked()?;
    web.store.keep(id, KeptKind::Reply, reply.kept()).await?;
    Ok((StatusCode::CREATED, Json(reply)))
}

/// Changes the reply with this name, its name as well.
#[utoipa::path(put, path = "/bots/{bot_id}/replies", tag = "chats", params(("bot_id" = BotId, Path), Named), request_body = Reply, responses((status = 200, body = Reply), (status = "default", body = Problem)))]
pub async fn replace(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(asked): Asked<Named>,
    Body(wanted): Body<Reply>,
) -> Result<Json<Reply>, ApiError> {
    web.own_bot(caller, id).await?;
    let reply = wanted.checked()?;
    web.store.replace_kept(id, KeptKind::Reply, asked.name, reply.kept()).await?;
    Ok(Json(reply))
}

/// Forgets the reply with this name.
#[utoipa::path(delete, path = "/bots/{bot_id}/replies", tag = "chats", params(("bot_id" = BotId, Path), Named), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(asked): Asked<Named>,
) -> Result<StatusCode, ApiError> {
    web.own_bot(caller, id).await?;
    web.store.forget_kept(id, KeptKind::Reply, asked.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
