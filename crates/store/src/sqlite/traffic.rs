//! How many messages a bot gets and sends in a day. The sums of a batch are one change for each bot and day.

use std::collections::HashMap;

use recado_model::{BotId, Direction};
use rusqlite::{Connection, params};

use super::{batch::Tx, codes::failed};
use crate::{Result, catalog::DayTraffic, turns::TurnCommit};

/// The sums of a batch, as (received, sent).
#[derive(Debug, Default)]
pub(super) struct Sums(HashMap<(BotId, i32), (i64, i64)>);

/// What a turn adds: bot and day, with received and sent. `None` when it says nothing.
pub(super) fn of_turn(turn: &TurnCommit) -> Option<((BotId, i32), (i64, i64))> {
    if turn.messages.is_empty() {
        return None;
    }
    let received = turn.messages.iter().filter(|message| message.direction == Direction::In).count() as i64;
    Some(((turn.contact.bot_id, turn.day), (received, turn.messages.len() as i64 - received)))
}

impl Sums {
    /// Adds what a turn said.
    pub(super) fn add(&mut self, (key, (received, sent)): ((BotId, i32), (i64, i64))) {
        let sum = self.0.entry(key).or_default();
        (sum.0, sum.1) = (sum.0 + received, sum.1 + sent);
    }

    /// Writes the sums.
    pub(super) fn store(self, tx: &Tx<'_>) -> Result<()> {
        for ((bot_id, day), (received, sent)) in self.0 {
            tx.conn
                .prepare_cached(
                    "INSERT INTO traffic VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent",
                )
                .and_then(|mut statement| statement.execute(params![bot_id.bytes(), day, received, sent]))
                .map_err(failed)?;
        }
        Ok(())
    }
}

/// The days of a bot on which somebody said something, from one on, the oldest first.
pub(super) fn since(conn: &Connection, bot_id: BotId, from: i32) -> Result<Vec<DayTraffic>> {
    conn.prepare_cached("SELECT day, received, sent FROM traffic WHERE bot_id = ?1 AND day >= ?2 ORDER BY day")
        .and_then(|mut statement| {
            statement
                .query_map(params![bot_id.bytes(), from], |row| {
                    let count = |index| row.get::<_, i64>(index).map(|count| count.max(0) as u64);
                    Ok(DayTraffic { day: row.get(0)?, received: count(1)?, sent: count(2)? })
                })?
                .collect()
        })
        .map_err(failed)
}
