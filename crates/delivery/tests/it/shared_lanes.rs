//! Webhooks that have their lanes together, and one that leaves for others.

use std::collections::HashMap;

use recado_delivery::{
    lanes::{Claim, DeliveryRef, Dispatcher, FAILURES_TO_OPEN, Finish, Lane, LanesSettings, Offered},
    outcome::Health,
};
use recado_model::{ContactId, Outcome, UnixMs, WebhookId, time::DAY_MS};

const T0: UnixMs = UnixMs(1_000_000_000);
/// The lanes at first, and those of another URL.
const LANES: u8 = 1;
const OTHERS: u8 = 2;
/// Two webhooks.
const ELDER: u8 = 1;
const YOUNGER: u8 = 7;

fn id(n: u8) -> WebhookId {
    WebhookId::from_bytes([n; 16])
}

fn settings(lanes: u8, webhook: u8) -> LanesSettings {
    LanesSettings {
        lanes_id: id(lanes),
        webhook_id: id(webhook),
        concurrency: 16,
        rate_per_s: None,
        failing_since: None,
    }
}

fn of(lanes: u8, webhook: u8, contact: u8, seq: i64) -> DeliveryRef {
    let lane = Lane::Contact(ContactId::from_bytes([contact; 16]));
    DeliveryRef { seq, lanes_id: id(lanes), webhook_id: id(webhook), lane, next_at: T0 }
}

fn with(sites: &[LanesSettings]) -> Dispatcher {
    let mut dispatcher = Dispatcher::default();
    for one in sites {
        dispatcher.set(one);
    }
    dispatcher
}

fn ends(outcome: Outcome, health: Health) -> Finish {
    Finish { outcome, health, hold_until: None, gone: false, took_ms: 5 }
}

fn well() -> Finish {
    ends(Outcome::Delivered, Health::Well)
}

fn count(claims: &[Claim], webhook: u8) -> usize {
    claims.iter().filter(|claim| claim.webhook_id == id(webhook)).count()
}

fn seqs(claims: &[Claim]) -> Vec<i64> {
    claims.iter().map(|claim| claim.seq).collect()
}

#[test]
fn each_webhook_of_shared_lanes_has_its_own_concurrency() {
    let narrow = LanesSettings { concurrency: 2, ..settings(LANES, ELDER) };
    let wide = LanesSettings { concurrency: 5, ..settings(LANES, YOUNGER) };
    for order in [[narrow, wide], [wide, narrow]] {
        let mut lanes = with(&order);
        for contact in 0..20 {
            let webhook = if contact < 10 { ELDER } else { YOUNGER };
            assert_eq!(lanes.offer(of(LANES, webhook, contact, i64::from(contact))), Offered::Kept);
        }
        let claims = lanes.claim(T0, 99);
        assert_eq!((count(&claims, ELDER), count(&claims, YOUNGER)), (2, 5));
        let of_the_elder = claims.iter().find(|claim| claim.webhook_id == id(ELDER)).expect("one of it");
        lanes.finish(of_the_elder.seq, T0, &well());
        let claims = lanes.claim(T0, 99);
        assert_eq!((count(&claims, ELDER), count(&claims, YOUNGER)), (1, 0), "its slot is its own");
    }
}

#[test]
fn each_webhook_of_shared_lanes_has_its_own_rate() {
    let limited = LanesSettings { rate_per_s: Some(10), ..settings(LANES, ELDER) };
    let free = LanesSettings { concurrency: 256, ..settings(LANES, YOUNGER) };
    let mut lanes = with(&[limited, free]);
    for seq in 0..200 {
        let webhook = if seq % 2 == 0 { ELDER } else { YOUNGER };
        assert_eq!(lanes.offer(of(LANES, webhook, seq as u8, seq)), Offered::Kept);
    }
    let claims = lanes.claim(T0, 999);
    assert_eq!((count(&claims, ELDER), count(&claims, YOUNGER)), (1, 100));
    let mut sent = 1;
    let mut now = T0;
    while let Some(wake) = lanes.next_wake().filter(|wake| *wake <= T0 + 1_000) {
        assert!(wake > now, "it sleeps until a slot is free");
        now = wake;
        for claim in lanes.claim(now, 999) {
            lanes.finish(claim.seq, now, &well());
            sent += 1;
        }
    }
    assert!((10..=11).contains(&sent), "{sent} in a second and at its end");
}

#[test]
fn one_at_its_limit_keeps_the_order_of_the_contact_and_holds_up_no_other_contact() {
    let limited = LanesSettings { rate_per_s: Some(1), ..settings(LANES, ELDER) };
    let mut lanes = with(&[limited, settings(LANES, YOUNGER)]);
    for delivery in [
        of(LANES, ELDER, 1, 1),
        of(LANES, ELDER, 2, 2),
        of(LANES, YOUNGER, 2, 3),
        of(LANES, YOUNGER, 3, 4),
        of(LANES, YOUNGER, 3, 5),
    ] {
        assert_eq!(lanes.offer(delivery), Offered::Kept);
    }
    assert_eq!(seqs(&lanes.claim(T0, 9)), [1, 4], "3 waits for 2, and 2 for its slot");
    lanes.finish(4, T0, &well());
    assert_eq!(seqs(&lanes.claim(T0, 9)), [5]);
    let slot = lanes.next_wake().expect("the next slot of the first");
    assert_eq!(seqs(&lanes.claim(slot, 9)), [2]);
    lanes.finish(2, slot, &well());
    assert_eq!(seqs(&lanes.claim(slot, 9)), [3]);
}

