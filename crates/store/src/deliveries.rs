//! The webhook loops' part: deliveries, their lanes and attempts.
//!
//! The deliveries of one lane — (lanes, contact) of an ordered webhook, or each delivery of an unordered one — form a queue. Its head is
//! `Ready`, the rest `Waiting`; a unique index allows one head. When the head comes to its end, the same commit makes the next one `Ready`.

use async_trait::async_trait;
use bytes::Bytes;
use recado_model::{Attempt, BotId, ContactId, Delivery, DeliveryId, EventId, Outcome, UnixMs, WebhookId};

use crate::{
    Result,
    turns::{LogLine, NewEvent},
};

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

/// A delivery that was born behind another one of its lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// The one right before it in the lane.
    pub after: i64,
    /// It, as the head that it will be.
    pub head: ReadyDelivery,
}

/// One attempt and what it means, committed together.
#[derive(Debug, Clone)]
pub struct AttemptCommit {
    /// The delivery's place in the order of commits.
    pub delivery_seq: i64,
    /// The lanes that it was in. When its webhook has others by now, another receiver failed: it is due at once, and no attempt is counted.
    pub lanes_id: WebhookId,
    /// What was sent and what came back.
    pub attempt: Attempt,
    /// What it means.
    pub outcome: Outcome,
    /// The next of its lane, when the caller has it already and goes on with it (see [`Deliveries::take_followers`]).
    pub next: Option<i64>,
}

/// How a webhook is doing, kept when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthChange {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// The lanes it had when this was told. Nothing changes when it has others by now: it was another receiver that told it.
    pub lanes_id: WebhookId,
    /// Since when every attempt failed, `None` after a success; when that changed.
    pub failing_since: Option<Option<UnixMs>>,
    /// Until when the receiver asked to wait. An earlier moment than the one that is known changes nothing.
    pub held_until: Option<UnixMs>,
}

/// The webhook loops' part of the store.
#[async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// The bots that have a pending delivery to a webhook that is on. At start the loops go through all of them.
    async fn bots_with_pending(&self) -> Result<Vec<BotId>>;

    /// Deliveries that were born ready after this sequence, in order, at most `limit`, and the sequence up to which this looked. With a limit of 0
    /// it tells the last sequence of all.
    async fn ready_since(&self, after_seq: i64, limit: usize) -> Result<(Vec<ReadyDelivery>, i64)>;

    /// Deliveries that were lately born behind another one, as far as they are in memory, in their order; each is given once. The heads before them are to
    /// be had from [`ready_since`](Self::ready_since) when this is asked first. Whoever has the one before at hand may go on with the follower as soon
    /// as that came to its end, before it is recorded; one that is not given here, or not taken, is returned in its turn by the commit that ends the one
    /// before.
    fn take_followers(&self) -> Vec<Follower>;

    /// The heads of these lanes, by when they are due, at most `limit`, whatever their sequence. Of a webhook that is on.
    async fn ready_of(&self, lanes_id: WebhookId, limit: usize) -> Result<Vec<ReadyDelivery>>;

    /// The event objects of these (event sequence, encoding), in the same order.
    async fn load_event_data(&self, wanted: Vec<(i64, u8)>) -> Result<Vec<Bytes>>;

    /// Commits attempts with their outcomes, together, in this order. Returns the heads that follow deliveries that came to their end, but for those
    /// that the caller has already ([`AttemptCommit::next`]). An attempt whose delivery is over already (cancelled meanwhile) is logged and changes
    /// nothing else.
    async fn commit_attempts(&self, attempts: &[AttemptCommit], health: &[HealthChange]) -> Result<Vec<ReadyDelivery>>;

    /// Makes an ended delivery be sent again now, outside its lane's order. `Conflict` while it is pending, and of its event when the contact was erased;
    /// `NotFound` when its webhook is gone.
    async fn retry_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<ReadyDelivery>;

    /// A pending delivery whose next attempt is due now. `NotFound` when its webhook is gone.
    async fn hasten_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<Delivery>;

    /// Takes a pending delivery back. `Conflict` when it is over. Returns the head that follows it.
    async fn cancel_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<Option<ReadyDelivery>>;

    /// Cancels some of what a deleted webhook had pending (a few milliseconds of the writer), the heads of its lanes first. `None` when nothing is left of
    /// any. To be called until then after each deletion, and at the start.
    async fn cancel_deleted(&self) -> Result<Option<Cancelled>>;

    /// Pending deliveries of a webhook.
    async fn backlog(&self, webhook_id: WebhookId) -> Result<u64>;

    /// The webhooks that are on and behind, with their bots.
    async fn webhooks_behind(&self) -> Result<Vec<(BotId, WebhookId)>>;

    /// Makes the deliveries of the next events for a webhook that is behind, in order, and moves its cursor past them; at the end of the event log it
    /// is plainly on again, in the same commit. An event of a *send webhook* is made only for the webhook it was withheld for; an erased event and
    /// a test send are not made.
    async fn catch_up(&self, webhook_id: WebhookId, step: CatchUp) -> Result<CaughtUp>;

    /// How many events its bot had after a webhook's cursor, counted to `limit` at most.
    async fn events_after_cursor(&self, webhook_id: WebhookId, limit: usize) -> Result<u64>;

    /// Of the webhooks of a bot, or of all, that are paused, off or behind and have not had all events: when the oldest of these happened. Of one that is paused or off,
    /// events whose deliveries are pending count as well: they stand still.
    async fn unsent(&self, bot_id: Option<BotId>) -> Result<Vec<Unsent>>;

    /// Says in the log of a webhook's bot that retention comes near what it has not had. At most once a day, and not of one that is plainly on: returns whether it
    /// was said.
    async fn warn_of_webhook(&self, webhook_id: WebhookId, now: UnixMs, line: LogLine) -> Result<bool>;

    /// Keeps the event of a test send with its deliveries. It belongs to no turn, and no webhook catches up with it.
    async fn add_test_event(&self, bot_id: BotId, contact_id: ContactId, event: NewEvent) -> Result<EventId>;

    /// The last commit sequence of events.
    async fn last_event_seq(&self) -> Result<i64>;
}

/// What a webhook has not had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsent {
    /// Whose bot.
    pub bot_id: BotId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// When the oldest of the events happened.
    pub since: UnixMs,
}

/// What came of cancelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled {
    /// Whose deliveries they were.
    pub bot_id: BotId,
    /// Whether other webhooks' deliveries in the same lanes became heads.
    pub freed: bool,
}

/// One step of catching up.
#[derive(Debug, Clone, Copy)]
pub struct CatchUp {
    /// The encoding the webhook wants; an event that was stored without it gives the default one.
    pub encoding: u8,
    /// Recorded, never sent (no paid plan).
    pub skipped: bool,
    /// Events looked at, at most.
    pub events_max: usize,
    /// When.
    pub now: UnixMs,
    /// Seeds the new ids.
    pub seed: u64,
}

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaughtUp {
    /// To the end: the webhook is plainly on.
    Whole,
    /// There is more.
    Part,
    /// So much is pending that nothing was made: half of the limit has to be worked off first.
    Enough,
    /// The webhook is not behind (any more).
    NotBehind,
}
