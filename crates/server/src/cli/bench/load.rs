//! The load: visitors of the web chat on connections that stay open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::{net::TcpStream, sync::Semaphore, task::JoinSet, time::Instant};

use super::micros;

/// One connection to the server.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    _driver: JoinSet<Result<(), hyper::Error>>,
}

impl Line {
    async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Self { sender, address: address.to_owned(), _driver: driver })
    }

    /// Posts as a person behind a proxy on this machine: the server counts its limits by what the proxy says.
    async fn post(
        &mut self,
        path: &str,
        person: usize,
        token: Option<&str>,
        body: &Json,
    ) -> anyhow::Result<(u16, Bytes)> {
        let address = format!("10.{}.{}.{}", person >> 16 & 255, person >> 8 & 255, person & 255);
        let mut request = Request::builder().method(Method::POST).uri(path).header(header::HOST, &self.address);
        request = request.header("x-forwarded-for", address);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request =
            request.header(header::CONTENT_TYPE, "application/json").body(Full::from(serde_json::to_vec(body)?))?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// How fast people speak.
#[derive(Debug, Clone)]
pub(super) enum Pace {
    /// As soon as the 202 before came.
    Free,
    /// At most so many messages a second in all.
    Rate(f64),
    /// One for each permit: whoever reads what arrives gives the next ones.
    Permits(Arc<Semaphore>),
}

/// Messages that one person may say in a row before the server asks for patience.
pub(super) const MESSAGES_A_PERSON: usize = 25;

/// People who can write, by their session tokens.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    address: String,
    bot_id: String,
    tokens: Arc<Vec<String>>,
}

/// What a load gave.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Messages that were accepted.
    pub(super) accepted: u64,
    /// From the first to the last.
    pub(super) seconds: f64,
    /// Microseconds to each 202.
    pub(super) waits: Vec<u64>,
    /// The mark of each message and when its 202 came.
    pub(super) marks: Vec<(u64, u64)>,
}

impl Spoken {
    /// Messages a second.
    pub(super) fn rate(&self) -> f64 {
        self.accepted as f64 / self.seconds.max(0.001)
    }

    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.waits.extend(other.waits);
        self.marks.extend(other.marks);
    }
}

impl Crowd {
    /// Opens a session for each of so many people.
    pub(super) async fn gather(address: &str, bot_id: &str, people: usize) -> anyhow::Result<Self> {
        let mut tasks = JoinSet::new();
        let lines = people.min(32);
        for line in 0..lines {
            let (address, path) = (address.to_owned(), format!("/api/chat/{bot_id}/sessions"));
            let share = people / lines + usize::from(line < people % lines);
            let first = line * people.div_ceil(lines);
            tasks.spawn(async move {
                let mut line = Line::open(&address).await?;
                let mut tokens = Vec::with_capacity(share);
                for person in 0..share {
                    let (status, body) = line.post(&path, first + person, None, &json!({})).await?;
                    anyhow::ensure!(
                        status == 201,
                        "a session was answered {status}: {}",
                        String::from_utf8_lossy(&body)
                    );
                    let session: Json = serde_json::from_slice(&body)?;
                    tokens.push(session["token"].as_str().context("a session without a token")?.to_owned());
                }
                anyhow::Ok(tokens)
            });
        }
        let mut tokens = Vec::with_capacity(people);
        while let Some(share) = tasks.join_next().await {
            tokens.extend(share??);
        }
        Ok(Self { address: address.to_owned(), bot_id: bot_id.to_owned(), tokens: Arc::new(tokens) })
    }

    /// Everybody says `text` so often that `messages` are said in all, each once the 202 before it came, on so many connections, at a pace.
    pub(super) async fn speak(
        &self,
        text: &'static str,
        messages: usize,
        lines: usize,
        pace: Pace,
    ) -> anyhow::Result<Spoken> {
        let started = Instant::now();
        let next = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for line in 0..lines.min(self.tokens.len()) {
            tasks.spawn(self.clone().speak_on(
                line,
                lines.min(self.tokens.len()),
                text,
                messages as u64,
                Arc::clone(&next),
                pace.clone(),
                started,
            ));
        }
        let mut spoken = Spoken::default();
        while let Some(share) = tasks.join_next().await {
            spoken.add(share??);
        }
        spoken.seconds = started.elapsed().as_secs_f64();
        Ok(spoken)
    }

    #[expect(clippy::too_many_arguments, reason = "the one caller is above")]
    async fn speak_on(
        self,
        line: usize,
        lines: usize,
        text: &'static str,
        messages: u64,
        next: Arc<AtomicU64>,
        pace: Pace,
        started: Instant,
    ) -> anyhow::Result<Spoken> {
        let path = format!("/api/chat/{}/messages", self.bot_id);
        let mut connection = Line::open(&self.address).await?;
        let mut spoken = Spoken::default();
        // Each connection has people of its own, so that turns of one contact do not wait for each other.
        let own: Vec<(usize, &String)> = self.tokens.iter().enumerate().skip(line).step_by(lines).collect();
        for (person, token) in own.iter().cycle() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= messages {
                break;
            }
            match &pace {
                Pace::Free => {}
                Pace::Rate(rate) => {
                    tokio::time::sleep_until(started + Duration::from_secs_f64(number as f64 / rate)).await;
                }
                Pace::Permits(permits) => permits.acquire().await?.forget(),
            }
            let mark = micros() * 1_000 + number % 1_000;
            let body = json!({"id": mark.to_string(), "text": format!("{text} m={mark}")});
            let asked = micros();
            let (status, answer) = connection.post(&path, *person, Some(token), &body).await?;
            let accepted = micros();
            match status {
                202 => {
                    spoken.accepted += 1;
                    spoken.waits.push(accepted.saturating_sub(asked));
                    spoken.marks.push((mark, accepted));
                }
                429 | 503 => tokio::time::sleep(Duration::from_millis(5)).await,
                other => anyhow::bail!("a message was answered {other}: {}", String::from_utf8_lossy(&answer)),
            }
        }
        Ok(spoken)
    }
}
