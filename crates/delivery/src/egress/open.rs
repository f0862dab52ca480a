//! A new connection to a judged address, and how far a request has come.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use recado_model::delivery::{FailureKind, Timing};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout},
};
use tokio_rustls::rustls::pki_types::ServerName;

use super::{
    Door,
    answer::micros,
    connection::Connection,
    dial::Socket,
    error::{EgressError, words_of_connect, words_of_duration, words_of_exchange, words_of_tls},
    target::{Target, TypedHost},
};

/// Time for an address while there is another one to try.
const FIRST_TRY: Duration = Duration::from_secs(2);

/// The step that a request is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Resolve,
    Slot,
    Connect,
    Handshake,
    Wait,
}

/// How far a request has come, kept outside the request so that a time-out can tell.
#[derive(Debug)]
pub(super) struct Progress {
    step: Step,
    since: Instant,
    timing: Timing,
    remote_ip: Option<IpAddr>,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self { step: Step::Resolve, since: now, timing: Timing::default(), remote_ip: None }
    }

    fn lap(&mut self, next: Step) -> u32 {
        let now = Instant::now();
        let took = micros(now - self.since);
        self.since = now;
        self.step = next;
        took
    }

    pub(super) fn resolved(&mut self, is_name: bool) {
        let took = self.lap(Step::Slot);
        self.timing.dns_us = if is_name { took } else { 0 };
    }

    /// A kept connection was taken.
    pub(super) fn connected(&mut self, address: IpAddr) {
        self.remote_ip = Some(address);
        self.step = Step::Wait;
    }

    pub(super) fn finish_wait(&mut self) -> Instant {
        self.timing.wait_us = self.lap(Step::Wait);
        self.since
    }

    pub(super) fn timing(&self) -> Timing {
        self.timing
    }

    /// Puts the time since the last step where it belongs.
    fn close(&mut self) {
        let took = micros(self.since.elapsed());
        match self.step {
            Step::Resolve => self.timing.dns_us = took,
            Step::Slot => {}
            Step::Connect => self.timing.connect_us = took,
            Step::Handshake => self.timing.tls_us = took,
            Step::Wait => self.timing.wait_us = took,
        }
    }

    pub(super) fn fail(mut self, mut error: EgressError) -> EgressError {
        self.close();
        error.timing = self.timing;
        error.remote_ip = error.remote_ip.or(self.remote_ip);
        error
    }

    pub(super) fn time_out(self, target: &Target, limit: Duration) -> EgressError {
        let host = &target.origin.host;
        let limit = words_of_duration(limit);
        let (kind, detail) = match self.step {
            Step::Resolve => (FailureKind::Dns, format!("{host} did not resolve in {limit}")),
            Step::Slot => (FailureKind::Timeout, format!("no connection was free in {limit}")),
            Step::Connect => (FailureKind::Connect, format!("could not connect to {host} in {limit}")),
            Step::Handshake => (FailureKind::Tls, format!("the TLS handshake with {host} did not end in {limit}")),
            Step::Wait => (FailureKind::Timeout, format!("no status line came in {limit}")),
        };
        self.fail(EgressError::new(kind, detail))
    }
}

impl Door {
    /// Room for one more connection; an unused one makes place.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, EgressError> {
        let permits = Arc::clone(&self.permits);
        if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
            return Ok(permit);
        }
        self.pool.evict();
        permits
            .acquire_owned()
            .await
            .map_err(|_| EgressError::new(FailureKind::Connect, "the door is closed: the server is stopping"))
    }

    pub(super) async fn open(
        &self,
        target: &Target,
        addresses: &[IpAddr],
        progress: &mut Progress,
    ) -> Result<Connection, EgressError> {
        let permit = self.permit().await?;
        progress.lap(Step::Connect);
        let (socket, address) = self.connect(target, addresses, progress).await?;
        progress.timing.connect_us = progress.lap(if target.origin.is_tls { Step::Handshake } else { Step::Wait });
        let socket = if target.origin.is_tls {
            let socket = self.handshake(target, socket).await?;
            progress.timing.tls_us = progress.lap(Step::Wait);
            socket
        } else {
            socket
        };
        Connection::open(socket, address, permit)
            .await
            .map_err(|error| EgressError::new(FailureKind::Protocol, words_of_exchange(&error)))
    }

    /// The first address that takes a connection.
    async fn connect(
        &self,
        target: &Target,
        addresses: &[IpAddr],
        progress: &mut Progress,
    ) -> Result<(Box<dyn Socket>, SocketAddr), EgressError> {
        let mut failed = None;
        for (at, address) in addresses.iter().enumerate() {
            let address = SocketAddr::new(*address, target.origin.port);
            progress.remote_ip = Some(address.ip());
            let is_last = at + 1 == addresses.len();
            let limit = if is_last { self.connect_timeout } else { self.connect_timeout.min(FIRST_TRY) };
            let detail = match timeout(limit, self.dial.dial(address)).await {
                Ok(Ok(socket)) => return Ok((socket, address)),
                Ok(Err(error)) => words_of_connect(address, &error),
                Err(_) => format!("could not connect to {address} in {}", words_of_duration(limit)),
            };
            failed = Some(detail);
        }
        Err(EgressError::new(FailureKind::Connect, failed.unwrap_or_else(|| "the name has no address".to_owned())))
    }

    async fn handshake(&self, target: &Target, socket: Box<dyn Socket>) -> Result<Box<dyn Socket>, EgressError> {
        let host = target.origin.host.to_string();
        let name = match &target.origin.host {
            TypedHost::Ip(address) => ServerName::from(*address),
            TypedHost::Name(name) => ServerName::try_from(name.clone()).map_err(|_| {
                EgressError::new(FailureKind::InvalidUrl, format!("{name} is no name that a certificate can carry"))
            })?,
        };
        let stream = self.tls.connect(name, socket).await;
        let stream = stream.map_err(|error| EgressError::new(FailureKind::Tls, words_of_tls(&host, &error)))?;
        Ok(Box::new(stream))
    }
}
