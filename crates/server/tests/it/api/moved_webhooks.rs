//! A webhook that gets another URL: what the old receiver asked for or failed at is over.

use recado_testkit::receiver::{Behaviour, Gate, Received, Receiver};
use serde_json::{Value as Json, json};

use super::server::{TestServer, allowing, id};

/// More failures than open a breaker.
const PEOPLE: usize = 12;

async fn webhook(server: &TestServer, bot: &str, url: &str) -> String {
    let wanted = json!({"url": url, "events": ["new_subscriber", "incoming_message"], "format": "json"});
    id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json())
}

async fn moves(server: &TestServer, webhook: &str, url: &str) -> Json {
    server.api.patch(&format!("/api/v1/webhooks/{webhook}"), &json!({"url": url})).await.expect(200).json()
}

/// So many requests at a path.
async fn requests(server: &TestServer, receiver: &Receiver, path: &str, count: usize) -> Vec<Received> {
    server
        .until(&format!("{count} requests at {path}"), async || {
            let requests = receiver.requests_at(path);
            (requests.len() >= count).then_some(requests)
        })
        .await
}

#[tokio::test]
async fn a_hold_of_the_old_receiver_does_not_hold_the_new_one() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    receiver.behave_at("/old", Behaviour::retry_after(503, "3600"));
    let webhook = webhook(&server, &bot, &receiver.url("/old")).await;
    server.visitor(&bot).await;
    let path = format!("/api/v1/webhooks/{webhook}");
    let held = async || server.api.get(&path).await.expect(200).json()["held_until"].as_str().map(str::to_owned);
    server.until("hold", held).await;
    server.visitor(&bot).await;
    let changed = moves(&server, &webhook, &receiver.url("/new")).await;
    assert_eq!((&changed["held_until"], &changed["failing_since"]), (&json!(null), &json!(null)));
    requests(&server, &receiver, "/new", 2).await;
    assert_eq!(receiver.requests_at("/old").len(), 1);
}

#[tokio::test]
async fn a_breaker_that_the_old_receiver_opened_and_its_retries_do_not_wait_for_the_new_one() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    receiver.behave_at("/old", Behaviour::status(500));
    let own = webhook(&server, &bot, &receiver.url("/old")).await;
    // Its first retry is an hour away.
    let hour = json!({"schedule_ms": [3_600_000]});
    server.api.patch(&format!("/api/v1/webhooks/{own}"), &hour).await.expect(200);
    let stays = webhook(&server, &bot, &receiver.url("/old")).await;
    server.api.patch(&format!("/api/v1/webhooks/{stays}"), &hour).await.expect(200);
    for _ in 0..PEOPLE {
        server.visitor(&bot).await;
    }
    requests(&server, &receiver, "/old", 10).await;
    moves(&server, &own, &receiver.url("/new")).await;
    requests(&server, &receiver, "/new", PEOPLE).await;
    let deliveries = async |query: &str| {
        let path = format!("/api/v1/deliveries?bot_id={bot}&{query}&limit=200");
        server.api.get(&path).await.expect(200).json()["items"].as_array().map_or(0, Vec::len)
    };
    let all = async || (deliveries(&format!("webhook_id={own}&status=delivered")).await == PEOPLE).then_some(());
    server.until("everything delivered", all).await;
    assert_eq!(deliveries(&format!("webhook_id={stays}&status=pending")).await, PEOPLE);
    // What ended at the old one is sent again to the new one.
    let ended = server.api.get(&format!("/api/v1/deliveries?bot_id={bot}&webhook_id={own}")).await.expect(200).json();
    let ended = ended["items"][0]["id"].as_str().expect("a delivery").to_owned();
    server.api.post(&format!("/api/v1/deliveries/{ended}/retry"), &json!({})).await.expect(200);
    requests(&server, &receiver, "/new", PEOPLE + 1).await;
}

#[tokio::test]
async fn what_was_under_way_goes_on_at_the_new_url_in_the_order_of_the_contact() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let gate = Gate::new();
    // The old one asks everybody to wait for an hour, but only after the URL has changed.
    receiver.behave_at("/old", Behaviour::retry_after(503, "3600").after(&gate));
    let webhook = webhook(&server, &bot, &receiver.url("/old")).await;
    let (visitor, _) = server.visitor(&bot).await;
    requests(&server, &receiver, "/old", 1).await;
    for text in ["one", "two"] {
        let message = json!({"id": text, "text": text});
        visitor.post(&format!("/api/chat/{bot}/messages"), &message).await.expect(202);
    }
    moves(&server, &webhook, &receiver.url("/new")).await;
    assert_eq!(receiver.requests_at("/new").len(), 0, "the one before is not over");
    gate.open();
    let arrived = requests(&server, &receiver, "/new", 3).await;
    let told: Vec<Json> = arrived
        .iter()
        .map(|request| {
            let event = request.json()[0].clone();
            json!([event["title"], event["contact"]["last_message"]])
        })
        .collect();
    assert_eq!(json!(told), json!([["new_subscriber", ""], ["incoming_message", "one"], ["incoming_message", "two"]]));
    assert_eq!(receiver.requests_at("/old").len(), 1);
    let shown = server.api.get(&format!("/api/v1/webhooks/{webhook}")).await.expect(200).json();
    assert_eq!((&shown["held_until"], &shown["failing_since"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_410_of_the_old_receiver_does_not_switch_off_the_new_one() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let gate = Gate::new();
    receiver.behave_at("/old", Behaviour::status(410).after(&gate));
    let webhook = webhook(&server, &bot, &receiver.url("/old")).await;
    server.visitor(&bot).await;
    requests(&server, &receiver, "/old", 1).await;
    moves(&server, &webhook, &receiver.url("/new")).await;
    gate.open();
    requests(&server, &receiver, "/new", 1).await;
    server.visitor(&bot).await;
    requests(&server, &receiver, "/new", 2).await;
    assert_eq!(receiver.requests_at("/old").len(), 1);
    let shown = server.api.get(&format!("/api/v1/webhooks/{webhook}")).await.expect(200).json();
    assert_eq!(shown["state"]["state"], "on");
}
