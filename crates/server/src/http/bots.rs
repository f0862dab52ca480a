//! Bots: make, change, delete; their log and figures.

use axum::{Json, extract::State, http::StatusCode};
use recado_flow::calendar::{date_of, day_of};
use recado_model::{Account, Bot, BotId, BotSettings, ContactId, ElementId, FlowId, Service};
use recado_store::catalog::StoredBot;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    connect::{self, Connect},
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    mistake::FieldMistake,
    shape::{self, Listed, Time, Tries},
};
use crate::{auth::Caller, runtime::registry::BotSecrets, seal::Purpose};

const NAME_CHARS_MAX: usize = 128;

/// A bot.
#[derive(Debug, Serialize, ToSchema)]
pub struct BotView {
    id: BotId,
    service: Service,
    name: String,
    /// The messenger's own id of the bot.
    external_id: String,
    /// Where people find it.
    url: String,
    photo: Option<String>,
    /// Whether it takes and sends messages.
    active: bool,
    /// Whether it has what it needs to talk: a web chat always, a messenger once its token was checked and as long as it is taken.
    connected: bool,
    /// Set while the messenger does not take the bot's token: connect the bot anew. Nothing is lost meanwhile: messages wait and are sent then.
    reconnect: Option<Reconnect>,
    /// Names of its secrets for API requests of flows. Values are never shown.
    secrets: Vec<String>,
    settings: BotSettings,
    created_at: Time,
}

/// Why a bot is to be connected anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconnect {
    /// When the messenger first refused its token.
    since: Time,
    /// In words.
    message: String,
}

/// A new bot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBot {
    service: Service,
    /// 1 to 128 characters.
    name: String,
    settings: Option<BotSettings>,
    /// The token that Telegram's @BotFather gave, to connect the bot as it is made. When Telegram does not take it, there is no bot.
    token: Option<String>,
    /// The token of a payment provider, beside `token`.
    payment_token: Option<String>,
}

/// What can be changed of a bot; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotChange {
    name: Option<String>,
    active: Option<bool>,
    settings: Option<BotSettings>,
    /// Named secrets for API requests of flows: a text sets one, null deletes it, others stay.
    secrets: Option<std::collections::BTreeMap<String, Option<String>>>,
}

/// The opened secrets of a bot. None are left of those that this server's key does not open: whoever lost the right one begins anew.
pub(super) fn secrets_of(web: &Web, stored: &StoredBot) -> BotSecrets {
    let opened = web.keys.open(Purpose::Bot, &stored.sealed).ok();
    opened.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

pub(super) fn seal(web: &Web, secrets: &BotSecrets) -> Result<Vec<u8>, ApiError> {
    let secrets = serde_json::to_vec(secrets).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(web.keys.seal(Purpose::Bot, &secrets))
}

pub(super) fn view(web: &Web, stored: StoredBot) -> BotView {
    let secrets = secrets_of(web, &stored);
    let Bot { id, service, name, external_id, url, photo, active, settings, created_at, account_id: _ } = stored.bot;
    let has_token = service == Service::Livechat || secrets.channel.contains_key("token");
    let connected = has_token && stored.lost.is_none();
    let reconnect = stored.lost.map(|lost| Reconnect {
        since: lost.since.into(),
        message: format!(
            "Telegram does not take the bot's token ({}). Connect the bot with a new one; its messages wait.",
            lost.words
        ),
    });
    let secrets = secrets.named.into_keys().collect();
    BotView {
        id,
        service,
        name,
        external_id,
        url,
        photo,
        active,
        connected,
        reconnect,
        secrets,
        settings,
        created_at: created_at.into(),
    }
}

fn check_settings(settings: BotSettings) -> Result<BotSettings, ApiError> {
    shape::within("settings.standard_reply_every_min", settings.standard_reply_every_min, 0, 1_440)?;
    shape::within("settings.standard_reply_gather_s", settings.standard_reply_gather_s, 0, 30)?;
    shape::within("settings.input_gather_s", settings.input_gather_s, 0, 30)?;
    shape::within("settings.agent_pause_min", settings.agent_pause_min, 0, 1_440)?;
    shape::name("settings.expired_button_text", &settings.expired_button_text, 255)?;
    shape::within("settings.unsubscribe_words", settings.unsubscribe_words.len(), 0, 50)?;
    for word in &settings.unsubscribe_words {
        shape::name("settings.unsubscribe_words", word, 32)?;
    }
    Ok(settings)
}

/// Lists the bots, the oldest first.
#[utoipa::path(get, path = "/bots", tag = "bots", responses((status = 200, body = Listed<BotView>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, caller: Caller) -> Result<Json<Listed<BotView>>, ApiError> {
    let bots = web.store.bots(caller.account_id).await?;
    Ok(Json(Listed::whole(bots.into_iter().map(|stored| view(&web, stored)).collect())))
}

