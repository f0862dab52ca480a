//! Doors for tests: names that resolve as told, and sockets in memory that are played by a script.

use std::{
    collections::VecDeque,
    future::{Future, pending},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method};
use recado_delivery::egress::{
    Dial, Dialling, Door, DoorConfig, Request, Resolve, ResolveError, Resolved, Resolving, Socket, SystemResolver,
    TcpDial,
};
use tokio::{io::DuplexStream, runtime::Handle};

/// Answers one after the other, the last for good; without any it never answers.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<VecDeque<Result<Vec<IpAddr>, ResolveError>>>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Names {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|ips| Ok(ips.iter().map(|ip| ip.parse().unwrap()).collect())).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    pub(crate) fn failing(words: &str) -> Arc<Self> {
        let answers = VecDeque::from([Err(ResolveError(words.to_owned()))]);
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    pub(crate) fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move {
            match answer {
                None => pending().await,
                Some(answer) => answer.map(|addresses| Resolved { addresses, ttl: Duration::ZERO }),
            }
        })
    }
}

pub(crate) fn config(allow: &[&str]) -> DoorConfig {
    DoorConfig { allow: allow.iter().map(|entry| entry.parse().unwrap()).collect(), ..DoorConfig::default() }
}

/// A door that may call this machine by its address and port.
pub(crate) fn door_to(address: SocketAddr) -> Door {
    door_with(config(&[&address.to_string()]))
}

pub(crate) fn door_with(config: DoorConfig) -> Door {
    Door::with(config, &Handle::current(), Arc::new(SystemResolver::new()), Arc::new(TcpDial)).unwrap()
}

pub(crate) fn door_naming(config: DoorConfig, names: Arc<Names>) -> Door {
    Door::with(config, &Handle::current(), names, Arc::new(TcpDial)).unwrap()
}

type Play = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Dials a script in memory instead of an address.
pub(crate) struct Stage<F> {
    play: F,
    pub(crate) dialled: Mutex<Vec<SocketAddr>>,
}

impl<F> Stage<F>
where
    F: Fn(DuplexStream) -> Play + Send + Sync + 'static,
{
    pub(crate) fn new(play: F) -> Arc<Self> {
        Arc::new(Self { play, dialled: Mutex::default() })
    }
}

impl<F> Dial for Stage<F>
where
    F: Fn(DuplexStream) -> Play + Send + Sync + 'static,
{
    fn dial(&self, address: SocketAddr) -> Dialling<'_> {
        self.dialled.lock().unwrap().push(address);
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        Handle::current().spawn((self.play)(theirs));
        Box::pin(async move { Ok(Box::new(ours) as Box<dyn Socket>) })
    }
}

/// A door whose every connection is the script.
pub(crate) fn door_onto<F>(names: Arc<Names>, stage: &Arc<Stage<F>>) -> Door
where
    F: Fn(DuplexStream) -> Play + Send + Sync + 'static,
{
    Door::with(DoorConfig::default(), &Handle::current(), names, Arc::clone(stage) as Arc<dyn Dial>).unwrap()
}

/// A POST of a kibibyte as webhooks make it, with short times.
pub(crate) fn post(url: &str) -> Request {
    Request {
        method: Method::POST,
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::from(vec![b'b'; 1_024]),
        head_timeout: Duration::from_secs(10),
        keep_bytes: 16 * 1_024,
        keep_time: Duration::from_secs(1),
        total_timeout: None,
    }
}
