//! Who waits in a flow, by contact: the order in which both the index of a flow's runs and the runs themselves lie, so a page costs what it looks at
//! and no index knows elements.

use recado_model::{Contact, ContactId, ElementId, FlowId, UnixMs};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    codes::{failed, from_json},
    runs,
};
use crate::{
    Result, StoreError,
    records::{Page, RUNS_SCANNED_MAX, WaitingRecord},
};

/// A run's place in the list: its contact, and its number there.
type Place = ([u8; 16], u32);

/// The place of a cursor.
pub(super) fn place(cursor: &str) -> Result<Place> {
    let read = || {
        let (contact, number) = cursor.split_once('.')?;
        Some((*contact.parse::<ContactId>().ok()?.bytes(), number.parse().ok()?))
    };
    read().ok_or(StoreError::NotFound { what: "page" })
}

fn cursor((contact, number): Place) -> String {
    format!("{}.{number}", ContactId::from_bytes(contact))
}

/// One page of those who wait in a flow, in one of its elements when it is given, behind a place.
pub(super) fn list(
    conn: &Connection,
    flow_id: FlowId,
    element: Option<&ElementId>,
    after: Option<Place>,
    limit: usize,
) -> Result<Page<WaitingRecord>> {
    let mut statement = conn
        .prepare_cached(
            "SELECT contact_id, number, element, version_id, wait, a, b, until, started_at FROM run
             WHERE flow_id = ?1 AND (contact_id, number) > (?2, ?3) ORDER BY contact_id, number LIMIT ?4",
        )
        .map_err(failed)?;
    let (contact, number) = after.map_or_else(|| (Vec::new(), 0), |(contact, number)| (contact.to_vec(), number));
    let mut rows =
        statement.query(params![flow_id.bytes(), contact, number, RUNS_SCANNED_MAX as i64]).map_err(failed)?;
    let mut page = Page { items: Vec::new(), next: None };
    let mut looked_at = 0;
    let mut last = None;
    while let Some(row) = rows.next().map_err(failed)? {
        let at: Place = (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
        let name = row.get_ref(2).and_then(|name| Ok(name.as_str()?)).map_err(failed)?;
        if element.is_none_or(|element| element.as_str() == name) {
            if page.items.len() == limit {
                page.next = last.map(cursor);
                return Ok(page);
            }
            let version: [u8; 16] = row.get(3).map_err(failed)?;
            if let Some((name_of_contact, version)) = shown(conn, at.0, version)? {
                page.items.push(WaitingRecord {
                    contact_id: ContactId::from_bytes(at.0),
                    name: name_of_contact,
                    number: at.1,
                    element: ElementId::new(name),
                    version,
                    wait: runs::wait_at(row, 4).map_err(failed)?,
                    started_at: UnixMs(row.get(8).map_err(failed)?),
                });
            }
        }
        last = Some(at);
        looked_at += 1;
    }
    // Whoever looks further goes on behind what was looked at.
    page.next = if looked_at == RUNS_SCANNED_MAX { last.map(cursor) } else { None };
    Ok(page)
}

/// The contact's name and the version's number; `None` when the contact is gone.
fn shown(conn: &Connection, contact: [u8; 16], version: [u8; 16]) -> Result<Option<(String, Option<u32>)>> {
    conn.prepare_cached("SELECT c.doc, (SELECT v.number FROM version v WHERE v.id = ?2) FROM contact c WHERE c.id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row(params![contact, version], |row| {
                    let contact: Contact = from_json(row, 0)?;
                    Ok((contact.profile.name, row.get(1)?))
                })
                .optional()
        })
        .map_err(failed)
}
