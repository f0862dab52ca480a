//! Order, fairness, limits.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use recado_delivery::{
    lanes::{
        Claim, DeliveryRef, Dispatcher, FAILURES_TO_OPEN, Finish, HELD_OF_SITE_MAX, HELD_PAST_PAGES_MAX, Lane,
        LanesSettings, Offered, PAGE_MAX, PROMPT_MS,
    },
    outcome::Health,
};
use recado_model::{ContactId, OffReason, Outcome, UnixMs, WebhookId, time::DAY_MS};

const T0: UnixMs = UnixMs(1_000_000_000);

fn site(n: u8) -> WebhookId {
    WebhookId::from_bytes([n; 16])
}

fn settings(n: u8) -> LanesSettings {
    LanesSettings { lanes_id: site(n), webhook_id: site(n), concurrency: 16, rate_per_s: None, failing_since: None }
}

fn of(n: u8, contact: u8, seq: i64) -> DeliveryRef {
    let lane = Lane::Contact(ContactId::from_bytes([contact; 16]));
    DeliveryRef { seq, lanes_id: site(n), webhook_id: site(n), lane, next_at: T0 }
}

fn ends(outcome: Outcome, health: Health) -> Finish {
    Finish { outcome, health, hold_until: None, gone: false, took_ms: 5 }
}

fn well() -> Finish {
    ends(Outcome::Delivered, Health::Well)
}

fn with(sites: &[LanesSettings]) -> Dispatcher {
    let mut dispatcher = Dispatcher::default();
    for one in sites {
        dispatcher.set(one);
    }
    dispatcher
}

fn seqs(claims: &[Claim]) -> Vec<i64> {
    claims.iter().map(|claim| claim.seq).collect()
}

#[test]
fn a_retry_holds_back_its_contact_and_nobody_else() {
    let mut lanes = with(&[settings(1)]);
    for delivery in [of(1, 1, 1), of(1, 1, 2), of(1, 2, 3)] {
        assert_eq!(lanes.offer(delivery), Offered::Kept);
    }
    assert_eq!(seqs(&lanes.claim(T0, 9)), [1, 3]);
    lanes.finish(1, T0, &ends(Outcome::Retry { at: T0 + 5_000 }, Health::Unwell));
    lanes.finish(3, T0, &well());
    assert!(lanes.claim(T0 + 4_999, 9).is_empty());
    assert_eq!(lanes.next_wake(), Some(T0 + 5_000));
    assert_eq!(seqs(&lanes.claim(T0 + 5_000, 9)), [1]);
    lanes.finish(1, T0 + 5_000, &well());
    assert_eq!(seqs(&lanes.claim(T0 + 5_000, 9)), [2]);
}

#[test]
fn one_held_behind_another_goes_as_soon_as_that_came_to_its_end() {
    let mut lanes = with(&[settings(1)]);
    assert_eq!(lanes.offer(of(1, 1, 1)), Offered::Kept);
    // The clock was a day ahead when it was born: it is due in its turn all the same.
    assert!(lanes.offer_behind(1, DeliveryRef { next_at: T0 + DAY_MS, ..of(1, 1, 4) }));
    assert!(!lanes.offer_behind(1, of(1, 1, 5)), "4 is between them");
    assert!(!lanes.offer_behind(9, of(1, 2, 10)), "9 is not here");
    assert_eq!(seqs(&lanes.claim(T0, 9)), [1]);
    let again = lanes.finish(1, T0, &ends(Outcome::Retry { at: T0 }, Health::Unwell));
    assert_eq!(again.next, None);
    assert_eq!(seqs(&lanes.claim(T0, 9)), [1]);
    assert_eq!(lanes.finish(1, T0, &well()).next, Some(4));
    assert_eq!(seqs(&lanes.claim(T0, 9)), [4]);
    assert_eq!(lanes.finish(4, T0, &well()).next, None);
    assert!(!lanes.offer_behind(4, of(1, 1, 6)), "4 is over");
}

