//! Making room: retention, what is left of erased contacts, and the rows of deleted bots, in batches that leave the writer free after a few milliseconds.

use std::time::Duration;

use recado_model::{ContactId, UnixMs, WebhookId};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::time::Instant;

use super::{attempts::attempt_key, batch::Tx, codes::failed, erasing, lanes, names};
use crate::{
    Result,
    records::{Retention, Totals},
};

/// The writer's time for one batch.
pub(super) const BATCH: Duration = Duration::from_millis(4);
/// Rows that one statement removes.
pub(super) const ROWS: usize = 64;

/// Removes a batch of what is too old. Returns whether there is more.
pub(super) fn make_room(tx: &mut Tx<'_>, retention: Retention) -> Result<bool> {
    let end = Instant::now() + BATCH;
    // What somebody wants forgotten goes before what is merely old.
    if erasing::sweep(tx, end)? || names::sweep(tx, end)? {
        return Ok(true);
    }
    for (sql, before) in [
        (
            "DELETE FROM dedup WHERE (bot_id, kind, key) IN (SELECT bot_id, kind, key FROM dedup WHERE at < ?1 LIMIT ?2)",
            retention.dedup_before,
        ),
        (
            "DELETE FROM idempotent WHERE rowid IN (SELECT rowid FROM idempotent WHERE at < ?1 LIMIT ?2)",
            retention.idempotency_before,
        ),
        (
            "DELETE FROM webhook_health WHERE (hour, webhook_id, took) IN
               (SELECT hour, webhook_id, took FROM webhook_health WHERE hour < ?1 LIMIT ?2)",
            retention.log_before,
        ),
    ] {
        while run(tx.conn, sql, params![before.0, ROWS as i64])? == ROWS {
            if Instant::now() >= end {
                return Ok(true);
            }
        }
    }
    if sweep_old(tx, retention, end)? {
        return Ok(true);
    }
    sweep_deleted_bots(tx, end)
}

pub(super) fn run(conn: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
    conn.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(failed)
}

/// Walks what is old in the order it came. An event with a delivery that is on its way stays, with all its deliveries and the later events of its contact. Returns
/// whether there is more.
fn sweep_old(tx: &mut Tx<'_>, retention: Retention, end: Instant) -> Result<bool> {
    let conn = tx.conn;
    let log = "SELECT seq, at FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let notifications = "SELECT seq, at FROM notification WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let events = "SELECT seq, at FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let remove_from = |sql: &'static str| move |seq: i64, _at: i64| run(conn, sql, [seq]).map(drop);
    if tx.swept.log.go_on(conn, log, retention, end, remove_from("DELETE FROM log WHERE seq = ?1"))?
        || tx.swept.notifications.go_on(
            conn,
            notifications,
            retention,
            end,
            remove_from("DELETE FROM notification WHERE seq = ?1"),
        )?
    {
        return Ok(true);
    }
    let mut walk = std::mem::take(&mut tx.swept.events);
    let more = walk.go_on(conn, events, retention, end, |seq, at| {
        remove_event(tx, seq, at >= retention.pending_before.0, retention.log_before)
    })?;
    tx.swept.events = walk;
    Ok(more)
}

/// Removes an event with its deliveries and their attempts, unless one of them is on its way, or an older event of its contact stays, which would be found no
/// more. What is pending to a webhook that is off stands still: it is taken back, which leaves its lane in order.
fn remove_event(tx: &mut Tx<'_>, seq: i64, may_stay: bool, now: UnixMs) -> Result<()> {
    let stays = tx
        .conn
        .prepare_cached(concat!(
            "SELECT 1 FROM delivery d WHERE event_seq = ?1 AND status IN (0, 1) AND ?2 AND ",
            lanes::goes!("d"),
            " UNION ALL SELECT 1 FROM event e JOIN event older ON older.seq = e.prev WHERE e.seq = ?1"
        ))
        .and_then(|mut statement| statement.exists(params![seq, may_stay]))
        .map_err(failed)?;
    if stays {
        return Ok(());
    }
    lanes::cancel_of_event(tx, seq, now)?;
    remove_whole_event(tx.conn, seq)
}

fn remove_whole_event(conn: &Connection, seq: i64) -> Result<()> {
    let deliveries: Vec<i64> = conn
        .prepare_cached("SELECT seq FROM delivery WHERE event_seq = ?1")
        .and_then(|mut statement| statement.query_map([seq], |row| row.get(0))?.collect())
        .map_err(failed)?;
    for delivery in deliveries {
        run(
            conn,
            "DELETE FROM attempt WHERE key BETWEEN ?1 AND ?2",
            params![attempt_key(delivery, 0), attempt_key(delivery, 65_535)],
        )?;
        run(conn, "DELETE FROM delivery WHERE seq = ?1", [delivery])?;
    }
    run(conn, "DELETE FROM event_encoding WHERE event_seq = ?1", [seq])?;
    run(conn, "DELETE FROM withheld WHERE event_seq = ?1", [seq])?;
    run(conn, "DELETE FROM event WHERE seq = ?1", [seq]).map(drop)
}

