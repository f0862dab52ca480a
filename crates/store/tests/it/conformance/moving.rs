//! A webhook whose URL changes: it leaves its lanes for those of the new URL.

use recado_model::{Contact, DeliveryId, DeliveryStatus, EventKind, OffReason, Outcome, Webhook, WebhookId};
use recado_store::{
    Store,
    catalog::{ResumeFrom, StoredWebhook},
    deliveries::{AttemptCommit, HealthChange, ReadyDelivery},
    turns::TurnCommit,
};

use super::Harness;
use crate::make::{NOW, World, attempt, is_conflict};

const OLD: &str = "https://example.org/old";
const NEW: &str = "https://example.org/new";

async fn made(store: &dyn Store, world: &mut World, url: &str) -> WebhookId {
    let webhook = world.new_webhook(url);
    store.create_webhook(webhook.clone()).await.unwrap();
    webhook.webhook.id
}

/// Gives it another URL. Returns it as it is then.
async fn moved(store: &dyn Store, world: &mut World, id: WebhookId, url: &str) -> Webhook {
    let read = store.webhook(id).await.unwrap();
    let mut webhook = Webhook { url: url.to_owned(), ..read.webhook.clone() };
    webhook.lanes_id = world.webhook_id();
    store.update_webhook(read.clone(), StoredWebhook { webhook, ..read }, NOW).await.unwrap();
    store.webhook(id).await.unwrap().webhook
}

/// One event of a contact with one delivery to the webhook, whose lanes are taken to be the ones it was made with.
async fn says(store: &dyn Store, world: &mut World, contact: &Contact, webhook: WebhookId) -> DeliveryId {
    world.say(store, contact, webhook).await
}

async fn heads(store: &dyn Store, lanes_id: WebhookId) -> Vec<DeliveryId> {
    store.ready_of(lanes_id, 99).await.unwrap().iter().map(|ready| ready.delivery.id).collect()
}

/// The only head of these lanes is delivered. Returns what follows.
async fn delivers(store: &dyn Store, lanes_id: WebhookId) -> Vec<DeliveryId> {
    let head = store.ready_of(lanes_id, 1).await.unwrap().remove(0);
    let next = store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap();
    next.iter().map(|ready| ready.delivery.id).collect()
}

pub(crate) async fn a_webhook_of_another_url_takes_what_is_pending_along_in_its_order(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let elder = made(&*store, &mut world, OLD).await;
    let younger = made(&*store, &mut world, OLD).await;
    let read = store.webhook(younger).await.unwrap().webhook;
    assert_eq!(read.lanes_id, elder, "they have one URL");
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let mut said = Vec::new();
    for (contact, webhook) in [(&ana, elder), (&ana, younger), (&ana, elder), (&eva, younger), (&eva, elder)] {
        said.push(says(&*store, &mut world, contact, webhook).await);
    }
    assert_eq!(heads(&*store, elder).await, [said[0], said[3]]);
    let leo = world.contact(&*store, "leo").await;
    let ended = says(&*store, &mut world, &leo, elder).await;
    store.cancel_delivery(ended, NOW).await.unwrap();
    let head = store.ready_of(elder, 1).await.unwrap().remove(0);
    store.commit_attempts(&[attempt(&head, Outcome::Retry { at: NOW + 99_999 })], &[]).await.unwrap();
    // The one that gave the lanes their id leaves them to the other.
    let lanes = moved(&*store, &mut world, elder, NEW).await.lanes_id;
    assert_ne!(lanes, elder);
    drop(store);
    harness.reopen();
    let store = harness.store();
    assert_eq!(store.webhook(elder).await.unwrap().webhook.lanes_id, lanes);
    assert_eq!(heads(&*store, elder).await, [said[1], said[3]], "the other one's, whose turn it is now");
    assert_eq!(heads(&*store, lanes).await, [said[0], said[4]]);
    let first = store.delivery(said[0]).await.unwrap();
    assert_eq!((first.next_at, first.attempts), (NOW, 0), "the new receiver is asked at once, and as often as any");
    assert_eq!((store.backlog(elder).await.unwrap(), store.backlog(younger).await.unwrap()), (3, 2));
    // A turn that knew the webhook in its old lanes makes the delivery where it is now.
    said.push(says(&*store, &mut world, &ana, elder).await);
    assert_eq!(store.take_followers().len(), 1);
    assert_eq!(heads(&*store, lanes).await, [said[0], said[4]]);
    for next in [said[2], said[5]] {
        assert_eq!(delivers(&*store, lanes).await, if next == said[2] { vec![next] } else { vec![] });
    }
    assert_eq!(heads(&*store, lanes).await, [said[2]]);
    assert_eq!(delivers(&*store, lanes).await, [said[5]]);
    // What ended before is sent again where the webhook is now.
    let again = store.retry_delivery(ended, NOW).await.unwrap();
    assert_eq!(again.delivery.lanes_id, lanes);
    assert_eq!(store.backlog(elder).await.unwrap(), 2);
    // And back: with the other one again.
    assert_eq!(moved(&*store, &mut world, elder, OLD).await.lanes_id, elder);
    let mut there = heads(&*store, elder).await;
    there.sort_unstable();
    let mut all = vec![said[1], said[3], ended];
    all.sort_unstable();
    assert_eq!(there, all);
    assert_eq!(delivers(&*store, elder).await, [said[5]]);
}

