//! What every handler and loop holds.
//!
//! [`App`] is a cheap handle to parts that know nothing of it: the store remembers, the [`Registry`] keeps each bot ready for turns, the
//! [`Inbox`] runs turns one at a time per contact, [`Live`] wakes whoever watches, the [`Door`] is the way out.

use std::{path::PathBuf, sync::Arc};

use recado_delivery::egress::Door;
use recado_store::{Store, catalog::FileRoom};
use tokio::sync::RwLock;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::{SharedClock, SystemEntropy},
    config::NewPlan,
    runtime::{dispatch::Control, file_links::FileLinks, inbox::Inbox, live::Live, registry::Registry, wakes::Wakes},
    seal::Sealer,
};

/// What an operator set, as the parts need it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach this server, without a trailing slash; `None` when it has no public address.
    pub public_url: Option<String>,
    /// Where this server listens, as `http://127.0.0.1:8080`.
    pub local_url: String,
    /// When this process started.
    pub started_at: recado_model::UnixMs,
    /// Where files lie.
    pub files_dir: PathBuf,
    /// Base URL of the Telegram Bot API, without a trailing slash.
    pub telegram_base_url: String,
    /// Updates that may wait for their turn at once.
    pub inbox_count_max: usize,
    /// Bytes of updates that may wait for their turn at once.
    pub inbox_bytes_max: usize,
    /// API requests of flows in flight at once.
    pub api_requests_max: usize,
    /// Days that events, deliveries and attempts are kept.
    pub retention_days: u32,
    /// Bytes of files that may be kept.
    pub file_room: FileRoom,
    /// The plan of an account that is made when the installation is set up.
    pub new_account_plan: NewPlan,
    /// Days of a trial.
    pub trial_days: u32,
}

impl Settings {
    /// The address to write into links: the public one, else the local one.
    pub fn base_url(&self) -> &str {
        self.public_url.as_deref().unwrap_or(&self.local_url)
    }
}

/// What every handler and loop holds: one handle to all [`Parts`], so that a clone is one count.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of a running server.
pub struct Parts {
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: SharedClock,
    /// The bots as turns need them.
    pub bots: Arc<Registry>,
    /// Where inputs become turns.
    pub inbox: Arc<Inbox>,
    /// Wakes watchers of a bot or a contact.
    pub live: Arc<Live>,
    /// Wakes the loops.
    pub wakes: Arc<Wakes>,
    /// Tells the delivery loop what users do to single deliveries; wake it then.
    pub control: Arc<Control>,
    /// The way out.
    pub door: Arc<Door>,
    /// Links to files.
    pub files: Arc<FileLinks>,
    /// Shared by those who put the bytes of a file into their place and make its row, alone for who removes bytes that have none.
    pub placing: RwLock<()>,
    /// Seals secrets.
    pub keys: Arc<Sealer>,
    /// What an operator set.
    pub settings: Arc<Settings>,
    /// Started tasks; a graceful stop waits for them.
    pub tasks: TaskTracker,
    /// Told to stop.
    pub stopping: CancellationToken,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// A handle to these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Randomness fit for ids and secrets.
    pub fn entropy(&self) -> SystemEntropy {
        SystemEntropy
    }

    /// Now.
    pub fn now(&self) -> recado_model::UnixMs {
        self.clock.now()
    }
}
