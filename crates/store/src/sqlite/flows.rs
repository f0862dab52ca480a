//! Flows, their versions, and triggers.

use recado_model::{BotId, ElementId, FlowId, Trigger, TriggerId, UnixMs, VersionId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value as Json;

use super::{
    batch::Tx,
    bots::{found, is_there},
    codes::{failed, from_json, json, or_exists},
    telling, webhooks,
};
use crate::{
    Result, StoreError,
    catalog::{BotDocuments, FlowRecord, FlowSettings, ListedVersion, Publish, VersionRecord},
    records::Page,
};

const FLOW_GONE: StoreError = StoreError::NotFound { what: "flow" };

fn flow_at(row: &Row<'_>) -> rusqlite::Result<FlowRecord> {
    Ok(FlowRecord {
        id: FlowId::from_bytes(row.get(0)?),
        bot_id: BotId::from_bytes(row.get(1)?),
        name: row.get(2)?,
        active: row.get(3)?,
        published: row.get::<_, Option<[u8; 16]>>(4)?.map(VersionId::from_bytes),
        draft_revision: row.get(5)?,
        has_changes: row.get(6)?,
        created_at: UnixMs(row.get(7)?),
        updated_at: UnixMs(row.get(8)?),
        folder: row.get(9)?,
    })
}

macro_rules! flow_columns {
    () => {
        "id, bot_id, name, active, published, draft_revision, has_changes, created_at, updated_at, folder"
    };
}

pub(super) fn create(tx: &Tx<'_>, flow: &FlowRecord, draft: &Json) -> Result<()> {
    is_there(tx.conn, flow.bot_id)?;
    let draft = json(draft)?;
    tx.conn
        .execute(
            "INSERT INTO flow VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                flow.id.bytes(),
                flow.bot_id.bytes(),
                flow.name,
                flow.active,
                flow.published.as_ref().map(VersionId::bytes),
                flow.draft_revision,
                flow.has_changes,
                flow.created_at.0,
                flow.updated_at.0,
                draft,
                flow.folder
            ],
        )
        .map(drop)
        .map_err(or_exists("flow"))
}

pub(super) fn flows(conn: &Connection, bot_id: BotId) -> Result<Vec<FlowRecord>> {
    conn.prepare_cached(concat!("SELECT ", flow_columns!(), " FROM flow WHERE bot_id = ?1 ORDER BY name"))
        .and_then(|mut statement| statement.query_map([bot_id.bytes()], flow_at)?.collect())
        .map_err(failed)
}

pub(super) fn flow(conn: &Connection, bot_id: BotId, id: FlowId) -> Result<(FlowRecord, Json)> {
    conn.prepare_cached(concat!("SELECT ", flow_columns!(), ", draft FROM flow WHERE id = ?1 AND bot_id = ?2"))
        .and_then(|mut statement| {
            statement
                .query_row(params![id.bytes(), bot_id.bytes()], |row| Ok((flow_at(row)?, from_json(row, 10)?)))
                .optional()
        })
        .map_err(failed)?
        .ok_or(FLOW_GONE)
}

fn record(conn: &Connection, id: FlowId) -> Result<FlowRecord> {
    conn.prepare_cached(concat!("SELECT ", flow_columns!(), " FROM flow WHERE id = ?1"))
        .and_then(|mut statement| statement.query_row([id.bytes()], flow_at).optional())
        .map_err(failed)?
        .ok_or(FLOW_GONE)
}

pub(super) fn bot_of(conn: &Connection, id: FlowId) -> Result<BotId> {
    record(conn, id).map(|flow| flow.bot_id)
}

pub(super) fn save_draft(tx: &Tx<'_>, id: FlowId, revision: i64, draft: &Json, now: UnixMs) -> Result<FlowRecord> {
    let draft = json(draft)?;
    let changed = tx
        .conn
        .execute(
            "UPDATE flow SET draft = ?3, draft_revision = draft_revision + 1, has_changes = 1, updated_at = ?4
             WHERE id = ?1 AND draft_revision = ?2",
            params![id.bytes(), revision, draft, now.0],
        )
        .map_err(failed)?;
    let record = record(tx.conn, id)?;
    if changed == 0 { Err(StoreError::Conflict { what: "draft" }) } else { Ok(record) }
}

pub(super) fn update(tx: &Tx<'_>, id: FlowId, settings: &FlowSettings, now: UnixMs) -> Result<FlowRecord> {
    tx.conn
        .execute(
            "UPDATE flow SET name = ?2, active = ?3, folder = ?4, updated_at = ?5 WHERE id = ?1",
            params![id.bytes(), settings.name, settings.active, settings.folder, now.0],
        )
        .map_err(or_exists("flow"))?;
    record(tx.conn, id)
}

