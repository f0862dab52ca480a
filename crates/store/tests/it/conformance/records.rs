//! What users look at, and what makes room.

use std::sync::Arc;

use recado_model::{BotId, EventId, EventKind, MemberId, NotificationId, Outcome, UnixMs, time::DAY_MS};
use recado_store::{
    Store,
    deliveries::ReadyDelivery,
    records::{CONTACTS_SCANNED_MAX, ContactFilter, DeliveryFilter, EventFilter, LOG_SCANNED_MAX, Retention},
    turns::{LogLine, NewEvent, NewNotification, TurnCommit},
};
use tokio::task::JoinSet;

use super::Harness;
use crate::make::{NOW, World, attempt, is_not_found};

pub(crate) async fn contacts_are_listed_by_page_and_filter(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    for number in 0..5 {
        let mut contact = world.new_contact(&format!("c{number}"));
        contact.profile.name = format!("Ángela {number}");
        let is_vip = number % 2 == 0;
        if is_vip {
            contact.tags = vec!["vip".to_owned()];
        }
        let mut turn = TurnCommit::of(contact.clone(), None);
        if is_vip {
            turn.tags_added = vec!["vip".to_owned()];
            turn.passed = vec!["order".to_owned()];
        }
        store.commit_turn(turn).await.unwrap();
    }
    let first = store.contacts(world.bot, ContactFilter::default(), None, 3).await.unwrap();
    let second = store.contacts(world.bot, ContactFilter::default(), first.next.clone(), 3).await.unwrap();
    let names: Vec<&str> = first.items.iter().chain(&second.items).map(|contact| contact.identity.as_str()).collect();
    assert_eq!(names, ["c4", "c3", "c2", "c1", "c0"]);
    assert_eq!(second.next, None);
    let filters = [
        (ContactFilter { tag: Some("vip".to_owned()), ..ContactFilter::default() }, 3),
        (ContactFilter { received_webhook: Some("order".to_owned()), ..ContactFilter::default() }, 3),
        (ContactFilter { search: Some("ÁNGELA 2".to_owned()), ..ContactFilter::default() }, 1),
        (ContactFilter { chat_open: Some(true), ..ContactFilter::default() }, 0),
        (ContactFilter { chat_open: Some(false), ..ContactFilter::default() }, 5),
        (ContactFilter { variable: Some(("city".to_owned(), None)), ..ContactFilter::default() }, 0),
    ];
    for (filter, count) in filters {
        assert_eq!(store.contacts(world.bot, filter.clone(), None, 10).await.unwrap().items.len(), count, "{filter:?}");
    }
    assert_eq!(store.tags(world.bot).await.unwrap(), [("vip".to_owned(), 3)]);
}

pub(crate) async fn a_filtered_page_looks_at_so_many_contacts_and_goes_on_behind_them(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut names = vec!["Ana".to_owned()];
    names.extend((0..CONTACTS_SCANNED_MAX).map(|number| format!("Somebody {number}")));
    for some in names.chunks(256) {
        let mut commits = JoinSet::new();
        for name in some {
            let mut contact = world.new_contact(name);
            contact.profile.name.clone_from(name);
            let store = Arc::clone(&store);
            commits.spawn(async move { store.commit_turn(TurnCommit::of(contact, None)).await.unwrap() });
        }
        commits.join_all().await;
    }
    let ana = ContactFilter { search: Some("ana".to_owned()), ..ContactFilter::default() };
    let first = store.contacts(world.bot, ana.clone(), None, 10).await.unwrap();
    assert!(first.items.is_empty() && first.next.is_some(), "one contact too many for one page");
    let second = store.contacts(world.bot, ana, first.next, 10).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    let some = ContactFilter { search: Some("somebody".to_owned()), ..ContactFilter::default() };
    let full = store.contacts(world.bot, some, None, 10).await.unwrap();
    assert_eq!(full.items.len(), 10);
    let rest = store.contacts(world.bot, ContactFilter::default(), full.next, CONTACTS_SCANNED_MAX).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (CONTACTS_SCANNED_MAX - 9, None));
}