#[test]
fn what_is_held_behind_others_leaves_room_for_heads() {
    let mut lanes = with(&[settings(1)]);
    assert_eq!(lanes.offer(of(1, 1, 0)), Offered::Kept);
    let taken = (1..PAGE_MAX as i64).filter(|seq| lanes.offer_behind(seq - 1, of(1, 1, *seq))).count();
    assert_eq!(taken, PAGE_MAX / 2 - 1);
    assert_eq!(lanes.offer(of(1, 2, PAGE_MAX as i64)), Offered::Kept);
}

/// How many of so many can be held one behind the other, after a first one that is.
fn held_behind(lanes: &mut Dispatcher, webhook: u8, contact: u8, first: i64, count: usize) -> usize {
    assert_eq!(lanes.offer(of(webhook, contact, first)), Offered::Kept);
    let behind = first + 1..=first + count as i64;
    behind.take_while(|seq| lanes.offer_behind(seq - 1, of(webhook, contact, *seq))).count()
}

#[test]
fn more_is_held_for_a_receiver_that_answers_promptly_and_heads_have_their_room_beside_it() {
    let mut lanes = with(&[settings(1)]);
    let prompt = |lanes: &mut Dispatcher, took_ms, seq| {
        assert_eq!(lanes.offer(of(1, 200, seq)), Offered::Kept);
        assert!(lanes.claim(T0, 9).iter().any(|claim| claim.seq == seq));
        lanes.finish(seq, T0, &Finish { took_ms, ..well() });
    };
    prompt(&mut lanes, 5, 1);
    assert_eq!(held_behind(&mut lanes, 1, 1, 10, 2 * HELD_OF_SITE_MAX), HELD_OF_SITE_MAX - 1);
    for contact in 2..=20 {
        assert_eq!(lanes.offer(of(1, contact, 100_000 + i64::from(contact))), Offered::Kept);
    }
    lanes.page_was_cut(site(1), T0);
    assert_eq!(lanes.wants_page(), [site(1)], "there is room for heads");

    let mut lanes = with(&[settings(1)]);
    prompt(&mut lanes, 5, 1);
    prompt(&mut lanes, PROMPT_MS + 1, 2);
    assert_eq!(held_behind(&mut lanes, 1, 1, 10, PAGE_MAX), PAGE_MAX / 2 - 1, "it is slow now");
}

#[test]
fn all_receivers_together_have_a_bound_and_each_has_half_a_page_past_it() {
    let all: Vec<_> = (1..=250).map(settings).collect();
    let mut lanes = with(&all);
    for silent in 7..=250_u8 {
        // However many of those that never answered there are.
        let held = held_behind(&mut lanes, silent, 1, i64::from(silent) * 100_000, PAGE_MAX);
        assert_eq!(held, PAGE_MAX / 2 - 1);
    }
    for webhook in 1..=6_u8 {
        let seq = i64::from(webhook);
        assert_eq!(lanes.offer(of(webhook, 200, seq)), Offered::Kept);
    }
    for claim in lanes.claim(T0, 1_000).into_iter().filter(|claim| claim.seq <= 6) {
        lanes.finish(claim.seq, T0, &well());
    }
    let held: Vec<usize> = (1..=6_u8)
        .map(|webhook| held_behind(&mut lanes, webhook, 1, i64::from(webhook) * 100_000, 2 * HELD_OF_SITE_MAX))
        .collect();
    let full = HELD_OF_SITE_MAX - 1;
    let rest = HELD_PAST_PAGES_MAX - 4 * (HELD_OF_SITE_MAX - PAGE_MAX) + PAGE_MAX - 1;
    assert_eq!(held, [full, full, full, full, rest, PAGE_MAX / 2 - 1]);
    for webhook in 1..=4_u8 {
        lanes.withdraw_webhook(site(webhook));
    }
    let again = held_behind(&mut lanes, 6, 2, 900_000_000, 2 * HELD_OF_SITE_MAX);
    assert_eq!(again, HELD_OF_SITE_MAX - PAGE_MAX / 2 - 1, "what is given back is there for others");
}

