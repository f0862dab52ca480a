//! A contact's messages are a chain, and so are its events: each row tells the one before it (`prev`), the contact tells the last.
//!
//! A turn writes the contact's row anyway, while an index by contact would change a page of its own in each. Events without a contact (of test sends, and of
//! contacts that were erased) stand apart: an index that holds nothing else finds them. So a contact with a row has none apart, and one without a
//! row has no chain.

use recado_model::ContactId;
use rusqlite::{Connection, OptionalExtension};

use super::codes::failed;
use crate::Result;

/// `WITH RECURSIVE chain (seq)`: the rows of contact `?1`, the newest first, from a row that is its own on (else from its last), as long as they are newer than
/// a sequence.
macro_rules! chain {
    ($table:literal, $last:literal, $from:literal, $after:literal) => {
        concat!(
            "WITH RECURSIVE chain (seq) AS (
               SELECT coalesce((SELECT seq FROM ",
            $table,
            " WHERE seq = ",
            $from,
            " AND contact_id = ?1), c.",
            $last,
            ") FROM contact c WHERE c.id = ?1
               UNION ALL SELECT t.prev FROM chain CROSS JOIN ",
            $table,
            " t ON t.seq = chain.seq WHERE t.prev > ",
            $after,
            ") "
        )
    };
}
pub(super) use chain;

/// The messages of contact `?1`, from `?2` on, newer than `?3`.
macro_rules! message_chain {
    () => {
        crate::sqlite::chains::chain!("message", "last_message", "?2", "?3")
    };
}
pub(super) use message_chain;

/// The events of contact `?1`, from `?2` on, newer than `?3`.
macro_rules! event_chain {
    () => {
        crate::sqlite::chains::chain!("event", "last_event", "?2", "?3")
    };
}
pub(super) use event_chain;

/// `SELECT … WHERE true` of the rows of a chain; `table` with its alias, a letter.
macro_rules! chained {
    ($chain:expr, $columns:expr, $table:literal, $seq:literal) => {
        concat!($chain, "SELECT ", $columns, " FROM chain CROSS JOIN ", $table, " ON ", $seq, " = chain.seq WHERE true")
    };
}
pub(super) use chained;

/// The sequences of all events of contact `?1`, as a subquery.
macro_rules! events_of {
    () => {
        concat!(
            "(",
            crate::sqlite::chains::chain!("event", "last_event", "NULL", "0"),
            "SELECT seq FROM chain UNION ALL SELECT seq FROM event WHERE contact_id = ?1 AND apart = 1)"
        )
    };
}
pub(super) use events_of;

/// The last rows of a contact.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Last {
    pub(super) message: Option<i64>,
    pub(super) event: Option<i64>,
}

/// A stored contact, as far as a change of it asks.
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) revision: i64,
    pub(super) names: i64,
    pub(super) last: Last,
}

/// The row of a contact; `None` when it has none.
pub(super) fn row_of(conn: &Connection, id: ContactId) -> Result<Option<Row>> {
    conn.prepare_cached("SELECT seq, revision, last_message, last_event, names FROM contact WHERE id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([id.bytes()], |row| {
                    let last = Last { message: row.get(2)?, event: row.get(3)? };
                    Ok(Row { seq: row.get(0)?, revision: row.get(1)?, names: row.get(4)?, last })
                })
                .optional()
        })
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use rusqlite::{StatementStatus, params};

    use super::*;
    use crate::sqlite::migrations::migrate;

    #[test]
    fn a_page_reads_no_more_of_a_chain_than_it_shows() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        let (contact, rows) = ([7_u8; 16], 20_000_i64);
        conn.execute(
            "INSERT INTO contact (seq, id, bot_id, identity, status, revision, last_event, doc) VALUES (1, ?1, x'00', 'a', 1, 1, ?2, x'')",
            params![contact, rows],
        )
        .unwrap();
        for seq in 1..=rows {
            conn.prepare_cached(
                "INSERT INTO event (seq, id, bot_id, contact_id, prev, kind, at, data) VALUES (?1, ?2, x'00', ?3, ?4, 1, 0, x'')",
            )
            .unwrap()
            .execute(params![seq, u128::from(seq as u64).to_be_bytes(), contact, (seq > 1).then_some(seq - 1)])
            .unwrap();
        }
        let steps = |from: Option<i64>, after: i64, rest: &str| {
            let sql = chained!(event_chain!(), "e.seq", "event e", "e.seq").to_owned() + rest;
            let mut statement = conn.prepare(&sql).unwrap();
            let found: Vec<i64> = statement
                .query_map(params![contact, from, after], |row| row.get(0))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
            (found, statement.get_status(StatementStatus::VmStep))
        };
        for (from, after, rest, first) in [
            (None, 0, " LIMIT 10", rows),
            (Some(100), 0, " AND e.seq < 100 LIMIT 10", 99),
            (None, rows - 10, " AND e.seq > 19990 ORDER BY e.seq LIMIT 10", rows - 9),
        ] {
            let (found, steps) = steps(from, after, rest);
            assert_eq!((found.len(), found.first()), (10, Some(&first)), "{rest}");
            assert!(steps < 1_000, "{rest}: {steps} steps");
        }
    }
}