/// Makes a bot. A web chat is ready at once; a Telegram bot is connected by its `token`, now or later.
#[utoipa::path(post, path = "/bots", tag = "bots", request_body = NewBot, responses((status = 201, body = BotView), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    Body(wanted): Body<NewBot>,
) -> Result<(StatusCode, Json<BotView>), ApiError> {
    if recado_channels::Channel::of(wanted.service).is_none() {
        return Err(ApiError::field("service", FieldMistake::UnknownService {}));
    }
    let now = web.now();
    let id = BotId::new(now, &mut web.entropy());
    let chat = wanted.service == Service::Livechat;
    let bot = Bot {
        id,
        account_id: caller.account_id,
        service: wanted.service,
        name: shape::name("name", &wanted.name, NAME_CHARS_MAX)?,
        external_id: if chat { id.to_string() } else { String::new() },
        url: if chat { format!("{}/chat/{id}", web.settings.base_url()) } else { String::new() },
        photo: None,
        active: true,
        settings: check_settings(wanted.settings.unwrap_or_default())?,
        created_at: now,
    };
    let mut stored = StoredBot { bot, sealed: Vec::new(), lost: None };
    if let Some(token) = wanted.token {
        connect::take_token(&web, &mut stored, Connect { token, payment_token: wanted.payment_token }).await?;
    }
    if let Err(error) = web.store.create_bot(stored.clone()).await {
        connect::let_go(&web, &stored, None).await;
        return Err(error.into());
    }
    web.bot_changed(id).await?;
    Ok((StatusCode::CREATED, Json(view(&web, stored))))
}

/// Reads a bot.
#[utoipa::path(get, path = "/bots/{bot_id}", tag = "bots", params(("bot_id" = BotId, Path)), responses((status = 200, body = BotView), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, caller: Caller, At(id): At<BotId>) -> Result<Json<BotView>, ApiError> {
    let stored = web.own_bot(caller, id).await?;
    Ok(Json(view(&web, stored)))
}

/// Changes a bot.
#[utoipa::path(patch, path = "/bots/{bot_id}", tag = "bots", params(("bot_id" = BotId, Path)), request_body = BotChange, responses((status = 200, body = BotView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Body(change): Body<BotChange>,
) -> Result<Json<BotView>, ApiError> {
    let mut tries = Tries::default();
    loop {
        let read = web.own_bot(caller, id).await?;
        let mut wanted = read.clone();
        apply(&web, &mut wanted, change.clone())?;
        if tries.took(web.store.update_bot(read, wanted).await)? {
            break;
        }
    }
    web.bot_changed(id).await?;
    Ok(Json(view(&web, web.own_bot(caller, id).await?)))
}

fn apply(web: &Web, stored: &mut StoredBot, change: BotChange) -> Result<(), ApiError> {
    if let Some(name) = change.name {
        stored.bot.name = shape::name("name", &name, NAME_CHARS_MAX)?;
    }
    stored.bot.active = change.active.unwrap_or(stored.bot.active);
    if let Some(settings) = change.settings {
        stored.bot.settings = check_settings(settings)?;
    }
    if let Some(changes) = change.secrets {
        let mut secrets = secrets_of(web, stored);
        for (name, value) in changes {
            match value {
                Some(value) => secrets.named.insert(shape::name("secrets", &name, 64)?, value),
                None => secrets.named.remove(&name),
            };
        }
        shape::within("secrets", secrets.named.len(), 0, 50)?;
        stored.sealed = seal(web, &secrets)?;
    }
    Ok(())
}

