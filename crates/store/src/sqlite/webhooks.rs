//! Webhooks.

use recado_model::{BotId, EventKind, UnixMs, Webhook, WebhookId, WebhookKind, WebhookState};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    batch::Tx,
    bots::{found, is_there},
    codes::{failed, from_json, json, or_exists},
    lanes,
};
use crate::{Result, StoreError, catalog::StoredWebhook};

fn webhook_at(row: &Row<'_>) -> rusqlite::Result<StoredWebhook> {
    let webhook: Webhook = from_json(row, 0)?;
    let failing_since = row.get::<_, Option<i64>>(2)?.map(UnixMs);
    Ok(StoredWebhook { webhook: Webhook { failing_since, ..webhook }, sealed: row.get(1)? })
}

const fn kind(kind: WebhookKind) -> i64 {
    match kind {
        WebhookKind::Global => 0,
        WebhookKind::Flow => 1,
    }
}

pub(super) fn create(tx: &Tx<'_>, stored: &StoredWebhook) -> Result<()> {
    let webhook = &stored.webhook;
    is_there(tx.conn, webhook.bot_id)?;
    let doc = json(webhook)?;
    tx.conn
        .execute(
            "INSERT INTO webhook VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                webhook.id.bytes(),
                webhook.bot_id.bytes(),
                kind(webhook.kind),
                webhook.url,
                webhook.state.is_on(),
                webhook.failing_since.map(|since| since.0),
                webhook.created_at.0,
                doc,
                stored.sealed
            ],
        )
        .map(drop)
        .map_err(or_exists("webhook"))
}

pub(super) fn of_bot(conn: &Connection, bot_id: BotId) -> Result<Vec<StoredWebhook>> {
    conn.prepare_cached("SELECT doc, sealed, failing_since FROM webhook WHERE bot_id = ?1 ORDER BY created_at, id")
        .and_then(|mut statement| statement.query_map([bot_id.bytes()], webhook_at)?.collect())
        .map_err(failed)
}

pub(super) fn one(conn: &Connection, id: WebhookId) -> Result<StoredWebhook> {
    conn.prepare_cached("SELECT doc, sealed, failing_since FROM webhook WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.bytes()], webhook_at).optional())
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "webhook" })
}

pub(super) fn update(tx: &mut Tx<'_>, stored: &StoredWebhook) -> Result<()> {
    let webhook = &stored.webhook;
    let before = one(tx.conn, webhook.id)?;
    let doc = json(webhook)?;
    tx.conn
        .execute(
            "UPDATE webhook SET kind = ?2, url = ?3, is_on = ?4, failing_since = ?5, doc = ?6, sealed = ?7 WHERE id = ?1",
            params![
                webhook.id.bytes(),
                kind(webhook.kind),
                webhook.url,
                webhook.state.is_on(),
                webhook.failing_since.map(|since| since.0),
                doc,
                stored.sealed
            ],
        )
        .map_err(or_exists("webhook"))?;
    if before.webhook.url != webhook.url {
        // Without a URL of their own they go to the webhook's, which is the new one.
        for lanes_id in lanes::lanes_of(tx, webhook.id)? {
            for sql in [
                "UPDATE delivery INDEXED BY delivery_waiting SET url = NULL WHERE webhook_id = ?1 AND lanes_id = ?2 AND status = 0",
                "UPDATE delivery INDEXED BY delivery_ready SET url = NULL WHERE webhook_id = ?1 AND lanes_id = ?2 AND status = 1",
            ] {
                tx.conn.execute(sql, params![webhook.id.bytes(), lanes_id]).map_err(failed)?;
            }
        }
    }
    Ok(())
}

pub(super) fn delete(tx: &mut Tx<'_>, id: WebhookId, now: UnixMs) -> Result<()> {
    let changed = tx.conn.execute("DELETE FROM webhook WHERE id = ?1", [id.bytes()]).map_err(failed)?;
    found(changed, "webhook")?;
    lanes::cancel_of_webhook(tx, id, now)
}

pub(super) fn switch_off(tx: &mut Tx<'_>, id: WebhookId, reason: String) -> Result<StoredWebhook> {
    let mut stored = one(tx.conn, id)?;
    let cursor = match stored.webhook.state {
        WebhookState::On => tx.seqs.event,
        // It stopped before: what came since made no deliveries either.
        WebhookState::Paused { cursor } | WebhookState::Off { cursor, .. } => cursor,
    };
    stored.webhook.state = WebhookState::Off { cursor, reason };
    update(tx, &stored)?;
    Ok(stored)
}

/// The kinds of events that any webhook of the bot wants.
pub(super) fn wanted_kinds(conn: &Connection, bot_id: BotId) -> Result<Vec<EventKind>> {
    let webhooks = of_bot(conn, bot_id)?;
    let wants = |kind: &EventKind| {
        webhooks.iter().any(|stored| match stored.webhook.kind {
            WebhookKind::Global => stored.webhook.events.contains(kind),
            WebhookKind::Flow => *kind == EventKind::FlowWebhook,
        })
    };
    Ok(EventKind::ALL.into_iter().filter(wants).collect())
}
