//! Sends the API requests that runs wait for.
//!
//! A request is a row until a turn has taken its answer; a process that dies in between sends it again, with the same `Idempotency-Key`. At
//! most [`Settings::api_requests_max`](crate::state::Settings) are in flight; the rest waits in the store, holding nothing, and so do those of a bot
//! that is off.

use std::{collections::HashMap, sync::Arc, time::Duration};

use recado_flow::Input;
use recado_model::{
    BotId,
    run::{ApiAnswer, ApiCall},
};
use recado_store::StoreError;
use tokio::sync::Semaphore;

use super::{
    api_request,
    inbox::{SubmitError, To},
};
use crate::state::App;

const PAGE: usize = 128;
const TICK: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

/// Runs until the stop.
pub async fn run(app: App) {
    let mut pending =
        Pending { places: Arc::new(Semaphore::new(app.settings.api_requests_max)), after: 0, left: HashMap::new() };
    loop {
        let switched = app.wakes.connections.notified();
        if let Err(error) = pending.work_off(&app).await {
            tracing::warn!(%error, "pending API requests can not be read now");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.api_calls.notified() => {}
            () = switched => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

struct Pending {
    places: Arc<Semaphore>,
    /// Those up to this sequence are under way, done, or left.
    after: i64,
    /// Those of bots that are off, by sequence: they wait in the store.
    left: HashMap<BotId, Vec<i64>>,
}

impl Pending {
    async fn work_off(&mut self, app: &App) -> Result<(), StoreError> {
        let bots: Vec<BotId> = self.left.keys().copied().collect();
        for bot_id in bots {
            if !app.bots.is_off(bot_id).await? {
                self.take_up(app, bot_id).await?;
            }
        }
        loop {
            let calls = app.store.pending_api_calls(self.after, PAGE).await?;
            if calls.is_empty() {
                return Ok(());
            }
            for (seq, call) in calls {
                if !self.begin(app, seq, call).await? {
                    return Ok(());
                }
                self.after = seq;
            }
        }
    }

    /// The requests of a bot that is on again.
    async fn take_up(&mut self, app: &App, bot_id: BotId) -> Result<(), StoreError> {
        let mut left = self.left.remove(&bot_id).unwrap_or_default().into_iter();
        while let Some(seq) = left.next() {
            let begun = match app.store.pending_api_calls(seq - 1, 1).await {
                Ok(calls) => match calls.into_iter().find(|(found, _)| *found == seq) {
                    Some((_, call)) => self.begin(app, seq, call).await,
                    // Its run or its contact is gone.
                    None => Ok(true),
                },
                Err(error) => Err(error),
            };
            if !matches!(begun, Ok(true)) {
                self.left.entry(bot_id).or_default().extend(std::iter::once(seq).chain(left));
                return begun.map(drop);
            }
        }
        Ok(())
    }

    /// Sends the request when there is room, or leaves it in the store while its bot is off. `false` when the process stops.
    async fn begin(&mut self, app: &App, seq: i64, call: ApiCall) -> Result<bool, StoreError> {
        let place = tokio::select! {
            () = app.stopping.cancelled() => return Ok(false),
            place = Arc::clone(&self.places).acquire_owned() => place,
        };
        if app.bots.is_off(call.bot_id).await? {
            self.left.entry(call.bot_id).or_default().push(seq);
            return Ok(true);
        }
        let app_of_call = app.clone();
        app.tasks.spawn(async move {
            let _place = place;
            answer(&app_of_call, seq, call).await;
        });
        Ok(true)
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
