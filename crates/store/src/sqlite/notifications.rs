//! What members are to know.

use recado_model::{BotId, ContactId, MemberId, NotificationId, UnixMs};
use rusqlite::{OptionalExtension, Row, params};

use super::{batch::Tx, codes::failed};
use crate::{Result, StoreError, records::NotificationRecord, turns::NewNotification};

/// The columns of [`notification_at`].
macro_rules! notification_columns {
    () => {
        "seq, id, contact_id, at, member, text, read_at"
    };
}
pub(super) use notification_columns;

/// A notification from the columns above.
pub(super) fn notification_at(row: &Row<'_>) -> rusqlite::Result<NotificationRecord> {
    Ok(NotificationRecord {
        notification: NewNotification {
            id: NotificationId::from_bytes(row.get(1)?),
            at: UnixMs(row.get(3)?),
            member: row.get::<_, Option<[u8; 16]>>(4)?.map(MemberId::from_bytes),
            text: row.get(5)?,
        },
        contact_id: ContactId::from_bytes(row.get(2)?),
        read_at: row.get::<_, Option<i64>>(6)?.map(UnixMs),
    })
}

pub(super) fn insert(tx: &mut Tx<'_>, bot_id: BotId, contact_id: ContactId, new: &NewNotification) -> Result<()> {
    tx.seqs.other += 1;
    tx.conn
        .prepare_cached("INSERT INTO notification VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)")
        .and_then(|mut statement| {
            statement.execute(params![
                tx.seqs.other,
                new.id.bytes(),
                bot_id.bytes(),
                contact_id.bytes(),
                new.at.0,
                new.member.as_ref().map(MemberId::bytes),
                new.text
            ])
        })
        .map(drop)
        .map_err(failed)
}

pub(super) fn read(tx: &Tx<'_>, bot_id: BotId, id: NotificationId, at: UnixMs) -> Result<NotificationRecord> {
    tx.conn
        .prepare_cached(concat!(
            "UPDATE notification SET read_at = coalesce(read_at, ?3) WHERE id = ?1 AND bot_id = ?2 RETURNING ",
            notification_columns!()
        ))
        .and_then(|mut statement| {
            statement.query_row(params![id.bytes(), bot_id.bytes(), at.0], notification_at).optional()
        })
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "notification" })
}