#[test]
fn webhooks_of_shared_lanes_take_turns() {
    let one = |webhook| LanesSettings { concurrency: 256, ..settings(LANES, webhook) };
    let mut lanes = with(&[one(ELDER), one(YOUNGER)]);
    for seq in 0..200 {
        let webhook = if seq < 100 { ELDER } else { YOUNGER };
        lanes.offer(of(LANES, webhook, seq as u8, seq));
    }
    let claims = lanes.claim(T0, 20);
    assert_eq!((count(&claims, ELDER), count(&claims, YOUNGER)), (10, 10));
}

#[test]
fn a_webhook_that_was_not_set_in_the_lanes_has_nothing_there() {
    let mut lanes = with(&[settings(LANES, ELDER)]);
    assert_eq!(lanes.offer(of(LANES, YOUNGER, 1, 1)), Offered::UnknownLanes);
    assert_eq!(lanes.offer(of(LANES, ELDER, 1, 2)), Offered::Kept);
    assert!(!lanes.offer_behind(2, of(LANES, YOUNGER, 1, 3)));
}

/// What the loop does when a webhook is in other lanes now.
fn moves(lanes: &mut Dispatcher, webhook: u8, to: u8) {
    lanes.withdraw_webhook(id(webhook));
    lanes.set(&settings(to, webhook));
}

#[test]
fn one_that_moves_leaves_hold_breaker_and_debt_to_the_old_receiver() {
    let limited = LanesSettings { rate_per_s: Some(1), ..settings(LANES, YOUNGER) };
    let mut lanes = with(&[settings(LANES, ELDER), limited]);
    for contact in 0..FAILURES_TO_OPEN as u8 {
        lanes.offer(of(LANES, ELDER, contact, i64::from(contact)));
    }
    lanes.offer(of(LANES, YOUNGER, 90, 90));
    for claim in lanes.claim(T0, 99) {
        let again = ends(Outcome::Retry { at: T0 + 5_000 }, Health::Unwell);
        lanes.finish(claim.seq, T0, &Finish { hold_until: Some(T0 + DAY_MS), ..again });
    }
    assert!(lanes.view(id(LANES)).is_some_and(|view| view.open_since.is_some() && view.held_until.is_some()));
    assert!(lanes.claim(T0 + 6_000, 99).is_empty());
    moves(&mut lanes, YOUNGER, OTHERS);
    lanes.set(&LanesSettings { lanes_id: id(OTHERS), ..limited });
    assert_eq!(lanes.offer(of(OTHERS, YOUNGER, 90, 90)), Offered::Kept);
    let claims = lanes.claim(T0 + 6_000, 99);
    assert_eq!((seqs(&claims), claims[0].probe), (vec![90], false));
    lanes.finish(90, T0 + 6_000, &well());
    assert!(lanes.view(id(LANES)).is_some_and(|view| view.open_since.is_some()), "the other one is as it was");
}

#[test]
fn one_in_flight_in_the_lanes_that_its_webhook_left_goes_on_in_the_new_ones_when_it_ended() {
    for next_of_old in [true, false] {
        let mut lanes = with(&[settings(LANES, ELDER), settings(LANES, YOUNGER)]);
        lanes.offer(of(LANES, YOUNGER, 1, 1));
        assert_eq!(seqs(&lanes.claim(T0, 9)), [1]);
        assert!(lanes.offer_behind(1, of(LANES, YOUNGER, 1, 2)));
        moves(&mut lanes, YOUNGER, OTHERS);
        if !next_of_old {
            lanes.remove(id(LANES));
        }
        assert_eq!(lanes.offer(of(OTHERS, YOUNGER, 1, 1)), Offered::Elsewhere);
        let finished = lanes.finish(1, T0, &ends(Outcome::Retry { at: T0 + 5_000 }, Health::Unwell));
        assert!(finished.forgotten && finished.next.is_none());
        let again = DeliveryRef { next_at: T0 + 5_000, ..of(OTHERS, YOUNGER, 1, 1) };
        assert_eq!(lanes.offer(again), Offered::Kept);
        assert_eq!(seqs(&lanes.claim(T0 + 5_000, 9)), [1]);
        assert_eq!(lanes.in_flight(), 1);
    }
}

#[test]
fn webhooks_that_come_and_go_lose_nothing() {
    let mut lanes = with(&[settings(LANES, ELDER), settings(LANES, YOUNGER)]);
    let mut left: HashMap<i64, u8> = HashMap::new();
    for seq in 0..60 {
        let webhook = if seq % 2 == 0 { ELDER } else { YOUNGER };
        lanes.offer(of(LANES, webhook, (seq / 4) as u8, seq));
        left.insert(seq, webhook);
    }
    let mut now = T0;
    for round in 0..200 {
        let to = if round % 2 == 0 { OTHERS } else { LANES };
        for claim in lanes.claim(now, 5) {
            lanes.finish(claim.seq, now, &well());
            left.remove(&claim.seq);
        }
        moves(&mut lanes, YOUNGER, to);
        for (seq, webhook) in &left {
            // Withdrawn by the move, those behind others too: the store gives them again.
            let lanes_id = if *webhook == ELDER { LANES } else { to };
            lanes.offer(of(lanes_id, *webhook, (seq / 4) as u8, *seq));
        }
        now = now + 1;
    }
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(lanes.in_flight(), 0);
}
