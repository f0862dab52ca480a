//! Chats as agents see them: whoever spoke last comes first.
//!
//! A bot's chats are found by its events: a contact stands where its newest event stands, so each is listed once and no index has to be kept for
//! it. Chats that nothing happened in since the retention began are not listed among all, but are among the open ones.

use recado_model::{BotId, Contact, ContactId, MemberId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    batch::Tx,
    chains::{self, message_chain},
    codes::{failed, from_json},
    names,
    outbox::{message_at, message_columns},
};
use crate::{
    Result, StoreError,
    records::{ChatRecord, MessageRecord, OPEN_CHATS_MAX, Page, UNREAD_MAX},
};

/// Events that one page looks at.
const EVENTS_SCANNED_MAX: usize = 5_000;

/// The newest messages of a chat among which the unread ones are counted.
const MESSAGES_SCANNED_MAX: i64 = 400;

/// One page of all chats. The cursor is the sequence of the last event that was looked at.
pub(super) fn all(conn: &Connection, bot_id: BotId, before: Option<i64>, limit: usize) -> Result<Page<ChatRecord>> {
    let mut statement = conn
        .prepare_cached(
            "SELECT e.seq, e.contact_id, EXISTS (SELECT 1 FROM contact c WHERE c.id = e.contact_id AND c.last_event = e.seq)
             FROM event e WHERE e.bot_id = ?1 AND e.seq < ?2 AND e.test = 0 ORDER BY e.seq DESC LIMIT ?3",
        )
        .map_err(failed)?;
    let mut rows = statement
        .query(params![bot_id.bytes(), before.unwrap_or(i64::MAX), EVENTS_SCANNED_MAX as i64])
        .map_err(failed)?;
    let (mut items, mut looked, mut last) = (Vec::new(), 0, 0);
    while let Some(row) = rows.next().map_err(failed)? {
        looked += 1;
        last = row.get(0).map_err(failed)?;
        if !row.get::<_, bool>(2).map_err(failed)? {
            continue;
        }
        let id = row.get(1).map(ContactId::from_bytes).map_err(failed)?;
        items.extend(one(conn, id)?);
        if items.len() == limit {
            return Ok(Page { items, next: Some(last.to_string()) });
        }
    }
    Ok(Page { items, next: (looked == EVENTS_SCANNED_MAX).then(|| last.to_string()) })
}

/// The open chats, at most [`OPEN_CHATS_MAX`].
pub(super) fn open(conn: &Connection, bot_id: BotId) -> Result<Vec<ChatRecord>> {
    let ids: Vec<ContactId> = conn
        .prepare_cached(
            "SELECT id FROM contact INDEXED BY contact_chat_open WHERE chat_open = 1 AND bot_id = ?1 ORDER BY seq DESC LIMIT ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_map(params![bot_id.bytes(), OPEN_CHATS_MAX as i64], |row| row.get(0).map(ContactId::from_bytes))?
                .collect()
        })
        .map_err(failed)?;
    let mut chats = Vec::with_capacity(ids.len());
    for id in ids {
        chats.extend(one(conn, id)?);
    }
    chats.sort_by_key(|chat| std::cmp::Reverse(chat.last.as_ref().map(|last| last.seq)));
    Ok(chats)
}

/// How many of the bot's open chats each member looks after.
pub(super) fn assigned(conn: &Connection, bot_id: BotId) -> Result<Vec<(MemberId, u32)>> {
    conn.prepare_cached(
        "SELECT CASE WHEN json_valid(CAST(doc AS TEXT)) THEN json_extract(CAST(doc AS TEXT), '$.chat.assignee') END AS assignee, count(*)
         FROM contact INDEXED BY contact_chat_open WHERE chat_open = 1 AND bot_id = ?1 GROUP BY assignee HAVING assignee IS NOT NULL",
    )
    .and_then(|mut statement| {
        statement
            .query_map([bot_id.bytes()], |row| {
                let id: String = row.get(0)?;
                Ok((id.parse().ok(), row.get(1)?))
            })?
            .filter_map(|row| row.map(|(id, count)| Some((id?, count))).transpose())
            .collect()
    })
    .map_err(failed)
}

fn one(conn: &Connection, id: ContactId) -> Result<Option<ChatRecord>> {
    let found: Option<(Contact, Option<i64>, i64, i64)> = conn
        .prepare_cached(
            "SELECT doc, last_message, coalesce((SELECT seq FROM chat_read WHERE contact_id = ?1), 0), names FROM contact WHERE id = ?1",
        )
        .and_then(|mut statement| {
            statement.query_row([id.bytes()], |row| Ok((from_json(row, 0)?, row.get(1)?, row.get(2)?, row.get(3)?))).optional()
        })
        .map_err(failed)?;
    let Some((mut contact, last, read, known)) = found else { return Ok(None) };
    names::of_bot(conn, contact.bot_id)?.bring_up_to_date(&mut contact, known);
    let last = conn
        .prepare_cached(concat!("SELECT ", message_columns!(), " FROM message m WHERE m.seq = ?1"))
        .and_then(|mut statement| {
            statement
                .query_row([last], |row| Ok(MessageRecord { seq: row.get(0)?, message: message_at(row)? }))
                .optional()
        })
        .map_err(failed)?;
    let unread: i64 = conn
        .prepare_cached(concat!(
            message_chain!(),
            "SELECT count(*) FROM
               (SELECT m.direction FROM chain CROSS JOIN message m ON m.seq = chain.seq WHERE m.seq > ?3 LIMIT ?4)
             WHERE direction = 0"
        ))
        .and_then(|mut statement| {
            statement.query_row(params![id.bytes(), None::<i64>, read, MESSAGES_SCANNED_MAX], |row| row.get(0))
        })
        .map_err(failed)?;
    Ok(Some(ChatRecord { contact, last, unread: unread.clamp(0, i64::from(UNREAD_MAX)) as u32 }))
}

/// What was said up to a sequence is read; everything so far, when none is given.
pub(super) fn read(tx: &Tx<'_>, id: ContactId, up_to: Option<i64>) -> Result<()> {
    let Some(row) = chains::row_of(tx.conn, id)? else { return Err(StoreError::NotFound { what: "contact" }) };
    let read = row.last.message.unwrap_or(0).min(up_to.unwrap_or(i64::MAX));
    tx.conn
        .prepare_cached("INSERT INTO chat_read VALUES (?1, ?2) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)")
        .and_then(|mut statement| statement.execute(params![id.bytes(), read]))
        .map(drop)
        .map_err(failed)
}
