//! Settings, tracked links and kept answers.

use recado_model::{AccountId, BotId, ContactId, ElementId, FlowId, UnixMs};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    batch::Tx,
    codes::{failed, or_exists},
};
use crate::{
    Result,
    catalog::{IdempotentAnswer, LinkRecord},
};

pub(super) fn setting(conn: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    conn.prepare_cached("SELECT value FROM setting WHERE name = ?1")
        .and_then(|mut statement| statement.query_row([name], |row| row.get(0)).optional())
        .map_err(failed)
}

pub(super) fn set_setting(tx: &Tx<'_>, name: &str, value: &[u8]) -> Result<()> {
    tx.conn
        .execute(
            "INSERT INTO setting VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![name, value],
        )
        .map(drop)
        .map_err(failed)
}

pub(super) fn create_link(tx: &Tx<'_>, link: &LinkRecord) -> Result<()> {
    tx.conn
        .prepare_cached("INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .and_then(|mut statement| {
            statement.execute(params![
                link.token,
                link.bot_id.bytes(),
                link.contact_id.bytes(),
                link.url,
                link.text,
                link.flow_id.bytes(),
                link.element.as_str(),
                link.created_at.0
            ])
        })
        .map(drop)
        .map_err(or_exists("link"))
}

pub(super) fn link(conn: &Connection, token: &str) -> Result<Option<LinkRecord>> {
    conn.prepare_cached(
        "SELECT token, bot_id, contact_id, url, text, flow_id, element, created_at FROM link WHERE token = ?1",
    )
    .and_then(|mut statement| {
        statement
            .query_row([token], |row| {
                Ok(LinkRecord {
                    token: row.get(0)?,
                    bot_id: BotId::from_bytes(row.get(1)?),
                    contact_id: ContactId::from_bytes(row.get(2)?),
                    url: row.get(3)?,
                    text: row.get(4)?,
                    flow_id: FlowId::from_bytes(row.get(5)?),
                    element: ElementId::new(row.get_ref(6)?.as_str()?),
                    created_at: UnixMs(row.get(7)?),
                })
            })
            .optional()
    })
    .map_err(failed)
}

pub(super) fn answer(conn: &Connection, account_id: AccountId, key: &str) -> Result<Option<IdempotentAnswer>> {
    conn.prepare_cached("SELECT request, status, body FROM idempotent WHERE account_id = ?1 AND key = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![account_id.bytes(), key], |row| {
                    Ok(IdempotentAnswer { request: row.get(0)?, status: row.get(1)?, body: row.get(2)? })
                })
                .optional()
        })
        .map_err(failed)
}

pub(super) fn keep_answer(
    tx: &Tx<'_>,
    account_id: AccountId,
    key: &str,
    answer: &IdempotentAnswer,
    now: UnixMs,
) -> Result<()> {
    tx.conn
        .prepare_cached("INSERT INTO idempotent VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .and_then(|mut statement| {
            statement.execute(params![account_id.bytes(), key, answer.request, answer.status, answer.body, now.0])
        })
        .map(drop)
        .map_err(or_exists("answer"))
}