pub(crate) async fn what_the_old_receiver_said_is_forgotten_and_what_it_says_later_changes_nothing(
    harness: &mut dyn Harness,
) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = made(&*store, &mut world, OLD).await;
    let fails =
        HealthChange { webhook_id: hook, lanes_id: hook, failing_since: Some(Some(NOW)), held_until: Some(NOW + 99) };
    store.commit_attempts(&[], &[fails]).await.unwrap();
    let health = |webhook: &Webhook| (webhook.failing_since, webhook.held_until);
    assert_eq!(health(&store.webhook(hook).await.unwrap().webhook), (Some(NOW), Some(NOW + 99)));
    let now = moved(&*store, &mut world, hook, NEW).await;
    assert_eq!(health(&now), (None, None));
    store.commit_attempts(&[], &[fails]).await.unwrap();
    assert_eq!(health(&store.webhook(hook).await.unwrap().webhook), (None, None));
    assert!(is_conflict(store.switch_off_webhook(hook, hook, OffReason::Gone).await));
    assert!(store.webhook(hook).await.unwrap().webhook.state.is_on());
    let own = HealthChange { lanes_id: now.lanes_id, ..fails };
    store.commit_attempts(&[], &[own]).await.unwrap();
    assert_eq!(health(&store.webhook(hook).await.unwrap().webhook), (Some(NOW), Some(NOW + 99)));
    // Any other setting leaves it where it is, whatever lanes come with it.
    let read = store.webhook(hook).await.unwrap();
    let mut wanted = read.clone();
    (wanted.webhook.concurrency, wanted.webhook.lanes_id) = (3, hook);
    store.update_webhook(read, wanted, NOW).await.unwrap();
    let left = store.webhook(hook).await.unwrap().webhook;
    assert_eq!((left.lanes_id, left.concurrency, left.held_until), (now.lanes_id, 3, Some(NOW + 99)));
}

pub(crate) async fn a_webhook_joins_the_lanes_of_its_new_url(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let comes = made(&*store, &mut world, OLD).await;
    let there = made(&*store, &mut world, NEW).await;
    let ana = world.contact(&*store, "ana").await;
    let mut said = Vec::new();
    for webhook in [comes, comes, there, comes, there] {
        said.push(says(&*store, &mut world, &ana, webhook).await);
    }
    assert_eq!(moved(&*store, &mut world, comes, NEW).await.lanes_id, there);
    assert_eq!(heads(&*store, comes).await, []);
    assert_eq!(heads(&*store, there).await, [said[2]], "it had its turn already");
    for next in [said[0], said[1], said[3], said[4]] {
        assert_eq!(delivers(&*store, there).await, [next]);
    }
    assert_eq!(delivers(&*store, there).await, []);
    assert_eq!((store.backlog(comes).await.unwrap(), store.backlog(there).await.unwrap()), (0, 0));
}

pub(crate) async fn a_failure_of_the_old_receiver_ends_and_delays_nothing_at_the_new_one(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = made(&*store, &mut world, OLD).await;
    let ana = world.contact(&*store, "ana").await;
    let (first, second) = (says(&*store, &mut world, &ana, hook).await, says(&*store, &mut world, &ana, hook).await);
    let under_way = store.ready_of(hook, 1).await.unwrap().remove(0);
    let lanes = moved(&*store, &mut world, hook, NEW).await.lanes_id;
    for (number, outcome) in
        [Outcome::Failed, Outcome::Retry { at: NOW + 99_999 }, Outcome::Probed { at: NOW + 99 }].into_iter().enumerate()
    {
        let again = ReadyDelivery { requests: number as u32, ..under_way.clone() };
        assert_eq!(store.commit_attempts(&[attempt(&again, outcome)], &[]).await.unwrap(), []);
        let left = store.delivery(first).await.unwrap();
        assert_eq!((left.status, left.attempts), (DeliveryStatus::Ready, 0), "{outcome:?}");
        assert!(left.next_at <= NOW + 10, "{outcome:?}");
    }
    assert_eq!(store.attempts(first).await.unwrap().len(), 3, "the log has them");
    assert_eq!(heads(&*store, lanes).await, [first]);
    assert_eq!(store.commit_attempts(&[attempt(&under_way, Outcome::Delivered)], &[]).await.unwrap().len(), 1);
    assert_eq!(heads(&*store, lanes).await, [second], "what it took is delivered");
}

