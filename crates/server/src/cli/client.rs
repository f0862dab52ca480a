//! A small HTTP client for commands that talk to a running server: JSON in and out, and server-sent events.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::{net::TcpStream, task::JoinSet};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use url::Url;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where the server is and who asks.
#[derive(Debug, Clone)]
pub struct Client {
    base: Url,
    token: Option<String>,
}

/// An answer whose body has not been read. The connection lives as long as it does.
#[derive(Debug)]
pub struct Opened {
    /// The status.
    pub status: StatusCode,
    body: Incoming,
    _connection: JoinSet<()>,
}

impl Opened {
    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// The rest of the body.
    pub async fn whole(mut self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next().await? {
            anyhow::ensure!(bytes.len() + chunk.len() <= ANSWER_BYTES_MAX, "the answer is over 64 MiB");
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl Client {
    /// A client of the server at `base`, as in `http://127.0.0.1:8080`.
    pub fn new(base: &str, token: Option<String>) -> anyhow::Result<Self> {
        let base = Url::parse(base).with_context(|| format!("`{base}` is no URL"))?;
        anyhow::ensure!(
            matches!(base.scheme(), "http" | "https") && base.has_host(),
            "the server's URL begins with http:// or https://"
        );
        Ok(Self { base, token })
    }

    /// The same server with another token.
    pub fn with_token(&self, token: String) -> Self {
        Self { base: self.base.clone(), token: Some(token) }
    }

    /// Sends a request with a JSON body, or none, and returns at the status line.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> anyhow::Result<Opened> {
        let Some(json) = body else { return self.send(method, path, headers, Bytes::new()).await };
        let mut all = headers.to_vec();
        all.push(("content-type", "application/json"));
        self.send(method, path, &all, Bytes::from(serde_json::to_vec(json)?)).await
    }

    /// Sends a request with a body as it is and returns at the status line.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Opened> {
        let host = self.base.host_str().context("the server's URL has no host")?;
        let port = self.base.port_or_known_default().context("the server's URL has no port")?;
        let target = format!("{}{path}", self.base.path().trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(&target).header(header::HOST, format!("{host}:{port}"));
        if !headers.iter().any(|(name, _)| *name == header::USER_AGENT.as_str()) {
            request = request.header(header::USER_AGENT, concat!("recado-cli/", env!("CARGO_PKG_VERSION")));
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body))?;
        let unreachable = || format!("no answer from {}; is the server running there?", self.base);
        let dialled = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect((host.trim_matches(['[', ']']), port)));
        let stream = dialled.await.with_context(unreachable)?.with_context(unreachable)?;
        stream.set_nodelay(true)?;
        if self.base.scheme() == "https" {
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
            let stream = tls()?.connect(name, stream).await.with_context(unreachable)?;
            exchange(TokioIo::new(stream), request).await
        } else {
            exchange(TokioIo::new(stream), request).await
        }
    }

    /// Sends a request and reads the JSON answer. An answer that is no success is an error that says what the server said.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> anyhow::Result<Json> {
        let answer = self.answer(method, path, headers, body).await?;
        anyhow::ensure!(answer.0.is_success(), "{}", problem(answer.0, &answer.1));
        Ok(answer.1)
    }

    /// Sends a request and reads the JSON answer, whatever its status. A body that is not JSON is null.
    pub async fn answer(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> anyhow::Result<(StatusCode, Json)> {
        let whole = async {
            let opened = self.open(method, path, headers, body).await?;
            let status = opened.status;
            anyhow::Ok((status, opened.whole().await?))
        };
        let (status, bytes) =
            tokio::time::timeout(ANSWER_WITHIN, whole).await.context("the server did not answer within a minute")??;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Json::Null)))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> anyhow::Result<Json> {
        self.json(Method::GET, path, &[], None).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        self.json(Method::POST, path, &[], Some(body)).await
    }
}

/// What a problem document says, in one text.
pub fn problem(status: StatusCode, body: &Json) -> String {
    let said = ["detail", "title"].iter().find_map(|name| body[*name].as_str());
    let mut text =
        said.map_or_else(|| format!("the server answered {status}"), |said| format!("{said} ({})", status.as_u16()));
    for field in body["errors"].as_array().into_iter().flatten() {
        let (name, message) =
            (field["field"].as_str().unwrap_or_default(), field["message"].as_str().unwrap_or_default());
        text.push_str("\n  ");
        text.push_str(name);
        text.push_str(": ");
        text.push_str(message);
    }
    text
}

async fn exchange<T>(io: T, request: Request<Full<Bytes>>) -> anyhow::Result<Opened>
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // A connection that breaks shows in the body that is read from it.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await?;
    Ok(Opened { status: response.status(), body: response.into_body(), _connection: tasks })
}

fn tls() -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(std::sync::Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(std::sync::Arc::new(config)))
}
