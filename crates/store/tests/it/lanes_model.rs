//! Lanes against a simple model: whatever happens, each lane goes in order, and as long as something waits there is one head.

use std::collections::VecDeque;

use proptest::prelude::*;
use recado_model::{DeliveryId, Outcome};
use recado_store::{Deliveries, Records, records::DeliveryFilter};

use crate::{
    make::{NOW, World, attempt},
    sqlite::Sqlite,
};

#[derive(Debug, Clone)]
enum Step {
    Say(usize),
    Deliver(usize),
    Fail(usize),
    Retry(usize),
    CancelAt(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let contact = 0..3_usize;
    let step = prop_oneof![
        4 => contact.clone().prop_map(Step::Say),
        2 => contact.clone().prop_map(Step::Deliver),
        1 => contact.clone().prop_map(Step::Fail),
        1 => contact.clone().prop_map(Step::Retry),
        1 => (contact, 0..4_usize).prop_map(|(contact, at)| Step::CancelAt(contact, at)),
    ];
    prop::collection::vec(step, 1..40)
}

async fn check(steps: Vec<Step>) {
    let sqlite = Sqlite::open();
    let store = sqlite.sqlite();
    let mut world = World::begin(&*store).await;
    let hook = world.webhook(&*store).await;
    let mut contacts = Vec::new();
    for name in ["ana", "eva", "leo"] {
        contacts.push(world.contact(&*store, name).await);
    }
    let mut model: Vec<VecDeque<DeliveryId>> = vec![VecDeque::new(); 3];
    for step in steps {
        let heads = store.ready_of(hook, 100).await.unwrap();
        let head_of = |contact: usize| heads.iter().find(|ready| ready.delivery.contact_id == contacts[contact].id);
        match step {
            Step::Say(contact) => model[contact].push_back(world.say(&*store, &contacts[contact], hook).await),
            Step::Deliver(contact) | Step::Fail(contact) | Step::Retry(contact) => {
                let Some(head) = head_of(contact) else { continue };
                let (outcome, ends) = match step {
                    Step::Deliver(_) => (Outcome::Delivered, true),
                    Step::Fail(_) => (Outcome::Failed, true),
                    Step::Retry(_) | Step::Say(_) | Step::CancelAt(..) => (Outcome::Retry { at: NOW + 1 }, false),
                };
                let next = store.commit_attempts(&[attempt(head, outcome)], &[]).await.unwrap();
                if ends {
                    model[contact].pop_front();
                    assert_eq!(next.first().map(|ready| ready.delivery.id), model[contact].front().copied());
                }
            }
            Step::CancelAt(contact, at) => {
                let Some(id) = model[contact].remove(at) else { continue };
                let next = store.cancel_delivery(id, NOW).await.unwrap().map(|ready| ready.delivery.id);
                assert_eq!(next, if at == 0 { model[contact].front().copied() } else { None });
            }
        }
        let mut heads: Vec<DeliveryId> =
            store.ready_of(hook, 100).await.unwrap().iter().map(|ready| ready.delivery.id).collect();
        let mut expected: Vec<DeliveryId> = model.iter().filter_map(|lane| lane.front().copied()).collect();
        heads.sort();
        expected.sort();
        assert_eq!(heads, expected);
        let pending: usize = model.iter().map(VecDeque::len).sum();
        assert_eq!(store.backlog(hook).await.unwrap(), pending as u64);
    }
    let filter = DeliveryFilter { status: Some("pending".to_owned()), ..DeliveryFilter::default() };
    let listed = store.deliveries(world.bot, filter, None, 1_000).await.unwrap().items.len();
    assert_eq!(listed, model.iter().map(VecDeque::len).sum::<usize>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn each_lane_goes_in_order_with_one_head(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check(steps));
    }
}
