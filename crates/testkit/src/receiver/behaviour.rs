//! The ways in which a receiver answers, or does not.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::watch;

/// Holds answers back until the test opens it.
#[derive(Debug, Clone)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Lets all through, now and later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn wait(&self) {
        // The sender lives in `self`: waiting can not fail.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// A plain answer; the connection is kept.
    Answer {
        /// The status.
        status: u16,
        /// Further headers. The length is added.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// Another behaviour, once the gate is open.
    After(Gate, Box<Behaviour>),
    /// The head of an answer and `Content-Length: body_bytes`, then the body byte by byte with a pause before each.
    Drip {
        /// The status.
        status: u16,
        /// Bytes announced and sent.
        body_bytes: usize,
        /// Before each byte.
        pause: Duration,
    },
    /// A 200 whose body of zeros never ends, chunked. It is sent as fast as it is taken.
    Endless,
    /// A 200 whose head never ends: header after header.
    EndlessHeaders,
    /// `100 Continue` after `100 Continue`, without end.
    EndlessContinue,
    /// The request is read and nothing follows.
    Silence,
    /// The connection is reset (RST) instead of an answer.
    Reset,
    /// The connection is closed instead of an answer.
    Close,
    /// These bytes as they are; then the connection is closed.
    Raw(Bytes),
    /// A 200 that announces more bytes than it sends before it resets.
    ResetInBody,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::body(200, "ok")
    }
}

impl Behaviour {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self::body(status, "")
    }

    /// An answer with a body.
    pub fn body(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }

    /// A 429 or 503 with `Retry-After`.
    pub fn retry_after(status: u16, value: &str) -> Self {
        Self::status(status).with_header("retry-after", value)
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).with_header("location", to)
    }

    /// A body of this many bytes, announced by its length.
    pub fn huge(status: u16, body_bytes: usize) -> Self {
        Self::body(status, vec![b'x'; body_bytes])
    }

    /// The same with one more header; what is no plain answer stays as it is.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same, once the gate is open.
    pub fn after(self, gate: &Gate) -> Self {
        Self::After(gate.clone(), Box::new(self))
    }
}
