//! Deliveries: the log, single ones with their attempts, retry, cancel, `curl`.

use std::fmt::Write as _;

use axum::{Json, extract::State};
use recado_delivery::{
    headers,
    payload::{self, EventMeta},
};
use recado_model::{
    Attempt, BotId, ContactId, ContentFormat, Delivery, DeliveryId, DeliveryStatus, EventId, EventKind, FailureKind,
    Timing, WebhookId,
};
use recado_store::{StoreError, records::DeliveryFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At},
    mistake::FieldMistake,
    problem_code::ProblemCode,
    shape::{self, Listed, Time},
};
use crate::{auth::Caller, runtime::dispatch::Command};

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    id: DeliveryId,
    event_id: EventId,
    event: EventKind,
    title: String,
    webhook_id: WebhookId,
    bot_id: BotId,
    contact_id: ContactId,
    /// With its query masked; null when it is the webhook's.
    url: Option<String>,
    /// `pending`, `delivered`, `failed`, `skipped` or `cancelled`.
    status: &'static str,
    /// Attempts that counted.
    attempts: u32,
    /// While pending at the head of its lane: when the next attempt is due. Null while an earlier one of the contact goes first.
    next_at: Option<Time>,
    created_at: Time,
    ended_at: Option<Time>,
    /// A manual retry or a replay: outside the order.
    replay: bool,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event_id: delivery.event_id,
            event: delivery.event_kind,
            title: delivery.title,
            webhook_id: delivery.webhook_id,
            bot_id: delivery.bot_id,
            contact_id: delivery.contact_id,
            url: delivery.url.as_deref().map(headers::masked_url),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            next_at: (delivery.status == DeliveryStatus::Ready).then_some(Time(delivery.next_at)),
            created_at: delivery.created_at.into(),
            ended_at: delivery.ended_at.map(Into::into),
            replay: delivery.replay,
        }
    }
}

/// One HTTP request of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    number: u32,
    started_at: Time,
    url: String,
    /// How the body was wrapped.
    format: ContentFormat,
    content_type: &'static str,
    /// The body as sent, when it was wrapped otherwise than `request_body` beside `items`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: Option<String>,
    /// As (name, value); secrets masked.
    request_headers: Vec<(String, String)>,
    status: Option<u16>,
    response_headers: Vec<(String, String)>,
    response_body: String,
    response_cut: bool,
    timing: Timing,
    remote_ip: Option<String>,
    failure: Option<FailureKind>,
    error: Option<String>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            started_at: attempt.started_at.into(),
            url: attempt.url,
            format: attempt.format,
            content_type: payload::content_type(attempt.format),
            request_body: None,
            request_headers: attempt.request_headers,
            status: attempt.status,
            response_headers: attempt.response_headers,
            response_body: attempt.response_body,
            response_cut: attempt.response_cut,
            timing: attempt.timing,
            remote_ip: attempt.remote_ip,
            failure: attempt.failure,
            error: attempt.error,
        }
    }
}

/// The attempts of a delivery with the body that each sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptsView {
    /// Of the last attempt; of the next one while there is none.
    content_type: &'static str,
    /// The body that the last attempt sent, or the next one will send. Empty once it is erased.
    request_body: String,
    items: Vec<AttemptView>,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Of this bot.
    bot_id: BotId,
    webhook_id: Option<WebhookId>,
    event_id: Option<EventId>,
    event: Option<EventKind>,
    contact_id: Option<ContactId>,
    /// `pending`, `delivered`, `failed`, `skipped` or `cancelled`.
    status: Option<String>,
    /// At or after.
    since: Option<Time>,
    /// Before.
    until: Option<Time>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Lists a bot's deliveries, the newest first.
#[utoipa::path(get, path = "/deliveries", tag = "deliveries", params(DeliveryQuery), responses((status = 200, body = Listed<DeliveryView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<DeliveryQuery>,
) -> Result<Json<Listed<DeliveryView>>, ApiError> {
    web.own_bot(caller, asked.bot_id).await?;
    if let Some(status) = &asked.status
        && !["pending", "delivered", "failed", "skipped", "cancelled"].contains(&status.as_str())
    {
        return Err(ApiError::field("status", FieldMistake::NotADeliveryStatus {}));
    }
    let filter = DeliveryFilter {
        webhook_id: asked.webhook_id,
        event_id: asked.event_id,
        kind: asked.event,
        contact_id: asked.contact_id,
        status: asked.status,
        since: asked.since.map(|time| time.0),
        until: asked.until.map(|time| time.0),
    };
    let page = web.store.deliveries(asked.bot_id, filter, asked.cursor, shape::limit(asked.limit)?).await?;
    Ok(Json(Listed::page(page, Into::into)))
}

/// Reads a delivery.
#[utoipa::path(get, path = "/deliveries/{delivery_id}", tag = "deliveries", params(("delivery_id" = DeliveryId, Path)), responses((status = 200, body = DeliveryView), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<DeliveryId>,
) -> Result<Json<DeliveryView>, ApiError> {
    Ok(Json(web.own_delivery(caller, id).await?.into()))
}

/// The event object of a delivery in the wrapping of a format. Nothing is left of an erased one.
fn wrapped(format: ContentFormat, data: &[u8], delivery: &Delivery) -> String {
    if data.is_empty() {
        return String::new();
    }
    String::from_utf8_lossy(&payload::body(format, data, &EventMeta::of(delivery))).into_owned()
}

