//! What is kept in memory of the last commits is what the database says: a store that wrote everything is held against one that reads all
//! of it from the file.

use proptest::prelude::*;
use recado_model::{Contact, EventKind, Outcome, Wait, WebhookId, run::RunEnd};
use recado_store::{
    Catalog, Deliveries, Outbox, Records, Turns,
    outbox::{SendCommit, SendResult},
    sqlite::{Options, SqliteStore},
    turns::TurnCommit,
};

use crate::{
    conformance::turns::run,
    make::{NOW, World, attempt},
    sqlite::Sqlite,
};

#[derive(Debug, Clone)]
enum Step {
    /// A turn with so many queued messages and deliveries; it may cancel what was queued. Of the runs 0 to 2 it puts and ends those whose bit is set.
    Turn { contact: usize, messages: usize, events: usize, cancels: bool, puts: u8, ends: u8 },
    /// The queued messages after the last that was seen are read.
    ReadQueued(usize),
    /// The ready deliveries after the last that was seen are read.
    ReadReady(usize),
    /// The first queued message is sent, or is to be tried again.
    Send { again: bool },
    /// The first ready delivery is attempted.
    Attempt { again: bool },
    /// A contact is erased.
    Erase(usize),
    /// Something else changes.
    Setting,
    /// The webhook is deleted, and another takes its place.
    Replace,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let contact = 0..3_usize;
    let step = prop_oneof![
        6 => (contact.clone(), 0..3_usize, 0..3_usize, prop::bool::weighted(0.2), 0..8_u8, 0..8_u8)
            .prop_map(|(contact, messages, events, cancels, puts, ends)| Step::Turn { contact, messages, events, cancels, puts, ends }),
        2 => (1..4_usize).prop_map(Step::ReadQueued),
        2 => (1..4_usize).prop_map(Step::ReadReady),
        2 => any::<bool>().prop_map(|again| Step::Send { again }),
        2 => any::<bool>().prop_map(|again| Step::Attempt { again }),
        1 => contact.prop_map(Step::Erase),
        1 => Just(Step::Setting),
        1 => Just(Step::Replace),
    ];
    prop::collection::vec(step, 1..30)
}

/// The store that wrote, and its file.
struct Pair {
    wrote: std::sync::Arc<SqliteStore>,
    sqlite: Sqlite,
    world: World,
    hook: WebhookId,
    contacts: Vec<Contact>,
    queued_tail: i64,
    ready_tail: i64,
}

impl Pair {
    /// A store that has to read everything.
    fn reads(&self) -> std::sync::Arc<SqliteStore> {
        SqliteStore::open(self.sqlite.path(), Options::default()).unwrap()
    }

    async fn turn(
        &mut self,
        contact: usize,
        (messages, events): (usize, usize),
        cancels: bool,
        (puts, ends): (u8, u8),
    ) {
        let known = self.reads().load_contact(self.contacts[contact].id).await.unwrap();
        let revision = known.map(|known| known.revision);
        self.contacts[contact].tags.push(format!("t{}", revision.unwrap_or_default()));
        let mut turn = TurnCommit::of(self.contacts[contact].clone(), revision);
        turn.cancel_queued = cancels;
        for number in 0..3 {
            if puts >> number & 1 == 1 {
                turn.runs_put.push(run(&mut self.world, number, Wait::Api { call: self.ready_tail as u32 }));
            }
            if ends >> number & 1 == 1 {
                turn.runs_ended.push((number, RunEnd::Finished));
            }
        }
        turn.messages = (0..messages).map(|_| self.world.message(&self.contacts[contact], "hola")).collect();
        for _ in 0..events {
            let delivery = self.world.delivery(self.hook);
            turn.events.push(self.world.event(EventKind::IncomingMessage, vec![delivery]));
        }
        self.wrote.commit_turn(turn).await.unwrap();
    }

    async fn send(&self, again: bool) {
        let Some(head) = self.reads().queued_messages(0, 1).await.unwrap().pop() else { return };
        let result =
            if again { SendResult::Later { at: NOW + 60 } } else { SendResult::Sent { external_id: None, at: NOW } };
        let message = head.message;
        let (bot_id, contact_id) = (message.bot_id, message.contact_id);
        let send = SendCommit { seq: head.seq, message_id: message.id, bot_id, contact_id, result, events: Vec::new() };
        self.wrote.commit_sends(vec![send]).await.unwrap();
    }

    async fn attempt(&self, again: bool) {
        let Some(head) = self.reads().ready_of(self.hook, 1).await.unwrap().pop() else { return };
        let outcome = if again { Outcome::Retry { at: NOW + 1 } } else { Outcome::Delivered };
        self.wrote.commit_attempts(&[attempt(&head, outcome)], &[]).await.unwrap();
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Turn { contact, messages, events, cancels, puts, ends } => {
                self.turn(contact, (messages, events), cancels, (puts, ends)).await;
            }
            Step::ReadQueued(limit) => {
                let expected = self.reads().queued_messages(self.queued_tail, limit).await.unwrap();
                let page = self.wrote.queued_messages(self.queued_tail, limit).await.unwrap();
                assert_eq!(page, expected);
                self.queued_tail = page.last().map_or(self.queued_tail, |last| last.seq);
            }
            Step::ReadReady(limit) => {
                let expected = self.reads().ready_since(self.ready_tail, limit).await.unwrap();
                let page = self.wrote.ready_since(self.ready_tail, limit).await.unwrap();
                assert_eq!(page, expected);
                for ready in &page.0 {
                    let wanted = vec![(ready.event_seq, ready.encoding)];
                    let body = self.wrote.load_event_data(wanted.clone()).await.unwrap();
                    assert_eq!(body, self.reads().load_event_data(wanted).await.unwrap());
                }
                self.ready_tail = page.1;
            }
            Step::Send { again } => self.send(again).await,
            Step::Attempt { again } => self.attempt(again).await,
            Step::Erase(contact) => {
                let id = self.contacts[contact].id;
                if self.reads().load_contact(id).await.unwrap().is_some() {
                    self.wrote.erase_contact(self.world.bot, id, NOW).await.unwrap();
                }
            }
            Step::Setting => self.wrote.set_setting("a", b"b".to_vec()).await.unwrap(),
            Step::Replace => {
                self.wrote.delete_webhook(self.hook, NOW).await.unwrap();
                self.hook = self.world.webhook(&*self.wrote).await;
            }
        }
        for contact in &self.contacts {
            let expected = self.reads().load_contact(contact.id).await.unwrap();
            assert_eq!(self.wrote.load_contact(contact.id).await.unwrap(), expected);
            let id = self.wrote.contact_id_of(self.world.bot, &contact.identity).await.unwrap();
            assert_eq!(id, expected.map(|_| contact.id));
        }
    }
}

async fn check(steps: Vec<Step>) {
    let sqlite = Sqlite::open();
    let wrote = sqlite.sqlite();
    let mut world = World::begin(&*wrote).await;
    let hook = world.webhook(&*wrote).await;
    let contacts = ["ana", "eva", "leo"].map(|name| world.new_contact(name)).to_vec();
    let mut pair = Pair { wrote, sqlite, world, hook, contacts, queued_tail: 0, ready_tail: 0 };
    for step in steps {
        pair.step(step).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_of_the_last_commits_is_what_the_database_says(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check(steps));
    }
}
