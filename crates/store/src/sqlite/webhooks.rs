//! Webhooks.

use recado_model::{BotId, EventKind, OffReason, UnixMs, Webhook, WebhookId, WebhookKind, WebhookState};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    batch::Tx,
    bots::is_there,
    cancelling,
    codes::{failed, from_json, json, or_exists},
    lanes,
    team::is_room,
};
use crate::{
    Result, StoreError,
    catalog::{ResumeFrom, StoredWebhook, WEBHOOKS_MAX},
    deliveries::HealthChange,
};

fn webhook_at(row: &Row<'_>) -> rusqlite::Result<StoredWebhook> {
    let webhook: Webhook = from_json(row, 0)?;
    let failing_since = row.get::<_, Option<i64>>(2)?.map(UnixMs);
    let held_until = row.get::<_, Option<i64>>(3)?.map(UnixMs);
    let state = match (row.get::<_, Option<i64>>(5)?, row.get(4)?, webhook.state) {
        (None, ..) => WebhookState::On,
        (Some(cursor), true, _) => WebhookState::Behind { cursor },
        (Some(cursor), false, WebhookState::Off { reason, .. }) => WebhookState::Off { cursor, reason },
        (Some(cursor), false, WebhookState::On | WebhookState::Behind { .. } | WebhookState::Paused { .. }) => {
            WebhookState::Paused { cursor }
        }
    };
    Ok(StoredWebhook { webhook: Webhook { state, failing_since, held_until, ..webhook }, sealed: row.get(1)? })
}

/// The columns that [`webhook_at`] reads. What stands in a column of its own is as the column has it, whatever the document says.
macro_rules! webhook_columns {
    () => {
        "doc, sealed, failing_since, held_until, is_on, cursor"
    };
}

const fn kind(kind: WebhookKind) -> i64 {
    match kind {
        WebhookKind::Global => 0,
        WebhookKind::Flow => 1,
    }
}

/// The lanes of a URL of the bot, when another webhook has them already: those of the eldest.
fn lanes_of_url(conn: &Connection, webhook: &Webhook) -> Result<Option<WebhookId>> {
    let mut others = of_bot(conn, webhook.bot_id)?.into_iter().map(|stored| stored.webhook);
    Ok(others.find(|other| other.id != webhook.id && other.url == webhook.url).map(|other| other.lanes_id))
}

pub(super) fn create(tx: &Tx<'_>, stored: &StoredWebhook) -> Result<()> {
    is_there(tx.conn, stored.webhook.bot_id)?;
    let of_bot = "SELECT count(*) FROM webhook WHERE bot_id = ?1";
    is_room(tx.conn, of_bot, &[stored.webhook.bot_id.bytes()], WEBHOOKS_MAX, "webhook")?;
    let mut webhook = stored.webhook.clone();
    webhook.lanes_id = lanes_of_url(tx.conn, &webhook)?.unwrap_or(webhook.lanes_id);
    let webhook = &webhook;
    let doc = json(webhook)?;
    tx.conn
        .execute(
            "INSERT INTO webhook (id, bot_id, kind, url, is_on, cursor, failing_since, held_until, created_at, doc, sealed, lanes_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                webhook.id.bytes(),
                webhook.bot_id.bytes(),
                kind(webhook.kind),
                webhook.url,
                webhook.state.is_on(),
                webhook.state.cursor(),
                webhook.failing_since.map(|since| since.0),
                webhook.held_until.map(|until| until.0),
                webhook.created_at.0,
                doc,
                stored.sealed,
                webhook.lanes_id.bytes()
            ],
        )
        .map_err(or_exists("webhook"))?;
    if is_shared(tx.conn, webhook)? { lanes::settle(tx, webhook.lanes_id, true) } else { Ok(()) }
}

pub(super) fn of_bot(conn: &Connection, bot_id: BotId) -> Result<Vec<StoredWebhook>> {
    conn.prepare_cached(concat!(
        "SELECT ",
        webhook_columns!(),
        " FROM webhook WHERE bot_id = ?1 ORDER BY created_at, id"
    ))
    .and_then(|mut statement| statement.query_map([bot_id.bytes()], webhook_at)?.collect())
    .map_err(failed)
}

pub(super) fn one(conn: &Connection, id: WebhookId) -> Result<StoredWebhook> {
    conn.prepare_cached(concat!("SELECT ", webhook_columns!(), " FROM webhook WHERE id = ?1"))
        .and_then(|mut statement| statement.query_row([id.bytes()], webhook_at).optional())
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "webhook" })
}

