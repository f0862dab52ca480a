//! A bot's connection to its messenger, when it is lost and found again.
//!
//! A messenger that does not know the bot's token any more says so to every request. The bot is marked then: it asks to be connected anew (the API
//! shows since when and why), nothing is sent, polling rests, and what waits stays queued. New credentials clear the mark in the commit that
//! stores them, and sending goes on by itself. The mark names the credentials it is about, so an answer that comes late can not undo a
//! connection that was just made.

use recado_model::ConnectionLost;
use recado_store::{StoreError, turns::LogLine};

use super::registry::LiveBot;
use crate::state::App;

/// Marks the bot, once.
pub async fn lose(app: &App, bot: &LiveBot, words: String) -> Result<(), StoreError> {
    let lost = ConnectionLost { since: app.now(), words: words.clone() };
    let is_new = app.store.lose_connection(bot.bot.id, bot.sealed.clone(), lost).await?;
    app.bots.reload(bot.bot.id).await?;
    if is_new {
        tracing::warn!(bot = %bot.bot.id, words, "the messenger does not take the bot's token");
        let text = format!(
            "the messenger does not take the bot's token ({words}): connect the bot anew; messages wait until then"
        );
        let line = LogLine { error: true, code: "reconnect".to_owned(), flow_id: None, element: None, text };
        app.store.add_log(bot.bot.id, None, app.now(), line).await?;
        app.live.ring_bot(bot.bot.id);
    }
    app.wakes.bots.notify_one();
    Ok(())
}