/// The URL and the format of the last attempt; of the webhook as it is now while there is none.
async fn sent_as(web: &Web, delivery: &Delivery, last: Option<&Attempt>) -> (String, ContentFormat) {
    if let Some(attempt) = last {
        return (attempt.url.clone(), attempt.format);
    }
    let webhook = web.store.webhook(delivery.webhook_id).await.ok().map(|stored| stored.webhook);
    let format = webhook.as_ref().map(|webhook| webhook.format).unwrap_or_default();
    let url = delivery.url.clone().or_else(|| webhook.map(|webhook| webhook.url)).unwrap_or_default();
    (headers::masked_url(&url), format)
}

/// Lists a delivery's attempts, with what was sent and what came back.
#[utoipa::path(get, path = "/deliveries/{delivery_id}/attempts", tag = "deliveries", params(("delivery_id" = DeliveryId, Path)), responses((status = 200, body = AttemptsView), (status = "default", body = Problem)))]
pub async fn attempts(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<DeliveryId>,
) -> Result<Json<AttemptsView>, ApiError> {
    let delivery = web.own_delivery(caller, id).await?;
    let (_, data) = web.store.delivery_data(id).await?;
    let made = web.store.attempts(id).await?;
    let (_, format) = sent_as(&web, &delivery, made.last()).await;
    let view = |attempt: Attempt| {
        let other = (attempt.format != format).then(|| wrapped(attempt.format, &data, &delivery));
        AttemptView { request_body: other, ..attempt.into() }
    };
    Ok(Json(AttemptsView {
        content_type: payload::content_type(format),
        request_body: wrapped(format, &data, &delivery),
        items: made.into_iter().map(view).collect(),
    }))
}

/// Tries a delivery now: a pending one early, an ended one again and outside the order. Refused once its contact is erased.
#[utoipa::path(post, path = "/deliveries/{delivery_id}/retry", tag = "deliveries", params(("delivery_id" = DeliveryId, Path)), responses((status = 200, body = DeliveryView), (status = "default", body = Problem)))]
pub async fn retry(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<DeliveryId>,
) -> Result<Json<DeliveryView>, ApiError> {
    let delivery = web.own_delivery(caller, id).await?;
    let (command, delivery) = if delivery.status.is_final() {
        let ready = match web.store.retry_delivery(id, web.now()).await {
            Err(StoreError::Conflict { what: "event" }) => return Err(erased()),
            result => result?,
        };
        let delivery = ready.delivery.clone();
        (Command::Offer(Box::new(ready)), delivery)
    } else {
        let hastened = web.store.hasten_delivery(id, web.now()).await?;
        (Command::Hasten { seq: hastened.seq, lanes_id: hastened.lanes_id }, hastened)
    };
    tell(&web, delivery.bot_id, command);
    Ok(Json(delivery.into()))
}

fn erased() -> ApiError {
    let words = "the contact was erased, and with it what this delivery sent: nothing is left that could be sent again";
    ApiError::new(ProblemCode::Conflict, words)
}

/// Takes a pending delivery back.
#[utoipa::path(post, path = "/deliveries/{delivery_id}/cancel", tag = "deliveries", params(("delivery_id" = DeliveryId, Path)), responses((status = 200, body = DeliveryView), (status = "default", body = Problem)))]
pub async fn cancel(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<DeliveryId>,
) -> Result<Json<DeliveryView>, ApiError> {
    let delivery = web.own_delivery(caller, id).await?;
    let next = web.store.cancel_delivery(id, web.now()).await?;
    tell(&web, delivery.bot_id, Command::Withdraw { seq: delivery.seq });
    if let Some(next) = next {
        tell(&web, delivery.bot_id, Command::Offer(Box::new(next)));
    }
    Ok(Json(web.store.delivery(id).await?.into()))
}

fn tell(web: &Web, bot_id: BotId, command: Command) {
    web.control.tell(command);
    web.live.ring_bot(bot_id);
    web.wakes.deliveries.notify_one();
}

/// A delivery as a command line.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurlView {
    /// For a POSIX shell. Secrets and the signature are left out.
    command: String,
}

/// Shows a delivery's request as a `curl` command.
#[utoipa::path(get, path = "/deliveries/{delivery_id}/curl", tag = "deliveries", params(("delivery_id" = DeliveryId, Path)), responses((status = 200, body = CurlView), (status = "default", body = Problem)))]
pub async fn curl(State(web): State<Web>, caller: Caller, At(id): At<DeliveryId>) -> Result<Json<CurlView>, ApiError> {
    let delivery = web.own_delivery(caller, id).await?;
    let (_, data) = web.store.delivery_data(id).await?;
    let made = web.store.attempts(id).await?;
    let (url, format) = sent_as(&web, &delivery, made.last()).await;
    let body = wrapped(format, &data, &delivery);
    let mut command = format!("curl -X POST {}", quoted(&url));
    for (name, value) in [
        ("content-type", payload::content_type(format)),
        ("webhook-id", &delivery.event_id.to_string()),
        ("recado-event", delivery.event_kind.as_str()),
    ] {
        // Writing to a String does not fail.
        let _ = write!(command, " \\\n  -H {}", quoted(&format!("{name}: {value}")));
    }
    let _ = write!(command, " \\\n  --data-raw {}", quoted(&body));
    Ok(Json(CurlView { command }))
}

/// In single quotes, so that the shell reads nothing into it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_body_with_quotes_can_not_leave_its_quotes() {
        assert_eq!(super::quoted("it's; rm"), r"'it'\''s; rm'");
    }
}
