//! The contact loops' part: load what a turn reads, commit all that it decided.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use recado_model::{
    BotId, Contact, ContactId, DeliveryId, ElementId, EventId, EventKind, FlowId, MemberId, Message, MessageId,
    NotificationId, Offer, Run, RunEnd, UnixMs, Value, WebhookId,
    inbound::DedupKind,
    run::{ApiCall, Timer, TimerKey},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Result;

/// A contact and its waiting runs, as the last commit left them.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedContact {
    /// The contact.
    pub contact: Arc<Contact>,
    /// Its runs, by number.
    pub runs: Vec<Run>,
    /// Counts the contact's commits; [`TurnCommit::revision`] gives it back.
    pub revision: i64,
    /// The last change of names that it knows; [`TurnCommit::names`].
    pub names: i64,
}

/// All that one turn decided. Either all of it is kept or nothing.
#[derive(Debug, Clone)]
pub struct TurnCommit {
    /// The contact after the turn.
    pub contact: Arc<Contact>,
    /// The revision it was loaded with; `None` for a new contact. Another revision in the store is a `Conflict`: two turns overlapped.
    pub revision: Option<i64>,
    /// The last change of names that the turn knew ([`BotBundle::names`](crate::catalog::BotBundle::names)). Another one in the store is a `Conflict` of the bot.
    pub names: i64,
    /// The key that makes a repetition harmless. Known already: `Duplicate`.
    pub dedup: Option<(DedupKind, String)>,
    /// Runs that began or changed.
    pub runs_put: Vec<Run>,
    /// Runs that ended, and why.
    pub runs_ended: Vec<(u32, RunEnd)>,
    /// Timers that are set; one of the same key is replaced.
    pub timers_set: Vec<Timer>,
    /// Timers that are cleared; unknown ones do not matter.
    pub timers_cleared: Vec<TimerKey>,
    /// Messages, in and out, in order. Outgoing ones are `Queued`.
    pub messages: Vec<Message>,
    /// On which day they are counted: days since 1970-01-01 in the account's calendar.
    pub day: i32,
    /// Nobody waits for the outgoing messages: they are some of many, and answers go first.
    pub bulk: bool,
    /// Queued messages of the contact that existed before this turn become `Cancelled`.
    pub cancel_queued: bool,
    /// Events, in order, with their deliveries.
    pub events: Vec<NewEvent>,
    /// API requests to be sent.
    pub api_calls: Vec<ApiCall>,
    /// API requests that are over or no longer wanted, as (run, call).
    pub api_done: Vec<(u32, u32)>,
    /// Bot variables that change, if they are still what the turn read. Else `Conflict`.
    pub bot_variables: Vec<BotVariableChange>,
    /// Inputs for other contacts of the bot.
    pub inputs: Vec<NewInput>,
    /// The stored input that this turn handled, by sequence.
    pub input_done: Option<i64>,
    /// *Send webhook* titles passed in this turn, for the audience filter.
    pub passed: Vec<String>,
    /// Tags the contact got in this turn, for the audience filter.
    pub tags_added: Vec<String>,
    /// Tags the contact lost in this turn.
    pub tags_removed: Vec<String>,
    /// Element counters to raise by one each.
    pub counts: Vec<Count>,
    /// Lines for the bot's log.
    pub log: Vec<LogLine>,
    /// What members are to know.
    pub notifications: Vec<NewNotification>,
}

impl TurnCommit {
    /// A commit that only stores the contact.
    pub fn of(contact: impl Into<Arc<Contact>>, revision: Option<i64>) -> Self {
        Self {
            contact: contact.into(),
            revision,
            names: 0,
            dedup: None,
            runs_put: Vec::new(),
            runs_ended: Vec::new(),
            timers_set: Vec::new(),
            timers_cleared: Vec::new(),
            messages: Vec::new(),
            day: 0,
            bulk: false,
            cancel_queued: false,
            events: Vec::new(),
            api_calls: Vec::new(),
            api_done: Vec::new(),
            bot_variables: Vec::new(),
            inputs: Vec::new(),
            input_done: None,
            passed: Vec::new(),
            tags_added: Vec::new(),
            tags_removed: Vec::new(),
            counts: Vec::new(),
            log: Vec::new(),
            notifications: Vec::new(),
        }
    }
}

/// An event on its way into the store.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// What kind.
    pub kind: EventKind,
    /// The payload's title.
    pub title: String,
    /// When.
    pub at: UnixMs,
    /// The event object as JSON in the default encoding (profile `recado`, milliseconds). The body of most deliveries is `[` data `]`.
    pub data: Bytes,
    /// The event object in other encodings that a webhook of this event wants, by [`encoding key`](NewDelivery::encoding).
    pub encodings: Vec<(u8, Bytes)>,
    /// Every webhook that wants it, however it stands: the store knows how it stands at the commit. One that is paused, off or behind gets the
    /// event when it catches up ([`catch_up`](crate::Deliveries::catch_up)); what is a `FlowWebhook`'s is withheld until then with its encoding and
    /// URL. One that is gone gets nothing.
    pub deliveries: Vec<NewDelivery>,
}

