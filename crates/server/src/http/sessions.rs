//! The browsers in which a member is signed in.

use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_model::UnixMs;
use recado_store::members::SessionRecord;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::At,
    shape::{Listed, Time},
};
use crate::auth::session::SignedIn;

/// Bytes of the token's hash that name a session: enough to tell a member's few apart, and nothing that could be used.
const ID_BYTES: usize = 9;

/// A browser in which the member is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionRow {
    id: String,
    /// When it signed in; null when that was before this was kept.
    created_at: Option<Time>,
    /// When it is signed out, unless it is used before.
    expires_at: Time,
    /// What the browser calls itself.
    user_agent: String,
    /// The one that asks.
    is_this: bool,
}

fn id_of(session: &SessionRecord) -> String {
    URL_SAFE_NO_PAD.encode(&session.hash[..ID_BYTES])
}

/// Lists the browsers in which the member is signed in, the newest first.
#[utoipa::path(get, path = "/session/all", tag = "session", responses((status = 200, body = Listed<SessionRow>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, signed_in: SignedIn) -> Result<Json<Listed<SessionRow>>, ApiError> {
    let sessions = web.store.sessions(signed_in.member.id, web.now()).await?;
    let row = |session: SessionRecord| SessionRow {
        id: id_of(&session),
        created_at: (session.created_at > UnixMs(0)).then(|| session.created_at.into()),
        expires_at: session.expires_at.into(),
        is_this: session.hash == signed_in.session.hash,
        user_agent: session.agent,
    };
    Ok(Json(Listed::whole(sessions.into_iter().map(row).collect())))
}

/// Signs the member out of all other browsers.
#[utoipa::path(delete, path = "/session/all", tag = "session", responses((status = 204), (status = "default", body = Problem)))]
pub async fn end_others(State(web): State<Web>, signed_in: SignedIn) -> Result<StatusCode, ApiError> {
    web.store.close_other_sessions(signed_in.member.id, signed_in.session.hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs the member out of one browser.
#[utoipa::path(delete, path = "/session/all/{session_id}", tag = "session", params(("session_id" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn end(State(web): State<Web>, signed_in: SignedIn, At(id): At<String>) -> Result<StatusCode, ApiError> {
    let sessions = web.store.sessions(signed_in.member.id, web.now()).await?;
    let session = sessions.into_iter().find(|session| id_of(session) == id);
    web.store.close_session(session.ok_or_else(|| ApiError::not_found("session"))?.hash).await?;
    Ok(StatusCode::NO_CONTENT)
}
