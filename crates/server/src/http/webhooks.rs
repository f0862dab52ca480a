//! Webhooks: global ones of a bot's settings, and those that published flows made.

use axum::{Json, extract::State, http::StatusCode};
use recado_delivery::{egress::EgressError, headers, retry, signature};
use recado_model::{
    BotId, ContentFormat, DateUnit, EventKind, FlowId, PayloadProfile, UnixMs, Webhook, WebhookId, WebhookKind,
    WebhookState,
    delivery::FailureKind,
    limits,
    webhook::{KeyKind, WebhookAuth, WebhookSecrets},
};
use recado_store::catalog::StoredWebhook;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    problem_code::ProblemCode,
    shape::{self, Listed, Time, Tries},
};
use crate::{auth::Caller, seal::Purpose};

/// Events after a cursor that are counted for people to see.
const EVENTS_COUNTED_MAX: usize = 100_000;

/// A webhook. Its secrets are not in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    pub(super) id: WebhookId,
    bot_id: BotId,
    kind: WebhookKind,
    /// The values of its query string are masked: people put tokens there.
    url: String,
    state: WebhookState,
    events: Vec<EventKind>,
    format: ContentFormat,
    profile: PayloadProfile,
    date_unit: DateUnit,
    ordered: bool,
    concurrency: u16,
    rate_per_s: Option<u32>,
    timeout_ms: u32,
    schedule_ms: Option<Vec<u64>>,
    /// Names of its extra headers. Their values are never shown.
    headers: Vec<String>,
    /// `basic`, `bearer` or null.
    auth: Option<&'static str>,
    /// Since when every attempt failed.
    failing_since: Option<Time>,
    /// Until when the receiver asked to wait with `Retry-After`; null when it did not, or that is over.
    held_until: Option<Time>,
    /// Of a single webhook that is not `on`: events of its bot after the cursor, counted to 100,000. Not all of them need be for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    events_after_cursor: Option<u64>,
    /// Of a webhook that is not `on` and has not had all events: until when the oldest of them is kept. Retention takes them one after the other; so it does with
    /// pending deliveries while the webhook is paused or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kept_until: Option<Time>,
    created_at: Time,
    /// What the user should know: a name that does not resolve yet, clicks that can not be seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<Warning>,
}

/// What the user of a webhook should know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Warning {
    /// Of what it warns.
    code: WarningCode,
    /// The same in English words.
    message: String,
}

/// Of what a webhook warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The name of its host does not resolve. It may tomorrow.
    Unresolved,
    /// It gets clicks: links in messages are tracked from now on.
    LinksTracked,
    /// It gets clicks, which can not be seen: the server has no public URL.
    NoPublicUrl,
    /// Its secrets can not be opened with this server's key. Nothing is sent until the key is put back or the webhook gets a new secret.
    SecretLost,
    /// It is not `on`, and `kept_until` is less than three days away: from then on what it has not had is removed, the oldest first.
    EventsExpire,
}

impl Warning {
    pub(super) fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// An extra header.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderSetting {
    name: String,
    value: String,
}

/// Basic or bearer authorisation.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuthSetting {
    /// `Authorization: Basic`.
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// The token.
        token: String,
    },
}

/// Settings of a webhook. On a change, what is left out stays.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Absolute http or https URL, at most 2,048 bytes. Needed for a new one.
    pub url: Option<String>,
    /// Which events a global webhook wants. Needed for a new one.
    pub events: Option<Vec<EventKind>>,
    /// How the body is wrapped.
    pub format: Option<ContentFormat>,
    /// Which keys the event object has.
    pub profile: Option<PayloadProfile>,
    /// Milliseconds or seconds.
    pub date_unit: Option<DateUnit>,
    /// One at a time per contact, in the order of events.
    pub ordered: Option<bool>,
    /// 1 to 256.
    pub concurrency: Option<u16>,
    /// 1 to 10,000; null takes the limit away.
    #[serde(default, deserialize_with = "shape::nullable")]
    #[schema(value_type = Option<u32>)]
    pub rate_per_s: Option<Option<u32>>,
    /// 1,000 to 30,000.
    pub timeout_ms: Option<u32>,
    /// Delays between attempts; null is the usual schedule.
    #[serde(default, deserialize_with = "shape::nullable")]
    #[schema(value_type = Option<Vec<u64>>)]
    pub schedule_ms: Option<Option<Vec<u64>>>,
    /// Up to 10 extra headers, replaced as a whole. Write-only.
    pub headers: Option<Vec<HeaderSetting>>,
    /// Write-only; null takes it away.
    #[serde(default, deserialize_with = "shape::nullable")]
    #[schema(value_type = Option<AuthSetting>)]
    pub auth: Option<Option<AuthSetting>>,
}

