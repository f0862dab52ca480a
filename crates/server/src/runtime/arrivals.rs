//! What a messenger told becomes turns: those of one person in order, persons side by side.
//!
//! The caller may acknowledge when this returns `Ok`: every turn is committed. On an error some may be committed; the messenger sends all
//! again, and those are duplicates without effect.

use std::{sync::Arc, time::Duration};

use futures_util::stream::{FuturesUnordered, TryStreamExt as _};
use recado_channels::{Parsed, Request};
use recado_flow::Input;
use recado_model::{BotId, Inbound};
use recado_store::{StoreError, turns::LogLine};

use super::{
    inbox::{SubmitError, To},
    messenger,
    registry::LiveBot,
};
use crate::state::App;

/// Characters that are kept of an update without an effect.
const RAW_CHARS_MAX: usize = 4_096;
/// The answer to a press is of no use later.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Runs the turns of everything that was told, then sends what the messenger waits for.
pub async fn arrive(app: &App, bot: &LiveBot, parsed: Parsed) -> Result<(), SubmitError> {
    let bot_id = bot.bot.id;
    for ignored in parsed.ignored {
        keep_raw(app, bot_id, ignored.why, &ignored.raw.to_string()).await.map_err(SubmitError::Store)?;
    }
    let persons = by_person(parsed.inbound).into_iter().map(|inbound| one_by_one(app, bot_id, inbound));
    persons.collect::<FuturesUnordered<_>>().try_collect::<()>().await?;
    for request in parsed.answers {
        send_answer(app, bot_id, request);
    }
    Ok(())
}

/// Keeps in the bot's log what has no effect, as it came, so that somebody who misses it can see that it arrived.
pub async fn keep_raw(app: &App, bot_id: BotId, why: &str, raw: &str) -> Result<(), StoreError> {
    tracing::debug!(bot = %bot_id, why, "an update has no effect");
    let cut: String = raw.chars().take(RAW_CHARS_MAX).collect();
    let text = format!("an update had no effect: {why}: {cut}");
    let line = LogLine { error: false, code: "update_ignored".to_owned(), flow_id: None, element: None, text };
    app.store.add_log(bot_id, None, app.now(), line).await
}

fn by_person(inbound: Vec<Inbound>) -> Vec<Vec<Inbound>> {
    let mut persons: Vec<Vec<Inbound>> = Vec::new();
    for item in inbound {
        match persons.iter_mut().find(|items| items[0].identity == item.identity) {
            Some(items) => items.push(item),
            None => persons.push(vec![item]),
        }
    }
    persons
}

async fn one_by_one(app: &App, bot_id: BotId, items: Vec<Inbound>) -> Result<(), SubmitError> {
    for item in items {
        let to = To::Identity(item.identity.clone());
        let raw = Arc::clone(&item.raw);
        match app.inbox.submit(bot_id, to, Input::Inbound(item)).await {
            Ok(_) | Err(SubmitError::Duplicate) => {}
            // No repetition helps, and it would hold back everybody behind it.
            Err(SubmitError::Store(StoreError::Corrupt { what, detail })) => {
                let why = format!("the stored {what} can not be read ({detail})");
                keep_raw(app, bot_id, &why, &raw.to_string()).await.map_err(SubmitError::Store)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Best effort: a person whose button spins a little longer misses nothing.
fn send_answer(app: &App, bot_id: BotId, request: Request) {
    let app_of_answer = app.clone();
    app.tasks.spawn(async move {
        let Ok(Some(bot)) = app_of_answer.bots.get(bot_id).await else {
            return;
        };
        let _ = tokio::time::timeout(ANSWER_WITHIN, messenger::call(&app_of_answer, &bot, &request)).await;
    });
}
