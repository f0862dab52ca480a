//! The webhook loops' part: deliveries, their lanes and attempts.
//!
//! The deliveries of one lane — (lanes, contact) of an ordered webhook, or each delivery of an unordered one — form a queue. Its head is
//! `Ready`, the rest `Waiting`; a unique index allows one head. When the head comes to its end, the same commit makes the next one `Ready`.

use async_trait::async_trait;
use recado_model::{Attempt, ContactId, Delivery, DeliveryId, EventId, Outcome, UnixMs, WebhookId};

use crate::{Result, turns::NewEvent};

/// A head of a lane, with what an attempt needs but its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The event's place in the order of commits.
    pub event_seq: i64,
    /// Which encoding its body has.
    pub encoding: u8,
    /// Requests made so far, counted or not; the next attempt's number is one more.
    pub requests: u32,
}

/// One attempt and what it means, committed together.
#[derive(Debug, Clone)]
pub struct AttemptCommit {
    /// The delivery's place in the order of commits.
    pub delivery_seq: i64,
    /// What was sent and what came back.
    pub attempt: Attempt,
    /// What it means.
    pub outcome: Outcome,
}

/// How a webhook is doing, kept when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthChange {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Since when every attempt failed; `None` after a success.
    pub failing_since: Option<UnixMs>,
}

/// The webhook loops' part of the store.
#[async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// Deliveries that were born ready after this sequence, in order, at most `limit`, and the sequence up to which this looked.
    async fn ready_since(&self, after_seq: i64, limit: usize) -> Result<(Vec<ReadyDelivery>, i64)>;

    /// The heads of these lanes, by when they are due, at most `limit`, whatever their sequence. Of a webhook that is on.
    async fn ready_of(&self, lanes_id: WebhookId, limit: usize) -> Result<Vec<ReadyDelivery>>;

    /// The lanes that have a head, in id order after this one, at most `limit`. At start the loops go through all of them.
    async fn lanes_with_ready(&self, after: Option<WebhookId>, limit: usize) -> Result<Vec<WebhookId>>;

    /// The event objects of these (event sequence, encoding), in the same order.
    async fn load_event_data(&self, wanted: Vec<(i64, u8)>) -> Result<Vec<Vec<u8>>>;

    /// Commits attempts with their outcomes, together. Returns the heads that follow deliveries that came to their end. An attempt whose delivery
    /// is over already (cancelled meanwhile) is logged and changes nothing else.
    async fn commit_attempts(
        &self,
        attempts: Vec<AttemptCommit>,
        health: Vec<HealthChange>,
    ) -> Result<Vec<ReadyDelivery>>;

    /// Makes an ended delivery be sent again now, outside its lane's order. `Conflict` while it is pending.
    async fn retry_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<ReadyDelivery>;

    /// A pending delivery whose next attempt is due now.
    async fn hasten_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<Delivery>;

    /// Takes a pending delivery back. `Conflict` when it is over. Returns the head that follows it.
    async fn cancel_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<Option<ReadyDelivery>>;

    /// Pending deliveries of a webhook.
    async fn backlog(&self, webhook_id: WebhookId) -> Result<u64>;

    /// Makes deliveries of stored events after the cursor for a webhook that is switched on again, in order, at most `limit` events. Returns the new
    /// cursor, or `None` when the end was reached. An event of a *send webhook* is made only for the webhook it was withheld for, whatever the
    /// maker's kinds say; an erased event is not made.
    async fn replay_from(
        &self,
        webhook_id: WebhookId,
        cursor: i64,
        limit: usize,
        make: ReplayMaker,
    ) -> Result<Option<i64>>;

    /// Keeps an event of no turn (a test send) with its deliveries.
    async fn add_event(&self, bot_id: recado_model::BotId, contact_id: ContactId, event: NewEvent) -> Result<EventId>;

    /// The last commit sequence of events.
    async fn last_event_seq(&self) -> Result<i64>;
}

/// Decides which deliveries a stored event makes on replay. Plain data, so that it can cross to the writer.
#[derive(Debug, Clone)]
pub struct ReplayMaker {
    /// The kinds that are wanted.
    pub kinds: Vec<recado_model::EventKind>,
    /// The deliveries' lanes.
    pub lanes_id: WebhookId,
    /// One at a time per contact.
    pub ordered: bool,
    /// When.
    pub now: UnixMs,
    /// Seeds the new ids.
    pub seed: u64,
}