impl Web {
    /// The opened secrets of a webhook; `secret_lost` when this server's key does not open them.
    pub fn webhook_secrets(&self, stored: &StoredWebhook) -> Result<WebhookSecrets, ApiError> {
        if stored.sealed.is_empty() {
            return Ok(WebhookSecrets::default());
        }
        let opened = self.keys.open(Purpose::Webhook, &stored.sealed).ok();
        opened.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(secret_lost)
    }

    /// Seals the secrets of a webhook.
    pub fn seal_webhook(&self, secrets: &WebhookSecrets) -> Result<Vec<u8>, ApiError> {
        let secrets = serde_json::to_vec(secrets).map_err(|error| ApiError::internal(error.to_string()))?;
        Ok(self.keys.seal(Purpose::Webhook, &secrets))
    }

    /// As the API shows it, without what is kept for it.
    pub fn show_webhook(&self, stored: &StoredWebhook, mut warnings: Vec<Warning>) -> WebhookView {
        let secrets = self.webhook_secrets(stored).unwrap_or_else(|_| {
            let words = "its secrets can not be opened with this server's key: nothing is sent until that is put back. Rotating the secret begins anew and pauses the webhook: its headers and authorisation are to be set again before it is resumed";
            warnings.push(Warning::new(WarningCode::SecretLost, words));
            WebhookSecrets::default()
        });
        let webhook = stored.webhook.clone();
        WebhookView {
            id: webhook.id,
            bot_id: webhook.bot_id,
            kind: webhook.kind,
            url: headers::masked_url(&webhook.url),
            state: webhook.state,
            events: webhook.events,
            format: webhook.format,
            profile: webhook.profile,
            date_unit: webhook.date_unit,
            ordered: webhook.ordered,
            concurrency: webhook.concurrency,
            rate_per_s: webhook.rate_per_s,
            timeout_ms: webhook.timeout_ms,
            schedule_ms: webhook.schedule_ms,
            headers: secrets.headers.into_iter().map(|(name, _)| name).collect(),
            auth: secrets.auth.map(|auth| match auth {
                WebhookAuth::Basic { .. } => "basic",
                WebhookAuth::Bearer { .. } => "bearer",
            }),
            failing_since: webhook.failing_since.map(Into::into),
            held_until: webhook.held_until.filter(|until| *until > self.now()).map(Into::into),
            events_after_cursor: None,
            kept_until: None,
            created_at: webhook.created_at.into(),
            warnings,
        }
    }

    /// A webhook with the usual settings and a secret of its own.
    pub fn new_webhook(
        &self,
        bot_id: BotId,
        kind: WebhookKind,
        url: String,
        now: UnixMs,
    ) -> Result<StoredWebhook, ApiError> {
        let id = WebhookId::new(now, &mut self.entropy());
        let webhook = Webhook::new(id, bot_id, kind, url, now);
        let keys = vec![signature::new_key(KeyKind::Hmac, &mut self.entropy())];
        let sealed = self.seal_webhook(&WebhookSecrets { keys, ..WebhookSecrets::default() })?;
        Ok(StoredWebhook { webhook, sealed })
    }
}

/// A webhook whose secrets are lost sends nothing.
pub fn secret_lost() -> ApiError {
    ApiError::new(
        ProblemCode::SecretLost,
        "the webhook's secrets can not be opened with this server's key, so nothing is sent: put the key back, or rotate the secret",
    )
}

/// Puts the settings in place. What is wrong is told by field. The URL was checked before.
fn apply(web: &Web, stored: &mut StoredWebhook, settings: WebhookSettings) -> Result<(), ApiError> {
    let webhook = &mut stored.webhook;
    if let Some(url) = settings.url.filter(|url| *url != webhook.url) {
        webhook.url = url;
        // Another receiver. When the bot has it already, the store gives the webhook the lanes of that.
        webhook.lanes_id = WebhookId::new(web.now(), &mut web.entropy());
    }
    if let Some(mut events) = settings.events {
        if webhook.kind == WebhookKind::Flow {
            return Err(ApiError::field("events", FieldMistake::ForeignEvents {}));
        }
        events.sort_unstable();
        events.dedup();
        if events.is_empty() || events.contains(&EventKind::FlowWebhook) {
            return Err(ApiError::field("events", FieldMistake::NoEvents {}));
        }
        webhook.events = events;
    }
    webhook.format = settings.format.unwrap_or(webhook.format);
    webhook.profile = settings.profile.unwrap_or(webhook.profile);
    webhook.date_unit = settings.date_unit.unwrap_or(webhook.date_unit);
    webhook.ordered = settings.ordered.unwrap_or(webhook.ordered);
    webhook.concurrency = shape::within("concurrency", settings.concurrency.unwrap_or(webhook.concurrency), 1, 256)?;
    if let Some(rate) = settings.rate_per_s {
        webhook.rate_per_s = rate.map(|rate| shape::within("rate_per_s", rate, 1, 10_000)).transpose()?;
    }
    webhook.timeout_ms = shape::within("timeout_ms", settings.timeout_ms.unwrap_or(webhook.timeout_ms), 1_000, 30_000)?;
    if let Some(schedule) = settings.schedule_ms {
        if let Some(delays) = &schedule {
            retry::Schedule::new(delays.clone()).map_err(|error| ApiError::field("schedule_ms", error.to_string()))?;
        }
        webhook.schedule_ms = schedule;
    }
    if settings.headers.is_some() || settings.auth.is_some() {
        let mut secrets = web.webhook_secrets(stored)?;
        apply_secrets(&mut secrets, settings.headers, settings.auth)?;
        stored.sealed = web.seal_webhook(&secrets)?;
    }
    Ok(())
}