pub(crate) async fn events_and_deliveries_are_listed_by_page_and_filter(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.say(&*store, &ana, hook).await);
    }
    let (live, looked) = store.events_since(world.bot, EventFilter::default(), 1, 10).await.unwrap();
    assert_eq!((live.iter().map(|event| event.seq).collect::<Vec<_>>(), looked), (vec![2, 3], 3));
    let newest = store.events(world.bot, EventFilter::default(), None, 2).await.unwrap();
    assert_eq!(newest.items.iter().map(|event| event.seq).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(store.events(world.bot, EventFilter::default(), newest.next, 2).await.unwrap().items[0].seq, 1);
    let pending = DeliveryFilter {
        status: Some("pending".to_owned()),
        contact_id: Some(ana.id),
        webhook_id: Some(hook),
        kind: Some(EventKind::IncomingMessage),
        since: Some(NOW),
        until: Some(NOW + 1),
        event_id: None,
    };
    assert_eq!(store.deliveries(world.bot, pending, None, 10).await.unwrap().items.len(), 3);
    let none = DeliveryFilter { status: Some("failed".to_owned()), ..DeliveryFilter::default() };
    assert!(store.deliveries(world.bot, none, None, 10).await.unwrap().items.is_empty());
    let (encoding, data) = store.delivery_data(ids[0]).await.unwrap();
    assert_eq!((encoding, data), (0, live_data(&*store, ids[0]).await));
}

pub(crate) async fn a_page_of_the_log_looks_at_so_much_and_goes_on_behind_it(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    // What is looked for is the oldest, and before it come as many others as a page looks at.
    let kinds =
        std::iter::once(EventKind::OpenChat).chain(std::iter::repeat_n(EventKind::IncomingMessage, LOG_SCANNED_MAX));
    let kinds: Vec<EventKind> = kinds.collect();
    let mut revision = 1;
    for kinds in kinds.chunks(500) {
        let mut turn = TurnCommit::of(ana.clone(), Some(revision));
        for kind in kinds {
            let to = world.delivery(hook);
            turn.events.push(world.event(*kind, vec![to]));
        }
        revision = store.commit_turn(turn).await.unwrap().revision;
    }
    let chats = EventFilter { kind: Some(EventKind::OpenChat), ..EventFilter::default() };
    for filter in [chats.clone(), EventFilter { contact_id: Some(ana.id), ..chats }] {
        let first = store.events(world.bot, filter.clone(), None, 10).await.unwrap();
        assert_eq!((first.items.len(), first.next.as_deref()), (0, Some("2")), "{filter:?}");
        let second = store.events(world.bot, filter.clone(), first.next, 10).await.unwrap();
        assert_eq!((second.items[0].seq, second.next), (1, None));
        let last = LOG_SCANNED_MAX as i64 + 1;
        let (found, looked) = store.events_since(world.bot, filter.clone(), 0, 10).await.unwrap();
        assert_eq!((found.len(), looked), (1, last - 1));
        for (after, looked) in [(1, last), (last - 1, last), (last, last)] {
            let since = store.events_since(world.bot, filter.clone(), after, 10).await.unwrap();
            assert_eq!(since, (Vec::new(), looked), "what does not fit is not looked at again");
        }
    }
    let of_chats = DeliveryFilter { kind: Some(EventKind::OpenChat), ..DeliveryFilter::default() };
    for filter in [
        of_chats.clone(),
        DeliveryFilter { webhook_id: Some(hook), ..of_chats.clone() },
        DeliveryFilter { contact_id: Some(ana.id), ..of_chats },
        DeliveryFilter { until: Some(NOW), ..DeliveryFilter::default() },
        DeliveryFilter { status: Some("failed".to_owned()), ..DeliveryFilter::default() },
    ] {
        let first = store.deliveries(world.bot, filter.clone(), None, 10).await.unwrap();
        assert_eq!((first.items.len(), first.next.as_deref()), (0, Some("2")), "{filter:?}");
        let second = store.deliveries(world.bot, filter.clone(), first.next, 10).await.unwrap();
        assert_eq!((second.items.len(), second.next), (usize::from(filter.kind.is_some()), None), "{filter:?}");
    }
    let pending = DeliveryFilter { status: Some("pending".to_owned()), ..DeliveryFilter::default() };
    let page = store.deliveries(world.bot, pending, None, 10).await.unwrap();
    assert_eq!((page.items.len(), page.next), (10, Some((LOG_SCANNED_MAX - 8).to_string())));
    // Nothing is told of another bot's webhook or contact.
    let other = BotId::new(NOW, &mut world.rng);
    let of_hook = DeliveryFilter { webhook_id: Some(hook), ..DeliveryFilter::default() };
    assert!(store.deliveries(other, of_hook, None, 10).await.unwrap().items.is_empty());
    let of_ana = EventFilter { contact_id: Some(ana.id), ..EventFilter::default() };
    assert!(store.events(other, of_ana, None, 10).await.unwrap().items.is_empty());
}

