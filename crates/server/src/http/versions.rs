//! Published versions of a flow.

use axum::{Json, extract::State};
use recado_model::{FlowId, VersionId};
use recado_store::catalog::{ListedVersion, VersionRecord};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Web,
    bots::Paging,
    error::{ApiError, Problem},
    extract::{Asked, At},
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

/// A published version without its document.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedVersionView {
    id: VersionId,
    flow_id: FlowId,
    /// 1 for the first.
    number: u32,
    published_at: Time,
}

impl From<ListedVersion> for ListedVersionView {
    fn from(version: ListedVersion) -> Self {
        let ListedVersion { id, flow_id, number, published_at } = version;
        Self { id, flow_id, number, published_at: published_at.into() }
    }
}

/// A published version.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    id: VersionId,
    flow_id: FlowId,
    /// 1 for the first.
    number: u32,
    document: Value,
    published_at: Time,
}

impl From<VersionRecord> for VersionView {
    fn from(version: VersionRecord) -> Self {
        let VersionRecord { id, flow_id, number, document, published_at } = version;
        Self { id, flow_id, number, document, published_at: published_at.into() }
    }
}

/// Lists the published versions without their documents, the newest first.
#[utoipa::path(get, path = "/flows/{flow_id}/versions", tag = "flows", params(("flow_id" = FlowId, Path), Paging), responses((status = 200, body = Listed<ListedVersionView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Listed<ListedVersionView>>, ApiError> {
    web.own_flow(caller, id).await?;
    let page = web.store.versions(id, paging.cursor, shape::limit(paging.limit)?).await?;
    Ok(Json(Listed::page(page, Into::into)))
}

/// Reads a published version by its number.
#[utoipa::path(get, path = "/flows/{flow_id}/versions/{number}", tag = "flows", params(("flow_id" = FlowId, Path), ("number" = u32, Path)), responses((status = 200, body = VersionView), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At((id, number)): At<(FlowId, u32)>,
) -> Result<Json<VersionView>, ApiError> {
    web.own_flow(caller, id).await?;
    Ok(Json(web.store.numbered_version(id, number).await?.into()))
}
