//! What a contact said and what happened to it, found by the contact.

use recado_model::{Contact, EventId, EventKind, Outcome, UnixMs};
use recado_store::{
    Store,
    outbox::{SendCommit, SendResult},
    records::{EventFilter, Retention},
    turns::TurnCommit,
};

use super::Harness;
use crate::make::{NOW, World, attempt, is_conflict, is_not_found};

/// A turn with so many messages and events; returns the events.
async fn turn(world: &mut World, store: &dyn Store, contact: &Contact, messages: usize, events: usize) -> Vec<EventId> {
    let revision = store.load_contact(contact.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(contact.clone(), Some(revision));
    turn.messages = (0..messages).map(|number| world.message(contact, &format!("{revision}.{number}"))).collect();
    turn.events = (0..events).map(|_| world.event(EventKind::IncomingMessage, Vec::new())).collect();
    let ids = turn.events.iter().map(|event| event.id).collect();
    store.commit_turn(turn).await.unwrap();
    ids
}

/// The messages of all pages, with so many on each.
async fn messages(store: &dyn Store, contact: &Contact, after: Option<i64>, limit: usize) -> Vec<i64> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.messages(contact.id, after, cursor, limit).await.unwrap();
        found.extend(page.items.iter().map(|record| record.seq));
        assert!(page.items.iter().all(|record| record.message.contact_id == contact.id));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

/// The events of all pages, with so many on each.
async fn events(store: &dyn Store, world: &World, filter: &EventFilter, limit: usize) -> Vec<EventId> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.events(world.bot, filter.clone(), cursor, limit).await.unwrap();
        found.extend(page.items.iter().map(|record| record.id));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

/// The events after a sequence, so many at a time.
async fn events_since(
    store: &dyn Store,
    world: &World,
    filter: &EventFilter,
    mut after: i64,
    limit: usize,
) -> Vec<EventId> {
    let mut found = Vec::new();
    loop {
        let (events, looked) = store.events_since(world.bot, filter.clone(), after, limit).await.unwrap();
        if looked == after {
            return found;
        }
        found.extend(events.iter().map(|record| record.id));
        after = looked;
    }
}

fn of(contact: &Contact) -> EventFilter {
    EventFilter { contact_id: Some(contact.id), ..EventFilter::default() }
}

pub(crate) async fn what_a_contact_said_is_listed_from_both_ends_page_by_page(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let mut anas = Vec::new();
    for (contact, messages, events) in
        [(&ana, 2, 1), (&eva, 1, 2), (&ana, 0, 2), (&eva, 0, 0), (&ana, 3, 0), (&eva, 2, 1)]
    {
        let ids = turn(&mut world, &*store, contact, messages, events).await;
        if contact.id == ana.id {
            anas.extend(ids);
        }
    }
    // A turn that is refused leaves its number free and both ends where they are.
    let mut refused = TurnCommit::of(ana.clone(), Some(77));
    refused.messages = vec![world.message(&ana, "never")];
    assert!(is_conflict(store.commit_turn(refused).await));
    for limit in [1, 2, 3, 10] {
        assert_eq!(messages(&*store, &ana, None, limit).await, [6, 5, 4, 2, 1], "{limit} on each page");
        assert_eq!(messages(&*store, &ana, Some(0), limit).await, [1, 2, 4, 5, 6], "{limit} on each page");
        assert_eq!(messages(&*store, &ana, Some(3), limit).await, [4, 5, 6], "{limit} on each page");
        assert_eq!(messages(&*store, &eva, None, limit).await, [8, 7, 3], "{limit} on each page");
        let newest: Vec<EventId> = anas.iter().rev().copied().collect();
        assert_eq!(events(&*store, &world, &of(&ana), limit).await, newest, "{limit} on each page");
        assert_eq!(events_since(&*store, &world, &of(&ana), 0, limit).await, anas, "{limit} on each page");
        assert_eq!(events_since(&*store, &world, &of(&ana), 3, limit).await, anas[1..], "{limit} on each page");
    }
    // A cursor that is not the contact's own, or no longer there, is a place all the same.
    let before_evas = store.messages(ana.id, None, Some("7".to_owned()), 2).await.unwrap().items;
    assert_eq!(before_evas.iter().map(|record| record.seq).collect::<Vec<_>>(), [6, 5]);
    assert_eq!(store.sent_before(ana.id, 6, 9).await.unwrap(), [], "nothing of it was sent");
}

pub(crate) async fn events_of_a_contact_stay_as_long_as_an_older_one_does(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let before = turn(&mut world, &*store, &ana, 0, 1).await;
    let pending = world.say(&*store, &ana, hook).await;
    let after = turn(&mut world, &*store, &ana, 0, 1).await;
    let old = Retention {
        now: NOW + 1,
        log_before: NOW + 1,
        pending_before: UnixMs(0),
        dedup_before: NOW + 1,
        idempotency_before: NOW + 1,
    };
    while store.make_room(old).await.unwrap() {}
    assert!(is_not_found(store.event(before[0]).await));
    let kept = store.delivery(pending).await.unwrap().event_id;
    assert_eq!(events(&*store, &world, &of(&ana), 9).await, [after[0], kept]);
    let head = store.ready_since(0, 1).await.unwrap().0.remove(0);
    store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap();
    while store.make_room(old).await.unwrap() {}
    assert_eq!(events(&*store, &world, &of(&ana), 9).await, []);
    let next = turn(&mut world, &*store, &ana, 0, 1).await;
    assert_eq!(events(&*store, &world, &of(&ana), 9).await, next, "it goes on behind what is gone");
}

pub(crate) async fn events_without_a_contact_are_found_by_its_id(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let said = turn(&mut world, &*store, &ana, 1, 2).await;
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    assert_eq!(events(&*store, &world, &of(&ana), 1).await, [said[1], said[0]]);
    let of_ana = store.events(world.bot, of(&ana), None, 9).await.unwrap().items;
    assert!(of_ana.iter().all(|event| event.data.is_empty()));
    assert!(messages(&*store, &ana, None, 9).await.is_empty());
    assert_eq!(store.bot_of_test(ana.id).await.unwrap(), None);
    let nobody = world.new_contact("nobody");
    let test = world.event(EventKind::IncomingMessage, Vec::new());
    let id = store.add_test_event(world.bot, nobody.id, test).await.unwrap();
    assert_eq!(events(&*store, &world, &of(&nobody), 9).await, [id]);
    assert_eq!(store.bot_of_test(nobody.id).await.unwrap(), Some(world.bot));
}

pub(crate) async fn what_is_sent_while_its_contact_is_erased_leaves_nothing_of_it(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    for contact in [&ana, &eva] {
        turn(&mut world, &*store, contact, 1, 0).await;
    }
    let queued = store.queued_messages(0, 2).await.unwrap();
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    let mut sends = Vec::new();
    for one in &queued {
        let delivery = world.delivery(hook);
        sends.push(SendCommit {
            seq: one.seq,
            message_id: one.message.id,
            bot_id: world.bot,
            contact_id: one.message.contact_id,
            result: SendResult::Sent { external_id: None, at: NOW },
            events: vec![world.event(EventKind::OutgoingMessage, vec![delivery])],
        });
    }
    assert!(store.commit_sends(sends.clone()).await.unwrap());
    assert!(is_not_found(store.event(sends[0].events[0].id).await));
    assert_eq!(events(&*store, &world, &of(&eva), 9).await, [sends[1].events[0].id]);
    let head = store.ready_since(0, 9).await.unwrap().0.remove(0);
    let data = store.load_event_data(vec![(head.event_seq, 0)]).await.unwrap();
    assert_eq!(data, [sends[1].events[0].data.clone()]);
}

pub(crate) async fn an_erasure_that_was_cut_short_is_finished_by_making_room(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let mut said = Vec::new();
    for _ in 0..30 {
        said.extend(turn(&mut world, &*store, &ana, 20, 20).await);
    }
    let pending = world.say(&*store, &ana, hook).await;
    // The caller goes away when the first step is under way.
    let erasing = store.erase_contact(world.bot, ana.id, NOW + 5);
    assert!(tokio::time::timeout(std::time::Duration::ZERO, erasing).await.is_err());
    drop(store);
    harness.reopen();
    let store = harness.store();
    assert_eq!(store.load_contact(ana.id).await.unwrap(), None, "it is gone at once");
    let never = Retention {
        now: NOW,
        log_before: UnixMs(0),
        pending_before: UnixMs(0),
        dedup_before: UnixMs(0),
        idempotency_before: UnixMs(0),
    };
    while store.make_room(never).await.unwrap() {}
    let left = events(&*store, &world, &of(&ana), 100).await;
    assert_eq!(left.len(), said.len() + 1);
    for id in [said[0], said[599]] {
        assert!(store.event(id).await.unwrap().data.is_empty());
    }
    let delivery = store.delivery(pending).await.unwrap();
    assert_eq!((delivery.status.as_str(), delivery.ended_at), ("cancelled", Some(NOW + 5)));
    assert_eq!(store.totals().await.unwrap().messages_queued, 0);
    assert_eq!(store.backlog(hook).await.unwrap(), 0);
}
