//! Sends messages: those of one contact strictly in order, contacts side by side, each bot at its messenger's pace.
//!
//! The loop tails the queued messages and hands each to the lane of its contact. What is in memory is bounded per bot: past the bound the
//! rest stays in the store and is read when there is room again, so a bot whose messenger is down holds nobody up. A message leaves the queue
//! in the commit that records the messenger's answer; a process that dies in between sends it again (messages are at least once).
//!
//! Answers never wait behind the many that nobody waits for (*bulk*): they have room of their own in memory, and the last of the bot's pace
//! ([`Pace`]). An answer to somebody who has bulk messages in the queue takes those along, since the order of one contact stands above all.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use recado_channels::pace::{Limits, Pace, Priority};
use recado_model::{BotId, ContactId, Service, UnixMs};
use recado_store::{StoreError, outbox::QueuedMessage};
use tokio::time::Duration;

use super::{places::Places, sending};
use crate::state::App;

/// Messages of one bot in memory.
const BOT_MAX: usize = 1_000;
/// The same, with the answers that come when the memory is full.
const BOT_WITH_ANSWERS_MAX: usize = 2 * BOT_MAX;
/// Messages read at once.
const PAGE: usize = 256;
/// Messages with files that are fetched and uploaded at once; each file has at most 20 MiB and is held twice.
const UPLOADS_MAX: usize = 4;
const TICK: Duration = Duration::from_secs(2);

/// The messages in memory.
pub struct Outbox {
    lanes: Mutex<Lanes>,
    /// Room for files that are uploaded.
    pub uploads: Arc<Places>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { lanes: Mutex::default(), uploads: Places::new(UPLOADS_MAX) }
    }
}

#[derive(Default)]
struct Lanes {
    contacts: HashMap<ContactId, VecDeque<Taken>>,
    bots: HashMap<BotId, InMemory>,
    paces: HashMap<BotId, Pace>,
}

/// A message in memory.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The message.
    pub queued: Arc<QueuedMessage>,
    /// It may have been sent or cancelled since it was read.
    pub is_old: bool,
}

#[derive(Default)]
struct InMemory {
    count: usize,
    /// Set when the bot is full: of what is after this sequence, only answers may be in memory.
    rest_after: Option<i64>,
    /// Set when there is no room for answers either: those after this sequence are in the store only.
    answers_after: Option<i64>,
}

