//! Flows: drafts, versions, figures, export and import.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use recado_flow::{document::FlowDocument, validate};
use recado_model::{BotId, ElementId, FlowId, TriggerKind, VersionId};
use recado_store::catalog::{FlowRecord, FlowSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    folders::folder_name,
    problem_code::ProblemCode,
    publish::{ProblemView, show_problems, told},
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

const NAME_CHARS_MAX: usize = 128;
const FLOWS_MAX: usize = 1_000;

/// A flow without its document.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowView {
    id: FlowId,
    bot_id: BotId,
    name: String,
    /// New runs may start.
    active: bool,
    /// The published version.
    published: Option<VersionId>,
    /// Counts the draft's changes; also the `ETag`.
    draft_revision: i64,
    /// The draft differs from what is published.
    has_changes: bool,
    /// The folder that it is in: a name that flows of the bot share.
    folder: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl From<FlowRecord> for FlowView {
    fn from(flow: FlowRecord) -> Self {
        Self {
            id: flow.id,
            bot_id: flow.bot_id,
            name: flow.name,
            active: flow.active,
            published: flow.published,
            draft_revision: flow.draft_revision,
            has_changes: flow.has_changes,
            folder: flow.folder,
            created_at: flow.created_at.into(),
            updated_at: flow.updated_at.into(),
        }
    }
}

/// A flow with its draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowAndDraft {
    #[serde(flatten)]
    flow: FlowView,
    /// A flow document; it may have problems.
    draft: Value,
}

fn with_etag(flow: FlowRecord, draft: Value, status: StatusCode) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{}\"", flow.draft_revision));
    let mut response = (status, Json(FlowAndDraft { flow: flow.into(), draft })).into_response();
    if let Ok(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// The revision of `If-Match`. Needed where two editors could overwrite each other.
pub fn if_match(headers: &HeaderMap) -> Result<i64, ApiError> {
    let given = headers
        .get(header::IF_MATCH)
        .ok_or_else(|| ApiError::new(ProblemCode::IfMatchNeeded, "send the flow's ETag as If-Match"))?;
    let revision = given.to_str().ok().map(|text| text.trim().trim_start_matches("W/").trim_matches('"'));
    revision
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ApiError::new(ProblemCode::EtagUnknown, "If-Match is not an ETag of this flow"))
}

/// The draft was changed by somebody else.
pub fn stale() -> ApiError {
    ApiError::new(ProblemCode::DraftChanged, "somebody else changed the draft: read it again")
}

/// A list of a bot.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfBot {
    /// Of this bot.
    bot_id: BotId,
}

/// Lists a bot's flows, by name.
#[utoipa::path(get, path = "/flows", tag = "flows", params(OfBot), responses((status = 200, body = Listed<FlowView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<OfBot>,
) -> Result<Json<Listed<FlowView>>, ApiError> {
    web.own_bot(caller, asked.bot_id).await?;
    let flows = web.store.flows(asked.bot_id).await?;
    Ok(Json(Listed::whole(flows.into_iter().map(Into::into).collect())))
}

/// A new flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFlow {
    bot_id: BotId,
    /// 1 to 128 characters, unique in the bot. Left out, the document's.
    name: Option<String>,
    /// A flow document; left out, an empty one.
    draft: Option<FlowDocument>,
    /// The folder to put it in, 1 to 64 characters. It is there as long as a flow is in it.
    folder: Option<String>,
}

/// Makes a flow with a draft.
#[utoipa::path(post, path = "/flows", tag = "flows", request_body = NewFlow, responses((status = 201, body = FlowAndDraft), (status = "default", body = Problem)))]
pub async fn create(State(web): State<Web>, caller: Caller, Body(wanted): Body<NewFlow>) -> Result<Response, ApiError> {
    web.own_bot(caller, wanted.bot_id).await?;
    let folder = wanted.folder.map(|folder| folder_name(&folder)).transpose()?;
    let named = wanted.name.or_else(|| wanted.draft.as_ref().map(|draft| draft.name.clone()));
    let name = shape::name("name", &named.unwrap_or_default(), NAME_CHARS_MAX)?;
    if web.store.flows(wanted.bot_id).await?.len() >= FLOWS_MAX {
        return Err(ApiError::new(ProblemCode::TooManyFlows, format!("a bot has at most {FLOWS_MAX} flows")));
    }
    let mut document = wanted.draft.unwrap_or_else(|| FlowDocument {
        version: recado_flow::document::DOCUMENT_VERSION,
        name: name.clone(),
        start: ElementId::new("start"),
        elements: Vec::new(),
        edges: Vec::new(),
    });
    document.name.clone_from(&name);
    let draft = to_json(&document)?;
    let now = web.now();
    let flow = FlowRecord {
        id: FlowId::new(now, &mut web.entropy()),
        bot_id: wanted.bot_id,
        name,
        active: true,
        published: None,
        draft_revision: 1,
        has_changes: true,
        created_at: now,
        updated_at: now,
        folder,
    };
    web.store.create_flow(flow.clone(), draft.clone()).await?;
    web.bot_changed(wanted.bot_id).await?;
    Ok(with_etag(flow, draft, StatusCode::CREATED))
}