#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
fn apply_secrets(
    secrets: &mut WebhookSecrets,
    extra: Option<Vec<HeaderSetting>>,
    auth: Option<Option<AuthSetting>>,
) -> Result<(), ApiError> {
    if let Some(extra) = extra {
        let extra: Vec<_> = extra.into_iter().map(|header| (header.name, header.value)).collect();
        headers::check_extra(&extra).map_err(|error| ApiError::field("headers", error.to_string()))?;
        secrets.headers = extra;
    }
    if let Some(auth) = auth {
        secrets.auth = auth.map(|auth| match auth {
            AuthSetting::Basic { user, password } => WebhookAuth::Basic { user, password },
            AuthSetting::Bearer { token } => WebhookAuth::Bearer { token },
        });
    }
    Ok(())
}

/// A URL that may be called. A name that does not resolve only warns: it may tomorrow.
async fn check_url(web: &Web, url: &str) -> Result<Option<Warning>, ApiError> {
    if headers::is_masked(url) {
        return Err(ApiError::field("url", FieldMistake::MaskedUrl {}));
    }
    if url.len() > limits::URL_BYTES_MAX {
        return Err(ApiError::field("url", FieldMistake::TooManyBytes { max: limits::URL_BYTES_MAX }));
    }
    match web.door.check(url).await {
        Ok(()) => Ok(None),
        Err(error) if error.is_warning() => Ok(Some(Warning::new(WarningCode::Unresolved, error.detail))),
        Err(EgressError { kind: FailureKind::Refused, detail: words, .. }) => {
            Err(ApiError::field("url", FieldMistake::UrlNotAllowed { words }))
        }
        Err(EgressError { detail: words, .. }) => Err(ApiError::field("url", FieldMistake::UrlNotUsable { words })),
    }
}

/// Lists a bot's webhooks, flow webhooks too, the oldest first.
#[utoipa::path(get, path = "/bots/{bot_id}/webhooks", tag = "webhooks", params(("bot_id" = BotId, Path)), responses((status = 200, body = Listed<WebhookView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
) -> Result<Json<Listed<WebhookView>>, ApiError> {
    web.own_bot(caller, id).await?;
    let webhooks = web.store.webhooks(id).await?;
    Ok(Json(Listed::whole(web.show_all(id, &webhooks).await?)))
}

/// Makes a global webhook. It is on at once.
#[utoipa::path(post, path = "/bots/{bot_id}/webhooks", tag = "webhooks", params(("bot_id" = BotId, Path)), request_body = WebhookSettings, responses((status = 201, body = WebhookView), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    At(bot_id): At<BotId>,
    Body(settings): Body<WebhookSettings>,
) -> Result<(StatusCode, Json<WebhookView>), ApiError> {
    web.own_bot(caller, bot_id).await?;
    let url = settings.url.clone().ok_or_else(|| ApiError::field("url", FieldMistake::Needed {}))?;
    if settings.events.is_none() {
        return Err(ApiError::field("events", FieldMistake::NoEvents {}));
    }
    let mut warnings = Vec::from_iter(check_url(&web, &url).await?);
    let mut stored = web.new_webhook(bot_id, WebhookKind::Global, url, web.now())?;
    apply(&web, &mut stored, settings)?;
    warnings.extend(web.track_links_for(caller, &stored).await?);
    web.store.create_webhook(stored.clone()).await?;
    web.bot_changed(bot_id).await?;
    Ok((StatusCode::CREATED, Json(web.show_webhook(&stored, warnings))))
}

