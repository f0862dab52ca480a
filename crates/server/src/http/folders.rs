//! Folders of flows: a folder is a name that flows of a bot share, and is there as long as a flow is in it.

use axum::{extract::State, http::StatusCode};
use recado_model::{BotId, limits};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    shape::{self, Named},
};
use crate::auth::Caller;

/// The name of a folder, checked.
pub fn folder_name(folder: &str) -> Result<String, ApiError> {
    shape::name("folder", folder, limits::FOLDER_NAME_CHARS_MAX)
}

/// What becomes of a folder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderChange {
    /// Its new name, 1 to 64 characters. One that another folder has joins both; null takes the flows out.
    folder: Option<String>,
}

/// Renames the folder with this name: all of its flows at once.
#[utoipa::path(patch, path = "/bots/{bot_id}/folders", tag = "flows", params(("bot_id" = BotId, Path), Named), request_body = FolderChange, responses((status = 204), (status = "default", body = Problem)))]
pub async fn rename(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(asked): Asked<Named>,
    Body(change): Body<FolderChange>,
) -> Result<StatusCode, ApiError> {
    web.own_bot(caller, id).await?;
    let to = change.folder.map(|folder| folder_name(&folder)).transpose()?;
    web.store.rename_folder(id, asked.name, to).await?;
    Ok(StatusCode::NO_CONTENT)
}
