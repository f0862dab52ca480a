//! Whose turn it is: order, fairness, limits.
//!
//! The cast: a *lane* is the queue of one contact's deliveries to one webhook (or of a single delivery, when it stands outside the order); a
//! *site* is all lanes of one [`lanes id`](recado_model::Webhook::lanes_id), which is one receiver, with its breaker and holds; its *members* are the webhooks
//! that have these lanes, each with a concurrency and a rate of its own; the [`Dispatcher`] goes round the sites and gives each a slot in turn.
//!
//! **Guarantees.** Of one lane at most one delivery is in flight, in the order of their sequence. No site gets a second slot while another
//! that could use one waits for its first. A delivery counts against the rate and the concurrency of its own webhook and no other's, also where webhooks share
//! lanes; a rate is kept in every second. A site that fails, is slow or is unknown never takes the slots kept for those that answer promptly. What an operation costs does not grow with the number of sites or deliveries (a set's logarithm where time
//! is involved).
//!
//! **What the loop does.** [`set`](Dispatcher::set) each webhook in its lanes; [`offer`](Dispatcher::offer) the heads that commits return; [`claim`](Dispatcher::claim)
//! and attempt; judge, [`finish`](Dispatcher::finish), commit, offer what the commit returns. What is born behind a delivery that is held here can be
//! held as well ([`offer_behind`](Dispatcher::offer_behind)): it goes on when that one ended ([`Finished::next`]), before this is committed. Sites in [`wants_page`](Dispatcher::wants_page) have room
//! for heads that only the store holds. When nothing can be claimed, sleep to [`next_wake`](Dispatcher::next_wake).
//!
//! **A crash** costs what is only known here: a breaker is closed again, and what it held back goes by its schedule, until as many failures open it
//! anew; a contact whose last event failed for good gets the usual number of attempts. No hold, which the store keeps with the attempt that asked
//! for it; no delivery: the store has them all.

mod breaker;
mod dispatcher;
mod finish;
mod rate;
mod site;
mod turns;
mod withdraw;

use recado_model::{ContactId, OffReason, Outcome, UnixMs, Webhook, WebhookId, time::DAY_MS};

pub use breaker::{FAILURES_TO_OPEN, LANES_TO_OPEN, PROBE_MS_MAX, PROBE_MS_MIN};
pub use dispatcher::Dispatcher;

use crate::outcome::{Health, Judgement};

/// Heads of one site that are held in memory; the rest waits in the store.
pub const PAGE_MAX: usize = 512;
/// Deliveries of one site that are held in memory, heads and those behind them, when one more wants to be held behind them and the site answers promptly. Else
/// half a page: what is held for a receiver that is slow or down only takes memory.
pub const HELD_OF_SITE_MAX: usize = 8_192;
/// The same of all sites together, counting what each holds past a page: some 20 MB. Past it every site has half a page. Receivers that were never prompt hold no more
/// than a page, so however many there are, they take nothing of it.
pub const HELD_PAST_PAGES_MAX: usize = 32_768;
/// Attempts in flight, of all sites together.
pub const IN_FLIGHT_MAX: usize = 4_096;
/// Of those, how many only sites that answer promptly may use.
pub const IN_FLIGHT_KEPT: usize = 1_024;
/// An answer within this many milliseconds is prompt.
pub const PROMPT_MS: u32 = 1_000;
/// After so long of only failures a webhook is switched off.
pub const SWITCH_OFF_MS: i64 = 3 * DAY_MS;
/// It is not switched off before this process saw so many failures: two that happen to be three days apart prove nothing.
pub const SWITCH_OFF_FAILURES: u32 = 10;

/// One queue of deliveries that go one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The deliveries of a contact to an ordered webhook.
    Contact(ContactId),
    /// A delivery that waits for no other: of an unordered webhook, or retried by hand. By its sequence.
    Delivery(i64),
}

