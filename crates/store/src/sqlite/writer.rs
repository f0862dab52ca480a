//! The one thread that writes. It gathers what waits and commits it together.
//!
//! A job that is refused leaves nothing and its neighbours stay (see `batch`). Answers go out only after `COMMIT` returned, that is after the
//! WAL is synced. When `BEGIN`, a statement or `COMMIT` fails because of the disk or a lock, the whole batch is rolled
//! back, everybody in it is told `Unavailable`, and the next batch starts anew on a fresh connection if need be. A crash at any moment
//! leaves the last commit.

use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU8, Ordering},
        mpsc as std_mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::{Connection, config::DbConfig, params};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Options,
    batch::{Call, Job, Sequences, Tx},
    codes::failed,
    old::Walks,
    recent::{Change, Recent},
};
use crate::{Result, StoreError};

/// Jobs that wait for the writer; more callers wait in line.
const QUEUE_MAX: usize = 4_096;
/// Jobs of one commit.
const BATCH_JOBS_MAX: usize = 512;
/// Bytes of one commit, as the callers estimate them.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// After this many estimated bytes the checkpointer is woken. Small steps: while the disk takes one in, commits wait.
const CHECKPOINT_BYTES: usize = 2 * 1024 * 1024;
/// Frames (4 KiB pages) of the WAL past which it is to start again from its beginning: 64 MiB. Only the writer can do that, and it waits for the frames
/// that are not checkpointed yet and for the sync of the database; so it is asked to when hardly anything is left of both.
const WAL_FRAMES: i64 = 16_384;
/// Bytes that the WAL's file keeps, twice the length at which it starts again: were it cut at each start, the file system would have to find the same room anew.
const WAL_KEEPS: i64 = 2 * 4_096 * WAL_FRAMES;
/// Frames that are left for the writer to move, and frames that were moved and not synced: a few milliseconds.
const LEFT_FRAMES: i64 = 256;
/// Tries to come so close behind the writer, before it is let go for now.
const CLOSING_IN_MAX: usize = 8;
/// Frames past which the writer waits however many are left: 256 MiB.
const WAL_FRAMES_MAX: i64 = 4 * WAL_FRAMES;
/// What the checkpointer asks the writer for.
const NO_RESTART: u8 = 0;
/// The WAL starts again if no reader holds it up.
const MAY_RESTART: u8 = 1;
/// The WAL is too long: the writer waits for readers.
const MUST_RESTART: u8 = 2;
/// How long a reader may hold up the start from the beginning; then it is asked for again.
const RESTART_WITHIN: Duration = Duration::from_millis(1);
/// How long anything else of the writer waits for a lock.
const BUSY: Duration = Duration::from_secs(2);

/// Estimated bytes and the job.
type Waiting = (usize, Box<dyn Job>);

/// The callers' end of the writer.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Waiting>>,
    threads: Vec<JoinHandle<()>>,
    pages_max: Arc<AtomicI64>,
    database: Arc<File>,
}

impl Writer {
    /// The database's file, to be kept open for longer than any connection of this process: closing it would give up their locks, as POSIX has it.
    pub(super) fn database(&self) -> Arc<File> {
        Arc::clone(&self.database)
    }

    pub(super) fn start(path: PathBuf, options: &Options, recent: Arc<Recent>) -> Result<Self> {
        let conn = open(&path, options.writer_cache_kib)?;
        super::migrations::migrate(&conn)?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let (wake, woken) = std_mpsc::sync_channel(1);
        let restart = Arc::new(AtomicU8::new(NO_RESTART));
        let pages_max = Arc::new(AtomicI64::new(0));
        let checkpoint_conn = open(&path, 256)?;
        let database =
            Arc::new(File::open(&path).map_err(|error| StoreError::Unavailable { detail: error.to_string() })?);
        let writer = Loop {
            path,
            cache_kib: options.writer_cache_kib,
            queue,
            wake,
            restart: Arc::clone(&restart),
            pages_max: Arc::clone(&pages_max),
            swept: Walks::default(),
            pending_max: i64::try_from(options.webhook_pending_max).unwrap_or(i64::MAX),
            recent,
        };
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .map_err(|error| StoreError::Unavailable { detail: format!("no thread could be started: {error}") })
        };
        let threads = vec![
            spawn("store-writer", Box::new(move || writer.run(conn)))?,
            spawn("store-checkpoint", {
                let database = Arc::clone(&database);
                Box::new(move || checkpoints(&checkpoint_conn, &database, &woken, &restart))
            })?,
        ];
        Ok(Self { jobs: Some(jobs), threads, pages_max, database })
    }

    /// Sets how many pages the database may have; 0 lifts the limit.
    pub(super) fn set_pages_max(&self, pages: i64) {
        self.pages_max.store(pages, Ordering::Relaxed);
    }

    /// Runs a job with others in one commit and returns when that is synced.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        bytes: usize,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call_hot(bytes, move |tx| {
            tx.changes.push(Change::Other);
            work(tx)
        })
        .await
    }

    /// As [`Writer::call`], for a job that says itself what the recent rows in memory have to know, or changes none of them.
    pub(super) async fn call_hot<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let gone = || StoreError::Unavailable { detail: "the store is closing".to_owned() };
        let (caller, receiver) = oneshot::channel();
        let job = Box::new(Call { work, result: None, caller });
        self.jobs.as_ref().ok_or_else(gone)?.send((bytes, job)).await.map_err(|_| gone())?;
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
    queue: mpsc::Receiver<Waiting>,
    wake: std_mpsc::SyncSender<()>,
    /// Whether the WAL is to start again from its beginning now.
    restart: Arc<AtomicU8>,
    pages_max: Arc<AtomicI64>,
    swept: Walks,
    /// Deliveries of one webhook that may be pending.
    pending_max: i64,
    recent: Arc<Recent>,
}

