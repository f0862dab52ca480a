//! Walks over a table in the order of its commits and finds what is too old.
//!
//! A clock that was ahead for a while left rows dated after now. Such a row was written before the next one that is not, so it is at least as old: a walk
//! passes over rows dated after now, and when the next one is too old it goes back for them.

use rusqlite::{Connection, params};
use tokio::time::Instant;

use super::{codes::failed, room::ROWS};
use crate::{Result, records::Retention};

/// Where the walks stand. A hint only: each begins anew when it came to its end.
#[derive(Default)]
pub(super) struct Walks {
    pub(super) events: Walk,
    pub(super) log: Walk,
    pub(super) notifications: Walk,
}

/// Where a walk stands.
#[derive(Default)]
pub(super) struct Walk {
    /// It goes on behind this row.
    after: i64,
    /// Right before the first of the rows dated after now that it passed over and knows no age of.
    passed_over: Option<i64>,
    /// Up to this row, what is dated after now is too old.
    old_up_to: i64,
}

impl Walk {
    /// Removes what is too old, the oldest first: `remove` gets its `seq` and `at`. `rows` selects `seq, at` behind `?1`, at most `?2`, in order. Returns whether there is more.
    pub(super) fn go_on(
        &mut self,
        conn: &Connection,
        rows: &str,
        retention: Retention,
        end: Instant,
        mut remove: impl FnMut(i64, i64) -> Result<()>,
    ) -> Result<bool> {
        loop {
            let batch: Vec<(i64, i64)> = conn
                .prepare_cached(rows)
                .and_then(|mut statement| {
                    let values = params![self.after, ROWS as i64];
                    statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
                })
                .map_err(failed)?;
            let is_last = batch.len() < ROWS;
            let mut goes_back = false;
            for (seq, at) in batch {
                let is_ahead = at > retention.now.0;
                if at < retention.log_before.0 {
                    if let Some(first) = self.passed_over.take() {
                        (self.after, self.old_up_to) = (first, seq);
                        goes_back = true;
                        break;
                    }
                    remove(seq, at)?;
                } else if !is_ahead {
                    *self = Self::default();
                    return Ok(false);
                } else if seq <= self.old_up_to {
                    remove(seq, at)?;
                } else {
                    self.passed_over.get_or_insert(self.after);
                }
                self.after = seq;
                if Instant::now() >= end {
                    return Ok(true);
                }
            }
            if is_last && !goes_back {
                *self = Self::default();
                return Ok(false);
            }
        }
    }
}
