//! Configuration: one flat list of keys, four places to set them.
//!
//! `recado.default.toml` is parsed first and *is* the defaults; then the operator's file, then `RECADO_…` variables, then the command line. A
//! key that does not exist is an error that names the nearest one that does, a variable only a warning; a value that can not be used is an error that names its place.
//! This is the only module that reads the environment.

mod layers;
mod nearest;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use recado_model::{Plan, UnixMs, time::DAY_MS};
use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

pub use layers::{Layers, Place};
pub use nearest::nearest;

/// The documented defaults.
pub const DEFAULTS: &str = include_str!("../../../../recado.default.toml");

/// The file that is read when none is named, if it exists.
pub const FILE: &str = "recado.toml";

/// Why the configuration can not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The named file can not be read.
    #[error("can not read the configuration file {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not TOML.
    #[error("{place} is not valid TOML: {detail}")]
    Syntax {
        /// Which.
        place: String,
        /// What the parser says, with line and column.
        detail: String,
    },
    /// A key that does not exist.
    #[error("{place} has an unknown key `{key}`{}", nearest_hint(nearest.as_deref()))]
    UnknownKey {
        /// Where it stands.
        place: String,
        /// The key.
        key: String,
        /// The nearest key that exists.
        nearest: Option<String>,
    },
    /// A value that can not be used.
    #[error("`{key}` in {place} can not be {value}: {reason}")]
    Value {
        /// The key.
        key: String,
        /// Where it was set.
        place: String,
        /// The value, as it stands there.
        value: String,
        /// What it must be.
        reason: String,
    },
}

fn nearest_hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(|| "; recado.default.toml lists them all".to_owned(), |key| format!("; did you mean `{key}`?"))
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines.
    Json,
}

/// Plan of a new account, before the moment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPlan {
    /// Everything.
    Paid,
    /// Everything for a time.
    Trial,
    /// Without webhooks and API requests.
    Free,
}

impl NewPlan {
    /// The plan of a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "paid" => Some(Self::Paid),
            "trial" => Some(Self::Trial),
            "free" => Some(Self::Free),
            _ => None,
        }
    }

    /// The plan of an account that is made now.
    pub fn at(self, now: UnixMs, trial_days: u32) -> Plan {
        match self {
            Self::Paid => Plan::Paid,
            Self::Trial => Plan::Trial { until: now + i64::from(trial_days) * DAY_MS },
            Self::Free => Plan::Free,
        }
    }
}

/// What is in force. `recado.default.toml` documents each key.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where people reach it, without a trailing slash.
    pub public_url: Option<String>,
    /// Where database, files and key lie.
    pub data_dir: PathBuf,
    /// The key that seals secrets.
    pub key_file: PathBuf,
    /// How long events, deliveries and attempts are kept.
    pub retention_days: u32,
    /// How much is logged.
    pub log_level: String,
    /// How a line looks.
    pub log_format: LogFormat,
    /// Private addresses that may be reached, as `host-or-CIDR[:port][/path-prefix]`.
    pub allow_egress: Vec<String>,
    /// PEM file of authorities that are trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// Base URL of the Telegram Bot API, without a trailing slash.
    pub telegram_base_url: String,
    /// Plan of a new account.
    pub new_account_plan: NewPlan,
    /// Length of a trial.
    pub trial_days: u32,
    /// Messages that may wait for their turn.
    pub inbox_count_max: usize,
    /// Bytes of messages that may wait for their turn.
    pub inbox_bytes_max: usize,
    /// Connections to receivers at once.
    pub connections_max: usize,
    /// Deliveries of one webhook that may be pending.
    pub webhook_pending_max: u64,
    /// API requests in flight at once.
    pub api_requests_max: usize,
    /// Bytes of files that one contact may have sent.
    pub files_bytes_a_contact_max: u64,
    /// Bytes of files that one bot may keep.
    pub files_bytes_a_bot_max: u64,
    /// Bytes of files that all bots of an account may keep.
    pub files_bytes_an_account_max: u64,
}