/// Renames a folder, which is to rename it in each of its flows; `None` takes them out.
pub(super) fn rename_folder(tx: &Tx<'_>, bot_id: BotId, from: &str, to: Option<&str>) -> Result<()> {
    tx.conn
        .execute("UPDATE flow SET folder = ?3 WHERE bot_id = ?1 AND folder = ?2", params![bot_id.bytes(), from, to])
        .map_err(failed)
        .and_then(|changed| found(changed, "folder"))
}

pub(super) fn publish(tx: &mut Tx<'_>, publish: &Publish) -> Result<VersionRecord> {
    let flow = record(tx.conn, publish.flow_id)?;
    if flow.draft_revision != publish.draft_revision {
        return Err(StoreError::Conflict { what: "draft" });
    }
    let number: u32 = tx
        .conn
        .query_row("SELECT coalesce(max(number), 0) + 1 FROM version WHERE flow_id = ?1", [flow.id.bytes()], |row| {
            row.get(0)
        })
        .map_err(failed)?;
    let document = json(&publish.document)?;
    tx.conn
        .execute(
            "INSERT INTO version VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![publish.version_id.bytes(), flow.id.bytes(), flow.bot_id.bytes(), number, publish.at.0, document],
        )
        .map_err(or_exists("version"))?;
    tx.conn
        .execute(
            "UPDATE flow SET published = ?2, has_changes = 0 WHERE id = ?1",
            params![flow.id.bytes(), publish.version_id.bytes()],
        )
        .map_err(failed)?;
    for webhook in &publish.webhooks {
        webhooks::create(tx, webhook)?;
    }
    if let Some(input) = &publish.tell {
        telling::begin(tx, flow.id, input)?;
    }
    Ok(VersionRecord {
        id: publish.version_id,
        flow_id: flow.id,
        number,
        document: publish.document.clone(),
        published_at: publish.at,
    })
}

fn version_at(row: &Row<'_>) -> rusqlite::Result<VersionRecord> {
    Ok(VersionRecord {
        id: VersionId::from_bytes(row.get(0)?),
        flow_id: FlowId::from_bytes(row.get(1)?),
        number: row.get(2)?,
        published_at: UnixMs(row.get(3)?),
        document: from_json(row, 4)?,
    })
}

/// One page of a flow's versions, the newest first, of those before a number.
pub(super) fn versions(
    conn: &Connection,
    id: FlowId,
    before: Option<i64>,
    limit: usize,
) -> Result<Page<ListedVersion>> {
    let mut items: Vec<ListedVersion> = conn
        .prepare_cached(
            "SELECT id, number, published_at FROM version WHERE flow_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
        )
        .and_then(|mut statement| {
            let values = params![id.bytes(), before.unwrap_or(i64::MAX), limit as i64 + 1];
            let listed = |row: &Row<'_>| {
                let (id_of_version, number) = (VersionId::from_bytes(row.get(0)?), row.get(1)?);
                Ok(ListedVersion { id: id_of_version, flow_id: id, number, published_at: UnixMs(row.get(2)?) })
            };
            statement.query_map(values, listed)?.collect()
        })
        .map_err(failed)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.number.to_string());
    Ok(Page { items, next })
}

pub(super) fn numbered_version(conn: &Connection, id: FlowId, number: u32) -> Result<VersionRecord> {
    conn.prepare_cached(
        "SELECT id, flow_id, number, published_at, document FROM version WHERE flow_id = ?1 AND number = ?2",
    )
    .and_then(|mut statement| statement.query_row(params![id.bytes(), number], version_at).optional())
    .map_err(failed)?
    .ok_or(StoreError::NotFound { what: "version" })
}

