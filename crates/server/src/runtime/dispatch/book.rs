//! Gathers attempts into commits: one commit is under way at a time, and what ends meanwhile goes with the next.

use std::{
    collections::{HashMap, hash_map::Entry},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use recado_model::WebhookId;
use recado_store::{
    Store, StoreError,
    deliveries::{AttemptCommit, HealthChange, ReadyDelivery},
};

use crate::state::App;

/// Attempts of one commit.
const BATCH: usize = 512;
/// After the store refused.
const RETRY: Duration = Duration::from_millis(200);

type Committing = Pin<Box<dyn Future<Output = Vec<ReadyDelivery>> + Send>>;

/// Attempts on their way into the store.
#[derive(Default)]
pub(super) struct Book {
    waiting: Vec<AttemptCommit>,
    health: HashMap<WebhookId, HealthChange>,
    under_way: Option<Committing>,
    /// The deliveries of the commit under way.
    in_commit: Vec<i64>,
    /// How many attempts of a delivery are not known to be committed: what the store says of it may be old.
    open: HashMap<i64, usize>,
}

impl Book {
    /// An attempt that ended, and what it tells of its webhook. Both are committed together: a hold is known as long as the attempt that asked for
    /// it.
    pub(super) fn add(&mut self, commit: AttemptCommit, told: HealthChange) {
        *self.open.entry(commit.delivery_seq).or_default() += 1;
        self.waiting.push(commit);
        if told.failing_since.is_none() && told.held_until.is_none() {
            return;
        }
        let unchanged = HealthChange { webhook_id: told.webhook_id, failing_since: None, held_until: None };
        let change = self.health.entry(told.webhook_id).or_insert(unchanged);
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
    pub(super) fn begin(&mut self, app: &App) {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(BATCH));
        let attempts = std::mem::replace(&mut self.waiting, rest);
        self.in_commit = attempts.iter().map(|attempt| attempt.delivery_seq).collect();
        let health: Vec<_> = self.health.drain().map(|(_, change)| change).collect();
        let store = Arc::clone(&app.store);
        self.under_way = Some(Box::pin(async move {
            match commit(&*store, &attempts, &health).await {
                Some(promoted) => promoted,
                None => commit_singly(&*store, &attempts, &health).await,
            }
        }));
    }

    /// Waits for the commit under way; forever when there is none. Returns the heads that follow.
    pub(super) async fn committed(&mut self) -> Vec<ReadyDelivery> {
        let Some(under_way) = self.under_way.as_mut() else {
            return std::future::pending().await;
        };
        let promoted = under_way.await;
        self.under_way = None;
        for seq in self.in_commit.drain(..) {
            // It may have had another attempt meanwhile.
            if let Entry::Occupied(mut count) = self.open.entry(seq) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
        promoted
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
