//! How many messages a bot gets and sends in a day. The sums of a batch are one change for each bot and day.

use std::collections::HashMap;

use recado_model::{BotId, Direction};
use rusqlite::{Connection, params};

use super::codes::failed;
use crate::{Result, catalog::DayTraffic, turns::TurnCommit};

/// What a turn said.
pub(super) struct Said {
    bot_id: BotId,
    day: i32,
    received: i64,
    sent: i64,
}

impl Said {
    /// `None` when it said nothing.
    pub(super) fn of(turn: &TurnCommit) -> Option<Self> {
        if turn.messages.is_empty() {
            return None;
        }
        let received = turn.messages.iter().filter(|message| message.direction == Direction::In).count() as i64;
        let sent = turn.messages.len() as i64 - received;
        Some(Self { bot_id: turn.contact.bot_id, day: turn.day, received, sent })
    }
}

/// Adds what the turns of a batch said.
pub(super) fn add(conn: &Connection, said: impl Iterator<Item = Said>) -> Result<()> {
    let mut sums: HashMap<(BotId, i32), (i64, i64)> = HashMap::new();
    for Said { bot_id, day, received, sent } in said {
        let sum = sums.entry((bot_id, day)).or_default();
        (sum.0, sum.1) = (sum.0 + received, sum.1 + sent);
    }
    for ((bot_id, day), (received, sent)) in sums {
        conn.prepare_cached(
            "INSERT INTO traffic VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent",
        )
        .and_then(|mut statement| statement.execute(params![bot_id.bytes(), day, received, sent]))
        .map_err(failed)?;
    }
    Ok(())
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
