//! Brings webhooks that are behind up to date: those that were resumed from their cursor, and those that had too much pending.
//!
//! Step by step, round the webhooks, so that none waits for another one's long way and the writer is never held for long. Where a webhook stands is
//! a fact of the store, moved in the same commit as the deliveries that a step makes: a process that dies here goes on where the last step ended.

use std::time::Duration;

use recado_delivery::payload;
use recado_model::{BotId, Entropy as _, WebhookId};
use recado_store::{
    StoreError,
    deliveries::{CatchUp, CaughtUp},
};

use crate::state::App;

/// Events that one step looks at: a few milliseconds of the writer.
const EVENTS_A_STEP: usize = 128;
/// How late a webhook that fell behind, or has worked off enough, can be found.
const TICK: Duration = Duration::from_secs(1);

/// Runs until the stop.
pub async fn run(app: App) {
    loop {
        let more = round(&app).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "webhooks that are behind can not be looked up now");
            false
        });
        if more && !app.stopping.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.catching_up.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// One step for each webhook that is behind. Returns whether another round has something to do.
async fn round(app: &App) -> Result<bool, StoreError> {
    let mut more = false;
    for (bot_id, webhook_id) in app.store.webhooks_behind().await? {
        if app.stopping.is_cancelled() {
            return Ok(false);
        }
        match step(app, bot_id, webhook_id).await {
            Ok(CaughtUp::Part) => more = true,
            Ok(CaughtUp::Whole) => tracing::info!(webhook = %webhook_id, "a webhook has caught up"),
            Ok(CaughtUp::Enough | CaughtUp::NotBehind) => continue,
            Err(error) => {
                tracing::warn!(%error, webhook = %webhook_id, "a webhook can not catch up now");
                continue;
            }
        }
        app.wakes.deliveries.notify_one();
        app.live.ring_bot(bot_id);
    }
    Ok(more)
}

async fn step(app: &App, bot_id: BotId, webhook_id: WebhookId) -> Result<CaughtUp, StoreError> {
    let Some(bot) = app.bots.get(bot_id).await? else { return Ok(CaughtUp::NotBehind) };
    // A picture of the bot that is older than the webhook: the next round has a newer one.
    let Some(live) = bot.webhook(webhook_id) else { return Ok(CaughtUp::NotBehind) };
    let now = app.now();
    let step = CatchUp {
        encoding: payload::encoding_key(live.webhook.profile, live.webhook.date_unit),
        skipped: !bot.account.plan.sends_webhooks(now),
        events_max: EVENTS_A_STEP,
        now,
        seed: app.entropy().next_u64(),
    };
    app.store.catch_up(webhook_id, step).await
}
