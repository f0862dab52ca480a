//! The sending loops' part.

use std::sync::Arc;

use async_trait::async_trait;
use recado_model::{BotId, ContactId, Message, MessageId, Part, UnixMs};
use rusqlite::{Connection, Row, params};

use super::{
    SqliteStore,
    batch::Tx,
    chains::message_chain,
    codes::{direction_at, failed, from_json, from_json_or, message_status_at},
    events,
    messages::before_queued,
    recent::Change,
};
use crate::{
    Outbox, Result, StoreError,
    outbox::{QueuedMessage, SendCommit, SendResult},
};

/// The columns of [`message_at`], from `message m`.
macro_rules! message_columns {
    () => {
        "m.seq, m.id, m.bot_id, m.contact_id, m.direction, m.status, m.part, m.external_id, m.at, m.not_before, m.offer, m.sent_by, m.error"
    };
}
pub(super) use message_columns;

/// A message from the columns above.
pub(super) fn message_at(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: MessageId::from_bytes(row.get(1)?),
        bot_id: BotId::from_bytes(row.get(2)?),
        contact_id: ContactId::from_bytes(row.get(3)?),
        direction: direction_at(row, 4)?,
        status: message_status_at(row, 5)?,
        part: from_json(row, 6)?,
        external_id: row.get(7)?,
        at: UnixMs(row.get(8)?),
        not_before: UnixMs(row.get(9)?),
        offer: from_json_or(row, 10, None)?,
        sent_by: from_json_or(row, 11, None)?,
        error: row.get(12)?,
    })
}

fn queued_at(row: &Row<'_>) -> rusqlite::Result<QueuedMessage> {
    Ok(QueuedMessage {
        seq: row.get(0)?,
        message: message_at(row)?,
        identity: row.get(13)?,
        tries: row.get(14)?,
        bulk: row.get(15)?,
    })
}

/// The columns of [`queued_at`], from `message m` and `contact c`.
macro_rules! queued_columns {
    () => {
        concat!(message_columns!(), ", c.identity, m.tries, m.bulk")
    };
}

/// `SELECT … FROM message m` of queued messages by an index, with the rest of the condition; `?1` is the sequence, `?2` the limit.
macro_rules! queued {
    ($index:literal, $condition:literal) => {
        concat!(
            "SELECT ",
            queued_columns!(),
            " FROM message m INDEXED BY ",
            $index,
            " JOIN contact c ON c.id = m.contact_id WHERE m.status = 1 AND m.seq > ?1 ",
            $condition,
            " ORDER BY m.seq LIMIT ?2"
        )
    };
}

