//! What gets another name: a variable or a tag, with all documents that name it, in one commit.
//!
//! There may be a million contacts, and the writer is everybody's. So a contact is not written when a name changes: [`Renamed`] puts the names that came after
//! its last turn into it when it is read, and its next turn stores them. Its rows in `contact_tag`, by which the audience is filtered, are moved after the
//! commit in steps that leave the writer free after a few milliseconds; after a crash whoever makes room goes on with it.

use std::collections::BTreeMap;

use recado_model::{BotId, Contact, ContactId, FlowId, Named, VersionId, Webhook};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::time::Instant;

use super::{
    batch::Tx,
    bots::{found, is_there},
    codes::{failed, from_json, json, or_exists},
    room::{ROWS, run},
};
use crate::{Result, StoreError, catalog::Rename};

const fn code(what: Named) -> i64 {
    match what {
        Named::ContactVariable => 0,
        Named::BotVariable => 1,
        Named::Tag => 2,
    }
}

/// One change of a name.
struct Change {
    number: i64,
    kind: i64,
    before: String,
    after: Option<String>,
    is_moving: bool,
}

/// All changes of names of a bot, in order.
pub(super) struct Renamed(Vec<Change>);

/// The number of the last change of names of a bot; 0 when there was none.
pub(super) fn newest(conn: &Connection, bot_id: BotId) -> Result<i64> {
    conn.prepare_cached("SELECT coalesce(max(number), 0) FROM renamed WHERE bot_id = ?1")
        .and_then(|mut statement| statement.query_row([bot_id.bytes()], |row| row.get(0)))
        .map_err(failed)
}

/// The changes of names of a bot.
pub(super) fn of_bot(conn: &Connection, bot_id: BotId) -> Result<Renamed> {
    conn.prepare_cached(
        "SELECT number, kind, before, after, moved IS NOT NULL FROM renamed WHERE bot_id = ?1 ORDER BY number",
    )
    .and_then(|mut statement| {
        let changes = statement.query_map([bot_id.bytes()], |row| {
            Ok(Change {
                number: row.get(0)?,
                kind: row.get(1)?,
                before: row.get(2)?,
                after: row.get(3)?,
                is_moving: row.get(4)?,
            })
        })?;
        changes.collect()
    })
    .map(Renamed)
    .map_err(failed)
}

impl Renamed {
    /// The number of the last one.
    pub(super) fn newest(&self) -> i64 {
        self.0.last().map_or(0, |change| change.number)
    }

    /// Gives a contact that knows the names up to a number those that came after it.
    pub(super) fn bring_up_to_date(&self, contact: &mut Contact, known: i64) {
        for change in self.0.iter().filter(|change| change.number > known) {
            if change.kind == code(Named::ContactVariable) {
                if let Some(value) = contact.variables.remove(&change.before)
                    && let Some(after) = &change.after
                {
                    contact.variables.insert(after.clone(), value);
                }
            } else if change.kind == code(Named::Tag)
                && let Some(at) = contact.tags.iter().position(|tag| *tag == change.before)
            {
                match &change.after {
                    Some(after) if !contact.tags.contains(after) => contact.tags[at].clone_from(after),
                    Some(_) | None => drop(contact.tags.remove(at)),
                }
            }
        }
    }

    /// Under which names the rows of a tag may still stand.
    pub(super) fn spellings(&self, tag: &str) -> Vec<String> {
        let mut spellings = vec![tag.to_owned()];
        for change in self.0.iter().rev().filter(|change| change.is_moving) {
            if change.after.as_ref().is_some_and(|after| spellings.contains(after)) {
                spellings.push(change.before.clone());
            }
        }
        spellings
    }
}

/// Tags in use with the number of contacts. While rows are moved, those that are still to come count as moved.
pub(super) fn tags(conn: &Connection, bot_id: BotId) -> Result<Vec<(String, u64)>> {
    let mut counts: BTreeMap<String, u64> = conn
        .prepare_cached("SELECT tag, count(*) FROM contact_tag WHERE bot_id = ?1 GROUP BY tag")
        .and_then(|mut statement| {
            let counts =
                statement.query_map([bot_id.bytes()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.max(0) as u64)))?;
            counts.collect()
        })
        .map_err(failed)?;
    for change in of_bot(conn, bot_id)?.0.into_iter().filter(|change| change.is_moving) {
        if let (Some(count), Some(after)) = (counts.remove(&change.before), change.after) {
            *counts.entry(after).or_default() += count;
        }
    }
    Ok(counts.into_iter().collect())
}

