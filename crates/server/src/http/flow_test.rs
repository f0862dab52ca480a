//! The test chat of the builder: a draft tried out. Nothing leaves and nothing is stored.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use recado_flow::{document::FlowDocument, validate};
use recado_model::{ContactStatus, ElementId, FlowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    publish::show_problems,
    shape::Time,
    variables,
};
use crate::{
    auth::Caller,
    runtime::rehearsal::{State as Rehearsal, Step, Try, Untried},
};

/// What is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The flow document, saved or not.
    draft: Value,
    /// The `state` of the answer before; null or left out for a start.
    #[schema(value_type = Option<Object>)]
    state: Option<Value>,
    /// What the contact does.
    input: Try,
}

/// What the flow waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitsView {
    element: ElementId,
    /// `input`, `pause` or `api`.
    r#for: &'static str,
    until: Option<Time>,
}

/// The contact of the rehearsal.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedContact {
    variables: Map<String, Value>,
    tags: Vec<String>,
    status: Option<ContactStatus>,
}

/// What would happen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// To be given back with the next input, as it is.
    #[schema(value_type = Object)]
    state: Value,
    /// In the order it would happen.
    steps: Vec<Step>,
    waits: Option<WaitsView>,
    contact: TriedContact,
}

/// Tries a draft out. A draft with errors is answered 422 with its problems.
#[utoipa::path(post, path = "/flows/{flow_id}/test", tag = "flows", params(("flow_id" = FlowId, Path)), request_body = Trial, responses((status = 200, body = Outcome), (status = "default", body = Problem)))]
pub async fn attempt(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    Body(trial): Body<Trial>,
) -> Result<Json<Outcome>, ApiError> {
    let (flow, _) = web.own_flow(caller, id).await?;
    let live = web.own_live_bot(caller, flow.bot_id).await?;
    let document: FlowDocument =
        serde_json::from_value(trial.draft).map_err(|error| ApiError::field("draft", error.to_string()))?;
    let now = web.now();
    let mut state = match (trial.state, &trial.input) {
        (Some(state), Try::Text { .. } | Try::Press { .. } | Try::Wait) if !state.is_null() => {
            serde_json::from_value::<Rehearsal>(state)
                .map_err(|error| ApiError::field("state", format!("is not one that was given: {error}")))?
        }
        (_, Try::Start) => Rehearsal::new(&live, now),
        (_, Try::Text { .. } | Try::Press { .. } | Try::Wait) => return Err(untried(Untried::NotStarted)),
    };
    if state.contact().bot_id != flow.bot_id {
        return Err(ApiError::field("state", "is of another bot"));
    }
    let validated = validate(&document, id, state.version_id(), live.validation_context());
    let Some(plan) = validated.plan else {
        let shown = serde_json::to_value(show_problems(&validated.problems)).unwrap_or_default();
        let words = "the flow has problems; it can be tried without them";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "flow_has_problems", words).with_problems(shown));
    };
    let own = state.version_id();
    let others: Vec<_> = state.versions_needed().into_iter().filter(|version| *version != own).collect();
    web.bots.ensure_versions(&live, &others).await?;
    let steps = state.take(&live, Arc::new(plan), &trial.input, now).map_err(untried)?;
    let waits = state.waits().map(|waits| WaitsView {
        element: waits.element,
        r#for: waits.what,
        until: waits.until.map(Into::into),
    });
    let contact = state.contact();
    let contact = TriedContact {
        variables: variables::shown(&contact.variables),
        tags: contact.tags.clone(),
        status: contact.status,
    };
    let state = serde_json::to_value(&state).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(Json(Outcome { state, steps, waits, contact }))
}

fn untried(why: Untried) -> ApiError {
    ApiError::field("input", why.to_string())
}