#[test]
fn what_is_taken_back_takes_along_what_is_held_behind_it() {
    let mut lanes = with(&[settings(1), LanesSettings { webhook_id: site(2), ..settings(1) }]);
    let other = DeliveryRef { webhook_id: site(2), ..of(1, 1, 3) };
    for delivery in [of(1, 1, 1), of(1, 2, 10)] {
        assert_eq!(lanes.offer(delivery), Offered::Kept);
    }
    for (after, delivery) in [(1, of(1, 1, 2)), (2, other), (10, of(1, 2, 11))] {
        assert!(lanes.offer_behind(after, delivery));
    }
    let mut gone = lanes.withdraw_lane(1);
    gone.sort_unstable();
    assert_eq!(gone, [1, 2, 3]);
    assert_eq!(seqs(&lanes.claim(T0, 9)), [10]);
    // 10 is in flight and is sent in any case; what the other webhook had behind it only the store can judge.
    let mut gone = lanes.withdraw_webhook(site(1));
    gone.sort_unstable();
    assert_eq!(gone, [10, 11]);
    assert!(!lanes.offer_behind(10, of(1, 2, 12)), "10 was taken back");
    assert_eq!(lanes.finish(10, T0, &well()).next, None);
    assert!(lanes.claim(T0, 9).is_empty());
}

#[test]
fn after_a_head_failed_for_good_its_lane_gets_one_attempt_each_until_one_succeeds() {
    let mut lanes = with(&[settings(1)]);
    for (seq, finish, single) in [
        (1, ends(Outcome::Failed, Health::Answers), false),
        (2, ends(Outcome::Failed, Health::Answers), true),
        (3, well(), true),
        (4, well(), false),
    ] {
        lanes.offer(of(1, 1, seq));
        assert_eq!(lanes.claim(T0, 1)[0].single_attempt, single, "{seq}");
        lanes.finish(seq, T0, &finish);
    }
}

#[test]
fn a_hold_stops_the_whole_webhook_and_a_concurrency_is_kept() {
    let mut lanes = with(&[LanesSettings { concurrency: 2, ..settings(1) }]);
    for n in 1..=5 {
        lanes.offer(of(1, n, i64::from(n)));
    }
    assert_eq!(lanes.claim(T0, 9).len(), 2);
    lanes.finish(1, T0, &Finish { hold_until: Some(T0 + 60_000), ..well() });
    assert!(lanes.claim(T0 + 59_999, 9).is_empty());
    assert_eq!(lanes.claim(T0 + 60_000, 9).len(), 1);
}

/// Fails attempts of `contacts` lanes until the breaker has had its chance to open.
fn fail(lanes: &mut Dispatcher, contacts: u8) -> bool {
    for n in 0..contacts {
        lanes.offer(of(1, n, i64::from(n)));
    }
    let mut opened = false;
    for _ in 0..FAILURES_TO_OPEN {
        for claim in lanes.claim(T0, 1) {
            opened |= lanes.finish(claim.seq, T0, &ends(Outcome::Retry { at: T0 }, Health::Unwell)).opened;
        }
    }
    opened
}

#[test]
fn ten_failures_from_three_lanes_open_the_breaker_and_from_two_do_not() {
    assert!(!fail(&mut with(&[settings(1)]), 2));
    assert!(fail(&mut with(&[settings(1)]), 3));
}

#[test]
fn an_open_breaker_probes_other_lanes_in_turn_and_a_success_closes_it() {
    let mut lanes = with(&[settings(1)]);
    assert!(fail(&mut lanes, 4));
    let (mut now, mut last) = (T0, None);
    for step in [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000] {
        assert!(lanes.claim(now + (step - 1), 9).is_empty());
        now = now + step;
        assert_eq!(lanes.next_wake(), Some(now));
        let probes = lanes.claim(now, 9);
        assert!(probes.len() == 1 && probes[0].probe && Some(probes[0].seq) != last);
        last = Some(probes[0].seq);
        lanes.finish(probes[0].seq, now, &ends(Outcome::Probed { at: probes[0].probe_again_at }, Health::Unwell));
    }
    now = now + 600_000;
    let probe = lanes.claim(now, 9)[0];
    assert!(lanes.finish(probe.seq, now, &well()).closed);
    assert_eq!(lanes.claim(now, 9).len(), 3);
}

