//! What users set up: accounts, tokens, bots, flows, triggers, webhooks.
//!
//! Every method that touches a thing of a tenant takes the account id and answers `NotFound` for another tenant's, as if it did not exist.

use async_trait::async_trait;
use recado_model::{
    Account, AccountId, Bot, BotId, ConnectionLost, ElementId, EventKind, FlowId, MemberId, Named, OffReason, TokenId,
    Trigger, TriggerId, UnixMs, Value, ValueType, Variables, VersionId, Webhook, WebhookId,
};
use serde_json::Value as Json;

use crate::{Result, records::Page, team::Kept};

/// Bots of an account.
pub const BOTS_MAX: usize = 1_000;
/// Webhooks of a bot, of both kinds.
pub const WEBHOOKS_MAX: usize = 1_000;

/// A bot with its secrets, sealed by the server.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBot {
    /// The bot.
    pub bot: Bot,
    /// The channel's credentials and the bot's named secrets, sealed. Empty when there are none.
    pub sealed: Vec<u8>,
    /// Set while the messenger does not take the credentials. Only [`Catalog::lose_connection`] sets it, and new credentials clear it.
    pub lost: Option<ConnectionLost>,
}

/// A webhook with its secrets, sealed by the server.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// [`recado_model::webhook::WebhookSecrets`], sealed.
    pub sealed: Vec<u8>,
}

/// Where a webhook that is switched on again goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumeFrom {
    /// After the last event that made its delivery.
    Cursor,
    /// With the next event; those since it stopped are left out.
    Now,
}

/// A flow without its documents.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRecord {
    /// Its id.
    pub id: FlowId,
    /// Whose bot.
    pub bot_id: BotId,
    /// Shown name, 1 to 128 characters, unique in the bot.
    pub name: String,
    /// New runs may start.
    pub active: bool,
    /// The published version, when there is one.
    pub published: Option<VersionId>,
    /// Counts the draft's changes; the API's `ETag`.
    pub draft_revision: i64,
    /// The draft differs from what is published.
    pub has_changes: bool,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it last changed.
    pub updated_at: UnixMs,
    /// The folder that it is in: a name that flows of the bot share, 1 to 64 characters.
    pub folder: Option<String>,
}

/// What can be changed of a flow beside its draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowSettings {
    /// Shown name.
    pub name: String,
    /// New runs may start.
    pub active: bool,
    /// The folder that it is in.
    pub folder: Option<String>,
}

/// A published version.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionRecord {
    /// Its id.
    pub id: VersionId,
    /// The flow.
    pub flow_id: FlowId,
    /// 1 for the first published version of the flow.
    pub number: u32,
    /// The document as published.
    pub document: Json,
    /// When.
    pub published_at: UnixMs,
}

/// A published version without its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedVersion {
    /// Its id.
    pub id: VersionId,
    /// The flow.
    pub flow_id: FlowId,
    /// 1 for the first published version of the flow.
    pub number: u32,
    /// When.
    pub published_at: UnixMs,
}

/// What publishing makes in one commit.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The flow.
    pub flow_id: FlowId,
    /// The new version.
    pub version_id: VersionId,
    /// Its document.
    pub document: Json,
    /// The draft revision that was validated; another one is a `Conflict`.
    pub draft_revision: i64,
    /// Flow webhooks that are new with this version.
    pub webhooks: Vec<StoredWebhook>,
    /// What each contact with a run in the flow is told, as an input ([`Turns::tell_contacts`](crate::Turns::tell_contacts)).
    pub tell: Option<Json>,
    /// When.
    pub at: UnixMs,
}

