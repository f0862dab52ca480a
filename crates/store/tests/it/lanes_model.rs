//! Lanes against a simple model: whatever happens, each lane goes in order, and as long as something waits there is one head.

use std::collections::{HashMap, VecDeque};

use proptest::prelude::*;
use recado_model::{DeliveryId, Outcome};
use recado_store::{
    Deliveries, Records,
    deliveries::{AttemptCommit, ReadyDelivery},
    records::DeliveryFilter,
};

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
    /// The sender went on by itself: so many of a lane ended before it was recorded, and it has the one after them at hand or not.
    Chain {
        contact: usize,
        ended: usize,
        has_next: bool,
    },
    /// It went on with one that was cancelled meanwhile, and may have ended that already.
    CancelledBehind {
        contact: usize,
        ended: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let contact = 0..3_usize;
    let step = prop_oneof![
        4 => contact.clone().prop_map(Step::Say),
        2 => contact.clone().prop_map(Step::Deliver),
        1 => contact.clone().prop_map(Step::Fail),
        1 => contact.clone().prop_map(Step::Retry),
        1 => (contact.clone(), 0..4_usize).prop_map(|(contact, at)| Step::CancelAt(contact, at)),
        2 => (contact.clone(), 1..4_usize, any::<bool>())
            .prop_map(|(contact, ended, has_next)| Step::Chain { contact, ended, has_next }),
        1 => (contact, any::<bool>()).prop_map(|(contact, ended)| Step::CancelledBehind { contact, ended }),
    ];
    prop::collection::vec(step, 1..40)
}

/// Attempts at these, in order, each with the next one as what the sender goes on with; the last with `after`.
fn delivered(these: &[&ReadyDelivery], after: Option<i64>) -> Vec<AttemptCommit> {
    let next = these.iter().skip(1).map(|ready| Some(ready.delivery.seq)).chain([after]);
    let made = these.iter().zip(next);
    made.map(|(ready, next)| AttemptCommit { next, ..attempt(ready, Outcome::Delivered) }).collect()
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
    let mut followers: HashMap<DeliveryId, ReadyDelivery> = HashMap::new();
    for step in steps {
        let heads = store.ready_of(hook, 100).await.unwrap();
        let head_of = |contact: usize| heads.iter().find(|ready| ready.delivery.contact_id == contacts[contact].id);
        match step {
            Step::Say(contact) => {
                let id = world.say(&*store, &contacts[contact], hook).await;
                let born = store.take_followers();
                assert_eq!(born.len(), usize::from(!model[contact].is_empty()), "{born:?}");
                for follower in born {
                    assert_eq!(follower.head.delivery.id, id);
                    let before = model[contact].back().expect("one before");
                    let known = followers.get(before).or_else(|| head_of(contact)).expect("known");
                    assert_eq!((known.delivery.id, known.delivery.seq), (*before, follower.after));
                    followers.insert(id, follower.head);
                }
                assert_eq!(store.take_followers(), [], "each is given once");
                model[contact].push_back(id);
            }
            Step::Chain { contact, ended, has_next } => {
                let Some(head) = head_of(contact) else { continue };
                let behind = model[contact].iter().skip(1).map(|id| &followers[id]);
                let lane: Vec<&ReadyDelivery> = std::iter::once(head).chain(behind).collect();
                let (these, rest) = lane.split_at(ended.min(lane.len()));
                let after = rest.first().map(|ready| ready.delivery.seq).filter(|_| has_next);
                let next = store.commit_attempts(&delivered(these, after), &[]).await.unwrap();
                model[contact].drain(..these.len());
                let expected = if after.is_some() { None } else { model[contact].front().copied() };
                assert_eq!(next.first().map(|ready| ready.delivery.id), expected);
            }
            Step::CancelledBehind { contact, ended } => {
                let Some(head) = head_of(contact) else { continue };
                let Some(id) = model[contact].remove(1) else { continue };
                let cancelled = &followers[&id];
                assert_eq!(store.cancel_delivery(id, NOW).await.unwrap(), None);
                let these = if ended { vec![head, cancelled] } else { vec![head] };
                let after = (!ended).then_some(cancelled.delivery.seq);
                let next = store.commit_attempts(&delivered(&these, after), &[]).await.unwrap();
                model[contact].pop_front();
                assert_eq!(next.first().map(|ready| ready.delivery.id), model[contact].front().copied());
            }
            Step::Deliver(contact) | Step::Fail(contact) | Step::Retry(contact) => {
                let Some(head) = head_of(contact) else { continue };
                let (outcome, ends) = match step {
                    Step::Deliver(_) => (Outcome::Delivered, true),
                    Step::Fail(_) => (Outcome::Failed, true),
                    _ => (Outcome::Retry { at: NOW + 1 }, false),
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
