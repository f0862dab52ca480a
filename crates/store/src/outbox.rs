//! The sending loops' part: messages on their way to messengers.

use async_trait::async_trait;
use recado_model::{BotId, ContactId, Message, MessageId, Part, UnixMs};

use crate::{Result, turns::NewEvent};

/// A message that waits to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedMessage {
    /// Its place in the order of commits; messages of one contact leave in this order.
    pub seq: i64,
    /// The message.
    pub message: Message,
    /// Where to: the contact's identity.
    pub identity: String,
    /// Sends that were tried.
    pub tries: u32,
    /// One of many that nobody waits for ([`TurnCommit::bulk`](crate::turns::TurnCommit::bulk)).
    pub bulk: bool,
}

/// What became of sending a message.
#[derive(Debug, Clone)]
pub struct SendCommit {
    /// Its place in the order of commits.
    pub seq: i64,
    /// The message.
    pub message_id: MessageId,
    /// Whose bot.
    pub bot_id: BotId,
    /// To whom.
    pub contact_id: ContactId,
    /// What came back.
    pub result: SendResult,
    /// Events of this fact (`outgoing_message` or `failed_delivery`), with their deliveries.
    pub events: Vec<NewEvent>,
}

/// What a messenger answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// It took the message.
    Sent {
        /// Its own id of it.
        external_id: Option<String>,
        /// When.
        at: UnixMs,
    },
    /// It refused the message for good.
    Failed {
        /// In words.
        error: String,
    },
    /// To be tried again; the contact's later messages wait.
    Later {
        /// When.
        at: UnixMs,
    },
}

/// The sending loops' part of the store.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// Queued messages of all bots after this sequence, in order, at most `limit`. The loops tail the outbox with it.
    async fn queued_messages(&self, after_seq: i64, limit: usize) -> Result<Vec<QueuedMessage>>;

    /// Queued messages of one bot after this sequence, in order, at most `limit`.
    async fn queued_messages_of(&self, bot_id: BotId, after_seq: i64, limit: usize) -> Result<Vec<QueuedMessage>>;

    /// Queued messages of one bot after this sequence that somebody waits for, in order, at most `limit`.
    async fn queued_answers_of(&self, bot_id: BotId, after_seq: i64, limit: usize) -> Result<Vec<QueuedMessage>>;

    /// Queued messages of one contact after this sequence, in order, at most `limit`.
    async fn queued_messages_to(
        &self,
        contact_id: ContactId,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>>;

    /// What was last sent to a contact before this sequence, the newest first, at most `limit`.
    async fn sent_before(&self, contact_id: ContactId, seq: i64, limit: usize) -> Result<Vec<Part>>;

    /// Whether anything waits to be sent to a contact.
    async fn has_queued(&self, contact_id: ContactId) -> Result<bool>;

    /// Whether the message is still to be sent (it may have been cancelled).
    async fn is_queued(&self, seq: i64) -> Result<bool>;

    /// Commits what came of sends, together. A message that is no longer queued keeps its state but its events are kept. Returns whether a
    /// delivery became ready.
    async fn commit_sends(&self, sends: Vec<SendCommit>) -> Result<bool>;
}
