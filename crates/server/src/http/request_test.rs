//! *Test request*: the request of an *API request* element is sent as a run would send it, and what came is shown with what it would set.
//!
//! It is a rehearsal of a flow that has this element only: rendered, authorised, answered and read as in a run, and nothing is stored.

use axum::{Json, extract::State};
use recado_flow::{document::FlowDocument, element::api_request::SavedValue};
use recado_model::{FlowId, Value as Typed, Variables};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    flow_test::{ask, planned, untried},
    variables,
};
use crate::{
    auth::Caller,
    runtime::rehearsal::{AskedRequest, CameAnswer, State as Rehearsal, Step, Try},
};

/// Sample values of one request.
const SAMPLES_MAX: usize = 100;

/// A request to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestTrial {
    /// An `api_request` element, saved or not.
    element: Value,
    /// Values of the contact's variables, at most 100.
    #[serde(default)]
    variables: Map<String, Value>,
}

/// A value that would be kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedView {
    /// Where it stands in the answer.
    path: String,
    /// The variable.
    variable: String,
    /// What it would be; null when it would stay as it is.
    value: Value,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestOutcome {
    /// What was sent, without what the authorisation adds. Null when nothing was.
    request: Option<AskedRequest>,
    /// What came. Null when nothing was sent.
    answer: Option<CameAnswer>,
    /// The output that a run would leave by: `done` or `error`.
    output: Option<String>,
    /// In the element's order.
    saved: Vec<SavedView>,
    /// Why something was not sent or not kept.
    notes: Vec<Note>,
}

/// Why something was not sent or not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Note {
    /// A stable word, as lines of the log have it.
    code: &'static str,
    text: String,
}

/// Sends the request of an element, once, and shows what came and what it would set. An element with errors is answered 422 with its problems.
#[utoipa::path(post, path = "/flows/{flow_id}/test-request", tag = "flows", params(("flow_id" = FlowId, Path)), request_body = RequestTrial, responses((status = 200, body = RequestOutcome), (status = "default", body = Problem)))]
pub async fn attempt(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    Body(trial): Body<RequestTrial>,
) -> Result<Json<RequestOutcome>, ApiError> {
    let (flow, _) = web.own_flow(caller, id).await?;
    let live = web.own_live_bot(caller, flow.bot_id).await?;
    let document = json!({"version": 1, "name": flow.name, "start": trial.element["id"], "elements": [trial.element], "edges": []});
    let document: FlowDocument =
        serde_json::from_value(document).map_err(|error| ApiError::field("element", error.to_string()))?;
    let saves = saves_of(&document)?;
    let samples = samples(&trial.variables, &live.account.time_zone)?;
    let now = web.now();
    let mut state = Rehearsal::new(&live, now).with_variables(samples.clone());
    let plan = planned(&live, &document, id, state.version_id())?;
    let mut steps = state.take(&live, plan.clone(), &Try::Start, now).map_err(untried)?;
    let mut came = None;
    if let Some(call) = state.asked().cloned() {
        let (answer, view) = ask(&web, &live, &call).await;
        came = Some(view);
        steps.extend(state.take_answer(&live, plan, answer).map_err(untried)?);
    }
    let mut outcome =
        RequestOutcome { request: None, answer: came, output: None, saved: Vec::new(), notes: Vec::new() };
    for step in steps {
        match step {
            Step::ApiRequest(request) => outcome.request = Some(request),
            Step::Element { output: Some(output), .. } => outcome.output = Some(output),
            Step::Note { code, text } => outcome.notes.push(Note { code, text }),
            Step::Element { .. }
            | Step::Message { .. }
            | Step::Webhook { .. }
            | Step::ApiAnswer(_)
            | Step::Event { .. } => {}
        }
    }
    outcome.saved = saves.into_iter().map(|saved| view(saved, &state, &samples)).collect();
    Ok(Json(outcome))
}

fn saves_of(document: &FlowDocument) -> Result<Vec<SavedValue>, ApiError> {
    match document.elements.as_slice() {
        [recado_flow::document::Element::ApiRequest(element)] => Ok(element.save.clone()),
        _ => Err(ApiError::field("element", "must be an `api_request`".to_owned())),
    }
}

fn samples(given: &Map<String, Value>, zone: &str) -> Result<Variables, ApiError> {
    if given.len() > SAMPLES_MAX {
        return Err(ApiError::field("variables", format!("must be at most {SAMPLES_MAX}")));
    }
    let mut samples = Variables::new();
    for (name, value) in given {
        let field = format!("variables.{name}");
        let name = variables::variable_name(&field, name)?;
        samples.insert(name, variables::typed(&field, value, None, zone)?);
    }
    Ok(samples)
}

fn view(saved: SavedValue, state: &Rehearsal, before: &Variables) -> SavedView {
    let value = state.variable(&saved.variable).filter(|value| before.get(&saved.variable) != Some(value));
    SavedView { path: saved.path, value: value.map_or(Value::Null, Typed::to_json), variable: saved.variable }
}
