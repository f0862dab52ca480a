//! What a webhook that is not on has not had: until when it is kept, and who is told.

use std::sync::Arc;

use recado_model::time::DAY_MS;
use recado_server::runtime::upkeep;
use serde_json::{Value as Json, json};

use super::{
    clock_jumps::SetWrong,
    server::{TestServer, id},
};

/// As long as a fresh server keeps events.
const RETENTION_DAYS: i64 = 30;

async fn webhook(server: &TestServer, bot: &str) -> String {
    let wanted = json!({"url": server.inspector().await, "events": ["new_subscriber"]});
    id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json())
}

fn ms(time: &Json) -> i64 {
    let time: jiff::Timestamp = time.as_str().expect("a time").parse().expect("RFC 3339");
    time.as_millisecond()
}

fn warns(webhook: &Json) -> bool {
    webhook["warnings"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == "events_expire"))
}

#[tokio::test]
async fn it_is_shown_and_in_its_last_three_days_warned_of() {
    let clock = Arc::new(SetWrong::default());
    let server = TestServer::start_at(clock.clone(), &[]).await;
    let bot = server.bot().await;
    let webhook = webhook(&server, &bot).await;
    let path = format!("/api/v1/webhooks/{webhook}");
    let paused = server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200).json();
    assert_eq!(paused.get("kept_until"), None, "it has had all");
    server.visitor(&bot).await;
    let events = server.api.get(&format!("/api/v1/events?bot_id={bot}")).await.expect(200).json();
    let happened = ms(&events["items"][0]["at"]);
    let logged = async || {
        let log = server.api.get(&format!("/api/v1/bots/{bot}/log")).await.expect(200).json();
        let lines = log["items"].as_array().cloned().unwrap_or_default();
        lines.into_iter().filter(|line| line["code"] == "webhook_events_expire").collect::<Vec<_>>()
    };
    for (days, is_near) in [(0, false), (RETENTION_DAYS - 4, false), (RETENTION_DAYS - 2, true)] {
        clock.by(days * DAY_MS, &server);
        let read = server.api.get(&path).await.expect(200).json();
        let listed = server.api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
        for shown in [&read, &listed["items"][0]] {
            assert_eq!(ms(&shown["kept_until"]), happened + RETENTION_DAYS * DAY_MS);
            assert_eq!(warns(shown), is_near, "after {days} days");
        }
        for _ in 0..2 {
            upkeep::warn(server.app()).await.expect("it can look");
        }
        assert_eq!(logged().await.len(), usize::from(is_near), "once a day");
    }
    let text = logged().await[0]["text"].as_str().expect("words").to_owned();
    assert!(text.contains("/inspector/") && text.contains("is removed"), "{text}");
    let resumed = server.api.post(&format!("{path}/resume"), &json!({"from": "now"})).await.expect(200).json();
    assert!(resumed.get("kept_until").is_none() && !warns(&resumed));
    clock.by((RETENTION_DAYS - 1) * DAY_MS, &server);
    upkeep::warn(server.app()).await.expect("it can look");
    assert_eq!(logged().await.len(), 1);
}

#[tokio::test]
async fn what_is_pending_of_one_that_was_paused_is_kept_as_long() {
    let clock = Arc::new(SetWrong::default());
    let server = TestServer::start_at(clock.clone(), &[]).await;
    let bot = server.bot().await;
    // Nobody answers there: it stays pending.
    let wanted = json!({"url": "https://nobody.invalid/", "events": ["new_subscriber"]});
    let webhook = id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json());
    server.visitor(&bot).await;
    let path = format!("/api/v1/webhooks/{webhook}");
    assert_eq!(server.api.get(&path).await.expect(200).json().get("kept_until"), None, "it is on its way");
    let paused = server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200).json();
    let until = ms(&paused["kept_until"]);
    clock.by((RETENTION_DAYS - 1) * DAY_MS, &server);
    let shown = server.api.get(&path).await.expect(200).json();
    assert_eq!((ms(&shown["kept_until"]), warns(&shown)), (until, true));
}
