//! What an attempt tells about its webhook: numbers for operators, a switch-off for users.

use std::sync::LazyLock;

use metrics::{Counter, Histogram};
use recado_delivery::lanes::{Finished, SiteView};
use recado_model::{BotId, OffReason, Outcome, WebhookId};
use recado_store::{StoreError, turns::LogLine};

use super::attempt::Attempted;
use crate::state::App;

/// Looked up once: this is the hot path.
static ATTEMPTS: LazyLock<[Counter; 4]> = LazyLock::new(|| {
    ["delivered", "retry", "failed", "probed"]
        .map(|outcome| metrics::counter!("recado_attempts_total", "outcome" => outcome))
});
static LATENCY: LazyLock<Histogram> = LazyLock::new(|| metrics::histogram!("recado_delivery_latency_seconds"));

/// Counts the attempt and acts on what it changed.
pub(super) fn note(app: &App, attempted: &Attempted, finished: &Finished) {
    let outcome = match attempted.commit.outcome {
        Outcome::Delivered => 0,
        Outcome::Retry { .. } => 1,
        Outcome::Failed => 2,
        Outcome::Probed { .. } => 3,
    };
    ATTEMPTS[outcome].increment(1);
    if attempted.commit.outcome == Outcome::Delivered {
        let latency_ms = (app.now() - attempted.event_at).max(0);
        LATENCY.record(latency_ms as f64 / 1_000.0);
    }
    if finished.opened {
        metrics::gauge!("recado_breakers_open").increment(1.0);
        tracing::warn!(webhook = %attempted.webhook_id, "the receiver keeps failing: its breaker is open, a probe goes out from time to time");
    }
    if finished.closed {
        metrics::gauge!("recado_breakers_open").decrement(1.0);
        tracing::info!(webhook = %attempted.webhook_id, "the receiver answers again: its breaker is closed");
    }
    if let Some(reason) = finished.switch_off {
        let app_of_switch = app.clone();
        let (bot_id, webhook_id, lanes_id) = (attempted.bot_id, attempted.webhook_id, attempted.lanes_id);
        app.tasks.spawn(async move {
            let app = app_of_switch;
            switch_off(&app, bot_id, (webhook_id, lanes_id), reason).await;
            // Its lanes are held after a 410. Whatever came of it, the loop looks at the webhooks as they are now: one that is still on goes on, and so does
            // another one in the same lanes.
            app.bots.mark_changed(bot_id);
            app.wakes.deliveries.notify_one();
        });
    }
}

/// Lanes are not known any more: a breaker that was open there is not counted among the open ones.
pub(super) fn forget(lanes: Option<SiteView>) {
    if lanes.is_some_and(|lanes| lanes.open_since.is_some()) {
        metrics::gauge!("recado_breakers_open").decrement(1.0);
    }
}

/// The next failure asks again if the store refuses now.
async fn switch_off(app: &App, bot_id: BotId, (webhook_id, lanes_id): (WebhookId, WebhookId), reason: OffReason) {
    let known = app.bots.peek(bot_id).and_then(|bot| Some(bot.webhook(webhook_id)?.webhook.state.is_on()));
    if known == Some(false) {
        // Another attempt that was under way at the same time said the same.
        return;
    }
    let text = format!("a webhook was switched off: {}", reason.words());
    match app.store.switch_off_webhook(webhook_id, lanes_id, reason).await {
        Ok(_) => {}
        Err(StoreError::Conflict { .. }) => {
            return tracing::info!(webhook = %webhook_id, "a webhook is not switched off: it has another URL by now");
        }
        Err(error) => {
            return tracing::warn!(%error, webhook = %webhook_id, "a failing webhook can not be switched off now");
        }
    }
    let line = LogLine { error: true, code: "webhook_switched_off".to_owned(), flow_id: None, element: None, text };
    let logged = app.store.add_log(bot_id, None, app.now(), line).await;
    let reloaded = app.bots.reload(bot_id).await.map(|_| ());
    if let Err(error) = logged.and(reloaded) {
        tracing::warn!(%error, webhook = %webhook_id, "a switched-off webhook is not seen by everybody yet");
    }
}
