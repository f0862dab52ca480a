//! SQLite: one writer thread that commits together what waits together, and a few readers.
//!
//! The cast: [`writer`](self) runs every change, many in one commit (`batch`); `readers` answer from snapshots; `recent` keeps what the last
//! commits wrote, for those who go on with it; a third thread moves the WAL into the database so that the writer need not. When a writing method returns `Ok`, its rows are synced. A crash leaves the last
//! commit: whatever was not answered may be there whole or not at all.

mod attempts;
mod batch;
mod bots;
mod cancelling;
mod catalog;
mod catching_up;
mod chains;
mod chats;
mod codes;
mod deliveries;
mod erasing;
mod events;
mod files;
mod flows;
mod health;
mod keeping;
mod lanes;
mod members;
mod messages;
mod migrations;
mod names;
mod notifications;
mod old;
mod outbox;
mod query;
mod readers;
mod recent;
mod records;
mod room;
mod runs;
mod team;
mod telling;
mod traffic;
mod turns;
mod unsent;
mod waiting;
mod webhooks;
mod writer;

use std::{path::Path, sync::Arc};

use recado_model::limits::WEBHOOK_PENDING_MAX;

pub use self::migrations::Schema;
use self::{readers::Readers, recent::Recent, writer::Writer};
use crate::Result;

/// How the store uses the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Reading connections.
    pub readers: usize,
    /// KiB of pages the writer keeps in memory at most.
    pub writer_cache_kib: u32,
    /// KiB of pages each reader keeps in memory at most.
    pub reader_cache_kib: u32,
    /// Deliveries of one webhook that may be pending.
    pub webhook_pending_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            writer_cache_kib: 16 * 1024,
            reader_cache_kib: 2 * 1024,
            webhook_pending_max: WEBHOOK_PENDING_MAX,
        }
    }
}

/// The store in one SQLite file. Dropping it waits for what was handed to the writer.
pub struct SqliteStore {
    writer: Writer,
    readers: Arc<Readers>,
    recent: Arc<Recent>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.readers.path()).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the database at `path`, made when it is not there, and brings its schema up to date. One written by a newer version is refused.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Arc<Self>> {
        let path = path.as_ref();
        let recent = Arc::<Recent>::default();
        let writer = Writer::start(path.to_owned(), &options, Arc::clone(&recent))?;
        let readers = Readers::open(path, options.readers, options.reader_cache_kib, writer.database())?;
        Ok(Arc::new(Self { writer, readers, recent }))
    }

    /// Bounds the database file to so many bytes (whole pages of 4 KiB); `None` lifts the bound. Past it, writes answer `Unavailable`.
    pub fn set_bytes_max(&self, bytes: Option<u64>) {
        self.writer.set_pages_max(bytes.map_or(0, |bytes| (bytes / 4_096).max(1) as i64));
    }
}
