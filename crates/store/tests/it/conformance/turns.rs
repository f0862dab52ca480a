//! The contact loops' part.

use recado_model::{
    BotId, ElementId, EventKind, Offer, Run, RunEnd, UnixMs, Value, VersionId, Wait,
    inbound::DedupKind,
    run::{ApiCall, Frame, Timer, TimerKey},
};
use recado_store::{
    StoreError,
    catalog::{DayTraffic, Publish},
    turns::{BotVariableChange, Count, LogLine, NewInput, TurnCommit},
};
use serde_json::json;
use tokio::task::JoinSet;

use super::Harness;
use crate::make::{NOW, World, is_conflict};

pub(crate) fn run(world: &mut World, number: u32, wait: Wait) -> Run {
    let (flow_id, version_id) = (world.flow_id(), VersionId::new(NOW, &mut world.rng));
    Run {
        number,
        flow_id,
        version_id,
        element: ElementId::new("pause-1"),
        wait,
        stack: vec![Frame { flow_id, version_id, element: ElementId::new("call") }],
        data: json!({"order": 7}),
        response: json!(null),
        start: json!("ref"),
        started_at: NOW,
    }
}

pub(crate) async fn a_contact_is_found_by_its_identity_and_loads_as_it_was_stored(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    assert_eq!(store.contact_id_of(world.bot, "ana").await.unwrap(), Some(contact.id));
    assert_eq!(store.contact_id_of(world.bot, "eva").await.unwrap(), None);
    let waits = [
        Wait::Input { part: 2, tries_left: 3, until: NOW + 5 },
        Wait::Api { call: 9 },
        Wait::Pause { until: NOW + 7, if_inactive: true },
    ];
    let mut turn = TurnCommit::of(contact.clone(), Some(1));
    turn.runs_put = (0..).zip(waits).map(|(number, wait)| run(&mut world, number, wait)).collect();
    let runs = turn.runs_put.clone();
    assert_eq!(store.commit_turn(turn).await.unwrap().revision, 2);
    drop(store);
    harness.reopen();
    let loaded = harness.store().load_contact(contact.id).await.unwrap().unwrap();
    assert_eq!((&*loaded.contact, &loaded.runs, loaded.revision), (&contact, &runs, 2));
}

pub(crate) async fn a_turn_of_another_revision_is_a_conflict_and_leaves_nothing(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    let mut turn = TurnCommit::of(contact.clone(), Some(7));
    turn.dedup = Some((DedupKind::Update, "1".to_owned()));
    turn.messages = vec![world.message(&contact, "hola")];
    turn.log = vec![LogLine { error: true, code: "x".to_owned(), flow_id: None, element: None, text: "y".to_owned() }];
    assert!(is_conflict(store.commit_turn(turn.clone()).await));
    assert!(store.messages(contact.id, None, None, 10).await.unwrap().items.is_empty());
    turn.revision = Some(1);
    store.commit_turn(turn).await.unwrap();
    assert_eq!(store.log(world.bot, None, 10).await.unwrap().items.len(), 1);
    let twice = world.new_contact("ana");
    assert!(is_conflict(store.commit_turn(TurnCommit::of(twice, None)).await));
}

pub(crate) async fn a_key_that_was_seen_before_is_a_duplicate(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    for (kind, revision, fresh) in [
        (DedupKind::Update, 1, true),
        (DedupKind::Update, 2, false),
        (DedupKind::Message, 2, true),
        (DedupKind::Api, 3, true),
    ] {
        let mut turn = TurnCommit::of(contact.clone(), Some(revision));
        turn.dedup = Some((kind, "77".to_owned()));
        let result = store.commit_turn(turn).await;
        assert_eq!(result.map(drop), if fresh { Ok(()) } else { Err(StoreError::Duplicate) });
    }
}

