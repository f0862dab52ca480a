//! Where inputs become turns: one at a time per contact, contacts side by side.
//!
//! An input waits here only until its turn is committed; whoever brought it is answered then and not before. The inbox is bounded by count
//! and bytes: a full one says so, and the messenger sends again. It is no memory: what dies here was never acknowledged.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::Arc,
};

use parking_lot::Mutex;
use recado_flow::Input;
use recado_model::{BotId, ContactId};
use recado_store::StoreError;
use serde_json::Value as Json;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use super::turns::{Job, TurnDone, TurnError, Turner};
use crate::clock::SystemEntropy;

/// Whose turn it is.
#[derive(Debug, Clone)]
pub enum To {
    /// A person as the messenger names it; unknown ones become contacts.
    Identity(String),
    /// A known contact.
    Contact(ContactId),
}

/// Why an input had no turn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It was seen before and had its effects then: answer as if it were new.
    #[error("this was received before")]
    Duplicate,
    /// Too much is waiting: 503, and the messenger sends again.
    #[error("too much is waiting, try again later")]
    Full,
    /// The bot does not exist.
    #[error("there is no such bot")]
    NoSuchBot,
    /// The contact does not exist.
    #[error("there is no such contact")]
    NoSuchContact,
    /// The store did not take it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<TurnError> for SubmitError {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::NoSuchBot => Self::NoSuchBot,
            TurnError::NoSuchContact => Self::NoSuchContact,
            TurnError::Store(StoreError::Duplicate) => Self::Duplicate,
            TurnError::Store(error) => Self::Store(error),
        }
    }
}

struct Waiting {
    job: Job,
    answer: oneshot::Sender<Result<TurnDone, TurnError>>,
}

