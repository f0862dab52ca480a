//! A whole server on an ephemeral port, with two accounts that know nothing of each other.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use recado_model::{Account, AccountId, Plan, TokenId};
use recado_server::{
    Options, Running,
    auth::new_token,
    clock::{SharedClock, SystemClock, SystemEntropy},
    config::{Config, Layers, Place},
    start,
    state::App,
};
use recado_store::catalog::TokenRecord;
use recado_testkit::{client::Client, receiver::Receiver};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::contract;

/// How long something that is under way may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);

pub(crate) struct TestServer {
    running: Running,
    data: TempDir,
    /// Of the account that the tests work with.
    pub(crate) api: Client,
    /// Of another account.
    pub(crate) other: Client,
    /// Without a token.
    pub(crate) nobody: Client,
}

async fn account(app: &App, name: &str) -> String {
    let now = app.now();
    let id = AccountId::new(now, &mut SystemEntropy);
    let time_zone = "Europe/Madrid".to_owned();
    let account = Account { id, name: name.to_owned(), plan: Plan::Paid, time_zone, created_at: now };
    app.store.create_account(account).await.expect("it is there");
    let (token, hash) = new_token(&mut SystemEntropy);
    let record = TokenRecord {
        id: TokenId::new(now, &mut SystemEntropy),
        account_id: id,
        name: "test".to_owned(),
        hash,
        created_at: now,
    };
    app.store.create_token(record).await.expect("it is there");
    token
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these settings beside those that a test always has.
    pub(crate) async fn start_with(settings: &[(&str, toml::Value)]) -> Self {
        Self::start_at(Arc::new(SystemClock), settings).await
    }

    /// As [`TestServer::start_with`], with a clock of the test.
    pub(crate) async fn start_at(clock: SharedClock, settings: &[(&str, toml::Value)]) -> Self {
        let data = tempfile::tempdir().expect("it is there");
        let mut layers = Layers::defaults().expect("it is there");
        for (key, value) in [
            ("listen", toml::Value::from("127.0.0.1:0")),
            ("data_dir", data.path().to_str().expect("it is there").into()),
            ("files_bytes_a_bot_max", toml::Value::from(64 * 1024)),
        ] {
            layers.set(key, value, Place::CommandLine);
        }
        for (key, value) in settings {
            layers.set(key, value.clone(), Place::CommandLine);
        }
        let config = Config::from_layers(&layers).expect("it is there");
        let running = start(&config, Options { clock }).await.expect("it is there");
        let nobody = Client::new(&format!("http://{}", running.address)).observed(contract::check);
        let api = nobody.bearer(&account(&running.app, "One").await);
        let other = nobody.bearer(&account(&running.app, "Two").await);
        Self { running, data, api, other, nobody }
    }

    pub(crate) fn app(&self) -> &App {
        &self.running.app
    }

    /// The database, as something from outside sees it.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.data.path().join("recado.db")).expect("it is there");
        database.busy_timeout(SOON).expect("it can wait");
        database
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// A web chat bot.
    pub(crate) async fn bot(&self) -> String {
        id(&self.api.post("/api/v1/bots", &json!({"service": "livechat", "name": "Best bot"})).await.expect(201).json())
    }

    /// A published flow that asks nothing, says hello and passes *send webhook* `passed`; it starts with the chat.
    pub(crate) async fn greeting(&self, bot: &str, url: &str) -> String {
        let draft = json!({
            "version": 1, "name": "Greeting", "start": "hello",
            "elements": [
                {"id": "hello", "type": "message", "parts": [{"kind": "text", "text": "Hello"}]},
                {"id": "tell", "type": "action", "actions": [{"kind": "send_webhook", "name": "passed", "url": url}]},
            ],
            "edges": [{"from": "hello", "output": "next", "to": "tell"}],
        });
        let flow =
            id(&self.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
        self.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
        let trigger = json!({"flow_id": flow, "name": "Welcome", "kind": {"type": "subscription"}});
        self.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
        flow
    }

    /// The account's inspector URL.
    pub(crate) async fn inspector(&self) -> String {
        self.api.get("/api/v1/inspector").await.expect(200).json()["url"].as_str().expect("it is there").to_owned()
    }

    /// Opens a web chat: its client and the contact.
    pub(crate) async fn visitor(&self, bot: &str) -> (Client, String) {
        let path = format!("/api/chat/{bot}/sessions");
        let opened = self.nobody.post(&path, &json!({"name": "Ada"})).await.expect(201).json();
        (
            self.nobody.bearer(opened["token"].as_str().expect("it is there")),
            opened["contact_id"].as_str().expect("it is there").to_owned(),
        )
    }

    /// Looks again until there is something.
    pub(crate) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let found = tokio::time::timeout(SOON, async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("there was no {what}"))
    }

    /// What the inspector received, the newest first, once there are so many.
    pub(crate) async fn received(&self, count: usize) -> Vec<Json> {
        self.until(&format!("{count} requests at the inspector"), async || {
            let items = self.api.get("/api/v1/inspector").await.json()["items"].as_array().cloned().unwrap_or_default();
            (items.len() >= count).then_some(items)
        })
        .await
    }
}

/// Webhooks may reach this receiver.
pub(crate) fn allowing(receiver: &Receiver) -> [(&'static str, toml::Value); 1] {
    [("allow_egress", toml::Value::Array(vec![receiver.address().to_string().into()]))]
}

/// The id of what was made.
pub(crate) fn id(made: &Json) -> String {
    made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned()
}
