//! Webhooks that stood still: past their limit or told to wait, over kills.

use std::time::Duration;

use recado_testkit::receiver::{Behaviour, Received, Receiver};
use serde_json::json;
use tempfile::TempDir;

use super::{
    api::{Api, id_of, text},
    counting,
    harness::{Server, Start, free_port, until},
    visitor::Visitor,
};

/// Far fewer than a person's messages cause.
const PENDING_MAX: usize = 20;
const PEOPLE: usize = 5;
const MESSAGES: usize = 30;
/// What a receiver asks to wait: long enough to die and to come back in, short enough to wait for.
const RETRY_AFTER_S: i64 = 6;

async fn states(server: &Server, bot: &str) -> Vec<String> {
    let webhooks = Api::of(server).webhooks(bot).await;
    webhooks.iter().map(|webhook| text(&webhook["state"], "state")).collect()
}

/// Everybody writes at the same time.
async fn all_write(people: &mut [Visitor], times: usize) {
    for _ in 0..times {
        futures_util::future::join_all(people.iter_mut().map(|person| person.writes("add"))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_past_its_limit_catches_up_in_order_over_kills() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let start = Start::new(&dir).port(free_port()).allow(receiver.address());
    let mut server = start.env("RECADO_WEBHOOK_PENDING_MAX", &PENDING_MAX.to_string()).demo().await;
    let bot = counting::bot(&server, &receiver).await;
    receiver.behave(Behaviour::status(503));
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(Visitor::open(&server, &bot).await);
    }
    all_write(&mut people, MESSAGES / 2).await;
    assert_eq!(states(&server, &bot).await, ["behind", "behind"]);
    server = server.kill().await.demo().await;
    let pending = Api::of(&server).deliveries(&format!("bot_id={bot}&status=pending")).await.len();
    // Each of the two webhooks has at most one commit more than its limit.
    assert!((PENDING_MAX..=8 * PENDING_MAX).contains(&pending), "{pending} are pending");
    receiver.behave(Behaviour::default());
    all_write(&mut people, MESSAGES / 4).await;
    server = server.kill().await.demo().await;
    all_write(&mut people, MESSAGES / 4).await;
    until("webhooks that have caught up", Duration::from_mins(1), async || {
        states(&server, &bot).await.iter().all(|state| state == "on").then_some(())
    })
    .await;
    counting::check(&server, &receiver, &bot, &people, Duration::from_mins(1)).await;
}

#[tokio::test]
async fn no_lane_goes_early_after_a_kill_while_the_receiver_asked_to_wait() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).port(free_port()).allow(receiver.address()).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Held").await;
    let held = api.webhook(&bot, &receiver.url("/held"), &["new_subscriber"]).await;
    api.webhook(&bot, &receiver.url("/free"), &["new_subscriber"]).await;
    receiver.next_at("/held", [Behaviour::retry_after(429, &RETRY_AFTER_S.to_string())]);
    Visitor::open(&server, &bot).await;
    let path = format!("/api/v1/webhooks/{held}");
    until("hold in the store", Duration::from_secs(20), async || {
        api.client.get(&path).await.expect(200).json()["held_until"].as_str().map(str::to_owned)
    })
    .await;
    let server = server.kill().await.demo().await;
    // Another contact, whose lane nothing stands in the way of but the hold.
    Visitor::open(&server, &bot).await;
    until("both requests at the other webhook", Duration::from_secs(20), async || {
        (receiver.requests_at("/free").len() >= 2).then_some(())
    })
    .await;
    let arrived = until("what was held", Duration::from_secs(30), async || {
        let arrived = receiver.requests_at("/held");
        (arrived.len() >= 3).then_some(arrived)
    })
    .await;
    let sent_s = |request: &Received| -> i64 {
        request.header("webhook-timestamp").expect("a timestamp").parse().expect("a number of seconds")
    };
    let free_at_s = sent_s(&arrived[0]) + RETRY_AFTER_S;
    for request in &arrived[1..] {
        assert!(sent_s(request) >= free_at_s, "{} went early", id_of(request));
    }
    let left = Api::of(&server).client.get(&path).await.expect(200).json();
    assert_eq!(left["held_until"], json!(null), "it is over");
}