/// Changes the settings of what was read, if nobody else did since. How it stands is not a setting: whoever read it before may not know how it stands now. Another
/// URL is another receiver: the webhook goes to its lanes with all that is pending, and what the old one asked for or failed at is forgotten.
pub(super) fn update(tx: &mut Tx<'_>, read: &StoredWebhook, stored: &StoredWebhook, now: UnixMs) -> Result<()> {
    let before = one(tx.conn, stored.webhook.id)?;
    let as_before = |webhook: &Webhook| Webhook {
        state: before.webhook.state.clone(),
        failing_since: before.webhook.failing_since,
        held_until: before.webhook.held_until,
        ..webhook.clone()
    };
    if read.sealed != before.sealed || as_before(&read.webhook) != before.webhook {
        return Err(StoreError::Conflict { what: "webhook" });
    }
    let (old_lanes, moves) = (before.webhook.lanes_id, before.webhook.url != stored.webhook.url);
    let mut webhook = as_before(&stored.webhook);
    if moves {
        webhook.lanes_id = lanes_of_url(tx.conn, &webhook)?.unwrap_or(webhook.lanes_id);
        (webhook.failing_since, webhook.held_until) = (None, None);
    } else {
        webhook.lanes_id = old_lanes;
    }
    let doc = json(&webhook)?;
    tx.conn
        .execute(
            "UPDATE webhook SET kind = ?2, url = ?3, doc = ?4, sealed = ?5, failing_since = ?6, held_until = ?7, lanes_id = ?8 WHERE id = ?1",
            params![
                webhook.id.bytes(),
                kind(webhook.kind),
                webhook.url,
                doc,
                stored.sealed,
                webhook.failing_since.map(|since| since.0),
                webhook.held_until.map(|until| until.0),
                webhook.lanes_id.bytes()
            ],
        )
        .map_err(or_exists("webhook"))?;
    if !moves {
        return Ok(());
    }
    lanes::move_pending(tx, webhook.id, webhook.lanes_id, now)?;
    lanes::settle(tx, old_lanes, false)?;
    lanes::settle(tx, webhook.lanes_id, is_shared(tx.conn, &webhook)?)
}

pub(super) fn delete(tx: &mut Tx<'_>, id: WebhookId, now: UnixMs) -> Result<()> {
    one(tx.conn, id)?;
    cancelling::begin(tx, "w.id = ?1", *id.bytes(), now)
}

/// Gives it another state. Returns it as it is now.
fn put_state(tx: &Tx<'_>, stored: StoredWebhook, state: WebhookState) -> Result<StoredWebhook> {
    let stored = write_state(tx, stored, state)?;
    let lanes_id = stored.webhook.lanes_id;
    lanes::settle(tx, lanes_id, is_shared(tx.conn, &stored.webhook)?)?;
    Ok(stored)
}

/// Whether another webhook of the bot has the same lanes.
fn is_shared(conn: &Connection, webhook: &Webhook) -> Result<bool> {
    let all = of_bot(conn, webhook.bot_id)?;
    Ok(all.iter().any(|other| other.webhook.id != webhook.id && other.webhook.lanes_id == webhook.lanes_id))
}

fn write_state(tx: &Tx<'_>, mut stored: StoredWebhook, state: WebhookState) -> Result<StoredWebhook> {
    stored.webhook.state = state;
    let webhook = &stored.webhook;
    let doc = json(webhook)?;
    tx.conn
        .prepare_cached("UPDATE webhook SET is_on = ?2, cursor = ?3, failing_since = ?4, doc = ?5 WHERE id = ?1")
        .and_then(|mut statement| {
            statement.execute(params![
                webhook.id.bytes(),
                webhook.state.is_on(),
                webhook.state.cursor(),
                webhook.failing_since.map(|since| since.0),
                doc
            ])
        })
        .map_err(failed)?;
    Ok(stored)
}

/// Where a webhook that stops now goes on later: what came since it stopped before made no deliveries either.
fn stops_at(tx: &Tx<'_>, state: &WebhookState) -> i64 {
    state.cursor().unwrap_or(tx.seqs.event)
}

