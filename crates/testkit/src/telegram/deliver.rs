//! Posts updates to the webhook, up to `max_connections` at once, and again until the bot answers 2xx.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::{net::TcpStream, task::JoinSet};

use super::{Shared, state::Webhook};

/// The wait before an update is posted again. Telegram takes longer; a test would not.
const AGAIN_AFTER: Duration = Duration::from_millis(25);
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Posts until it is aborted.
pub(super) async fn deliver(shared: Arc<Shared>) {
    let mut posting: JoinSet<i64> = JoinSet::new();
    let mut busy: HashSet<i64> = HashSet::new();
    let mut changes = shared.changes.subscribe();
    loop {
        changes.borrow_and_update();
        let due = shared.read(|state| {
            let webhook = state.webhook.clone().filter(|_| !state.holding)?;
            let free = webhook.max_connections.saturating_sub(busy.len());
            let id = |update: &Json| update["update_id"].as_i64().unwrap_or_default();
            let due: Vec<(i64, Json)> = state
                .pending
                .iter()
                .filter(|update| !busy.contains(&id(update)))
                .take(free)
                .map(|update| (id(update), update.clone()))
                .collect();
            Some((webhook, due))
        });
        if let Some((webhook, due)) = due {
            for (id, update) in due {
                if busy.insert(id) {
                    posting.spawn(post_one(Arc::clone(&shared), webhook.clone(), id, update));
                }
            }
        }
        tokio::select! {
            moved = changes.changed() => if moved.is_err() { return },
            Some(finished) = posting.join_next(), if !posting.is_empty() => {
                if let Ok(id) = finished {
                    busy.remove(&id);
                }
            }
        }
    }
}

/// Posts one update once; when it was not taken, waits a little before it is free to be posted again.
async fn post_one(shared: Arc<Shared>, webhook: Webhook, id: i64, update: Json) -> i64 {
    shared.change(|state| state.posts += 1);
    let posted = tokio::time::timeout(ANSWER_WITHIN, post(&webhook, &update)).await;
    if matches!(posted, Ok(Some(200..=299))) {
        shared.change(|state| {
            let at = state.pending.iter().position(|pending| pending["update_id"] == id);
            at.map(|at| state.pending.remove(at))
        });
    } else {
        tokio::time::sleep(AGAIN_AFTER).await;
    }
    id
}

/// The status of the answer; `None` when there was none.
async fn post(webhook: &Webhook, update: &Json) -> Option<u16> {
    let url = url::Url::parse(&webhook.url).ok()?;
    let host = url.host_str()?;
    let port = url.port_or_known_default()?;
    let stream = TcpStream::connect((host, port)).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut request = Request::post(target)
        .header(http::header::HOST, format!("{host}:{port}"))
        .header(http::header::CONTENT_TYPE, "application/json");
    if let Some(secret) = &webhook.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let request = request.body(Full::new(Bytes::from(update.to_string()))).ok()?;
    let exchange = async {
        let answer = sender.send_request(request).await.ok()?;
        let status = answer.status().as_u16();
        answer.into_body().collect().await.ok()?;
        Some(status)
    };
    tokio::pin!(exchange);
    // The connection has to be driven; when it ends first, the exchange knows what is left of it.
    tokio::select! {
        biased;
        status = &mut exchange => status,
        _ = connection => exchange.await,
    }
}
