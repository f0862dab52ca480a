//! The webhook loops' part: lanes and attempts.

use recado_model::{Contact, DeliveryId, DeliveryStatus, EventKind, Outcome, Timing, WebhookId, time::HOUR_MS};
use recado_store::{
    Store,
    catalog::{HealthHour, ResumeFrom, TOOK_BOUNDS_MS},
    deliveries::{AttemptCommit, HealthChange},
    records::{DeliveryFilter, Retention},
    turns::{NewDelivery, TurnCommit},
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
    assert_eq!(store.ready_since(0, 0).await.unwrap(), (Vec::new(), looked));
    assert_eq!(store.bots_with_pending().await.unwrap(), [world.bot]);
    assert!(store.ready_since(looked, 10).await.unwrap().0.is_empty());
    assert_eq!(store.backlog(hook).await.unwrap(), 3);
    let retry = store.commit_attempts(&[attempt(&ready[0], Outcome::Retry { at: NOW + 99 })], &[]).await.unwrap();
    assert!(retry.is_empty());
    let held = store.delivery(first).await.unwrap();
    assert_eq!((held.status, held.attempts, held.next_at), (DeliveryStatus::Ready, 1, NOW + 99));
    drop(store);
    harness.reopen();
    let store = harness.store();
    let heads = store.ready_of(hook, 10).await.unwrap();
    assert_eq!(heads.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [other, first]);
    let next = store.commit_attempts(&[attempt(&heads[1], Outcome::Delivered)], &[]).await.unwrap();
    assert_eq!(next.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [second]);
    assert_eq!(store.attempts(first).await.unwrap().iter().map(|made| made.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(store.backlog(hook).await.unwrap(), 2);
    store.pause_webhook(hook).await.unwrap();
    assert_eq!(store.bots_with_pending().await.unwrap(), [], "what is pending stands still");
}

pub(crate) async fn a_webhook_that_is_off_holds_up_no_other_in_the_same_lanes(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let lanes = world.webhook(&*store).await;
    let mut other = world.new_webhook("https://example.org/hook");
    other.webhook.lanes_id = lanes;
    let flow = other.webhook.id;
    store.create_webhook(other).await.unwrap();
    let ana = world.contact(&*store, "ana").await;
    let mut said = Vec::new();
    for webhook in [flow, lanes, flow] {
        said.push(say_in(&*store, &mut world, &ana, webhook, lanes).await);
    }
    let heads = async || -> Vec<DeliveryId> {
        store.ready_of(lanes, 10).await.unwrap().iter().map(|ready| ready.delivery.id).collect()
    };
    assert_eq!(heads().await, [said[0]]);
    let in_flight = store.ready_of(lanes, 1).await.unwrap().remove(0);
    store.pause_webhook(flow).await.unwrap();
    assert_eq!(heads().await, [said[1]], "the other one's next has its turn");
    said.push(say_in(&*store, &mut world, &ana, lanes, lanes).await);
    // What was under way comes back and is tried again later: it still holds up nobody.
    store.commit_attempts(&[attempt(&in_flight, Outcome::Retry { at: NOW + 5 })], &[]).await.unwrap();
    let own = store.ready_of(lanes, 1).await.unwrap().remove(0);
    let next = store.commit_attempts(&[attempt(&own, Outcome::Delivered)], &[]).await.unwrap();
    assert_eq!(next.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [said[3]]);
    assert_eq!(store.commit_attempts(&[attempt(&next[0], Outcome::Delivered)], &[]).await.unwrap(), []);
    assert_eq!(heads().await, []);
    store.resume_webhook(flow, ResumeFrom::Now).await.unwrap();
    assert_eq!(heads().await, [said[0]], "it goes on where it stopped");
    for (webhook_id, failing_since) in [(flow, Some(NOW)), (lanes, None)] {
        let change = HealthChange { webhook_id, lanes_id: lanes, failing_since: Some(failing_since), held_until: None };
        store.commit_attempts(&[], &[change]).await.unwrap();
    }
    assert_eq!(store.webhook(flow).await.unwrap().webhook.failing_since, None, "their receiver is well");
    said.push(say_in(&*store, &mut world, &ana, lanes, lanes).await);
    store.pause_webhook(flow).await.unwrap();
    assert_eq!(heads().await, [said[4]]);
    store.delete_webhook(flow, NOW).await.unwrap();
    cancel_deleted(&*store).await;
    assert_eq!(heads().await, [said[4]]);
    assert_eq!(store.delivery(said[2]).await.unwrap().status, DeliveryStatus::Cancelled);
    assert_eq!(store.backlog(lanes).await.unwrap(), 1);
}

pub(crate) async fn a_deleted_webhook_sends_nothing_more_and_what_it_had_pending_goes_in_steps(
    harness: &mut dyn Harness,
) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let mut other = world.new_webhook("https://example.org/hook");
    other.webhook.lanes_id = hook;
    let other_id = other.webhook.id;
    store.create_webhook(other).await.unwrap();
    // In each lane: two of the one that goes, one of the other, one that goes, one of the other.
    let order = [hook, hook, other_id, hook, other_id];
    let mut said = Vec::new();
    let mut contacts = Vec::new();
    for number in 0..300 {
        let contact = world.contact(&*store, &number.to_string()).await;
        let mut turn = TurnCommit::of(contact.clone(), Some(1));
        for webhook in order {
            let delivery = NewDelivery { lanes_id: hook, ..world.delivery(webhook) };
            said.push((webhook, delivery.id));
            turn.events.push(world.event(EventKind::IncomingMessage, vec![delivery]));
        }
        store.commit_turn(turn).await.unwrap();
        contacts.push(contact);
    }
    let in_flight = store.ready_of(hook, 300).await.unwrap();
    assert_eq!(in_flight.len(), 300);
    store.delete_webhook(hook, NOW + 5).await.unwrap();
    assert!(is_not_found(store.webhook(hook).await));
    let listed = store.load_bot(world.bot).await.unwrap().unwrap().webhooks;
    assert_eq!(listed.iter().map(|stored| stored.webhook.id).collect::<Vec<_>>(), [other_id]);
    assert_eq!(store.ready_of(hook, 300).await.unwrap(), [], "nothing of it is to be sent");
    assert!(is_not_found(store.hasten_delivery(said[5].1, NOW).await));
    // What was under way comes back: its lane goes on with the other webhook's, and one that is put off is cancelled all the same.
    let lately = [
        attempt(&in_flight[0], Outcome::Delivered),
        attempt(&in_flight[1], Outcome::Retry { at: NOW + 60_000 }),
        AttemptCommit { next: Some(in_flight[2].delivery.seq + 1), ..attempt(&in_flight[2], Outcome::Failed) },
    ];
    let heads = store.commit_attempts(&lately, &[]).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.delivery.id).collect::<Vec<_>>(), [said[2].1, said[12].1]);
    // An event of now makes a delivery behind what is there, and none for the webhook that is gone.
    let late = say_in(&*store, &mut world, &contacts[9], other_id, hook).await;
    say_in(&*store, &mut world, &contacts[9], hook, hook).await;
    let first = store.cancel_deleted().await.unwrap().unwrap();
    assert_eq!((first.bot_id, first.freed), (world.bot, true));
    drop(store);
    harness.reopen();
    let store = harness.store();
    cancel_deleted(&*store).await;
    for (webhook, id) in &said {
        let status = store.delivery(*id).await.unwrap().status;
        let is_first = |at: usize| said[at].1 == *id;
        match *webhook {
            _ if is_first(0) => assert_eq!(status, DeliveryStatus::Delivered),
            _ if is_first(10) => assert_eq!(status, DeliveryStatus::Failed),
            gone if gone == hook => assert_eq!(status, DeliveryStatus::Cancelled),
            _ => assert!(!status.is_final()),
        }
    }
    assert_eq!((store.backlog(hook).await.unwrap(), store.backlog(other_id).await.unwrap()), (0, 601));
    // Each lane of the other one goes on, in order.
    for third in [2, 4] {
        let heads = store.ready_of(hook, 400).await.unwrap();
        assert_eq!(heads.len(), 300);
        for (number, head) in heads.iter().enumerate() {
            assert!(said.iter().skip(third).step_by(5).any(|(_, id)| *id == head.delivery.id), "{third} {number}");
        }
        let all: Vec<_> = heads.iter().map(|head| attempt(head, Outcome::Delivered)).collect();
        store.commit_attempts(&all, &[]).await.unwrap();
    }
    assert_eq!(store.ready_of(hook, 9).await.unwrap().iter().map(|head| head.delivery.id).collect::<Vec<_>>(), [late]);
}