/// Runs until the stop.
pub async fn run(app: App) {
    let outbox = Arc::new(Outbox::default());
    let mut tail = 0;
    loop {
        if let Err(error) = outbox.read(&app, &mut tail).await {
            tracing::warn!(%error, "queued messages can not be read now");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.wakes.outbox.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

impl Outbox {
    async fn read(self: &Arc<Self>, app: &App, tail: &mut i64) -> Result<(), StoreError> {
        self.read_answers(app, *tail).await?;
        for (bot_id, after) in self.bots_with_room() {
            let page = app.store.queued_messages_of(bot_id, after, PAGE).await?;
            let more = page.len() == PAGE && page.last().is_some_and(|last| last.seq < *tail);
            if let Some(memory) = self.lanes.lock().bots.get_mut(&bot_id) {
                memory.rest_after = more.then(|| page.last().map_or(after, |last| last.seq));
                if !more {
                    memory.answers_after = None;
                }
            }
            // What is behind the tail comes with the tail.
            for queued in page.into_iter().filter(|queued| queued.seq <= *tail) {
                self.keep(app, Taken { queued: Arc::new(queued), is_old: true });
            }
        }
        loop {
            let page = app.store.queued_messages(*tail, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            *tail = last.seq;
            for queued in page {
                self.take(app, queued, *tail).await?;
            }
        }
    }

    /// Answers for which there was no room.
    async fn read_answers(self: &Arc<Self>, app: &App, tail: i64) -> Result<(), StoreError> {
        let has_room = |memory: &InMemory| memory.count < BOT_WITH_ANSWERS_MAX - BOT_MAX / 2;
        for (bot_id, after) in self.bots(|memory| memory.answers_after.filter(|_| has_room(memory))) {
            let page = app.store.queued_answers_of(bot_id, after, PAGE).await?;
            if let Some(memory) = self.lanes.lock().bots.get_mut(&bot_id) {
                memory.answers_after = None;
            }
            let more = page.len() == PAGE;
            let last = page.last().map(|last| last.seq);
            for queued in page.into_iter().filter(|queued| queued.seq <= tail) {
                self.take(app, queued, tail).await?;
            }
            if let Some(memory) = self.lanes.lock().bots.get_mut(&bot_id)
                && more
            {
                memory.answers_after = memory.answers_after.or(last);
            }
        }
        Ok(())
    }

    fn bots(&self, wanted: impl Fn(&InMemory) -> Option<i64>) -> BTreeMap<BotId, i64> {
        let lanes = self.lanes.lock();
        lanes.bots.iter().filter_map(|(bot_id, memory)| Some((*bot_id, wanted(memory)?))).collect()
    }

    fn bots_with_room(&self) -> BTreeMap<BotId, i64> {
        self.bots(|memory| memory.rest_after.filter(|_| memory.count < BOT_MAX / 2))
    }

    /// Takes a new message into memory, or leaves it in the store.
    async fn take(self: &Arc<Self>, app: &App, queued: QueuedMessage, tail: i64) -> Result<(), StoreError> {
        let contact_id = queued.message.contact_id;
        let after = {
            let mut lanes = self.lanes.lock();
            let memory = lanes.bots.entry(queued.message.bot_id).or_default();
            let max = if queued.bulk { BOT_MAX } else { BOT_WITH_ANSWERS_MAX };
            if memory.count >= max || (queued.bulk && memory.rest_after.is_some()) {
                memory.rest_after.get_or_insert(queued.seq - 1);
                if !queued.bulk {
                    memory.answers_after.get_or_insert(queued.seq - 1);
                }
                return Ok(());
            }
            if memory.rest_after.is_none() {
                drop(lanes);
                self.keep(app, Taken { queued: Arc::new(queued), is_old: false });
                return Ok(());
            }
            lanes.contacts.get(&contact_id).and_then(|lane| lane.back()).map_or(0, |last| last.queued.seq)
        };
        let lane = app.store.queued_messages_to(contact_id, after, PAGE).await?;
        for queued in lane.into_iter().filter(|queued| queued.seq <= tail) {
            self.put(app, Taken { queued: Arc::new(queued), is_old: true });
        }
        Ok(())
    }

    /// Takes a message into memory, if there is room.
    fn keep(self: &Arc<Self>, app: &App, taken: Taken) {
        {
            let mut lanes = self.lanes.lock();
            let memory = lanes.bots.entry(taken.queued.message.bot_id).or_default();
            if memory.rest_after.is_some_and(|rest| taken.queued.seq > rest) {
                return;
            }
            if memory.count >= BOT_WITH_ANSWERS_MAX {
                memory.rest_after = Some(taken.queued.seq - 1);
                return;
            }
        }
        self.put(app, taken);
    }

    /// Puts a message into its lane, unless it is there.
    fn put(self: &Arc<Self>, app: &App, taken: Taken) {
        let contact_id = taken.queued.message.contact_id;
        let bot_id = taken.queued.message.bot_id;
        let begins = {
            let mut lanes = self.lanes.lock();
            let lane = lanes.contacts.entry(contact_id).or_default();
            if lane.back().is_some_and(|last| last.queued.seq >= taken.queued.seq) {
                return;
            }
            lane.push_back(taken);
            let begins = lane.len() == 1;
            lanes.bots.entry(bot_id).or_default().count += 1;
            begins
        };
        if begins {
            let outbox = Arc::clone(self);
            let app_of_lane = app.clone();
            app.tasks.spawn(async move { outbox.run_lane(app_of_lane, contact_id).await });
        }
    }

    /// Sends the contact's messages until none waits. The head stays in the lane while it is being sent, so no second task begins.
    async fn run_lane(self: Arc<Self>, app: App, contact_id: ContactId) {
        loop {
            let head = self.lanes.lock().contacts.get(&contact_id).and_then(|lane| lane.front().cloned());
            let Some(head) = head else { return };
            let bot_id = head.queued.message.bot_id;
            if !sending::send(&app, &self, head).await {
                return;
            }
            let mut lanes = self.lanes.lock();
            if let Some(memory) = lanes.bots.get_mut(&bot_id) {
                memory.count = memory.count.saturating_sub(1);
                if memory.has_more() && memory.count < BOT_MAX / 2 {
                    app.wakes.outbox.notify_one();
                }
                if memory.count == 0 && !memory.has_more() {
                    lanes.bots.remove(&bot_id);
                }
            }
            let Some(lane) = lanes.contacts.get_mut(&contact_id) else {
                return;
            };
            lane.pop_front();
            if lane.is_empty() {
                lanes.contacts.remove(&contact_id);
                return;
            }
        }
    }

    /// Takes the right to send to a contact now, or tells when to ask again.
    pub fn pace(&self, service: Service, head: &QueuedMessage, now: UnixMs) -> Result<(), UnixMs> {
        if service == Service::Livechat {
            return Ok(());
        }
        let mut lanes = self.lanes.lock();
        // An answer behind a bulk message hurries it along.
        let lane = lanes.contacts.get(&head.message.contact_id);
        let is_bulk = head.bulk && lane.is_none_or(|lane| lane.iter().all(|taken| taken.queued.bulk));
        let priority = if is_bulk { Priority::Broadcast } else { Priority::Reply };
        let pace = lanes.paces.entry(head.message.bot_id).or_insert_with(|| Pace::new(Limits::TELEGRAM, now));
        pace.take(&head.identity, priority, now)
    }

    /// Obeys a messenger that wants a message later.
    pub fn refused(&self, head: &QueuedMessage, until: UnixMs, now: UnixMs) {
        let mut lanes = self.lanes.lock();
        let pace = lanes.paces.entry(head.message.bot_id).or_insert_with(|| Pace::new(Limits::TELEGRAM, now));
        pace.refused(&head.identity, until, now);
    }
}

impl InMemory {
    fn has_more(&self) -> bool {
        self.rest_after.is_some() || self.answers_after.is_some()
    }
}
