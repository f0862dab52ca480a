//! What a team keeps.

use async_trait::async_trait;
use recado_model::{BotId, ContactId, NoteId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::{
    SqliteStore,
    batch::Tx,
    bots::{found, is_there},
    chains,
    codes::{failed, from_json, json, or_exists},
};
use crate::{
    Result, StoreError, Team,
    team::{KEPT_MAX, Kept, KeptKind, NOTES_MAX, NoteRecord},
};

/// About what such a change adds to a commit.
const BYTES: usize = 8 * 1_024;

const fn code(kind: KeptKind) -> i64 {
    match kind {
        KeptKind::Reply => 0,
        KeptKind::Segment => 1,
    }
}

const fn word(kind: KeptKind) -> &'static str {
    match kind {
        KeptKind::Reply => "reply",
        KeptKind::Segment => "segment",
    }
}

/// `TooMany` when so many are counted that none is to come.
pub(super) fn is_room(
    conn: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    max: usize,
    what: &'static str,
) -> Result<()> {
    let count: i64 = conn.query_row(sql, values, |row| row.get(0)).map_err(failed)?;
    if count >= max as i64 { Err(StoreError::TooMany { what, max }) } else { Ok(()) }
}

fn keep(tx: &Tx<'_>, bot_id: BotId, kind: KeptKind, new: &Kept) -> Result<()> {
    is_there(tx.conn, bot_id)?;
    let of_kind = "SELECT count(*) FROM kept WHERE bot_id = ?1 AND kind = ?2";
    is_room(tx.conn, of_kind, &[bot_id.bytes(), &code(kind)], KEPT_MAX, word(kind))?;
    tx.conn
        .execute(
            "INSERT INTO kept VALUES (?1, ?2, ?3, ?4)",
            params![bot_id.bytes(), code(kind), new.name, json(&new.doc)?],
        )
        .map(drop)
        .map_err(or_exists(word(kind)))
}

fn replace(tx: &Tx<'_>, bot_id: BotId, kind: KeptKind, name: &str, with: &Kept) -> Result<()> {
    tx.conn
        .execute(
            "UPDATE kept SET name = ?4, doc = ?5 WHERE bot_id = ?1 AND kind = ?2 AND name = ?3",
            params![bot_id.bytes(), code(kind), name, with.name, json(&with.doc)?],
        )
        .map_err(or_exists(word(kind)))
        .and_then(|changed| found(changed, word(kind)))
}

fn note_at(row: &Row<'_>) -> rusqlite::Result<NoteRecord> {
    Ok(NoteRecord {
        contact_id: ContactId::from_bytes(row.get(0)?),
        id: NoteId::from_bytes(row.get(1)?),
        at: UnixMs(row.get(2)?),
        written_by: row.get(3)?,
        text: row.get(4)?,
    })
}

fn add_note(tx: &Tx<'_>, note: &NoteRecord) -> Result<()> {
    if chains::row_of(tx.conn, note.contact_id)?.is_none() {
        return Err(StoreError::NotFound { what: "contact" });
    }
    let of_contact = "SELECT count(*) FROM note WHERE contact_id = ?1";
    is_room(tx.conn, of_contact, &[note.contact_id.bytes()], NOTES_MAX, "note")?;
    tx.conn
        .execute(
            "INSERT INTO note VALUES (?1, ?2, ?3, ?4, ?5)",
            params![note.contact_id.bytes(), note.id.bytes(), note.at.0, note.written_by, note.text],
        )
        .map(drop)
        .map_err(failed)
}

#[async_trait]
impl Team for SqliteStore {
    async fn kept(&self, bot_id: BotId, kind: KeptKind) -> Result<Vec<Kept>> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT name, doc FROM kept WHERE bot_id = ?1 AND kind = ?2 ORDER BY name")
                .and_then(|mut statement| {
                    statement
                        .query_map(params![bot_id.bytes(), code(kind)], |row| {
                            Ok(Kept { name: row.get(0)?, doc: from_json(row, 1)? })
                        })?
                        .collect()
                })
                .map_err(failed)
        })
    }

    async fn keep(&self, bot_id: BotId, kind: KeptKind, new: Kept) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| keep(tx, bot_id, kind, &new)).await
    }

    async fn replace_kept(&self, bot_id: BotId, kind: KeptKind, name: String, with: Kept) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| replace(tx, bot_id, kind, &name, &with)).await
    }

    async fn forget_kept(&self, bot_id: BotId, kind: KeptKind, name: String) -> Result<()> {
        self.writer
            .call_hot(BYTES, move |tx| {
                tx.conn
                    .execute(
                        "DELETE FROM kept WHERE bot_id = ?1 AND kind = ?2 AND name = ?3",
                        params![bot_id.bytes(), code(kind), name],
                    )
                    .map_err(failed)
                    .and_then(|changed| found(changed, word(kind)))
            })
            .await
    }

    async fn notes(&self, contact_id: ContactId) -> Result<Vec<NoteRecord>> {
        self.readers.point(|conn| {
            conn.prepare_cached(
                "SELECT contact_id, id, at, written_by, text FROM note WHERE contact_id = ?1 ORDER BY id DESC",
            )
            .and_then(|mut statement| statement.query_map([contact_id.bytes()], note_at)?.collect())
            .map_err(failed)
        })
    }

    async fn add_note(&self, note: NoteRecord) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| add_note(tx, &note)).await
    }

    async fn change_note(&self, contact_id: ContactId, id: NoteId, text: String) -> Result<NoteRecord> {
        self.writer
            .call_hot(BYTES, move |tx| {
                tx.conn
                    .query_row(
                        "UPDATE note SET text = ?3 WHERE contact_id = ?1 AND id = ?2 RETURNING contact_id, id, at, written_by, text",
                        params![contact_id.bytes(), id.bytes(), text],
                        note_at,
                    )
                    .optional()
                    .map_err(failed)?
                    .ok_or(StoreError::NotFound { what: "note" })
            })
            .await
    }

    async fn delete_note(&self, contact_id: ContactId, id: NoteId) -> Result<()> {
        self.writer
            .call_hot(BYTES, move |tx| {
                tx.conn
                    .execute(
                        "DELETE FROM note WHERE contact_id = ?1 AND id = ?2",
                        params![contact_id.bytes(), id.bytes()],
                    )
                    .map_err(failed)
                    .and_then(|changed| found(changed, "note"))
            })
            .await
    }
}
