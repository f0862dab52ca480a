//! Erasing a contact: what it said and what is known of it goes; ids, times and outcomes of events, deliveries and attempts stay.
//!
//! The contact is gone with the first commit. What is left of it may be long, so it is worked off along its chains in steps that leave the writer free after a
//! few milliseconds. A row in `erasing` tells where the next step begins; after a crash whoever makes room goes on with it.

use recado_model::{Attempt, BotId, ContactId, UnixMs};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::time::Instant;

use super::{
    attempts::attempt_key,
    batch::Tx,
    chains::{self, Last},
    codes::{failed, from_json, json},
    lanes,
    room::{BATCH, ROWS, run},
};
use crate::{Result, StoreError};

/// What of a contact is not along its chains, and may be long.
const MORE: [&str; 4] = [
    "DELETE FROM log WHERE seq IN (SELECT seq FROM log WHERE contact_id = ?1 LIMIT ?2)",
    "DELETE FROM notification WHERE seq IN (SELECT seq FROM notification WHERE contact_id = ?1 LIMIT ?2)",
    "DELETE FROM link WHERE token IN (SELECT token FROM link WHERE contact_id = ?1 LIMIT ?2)",
    "DELETE FROM file WHERE id IN (SELECT id FROM file WHERE contact_id = ?1 LIMIT ?2)",
];

