//! Who waits in a flow.

use axum::{Json, extract::State};
use recado_model::{ContactId, ElementId, FlowId};
use recado_store::records::WaitingRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    contacts::waits,
    error::{ApiError, Problem},
    extract::{Asked, At},
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

/// Which runs, and where the list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Where {
    /// Those that wait in this element; left out, all of the flow's.
    element: Option<ElementId>,
    /// 1 to 200, usually 50.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A contact whose run waits in the flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingView {
    contact_id: ContactId,
    /// The contact's name.
    name: String,
    /// The run's number among the contact's.
    number: u32,
    element: ElementId,
    /// The number of the version that the run is of; null when that is gone.
    version: Option<u32>,
    /// `input`, `api` or `pause`.
    waits_for: &'static str,
    /// When the wait ends by itself; null for an API request.
    until: Option<Time>,
    /// When the run began.
    started_at: Time,
}

impl From<WaitingRecord> for WaitingView {
    fn from(record: WaitingRecord) -> Self {
        let (waits_for, until) = waits(&record.wait);
        let WaitingRecord { contact_id, name, number, element, version, wait: _, started_at } = record;
        Self { contact_id, name, number, element, version, waits_for, until, started_at: started_at.into() }
    }
}

/// Lists who waits in a flow, or in one of its elements: whose runs stand there. The contact that was seen first comes first. A page may hold fewer
/// than `limit`, even none, and have a `next_cursor`.
#[utoipa::path(get, path = "/flows/{flow_id}/waiting", tag = "flows", params(("flow_id" = FlowId, Path), Where), responses((status = 200, body = Listed<WaitingView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    Asked(asked): Asked<Where>,
) -> Result<Json<Listed<WaitingView>>, ApiError> {
    web.own_flow(caller, id).await?;
    let page = web.store.waiting(id, asked.element, asked.cursor, shape::limit(asked.limit)?).await?;
    Ok(Json(Listed::page(page, Into::into)))
}