#[test]
fn three_days_of_only_failures_and_410_switch_off() {
    let mut lanes = with(&[settings(1)]);
    let mut now = T0;
    let mut off = None;
    lanes.offer(of(1, 1, 1));
    for n in 0..=12 {
        assert_eq!(lanes.claim(now, 1).len(), 1);
        let finished = lanes.finish(1, now, &ends(Outcome::Retry { at: now + DAY_MS / 4 }, Health::Unwell));
        assert_eq!(finished.failing_since, (n == 0).then_some(Some(T0)));
        off = finished.switch_off;
        assert_eq!(off.is_some(), n == 12);
        now = now + DAY_MS / 4;
    }
    assert_eq!(off, Some(OffReason::Failing));
    lanes.claim(now, 1);
    let gone = lanes.finish(1, now, &Finish { gone: true, ..ends(Outcome::Failed, Health::Answers) });
    assert_eq!(gone.switch_off, Some(OffReason::Gone));
}

#[test]
fn after_a_410_nothing_goes_out_until_the_settings_are_set_anew() {
    let mut lanes = with(&[LanesSettings { concurrency: 2, ..settings(1) }, settings(2)]);
    for contact in 1..=5 {
        lanes.offer(of(1, contact, i64::from(contact)));
    }
    lanes.offer(of(1, 1, 6));
    assert_eq!(seqs(&lanes.claim(T0, 9)), [1, 2]);
    lanes.finish(1, T0, &Finish { gone: true, ..ends(Outcome::Failed, Health::Answers) });
    lanes.offer(of(1, 7, 7));
    lanes.offer(of(2, 1, 8));
    assert_eq!(seqs(&lanes.claim(T0, 9)), [8], "the other webhook goes on");
    // One that was under way at the time may say something else.
    lanes.finish(2, T0, &well());
    assert!(lanes.claim(T0 + DAY_MS, 9).is_empty());
    assert_eq!(lanes.next_wake(), None, "time alone changes nothing");
    lanes.set(&settings(1));
    assert_eq!(seqs(&lanes.claim(T0 + DAY_MS, 9)), [3, 4, 5, 6, 7]);
}

#[test]
fn a_webhook_that_was_switched_on_again_has_its_three_days_anew() {
    let failing = LanesSettings { failing_since: Some(T0 + -4 * DAY_MS), ..settings(1) };
    let mut lanes = with(&[failing]);
    lanes.offer(of(1, 1, 1));
    let fail = |lanes: &mut Dispatcher| {
        assert_eq!(lanes.claim(T0, 1).len(), 1);
        lanes.finish(1, T0, &ends(Outcome::Retry { at: T0 }, Health::Unwell))
    };
    for _ in 0..9 {
        assert_eq!(fail(&mut lanes).switch_off, None);
    }
    assert!(fail(&mut lanes).switch_off.is_some(), "four days and ten failures");
    lanes.forgive(site(1));
    let finished = fail(&mut lanes);
    assert_eq!((finished.switch_off, finished.failing_since), (None, Some(Some(T0))));
}

#[test]
fn one_whose_breaker_is_open_or_that_is_held_asks_for_no_page_beside_a_full_one() {
    for held in [true, false] {
        let mut lanes = with(&[settings(1)]);
        for seq in 0..PAGE_MAX as i64 {
            lanes.offer(DeliveryRef { next_at: T0 + 1, ..of_many(seq) });
        }
        if held {
            lanes.hold(site(1), T0 + DAY_MS);
            assert!(lanes.claim(T0 + 1, 1).is_empty());
        } else {
            for _ in 0..FAILURES_TO_OPEN {
                let claim = lanes.claim(T0 + 1, 1).remove(0);
                lanes.finish(claim.seq, T0 + 1, &ends(Outcome::Retry { at: T0 + 1 }, Health::Unwell));
            }
            assert!(lanes.view(site(1)).expect("it is known").open_since.is_some());
        }
        lanes.page_was_cut(site(1), T0);
        assert!(!lanes.wants_any_page(), "held: {held}");
    }
}

