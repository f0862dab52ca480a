//! The one thread that writes. It gathers what waits and commits it together.
//!
//! Each job runs inside a savepoint: one that is refused leaves nothing and its neighbours stay. Answers go out only after `COMMIT` returned,
//! that is after the WAL is synced. When `BEGIN`, a statement or `COMMIT` fails because of the disk or a lock, the whole batch is rolled
//! back, everybody in it is told `Unavailable`, and the next batch starts anew on a fresh connection if need be. A crash at any moment
//! leaves the last commit.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
        mpsc as std_mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use recado_model::WebhookId;
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use super::{Options, codes::failed};
use crate::{Result, StoreError, turns::Count};

/// Jobs that wait for the writer; more callers wait in line.
const QUEUE_MAX: usize = 4_096;
/// Jobs of one commit.
const BATCH_JOBS_MAX: usize = 512;
/// Bytes of one commit, as the callers estimate them.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// After this many estimated bytes the checkpointer is woken.
const CHECKPOINT_BYTES: usize = 2 * 1024 * 1024;
/// Frames (4 KiB pages) of the WAL past which the writer itself waits for a checkpoint: 64 MiB.
const WAL_FRAMES_MAX: u64 = 16_384;

type Reply = Box<dyn FnOnce(Option<StoreError>) + Send>;
/// Writes inside a batch; tells why it was refused and how to answer once the batch is over.
type Work = Box<dyn FnOnce(&mut Tx<'_>) -> (Option<StoreError>, Reply) + Send>;
/// Estimated bytes and the work.
type Job = (usize, Work);

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
    /// Where the sweep of old events stands; 0 is the beginning. A hint only.
    pub(super) swept: &'a mut i64,
    pending: Vec<(WebhookId, WebhookId, i64)>,
    counts: Vec<Count>,
}

impl Tx<'_> {
    /// Raises or lowers the number of pending deliveries of (webhook, lanes).
    pub(super) fn pending(&mut self, webhook_id: WebhookId, lanes_id: WebhookId, by: i64) {
        self.pending.push((webhook_id, lanes_id, by));
    }

    /// Raises element counters by one each.
    pub(super) fn count(&mut self, counts: Vec<Count>) {
        self.counts.extend(counts);
    }

    /// Makes the sums that stand out visible to statements of this batch.
    pub(super) fn flush(&mut self) -> Result<()> {
        let mut sums: HashMap<(WebhookId, WebhookId), i64> = HashMap::new();
        for (webhook_id, lanes_id, by) in self.pending.drain(..) {
            *sums.entry((webhook_id, lanes_id)).or_default() += by;
        }
        for ((webhook_id, lanes_id), by) in sums {
            // An upsert checks the inserted row first, which may not be negative: so update, then insert.
            let changed = self
                .conn
                .prepare_cached("UPDATE pending SET count = max(count + ?3, 0) WHERE webhook_id = ?1 AND lanes_id = ?2")
                .and_then(|mut statement| statement.execute(params![webhook_id.bytes(), lanes_id.bytes(), by]))
                .map_err(failed)?;
            if changed == 0 && by > 0 {
                self.conn
                    .prepare_cached("INSERT INTO pending VALUES (?1, ?2, ?3)")
                    .and_then(|mut statement| statement.execute(params![webhook_id.bytes(), lanes_id.bytes(), by]))
                    .map_err(failed)?;
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
        Ok(())
    }

    fn exec(&self, sql: &str) -> Result<()> {
        self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
    }

    /// Runs a job in a savepoint. Whatever it did is taken back when it is refused or panics.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.exec("SAVEPOINT item")?;
        let (pending, counts, seqs) = (self.pending.len(), self.counts.len(), self.seqs);
        let result = catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            Err(StoreError::Corrupt { what: "write", detail: "the writer came upon a bug".to_owned() })
        });
        if result.is_err() {
            self.pending.truncate(pending);
            self.counts.truncate(counts);
            self.seqs = seqs;
            // After some failures SQLite has rolled everything back by itself; then there is no savepoint any more.
            if !self.conn.is_autocommit() {
                self.exec("ROLLBACK TO item")?;
            }
        }
        if !self.conn.is_autocommit() {
            self.exec("RELEASE item")?;
        }
        result
    }
}

