//! A small HTTP client for tests: one request, one connection, JSON in and out, and a reader of server-sent events.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::net::TcpStream;

/// Sees each exchange: method, path with its query, body, answer.
pub type Observer = fn(&Method, &str, &Bytes, &Answer);

/// Talks to one server on loopback, with a bearer token when it has one.
#[derive(Debug, Clone)]
pub struct Client {
    authority: String,
    token: Option<String>,
    /// Beside the bearer token, in each request.
    headers: Vec<(String, String)>,
    observer: Option<Observer>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or(Json::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer if its status is this one.
    ///
    /// # Panics
    /// With the whole answer, if it is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "unexpected answer: {}", self.text());
        self
    }
}

impl Client {
    /// For the server at this base URL, as in `http://127.0.0.1:8080`.
    pub fn new(url: &str) -> Self {
        let authority = url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
        Self { authority, token: None, headers: Vec::new(), observer: None }
    }

    /// The same server, with this bearer token.
    pub fn bearer(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same, with this header in each request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same, with somebody who sees each exchange and may panic at it.
    pub fn observed(&self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self.clone() }
    }

    /// One request. An error says that there was no whole answer (refused, reset, ended).
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, String> {
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| error.to_string())?;
        let _ = stream.set_nodelay(true);
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let (asked, sent) = (method.clone(), body.clone());
        let mut request = Request::builder().method(method).uri(path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            request = request.header("host", &self.authority);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(headers.iter().copied()) {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
            Ok(Answer { status: head.status, headers: head.headers, body })
        };
        tokio::pin!(exchange);
        let driver = connection;
        tokio::pin!(driver);
        let answer: Result<Answer, String> = tokio::select! {
            biased;
            answer = &mut exchange => answer,
            _ = &mut driver => exchange.await,
        };
        let answer = answer?;
        if let Some(observer) = self.observer {
            observer(&asked, path, &sent, &answer);
        }
        Ok(answer)
    }

    /// `GET`.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Bytes::new()).await.expect("an answer")
    }

    /// A request with a JSON body.
    pub async fn try_json(&self, method: Method, path: &str, body: &Json) -> Result<Answer, String> {
        self.send(method, path, &[("content-type", "application/json")], Bytes::from(body.to_string())).await
    }

    /// `POST` with a JSON body.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        self.try_json(Method::POST, path, body).await.expect("an answer")
    }

    /// `PUT` with a JSON body.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn put(&self, path: &str, body: &Json) -> Answer {
        self.try_json(Method::PUT, path, body).await.expect("an answer")
    }

    /// `PATCH` with a JSON body.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn patch(&self, path: &str, body: &Json) -> Answer {
        self.try_json(Method::PATCH, path, body).await.expect("an answer")
    }

    /// `DELETE`.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], Bytes::new()).await.expect("an answer")
    }
}
