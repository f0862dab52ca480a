//! Webhooks that change their URL and are switched off and on while a sender is ahead of the store: each lane keeps one head, and each webhook its order.

use std::{collections::HashMap, sync::Arc};

use proptest::prelude::*;
use recado_model::{Contact, DeliveryId, Outcome, Webhook, WebhookId};
use recado_store::{
    Catalog as _, Deliveries as _, Records as _,
    catalog::{ResumeFrom, StoredWebhook},
    deliveries::{AttemptCommit, ReadyDelivery},
    sqlite::SqliteStore,
};

use crate::{
    make::{NOW, World, attempt},
    sqlite::Sqlite,
};

const WEBHOOKS: usize = 3;
const URLS: usize = 2;
const CONTACTS: usize = 2;

#[derive(Debug, Clone)]
enum Step {
    Say {
        webhook: usize,
        contact: usize,
    },
    Move {
        webhook: usize,
        url: usize,
    },
    Switch(usize),
    /// One of the heads is delivered, or tried again.
    Attempt {
        head: usize,
        ends: bool,
    },
    /// The sender takes what there is into its hands.
    Look,
    /// It tells how far it came with one of the lanes that it took.
    Tell {
        lane: usize,
        ended: usize,
        failed: bool,
        has_next: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..WEBHOOKS, 0..CONTACTS).prop_map(|(webhook, contact)| Step::Say { webhook, contact }),
        3 => (0..WEBHOOKS, 0..URLS).prop_map(|(webhook, url)| Step::Move { webhook, url }),
        2 => (0..WEBHOOKS).prop_map(Step::Switch),
        3 => (0..4_usize, any::<bool>()).prop_map(|(head, ends)| Step::Attempt { head, ends }),
        2 => Just(Step::Look),
        4 => (0..4_usize, 1..4_usize, any::<bool>(), any::<bool>())
            .prop_map(|(lane, ended, failed, has_next)| Step::Tell { lane, ended, failed, has_next }),
    ];
    prop::collection::vec(step, 1..60)
}

/// A delivery that is pending.
struct Pending {
    ready: ReadyDelivery,
    webhook: usize,
    contact: usize,
}

struct Moves {
    store: Arc<SqliteStore>,
    world: World,
    webhooks: Vec<WebhookId>,
    contacts: Vec<Contact>,
    /// In the order of commits.
    pending: Vec<Pending>,
    /// What the sender has in its hands, lane by lane.
    taken: Vec<Vec<ReadyDelivery>>,
}

impl Moves {
    async fn begin(store: Arc<SqliteStore>) -> Self {
        let mut world = World::begin(&*store).await;
        let (mut webhooks, mut contacts) = (Vec::new(), Vec::new());
        for number in 0..WEBHOOKS {
            let webhook = world.new_webhook(&format!("https://example.org/{}", number % URLS));
            webhooks.push(webhook.webhook.id);
            store.create_webhook(webhook).await.unwrap();
        }
        for name in ["ana", "eva"] {
            contacts.push(world.contact(&*store, name).await);
        }
        Self { store, world, webhooks, contacts, pending: Vec::new(), taken: Vec::new() }
    }

    async fn webhook(&self, number: usize) -> Webhook {
        self.store.webhook(self.webhooks[number]).await.unwrap().webhook
    }

