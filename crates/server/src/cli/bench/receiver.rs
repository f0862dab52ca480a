//! The receiver: answers 204 and remembers when what arrived. Some paths behave badly on purpose.
//!
//! `/ok` counts and looks for marks `m=<number>` in the body; `/500` fails; `/silent` never answers; the address `drip` sends its head at one byte a second. The
//! address `bad` answers as the first one does: a thousand that are called there at once overflow its queue of new connections and nobody else's.
//! `GET /arrivals` gives and forgets what arrived.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::micros;

/// What stands before a mark in a body.
const MARK: &[u8] = b"m=";

#[derive(Debug, Default)]
struct Arrivals {
    count: u64,
    marked: Vec<(u64, u64)>,
}

type Shared = Arc<Mutex<Arrivals>>;

pub(super) async fn run() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let bad = TcpListener::bind("127.0.0.1:0").await?;
    let slow = TcpListener::bind("127.0.0.1:0").await?;
    let [address, bad_address, slow_address] =
        [listener.local_addr()?, bad.local_addr()?, slow.local_addr()?].map(|address| address.to_string());
    println!("{}", json!({"address": address, "bad": bad_address, "drip": slow_address}));
    let arrivals = Shared::default();
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => { tasks.spawn(serve(taken?.0, Arc::clone(&arrivals))); }
            taken = bad.accept() => { tasks.spawn(serve(taken?.0, Arc::clone(&arrivals))); }
            taken = slow.accept() => { tasks.spawn(drip(taken?.0)); }
            Some(_) = tasks.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, arrivals: Shared) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| answer(request, Arc::clone(&arrivals)));
    // A connection that breaks is the sender's to notice.
    let _ = http1::Builder::new().pipeline_flush(true).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, arrivals: Shared) -> Result<Response<Full<Bytes>>, Infallible> {
    let at = micros();
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut response = Response::new(Full::default());
    match path.as_str() {
        "/arrivals" => {
            let taken = std::mem::take(&mut *arrivals.lock().unwrap_or_else(PoisonError::into_inner));
            *response.body_mut() = Full::from(json!({"count": taken.count, "marked": taken.marked}).to_string());
        }
        "/silent" => std::future::pending().await,
        path => {
            *response.status_mut() =
                if path == "/500" { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT };
            if path == "/ok" {
                let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                arrivals.count += 1;
                arrivals.marked.extend(mark(&body).map(|mark| (mark, at)));
            }
        }
    }
    Ok(response)
}

/// The number after the first `m=` that is followed by one.
fn mark(body: &[u8]) -> Option<u64> {
    let mut rest = body;
    while let Some(found) = rest.windows(MARK.len()).position(|window| window == MARK) {
        rest = &rest[found + MARK.len()..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            return std::str::from_utf8(&rest[..digits]).ok()?.parse().ok();
        }
    }
    None
}

async fn drip(mut stream: TcpStream) {
    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n".iter().chain(std::iter::repeat(&b'x')) {
        if stream.write_all(&[*byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn a_mark_is_found_in_a_body() {
        assert_eq!(mark(br#"[{"title":"m=x","info":{"fields":{"m":"go m=123"}}}]"#), Some(123));
        assert_eq!(mark(b"nothing"), None);
    }
}
