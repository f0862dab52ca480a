//! Publishing a flow, and starting it for a contact.

use axum::{Json, extract::State, http::StatusCode};
use recado_flow::{
    FlowSource as _, Input, Mistake, Operation, Problem as FlowProblem, Refusal, Severity, document::FlowDocument,
    plan::PlannedWebhook, validate,
};
use recado_model::{ContactId, FlowId, VersionId, WebhookKind};
use recado_store::{
    StoreError,
    catalog::{Publish, StoredWebhook},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    flows::{ElementWaiting, stale, waiting_of},
    idempotency::TurnKey,
    problem_code::ProblemCode,
    versions::VersionView,
};
use crate::{
    auth::Caller,
    runtime::{
        inbox::{SubmitError, To},
        registry::LiveBot,
    },
};

/// What is wrong in a flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    /// The element; null for the flow as a whole.
    element: Option<String>,
    field: String,
    /// `error` keeps the flow from being published, `warning` does not.
    severity: Severity,
    /// What is wrong: `code`, and the `values` that belong to it.
    #[serde(flatten)]
    mistake: Mistake,
    /// The same in English words.
    message: String,
}

/// As the API shows them.
pub fn show_problems(problems: &[FlowProblem]) -> Vec<ProblemView> {
    let show = |problem: &FlowProblem| ProblemView {
        element: problem.element.as_ref().map(ToString::to_string),
        field: problem.field.clone(),
        severity: problem.severity,
        mistake: problem.mistake.clone(),
        message: problem.mistake.to_string(),
    };
    problems.iter().map(show).collect()
}

/// What runs do that wait in older versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// They stay on their version.
    #[default]
    Stay,
    /// They go to the same element of the new version; where it is gone they end.
    Move,
    /// They end.
    Stop,
}

/// How a flow is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishWish {
    /// Usually `stay`.
    #[serde(default)]
    waiting: Waiting,
    /// The draft revision that was looked at; another one is refused.
    draft_revision: Option<i64>,
}

/// A publication.
#[derive(Debug, Serialize, ToSchema)]
pub struct Published {
    version: VersionView,
    /// Warnings that did not keep it from being published.
    problems: Vec<ProblemView>,
    /// How many runs waited where, before.
    waiting: Vec<ElementWaiting>,
}

/// Publishes the draft. A draft with errors is answered 422 with its problems.
#[utoipa::path(post, path = "/flows/{flow_id}/publish", tag = "flows", params(("flow_id" = FlowId, Path)), request_body = PublishWish, responses((status = 201, body = Published), (status = "default", body = Problem)))]
pub async fn publish(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    Body(wish): Body<PublishWish>,
) -> Result<(StatusCode, Json<Published>), ApiError> {
    let (flow, draft) = web.own_flow(caller, id).await?;
    if wish.draft_revision.is_some_and(|revision| revision != flow.draft_revision) {
        return Err(stale());
    }
    let live = web.own_live_bot(caller, flow.bot_id).await?;
    let document: FlowDocument =
        serde_json::from_value(draft.clone()).map_err(|error| ApiError::field("draft", error.to_string()))?;
    let now = web.now();
    let version_id = VersionId::new(now, &mut web.entropy());
    let validated = validate(&document, id, version_id, live.validation_context());
    let problems = show_problems(&validated.problems);
    let Some(plan) = validated.plan else {
        let shown = serde_json::to_value(&problems).unwrap_or_default();
        let words = "the flow has problems; publishing needs none";
        return Err(ApiError::new(ProblemCode::FlowHasProblems, words).with_problems(shown));
    };
    let waiting = waiting_of(&web, id).await?;
    let webhooks = web.missing_flow_webhooks(flow.bot_id, &plan.webhooks()).await?;
    let tell = match wish.waiting {
        Waiting::Stay => None,
        Waiting::Move => Some(told(Operation::MoveRuns { flow_id: id, to: version_id })?),
        Waiting::Stop => Some(told(Operation::StopRuns { flow_id: id, to: version_id })?),
    };
    let draft_revision = flow.draft_revision;
    let wanted = Publish { flow_id: id, version_id, document: draft, draft_revision, webhooks, tell, at: now };
    let version = web
        .store
        .publish_flow(wanted)
        .await
        .map_err(|error| if matches!(error, StoreError::Conflict { .. }) { stale() } else { error.into() })?;
    web.bot_changed(flow.bot_id).await?;
    web.wakes.inputs.notify_one();
    Ok((StatusCode::CREATED, Json(Published { version: version.into(), problems, waiting })))
}

