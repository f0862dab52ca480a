//! The one HTTP door to the outside.
//!
//! Cast: a [`Target`] (the URL, read by a real parser), the names' resolver, the [`Policy`], a dialler, TLS, a pool of connections.
//! The play: read the URL → look its host up → judge **every** address → take an idle connection to a judged address or dial one → send → the
//! status line decides → keep the first bytes of the body → keep the connection when the body has ended, else close it.
//!
//! Guarantees: no byte leaves to an address that was not judged for this very request, and there is no second look-up between judging and
//! dialling. No redirect is followed and no proxy is taken from the environment. An answer costs a bounded number of bytes and a bounded
//! time, whatever its length and pace. Connections are bounded in all. A crash loses nothing: the door remembers only what it can ask again.

mod answer;
mod connection;
mod dial;
mod error;
mod open;
mod policy;
mod pool;
mod ranges;
mod resolver;
mod target;
mod tls;

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, header};
use http_body_util::Full;
use hyper::body::Incoming;
use recado_model::delivery::FailureKind;
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::CertificateDer};

pub use self::{
    answer::{Answer, Cut},
    connection::BEFORE_HEAD_BYTES_MAX,
    dial::{Dial, Dialling, Socket, TcpDial},
    error::EgressError,
    policy::{AllowEntry, AllowEntryError, Policy, Refusal},
    ranges::{embedded, special},
    resolver::{ADDRESSES_MAX, Resolve, ResolveError, Resolved, Resolving, SystemResolver},
    target::{DIALLED_URL_BYTES_MAX, Origin, Target, TypedHost},
    tls::{CaError, certificates},
};
use self::{
    connection::Connection,
    error::words_of_exchange,
    open::Progress,
    pool::{Pool, PoolLimits},
    resolver::Names,
};

/// How the door is set up. [`DoorConfig::default`] calls public hosts only.
#[derive(Debug, Clone)]
pub struct DoorConfig {
    /// What the operator added to the public hosts.
    pub allow: Vec<AllowEntry>,
    /// Authorities that are trusted beside Mozilla's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Time for one TCP connection.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// Unused connections to one host.
    pub idle_a_host_max: usize,
    /// Unused connections in all.
    pub idle_max: usize,
    /// Connections in all, used and unused.
    pub connections_max: usize,
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            authorities: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            idle_a_host_max: 256,
            idle_max: 1_024,
            connections_max: 4_096,
        }
    }
}

/// A request to send.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL, as typed.
    pub url: String,
    /// The headers. `Host`, the length and the headers of the connection itself are the door's and are left out here.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Time to the status line: look-up, connection, handshake and wait together.
    pub head_timeout: Duration,
    /// Bytes of the answer's body that are kept.
    pub keep_bytes: usize,
    /// Time for the kept part of the body, from the status line on.
    pub keep_time: Duration,
    /// Time for everything, when there is such a bound.
    pub total_timeout: Option<Duration>,
}

/// The one HTTP door. Cheap to share behind an [`Arc`].
pub struct Door {
    policy: Policy,
    names: Names,
    dial: Arc<dyn Dial>,
    tls: TlsConnector,
    pool: Arc<Pool>,
    permits: Arc<Semaphore>,
    connect_timeout: Duration,
}

/// Headers that say how *this* connection works; a caller can not set them (request smuggling).
const OWN_HEADERS: [HeaderName; 9] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
];

impl Door {
    /// The door with the system's resolver and TCP. `runtime` runs the sweep of idle connections.
    pub fn new(config: DoorConfig, runtime: &Handle) -> Result<Self, CaError> {
        Self::with(config, runtime, Arc::new(SystemResolver::new()), Arc::new(TcpDial))
    }

    /// The door with a resolver and a dialler of the caller's.
    pub fn with(
        config: DoorConfig,
        runtime: &Handle,
        resolver: Arc<dyn Resolve>,
        dial: Arc<dyn Dial>,
    ) -> Result<Self, CaError> {
        let limits = PoolLimits {
            a_host_max: config.idle_a_host_max,
            in_all_max: config.idle_max,
            timeout: config.idle_timeout,
        };
        Ok(Self {
            policy: Policy::new(config.allow),
            names: Names::new(resolver),
            dial,
            tls: TlsConnector::from(tls::client_config(&config.authorities)?),
            pool: Pool::new(limits, runtime),
            permits: Arc::new(Semaphore::new(config.connections_max.max(1))),
            connect_timeout: config.connect_timeout,
        })
    }

