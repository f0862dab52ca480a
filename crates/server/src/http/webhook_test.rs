//! *Send test*: a sample event goes the way of every delivery, and what came back is shown with what a receiver would have read of it.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use recado_delivery::payload::{self, EventMeta};
use recado_model::{
    Attempt, BotId, ContactId, ContentFormat, ElementId, Entropy, Event, EventId, EventInfo, EventKind, FlowId,
    MessageId, Profile, UnixMs, Variables, WebhookId, WebhookKind, event::ContactSnapshot,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    Web,
    deliveries::{AttemptView, DeliveryView},
    error::{ApiError, Problem},
    extract::{At, Body},
    problem_code::ProblemCode,
    webhooks::secret_lost,
};
use crate::{auth::Caller, runtime::events};

/// What the sample contact said.
const TEXT: &str = "This is a test from Recado";
/// What is waited for beyond the webhook's own time-out.
const MARGIN: Duration = Duration::from_secs(3);

/// Which sample is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestWish {
    /// Usually `incoming_message`; of a flow webhook `flow_webhook`.
    event: Option<EventKind>,
}

/// What a parser makes of the body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reading {
    /// It found something.
    reads: bool,
    /// What it found; null when nothing.
    value: Value,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    delivery: DeliveryView,
    /// Null when there was no answer within the webhook's time-out yet; the delivery goes on.
    attempt: Option<AttemptView>,
    /// The body as sent.
    body: String,
    content_type: &'static str,
    /// What a form parser (Express's `urlencoded`, Flask's `form`, PHP's `$_POST`) reads.
    form_parser: Reading,
    /// What a JSON parser (Express's `json`, Flask's `json`) reads.
    json_parser: Reading,
    /// A format that may suit the receiver better.
    suggestion: Option<ContentFormat>,
    /// Why.
    suggestion_reason: Option<String>,
}

/// Sends a sample event and shows what came back. Refused for a webhook that sends nothing: it is paused or off (`not_on`), or its secrets are lost (`secret_lost`).
#[utoipa::path(post, path = "/webhooks/{webhook_id}/test", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), request_body = TestWish, responses((status = 200, body = TestResult), (status = "default", body = Problem)))]
pub async fn send(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
    Body(wish): Body<TestWish>,
) -> Result<Json<TestResult>, ApiError> {
    let stored = web.own_webhook(caller, id).await?;
    let bot = web.own_live_bot(caller, stored.webhook.bot_id).await?;
    let live = bot.webhook(id).ok_or_else(|| ApiError::not_found("webhook"))?;
    if !live.webhook.state.is_on() {
        return Err(ApiError::new(ProblemCode::NotOn, "the webhook is paused or off: resume it to send a test"));
    }
    if !live.is_readable {
        return Err(secret_lost());
    }
    let usual = match stored.webhook.kind {
        WebhookKind::Global => EventKind::IncomingMessage,
        WebhookKind::Flow => EventKind::FlowWebhook,
    };
    let event = sample(&web, stored.webhook.bot_id, wish.event.unwrap_or(usual));
    let new = events::to_one(&bot, &event, live, web.now());
    let delivery_id =
        new.deliveries.first().map(|delivery| delivery.id).ok_or_else(|| ApiError::not_found("delivery"))?;
    let mut watcher = web.live.subscribe_bot(bot.bot.id);
    web.store.add_test_event(bot.bot.id, event.contact.id, new).await?;
    web.wakes.deliveries.notify_one();
    let until = Instant::now() + Duration::from_millis(u64::from(live.webhook.timeout_ms)) + MARGIN;
    let attempt = loop {
        let attempts = web.store.attempts(delivery_id).await?;
        if let Some(first) = attempts.into_iter().next() {
            break Some(first);
        }
        let tick = until.min(Instant::now() + Duration::from_millis(200));
        // A wake-up or a tick; either way the store is looked at again.
        let _ = tokio::time::timeout_at(tick, watcher.changed()).await;
        if Instant::now() >= until {
            break None;
        }
    };
    let delivery = web.store.delivery(delivery_id).await?;
    let (_, data) = web.store.delivery_data(delivery_id).await?;
    let format = attempt.as_ref().map_or(live.webhook.format, |attempt| attempt.format);
    let body = payload::body(format, &data, &EventMeta::of(&delivery));
    Ok(Json(result(format, DeliveryView::from(delivery), attempt, body)))
}