/// The callers' end of the writer.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    pages_max: Arc<AtomicI64>,
}

impl Writer {
    pub(super) fn start(path: PathBuf, options: &Options) -> Result<Self> {
        let conn = open(&path, options.writer_cache_kib)?;
        super::migrations::migrate(&conn)?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let (wake, woken) = std_mpsc::sync_channel(1);
        let frames = Arc::new(AtomicU64::new(0));
        let pages_max = Arc::new(AtomicI64::new(0));
        let checkpoint_conn = open(&path, 256)?;
        let writer = Loop {
            path,
            cache_kib: options.writer_cache_kib,
            queue,
            wake,
            frames: Arc::clone(&frames),
            pages_max: Arc::clone(&pages_max),
            swept: 0,
        };
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .map_err(|error| StoreError::Unavailable { detail: format!("no thread could be started: {error}") })
        };
        let threads = vec![
            spawn("store-writer", Box::new(move || writer.run(conn)))?,
            spawn("store-checkpoint", Box::new(move || checkpoints(&checkpoint_conn, &woken, &frames)))?,
        ];
        Ok(Self { jobs: Some(jobs), threads, pages_max })
    }

    /// Sets how many pages the database may have; 0 lifts the limit.
    pub(super) fn set_pages_max(&self, pages: i64) {
        self.pages_max.store(pages, Ordering::Relaxed);
    }

    /// Runs a job with others in one commit and returns when that is synced.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let gone = || StoreError::Unavailable { detail: "the store is closing".to_owned() };
        let (sender, receiver) = oneshot::channel();
        let run: Work = Box::new(move |tx| {
            let result = tx.guarded(work);
            let refused = result.as_ref().err().cloned();
            let reply: Reply = Box::new(move |failure| {
                // A caller that went away wants no answer.
                drop(sender.send(failure.map_or(result, Err)));
            });
            (refused, reply)
        });
        self.jobs.as_ref().ok_or_else(gone)?.send((bytes, run)).await.map_err(|_| gone())?;
        receiver
            .await
            .map_err(|_| StoreError::Unavailable { detail: "the commit this was part of failed".to_owned() })?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended with a panic");
            }
        }
    }
}

struct Loop {
    path: PathBuf,
    cache_kib: u32,
    queue: mpsc::Receiver<Job>,
    wake: std_mpsc::SyncSender<()>,
    frames: Arc<AtomicU64>,
    pages_max: Arc<AtomicI64>,
    swept: i64,
}

