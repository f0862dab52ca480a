//! A server with an account, a receiver beside it, and bots to talk to.

use std::path::Path;

use anyhow::Context as _;
use http::Method;
use serde_json::{Value as Json, json};

use super::process::{Process, finish};
use crate::cli::client::Client;

/// A running server and receiver.
pub(super) struct World {
    pub(super) server: Process,
    pub(super) receiver: Process,
    /// The server, as `127.0.0.1:1234`.
    pub(super) address: String,
    /// The receiver, as `127.0.0.1:1234`.
    pub(super) receiver_address: String,
    /// Where the receiver is called by those that it treats badly.
    pub(super) bad_address: String,
    /// The receiver that drips.
    pub(super) drip_address: String,
    client: Client,
}

fn text(json: &Json, name: &str) -> anyhow::Result<String> {
    Ok(json[name].as_str().with_context(|| format!("no `{name}`"))?.to_owned())
}

/// Makes an account and a token in a data folder that no server runs on.
pub(super) async fn token_in(data: &Path) -> anyhow::Result<String> {
    std::fs::create_dir_all(data)?;
    let config = data.join("bench.toml");
    std::fs::write(&config, format!("data_dir = {:?}\n", data.display().to_string()))?;
    let config = config.display().to_string();
    finish(&["account", "create", "--name", "Bench", "--json", "--config", &config]).await?;
    text(&finish(&["token", "create", "--json", "--config", &config]).await?, "token")
}

impl World {
    /// A world on an empty data folder.
    pub(super) async fn new(data: &Path) -> anyhow::Result<Self> {
        let token = token_in(data).await?;
        Self::on(data, token).await
    }

    /// A world on a prepared data folder.
    pub(super) async fn on(data: &Path, token: String) -> anyhow::Result<Self> {
        let receiver = Process::start(&["bench", "receiver"], &[]).await?;
        let server = Process::serve(data, "127.0.0.1").await?;
        Self::of(server, receiver, token)
    }

    fn of(server: Process, receiver: Process, token: String) -> anyhow::Result<Self> {
        let url = text(&server.ready, "url")?;
        let address = url.trim_start_matches("http://").to_owned();
        let receiver_address = text(&receiver.ready, "address")?;
        let (bad_address, drip_address) = (text(&receiver.ready, "bad")?, text(&receiver.ready, "drip")?);
        let client = Client::new(&url, Some(token))?;
        Ok(Self { server, receiver, address, receiver_address, bad_address, drip_address, client })
    }

    /// A world on an empty data folder, with a messenger that stands for Telegram.
    pub(super) async fn with_messenger(data: &Path) -> anyhow::Result<(Self, Process)> {
        let token = token_in(data).await?;
        let messenger = Process::start(&["bench", "messenger"], &[]).await?;
        let receiver = Process::start(&["bench", "receiver"], &[]).await?;
        let server = Process::serve_telegram(data, "127.0.0.1", &text(&messenger.ready, "address")?).await?;
        Ok((Self::of(server, receiver, token)?, messenger))
    }

    /// A bot of the messenger, connected; its flow is as that of [`World::bot`].
    pub(super) async fn telegram_bot(&self, number: usize, elements: Json, edges: Json) -> anyhow::Result<()> {
        let bot_id = self.bot_on("telegram", elements, edges).await?;
        let token = json!({"token": format!("{number}:bench-bench-bench-bench-bench-bench")});
        self.client.post(&format!("/api/v1/bots/{bot_id}/connect"), &token).await?;
        Ok(())
    }

    /// A web chat bot whose keyword `go` starts a flow of these elements.
    pub(super) async fn bot(&self, elements: Json, edges: Json) -> anyhow::Result<String> {
        self.bot_on("livechat", elements, edges).await
    }

    async fn bot_on(&self, service: &str, elements: Json, edges: Json) -> anyhow::Result<String> {
        let settings = json!({"standard_reply_gather_s": 0, "standard_reply_opens_chat": false});
        let bot = self
            .client
            .post("/api/v1/bots", &json!({"service": service, "name": "Bench", "settings": settings}))
            .await?;
        let bot_id = text(&bot, "id")?;
        let start = text(&elements[0], "id")?;
        let draft = json!({"version": 1, "name": "Go", "start": start, "elements": elements, "edges": edges});
        let flow = self.client.post("/api/v1/flows", &json!({"bot_id": bot_id, "draft": draft})).await?;
        let flow_id = text(&flow, "id")?;
        self.client.post(&format!("/api/v1/flows/{flow_id}/publish"), &json!({})).await?;
        let kind = json!({"type": "keyword", "match": "contains", "keywords": ["go"]});
        let trigger = json!({"name": "Go", "flow_id": flow_id, "kind": kind});
        self.client.post(&format!("/api/v1/bots/{bot_id}/triggers"), &trigger).await?;
        for webhook in self.webhooks(&bot_id).await? {
            let change = json!({"concurrency": 64});
            self.client
                .json(Method::PATCH, &format!("/api/v1/webhooks/{}", text(&webhook, "id")?), &[], Some(&change))
                .await?;
        }
        Ok(bot_id)
    }

    /// A global webhook of a bot.
    pub(super) async fn global_webhook(&self, bot_id: &str, url: &str) -> anyhow::Result<()> {
        let settings = json!({"url": url, "events": ["incoming_message"], "format": "json"});
        self.client.post(&format!("/api/v1/bots/{bot_id}/webhooks"), &settings).await?;
        Ok(())
    }

    async fn webhooks(&self, bot_id: &str) -> anyhow::Result<Vec<Json>> {
        let listed = self.client.get(&format!("/api/v1/bots/{bot_id}/webhooks")).await?;
        Ok(listed["items"].as_array().cloned().unwrap_or_default())
    }

    /// Runs that wait in a flow.
    pub(super) async fn waiting(&self, flow_id: &str) -> anyhow::Result<u64> {
        let statistics = self.client.get(&format!("/api/v1/flows/{flow_id}/statistics")).await?;
        let waiting = statistics["waiting"].as_array().into_iter().flatten();
        Ok(waiting.map(|element| element["runs"].as_u64().unwrap_or_default()).sum())
    }

    /// What arrived at the receiver since the last look: how many, and the marks with their moments.
    pub(super) async fn arrivals(&self) -> anyhow::Result<(u64, Vec<(u64, u64)>)> {
        let client = Client::new(&format!("http://{}", self.receiver_address), None)?;
        let arrived = client.get("/arrivals").await?;
        Ok((arrived["count"].as_u64().unwrap_or_default(), serde_json::from_value(arrived["marked"].clone())?))
    }

    /// The address that *send webhook* posts to.
    pub(super) fn hook(&self) -> String {
        format!("http://{}/ok", self.receiver_address)
    }

    /// Stops both.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.server.stop().await?;
        self.receiver.stop().await
    }
}
