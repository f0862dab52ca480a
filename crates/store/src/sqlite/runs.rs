//! Runs, timers, API requests and inputs: what a contact waits for. A wait is kept compactly: what is the default is NULL.

use recado_model::{
    ContactId, ElementId, FlowId, Run, UnixMs, VersionId, Wait,
    run::{ApiCall, Timer, TimerKey},
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value as Json;

use super::{
    batch::Tx,
    codes::{failed, from_json, from_json_or, json, timer_key},
};
use crate::{Result, turns::NewInput};

/// Starts or changes a run.
pub(super) fn put(tx: &Tx<'_>, contact_id: ContactId, run: &Run) -> Result<()> {
    let (wait, a, b, until) = match run.wait {
        Wait::Input { part, tries_left, until } => (0, i64::from(part), Some(i64::from(tries_left)), Some(until.0)),
        Wait::Api { call } => (1, i64::from(call), None, None),
        Wait::Pause { until, if_inactive } => (2, i64::from(if_inactive), None, Some(until.0)),
    };
    let stack = if run.stack.is_empty() { None } else { Some(json(&run.stack)?) };
    let given = |value: &Json| if value.is_null() { Ok(None) } else { json(value).map(Some) };
    let (data, response, start) = (given(&run.data)?, given(&run.response)?, given(&run.start)?);
    tx.conn
        .prepare_cached(
            "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT DO UPDATE SET flow_id = excluded.flow_id, version_id = excluded.version_id, element = excluded.element,
               wait = excluded.wait, a = excluded.a, b = excluded.b, until = excluded.until, started_at = excluded.started_at,
               stack = excluded.stack, data = excluded.data, response = excluded.response, start = excluded.start",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                contact_id.bytes(),
                run.number,
                run.flow_id.bytes(),
                run.version_id.bytes(),
                run.element.as_str(),
                wait,
                a,
                b,
                until,
                run.started_at.0,
                stack,
                data,
                response,
                start,
            ])
        })
        .map(drop)
        .map_err(failed)
}

/// A contact's runs, by number.
pub(super) fn load(conn: &Connection, contact_id: ContactId) -> Result<Vec<Run>> {
    conn.prepare_cached(
        "SELECT number, flow_id, version_id, element, wait, a, b, until, started_at, stack, data, response, start
         FROM run WHERE contact_id = ?1 ORDER BY number",
    )
    .and_then(|mut statement| statement.query_map([contact_id.bytes()], run_at)?.collect())
    .map_err(failed)
}

/// What a run waits for, in columns `wait, a, b, until` from `first` on.
pub(super) fn wait_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Wait> {
    let until = || row.get(first + 3).map(UnixMs);
    Ok(match row.get::<_, i64>(first)? {
        0 => Wait::Input { part: row.get(first + 1)?, tries_left: row.get(first + 2)?, until: until()? },
        1 => Wait::Api { call: row.get(first + 1)? },
        _ => Wait::Pause { until: until()?, if_inactive: row.get(first + 1)? },
    })
}

fn run_at(row: &Row<'_>) -> rusqlite::Result<Run> {
    let wait = wait_at(row, 4)?;
    Ok(Run {
        number: row.get(0)?,
        flow_id: FlowId::from_bytes(row.get(1)?),
        version_id: VersionId::from_bytes(row.get(2)?),
        element: ElementId::new(row.get_ref(3)?.as_str()?),
        wait,
        stack: from_json_or(row, 9, Vec::new())?,
        data: from_json_or(row, 10, Json::Null)?,
        response: from_json_or(row, 11, Json::Null)?,
        start: from_json_or(row, 12, Json::Null)?,
        started_at: UnixMs(row.get(8)?),
    })
}

pub(super) fn end(tx: &Tx<'_>, contact_id: ContactId, number: u32) -> Result<()> {
    tx.conn
        .prepare_cached("DELETE FROM run WHERE contact_id = ?1 AND number = ?2")
        .and_then(|mut statement| statement.execute(params![contact_id.bytes(), number]))
        .map(drop)
        .map_err(failed)
}

pub(super) fn set_timer(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    let (kind, reference) = timer_key(timer.key);
    tx.conn
        .prepare_cached("INSERT INTO timer VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET due = excluded.due")
        .and_then(|mut statement| statement.execute(params![timer.contact_id.bytes(), kind, reference, timer.due.0]))
        .map(drop)
        .map_err(failed)
}

pub(super) fn clear_timer(tx: &Tx<'_>, contact_id: ContactId, key: TimerKey) -> Result<()> {
    let (kind, reference) = timer_key(key);
    tx.conn
        .prepare_cached("DELETE FROM timer WHERE contact_id = ?1 AND kind = ?2 AND ref = ?3")
        .and_then(|mut statement| statement.execute(params![contact_id.bytes(), kind, reference]))
        .map(drop)
        .map_err(failed)
}

pub(super) fn add_call(tx: &mut Tx<'_>, call: &ApiCall) -> Result<()> {
    let doc = json(call)?;
    tx.seqs.other += 1;
    tx.conn
        .prepare_cached("INSERT INTO api_call VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")
        .and_then(|mut statement| {
            let (bot_id, contact_id) = (call.bot_id.bytes(), call.contact_id.bytes());
            statement.execute(params![tx.seqs.other, contact_id, call.run, call.call, doc, bot_id])
        })
        .map(drop)
        .map_err(failed)
}

/// The first requests that can be read of those that a statement gives.
pub(super) fn calls(
    conn: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    limit: usize,
) -> Result<Vec<(i64, ApiCall)>> {
    let mut statement = conn.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(values).map_err(failed)?;
    let mut calls = Vec::new();
    while calls.len() < limit
        && let Some(row) = rows.next().map_err(failed)?
    {
        let seq = row.get(0).map_err(failed)?;
        match from_json(row, 1) {
            Ok(call) => calls.push((seq, call)),
            Err(error) => tracing::error!(seq, %error, "a stored API request can not be read and is left out"),
        }
    }
    Ok(calls)
}

pub(super) fn call_done(tx: &Tx<'_>, contact_id: ContactId, run: u32, call: u32) -> Result<()> {
    tx.conn
        .prepare_cached("DELETE FROM api_call WHERE contact_id = ?1 AND run = ?2 AND call = ?3")
        .and_then(|mut statement| statement.execute(params![contact_id.bytes(), run, call]))
        .map(drop)
        .map_err(failed)
}

/// Keeps an input. One for a contact that is gone is not kept: nobody could handle it.
pub(super) fn add_input(tx: &mut Tx<'_>, input: &NewInput) -> Result<()> {
    let bot_id: Option<[u8; 16]> = tx
        .conn
        .prepare_cached("SELECT bot_id FROM contact WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([input.contact_id.bytes()], |row| row.get(0)).optional())
        .map_err(failed)?;
    let Some(bot_id) = bot_id else { return Ok(()) };
    let doc = json(&input.input)?;
    tx.seqs.other += 1;
    tx.conn
        .prepare_cached("INSERT INTO input VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| statement.execute(params![tx.seqs.other, bot_id, input.contact_id.bytes(), doc]))
        .map(drop)
        .map_err(failed)
}
