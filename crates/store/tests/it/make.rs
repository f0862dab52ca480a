//! Things to store.

use recado_model::{
    Account, AccountId, Attempt, Bot, BotId, BotSettings, Contact, ContactId, ContactStatus, ContentFormat, DeliveryId,
    Direction, Entropy, EventId, EventKind, FlowId, Message, MessageId, MessageStatus, Outcome, Part, Plan, RichText,
    Service, Timing, UnixMs, Webhook, WebhookId, WebhookKind, entropy::Seeded,
};
use recado_store::{
    Store, StoreError,
    catalog::{FlowRecord, StoredBot, StoredWebhook},
    deliveries::{AttemptCommit, ReadyDelivery},
    turns::{NewDelivery, NewEvent, TurnCommit},
};

/// The moment at which tests begin.
pub(crate) const NOW: UnixMs = UnixMs(1_700_000_000_000);

/// A world with an account and a bot.
pub(crate) struct World {
    pub(crate) rng: Seeded,
    pub(crate) account: AccountId,
    pub(crate) bot: BotId,
}

macro_rules! new_ids {
    ($($name:ident: $id:ident),*) => {$(
        pub(crate) fn $name(&mut self) -> $id {
            $id::new(NOW, &mut self.rng)
        }
    )*};
}

impl World {
    pub(crate) async fn begin(store: &dyn Store) -> Self {
        Self::with_seed(store, 7).await
    }

    /// Another world in a store that may have some already.
    pub(crate) async fn begin_again(store: &dyn Store) -> Self {
        let there = store.accounts().await.unwrap().len() as u64;
        Self::with_seed(store, 1_000 * (there + 1)).await
    }

