//! What users look at: contacts, messages, events, deliveries, attempts, the bot's log; and what makes room again.

use async_trait::async_trait;
use recado_model::{
    Attempt, BotId, Contact, ContactId, ContactStatus, Delivery, DeliveryId, ElementId, EventId, EventKind, FlowId,
    MemberId, Message, NotificationId, Run, UnixMs, Wait, WebhookId,
};

use crate::{
    Result,
    turns::{LogLine, NewNotification},
};

/// One page of a list and where the next begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this back to get the next page; `None` at the end.
    pub next: Option<String>,
}

/// Which contacts.
#[derive(Debug, Clone, Default)]
pub struct ContactFilter {
    /// With this status.
    pub status: Option<ContactStatus>,
    /// With this tag.
    pub tag: Option<String>,
    /// With this variable, and when given this text as its value.
    pub variable: Option<(String, Option<String>)>,
    /// That passed a *send webhook* of this title.
    pub received_webhook: Option<String>,
    /// Whose name, user name, phone or e-mail starts so (case ignored).
    pub search: Option<String>,
    /// With an open chat.
    pub chat_open: Option<bool>,
}

/// Contacts that one page of a filtered list looks at.
pub const CONTACTS_SCANNED_MAX: usize = 5_000;

impl ContactFilter {
    /// Whether every contact fits.
    pub fn is_any(&self) -> bool {
        let Self { status, tag, variable, received_webhook, search, chat_open } = self;
        status.is_none()
            && tag.is_none()
            && variable.is_none()
            && received_webhook.is_none()
            && search.is_none()
            && chat_open.is_none()
    }
}

/// Which deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// To this webhook.
    pub webhook_id: Option<WebhookId>,
    /// Of this event.
    pub event_id: Option<EventId>,
    /// Of this kind of event.
    pub kind: Option<EventKind>,
    /// Of this contact.
    pub contact_id: Option<ContactId>,
    /// With this word of the API: `pending`, `delivered`, `failed`, `skipped`, `cancelled`.
    pub status: Option<String>,
    /// Made at or after.
    pub since: Option<UnixMs>,
    /// Made before.
    pub until: Option<UnixMs>,
}

/// Deliveries or events that one page of a list looks at.
pub const LOG_SCANNED_MAX: usize = 10_000;

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// Of this contact.
    pub contact_id: Option<ContactId>,
    /// At or after.
    pub since: Option<UnixMs>,
    /// Before.
    pub until: Option<UnixMs>,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Its place in the order of commits.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// Of which bot.
    pub bot_id: BotId,
    /// Of which contact.
    pub contact_id: ContactId,
    /// What kind.
    pub kind: EventKind,
    /// Its title.
    pub title: String,
    /// When.
    pub at: UnixMs,
    /// The event object in the default encoding.
    pub data: Vec<u8>,
    /// It is of a test send: a sample, of a contact that does not exist.
    pub test: bool,
}

/// A line of the bot's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// Its place in the order of commits.
    pub seq: i64,
    /// Of which contact.
    pub contact_id: Option<ContactId>,
    /// When.
    pub at: UnixMs,
    /// What.
    pub line: LogLine,
}

/// A notification of a bot's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRecord {
    /// What it says, to whom and when.
    pub notification: NewNotification,
    /// Of which contact.
    pub contact_id: ContactId,
    /// When somebody read it.
    pub read_at: Option<UnixMs>,
}

/// Runs that one page of those who wait in a flow looks at.
pub const RUNS_SCANNED_MAX: usize = 20_000;

/// A run that waits in a flow, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingRecord {
    /// Whose.
    pub contact_id: ContactId,
    /// The contact's name.
    pub name: String,
    /// Its number among the contact's runs.
    pub number: u32,
    /// Where it waits.
    pub element: ElementId,
    /// The number of the version it is of; `None` when that is gone.
    pub version: Option<u32>,
    /// For what.
    pub wait: Wait,
    /// When it began.
    pub started_at: UnixMs,
}

/// A message and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRecord {
    /// Its place in the order of commits; the web chat's cursor.
    pub seq: i64,
    /// The message.
    pub message: Message,
}

/// Open chats that are listed.
pub const OPEN_CHATS_MAX: usize = 1_000;
/// Unread messages that are counted, among the newest few hundred of a chat; so many mean so many or more.
pub const UNREAD_MAX: u32 = 100;

/// A chat as agents see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRecord {
    /// With whom.
    pub contact: Contact,
    /// What was said last.
    pub last: Option<MessageRecord>,
    /// Incoming messages that nobody read, at most [`UNREAD_MAX`].
    pub unread: u32,
}

/// How far back things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// The time. What is dated after it was written while the clock was ahead: it goes with what was written next.
    pub now: UnixMs,
    /// Events, deliveries, attempts and the hours of webhooks older than this go, also those that a webhook has not had that is paused, off or behind. An event stays while a delivery of it to
    /// a webhook that is on is pending.
    pub log_before: UnixMs,
    /// Events older than this go in any case: no delivery is on its way for so long, it stands still for a reason that is not known here.
    pub pending_before: UnixMs,
    /// De-duplication keys older than this go (8 days).
    pub dedup_before: UnixMs,
    /// Answers kept for an `Idempotency-Key` older than this go (24 h).
    pub idempotency_before: UnixMs,
}