impl Loop {
    fn run(mut self, mut conn: Connection) {
        let mut sequences = None;
        let mut pages_max = 0;
        let mut unsaved = 0;
        let mut batch: Vec<Job> = Vec::with_capacity(BATCH_JOBS_MAX);
        while let Some(job) = self.queue.blocking_recv() {
            let mut bytes = job.0;
            batch.push(job);
            while batch.len() < BATCH_JOBS_MAX && bytes < BATCH_BYTES_MAX {
                let Ok(job) = self.queue.try_recv() else { break };
                bytes += job.0;
                batch.push(job);
            }
            let wanted = self.pages_max.load(Ordering::Relaxed);
            if wanted != pages_max {
                // SQLite never sets it below the present size.
                let pages = if wanted == 0 { 4_294_967_294 } else { wanted };
                drop(conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0)));
                pages_max = wanted;
            }
            match self.commit(&conn, &mut sequences, &mut batch) {
                Ok(()) => unsaved += bytes + 8_192,
                Err(failure) => {
                    tracing::warn!(%failure, "a batch could not be committed");
                    sequences = None;
                    if let Ok(fresh) = open(&self.path, self.cache_kib) {
                        conn = fresh;
                        pages_max = 0;
                    }
                }
            }
            if unsaved >= CHECKPOINT_BYTES && self.wake.try_send(()).is_ok() {
                unsaved = 0;
            }
            if self.frames.load(Ordering::Relaxed) > WAL_FRAMES_MAX {
                // Most of it is checkpointed already; this waits for the rest so that the WAL starts again from its beginning.
                drop(checkpoint(&conn, "PRAGMA wal_checkpoint(RESTART)"));
                self.frames.store(0, Ordering::Relaxed);
            }
        }
    }

    /// Runs and commits a batch, then answers everybody in it.
    fn commit(&mut self, conn: &Connection, sequences: &mut Option<Sequences>, batch: &mut Vec<Job>) -> Result<()> {
        let mut replies = Vec::with_capacity(batch.len());
        let done = self.work(conn, sequences, batch, &mut replies);
        let failure = done.as_ref().err().cloned();
        if failure.is_some() && !conn.is_autocommit() {
            // If this fails as well, the connection is replaced.
            drop(conn.execute_batch("ROLLBACK"));
        }
        for reply in replies {
            reply(failure.clone());
        }
        // Jobs that did not run: their callers hear it by the same words.
        if let Some(failure) = failure {
            for (_, job) in batch.drain(..) {
                refuse(job, &failure);
            }
        }
        done
    }

    fn work(
        &mut self,
        conn: &Connection,
        sequences: &mut Option<Sequences>,
        batch: &mut Vec<Job>,
        replies: &mut Vec<Reply>,
    ) -> Result<()> {
        let exec = |sql: &str| {
            conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
        };
        exec("BEGIN IMMEDIATE")?;
        let before = match *sequences {
            Some(sequences) => sequences,
            None => load_sequences(conn)?,
        };
        let mut tx = Tx { conn, seqs: before, swept: &mut self.swept, pending: Vec::new(), counts: Vec::new() };
        for (_, job) in batch.drain(..) {
            let (refused, reply) = job(&mut tx);
            replies.push(reply);
            if let Some(failure @ StoreError::Unavailable { .. }) = refused {
                return Err(failure);
            }
            if conn.is_autocommit() {
                return Err(StoreError::Unavailable { detail: "the database rolled the commit back".to_owned() });
            }
        }
        tx.flush()?;
        let after = tx.seqs;
        save_sequences(conn, before, after)?;
        exec("COMMIT")?;
        *sequences = Some(after);
        Ok(())
    }
}

/// A job that never ran answers with the failure: dropping it closes its caller's channel, which reads as `Unavailable`.
fn refuse(job: Work, failure: &StoreError) {
    tracing::debug!(%failure, "a write was not tried");
    drop(job);
}

fn load_sequences(conn: &Connection) -> Result<Sequences> {
    let value = |name: &str| {
        conn.prepare_cached("SELECT value FROM sequence WHERE name = ?1")
            .and_then(|mut statement| statement.query_row([name], |row| row.get(0)))
            .map_err(failed)
    };
    Ok(Sequences {
        event: value("event")?,
        delivery: value("delivery")?,
        message: value("message")?,
        other: value("other")?,
    })
}

fn save_sequences(conn: &Connection, before: Sequences, after: Sequences) -> Result<()> {
    let changes = [
        ("event", before.event, after.event),
        ("delivery", before.delivery, after.delivery),
        ("message", before.message, after.message),
        ("other", before.other, after.other),
    ];
    for (name, _, after) in changes.into_iter().filter(|(_, before, after)| before != after) {
        conn.prepare_cached("UPDATE sequence SET value = ?2 WHERE name = ?1")
            .and_then(|mut statement| statement.execute(params![name, after]))
            .map_err(failed)?;
    }
    Ok(())
}

fn open(path: &std::path::Path, cache_kib: u32) -> Result<Connection> {
    let conn = Connection::open(path).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(256);
    conn.execute_batch(&format!(
        "PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 67108864; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib};"
    ))
    .map_err(failed)?;
    Ok(conn)
}

/// Moves the WAL into the database off the writer, when woken and every second while something may be left.
fn checkpoints(conn: &Connection, woken: &std_mpsc::Receiver<()>, frames: &AtomicU64) {
    loop {
        match woken.recv_timeout(Duration::from_secs(1)) {
            Ok(()) | Err(std_mpsc::RecvTimeoutError::Timeout) => {
                if let Ok(left) = checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)") {
                    frames.store(left, Ordering::Relaxed);
                }
            }
            Err(std_mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Runs a checkpoint; returns the frames of the WAL.
fn checkpoint(conn: &Connection, sql: &str) -> rusqlite::Result<u64> {
    conn.query_row(sql, [], |row| row.get::<_, i64>(1)).map(|frames| frames.max(0) as u64)
}
