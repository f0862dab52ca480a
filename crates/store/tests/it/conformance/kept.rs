//! Retention and what webhooks have not had.

use recado_model::{
    Contact, DeliveryId, DeliveryStatus, EventKind, Outcome, UnixMs, WebhookId, WebhookKind,
    time::{DAY_MS, HOUR_MS},
};
use recado_store::{
    Store,
    catalog::ResumeFrom,
    records::Retention,
    turns::{LogLine, TurnCommit},
};

use super::Harness;
use crate::make::{NOW, World, attempt, is_not_found};

/// An event of this kind and time with a delivery to a webhook.
async fn happens(
    store: &dyn Store,
    world: &mut World,
    contact: &Contact,
    hook: WebhookId,
    (kind, at): (EventKind, UnixMs),
) -> DeliveryId {
    let delivery = world.delivery(hook);
    let id = delivery.id;
    let mut event = world.event(kind, vec![delivery]);
    event.at = at;
    let revision = store.load_contact(contact.id).await.unwrap().unwrap().revision;
    let mut turn = TurnCommit::of(contact.clone(), Some(revision));
    turn.events = vec![event];
    store.commit_turn(turn).await.unwrap();
    id
}

async fn makes_room(store: &dyn Store, log_before: UnixMs, pending_before: UnixMs) {
    let old = Retention {
        now: UnixMs(i64::MAX),
        log_before,
        pending_before,
        dedup_before: UnixMs(0),
        idempotency_before: UnixMs(0),
    };
    while store.make_room(old).await.unwrap() {}
}

const SAID: EventKind = EventKind::IncomingMessage;

pub(crate) async fn retention_takes_what_a_webhook_that_is_off_has_pending(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (off, on) = (world.webhook(&*store).await, world.webhook(&*store).await);
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let mut old = Vec::new();
    for _ in 0..3 {
        old.push(happens(&*store, &mut world, &ana, off, (SAID, NOW)).await);
    }
    let delivered = happens(&*store, &mut world, &ana, on, (SAID, NOW)).await;
    let head = store.ready_of(on, 1).await.unwrap().remove(0);
    store.commit_attempts(&[attempt(&head, Outcome::Delivered)], &[]).await.unwrap();
    let newer = happens(&*store, &mut world, &ana, off, (SAID, NOW + DAY_MS)).await;
    let of_eva = happens(&*store, &mut world, &eva, off, (SAID, NOW + DAY_MS)).await;
    makes_room(&*store, NOW + 1, UnixMs(0)).await;
    for id in old.iter().chain([&newer]) {
        assert!(!store.delivery(*id).await.unwrap().status.is_final(), "it is on its way");
    }
    assert!(store.delivery(delivered).await.is_ok(), "and holds back what comes later of its contact");
    store.pause_webhook(off).await.unwrap();
    makes_room(&*store, NOW + 1, UnixMs(0)).await;
    for id in old.iter().chain([&delivered]) {
        assert!(is_not_found(store.delivery(*id).await));
    }
    assert_eq!(store.backlog(off).await.unwrap(), 2);
    drop(store);
    harness.reopen();
    let store = harness.store();
    store.resume_webhook(off, ResumeFrom::Cursor).await.unwrap();
    let mut heads: Vec<_> = store.ready_of(off, 9).await.unwrap().iter().map(|ready| ready.delivery.id).collect();
    heads.sort_unstable();
    let mut left = vec![newer, of_eva];
    left.sort_unstable();
    assert_eq!(heads, left, "what is left goes on in order");
}

pub(crate) async fn what_is_on_its_way_stays_but_not_for_ever(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let on = world.webhook(&*store).await;
    let (ana, mut later) = (world.contact(&*store, "ana").await, Vec::new());
    let stands = happens(&*store, &mut world, &ana, on, (SAID, NOW)).await;
    later.push(happens(&*store, &mut world, &ana, on, (SAID, NOW + HOUR_MS)).await);
    later.push(happens(&*store, &mut world, &ana, on, (SAID, NOW + DAY_MS)).await);
    makes_room(&*store, NOW + 2 * DAY_MS, NOW).await;
    assert_eq!(store.backlog(on).await.unwrap(), 3);
    makes_room(&*store, NOW + 2 * DAY_MS, NOW + 1).await;
    assert!(is_not_found(store.delivery(stands).await));
    assert_eq!(store.backlog(on).await.unwrap(), 2);
    let next = store.ready_of(on, 9).await.unwrap();
    assert_eq!(next.iter().map(|ready| ready.delivery.id).collect::<Vec<_>>(), [later[0]]);
    assert_eq!(store.delivery(later[1]).await.unwrap().status, DeliveryStatus::Waiting);
}

