//! The schema, step by step. A database remembers in `user_version` how many steps it has; a newer one than this program is refused.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::codes::failed;
use crate::{Result, StoreError};

/// The steps, in order. A published step never changes.
const STEPS: [&str; 22] = [
    include_str!("migrations/0001_begin.sql"),
    include_str!("migrations/0002_withheld.sql"),
    include_str!("migrations/0003_connection_lost.sql"),
    include_str!("migrations/0004_behind.sql"),
    include_str!("migrations/0005_notification.sql"),
    include_str!("migrations/0006_fewer_indexes.sql"),
    include_str!("migrations/0007_member.sql"),
    include_str!("migrations/0008_chains.sql"),
    include_str!("migrations/0009_erasing.sql"),
    include_str!("migrations/0010_traffic.sql"),
    include_str!("migrations/0011_folder.sql"),
    include_str!("migrations/0012_team.sql"),
    include_str!("migrations/0013_session_agent.sql"),
    include_str!("migrations/0014_time_first.sql"),
    include_str!("migrations/0015_off.sql"),
    include_str!("migrations/0016_health.sql"),
    include_str!("migrations/0017_lanes_of_a_webhook.sql"),
    include_str!("migrations/0018_warned.sql"),
    include_str!("migrations/0019_names.sql"),
    include_str!("migrations/0020_files.sql"),
    include_str!("migrations/0021_cancelling.sql"),
    include_str!("migrations/0022_shares.sql"),
];

/// How far a database is, and how far this program brings it when it opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Steps of the database; 0 for one that is not there yet.
    pub at: i64,
    /// Steps that this program knows.
    pub known: i64,
}

impl Schema {
    /// Looks at the database at `path`, and leaves it as it is.
    pub fn of(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let at = if path.exists() {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
            conn.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON").map_err(failed)?;
            version(&conn)?
        } else {
            0
        };
        Ok(Self { at, known: STEPS.len() as i64 })
    }

    /// To open it is to bring it up to date.
    pub const fn is_older(self) -> bool {
        self.at < self.known
    }

    /// It is not opened.
    pub const fn is_newer(self) -> bool {
        self.at > self.known
    }
}

fn version(conn: &Connection) -> Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)
}