pub(crate) async fn turns_that_wait_together_are_kept_or_refused_on_their_own(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let mut waiting = Vec::new();
    for number in 0..64 {
        let contact = world.new_contact(&format!("c{}", number / 2));
        let mut turn = TurnCommit::of(contact.clone(), None);
        turn.events = vec![world.event(EventKind::NewSubscriber, Vec::new())];
        (turn.messages, turn.day) = (vec![world.message(&contact, "hola")], 20_000 + number / 2 % 2);
        let store = harness.store();
        waiting.push(async move { store.commit_turn(turn).await });
    }
    let mut tasks = tokio::task::JoinSet::new();
    for one in waiting {
        tasks.spawn(one);
    }
    let results = tasks.join_all().await;
    let mut seqs: Vec<i64> = results.iter().flatten().flat_map(|kept| kept.event_seqs.clone()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=32).collect::<Vec<i64>>());
    assert_eq!(results.into_iter().filter(Result::is_err).count(), 32);
    assert_eq!(store.last_event_seq().await.unwrap(), 32);
    let day = |day| DayTraffic { day, received: 0, sent: 16 };
    assert_eq!(
        store.traffic(world.bot, 20_000).await.unwrap(),
        [day(20_000), day(20_001)],
        "the refused ones said nothing"
    );
    assert_eq!(store.traffic(world.bot, 20_001).await.unwrap(), [day(20_001)]);
}

pub(crate) async fn timers_are_due_in_order_until_they_are_cleared_or_replaced(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    let id = recado_model::TriggerId::new(NOW, &mut world.rng);
    let timer = |key, due| Timer { bot_id: contact.bot_id, contact_id: contact.id, key, due: UnixMs(due) };
    let keys = [TimerKey::Run { number: 3 }, TimerKey::Gather, TimerKey::Resume, TimerKey::Trigger { id }];
    let timers: Vec<Timer> = keys.into_iter().zip([400, 300, 200, 100]).map(|(key, due)| timer(key, due)).collect();
    let mut turn = TurnCommit::of(contact.clone(), Some(1));
    turn.timers_set.clone_from(&timers);
    store.commit_turn(turn).await.unwrap();
    assert_eq!(store.next_timer_due().await.unwrap(), Some(UnixMs(100)));
    assert_eq!(store.due_timers(UnixMs(300), 10).await.unwrap(), [timers[3], timers[2], timers[1]]);
    assert_eq!(store.due_timers(UnixMs(999), 1).await.unwrap(), [timers[3]]);
    let mut turn = TurnCommit::of(contact.clone(), Some(2));
    turn.timers_cleared = vec![TimerKey::Gather, TimerKey::Run { number: 99 }];
    turn.timers_set = vec![timer(TimerKey::Resume, 500)];
    store.commit_turn(turn).await.unwrap();
    store.drop_timer(timer(TimerKey::Resume, 200)).await.unwrap();
    store.drop_timer(timers[3]).await.unwrap();
    assert_eq!(store.due_timers(UnixMs(999), 10).await.unwrap(), [timers[0], timer(TimerKey::Resume, 500)]);
    assert_eq!(store.totals().await.unwrap().timers, 2);
}

pub(crate) async fn api_calls_wait_until_they_are_done(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    let call = |call| ApiCall {
        bot_id: contact.bot_id,
        contact_id: contact.id,
        run: 0,
        call,
        method: "GET".to_owned(),
        url: "https://example.org".to_owned(),
        headers: Vec::new(),
        body: None,
        auth: None,
        timeout_ms: 10_000,
        retries: 0,
    };
    let mut turn = TurnCommit::of(contact.clone(), Some(1));
    turn.api_calls = vec![call(1), call(2)];
    store.commit_turn(turn).await.unwrap();
    let waiting = store.pending_api_calls(0, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|(_, call)| call.clone()).collect::<Vec<_>>(), [call(1), call(2)]);
    assert_eq!(store.pending_api_calls(waiting[0].0, 10).await.unwrap().len(), 1);
    assert_eq!(store.pending_api_calls_of(world.bot, 0, 1).await.unwrap(), waiting[..1]);
    assert_eq!(store.pending_api_calls_of(world.bot, waiting[0].0, 10).await.unwrap(), waiting[1..]);
    assert!(store.pending_api_calls_of(BotId::from_bytes([9; 16]), 0, 10).await.unwrap().is_empty());
    let mut turn = TurnCommit::of(contact.clone(), Some(2));
    turn.api_done = vec![(0, 1)];
    store.commit_turn(turn).await.unwrap();
    let mut turn = TurnCommit::of(contact.clone(), Some(3));
    turn.api_calls = vec![call(3)];
    store.commit_turn(turn).await.unwrap();
    store.drop_api_call(store.pending_api_calls(0, 10).await.unwrap()[1].0).await.unwrap();
    assert_eq!(store.pending_api_calls(0, 10).await.unwrap(), [(waiting[1].0, call(2))]);
}

