//! R3: without disk, without the database's lock or without file descriptors the process refuses new work, keeps what it has, and recovers by itself.

use std::time::Duration;

use recado_testkit::receiver::{Behaviour, Receiver};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{api::Api, counting, harness::Start, visitor::Visitor};

const WITHIN: Duration = Duration::from_secs(30);

/// A limit of file sizes stands for a full disk: every write of the log fails. A process that does not ignore the signal would die of it, so
/// the shell ignores it first.
#[tokio::test]
async fn a_full_disk_is_answered_503_and_work_goes_on_when_there_is_room_again() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let shell = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    let server = Start::new(&dir).allow(receiver.address()).under(shell).demo().await;
    let api = Api::of(&server);
    let bot = counting::bot(&server, &receiver).await;
    let mut person = Visitor::open(&server, &bot).await;
    person.writes("add").await;

    server.limit("fsize", "1024");
    let message = json!({"id": "m2", "text": "add"});
    for _ in 0..3 {
        let (status, problem) = person.send(&message).await.expect("an answer");
        assert_eq!(status, 503, "{problem}");
        assert_eq!(problem["code"], "unavailable", "{problem}");
    }
    let opened = server.client().post(&format!("/api/chat/{bot}/sessions"), &json!({})).await;
    opened.expect(503);
    let known = api.contact(&person.contact).await;
    assert_eq!(known["variables"]["n"], 1, "what was there can be read: {known}");
    server.client().get("/healthz").await.expect(200);

    server.limit("fsize", "unlimited");
    // The same message as was refused: it had no effect yet, and has it once now.
    person.writes("add").await;
    person.writes("add").await;
    counting::check(&server, &receiver, &bot, std::slice::from_ref(&person), WITHIN).await;
}

/// The other process is the test itself.
#[tokio::test]
async fn while_another_process_locks_the_database_work_is_refused_and_afterwards_it_goes_on() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).allow(receiver.address()).demo().await;
    let api = Api::of(&server);
    let bot = counting::bot(&server, &receiver).await;
    let mut person = Visitor::open(&server, &bot).await;
    receiver.next((0..4).map(|_| Behaviour::status(503)));
    person.writes("add").await;

    let other = rusqlite::Connection::open(server.database()).expect("the database opens");
    other.busy_timeout(WITHIN).expect("it waits");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let message = json!({"id": "m2", "text": "add"});
    let (status, problem) = person.send(&message).await.expect("an answer");
    assert_eq!((status, &problem["code"]), (503, &json!("unavailable")), "{problem}");
    let known = api.contact(&person.contact).await;
    assert_eq!(known["variables"]["n"], 1, "what was there can be read: {known}");
    server.client().get("/healthz").await.expect(200);

    other.execute_batch("ROLLBACK").expect("the lock is given back");
    person.writes("add").await;
    person.writes("add").await;
    counting::check(&server, &receiver, &bot, std::slice::from_ref(&person), WITHIN).await;
}

#[tokio::test]
async fn without_file_descriptors_new_connections_wait_and_are_served_afterwards() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).allow(receiver.address()).demo().await;
    let bot = counting::bot(&server, &receiver).await;
    let mut person = Visitor::open(&server, &bot).await;
    person.writes("add").await;

    server.limit("nofile", "3");
    let mut writing = JoinSet::new();
    writing.spawn(async move {
        person.writes("add").await;
        person
    });
    // Nothing can be seen from outside but that there is no answer.
    let early = tokio::time::timeout(Duration::from_secs(2), writing.join_next()).await;
    assert!(early.is_err(), "a message was acknowledged over a connection that could not be taken");
    server.limit("nofile", "1024");
    let person = writing.join_next().await.expect("one person").expect("the message is acknowledged at last");
    counting::check(&server, &receiver, &bot, std::slice::from_ref(&person), WITHIN).await;
}