/// A message that can not be read is left out: it would hold up those of everybody behind it.
fn queued(conn: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<QueuedMessage>> {
    let mut statement = conn.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(values).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        match queued_at(row).map_err(failed) {
            Ok(message) => found.push(message),
            Err(StoreError::Corrupt { detail, .. }) => {
                tracing::error!(
                    seq = row.get::<_, i64>(0).ok(),
                    detail,
                    "a queued message can not be read and is not sent"
                );
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn queued_messages(&self, after_seq: i64, limit: usize) -> Result<Vec<QueuedMessage>> {
        if let Some(messages) = self.recent.queued_since(after_seq, limit) {
            return Ok(messages);
        }
        let sql = queued!("message_queued", "");
        self.readers.scan(move |conn| queued(conn, sql, params![after_seq, limit as i64])).await
    }

    async fn queued_messages_of(&self, bot_id: BotId, after_seq: i64, limit: usize) -> Result<Vec<QueuedMessage>> {
        let sql = concat!(
            "SELECT * FROM (",
            queued!("message_queued_bot", "AND m.bulk = 0 AND m.bot_id = ?3"),
            ") UNION ALL SELECT * FROM (",
            queued!("message_queued_bot", "AND m.bulk = 1 AND m.bot_id = ?3"),
            ") ORDER BY seq LIMIT ?2"
        );
        self.readers.scan(move |conn| queued(conn, sql, params![after_seq, limit as i64, bot_id.bytes()])).await
    }

    async fn queued_answers_of(&self, bot_id: BotId, after_seq: i64, limit: usize) -> Result<Vec<QueuedMessage>> {
        let sql = queued!("message_queued_bot", "AND m.bulk = 0 AND m.bot_id = ?3");
        self.readers.scan(move |conn| queued(conn, sql, params![after_seq, limit as i64, bot_id.bytes()])).await
    }

    async fn queued_messages_to(
        &self,
        contact_id: ContactId,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>> {
        let sql = concat!(
            message_chain!(),
            "SELECT ",
            queued_columns!(),
            " FROM chain CROSS JOIN message m ON m.seq = chain.seq JOIN contact c ON c.id = m.contact_id
             WHERE m.status = 1 AND m.seq > ?3 ORDER BY m.seq LIMIT ?4"
        );
        self.readers
            .scan(move |conn| {
                let Some(before) = before_queued(conn)? else { return Ok(Vec::new()) };
                queued(conn, sql, params![contact_id.bytes(), None::<i64>, after_seq.max(before), limit as i64])
            })
            .await
    }

    async fn sent_before(&self, contact_id: ContactId, seq: i64, limit: usize) -> Result<Vec<Part>> {
        self.readers.point(|conn| {
            // A chain comes the newest first.
            conn.prepare_cached(concat!(
                message_chain!(),
                "SELECT m.part FROM chain CROSS JOIN message m ON m.seq = chain.seq WHERE m.seq < ?2 AND m.status IN (2, 3, 4) LIMIT ?4"
            ))
            .and_then(|mut statement| {
                statement
                    .query_map(params![contact_id.bytes(), seq, 0, limit as i64], |row| from_json(row, 0))?
                    .collect()
            })
            .map_err(failed)
        })
    }

    async fn has_queued(&self, contact_id: ContactId) -> Result<bool> {
        self.readers.point(|conn| {
            let Some(before) = before_queued(conn)? else { return Ok(false) };
            conn.prepare_cached(concat!(
                message_chain!(),
                "SELECT 1 FROM chain CROSS JOIN message m ON m.seq = chain.seq WHERE m.status = 1 AND m.seq > ?3"
            ))
            .and_then(|mut statement| statement.exists(params![contact_id.bytes(), None::<i64>, before]))
            .map_err(failed)
        })
    }

    async fn is_queued(&self, seq: i64) -> Result<bool> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT 1 FROM message WHERE seq = ?1 AND status = 1")
                .and_then(|mut statement| statement.exists([seq]))
                .map_err(failed)
        })
    }

    async fn commit_sends(&self, sends: Vec<SendCommit>) -> Result<bool> {
        let bytes = sends.iter().flat_map(|send| &send.events).map(events::bytes).sum::<usize>() + 256 * sends.len();
        let sends = Arc::new(sends);
        let job = Arc::clone(&sends);
        let done = self
            .writer
            .call_hot(bytes, move |tx| job.iter().map(|send| commit_send(tx, send)).collect::<Result<Vec<_>>>())
            .await?;
        for ((seqs, _), send) in done.iter().zip(sends.iter()) {
            for (seq, event) in seqs.iter().zip(&send.events) {
                self.recent.keep_event(*seq, event);
            }
        }
        Ok(done.iter().any(|(_, ready)| *ready))
    }
}

/// Returns the sequences of its events and whether a delivery is ready.
fn commit_send(tx: &mut Tx<'_>, send: &SendCommit) -> Result<(Vec<i64>, bool)> {
    tx.changes.push(Change::SendTried(send.seq));
    match &send.result {
        SendResult::Sent { external_id, .. } => tx
            .conn
            .prepare_cached(
                "UPDATE message SET status = 2, tries = tries + 1, external_id = ?2 WHERE seq = ?1 AND status = 1",
            )
            .and_then(|mut statement| statement.execute(params![send.seq, external_id])),
        SendResult::Failed { error } => tx
            .conn
            .prepare_cached(
                "UPDATE message SET status = 5, tries = tries + 1, error = ?2 WHERE seq = ?1 AND status = 1",
            )
            .and_then(|mut statement| statement.execute(params![send.seq, error])),
        SendResult::Later { at } => tx
            .conn
            .prepare_cached("UPDATE message SET tries = tries + 1, not_before = ?2 WHERE seq = ?1 AND status = 1")
            .and_then(|mut statement| statement.execute(params![send.seq, at.0])),
    }
    .map_err(failed)?;
    if send.events.is_empty() {
        return Ok((Vec::new(), false));
    }
    Ok(events::append(tx, send.bot_id, send.contact_id, &send.events)?.unwrap_or_default())
}
