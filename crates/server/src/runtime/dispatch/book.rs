//! Gathers attempts into commits: one commit is under way at a time, and what ends meanwhile goes with the next.

use std::{
    collections::{HashMap, hash_map::Entry},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use recado_model::{BotId, Outcome, WebhookId};
use recado_store::{
    Store, StoreError,
    deliveries::{AttemptCommit, HealthChange, ReadyDelivery},
};

/// Attempts of one commit.
const BATCH: usize = 512;
/// After the store refused.
const RETRY: Duration = Duration::from_millis(200);

type Committing = Pin<Box<dyn Future<Output = Vec<ReadyDelivery>> + Send>>;

/// Attempts on their way into the store.
#[derive(Default)]
pub(super) struct Book {
    waiting: Vec<Waiting>,
    /// By webhook and lanes: another URL is another receiver.
    health: HashMap<(WebhookId, WebhookId), HealthChange>,
    under_way: Option<Committing>,
    /// The deliveries of the commit under way.
    in_commit: Vec<i64>,
    /// The deliveries that those of the commit under way gave their turn to.
    passed_on: Vec<PassedOn>,
    /// The bots of the commit under way.
    bots: Vec<BotId>,
    /// Deliveries of which the store may say what is old.
    open: HashMap<i64, Open>,
}

struct Waiting {
    commit: AttemptCommit,
    bot_id: BotId,
    webhook_id: WebhookId,
    lanes_id: WebhookId,
}

/// A delivery that was given its turn by the one before it.
pub(super) struct PassedOn {
    /// Its sequence.
    pub(super) seq: i64,
    /// Whose bot.
    pub(super) bot_id: BotId,
    /// The webhook of the one before, which says what the lanes are by now.
    pub(super) webhook_id: WebhookId,
    /// The lanes, as they were.
    pub(super) lanes_id: WebhookId,
}

/// What is not known to be committed of a delivery.
#[derive(Default)]
struct Open {
    attempts: usize,
    /// The last of them ended it.
    ended: bool,
}

/// What a commit leaves to do.
pub(super) struct Committed {
    /// Heads that follow.
    pub(super) heads: Vec<ReadyDelivery>,
    /// Deliveries that are heads in the store since, and were sent on before. Those that ended meanwhile are left out.
    pub(super) passed_on: Vec<PassedOn>,
    /// The bots whose deliveries these were.
    pub(super) bots: Vec<BotId>,
}

impl Book {
    /// An attempt that ended, and what it tells of its webhook. Both are committed together: a hold is known as long as the attempt that asked for
    /// it.
    pub(super) fn add(&mut self, commit: AttemptCommit, bot_id: BotId, told: HealthChange) {
        let open = self.open.entry(commit.delivery_seq).or_default();
        open.attempts += 1;
        open.ended = matches!(commit.outcome, Outcome::Delivered | Outcome::Failed);
        let (webhook_id, lanes_id) = (told.webhook_id, told.lanes_id);
        self.waiting.push(Waiting { commit, bot_id, webhook_id, lanes_id });
        if told.failing_since.is_none() && told.held_until.is_none() {
            return;
        }
        let unchanged = HealthChange { failing_since: None, held_until: None, ..told };
        let change = self.health.entry((webhook_id, lanes_id)).or_insert(unchanged);
        change.failing_since = told.failing_since.or(change.failing_since);
        change.held_until = change.held_until.max(told.held_until);
    }

    /// Attempts that are not committed yet.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.in_commit.len()
    }

    /// Whether an attempt of the delivery is not known to be committed.
    pub(super) fn has_open(&self, delivery_seq: i64) -> bool {
        self.open.contains_key(&delivery_seq)
    }

    /// Whether everything is committed.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins the next commit, if none is under way and something waits.
    pub(super) fn begin(&mut self, store: &Arc<dyn Store>) {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(BATCH));
        let attempts = std::mem::replace(&mut self.waiting, rest);
        self.in_commit = attempts.iter().map(|waiting| waiting.commit.delivery_seq).collect();
        let passed_on = |&Waiting { ref commit, bot_id, webhook_id, lanes_id }: &Waiting| {
            Some(PassedOn { seq: commit.next?, bot_id, webhook_id, lanes_id })
        };
        self.passed_on = attempts.iter().filter_map(passed_on).collect();
        self.bots = attempts.iter().map(|waiting| waiting.bot_id).collect();
        self.bots.sort_unstable();
        self.bots.dedup();
        let attempts: Vec<_> = attempts.into_iter().map(|waiting| waiting.commit).collect();
        let health: Vec<_> = self.health.drain().map(|(_, change)| change).collect();
        let store = Arc::clone(store);
        self.under_way = Some(Box::pin(async move {
            match commit(&*store, &attempts, &health).await {
                Some(promoted) => promoted,
                None => commit_singly(&*store, &attempts, &health).await,
            }
        }));
    }

    /// Waits for the commit under way; forever when there is none.
    pub(super) async fn committed(&mut self) -> Committed {
        let Some(under_way) = self.under_way.as_mut() else {
            return std::future::pending().await;
        };
        let heads = under_way.await;
        self.under_way = None;
        let mut passed_on = std::mem::take(&mut self.passed_on);
        passed_on.retain(|next| self.open.get(&next.seq).is_none_or(|open| !open.ended));
        for seq in self.in_commit.drain(..) {
            // It may have had another attempt meanwhile.
            if let Entry::Occupied(mut open) = self.open.entry(seq) {
                open.get_mut().attempts -= 1;
                if open.get().attempts == 0 {
                    open.remove();
                }
            }
        }
        Committed { heads, passed_on, bots: std::mem::take(&mut self.bots) }
    }
}

