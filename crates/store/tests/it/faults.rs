//! A full disk, a locked database, a newer schema, and a process that is killed.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use recado_model::EventKind;
use recado_store::{
    Store, StoreError, Turns,
    sqlite::{Options, SqliteStore},
    turns::TurnCommit,
};

use crate::{conformance::Harness, make::World, sqlite::Sqlite};

#[tokio::test]
async fn a_full_disk_refuses_keeps_what_it_has_and_recovers() {
    let sqlite = Sqlite::open();
    let store = sqlite.sqlite();
    let mut world = World::begin(&*store).await;
    store.set_bytes_max(Some(1));
    let mut kept = Vec::new();
    let mut refused = 0;
    for number in 0..40 {
        let mut contact = world.new_contact(&number.to_string());
        contact.last_message = "x".repeat(16 * 1024);
        match store.commit_turn(TurnCommit::of(contact.clone(), None)).await {
            Ok(_) => kept.push(contact),
            Err(StoreError::Unavailable { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0);
    store.set_bytes_max(None);
    kept.push(world.contact(&*store, "after").await);
    for contact in kept {
        assert_eq!(store.load_contact(contact.id).await.unwrap().unwrap().contact, contact);
    }
}

#[tokio::test]
async fn a_locked_database_refuses_and_recovers() {
    let sqlite = Sqlite::open();
    let store = sqlite.sqlite();
    let mut world = World::begin(&*store).await;
    let other = rusqlite::Connection::open(sqlite.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let contact = world.new_contact("ana");
    let refused = store.commit_turn(TurnCommit::of(contact.clone(), None)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    assert_eq!(store.load_contact(contact.id).await.unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
    store.commit_turn(TurnCommit::of(contact, None)).await.unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recado.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 999").unwrap();
    let refused = SqliteStore::open(&path, Options::default()).unwrap_err();
    assert!(refused.to_string().contains("newer version of Recado"), "{refused}");
}

const CHILD: &str = "RECADO_STORE_TEST_CHILD";

/// Not a test of its own: the process that [`what_was_acknowledged_survives_a_kill`] kills. Without its variable it does nothing.
#[tokio::test]
async fn the_child_that_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let store = SqliteStore::open(path, Options::default()).unwrap();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    for number in 0.. {
        let contact = world.new_contact(&number.to_string());
        let delivery = world.delivery(hook);
        let mut turn = TurnCommit::of(contact.clone(), None);
        turn.messages = vec![world.message(&contact, "hola")];
        turn.events = vec![world.event(EventKind::NewSubscriber, vec![delivery])];
        store.commit_turn(turn).await.unwrap();
        println!("ack {}", contact.id);
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_half() {
    let mut sqlite = Sqlite::open();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["faults::the_child_that_is_killed", "--exact", "--nocapture"])
        .env(CHILD, sqlite.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut acknowledged: Vec<String> =
        lines.by_ref().filter_map(|line| line.split_once("ack ").map(|(_, id)| id.to_owned())).take(50).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    acknowledged.extend(
        lines.filter_map(|line| line.split_once("ack ").map(|(_, id)| id.to_owned())).filter(|id| id.len() == 36),
    );
    sqlite.reopen();
    let store: std::sync::Arc<dyn Store> = sqlite.store();
    assert!(acknowledged.len() >= 50);
    for id in acknowledged {
        let id = id.parse().unwrap();
        assert!(store.load_contact(id).await.unwrap().is_some());
        assert_eq!(store.messages(id, None, None, 9).await.unwrap().items.len(), 1);
    }
    let totals = store.totals().await.unwrap();
    assert_eq!(totals.deliveries_pending, totals.messages_queued, "a turn is there whole or not at all");
    assert_eq!(store.last_event_seq().await.unwrap() as u64, totals.deliveries_pending);
}
