//! Asks Telegram for updates, for each bot that it does not call, and sees to it that it calls the others where this server is now.
//!
//! Which of the two is the operator's `public_url`, which may come, change and go between two starts.
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
/// The longest wait that Telegram may ask for: a bot that hears nothing for longer seems to be dead.
const RETRY_MAX: Duration = Duration::from_mins(10);
/// A long poll that comes back empty sooner was none.
const SHORT: Duration = Duration::from_secs(1);

struct Poller {
    token: String,
    stop: CancellationToken,
}

/// The bots that Telegram calls, each with the token that was looked after.
type Called = HashMap<BotId, String>;

/// Updates that Telegram may post at once.
pub const CONNECTIONS: u8 = 40;

/// Runs until the stop: keeps one poller for each bot that needs one.
pub async fn run(app: App) {
    let mut pollers: HashMap<BotId, Poller> = HashMap::new();
    let mut called = Called::new();
    loop {
        if let Err(error) = keep_up(&app, &mut pollers, &mut called).await {
            tracing::warn!(%error, "the bots can not be read now");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.bots.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// The token of a Telegram bot that is to be listened to, and whether Telegram calls it.
fn listened(app: &App, bot: &LiveBot) -> Option<(String, bool)> {
    let is_listened = bot.bot.active && bot.can_send() && bot.bot.service == Service::Telegram;
    let token = bot.secrets.channel.get("token").filter(|_| is_listened)?;
    let is_called = app.settings.public_url.is_some() && bot.secrets.channel.contains_key("webhook_secret");
    Some((token.clone(), is_called))
}

async fn keep_up(
    app: &App,
    pollers: &mut HashMap<BotId, Poller>,
    called: &mut Called,
) -> Result<(), recado_store::StoreError> {
    let mut wanted = HashMap::new();
    for id in app.store.all_bot_ids().await? {
        let Some(bot) = app.bots.get(id).await? else { continue };
        match listened(app, &bot) {
            Some((token, false)) => {
                wanted.insert(id, token);
            }
            Some((token, true)) if called.get(&id) != Some(&token) => {
                called.insert(id, token);
                app.tasks.spawn(be_called(app.clone(), id));
            }
            Some((_, true)) => {}
            None => {
                called.remove(&id);
            }
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
            Ok(Polled::Later { words, wait }) => {
                tell_once(&app, bot_id, words, &mut said).await;
                wait
            }
            Err(words) => {
                tell_once(&app, bot_id, words, &mut said).await;
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

/// Has Telegram call the bot where this server is now, unless it does.
async fn be_called(app: App, bot_id: BotId) {
    let mut said = None;
    while let Err(NotCalled { words, wait }) = call_here(&app, bot_id).await {
        tell_once(&app, bot_id, words, &mut said).await;
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Telegram does not call the bot here yet.
struct NotCalled {
    words: String,
    /// Before it is asked again.
    wait: Duration,
}

impl From<String> for NotCalled {
    fn from(words: String) -> Self {
        Self { words, wait: TICK }
    }
}

impl NotCalled {
    /// Telegram did not do what it was asked, and perhaps says when to ask again.
    fn of(method: &str, status: u16, refusal: SendOutcome) -> Self {
        match refusal {
            SendOutcome::Failed { message, .. } => {
                Self::from(format!("Telegram does not take this server's address: {message}"))
            }
            SendOutcome::Retry { after_ms } => {
                Self { words: format!("Telegram answers {status} to {method}"), wait: wait_of(after_ms) }
            }
            SendOutcome::TokenDead { .. }
            | SendOutcome::Blocked
            | SendOutcome::WindowClosed
            | SendOutcome::FilesRefused { .. }
            | SendOutcome::Sent { .. } => Self::from(format!("Telegram answers {status} to {method}")),
        }
    }
}

async fn call_here(app: &App, bot_id: BotId) -> Result<(), NotCalled> {
    let bot = app.bots.get(bot_id).await.map_err(|error| error.to_string())?;
    let Some(bot) = bot.filter(|bot| listened(app, bot).is_some_and(|(_, is_called)| is_called)) else {
        return Ok(());
    };
    let url = format!("{}/hooks/telegram/{bot_id}", app.settings.base_url());
    let secret = bot.secrets.channel.get("webhook_secret").map_or("", String::as_str);
    let (status, body) = messenger::call(app, &bot, &methods::get_webhook_info()).await?;
    match telegram::answer(status, &body).map_err(|refusal| *refusal) {
        Ok(info) if info["url"] == url => return Ok(()),
        Err(refusal @ SendOutcome::Retry { .. }) => return Err(NotCalled::of("getWebhookInfo", status, refusal)),
        // What is set does not matter: it is set anew, and that tells what is wrong.
        Ok(_) | Err(_) => {}
    }
    let (status, body) = messenger::call(app, &bot, &methods::set_webhook(&url, secret, CONNECTIONS)).await?;
    match telegram::answer(status, &body).map_err(|refusal| *refusal) {
        Ok(_) => Ok(()),
        Err(SendOutcome::TokenDead { message }) => {
            Ok(connection::lose(app, &bot, message).await.map_err(|error| error.to_string())?)
        }
        Err(refusal) => Err(NotCalled::of("setWebhook", status, refusal)),
    }
}

enum Polled {
    Updates,
    Nothing,
    /// Telegram wants to be asked again, not before this.
    Later {
        words: String,
        wait: Duration,
    },
    Gone,
}

/// The wait that Telegram asks for, within what is sensible.
fn wait_of(after_ms: u64) -> Duration {
    Duration::from_millis(after_ms).clamp(RETRY, RETRY_MAX)
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
            SendOutcome::Retry { after_ms } => {
                let words = format!("Telegram answers {status} to getUpdates");
                return Ok(Polled::Later { words, wait: wait_of(after_ms) });
            }
            SendOutcome::Blocked
            | SendOutcome::WindowClosed
            | SendOutcome::FilesRefused { .. }
            | SendOutcome::Sent { .. } => {
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

/// As [`tell`], once while it stays the same.
async fn tell_once(app: &App, bot_id: BotId, words: String, said: &mut Option<String>) {
    if said.as_ref() != Some(&words) {
        tell(app, bot_id, &words).await;
        *said = Some(words);
    }
}

/// Writes what is wrong to the bot's log.
async fn tell(app: &App, bot_id: BotId, words: &str) {
    tracing::warn!(bot = %bot_id, words, "polling fails");
    let line =
        LogLine { error: true, code: "polling".to_owned(), flow_id: None, element: None, text: words.to_owned() };
    if let Err(error) = app.store.add_log(bot_id, None, app.now(), line).await {
        tracing::warn!(%error, "the bot's log can not be written now");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_waits_as_long_as_telegram_says_and_never_for_a_day() {
        assert_eq!(wait_of(1_000), RETRY);
        assert_eq!(wait_of(17_000), Duration::from_secs(17));
        assert_eq!(wait_of(600_000), RETRY_MAX);
        assert_eq!(wait_of(86_400_000), RETRY_MAX);
    }
}
