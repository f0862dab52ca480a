//! What a webhook that is not plainly on has not had, and that retention will take.

use recado_model::{BotId, UnixMs, Webhook, WebhookId, time::DAY_MS};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    batch::Tx,
    catching_up::{self, Passed},
    codes::{event_kind_at, failed},
    turns, webhooks,
};
use crate::{Result, deliveries::Unsent, turns::LogLine};

/// Events after a cursor that are looked at for one that the webhook wants. Those at the front go with time: what is near its end is found in any case.
const LOOKED_AT_MAX: i64 = 100_000;

/// Of each webhook that has a cursor, of a bot or of all: when the oldest event happened that it has not had.
pub(super) fn all(conn: &Connection, bot_id: Option<BotId>) -> Result<Vec<Unsent>> {
    let ids: Vec<[u8; 16]> = conn
        .prepare_cached("SELECT id FROM webhook WHERE cursor IS NOT NULL AND (?1 IS NULL OR bot_id = ?1)")
        .and_then(|mut statement| statement.query_map([bot_id.as_ref().map(BotId::bytes)], |row| row.get(0))?.collect())
        .map_err(failed)?;
    let mut unsent = Vec::new();
    for id in ids {
        let webhook = webhooks::one(conn, WebhookId::from_bytes(id))?.webhook;
        let waits = if webhook.state.is_on() { None } else { oldest_pending(conn, webhook.id)? };
        let oldest = waits.into_iter().chain(oldest_behind(conn, &webhook)?).min();
        unsent.extend(oldest.map(|since| Unsent { bot_id: webhook.bot_id, webhook_id: webhook.id, since }));
    }
    Ok(unsent)
}

/// When the oldest event happened that a webhook is to have and that is behind its cursor.
fn oldest_behind(conn: &Connection, webhook: &Webhook) -> Result<Option<UnixMs>> {
    let Some(cursor) = webhook.state.cursor() else { return Ok(None) };
    let mut statement = conn.prepare_cached(catching_up::AFTER).map_err(failed)?;
    let mut rows = statement.query(params![webhook.bot_id.bytes(), cursor, LOOKED_AT_MAX]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let at = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, event_kind_at(row, 1)?, row.get(2)?, row.get(3)?));
        let passed: Passed = at(row).map_err(failed)?;
        if catching_up::wanted(conn, webhook, &passed, 0)?.is_some() {
            return Ok(Some(UnixMs(passed.3)));
        }
    }
    Ok(None)
}

/// When the oldest event happened whose delivery to a webhook is pending.
fn oldest_pending(conn: &Connection, webhook_id: WebhookId) -> Result<Option<UnixMs>> {
    conn.prepare_cached(
        "SELECT e.at FROM event e WHERE e.seq = (SELECT min(seq) FROM
           (SELECT min(d.event_seq) AS seq FROM pending p JOIN delivery d INDEXED BY delivery_waiting
              ON d.lanes_id = p.lanes_id AND d.status = 0 AND d.webhook_id = p.webhook_id WHERE p.webhook_id = ?1 AND p.count > 0
            UNION ALL
            SELECT min(d.event_seq) FROM pending p JOIN delivery d INDEXED BY delivery_ready
              ON d.lanes_id = p.lanes_id AND d.status = 1 AND d.webhook_id = p.webhook_id WHERE p.webhook_id = ?1 AND p.count > 0))",
    )
    .and_then(|mut statement| statement.query_row([webhook_id.bytes()], |row| row.get(0).map(UnixMs)).optional())
    .map_err(failed)
}

/// Says so in the bot's log, unless that was said in the last day or the webhook is plainly on. Whether it was said.
pub(super) fn warn(tx: &mut Tx<'_>, webhook_id: WebhookId, now: UnixMs, line: &LogLine) -> Result<bool> {
    let bot_id: Option<[u8; 16]> = tx
        .conn
        .prepare_cached(
            "UPDATE webhook SET warned_at = ?2 WHERE id = ?1 AND cursor IS NOT NULL AND (warned_at IS NULL OR warned_at NOT BETWEEN ?3 AND ?2) RETURNING bot_id",
        )
        .and_then(|mut statement| {
            let values = params![webhook_id.bytes(), now.0, now.0 - DAY_MS + 1];
            statement.query_row(values, |row| row.get(0)).optional()
        })
        .map_err(failed)?;
    let Some(bot_id) = bot_id else { return Ok(false) };
    turns::insert_log(tx, BotId::from_bytes(bot_id), None, now, line)?;
    Ok(true)
}
