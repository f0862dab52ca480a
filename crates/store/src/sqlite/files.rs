//! Uploaded files: their rows, and the room that they may take.

use recado_model::{BotId, ContactId, FileId, UnixMs};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    batch::Tx,
    bots,
    codes::{failed, or_exists},
};
use crate::{
    Result, StoreError,
    catalog::{FileRecord, FileRoom, RoomOf},
};

pub(super) fn create(tx: &Tx<'_>, file: &FileRecord, room: FileRoom) -> Result<()> {
    has_room(tx.conn, file.bot_id, file.contact_id, file.bytes, room)?;
    tx.conn
        .execute(
            "INSERT INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                file.id.bytes(),
                file.bot_id.bytes(),
                file.contact_id.as_ref().map(ContactId::bytes),
                file.hash,
                file.bytes as i64,
                file.mime,
                file.name,
                file.created_at.0
            ],
        )
        .map(drop)
        .map_err(or_exists("file"))
}

/// Whether a file can be kept. The row of one whose contact or bot is gone would stay for good, so it is not made.
pub(super) fn has_room(
    conn: &Connection,
    bot_id: BotId,
    contact_id: Option<ContactId>,
    bytes: u64,
    room: FileRoom,
) -> Result<()> {
    bots::is_there(conn, bot_id)?;
    let sum = |sql: &str, id: &[u8; 16]| -> Result<u64> {
        conn.prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([id], |row| row.get::<_, i64>(0)))
            .map(|bytes| bytes.max(0) as u64)
            .map_err(failed)
    };
    let fits = |kept: u64, max: u64, of: RoomOf| {
        if kept.saturating_add(bytes) > max { Err(StoreError::NoRoom { of, max }) } else { Ok(()) }
    };
    if let Some(contact_id) = contact_id {
        let is_there = conn
            .prepare_cached("SELECT 1 FROM contact WHERE id = ?1")
            .and_then(|mut statement| statement.exists([contact_id.bytes()]))
            .map_err(failed)?;
        if !is_there {
            return Err(StoreError::NotFound { what: "contact" });
        }
        let kept = sum("SELECT coalesce(sum(bytes), 0) FROM file WHERE contact_id = ?1", contact_id.bytes())?;
        fits(kept, room.of_a_contact, RoomOf::Contact)?;
    }
    fits(bytes_of(conn, bot_id)?, room.of_a_bot, RoomOf::Bot)?;
    let kept = sum(
        "SELECT coalesce(sum(s.bytes), 0) FROM bot own JOIN bot b ON b.account_id = own.account_id AND b.deleted = 0
         JOIN file_sum s ON s.bot_id = b.id WHERE own.id = ?1",
        bot_id.bytes(),
    )?;
    fits(kept, room.of_an_account, RoomOf::Account)
}

pub(super) fn read(conn: &Connection, id: FileId) -> Result<Option<FileRecord>> {
    conn.prepare_cached("SELECT id, bot_id, contact_id, hash, bytes, mime, name, created_at FROM file WHERE id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([id.bytes()], |row| {
                    Ok(FileRecord {
                        id: FileId::from_bytes(row.get(0)?),
                        bot_id: BotId::from_bytes(row.get(1)?),
                        contact_id: row.get::<_, Option<[u8; 16]>>(2)?.map(ContactId::from_bytes),
                        hash: row.get(3)?,
                        bytes: row.get::<_, i64>(4)?.max(0) as u64,
                        mime: row.get(5)?,
                        name: row.get(6)?,
                        created_at: UnixMs(row.get(7)?),
                    })
                })
                .optional()
        })
        .map_err(failed)
}

pub(super) fn bytes_of(conn: &Connection, bot_id: BotId) -> Result<u64> {
    conn.prepare_cached("SELECT coalesce(sum(bytes), 0) FROM file_sum WHERE bot_id = ?1")
        .and_then(|mut statement| statement.query_row([bot_id.bytes()], |row| row.get::<_, i64>(0)))
        .map(|bytes| bytes.max(0) as u64)
        .map_err(failed)
}

/// Those of these hashes that stand in no row.
pub(super) fn orphans(conn: &Connection, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>> {
    let mut named = conn.prepare_cached("SELECT 1 FROM file WHERE hash = ?1").map_err(failed)?;
    let mut orphans = Vec::new();
    for hash in hashes {
        if !named.exists([hash]).map_err(failed)? {
            orphans.push(hash);
        }
    }
    Ok(orphans)
}
