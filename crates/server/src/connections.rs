//! The connections that browsers, messengers and programs open: bounded in number, all together and for each address, and closed when they do not say what they want.
//!
//! Nobody who opens connections and says nothing may take the file descriptors of those who talk, nor of the webhooks that go out. So the process raises its limit
//! of file descriptors at the start, and shares them out: some for its files, up to `connections_max` for the way out, the rest for the way in.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use crate::http::rate;

/// From the beginning of a connection, or the answer before, to the whole head of a request. Proxies keep an idle connection for 60 s: they, and not we, are to
/// end it, for a request that crosses our end on the wire is lost.
const HEAD_WITHIN: Duration = Duration::from_secs(75);
/// Connections that are open at once. Past it new ones wait until others end.
const CONNECTIONS_MAX: usize = 16_384;
/// Those of one address, or one IPv6 network. More are closed at once. A proxy on this machine is not counted.
const CONNECTIONS_OF_ADDRESS_MAX: usize = 1_024;
/// File descriptors for the database, the files and what else a process has open.
const FILES: usize = 256;
/// Between two tries to take a connection while there is no file descriptor for it.
const BREATH: Duration = Duration::from_millis(250);

/// How many connections may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Into the process.
    pub incoming: usize,
    /// Out of it.
    pub outgoing: usize,
}

impl Shares {
    /// What this process may have, after raising its limit of file descriptors as far as it goes.
    pub fn of_process(wanted_outgoing: usize) -> Self {
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, ..limit };
        let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
        // No limit is none.
        let descriptors = current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(usize::MAX));
        Self::of(descriptors, wanted_outgoing)
    }

    fn of(descriptors: usize, wanted_outgoing: usize) -> Self {
        let free = descriptors.saturating_sub(FILES);
        let outgoing = wanted_outgoing.min(free / 2).max(16);
        Self { incoming: free.saturating_sub(outgoing).clamp(16, CONNECTIONS_MAX), outgoing }
    }
}

/// Takes connections until the stop, and answers what they ask.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    incoming: usize,
    tasks: TaskTracker,
    stopping: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(incoming));
    let by_address = Arc::new(ByAddress::default());
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = rate::counted(peer.ip()).map(|address| by_address.take(address));
                // It has enough.
                if place.as_ref().is_some_and(Option::is_none) {
                    continue;
                }
                let place = place.flatten();
                // An answer that waits for the acknowledgement of the one before would come 40 ms late.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps its delay");
                }
                tasks.spawn(converse(stream, peer, router.clone(), (permit, place), stopping.clone()));
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "connections can not be taken now");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    _places: (OwnedSemaphorePermit, Option<Place>),
    stopping: CancellationToken,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// It went while it waited to be taken: nothing is wrong here.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// How many connections each address has.
#[derive(Debug, Default)]
struct ByAddress(Mutex<HashMap<IpAddr, usize>>);

/// A connection's place among those of its address.
struct Place {
    of: Arc<ByAddress>,
    address: IpAddr,
}

impl ByAddress {
    /// `None`: the address has enough.
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut counts = self.0.lock();
        let count = counts.entry(address).or_default();
        if *count >= CONNECTIONS_OF_ADDRESS_MAX {
            return None;
        }
        *count += 1;
        Some(Place { of: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.0.lock();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_makes_room_for_who_does() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let stopping = CancellationToken::new();
        let tasks = TaskTracker::new();
        let served = tasks.spawn(serve(listener, router, 2, tasks.clone(), stopping.clone()));
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut halting = TcpStream::connect(address).await.unwrap();
        halting.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut asking = TcpStream::connect(address).await.unwrap();
        asking.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("here"), "{answer}");
        for one in [&mut silent, &mut halting] {
            let mut rest = Vec::new();
            one.read_to_end(&mut rest).await.unwrap();
        }
        stopping.cancel();
        served.await.unwrap();
    }

    #[test]
    fn file_descriptors_are_shared_out() {
        let of = |descriptors| {
            let Shares { incoming, outgoing } = Shares::of(descriptors, 4_096);
            (incoming, outgoing)
        };
        assert_eq!(of(1_048_576), (CONNECTIONS_MAX, 4_096));
        assert_eq!(of(8_192), (3_968, 3_968), "half each, when there are few");
        assert_eq!(of(1_024), (384, 384));
        assert_eq!(of(3), (16, 16));
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_places_back() {
        let all = Arc::new(ByAddress::default());
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let mut places: Vec<_> = (0..CONNECTIONS_OF_ADDRESS_MAX).map(|_| all.take(one).unwrap()).collect();
        assert!(all.take(one).is_none());
        assert!(all.take("192.0.2.2".parse().unwrap()).is_some());
        places.pop();
        assert!(all.take(one).is_some());
        drop(places);
        assert!(all.0.lock().is_empty(), "nothing is left of those that went");
    }
}