/// Each in a lane of its own.
fn of_many(seq: i64) -> DeliveryRef {
    DeliveryRef { lane: Lane::Delivery(seq), ..of(1, 0, seq) }
}

#[test]
fn a_full_page_remembers_the_store_and_asks_when_it_has_room() {
    let mut lanes = with(&[settings(1)]);
    let unordered = |seq: i64| DeliveryRef { lane: Lane::Delivery(seq), ..of(1, 0, seq) };
    for seq in 0..PAGE_MAX as i64 {
        assert_eq!(lanes.offer(unordered(seq)), Offered::Kept);
    }
    assert_eq!(lanes.offer(unordered(9_999)), Offered::PageFull);
    assert!(lanes.wants_page().is_empty());
    while lanes.wants_page().is_empty() {
        for claim in lanes.claim(T0, 16) {
            lanes.finish(claim.seq, T0, &well());
        }
    }
    assert_eq!(lanes.offer(unordered(9_999)), Offered::Kept);
}

#[test]
fn dead_and_slow_webhooks_leave_a_healthy_one_its_slots() {
    let mut lanes = Dispatcher::new(64, 16);
    for n in 0..=200 {
        lanes.set(&settings(n));
        for contact in 0..16 {
            lanes.offer(of(n, contact, i64::from(n) * 100 + i64::from(contact)));
        }
    }
    // The healthy one shows that it is prompt; the others never answer.
    let mut done = 0;
    while done == 0 {
        let claims = lanes.claim(T0, 64);
        assert!(!claims.is_empty());
        for claim in claims.iter().filter(|claim| claim.lanes_id == site(0)) {
            lanes.finish(claim.seq, T0, &well());
            done += 1;
        }
    }
    for round in 0..100 {
        for claim in lanes.claim(T0, 64).into_iter().filter(|claim| claim.lanes_id == site(0)) {
            lanes.finish(claim.seq, T0, &well());
            lanes.offer(of(0, 99, 1_000_000 + round));
            done += 1;
        }
    }
    assert!(done > 80, "{done}");
}

#[test]
fn a_clock_that_is_set_back_a_day_holds_nothing() {
    let mut lanes = with(&[settings(1)]);
    lanes.offer(of(1, 1, 1));
    lanes.claim(T0, 1);
    lanes.finish(1, T0, &ends(Outcome::Retry { at: T0 + 5_000 }, Health::Unwell));
    let back = T0 + -DAY_MS;
    assert!(lanes.claim(back, 1).is_empty());
    assert_eq!(lanes.claim(back + 5_000, 1).len(), 1);
}

#[test]
fn what_was_withdrawn_is_not_claimed_and_its_lane_goes_on() {
    let mut lanes = with(&[settings(1)]);
    for seq in 1..=3 {
        lanes.offer(of(1, 1, seq));
    }
    assert!(lanes.withdraw(1));
    assert_eq!(seqs(&lanes.claim(T0, 9)), [2]);
    assert_eq!(lanes.remove(site(1)).len(), 2);
    assert!(lanes.finish(2, T0, &ends(Outcome::Retry { at: T0 }, Health::Unwell)).forgotten);
    assert_eq!(lanes.in_flight(), 0);
    assert_eq!(lanes.offer(of(1, 1, 4)), Offered::UnknownLanes);
}

