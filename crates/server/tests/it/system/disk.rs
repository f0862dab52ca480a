//! R3: a disk that is read-only, that fails to sync, or that is slow. The fault is put into the system calls of the running process, which sees
//! what it would see of such a disk: the words of the kernel.

use std::time::Duration;

use recado_testkit::receiver::Receiver;
use serde_json::json;
use tempfile::TempDir;
use tokio::{task::JoinSet, time::Instant};

use super::{
    api::Api,
    counting,
    harness::{Start, free_port},
    visitor::Visitor,
};

const WITHIN: Duration = Duration::from_secs(30);
/// People who write at the same time to the slow disk.
const PEOPLE: usize = 20;
/// Messages that each of them writes.
const MESSAGES: usize = 3;
/// What each sync of the slow disk takes.
const SYNC: Duration = Duration::from_millis(250);

/// Refused while the fault is there, taken afterwards, each once; and after a kill the log of the database holds nothing that was refused.
async fn refuses_and_recovers(fault: &str) {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).port(free_port()).allow(receiver.address()).demo().await;
    let api = Api::of(&server);
    let bot = counting::bot(&server, &receiver).await;
    let mut person = Visitor::open(&server, &bot).await;
    person.writes("add").await;

    let Some(fault) = server.inject(fault).await else { return };
    let message = json!({"id": "m2", "text": "add"});
    for _ in 0..3 {
        let (status, problem) = person.send(&message).await.expect("an answer");
        assert_eq!((status, &problem["code"]), (503, &json!("unavailable")), "{problem}");
    }
    server.client().post(&format!("/api/chat/{bot}/sessions"), &json!({})).await.expect(503);
    let known = api.contact(&person.contact).await;
    assert_eq!(known["variables"]["n"], 1, "what was there can be read: {known}");
    server.client().get("/healthz").await.expect(200);

    fault.heal().await;
    person.writes("add").await;
    person.writes("add").await;
    counting::check(&server, &receiver, &bot, std::slice::from_ref(&person), WITHIN).await;
    let server = server.kill().await.demo().await;
    person.writes("add").await;
    counting::check(&server, &receiver, &bot, std::slice::from_ref(&person), WITHIN).await;
}

/// A file system that met an error goes read-only under the files that are open.
#[tokio::test]
async fn a_disk_that_goes_read_only_is_answered_503_and_work_goes_on_afterwards() {
    refuses_and_recovers("pwrite64,ftruncate,fdatasync,fsync:error=EROFS").await;
}

/// The write is in the page cache, and is not to be trusted: nothing that was not synced is acknowledged.
#[tokio::test]
async fn a_disk_that_fails_to_sync_is_answered_503_and_work_goes_on_afterwards() {
    refuses_and_recovers("fdatasync,fsync:error=EIO").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_slow_disk_those_who_wait_together_are_served_together_and_nothing_is_lost() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).allow(receiver.address()).demo().await;
    let bot = counting::bot(&server, &receiver).await;
    let mut people = JoinSet::new();
    let mut opened = Vec::new();
    for _ in 0..PEOPLE {
        opened.push(Visitor::open(&server, &bot).await);
    }
    let fault = server.inject(&format!("fdatasync,fsync:delay_enter={}", SYNC.as_micros())).await;
    let began = Instant::now();
    for mut person in opened {
        people.spawn(async move {
            for _ in 0..MESSAGES {
                person.writes("add").await;
            }
            person
        });
    }
    let people = people.join_all().await;
    let one_by_one = SYNC * (PEOPLE * MESSAGES) as u32;
    assert!(began.elapsed() < one_by_one, "{:?}: each message waited for a sync of its own", began.elapsed());
    if let Some(fault) = fault {
        assert!(began.elapsed() > SYNC * MESSAGES as u32, "a message was acknowledged before its sync");
        fault.heal().await;
    }
    counting::check(&server, &receiver, &bot, &people, WITHIN).await;
}