fn to_json(document: &FlowDocument) -> Result<Value, ApiError> {
    serde_json::to_value(document).map_err(|error| ApiError::field("draft", error.to_string()))
}

/// Reads a flow with its draft.
#[utoipa::path(get, path = "/flows/{flow_id}", tag = "flows", params(("flow_id" = FlowId, Path)), responses((status = 200, body = FlowAndDraft), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, caller: Caller, At(id): At<FlowId>) -> Result<Response, ApiError> {
    let (flow, draft) = web.own_flow(caller, id).await?;
    Ok(with_etag(flow, draft, StatusCode::OK))
}

/// What can be changed of a flow beside its draft.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowChange {
    name: Option<String>,
    /// Off: no new runs, waiting ones go on.
    active: Option<bool>,
    /// The folder to put it in, 1 to 64 characters; null takes it out.
    #[serde(default, deserialize_with = "shape::nullable")]
    folder: Option<Option<String>>,
}

/// Renames a flow, switches it on or off, or puts it into a folder.
#[utoipa::path(patch, path = "/flows/{flow_id}", tag = "flows", params(("flow_id" = FlowId, Path)), request_body = FlowChange, responses((status = 200, body = FlowView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    Body(change): Body<FlowChange>,
) -> Result<Json<FlowView>, ApiError> {
    let (flow, _) = web.own_flow(caller, id).await?;
    let name = change.name.map(|name| shape::name("name", &name, NAME_CHARS_MAX)).transpose()?.unwrap_or(flow.name);
    let folder = match change.folder {
        Some(folder) => folder.map(|folder| folder_name(&folder)).transpose()?,
        None => flow.folder,
    };
    let settings = FlowSettings { name, active: change.active.unwrap_or(flow.active), folder };
    let flow = web.store.update_flow(id, settings, web.now()).await?;
    web.bot_changed(flow.bot_id).await?;
    Ok(Json(flow.into()))
}

