//! A full disk, a locked database, a newer schema, and a process that is killed.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use recado_model::{ContactId, EventKind};
use recado_store::{
    StoreError, Turns,
    records::DeliveryFilter,
    sqlite::{Options, SqliteStore},
    turns::TurnCommit,
};
use tokio::task::JoinSet;

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
        assert_eq!(*store.load_contact(contact.id).await.unwrap().unwrap().contact, contact);
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

/// Not a test of its own: the process that [`what_was_acknowledged_survives_kills`] kills. Without its variable it does nothing. Eight callers
/// write at once, so that a kill meets shared commits.
#[tokio::test]
async fn the_child_that_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let store = SqliteStore::open(path, Options::default()).unwrap();
    let mut world = World::begin_again(&*store).await;
    let hook = world.webhook(&*store).await;
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let (store, mut world) = (Arc::clone(&store), world.another(caller));
        callers.spawn(async move {
            loop {
                let id = world.contact_id();
                let contact = world.new_contact(&id.to_string());
                let delivery = world.delivery(hook);
                let mut turn = TurnCommit::of(contact.clone(), None);
                turn.messages = vec![world.message(&contact, "hola")];
                turn.events = vec![world.event(EventKind::NewSubscriber, vec![delivery])];
                store.commit_turn(turn).await.unwrap();
                println!("ack {}", contact.id);
            }
        });
    }
    callers.join_next().await.unwrap().unwrap();
}

/// Runs the child until it told of so many turns, kills it, and returns the contacts of all turns it told of.
fn run_and_kill(path: &Path, turns: usize) -> Vec<ContactId> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["faults::the_child_that_is_killed", "--exact", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let acknowledged = |line: String| line.split_once("ack ").and_then(|(_, id)| id.parse().ok());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut told: Vec<ContactId> = lines.by_ref().filter_map(acknowledged).take(turns).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    told.extend(lines.filter_map(acknowledged));
    told
}

#[tokio::test]
async fn what_was_acknowledged_survives_kills_and_nothing_is_half() {
    let mut sqlite = Sqlite::open();
    let path = sqlite.path();
    let mut acknowledged = Vec::new();
    for turns in [1, 20, 300, 5, 80] {
        sqlite.close();
        let told = run_and_kill(&path, turns);
        assert!(told.len() >= turns);
        acknowledged.extend(told);
        sqlite.reopen();
        let totals = sqlite.store().totals().await.unwrap();
        assert_eq!(totals.deliveries_pending, totals.messages_queued, "a turn is there whole or not at all");
        assert_eq!(sqlite.store().last_event_seq().await.unwrap() as u64, totals.deliveries_pending);
        assert!(totals.deliveries_pending >= acknowledged.len() as u64);
    }
    let store = sqlite.store();
    for id in acknowledged {
        assert!(store.load_contact(id).await.unwrap().is_some());
        assert_eq!(store.messages(id, None, None, 9).await.unwrap().items.len(), 1);
        let filter = DeliveryFilter { contact_id: Some(id), ..DeliveryFilter::default() };
        let bot_id = store.load_contact(id).await.unwrap().unwrap().contact.bot_id;
        assert_eq!(store.deliveries(bot_id, filter, None, 9).await.unwrap().items.len(), 1);
    }
}