/// Deletes a bot with all that belongs to it. Its pending deliveries are cancelled.
#[utoipa::path(delete, path = "/bots/{bot_id}", tag = "bots", params(("bot_id" = BotId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(State(web): State<Web>, caller: Caller, At(id): At<BotId>) -> Result<StatusCode, ApiError> {
    web.store.delete_bot(caller.account_id, id).await?;
    web.wakes.upkeep.notify_one();
    web.bot_changed(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// 1 to 200, usually 50.
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A line of the bot's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogView {
    at: Time,
    /// `warning` or `error`.
    level: &'static str,
    code: String,
    text: String,
    contact_id: Option<ContactId>,
    flow_id: Option<FlowId>,
    element: Option<ElementId>,
}

/// Lists what a bot maker should know of runs, the newest first.
#[utoipa::path(get, path = "/bots/{bot_id}/log", tag = "bots", params(("bot_id" = BotId, Path), Paging), responses((status = 200, body = Listed<LogView>), (status = "default", body = Problem)))]
pub async fn log(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(asked): Asked<Paging>,
) -> Result<Json<Listed<LogView>>, ApiError> {
    web.own_bot(caller, id).await?;
    let page = web.store.log(id, asked.cursor, shape::limit(asked.limit)?).await?;
    Ok(Json(Listed::page(page, |record| LogView {
        at: record.at.into(),
        level: if record.line.error { "error" } else { "warning" },
        code: record.line.code,
        text: record.line.text,
        contact_id: record.contact_id,
        flow_id: record.line.flow_id,
        element: record.line.element,
    })))
}

/// Messages of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayView {
    /// The day in the account's time zone, as in `2026-11-27`.
    day: String,
    /// From contacts.
    received: u64,
    /// To contacts, whatever became of them.
    sent: u64,
}

/// Days that [`statistics`] tells of, today included.
const DAYS: i32 = 30;

/// A bot in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct BotStatistics {
    flows: usize,
    triggers: usize,
    webhooks: usize,
    webhooks_failing: usize,
    deliveries_pending: u64,
    file_bytes: u64,
    /// The messages of the last 30 days, the oldest first; the last is today.
    days: Vec<DayView>,
}

/// A bot in figures.
#[utoipa::path(get, path = "/bots/{bot_id}/statistics", tag = "bots", params(("bot_id" = BotId, Path)), responses((status = 200, body = BotStatistics), (status = "default", body = Problem)))]
pub async fn statistics(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
) -> Result<Json<BotStatistics>, ApiError> {
    web.own_bot(caller, id).await?;
    let bundle = web.store.load_bot(id).await?.ok_or_else(|| ApiError::not_found("bot"))?;
    let mut deliveries_pending = 0;
    for stored in &bundle.webhooks {
        deliveries_pending += web.store.backlog(stored.webhook.id).await?;
    }
    Ok(Json(BotStatistics {
        flows: bundle.flows.len(),
        triggers: bundle.triggers.len(),
        webhooks: bundle.webhooks.len(),
        webhooks_failing: bundle.webhooks.iter().filter(|stored| stored.webhook.failing_since.is_some()).count(),
        deliveries_pending,
        file_bytes: web.store.file_bytes_of(id).await?,
        days: days(&web, &bundle.account, id).await?,
    }))
}

async fn days(web: &Web, account: &Account, id: BotId) -> Result<Vec<DayView>, ApiError> {
    let today = day_of(account, web.now());
    let traffic = web.store.traffic(id, today - DAYS + 1).await?;
    let of = |day| traffic.iter().find(|traffic| traffic.day == day);
    let view = |day| DayView {
        day: date_of(day),
        received: of(day).map_or(0, |traffic| traffic.received),
        sent: of(day).map_or(0, |traffic| traffic.sent),
    };
    Ok((today - DAYS + 1..=today).map(view).collect())
}