/// Saves the draft. `If-Match` carries the `ETag` it was read with. It may have problems; publishing needs none.
#[utoipa::path(put, path = "/flows/{flow_id}/draft", tag = "flows", params(("flow_id" = FlowId, Path), ("If-Match" = String, Header)), request_body = FlowDocument, responses((status = 200, body = FlowAndDraft), (status = "default", body = Problem)))]
pub async fn save_draft(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    headers: HeaderMap,
    Body(document): Body<FlowDocument>,
) -> Result<Response, ApiError> {
    web.own_flow(caller, id).await?;
    let draft = to_json(&document)?;
    let saved = web.store.save_draft(id, if_match(&headers)?, draft.clone(), web.now()).await;
    match saved {
        Ok(flow) => Ok(with_etag(flow, draft, StatusCode::OK)),
        Err(recado_store::StoreError::Conflict { .. }) => Err(stale()),
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Validation {
    /// It can be published.
    valid: bool,
    problems: Vec<ProblemView>,
}

/// Checks the draft.
#[utoipa::path(post, path = "/flows/{flow_id}/validate", tag = "flows", params(("flow_id" = FlowId, Path)), responses((status = 200, body = Validation), (status = "default", body = Problem)))]
pub async fn check(State(web): State<Web>, caller: Caller, At(id): At<FlowId>) -> Result<Json<Validation>, ApiError> {
    let (flow, draft) = web.own_flow(caller, id).await?;
    let live = web.own_live_bot(caller, flow.bot_id).await?;
    let document: FlowDocument =
        serde_json::from_value(draft).map_err(|error| ApiError::field("draft", error.to_string()))?;
    let version = VersionId::new(web.now(), &mut web.entropy());
    let validated = validate(&document, id, version, live.validation_context());
    Ok(Json(Validation { valid: validated.plan.is_some(), problems: show_problems(&validated.problems) }))
}

/// Deletes a flow with its triggers; its runs end. Refused while a system trigger or another published flow starts it.
#[utoipa::path(delete, path = "/flows/{flow_id}", tag = "flows", params(("flow_id" = FlowId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(State(web): State<Web>, caller: Caller, At(id): At<FlowId>) -> Result<StatusCode, ApiError> {
    let (flow, _) = web.own_flow(caller, id).await?;
    let bundle = web.store.load_bot(flow.bot_id).await?.ok_or_else(|| ApiError::not_found("flow"))?;
    if bundle.triggers.iter().any(|trigger| trigger.flow_id == id && trigger.kind.is_system()) {
        return Err(ApiError::new(
            ProblemCode::SystemFlow,
            "a system trigger starts this flow: give it another flow first",
        ));
    }
    let live = web.own_live_bot(caller, flow.bot_id).await?;
    for other in bundle.flows.iter().filter(|other| other.id != id) {
        let plan = recado_flow::FlowSource::published(&*live, other.id);
        if plan.is_some_and(|plan| plan.called_flows().contains(&id)) {
            return Err(ApiError::new(
                ProblemCode::FlowInUse,
                format!("the published flow \"{}\" starts this flow", other.name),
            ));
        }
    }
    let tell = told(recado_flow::Operation::FlowDeleted { flow_id: id })?;
    web.store.delete_flow(flow.bot_id, id, tell).await?;
    web.bot_changed(flow.bot_id).await?;
    web.wakes.inputs.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// What was counted of an element.
#[derive(Debug, Serialize, ToSchema)]
pub struct ElementCount {
    element: ElementId,
    /// `entered`, `error`, or `out:` and the output's name.
    what: String,
    count: u64,
}

/// How many runs wait in an element.
#[derive(Debug, Serialize, ToSchema)]
pub struct ElementWaiting {
    element: ElementId,
    runs: u64,
}

/// A flow in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowStatistics {
    counts: Vec<ElementCount>,
    waiting: Vec<ElementWaiting>,
}

/// How many runs wait where.
pub async fn waiting_of(web: &Web, id: FlowId) -> Result<Vec<ElementWaiting>, ApiError> {
    let waiting = web.store.flow_waiting(id).await?;
    Ok(waiting.into_iter().map(|(element, runs)| ElementWaiting { element, runs }).collect())
}

/// A flow in figures: per element what was entered and left, and how many runs wait there.
#[utoipa::path(get, path = "/flows/{flow_id}/statistics", tag = "flows", params(("flow_id" = FlowId, Path)), responses((status = 200, body = FlowStatistics), (status = "default", body = Problem)))]
pub async fn statistics(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
) -> Result<Json<FlowStatistics>, ApiError> {
    web.own_flow(caller, id).await?;
    let counts = web.store.flow_counts(id).await?;
    let counts = counts.into_iter().map(|(element, what, count)| ElementCount { element, what, count }).collect();
    Ok(Json(FlowStatistics { counts, waiting: waiting_of(&web, id).await? }))
}

/// A trigger of an exported flow.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportedTrigger {
    name: String,
    kind: TriggerKind,
    interrupts: bool,
}

/// A flow to carry to another bot.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportedFlow {
    name: String,
    /// The draft.
    document: Value,
    /// For the reader; an import makes none of them.
    #[serde(default)]
    triggers: Vec<ExportedTrigger>,
}

/// Exports a flow: its draft and, for the reader, its triggers.
#[utoipa::path(get, path = "/flows/{flow_id}/export", tag = "flows", params(("flow_id" = FlowId, Path)), responses((status = 200, body = ExportedFlow), (status = "default", body = Problem)))]
pub async fn export(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
) -> Result<Json<ExportedFlow>, ApiError> {
    let (flow, document) = web.own_flow(caller, id).await?;
    let bundle = web.store.load_bot(flow.bot_id).await?.ok_or_else(|| ApiError::not_found("flow"))?;
    let own = bundle.triggers.into_iter().filter(|trigger| trigger.flow_id == id);
    let triggers =
        own.map(|trigger| ExportedTrigger { name: trigger.name, kind: trigger.kind, interrupts: trigger.interrupts });
    Ok(Json(ExportedFlow { name: flow.name, document, triggers: triggers.collect() }))
}

/// A flow to import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    bot_id: BotId,
    /// What an export gave.
    flow: ExportedFlow,
    /// The folder to put it in.
    folder: Option<String>,
}

/// Imports an exported flow as a new one.
#[utoipa::path(post, path = "/flows/import", tag = "flows", request_body = Import, responses((status = 201, body = FlowAndDraft), (status = "default", body = Problem)))]
pub async fn import(State(web): State<Web>, caller: Caller, Body(wanted): Body<Import>) -> Result<Response, ApiError> {
    let draft = serde_json::from_value(wanted.flow.document)
        .map_err(|error| ApiError::field("flow.document", error.to_string()))?;
    let new =
        NewFlow { bot_id: wanted.bot_id, name: Some(wanted.flow.name), draft: Some(draft), folder: wanted.folder };
    create(State(web), caller, Body(new)).await
}
