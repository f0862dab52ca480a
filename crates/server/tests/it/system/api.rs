//! The bot maker: bots, flows, triggers and webhooks, over the API.

use std::time::Duration;

use recado_delivery::signature;
use recado_model::UnixMs;
use recado_testkit::{client::Client, receiver::Received};
use serde_json::{Value as Json, json};

use super::harness::{Server, until};

/// A schedule that a test can wait for: 20 delays, 200 ms at first and never more than 2 s.
pub(crate) const SHORT_SCHEDULE: [u64; 20] = [
    200, 200, 300, 300, 400, 500, 500, 1_000, 1_000, 1_000, 1_000, 1_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000,
    2_000, 2_000,
];

/// A client with the demo's token.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
}

/// The text of a field.
pub(crate) fn text(json: &Json, field: &str) -> String {
    json[field].as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
}

impl Api {
    pub(crate) fn of(server: &Server) -> Self {
        Self::with(server, server.said("api_token"))
    }

    /// With a token from elsewhere.
    pub(crate) fn with(server: &Server, token: &str) -> Self {
        Self { client: server.client().bearer(token) }
    }

    /// A web chat bot without triggers.
    pub(crate) async fn bot(&self, name: &str) -> String {
        self.bot_of("livechat", name).await
    }

    /// A bot of a service, without triggers.
    pub(crate) async fn bot_of(&self, service: &str, name: &str) -> String {
        let made = self.client.post("/api/v1/bots", &json!({"service": service, "name": name})).await;
        text(&made.expect(201).json(), "id")
    }

    /// A flow of these elements and edges, published. Its start is the first element.
    pub(crate) async fn flow(&self, bot: &str, name: &str, elements: Json, edges: Json) -> String {
        let draft =
            json!({"version": 1, "name": name, "start": elements[0]["id"], "elements": elements, "edges": edges});
        let made = self.client.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json();
        let id = text(&made, "id");
        self.publish(&id).await;
        id
    }

    /// Publishes a flow's draft.
    pub(crate) async fn publish(&self, flow: &str) {
        self.client.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    }

    /// A trigger of a flow, as in `{"type": "subscription"}`.
    pub(crate) async fn trigger(&self, bot: &str, flow: &str, kind: Json) {
        let wanted = json!({"flow_id": flow, "name": kind["type"], "kind": kind});
        self.client.post(&format!("/api/v1/bots/{bot}/triggers"), &wanted).await.expect(201);
    }

    /// Starts a flow when a text is this word.
    pub(crate) async fn keyword(&self, bot: &str, flow: &str, word: &str) {
        self.trigger(bot, flow, json!({"type": "keyword", "match": "is", "keywords": [word]})).await;
    }

    /// A global webhook for these events. Gives its id.
    pub(crate) async fn webhook(&self, bot: &str, url: &str, events: &[&str]) -> String {
        let wanted = json!({"url": url, "events": events});
        text(&self.client.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json(), "id")
    }

    /// Changes a webhook.
    pub(crate) async fn set_webhook(&self, id: &str, settings: Json) {
        self.client.patch(&format!("/api/v1/webhooks/{id}"), &settings).await.expect(200);
    }

    /// A bot's webhooks, flow webhooks too.
    pub(crate) async fn webhooks(&self, bot: &str) -> Vec<Json> {
        let listed = self.client.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
        listed["items"].as_array().expect("a list of webhooks").clone()
    }

    /// What a receiver checks a webhook's requests with.
    pub(crate) async fn secret(&self, webhook: &str) -> String {
        let shown = self.client.get(&format!("/api/v1/webhooks/{webhook}/secret")).await.expect(200).json();
        text(&shown["keys"][0], "secret")
    }

    /// Every item of a list, the newest first. The path has a query already.
    pub(crate) async fn all(&self, path: &str) -> Vec<Json> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.client.get(&format!("/api/v1{path}&limit=200{cursor}")).await.expect(200).json();
            items.extend(page["items"].as_array().expect("a list").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// A contact.
    pub(crate) async fn contact(&self, id: &str) -> Json {
        self.client.get(&format!("/api/v1/contacts/{id}")).await.expect(200).json()
    }

    /// Deliveries with this query, the newest first.
    pub(crate) async fn deliveries(&self, query: &str) -> Vec<Json> {
        self.all(&format!("/deliveries?{query}")).await
    }

    /// Waits until no delivery of a bot is pending.
    pub(crate) async fn nothing_pending(&self, bot: &str, within: Duration) {
        let path = format!("/api/v1/deliveries?bot_id={bot}&status=pending&limit=1");
        until("end of the pending deliveries", within, async || {
            let page = self.client.get(&path).await.expect(200).json();
            page["items"].as_array().is_some_and(Vec::is_empty).then_some(())
        })
        .await;
    }
}

/// The event object of a documented body.
pub(crate) fn event_of(received: &Received) -> Json {
    received.json()[0].clone()
}

/// `webhook-id`.
pub(crate) fn id_of(received: &Received) -> &str {
    received.header("webhook-id").expect("each webhook has an id")
}

/// Checks a request as a receiver does. The time of the check is the request's own.
///
/// # Panics
/// When the signature does not fit.
#[track_caller]
pub(crate) fn assert_signed(received: &Received, secret: &str) {
    let timestamp = received.header("webhook-timestamp").expect("a timestamp");
    let now = UnixMs(timestamp.parse::<i64>().expect("a number of seconds") * 1_000);
    let given = received.header("webhook-signature").expect("a signature");
    signature::verify(secret, id_of(received), timestamp, given, &received.body, now).expect("the signature fits");
}
