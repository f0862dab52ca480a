//! Messages inside the writer: a turn's messages are stored in order, and its queued ones go to the recent tail as well.

use std::sync::Arc;

use recado_model::{ContactId, Direction, Message, MessageStatus};
use rusqlite::params;

use super::{
    batch::Tx,
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

/// The first queued message of all: what is queued for a contact is among its messages from there on.
macro_rules! first_queued {
    () => {
        "(SELECT min(seq) FROM message INDEXED BY message_queued WHERE status = 1)"
    };
}
pub(super) use first_queued;

/// Cancels what waits to be sent to a contact.
pub(super) fn cancel_queued(tx: &mut Tx<'_>, contact_id: ContactId) -> Result<()> {
    tx.conn
        .prepare_cached(concat!(
            "UPDATE message INDEXED BY message_contact SET status = 6 WHERE contact_id = ?1 AND status = 1 AND seq >= ",
            first_queued!()
        ))
        .and_then(|mut statement| statement.execute([contact_id.bytes()]))
        .map_err(failed)?;
    tx.changes.push(Change::Cancelled(contact_id));
    Ok(())
}

/// Stores the messages of a turn.
pub(super) fn insert_all(tx: &mut Tx<'_>, turn: &Arc<TurnCommit>, documents: &Documents) -> Result<()> {
    for (index, (message, documents)) in turn.messages.iter().zip(&documents.messages).enumerate() {
        insert(tx, message, documents, turn.bulk)?;
        if message.status == MessageStatus::Queued && message.direction == Direction::Out {
            let seq = tx.seqs.message;
            tx.changes.push(Change::Queued { seq, turn: Arc::clone(turn), index });
        }
    }
    Ok(())
}

fn insert(tx: &mut Tx<'_>, message: &Message, documents: &MessageDocuments, bulk: bool) -> Result<()> {
    let status = match message.direction {
        Direction::In => 0,
        Direction::Out => codes::message_status(message.status),
    };
    tx.seqs.message += 1;
    tx.conn
        .prepare_cached(
            "INSERT INTO message (seq, id, bot_id, contact_id, direction, status, at, not_before, external_id, error, part, offer, sent_by, bulk)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
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
                bulk
            ])
        })
        .map(drop)
        .map_err(or_exists("message"))
}
