//! Lanes inside the writer: a delivery is born ready or waiting, and when a head ends the next one is made ready in the same commit.

use recado_model::{ContactId, Delivery, DeliveryId, EventId, UnixMs, WebhookId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    batch::Tx,
    codes::{delivery_status_at, event_kind_at, failed, or_exists},
    recent::Change,
};
use crate::{Result, deliveries::ReadyDelivery};

/// Whether the webhook of a delivery is neither off nor deleted; what is left of one that was deleted is being cancelled.
macro_rules! goes {
    ($delivery:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM webhook w INDEXED BY webhook_off WHERE w.id = ",
            $delivery,
            ".webhook_id AND w.is_on = 0) AND NOT EXISTS (SELECT 1 FROM cancelling c WHERE c.webhook_id = ",
            $delivery,
            ".webhook_id)"
        )
    };
}

pub(super) use goes;

/// The columns that [`ready_at`] reads, from `delivery d JOIN event e`.
macro_rules! delivery_columns {
    () => {
        "d.id, d.seq, e.id, e.kind, e.title, d.webhook_id, d.lanes_id, d.bot_id, e.contact_id, d.url, d.status, d.attempts, d.next_at, \
         e.at, d.ended_at, d.replay, d.event_seq, d.encoding, d.requests"
    };
}
pub(super) use delivery_columns;

/// A delivery from the columns above.
pub(super) fn delivery_at(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let event_kind = event_kind_at(row, 3)?;
    Ok(Delivery {
        id: DeliveryId::from_bytes(row.get(0)?),
        seq: row.get(1)?,
        event_id: EventId::from_bytes(row.get(2)?),
        event_kind,
        title: row.get::<_, Option<String>>(4)?.unwrap_or_else(|| event_kind.as_str().to_owned()),
        webhook_id: WebhookId::from_bytes(row.get(5)?),
        lanes_id: WebhookId::from_bytes(row.get(6)?),
        bot_id: recado_model::BotId::from_bytes(row.get(7)?),
        contact_id: ContactId::from_bytes(row.get(8)?),
        url: row.get(9)?,
        status: delivery_status_at(row, 10)?,
        attempts: row.get(11)?,
        next_at: UnixMs(row.get(12)?),
        created_at: UnixMs(row.get(13)?),
        ended_at: row.get::<_, Option<i64>>(14)?.map(UnixMs),
        replay: row.get(15)?,
    })
}

/// A head from the columns above.
pub(super) fn ready_at(row: &Row<'_>) -> rusqlite::Result<ReadyDelivery> {
    Ok(ReadyDelivery {
        delivery: delivery_at(row)?,
        event_seq: row.get(16)?,
        encoding: row.get(17)?,
        requests: row.get(18)?,
    })
}

/// The delivery with this sequence.
pub(super) fn load_ready(conn: &Connection, seq: i64) -> Result<ReadyDelivery> {
    conn.prepare_cached(concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM delivery d JOIN event e ON e.seq = d.event_seq WHERE d.seq = ?1"
    ))
    .and_then(|mut statement| statement.query_row([seq], ready_at))
    .map_err(failed)
}

/// A delivery that is about to be stored.
pub(super) struct Born<'a> {
    pub(super) id: DeliveryId,
    pub(super) event_seq: i64,
    pub(super) bot_id: recado_model::BotId,
    pub(super) contact_id: ContactId,
    pub(super) webhook_id: WebhookId,
    pub(super) lanes_id: WebhookId,
    pub(super) ordered: bool,
    pub(super) url: Option<&'a str>,
    pub(super) encoding: u8,
    pub(super) skipped: bool,
    pub(super) at: UnixMs,
}

/// Where a new delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// It is ready.
    Head,
    /// It waits behind this one.
    Behind(i64),
    /// It is over already.
    Ended,
}

