//! Sends the API requests that runs wait for.
//!
//! A request is a row until a turn has taken its answer; a process that dies in between sends it again, with the same `Idempotency-Key`. At
//! most [`Settings::api_requests_max`](crate::state::Settings) are in flight; the rest waits in the store, holding nothing.

use std::{sync::Arc, time::Duration};

use recado_flow::Input;
use recado_model::run::{ApiAnswer, ApiCall};
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
    let places = Arc::new(Semaphore::new(app.settings.api_requests_max));
    let mut after = 0;
    loop {
        match app.store.pending_api_calls(after, PAGE).await {
            Ok(calls) if calls.is_empty() => {}
            Ok(calls) => {
                for (seq, call) in calls {
                    let place = tokio::select! {
                        () = app.stopping.cancelled() => return,
                        place = Arc::clone(&places).acquire_owned() => place,
                    };
                    after = seq;
                    let app_of_call = app.clone();
                    app.tasks.spawn(async move {
                        let _place = place;
                        answer(&app_of_call, seq, call).await;
                    });
                }
                continue;
            }
            Err(error) => tracing::warn!(%error, "pending API requests can not be read now"),
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.api_calls.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
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