/// Brings the database to the newest step, each in its own transaction.
pub(super) fn migrate(conn: &Connection) -> Result<()> {
    let at = version(conn)?;
    let known = STEPS.len() as i64;
    if at > known {
        return Err(StoreError::Unavailable {
            detail: format!(
                "the database was written by a newer version of Recado (schema {at}, this program knows {known})"
            ),
        });
    }
    for (step, sql) in STEPS.iter().enumerate().skip(at.max(0) as usize) {
        let whole = format!("BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {};\nCOMMIT;", step + 1);
        if let Err(error) = conn.execute_batch(&whole) {
            if !conn.is_autocommit() {
                conn.execute_batch("ROLLBACK").map_err(failed)?;
            }
            return Err(failed(error));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;

    #[test]
    fn a_webhook_that_was_off_before_it_had_a_cursor_of_its_own_goes_on_where_it_stopped() {
        let conn = Connection::open_in_memory().unwrap();
        STEPS[..3].iter().for_each(|step| conn.execute_batch(step).unwrap());
        conn.execute_batch(
            r#"PRAGMA user_version = 3; UPDATE sequence SET value = 9 WHERE name = 'event';
               INSERT INTO webhook VALUES (x'01', x'00', 0, 'https://a.example', 1, NULL, 5, CAST('{"state":{"state":"on"}}' AS BLOB), x''),
                 (x'02', x'00', 0, 'https://b.example', 0, 77, 5, CAST('{"state":{"state":"paused","cursor":4}}' AS BLOB), x'');"#,
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT is_on, cursor, failing_since FROM webhook ORDER BY id").unwrap();
        let rows: Vec<(bool, Option<i64>, Option<i64>)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(rows, [(true, None, None), (false, Some(4), Some(77))]);
    }

    #[test]
    fn what_is_remembered_of_visitors_messages_is_still_known() {
        let conn = Connection::open_in_memory().unwrap();
        STEPS[..13].iter().for_each(|step| conn.execute_batch(step).unwrap());
        conn.execute_batch(
            "PRAGMA user_version = 13;
             INSERT INTO dedup VALUES (x'00', 0, '17', 1), (x'00', 1, 'ann:opened', 2), (x'00', 1, 'ann:a:b', 3), (x'00', 1, 'bob:a:b', 4), (x'00', 2, 'k:1', 5)",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT key FROM dedup ORDER BY at").unwrap();
        let keys: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(keys, ["17", "opened:ann", "a:b:ann", "a:b:bob", "k:1"]);
    }

    #[test]
    fn what_files_take_is_summed_by_bot() {
        let conn = Connection::open_in_memory().unwrap();
        STEPS[..16].iter().for_each(|step| conn.execute_batch(step).unwrap());
        conn.execute_batch(
            "PRAGMA user_version = 16;
             INSERT INTO file VALUES (x'01', x'aa', NULL, zeroblob(32), 5, '', '', 1), (x'02', x'aa', x'cc', zeroblob(32), 7, '', '', 1),
               (x'03', x'bb', NULL, zeroblob(32), 9, '', '', 1)",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let sums = "SELECT bytes FROM file_sum ORDER BY bot_id";
        assert_eq!(numbers(&conn, sums), [12, 9]);
        conn.execute_batch("DELETE FROM file WHERE id = x'02'; DELETE FROM file WHERE bot_id = x'bb'").unwrap();
        assert_eq!(numbers(&conn, sums), [5], "a bot without files has no sum");
    }

    #[test]
    fn who_looks_how_far_a_database_is_leaves_it_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recado.db");
        let known = STEPS.len() as i64;
        assert_eq!(Schema::of(&path).unwrap(), Schema { at: 0, known });
        assert!(!path.exists());
        let conn = Connection::open(&path).unwrap();
        STEPS[..13].iter().for_each(|step| conn.execute_batch(step).unwrap());
        conn.execute_batch("PRAGMA user_version = 13").unwrap();
        drop(conn);
        for _ in 0..2 {
            let schema = Schema::of(&path).unwrap();
            assert_eq!((schema, schema.is_older(), schema.is_newer()), (Schema { at: 13, known }, true, false));
        }
        migrate(&Connection::open(&path).unwrap()).unwrap();
        let schema = Schema::of(&path).unwrap();
        assert_eq!((schema, schema.is_older(), schema.is_newer()), (Schema { at: known, known }, false, false));
    }

    /// A database of step 5 in which three contacts, of whom the last is gone, spoke by turns.
    fn filled() -> rusqlite::Result<Connection> {
        let conn = Connection::open_in_memory()?;
        STEPS[..5].iter().try_for_each(|step| conn.execute_batch(step))?;
        for (number, doc) in [(0_u8, r#"{"chat":{"state":"open"}}"#), (1, "{}")] {
            let values = params![number + 1, [number; 16], format!("identity {number}"), doc.as_bytes()];
            conn.execute(
                "INSERT INTO contact (seq, id, bot_id, identity, status, revision, doc) VALUES (?1, ?2, x'00', ?3, 1, 4, ?4)",
                values,
            )?;
        }
        for seq in 1..=300_i64 {
            let (id, contact, waits) = (u128::from(seq as u64).to_be_bytes(), [(seq % 3) as u8; 16], seq > 290);
            conn.execute(
                "INSERT INTO message (seq, id, bot_id, contact_id, direction, status, at, not_before, part, bulk)
                 VALUES (?1, ?2, x'00', ?3, 1, ?4, ?1, ?1, x'7b7d', ?5)",
                params![seq, id, contact, if waits { 1 } else { 2 }, seq % 2],
            )?;
            conn.execute(
                "INSERT INTO event (seq, id, bot_id, contact_id, kind, at, data, test) VALUES (?1, ?2, x'00', ?3, 1, ?1, x'7b7d', ?4)",
                params![seq, id, if seq == 7 { [9; 16] } else { contact }, seq == 7],
            )?;
        }
        conn.execute_batch("PRAGMA user_version = 5")?;
        Ok(conn)
    }

    fn numbers(conn: &Connection, sql: &str) -> Vec<i64> {
        conn.prepare(sql)
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .expect("a list of numbers")
    }

    #[test]
    fn a_filled_database_keeps_its_rows_and_gets_its_chains() {
        let conn = filled().unwrap();
        let rows =
            "SELECT count(*) FROM message UNION ALL SELECT count(*) FROM event UNION ALL SELECT count(*) FROM contact";
        let queued = "SELECT seq FROM message WHERE status = 1 ORDER BY bulk, seq";
        let before = (numbers(&conn, rows), numbers(&conn, queued));
        migrate(&conn).unwrap();
        assert_eq!((numbers(&conn, rows), numbers(&conn, queued)), before);
        assert_eq!(numbers(&conn, "SELECT last_message FROM contact ORDER BY seq"), [300, 298]);
        assert_eq!(numbers(&conn, "SELECT chat_open FROM contact ORDER BY seq"), [1, 0]);
        assert_eq!(numbers(&conn, "SELECT seq FROM chat_read ORDER BY seq"), [298, 299, 300], "all is read");
        let wrong = numbers(
            &conn,
            "SELECT seq FROM message m WHERE prev IS NOT (SELECT max(seq) FROM message p WHERE p.contact_id = m.contact_id AND p.seq < m.seq)",
        );
        assert_eq!(wrong, [0; 0]);
        for contact in [0, 1] {
            let walked = format!(
                "WITH RECURSIVE chain (seq) AS (SELECT last_event FROM contact WHERE id = x'{0}' UNION ALL SELECT e.prev FROM chain JOIN event e ON e.seq = chain.seq WHERE e.prev > 0)
                 SELECT seq FROM chain",
                format!("{contact:02}").repeat(16)
            );
            let all = (1..=300).rev().filter(|seq| seq % 3 == contact && *seq != 7).collect::<Vec<i64>>();
            assert_eq!(numbers(&conn, &walked), all);
        }
        let apart = (1..=300).filter(|seq| seq % 3 == 2 || *seq == 7).collect::<Vec<i64>>();
        assert_eq!(numbers(&conn, "SELECT seq FROM event WHERE apart = 1 ORDER BY seq"), apart);
    }
}