pub(crate) async fn one_that_is_off_moves_and_holds_up_nobody(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let comes = made(&*store, &mut world, OLD).await;
    let there = made(&*store, &mut world, NEW).await;
    let ana = world.contact(&*store, "ana").await;
    let mut said = vec![says(&*store, &mut world, &ana, comes).await];
    store.pause_webhook(comes).await.unwrap();
    moved(&*store, &mut world, comes, NEW).await;
    said.push(says(&*store, &mut world, &ana, there).await);
    assert_eq!(heads(&*store, there).await, [said[1]]);
    assert_eq!(delivers(&*store, there).await, []);
    store.resume_webhook(comes, ResumeFrom::Now).await.unwrap();
    assert_eq!(heads(&*store, there).await, [said[0]]);
    // Alone in lanes of its own it goes on as well.
    store.pause_webhook(comes).await.unwrap();
    let lanes = moved(&*store, &mut world, comes, "https://example.org/third").await.lanes_id;
    store.resume_webhook(comes, ResumeFrom::Now).await.unwrap();
    assert_eq!(heads(&*store, lanes).await, [said[0]]);
}

/// Attempts that were delivered one right after the other, as the sender has them.
fn chain(these: &[&ReadyDelivery], after: Option<&ReadyDelivery>) -> Vec<AttemptCommit> {
    let next = these.iter().skip(1).map(|ready| Some(ready.delivery.seq));
    let next = next.chain([after.map(|ready| ready.delivery.seq)]);
    these.iter().zip(next).map(|(ready, next)| AttemptCommit { next, ..attempt(ready, Outcome::Delivered) }).collect()
}

pub(crate) async fn what_was_under_way_while_a_webhook_moved_leaves_each_lane_its_head(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let stays = made(&*store, &mut world, OLD).await;
    let goes = made(&*store, &mut world, OLD).await;
    let off = made(&*store, &mut world, OLD).await;
    // How many of the first two the sender has ended, and whether the one that was off holds the place before the second.
    for (ended, with_off) in [(1, false), (2, false), (1, true), (2, true)] {
        let ana = world.new_contact(&format!("ana {ended} {with_off}"));
        store.commit_turn(TurnCommit::of(ana.clone(), None)).await.unwrap();
        let oldest = says(&*store, &mut world, &ana, off).await;
        store.pause_webhook(off).await.unwrap();
        let mut said = Vec::new();
        for webhook in [goes, stays, goes, stays] {
            said.push(says(&*store, &mut world, &ana, webhook).await);
        }
        let of_ana = |ready: Vec<ReadyDelivery>| -> Vec<DeliveryId> {
            let of_ana = ready.into_iter().filter(|ready| ready.delivery.contact_id == ana.id);
            of_ana.map(|ready| ready.delivery.id).collect()
        };
        let followers = store.take_followers();
        let first = store.ready_of(stays, 99).await.unwrap();
        let first = first.into_iter().find(|ready| ready.delivery.id == said[0]).unwrap();
        let second = &followers.iter().find(|follower| follower.head.delivery.id == said[1]).unwrap().head;
        let lanes = moved(&*store, &mut world, goes, NEW).await.lanes_id;
        if with_off {
            store.resume_webhook(off, ResumeFrom::Now).await.unwrap();
        }
        let attempts = if ended == 1 { chain(&[&first], Some(second)) } else { chain(&[&first, second], None) };
        let told = of_ana(store.commit_attempts(&attempts, &[]).await.unwrap());
        assert!(told.contains(&said[2]), "the next in the lane that the first is in now: {told:?}");
        assert_eq!(of_ana(store.ready_of(lanes, 99).await.unwrap()), [said[2]]);
        let heads = of_ana(store.ready_of(stays, 99).await.unwrap());
        if with_off && ended == 1 {
            assert_eq!(heads.len(), 1, "{heads:?}");
        } else if with_off {
            assert!(heads == [oldest] || heads == [said[3]], "{heads:?}");
        } else {
            assert_eq!(heads, [said[if ended == 1 { 1 } else { 3 }]]);
        }
        assert_eq!(store.delivery(said[0]).await.unwrap().status, DeliveryStatus::Delivered);
        // Back, for the next round, with nothing pending.
        for id in said.iter().chain([&oldest]) {
            if !store.delivery(*id).await.unwrap().status.is_final() {
                store.cancel_delivery(*id, NOW).await.unwrap();
            }
        }
        if !with_off {
            store.resume_webhook(off, ResumeFrom::Now).await.unwrap();
        }
        moved(&*store, &mut world, goes, OLD).await;
        for webhook in [stays, goes, off] {
            assert_eq!(store.backlog(webhook).await.unwrap(), 0);
        }
    }
    let kinds = store.wanted_kinds(world.bot).await.unwrap();
    assert_eq!(kinds, [EventKind::IncomingMessage]);
}
