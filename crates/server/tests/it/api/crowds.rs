//! More deliveries are ready than the dispatch loop holds at once.

use std::collections::HashSet;

use recado_model::{ContactId, DeliveryId, EventId, EventKind, WebhookId};
use recado_store::turns::{NewDelivery, NewEvent};
use recado_testkit::receiver::Receiver;
use serde_json::json;

use super::server::{TestServer, allowing, id};

/// Several pages of heads.
const CONTACTS: usize = 2_000;

/// Each event of another contact, so that each is the head of a lane.
async fn ready_deliveries(server: &TestServer, bot: &str, hook: &str, count: usize) {
    let (app, now) = (server.app(), server.app().now());
    let webhook_id: WebhookId = hook.parse().expect("an id");
    let mut rng = app.entropy();
    let stored = (0..count).map(|_| {
        let delivery = NewDelivery {
            id: DeliveryId::new(now, &mut rng),
            webhook_id,
            lanes_id: webhook_id,
            ordered: true,
            url: None,
            encoding: 0,
            skipped: false,
        };
        let event = NewEvent {
            id: EventId::new(now, &mut rng),
            kind: EventKind::OpenChat,
            title: "open_chat".to_owned(),
            at: now,
            data: b"{}".to_vec().into(),
            encodings: Vec::new(),
            deliveries: vec![delivery],
        };
        app.store.add_test_event(bot.parse().expect("an id"), ContactId::new(now, &mut rng), event)
    });
    for result in futures_util::future::join_all(stored.collect::<Vec<_>>()).await {
        result.expect("it is stored");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_ready_deliveries_goes_out_once_each() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let wanted = json!({"url": receiver.url("/hook"), "events": ["open_chat"], "concurrency": 256});
    let hook = id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json());
    let path = format!("/api/v1/webhooks/{hook}");
    server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200);
    ready_deliveries(&server, &bot, &hook, CONTACTS).await;
    server.api.post(&format!("{path}/resume"), &json!({"from": "now"})).await.expect(200);
    let webhook_id: WebhookId = hook.parse().expect("an id");
    server
        .until("end of the backlog", async || (server.app().store.backlog(webhook_id).await.ok()? == 0).then_some(()))
        .await;
    let requests = receiver.requests();
    let ids: HashSet<_> = requests.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!((ids.len(), requests.len()), (CONTACTS, CONTACTS), "each once");
}
