//! Triggers: what starts a flow.

use axum::{Json, extract::State, http::StatusCode};
use recado_flow::TriggerSet;
use recado_model::{
    BotId, FlowId, Trigger, TriggerId, TriggerKind, limits,
    trigger::{Hours, KeywordMatch},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    problem_code::ProblemCode,
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

const NAME_CHARS_MAX: usize = 128;
const TRIGGERS_MAX: usize = 500;
const DELAY_MIN_MAX: u32 = 366 * 24 * 60;

/// A trigger.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerView {
    id: TriggerId,
    flow_id: FlowId,
    name: String,
    active: bool,
    kind: TriggerKind,
    hours: Option<Hours>,
    /// While an input waits, a match starts the flow all the same.
    interrupts: bool,
    created_at: Time,
}

impl From<Trigger> for TriggerView {
    fn from(trigger: Trigger) -> Self {
        let Trigger { id, flow_id, name, active, kind, hours, interrupts, created_at, bot_id: _ } = trigger;
        Self { id, flow_id, name, active, kind, hours, interrupts, created_at: created_at.into() }
    }
}

/// A new trigger.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrigger {
    flow_id: FlowId,
    /// 1 to 128 characters.
    name: String,
    /// Whether it is on; usually so.
    active: Option<bool>,
    kind: TriggerKind,
    hours: Option<Hours>,
    #[serde(default)]
    interrupts: bool,
}

/// What can be changed of a trigger; what is left out stays.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerChange {
    flow_id: Option<FlowId>,
    name: Option<String>,
    active: Option<bool>,
    kind: Option<TriggerKind>,
    /// Null takes the limit away.
    #[serde(default, deserialize_with = "shape::nullable")]
    #[schema(value_type = Option<Hours>)]
    hours: Option<Option<Hours>>,
    interrupts: Option<bool>,
}

async fn triggers_of(web: &Web, caller: Caller, id: BotId) -> Result<Vec<Trigger>, ApiError> {
    web.own_bot(caller, id).await?;
    Ok(web.store.load_bot(id).await?.ok_or_else(|| ApiError::not_found("bot"))?.triggers)
}

async fn check(web: &Web, trigger: &Trigger) -> Result<(), ApiError> {
    web.store
        .flow(trigger.bot_id, trigger.flow_id)
        .await
        .map_err(|_| ApiError::field("flow_id", FieldMistake::NoSuchFlow {}))?;
    check_kind(&trigger.kind)?;
    if let Some(hours) = &trigger.hours {
        shape::within("hours.from_min", hours.from_min, 0, 1_439)?;
        shape::within("hours.to_min", hours.to_min, 1, 1_440)?;
        for day in &hours.weekdays {
            shape::within("hours.weekdays", *day, 1, 7)?;
        }
    }
    let (_, problems) = TriggerSet::compile(vec![trigger.clone()]);
    match problems.into_iter().next() {
        Some(problem) => Err(ApiError::field(&format!("kind.{}", problem.field), problem.what)),
        None => Ok(()),
    }
}

fn check_kind(kind: &TriggerKind) -> Result<(), ApiError> {
    match kind {
        TriggerKind::Keyword { matching, keywords } => {
            shape::within("kind.keywords", keywords.len(), 1, 50)?;
            let max = match matching {
                KeywordMatch::Regex => limits::REGEX_CHARS_MAX,
                KeywordMatch::Is | KeywordMatch::Contains => limits::KEYWORD_CHARS_MAX,
            };
            keywords.iter().try_for_each(|keyword| shape::name("kind.keywords", keyword, max).map(|_| ()))
        }
        TriggerKind::AfterSubscription { delay_min } => {
            shape::within("kind.delay_min", *delay_min, 1, DELAY_MIN_MAX).map(|_| ())
        }
        TriggerKind::Inactivity { after_min } => {
            shape::within("kind.after_min", *after_min, 1, DELAY_MIN_MAX).map(|_| ())
        }
        TriggerKind::Ref { payload } => {
            let fits = (1..=64).contains(&payload.len())
                && payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            if fits { Ok(()) } else { Err(ApiError::field("kind.ref", FieldMistake::NotARef {})) }
        }
        TriggerKind::Subscription | TriggerKind::StandardReply | TriggerKind::Unsubscription | TriggerKind::Event => {
            Ok(())
        }
    }
}

/// Lists a bot's triggers.
#[utoipa::path(get, path = "/bots/{bot_id}/triggers", tag = "triggers", params(("bot_id" = BotId, Path)), responses((status = 200, body = Listed<TriggerView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
) -> Result<Json<Listed<TriggerView>>, ApiError> {
    let triggers = triggers_of(&web, caller, id).await?;
    Ok(Json(Listed::whole(triggers.into_iter().map(Into::into).collect())))
}