#[test]
fn a_rate_is_never_exceeded_in_any_second_and_nearly_reached() {
    for rate in [1_u32, 7, 50, 333, 1_000] {
        let mut lanes = with(&[LanesSettings { rate_per_s: Some(rate), concurrency: 256, ..settings(1) }]);
        let mut sent: Vec<i64> = Vec::new();
        let mut seq = 0;
        for ms in (0..5_000).step_by(3) {
            while lanes.view(site(1)).unwrap().held < 200 {
                seq += 1;
                lanes.offer(DeliveryRef { lane: Lane::Delivery(seq), ..of(1, 0, seq) });
            }
            for claim in lanes.claim(T0 + ms, 1_000) {
                sent.push(ms);
                lanes.finish(claim.seq, T0 + ms, &well());
            }
        }
        for (index, start) in sent.iter().enumerate() {
            let count = sent[index..].iter().take_while(|ms| **ms < start + 1_000).count();
            assert!(count <= rate as usize, "{count} of {rate} in a second");
        }
        assert!(sent.len() * 10 >= rate as usize * 45, "{} at {rate}", sent.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_lanes_keep_their_order_and_sites_take_turns(
        offers in prop::collection::vec((0_u8..5, 0_u8..6), 1..200),
        answers in prop::collection::vec(0_u8..10, 32),
    ) {
        let mut lanes = with(&(0..5).map(settings).collect::<Vec<_>>());
        let mut waiting: BTreeMap<(u8, u8), Vec<i64>> = BTreeMap::new();
        let mut who = HashMap::new();
        for (seq, (n, contact)) in offers.iter().enumerate() {
            prop_assert_eq!(lanes.offer(of(*n, *contact, seq as i64)), Offered::Kept);
            waiting.entry((*n, *contact)).or_default().push(seq as i64);
            who.insert(seq as i64, (*n, *contact));
        }
        let mut now = T0;
        let mut step = 0_usize;
        while waiting.values().any(|queue| !queue.is_empty()) {
            prop_assert!(step < 100_000, "stuck");
            let claims = lanes.claim(now, 7);
            let mut busy = Vec::new();
            for claim in &claims {
                let lane = who[&claim.seq];
                prop_assert_eq!(Some(&claim.seq), waiting[&lane].first(), "the head of its lane");
                prop_assert!(!busy.contains(&lane), "one in flight");
                busy.push(lane);
            }
            for claim in &claims {
                step += 1;
                let fails = answers[step % answers.len()] < 6 && step < 2_000;
                if fails && claim.probe {
                    lanes.finish(claim.seq, now, &ends(Outcome::Probed { at: claim.probe_again_at }, Health::Unwell));
                } else if fails {
                    lanes.finish(claim.seq, now, &ends(Outcome::Retry { at: now + 1_000 }, Health::Unwell));
                } else {
                    lanes.finish(claim.seq, now, &well());
                    waiting.get_mut(&who[&claim.seq]).unwrap().remove(0);
                }
            }
            if claims.is_empty() {
                now = lanes.next_wake().expect("something waits, so there is a wake");
            }
        }
        prop_assert_eq!(lanes.in_flight(), 0);
    }
}

/// Run by hand: `cargo test --release -p recado-delivery --test it -- --ignored --nocapture costs`.
#[test]
#[ignore = "a measurement"]
fn what_an_offer_a_claim_and_a_finish_costs() {
    for sites in [1_u16, 100, 10_000] {
        let id = |n: u16| WebhookId::from_bytes([n.to_le_bytes(); 8].concat().try_into().unwrap());
        let mut lanes = Dispatcher::default();
        for n in 0..sites {
            lanes.set(&LanesSettings { lanes_id: id(n), webhook_id: id(n), ..settings(0) });
        }
        let started = tokio::time::Instant::now();
        let rounds = 1_000_000_i64;
        for seq in 0..rounds {
            let lanes_id = id((seq % i64::from(sites)) as u16);
            lanes.offer(DeliveryRef { lanes_id, webhook_id: lanes_id, ..of(0, seq as u8, seq) });
            for claim in lanes.claim(T0 + seq / 1_000, 1) {
                lanes.finish(claim.seq, T0 + seq / 1_000, &well());
            }
        }
        println!("{sites} sites: {} ns", started.elapsed().as_nanos() / rounds as u128);
    }
}
