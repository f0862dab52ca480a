//! What deleted webhooks had pending is cancelled in steps that leave the writer free after a few milliseconds.
//!
//! A webhook is gone with the first commit: nothing of it is sent, and none of its deliveries becomes a head any more. A row in `cancelling` for each of its
//! lanes tells where the next step goes on; after a crash whoever steps next does. Heads go first, so that the other webhooks in the same lanes go on at once.
//! No delivery comes to stand behind the place that was reached: none is made, none that waits becomes a head, and a head is only put off.

use recado_model::{BotId, UnixMs, WebhookId};
use rusqlite::{OptionalExtension, params, types::Value as SqlValue};
use tokio::time::Instant;

use super::{
    batch::Tx,
    codes::failed,
    lanes::{self, Victim},
    room::{BATCH, ROWS, run},
};
use crate::{Result, deliveries::Cancelled};

/// Which deleted webhook, in which lanes, and where the next step goes on.
struct Row {
    webhook_id: WebhookId,
    lanes_id: WebhookId,
    bot_id: BotId,
    at: UnixMs,
    place: Place,
}

/// Where a step goes on.
struct Place {
    waiting: bool,
    /// The `next_at` of a head, or the contact of one that waits.
    after: SqlValue,
    seq: i64,
}

/// What a look at some deliveries gave: those of the webhook, the place behind the last one, and whether that is the end.
struct Look {
    victims: Vec<Victim>,
    place: Option<(SqlValue, i64)>,
    is_end: bool,
}

/// Deletes these webhooks and leaves a row for whatever each has pending. `which` is a condition on `webhook w` with `?1`.
pub(super) fn begin(tx: &mut Tx<'_>, which: &str, id: [u8; 16], now: UnixMs) -> Result<()> {
    // What is pending is to be known with that of this batch.
    tx.flush()?;
    let keep = format!(
        "INSERT INTO cancelling (webhook_id, lanes_id, bot_id, at)
         SELECT p.webhook_id, p.lanes_id, w.bot_id, ?2 FROM webhook w JOIN pending p ON p.webhook_id = w.id AND p.count > 0 WHERE {which}"
    );
    run(tx.conn, &keep, params![id, now.0])?;
    run(tx.conn, &format!("DELETE FROM webhook AS w WHERE {which}"), [id]).map(drop)
}

/// Cancels some of what a deleted webhook had pending. `None` when nothing is left of any.
pub(super) fn step(tx: &mut Tx<'_>) -> Result<Option<Cancelled>> {
    let end = Instant::now() + BATCH;
    let Some(Row { webhook_id, lanes_id, bot_id, at, mut place }) = next(tx)? else { return Ok(None) };
    let mut freed = false;
    let shared = is_shared(tx, webhook_id, lanes_id)?;
    loop {
        let look = look(tx, webhook_id, lanes_id, &place)?;
        freed |= lanes::cancel(tx, look.victims, at, shared)?;
        match (look.place, look.is_end) {
            (_, true) if place.waiting => {
                run(
                    tx.conn,
                    "DELETE FROM cancelling WHERE webhook_id = ?1 AND lanes_id = ?2",
                    params![webhook_id.bytes(), lanes_id.bytes()],
                )?;
                return Ok(Some(Cancelled { bot_id, freed }));
            }
            (Some((after, seq)), false) => (place.after, place.seq) = (after, seq),
            (_, _) => place = Place { waiting: true, after: SqlValue::Null, seq: 0 },
        }
        if Instant::now() >= end {
            break;
        }
    }
    run(
        tx.conn,
        "UPDATE cancelling SET waiting = ?3, place = ?4, seq = ?5 WHERE webhook_id = ?1 AND lanes_id = ?2",
        params![webhook_id.bytes(), lanes_id.bytes(), place.waiting, place.after, place.seq],
    )?;
    Ok(Some(Cancelled { bot_id, freed }))
}

