//! Who waits in a flow.

use recado_model::{Contact, ContactId, ElementId, FlowId, Run, RunEnd, Wait};
use recado_store::{
    Store,
    catalog::Publish,
    records::{Page, RUNS_SCANNED_MAX, WaitingRecord},
    turns::TurnCommit,
};
use serde_json::json;

use super::{Harness, turns::run};
use crate::make::{NOW, World, is_not_found};

const RUNS_OF_A_CONTACT: usize = 50;

fn at(element: &str) -> ElementId {
    ElementId::new(element)
}

/// A run of a flow that waits in an element.
fn waiting(world: &mut World, flow_id: FlowId, number: u32, element: &str) -> Run {
    let wait = Wait::Pause { until: NOW + 60_000, if_inactive: true };
    Run { flow_id, element: at(element), ..run(world, number, wait) }
}

/// A contact that has these runs.
async fn contact_with(
    world: &mut World,
    store: &dyn Store,
    (seen_at_ms, name): (i64, &str),
    runs: Vec<Run>,
) -> Contact {
    let mut contact = world.new_contact(name);
    contact.id = ContactId::new(NOW + seen_at_ms, &mut world.rng);
    name.clone_into(&mut contact.profile.name);
    let mut turn = TurnCommit::of(contact.clone(), None);
    turn.runs_put = runs;
    store.commit_turn(turn).await.unwrap();
    contact
}

/// All pages of a list, and how many there were.
async fn all(store: &dyn Store, flow: FlowId, element: Option<&str>, limit: usize) -> (Vec<WaitingRecord>, usize) {
    let (mut items, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.waiting(flow, element.map(at), cursor, limit).await.unwrap();
        assert!(page.items.len() <= limit);
        items.extend(page.items);
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            return (items, pages);
        }
    }
}

pub(crate) async fn who_waits_is_listed_by_element_and_page_until_the_run_ends(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let flow = world.new_flow("Booking");
    store.create_flow(flow.clone(), json!({})).await.unwrap();
    let mut first = waiting(&mut world, flow.id, 0, "ask");
    let publish = Publish {
        flow_id: flow.id,
        version_id: first.version_id,
        document: json!({}),
        draft_revision: 1,
        webhooks: Vec::new(),
        tell: None,
        at: NOW,
    };
    store.publish_flow(publish).await.unwrap();
    first.wait = Wait::Input { part: 1, tries_left: 2, until: NOW + 5 };
    let second = waiting(&mut world, flow.id, 7, "ask");
    let elsewhere = waiting(&mut world, flow.id, 8, "later");
    let (other, api) = (world.flow_id(), Wait::Api { call: 3 });
    let others = waiting(&mut world, other, 9, "ask");
    let ana = contact_with(&mut world, &*store, (0, "Ana"), vec![first.clone(), second, elsewhere, others]).await;
    let third = Run { wait: api.clone(), ..waiting(&mut world, flow.id, 0, "ask") };
    let eva = contact_with(&mut world, &*store, (1, "Eva"), vec![third]).await;

    let (asked, _) = all(&*store, flow.id, Some("ask"), 10).await;
    let told: Vec<_> = asked.iter().map(|one| (one.contact_id, &*one.name, one.number, one.version)).collect();
    assert_eq!(told, [(ana.id, "Ana", 0, Some(1)), (ana.id, "Ana", 7, None), (eva.id, "Eva", 0, None)]);
    assert_eq!((&asked[0].wait, &asked[2].wait), (&first.wait, &api));
    assert!(asked.iter().all(|one| one.element == at("ask") && one.started_at == NOW));
    for limit in 1..=3 {
        let (by_page, pages) = all(&*store, flow.id, Some("ask"), limit).await;
        assert_eq!((by_page, pages), (asked.clone(), 3_usize.div_ceil(limit)));
    }
    assert_eq!(all(&*store, flow.id, None, 2).await.0.len(), 4);
    assert_eq!(all(&*store, flow.id, Some("nowhere"), 2).await, (Vec::new(), 1));
    for cursor in ["", "1", "x.1", "00000000-0000-0000-0000-000000000000.x"] {
        assert!(is_not_found(store.waiting(flow.id, None, Some(cursor.to_owned()), 1).await), "{cursor}");
    }

    let mut turn = TurnCommit::of(eva, Some(1));
    turn.runs_ended = vec![(0, RunEnd::Finished)];
    store.commit_turn(turn).await.unwrap();
    assert_eq!(all(&*store, flow.id, Some("ask"), 10).await.0.len(), 2);
}

pub(crate) async fn a_page_looks_at_so_many_runs_and_goes_on_behind_them(harness: &mut dyn Harness) {
    let store = harness.store();
    let mut world = World::begin(&*store).await;
    let flow = world.flow_id();
    for nth in 0..RUNS_SCANNED_MAX / RUNS_OF_A_CONTACT {
        let numbers = 0..RUNS_OF_A_CONTACT as u32;
        let runs = numbers.map(|number| waiting(&mut world, flow, number, "pause")).collect();
        contact_with(&mut world, &*store, (0, &nth.to_string()), runs).await;
    }
    let whole: Page<_> = store.waiting(flow, Some(at("pause")), None, RUNS_SCANNED_MAX).await.unwrap();
    assert_eq!(whole.items.len(), RUNS_SCANNED_MAX);
    let rare = waiting(&mut world, flow, 0, "rare");
    let eva = contact_with(&mut world, &*store, (i64::from(u32::MAX), "Eva"), vec![rare]).await;
    let first = store.waiting(flow, Some(at("rare")), None, 10).await.unwrap();
    assert!(first.items.is_empty() && first.next.is_some(), "one run too many for one page");
    let second = store.waiting(flow, Some(at("rare")), first.next, 10).await.unwrap();
    assert_eq!((second.items[0].contact_id, second.next), (eva.id, None));
}
