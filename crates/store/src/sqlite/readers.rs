//! A few read-only connections. Point reads (a few µs) run where they are called, on connections of their own: they wait for no scan. Scans run on the
//! blocking threads, as many at once as there are connections for them; lists that users ask for take half of those at most, so that the loops never
//! wait behind users.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::codes::failed;
use crate::{Result, StoreError};

/// Connections for point reads.
const POINT_READERS: usize = 2;

pub(super) struct Readers {
    path: PathBuf,
    points: Connections,
    scans: Connections,
    /// A place for each of the connections for scans.
    scan_places: Arc<Semaphore>,
    /// Those that lists may take.
    list_places: Arc<Semaphore>,
    /// Goes last, see [`Writer::database`](super::writer::Writer::database).
    _database: Arc<File>,
}

/// Connections that are alike.
struct Connections {
    all: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Connections {
    fn open(path: &Path, count: usize, cache_kib: u32) -> Result<Self> {
        let all = (0..count).map(|_| open(path, cache_kib).map(Mutex::new)).collect::<Result<_>>()?;
        Ok(Self { all, turn: AtomicUsize::new(0) })
    }

    /// One that is free, or the next that will be.
    fn take(&self) -> MutexGuard<'_, Connection> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.all.len();
        let free = (0..count).find_map(|step| self.all[(first + step) % count].try_lock());
        free.unwrap_or_else(|| self.all[first % count].lock())
    }
}

impl Readers {
    /// `count` is how many scans run at once.
    pub(super) fn open(path: &Path, count: usize, cache_kib: u32, database: Arc<File>) -> Result<Arc<Self>> {
        let count = count.max(1);
        Ok(Arc::new(Self {
            path: path.to_owned(),
            points: Connections::open(path, POINT_READERS, cache_kib)?,
            scans: Connections::open(path, count, cache_kib)?,
            scan_places: Arc::new(Semaphore::new(count)),
            list_places: Arc::new(Semaphore::new((count / 2).max(1))),
            _database: database,
        }))
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a few rows in one snapshot.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        in_a_snapshot(&self.points.take(), read)
    }

    /// Reads one statement: SQLite's own snapshot is enough.
    pub(super) fn point<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        read(&self.points.take())
    }

    /// Reads in one snapshot on a blocking thread.
    pub(super) async fn scan<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = a_place(&self.scan_places).await?;
        let readers = Arc::clone(self);
        // The place is given back when the read is over, not when its caller goes away.
        tokio::task::spawn_blocking(move || {
            let result = in_a_snapshot(&readers.scans.take(), read);
            drop(place);
            result
        })
        .await
        .map_err(|error| cut_off(&error))?
    }

    /// As [`Readers::scan`], for what a user wants to see a page of.
    pub(super) async fn list<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = a_place(&self.list_places).await?;
        self.scan(move |conn| {
            let result = read(conn);
            drop(place);
            result
        })
        .await
    }
}

async fn a_place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    Arc::clone(places).acquire_owned().await.map_err(|error| cut_off(&error))
}

fn cut_off(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable { detail: format!("a read was cut off: {error}") }
}

fn in_a_snapshot<T>(conn: &Connection, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let snapshot = conn.unchecked_transaction().map_err(failed)?;
    let result = read(conn);
    drop(snapshot);
    result
}

fn open(path: &Path, cache_kib: u32) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(128);
    super::writer::stable_plans(&conn)?;
    conn.execute_batch(&format!(
        "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -{cache_kib};"
    ))
    .map_err(failed)?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use tokio::task::JoinSet;

    use super::*;
    use crate::sqlite::{Options, SqliteStore};

    fn answer(conn: &Connection) -> Result<i64> {
        conn.query_row("SELECT 42", [], |row| row.get(0)).map_err(failed)
    }

    #[tokio::test]
    async fn point_reads_wait_for_no_scan_and_loops_for_no_list() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { readers: 2, ..Options::default() };
        let store = SqliteStore::open(folder.path().join("recado.db"), options).unwrap();
        let readers = &store.readers;
        let (mut reads, mut ends) = (JoinSet::new(), Vec::new());
        // A read that goes on until its end is dropped.
        let mut long_one = || {
            let (end, ended) = mpsc::channel::<()>();
            ends.push(end);
            move |_: &Connection| Ok(ended.recv().is_ok())
        };
        for _ in 0..9 {
            let (readers, read) = (Arc::clone(readers), long_one());
            reads.spawn(async move { readers.list(read).await });
        }
        while readers.list_places.available_permits() > 0 || readers.scan_places.available_permits() > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(readers.scan(answer).await, Ok(42), "lists leave room for others");
        for _ in 0..9 {
            let (readers, read) = (Arc::clone(readers), long_one());
            reads.spawn(async move { readers.scan(read).await });
        }
        while readers.scan_places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!((readers.point(answer), readers.read(answer)), (Ok(42), Ok(42)));
        let waits = tokio::time::timeout(Duration::ZERO, readers.scan(answer)).await;
        assert!(waits.is_err(), "all places for scans are taken, and no thread waits for one");
        drop(ends);
        assert!(reads.join_all().await.into_iter().all(|read| read == Ok(false)));
        assert_eq!(readers.list(answer).await, Ok(42));
    }
}