fn next(tx: &Tx<'_>) -> Result<Option<Row>> {
    let row_at = |row: &rusqlite::Row<'_>| {
        Ok(Row {
            webhook_id: WebhookId::from_bytes(row.get(0)?),
            lanes_id: WebhookId::from_bytes(row.get(1)?),
            bot_id: BotId::from_bytes(row.get(2)?),
            at: UnixMs(row.get(3)?),
            place: Place { waiting: row.get(4)?, after: row.get(5)?, seq: row.get(6)? },
        })
    };
    tx.conn
        .prepare_cached("SELECT webhook_id, lanes_id, bot_id, at, waiting, place, seq FROM cancelling LIMIT 1")
        .and_then(|mut statement| statement.query_row([], row_at).optional())
        .map_err(failed)
}

/// Whether another webhook has something pending in the lanes. One that has not finds them free when it does.
fn is_shared(tx: &mut Tx<'_>, webhook_id: WebhookId, lanes_id: WebhookId) -> Result<bool> {
    tx.flush()?;
    tx.conn
        .prepare_cached("SELECT 1 FROM pending WHERE lanes_id = ?2 AND webhook_id <> ?1 AND count > 0")
        .and_then(|mut statement| statement.exists(params![webhook_id.bytes(), lanes_id.bytes()]))
        .map_err(failed)
}

/// Pending deliveries of lanes `?1` behind `?2` and sequence `?3`, at most `?4`: those that have `?2` as well, then those that have more.
macro_rules! behind {
    ($index:literal, $status:literal, $was_head:literal, $key:literal) => {
        [
            concat!(
                "SELECT seq, webhook_id, lanes_id, lane, ",
                $was_head,
                ", ",
                $key,
                " FROM delivery INDEXED BY ",
                $index,
                " WHERE lanes_id = ?1 AND status = ",
                $status,
                " AND ",
                $key,
                " = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4"
            ),
            concat!(
                "SELECT seq, webhook_id, lanes_id, lane, ",
                $was_head,
                ", ",
                $key,
                " FROM delivery INDEXED BY ",
                $index,
                " WHERE lanes_id = ?1 AND status = ",
                $status,
                " AND ",
                $key,
                " > ?2 AND ?3 = ?3 ORDER BY ",
                $key,
                ", seq LIMIT ?4"
            ),
        ]
    };
}

/// Looks at the next pending deliveries of the lanes, the webhook's own and others.
fn look(tx: &Tx<'_>, webhook_id: WebhookId, lanes_id: WebhookId, place: &Place) -> Result<Look> {
    let (queries, beginning) = if place.waiting {
        (behind!("delivery_waiting", "0", "0", "lane"), SqlValue::Blob(Vec::new()))
    } else {
        (behind!("delivery_ready", "1", "replay = 0", "next_at"), SqlValue::Integer(i64::MIN))
    };
    let after = if place.after == SqlValue::Null { &beginning } else { &place.after };
    let (mut victims, mut reached, mut looked) = (Vec::new(), None, 0);
    for sql in queries {
        let mut statement = tx.conn.prepare_cached(sql).map_err(failed)?;
        let values = params![lanes_id.bytes(), after, place.seq, (ROWS - looked) as i64];
        let mut rows = statement.query(values).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let victim = lanes::victim_at(row).map_err(failed)?;
            looked += 1;
            reached = Some((row.get(5).map_err(failed)?, victim.0));
            if victim.1 == *webhook_id.bytes() {
                victims.push(victim);
            }
        }
    }
    Ok(Look { victims, place: reached, is_end: looked < ROWS })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::sqlite::migrations::migrate;

    #[test]
    fn a_step_begins_where_the_last_one_ended() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        let plan = |sql: &str| -> String {
            let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            statement.query_row(params![[0_u8; 16], 0, 0, 0], |row| row.get(3)).unwrap()
        };
        let of = |index: &str, rest: [&str; 2]| {
            rest.map(|rest| format!("SEARCH delivery USING INDEX {index} (lanes_id=? AND {rest})"))
        };
        let waiting = behind!("delivery_waiting", "0", "0", "lane").map(plan);
        assert_eq!(waiting, of("delivery_waiting", ["lane=? AND seq>?", "lane>?"]));
        let heads = behind!("delivery_ready", "1", "replay = 0", "next_at").map(plan);
        assert_eq!(heads, of("delivery_ready", ["next_at=? AND seq>?", "next_at>?"]));
    }
}