/// Commits them as soon as the store can. `None` when it never will: one of them is against its rules.
async fn commit(store: &dyn Store, attempts: &[AttemptCommit], health: &[HealthChange]) -> Option<Vec<ReadyDelivery>> {
    loop {
        match store.commit_attempts(attempts, health).await {
            Ok(promoted) => return Some(promoted),
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::error!(%error, count = attempts.len(), "attempts can not be recorded");
                return None;
            }
            Err(error) => tracing::warn!(%error, count = attempts.len(), "attempts can not be recorded now"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Commits each for itself, so that the one that can not be recorded keeps nobody's back. It is sent again by the next start.
async fn commit_singly(store: &dyn Store, attempts: &[AttemptCommit], health: &[HealthChange]) -> Vec<ReadyDelivery> {
    let mut promoted = commit(store, &[], health).await.unwrap_or_default();
    for attempt in attempts {
        promoted.extend(commit(store, std::slice::from_ref(attempt), &[]).await.unwrap_or_default());
    }
    promoted
}

#[cfg(test)]
mod tests {
    use recado_model::{Attempt, ContentFormat, Timing, UnixMs, entropy::Seeded};
    use recado_store::sqlite::{Options, SqliteStore};

    use super::*;

    /// A book over a store that has none of the deliveries: it takes every attempt and promotes none.
    struct World {
        _folder: tempfile::TempDir,
        store: Arc<dyn Store>,
        hook: WebhookId,
        bot: BotId,
        book: Book,
    }

    impl World {
        fn begin() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(folder.path().join("recado.db"), Options::default()).unwrap();
            let mut rng = Seeded::new(1);
            let (hook, bot) = (WebhookId::new(UnixMs(0), &mut rng), BotId::new(UnixMs(0), &mut rng));
            Self { _folder: folder, store, hook, bot, book: Book::default() }
        }

        /// An attempt ended, and the sender went on with `next`.
        fn add(&mut self, delivery_seq: i64, outcome: Outcome, next: Option<i64>) {
            let attempt = Attempt {
                number: 1,
                started_at: UnixMs(0),
                url: String::new(),
                format: ContentFormat::Json,
                request_headers: Vec::new(),
                status: Some(204),
                response_headers: Vec::new(),
                response_body: String::new(),
                response_cut: false,
                timing: Timing::default(),
                remote_ip: None,
                failure: None,
                error: None,
            };
            let told =
                HealthChange { webhook_id: self.hook, lanes_id: self.hook, failing_since: None, held_until: None };
            self.book.add(AttemptCommit { delivery_seq, lanes_id: self.hook, attempt, outcome, next }, self.bot, told);
        }

        fn commit(&mut self) {
            self.book.begin(&self.store);
        }

        /// Who is to be gone on with after the commit.
        async fn passed_on(&mut self) -> Vec<i64> {
            self.book.committed().await.passed_on.into_iter().map(|next| next.seq).collect()
        }
    }

    #[tokio::test]
    async fn whoever_was_passed_on_to_is_gone_on_with_unless_it_ended_meanwhile() {
        let again = Outcome::Retry { at: UnixMs(9) };
        for (outcome, left) in [(None, vec![6]), (Some(again), vec![6]), (Some(Outcome::Failed), vec![])] {
            let mut world = World::begin();
            world.add(5, Outcome::Delivered, Some(6));
            world.commit();
            if let Some(outcome) = outcome {
                world.add(6, outcome, None);
            }
            assert_eq!(world.passed_on().await, left, "{outcome:?}");
            assert_eq!((world.book.has_open(5), world.book.has_open(6)), (false, outcome.is_some()));
        }
    }

    #[tokio::test]
    async fn those_that_end_in_one_commit_are_not_gone_on_with() {
        let mut world = World::begin();
        world.add(5, Outcome::Delivered, Some(6));
        world.add(6, Outcome::Delivered, Some(7));
        world.commit();
        assert_eq!(world.passed_on().await, [7]);
        assert!(world.book.is_empty() && !world.book.has_open(6));
        world.add(7, Outcome::Delivered, None);
        world.commit();
        assert!(world.passed_on().await.is_empty());
    }

    #[tokio::test]
    async fn a_commit_tells_each_of_its_bots_once() {
        let mut world = World::begin();
        let one = world.bot;
        let other = BotId::new(UnixMs(1), &mut Seeded::new(2));
        for (seq, bot) in [(5, one), (6, other), (7, one)] {
            world.bot = bot;
            world.add(seq, Outcome::Delivered, None);
        }
        world.commit();
        world.add(8, Outcome::Delivered, None);
        assert_eq!(world.book.committed().await.bots, [one, other]);
        world.commit();
        assert_eq!(world.book.committed().await.bots, [one]);
    }

    #[tokio::test]
    async fn a_delivery_is_open_until_its_last_attempt_is_committed() {
        let mut world = World::begin();
        world.add(5, Outcome::Retry { at: UnixMs(9) }, None);
        world.commit();
        world.add(5, Outcome::Delivered, None);
        assert!(world.passed_on().await.is_empty());
        assert!(world.book.has_open(5) && world.book.len() == 1);
        world.commit();
        assert!(world.passed_on().await.is_empty());
        assert!(!world.book.has_open(5) && world.book.is_empty());
    }
}