    /// The same world with other ids to come.
    pub(crate) fn another(&self, number: u64) -> Self {
        // From the world's own bot, so that another world's differ.
        let own =
            self.bot.bytes().iter().fold(number + 1, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        let rng = Seeded::new(own);
        Self { rng, account: self.account, bot: self.bot }
    }

    async fn with_seed(store: &dyn Store, seed: u64) -> Self {
        let mut rng = Seeded::new(seed);
        let account = AccountId::new(NOW, &mut rng);
        let bot = BotId::new(NOW, &mut rng);
        let mut world = Self { rng, account, bot };
        store
            .create_account(Account {
                id: account,
                name: "Panadería".to_owned(),
                plan: Plan::Paid,
                time_zone: "Europe/Madrid".to_owned(),
                created_at: NOW,
            })
            .await
            .unwrap();
        store.create_bot(world.new_bot(bot)).await.unwrap();
        let _ = world.rng.next_u64();
        world
    }

    new_ids! { contact_id: ContactId, event_id: EventId, delivery_id: DeliveryId, message_id: MessageId, flow_id: FlowId, webhook_id: WebhookId }

    pub(crate) fn new_bot(&self, id: BotId) -> StoredBot {
        StoredBot {
            bot: Bot {
                id,
                account_id: self.account,
                service: Service::Livechat,
                name: "Bot".to_owned(),
                external_id: id.to_string(),
                url: "https://example.org/chat".to_owned(),
                photo: None,
                active: true,
                settings: BotSettings::default(),
                created_at: NOW,
            },
            sealed: vec![1, 2, 3],
            lost: None,
        }
    }

    pub(crate) fn new_contact(&mut self, identity: &str) -> Contact {
        let mut contact = Contact::first_seen(self.contact_id(), self.bot, identity.to_owned(), NOW);
        contact.status = Some(ContactStatus::Active);
        contact
    }

    /// A stored contact.
    pub(crate) async fn contact(&mut self, store: &dyn Store, identity: &str) -> Contact {
        let contact = self.new_contact(identity);
        store.commit_turn(TurnCommit::of(contact.clone(), None)).await.unwrap();
        contact
    }

    pub(crate) fn message(&mut self, contact: &Contact, text: &str) -> Message {
        Message {
            id: self.message_id(),
            bot_id: self.bot,
            contact_id: contact.id,
            direction: Direction::Out,
            status: MessageStatus::Queued,
            part: Part::Text {
                text: RichText::plain(text),
                buttons: Vec::new(),
                quick_replies: Vec::new(),
                share: None,
                expects: None,
            },
            external_id: None,
            at: NOW,
            not_before: NOW,
            offer: None,
            sent_by: None,
            error: None,
        }
    }

    pub(crate) fn event(&mut self, kind: EventKind, deliveries: Vec<NewDelivery>) -> NewEvent {
        let id = self.event_id();
        NewEvent {
            id,
            kind,
            title: kind.as_str().to_owned(),
            at: NOW,
            data: format!("{{\"id\":\"{id}\"}}").into_bytes().into(),
            encodings: Vec::new(),
            deliveries,
        }
    }

    pub(crate) fn delivery(&mut self, webhook: WebhookId) -> NewDelivery {
        NewDelivery {
            id: self.delivery_id(),
            webhook_id: webhook,
            lanes_id: webhook,
            ordered: true,
            url: None,
            encoding: 0,
            skipped: false,
        }
    }

    pub(crate) fn new_webhook(&mut self, url: &str) -> StoredWebhook {
        let mut webhook = Webhook::new(self.webhook_id(), self.bot, WebhookKind::Global, url.to_owned(), NOW);
        webhook.events = vec![EventKind::IncomingMessage];
        webhook.format = ContentFormat::Json;
        StoredWebhook { webhook, sealed: vec![9] }
    }

    /// A stored webhook that is on, of a URL of its own.
    pub(crate) async fn webhook(&mut self, store: &dyn Store) -> WebhookId {
        let url = format!("https://example.org/{}", self.rng.next_u64());
        let webhook = self.new_webhook(&url);
        let id = webhook.webhook.id;
        store.create_webhook(webhook).await.unwrap();
        id
    }

    pub(crate) fn new_flow(&mut self, name: &str) -> FlowRecord {
        FlowRecord {
            id: self.flow_id(),
            bot_id: self.bot,
            name: name.to_owned(),
            active: true,
            published: None,
            draft_revision: 1,
            has_changes: true,
            created_at: NOW,
            updated_at: NOW,
            folder: None,
        }
    }

    /// Commits one event of a contact with one delivery to the webhook.
    pub(crate) async fn say(&mut self, store: &dyn Store, contact: &Contact, webhook: WebhookId) -> DeliveryId {
        let delivery = self.delivery(webhook);
        let id = delivery.id;
        let revision = store.load_contact(contact.id).await.unwrap().unwrap().revision;
        let mut turn = TurnCommit::of(contact.clone(), Some(revision));
        turn.events = vec![self.event(EventKind::IncomingMessage, vec![delivery])];
        store.commit_turn(turn).await.unwrap();
        id
    }
}

/// An attempt at the delivery with what it means.
pub(crate) fn attempt(ready: &ReadyDelivery, outcome: Outcome) -> AttemptCommit {
    AttemptCommit {
        delivery_seq: ready.delivery.seq,
        lanes_id: ready.delivery.lanes_id,
        attempt: Attempt {
            number: ready.requests + 1,
            started_at: NOW + 10,
            url: "https://example.org/hook".to_owned(),
            format: ContentFormat::Json,
            request_headers: vec![("webhook-id".to_owned(), ready.delivery.event_id.to_string())],
            status: Some(200),
            response_headers: Vec::new(),
            response_body: "ok".to_owned(),
            response_cut: false,
            timing: Timing::default(),
            remote_ip: None,
            failure: None,
            error: None,
        },
        outcome,
        next: None,
    }
}

/// The error's kind says `NotFound`.
pub(crate) fn is_not_found<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::NotFound { .. }))
}

/// The error's kind says `Conflict`.
pub(crate) fn is_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict { .. }))
}

/// The error's kind says `Exists`.
pub(crate) fn is_taken<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Exists { .. }))
}
