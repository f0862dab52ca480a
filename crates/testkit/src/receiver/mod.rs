//! A receiver of webhooks on loopback that behaves as told.
//!
//! The cast: the program under test sends requests to [`Receiver::url`]; a *test* says beforehand how they are answered
//! ([`Receiver::behave`], [`Receiver::behave_at`], [`Receiver::next`]) and looks at what arrived ([`Receiver::requests`],
//! [`Receiver::wait_for`]). It speaks HTTP/1.1 by hand, so that it can misbehave in every way a real one does: never answer, drip, reset,
//! lie about lengths, flood.
//!
//! An answer is looked up in this order: the queue of the next answers of the path, the queue of the next answers, the path's behaviour, the
//! receiver's behaviour (200 with `ok` at first). Waiting is driven by events; every wait ends after [`PATIENCE`] with a panic that says
//! what was missing. Dropping the receiver closes its sockets.

mod behaviour;
mod wire;

use std::{
    collections::{HashMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

pub use behaviour::{Behaviour, Gate};

/// How long a test waits for something that should happen at once.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A request that arrived, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The method.
    pub method: String,
    /// Path and query as in the request line.
    pub target: String,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Which connection it came on, counted from 1.
    pub connection: usize,
}

impl Received {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("the body is no JSON ({error}): {:?}", self.body))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What is answered, and what arrived.
#[derive(Debug, Default)]
struct Script {
    next: VecDeque<Behaviour>,
    next_at: HashMap<String, VecDeque<Behaviour>>,
    at: HashMap<String, Behaviour>,
    always: Behaviour,
    received: Vec<Received>,
    keeps: bool,
}

/// What the connections share with the test.
#[derive(Debug)]
struct Shared {
    script: Mutex<Script>,
    arrived: watch::Sender<usize>,
    connections: AtomicUsize,
    open: watch::Sender<usize>,
    close_idle: watch::Sender<()>,
}

impl Shared {
    /// Records a request and says how it is answered.
    fn arrive(&self, request: Received) -> Behaviour {
        let behaviour = {
            let mut script = self.script.lock();
            let path = request.path();
            let queued = script.next_at.get_mut(path).and_then(VecDeque::pop_front).or_else(|| script.next.pop_front());
            let behaviour = queued.or_else(|| script.at.get(path).cloned()).unwrap_or_else(|| script.always.clone());
            if script.keeps {
                script.received.push(request);
            }
            behaviour
        };
        self.arrived.send_modify(|count| *count += 1);
        behaviour
    }
}

/// The receiver.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    authority: Option<String>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    /// Starts a receiver on an ephemeral port of loopback.
    ///
    /// # Panics
    /// When loopback has no port to give.
    pub async fn start() -> Self {
        Self::listen(None).await
    }

    /// Starts a receiver that speaks TLS with a certificate for these names, signed by itself ([`Receiver::authority_pem`]).
    ///
    /// # Panics
    /// When the names can not stand in a certificate.
    pub async fn start_tls(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names)
            .unwrap_or_else(|error| panic!("no certificate can be made: {error}"));
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .unwrap_or_else(|error| panic!("TLS can not be set up: {error}"));
        Self::listen(Some((TlsAcceptor::from(Arc::new(config)), made.cert.pem()))).await
    }

    async fn listen(tls: Option<(TlsAcceptor, String)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap_or_else(|error| panic!("loopback gives no port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let shared = Arc::new(Shared {
            script: Mutex::new(Script { keeps: true, ..Script::default() }),
            arrived: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            open: watch::Sender::new(0),
            close_idle: watch::Sender::new(()),
        });
        let (acceptor, authority) = tls.unzip();
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Self { address, shared, authority, _tasks: tasks }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path (`/hook`) here.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// The certificate as PEM, to be trusted by the program under test; `None` without TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// How each request is answered that nothing else is said about.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.script.lock().always = behaviour;
    }

    /// How each request of a path is answered.
    pub fn behave_at(&self, path: &str, behaviour: Behaviour) {
        self.shared.script.lock().at.insert(path.to_owned(), behaviour);
    }

    /// How the next requests are answered, one each, after those that are queued already.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.shared.script.lock().next.extend(behaviours);
    }

    /// How the next requests of a path are answered, one each, after those that are queued already.
    pub fn next_at(&self, path: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.shared.script.lock().next_at.entry(path.to_owned()).or_default().extend(behaviours);
    }

    /// Counts requests without keeping them, for measurements.
    pub fn only_count(&self) {
        self.shared.script.lock().keeps = false;
    }

    /// What arrived, in the order in which the requests were complete.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.script.lock().received.clone()
    }

    /// What arrived at one path.
    pub fn requests_at(&self, path: &str) -> Vec<Received> {
        self.shared.script.lock().received.iter().filter(|request| request.path() == path).cloned().collect()
    }

    /// How many requests arrived.
    pub fn count(&self) -> usize {
        *self.shared.arrived.borrow()
    }

    /// How many connections were taken since the start.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Waits until this many requests arrived in all, and gives them.
    ///
    /// # Panics
    /// After [`PATIENCE`].
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut arrived = self.shared.arrived.subscribe();
        let waited = tokio::time::timeout(PATIENCE, arrived.wait_for(|arrived| *arrived >= count)).await.is_ok();
        assert!(waited, "{} of {count} requests arrived", self.count());
        self.requests()
    }

    /// Waits until this many connections are open.
    ///
    /// # Panics
    /// After [`PATIENCE`].
    pub async fn wait_for_open(&self, count: usize) {
        let mut open = self.shared.open.subscribe();
        let waited = tokio::time::timeout(PATIENCE, open.wait_for(|open| *open == count)).await.is_ok();
        assert!(waited, "{} connections are open, not {count}", *self.shared.open.borrow());
    }

    /// Closes each connection that waits for a request, as a receiver does after its keep-alive time; one that still answers is closed
    /// after its answer.
    pub fn close_idle(&self) {
        self.shared.close_idle.send_replace(());
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        connections.spawn(take(stream, tls.clone(), Arc::clone(&shared)));
    }
}

/// One connection is open as long as this lives.
struct Open<'a>(&'a Shared);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

async fn take(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
    shared.open.send_modify(|open| *open += 1);
    let _open = Open(&shared);
    // Without it a small answer waits for an acknowledgement; a failure costs only time.
    let _ = stream.set_nodelay(true);
    match tls {
        None => wire::serve(stream, number, &shared).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                wire::serve(stream, number, &shared).await;
            }
        }
    }
}