/// How full the house is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Pending deliveries.
    pub deliveries_pending: u64,
    /// When the oldest pending delivery was made.
    pub oldest_pending_at: Option<UnixMs>,
    /// Queued messages.
    pub messages_queued: u64,
    /// Set timers.
    pub timers: u64,
    /// Bytes of the database.
    pub bytes: u64,
}

/// What users look at.
#[async_trait]
pub trait Records: Send + Sync + 'static {
    /// The bot's contacts, the newest first. With a filter, a page looks at [`CONTACTS_SCANNED_MAX`] contacts at most, so it may hold fewer than
    /// `limit`, even none, and have a next page.
    async fn contacts(
        &self,
        bot_id: BotId,
        filter: ContactFilter,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<Contact>>;
    /// A contact's waiting runs.
    async fn runs(&self, contact_id: ContactId) -> Result<Vec<Run>>;
    /// Who waits in a flow, in one of its elements or anywhere, by contact, the one seen first first. A page looks at [`RUNS_SCANNED_MAX`] runs at
    /// most, so it may hold fewer than `limit`, even none, and have a next page.
    async fn waiting(
        &self,
        flow_id: FlowId,
        element: Option<ElementId>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<WaitingRecord>>;
    /// A contact's messages. With `after` the oldest first beginning after that sequence, else the newest first.
    async fn messages(
        &self,
        contact_id: ContactId,
        after: Option<i64>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<MessageRecord>>;
    /// A bot's chats, the one in which something happened last first.
    async fn chats(&self, bot_id: BotId, cursor: Option<String>, limit: usize) -> Result<Page<ChatRecord>>;
    /// A bot's open chats, the one with the newest message first, at most [`OPEN_CHATS_MAX`].
    async fn open_chats(&self, bot_id: BotId) -> Result<Vec<ChatRecord>>;
    /// How many of a bot's open chats each member looks after; those who look after none are left out.
    async fn assigned_chats(&self, bot_id: BotId) -> Result<Vec<(MemberId, u32)>>;
    /// Somebody read what a contact said up to a message's sequence, or all of it so far.
    async fn read_chat(&self, contact_id: ContactId, up_to: Option<i64>) -> Result<()>;
    /// Whose bot's test send had this sample contact.
    async fn bot_of_test(&self, contact_id: ContactId) -> Result<Option<BotId>>;
    /// Erases a contact, or the sample contact of a test send: variables, messages and bodies go, pending deliveries, messages, runs and timers are cancelled; ids, times and outcomes stay.
    /// It is gone at once; what is left of it goes in small steps, which [`Records::make_room`] finishes when the caller does not wait for them.
    async fn erase_contact(&self, bot_id: BotId, id: ContactId, now: UnixMs) -> Result<()>;

    /// The bot's events, the newest first. A page looks at [`LOG_SCANNED_MAX`] events at most, so it may hold fewer than `limit`, even none, and have a
    /// next page.
    async fn events(
        &self,
        bot_id: BotId,
        filter: EventFilter,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<EventRecord>>;
    /// The bot's events after a sequence, the oldest first, to follow them live, and the sequence up to which this looked: where that is greater than `after`,
    /// there may be more.
    async fn events_since(
        &self,
        bot_id: BotId,
        filter: EventFilter,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<EventRecord>, i64)>;
    /// One event.
    async fn event(&self, id: EventId) -> Result<EventRecord>;

    /// The bot's deliveries, the newest first. A page looks at [`LOG_SCANNED_MAX`] deliveries at most, so it may hold fewer than `limit`, even none, and have
    /// a next page.
    async fn deliveries(
        &self,
        bot_id: BotId,
        filter: DeliveryFilter,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<Delivery>>;
    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Result<Delivery>;
    /// Its attempts, the first first.
    async fn attempts(&self, id: DeliveryId) -> Result<Vec<Attempt>>;
    /// The event object of a delivery as its encoding has it, for showing the body: (encoding, bytes). Empty once it is erased.
    async fn delivery_data(&self, id: DeliveryId) -> Result<(u8, Vec<u8>)>;

    /// The bot's log, the newest first.
    async fn log(&self, bot_id: BotId, cursor: Option<String>, limit: usize) -> Result<Page<LogRecord>>;
    /// Adds a line that belongs to no turn.
    async fn add_log(&self, bot_id: BotId, contact_id: Option<ContactId>, at: UnixMs, line: LogLine) -> Result<()>;

    /// The bot's notifications, the newest first; those that nobody read, or all.
    async fn notifications(
        &self,
        bot_id: BotId,
        unread: bool,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<NotificationRecord>>;
    /// Somebody read a notification; the first time counts.
    async fn read_notification(&self, bot_id: BotId, id: NotificationId, at: UnixMs) -> Result<NotificationRecord>;

    /// How full the house is.
    async fn totals(&self) -> Result<Totals>;
    /// Removes a bounded batch of what is too old (a few milliseconds of the writer). Returns whether there is more.
    async fn make_room(&self, retention: Retention) -> Result<bool>;
    /// Whether a small write succeeds now; what `/readyz` asks.
    async fn probe(&self) -> Result<()>;
}
