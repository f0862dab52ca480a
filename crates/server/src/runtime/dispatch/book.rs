//! Gathers attempts into commits: one commit is under way at a time, and what ends meanwhile goes with the next.

use std::{collections::HashMap, future::Future, pin::Pin, time::Duration};

use recado_model::WebhookId;
use recado_store::deliveries::{AttemptCommit, HealthChange, ReadyDelivery};

use crate::state::App;

/// Attempts of one commit.
const BATCH: usize = 512;
/// After the store refused.
const RETRY: Duration = Duration::from_millis(200);

type Committing = Pin<Box<dyn Future<Output = (Vec<ReadyDelivery>, usize)> + Send>>;

/// Attempts on their way into the store.
#[derive(Default)]
pub(super) struct Book {
    waiting: Vec<AttemptCommit>,
    health: HashMap<WebhookId, HealthChange>,
    under_way: Option<Committing>,
    in_commit: usize,
}

impl Book {
    /// An attempt that ended, and what it tells of its webhook. Both are committed together: a hold is known as long as the attempt that asked for
    /// it.
    pub(super) fn add(&mut self, commit: AttemptCommit, told: HealthChange) {
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
        self.waiting.len() + self.in_commit
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
        self.in_commit = attempts.len();
        let health: Vec<_> = self.health.drain().map(|(_, change)| change).collect();
        let store = app.store.clone();
        self.under_way = Some(Box::pin(async move {
            let count = attempts.len();
            loop {
                match store.commit_attempts(attempts.clone(), health.clone()).await {
                    Ok(promoted) => return (promoted, count),
                    Err(error) => tracing::warn!(%error, count, "attempts can not be recorded now"),
                }
                tokio::time::sleep(RETRY).await;
            }
        }));
    }

    /// Waits for the commit under way; forever when there is none. Returns the heads that follow.
    pub(super) async fn committed(&mut self) -> Vec<ReadyDelivery> {
        let Some(under_way) = self.under_way.as_mut() else {
            return std::future::pending().await;
        };
        let (promoted, _) = under_way.await;
        self.under_way = None;
        self.in_commit = 0;
        promoted
    }
}
