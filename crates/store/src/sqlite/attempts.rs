//! Attempts inside the writer: each is logged, its delivery waits for the next or ends, and an end frees the lane in the same commit.

use recado_model::{ContactId, DeliveryStatus, Outcome, UnixMs, WebhookId};
use rusqlite::{OptionalExtension, params};

use super::{
    batch::Tx,
    codes::{delivery_status_at, failed, json},
    deliveries::event_data,
    lanes,
    recent::Change,
};
use crate::{
    Result,
    deliveries::{AttemptCommit, ReadyDelivery},
};

/// An attempt, encoded.
pub(super) struct Made {
    delivery_seq: i64,
    number: u32,
    /// When its answer was there.
    at: UnixMs,
    outcome: Outcome,
    doc: Vec<u8>,
}

impl Made {
    pub(super) fn of(commit: &AttemptCommit) -> Result<Self> {
        let attempt = &commit.attempt;
        let timing = attempt.timing;
        let took_us = [timing.dns_us, timing.connect_us, timing.tls_us, timing.wait_us, timing.read_us]
            .map(i64::from)
            .iter()
            .sum::<i64>();
        Ok(Self {
            delivery_seq: commit.delivery_seq,
            number: attempt.number,
            at: attempt.started_at + took_us / 1_000,
            outcome: commit.outcome,
            doc: json(attempt)?,
        })
    }

    /// About how many bytes it adds to a commit.
    pub(super) fn bytes(&self) -> usize {
        512 + self.doc.len()
    }
}

/// What the writer needs of a delivery to end it.
pub(super) struct Found {
    pub(super) seq: i64,
    pub(super) status: DeliveryStatus,
    pub(super) webhook_id: WebhookId,
    pub(super) lanes_id: WebhookId,
    pub(super) lane: Option<ContactId>,
    pub(super) replay: bool,
}

pub(super) fn found_at(row: &rusqlite::Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        seq: row.get(0)?,
        status: delivery_status_at(row, 1)?,
        webhook_id: WebhookId::from_bytes(row.get(2)?),
        lanes_id: WebhookId::from_bytes(row.get(3)?),
        lane: row.get::<_, Option<[u8; 16]>>(4)?.map(ContactId::from_bytes),
        replay: row.get(5)?,
    })
}

