//! Sends the API requests that runs wait for.
//!
//! A request is a row until a turn has taken its answer; a process that dies in between sends it again, with the same `Idempotency-Key`. At
//! most [`Settings::api_requests_max`](crate::state::Settings) are in flight, which the bots share ([`Places`]); the rest waits in the store, holding
//! nothing. The loop tails the requests; a bot that gets no place, or is off, is left where it stands, and goes on from there when places are free again, or
//! it is on.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use recado_flow::Input;
use recado_model::{
    BotId,
    run::{ApiAnswer, ApiCall},
};
use recado_store::StoreError;

use super::{
    api_request,
    inbox::{SubmitError, To},
    places::{Place, Places, round},
};
use crate::state::App;

const PAGE: usize = 128;
const TICK: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

/// Runs until the stop.
pub async fn run(app: App) {
    let places = Places::new(app.settings.api_requests_max);
    let mut calls =
        Calls { app: app.clone(), places, tail: 0, left: BTreeMap::new(), last: BotId::from_bytes([0; 16]) };
    loop {
        let switched = app.wakes.connections.notified();
        match calls.read().await {
            Ok(true) if !app.stopping.is_cancelled() => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "pending API requests can not be read now"),
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.api_calls.notified() => {}
            () = switched => {}
            () = calls.places.freed(), if !calls.left.is_empty() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

struct Calls {
    app: App,
    places: Arc<Places>,
    /// What is after this sequence was not looked at.
    tail: i64,
    /// Bots that got no place, or are off: their requests after this sequence are in the store only.
    left: BTreeMap<BotId, i64>,
    /// The bot of those that was served last.
    last: BotId,
}

impl Calls {
    /// Begins what there are places for. Returns whether there may be more.
    async fn read(&mut self) -> Result<bool, StoreError> {
        for bot_id in round(&self.left, self.last).collect::<Vec<_>>() {
            self.go_on(bot_id).await?;
        }
        let page = self.app.store.pending_api_calls(self.tail, PAGE).await?;
        let more = page.len() == PAGE;
        for (seq, call) in page {
            let bot_id = call.bot_id;
            if !self.left.contains_key(&bot_id) {
                let place = if self.app.bots.is_off(bot_id).await? { None } else { self.places.try_take(bot_id) };
                match place {
                    Some(place) => self.begin(place, seq, call),
                    None => {
                        self.left.insert(bot_id, seq - 1);
                    }
                }
            }
            self.tail = seq;
        }
        Ok(more)
    }

    /// Begins requests of a bot that had been left.
    async fn go_on(&mut self, bot_id: BotId) -> Result<(), StoreError> {
        let room = self.places.room_of(bot_id);
        let Some(after) = self.left.get(&bot_id).copied().filter(|_| room > 0) else { return Ok(()) };
        if self.app.bots.is_off(bot_id).await? {
            return Ok(());
        }
        let page = self.app.store.pending_api_calls_of(bot_id, after, room).await?;
        let mut more = page.len() == room;
        for (seq, call) in page {
            if seq > self.tail {
                // It comes with the tail.
                more = false;
                break;
            }
            let Some(place) = self.places.try_take(bot_id) else {
                more = true;
                break;
            };
            self.begin(place, seq, call);
            self.left.insert(bot_id, seq);
            self.last = bot_id;
        }
        if !more {
            self.left.remove(&bot_id);
        }
        Ok(())
    }

    fn begin(&self, place: Place, seq: i64, call: ApiCall) {
        let app = self.app.clone();
        self.app.tasks.spawn(async move {
            let _place = place;
            answer(&app, seq, call).await;
        });
    }
}

/// Sends the request and brings its answer to the run. A stop in between leaves the row for the next start. When nobody is there any more to
/// take the answer, the row goes, so that no start sends the request again.
async fn answer(app: &App, seq: i64, call: ApiCall) {
    let answer = tokio::select! {
        () = app.stopping.cancelled() => return,
        answer = request(app, &call) => answer,
    };
    let input = Input::Api { run: call.run, call: call.call, answer };
    loop {
        let result = match app.inbox.submit(call.bot_id, To::Contact(call.contact_id), input.clone()).await {
            Err(SubmitError::NoSuchBot | SubmitError::NoSuchContact) => {
                app.store.drop_api_call(seq).await.map_err(SubmitError::Store)
            }
            result => result.map(drop),
        };
        match result {
            Ok(()) | Err(SubmitError::Duplicate | SubmitError::NoSuchBot | SubmitError::NoSuchContact) => return,
            Err(SubmitError::Store(error @ StoreError::Corrupt { .. })) => {
                // It will not be different soon, and its place is for others. The next start tries again.
                tracing::error!(%error, contact = %call.contact_id, "the answer of an API request can not be handled");
                return;
            }
            Err(SubmitError::Full | SubmitError::Store(_)) => {
                tokio::select! {
                    () = app.stopping.cancelled() => return,
                    () = tokio::time::sleep(RETRY) => {}
                }
            }
        }
    }
}

async fn request(app: &App, call: &ApiCall) -> ApiAnswer {
    let bot = match app.bots.get(call.bot_id).await {
        Ok(Some(bot)) => bot,
        Ok(None) => return refused("the bot does not exist any more"),
        Err(error) => return refused(&error.to_string()),
    };
    if !bot.account.plan.sends_webhooks(app.now()) {
        return refused("API requests need a paid plan");
    }
    api_request::send(app, &bot, call).await
}

/// An answer that never came, in words.
pub fn refused(why: &str) -> ApiAnswer {
    ApiAnswer { status: None, body: String::new(), error: Some(why.to_owned()) }
}
