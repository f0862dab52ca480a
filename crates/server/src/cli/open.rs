//! What several commands open: the data folder's lock, the database, the log, the way out.

use std::{fs, io::IsTerminal as _, path::Path, sync::Arc};

use anyhow::Context as _;
use recado_delivery::egress::{AllowEntry, Door};
use recado_store::sqlite::{Options as StoreOptions, Schema, SqliteStore};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::{EnvFilter, fmt};
use url::Url;

use crate::config::{Config, LogFormat};

/// The lock of a data folder: two servers on one folder would both send. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct FolderLock(#[expect(dead_code, reason = "held for its drop")] fs::File);

impl FolderLock {
    /// Takes the lock, or says that somebody has it.
    pub(super) fn take(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("can not make the data folder {}", folder.display()))?;
        let path = folder.join("recado.lock");
        let file = fs::File::create(&path).with_context(|| format!("can not write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(fs::TryLockError::WouldBlock) => {
                anyhow::bail!("another recado serves the data folder {}", folder.display())
            }
            Err(fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("can not lock {}", path.display()))
            }
        }
    }
}

/// Opens the database of a configuration. One of an older version is brought up to date, but not beside a server, which would be of that version and could
/// not be started again.
pub(super) fn store(config: &Config) -> anyhow::Result<Arc<SqliteStore>> {
    let (folder, path) = (&config.data_dir, config.database());
    fs::create_dir_all(folder).with_context(|| format!("can not make the data folder {}", folder.display()))?;
    let can_not_open = || format!("can not open {}", path.display());
    let schema = Schema::of(&path).with_context(can_not_open)?;
    let _alone = if schema.is_older() {
        Some(FolderLock::take(folder).with_context(|| {
            format!(
                "the database is of an older version (schema {}, this program needs {}): stop the server and start it with this version first",
                schema.at, schema.known
            )
        })?)
    } else {
        None
    };
    SqliteStore::open(&path, StoreOptions::default()).with_context(can_not_open)
}

/// Reads the configuration of a command that changes the data.
pub(super) fn config(file: Option<&Path>) -> anyhow::Result<Config> {
    let (config, layers) = Config::load_with_layers(file, Vec::new())?;
    if let Some(words) = layers.unknown_words() {
        eprintln!("recado: warning: {words}");
    }
    Ok(config)
}

/// Reads the configuration of a server, and starts its log.
pub(super) fn config_and_log(
    file: Option<&Path>,
    command_line: Vec<(&'static str, toml::Value)>,
) -> anyhow::Result<Config> {
    let (config, layers) = Config::load_with_layers(file, command_line)?;
    log(&config)?;
    if let Some(words) = layers.unknown_words() {
        tracing::warn!("{words}");
    }
    Ok(config)
}

/// Starts to log to standard error.
fn log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_level)?;
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Pretty => logs.with_target(false).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}

/// The operator's egress entries, with the exact host and port of the Telegram API's address.
pub(super) fn egress(config: &Config) -> anyhow::Result<Vec<AllowEntry>> {
    let mut entries: Vec<AllowEntry> = Vec::new();
    for entry in &config.allow_egress {
        entries.push(entry.parse()?);
    }
    let telegram = Url::parse(&config.telegram_base_url)?;
    if let (Some(host), Some(port)) = (telegram.host_str(), telegram.port_or_known_default()) {
        entries.push(format!("{host}:{port}").parse()?);
    }
    Ok(entries)
}

/// The way out of a configuration.
pub(super) fn door(config: &Config, allow: Vec<AllowEntry>) -> anyhow::Result<Door> {
    Ok(Door::new(crate::start::door_config(config, allow)?, &tokio::runtime::Handle::current())?)
}

/// Ears for the signals that ask the process to stop. Made before anybody is told that the server is ready, so that none is missed.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Listens from now on.
    pub(super) fn listen() -> anyhow::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Returns when the process was asked to stop.
    pub(super) async fn asked(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
