//! Start and stop of the whole server.
//!
//! The order of the start is the order of dependence: store, bots, inbox, loops, and the HTTP front last, so that the first request finds
//! everything. The order of a stop is the reverse: no new connections, no new loop work, then the turns and attempts under way come to their
//! commit, for at most [`STOP_WITHIN`]. A stop that is cut short loses nothing: it is then the same as a crash.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use recado_delivery::egress::{AllowEntry, Door, DoorConfig, certificates};
use recado_store::{
    Catalog as _, Store,
    catalog::FileRoom,
    sqlite::{self, SqliteStore},
};
use tokio::{net::TcpListener, runtime::Handle, sync::RwLock};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::{SharedClock, SystemClock},
    config::Config,
    connections::{self, Shares},
    runtime::{
        self, contended::Contended, file_links::FileLinks, inbox::Inbox, live::Live, registry::Registry, turns::Turner,
        wakes::Wakes,
    },
    seal::Sealer,
    state::{App, Parts, Settings},
};

/// How long a graceful stop waits for what is under way.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// What a start needs beside the configuration.
pub struct Options {
    /// The time.
    pub clock: SharedClock,
}

impl Default for Options {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock) }
    }
}

/// A server that runs.
pub struct Running {
    /// The parts, for the demo and the tests.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Starts the server. When it returns, requests are answered.
pub async fn start(config: &Config, options: Options) -> anyhow::Result<Running> {
    std::fs::create_dir_all(config.files_dir())
        .with_context(|| format!("can not make the data folder {}", config.data_dir.display()))?;
    let options_of_store =
        sqlite::Options { webhook_pending_max: config.webhook_pending_max, ..sqlite::Options::default() };
    let store = SqliteStore::open(config.database(), options_of_store)
        .with_context(|| format!("can not open the database {}", config.database().display()))?;
    let keys = keys_of(&config.key_file, store.holds_secrets().await?)?;
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("can not listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let Shares { incoming, outgoing } = Shares::of_process(config.connections_max);
    if outgoing < config.connections_max {
        tracing::warn!(
            incoming,
            outgoing,
            connections_max = config.connections_max,
            "this process may open too few files: so many connections at once it is (LimitNOFILE= in systemd, ulimit -n)"
        );
    }
    let config = &Config { connections_max: outgoing, ..config.clone() };
    let app = assemble(config, options, store, keys, address)?;
    runtime::begin(&app);
    let router = crate::http::router(app.clone());
    app.tasks.spawn(connections::serve(listener, router, incoming, app.tasks.clone(), app.stopping.clone()));
    Ok(Running { app, address })
}

/// The key of this installation, which is made with the first start. Not beside secrets that were sealed with another one: what is sealed with a new key could not be
/// opened any more when the old one is put back.
fn keys_of(file: &Path, has_secrets: bool) -> anyhow::Result<Sealer> {
    let keys = if has_secrets { Sealer::of_file(file) } else { Sealer::open_file(file).map(Some) };
    keys.with_context(|| format!("can not use the key file {}", file.display()))?.with_context(|| {
        format!(
            "the key file {} is missing, and the database holds secrets that were sealed with it: put it back from your backup. If it is lost for good, write 64 \
             hexadecimal characters of chance into it (`openssl rand -hex 32`), start, connect your bots again and rotate the secrets of your webhooks, which send nothing until then",
            file.display()
        )
    })
}

fn assemble(
    config: &Config,
    options: Options,
    store: Arc<dyn Store>,
    keys: Sealer,
    address: SocketAddr,
) -> anyhow::Result<App> {
    let local = reached_from_here(address);
    let settings = Settings {
        public_url: config.public_url.clone(),
        local_url: format!("http://{local}"),
        started_at: options.clock.now(),
        files_dir: config.files_dir(),
        telegram_base_url: config.telegram_base_url.clone(),
        inbox_count_max: config.inbox_count_max,
        inbox_bytes_max: config.inbox_bytes_max,
        api_requests_max: config.api_requests_max,
        retention_days: config.retention_days,
        file_room: FileRoom {
            of_a_contact: config.files_bytes_a_contact_max,
            of_a_bot: config.files_bytes_a_bot_max,
            of_an_account: config.files_bytes_an_account_max,
        },
        new_account_plan: config.new_account_plan,
        trial_days: config.trial_days,
    };
    let tasks = TaskTracker::new();
    let keys = Arc::new(keys);
    let wakes = Arc::new(Wakes::default());
    let live = Arc::new(Live::default());
    let bots = Arc::new(Registry::new(Arc::clone(&store), Arc::clone(&keys)));
    let files = Arc::new(FileLinks::new(Arc::clone(&keys), settings.public_url.as_deref(), &settings.local_url));
    let turner = Turner {
        store: Arc::clone(&store),
        bots: Arc::clone(&bots),
        clock: Arc::clone(&options.clock),
        live: Arc::clone(&live),
        wakes: Arc::clone(&wakes),
        link_base: settings.public_url.clone(),
        files: Arc::clone(&files),
        contended: Contended::default(),
    };
    let inbox = Arc::new(Inbox::new(turner, settings.inbox_count_max, settings.inbox_bytes_max, tasks.clone()));
    Ok(App::new(Parts {
        store,
        clock: options.clock,
        bots,
        inbox,
        live,
        wakes,
        control: Arc::default(),
        door: Arc::new(door(config, local)?),
        files,
        placing: RwLock::default(),
        keys,
        settings: Arc::new(settings),
        tasks,
        stopping: CancellationToken::new(),
    }))
}

/// Where this machine reaches a server that listens there: one that listens on all addresses is found on the loopback.
fn reached_from_here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The way out: public hosts, what the operator added, the operator's Telegram server by its exact host and port, and this server's own inspector, which
/// keeps what it gets for who has its secret URL. Nothing else of this machine.
fn door(config: &Config, local: SocketAddr) -> anyhow::Result<Door> {
    let mut entries = config.allow_egress.clone();
    let telegram = url::Url::parse(&config.telegram_base_url)?;
    if let (Some(host), Some(port)) = (telegram.host_str(), telegram.port_or_known_default()) {
        entries.push(format!("{host}:{port}"));
    }
    entries.push(format!("{local}/inspector/"));
    let allow = entries
        .iter()
        .map(|entry| entry.parse())
        .collect::<Result<Vec<_>, _>>()
        .context("allow_egress can not be used")?;
    Ok(Door::new(door_config(config, allow)?, &Handle::current())?)
}

/// How the way out is set up.
pub(crate) fn door_config(config: &Config, allow: Vec<AllowEntry>) -> anyhow::Result<DoorConfig> {
    let authorities = config.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
    Ok(DoorConfig { allow, authorities, connections_max: config.connections_max, ..DoorConfig::default() })
}

fn authorities(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let pem = std::fs::read(path).with_context(|| format!("can not read ca_file {}", path.display()))?;
    certificates(&pem).with_context(|| format!("can not use ca_file {}", path.display()))
}

impl Running {
    /// Stops gracefully: no new work, and what is under way comes to its commit.
    pub async fn stop(self) {
        self.app.stopping.cancel();
        self.app.tasks.close();
        if tokio::time::timeout(STOP_WITHIN, self.app.tasks.wait()).await.is_err() {
            tracing::warn!("the stop did not wait for everything; the next start goes on from the store");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_found_on_the_loopback() {
        for (listens, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:81", "[::1]:81"),
            ("192.0.2.7:82", "192.0.2.7:82"),
            ("[::1]:83", "[::1]:83"),
        ] {
            assert_eq!(reached_from_here(listens.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