pub(super) fn version(conn: &Connection, id: VersionId) -> Result<Option<VersionRecord>> {
    conn.prepare_cached("SELECT id, flow_id, number, published_at, document FROM version WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.bytes()], version_at).optional())
        .map_err(failed)
}

pub(super) fn documents(conn: &Connection, bot_id: BotId) -> Result<BotDocuments> {
    let drafts = conn
        .prepare_cached(concat!("SELECT ", flow_columns!(), ", draft FROM flow WHERE bot_id = ?1 ORDER BY name"))
        .and_then(|mut statement| {
            statement.query_map([bot_id.bytes()], |row| Ok((flow_at(row)?, from_json(row, 10)?)))?.collect()
        })
        .map_err(failed)?;
    let versions = conn
        .prepare_cached("SELECT id, flow_id, number, published_at, document FROM version WHERE bot_id = ?1")
        .and_then(|mut statement| statement.query_map([bot_id.bytes()], version_at)?.collect())
        .map_err(failed)?;
    Ok(BotDocuments { drafts, versions })
}

/// The published version of each flow of a bot.
pub(super) fn published(conn: &Connection, bot_id: BotId) -> Result<Vec<VersionRecord>> {
    conn.prepare_cached(
        "SELECT v.id, v.flow_id, v.number, v.published_at, v.document FROM flow f JOIN version v ON v.id = f.published WHERE f.bot_id = ?1",
    )
    .and_then(|mut statement| statement.query_map([bot_id.bytes()], version_at)?.collect())
    .map_err(failed)
}

/// Deletes a flow, its triggers and counters. Its versions stay for the messages whose buttons name them.
pub(super) fn delete(tx: &mut Tx<'_>, bot_id: BotId, id: FlowId, tell: &Json) -> Result<()> {
    let changed = tx
        .conn
        .execute("DELETE FROM flow WHERE id = ?1 AND bot_id = ?2", params![id.bytes(), bot_id.bytes()])
        .map_err(failed)?;
    found(changed, "flow")?;
    telling::begin(tx, id, tell)?;
    tx.conn.execute("DELETE FROM trigger WHERE flow_id = ?1", [id.bytes()]).map_err(failed)?;
    tx.conn.execute("DELETE FROM element_count WHERE flow_id = ?1", [id.bytes()]).map(drop).map_err(failed)
}

pub(super) fn counts(conn: &Connection, id: FlowId) -> Result<Vec<(ElementId, String, u64)>> {
    conn.prepare_cached("SELECT element, what, count FROM element_count WHERE flow_id = ?1 ORDER BY element, what")
        .and_then(|mut statement| {
            statement
                .query_map([id.bytes()], |row| {
                    Ok((ElementId::new(row.get_ref(0)?.as_str()?), row.get(1)?, row.get::<_, i64>(2)?.max(0) as u64))
                })?
                .collect()
        })
        .map_err(failed)
}

pub(super) fn waiting(conn: &Connection, id: FlowId) -> Result<Vec<(ElementId, u64)>> {
    conn.prepare_cached("SELECT element, count(*) FROM run WHERE flow_id = ?1 GROUP BY element ORDER BY element")
        .and_then(|mut statement| {
            statement
                .query_map([id.bytes()], |row| {
                    Ok((ElementId::new(row.get_ref(0)?.as_str()?), row.get::<_, i64>(1)?.max(0) as u64))
                })?
                .collect()
        })
        .map_err(failed)
}

pub(super) fn triggers(conn: &Connection, bot_id: BotId) -> Result<Vec<Trigger>> {
    conn.prepare_cached("SELECT doc FROM trigger WHERE bot_id = ?1 ORDER BY created_at, id")
        .and_then(|mut statement| statement.query_map([bot_id.bytes()], |row| from_json(row, 0))?.collect())
        .map_err(failed)
}

/// `NotFound` unless the flow is the bot's.
fn flow_is_there(conn: &Connection, trigger: &Trigger) -> Result<()> {
    conn.query_row(
        "SELECT count(*) FROM flow WHERE id = ?1 AND bot_id = ?2",
        params![trigger.flow_id.bytes(), trigger.bot_id.bytes()],
        |row| row.get::<_, i64>(0),
    )
    .map_err(failed)
    .and_then(|count| found(count.max(0) as usize, "flow"))
}

pub(super) fn create_trigger(tx: &Tx<'_>, trigger: &Trigger) -> Result<()> {
    flow_is_there(tx.conn, trigger)?;
    let doc = json(trigger)?;
    tx.conn
        .execute(
            "INSERT INTO trigger VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                trigger.id.bytes(),
                trigger.bot_id.bytes(),
                trigger.flow_id.bytes(),
                trigger.kind.as_str(),
                trigger.created_at.0,
                doc
            ],
        )
        .map(drop)
        .map_err(or_exists("trigger"))
}

pub(super) fn update_trigger(tx: &Tx<'_>, trigger: &Trigger) -> Result<()> {
    flow_is_there(tx.conn, trigger)?;
    let doc = json(trigger)?;
    tx.conn
        .execute(
            "UPDATE trigger SET flow_id = ?3, kind = ?4, doc = ?5 WHERE id = ?1 AND bot_id = ?2",
            params![trigger.id.bytes(), trigger.bot_id.bytes(), trigger.flow_id.bytes(), trigger.kind.as_str(), doc],
        )
        .map_err(or_exists("trigger"))
        .and_then(|changed| found(changed, "trigger"))
}

pub(super) fn delete_trigger(tx: &Tx<'_>, bot_id: BotId, id: TriggerId) -> Result<()> {
    tx.conn
        .execute("DELETE FROM trigger WHERE id = ?1 AND bot_id = ?2", params![id.bytes(), bot_id.bytes()])
        .map_err(failed)
        .and_then(|changed| found(changed, "trigger"))
}