pub(super) fn rename(tx: &mut Tx<'_>, rename: &Rename) -> Result<()> {
    let bot_id = rename.bot_id;
    is_there(tx.conn, bot_id)?;
    if let Some(read) = &rename.read {
        are_as_read(tx.conn, bot_id, read)?;
    }
    define(tx.conn, rename)?;
    match rename.what {
        Named::ContactVariable | Named::BotVariable => remember(tx, rename, &rename.from, false)?,
        Named::Tag => {
            for spelling in spellings_in_use(tx.conn, rename)? {
                remember(tx, rename, &spelling, true)?;
            }
        }
    }
    for (id, draft) in &rename.drafts {
        let draft = json(draft)?;
        let sql = "UPDATE flow SET draft = ?3, draft_revision = draft_revision + 1, updated_at = ?4 WHERE id = ?1 AND bot_id = ?2";
        let changed = run(tx.conn, sql, params![id.bytes(), bot_id.bytes(), draft, rename.at.0])?;
        found(changed, "flow")?;
    }
    for (id, document) in &rename.versions {
        let document = json(document)?;
        let sql = "UPDATE version SET document = ?3 WHERE id = ?1 AND bot_id = ?2";
        found(run(tx.conn, sql, params![id.bytes(), bot_id.bytes(), document])?, "version")?;
    }
    for (id, url) in &rename.webhook_urls {
        let doc: Option<Webhook> = tx
            .conn
            .query_row(
                "SELECT doc FROM webhook WHERE id = ?1 AND bot_id = ?2",
                params![id.bytes(), bot_id.bytes()],
                |row| from_json(row, 0),
            )
            .optional()
            .map_err(failed)?;
        let Some(webhook) = doc else { return Err(StoreError::Conflict { what: "webhook" }) };
        let doc = json(&Webhook { url: url.clone(), ..webhook })?;
        // What is on its way keeps the URL that was rendered for it.
        tx.conn
            .execute("UPDATE webhook SET url = ?2, doc = ?3 WHERE id = ?1", params![id.bytes(), url, doc])
            .map_err(or_exists("webhook"))?;
    }
    for segment in &rename.segments {
        let doc = json(&segment.doc)?;
        let sql = "UPDATE kept SET doc = ?3 WHERE bot_id = ?1 AND kind = 1 AND name = ?2";
        run(tx.conn, sql, params![bot_id.bytes(), segment.name, doc])?;
    }
    Ok(())
}

/// `Conflict` when a flow came, went, was published or has another draft since its documents were read.
fn are_as_read(conn: &Connection, bot_id: BotId, read: &[(FlowId, i64, Option<VersionId>)]) -> Result<()> {
    let mut now: Vec<(FlowId, i64, Option<VersionId>)> = conn
        .prepare_cached("SELECT id, draft_revision, published FROM flow WHERE bot_id = ?1")
        .and_then(|mut statement| {
            let flows = statement.query_map([bot_id.bytes()], |row| {
                let published = row.get::<_, Option<[u8; 16]>>(2)?.map(VersionId::from_bytes);
                Ok((FlowId::from_bytes(row.get(0)?), row.get(1)?, published))
            })?;
            flows.collect()
        })
        .map_err(failed)?;
    let mut read = read.to_vec();
    now.sort_unstable();
    read.sort_unstable();
    if now == read { Ok(()) } else { Err(StoreError::Conflict { what: "flow" }) }
}

/// Changes the definition itself. A tag has none.
fn define(conn: &Connection, rename: &Rename) -> Result<()> {
    let (what, move_it, delete_it) = match rename.what {
        Named::BotVariable => (
            "variable",
            "UPDATE bot_variable SET name = ?3 WHERE bot_id = ?1 AND name = ?2",
            "DELETE FROM bot_variable WHERE bot_id = ?1 AND name = ?2",
        ),
        Named::ContactVariable => (
            "variable",
            "UPDATE declared SET name = ?3 WHERE bot_id = ?1 AND name = ?2",
            "DELETE FROM declared WHERE bot_id = ?1 AND name = ?2",
        ),
        Named::Tag => return Ok(()),
    };
    let changed = match &rename.to {
        Some(to) => conn.execute(move_it, params![rename.bot_id.bytes(), rename.from, to]).map_err(or_exists(what))?,
        None => conn.execute(delete_it, params![rename.bot_id.bytes(), rename.from]).map_err(failed)?,
    };
    // A contact variable need not be declared.
    if rename.what == Named::BotVariable { found(changed, what) } else { Ok(()) }
}

