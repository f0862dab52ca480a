//! Makes room: what deleted webhooks had pending is cancelled, and what is older than its retention goes, in batches of a few milliseconds of the writer. Before
//! it takes what a webhook has not had, it says so.
//!
//! What is kept ages by the clock, but by no more than an hour in each minute ([`Age`]): a clock that is years ahead for a moment would make everything old at once.
//! How far it aged is kept over restarts.

use std::time::Duration;

use recado_delivery::headers::masked_url;
use recado_model::{
    UnixMs,
    time::{DAY_MS, HOUR_MS, MINUTE_MS},
};
use recado_store::{StoreError, records::Retention, turns::LogLine};
use tokio::time::Instant;

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

/// How many times faster than time itself what is kept may age: after a month's stop, or a clock that was set right, it has caught up within half a day.
const AGES_AT_MOST: i64 = 60;
/// The setting that keeps how far it aged.
const SETTING: &str = "aged_until";
/// It is kept when it is further off than this.
const KEPT_WITHIN_MS: i64 = 10 * MINUTE_MS;

/// The time by which things are old.
struct Age {
    until: UnixMs,
    looked_at: Instant,
    /// What the store knows.
    kept: Option<UnixMs>,
}

impl Age {
    /// As it was kept; the clock is believed when nothing was.
    fn begin(kept: Option<UnixMs>, clock: UnixMs, at: Instant) -> Self {
        Self { until: kept.unwrap_or(clock), looked_at: at, kept }
    }

    /// Follows the clock: back at once, ahead at its pace.
    fn follow(&mut self, clock: UnixMs, at: Instant) -> UnixMs {
        let passed = i64::try_from(at.duration_since(self.looked_at).as_millis()).unwrap_or(i64::MAX);
        self.looked_at = at;
        self.until = clock.min(UnixMs(self.until.0.saturating_add(passed.saturating_mul(AGES_AT_MOST))));
        self.until
    }

    async fn load(app: &App) -> Result<Self, StoreError> {
        let kept = app.store.setting(SETTING).await?;
        let kept = kept.and_then(|value| serde_json::from_slice(&value).ok());
        Ok(Self::begin(kept, app.now(), Instant::now()))
    }

    async fn keep(&mut self, app: &App) -> Result<(), StoreError> {
        if self.kept.is_some_and(|kept| (self.until - kept).abs() < KEPT_WITHIN_MS) {
            return Ok(());
        }
        app.store.set_setting(SETTING, self.until.0.to_string().into_bytes()).await?;
        self.kept = Some(self.until);
        Ok(())
    }
}

/// Runs until the stop.
pub async fn run(app: App) {
    let mut warn_at = Instant::now();
    let mut age = None;
    loop {
        if warn_at <= Instant::now() {
            if let Err(error) = warn(&app).await {
                tracing::warn!(%error, "what webhooks have not had can not be looked up now");
            }
            warn_at = Instant::now() + WARN_EVERY;
        }
        if let Err(error) = cancel_deleted(&app).await {
            tracing::warn!(%error, "deliveries of deleted webhooks can not be cancelled now");
        }
        let wait = match make_room(&app, &mut age).await {
            Ok(true) => PAUSE,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "old rows can not be removed now");
                EVERY
            }
        };
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.upkeep.notified() => {}
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

/// Without a pause: other webhooks may stand behind in the same lanes. Each step lets waiting commits go along.
async fn cancel_deleted(app: &App) -> Result<(), StoreError> {
    while !app.stopping.is_cancelled()
        && let Some(cancelled) = app.store.cancel_deleted().await?
    {
        app.live.ring_bot(cancelled.bot_id);
        if cancelled.freed {
            app.bots.mark_changed(cancelled.bot_id);
            app.wakes.deliveries.notify_one();
        }
    }
    Ok(())
}

/// Removes a batch. Returns whether there is more.
async fn make_room(app: &App, age: &mut Option<Age>) -> Result<bool, StoreError> {
    let age = match age {
        Some(age) => age,
        None => age.insert(Age::load(app).await?),
    };
    let until = age.follow(app.now(), Instant::now());
    age.keep(app).await?;
    let log_before = until + -(i64::from(app.settings.retention_days) * DAY_MS);
    let retention = Retention {
        now: app.now(),
        log_before,
        pending_before: log_before + -PENDING_MS,
        dedup_before: until + -DEDUP_MS,
        idempotency_before: until + -(24 * HOUR_MS),
    };
    app.store.make_room(retention).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_ages_an_hour_in_a_minute_at_most() {
        let start = UnixMs(1_700_000_000_000);
        let mut age = Age::begin(None, start, Instant::now());
        let mut after = async |clock: UnixMs, passed: Duration| {
            tokio::time::advance(passed).await;
            age.follow(clock, Instant::now()) - start
        };
        assert_eq!(after(start + 60_000, EVERY).await, 60_000, "it goes with the clock");
        let ahead = start + 75 * 365 * DAY_MS;
        assert_eq!(after(ahead, EVERY).await, 60_000 + HOUR_MS);
        assert_eq!(after(ahead, PAUSE).await, 60_000 + HOUR_MS + 3_000, "the batches of one go do not hasten it");
        assert_eq!(after(start + 180_000, EVERY).await, 180_000, "the clock was set right");
        assert_eq!(after(start + -DAY_MS, EVERY).await, -DAY_MS);
        // After a stop of thirty days.
        let mut age = Age::begin(Some(start), start + 30 * DAY_MS, Instant::now());
        assert_eq!(age.follow(start + 30 * DAY_MS, Instant::now()), start);
        tokio::time::advance(Duration::from_hours(13)).await;
        assert_eq!(age.follow(start + 31 * DAY_MS, Instant::now()), start + 31 * DAY_MS);
    }
}