/// A delivery on its way into the store. The store decides whether it is `Ready` (its lane is free) or `Waiting`.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub webhook_id: WebhookId,
    /// In whose lanes.
    pub lanes_id: WebhookId,
    /// One at a time per contact; else it is a lane of its own.
    pub ordered: bool,
    /// The rendered URL, when it differs from the webhook's.
    pub url: Option<String>,
    /// Which encoding of the event object its body has: 0 is [`NewEvent::data`], others are in [`NewEvent::encodings`].
    pub encoding: u8,
    /// Recorded, never sent (no paid plan).
    pub skipped: bool,
}

/// A change of a bot variable, made only if it is still what the turn read.
#[derive(Debug, Clone, PartialEq)]
pub struct BotVariableChange {
    /// Its name.
    pub name: String,
    /// What the turn read.
    pub before: Option<Value>,
    /// What it becomes; `None` deletes it.
    pub after: Option<Value>,
}

/// An input for a contact, kept until a turn has handled it. The content is the server's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewInput {
    /// For whom.
    pub contact_id: ContactId,
    /// What.
    pub input: Json,
}

/// A kept input.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredInput {
    /// Its place in the order of commits.
    pub seq: i64,
    /// Whose bot.
    pub bot_id: BotId,
    /// For whom.
    pub contact_id: ContactId,
    /// What.
    pub input: Json,
}

/// What is counted of an element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Count {
    /// The flow.
    pub flow_id: FlowId,
    /// The element.
    pub element: ElementId,
    /// `entered`, `error`, or `out:` and the output's name.
    pub what: String,
}

/// A line of the bot's log: what a bot maker should know of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `warning` or `error`.
    pub error: bool,
    /// A stable word, as in `elements_limit`.
    pub code: String,
    /// The flow, when one is concerned.
    pub flow_id: Option<FlowId>,
    /// The element, when one is concerned.
    pub element: Option<ElementId>,
    /// In words.
    pub text: String,
}

/// What a member is to know of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    /// Its id.
    pub id: NotificationId,
    /// When.
    pub at: UnixMs,
    /// Who; `None` is everybody who looks after chats.
    pub member: Option<MemberId>,
    /// What, in words.
    pub text: String,
}

/// What a commit gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// The contact's new revision.
    pub revision: i64,
    /// The commit sequences of the events, in order.
    pub event_seqs: Vec<i64>,
    /// Whether there are deliveries now that are ready, or follow one that is.
    pub deliveries_ready: bool,
}

/// The contact loops' part of the store.
#[async_trait]
pub trait Turns: Send + Sync + 'static {
    /// Whose identity this is.
    async fn contact_id_of(&self, bot_id: BotId, identity: &str) -> Result<Option<ContactId>>;

    /// The contact and its runs.
    async fn load_contact(&self, id: ContactId) -> Result<Option<Arc<LoadedContact>>>;

    /// What an older message of the contact offers to press.
    async fn load_offer(&self, contact_id: ContactId, message_id: MessageId) -> Result<Option<Offer>>;

    /// Commits a turn. Turns that wait at the same time are committed together; each is kept or refused on its own.
    async fn commit_turn(&self, turn: TurnCommit) -> Result<Committed>;

    /// Timers that are due at `now`, the earliest first, at most `limit`. They stay until a turn clears or replaces them.
    async fn due_timers(&self, now: UnixMs, limit: usize) -> Result<Vec<Timer>>;

    /// When the next timer is due.
    async fn next_timer_due(&self) -> Result<Option<UnixMs>>;

    /// Removes a timer if it is still due at this very moment (its contact is gone).
    async fn drop_timer(&self, timer: Timer) -> Result<()>;

    /// API requests that wait for an answer, in order, after this sequence, at most `limit`. One that can not be read is left out.
    async fn pending_api_calls(&self, after_seq: i64, limit: usize) -> Result<Vec<(i64, ApiCall)>>;

    /// The same, of one bot.
    async fn pending_api_calls_of(&self, bot_id: BotId, after_seq: i64, limit: usize) -> Result<Vec<(i64, ApiCall)>>;

    /// Removes an API request whose contact or bot is gone.
    async fn drop_api_call(&self, seq: i64) -> Result<()>;

    /// Inputs that wait for a turn, in order, after this sequence, at most `limit`. The content of one that is no JSON reads as null.
    async fn pending_inputs(&self, after_seq: i64, limit: usize) -> Result<Vec<StoredInput>>;

    /// Removes a stored input whose contact is gone.
    async fn drop_input(&self, seq: i64) -> Result<()>;

    /// Keeps inputs for the next contacts that are to be told what becomes of a flow in which they have a run: it was deleted, or published so that runs move or
    /// stop. Returns whether there may be more.
    async fn tell_contacts(&self) -> Result<bool>;
}
