//! Brings stored inputs (of other contacts' flows and of bulk actions) to their contacts, once each: the turn's commit removes the input.
//!
//! One that nobody can handle (its contact or bot is gone, or it can not be read) is dropped; one that can not be handled now holds back nobody.

use std::time::Duration;

use futures_util::future::join_all;
use recado_flow::Input;
use recado_store::{StoreError, turns::StoredInput};

use super::inbox::SubmitError;
use crate::state::App;

/// Inputs that are brought together.
const BATCH: usize = 128;
const TICK: Duration = Duration::from_secs(5);

/// Runs until the stop.
pub async fn run(app: App) {
    loop {
        if let Err(error) = work_off(&app).await {
            tracing::warn!(%error, "stored inputs can not be brought to their contacts now");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.inputs.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn work_off(app: &App) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let batch = app.store.pending_inputs(after, BATCH).await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.seq;
        // Those of one contact keep their order: its lane takes them in the order they are submitted, which is the order of this list.
        for result in join_all(batch.into_iter().map(|stored| bring(app, stored))).await {
            match result {
                Err(error @ StoreError::Unavailable { .. }) => return Err(error),
                // One contact's trouble is not everybody's: it is tried again at the next tick.
                Err(error) => tracing::warn!(%error, "a stored input could not be handled now"),
                Ok(()) => {}
            }
        }
    }
}

async fn bring(app: &App, stored: StoredInput) -> Result<(), StoreError> {
    let input: Input = match serde_json::from_value(stored.input) {
        Ok(input) => input,
        Err(error) => {
            // No turn can ever handle it, and those behind it are not to wait for ever.
            tracing::error!(%error, bot = %stored.bot_id, contact = %stored.contact_id, seq = stored.seq, "a stored input can not be read and is dropped");
            return app.store.drop_input(stored.seq).await;
        }
    };
    loop {
        match app.inbox.submit_stored(stored.bot_id, stored.contact_id, input.clone(), stored.seq).await {
            Ok(_) | Err(SubmitError::Duplicate) => return Ok(()),
            Err(SubmitError::NoSuchBot | SubmitError::NoSuchContact) => return app.store.drop_input(stored.seq).await,
            Err(SubmitError::Full) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(SubmitError::Store(error)) => return Err(error),
        }
    }
}
