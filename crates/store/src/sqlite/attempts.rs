//! Attempts inside the writer: each is logged, its delivery waits for the next or ends, and an end frees the lane in the same commit.
//!
//! The sender may be ahead: it has the next of a lane at hand and sends it before the end of the one before is recorded. Then that one is made the head
//! without being read; and when its end is in the same commit it never becomes the head at all.

use std::collections::{HashMap, HashSet};

use recado_model::{ContactId, DeliveryStatus, Outcome, UnixMs, WebhookId};
use rusqlite::{OptionalExtension, params};

use super::{
    batch::Tx,
    codes::{delivery_status_at, failed, json},
    deliveries::{event_data, is_erased},
    erasing,
    health::Went,
    lanes,
    recent::Change,
};
use crate::{
    Result, StoreError,
    deliveries::{AttemptCommit, ReadyDelivery},
};

/// An attempt, encoded.
pub(super) struct Made {
    delivery_seq: i64,
    /// Where it was made.
    lanes_id: WebhookId,
    number: u32,
    /// When its answer was there.
    at: UnixMs,
    took_ms: i64,
    outcome: Outcome,
    /// The next of its lane, when the sender goes on with it.
    next: Option<i64>,
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
            lanes_id: commit.lanes_id,
            number: attempt.number,
            at: attempt.started_at + took_us / 1_000,
            took_ms: took_us / 1_000,
            outcome: commit.outcome,
            next: commit.next,
            doc: json(attempt)?,
        })
    }

    /// The status with which its delivery comes to its end.
    const fn ends_as(&self) -> Option<i64> {
        match self.outcome {
            Outcome::Delivered => Some(2),
            Outcome::Failed => Some(3),
            Outcome::Retry { .. } | Outcome::Probed { .. } => None,
        }
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

impl Found {
    /// Where it stands in an order.
    fn own_lane(&self) -> Option<Lane> {
        self.lane.map(|lane| (self.lanes_id, lane))
    }
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

/// Logs attempts and does what each means. Returns the heads that follow those that came to their end.
pub(super) fn commit_all(tx: &mut Tx<'_>, all: &[Made]) -> Result<Vec<ReadyDelivery>> {
    // One whose end is in this commit as well is never made the head for the time between: it goes from waiting to its end.
    let ending: HashSet<i64> =
        all.iter().filter(|made| made.ends_as().is_some()).map(|made| made.delivery_seq).collect();
    let mut passed_on = HashMap::new();
    let mut heads = Vec::new();
    for made in all {
        let turn = passed_on.remove(&made.delivery_seq).map_or(Turn::Own, Turn::PassedOn);
        match commit(tx, made, turn, &mut heads, |next| ending.contains(&next))? {
            After::Nothing => {}
            After::PassedOn { next, lane } => drop(passed_on.insert(next, lane)),
            After::Head(head) => heads.push(*head),
        }
    }
    for lane in passed_on.into_values() {
        heads.extend(next_head(tx, lane, all.last().map_or(UnixMs(0), |made| made.at))?);
    }
    Ok(heads)
}

/// A contact's deliveries to one webhook.
type Lane = (WebhookId, ContactId);

/// How it came to a delivery's turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It is the head of its lane, as far as is known.
    Own,
    /// The one before it ended in this commit and left the lane to it, without a head.
    PassedOn(Lane),
}

/// What follows an attempt.
enum After {
    Nothing,
    /// The lane has no head; `next` ends later in the commit.
    PassedOn {
        next: i64,
        lane: Lane,
    },
    Head(Box<ReadyDelivery>),
}

impl After {
    fn head(head: Option<ReadyDelivery>) -> Self {
        head.map_or(Self::Nothing, |head| Self::Head(Box::new(head)))
    }
}

/// Heads of lanes that it does not leave to the next of its own go into `heads`.
fn commit(
    tx: &mut Tx<'_>,
    made: &Made,
    turn: Turn,
    heads: &mut Vec<ReadyDelivery>,
    ends_here: impl Fn(i64) -> bool,
) -> Result<After> {
    let seq = made.delivery_seq;
    tx.changes.push(Change::Attempted(seq));
    let next = made.next.filter(|next| *next > seq);
    // Nearly always a delivery whose turn it is comes to its end: then one statement ends it and tells what is to be known of it.
    if let Some(status) = made.ends_as()
        && let Some(found) = end_in_turn(tx, made, turn, status)?
    {
        log(tx, made, &found, &made.doc)?;
        return match turn {
            // It was passed on to, and its webhook has other lanes since: it is no head there, and leaves the lane it was in to the next.
            Turn::PassedOn(lane) if found.own_lane() != Some(lane) => {
                tx.pending(found.webhook_id, found.lanes_id, -1);
                Ok(After::head(next_head(tx, lane, made.at)?))
            }
            Turn::PassedOn(_) | Turn::Own => ended(tx, &found, made.at, next, ends_here),
        };
    }
    // It has the turn that it was passed on to, unless it is over already (cancelled, erased) or its webhook has other lanes: then the next has it.
    if let Turn::PassedOn(lane) = turn {
        heads.extend(next_head(tx, lane, made.at)?.filter(|head| head.delivery.seq != seq));
    }
    let found = tx
        .conn
        .prepare_cached("SELECT seq, status, webhook_id, lanes_id, lane, replay FROM delivery WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], found_at).optional())
        .map_err(failed)?;
    // Retention took it, or its bot was deleted: there is nothing to log it under.
    let Some(found) = found else { return Ok(After::Nothing) };
    if found.status.is_final() && is_erased(tx.conn, seq)? {
        // Its contact was erased while it was under way: the answer may quote what was sent.
        let attempt = serde_json::from_slice(&made.doc)
            .map_err(|error| StoreError::Corrupt { what: "attempt", detail: error.to_string() })?;
        log(tx, made, &found, &json(&erasing::bare(attempt))?)?;
    } else {
        log(tx, made, &found, &made.doc)?;
    }
    if found.status.is_final() {
        // It was over before: only the number is used up.
        tx.conn
            .prepare_cached("UPDATE delivery SET requests = max(requests, ?2) WHERE seq = ?1")
            .and_then(|mut statement| statement.execute(params![seq, made.number]))
            .map_err(failed)?;
        return Ok(After::Nothing);
    }
    if made.outcome != Outcome::Delivered && found.lanes_id != made.lanes_id {
        return wait(tx, made, 0, made.at);
    }
    match made.outcome {
        Outcome::Delivered | Outcome::Failed => {
            let status = made.ends_as().unwrap_or(3);
            tx.conn
                .prepare_cached(
                    "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + 1, status = ?3, ended_at = ?4 WHERE seq = ?1",
                )
                .and_then(|mut statement| statement.execute(params![seq, made.number, status, made.at.0]))
                .map_err(failed)?;
            ended(tx, &found, made.at, next, ends_here)
        }
        Outcome::Retry { at } => wait(tx, made, 1, at),
        Outcome::Probed { at } => wait(tx, made, 0, at),
    }
}

/// Ends a delivery whose turn it is. `None` when it is not, or is not there.
fn end_in_turn(tx: &Tx<'_>, made: &Made, turn: Turn, status: i64) -> Result<Option<Found>> {
    let stands_as = match turn {
        Turn::PassedOn(_) => 0,
        Turn::Own => 1,
    };
    let head_at = |row: &rusqlite::Row<'_>| Ok(Found { status: DeliveryStatus::Ready, ..found_at(row)? });
    tx.conn
        .prepare_cached(
            "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + 1, status = ?3, ended_at = ?4
             WHERE seq = ?1 AND status = ?5 AND (?6 OR lanes_id = ?7) RETURNING seq, status, webhook_id, lanes_id, lane, replay",
        )
        .and_then(|mut statement| {
            let delivered = made.outcome == Outcome::Delivered;
            let lanes_id = made.lanes_id.bytes();
            let values = params![made.delivery_seq, made.number, status, made.at.0, stands_as, delivered, lanes_id];
            statement.query_row(values, head_at).optional()
        })
        .map_err(failed)
}

fn log(tx: &mut Tx<'_>, made: &Made, found: &Found, doc: &[u8]) -> Result<()> {
    tx.went(Went::of(found.webhook_id, made.at, made.took_ms, made.outcome));
    tx.conn
        .prepare_cached("INSERT INTO attempt VALUES (?1, ?2) ON CONFLICT DO UPDATE SET doc = excluded.doc")
        .and_then(|mut statement| statement.execute(params![attempt_key(made.delivery_seq, made.number), doc]))
        .map(drop)
        .map_err(failed)
}

fn wait(tx: &Tx<'_>, made: &Made, counts: i64, at: UnixMs) -> Result<After> {
    tx.conn
        .prepare_cached(
            "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + ?3, next_at = ?4 WHERE seq = ?1",
        )
        .and_then(|mut statement| statement.execute(params![made.delivery_seq, made.number, counts, at.0]))
        .map_err(failed)?;
    Ok(After::Nothing)
}

/// Ends a pending delivery and makes the next of its lane ready when it was the head.
pub(super) fn end(tx: &mut Tx<'_>, found: &Found, status: i64, now: UnixMs) -> Result<Option<ReadyDelivery>> {
    tx.conn
        .prepare_cached("UPDATE delivery SET status = ?2, ended_at = ?3 WHERE seq = ?1")
        .and_then(|mut statement| statement.execute(params![found.seq, status, now.0]))
        .map_err(failed)?;
    Ok(match ended(tx, found, now, None, |_| false)? {
        After::Head(head) => Some(*head),
        After::Nothing | After::PassedOn { .. } => None,
    })
}

/// What the end of a delivery means for its lane. `next` is the one that its sender goes on with, if there is one.
fn ended(
    tx: &mut Tx<'_>,
    found: &Found,
    now: UnixMs,
    next: Option<i64>,
    ends_here: impl Fn(i64) -> bool,
) -> Result<After> {
    tx.pending(found.webhook_id, found.lanes_id, -1);
    // Only a head leaves a lane without one; the unique index allowed no other.
    let (Some(lane), DeliveryStatus::Ready, false) = (found.own_lane(), found.status, found.replay) else {
        return Ok(After::Nothing);
    };
    match next {
        Some(next) if ends_here(next) => Ok(After::PassedOn { next, lane }),
        Some(next) if lanes::promote_this(tx, lane, next, now)? => Ok(After::Nothing),
        Some(_) | None => Ok(After::head(next_head(tx, lane, now)?)),
    }
}

/// Makes the next of a lane that has no head ready, if one waits.
fn next_head(tx: &mut Tx<'_>, (lanes_id, lane): Lane, now: UnixMs) -> Result<Option<ReadyDelivery>> {
    let Some(next) = lanes::promote(tx, lanes_id, lane, now)? else { return Ok(None) };
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

#[cfg(test)]
mod tests {
    use recado_model::{Attempt, FailureKind};

    use super::json;

    /// As it was written before what is empty was left out.
    const LONG: &str = r#"{"number":2,"started_at":5,"url":"https://a.example/","format":"json","request_headers":[["a","b"]],"status":null,
        "response_headers":[],"response_body":"","response_cut":false,"timing":{"dns_us":1,"connect_us":2,"tls_us":3,"wait_us":4,"read_us":5},
        "remote_ip":null,"failure":"timeout","error":"no answer"}"#;

    #[test]
    fn an_attempt_is_kept_without_what_is_empty_and_read_in_both_forms() {
        let read: Attempt = serde_json::from_str(LONG).unwrap();
        assert_eq!((read.failure, read.timing.wait_us), (Some(FailureKind::Timeout), 4));
        let kept = json(&read).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&kept),
            r#"{"number":2,"started_at":5,"url":"https://a.example/","format":"json","request_headers":[["a","b"]],"timing":[1,2,3,4,5],"failure":"timeout","error":"no answer"}"#
        );
        assert_eq!(serde_json::from_slice::<Attempt>(&kept).unwrap(), read);
    }
}
