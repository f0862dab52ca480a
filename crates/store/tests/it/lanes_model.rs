//! Lanes against a simple model: whatever happens, each lane goes in order, and as long as something waits there is one head.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use proptest::prelude::*;
use recado_model::{Contact, DeliveryId, Outcome, WebhookId};
use recado_store::{
    Deliveries, Records,
    deliveries::{AttemptCommit, ReadyDelivery},
    records::DeliveryFilter,
    sqlite::SqliteStore,
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

/// The store and what its lanes should hold.
struct Lanes {
    store: Arc<SqliteStore>,
    world: World,
    hook: WebhookId,
    contacts: Vec<Contact>,
    model: Vec<VecDeque<DeliveryId>>,
    /// All that were born behind another.
    followers: HashMap<DeliveryId, ReadyDelivery>,
}

impl Lanes {
    async fn begin(store: Arc<SqliteStore>) -> Self {
        let mut world = World::begin(&*store).await;
        let hook = world.webhook(&*store).await;
        let mut contacts = Vec::new();
        for name in ["ana", "eva", "leo"] {
            contacts.push(world.contact(&*store, name).await);
        }
        Self { store, world, hook, contacts, model: vec![VecDeque::new(); 3], followers: HashMap::new() }
    }

    async fn head(&self, contact: usize) -> Option<ReadyDelivery> {
        let heads = self.store.ready_of(self.hook, 100).await.unwrap();
        heads.into_iter().find(|ready| ready.delivery.contact_id == self.contacts[contact].id)
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Say(contact) => self.say(contact).await,
            Step::Deliver(contact) => self.attempt(contact, Outcome::Delivered, true).await,
            Step::Fail(contact) => self.attempt(contact, Outcome::Failed, true).await,
            Step::Retry(contact) => self.attempt(contact, Outcome::Retry { at: NOW + 1 }, false).await,
            Step::CancelAt(contact, at) => {
                let Some(id) = self.model[contact].remove(at) else { return };
                let next = self.store.cancel_delivery(id, NOW).await.unwrap().map(|ready| ready.delivery.id);
                assert_eq!(next, if at == 0 { self.model[contact].front().copied() } else { None });
            }
            Step::Chain { contact, ended, has_next } => self.chain(contact, ended, has_next).await,
            Step::CancelledBehind { contact, ended } => self.cancelled_behind(contact, ended).await,
        }
    }

    async fn say(&mut self, contact: usize) {
        let head = self.head(contact).await;
        let id = self.world.say(&*self.store, &self.contacts[contact], self.hook).await;
        let born = self.store.take_followers();
        assert_eq!(born.len(), usize::from(!self.model[contact].is_empty()), "{born:?}");
        for follower in born {
            assert_eq!(follower.head.delivery.id, id);
            let before = self.model[contact].back().expect("one before");
            let known = self.followers.get(before).or(head.as_ref()).expect("known");
            assert_eq!((known.delivery.id, known.delivery.seq), (*before, follower.after));
            self.followers.insert(id, follower.head);
        }
        assert_eq!(self.store.take_followers(), [], "each is given once");
        self.model[contact].push_back(id);
    }

    async fn commit(&self, attempts: &[AttemptCommit]) -> Option<DeliveryId> {
        let next = self.store.commit_attempts(attempts, &[]).await.unwrap();
        assert!(next.len() <= 1, "{next:?}");
        next.first().map(|ready| ready.delivery.id)
    }

    async fn attempt(&mut self, contact: usize, outcome: Outcome, ends: bool) {
        let Some(head) = self.head(contact).await else { return };
        let next = self.commit(&[attempt(&head, outcome)]).await;
        if ends {
            self.model[contact].pop_front();
            assert_eq!(next, self.model[contact].front().copied());
        }
    }

    async fn chain(&mut self, contact: usize, ended: usize, has_next: bool) {
        let Some(head) = self.head(contact).await else { return };
        let behind = self.model[contact].iter().skip(1).map(|id| &self.followers[id]);
        let lane: Vec<&ReadyDelivery> = std::iter::once(&head).chain(behind).collect();
        let (these, rest) = lane.split_at(ended.min(lane.len()));
        let after = rest.first().map(|ready| ready.delivery.seq).filter(|_| has_next);
        let next = self.commit(&delivered(these, after)).await;
        let ended = these.len();
        self.model[contact].drain(..ended);
        assert_eq!(next, if after.is_some() { None } else { self.model[contact].front().copied() });
    }

    async fn cancelled_behind(&mut self, contact: usize, ended: bool) {
        let Some(head) = self.head(contact).await else { return };
        let Some(id) = self.model[contact].remove(1) else { return };
        assert_eq!(self.store.cancel_delivery(id, NOW).await.unwrap(), None);
        let cancelled = &self.followers[&id];
        let these = if ended { vec![&head, cancelled] } else { vec![&head] };
        let after = (!ended).then_some(cancelled.delivery.seq);
        let next = self.commit(&delivered(&these, after)).await;
        self.model[contact].pop_front();
        assert_eq!(next, self.model[contact].front().copied());
    }

    async fn agrees(&self) {
        let heads = self.store.ready_of(self.hook, 100).await.unwrap();
        let heads: BTreeSet<DeliveryId> = heads.iter().map(|ready| ready.delivery.id).collect();
        let expected: BTreeSet<DeliveryId> = self.model.iter().filter_map(|lane| lane.front().copied()).collect();
        assert_eq!(heads, expected);
        let pending: usize = self.model.iter().map(VecDeque::len).sum();
        assert_eq!(self.store.backlog(self.hook).await.unwrap(), pending as u64);
    }
}

async fn check(steps: Vec<Step>) {
    let sqlite = Sqlite::open();
    let mut lanes = Lanes::begin(sqlite.sqlite()).await;
    for step in steps {
        lanes.take(step).await;
        lanes.agrees().await;
    }
    let filter = DeliveryFilter { status: Some("pending".to_owned()), ..DeliveryFilter::default() };
    let listed = lanes.store.deliveries(lanes.world.bot, filter, None, 1_000).await.unwrap().items.len();
    assert_eq!(listed, lanes.model.iter().map(VecDeque::len).sum::<usize>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn each_lane_goes_in_order_with_one_head(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check(steps));
    }
}