/// Makes a trigger.
#[utoipa::path(post, path = "/bots/{bot_id}/triggers", tag = "triggers", params(("bot_id" = BotId, Path)), request_body = NewTrigger, responses((status = 201, body = TriggerView), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    At(bot_id): At<BotId>,
    Body(wanted): Body<NewTrigger>,
) -> Result<(StatusCode, Json<TriggerView>), ApiError> {
    if triggers_of(&web, caller, bot_id).await?.len() >= TRIGGERS_MAX {
        return Err(ApiError::new(ProblemCode::TooManyTriggers, format!("a bot has at most {TRIGGERS_MAX} triggers")));
    }
    let now = web.now();
    let trigger = Trigger {
        id: TriggerId::new(now, &mut web.entropy()),
        bot_id,
        flow_id: wanted.flow_id,
        name: shape::name("name", &wanted.name, NAME_CHARS_MAX)?,
        active: wanted.active.unwrap_or(true),
        kind: wanted.kind,
        hours: wanted.hours,
        interrupts: wanted.interrupts,
        created_at: now,
    };
    check(&web, &trigger).await?;
    web.store.create_trigger(trigger.clone()).await?;
    web.bot_changed(bot_id).await?;
    Ok((StatusCode::CREATED, Json(trigger.into())))
}

async fn own_trigger(web: &Web, caller: Caller, bot_id: BotId, id: TriggerId) -> Result<Trigger, ApiError> {
    let triggers = triggers_of(web, caller, bot_id).await?;
    triggers.into_iter().find(|trigger| trigger.id == id).ok_or_else(|| ApiError::not_found("trigger"))
}

/// Reads a trigger.
#[utoipa::path(get, path = "/bots/{bot_id}/triggers/{trigger_id}", tag = "triggers", params(("bot_id" = BotId, Path), ("trigger_id" = TriggerId, Path)), responses((status = 200, body = TriggerView), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At((bot_id, id)): At<(BotId, TriggerId)>,
) -> Result<Json<TriggerView>, ApiError> {
    Ok(Json(own_trigger(&web, caller, bot_id, id).await?.into()))
}

/// Changes a trigger.
#[utoipa::path(patch, path = "/bots/{bot_id}/triggers/{trigger_id}", tag = "triggers", params(("bot_id" = BotId, Path), ("trigger_id" = TriggerId, Path)), request_body = TriggerChange, responses((status = 200, body = TriggerView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    At((bot_id, id)): At<(BotId, TriggerId)>,
    Body(change): Body<TriggerChange>,
) -> Result<Json<TriggerView>, ApiError> {
    let mut trigger = own_trigger(&web, caller, bot_id, id).await?;
    if let Some(name) = change.name {
        trigger.name = shape::name("name", &name, NAME_CHARS_MAX)?;
    }
    trigger.flow_id = change.flow_id.unwrap_or(trigger.flow_id);
    trigger.active = change.active.unwrap_or(trigger.active);
    trigger.kind = change.kind.unwrap_or(trigger.kind);
    trigger.hours = change.hours.unwrap_or(trigger.hours);
    trigger.interrupts = change.interrupts.unwrap_or(trigger.interrupts);
    check(&web, &trigger).await?;
    web.store.update_trigger(trigger.clone()).await?;
    web.bot_changed(bot_id).await?;
    Ok(Json(trigger.into()))
}

/// Deletes a trigger.
#[utoipa::path(delete, path = "/bots/{bot_id}/triggers/{trigger_id}", tag = "triggers", params(("bot_id" = BotId, Path), ("trigger_id" = TriggerId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(
    State(web): State<Web>,
    caller: Caller,
    At((bot_id, id)): At<(BotId, TriggerId)>,
) -> Result<StatusCode, ApiError> {
    web.own_bot(caller, bot_id).await?;
    web.store.delete_trigger(bot_id, id).await?;
    web.bot_changed(bot_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A text that somebody might say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// At most 4,096 characters.
    text: String,
}

/// What a text would start.
#[derive(Debug, Serialize, ToSchema)]
pub struct WouldStart {
    trigger_id: Option<TriggerId>,
    flow_id: Option<FlowId>,
    /// `keyword`, `standard_reply`, `unsubscription`, or `nothing`.
    why: &'static str,
}

/// Says what this text would start now, if the contact waited for nothing.
#[utoipa::path(post, path = "/bots/{bot_id}/triggers/match", tag = "triggers", params(("bot_id" = BotId, Path)), request_body = Said, responses((status = 200, body = WouldStart), (status = "default", body = Problem)))]
pub async fn find(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Body(said): Body<Said>,
) -> Result<Json<WouldStart>, ApiError> {
    if said.text.chars().count() > 4_096 {
        return Err(ApiError::field("text", FieldMistake::TooLong { max: 4096 }));
    }
    let live = web.own_live_bot(caller, id).await?;
    let zone = jiff::tz::TimeZone::get(&live.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let found = live.triggers.would_start(&said.text, &live.bot.settings.unsubscribe_words, web.now(), &zone);
    Ok(Json(match found {
        None => WouldStart { trigger_id: None, flow_id: None, why: "nothing" },
        Some(trigger) => WouldStart {
            trigger_id: Some(trigger.id),
            flow_id: Some(trigger.flow_id),
            why: match trigger.kind {
                TriggerKind::StandardReply => "standard_reply",
                TriggerKind::Unsubscription => "unsubscription",
                TriggerKind::Keyword { .. }
                | TriggerKind::Subscription
                | TriggerKind::AfterSubscription { .. }
                | TriggerKind::Event
                | TriggerKind::Ref { .. }
                | TriggerKind::Inactivity { .. } => "keyword",
            },
        },
    }))
}
