//! A messenger for the bench: as much of the Telegram Bot API as bots that answer texts need, for any token `<id>:<anything>`.
//!
//! `POST /say?bots=B&chats=C&messages=M` lets M texts be written to each of B bots (ids from 1) in each of C chats; they are polled as updates. What the bots answer
//! is taken and counted: `GET /said` gives the count.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::micros;

/// Updates of one answer, as Telegram has it.
const PAGE: usize = 100;
/// The longest wait of a poll.
const WAIT: Duration = Duration::from_secs(25);

#[derive(Debug, Default)]
struct Chats {
    updates: HashMap<u64, VecDeque<(i64, Json)>>,
    last_update: i64,
    answers: u64,
}

#[derive(Debug)]
struct Shared {
    chats: Mutex<Chats>,
    told: watch::Sender<()>,
}

pub(super) async fn run() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", json!({"address": listener.local_addr()?.to_string()}));
    let shared = Arc::new(Shared { chats: Mutex::default(), told: watch::channel(()).0 });
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                let (stream, _) = taken?;
                stream.set_nodelay(true)?;
                tasks.spawn(serve(stream, Arc::clone(&shared)));
            }
            Some(_) = tasks.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
    // A connection that breaks is the caller's to notice.
    let _ = http1::Builder::new().pipeline_flush(true).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let result = match path.as_str() {
        "/say" => shared.say(&query),
        "/said" => json!({"answers": shared.chats().answers}),
        path => {
            let (bot, method) = bot_and_method(path);
            let arguments: Json = serde_json::from_slice(&body).unwrap_or_default();
            json!({"ok": true, "result": shared.call(bot, method, &arguments).await})
        }
    };
    Ok(Response::new(Full::from(result.to_string())))
}

/// `/bot<id>:<rest>/<method>`.
fn bot_and_method(path: &str) -> (u64, &str) {
    let (token, method) = path.trim_start_matches("/bot").split_once('/').unwrap_or_default();
    (token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default(), method)
}

impl Shared {
    fn chats(&self) -> std::sync::MutexGuard<'_, Chats> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, query: &str) -> Json {
        let of = |name: &str| {
            let found = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
            found.and_then(|(_, value)| value.parse::<u64>().ok()).unwrap_or_default()
        };
        let mut chats = self.chats();
        for bot in 1..=of("bots") {
            for message in 0..of("messages") {
                for chat in 1..=of("chats") {
                    chats.last_update += 1;
                    let id = chats.last_update;
                    let person = json!({"id": chat, "is_bot": false, "first_name": "Ada", "language_code": "en"});
                    let chat = json!({"id": chat, "type": "private", "first_name": "Ada"});
                    let text = format!("go m={}", micros() * 1_000 + message);
                    let update = json!({"update_id": id, "message": {"message_id": id, "from": person, "chat": chat, "date": 1_790_000_000, "text": text}});
                    chats.updates.entry(bot).or_default().push_back((id, update));
                }
            }
        }
        drop(chats);
        self.told.send_replace(());
        json!({})
    }

    async fn call(&self, bot: u64, method: &str, arguments: &Json) -> Json {
        match method {
            "getMe" => json!({"id": bot, "is_bot": true, "first_name": "Bench", "username": format!("bench{bot}_bot")}),
            "getUpdates" => self.updates(bot, arguments["offset"].as_i64().unwrap_or_default()).await,
            "sendMessage" => {
                let mut chats = self.chats();
                chats.answers += 1;
                json!({"message_id": 1_000_000 + chats.answers, "date": 1_790_000_000, "chat": {"id": arguments["chat_id"], "type": "private"}, "text": arguments["text"]})
            }
            _ => json!(true),
        }
    }

    /// The updates of a bot from `offset`, once there are some.
    async fn updates(&self, bot: u64, offset: i64) -> Json {
        let mut told = self.told.subscribe();
        loop {
            let page: Vec<Json> = {
                let mut chats = self.chats();
                let updates = chats.updates.entry(bot).or_default();
                updates.retain(|(id, _)| *id >= offset);
                updates.iter().take(PAGE).map(|(_, update)| update.clone()).collect()
            };
            let waited = if page.is_empty() { tokio::time::timeout(WAIT, told.changed()).await.is_err() } else { true };
            if waited {
                return Json::Array(page);
            }
        }
    }
}