    async fn heads(&self) -> Vec<ReadyDelivery> {
        let mut lanes: Vec<WebhookId> = Vec::new();
        for number in 0..WEBHOOKS {
            lanes.push(self.webhook(number).await.lanes_id);
        }
        lanes.sort_unstable();
        lanes.dedup();
        let mut heads = Vec::new();
        for lanes_id in lanes {
            heads.extend(self.store.ready_of(lanes_id, 99).await.unwrap());
        }
        heads
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Say { webhook, contact } => self.say(webhook, contact).await,
            Step::Move { webhook, url } => {
                let read = self.store.webhook(self.webhooks[webhook]).await.unwrap();
                let url = format!("https://example.org/{url}");
                let wanted = Webhook { url, lanes_id: self.world.webhook_id(), ..read.webhook.clone() };
                let wanted = StoredWebhook { webhook: wanted, ..read.clone() };
                self.store.update_webhook(read, wanted, NOW).await.unwrap();
            }
            Step::Switch(number) => {
                let id = self.webhooks[number];
                let switched = if self.webhook(number).await.state.is_on() {
                    self.store.pause_webhook(id).await
                } else {
                    self.store.resume_webhook(id, ResumeFrom::Now).await
                };
                switched.unwrap();
            }
            Step::Attempt { head, ends } => {
                let heads = self.heads().await;
                let Some(head) = heads.get(head) else { return };
                let outcome = if ends { Outcome::Delivered } else { Outcome::Retry { at: NOW + 5 } };
                self.commit(&[attempt(head, outcome)]).await;
            }
            Step::Look => self.look().await,
            Step::Tell { lane, ended, failed, has_next } => self.tell(lane, ended, failed, has_next).await,
        }
    }

    async fn say(&mut self, webhook: usize, contact: usize) {
        if !self.webhook(webhook).await.state.is_on() {
            return;
        }
        let before = self.store.backlog(self.webhooks[webhook]).await.unwrap();
        let id = self.world.say(&*self.store, &self.contacts[contact], self.webhooks[webhook]).await;
        assert_eq!(self.store.backlog(self.webhooks[webhook]).await.unwrap(), before + 1);
        let follower = self.store.take_followers().into_iter().map(|follower| follower.head);
        let born = follower.chain(self.heads().await).find(|ready| ready.delivery.id == id);
        self.pending.push(Pending { ready: born.expect("it is a head, or follows one"), webhook, contact });
    }

    /// Each head, with those that follow it in its lane: as far as the sender knows, their turns come one after the other.
    async fn look(&mut self) {
        self.taken.clear();
        for head in self.heads().await {
            let mut lane = vec![head.clone()];
            for Pending { ready, webhook, .. } in &self.pending {
                let same = ready.delivery.contact_id == head.delivery.contact_id
                    && self.webhook(*webhook).await.lanes_id == head.delivery.lanes_id;
                if same && ready.delivery.seq > head.delivery.seq {
                    let mut ready = ready.clone();
                    ready.delivery.lanes_id = head.delivery.lanes_id;
                    lane.push(ready);
                }
            }
            self.taken.push(lane);
        }
    }

    async fn tell(&mut self, lane: usize, ended: usize, failed: bool, has_next: bool) {
        if lane >= self.taken.len() {
            return;
        }
        let lane = self.taken.swap_remove(lane);
        let is_pending =
            |ready: &ReadyDelivery| self.pending.iter().any(|pending| pending.ready.delivery.id == ready.delivery.id);
        if !lane.iter().all(is_pending) {
            // It would know of these ends: there is one sender.
            return;
        }
        let (these, rest) = lane.split_at(ended.min(lane.len()));
        let after = rest.first().filter(|_| has_next);
        let next = these.iter().skip(1).chain(after).map(|ready| Some(ready.delivery.seq)).chain([None]);
        let outcome = if failed { Outcome::Failed } else { Outcome::Delivered };
        let attempts: Vec<_> =
            these.iter().zip(next).map(|(ready, next)| AttemptCommit { next, ..attempt(ready, outcome) }).collect();
        self.commit(&attempts).await;
    }

    async fn commit(&mut self, attempts: &[AttemptCommit]) {
        let told = self.store.commit_attempts(attempts, &[]).await.unwrap();
        let mut over = HashMap::new();
        for pending in &self.pending {
            let id = pending.ready.delivery.id;
            over.insert(id, self.store.delivery(id).await.unwrap().status.is_final());
        }
        for made in attempts.iter().filter(|made| made.outcome == Outcome::Delivered) {
            let of = self.pending.iter().find(|pending| pending.ready.delivery.seq == made.delivery_seq);
            assert!(of.is_some_and(|pending| over[&pending.ready.delivery.id]), "what was delivered is over");
        }
        let ends = attempts.iter().filter(|made| matches!(made.outcome, Outcome::Delivered | Outcome::Failed));
        assert!(over.values().filter(|over| **over).count() <= ends.count());
        self.pending.retain(|pending| !over[&pending.ready.delivery.id]);
        for head in told {
            assert!(!over[&head.delivery.id], "what it tells is to be sent");
        }
    }

    async fn agrees(&self) {
        let heads = self.heads().await;
        let mut lanes: HashMap<(WebhookId, usize), Vec<DeliveryId>> = HashMap::new();
        let mut first: HashMap<(usize, usize), DeliveryId> = HashMap::new();
        let mut counts = [0; WEBHOOKS];
        for Pending { ready, webhook, contact } in &self.pending {
            let id = ready.delivery.id;
            let now = self.webhook(*webhook).await;
            assert_eq!(self.store.delivery(id).await.unwrap().lanes_id, now.lanes_id);
            counts[*webhook] += 1;
            if now.state.is_on() {
                lanes.entry((now.lanes_id, *contact)).or_default().push(id);
                first.entry((*webhook, *contact)).or_insert(id);
            }
        }
        for (number, count) in counts.into_iter().enumerate() {
            assert_eq!(self.store.backlog(self.webhooks[number]).await.unwrap(), count);
        }
        assert_eq!(heads.len(), lanes.len(), "each lane in which something may go has one head");
        for head in &heads {
            let at = |pending: &&Pending| pending.ready.delivery.id == head.delivery.id;
            let Pending { webhook, contact, .. } = self.pending.iter().find(at).expect("it is pending");
            assert!(lanes.remove(&(head.delivery.lanes_id, *contact)).is_some(), "no other head is in its lane");
            assert_eq!(first[&(*webhook, *contact)], head.delivery.id, "none of its webhook goes before its turn");
        }
    }
}

async fn check(steps: Vec<Step>) {
    let sqlite = Sqlite::open();
    let mut moves = Moves::begin(sqlite.sqlite()).await;
    for step in steps {
        moves.take(step).await;
        moves.agrees().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn each_lane_has_one_head_and_each_webhook_its_order(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check(steps));
    }
}
