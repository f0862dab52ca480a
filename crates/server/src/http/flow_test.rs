//! The test chat of the builder: a draft tried out. Nothing leaves and nothing is stored.

use std::sync::Arc;

use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_flow::{Plan, document::FlowDocument, validate};
use recado_model::{
    ContactStatus, ElementId, FlowId, VersionId,
    run::{ApiAnswer, ApiCall},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    problem_code::ProblemCode,
    publish::show_problems,
    shape::Time,
    variables,
};
use crate::{
    auth::Caller,
    runtime::{
        api_request,
        registry::LiveBot,
        rehearsal::{CameAnswer, State as Rehearsal, Step, Try, Untried},
    },
};

/// Bytes of the state that travels: with a draft it has to fit into a body.
const STATE_BYTES_MAX: usize = 512 * 1024;
const LABEL: &str = "rehearsal";

/// What is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The flow document, saved or not.
    draft: Value,
    /// The `state` of the answer before, as it was; null or left out for a start.
    state: Option<String>,
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
    state: String,
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
    let mut state = match (&trial.state, &trial.input) {
        (_, Try::Start) => Rehearsal::new(&live, now),
        (Some(state), _) => opened(&web, id, state)?,
        (None, _) => return Err(untried(Untried::NotStarted)),
    };
    let plan = planned(&live, &document, id, state.version_id())?;
    let own = state.version_id();
    let others: Vec<_> = state.versions_needed(&trial.input).into_iter().filter(|version| *version != own).collect();
    web.bots.ensure_versions(&live, &others).await?;
    let answer = if matches!(trial.input, Try::Ask) {
        let call = state.asked().ok_or_else(|| untried(Untried::NoRequest))?;
        Some(ask(&web, &live, call).await)
    } else {
        None
    };
    let came = answer.as_ref().map(|(_, came)| Step::ApiAnswer(came.clone()));
    // A turn may pass a hundred elements with long texts: off the threads that answer others, a few at a time.
    let _place = web.front.rehearsals.acquire().await;
    let tried = tokio::task::spawn_blocking(move || {
        let steps = match answer {
            Some((answer, _)) => state.take_answer(&live, plan, answer),
            None => state.take(&live, plan, &trial.input, now),
        };
        (state, steps)
    });
    let (state, steps) = tried.await.map_err(|_| ApiError::internal("the flow could not be tried"))?;
    let steps = came.into_iter().chain(steps.map_err(untried)?).collect();
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
    let state = sealed(&web, id, &state)?;
    Ok(Json(Outcome { state, steps, waits, contact }))
}

/// A draft that can be run, or its problems.
pub(super) fn planned(
    live: &LiveBot,
    document: &FlowDocument,
    flow_id: FlowId,
    version_id: VersionId,
) -> Result<Arc<Plan>, ApiError> {
    let validated = validate(document, flow_id, version_id, live.validation_context());
    validated.plan.map(Arc::new).ok_or_else(|| {
        let shown = serde_json::to_value(show_problems(&validated.problems)).unwrap_or_default();
        let words = "the flow has problems; it can be tried without them";
        ApiError::new(ProblemCode::FlowHasProblems, words).with_problems(shown)
    })
}

/// Really sends an API request that is tried, once.
pub(super) async fn ask(web: &Web, live: &LiveBot, call: &ApiCall) -> (ApiAnswer, CameAnswer) {
    let _place = web.front.test_requests.acquire().await;
    let started = Instant::now();
    let answer = api_request::send(web.app(), live, &ApiCall { retries: 0, ..call.clone() }).await;
    let came = CameAnswer {
        status: answer.status,
        body: answer.body.clone(),
        error: answer.error.clone(),
        took_ms: started.elapsed().as_millis() as u64,
    };
    (answer, came)
}

/// The state with a code that only this installation can make, for this flow.
fn sealed(web: &Web, id: FlowId, state: &Rehearsal) -> Result<String, ApiError> {
    let json = serde_json::to_string(state).map_err(|error| ApiError::internal(error.to_string()))?;
    if json.len() > STATE_BYTES_MAX {
        return Err(ApiError::field("state", format!("is longer than {STATE_BYTES_MAX} bytes: start again")));
    }
    Ok(format!("{}.{json}", URL_SAFE_NO_PAD.encode(web.keys.code(LABEL, &coded(id, &json)))))
}

fn opened(web: &Web, id: FlowId, state: &str) -> Result<Rehearsal, ApiError> {
    let not_ours = || ApiError::field("state", FieldMistake::ForeignState {});
    let (code, json) = state.split_once('.').ok_or_else(not_ours)?;
    let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| not_ours())?;
    if !web.keys.is_code(LABEL, &coded(id, json), &code) {
        return Err(not_ours());
    }
    serde_json::from_str(json).map_err(|_| not_ours())
}

fn coded(id: FlowId, json: &str) -> Vec<u8> {
    [id.bytes(), json.as_bytes()].concat()
}

pub(super) fn untried(why: Untried) -> ApiError {
    ApiError::field("input", why.to_string())
}
