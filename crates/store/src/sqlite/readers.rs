//! A few read-only connections. Point reads run where they are called (a few µs); scans run on the blocking threads.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use super::codes::failed;
use crate::{Result, StoreError};

pub(super) struct Readers {
    path: PathBuf,
    connections: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
    /// Goes last, see [`Writer::database`](super::writer::Writer::database).
    _database: Arc<File>,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize, cache_kib: u32, database: Arc<File>) -> Result<Arc<Self>> {
        let connections = (0..count.max(1)).map(|_| open(path, cache_kib).map(Mutex::new)).collect::<Result<_>>()?;
        Ok(Arc::new(Self { path: path.to_owned(), connections, turn: AtomicUsize::new(0), _database: database }))
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads in one snapshot.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.connections.len();
        let free = (0..count).find_map(|step| self.connections[(first + step) % count].try_lock());
        let conn = free.unwrap_or_else(|| self.connections[first % count].lock());
        let snapshot = conn.unchecked_transaction().map_err(failed)?;
        let result = read(&conn);
        drop(snapshot);
        result
    }

    /// Reads one statement: SQLite's own snapshot is enough.
    pub(super) fn point<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.connections.len();
        let free = (0..count).find_map(|step| self.connections[(first + step) % count].try_lock());
        let conn = free.unwrap_or_else(|| self.connections[first % count].lock());
        read(&conn)
    }

    /// Reads in one snapshot on a blocking thread.
    pub(super) async fn scan<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || readers.read(read))
            .await
            .map_err(|error| StoreError::Unavailable { detail: format!("a read was cut off: {error}") })?
    }
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