/// Stores a delivery.
pub(super) fn insert(tx: &mut Tx<'_>, born: &Born<'_>) -> Result<Stand> {
    let lane = born.ordered.then_some(born.contact_id);
    let stand = match lane {
        _ if born.skipped => Stand::Ended,
        None => Stand::Head,
        Some(lane) => last_of(tx.conn, born.lanes_id, lane)?.map_or(Stand::Head, Stand::Behind),
    };
    let status = match stand {
        Stand::Behind(_) => 0,
        Stand::Head => 1,
        Stand::Ended => 4,
    };
    tx.seqs.delivery += 1;
    tx.conn
        .prepare_cached(
            "INSERT INTO delivery (seq, id, event_seq, bot_id, webhook_id, lanes_id, lane, encoding, status, born_ready, next_at, ended_at, url)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                tx.seqs.delivery,
                born.id.bytes(),
                born.event_seq,
                born.bot_id.bytes(),
                born.webhook_id.bytes(),
                born.lanes_id.bytes(),
                lane.as_ref().map(ContactId::bytes),
                born.encoding,
                status,
                status == 1,
                born.at.0,
                born.skipped.then_some(born.at.0),
                born.url,
            ])
        })
        .map_err(or_exists("delivery"))?;
    if !born.skipped {
        tx.pending(born.webhook_id, born.lanes_id, 1);
    }
    Ok(stand)
}

/// The last pending delivery of a lane. One without a head has none that goes before the webhooks that are off now are on again; see [`settle`].
fn last_of(conn: &Connection, lanes_id: WebhookId, lane: ContactId) -> Result<Option<i64>> {
    let one = |sql: &str| {
        conn.prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_row(params![lanes_id.bytes(), lane.bytes()], |row| row.get(0)).optional()
            })
            .map_err(failed)
    };
    let head: Option<i64> = one(
        "SELECT seq FROM delivery WHERE lanes_id = ?1 AND lane = ?2 AND status = 1 AND replay = 0 AND lane IS NOT NULL",
    )?;
    if head.is_none() {
        return Ok(None);
    }
    let waiting =
        one("SELECT seq FROM delivery WHERE lanes_id = ?1 AND lane = ?2 AND status = 0 ORDER BY seq DESC LIMIT 1")?;
    Ok(waiting.or(head))
}

/// Makes this waiting delivery the head of the lane, which has none. Whether it waited in it and its webhook is not off.
pub(super) fn promote_this(
    tx: &Tx<'_>,
    (lanes_id, lane): (WebhookId, ContactId),
    seq: i64,
    now: UnixMs,
) -> Result<bool> {
    tx.conn
        .prepare_cached(concat!(
            "UPDATE delivery SET status = 1, next_at = max(next_at, ?2)
             WHERE seq = ?1 AND status = 0 AND lanes_id = ?3 AND lane = ?4 AND ",
            goes!("delivery")
        ))
        .and_then(|mut statement| statement.execute(params![seq, now.0, lanes_id.bytes(), lane.bytes()]))
        .map(|changed| changed > 0)
        .map_err(failed)
}

/// Makes the next waiting delivery of a lane that has no head ready, leaving out those of webhooks that are off. Returns its sequence.
pub(super) fn promote(tx: &Tx<'_>, lanes_id: WebhookId, lane: ContactId, now: UnixMs) -> Result<Option<i64>> {
    tx.conn
        .prepare_cached(concat!(
            "UPDATE delivery SET status = 1, next_at = max(next_at, ?3) WHERE seq =
               (SELECT seq FROM delivery d WHERE lanes_id = ?1 AND lane = ?2 AND status = 0 AND ",
            goes!("d"),
            " ORDER BY seq LIMIT 1) RETURNING seq"
        ))
        .and_then(|mut statement| {
            statement.query_row(params![lanes_id.bytes(), lane.bytes(), now.0], |row| row.get(0)).optional()
        })
        .map_err(failed)
}

/// After a webhook of these lanes was switched on or off, or came or went. Where several webhooks share lanes, one that is off holds up no other: its heads go back
/// to wait, and the next of each lane that may go is made ready. A webhook that has its lanes alone keeps its heads while it is off. All lanes at once, for this is rare.
pub(super) fn settle(tx: &Tx<'_>, lanes_id: WebhookId, is_shared: bool) -> Result<()> {
    let mut statements = Vec::with_capacity(2);
    if is_shared {
        statements.push(
            "UPDATE delivery INDEXED BY delivery_ready SET status = 0
             WHERE lanes_id = ?1 AND status = 1 AND replay = 0 AND lane IS NOT NULL
               AND webhook_id IN (SELECT id FROM webhook INDEXED BY webhook_off WHERE is_on = 0)",
        );
    }
    statements.push(concat!(
        "UPDATE delivery SET status = 1 WHERE seq IN
           (SELECT min(d.seq) FROM delivery d INDEXED BY delivery_waiting WHERE d.lanes_id = ?1 AND d.status = 0 AND ",
        goes!("d"),
        " AND NOT EXISTS (SELECT 1 FROM delivery h INDEXED BY delivery_one_head_a_lane
              WHERE h.lanes_id = d.lanes_id AND h.lane = d.lane AND h.status = 1 AND h.replay = 0 AND h.lane IS NOT NULL)
            GROUP BY d.lane)"
    ));
    for sql in statements {
        tx.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([lanes_id.bytes()])).map_err(failed)?;
    }
    Ok(())
}