/// Another name for what documents name, or none.
///
/// The documents are written by whoever knows them; here it is one commit. Contacts are not written: each is read with the names that came after its last
/// turn, so it takes the same however many there are.
#[derive(Debug, Clone)]
pub struct Rename {
    /// Whose bot.
    pub bot_id: BotId,
    /// Of what. A bot variable is deleted otherwise.
    pub what: Named,
    /// The name it has.
    pub from: String,
    /// The name it gets; `None`: it is deleted, and contacts have it no more.
    pub to: Option<String>,
    /// All flows as they were when their documents were read: (flow, draft revision, published version). Others are a `Conflict`. `None`: no document changes.
    pub read: Option<Vec<(FlowId, i64, Option<VersionId>)>>,
    /// The drafts that change.
    pub drafts: Vec<(FlowId, Json)>,
    /// The versions that change.
    pub versions: Vec<(VersionId, Json)>,
    /// The flow webhooks whose URL changes, since it is that of the document.
    pub webhook_urls: Vec<(WebhookId, String)>,
    /// The segments of the audience that change.
    pub segments: Vec<Kept>,
    /// When.
    pub at: UnixMs,
}

/// All flow documents of a bot, read in one snapshot.
#[derive(Debug, Clone)]
pub struct BotDocuments {
    /// The flows and their drafts.
    pub drafts: Vec<(FlowRecord, Json)>,
    /// Their versions, and those of deleted flows that messages refer to.
    pub versions: Vec<VersionRecord>,
}

/// A declared variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableRecord {
    /// Its name, unique in the bot.
    pub name: String,
    /// Its type.
    pub kind: ValueType,
    /// When it was declared.
    pub created_at: UnixMs,
}

/// An API token. The token itself is shown once and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub account_id: AccountId,
    /// Shown name.
    pub name: String,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// When it was made.
    pub created_at: UnixMs,
}

/// Everything the loops keep in memory of one bot.
#[derive(Debug, Clone)]
pub struct BotBundle {
    /// The account it belongs to.
    pub account: Account,
    /// The bot.
    pub bot: StoredBot,
    /// Its flows.
    pub flows: Vec<FlowRecord>,
    /// The published version of each flow that has one.
    pub versions: Vec<VersionRecord>,
    /// Its triggers.
    pub triggers: Vec<Trigger>,
    /// Its webhooks.
    pub webhooks: Vec<StoredWebhook>,
    /// Its bot variables.
    pub variables: Variables,
    /// Declared contact variables.
    pub declared: Vec<VariableRecord>,
    /// The members of the account, the oldest first.
    pub members: Vec<MemberId>,
    /// The last change of names of it; a turn that knows another one is refused.
    pub names: i64,
}

