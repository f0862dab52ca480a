//! The webhook loops' part: lanes, attempts, backlog.

use recado_model::{DeliveryStatus, EventKind, Outcome, UnixMs, WebhookState};
use recado_store::{
    deliveries::{HealthChange, ReplayMaker},
    turns::TurnCommit,
};

use super::Harness;
use crate::make::{NOW, World, attempt, is_conflict, is_not_found};

pub(crate) async fn one_contact_goes_one_at_a_time_and_others_side_by_side(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let first = world.say(&*store, &ana, hook).await;
    let second = world.say(&*store, &ana, hook).await;
    let other = world.say(&*store, &eva, hook).await;
    let (ready, looked) = store.ready_since(0, 10).await.unwrap();
    assert_eq!(ready.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [first, other]);
    assert!(looked >= ready[1].delivery.seq);
    assert!(store.ready_since(looked, 10).await.unwrap().0.is_empty());
    assert_eq!(store.backlog(hook).await.unwrap(), 3);
    let retry =
        store.commit_attempts(vec![attempt(&ready[0], Outcome::Retry { at: NOW + 99 })], Vec::new()).await.unwrap();
    assert!(retry.is_empty());
    let held = store.delivery(first).await.unwrap();
    assert_eq!((held.status, held.attempts, held.next_at), (DeliveryStatus::Ready, 1, NOW + 99));
    drop(store);
    harness.reopen();
    let store = harness.store();
    let heads = store.ready_of(hook, 10).await.unwrap();
    assert_eq!(heads.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [other, first]);
    assert_eq!(store.lanes_with_ready(None, 10).await.unwrap(), [hook]);
    assert!(store.lanes_with_ready(Some(hook), 10).await.unwrap().is_empty());
    let next = store.commit_attempts(vec![attempt(&heads[1], Outcome::Delivered)], Vec::new()).await.unwrap();
    assert_eq!(next.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [second]);
    assert_eq!(store.attempts(first).await.unwrap().iter().map(|made| made.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(store.backlog(hook).await.unwrap(), 2);
}

pub(crate) async fn a_probe_counts_no_attempt_and_a_failure_frees_the_lane(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let first = world.say(&*store, &ana, hook).await;
    let second = world.say(&*store, &ana, hook).await;
    let (ready, _) = store.ready_since(0, 10).await.unwrap();
    store.commit_attempts(vec![attempt(&ready[0], Outcome::Probed { at: NOW + 30 })], Vec::new()).await.unwrap();
    let head = store.ready_of(hook, 1).await.unwrap().remove(0);
    assert_eq!((head.delivery.id, head.delivery.attempts, head.requests), (first, 0, 1));
    let change = HealthChange { webhook_id: hook, failing_since: Some(NOW) };
    let next = store.commit_attempts(vec![attempt(&head, Outcome::Failed)], vec![change]).await.unwrap();
    assert_eq!(next[0].delivery.id, second);
    assert_eq!(store.delivery(first).await.unwrap().status, DeliveryStatus::Failed);
    assert_eq!(store.webhook(hook).await.unwrap().webhook.failing_since, Some(NOW));
    // The delivery is over: another answer is logged and changes nothing.
    let mut late = head.clone();
    late.requests = 2;
    assert!(store.commit_attempts(vec![attempt(&late, Outcome::Delivered)], Vec::new()).await.unwrap().is_empty());
    assert_eq!(store.attempts(first).await.unwrap().len(), 3);
    assert_eq!(store.delivery(first).await.unwrap().status, DeliveryStatus::Failed);
}

pub(crate) async fn an_ended_delivery_is_retried_outside_the_order(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let first = world.say(&*store, &ana, hook).await;
    let second = world.say(&*store, &ana, hook).await;
    assert!(is_conflict(store.retry_delivery(first, NOW).await));
    assert_eq!(store.hasten_delivery(first, NOW + 1).await.unwrap().next_at, NOW + 1);
    let next = store.cancel_delivery(first, NOW).await.unwrap().unwrap();
    assert_eq!(next.delivery.id, second);
    assert!(is_conflict(store.cancel_delivery(first, NOW).await));
    assert!(is_conflict(store.hasten_delivery(first, NOW).await));
    let again = store.retry_delivery(first, NOW + 5).await.unwrap();
    assert!(again.delivery.replay);
    assert_eq!((again.delivery.status, again.delivery.next_at), (DeliveryStatus::Ready, NOW + 5));
    assert_eq!(store.backlog(hook).await.unwrap(), 2);
    assert!(store.commit_attempts(vec![attempt(&again, Outcome::Delivered)], Vec::new()).await.unwrap().is_empty());
    let nobody = world.delivery_id();
    assert!(is_not_found(store.cancel_delivery(nobody, NOW).await));
}

pub(crate) async fn skipped_and_unordered_deliveries_hold_nobody_back(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let mut made: Vec<_> = (0..4).map(|_| world.delivery(hook)).collect();
    made[0].skipped = true;
    made[1].ordered = false;
    made[2].ordered = false;
    let ids: Vec<_> = made[1..].iter().map(|delivery| delivery.id).collect();
    let skipped = made[0].id;
    let mut turn = TurnCommit::of(ana, Some(1));
    turn.events = vec![world.event(EventKind::OpenChat, made)];
    let committed = store.commit_turn(turn).await.unwrap();
    assert!(committed.deliveries_ready);
    let ready = store.ready_since(0, 10).await.unwrap().0;
    assert_eq!(ready.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), ids);
    assert_eq!(store.delivery(skipped).await.unwrap().status, DeliveryStatus::Skipped);
    let data = store.load_event_data(vec![(ready[0].event_seq, 0)]).await.unwrap();
    assert_eq!(data[0], store.event(ready[0].delivery.event_id).await.unwrap().data);
}

pub(crate) async fn a_webhook_catches_up_from_its_cursor_and_twice_is_once(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let off = store.switch_off_webhook(hook, "it answers 410".to_owned()).await.unwrap();
    assert!(!off.webhook.state.is_on());
    for _ in 0..3 {
        let event = world.event(EventKind::IncomingMessage, Vec::new());
        store.add_event(world.bot, ana.id, event).await.unwrap();
    }
    let event = world.event(EventKind::OpenChat, Vec::new());
    store.add_event(world.bot, ana.id, event).await.unwrap();
    let make =
        ReplayMaker { kinds: vec![EventKind::IncomingMessage], lanes_id: hook, ordered: true, now: NOW, seed: 1 };
    assert_eq!(store.replay_from(hook, 0, 2, make.clone()).await.unwrap(), Some(2));
    let make = ReplayMaker { seed: 2, ..make };
    assert_eq!(store.replay_from(hook, 0, 10, make).await.unwrap(), None);
    assert_eq!(store.backlog(hook).await.unwrap(), 3);
    assert!(store.ready_of(hook, 10).await.unwrap().is_empty(), "it is off");
    store.delete_webhook(hook, UnixMs(5)).await.unwrap();
    assert_eq!(store.backlog(hook).await.unwrap(), 0);
    assert_eq!(store.totals().await.unwrap().deliveries_pending, 0);
}

pub(crate) async fn a_flow_webhook_that_is_off_catches_up_with_its_own_events_only(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (hook, other) = (world.webhook(&*store).await, world.webhook(&*store).await);
    let ana = world.contact(&*store, "ana").await;
    for id in [hook, other] {
        store.switch_off_webhook(id, "paused".to_owned()).await.unwrap();
    }
    let mut mine = world.delivery(hook);
    mine.encoding = 3;
    mine.url = Some("https://example.org/hook?name=Ana".to_owned());
    let theirs = world.delivery(other);
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    let mut encoded = world.event(EventKind::FlowWebhook, vec![mine.clone()]);
    encoded.encodings = vec![(3, b"legacy".to_vec())];
    turn.events = vec![encoded, world.event(EventKind::FlowWebhook, vec![theirs])];
    assert!(!store.commit_turn(turn).await.unwrap().deliveries_ready);
    assert_eq!((store.backlog(hook).await.unwrap(), store.backlog(other).await.unwrap()), (0, 0));
    let make = ReplayMaker {
        kinds: vec![EventKind::FlowWebhook, EventKind::IncomingMessage],
        lanes_id: hook,
        ordered: true,
        now: NOW,
        seed: 1,
    };
    assert_eq!(store.replay_from(hook, 0, 10, make.clone()).await.unwrap(), None);
    assert_eq!(store.replay_from(hook, 0, 10, make).await.unwrap(), None);
    assert_eq!((store.backlog(hook).await.unwrap(), store.backlog(other).await.unwrap()), (1, 0));
    let mut webhook = store.webhook(hook).await.unwrap();
    webhook.webhook.state = WebhookState::On;
    store.update_webhook(webhook).await.unwrap();
    let head = store.ready_of(hook, 10).await.unwrap().remove(0);
    assert_eq!((head.delivery.url.clone(), head.encoding), (mine.url, 3));
    assert_eq!(store.load_event_data(vec![(head.event_seq, 3)]).await.unwrap(), [b"legacy"]);
    assert_eq!(store.delivery_data(head.delivery.id).await.unwrap(), (3, b"legacy".to_vec()));
    // A test send goes out although the webhook is off.
    let test = world.delivery(other);
    let event = world.event(EventKind::FlowWebhook, vec![test]);
    store.add_event(world.bot, ana.id, event).await.unwrap();
    assert_eq!(store.backlog(other).await.unwrap(), 1);
}

pub(crate) async fn an_erased_contact_is_not_sent_again(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    store.switch_off_webhook(hook, "paused".to_owned()).await.unwrap();
    for contact in [&ana, &eva] {
        let event = world.event(EventKind::IncomingMessage, Vec::new());
        store.add_event(world.bot, contact.id, event).await.unwrap();
    }
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    let make =
        ReplayMaker { kinds: vec![EventKind::IncomingMessage], lanes_id: hook, ordered: true, now: NOW, seed: 1 };
    store.replay_from(hook, 0, 10, make).await.unwrap();
    assert_eq!(store.backlog(hook).await.unwrap(), 1);
}

pub(crate) async fn a_changed_url_holds_for_what_is_pending_and_a_deleted_webhook_cancels_it(
    harness: &mut dyn Harness,
) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (hook, other) = (world.webhook(&*store).await, world.webhook(&*store).await);
    let ana = world.contact(&*store, "ana").await;
    let ended = world.say(&*store, &ana, hook).await;
    let head = store.ready_of(hook, 1).await.unwrap();
    store.commit_attempts(vec![attempt(&head[0], Outcome::Delivered)], Vec::new()).await.unwrap();
    // Two webhooks in the same lanes: the other one's delivery waits behind.
    let mut made = [world.delivery(hook), world.delivery(hook), world.delivery(other)];
    for delivery in &mut made {
        delivery.lanes_id = hook;
        delivery.url = Some("https://example.org/old?x=1".to_owned());
    }
    let [first, second, third] = made.clone().map(|delivery| delivery.id);
    let revision = store.load_contact(ana.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(ana, Some(revision));
    turn.events = made.into_iter().map(|delivery| world.event(EventKind::OpenChat, vec![delivery])).collect();
    store.commit_turn(turn).await.unwrap();
    let mut webhook = store.webhook(hook).await.unwrap();
    "https://example.org/new".clone_into(&mut webhook.webhook.url);
    store.update_webhook(webhook).await.unwrap();
    for (id, own_url) in [(first, false), (second, false), (third, true)] {
        assert_eq!(store.delivery(id).await.unwrap().url.is_some(), own_url);
    }
    store.delete_webhook(hook, NOW).await.unwrap();
    for (id, status) in [
        (ended, DeliveryStatus::Delivered),
        (first, DeliveryStatus::Cancelled),
        (second, DeliveryStatus::Cancelled),
        (third, DeliveryStatus::Ready),
    ] {
        assert_eq!(store.delivery(id).await.unwrap().status, status);
    }
    assert_eq!((store.backlog(hook).await.unwrap(), store.backlog(other).await.unwrap()), (0, 1));
}
