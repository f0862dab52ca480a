//! A webhook that is behind gets the deliveries of the events it has not had, in the order of the event log.
//!
//! Each step is one transaction: it makes the deliveries of a few events and moves the cursor past them. The step that reaches the end of the
//! log takes the cursor away, so that the next event, which only a later transaction can write, makes its delivery at once: none is left out, made
//! twice or made before an earlier one. A crash between two steps costs nothing.

use recado_model::{
    BotId, ContactId, DeliveryId, EventKind, UnixMs, Webhook, WebhookId, WebhookState, entropy::Seeded,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    batch::Tx,
    codes::{event_kind_at, failed},
    events,
    lanes::{self, Born},
    webhooks,
};
use crate::{
    Result, StoreError,
    deliveries::{CatchUp, CaughtUp},
};

/// An event as a step needs it: sequence, kind, contact, time.
pub(super) type Passed = (i64, EventKind, [u8; 16], i64);

/// Makes the deliveries of the next events, unless enough is pending.
pub(super) fn step(tx: &mut Tx<'_>, webhook_id: WebhookId, step: &CatchUp) -> Result<CaughtUp> {
    let webhook = match webhooks::one(tx.conn, webhook_id) {
        Ok(stored) => stored.webhook,
        Err(StoreError::NotFound { .. }) => return Ok(CaughtUp::NotBehind),
        Err(error) => return Err(error),
    };
    let WebhookState::Behind { cursor } = webhook.state else { return Ok(CaughtUp::NotBehind) };
    if tx.pending_of(webhook_id)? >= tx.pending_max / 2 {
        return Ok(CaughtUp::Enough);
    }
    let passed = after(tx.conn, webhook.bot_id, cursor, step.events_max)?;
    let mut random = Seeded::new(step.seed);
    for event in &passed {
        if let Some((encoding, url)) = wanted(tx.conn, &webhook, event, step.encoding)? {
            let id = DeliveryId::new(step.now, &mut random);
            make(tx, &webhook, event, id, encoding, url.as_deref(), step)?;
        }
    }
    let end = passed.len() < step.events_max;
    let cursor = if end { None } else { passed.last().map(|event| event.0) };
    webhooks::move_cursor(tx, webhook_id, cursor)?;
    Ok(if end { CaughtUp::Whole } else { CaughtUp::Part })
}

/// The events of a bot after a cursor that are anybody's to have: erased ones and test sends are not.
pub(super) const AFTER: &str = "SELECT seq, kind, contact_id, at FROM event WHERE bot_id = ?1 AND seq > ?2 AND length(data) > 0 AND test = 0 ORDER BY seq LIMIT ?3";

fn after(conn: &Connection, bot_id: BotId, cursor: i64, limit: usize) -> Result<Vec<Passed>> {
    conn.prepare_cached(AFTER)
        .and_then(|mut statement| {
            statement
                .query_map(params![bot_id.bytes(), cursor, limit as i64], |row| {
                    Ok((row.get(0)?, event_kind_at(row, 1)?, row.get(2)?, row.get(3)?))
                })?
                .collect()
        })
        .map_err(failed)
}

/// In which encoding and under which URL the webhook gets the event, if it does.
pub(super) fn wanted(
    conn: &Connection,
    webhook: &Webhook,
    (seq, kind, ..): &Passed,
    encoding: u8,
) -> Result<Option<(u8, Option<String>)>> {
    let wanted = if *kind == EventKind::FlowWebhook {
        // What a *send webhook* made is for the webhook of its element alone.
        events::withheld(conn, *seq, webhook.id)?
    } else if webhook.events.contains(kind) {
        // A setting that was changed since the event happened: the encoding that each event has.
        let there = encoding == 0 || is_encoded(conn, *seq, encoding)?;
        Some((if there { encoding } else { 0 }, None))
    } else {
        None
    };
    // One that was recorded as skipped is there already.
    if wanted.is_some() && has_delivery(conn, *seq, webhook.id)? {
        return Ok(None);
    }
    Ok(wanted)
}

fn is_encoded(conn: &Connection, event_seq: i64, encoding: u8) -> Result<bool> {
    conn.prepare_cached("SELECT 1 FROM event_encoding WHERE event_seq = ?1 AND encoding = ?2")
        .and_then(|mut statement| statement.exists(params![event_seq, encoding]))
        .map_err(failed)
}

fn has_delivery(conn: &Connection, event_seq: i64, webhook_id: WebhookId) -> Result<bool> {
    conn.prepare_cached("SELECT 1 FROM delivery WHERE event_seq = ?1 AND webhook_id = ?2")
        .and_then(|mut statement| statement.exists(params![event_seq, webhook_id.bytes()]))
        .map_err(failed)
}

fn make(
    tx: &mut Tx<'_>,
    webhook: &Webhook,
    (event_seq, _, contact_id, at): &Passed,
    id: DeliveryId,
    encoding: u8,
    url: Option<&str>,
    step: &CatchUp,
) -> Result<()> {
    let born = Born {
        id,
        event_seq: *event_seq,
        bot_id: webhook.bot_id,
        contact_id: ContactId::from_bytes(*contact_id),
        webhook_id: webhook.id,
        lanes_id: webhook.lanes_id,
        ordered: webhook.ordered,
        url,
        encoding,
        skipped: step.skipped,
        at: step.now.max(UnixMs(*at)),
    };
    lanes::insert(tx, &born).map(drop)
}

/// The webhooks that are behind, with their bots.
pub(super) fn behind(conn: &Connection) -> Result<Vec<(BotId, WebhookId)>> {
    conn.prepare_cached(
        "SELECT bot_id, id FROM webhook INDEXED BY webhook_behind WHERE is_on = 1 AND cursor IS NOT NULL",
    )
    .and_then(|mut statement| {
        statement
            .query_map([], |row| Ok((BotId::from_bytes(row.get(0)?), WebhookId::from_bytes(row.get(1)?))))?
            .collect()
    })
    .map_err(failed)
}

/// Events of the webhook's bot after its cursor, counted to `limit` at most. 0 when it has no cursor.
pub(super) fn events_after_cursor(conn: &Connection, webhook_id: WebhookId, limit: usize) -> Result<u64> {
    let found: Option<([u8; 16], Option<i64>)> = conn
        .prepare_cached("SELECT bot_id, cursor FROM webhook WHERE id = ?1")
        .and_then(|mut statement| {
            statement.query_row([webhook_id.bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(failed)?;
    let Some((bot_id, Some(cursor))) = found else { return Ok(0) };
    conn.prepare_cached("SELECT count(*) FROM (SELECT 1 FROM event WHERE bot_id = ?1 AND seq > ?2 LIMIT ?3)")
        .and_then(|mut statement| {
            statement.query_row(params![bot_id, cursor, limit as i64], |row| row.get::<_, i64>(0))
        })
        .map(|count| count.max(0) as u64)
        .map_err(failed)
}