/// What users set up.
#[async_trait]
pub trait Catalog: Send + Sync + 'static {
    /// Makes an account.
    async fn create_account(&self, account: Account) -> Result<()>;
    /// All accounts, the oldest first.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Changes name, plan or time zone.
    async fn update_account(&self, account: Account) -> Result<()>;

    /// Keeps a token.
    async fn create_token(&self, token: TokenRecord) -> Result<()>;
    /// The token with this SHA-256.
    async fn token_by_hash(&self, hash: [u8; 32]) -> Result<Option<TokenRecord>>;
    /// The account's tokens.
    async fn tokens(&self, account_id: AccountId) -> Result<Vec<TokenRecord>>;
    /// Revokes a token.
    async fn delete_token(&self, account_id: AccountId, id: TokenId) -> Result<()>;

    /// Makes a bot: `TooMany` past [`BOTS_MAX`].
    async fn create_bot(&self, bot: StoredBot) -> Result<()>;
    /// An account's bots, the oldest first.
    async fn bots(&self, account_id: AccountId) -> Result<Vec<StoredBot>>;
    /// One bot of the account.
    async fn bot(&self, account_id: AccountId, id: BotId) -> Result<StoredBot>;
    /// Changes a bot. Other sealed secrets than before end [`StoredBot::lost`], which is not written here otherwise. `read` is the bot as it was before the
    /// change: `Conflict` when it or its secrets are others by now.
    async fn update_bot(&self, read: StoredBot, bot: StoredBot) -> Result<()>;
    /// The messenger does not take the credentials in these sealed secrets. Returns whether that is new; it is not when the bot has others
    /// by now, or is gone, or it was known.
    async fn lose_connection(&self, id: BotId, sealed: Vec<u8>, lost: ConnectionLost) -> Result<bool>;
    /// Deletes a bot: it and its webhooks are gone at once. All that belongs to it goes in bounded batches later
    /// ([`Records::make_room`](crate::Records::make_room)), its pending deliveries before ([`Deliveries::cancel_deleted`](crate::Deliveries::cancel_deleted)).
    async fn delete_bot(&self, account_id: AccountId, id: BotId) -> Result<()>;
    /// The ids of all bots of all accounts.
    async fn all_bot_ids(&self) -> Result<Vec<BotId>>;
    /// Whether anything is sealed, of a bot or a webhook.
    async fn holds_secrets(&self) -> Result<bool>;
    /// Everything the loops need of a bot, read in one snapshot. `None` when it does not exist.
    async fn load_bot(&self, id: BotId) -> Result<Option<BotBundle>>;

    /// How many messages a bot got and sent, from a day on ([`TurnCommit::day`](crate::turns::TurnCommit::day)), the oldest first. Days without any are left out.
    async fn traffic(&self, bot_id: BotId, from: i32) -> Result<Vec<DayTraffic>>;

    /// The bot's variables.
    async fn bot_variables(&self, bot_id: BotId) -> Result<Variables>;
    /// Sets or deletes a bot variable.
    async fn set_bot_variable(&self, bot_id: BotId, name: String, value: Option<Value>) -> Result<()>;
    /// Declares a contact variable; the same name and type again is fine, another type is `Exists`.
    async fn declare_variable(&self, bot_id: BotId, variable: VariableRecord) -> Result<()>;
    /// All flow documents of a bot.
    async fn documents(&self, bot_id: BotId) -> Result<BotDocuments>;
    /// Gives a variable or a tag another name, or deletes it. `Exists` when the name is taken.
    async fn rename(&self, rename: Rename) -> Result<()>;
    /// Tags in use, with the number of contacts, by name.
    async fn tags(&self, bot_id: BotId) -> Result<Vec<(String, u64)>>;

    /// Makes a flow with a draft.
    async fn create_flow(&self, flow: FlowRecord, draft: Json) -> Result<()>;
    /// A bot's flows, by name.
    async fn flows(&self, bot_id: BotId) -> Result<Vec<FlowRecord>>;
    /// A flow and its draft.
    async fn flow(&self, bot_id: BotId, id: FlowId) -> Result<(FlowRecord, Json)>;
    /// Which bot a flow belongs to.
    async fn bot_of_flow(&self, id: FlowId) -> Result<BotId>;
    /// Changes the draft, if it still has this revision. Returns the new record.
    async fn save_draft(&self, id: FlowId, revision: i64, draft: Json, now: UnixMs) -> Result<FlowRecord>;
    /// Changes what is not in the draft.
    async fn update_flow(&self, id: FlowId, settings: FlowSettings, now: UnixMs) -> Result<FlowRecord>;
    /// Renames a folder of a bot; `None` takes its flows out of it. `NotFound` when no flow is in it.
    async fn rename_folder(&self, bot_id: BotId, from: String, to: Option<String>) -> Result<()>;
    /// Publishes the draft: `TooMany` when its new flow webhooks would be more than [`WEBHOOKS_MAX`] with the bot's others.
    async fn publish_flow(&self, publish: Publish) -> Result<VersionRecord>;
    /// The versions of a flow, the newest first. The cursor is a number.
    async fn versions(&self, id: FlowId, cursor: Option<String>, limit: usize) -> Result<Page<ListedVersion>>;
    /// The version of a flow with this number.
    async fn numbered_version(&self, id: FlowId, number: u32) -> Result<VersionRecord>;
    /// One version.
    async fn version(&self, id: VersionId) -> Result<Option<VersionRecord>>;
    /// Deletes a flow with its triggers, in one commit. Its versions stay while messages refer to them. Each contact with a run in it is told this, as an
    /// input ([`Turns::tell_contacts`](crate::Turns::tell_contacts)).
    async fn delete_flow(&self, bot_id: BotId, id: FlowId, tell: Json) -> Result<()>;
    /// The counters of a flow, as (element, what, count).
    async fn flow_counts(&self, id: FlowId) -> Result<Vec<(ElementId, String, u64)>>;
    /// How many runs wait in each element of a flow.
    async fn flow_waiting(&self, id: FlowId) -> Result<Vec<(ElementId, u64)>>;

    /// Makes a trigger. A second one of a system kind is `Exists`.
    async fn create_trigger(&self, trigger: Trigger) -> Result<()>;
    /// Changes a trigger.
    async fn update_trigger(&self, trigger: Trigger) -> Result<()>;
    /// Deletes a trigger.
    async fn delete_trigger(&self, bot_id: BotId, id: TriggerId) -> Result<()>;

    /// Makes a webhook: `TooMany` past [`WEBHOOKS_MAX`]. It shares the lanes of those of its bot that have the same URL; else it has the ones it comes with.
    async fn create_webhook(&self, webhook: StoredWebhook) -> Result<()>;
    /// A bot's webhooks, the oldest first.
    async fn webhooks(&self, bot_id: BotId) -> Result<Vec<StoredWebhook>>;
    /// A webhook, whichever bot it belongs to.
    async fn webhook(&self, id: WebhookId) -> Result<StoredWebhook>;
    /// Changes a webhook's settings. How it stands (its state, since when it fails, how long it waits) is not a setting and stays. With another URL it leaves its
    /// lanes for those of that URL, or if no webhook of its bot has it for the ones it comes with, which must be new; its pending deliveries go along in their order. What the old receiver
    /// caused is forgotten: since when it fails, how long it waits, what was tried and when it is tried again. `read` is the webhook as it was before the change: `Conflict` when its settings or secrets are others by now, so that nobody
    /// undoes what somebody else changed in between.
    async fn update_webhook(&self, read: StoredWebhook, webhook: StoredWebhook, now: UnixMs) -> Result<()>;
    /// The last `hours` of a webhook up to that of `now`, the oldest first, also those without an attempt.
    async fn webhook_health(&self, id: WebhookId, now: UnixMs, hours: u16) -> Result<Vec<HealthHour>>;
    /// Deletes a webhook: it is gone at once and sends nothing more. What it had pending is cancelled in bounded batches
    /// ([`Deliveries::cancel_deleted`](crate::Deliveries::cancel_deleted)).
    async fn delete_webhook(&self, id: WebhookId, now: UnixMs) -> Result<()>;
    /// Switches a webhook off at the current end of the event log, or where it stopped before. Returns it as it is now. `Conflict` when it has other lanes by now: it
    /// was another receiver that gave the reason.
    async fn switch_off_webhook(&self, id: WebhookId, lanes_id: WebhookId, reason: OffReason) -> Result<StoredWebhook>;
    /// Pauses a webhook, likewise. `Conflict` when it is not on.
    async fn pause_webhook(&self, id: WebhookId) -> Result<StoredWebhook>;
    /// Switches a webhook on again. `Conflict` when it is on. From its cursor it is behind until it has caught up
    /// ([`Deliveries::catch_up`](crate::Deliveries::catch_up)).
    async fn resume_webhook(&self, id: WebhookId, from: ResumeFrom) -> Result<StoredWebhook>;

    /// A setting of the installation.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>>;
    /// Keeps a setting of the installation.
    async fn set_setting(&self, name: &str, value: Vec<u8>) -> Result<()>;

    /// Remembers what a tracked link leads to.
    async fn create_links(&self, links: Vec<LinkRecord>) -> Result<()>;
    /// The tracked link with this token.
    async fn link(&self, token: &str) -> Result<Option<LinkRecord>>;

    /// The answer that was given to this `Idempotency-Key` of this account, when it was used before.
    async fn idempotent_answer(&self, account_id: AccountId, key: &str) -> Result<Option<IdempotentAnswer>>;
    /// Remembers an answer for 24 h.
    async fn keep_idempotent_answer(
        &self,
        account_id: AccountId,
        key: String,
        answer: IdempotentAnswer,
        now: UnixMs,
    ) -> Result<()>;

    /// Remembers an uploaded file whose bytes are synced already. `NoRoom` when its contact, bot or account keeps too much with it, `NotFound` when its bot or
    /// contact is gone.
    async fn create_file(&self, file: FileRecord, room: FileRoom) -> Result<()>;
    /// Whether [`Catalog::create_file`] would take a file of so many bytes now: asked before they come, to refuse early.
    async fn has_file_room(
        &self,
        bot_id: BotId,
        contact_id: Option<recado_model::ContactId>,
        bytes: u64,
        room: FileRoom,
    ) -> Result<()>;
    /// An uploaded file.
    async fn file(&self, id: recado_model::FileId) -> Result<Option<FileRecord>>;
    /// Bytes of all files of a bot.
    async fn file_bytes_of(&self, bot_id: BotId) -> Result<u64>;
    /// Those of these hashes that no file has (any more).
    async fn hashes_of_no_file(&self, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>>;
    /// Kinds of events any webhook of the bot wants: a hint for the form, not a rule.
    async fn wanted_kinds(&self, bot_id: BotId) -> Result<Vec<EventKind>>;
}

