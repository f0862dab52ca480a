//! Webhooks that are paused, off or behind: what they missed, and how they get it.

use recado_model::{Contact, ContactId, EventKind, OffReason, Outcome, WebhookId, WebhookState};
use recado_store::{
    Store,
    catalog::ResumeFrom,
    deliveries::{CatchUp, CaughtUp},
    turns::TurnCommit,
};

use super::Harness;
use crate::make::{NOW, World, attempt, is_conflict};

fn step(seed: u64, events_max: usize) -> CatchUp {
    CatchUp { encoding: 0, skipped: false, events_max, now: NOW, seed }
}

async fn state(store: &dyn Store, hook: WebhookId) -> WebhookState {
    store.webhook(hook).await.unwrap().webhook.state
}

async fn backlog(store: &dyn Store, hook: WebhookId) -> u64 {
    store.backlog(hook).await.unwrap()
}

/// Delivers all that is pending, and gives the events of each contact in the order they went.
async fn deliver_all(store: &dyn Store, hook: WebhookId, contact: ContactId) -> Vec<i64> {
    let mut went = Vec::new();
    let mut heads = store.ready_of(hook, 1_000).await.unwrap();
    while let Some(head) = heads.pop() {
        if head.delivery.contact_id == contact {
            went.push(head.event_seq);
        }
        heads.extend(store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap());
    }
    went
}

