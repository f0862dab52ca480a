//! Telling the contacts with a run in a flow what becomes of it. What is to be told is a row of the commit that decides it; it is worked off in steps that
//! leave the writer free after a few milliseconds, each of which keeps inputs for the next contacts. After a crash whoever brings inputs goes on with it.

use recado_model::{ContactId, FlowId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value as Json;
use tokio::time::Instant;

use super::{
    batch::Tx,
    codes::{failed, from_json, json},
    room::{BATCH, ROWS, run},
    runs,
};
use crate::{Result, turns::NewInput};

/// Leaves this input to be told to all contacts that have a run in the flow.
pub(super) fn begin(tx: &mut Tx<'_>, flow_id: FlowId, input: &Json) -> Result<()> {
    let doc = json(input)?;
    tx.seqs.other += 1;
    run(tx.conn, "INSERT INTO telling VALUES (?1, ?2, ?3, NULL)", params![tx.seqs.other, flow_id.bytes(), doc])
        .map(drop)
}

/// Whether anything is to be told.
pub(super) fn any(conn: &Connection) -> Result<bool> {
    conn.prepare_cached("SELECT 1 FROM telling").and_then(|mut statement| statement.exists([])).map_err(failed)
}

/// Keeps inputs for the next contacts. Returns whether there may be more.
pub(super) fn step(tx: &mut Tx<'_>) -> Result<bool> {
    let end = Instant::now() + BATCH;
    let first = tx
        .conn
        .prepare_cached("SELECT seq, flow_id, input, after FROM telling ORDER BY seq LIMIT 1")
        .and_then(|mut statement| {
            // Whoever brings one that can not be read says what is wrong; others are not to wait for it.
            let row = |row: &Row<'_>| {
                let input: Json = from_json(row, 2).unwrap_or_default();
                Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 16]>(1)?, input, row.get::<_, Option<Vec<u8>>>(3)?))
            };
            statement.query_row([], row).optional()
        })
        .map_err(failed)?;
    let Some((seq, flow_id, input, after)) = first else { return Ok(false) };
    let mut after = after.unwrap_or_default();
    loop {
        let contacts: Vec<[u8; 16]> = tx
            .conn
            .prepare_cached(
                "SELECT DISTINCT contact_id FROM run WHERE flow_id = ?1 AND contact_id > ?2 ORDER BY contact_id LIMIT ?3",
            )
            .and_then(|mut statement| {
                statement.query_map(params![flow_id, after, ROWS as i64], |row| row.get(0))?.collect()
            })
            .map_err(failed)?;
        for contact in &contacts {
            let contact_id = ContactId::from_bytes(*contact);
            runs::add_input(tx, &NewInput { contact_id, input: input.clone() })?;
        }
        match contacts.last() {
            Some(last) if contacts.len() == ROWS => after = last.to_vec(),
            Some(_) | None => return run(tx.conn, "DELETE FROM telling WHERE seq = ?1", [seq]).map(|_| true),
        }
        if Instant::now() >= end {
            return run(tx.conn, "UPDATE telling SET after = ?2 WHERE seq = ?1", params![seq, after]).map(|_| true);
        }
    }
}
