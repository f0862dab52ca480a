//! Brings stored inputs (of other contacts' flows, and of flows that were deleted, or published so that runs move or stop) to their contacts, once each: the
//! turn's commit removes the input.
//!
//! One that nobody can handle (its contact or bot is gone, or it can not be read) is dropped; one that can not be handled now holds back nobody.
//! While a bot is off, its inputs wait here for it to be on, in their order; only what operators asked is done all the same.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    time::Duration,
};

use futures_util::future::join_all;
use recado_flow::Input;
use recado_model::BotId;
use recado_store::{StoreError, turns::StoredInput};
use serde::Deserialize as _;

use super::inbox::SubmitError;
use crate::state::App;

/// Inputs that are brought together.
const BATCH: usize = 128;
const TICK: Duration = Duration::from_secs(5);

/// Runs until the stop.
pub async fn run(app: App) {
    let mut waiting = Waiting::default();
    loop {
        let switched = app.wakes.connections.notified();
        let more = app.store.tell_contacts().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "contacts can not be told what becomes of a flow now");
            false
        });
        if let Err(error) = work_off(&app, &mut waiting).await {
            tracing::warn!(%error, "stored inputs can not be brought to their contacts now");
        }
        if more && !app.stopping.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.inputs.notified() => {}
            () = switched => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// The inputs at the head of the list, when all of them wait for bots that are off: they are not read again and again.
#[derive(Debug, Default)]
struct Waiting {
    /// The last of them, by sequence.
    after: i64,
    bots: HashSet<BotId>,
}

impl Waiting {
    /// Begins anew when one of the bots is on.
    async fn look_again(&mut self, app: &App) -> Result<(), StoreError> {
        for bot_id in &self.bots {
            if !app.bots.is_off(*bot_id).await? {
                *self = Self::default();
                break;
            }
        }
        Ok(())
    }
}

async fn work_off(app: &App, waiting: &mut Waiting) -> Result<(), StoreError> {
    waiting.look_again(app).await?;
    let mut after = waiting.after;
    let mut at_head = true;
    // Each bot is looked at once, so that no input of a contact overtakes one that was left.
    let mut off = HashMap::new();
    loop {
        let batch = app.store.pending_inputs(after, BATCH).await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.seq;
        let mut due = Vec::with_capacity(batch.len());
        for stored in batch {
            let bot_id = stored.bot_id;
            if let Entry::Vacant(unknown) = off.entry(bot_id) {
                unknown.insert(app.bots.is_off(bot_id).await?);
            }
            if off.get(&bot_id) != Some(&true) || is_of_an_operator(&stored) {
                at_head = false;
                due.push(stored);
            } else if at_head {
                waiting.after = stored.seq;
                waiting.bots.insert(bot_id);
            }
        }
        // Those of one contact keep their order: its lane takes them in the order they are submitted, which is the order of this list.
        for result in join_all(due.into_iter().map(|stored| bring(app, stored))).await {
            match result {
                Err(error @ StoreError::Unavailable { .. }) => return Err(error),
                // One contact's trouble is not everybody's: it is tried again at the next tick.
                Err(error) => tracing::warn!(%error, "a stored input could not be handled now"),
                Ok(()) => {}
            }
        }
    }
}

fn is_of_an_operator(stored: &StoredInput) -> bool {
    matches!(Input::deserialize(&stored.input), Ok(Input::Operation(_)))
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
