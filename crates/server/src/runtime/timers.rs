//! Brings what fell due to its contact.
//!
//! Timers live in the store. Here is only the moment of the next one and, while it is worked off, one bounded batch. A turn clears or
//! replaces its timer in its own commit, so a process that dies finds it due again. What falls due while a bot is off becomes a stored input, which
//! waits until the bot is on.

use std::time::Duration;

use futures_util::future::join_all;
use recado_flow::Input;
use recado_model::{UnixMs, run::Timer};

use super::inbox::{SubmitError, To};
use crate::state::App;

/// Due timers that are worked off together. Between two batches everybody else's turns have their place in the commits.
const BATCH: usize = 256;
/// The longest sleep: how late a timer can be after the clock jumped.
const TICK: Duration = Duration::from_secs(15);
/// After the store refused.
const RETRY: Duration = Duration::from_millis(500);

/// Runs until the stop.
pub async fn run(app: App) {
    loop {
        let wait = match work_off(&app).await {
            Ok(next) => next.map_or(TICK, |due| Duration::from_millis((due - app.now()).max(0) as u64).min(TICK)),
            Err(error) => {
                tracing::warn!(%error, "due timers can not be worked off now");
                RETRY
            }
        };
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.timers.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Works off everything that is due; returns when the next timer is.
async fn work_off(app: &App) -> Result<Option<UnixMs>, recado_store::StoreError> {
    loop {
        let due = app.store.due_timers(app.now(), BATCH).await?;
        if due.is_empty() {
            return app.store.next_timer_due().await;
        }
        for result in join_all(due.into_iter().map(|timer| bring(app, timer))).await {
            result?;
        }
        if app.stopping.is_cancelled() {
            return Ok(None);
        }
        tokio::task::yield_now().await;
    }
}

async fn bring(app: &App, timer: Timer) -> Result<(), recado_store::StoreError> {
    let input = Input::Timer { key: timer.key, due: timer.due };
    loop {
        match app.inbox.submit(timer.bot_id, To::Contact(timer.contact_id), input.clone()).await {
            Ok(_) | Err(SubmitError::Duplicate | SubmitError::NoSuchBot | SubmitError::NoSuchContact) => {
                break;
            }
            Err(SubmitError::Full) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(SubmitError::Store(error)) => return Err(error),
        }
    }
    // A turn that found nothing to do with it may leave it as it was; it is due no more.
    app.store.drop_timer(timer).await
}