/// Takes the marks of contact `?1` of bot `?2` away. They are kept by word, so each word of the bot is looked at, not each contact.
macro_rules! forget_marks {
    ($table:literal, $word:literal) => {
        concat!(
            "WITH RECURSIVE words (word) AS (
               SELECT min(",
            $word,
            ") FROM ",
            $table,
            " WHERE bot_id = ?2
               UNION ALL SELECT (SELECT min(",
            $word,
            ") FROM ",
            $table,
            " WHERE bot_id = ?2 AND ",
            $word,
            " > word) FROM words WHERE word IS NOT NULL)
             DELETE FROM ",
            $table,
            " WHERE bot_id = ?2 AND ",
            $word,
            " IN (SELECT word FROM words) AND contact_id = ?1"
        )
    };
}

/// Takes a contact away, or the made-up one of a test send, whose few events are erased at once.
pub(super) fn begin(tx: &mut Tx<'_>, bot_id: BotId, id: ContactId, now: UnixMs) -> Result<()> {
    let is_own = tx
        .conn
        .prepare_cached("SELECT 1 FROM contact WHERE id = ?1 AND bot_id = ?2")
        .and_then(|mut statement| statement.exists(params![id.bytes(), bot_id.bytes()]))
        .map_err(failed)?;
    let Some(row) = chains::row_of(tx.conn, id)?.filter(|_| is_own) else {
        return erase_tests(tx, bot_id, id, now);
    };
    run(
        tx.conn,
        "INSERT INTO erasing VALUES (?1, ?2, ?3, ?4)",
        params![id.bytes(), now.0, row.last.message, row.last.event],
    )?;
    for sql in [forget_marks!("contact_tag", "tag"), forget_marks!("contact_passed", "title")] {
        run(tx.conn, sql, params![id.bytes(), bot_id.bytes()])?;
    }
    remove_contact(tx.conn, id)
}

/// Removes a contact's row and what waits for it.
pub(super) fn remove_contact(conn: &Connection, id: ContactId) -> Result<()> {
    for sql in [
        "DELETE FROM run WHERE contact_id = ?1",
        "DELETE FROM timer WHERE contact_id = ?1",
        "DELETE FROM api_call WHERE contact_id = ?1",
        "DELETE FROM input WHERE contact_id = ?1",
        "DELETE FROM chat_read WHERE contact_id = ?1",
        "DELETE FROM note WHERE contact_id = ?1",
        "DELETE FROM contact WHERE id = ?1",
    ] {
        run(conn, sql, [id.bytes()])?;
    }
    Ok(())
}

fn erase_tests(tx: &mut Tx<'_>, bot_id: BotId, id: ContactId, now: UnixMs) -> Result<()> {
    let events: Vec<i64> = tx
        .conn
        .prepare_cached("SELECT seq FROM event WHERE contact_id = ?1 AND apart = 1 AND bot_id = ?2 AND test = 1")
        .and_then(|mut statement| statement.query_map(params![id.bytes(), bot_id.bytes()], |row| row.get(0))?.collect())
        .map_err(failed)?;
    if events.is_empty() {
        return Err(StoreError::NotFound { what: "contact" });
    }
    events.into_iter().try_for_each(|seq| erase_event(tx, seq, now))
}

/// Goes on with any contact that is being erased, until the end of the step. Returns whether there is more.
pub(super) fn sweep(tx: &mut Tx<'_>, end: Instant) -> Result<bool> {
    loop {
        let next: Option<[u8; 16]> = tx
            .conn
            .prepare_cached("SELECT contact_id FROM erasing LIMIT 1")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
            .map_err(failed)?;
        let Some(id) = next else { return Ok(false) };
        if step(tx, ContactId::from_bytes(id), end)? {
            return Ok(true);
        }
    }
}

/// Goes on with a contact. Returns whether there is more.
pub(super) fn more(tx: &mut Tx<'_>, id: ContactId) -> Result<bool> {
    step(tx, id, Instant::now() + BATCH)
}

fn step(tx: &mut Tx<'_>, id: ContactId, end: Instant) -> Result<bool> {
    let found: Option<(i64, Last)> = tx
        .conn
        .prepare_cached("SELECT at, last_message, last_event FROM erasing WHERE contact_id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([id.bytes()], |row| Ok((row.get(0)?, Last { message: row.get(1)?, event: row.get(2)? })))
                .optional()
        })
        .map_err(failed)?;
    let Some((at, mut last)) = found else { return Ok(false) };
    let mut left = true;
    while left && Instant::now() < end {
        left = a_few(tx, id, UnixMs(at), &mut last)?;
    }
    if left {
        let sql = "UPDATE erasing SET last_message = ?2, last_event = ?3 WHERE contact_id = ?1";
        run(tx.conn, sql, params![id.bytes(), last.message, last.event])?;
    } else {
        run(tx.conn, "DELETE FROM erasing WHERE contact_id = ?1", [id.bytes()])?;
    }
    Ok(left)
}

/// Erases an event or a few other rows and moves the ends of the chains. Returns whether there may be more.
fn a_few(tx: &mut Tx<'_>, id: ContactId, now: UnixMs, last: &mut Last) -> Result<bool> {
    // What is not sent yet goes first.
    if let Some(seq) = last.event {
        last.event = prev_of(tx.conn, "SELECT prev FROM event WHERE seq = ?1", seq)?;
        erase_event(tx, seq, now)?;
        return Ok(true);
    }
    for _ in 0..ROWS {
        let Some(seq) = last.message else {
            for sql in MORE {
                if run(tx.conn, sql, params![id.bytes(), ROWS as i64])? == ROWS {
                    return Ok(true);
                }
            }
            return Ok(false);
        };
        last.message = remove_message(tx.conn, seq)?;
    }
    Ok(true)
}

/// Removes a message. Returns the one before it.
fn remove_message(conn: &Connection, seq: i64) -> Result<Option<i64>> {
    let prev = prev_of(conn, "SELECT prev FROM message WHERE seq = ?1", seq)?;
    run(conn, "DELETE FROM message WHERE seq = ?1", [seq])?;
    Ok(prev)
}

/// Removes the messages of a contact from its last one on. Returns whether it came to the end of them before the end of the step.
pub(super) fn remove_messages(conn: &Connection, id: [u8; 16], mut last: Option<i64>, end: Instant) -> Result<bool> {
    while let Some(seq) = last {
        last = remove_message(conn, seq)?;
        if Instant::now() >= end {
            run(conn, "UPDATE contact SET last_message = ?2 WHERE id = ?1", params![id, last])?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// The row before this one; `None` when there is none, or this one is gone.
fn prev_of(conn: &Connection, sql: &str, seq: i64) -> Result<Option<i64>> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([seq], |row| row.get(0)).optional())
        .map(Option::flatten)
        .map_err(failed)
}

/// Cancels the pending deliveries of an event and takes everything of the contact out of it, its deliveries and their attempts.
fn erase_event(tx: &mut Tx<'_>, seq: i64, now: UnixMs) -> Result<()> {
    lanes::cancel_of_event(tx, seq, now)?;
    let deliveries: Vec<i64> = tx
        .conn
        .prepare_cached("SELECT seq FROM delivery WHERE event_seq = ?1")
        .and_then(|mut statement| statement.query_map([seq], |row| row.get(0))?.collect())
        .map_err(failed)?;
    for delivery in deliveries {
        erase_attempts(tx.conn, delivery)?;
        run(tx.conn, "UPDATE delivery SET url = NULL WHERE seq = ?1 AND url IS NOT NULL", [delivery])?;
    }
    for sql in [
        "DELETE FROM event_encoding WHERE event_seq = ?1",
        "DELETE FROM withheld WHERE event_seq = ?1",
        "UPDATE event SET data = x'', apart = 1 WHERE seq = ?1",
    ] {
        run(tx.conn, sql, [seq])?;
    }
    Ok(())
}

/// An attempt without what may quote the contact: a rendered URL and an answer.
pub(super) fn bare(attempt: Attempt) -> Attempt {
    Attempt {
        url: String::new(),
        request_headers: Vec::new(),
        response_headers: Vec::new(),
        response_body: String::new(),
        ..attempt
    }
}

fn erase_attempts(conn: &Connection, delivery: i64) -> Result<()> {
    let attempts: Vec<(i64, Attempt)> = conn
        .prepare_cached("SELECT key, doc FROM attempt WHERE key BETWEEN ?1 AND ?2")
        .and_then(|mut statement| {
            let values = params![attempt_key(delivery, 0), attempt_key(delivery, u32::MAX)];
            statement.query_map(values, |row| Ok((row.get(0)?, from_json(row, 1)?)))?.collect()
        })
        .map_err(failed)?;
    for (key, attempt) in attempts {
        run(conn, "UPDATE attempt SET doc = ?2 WHERE key = ?1", params![key, json(&bare(attempt))?])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::migrations::migrate;

    #[test]
    fn marks_of_one_contact_are_taken_away_and_no_other() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        let (bot, other) = ([1_u8; 16], [2_u8; 16]);
        for (bot, word, contact) in [
            (bot, "a", 7_u8),
            (bot, "b", 7),
            (bot, "b", 8),
            (bot, "c", 8),
            (bot, "d", 7),
            (other, "a", 7),
            (other, "z", 7),
        ] {
            conn.execute("INSERT INTO contact_tag VALUES (?1, ?2, ?3)", params![bot, word, [contact; 16]]).unwrap();
        }
        let sql = forget_marks!("contact_tag", "tag");
        assert_eq!(run(&conn, sql, params![[7_u8; 16], bot]).unwrap(), 3);
        let left: Vec<(String, [u8; 16])> = conn
            .prepare("SELECT tag, contact_id FROM contact_tag ORDER BY bot_id, tag")
            .and_then(|mut statement| statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .unwrap();
        assert_eq!(left, [("b", 8_u8), ("c", 8), ("a", 7), ("z", 7)].map(|(tag, id)| (tag.to_owned(), [id; 16])));
        assert_eq!(run(&conn, sql, params![[9_u8; 16], [9_u8; 16]]).unwrap(), 0);
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps: Vec<String> = plan
            .query_map(params![[7_u8; 16], bot], |row| row.get(3))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let own = "SEARCH contact_tag USING PRIMARY KEY (bot_id=? AND tag=? AND contact_id=?)";
        assert!(steps.iter().any(|step| step == own), "{steps:?}");
    }
}
