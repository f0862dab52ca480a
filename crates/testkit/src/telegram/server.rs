//! The HTTP side: `/bot{token}/{method}` with parameters in the query, as a form, or as JSON
//! (<https://core.telegram.org/bots/api#making-requests>), and `/file/bot{token}/{path}`.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value as Json, json};
use tokio::{net::TcpListener, task::JoinSet};

use super::{Shared, Uploaded, methods, multipart};

/// Bytes of a request that are read.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// An answer: the status and the whole body.
pub(super) type Answer = (u16, Json);

/// How a call ends.
pub(super) enum Ending {
    /// With an answer.
    Answer(Answer),
    /// With bytes that are no JSON.
    Bytes(u16, Bytes),
    /// With a closed connection.
    Drop,
}

/// A refusal in Telegram's shape.
pub(super) fn refuse(status: u16, description: &str) -> Answer {
    (status, json!({"ok": false, "error_code": status, "description": description}))
}

/// Why the connection was closed, for hyper.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the fake closes the connection")
    }
}

impl std::error::Error for Dropped {}

/// Serves until it is aborted.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection(stream: tokio::net::TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move {
            match handle(&shared, request).await {
                Ending::Answer((status, json)) => Ok(respond(status, "application/json", json.to_string().into())),
                Ending::Bytes(status, bytes) => Ok(respond(status, "application/octet-stream", bytes)),
                Ending::Drop => Err(Dropped),
            }
        }
    });
    // A connection that ends badly is the client's business.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn respond(status: u16, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

async fn handle(shared: &Shared, request: Request<Incoming>) -> Ending {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        let (token, path) = rest.split_once('/').unwrap_or_default();
        return shared.read(|state| {
            if state.token != token {
                return Ending::Answer(refuse(404, "Not Found"));
            }
            let file = state.files.values().find(|(known, _)| known == path);
            Ending::Bytes(200, file.map_or(Bytes::from_static(b"the bytes of a file"), |(_, bytes)| bytes.clone()))
        });
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return Ending::Answer(refuse(404, "Not Found"));
    };
    if let Some(refusal) = refuse_token(shared, token) {
        return Ending::Answer(refusal);
    }
    if request.method() != http::Method::GET && request.method() != http::Method::POST {
        return Ending::Answer(refuse(405, "Method Not Allowed"));
    }
    match parameters(request).await {
        Ok((fields, uploads)) => methods::call(shared, method, fields, uploads).await,
        Err(refusal) => Ending::Answer(refusal),
    }
}

/// A token of the right shape that nobody has is unauthorised; any other is not found.
fn refuse_token(shared: &Shared, token: &str) -> Option<Answer> {
    if shared.read(|state| state.token == token) {
        return None;
    }
    shared.change(|state| state.strangers += 1);
    let plausible =
        token.split_once(':').is_some_and(|(number, secret)| number.parse::<u64>().is_ok() && secret.len() >= 30);
    Some(if plausible { refuse(401, "Unauthorized") } else { refuse(404, "Not Found") })
}

/// The parameters of a call, from the query and the body. Those of a form are texts.
async fn parameters(request: Request<Incoming>) -> Result<(Map<String, Json>, Vec<Uploaded>), Answer> {
    let mut fields = form(request.uri().query().unwrap_or_default().as_bytes());
    let whole =
        request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let whole = whole.to_owned();
    let kind = whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
    let Ok(body) = body.map(http_body_util::Collected::to_bytes) else {
        return Err(refuse(413, "Request Entity Too Large"));
    };
    let mut uploads = Vec::new();
    match kind.as_str() {
        _ if body.is_empty() => {}
        "application/json" => match serde_json::from_slice(&body) {
            Ok(Json::Object(given)) => fields.extend(given),
            Ok(_) | Err(_) => return Err(refuse(400, "Bad Request: can't parse JSON object")),
        },
        "application/x-www-form-urlencoded" => fields.extend(form(&body)),
        "multipart/form-data" => {
            let parts =
                multipart::parse(&whole, &body).ok_or_else(|| refuse(400, "Bad Request: can't parse the form"))?;
            fields.extend(parts.fields);
            uploads = parts.uploads;
        }
        _ => return Err(refuse(400, "Bad Request: unsupported content type")),
    }
    Ok((fields, uploads))
}

fn form(bytes: &[u8]) -> Map<String, Json> {
    url::form_urlencoded::parse(bytes)
        .map(|(name, value)| (name.into_owned(), Json::String(value.into_owned())))
        .collect()
}

impl From<Answer> for Ending {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}