impl Loop {
    fn run(mut self, mut conn: Connection) {
        let mut sequences = None;
        let mut pages_max = 0;
        let mut unsaved = 0;
        let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH_JOBS_MAX);
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
            let began = Instant::now();
            match self.commit(&conn, &mut sequences, &mut batch) {
                Ok(()) => {
                    metrics::histogram!("recado_commit_seconds").record(began.elapsed());
                    unsaved += bytes + 8_192;
                }
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
            match self.restart.swap(NO_RESTART, Ordering::Relaxed) {
                NO_RESTART => {}
                wanted => restart_wal(&conn, wanted == MUST_RESTART),
            }
        }
    }

    /// Runs and commits a batch, then answers everybody in it. A job that never ran is told the failure as well.
    fn commit(&mut self, conn: &Connection, sequences: &mut Option<Sequences>, batch: &mut Vec<Waiting>) -> Result<()> {
        let done = self.work(conn, sequences, batch);
        let failure = done.as_ref().err();
        if failure.is_some() {
            self.recent.failed();
        }
        if failure.is_some() && !conn.is_autocommit() {
            // If this fails as well, the connection is replaced.
            drop(conn.execute_batch("ROLLBACK"));
        }
        for (_, job) in batch.drain(..) {
            job.answer(failure);
        }
        done
    }

    fn work(&mut self, conn: &Connection, sequences: &mut Option<Sequences>, batch: &mut [Waiting]) -> Result<()> {
        let exec = |sql: &str| {
            conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
        };
        exec("BEGIN IMMEDIATE")?;
        let before = match *sequences {
            Some(sequences) => sequences,
            None => load_sequences(conn)?,
        };
        let mut tx = Tx::new(conn, before, &mut self.swept, self.pending_max, false);
        run_all(&mut tx, batch)?;
        if tx.is_spoiled() {
            exec("ROLLBACK")?;
            exec("BEGIN IMMEDIATE")?;
            tx = Tx::new(conn, before, &mut self.swept, self.pending_max, true);
            run_all(&mut tx, batch)?;
        }
        tx.flush()?;
        let after = tx.seqs;
        save_sequences(conn, before, after)?;
        let changes = std::mem::take(&mut tx.changes);
        exec("COMMIT")?;
        self.recent.committed(before, after, changes.into_iter());
        *sequences = Some(after);
        Ok(())
    }
}

/// Has the WAL start again from its beginning. When a reader holds it up for longer than there is patience, it is asked for again.
fn restart_wal(conn: &Connection, must: bool) {
    drop(conn.busy_timeout(if must { BUSY } else { RESTART_WITHIN }));
    drop(checkpoint(conn, "PRAGMA wal_checkpoint(RESTART)"));
    drop(conn.busy_timeout(BUSY));
}

/// Runs the jobs of a batch, up to one that spoils it. An error is the end of the batch.
fn run_all(tx: &mut Tx<'_>, batch: &mut [Waiting]) -> Result<()> {
    for (_, job) in batch {
        if let Some(failure @ StoreError::Unavailable { .. }) = job.run(tx) {
            return Err(failure);
        }
        if tx.conn.is_autocommit() {
            return Err(StoreError::Unavailable { detail: "the database rolled the commit back".to_owned() });
        }
        if tx.is_spoiled() {
            break;
        }
    }
    Ok(())
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
    stable_plans(&conn)?;
    conn.execute_batch(&format!(
        "PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {WAL_KEEPS}; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib};"
    ))
    .map_err(failed)?;
    Ok(conn)
}

/// Plans do not depend on the values. Without this SQLite parses and plans anew whenever a statement that might use a partial index gets
/// another value: a fifth of the writer's time.
pub(super) fn stable_plans(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop).map_err(failed)
}

/// Moves the WAL into the database off the writer, when woken and every second while something may be left.
fn checkpoints(conn: &Connection, database: &File, woken: &std_mpsc::Receiver<()>, restart: &AtomicU8) {
    loop {
        match woken.recv_timeout(Duration::from_secs(1)) {
            Ok(()) | Err(std_mpsc::RecvTimeoutError::Timeout) => move_wal(conn, database, restart),
            Err(std_mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Checkpoints what is there. When the WAL is long, it goes on until it is close behind the writer, and asks that for a restart.
///
/// SQLite syncs the database only when it has moved all there is, which never happens while commits come in; then the writer would have to wait, at the restart,
/// until everything that was moved since the last one is on the disk. So it is synced here.
fn move_wal(conn: &Connection, database: &File, restart: &AtomicU8) {
    let Ok(mut wal) = checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)") else { return };
    for _ in 0..CLOSING_IN_MAX {
        if wal.frames < WAL_FRAMES {
            return;
        }
        if wal.frames > WAL_FRAMES_MAX {
            restart.store(MUST_RESTART, Ordering::Relaxed);
            return;
        }
        // When it fails, so will the sync that counts, and whoever waits for that is told.
        drop(database.sync_data());
        let before = wal;
        let Ok(after) = checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)") else { return };
        wal = after;
        if wal.done - before.done <= LEFT_FRAMES && wal.frames - wal.done <= LEFT_FRAMES {
            restart.store(MAY_RESTART, Ordering::Relaxed);
            return;
        }
    }
}

/// How far the WAL is moved into the database.
#[derive(Clone, Copy)]
struct Wal {
    frames: i64,
    done: i64,
}

fn checkpoint(conn: &Connection, sql: &str) -> rusqlite::Result<Wal> {
    conn.query_row(sql, [], |row| Ok(Wal { frames: row.get(1)?, done: row.get(2)? }))
}