async fn say_as(world: &mut World, store: &dyn Store, contact: &Contact, hook: WebhookId, kind: EventKind) -> i64 {
    let delivery = world.delivery(hook);
    let revision = store.load_contact(contact.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(contact.clone(), Some(revision));
    turn.events = vec![world.event(kind, vec![delivery])];
    store.commit_turn(turn).await.unwrap().event_seqs[0]
}

pub(crate) async fn a_paused_webhook_gets_what_it_missed_in_steps_that_survive_a_crash(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let before = say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await;
    let paused = store.pause_webhook(hook).await.unwrap();
    assert_eq!(paused.webhook.state, WebhookState::Paused { cursor: before });
    assert!(is_conflict(store.pause_webhook(hook).await));
    let mut missed = Vec::new();
    for _ in 0..3 {
        missed.push(say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await);
    }
    // Not chosen, and a test send: neither is ever made for it.
    let revision = store.load_contact(ana.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(ana.clone(), Some(revision));
    turn.events = vec![world.event(EventKind::OpenChat, Vec::new())];
    store.commit_turn(turn).await.unwrap();
    let test = world.event(EventKind::IncomingMessage, Vec::new());
    store.add_test_event(world.bot, ana.id, test).await.unwrap();
    assert_eq!(backlog(&*store, hook).await, 1, "only what was pending before");
    assert!(store.ready_of(hook, 10).await.unwrap().is_empty(), "it is paused");
    assert_eq!(store.events_after_cursor(hook, 100).await.unwrap(), 5);
    assert_eq!(store.events_after_cursor(hook, 2).await.unwrap(), 2);
    assert_eq!(store.catch_up(hook, step(1, 2)).await.unwrap(), CaughtUp::NotBehind);
    let resumed = store.resume_webhook(hook, ResumeFrom::Cursor).await.unwrap();
    assert_eq!(resumed.webhook.state, WebhookState::Behind { cursor: before });
    assert!(is_conflict(store.resume_webhook(hook, ResumeFrom::Now).await));
    assert_eq!(store.webhooks_behind().await.unwrap(), [(world.bot, hook)]);
    assert_eq!(store.catch_up(hook, step(1, 2)).await.unwrap(), CaughtUp::Part);
    drop(store);
    harness.reopen();
    let store = harness.store();
    assert_eq!(state(&*store, hook).await, WebhookState::Behind { cursor: missed[1] });
    // What happens meanwhile waits its turn behind what was missed.
    let meanwhile = say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await;
    assert_eq!(backlog(&*store, hook).await, 3);
    assert_eq!(store.catch_up(hook, step(2, 10)).await.unwrap(), CaughtUp::Whole);
    assert_eq!(state(&*store, hook).await, WebhookState::On);
    assert!(store.webhooks_behind().await.unwrap().is_empty());
    let after = say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await;
    let went = deliver_all(&*store, hook, ana.id).await;
    assert_eq!(went, [before, missed[0], missed[1], missed[2], meanwhile, after]);
}

pub(crate) async fn a_webhook_that_goes_on_from_now_leaves_out_what_it_missed(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    let off = store.switch_off_webhook(hook, hook, OffReason::Gone).await.unwrap();
    assert_eq!(off.webhook.state, WebhookState::Off { cursor: 0, reason: OffReason::Gone });
    say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await;
    assert_eq!(store.resume_webhook(hook, ResumeFrom::Now).await.unwrap().webhook.state, WebhookState::On);
    let heard = say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await;
    assert_eq!(deliver_all(&*store, hook, ana.id).await, [heard]);
}

pub(crate) async fn a_webhook_past_its_limit_is_behind_and_loses_nothing(harness: &mut dyn Harness) {
    harness.reopen_with_pending_max(6);
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let mut said = Vec::new();
    for number in 0..5 {
        let contact = if number % 2 == 0 { &ana } else { &eva };
        said.push((contact.id, say_as(&mut world, &*store, contact, hook, EventKind::IncomingMessage).await));
    }
    assert_eq!(state(&*store, hook).await, WebhookState::On, "one below the limit");
    said.push((eva.id, say_as(&mut world, &*store, &eva, hook, EventKind::IncomingMessage).await));
    let at_limit = said[5].1;
    assert_eq!(state(&*store, hook).await, WebhookState::Behind { cursor: at_limit }, "at the limit");
    for _ in 0..4 {
        said.push((ana.id, say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await));
    }
    assert_eq!(backlog(&*store, hook).await, 6);
    assert_eq!(store.catch_up(hook, step(1, 2)).await.unwrap(), CaughtUp::Enough);
    // It goes on sending what is pending. Half of the limit is worked off by three, and not by two.
    for left in [5, 4, 3, 2] {
        assert_eq!(store.catch_up(hook, step(1, 2)).await.unwrap(), CaughtUp::Enough, "{left} are left soon");
        let head = store.ready_of(hook, 1).await.unwrap().remove(0);
        let (contact, event) = said.remove(0);
        assert_eq!((head.delivery.contact_id, head.event_seq), (contact, event));
        store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap();
    }
    assert_eq!(store.catch_up(hook, step(1, 2)).await.unwrap(), CaughtUp::Part);
    drop(store);
    harness.reopen_with_pending_max(6);
    let store = harness.store();
    assert_eq!(backlog(&*store, hook).await, 4);
    let mut went: Vec<_> = deliver_all(&*store, hook, ana.id).await;
    assert_eq!(store.catch_up(hook, step(2, 10)).await.unwrap(), CaughtUp::Whole);
    said.push((ana.id, say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await));
    went.extend(deliver_all(&*store, hook, ana.id).await);
    let of_ana: Vec<i64> = said.iter().filter(|(contact, _)| *contact == ana.id).map(|(_, event)| *event).collect();
    assert_eq!(went, of_ana);
}

pub(crate) async fn a_flow_webhook_that_is_off_gets_its_own_events_only(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (hook, other) = (world.webhook(&*store).await, world.webhook(&*store).await);
    let ana = world.contact(&*store, "ana").await;
    for id in [hook, other] {
        store.switch_off_webhook(id, id, OffReason::Gone).await.unwrap();
    }
    let mut mine = world.delivery(hook);
    mine.encoding = 3;
    mine.url = Some("https://example.org/hook?name=Ana".to_owned());
    let theirs = world.delivery(other);
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    let mut encoded = world.event(EventKind::FlowWebhook, vec![mine.clone()]);
    encoded.encodings = vec![(3, b"legacy".to_vec().into())];
    turn.events = vec![encoded, world.event(EventKind::FlowWebhook, vec![theirs])];
    assert!(!store.commit_turn(turn).await.unwrap().deliveries_ready);
    assert_eq!((backlog(&*store, hook).await, backlog(&*store, other).await), (0, 0));
    store.resume_webhook(hook, ResumeFrom::Cursor).await.unwrap();
    assert_eq!(store.catch_up(hook, step(1, 10)).await.unwrap(), CaughtUp::Whole);
    assert_eq!((backlog(&*store, hook).await, backlog(&*store, other).await), (1, 0));
    let head = store.ready_of(hook, 10).await.unwrap().remove(0);
    assert_eq!((head.delivery.url.clone(), head.encoding), (mine.url, 3));
    assert_eq!(store.load_event_data(vec![(head.event_seq, 3)]).await.unwrap(), [&b"legacy"[..]]);
    assert_eq!(store.delivery_data(head.delivery.id).await.unwrap(), (3, b"legacy".to_vec()));
    // A test send goes out although the webhook is off.
    let test = world.delivery(other);
    let event = world.event(EventKind::FlowWebhook, vec![test]);
    store.add_test_event(world.bot, ana.id, event).await.unwrap();
    assert_eq!(backlog(&*store, other).await, 1);
}

pub(crate) async fn what_was_missed_has_the_encoding_the_webhook_wants_where_it_was_stored(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    store.pause_webhook(hook).await.unwrap();
    let mut made = [world.delivery(hook), world.delivery(hook)];
    made[1].encoding = 2;
    let mut events = made.map(|delivery| world.event(EventKind::IncomingMessage, vec![delivery]));
    events[1].encodings = vec![(2, b"as documented".to_vec().into())];
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    turn.events = events.to_vec();
    store.commit_turn(turn).await.unwrap();
    store.resume_webhook(hook, ResumeFrom::Cursor).await.unwrap();
    store.catch_up(hook, CatchUp { encoding: 2, ..step(1, 10) }).await.unwrap();
    let first = store.ready_of(hook, 10).await.unwrap().remove(0);
    assert_eq!(first.encoding, 0, "the setting was changed after this event");
    let next = store.commit_attempts(&[attempt(&first, Outcome::Delivered)], &[]).await.unwrap();
    assert_eq!(
        store.load_event_data(vec![(next[0].event_seq, next[0].encoding)]).await.unwrap(),
        [&b"as documented"[..]]
    );
}

pub(crate) async fn an_erased_contact_is_not_sent_again(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    store.switch_off_webhook(hook, hook, OffReason::Gone).await.unwrap();
    for contact in [&ana, &eva] {
        say_as(&mut world, &*store, contact, hook, EventKind::IncomingMessage).await;
    }
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    store.resume_webhook(hook, ResumeFrom::Cursor).await.unwrap();
    assert_eq!(store.catch_up(hook, step(1, 10)).await.unwrap(), CaughtUp::Whole);
    assert_eq!(backlog(&*store, hook).await, 1);
}

pub(crate) async fn a_changed_setting_does_not_change_how_the_webhook_stands(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    // Somebody reads it, it stops and fails meanwhile, and what was read is written back with another setting.
    let read = store.webhook(hook).await.unwrap();
    let event = say_as(&mut world, &*store, &ana, hook, EventKind::IncomingMessage).await;
    store.pause_webhook(hook).await.unwrap();
    let mut changed = read.clone();
    changed.webhook.concurrency = 3;
    store.update_webhook(read, changed, NOW).await.unwrap();
    let now = store.webhook(hook).await.unwrap().webhook;
    assert_eq!((now.concurrency, now.state), (3, WebhookState::Paused { cursor: event }));
}
