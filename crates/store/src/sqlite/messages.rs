//! Messages inside the writer: a turn's messages are stored in order, and its queued ones go to the recent tail as well.

use std::sync::Arc;

use recado_model::{ContactId, Direction, Message, MessageStatus};
use rusqlite::{Connection, params};

use super::{
    batch::Tx,
    chains::message_chain,
    codes::{self, failed, json, or_exists},
    recent::Change,
};
use crate::{Result, turns::TurnCommit};

/// The documents of a turn, encoded on the caller's thread: the writer is precious.
pub(super) struct Documents {
    pub(super) contact: Vec<u8>,
    messages: Vec<MessageDocuments>,
}

struct MessageDocuments {
    part: Vec<u8>,
    offer: Option<Vec<u8>>,
    sent_by: Option<Vec<u8>>,
}

impl Documents {
    pub(super) fn of(turn: &TurnCommit) -> Result<Self> {
        let of_message = |message: &Message| {
            Ok(MessageDocuments {
                part: json(&message.part)?,
                offer: message.offer.as_ref().map(json).transpose()?,
                sent_by: message.sent_by.as_ref().map(json).transpose()?,
            })
        };
        Ok(Self {
            contact: json(&turn.contact)?,
            messages: turn.messages.iter().map(of_message).collect::<Result<_>>()?,
        })
    }

    /// About how many bytes they add to a commit.
    pub(super) fn bytes(&self) -> usize {
        self.contact.len() + self.messages.iter().map(|message| 256 + message.part.len()).sum::<usize>()
    }
}

/// The sequence before the first queued message of all: what is queued for a contact is among its messages after that. `None`: nothing is queued.
pub(super) fn before_queued(conn: &Connection) -> Result<Option<i64>> {
    conn.prepare_cached("SELECT min(seq) - 1 FROM message INDEXED BY message_queued WHERE status = 1")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(failed)
}

/// Cancels what waits to be sent to a contact. In a turn, whose messages the contact's row tells already, from the last one before it on.
pub(super) fn cancel_queued(tx: &mut Tx<'_>, contact_id: ContactId, last: Option<i64>) -> Result<()> {
    let Some(after) = before_queued(tx.conn)? else { return Ok(()) };
    tx.conn
        .prepare_cached(concat!(
            "UPDATE message SET status = 6 WHERE status = 1 AND seq IN (",
            message_chain!(),
            "SELECT seq FROM chain)"
        ))
        .and_then(|mut statement| statement.execute(params![contact_id.bytes(), last, after]))
        .map_err(failed)?;
    tx.changes.push(Change::Cancelled(contact_id));
    Ok(())
}

/// Stores the messages of a turn, behind the contact's last one.
pub(super) fn insert_all(
    tx: &mut Tx<'_>,
    turn: &Arc<TurnCommit>,
    documents: &Documents,
    mut prev: Option<i64>,
) -> Result<()> {
    for (index, (message, documents)) in turn.messages.iter().zip(&documents.messages).enumerate() {
        insert(tx, message, documents, turn.bulk, prev)?;
        prev = Some(tx.seqs.message);
        if message.status == MessageStatus::Queued && message.direction == Direction::Out {
            let seq = tx.seqs.message;
            tx.changes.push(Change::Queued { seq, turn: Arc::clone(turn), index });
        }
    }
    Ok(())
}

fn insert(
    tx: &mut Tx<'_>,
    message: &Message,
    documents: &MessageDocuments,
    bulk: bool,
    prev: Option<i64>,
) -> Result<()> {
    let status = match message.direction {
        Direction::In => 0,
        Direction::Out => codes::message_status(message.status),
    };
    tx.seqs.message += 1;
    tx.conn
        .prepare_cached(
            "INSERT INTO message (seq, id, bot_id, contact_id, direction, status, at, not_before, external_id, error, part, offer, sent_by, bulk, prev)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                tx.seqs.message,
                message.id.bytes(),
                message.bot_id.bytes(),
                message.contact_id.bytes(),
                codes::direction(message.direction),
                status,
                message.at.0,
                message.not_before.0,
                message.external_id,
                message.error,
                documents.part,
                documents.offer,
                documents.sent_by,
                bulk,
                prev
            ])
        })
        .map(drop)
        .map_err(or_exists("message"))
}