/// Logs an attempt and does what it means. Returns the head that follows when its delivery came to its end.
pub(super) fn commit(tx: &mut Tx<'_>, made: &Made) -> Result<Option<ReadyDelivery>> {
    let seq = made.delivery_seq;
    tx.changes.push(Change::Attempted(seq));
    // Nearly always a head comes to its end: then one statement ends it and tells what is to be known of it.
    let ended_as = match made.outcome {
        Outcome::Delivered => Some(2),
        Outcome::Failed => Some(3),
        Outcome::Retry { .. } | Outcome::Probed { .. } => None,
    };
    if let Some(status) = ended_as
        && let Some(found) = end_head(tx, made, status)?
    {
        log(tx, made)?;
        return ended(tx, &found, made.at);
    }
    let found = tx
        .conn
        .prepare_cached("SELECT seq, status, webhook_id, lanes_id, lane, replay FROM delivery WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], found_at).optional())
        .map_err(failed)?;
    // Retention took it, or its bot was deleted: there is nothing to log it under.
    let Some(found) = found else { return Ok(None) };
    log(tx, made)?;
    if found.status.is_final() {
        // It was over before: only the number is used up.
        tx.conn
            .prepare_cached("UPDATE delivery SET requests = max(requests, ?2) WHERE seq = ?1")
            .and_then(|mut statement| statement.execute(params![seq, made.number]))
            .map_err(failed)?;
        return Ok(None);
    }
    match made.outcome {
        Outcome::Delivered => end_after(tx, &found, made, 2),
        Outcome::Failed => end_after(tx, &found, made, 3),
        Outcome::Retry { at } => wait(tx, made, 1, at),
        Outcome::Probed { at } => wait(tx, made, 0, at),
    }
}

/// Ends a delivery that is the head of its lane. `None` when it is not, or is not there.
fn end_head(tx: &Tx<'_>, made: &Made, status: i64) -> Result<Option<Found>> {
    let head_at = |row: &rusqlite::Row<'_>| Ok(Found { status: DeliveryStatus::Ready, ..found_at(row)? });
    tx.conn
        .prepare_cached(
            "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + 1, status = ?3, ended_at = ?4
             WHERE seq = ?1 AND status = 1 RETURNING seq, status, webhook_id, lanes_id, lane, replay",
        )
        .and_then(|mut statement| {
            statement.query_row(params![made.delivery_seq, made.number, status, made.at.0], head_at).optional()
        })
        .map_err(failed)
}

fn log(tx: &Tx<'_>, made: &Made) -> Result<()> {
    tx.conn
        .prepare_cached("INSERT INTO attempt VALUES (?1, ?2) ON CONFLICT DO UPDATE SET doc = excluded.doc")
        .and_then(|mut statement| statement.execute(params![attempt_key(made.delivery_seq, made.number), made.doc]))
        .map(drop)
        .map_err(failed)
}

fn wait(tx: &Tx<'_>, made: &Made, counts: i64, at: UnixMs) -> Result<Option<ReadyDelivery>> {
    tx.conn
        .prepare_cached(
            "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + ?3, next_at = ?4 WHERE seq = ?1",
        )
        .and_then(|mut statement| statement.execute(params![made.delivery_seq, made.number, counts, at.0]))
        .map_err(failed)?;
    Ok(None)
}

fn end_after(tx: &mut Tx<'_>, found: &Found, made: &Made, status: i64) -> Result<Option<ReadyDelivery>> {
    tx.conn
        .prepare_cached(
            "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + 1, status = ?3, ended_at = ?4 WHERE seq = ?1",
        )
        .and_then(|mut statement| statement.execute(params![found.seq, made.number, status, made.at.0]))
        .map_err(failed)?;
    ended(tx, found, made.at)
}

/// Ends a pending delivery and makes the next of its lane ready when it was the head.
pub(super) fn end(tx: &mut Tx<'_>, found: &Found, status: i64, now: UnixMs) -> Result<Option<ReadyDelivery>> {
    tx.conn
        .prepare_cached("UPDATE delivery SET status = ?2, ended_at = ?3 WHERE seq = ?1")
        .and_then(|mut statement| statement.execute(params![found.seq, status, now.0]))
        .map_err(failed)?;
    ended(tx, found, now)
}

fn ended(tx: &mut Tx<'_>, found: &Found, now: UnixMs) -> Result<Option<ReadyDelivery>> {
    tx.pending(found.webhook_id, found.lanes_id, -1);
    // Only a head leaves a lane without one; the unique index allowed no other.
    let (Some(lane), DeliveryStatus::Ready, false) = (found.lane, found.status, found.replay) else { return Ok(None) };
    let Some(next) = lanes::promote(tx, found.lanes_id, lane, now)? else { return Ok(None) };
    let next = lanes::load_ready(tx.conn, next)?;
    // Its event was just read here; whoever sends it would have to read it again from the disk.
    let (event_seq, encoding) = (next.event_seq, next.encoding);
    // One that can not be read must not hold up the attempt's commit: whoever sends it finds that out, and what becomes of it then.
    if let Ok(data) = event_data(tx.conn, event_seq, encoding) {
        tx.changes.push(Change::Body { event_seq, encoding, data: data.into() });
    }
    Ok(Some(next))
}

/// The key of an attempt: all of one delivery stand together, in order.
pub(super) fn attempt_key(delivery_seq: i64, number: u32) -> i64 {
    delivery_seq * 65_536 + i64::from(number.min(65_535))
}