/// Sequence, webhook, lanes, lane, and whether it is a head.
pub(super) type Victim = (i64, [u8; 16], [u8; 16], Option<[u8; 16]>, bool);

/// The lanes in which a webhook has pending deliveries.
pub(super) fn lanes_of(tx: &mut Tx<'_>, webhook_id: WebhookId) -> Result<Vec<[u8; 16]>> {
    tx.flush()?;
    tx.conn
        .prepare_cached("SELECT lanes_id FROM pending WHERE webhook_id = ?1 AND count > 0")
        .and_then(|mut statement| statement.query_map([webhook_id.bytes()], |row| row.get(0))?.collect())
        .map_err(failed)
}

/// Puts the pending deliveries of a webhook into other lanes, as if they were new there: due at once, with all their attempts, and without a URL of their own to
/// the webhook's. Those that go in a contact's order wait, until [`settle`] says whose turn it is: the order of their sequence stays.
pub(super) fn move_pending(tx: &mut Tx<'_>, webhook_id: WebhookId, to: WebhookId, now: UnixMs) -> Result<()> {
    for from in lanes_of(tx, webhook_id)? {
        let mut moved = 0;
        for sql in [
            "UPDATE delivery INDEXED BY delivery_waiting SET lanes_id = ?3, url = NULL, attempts = 0, next_at = min(next_at, ?4)
             WHERE status = 0 AND lanes_id = ?2 AND webhook_id = ?1",
            "UPDATE delivery INDEXED BY delivery_ready SET lanes_id = ?3, url = NULL, attempts = 0, next_at = min(next_at, ?4),
               status = (lane IS NULL OR replay = 1)
             WHERE status = 1 AND lanes_id = ?2 AND webhook_id = ?1",
        ] {
            let values = params![webhook_id.bytes(), from, to.bytes(), now.0];
            moved += tx.conn.execute(sql, values).map_err(failed)? as i64;
        }
        tx.pending(webhook_id, WebhookId::from_bytes(from), -moved);
        tx.pending(webhook_id, to, moved);
    }
    Ok(())
}

/// Cancels the pending deliveries of an event.
pub(super) fn cancel_of_event(tx: &mut Tx<'_>, event_seq: i64, now: UnixMs) -> Result<()> {
    let sql = "SELECT seq, webhook_id, lanes_id, lane, status = 1 AND replay = 0 FROM delivery WHERE event_seq = ?1 AND status IN (0, 1)";
    let victims: Vec<Victim> = tx
        .conn
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map([event_seq], victim_at)?.collect())
        .map_err(failed)?;
    cancel(tx, victims, now, true).map(drop)
}

pub(super) fn victim_at(row: &Row<'_>) -> rusqlite::Result<Victim> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

/// Cancels them all, then, if any other may wait there, promotes in lanes that lost their head. Returns whether there are new heads.
pub(super) fn cancel(tx: &mut Tx<'_>, victims: Vec<Victim>, now: UnixMs, promotes: bool) -> Result<bool> {
    for (seq, webhook, lanes, ..) in &victims {
        tx.conn
            .prepare_cached("UPDATE delivery SET status = 5, ended_at = ?2 WHERE seq = ?1")
            .and_then(|mut statement| statement.execute(params![seq, now.0]))
            .map_err(failed)?;
        tx.pending(WebhookId::from_bytes(*webhook), WebhookId::from_bytes(*lanes), -1);
        tx.changes.push(Change::Attempted(*seq));
    }
    let mut has_heads = false;
    for (_, _, lanes, lane, was_head) in victims {
        if let (Some(lane), true, true) = (lane, was_head, promotes) {
            let head = promote(tx, WebhookId::from_bytes(lanes), ContactId::from_bytes(lane), now)?;
            has_heads |= head.is_some();
        }
    }
    Ok(has_heads)
}