/// Where inputs become turns.
pub struct Inbox {
    turner: Turner,
    lanes: Mutex<HashMap<ContactId, VecDeque<Waiting>>>,
    /// Contacts that are being made: their first turn is not committed yet, but a second message must find the same id.
    making: Mutex<HashMap<(BotId, String), ContactId>>,
    count: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Inbox {
    /// An empty inbox with its bounds.
    pub fn new(turner: Turner, count_max: usize, bytes_max: usize, tasks: TaskTracker) -> Self {
        Self {
            turner,
            lanes: Mutex::default(),
            making: Mutex::default(),
            count: Arc::new(Semaphore::new(count_max)),
            bytes: Arc::new(Semaphore::new(bytes_max)),
            tasks,
        }
    }

    /// Waits for the commit of the input's turn. Dropping the future does not stop the turn.
    pub async fn submit(self: &Arc<Self>, bot_id: BotId, to: To, input: Input) -> Result<TurnDone, SubmitError> {
        self.submit_job(bot_id, to, input, None, None).await
    }

    /// As [`Inbox::submit`], for a stored input.
    pub async fn submit_stored(
        self: &Arc<Self>,
        bot_id: BotId,
        to: ContactId,
        input: Input,
        seq: i64,
    ) -> Result<TurnDone, SubmitError> {
        self.submit_job(bot_id, To::Contact(to), input, Some(seq), None).await
    }

    /// As [`Inbox::submit`], once for a key of our own API, if there is one: [`SubmitError::Duplicate`] when its turn is committed.
    pub async fn submit_once(
        self: &Arc<Self>,
        bot_id: BotId,
        to: To,
        input: Input,
        key: Option<String>,
    ) -> Result<TurnDone, SubmitError> {
        self.submit_job(bot_id, to, input, None, key).await
    }

    async fn submit_job(
        self: &Arc<Self>,
        bot_id: BotId,
        to: To,
        input: Input,
        stored: Option<i64>,
        api_key: Option<String>,
    ) -> Result<TurnDone, SubmitError> {
        let _place = Arc::clone(&self.count).try_acquire_owned().map_err(|_| SubmitError::Full)?;
        let size = size_of_input(&input);
        let _room = Arc::clone(&self.bytes).try_acquire_many_owned(size).map_err(|_| SubmitError::Full)?;
        if let Input::Inbound(_) = &input
            && self.turner.bots.get(bot_id).await.map_err(SubmitError::Store)?.is_none()
        {
            return Err(SubmitError::NoSuchBot);
        }
        let input = Arc::new(input);
        let mut tries = 0;
        loop {
            let (contact_id, identity) = self.resolve(bot_id, &to).await.map_err(SubmitError::Store)?;
            let input = Arc::clone(&input);
            let job = Job { bot_id, contact_id, identity, input, stored, api_key: api_key.clone() };
            match self.queue(job).await {
                // The contact was made by somebody else between our look and our commit: look again.
                Err(TurnError::Store(StoreError::Exists { .. })) if tries < 3 => tries += 1,
                result => return result.map_err(Into::into),
            }
        }
    }

    async fn resolve(&self, bot_id: BotId, to: &To) -> Result<(ContactId, Option<String>), StoreError> {
        let identity = match to {
            To::Contact(id) => return Ok((*id, None)),
            To::Identity(identity) => identity,
        };
        if let Some(id) = self.making.lock().get(&(bot_id, identity.clone())) {
            return Ok((*id, Some(identity.clone())));
        }
        if let Some(id) = self.turner.store.contact_id_of(bot_id, identity).await? {
            return Ok((id, None));
        }
        let fresh = ContactId::new(self.turner.clock.now(), &mut SystemEntropy);
        let id = *self.making.lock().entry((bot_id, identity.clone())).or_insert(fresh);
        Ok((id, Some(identity.clone())))
    }

    async fn queue(self: &Arc<Self>, job: Job) -> Result<TurnDone, TurnError> {
        let (answer, answered) = oneshot::channel();
        let contact_id = job.contact_id;
        let begins = match self.lanes.lock().entry(contact_id) {
            Entry::Occupied(mut lane) => {
                lane.get_mut().push_back(Waiting { job, answer });
                false
            }
            Entry::Vacant(lane) => {
                lane.insert(VecDeque::from([Waiting { job, answer }]));
                true
            }
        };
        if begins {
            let inbox = Arc::clone(self);
            self.tasks.spawn(async move { inbox.run_lane(contact_id).await });
        }
        answered
            .await
            .unwrap_or(Err(TurnError::Store(StoreError::Unavailable { detail: "the turn was interrupted".to_owned() })))
    }

    /// Runs the contact's turns until none waits. The entry in the map is what makes turns of one contact never overlap.
    async fn run_lane(self: Arc<Self>, contact_id: ContactId) {
        let _guard = LaneGuard { inbox: &self, contact_id };
        loop {
            let next = {
                let mut lanes = self.lanes.lock();
                let Some(lane) = lanes.get_mut(&contact_id) else {
                    return;
                };
                let Some(next) = lane.pop_front() else {
                    lanes.remove(&contact_id);
                    return;
                };
                next
            };
            let result = self.turner.run(&next.job).await;
            if let Some(identity) = &next.job.identity {
                self.making.lock().remove(&(next.job.bot_id, identity.clone()));
            }
            // Nobody listens when the connection is gone; the turn is committed all the same.
            let _ = next.answer.send(result);
        }
    }
}

/// Frees the lane if a turn panics, so that the contact is not stuck; those who wait are told.
struct LaneGuard<'a> {
    inbox: &'a Inbox,
    contact_id: ContactId,
}

impl Drop for LaneGuard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.inbox.lanes.lock().remove(&self.contact_id);
        }
    }
}

fn size_of_input(input: &Input) -> u32 {
    match input {
        Input::Inbound(inbound) => (1_024 + size_of_json(&inbound.raw)) as u32,
        Input::Api { answer, .. } => (1_024 + answer.body.len()) as u32,
        Input::Timer { .. }
        | Input::LinkClicked { .. }
        | Input::MessageFromFlow { .. }
        | Input::SendBlocked
        | Input::Operation(_) => 1_024,
    }
}

/// About how many bytes a document is long.
fn size_of_json(json: &Json) -> usize {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => 8,
        Json::String(text) => 2 + text.len(),
        Json::Array(items) => 2 + items.iter().map(size_of_json).sum::<usize>(),
        Json::Object(fields) => {
            2 + fields.iter().map(|(name, value)| 4 + name.len() + size_of_json(value)).sum::<usize>()
        }
    }
}
