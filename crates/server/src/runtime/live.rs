//! Wake-ups of watchers: pages and clients that follow a bot's events or a contact's messages.
//!
//! A watcher gets no data here. It is told that there is something new, and reads the store from where it stopped.

use std::{collections::HashMap, hash::Hash};

use parking_lot::Mutex;
use recado_model::{BotId, ContactId};
use tokio::sync::watch;

/// Follows one bot or contact.
pub type Watcher = watch::Receiver<u64>;

/// The bells of all watched bots and contacts. Nothing is kept for one that nobody watches.
#[derive(Debug, Default)]
pub struct Live {
    bots: Bells<BotId>,
    contacts: Bells<ContactId>,
}

impl Live {
    /// Follows a bot's events, deliveries and chats.
    pub fn subscribe_bot(&self, id: BotId) -> Watcher {
        self.bots.subscribe(id)
    }

    /// Follows a contact's messages.
    pub fn subscribe_contact(&self, id: ContactId) -> Watcher {
        self.contacts.subscribe(id)
    }

    /// Something new of a bot.
    pub fn ring_bot(&self, id: BotId) {
        self.bots.ring(id);
    }

    /// Something new of a contact.
    pub fn ring_contact(&self, id: ContactId) {
        self.contacts.ring(id);
    }
}

#[derive(Debug)]
struct Bells<K>(Mutex<HashMap<K, watch::Sender<u64>>>);

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Copy> Bells<K> {
    fn subscribe(&self, key: K) -> Watcher {
        self.0.lock().entry(key).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    fn ring(&self, key: K) {
        let mut bells = self.0.lock();
        let Some(bell) = bells.get(&key) else { return };
        if bell.is_closed() {
            bells.remove(&key);
        } else {
            bell.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use recado_model::{Entropy as _, UnixMs, entropy::Seeded};

    use super::*;

    #[tokio::test]
    async fn a_watcher_is_told_and_an_unwatched_bell_is_forgotten() {
        let live = Live::default();
        let mut rng = Seeded::new(1);
        let _ = rng.next_u64();
        let bot = BotId::new(UnixMs(1), &mut rng);
        let mut watcher = live.subscribe_bot(bot);
        live.ring_bot(bot);
        watcher.changed().await.unwrap();
        drop(watcher);
        live.ring_bot(bot);
        assert!(live.bots.0.lock().is_empty());
    }
}
