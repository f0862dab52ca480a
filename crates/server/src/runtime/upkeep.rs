//! Makes room: what is older than its retention goes, in batches of a few milliseconds of the writer. Before it takes what a webhook has not had, it says so.

use std::time::Duration;

use recado_delivery::headers::masked_url;
use recado_model::{
    UnixMs,
    time::{DAY_MS, HOUR_MS},
};
use recado_store::{StoreError, records::Retention, turns::LogLine};

use crate::state::App;

/// Between two looks for old rows.
const EVERY: Duration = Duration::from_mins(1);
/// Between two batches while there is more, so that waiting commits go first.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two looks for webhooks that are to lose something.
const WARN_EVERY: Duration = Duration::from_hours(1);
/// Messengers send an update again for 7 days.
const DEDUP_MS: i64 = 8 * DAY_MS;
/// A delivery of a webhook that is on is kept for so much longer than anything else. None is on its way for so long, however its schedule is set.
const PENDING_MS: i64 = 30 * DAY_MS;
/// So long before retention takes what a webhook has not had, its user is told.
pub const WARN_MS: i64 = 3 * DAY_MS;

/// Until when an event of then is kept.
pub fn kept_until(app: &App, happened_at: UnixMs) -> UnixMs {
    happened_at + i64::from(app.settings.retention_days) * DAY_MS
}

/// Runs until the stop.
pub async fn run(app: App) {
    let mut warn_at = tokio::time::Instant::now();
    loop {
        if warn_at <= tokio::time::Instant::now() {
            if let Err(error) = warn(&app).await {
                tracing::warn!(%error, "what webhooks have not had can not be looked up now");
            }
            warn_at = tokio::time::Instant::now() + WARN_EVERY;
        }
        let now = app.now();
        let log_before = now + -(i64::from(app.settings.retention_days) * DAY_MS);
        let retention = Retention {
            log_before,
            pending_before: log_before + -PENDING_MS,
            dedup_before: now + -DEDUP_MS,
            idempotency_before: now + -(24 * HOUR_MS),
        };
        let wait = match app.store.make_room(retention).await {
            Ok(true) => PAUSE,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "old rows can not be removed now");
                EVERY
            }
        };
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Tells of each webhook that is paused, off or behind and will soon lose what it has not had, once a day: in its bot's log and in the server's.
pub async fn warn(app: &App) -> Result<(), StoreError> {
    let now = app.now();
    for unsent in app.store.unsent(None).await? {
        let until = kept_until(app, unsent.since);
        if until - now >= WARN_MS {
            continue;
        }
        let bot = app.bots.get(unsent.bot_id).await?;
        let Some(live) = bot.as_ref().and_then(|bot| bot.webhook(unsent.webhook_id)) else { continue };
        let when = jiff::Timestamp::from_millisecond(until.0).map(|at| format!("{at:.0}")).unwrap_or_default();
        let text = format!(
            "from {when} on, what the webhook of {} has not had is removed, the oldest first: it is not sent any more",
            masked_url(&live.webhook.url)
        );
        let line =
            LogLine { error: true, code: "webhook_events_expire".to_owned(), flow_id: None, element: None, text };
        if app.store.warn_of_webhook(unsent.webhook_id, now, line).await? {
            tracing::warn!(bot = %unsent.bot_id, webhook = %unsent.webhook_id, "a webhook that is not on will lose events that are older than the retention");
            app.live.ring_bot(unsent.bot_id);
        }
    }
    Ok(())
}