/// What the dispatcher knows of a webhook's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanesSettings {
    /// The lanes.
    pub lanes_id: WebhookId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Its attempts in flight at once.
    pub concurrency: u16,
    /// Its attempts a second, when limited.
    pub rate_per_s: Option<u32>,
    /// Since when every attempt failed, as the store has it. Only read when the lanes are new here.
    pub failing_since: Option<UnixMs>,
}

impl LanesSettings {
    /// Of a webhook.
    pub fn of(webhook: &Webhook) -> Self {
        Self {
            lanes_id: webhook.lanes_id,
            webhook_id: webhook.id,
            concurrency: webhook.concurrency,
            rate_per_s: webhook.rate_per_s,
            failing_since: webhook.failing_since,
        }
    }
}

/// A head of a lane on offer. The loop keeps whatever else it needs by `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryRef {
    /// The delivery's place in the order of commits; unique.
    pub seq: i64,
    /// Whose lanes.
    pub lanes_id: WebhookId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Which lane.
    pub lane: Lane,
    /// When it is due.
    pub next_at: UnixMs,
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It will be claimed in its turn. It may have taken the place of a later one, which is [`Offered::Displaced`]'s `seq`.
    Kept,
    /// It will be claimed in its turn, and this later one went back to the store: forget it.
    Displaced {
        /// Which.
        seq: i64,
    },
    /// It was here already; nothing changed.
    Known,
    /// No room: it stays in the store, and the site wants a page when there is room.
    PageFull,
    /// It is in flight in lanes that its webhook has left. It can be offered again when that ended.
    Elsewhere,
    /// The webhook was not [`set`](Dispatcher::set) in these lanes, or they were removed.
    UnknownLanes,
}

/// A delivery whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Which.
    pub seq: i64,
    /// Whose lanes.
    pub lanes_id: WebhookId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// It probes an open breaker: a failure uses up no attempt.
    pub probe: bool,
    /// When it is due again if it is a probe that fails.
    pub probe_again_at: UnixMs,
    /// The one before it in its lane failed for good: one attempt is all it gets.
    pub single_attempt: bool,
}

/// How a claimed attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finish {
    /// What it means for the delivery.
    pub outcome: Outcome,
    /// What it tells of the receiver.
    pub health: Health,
    /// The whole webhook waits until then.
    pub hold_until: Option<UnixMs>,
    /// The receiver said 410: nothing more is claimed of its lanes until they are [`set`](Dispatcher::set) anew.
    pub gone: bool,
    /// Milliseconds from the beginning of the attempt to the status line or the failure.
    pub took_ms: u32,
}

impl Finish {
    /// From what [`judge`](crate::outcome::judge) said.
    pub const fn of(judgement: &Judgement, took_ms: u32) -> Self {
        Self {
            outcome: judgement.outcome,
            health: judgement.health,
            hold_until: judgement.hold_until,
            gone: judgement.gone,
            took_ms,
        }
    }
}

/// What a finished attempt changed for its site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its breaker opened.
    pub opened: bool,
    /// Its breaker closed.
    pub closed: bool,
    /// Since when every attempt failed, when that changed: to be kept with the attempt.
    pub failing_since: Option<Option<UnixMs>>,
    /// It is to be switched off.
    pub switch_off: Option<OffReason>,
    /// The delivery is not held here any more: forget what was kept for it. A retry may have gone back to the store to make room.
    pub forgotten: bool,
    /// It came to its end, and this one, which was held behind it, is the head of its lane now.
    pub next: Option<i64>,
}

/// How a site stands, for people to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteView {
    /// Attempts in flight.
    pub in_flight: u32,
    /// Deliveries in memory, in flight or not.
    pub held: usize,
    /// Since when the breaker is open.
    pub open_since: Option<UnixMs>,
    /// When the next probe is due.
    pub probe_at: Option<UnixMs>,
    /// Until when the receiver asked to wait.
    pub held_until: Option<UnixMs>,
}