/// Until nothing is left of what deleted webhooks had pending.
async fn cancel_deleted(store: &dyn Store) {
    while store.cancel_deleted().await.unwrap().is_some() {}
}

/// One event of a contact with one delivery to a webhook in these lanes.
async fn say_in(
    store: &dyn Store,
    world: &mut World,
    contact: &Contact,
    webhook: WebhookId,
    lanes_id: WebhookId,
) -> DeliveryId {
    let delivery = NewDelivery { lanes_id, ..world.delivery(webhook) };
    let id = delivery.id;
    let revision = store.load_contact(contact.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(contact.clone(), Some(revision));
    turn.events = vec![world.event(EventKind::IncomingMessage, vec![delivery])];
    store.commit_turn(turn).await.unwrap();
    id
}

pub(crate) async fn a_probe_counts_no_attempt_and_a_failure_frees_the_lane(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let first = world.say(&*store, &ana, hook).await;
    let second = world.say(&*store, &ana, hook).await;
    let (ready, _) = store.ready_since(0, 10).await.unwrap();
    store.commit_attempts(&[attempt(&ready[0], Outcome::Probed { at: NOW + 30 })], &[]).await.unwrap();
    let head = store.ready_of(hook, 1).await.unwrap().remove(0);
    assert_eq!((head.delivery.id, head.delivery.attempts, head.requests), (first, 0, 1));
    let change =
        HealthChange { webhook_id: hook, lanes_id: hook, failing_since: Some(Some(NOW)), held_until: Some(NOW + 9) };
    let next = store.commit_attempts(&[attempt(&head, Outcome::Failed)], &[change]).await.unwrap();
    assert_eq!(next[0].delivery.id, second);
    assert_eq!(store.delivery(first).await.unwrap().status, DeliveryStatus::Failed);
    let webhook = store.webhook(hook).await.unwrap().webhook;
    assert_eq!((webhook.failing_since, webhook.held_until), (Some(NOW), Some(NOW + 9)));
    // The delivery is over: another answer is logged and changes nothing.
    let mut late = head.clone();
    late.requests = 2;
    let sooner = HealthChange { webhook_id: hook, lanes_id: hook, failing_since: None, held_until: Some(NOW + 3) };
    assert!(store.commit_attempts(&[attempt(&late, Outcome::Delivered)], &[sooner]).await.unwrap().is_empty());
    let webhook = store.webhook(hook).await.unwrap().webhook;
    assert_eq!((webhook.failing_since, webhook.held_until), (Some(NOW), Some(NOW + 9)), "a hold does not get shorter");
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
    assert!(store.commit_attempts(&[attempt(&again, Outcome::Delivered)], &[]).await.unwrap().is_empty());
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

pub(crate) async fn a_changed_url_holds_for_what_is_pending_and_a_deleted_webhook_cancels_it(
    harness: &mut dyn Harness,
) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let other = world.new_webhook(&store.webhook(hook).await.unwrap().webhook.url);
    store.create_webhook(other.clone()).await.unwrap();
    let other = other.webhook.id;
    let ana = world.contact(&*store, "ana").await;
    let ended = world.say(&*store, &ana, hook).await;
    let head = store.ready_of(hook, 1).await.unwrap();
    store.commit_attempts(&[attempt(&head[0], Outcome::Delivered)], &[]).await.unwrap();
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
    let read = store.webhook(hook).await.unwrap();
    let mut webhook = read.clone();
    "https://example.org/new".clone_into(&mut webhook.webhook.url);
    store.update_webhook(read, webhook, NOW).await.unwrap();
    for (id, own_url) in [(first, false), (second, false), (third, true)] {
        assert_eq!(store.delivery(id).await.unwrap().url.is_some(), own_url);
    }
    store.delete_webhook(hook, NOW).await.unwrap();
    cancel_deleted(&*store).await;
    for (id, status) in [
        (ended, DeliveryStatus::Delivered),
        (first, DeliveryStatus::Cancelled),
        (second, DeliveryStatus::Cancelled),
        (third, DeliveryStatus::Ready),
    ] {
        assert_eq!(store.delivery(id).await.unwrap().status, status);
    }
    assert_eq!((store.backlog(hook).await.unwrap(), store.backlog(other).await.unwrap()), (0, 1));
    assert!(is_not_found(store.retry_delivery(ended, NOW).await), "nobody would ever send it");
}

pub(crate) async fn a_delivery_of_an_erased_contact_is_not_retried(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let (delivered, pending, of_eva) = (
        world.say(&*store, &ana, hook).await,
        world.say(&*store, &ana, hook).await,
        world.say(&*store, &eva, hook).await,
    );
    for head in store.ready_of(hook, 9).await.unwrap() {
        store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap();
    }
    store.erase_contact(world.bot, ana.id, NOW + 5).await.unwrap();
    for (id, status) in [(delivered, DeliveryStatus::Delivered), (pending, DeliveryStatus::Cancelled)] {
        let before = store.delivery(id).await.unwrap();
        assert_eq!(before.status, status);
        assert!(is_conflict(store.retry_delivery(id, NOW + 9).await), "nothing is left to send");
        assert_eq!(store.delivery(id).await.unwrap(), before);
    }
    assert_eq!(store.backlog(hook).await.unwrap(), 0);
    store.retry_delivery(of_eva, NOW + 9).await.unwrap();
    assert_eq!(store.backlog(hook).await.unwrap(), 1);
}

pub(crate) async fn a_turn_that_races_with_a_deletion_leaves_no_delivery(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    // The turn decided when the webhook was still there.
    let mut late = vec![world.delivery(hook), world.delivery(hook)];
    late[1].skipped = true;
    store.delete_webhook(hook, NOW).await.unwrap();
    for kind in [EventKind::IncomingMessage, EventKind::FlowWebhook] {
        let revision = store.load_contact(ana.id).await.unwrap().unwrap().revision;
        let mut turn = TurnCommit::of(ana.clone(), Some(revision));
        turn.events = vec![world.event(kind, late.clone())];
        let committed = store.commit_turn(turn).await.unwrap();
        assert!(!committed.deliveries_ready);
        assert_eq!(committed.event_seqs.len(), 1, "the event is a fact all the same");
    }
    let test = world.event(EventKind::OpenChat, late);
    store.add_test_event(world.bot, ana.id, test).await.unwrap();
    assert_eq!(store.totals().await.unwrap().deliveries_pending, 0);
    assert_eq!(store.deliveries(world.bot, DeliveryFilter::default(), None, 10).await.unwrap().items, []);
}

pub(crate) async fn attempts_are_summed_up_by_the_hour_until_they_are_old(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (hook, other) = (world.webhook(&*store).await, world.webhook(&*store).await);
    let ana = world.contact(&*store, "ana").await;
    for _ in 0..3 {
        world.say(&*store, &ana, hook).await;
    }
    // (hours after the first, ms until the status line, what became of it)
    let made = [(0, 7, Outcome::Delivered), (0, 9, Outcome::Retry { at: NOW }), (1, 90_000, Outcome::Delivered)];
    for (hour, took, outcome) in made {
        let ready = store.ready_of(hook, 1).await.unwrap();
        let mut attempt = attempt(&ready[0], outcome);
        attempt.attempt.started_at = NOW + hour * HOUR_MS;
        attempt.attempt.timing = Timing { wait_us: took * 1_000, ..Timing::default() };
        store.commit_attempts(&[attempt], &[]).await.unwrap();
    }
    drop(store);
    harness.reopen();
    let store = harness.store();
    let first = NOW + -(NOW.0 % HOUR_MS);
    let hour = |after: i64, not_delivered, delivered_in: Option<u32>| {
        let delivered = TOOK_BOUNDS_MS.map(|bound| u64::from(Some(bound) == delivered_in));
        HealthHour { from: first + after * HOUR_MS, not_delivered, delivered }
    };
    let now = NOW + 2 * HOUR_MS;
    let (begin, next, last) = (hour(0, 1, Some(10)), hour(1, 0, Some(60_000)), hour(2, 0, None));
    assert_eq!(store.webhook_health(hook, now, 3).await.unwrap(), [begin, next, last]);
    assert_eq!(store.webhook_health(hook, now, 1).await.unwrap(), [last]);
    assert_eq!(store.webhook_health(other, now, 3).await.unwrap(), [hour(0, 0, None), hour(1, 0, None), last]);
    let retention = Retention {
        now: NOW + 1,
        log_before: next.from,
        pending_before: next.from,
        dedup_before: NOW,
        idempotency_before: NOW,
    };
    while store.make_room(retention).await.unwrap() {}
    assert_eq!(store.webhook_health(hook, now, 3).await.unwrap(), [hour(0, 0, None), next, last]);
}