async fn live_data(store: &dyn recado_store::Store, id: recado_model::DeliveryId) -> Vec<u8> {
    store.event(store.delivery(id).await.unwrap().event_id).await.unwrap().data
}

pub(crate) async fn room_is_made_but_pending_deliveries_keep_their_event(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let ended = world.say(&*store, &ana, hook).await;
    let pending = world.say(&*store, &eva, hook).await;
    let head = store.ready_since(0, 1).await.unwrap().0.remove(0);
    store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap();
    let all = Retention {
        now: NOW + 1,
        log_before: NOW + 1,
        pending_before: UnixMs(0),
        dedup_before: NOW + 1,
        idempotency_before: NOW + 1,
    };
    while store.make_room(all).await.unwrap() {}
    assert!(is_not_found(store.delivery(ended).await));
    assert!(is_not_found(store.event(head.delivery.event_id).await));
    assert_eq!(store.delivery(pending).await.unwrap().id, pending);
    let last = store.last_event_seq().await.unwrap();
    drop(store);
    harness.reopen();
    assert_eq!(harness.store().last_event_seq().await.unwrap(), last, "a number is not used again");
}

/// Keeps an event, a line of the log and a notification, all of this moment, each of a contact of its own.
async fn something_at(store: &dyn Store, world: &mut World, at: UnixMs) -> EventId {
    let identity = world.contact_id().to_string();
    let contact = world.contact(store, &identity).await;
    let mut turn = TurnCommit::of(contact.clone(), Some(1));
    turn.events = vec![NewEvent { at, ..world.event(EventKind::IncomingMessage, Vec::new()) }];
    let id = NotificationId::new(NOW, &mut world.rng);
    turn.notifications.push(NewNotification { id, at, member: None, text: "Hello".to_owned() });
    let event = turn.events[0].id;
    store.commit_turn(turn).await.unwrap();
    let line = LogLine { error: false, code: "late".to_owned(), flow_id: None, element: None, text: "Late".to_owned() };
    store.add_log(world.bot, None, at, line).await.unwrap();
    event
}

pub(crate) async fn a_clock_that_was_ahead_once_holds_up_nothing(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ahead = NOW + 75 * 365 * DAY_MS;
    let (old, new) = (NOW + -40 * DAY_MS, NOW);
    let mut gone = Vec::new();
    // More than are looked at in one go.
    for at in std::iter::repeat_n(ahead, 70).chain([old, ahead, old]) {
        gone.push(something_at(&*store, &mut world, at).await);
    }
    let mut stay = Vec::new();
    for at in [ahead, new, ahead] {
        stay.push(something_at(&*store, &mut world, at).await);
    }
    let before = NOW + -30 * DAY_MS;
    let retention = Retention {
        now: NOW,
        log_before: before,
        pending_before: before,
        dedup_before: before,
        idempotency_before: before,
    };
    while store.make_room(retention).await.unwrap() {}
    stay.reverse();
    assert_eq!(listed(&*store, &world).await, stay);
    assert_eq!(store.log(world.bot, None, 100).await.unwrap().items.len(), 3);
    assert_eq!(store.notifications(world.bot, false, None, 100).await.unwrap().items.len(), 3);
    for id in gone {
        assert!(is_not_found(store.event(id).await));
    }
}

