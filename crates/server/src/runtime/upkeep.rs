//! Makes room: what is older than its retention goes, in batches of a few milliseconds of the writer.

use std::time::Duration;

use recado_model::time::{DAY_MS, HOUR_MS};
use recado_store::records::Retention;

use crate::state::App;

/// Between two looks for old rows.
const EVERY: Duration = Duration::from_mins(1);
/// Between two batches while there is more, so that waiting commits go first.
const PAUSE: Duration = Duration::from_millis(50);
/// Messengers send an update again for 7 days.
const DEDUP_MS: i64 = 8 * DAY_MS;

/// Runs until the stop.
pub async fn run(app: App) {
    loop {
        let now = app.now();
        let retention = Retention {
            log_before: now + -(i64::from(app.settings.retention_days) * DAY_MS),
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