    /// Sends a request. `Ok` is any answer, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Answer, EgressError> {
        let target = Target::parse(&request.url)?;
        let began = Instant::now();
        let end = request.total_timeout.map(|timeout| began + timeout);
        let head_timeout = request.total_timeout.map_or(request.head_timeout, |total| total.min(request.head_timeout));
        let mut progress = Progress::new(began);
        let reached = timeout_at(began + head_timeout, self.reach_head(&target, &request, &mut progress)).await;
        let (mut connection, response) = match reached {
            Ok(Ok(reached)) => reached,
            Ok(Err(error)) => return Err(progress.fail(error)),
            Err(_) => return Err(progress.time_out(&target, head_timeout)),
        };
        let (head, mut body) = response.into_parts();
        let head_at = progress.finish_wait();
        let until = end.map_or(head_at + request.keep_time, |end| end.min(head_at + request.keep_time));
        let (kept, cut) = answer::read_body(&mut connection, &mut body, request.keep_bytes, until).await;
        let mut timing = progress.timing();
        let remote_ip = connection.address.ip();
        if !kept.is_empty() || cut.is_some() {
            timing.read_us = answer::micros(head_at.elapsed());
        }
        drop(body);
        if cut.is_none() && connection.is_usable().await {
            self.pool.put(target.origin, connection);
        }
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: kept, cut, timing, remote_ip })
    }

    /// Whether a URL could be called now, for the moment it is saved. [`EgressError::is_warning`] tells what must not hold the user back.
    pub async fn check(&self, url: &str) -> Result<(), EgressError> {
        let target = Target::parse(url)?;
        let timeout = self.connect_timeout;
        match tokio::time::timeout(timeout, self.addresses(&target)).await {
            Ok(judged) => judged.map(|_| ()),
            Err(_) => Err(EgressError::new(
                FailureKind::Dns,
                format!("{} did not resolve in {}", target.origin.host, error::words_of_duration(timeout)),
            )),
        }
    }

    /// Unused connections that are kept now.
    pub fn idle_count(&self) -> usize {
        self.pool.idle_count()
    }

    /// The judged addresses of a host: all of them, or a refusal.
    async fn addresses(&self, target: &Target) -> Result<Arc<[IpAddr]>, EgressError> {
        let refused = |refusal: Refusal| EgressError::new(FailureKind::Refused, refusal.detail);
        let name = match &target.origin.host {
            TypedHost::Ip(address) => {
                self.policy.judge(target, *address).map_err(refused)?;
                return Ok([*address].into());
            }
            TypedHost::Name(name) => name,
        };
        let addresses = self
            .names
            .look_up(name)
            .await
            .map_err(|error| EgressError::new(FailureKind::Dns, format!("{name} does not resolve: {error}")))?;
        if resolver::is_localhost(name) {
            // Both loopbacks are this machine: one allowed is enough.
            let allowed: Arc<[IpAddr]> =
                addresses.iter().copied().filter(|address| self.policy.judge(target, *address).is_ok()).collect();
            if !allowed.is_empty() {
                return Ok(allowed);
            }
        }
        for address in addresses.iter() {
            self.policy.judge(target, *address).map_err(refused)?;
        }
        Ok(addresses)
    }

    async fn reach_head(
        &self,
        target: &Target,
        request: &Request,
        progress: &mut Progress,
    ) -> Result<(Connection, http::Response<Incoming>), EgressError> {
        let addresses = self.addresses(target).await?;
        progress.resolved(matches!(target.origin.host, TypedHost::Name(_)));
        while let Some(mut connection) = self.pool.take(&target.origin, &addresses) {
            if !connection.is_usable().await {
                continue;
            }
            progress.connected(connection.address.ip());
            match connection.exchange(on_the_wire(target, request)).await {
                Ok(response) => return Ok((connection, response)),
                // A stale keep-alive socket says nothing about the receiver: once more on a new one.
                Err(lost) if lost.is_silent => break,
                Err(lost) => return Err(EgressError::new(FailureKind::Protocol, words_of_exchange(&lost.error))),
            }
        }
        // Rarer than a kept one, and large: kept out of what every request takes in memory.
        let mut connection = Box::pin(self.open(target, &addresses, progress)).await?;
        match connection.exchange(on_the_wire(target, request)).await {
            Ok(response) => Ok((connection, response)),
            Err(lost) => Err(EgressError::new(FailureKind::Protocol, words_of_exchange(&lost.error))),
        }
    }
}

/// The request as hyper writes it.
fn on_the_wire(target: &Target, request: &Request) -> http::Request<Full<Bytes>> {
    let mut wire = http::Request::new(Full::new(request.body.clone()));
    *wire.method_mut() = request.method.clone();
    *wire.uri_mut() = target.request_line.clone();
    let headers = wire.headers_mut();
    headers.reserve(request.headers.len() + 2);
    headers.insert(header::HOST, target.host_header.clone());
    for (name, value) in &request.headers {
        if !OWN_HEADERS.contains(name) {
            headers.append(name, value.clone());
        }
    }
    wire
}