pub(crate) async fn an_input_is_handled_by_one_turn(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    let nobody = world.contact_id();
    let input = |contact_id| NewInput { contact_id, input: json!({"kind": "stop"}) };
    let mut turn = TurnCommit::of(contact.clone(), Some(1));
    turn.inputs = vec![input(contact.id), input(nobody), input(contact.id)];
    store.commit_turn(turn).await.unwrap();
    let kept = store.pending_inputs(0, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!((kept[0].bot_id, kept[0].contact_id, &kept[0].input), (world.bot, contact.id, &json!({"kind": "stop"})));
    let mut turn = TurnCommit::of(contact.clone(), Some(2));
    turn.input_done = Some(kept[0].seq);
    store.commit_turn(turn.clone()).await.unwrap();
    turn.revision = Some(3);
    assert_eq!(store.commit_turn(turn).await.map(drop), Err(StoreError::Duplicate));
    store.drop_input(kept[1].seq).await.unwrap();
    assert!(store.pending_inputs(0, 10).await.unwrap().is_empty());
}

pub(crate) async fn a_bot_variable_changes_only_if_it_is_what_the_turn_read(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    let change = |before: Option<f64>, after: Option<f64>| BotVariableChange {
        name: "stock".to_owned(),
        before: before.map(Value::Number),
        after: after.map(Value::Number),
    };
    let steps = [
        (change(None, Some(5.0)), 1, true),
        (change(Some(4.0), Some(3.0)), 2, false),
        (change(Some(5.0), Some(4.0)), 2, true),
        (change(None, Some(1.0)), 3, false),
        (change(Some(4.0), None), 3, true),
    ];
    for (change, revision, fits) in steps {
        let mut turn = TurnCommit::of(contact.clone(), Some(revision));
        turn.bot_variables = vec![change];
        assert_eq!(is_conflict(store.commit_turn(turn).await), !fits);
    }
    assert!(store.load_bot(world.bot).await.unwrap().unwrap().variables.is_empty());
}

pub(crate) async fn runs_are_listed_by_flow_and_end(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let contact = world.contact(&*store, "ana").await;
    let waiting = run(&mut world, 0, Wait::Pause { until: NOW, if_inactive: false });
    let flow = waiting.flow_id;
    let mut turn = TurnCommit::of(contact.clone(), Some(1));
    turn.runs_put = vec![waiting];
    turn.counts = vec![Count { flow_id: flow, element: ElementId::new("pause-1"), what: "entered".to_owned() }; 2];
    store.commit_turn(turn).await.unwrap();
    assert_eq!(store.flow_waiting(flow).await.unwrap(), [(ElementId::new("pause-1"), 1)]);
    assert_eq!(store.flow_counts(flow).await.unwrap(), [(ElementId::new("pause-1"), "entered".to_owned(), 2)]);
    let mut turn = TurnCommit::of(contact.clone(), Some(2));
    turn.runs_ended = vec![(0, RunEnd::Finished)];
    store.commit_turn(turn).await.unwrap();
    assert!(store.runs(contact.id).await.unwrap().is_empty());
}

pub(crate) async fn what_a_flow_leaves_to_be_told_reaches_each_of_its_contacts_after_a_restart(
    harness: &mut dyn Harness,
) {
    let mut store = harness.store();
    let mut world = World::begin(&*store).await;
    let flow = world.new_flow("Booking");
    store.create_flow(flow.clone(), json!({})).await.unwrap();
    let mut in_flow = Vec::new();
    for number in 0..150 {
        let contact = world.contact(&*store, &format!("person {number}")).await;
        let mut turn = TurnCommit::of(contact.clone(), Some(1));
        turn.runs_put = vec![run(&mut world, 0, Wait::Pause { until: NOW, if_inactive: false })];
        if number > 0 {
            turn.runs_put[0].flow_id = flow.id;
            in_flow.push(contact.id);
        }
        store.commit_turn(turn).await.unwrap();
    }
    let tell = json!({"kind": "stop"});
    let publish = Publish {
        flow_id: flow.id,
        version_id: VersionId::new(NOW, &mut world.rng),
        document: json!({}),
        draft_revision: 1,
        webhooks: Vec::new(),
        tell: Some(tell.clone()),
        at: NOW,
    };
    assert!(is_conflict(store.publish_flow(Publish { draft_revision: 7, ..publish.clone() }).await));
    assert!(!store.tell_contacts().await.unwrap(), "what was refused leaves nothing to be told");
    store.publish_flow(publish).await.unwrap();
    let gone = json!({"kind": "gone"});
    store.delete_flow(world.bot, flow.id, gone.clone()).await.unwrap();
    drop(store);
    harness.reopen();
    store = harness.store();
    assert!(store.pending_inputs(0, 1).await.unwrap().is_empty());
    while store.tell_contacts().await.unwrap() {
        drop(store);
        harness.reopen();
        store = harness.store();
    }
    let kept = store.pending_inputs(0, 1_000).await.unwrap();
    in_flow.sort();
    let told: Vec<_> = kept.iter().map(|kept| (kept.contact_id, &kept.input)).collect();
    let all: Vec<_> = [&tell, &gone].into_iter().flat_map(|what| in_flow.iter().map(move |id| (*id, what))).collect();
    assert_eq!(told, all);
}

pub(crate) async fn a_refusal_after_writing_leaves_nothing_of_it_and_all_of_its_neighbours(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let contact = world.new_contact(&number.to_string());
        let delivery = world.delivery(hook);
        let mut turn = TurnCommit::of(contact.clone(), None);
        turn.dedup = Some((DedupKind::Update, number.to_string()));
        turn.messages = vec![world.message(&contact, "hola")];
        turn.events = vec![world.event(EventKind::IncomingMessage, vec![delivery])];
        if number % 4 == 0 {
            // Refused only after the key, the contact and the message were written.
            turn.events.push(turn.events[0].clone());
        }
        let store = store.clone();
        calls.spawn(async move { (contact, number % 4 != 0, store.commit_turn(turn).await) });
    }
    while let Some(done) = calls.join_next().await {
        let (contact, kept, result) = done.unwrap();
        assert_eq!(result.is_ok(), kept);
        assert_eq!(store.load_contact(contact.id).await.unwrap().is_some(), kept);
        assert_eq!(store.messages(contact.id, None, None, 9).await.unwrap().items.len(), usize::from(kept));
    }
    assert_eq!(store.backlog(hook).await.unwrap(), 30);
    assert_eq!(store.last_event_seq().await.unwrap(), 30, "a refused turn uses no number up");
}

pub(crate) async fn an_offer_is_loaded_by_its_own_contact_only(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let (ana, eva) = (world.contact(&*store, "ana").await, world.contact(&*store, "eva").await);
    let (mut offering, plain) = (world.message(&ana, "choose"), world.message(&ana, "bye"));
    let offer = Offer {
        message_id: offering.id,
        flow_id: world.flow_id(),
        version_id: VersionId::new(NOW, &mut world.rng),
        element: ElementId::new("menu"),
        choices: Vec::new(),
        data: json!(null),
        response: json!(null),
        start: json!("ref"),
        stack: Vec::new(),
    };
    offering.offer = Some(offer.clone());
    let mut turn = TurnCommit::of(ana.clone(), Some(1));
    turn.messages = vec![offering.clone(), plain.clone()];
    store.commit_turn(turn).await.unwrap();
    assert_eq!(store.load_offer(ana.id, offering.id).await.unwrap(), Some(offer));
    assert_eq!(store.load_offer(eva.id, offering.id).await.unwrap(), None);
    assert_eq!(store.load_offer(ana.id, plain.id).await.unwrap(), None);
}
