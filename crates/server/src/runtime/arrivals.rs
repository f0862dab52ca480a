//! What a messenger told becomes turns: those of one person in order, persons side by side.
//!
//! The caller may acknowledge when this returns `Ok`: every turn is committed. On an error some may be committed; the messenger sends all
//! again, and those are duplicates without effect.

use std::time::Duration;

use futures_util::future::try_join_all;
use recado_channels::{Parsed, Request};
use recado_flow::Input;
use recado_model::{BotId, Inbound};

use super::{
    inbox::{SubmitError, To},
    messenger,
    registry::LiveBot,
};
use crate::state::App;

/// The answer to a press is of no use later.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Runs the turns of everything that was told, then sends what the messenger waits for.
pub async fn arrive(app: &App, bot: &LiveBot, parsed: Parsed) -> Result<(), SubmitError> {
    for ignored in &parsed.ignored {
        tracing::debug!(bot = %bot.bot.id, why = ignored.why, "an update has no effect");
    }
    let bot_id = bot.bot.id;
    try_join_all(by_person(parsed.inbound).into_iter().map(|inbound| one_by_one(app, bot_id, inbound))).await?;
    for request in parsed.answers {
        send_answer(app, bot_id, request);
    }
    Ok(())
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
        match app.inbox.submit(bot_id, to, Input::Inbound(item)).await {
            Ok(_) | Err(SubmitError::Duplicate) => {}
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
