//! Sends messages: those of one contact strictly in order, contacts side by side, each bot at its messenger's pace.
//!
//! The loop tails the queued messages and hands each to the lane of its contact. What is in memory is bounded per bot: past the bound the
//! rest stays in the store and is read when there is room again, so a bot whose messenger is down holds nobody up. A message leaves the queue
//! in the commit that records the messenger's answer; a process that dies in between sends it again (messages are at least once).

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use recado_channels::pace::{Limits, Pace};
use recado_model::{BotId, ContactId, Service, UnixMs};
use recado_store::{StoreError, outbox::QueuedMessage};
use tokio::time::Duration;

use super::sending;
use crate::state::App;

/// Messages of one bot in memory.
const BOT_MAX: usize = 1_000;
/// Messages read at once.
const PAGE: usize = 256;
const TICK: Duration = Duration::from_secs(2);

/// The messages in memory.
#[derive(Default)]
pub struct Outbox {
    lanes: Mutex<Lanes>,
}

#[derive(Default)]
struct Lanes {
    contacts: HashMap<ContactId, VecDeque<QueuedMessage>>,
    bots: HashMap<BotId, InMemory>,
    paces: HashMap<BotId, Pace>,
}

#[derive(Default)]
struct InMemory {
    count: usize,
    /// Set when the bot is full: everything after this sequence is in the store only.
    rest_after: Option<i64>,
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
        for (bot_id, after) in self.bots_with_room() {
            let mut page = app.store.queued_messages_of(bot_id, after, PAGE).await?;
            let whole = page.len() < PAGE;
            // What is behind the tail comes with the tail.
            page.retain(|queued| queued.seq <= *tail);
            if let Some(memory) = self.lanes.lock().bots.get_mut(&bot_id) {
                let more = !whole && page.len() == PAGE;
                memory.rest_after = more.then(|| page.last().map_or(after, |last| last.seq));
            }
            for queued in page {
                self.take(app, queued);
            }
        }
        loop {
            let page = app.store.queued_messages(*tail, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            *tail = last.seq;
            for queued in page {
                self.take(app, queued);
            }
        }
    }

    fn bots_with_room(&self) -> BTreeMap<BotId, i64> {
        let lanes = self.lanes.lock();
        let waiting = lanes.bots.iter().filter(|(_, memory)| memory.count < BOT_MAX / 2);
        waiting.filter_map(|(bot_id, memory)| Some((*bot_id, memory.rest_after?))).collect()
    }

    fn take(self: &Arc<Self>, app: &App, queued: QueuedMessage) {
        let contact_id = queued.message.contact_id;
        let begins = {
            let mut lanes = self.lanes.lock();
            let memory = lanes.bots.entry(queued.message.bot_id).or_default();
            if memory.rest_after.is_some_and(|rest| queued.seq > rest) {
                return;
            }
            if memory.count >= BOT_MAX {
                memory.rest_after = Some(queued.seq - 1);
                return;
            }
            memory.count += 1;
            let lane = lanes.contacts.entry(contact_id).or_default();
            lane.push_back(queued);
            lane.len() == 1
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
            let bot_id = head.message.bot_id;
            if !sending::send(&app, &self, head).await {
                return;
            }
            let mut lanes = self.lanes.lock();
            if let Some(memory) = lanes.bots.get_mut(&bot_id) {
                memory.count = memory.count.saturating_sub(1);
                if memory.rest_after.is_some() && memory.count < BOT_MAX / 2 {
                    app.wakes.outbox.notify_one();
                }
                if memory.count == 0 && memory.rest_after.is_none() {
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

    /// Takes the right to send to a chat now, or tells when to ask again.
    pub fn pace(&self, bot_id: BotId, service: Service, chat: &str, now: UnixMs) -> Result<(), UnixMs> {
        if service == Service::Livechat {
            return Ok(());
        }
        let mut lanes = self.lanes.lock();
        let pace = lanes.paces.entry(bot_id).or_insert_with(|| Pace::new(Limits::TELEGRAM, now));
        pace.take(chat, recado_channels::pace::Priority::Reply, now)
    }

    /// Obeys a messenger that wants the bot to be slower.
    pub fn hold(&self, bot_id: BotId, until: UnixMs, now: UnixMs) {
        self.lanes.lock().paces.entry(bot_id).or_insert_with(|| Pace::new(Limits::TELEGRAM, now)).hold(until);
    }
}