impl Web {
    /// A flow webhook for each URL that has none yet in the bot.
    async fn missing_flow_webhooks(
        &self,
        bot_id: recado_model::BotId,
        planned: &[PlannedWebhook],
    ) -> Result<Vec<StoredWebhook>, ApiError> {
        let known = self.store.webhooks(bot_id).await?;
        let mut missing: Vec<StoredWebhook> = Vec::new();
        for PlannedWebhook { url_template: url, format, .. } in planned {
            let exists =
                |stored: &StoredWebhook| stored.webhook.kind == WebhookKind::Flow && &stored.webhook.url == url;
            if !known.iter().chain(&missing).any(exists) {
                let mut made = self.new_webhook(bot_id, WebhookKind::Flow, url.clone(), self.now())?;
                made.webhook.format = format.unwrap_or_default();
                missing.push(made);
            }
        }
        Ok(missing)
    }
}

/// What contacts with a run in a flow are told, as it is kept for them.
pub fn told(operation: Operation) -> Result<Value, ApiError> {
    serde_json::to_value(Input::Operation(operation)).map_err(|error| ApiError::field("flow", error.to_string()))
}

/// For whom a flow is started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunWish {
    contact_id: ContactId,
    /// Readable in the flow as `{{$data…}}`.
    #[serde(default)]
    data: Value,
    /// Even while automation is paused, and whatever the flow's event triggers say.
    #[serde(default)]
    force: bool,
}

/// A start that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Started {
    contact_id: ContactId,
    /// The events it made, by sequence. None of them is known when an earlier call with the same `Idempotency-Key` started it and its answer got lost.
    event_seqs: Vec<i64>,
}

/// Starts the published flow for a contact. Answered after the turn's commit.
#[utoipa::path(post, path = "/flows/{flow_id}/run", tag = "flows", params(("flow_id" = FlowId, Path)), request_body = RunWish, responses((status = 200, body = Started), (status = "default", body = Problem)))]
pub async fn run(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<FlowId>,
    TurnKey(key): TurnKey,
    Body(wish): Body<RunWish>,
) -> Result<Json<Started>, ApiError> {
    let (flow, _) = web.own_flow(caller, id).await?;
    let contact = web.own_contact(caller, wish.contact_id).await?;
    if contact.bot_id != flow.bot_id {
        return Err(ApiError::not_found("contact"));
    }
    let live = web.own_live_bot(caller, flow.bot_id).await?;
    if !live.bot.active {
        return Err(ApiError::new(ProblemCode::FlowNotRunning, "the bot is off, and starts no flow"));
    }
    let operation = Operation::RunFlow { flow_id: id, data: wish.data, force: wish.force };
    let input = Input::Operation(operation);
    let done = match web.inbox.submit_once(flow.bot_id, To::Contact(contact.id), input, key).await {
        Err(SubmitError::Duplicate) => {
            return Ok(Json(Started { contact_id: contact.id, event_seqs: Vec::new() }));
        }
        done => done?,
    };
    match done.refused {
        Some(Refusal::FlowNotRunning) if runs(&live, id) => {
            let words = "the flow's event triggers are off or outside their hours; change them, or send `force: true`";
            Err(ApiError::new(ProblemCode::FlowNotRunning, words))
        }
        Some(refusal) => Err(refusal.into()),
        None => Ok(Json(Started { contact_id: done.contact_id, event_seqs: done.event_seqs })),
    }
}

/// Whether the flow itself can be started: then its triggers are why it was not.
fn runs(live: &LiveBot, flow_id: FlowId) -> bool {
    live.is_active(flow_id) && live.published(flow_id).is_some()
}
