//! Asked to stop, the process finishes what it has taken, and the next start goes on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use recado_testkit::receiver::{Behaviour, Receiver};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{
    api::Api,
    counting,
    harness::{Start, free_port, until},
    visitor::{Visitor, said},
};

const PEOPLE: usize = 20;
/// A stop waits for turns and attempts under way, and the slowest attempt here ends by its time-out of 1 s.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_exits_cleanly_and_loses_nothing() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).port(free_port()).allow(receiver.address()).demo().await;
    let bot = counting::bot(&server, &receiver).await;
    receiver.next((0..600).map(|number| if number % 20 == 0 { Behaviour::Silence } else { Behaviour::default() }));
    let (enough, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut people = JoinSet::new();
    for _ in 0..PEOPLE {
        let mut person = Visitor::open(&server, &bot).await;
        let (enough, written) = (Arc::clone(&enough), Arc::clone(&written));
        people.spawn(async move {
            while !enough.load(Ordering::Relaxed) {
                person.writes("add").await;
                written.fetch_add(1, Ordering::Relaxed);
            }
            person
        });
    }
    let load = async || (written.load(Ordering::Relaxed) > 100).then_some(());
    until("load", Duration::from_secs(30), load).await;
    let (status, again) = server.stop(STOPPED_WITHIN).await;
    assert!(status.success(), "it ended with {status}");
    let server = again.demo().await;
    enough.store(true, Ordering::Relaxed);
    let people = people.join_all().await;
    counting::check(&server, &receiver, &bot, &people, Duration::from_mins(1)).await;
}

#[tokio::test]
async fn what_was_to_be_said_later_is_said_after_a_stop_and_after_a_kill() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = Start::new(&dir).port(free_port()).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Slow").await;
    let elements = json!([{"id": "slow", "type": "message", "parts": [
        {"kind": "text", "text": "Just a moment."},
        {"kind": "delay", "seconds": 4},
        {"kind": "text", "text": "Here it is."},
    ]}]);
    let flow = api.flow(&bot, "Slow", elements, json!([])).await;
    api.keyword(&bot, &flow, "go").await;

    let mut first = Visitor::open(&server, &bot).await;
    first.writes("go").await;
    first.hears("Just a moment.").await;
    let (status, again) = server.stop(STOPPED_WITHIN).await;
    assert!(status.success(), "it ended with {status}");
    let server = again.demo().await;
    first.hears("Here it is.").await;

    let mut second = Visitor::open(&server, &bot).await;
    second.writes("go").await;
    second.hears("Just a moment.").await;
    let _server = server.kill().await.demo().await;
    second.hears("Here it is.").await;
    for person in [first, second] {
        let texts: Vec<String> = person.messages().await.iter().map(said).filter(|text| !text.is_empty()).collect();
        assert_eq!(texts, ["Just a moment.", "Here it is."]);
    }
}