pub(super) fn switch_off(tx: &Tx<'_>, id: WebhookId, lanes_id: WebhookId, reason: OffReason) -> Result<StoredWebhook> {
    let stored = one(tx.conn, id)?;
    if stored.webhook.lanes_id != lanes_id {
        return Err(StoreError::Conflict { what: "webhook" });
    }
    let cursor = stops_at(tx, &stored.webhook.state);
    put_state(tx, stored, WebhookState::Off { cursor, reason })
}

pub(super) fn pause(tx: &Tx<'_>, id: WebhookId) -> Result<StoredWebhook> {
    let stored = one(tx.conn, id)?;
    if !stored.webhook.state.is_on() {
        return Err(StoreError::Conflict { what: "webhook" });
    }
    let cursor = stops_at(tx, &stored.webhook.state);
    put_state(tx, stored, WebhookState::Paused { cursor })
}

pub(super) fn resume(tx: &Tx<'_>, id: WebhookId, from: ResumeFrom) -> Result<StoredWebhook> {
    let mut stored = one(tx.conn, id)?;
    let (WebhookState::Paused { cursor } | WebhookState::Off { cursor, .. }) = stored.webhook.state else {
        return Err(StoreError::Conflict { what: "webhook" });
    };
    stored.webhook.failing_since = None;
    let state = match from {
        ResumeFrom::Cursor => WebhookState::Behind { cursor },
        ResumeFrom::Now => WebhookState::On,
    };
    put_state(tx, stored, state)
}

/// It has too much pending: events after the last one make no deliveries until it catches up.
pub(super) fn fall_behind(tx: &Tx<'_>, id: WebhookId) -> Result<()> {
    tx.conn
        .prepare_cached("UPDATE webhook SET cursor = ?2 WHERE id = ?1 AND cursor IS NULL")
        .and_then(|mut statement| statement.execute(params![id.bytes(), tx.seqs.event]))
        .map(drop)
        .map_err(failed)
}

/// One that is behind has made the deliveries up to here; `None`: of all events.
pub(super) fn move_cursor(tx: &Tx<'_>, id: WebhookId, cursor: Option<i64>) -> Result<()> {
    tx.conn
        .prepare_cached("UPDATE webhook SET cursor = ?2 WHERE id = ?1 AND is_on = 1")
        .and_then(|mut statement| statement.execute(params![id.bytes(), cursor]))
        .map(drop)
        .map_err(failed)
}

fn fails_since(conn: &Connection, id: WebhookId, since: Option<UnixMs>) -> Result<()> {
    conn.prepare_cached("UPDATE webhook SET failing_since = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute(params![id.bytes(), since.map(|since| since.0)]))
        .map(drop)
        .map_err(failed)
}

/// Keeps how it is doing, if this was told by the receiver that it has.
pub(super) fn put_health(tx: &Tx<'_>, change: &HealthChange) -> Result<()> {
    let webhook = match one(tx.conn, change.webhook_id) {
        Err(StoreError::NotFound { .. }) => return Ok(()),
        found => found?.webhook,
    };
    if webhook.lanes_id != change.lanes_id {
        return Ok(());
    }
    match change.failing_since {
        None => {}
        Some(Some(since)) => fails_since(tx.conn, change.webhook_id, Some(since))?,
        // The receiver is well: so it is for all that share its lanes, whichever of them had found it failing.
        Some(None) => {
            for other in of_bot(tx.conn, webhook.bot_id)? {
                if other.webhook.lanes_id == webhook.lanes_id && other.webhook.failing_since.is_some() {
                    fails_since(tx.conn, other.webhook.id, None)?;
                }
            }
        }
    }
    if let Some(until) = change.held_until {
        tx.conn
            .prepare_cached("UPDATE webhook SET held_until = max(coalesce(held_until, 0), ?2) WHERE id = ?1")
            .and_then(|mut statement| statement.execute(params![change.webhook_id.bytes(), until.0]))
            .map_err(failed)?;
    }
    Ok(())
}

/// The kinds of events that any webhook of the bot wants.
pub(super) fn wanted_kinds(conn: &Connection, bot_id: BotId) -> Result<Vec<EventKind>> {
    let webhooks = of_bot(conn, bot_id)?;
    let wants = |kind: &EventKind| {
        webhooks.iter().any(|stored| match stored.webhook.kind {
            WebhookKind::Global => stored.webhook.events.contains(kind),
            WebhookKind::Flow => *kind == EventKind::FlowWebhook,
        })
    };
    Ok(EventKind::ALL.into_iter().filter(wants).collect())
}
