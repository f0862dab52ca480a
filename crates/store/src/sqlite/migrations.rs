//! The schema, step by step. A database remembers in `user_version` how many steps it has; a newer one than this program is refused.

use rusqlite::Connection;

use super::codes::failed;
use crate::{Result, StoreError};

/// The steps, in order. A published step never changes.
const STEPS: [&str; 7] = [
    include_str!("migrations/0001_begin.sql"),
    include_str!("migrations/0002_withheld.sql"),
    include_str!("migrations/0003_connection_lost.sql"),
    include_str!("migrations/0004_behind.sql"),
    include_str!("migrations/0005_notification.sql"),
    include_str!("migrations/0006_fewer_indexes.sql"),
    include_str!("migrations/0007_member.sql"),
];

/// Brings the database to the newest step, each in its own transaction.
pub(super) fn migrate(conn: &Connection) -> Result<()> {
    let at: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
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
}
