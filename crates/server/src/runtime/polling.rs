//! Asks Telegram for updates, for each bot that has no webhook set.
//!
//! The offset is confirmed by the next poll only after all turns of the last one are committed, so a process that dies in between gets the
//! updates again, and those that had their turn are duplicates without effect.

use std::{collections::HashMap, time::Duration};

use recado_channels::{
    Parsed, SendOutcome,
    telegram::{self, methods},
};
use recado_model::{BotId, Service};
use recado_store::turns::LogLine;
use tokio_util::sync::CancellationToken;

use super::{arrivals, connection, messenger, registry::LiveBot};
use crate::state::App;

const TICK: Duration = Duration::from_secs(30);
/// After a poll that came back empty too soon.
const REST: Duration = Duration::from_millis(300);
/// After a poll that failed.
const RETRY: Duration = Duration::from_secs(3);
/// A long poll that comes back empty sooner was none.
const SHORT: Duration = Duration::from_secs(1);

struct Poller {
    token: String,
    stop: CancellationToken,
}

/// Runs until the stop: keeps one poller for each bot that needs one.
pub async fn run(app: App) {
    let mut pollers: HashMap<BotId, Poller> = HashMap::new();
    loop {
        if let Err(error) = keep_up(&app, &mut pollers).await {
            tracing::warn!(%error, "the bots can not be read now");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.bots.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// The token of a bot that is to be polled.
fn polled_token(bot: &LiveBot) -> Option<&str> {
    let polled = bot.bot.active
        && bot.can_send()
        && bot.bot.service == Service::Telegram
        && !bot.secrets.channel.contains_key("webhook_secret");
    polled.then(|| bot.secrets.channel.get("token").map(String::as_str)).flatten()
}

async fn keep_up(app: &App, pollers: &mut HashMap<BotId, Poller>) -> Result<(), recado_store::StoreError> {
    let mut wanted = HashMap::new();
    for id in app.store.all_bot_ids().await? {
        if let Some(bot) = app.bots.get(id).await?
            && let Some(token) = polled_token(&bot)
        {
            wanted.insert(id, token.to_owned());
        }
    }
    pollers.retain(|id, poller| {
        let keep = wanted.get(id) == Some(&poller.token) && !poller.stop.is_cancelled();
        if !keep {
            poller.stop.cancel();
        }
        keep
    });
    for (id, token) in wanted {
        pollers.entry(id).or_insert_with(|| {
            let stop = app.stopping.child_token();
            app.tasks.spawn(poll(app.clone(), id, stop.clone()));
            Poller { token, stop }
        });
    }
    Ok(())
}

async fn poll(app: App, bot_id: BotId, stop: CancellationToken) {
    let mut offset = None;
    let mut said = None;
    if let Ok(Some(bot)) = app.bots.get(bot_id).await {
        // A webhook that was set earlier would refuse every poll.
        let _ = messenger::call(&app, &bot, &methods::delete_webhook()).await;
    }
    while !stop.is_cancelled() {
        let began = tokio::time::Instant::now();
        let polled = tokio::select! {
            () = stop.cancelled() => return,
            polled = once(&app, bot_id, &mut offset) => polled,
        };
        let wait = match polled {
            Ok(Polled::Nothing) if began.elapsed() < SHORT => REST,
            Ok(Polled::Updates | Polled::Nothing) => Duration::ZERO,
            Ok(Polled::Gone) => return,
            Err(words) => {
                if said.as_ref() != Some(&words) {
                    tell(&app, bot_id, &words).await;
                    said = Some(words);
                }
                RETRY
            }
        };
        if wait > Duration::ZERO {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

enum Polled {
    Updates,
    Nothing,
    Gone,
}

async fn once(app: &App, bot_id: BotId, offset: &mut Option<i64>) -> Result<Polled, String> {
    let bot = match app.bots.get(bot_id).await {
        Ok(Some(bot)) => bot,
        Ok(None) => return Ok(Polled::Gone),
        Err(error) => return Err(error.to_string()),
    };
    let request = methods::get_updates(*offset, methods::POLL_TIMEOUT_S);
    let (status, body) = messenger::call(app, &bot, &request).await?;
    let updates = match telegram::answer(status, &body) {
        Ok(updates) => telegram::parse_updates(updates),
        Err(refusal) => match *refusal {
            SendOutcome::TokenDead { message } => {
                connection::lose(app, &bot, message).await.map_err(|error| error.to_string())?;
                return Ok(Polled::Gone);
            }
            SendOutcome::Failed { message, .. } => {
                return Err(format!("Telegram answers {status} to getUpdates: {message}"));
            }
            SendOutcome::Retry { .. } | SendOutcome::Blocked | SendOutcome::WindowClosed | SendOutcome::Sent { .. } => {
                return Err(format!("Telegram answers {status} to getUpdates"));
            }
        },
    };
    let Some(last) = updates.iter().map(|(id, _)| *id).max() else {
        return Ok(Polled::Nothing);
    };
    let mut parsed = Parsed::default();
    for (_, update) in updates {
        let mut one = telegram::parse_update(update);
        parsed.inbound.append(&mut one.inbound);
        parsed.ignored.append(&mut one.ignored);
        parsed.answers.append(&mut one.answers);
    }
    arrivals::arrive(app, &bot, parsed).await.map_err(|error| error.to_string())?;
    *offset = Some(last + 1);
    Ok(Polled::Updates)
}

/// Writes what is wrong to the bot's log, once while it stays the same.
async fn tell(app: &App, bot_id: BotId, words: &str) {
    tracing::warn!(bot = %bot_id, words, "polling fails");
    let line =
        LogLine { error: true, code: "polling".to_owned(), flow_id: None, element: None, text: words.to_owned() };
    if let Err(error) = app.store.add_log(bot_id, None, app.now(), line).await {
        tracing::warn!(%error, "the bot's log can not be written now");
    }
}