fn result(format: ContentFormat, delivery: DeliveryView, attempt: Option<Attempt>, body: Vec<u8>) -> TestResult {
    let status = attempt.as_ref().and_then(|attempt| attempt.status);
    let suggested = matches!(status, Some(400 | 415)) && format != ContentFormat::Json;
    TestResult {
        delivery,
        attempt: attempt.map(Into::into),
        content_type: payload::content_type(format),
        form_parser: form_reading(format, &body),
        json_parser: json_reading(format, &body),
        body: String::from_utf8_lossy(&body).into_owned(),
        suggestion: suggested.then_some(ContentFormat::Json),
        suggestion_reason: suggested
            .then(|| "the receiver refused the body; most receivers that do so expect `application/json`".to_owned()),
    }
}

fn form_reading(format: ContentFormat, body: &[u8]) -> Reading {
    if !payload::content_type(format).starts_with("application/x-www-form-urlencoded") {
        return Reading { reads: false, value: Value::Null };
    }
    let fields: serde_json::Map<String, Value> =
        url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value))).collect();
    // Raw JSON under the form's content type is one field whose name is the text: nothing that a receiver asks for by name.
    Reading { reads: format == ContentFormat::Form, value: Value::Object(fields) }
}

fn json_reading(format: ContentFormat, body: &[u8]) -> Reading {
    match format {
        ContentFormat::Json | ContentFormat::Cloudevents => {
            let value: Option<Value> = serde_json::from_slice(body).ok();
            Reading { reads: value.is_some(), value: value.unwrap_or_default() }
        }
        ContentFormat::Documented | ContentFormat::Form => Reading { reads: false, value: Value::Null },
    }
}

/// What happened in the sample, as [the documentation](../../../../docs/webhooks.md) describes it for its kind.
fn sample_info(kind: EventKind, now: UnixMs, rng: &mut dyn Entropy) -> EventInfo {
    let (flow_id, flow_name) = (FlowId::new(now, rng), "Test flow".to_owned());
    match kind {
        EventKind::IncomingMessage | EventKind::OutgoingMessage => EventInfo::Message {
            id: MessageId::new(now, rng),
            message: Arc::new(json!({"id": "test", "text": TEXT})),
            message_id: json!("test"),
            chat_id: json!("test"),
            sent_by: None,
            attachments: Vec::new(),
        },
        EventKind::RunCustomFlow => EventInfo::CustomFlow {
            flow_id,
            flow_name,
            trigger: "keyword".to_owned(),
            keyword: Some("test".to_owned()),
        },
        EventKind::LinkClick => EventInfo::Link {
            url: "https://example.org/".to_owned(),
            text: "Open".to_owned(),
            element: ElementId::new("test"),
            flow_id,
            flow_name,
        },
        EventKind::FailedDelivery => EventInfo::FailedDelivery {
            at: now,
            error_code: "400".to_owned(),
            error_message: "this is a test: nothing failed".to_owned(),
            message_id: MessageId::new(now, rng),
        },
        EventKind::NewSubscriber
        | EventKind::OpenChat
        | EventKind::Unsubscribe
        | EventKind::BotBlock
        | EventKind::FlowWebhook => EventInfo::None,
    }
}

/// A sample event of a contact that does not exist.
fn sample(web: &Web, bot_id: BotId, kind: EventKind) -> Event {
    let now = web.now();
    let mut rng = web.entropy();
    Event {
        id: EventId::new(now, &mut rng),
        bot_id,
        kind,
        title: if kind == EventKind::FlowWebhook { "test".to_owned() } else { kind.as_str().to_owned() },
        at: now,
        info: sample_info(kind, now, &mut rng),
        contact: ContactSnapshot {
            id: ContactId::new(now, &mut rng),
            identity: "0".to_owned(),
            profile: Profile { name: "Test Contact".to_owned(), ..Profile::default() },
            variables: Variables::new(),
            tags: vec!["test".to_owned()],
            last_message: TEXT.to_owned(),
        },
    }
}