/// Takes the pending deliveries of an event out of the sums.
fn forget_pending(tx: &mut Tx<'_>, event_seq: i64) -> Result<()> {
    let pending: Vec<([u8; 16], [u8; 16])> = tx
        .conn
        .prepare_cached("SELECT webhook_id, lanes_id FROM delivery WHERE event_seq = ?1 AND status IN (0, 1)")
        .and_then(|mut statement| statement.query_map([event_seq], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(failed)?;
    for (webhook_id, lanes_id) in pending {
        tx.pending(WebhookId::from_bytes(webhook_id), WebhookId::from_bytes(lanes_id), -1);
    }
    Ok(())
}

/// Removes rows of bots that were deleted, the bot itself last.
fn sweep_deleted_bots(tx: &mut Tx<'_>, end: Instant) -> Result<bool> {
    let bot: Option<[u8; 16]> = tx
        .conn
        .query_row("SELECT id FROM bot WHERE deleted = 1 LIMIT 1", [], |row| row.get(0))
        .optional()
        .map_err(failed)?;
    let Some(bot) = bot else { return Ok(false) };
    loop {
        if remove_rows_of(tx, bot, end)? == 0 {
            run(tx.conn, "DELETE FROM bot WHERE id = ?1", [bot])?;
            return Ok(true);
        }
        if Instant::now() >= end {
            return Ok(true);
        }
    }
}

/// Removes a few rows of a bot, what could still be sent first. 0 when there are none left.
fn remove_rows_of(tx: &mut Tx<'_>, bot: [u8; 16], end: Instant) -> Result<usize> {
    let conn = tx.conn;
    let cancelled = run(
        conn,
        "UPDATE message SET status = 6 WHERE seq IN
           (SELECT seq FROM message INDEXED BY message_queued_bot WHERE bot_id = ?1 AND status = 1 LIMIT ?2)",
        params![bot, ROWS as i64],
    )?;
    if cancelled > 0 {
        return Ok(cancelled);
    }
    let seqs: Vec<i64> = conn
        .prepare_cached("SELECT seq FROM event WHERE bot_id = ?1 LIMIT 16")
        .and_then(|mut statement| statement.query_map([bot], |row| row.get(0))?.collect())
        .map_err(failed)?;
    for seq in &seqs {
        // A turn that was under way while the bot was deleted may have left a pending delivery.
        forget_pending(tx, *seq)?;
        remove_whole_event(conn, *seq)?;
        if Instant::now() >= end {
            break;
        }
    }
    if !seqs.is_empty() {
        return Ok(seqs.len());
    }
    let contacts: Vec<([u8; 16], Option<i64>)> = conn
        .prepare_cached("SELECT id, last_message FROM contact WHERE bot_id = ?1 LIMIT 16")
        .and_then(|mut statement| statement.query_map([bot], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(failed)?;
    for (contact, last_message) in &contacts {
        if !erasing::remove_messages(conn, *contact, *last_message, end)? {
            break;
        }
        erasing::remove_contact(conn, ContactId::from_bytes(*contact))?;
    }
    if !contacts.is_empty() {
        return Ok(contacts.len());
    }
    let mut removed = 0;
    for sql in [
        "DELETE FROM element_count WHERE flow_id IN (SELECT id FROM flow WHERE bot_id = ?1)",
        "DELETE FROM flow WHERE bot_id = ?1",
        "DELETE FROM traffic WHERE bot_id = ?1",
        "DELETE FROM kept WHERE bot_id = ?1",
        "DELETE FROM version WHERE id IN (SELECT id FROM version WHERE bot_id = ?1 LIMIT 16)",
        "DELETE FROM log WHERE seq IN (SELECT seq FROM log WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM notification WHERE seq IN (SELECT seq FROM notification WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM link WHERE token IN (SELECT token FROM link WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM file WHERE id IN (SELECT id FROM file WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM dedup WHERE (bot_id, kind, key) IN (SELECT bot_id, kind, key FROM dedup WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM contact_tag WHERE (bot_id, tag, contact_id) IN
           (SELECT bot_id, tag, contact_id FROM contact_tag WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM contact_passed WHERE (bot_id, title, contact_id) IN
           (SELECT bot_id, title, contact_id FROM contact_passed WHERE bot_id = ?1 LIMIT 64)",
        "DELETE FROM bot_variable WHERE bot_id = ?1",
        "DELETE FROM declared WHERE bot_id = ?1",
        "DELETE FROM renamed WHERE bot_id = ?1",
    ] {
        removed += run(conn, sql, [bot])?;
    }
    Ok(removed)
}

/// How full the house is.
pub(super) fn totals(conn: &Connection) -> Result<Totals> {
    let number = |sql: &str| -> Result<u64> {
        conn.prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map(|value| value.max(0) as u64)
            .map_err(failed)
    };
    // The oldest of a lane is its head, so the oldest of all is a ready one.
    let oldest = conn
        .prepare_cached(
            "SELECT e.at FROM delivery d JOIN event e ON e.seq = d.event_seq
             WHERE d.seq = (SELECT min(seq) FROM delivery INDEXED BY delivery_ready WHERE status = 1)",
        )
        .and_then(|mut statement| statement.query_row([], |row| row.get(0).map(UnixMs)).optional())
        .map_err(failed)?;
    Ok(Totals {
        deliveries_pending: number("SELECT coalesce(sum(count), 0) FROM pending")?,
        oldest_pending_at: oldest,
        messages_queued: number("SELECT count(*) FROM message INDEXED BY message_queued WHERE status = 1")?,
        timers: number("SELECT count(*) FROM timer")?,
        bytes: number("PRAGMA page_count")? * number("PRAGMA page_size")?,
    })
}
