//! The order of updates that a messenger posts at once.
//!
//! Telegram numbers a bot's updates one by one and posts several of them at a time; those of one chat and kind it posts one after the other, but a press
//! may overtake the words before it. So an update goes on once the one before it was here, or after [`HOLD`]; and one of a person once those of the
//! person that went on before it have come to their end. Persons do not wait for each other's turns.
//!
//! When one was not taken (503), those of the same person behind it are not taken either: they come again, in their order.
//!
//! Numbers begin anew at any other after a week of silence, so a lower one says nothing; what counts is whether the one before was here, of the last
//! [`KNOWN_MAX`]. After a start, and after such a jump, the first waits in vain, once.
//!
//! Nothing here is a fact: what dies here was not acknowledged and comes again.

use std::{
    collections::{BTreeMap, HashMap, VecDeque, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use recado_model::BotId;
use tokio::sync::oneshot;

/// How long an update waits for the one before it: a post on a new connection is behind one on an old connection by a few round trips. A person
/// hardly notices it.
const HOLD: Duration = Duration::from_millis(250);
/// Numbers of a bot that are known to have been here.
const KNOWN_MAX: usize = 256;

/// An update's number, and which of several posts of it.
type Key = (i64, u64);

/// The updates that are here.
#[derive(Debug, Default)]
pub struct InOrder(Mutex<HashMap<BotId, Line>>);

/// Those of one bot.
#[derive(Debug, Default)]
struct Line {
    posts: u64,
    /// The last numbers that went on.
    known: VecDeque<i64>,
    /// Those that wait for the one before them.
    held: BTreeMap<Key, Waiting>,
    /// Those of each person that went on, in order; the first has its turn.
    persons: HashMap<String, VecDeque<InTurn>>,
}

/// One that went on, and whom to tell when its turn comes; nobody once it has come.
type InTurn = (Key, Option<oneshot::Sender<()>>);

#[derive(Debug)]
struct Waiting {
    person: Option<String>,
    go: oneshot::Sender<()>,
}

/// An update's place. Dropped before [`Place::done`], it was not taken.
#[derive(Debug)]
pub struct Place {
    all: Arc<InOrder>,
    bot_id: BotId,
    key: Key,
    person: Option<String>,
    is_taken: bool,
}

impl InOrder {
    /// Waits until it is the update's turn. `None`: one of the same person before it was not taken, so this one is to come again as well.
    pub async fn wait(self: &Arc<Self>, bot_id: BotId, update: i64, person: Option<&str>) -> Option<Place> {
        let (place, mut go) = self.enter(bot_id, update, person.map(ToOwned::to_owned));
        let went = if let Ok(went) = tokio::time::timeout(HOLD, &mut go).await {
            went
        } else {
            self.of(bot_id, |line| line.release_to(place.key));
            go.await
        };
        went.ok().map(|()| place)
    }

    fn enter(self: &Arc<Self>, bot_id: BotId, update: i64, person: Option<String>) -> (Place, oneshot::Receiver<()>) {
        let (go, gone) = oneshot::channel();
        let key = self.of(bot_id, |line| {
            line.posts += 1;
            let key = (update, line.posts);
            line.held.insert(key, Waiting { person: person.clone(), go });
            line.release_followers();
            key
        });
        (Place { all: Arc::clone(self), bot_id, key, person, is_taken: false }, gone)
    }

    fn of<T>(&self, bot_id: BotId, change: impl FnOnce(&mut Line) -> T) -> T {
        change(self.0.lock().entry(bot_id).or_default())
    }
}

impl Line {
    /// Lets those go on whose predecessor was here, or who were here themselves.
    fn release_followers(&mut self) {
        let keys: Vec<Key> = self.held.keys().copied().collect();
        for key in keys {
            if self.known.contains(&key.0) || self.known.contains(&key.0.wrapping_sub(1)) {
                self.release(key);
            }
        }
    }

    /// Lets this one go on that waited long enough, behind those before it.
    fn release_to(&mut self, last: Key) {
        let keys: Vec<Key> = self.held.range(..=last).map(|(key, _)| *key).collect();
        for key in keys {
            self.release(key);
        }
        self.release_followers();
    }

    fn release(&mut self, key: Key) {
        let Some(Waiting { person, go }) = self.held.remove(&key) else { return };
        if self.known.len() >= KNOWN_MAX {
            self.known.pop_front();
        }
        self.known.push_back(key.0);
        match person {
            // Nobody listens any more: its place, which is dropped, clears up.
            None => _ = go.send(()),
            Some(person) => match self.persons.entry(person) {
                Entry::Occupied(mut queue) => queue.get_mut().push_back((key, Some(go))),
                Entry::Vacant(queue) => {
                    queue.insert(VecDeque::from([(key, None)]));
                    _ = go.send(());
                }
            },
        }
    }

    fn leave(&mut self, key: Key, person: Option<&str>, is_taken: bool) {
        if self.held.remove(&key).is_some() {
            return;
        }
        let Some(person) = person else {
            if !is_taken {
                self.forget(key);
            }
            return;
        };
        let Some(queue) = self.persons.get_mut(person) else { return };
        let Some(at) = queue.iter().position(|(waiting, _)| *waiting == key) else { return };
        let mut left = if is_taken { queue.drain(at..=at).collect() } else { queue.split_off(at) };
        match queue.front_mut() {
            None => _ = self.persons.remove(person),
            Some((_, go)) => _ = go.take().map(|go| go.send(())),
        }
        if !is_taken {
            // Their senders are dropped: that tells those who wait.
            for (key, _) in left.drain(..) {
                self.forget(key);
            }
        }
    }

    /// It will come again, and what follows it is to wait for it then.
    fn forget(&mut self, (update, _): Key) {
        self.known.retain(|known| *known != update);
    }
}

impl Place {
    /// The update was taken.
    pub fn done(mut self) {
        self.is_taken = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.of(self.bot_id, |line| line.leave(self.key, self.person.as_deref(), self.is_taken));
    }
}

#[cfg(test)]
mod tests {
    use recado_model::{UnixMs, entropy::Seeded};
    use tokio::{
        task::JoinHandle,
        time::{Instant, advance},
    };
    use tokio_util::task::TaskTracker;

    use super::*;

    struct Bot {
        all: Arc<InOrder>,
        id: BotId,
    }

    impl Bot {
        /// A bot whose update 100 was here.
        async fn new() -> Self {
            let bot = Self { all: Arc::default(), id: BotId::new(UnixMs(1), &mut Seeded::new(1)) };
            bot.comes(100, Some("ann")).await.await.unwrap().unwrap().done();
            bot
        }

        /// An update comes: by when this returns it waits, if it has to.
        async fn comes(&self, update: i64, person: Option<&str>) -> JoinHandle<Option<Place>> {
            let (all, id, person) = (Arc::clone(&self.all), self.id, person.map(ToOwned::to_owned));
            let waits = TaskTracker::new().spawn(async move { all.wait(id, update, person.as_deref()).await });
            tokio::task::yield_now().await;
            waits
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_overtook_waits_for_the_one_before_it_and_for_its_end() {
        let bot = Bot::new().await;
        let began = Instant::now();
        let (third, second) = (bot.comes(103, Some("ann")).await, bot.comes(102, Some("ann")).await);
        let first = bot.comes(101, Some("ann")).await.await.unwrap().unwrap();
        tokio::task::yield_now().await;
        assert!(!second.is_finished() && !third.is_finished(), "the first is not over");
        first.done();
        let second = second.await.unwrap().unwrap();
        assert!(!third.is_finished());
        second.done();
        third.await.unwrap().unwrap().done();
        assert_eq!(began.elapsed(), Duration::ZERO, "nothing waited for the clock");
    }

    #[tokio::test(start_paused = true)]
    async fn persons_do_not_wait_for_each_others_turns_but_for_what_came_before() {
        let bot = Bot::new().await;
        let ben = bot.comes(102, Some("ben")).await;
        let ignored = bot.comes(103, None).await;
        assert!(!ben.is_finished() && !ignored.is_finished());
        let ann = bot.comes(101, Some("ann")).await.await.unwrap().unwrap();
        ben.await.unwrap().unwrap().done();
        ignored.await.unwrap().unwrap().done();
        ann.done();
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_come_is_waited_for_a_moment_and_not_again() {
        let bot = Bot::new().await;
        let began = Instant::now();
        let (later, sooner) = (bot.comes(105, Some("ann")).await, bot.comes(103, Some("ann")).await);
        advance(HOLD.mul_f64(0.9)).await;
        assert!(!later.is_finished() && !sooner.is_finished());
        sooner.await.unwrap().unwrap().done();
        later.await.unwrap().unwrap().done();
        assert_eq!(began.elapsed(), HOLD, "both waited, the lower number first");
        bot.comes(104, Some("ann")).await.await.unwrap().unwrap().done();
        bot.comes(106, Some("ann")).await.await.unwrap().unwrap().done();
        // After a week of silence the numbers are others, perhaps lower ones.
        let next = bot.comes(8, Some("ann")).await;
        bot.comes(7, Some("ann")).await.await.unwrap().unwrap().done();
        next.await.unwrap().unwrap().done();
        assert_eq!(began.elapsed(), 2 * HOLD);
        bot.comes(9, Some("ann")).await.await.unwrap().unwrap().done();
        assert_eq!(began.elapsed(), 2 * HOLD);
    }

    #[tokio::test(start_paused = true)]
    async fn what_stands_behind_one_that_was_not_taken_comes_again_after_it() {
        let bot = Bot::new().await;
        let first = bot.comes(101, Some("ann")).await.await.unwrap().unwrap();
        let (second, other) = (bot.comes(102, Some("ann")).await, bot.comes(103, Some("ben")).await);
        other.await.unwrap().unwrap().done();
        drop(first);
        assert!(second.await.unwrap().is_none());
        let second = bot.comes(102, Some("ann")).await;
        assert!(!second.is_finished(), "it waits for the first");
        bot.comes(101, Some("ann")).await.await.unwrap().unwrap().done();
        second.await.unwrap().unwrap().done();
    }

    #[tokio::test(start_paused = true)]
    async fn a_repetition_and_a_closed_connection_hold_nobody_up() {
        let bot = Bot::new().await;
        bot.comes(100, Some("ann")).await.await.unwrap().unwrap().done();
        let (held, running) = (bot.comes(103, Some("ann")).await, bot.comes(101, Some("ann")).await);
        running.abort();
        held.abort();
        assert!(running.await.is_err() || held.await.is_err());
        let again = bot.comes(101, Some("ann")).await.await.unwrap().unwrap();
        again.done();
        bot.comes(102, Some("ann")).await.await.unwrap().unwrap().done();
        let line = bot.all.of(bot.id, |line| (line.held.len(), line.persons.len()));
        assert_eq!(line, (0, 0));
    }
}