/// What the store says of one webhook.
async fn since(store: &dyn Store, world: &World, hook: WebhookId) -> Option<UnixMs> {
    let of_bot = store.unsent(Some(world.bot)).await.unwrap();
    assert_eq!(store.unsent(None).await.unwrap(), of_bot, "there is one bot");
    of_bot.into_iter().find(|unsent| unsent.webhook_id == hook).map(|unsent| unsent.since)
}

pub(crate) async fn the_oldest_event_that_a_webhook_has_not_had_is_known(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    happens(&*store, &mut world, &ana, hook, (SAID, NOW)).await;
    assert_eq!(since(&*store, &world, hook).await, None, "it is on its way");
    store.pause_webhook(hook).await.unwrap();
    assert_eq!(since(&*store, &world, hook).await, Some(NOW), "it stands still");
    happens(&*store, &mut world, &ana, hook, (EventKind::OpenChat, NOW + 1)).await;
    happens(&*store, &mut world, &ana, hook, (SAID, NOW + 2)).await;
    happens(&*store, &mut world, &ana, hook, (SAID, NOW + 3)).await;
    makes_room(&*store, NOW + 1, UnixMs(0)).await;
    assert_eq!(since(&*store, &world, hook).await, Some(NOW + 2), "the first behind the cursor that it wants");
    store.resume_webhook(hook, ResumeFrom::Cursor).await.unwrap();
    assert_eq!(since(&*store, &world, hook).await, Some(NOW + 2), "it is behind");
    store.pause_webhook(hook).await.unwrap();
    store.resume_webhook(hook, ResumeFrom::Now).await.unwrap();
    assert_eq!(store.unsent(None).await.unwrap(), [], "it is plainly on");
    store.pause_webhook(hook).await.unwrap();
    assert_eq!(since(&*store, &world, hook).await, None, "there was nothing since");
    // Erased is not to be had.
    happens(&*store, &mut world, &ana, hook, (SAID, NOW + 4)).await;
    store.erase_contact(world.bot, ana.id, NOW).await.unwrap();
    assert_eq!(since(&*store, &world, hook).await, None);
}

pub(crate) async fn a_flow_webhook_that_is_off_misses_its_own_events_only(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut flow = world.new_webhook("https://example.org/flow");
    (flow.webhook.kind, flow.webhook.events) = (WebhookKind::Flow, Vec::new());
    let hook = flow.webhook.id;
    store.create_webhook(flow).await.unwrap();
    store.pause_webhook(hook).await.unwrap();
    let other = world.webhook(&*store).await;
    let ana = world.contact(&*store, "ana").await;
    happens(&*store, &mut world, &ana, other, (EventKind::FlowWebhook, NOW)).await;
    assert_eq!(since(&*store, &world, hook).await, None);
    happens(&*store, &mut world, &ana, hook, (EventKind::FlowWebhook, NOW + 7)).await;
    assert_eq!(since(&*store, &world, hook).await, Some(NOW + 7));
}

pub(crate) async fn the_log_warns_once_a_day_of_what_retention_will_take(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let line = LogLine {
        error: true,
        code: "webhook_events_expire".to_owned(),
        flow_id: None,
        element: None,
        text: "soon".to_owned(),
    };
    let warn = async |store: &dyn Store, now: UnixMs| store.warn_of_webhook(hook, now, line.clone()).await.unwrap();
    assert!(!warn(&*store, NOW).await, "it is on");
    store.pause_webhook(hook).await.unwrap();
    assert!(warn(&*store, NOW).await);
    drop(store);
    harness.reopen();
    let store = harness.store();
    assert!(!warn(&*store, NOW + (DAY_MS - 1)).await);
    assert!(warn(&*store, NOW + DAY_MS).await);
    assert!(warn(&*store, NOW).await, "a clock that was set back holds nothing up");
    let logged = store.log(world.bot, None, 9).await.unwrap().items;
    assert_eq!(logged.len(), 3);
    assert!(!store.warn_of_webhook(world.webhook_id(), NOW, line.clone()).await.unwrap(), "it is gone");
}
