//! What waits for the writer, and how a batch of it runs.
//!
//! A batch runs without savepoints first: nearly every job is kept, and a savepoint makes SQLite copy each page that a job touches. A job that
//! is refused before it wrote leaves nothing behind. When one is refused after it wrote (or panics), the whole batch is rolled back and
//! runs once more, each job in a savepoint of its own. So jobs must run twice with the same effect: they read what they own and give
//! nothing away.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use recado_model::WebhookId;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

use super::{
    codes::failed,
    health::{self, Went},
    old::Walks,
    recent::Change,
    traffic::{self, Said},
    webhooks,
};
use crate::{
    Result, StoreError,
    turns::{Count, TurnCommit},
};

/// Numbers that the writer gives. They are kept in the commit that uses them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sequences {
    pub(super) event: i64,
    pub(super) delivery: i64,
    pub(super) message: i64,
    pub(super) other: i64,
}

/// What jobs write with: the connection inside the batch's transaction, and what is summed up per batch.
pub(super) struct Tx<'a> {
    pub(super) conn: &'a Connection,
    pub(super) seqs: Sequences,
    /// Where the walks over what grows old stand.
    pub(super) swept: &'a mut Walks,
    /// Deliveries of one webhook that may be pending.
    pub(super) pending_max: i64,
    /// What the recent rows in memory have to know of it.
    pub(super) changes: Vec<Change>,
    pending: Vec<(WebhookId, WebhookId, i64)>,
    counts: Vec<Count>,
    said: Vec<Said>,
    went: Vec<Went>,
    /// Each job runs in a savepoint.
    guarded: bool,
    /// A refused job left something behind: the batch has to run again, guarded.
    spoiled: bool,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        conn: &'a Connection,
        seqs: Sequences,
        swept: &'a mut Walks,
        pending_max: i64,
        guarded: bool,
    ) -> Self {
        Self {
            conn,
            seqs,
            swept,
            pending_max,
            changes: Vec::new(),
            pending: Vec::new(),
            counts: Vec::new(),
            said: Vec::new(),
            went: Vec::new(),
            guarded,
            spoiled: false,
        }
    }

    /// Whether the batch has to run again, guarded.
    pub(super) const fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    /// Raises or lowers the number of pending deliveries of (webhook, lanes).
    pub(super) fn pending(&mut self, webhook_id: WebhookId, lanes_id: WebhookId, by: i64) {
        self.pending.push((webhook_id, lanes_id, by));
    }

    /// The pending deliveries of a webhook, those of this batch too.
    pub(super) fn pending_of(&self, webhook_id: WebhookId) -> Result<i64> {
        let stored: i64 = self
            .conn
            .prepare_cached("SELECT coalesce(sum(count), 0) FROM pending WHERE webhook_id = ?1")
            .and_then(|mut statement| statement.query_row([webhook_id.bytes()], |row| row.get(0)))
            .map_err(failed)?;
        let batch = self.pending.iter().filter(|(id, ..)| *id == webhook_id).map(|(.., by)| by);
        Ok(stored + batch.sum::<i64>())
    }

    /// Counts what a turn said and passed.
    pub(super) fn count(&mut self, turn: &TurnCommit) {
        self.counts.extend_from_slice(&turn.counts);
        self.said.extend(Said::of(turn));
    }

    /// Counts how an attempt went.
    pub(super) fn went(&mut self, went: Went) {
        self.went.push(went);
    }

    /// Makes the sums that stand out visible to statements of this batch. A webhook that comes to its limit with them is behind from the last event
    /// on: what was written before has its delivery, what is written after has none yet. So the limit costs nothing where deliveries are made,
    /// and is passed by no more than one batch. A job that calls it must not be refused afterwards: the sums of
    /// others would be taken back with it.
    pub(super) fn flush(&mut self) -> Result<()> {
        let mut sums: HashMap<(WebhookId, WebhookId), i64> = HashMap::new();
        for (webhook_id, lanes_id, by) in self.pending.drain(..) {
            *sums.entry((webhook_id, lanes_id)).or_default() += by;
        }
        for ((webhook_id, lanes_id), by) in sums {
            // An upsert checks the inserted row first, which may not be negative: so update, then insert.
            let updated: Option<i64> = self
                .conn
                .prepare_cached(
                    "UPDATE pending SET count = max(count + ?3, 0) WHERE webhook_id = ?1 AND lanes_id = ?2 RETURNING count",
                )
                .and_then(|mut statement| {
                    statement
                        .query_row(params![webhook_id.bytes(), lanes_id.bytes(), by], |row| row.get(0))
                        .optional()
                })
                .map_err(failed)?;
            if updated.is_none() && by > 0 {
                self.conn
                    .prepare_cached("INSERT INTO pending VALUES (?1, ?2, ?3)")
                    .and_then(|mut statement| statement.execute(params![webhook_id.bytes(), lanes_id.bytes(), by]))
                    .map_err(failed)?;
            }
            if by > 0 && updated.unwrap_or(by) >= self.pending_max {
                webhooks::fall_behind(self, webhook_id)?;
            }
        }
        let mut sums: HashMap<Count, i64> = HashMap::new();
        for count in self.counts.drain(..) {
            *sums.entry(count).or_default() += 1;
        }
        for (count, by) in sums {
            self.conn
                .prepare_cached(
                    "INSERT INTO element_count VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                )
                .and_then(|mut statement| {
                    statement.execute(params![count.flow_id.bytes(), count.element.as_str(), count.what, by])
                })
                .map_err(failed)?;
        }
        traffic::add(self.conn, self.said.drain(..))?;
        health::add(self.conn, self.went.drain(..))
    }

    fn exec(&self, sql: &str) -> Result<()> {
        self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
    }

    /// Runs a job. Whatever it did is taken back when it is refused or panics, or the batch is spoiled.
    fn run<T>(&mut self, work: &mut impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        if self.guarded {
            self.exec("SAVEPOINT item")?;
        }
        let (pending, counts, said, went) = (self.pending.len(), self.counts.len(), self.said.len(), self.went.len());
        let (changed, seqs) = (self.changes.len(), self.seqs);
        let changes = self.conn.total_changes();
        let result = catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            self.spoiled = !self.guarded;
            Err(StoreError::Corrupt { what: "write", detail: "the writer came upon a bug".to_owned() })
        });
        if result.is_err() {
            self.pending.truncate(pending);
            self.counts.truncate(counts);
            self.said.truncate(said);
            self.went.truncate(went);
            self.changes.truncate(changed);
            self.seqs = seqs;
            self.spoiled |= !self.guarded && self.conn.total_changes() != changes;
        }
        // After some failures SQLite has rolled everything back by itself; then there is no savepoint any more.
        if self.guarded && !self.conn.is_autocommit() {
            if result.is_err() {
                self.exec("ROLLBACK TO item")?;
            }
            self.exec("RELEASE item")?;
        }
        result
    }
}

/// A change that waits for the writer.
pub(super) trait Job: Send {
    /// Makes the change and keeps what came of it. Tells why it was refused.
    fn run(&mut self, tx: &mut Tx<'_>) -> Option<StoreError>;

    /// Tells the caller, once the batch is synced or has failed.
    fn answer(self: Box<Self>, failure: Option<&StoreError>);
}

/// A job with the caller who waits for it.
pub(super) struct Call<T, F> {
    pub(super) work: F,
    pub(super) result: Option<Result<T>>,
    pub(super) caller: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnMut(&mut Tx<'_>) -> Result<T> + Send> Job for Call<T, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Option<StoreError> {
        let result = tx.run(&mut self.work);
        let refused = result.as_ref().err().cloned();
        self.result = Some(result);
        refused
    }

    fn answer(self: Box<Self>, failure: Option<&StoreError>) {
        let result = match (failure, self.result) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Some(result)) => result,
            (None, None) => Err(StoreError::Unavailable { detail: "the store is closing".to_owned() }),
        };
        // A caller that went away wants no answer.
        drop(self.caller.send(result));
    }
}