impl Config {
    /// The configuration of a file (or `recado.toml` if that exists), the environment, and what the command line set.
    pub fn load(file: Option<&Path>, command_line: Vec<(&'static str, toml::Value)>) -> Result<Self, ConfigError> {
        Ok(Self::load_with_layers(file, command_line)?.0)
    }

    /// As [`Config::load`], and where each value comes from.
    pub fn load_with_layers(
        file: Option<&Path>,
        command_line: Vec<(&'static str, toml::Value)>,
    ) -> Result<(Self, Layers), ConfigError> {
        let mut layers = Layers::defaults()?;
        match file {
            Some(path) => layers.add_file(path)?,
            None if Path::new(FILE).exists() => layers.add_file(Path::new(FILE))?,
            None => {}
        }
        layers.add_environment(environment())?;
        for (key, value) in command_line {
            layers.set(key, value, Place::CommandLine);
        }
        Ok((Self::from_layers(&layers)?, layers))
    }

    /// The typed values of the layers.
    pub fn from_layers(layers: &Layers) -> Result<Self, ConfigError> {
        let data_dir = PathBuf::from(layers.text("data_dir")?);
        let key_file = layers.text("key_file")?;
        let ca_file = layers.text("ca_file")?;
        Ok(Self {
            listen: layers.parsed("listen", "an address and a port, as in 127.0.0.1:8080", |text| text.parse().ok())?,
            public_url: match layers.text("public_url")? {
                "" => None,
                _ => Some(layers.parsed(
                    "public_url",
                    "empty, or an http or https URL without path, query and user",
                    origin,
                )?),
            },
            key_file: if key_file.is_empty() { data_dir.join("secret.key") } else { PathBuf::from(key_file) },
            data_dir,
            retention_days: layers.number("retention_days", 1, 3_650)? as u32,
            log_level: layers.parsed(
                "log_level",
                "a level (error, warn, info, debug, trace) or a filter such as \"info,recado_server=debug\"",
                log_level,
            )?,
            log_format: layers.parsed("log_format", "\"pretty\" or \"json\"", |text| match text {
                "pretty" => Some(LogFormat::Pretty),
                "json" => Some(LogFormat::Json),
                _ => None,
            })?,
            allow_egress: layers.texts("allow_egress")?,
            ca_file: (!ca_file.is_empty()).then(|| PathBuf::from(ca_file)),
            telegram_base_url: layers.parsed("telegram_base_url", "an http or https URL", base_url)?,
            new_account_plan: layers.parsed("new_account_plan", "\"paid\", \"trial\" or \"free\"", NewPlan::parse)?,
            trial_days: layers.number("trial_days", 1, 365)? as u32,
            inbox_count_max: layers.number("inbox_count_max", 1, 1_000_000)? as usize,
            inbox_bytes_max: layers.number("inbox_bytes_max", 1_048_576, 1 << 40)? as usize,
            connections_max: layers.number("connections_max", 16, 65_536)? as usize,
            webhook_pending_max: layers.number("webhook_pending_max", 10, 10_000_000)? as u64,
            api_requests_max: layers.number("api_requests_max", 1, 10_000)? as usize,
            files_bytes_a_contact_max: layers.number("files_bytes_a_contact_max", 0, 1 << 50)? as u64,
            files_bytes_a_bot_max: layers.number("files_bytes_a_bot_max", 0, 1 << 50)? as u64,
            files_bytes_an_account_max: layers.number("files_bytes_an_account_max", 0, 1 << 50)? as u64,
        })
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("recado.db")
    }

    /// The folder of uploaded files.
    pub fn files_dir(&self) -> PathBuf {
        self.data_dir.join("files")
    }
}

/// The `RECADO_…` variables, by name.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("RECADO_"))
        .collect()
}

fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

fn origin(text: &str) -> Option<String> {
    let url = web_url(text)?;
    (url.path() == "/").then(|| url.as_str().trim_end_matches('/').to_owned())
}

fn base_url(text: &str) -> Option<String> {
    Some(web_url(text)?.as_str().trim_end_matches('/').to_owned())
}

/// The filter's own reader takes a word that is no level for the name of a module, of which there is none: the log would be empty.
fn log_level(text: &str) -> Option<String> {
    let is_known = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
    let is_filter = text.split(',').map(str::trim).all(is_known) && text.parse::<Targets>().is_ok();
    (is_filter && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