/// Messages of a bot on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTraffic {
    /// Days since 1970-01-01 in the account's calendar.
    pub day: i32,
    /// From contacts.
    pub received: u64,
    /// To contacts, whatever became of them.
    pub sent: u64,
}

/// Milliseconds up to which the times of attempts are counted together.
pub const TOOK_BOUNDS_MS: [u32; 13] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 60_000];

/// How the attempts of a webhook went in an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthHour {
    /// Its first millisecond.
    pub from: UnixMs,
    /// Those that did not deliver.
    pub not_delivered: u64,
    /// Those that delivered, by the least of [`TOOK_BOUNDS_MS`] that they did not exceed; the last counts all that took longer.
    pub delivered: [u64; TOOK_BOUNDS_MS.len()],
}

/// An answer that is given again to a repeated call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentAnswer {
    /// SHA-256 of method, path and body; another request under the same key is refused.
    pub request: [u8; 32],
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A tracked link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// What stands in the URL: 22 characters that nobody guesses.
    pub token: String,
    /// Whose bot.
    pub bot_id: BotId,
    /// Sent to whom.
    pub contact_id: recado_model::ContactId,
    /// Where it leads.
    pub url: String,
    /// The button's label or the link's text.
    pub text: String,
    /// The flow that sent it.
    pub flow_id: FlowId,
    /// The message element.
    pub element: ElementId,
    /// When it was made.
    pub created_at: UnixMs,
}

/// An uploaded file. Its bytes lie content-addressed beside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Its id.
    pub id: recado_model::FileId,
    /// Whose bot.
    pub bot_id: BotId,
    /// Who sent it, when a contact did.
    pub contact_id: Option<recado_model::ContactId>,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// Its size.
    pub bytes: u64,
    /// Its sniffed MIME type.
    pub mime: String,
    /// Its name as sent, without a path.
    pub name: String,
    /// When it came.
    pub created_at: UnixMs,
}

/// Bytes of files that may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRoom {
    /// Sent by one contact.
    pub of_a_contact: u64,
    /// Of one bot: what its contacts sent, and what its flows send.
    pub of_a_bot: u64,
    /// Of all bots of an account.
    pub of_an_account: u64,
}

/// Whose room is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomOf {
    /// The contact's.
    Contact,
    /// The bot's.
    Bot,
    /// The account's.
    Account,
}
