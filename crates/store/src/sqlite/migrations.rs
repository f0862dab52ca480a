//! The schema, step by step. A database remembers in `user_version` how many steps it has; a newer one than this program is refused.

use rusqlite::Connection;

use super::codes::failed;
use crate::{Result, StoreError};

/// The steps, in order. A published step never changes.
const STEPS: [&str; 3] = [
    include_str!("migrations/0001_begin.sql"),
    include_str!("migrations/0002_withheld.sql"),
    include_str!("migrations/0003_connection_lost.sql"),
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