async fn listed(store: &dyn Store, world: &World) -> Vec<EventId> {
    let page = store.events(world.bot, EventFilter::default(), None, 100).await.unwrap();
    page.items.into_iter().map(|event| event.id).collect()
}

pub(crate) async fn an_erased_contact_leaves_ids_times_and_outcomes(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let delivery = world.say(&*store, &ana, hook).await;
    let head = store.ready_since(0, 1).await.unwrap().0.remove(0);
    store.commit_attempts(&[attempt(&head, Outcome::Retry { at: NOW })], &[]).await.unwrap();
    store.erase_contact(world.bot, ana.id, NOW + 5).await.unwrap();
    // The answer to what was under way quotes what was sent.
    let late = attempt(&ReadyDelivery { requests: 1, ..head }, Outcome::Delivered);
    store.commit_attempts(&[late], &[]).await.unwrap();
    assert!(is_not_found(store.erase_contact(world.bot, ana.id, NOW).await));
    assert_eq!(store.load_contact(ana.id).await.unwrap(), None);
    let left = store.delivery(delivery).await.unwrap();
    assert_eq!((left.status.as_str(), left.ended_at), ("cancelled", Some(NOW + 5)));
    assert_eq!(store.delivery_data(delivery).await.unwrap().1, b"");
    let attempts = store.attempts(delivery).await.unwrap();
    assert_eq!(
        attempts.iter().map(|made| (made.number, made.status)).collect::<Vec<_>>(),
        [(1, Some(200)), (2, Some(200))]
    );
    for made in attempts {
        assert_eq!((made.url, made.request_headers, made.response_body), (String::new(), Vec::new(), String::new()));
    }
    assert_eq!(store.backlog(hook).await.unwrap(), 0);
    let again = world.contact(&*store, "ana").await;
    assert_ne!(again.id, ana.id);
    let never = Retention {
        now: NOW,
        log_before: UnixMs(0),
        pending_before: UnixMs(0),
        dedup_before: UnixMs(0),
        idempotency_before: UnixMs(0),
    };
    while store.make_room(never).await.unwrap() {}
    store.probe().await.unwrap();
}

pub(crate) async fn notifications_are_listed_until_they_are_read_and_go_with_their_contact(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let member = MemberId::new(NOW, &mut world.rng);
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    for (number, member) in [None, Some(member), None].into_iter().enumerate() {
        let id = NotificationId::new(NOW, &mut world.rng);
        turn.notifications.push(NewNotification {
            id,
            at: NOW + number as i64,
            member,
            text: format!("look {number}"),
        });
    }
    let made = turn.notifications.clone();
    store.commit_turn(turn).await.unwrap();
    let all = store.notifications(world.bot, false, None, 2).await.unwrap();
    assert_eq!(
        all.items.iter().map(|one| one.notification.clone()).collect::<Vec<_>>(),
        [made[2].clone(), made[1].clone()]
    );
    assert_eq!((all.items[0].contact_id, all.items[0].read_at), (ana.id, None));
    let rest = store.notifications(world.bot, true, all.next, 2).await.unwrap();
    assert_eq!((rest.items[0].notification.clone(), rest.next), (made[0].clone(), None));
    assert_eq!(store.read_notification(world.bot, made[1].id, NOW + 9).await.unwrap().read_at, Some(NOW + 9));
    assert_eq!(
        store.read_notification(world.bot, made[1].id, NOW + 10).await.unwrap().read_at,
        Some(NOW + 9),
        "the first time"
    );
    let other = recado_model::BotId::new(NOW, &mut world.rng);
    assert!(is_not_found(store.read_notification(other, made[0].id, NOW).await));
    assert_eq!(store.notifications(world.bot, true, None, 9).await.unwrap().items.len(), 2);
    assert_eq!(store.notifications(world.bot, false, None, 9).await.unwrap().items.len(), 3);
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    assert!(store.notifications(world.bot, false, None, 9).await.unwrap().items.is_empty());
}
