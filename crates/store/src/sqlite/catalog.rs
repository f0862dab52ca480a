//! What users set up: each method is one call of the module that knows the thing.

use async_trait::async_trait;
use recado_model::{
    Account, AccountId, BotId, ConnectionLost, ContactId, ElementId, EventKind, FlowId, OffReason, TokenId, Trigger,
    TriggerId, UnixMs, Value, Variables, VersionId, WebhookId,
};
use rusqlite::params;
use serde_json::Value as Json;
use tokio::time::Instant;

use super::{
    SqliteStore, bots, codes::failed, files, flows, health, keeping, names, query::cursor_seq, room::BATCH, traffic,
    turns, webhooks,
};
use crate::{
    Catalog, Result,
    catalog::{
        BotBundle, BotDocuments, DayTraffic, FileRecord, FileRoom, FlowRecord, FlowSettings, HealthHour,
        IdempotentAnswer, LinkRecord, ListedVersion, Publish, Rename, ResumeFrom, StoredBot, StoredWebhook,
        TokenRecord, VariableRecord, VersionRecord,
    },
    records::Page,
};

/// About what a change of a setting adds to a commit.
const BYTES: usize = 1_024;

#[async_trait]
impl Catalog for SqliteStore {
    async fn create_account(&self, account: Account) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::create_account(tx, &account)).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        self.readers.scan(bots::accounts).await
    }

    async fn update_account(&self, account: Account) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::update_account(tx, &account)).await
    }

    async fn create_token(&self, token: TokenRecord) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::create_token(tx, &token)).await
    }

    async fn token_by_hash(&self, hash: [u8; 32]) -> Result<Option<TokenRecord>> {
        self.readers.point(|conn| bots::token_by_hash(conn, hash))
    }

    async fn tokens(&self, account_id: AccountId) -> Result<Vec<TokenRecord>> {
        self.readers.scan(move |conn| bots::tokens(conn, account_id)).await
    }

    async fn delete_token(&self, account_id: AccountId, id: TokenId) -> Result<()> {
        self.writer
            .call(BYTES, move |tx| {
                tx.conn
                    .execute(
                        "DELETE FROM token WHERE id = ?1 AND account_id = ?2",
                        params![id.bytes(), account_id.bytes()],
                    )
                    .map_err(failed)
                    .and_then(|changed| bots::found(changed, "token"))
            })
            .await
    }

    async fn create_bot(&self, bot: StoredBot) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::create_bot(tx, &bot)).await
    }

    async fn bots(&self, account_id: AccountId) -> Result<Vec<StoredBot>> {
        self.readers.scan(move |conn| bots::bots(conn, account_id)).await
    }

    async fn bot(&self, account_id: AccountId, id: BotId) -> Result<StoredBot> {
        self.readers.point(|conn| bots::bot(conn, account_id, id))
    }

    async fn update_bot(&self, read: StoredBot, bot: StoredBot) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::update_bot(tx, &read, &bot)).await
    }

    async fn lose_connection(&self, id: BotId, sealed: Vec<u8>, lost: ConnectionLost) -> Result<bool> {
        self.writer.call(BYTES, move |tx| bots::lose_connection(tx, id, &sealed, &lost)).await
    }

    async fn delete_bot(&self, account_id: AccountId, id: BotId) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::delete_bot(tx, account_id, id)).await
    }

    async fn all_bot_ids(&self) -> Result<Vec<BotId>> {
        self.readers.scan(bots::all_bot_ids).await
    }

    async fn holds_secrets(&self) -> Result<bool> {
        self.readers.scan(bots::holds_secrets).await
    }

    async fn load_bot(&self, id: BotId) -> Result<Option<BotBundle>> {
        self.readers.scan(move |conn| bots::load_bot(conn, id)).await
    }

    async fn traffic(&self, bot_id: BotId, from: i32) -> Result<Vec<DayTraffic>> {
        self.readers.point(|conn| traffic::since(conn, bot_id, from))
    }

    async fn bot_variables(&self, bot_id: BotId) -> Result<Variables> {
        self.readers.point(|conn| bots::variables(conn, bot_id))
    }

    async fn set_bot_variable(&self, bot_id: BotId, name: String, value: Option<Value>) -> Result<()> {
        self.writer
            .call(BYTES, move |tx| {
                bots::is_there(tx.conn, bot_id)?;
                turns::set_variable(tx, bot_id, &name, value.as_ref())
            })
            .await
    }

    async fn declare_variable(&self, bot_id: BotId, variable: VariableRecord) -> Result<()> {
        self.writer.call(BYTES, move |tx| bots::declare(tx, bot_id, &variable)).await
    }

    async fn documents(&self, bot_id: BotId) -> Result<BotDocuments> {
        self.readers.scan(move |conn| flows::documents(conn, bot_id)).await
    }

    async fn rename(&self, rename: Rename) -> Result<()> {
        let bytes = BYTES + rename.drafts.len().saturating_add(rename.versions.len()) * 16 * BYTES;
        self.writer.call(bytes, move |tx| names::rename(tx, &rename)).await?;
        while self.writer.call(64 * BYTES, |tx| names::sweep(tx, Instant::now() + BATCH)).await? {}
        Ok(())
    }

    async fn tags(&self, bot_id: BotId) -> Result<Vec<(String, u64)>> {
        self.readers.scan(move |conn| names::tags(conn, bot_id)).await
    }

    async fn create_flow(&self, flow: FlowRecord, draft: Json) -> Result<()> {
        self.writer.call(BYTES, move |tx| flows::create(tx, &flow, &draft)).await
    }

    async fn flows(&self, bot_id: BotId) -> Result<Vec<FlowRecord>> {
        self.readers.scan(move |conn| flows::flows(conn, bot_id)).await
    }

    async fn flow(&self, bot_id: BotId, id: FlowId) -> Result<(FlowRecord, Json)> {
        self.readers.scan(move |conn| flows::flow(conn, bot_id, id)).await
    }

    async fn bot_of_flow(&self, id: FlowId) -> Result<BotId> {
        self.readers.point(|conn| flows::bot_of(conn, id))
    }

    async fn save_draft(&self, id: FlowId, revision: i64, draft: Json, now: UnixMs) -> Result<FlowRecord> {
        self.writer.call(BYTES, move |tx| flows::save_draft(tx, id, revision, &draft, now)).await
    }

    async fn update_flow(&self, id: FlowId, settings: FlowSettings, now: UnixMs) -> Result<FlowRecord> {
        self.writer.call(BYTES, move |tx| flows::update(tx, id, &settings, now)).await
    }

    async fn rename_folder(&self, bot_id: BotId, from: String, to: Option<String>) -> Result<()> {
        self.writer.call(BYTES, move |tx| flows::rename_folder(tx, bot_id, &from, to.as_deref())).await
    }

    async fn publish_flow(&self, publish: Publish) -> Result<VersionRecord> {
        self.writer.call(BYTES, move |tx| flows::publish(tx, &publish)).await
    }

    async fn versions(&self, id: FlowId, cursor: Option<String>, limit: usize) -> Result<Page<ListedVersion>> {
        let before = cursor_seq(cursor.as_deref())?;
        self.readers.scan(move |conn| flows::versions(conn, id, before, limit)).await
    }

    async fn numbered_version(&self, id: FlowId, number: u32) -> Result<VersionRecord> {
        self.readers.point(|conn| flows::numbered_version(conn, id, number))
    }

    async fn version(&self, id: VersionId) -> Result<Option<VersionRecord>> {
        self.readers.point(|conn| flows::version(conn, id))
    }

    async fn delete_flow(&self, bot_id: BotId, id: FlowId, tell: Json) -> Result<()> {
        self.writer.call(BYTES, move |tx| flows::delete(tx, bot_id, id, &tell)).await
    }

    async fn flow_counts(&self, id: FlowId) -> Result<Vec<(ElementId, String, u64)>> {
        self.readers.scan(move |conn| flows::counts(conn, id)).await
    }

    async fn flow_waiting(&self, id: FlowId) -> Result<Vec<(ElementId, u64)>> {
        self.readers.scan(move |conn| flows::waiting(conn, id)).await
    }

    async fn create_trigger(&self, trigger: Trigger) -> Result<()> {
        self.writer.call(BYTES, move |tx| flows::create_trigger(tx, &trigger)).await
    }

    async fn update_trigger(&self, trigger: Trigger) -> Result<()> {
        self.writer.call(BYTES, move |tx| flows::update_trigger(tx, &trigger)).await
    }

    async fn delete_trigger(&self, bot_id: BotId, id: TriggerId) -> Result<()> {
        self.writer.call(BYTES, move |tx| flows::delete_trigger(tx, bot_id, id)).await
    }

    async fn create_webhook(&self, webhook: StoredWebhook) -> Result<()> {
        self.writer.call(BYTES, move |tx| webhooks::create(tx, &webhook)).await
    }

    async fn webhooks(&self, bot_id: BotId) -> Result<Vec<StoredWebhook>> {
        self.readers.scan(move |conn| webhooks::of_bot(conn, bot_id)).await
    }

    async fn webhook(&self, id: WebhookId) -> Result<StoredWebhook> {
        self.readers.point(|conn| webhooks::one(conn, id))
    }

    async fn update_webhook(&self, read: StoredWebhook, webhook: StoredWebhook, now: UnixMs) -> Result<()> {
        self.writer.call(BYTES, move |tx| webhooks::update(tx, &read, &webhook, now)).await
    }

    async fn webhook_health(&self, id: WebhookId, now: UnixMs, hours: u16) -> Result<Vec<HealthHour>> {
        self.readers.scan(move |conn| health::last_hours(conn, id, now, hours)).await
    }

    async fn delete_webhook(&self, id: WebhookId, now: UnixMs) -> Result<()> {
        self.writer.call(BYTES, move |tx| webhooks::delete(tx, id, now)).await
    }

    async fn switch_off_webhook(&self, id: WebhookId, lanes_id: WebhookId, reason: OffReason) -> Result<StoredWebhook> {
        self.writer.call(BYTES, move |tx| webhooks::switch_off(tx, id, lanes_id, reason)).await
    }

    async fn pause_webhook(&self, id: WebhookId) -> Result<StoredWebhook> {
        self.writer.call(BYTES, move |tx| webhooks::pause(tx, id)).await
    }

    async fn resume_webhook(&self, id: WebhookId, from: ResumeFrom) -> Result<StoredWebhook> {
        self.writer.call(BYTES, move |tx| webhooks::resume(tx, id, from)).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.readers.point(|conn| keeping::setting(conn, name))
    }

    async fn set_setting(&self, name: &str, value: Vec<u8>) -> Result<()> {
        let name = name.to_owned();
        self.writer.call_hot(BYTES, move |tx| keeping::set_setting(tx, &name, &value)).await
    }

    async fn create_links(&self, links: Vec<LinkRecord>) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| links.iter().try_for_each(|link| keeping::create_link(tx, link))).await
    }

    async fn link(&self, token: &str) -> Result<Option<LinkRecord>> {
        self.readers.point(|conn| keeping::link(conn, token))
    }

    async fn idempotent_answer(&self, account_id: AccountId, key: &str) -> Result<Option<IdempotentAnswer>> {
        self.readers.point(|conn| keeping::answer(conn, account_id, key))
    }

    async fn keep_idempotent_answer(
        &self,
        account_id: AccountId,
        key: String,
        answer: IdempotentAnswer,
        now: UnixMs,
    ) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| keeping::keep_answer(tx, account_id, &key, &answer, now)).await
    }

    async fn create_file(&self, file: FileRecord, room: FileRoom) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| files::create(tx, &file, room)).await
    }

    async fn has_file_room(
        &self,
        bot_id: BotId,
        contact_id: Option<ContactId>,
        bytes: u64,
        room: FileRoom,
    ) -> Result<()> {
        self.readers.point(|conn| files::has_room(conn, bot_id, contact_id, bytes, room))
    }

    async fn file(&self, id: recado_model::FileId) -> Result<Option<FileRecord>> {
        self.readers.point(|conn| files::read(conn, id))
    }

    async fn file_bytes_of(&self, bot_id: BotId) -> Result<u64> {
        self.readers.point(|conn| files::bytes_of(conn, bot_id))
    }

    async fn hashes_of_no_file(&self, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>> {
        self.readers.scan(move |conn| files::orphans(conn, hashes)).await
    }

    async fn wanted_kinds(&self, bot_id: BotId) -> Result<Vec<EventKind>> {
        self.readers.scan(move |conn| webhooks::wanted_kinds(conn, bot_id)).await
    }
}