/// The spellings of the tag that contacts have, or its name when none has it. `Exists` when one has the new name.
fn spellings_in_use(conn: &Connection, rename: &Rename) -> Result<Vec<String>> {
    let words: Vec<String> = conn
        .prepare_cached(
            "WITH RECURSIVE words (word) AS (
               SELECT min(tag) FROM contact_tag WHERE bot_id = ?1
               UNION ALL SELECT (SELECT min(tag) FROM contact_tag WHERE bot_id = ?1 AND tag > word) FROM words WHERE word IS NOT NULL)
             SELECT word FROM words WHERE word IS NOT NULL",
        )
        .and_then(|mut statement| statement.query_map([rename.bot_id.bytes()], |row| row.get(0))?.collect())
        .map_err(failed)?;
    let from = rename.from.to_lowercase();
    let to = rename.to.as_ref().map(|to| to.to_lowercase()).filter(|to| *to != from);
    if to.is_some_and(|to| words.iter().any(|word| word.to_lowercase() == to)) {
        return Err(StoreError::Exists { what: "tag" });
    }
    let mut spellings: Vec<String> = words.into_iter().filter(|word| word.to_lowercase() == from).collect();
    if spellings.is_empty() {
        spellings.push(rename.from.clone());
    }
    spellings.retain(|spelling| rename.to.as_ref() != Some(spelling));
    Ok(spellings)
}

fn remember(tx: &mut Tx<'_>, rename: &Rename, before: &str, moves: bool) -> Result<()> {
    tx.seqs.other += 1;
    let moved: Option<&[u8]> = moves.then_some(&[]);
    let values = params![rename.bot_id.bytes(), tx.seqs.other, code(rename.what), before, rename.to, moved];
    run(tx.conn, "INSERT INTO renamed VALUES (?1, ?2, ?3, ?4, ?5, ?6)", values).map(drop)
}

/// Moves the rows of a contact that has its turn and knows the names up to a number.
pub(super) fn move_marks_of(conn: &Connection, bot_id: BotId, id: ContactId, known: i64) -> Result<()> {
    for change in
        of_bot(conn, bot_id)?.0.iter().filter(|change| change.number > known && change.kind == code(Named::Tag))
    {
        move_mark(conn, *bot_id.bytes(), *id.bytes(), &change.before, change.after.as_deref())?;
    }
    Ok(())
}

fn move_mark(conn: &Connection, bot: [u8; 16], contact: [u8; 16], before: &str, after: Option<&str>) -> Result<()> {
    match after {
        Some(after) => run(
            conn,
            "UPDATE OR REPLACE contact_tag SET tag = ?4 WHERE bot_id = ?1 AND tag = ?2 AND contact_id = ?3",
            params![bot, before, contact, after],
        ),
        None => run(
            conn,
            "DELETE FROM contact_tag WHERE bot_id = ?1 AND tag = ?2 AND contact_id = ?3",
            params![bot, before, contact],
        ),
    }
    .map(drop)
}

/// Goes on with moving rows, the oldest change first, until the end of the step. Returns whether there is more.
pub(super) fn sweep(tx: &mut Tx<'_>, end: Instant) -> Result<bool> {
    type Next = ([u8; 16], i64, String, Option<String>, Vec<u8>);
    loop {
        let next: Option<Next> = tx
            .conn
            .prepare_cached(
                "SELECT bot_id, number, before, after, moved FROM renamed WHERE moved IS NOT NULL ORDER BY number LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
                    .optional()
            })
            .map_err(failed)?;
        let Some((bot, number, before, after, mut moved)) = next else { return Ok(false) };
        let mut is_done = false;
        while !is_done && Instant::now() < end {
            let rows = a_few(tx.conn, bot, &before, &moved)?;
            is_done = rows.len() < ROWS;
            for (contact, known) in &rows {
                // One that had its turn since then has moved its rows itself; what it has now is another tag of that name.
                if known.is_none_or(|known| known < number) {
                    move_mark(tx.conn, bot, *contact, &before, after.as_deref())?;
                }
            }
            if let Some((last, _)) = rows.last() {
                moved = last.to_vec();
            }
        }
        let moved = (!is_done).then_some(moved);
        let more = moved.is_some();
        run(tx.conn, "UPDATE renamed SET moved = ?3 WHERE bot_id = ?1 AND number = ?2", params![bot, number, moved])?;
        if more {
            return Ok(true);
        }
    }
}

/// The next contacts that have a tag, and up to which number they know the names.
fn a_few(conn: &Connection, bot: [u8; 16], tag: &str, after: &[u8]) -> Result<Vec<([u8; 16], Option<i64>)>> {
    conn.prepare_cached(
        "SELECT t.contact_id, (SELECT c.names FROM contact c WHERE c.id = t.contact_id) FROM contact_tag t
         WHERE t.bot_id = ?1 AND t.tag = ?2 AND t.contact_id > ?3 ORDER BY t.contact_id LIMIT ?4",
    )
    .and_then(|mut statement| {
        statement.query_map(params![bot, tag, after, ROWS as i64], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    })
    .map_err(failed)
}
