//! A visitor's files: the body is the file itself, its type is sniffed.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use recado_model::{BotId, FileId, message::MediaKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::session::Session;
use crate::http::{
    Web,
    error::{ApiError, Problem},
    extract::Asked,
    files, incoming,
    rate::{self, Who},
};

/// What the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// At most 128 characters are kept.
    name: Option<String>,
}

/// A file that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// Send it as `file` of a message.
    id: FileId,
    media: MediaKind,
    mime: String,
    bytes: u64,
    name: String,
}

/// Takes a file of at most 10 MiB; the body is the file itself.
#[utoipa::path(post, path = "/api/chat/{bot_id}/files", tag = "web chat", params(("bot_id" = BotId, Path), Named), request_body(content = String, content_type = "application/octet-stream"), responses((status = 201, body = Uploaded), (status = "default", body = Problem)), security(("session" = [])))]
pub async fn post(
    State(web): State<Web>,
    session: Session,
    Asked(named): Asked<Named>,
    request: Request,
) -> Result<(StatusCode, Json<Uploaded>), ApiError> {
    let who = Who::Files(session.identity.clone());
    web.front.rates.take(who, rate::SESSION_FILES, web.now()).map_err(|ms| ApiError::too_many(ms.div_ceil(1_000)))?;
    let contact_id = session.contact_id(&web).await?.ok_or_else(|| ApiError::not_found("chat"))?;
    let name = named.name.unwrap_or_default();
    let file = incoming::keep(&web, session.bot_id, Some(contact_id), &name, request).await?;
    let media = files::media_of(&file.mime);
    Ok((
        StatusCode::CREATED,
        Json(Uploaded { id: file.id, media, mime: file.mime, bytes: file.bytes, name: file.name }),
    ))
}