impl Web {
    /// Events of a *send webhook* whose webhook is gone would reach nobody, and nobody would notice. A flow that is off counts too: runs that wait in it
    /// go on.
    async fn refuse_if_sent_by_a_flow(&self, caller: Caller, webhook: &Webhook) -> Result<(), ApiError> {
        if webhook.kind == WebhookKind::Global {
            return Ok(());
        }
        let live = self.own_live_bot(caller, webhook.bot_id).await?;
        let flows = self.store.flows(webhook.bot_id).await?;
        let sends = |flow: FlowId| {
            recado_flow::FlowSource::published(&*live, flow)
                .is_some_and(|plan| plan.webhook_urls().contains(&webhook.url))
        };
        match flows.iter().find(|flow| sends(flow.id)) {
            Some(flow) => Err(ApiError::new(
                ProblemCode::WebhookInUse,
                format!(
                    "the published flow \"{}\" sends this webhook: publish it without that first, or pause the webhook",
                    flow.name
                ),
            )),
            None => Ok(()),
        }
    }

    /// Choosing *Redirect* turns link tracking on, and says so.
    async fn track_links_for(&self, caller: Caller, stored: &StoredWebhook) -> Result<Option<Warning>, ApiError> {
        if !stored.webhook.events.contains(&EventKind::LinkClick) {
            return Ok(None);
        }
        let mut tries = Tries::default();
        let is_news = loop {
            let read = self.own_bot(caller, stored.webhook.bot_id).await?;
            if read.bot.settings.link_tracking {
                break false;
            }
            let mut wanted = read.clone();
            wanted.bot.settings.link_tracking = true;
            if tries.took(self.store.update_bot(read, wanted).await)? {
                break true;
            }
        };
        Ok(match self.settings.public_url {
            Some(_) if is_news => {
                Some(Warning::new(WarningCode::LinksTracked, "links in messages are tracked from now on"))
            }
            Some(_) => None,
            None => {
                Some(Warning::new(WarningCode::NoPublicUrl, "this server has no public URL, so clicks can not be seen"))
            }
        })
    }
}

/// Reads a webhook.
#[utoipa::path(get, path = "/webhooks/{webhook_id}", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
) -> Result<Json<WebhookView>, ApiError> {
    let stored = web.own_webhook(caller, id).await?;
    let mut view = web.show_whole(&stored, Vec::new()).await?;
    if stored.webhook.state.cursor().is_some() {
        view.events_after_cursor = Some(web.store.events_after_cursor(id, EVENTS_COUNTED_MAX).await?);
    }
    Ok(Json(view))
}

/// Changes a webhook. The URL as it is shown, with its query masked, changes nothing. A new URL takes its pending deliveries along, and nothing that the old receiver asked for: they go to the new one at once.
#[utoipa::path(patch, path = "/webhooks/{webhook_id}", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), request_body = WebhookSettings, responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
    Body(mut settings): Body<WebhookSettings>,
) -> Result<Json<WebhookView>, ApiError> {
    let stored = web.own_webhook(caller, id).await?;
    // What was read is sent back as it was shown.
    settings.url = settings.url.filter(|url| *url != headers::masked_url(&stored.webhook.url));
    if stored.webhook.kind == WebhookKind::Flow && settings.url.is_some() {
        return Err(ApiError::field("url", FieldMistake::UrlOfElement {}));
    }
    let mut warnings = Vec::new();
    if let Some(url) = &settings.url {
        // The name may take seconds to resolve: the webhook is read after that.
        warnings.extend(check_url(&web, url).await?);
    }
    let mut tries = Tries::default();
    let tracked = loop {
        let read = web.own_webhook(caller, id).await?;
        let mut wanted = read.clone();
        apply(&web, &mut wanted, settings.clone())?;
        let tracked = web.track_links_for(caller, &wanted).await?;
        if tries.took(web.store.update_webhook(read, wanted, web.now()).await)? {
            break tracked;
        }
    };
    warnings.extend(tracked);
    let stored = web.store.webhook(id).await?;
    web.webhook_changed(&stored.webhook).await?;
    Ok(Json(web.show_whole(&stored, warnings).await?))
}

/// Deletes a webhook and cancels its pending deliveries. Refused for a flow webhook while a published flow sends it.
#[utoipa::path(delete, path = "/webhooks/{webhook_id}", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(State(web): State<Web>, caller: Caller, At(id): At<WebhookId>) -> Result<StatusCode, ApiError> {
    let stored = web.own_webhook(caller, id).await?;
    web.refuse_if_sent_by_a_flow(caller, &stored.webhook).await?;
    web.store.delete_webhook(id, web.now()).await?;
    web.wakes.upkeep.notify_one();
    web.webhook_changed(&stored.webhook).await?;
    Ok(StatusCode::NO_CONTENT)
}
