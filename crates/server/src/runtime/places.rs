//! Places that the bots share: for what takes its time, and must not be done for everybody at once.
//!
//! A bot takes another place only while it holds fewer than are free. So a bot that is alone gets half of the places, and each further one half of
//! what is left, until all that want some hold equally many: one whose receivers never answer holds up no other. Those that wait are served round
//! the bots.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use parking_lot::Mutex;
use recado_model::BotId;
use tokio::sync::{Notify, oneshot};

/// Places that the bots share.
#[derive(Debug)]
pub struct Places {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    free: usize,
    held: HashMap<BotId, usize>,
    waiting: BTreeMap<BotId, VecDeque<oneshot::Sender<Place>>>,
    /// Who was served last.
    last: BotId,
}

/// A place of a bot, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    bot_id: BotId,
}

impl Places {
    /// So many places.
    pub fn new(count: usize) -> Arc<Self> {
        let state = State { free: count, held: HashMap::new(), waiting: BTreeMap::new(), last: NOBODY };
        Arc::new(Self { state: Mutex::new(state), freed: Notify::new() })
    }

    /// How many places the bot could take now.
    pub fn room_of(&self, bot_id: BotId) -> usize {
        let state = self.state.lock();
        state.free.saturating_sub(state.held_by(bot_id)).div_ceil(2)
    }

    /// A place, if the bot may take one now.
    pub fn try_take(self: &Arc<Self>, bot_id: BotId) -> Option<Place> {
        let taken = self.state.lock().take(bot_id);
        taken.then(|| Place { places: Arc::clone(self), bot_id })
    }

    /// Waits for a place.
    pub async fn take(self: &Arc<Self>, bot_id: BotId) -> Place {
        loop {
            let (waiter, place) = oneshot::channel();
            self.state.lock().waiting.entry(bot_id).or_default().push_back(waiter);
            self.serve();
            if let Ok(place) = place.await {
                return place;
            }
        }
    }

    /// Waits until a place was freed since this was last asked. For one who asks.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Gives places to those who wait.
    fn serve(self: &Arc<Self>) {
        loop {
            let next = self.state.lock().next();
            let Some((bot_id, waiter)) = next else { return };
            // One who waits no more gives it back at once.
            let _ = waiter.send(Place { places: Arc::clone(self), bot_id });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.state.lock().give_back(self.bot_id);
        self.places.serve();
        self.places.freed.notify_one();
    }
}

/// Before all bots.
const NOBODY: BotId = BotId::from_bytes([0; 16]);

impl State {
    fn held_by(&self, bot_id: BotId) -> usize {
        self.held.get(&bot_id).copied().unwrap_or_default()
    }

    fn take(&mut self, bot_id: BotId) -> bool {
        let may = self.held_by(bot_id) < self.free;
        if may {
            self.free -= 1;
            *self.held.entry(bot_id).or_default() += 1;
        }
        may
    }

    fn give_back(&mut self, bot_id: BotId) {
        self.free += 1;
        if let Some(held) = self.held.get_mut(&bot_id) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&bot_id);
            }
        }
    }

    /// Whose turn it is, with a place taken for it.
    fn next(&mut self) -> Option<(BotId, oneshot::Sender<Place>)> {
        self.waiting.retain(|_, line| {
            line.retain(|waiter| !waiter.is_closed());
            !line.is_empty()
        });
        let bot_id = round(&self.waiting, self.last).find(|bot_id| self.held_by(*bot_id) < self.free)?;
        let waiter = self.waiting.get_mut(&bot_id)?.pop_front()?;
        self.take(bot_id);
        self.last = bot_id;
        Some((bot_id, waiter))
    }
}

/// All bots once, beginning after this one.
pub fn round<T>(bots: &BTreeMap<BotId, T>, last: BotId) -> impl Iterator<Item = BotId> {
    bots.range((Excluded(last), Unbounded)).chain(bots.range(..=last)).map(|(bot_id, _)| *bot_id)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    fn bot(number: u8) -> BotId {
        BotId::from_bytes([number; 16])
    }

    /// As many places as the bot gets.
    fn all(places: &Arc<Places>, number: u8) -> Vec<Place> {
        std::iter::from_fn(|| places.try_take(bot(number))).collect()
    }

    #[test]
    fn a_bot_gets_half_of_what_is_free_and_leaves_the_rest_to_others() {
        let places = Places::new(256);
        let mut taken = Vec::new();
        for (number, gets) in [(1, 128), (2, 64), (3, 32), (4, 16), (5, 8), (6, 4), (7, 2), (8, 1)] {
            assert_eq!(places.room_of(bot(number)), gets);
            taken.push(all(&places, number));
            assert_eq!((taken.last().map(Vec::len), places.room_of(bot(number))), (Some(gets), 0));
        }
        // What the greedy give back is for those who hold less.
        taken[0].truncate(64);
        assert_eq!((all(&places, 1).len(), all(&places, 8).len()), (1, 32));
    }

    #[test]
    fn a_single_place_is_taken() {
        let places = Places::new(1);
        let held = all(&places, 1);
        assert_eq!((held.len(), all(&places, 2).len()), (1, 0));
        drop(held);
        assert_eq!(all(&places, 2).len(), 1);
    }

    #[test]
    fn those_that_wait_are_served_round_the_bots() {
        let places = Places::new(2);
        let (first, second) = (all(&places, 1), all(&places, 2));
        assert_eq!((first.len(), second.len()), (1, 1));
        let mut of_third: Vec<_> = (0..3).map(|_| Box::pin(places.take(bot(3)))).collect();
        let mut of_fourth = pin!(places.take(bot(4)));
        let mut gone = Box::pin(places.take(bot(4)));
        assert!(of_third.iter_mut().all(|waits| waits.as_mut().now_or_never().is_none()));
        assert!(gone.as_mut().now_or_never().is_none() && of_fourth.as_mut().now_or_never().is_none());
        drop(gone);
        drop(first);
        let place = of_third[0].as_mut().now_or_never();
        assert!(place.is_some() && of_fourth.as_mut().now_or_never().is_none());
        drop(place);
        let place = of_fourth.as_mut().now_or_never();
        assert!(place.is_some(), "one bot's line is not before another's");
        drop(place);
        assert!(of_third[1].as_mut().now_or_never().is_some());
        drop(second);
    }
}
