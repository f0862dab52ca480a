//! The lists that agents look at, and where they end.

use recado_model::{ChatState, Contact, Direction, EventKind, MemberId, MessageStatus};
use recado_store::{
    Store,
    records::{ChatRecord, OPEN_CHATS_MAX, UNREAD_MAX},
    turns::TurnCommit,
};
use tokio::task::JoinSet;

use super::Harness;
use crate::make::{NOW, World, is_not_found};

fn names(chats: &[ChatRecord]) -> Vec<(String, u32)> {
    chats.iter().map(|chat| (chat.contact.identity.clone(), chat.unread)).collect()
}

/// A turn in which the contact says so much and so much happens.
async fn said(world: &mut World, store: &dyn Store, contact: &Contact, messages: usize, events: usize) {
    let revision = store.load_contact(contact.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(contact.clone(), Some(revision));
    turn.messages = (0..messages).map(|_| world.message(contact, "hello")).collect();
    for message in &mut turn.messages {
        (message.direction, message.status) = (Direction::In, MessageStatus::Received);
    }
    turn.events = (0..events).map(|_| world.event(EventKind::IncomingMessage, Vec::new())).collect();
    store.commit_turn(turn).await.unwrap();
}

pub(crate) async fn chats_are_listed_by_what_happened_last(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut revisions = Vec::new();
    for name in ["ana", "bob"] {
        let contact = world.contact(&*store, name).await;
        revisions.push((contact, 1));
    }
    for (who, open) in [(0, true), (1, false), (0, true)] {
        let (contact, revision) = &mut revisions[who];
        if open {
            contact.chat = ChatState::Open { since: NOW, assignee: None };
        }
        let mut said = world.message(contact, "hello");
        (said.direction, said.status) = (Direction::In, MessageStatus::Received);
        let mut turn = TurnCommit::of(contact.clone(), Some(*revision));
        turn.messages = vec![said];
        turn.events = vec![world.event(EventKind::IncomingMessage, Vec::new())];
        *revision = store.commit_turn(turn).await.unwrap().revision;
    }
    let all = store.chats(world.bot, None, 10).await.unwrap();
    assert_eq!(names(&all.items), [("ana".to_owned(), 2), ("bob".to_owned(), 1)]);
    let first = store.chats(world.bot, None, 1).await.unwrap();
    let second = store.chats(world.bot, first.next, 1).await.unwrap();
    assert_eq!(names(&second.items), [("bob".to_owned(), 1)]);
    store.read_chat(revisions[0].0.id, None).await.unwrap();
    assert_eq!(names(&store.open_chats(world.bot).await.unwrap()), [("ana".to_owned(), 0)]);
    let (contact, revision) = &mut revisions[0];
    contact.chat = ChatState::Closed;
    store.commit_turn(TurnCommit::of(contact.clone(), Some(*revision))).await.unwrap();
    harness.reopen();
    let store = harness.store();
    assert!(store.open_chats(world.bot).await.unwrap().is_empty());
    let erased = revisions[1].0.id;
    store.erase_contact(world.bot, erased, NOW).await.unwrap();
    assert_eq!(names(&store.chats(world.bot, None, 10).await.unwrap().items), [("ana".to_owned(), 0)]);
    assert!(is_not_found(store.read_chat(erased, None).await));
}

pub(crate) async fn unread_messages_are_counted_up_to_a_limit(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    for (more, unread) in
        [(UNREAD_MAX as usize - 1, UNREAD_MAX - 1), (1, UNREAD_MAX), (1, UNREAD_MAX), (400, UNREAD_MAX)]
    {
        said(&mut world, &*store, &ana, more, 1).await;
        assert_eq!(names(&store.chats(world.bot, None, 10).await.unwrap().items), [("ana".to_owned(), unread)]);
    }
    let newest = store.messages(ana.id, None, None, 3).await.unwrap().items;
    store.read_chat(ana.id, Some(newest[2].seq)).await.unwrap();
    assert_eq!(names(&store.chats(world.bot, None, 10).await.unwrap().items), [("ana".to_owned(), 2)]);
    store.read_chat(ana.id, Some(1)).await.unwrap();
    assert_eq!(
        names(&store.chats(world.bot, None, 10).await.unwrap().items),
        [("ana".to_owned(), 2)],
        "what is read stays read"
    );
}

pub(crate) async fn a_page_of_chats_looks_at_so_many_events_and_goes_on_behind_them(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (ana, bob) = (world.contact(&*store, "ana").await, world.contact(&*store, "bob").await);
    said(&mut world, &*store, &bob, 0, 1).await;
    for _ in 0..13 {
        said(&mut world, &*store, &ana, 0, 500).await;
    }
    let (mut found, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.chats(world.bot, cursor, 10).await.unwrap();
        pages += 1;
        found.extend(names(&page.items));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (vec![("ana".to_owned(), 0), ("bob".to_owned(), 0)], 2));
}

pub(crate) async fn open_chats_are_listed_up_to_a_limit(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut commits = JoinSet::new();
    let agents = [(); 2].map(|()| MemberId::new(NOW, &mut world.rng));
    for number in 0..=OPEN_CHATS_MAX {
        let mut contact = world.new_contact(&number.to_string());
        let assignee = (number < 5).then_some(agents[number % 2]);
        contact.chat = ChatState::Open { since: NOW, assignee };
        let store = harness.store();
        commits.spawn(async move { store.commit_turn(TurnCommit::of(contact, None)).await.unwrap() });
    }
    commits.join_all().await;
    assert_eq!(store.open_chats(world.bot).await.unwrap().len(), OPEN_CHATS_MAX);
    let mut assigned = store.assigned_chats(world.bot).await.unwrap();
    assigned.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    assert_eq!(assigned, [(agents[0], 3), (agents[1], 2)]);
}
