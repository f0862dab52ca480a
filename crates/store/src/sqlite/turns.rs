//! The contact loops' part. A turn writes its key and its contact first, so that a repetition or a lost race is refused before much is written.

use std::sync::Arc;

use async_trait::async_trait;
use recado_model::{
    BotId, ChatState, Contact, ContactId, MessageId, Offer, UnixMs,
    inbound::DedupKind,
    run::{ApiCall, Timer},
};
use rusqlite::{OptionalExtension, params};

use super::{
    SqliteStore,
    batch::{Sequences, Tx},
    chains::{self, Last},
    codes::{self, failed, from_json, is_taken, json, timer_key, timer_key_at},
    events::{self, Place},
    messages::{self, Documents},
    names, notifications, runs, telling,
};
use crate::{
    Result, StoreError, Turns,
    turns::{BotVariableChange, Committed, LoadedContact, LogLine, StoredInput, TurnCommit},
};

#[async_trait]
impl Turns for SqliteStore {
    async fn contact_id_of(&self, bot_id: BotId, identity: &str) -> Result<Option<ContactId>> {
        if let Some(id) = self.recent.id_of(bot_id, identity) {
            return Ok(Some(id));
        }
        let age = self.recent.age();
        let found = self.readers.point(|conn| {
            conn.prepare_cached("SELECT id FROM contact WHERE bot_id = ?1 AND identity = ?2")
                .and_then(|mut statement| {
                    statement
                        .query_row(params![bot_id.bytes(), identity], |row| row.get(0).map(ContactId::from_bytes))
                        .optional()
                })
                .map_err(failed)
        })?;
        if let Some(id) = found {
            self.recent.keep_id(age, bot_id, identity, id);
        }
        Ok(found)
    }

    async fn load_contact(&self, id: ContactId) -> Result<Option<Arc<LoadedContact>>> {
        if let Some(loaded) = self.recent.contact(id) {
            return Ok(Some(loaded));
        }
        let age = self.recent.age();
        let loaded = self.readers.read(|conn| {
            let found: Option<(Contact, i64, i64, i64)> = conn
                .prepare_cached("SELECT doc, revision, length(doc), names FROM contact WHERE id = ?1")
                .and_then(|mut statement| {
                    statement
                        .query_row([id.bytes()], |row| Ok((from_json(row, 0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                        .optional()
                })
                .map_err(failed)?;
            let Some((mut contact, revision, doc_bytes, known)) = found else { return Ok(None) };
            let renamed = names::of_bot(conn, contact.bot_id)?;
            renamed.bring_up_to_date(&mut contact, known);
            let (contact, runs) = (Arc::new(contact), runs::load(conn, id)?);
            Ok(Some((LoadedContact { contact, runs, revision, names: renamed.newest() }, doc_bytes as usize)))
        })?;
        Ok(loaded.map(|(loaded, doc_bytes)| {
            let loaded = Arc::new(loaded);
            self.recent.keep_contact(age, Arc::clone(&loaded), doc_bytes);
            loaded
        }))
    }

    async fn load_offer(&self, contact_id: ContactId, message_id: MessageId) -> Result<Option<Offer>> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT offer FROM message WHERE id = ?1 AND contact_id = ?2 AND offer IS NOT NULL")
                .and_then(|mut statement| {
                    statement
                        .query_row(params![message_id.bytes(), contact_id.bytes()], |row| from_json(row, 0))
                        .optional()
                })
                .map_err(failed)
        })
    }

    async fn commit_turn(&self, turn: TurnCommit) -> Result<Committed> {
        let documents = Documents::of(&turn)?;
        let doc_bytes = documents.contact.len();
        let bytes = 1_024 + documents.bytes() + turn.events.iter().map(events::bytes).sum::<usize>();
        let age = self.recent.age();
        let turn = Arc::new(turn);
        let job = Arc::clone(&turn);
        let committed = self.writer.call_hot(bytes, move |tx| commit(tx, &job, &documents)).await;
        match &committed {
            Ok(committed) => {
                for (seq, event) in committed.event_seqs.iter().zip(&turn.events) {
                    self.recent.keep_event(*seq, event);
                }
                self.recent.keep_turn(age, &turn, committed.revision, doc_bytes);
            }
            Err(_) => self.recent.forget_contact(turn.contact.id),
        }
        committed
    }

    async fn due_timers(&self, now: UnixMs, limit: usize) -> Result<Vec<Timer>> {
        self.readers
            .scan(move |conn| {
                conn.prepare_cached(
                    "SELECT c.bot_id, t.contact_id, t.kind, t.ref, t.due FROM timer t JOIN contact c ON c.id = t.contact_id
                     WHERE t.due <= ?1 ORDER BY t.due LIMIT ?2",
                )
                .and_then(|mut statement| {
                    statement
                        .query_map(params![now.0, limit as i64], |row| {
                            Ok(Timer {
                                bot_id: BotId::from_bytes(row.get(0)?),
                                contact_id: ContactId::from_bytes(row.get(1)?),
                                key: timer_key_at(row, 2)?,
                                due: UnixMs(row.get(4)?),
                            })
                        })?
                        .collect()
                })
                .map_err(failed)
            })
            .await
    }

    async fn next_timer_due(&self) -> Result<Option<UnixMs>> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT due FROM timer ORDER BY due LIMIT 1")
                .and_then(|mut statement| statement.query_row([], |row| row.get(0).map(UnixMs)).optional())
                .map_err(failed)
        })
    }

    async fn drop_timer(&self, timer: Timer) -> Result<()> {
        self.writer
            .call_hot(64, move |tx| {
                let (kind, reference) = timer_key(timer.key);
                tx.conn
                    .prepare_cached("DELETE FROM timer WHERE contact_id = ?1 AND kind = ?2 AND ref = ?3 AND due = ?4")
                    .and_then(|mut statement| {
                        statement.execute(params![timer.contact_id.bytes(), kind, reference, timer.due.0])
                    })
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }

    async fn pending_api_calls(&self, after_seq: i64, limit: usize) -> Result<Vec<(i64, ApiCall)>> {
        self.readers
            .scan(move |conn| {
                runs::calls(conn, "SELECT seq, doc FROM api_call WHERE seq > ?1 ORDER BY seq", [after_seq], limit)
            })
            .await
    }

    async fn pending_api_calls_of(&self, bot_id: BotId, after_seq: i64, limit: usize) -> Result<Vec<(i64, ApiCall)>> {
        self.readers
            .scan(move |conn| {
                let sql = "SELECT seq, doc FROM api_call WHERE bot_id = ?1 AND seq > ?2 ORDER BY seq";
                runs::calls(conn, sql, params![bot_id.bytes(), after_seq], limit)
            })
            .await
    }

    async fn drop_api_call(&self, seq: i64) -> Result<()> {
        self.writer
            .call_hot(64, move |tx| {
                tx.conn
                    .prepare_cached("DELETE FROM api_call WHERE seq = ?1")
                    .and_then(|mut statement| statement.execute([seq]))
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }

    async fn pending_inputs(&self, after_seq: i64, limit: usize) -> Result<Vec<StoredInput>> {
        self.readers
            .scan(move |conn| {
                conn.prepare_cached(
                    "SELECT seq, bot_id, contact_id, doc FROM input WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                )
                .and_then(|mut statement| {
                    statement
                        .query_map(params![after_seq, limit as i64], |row| {
                            Ok(StoredInput {
                                seq: row.get(0)?,
                                bot_id: BotId::from_bytes(row.get(1)?),
                                contact_id: ContactId::from_bytes(row.get(2)?),
                                // Whoever reads it says what is wrong; the others on the page are not to suffer.
                                input: from_json(row, 3).unwrap_or_default(),
                            })
                        })?
                        .collect()
                })
                .map_err(failed)
            })
            .await
    }

    async fn drop_input(&self, seq: i64) -> Result<()> {
        self.writer
            .call_hot(64, move |tx| {
                tx.conn
                    .prepare_cached("DELETE FROM input WHERE seq = ?1")
                    .and_then(|mut statement| statement.execute([seq]))
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }

    async fn tell_contacts(&self) -> Result<bool> {
        if !self.readers.point(telling::any)? {
            return Ok(false);
        }
        self.writer.call_hot(64 * 1024, telling::step).await
    }
}

/// The moment of a turn, as far as its commit tells: the latest of what it stores.
fn moment(turn: &TurnCommit) -> UnixMs {
    let events = turn.events.iter().map(|event| event.at);
    let messages = turn.messages.iter().map(|message| message.at);
    let contact = [Some(turn.contact.created_at), turn.contact.active_at].into_iter().flatten();
    events.chain(messages).chain(contact).max().unwrap_or_default()
}

fn commit(tx: &mut Tx<'_>, turn: &Arc<TurnCommit>, documents: &Documents) -> Result<Committed> {
    let at = moment(turn);
    let (id, bot_id) = (turn.contact.id, turn.contact.bot_id);
    if let Some((kind, key)) = &turn.dedup {
        remember(tx, bot_id, *kind, key, at)?;
    }
    if let Some(seq) = turn.input_done {
        take_input(tx, seq)?;
    }
    let (revision, before) = put_contact(tx, turn, &documents.contact)?;
    for change in &turn.bot_variables {
        change_variable(tx, bot_id, change)?;
    }
    for run in &turn.runs_put {
        runs::put(tx, id, run)?;
    }
    for (number, _) in &turn.runs_ended {
        runs::end(tx, id, *number)?;
    }
    for key in &turn.timers_cleared {
        runs::clear_timer(tx, id, *key)?;
    }
    for timer in &turn.timers_set {
        runs::set_timer(tx, timer)?;
    }
    if turn.cancel_queued {
        messages::cancel_queued(tx, id, before.message)?;
    }
    messages::insert_all(tx, turn, documents, before.message)?;
    let mut committed =
        Committed { revision, event_seqs: Vec::with_capacity(turn.events.len()), deliveries_ready: false };
    let mut prev = before.event;
    for event in &turn.events {
        let (seq, ready) = events::insert(tx, bot_id, id, event, Place::After(prev))?;
        prev = Some(seq);
        committed.event_seqs.push(seq);
        committed.deliveries_ready |= ready;
    }
    for (run, call) in &turn.api_done {
        runs::call_done(tx, id, *run, *call)?;
    }
    for call in &turn.api_calls {
        runs::add_call(tx, call)?;
    }
    for input in &turn.inputs {
        runs::add_input(tx, input)?;
    }
    mark(tx, turn)?;
    for line in &turn.log {
        insert_log(tx, bot_id, Some(id), at, line)?;
    }
    for notification in &turn.notifications {
        notifications::insert(tx, bot_id, id, notification)?;
    }
    tx.count(turn);
    Ok(committed)
}

fn remember(tx: &Tx<'_>, bot_id: BotId, kind: DedupKind, key: &str, at: UnixMs) -> Result<()> {
    tx.conn
        .prepare_cached("INSERT INTO dedup VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| statement.execute(params![bot_id.bytes(), codes::dedup_kind(kind), key, at.0]))
        .map(drop)
        .map_err(|error| if is_taken(&error) { StoreError::Duplicate } else { failed(error) })
}

/// An input is handled by one turn only: a second one that claims it is a repetition.
fn take_input(tx: &Tx<'_>, seq: i64) -> Result<()> {
    let changed = tx
        .conn
        .prepare_cached("DELETE FROM input WHERE seq = ?1")
        .and_then(|mut statement| statement.execute([seq]))
        .map_err(failed)?;
    if changed == 0 { Err(StoreError::Duplicate) } else { Ok(()) }
}

/// Writes the contact as it will be when the messages and events of the turn are stored. Returns its revision and the ends of its chains before the turn.
fn put_contact(tx: &mut Tx<'_>, turn: &TurnCommit, doc: &[u8]) -> Result<(i64, Last)> {
    let contact = &turn.contact;
    let status = codes::contact_status(contact.status);
    let chat_open = contact.chat != ChatState::Closed;
    let conflict = StoreError::Conflict { what: "contact" };
    let last = |before: Last, seqs: Sequences| Last {
        message: turn.messages.len().checked_sub(1).map(|more| seqs.message + 1 + more as i64).or(before.message),
        event: turn.events.len().checked_sub(1).map(|more| seqs.event + 1 + more as i64).or(before.event),
    };
    let newest = names::newest(tx.conn, contact.bot_id)?;
    if turn.names != newest {
        return Err(StoreError::Conflict { what: "bot" });
    }
    let Some(revision) = turn.revision else {
        tx.seqs.other += 1;
        let last = last(Last::default(), tx.seqs);
        return tx
            .conn
            .prepare_cached(
                "INSERT INTO contact (seq, id, bot_id, identity, status, chat_open, revision, last_message, last_event, doc, names)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    tx.seqs.other,
                    contact.id.bytes(),
                    contact.bot_id.bytes(),
                    contact.identity,
                    status,
                    chat_open,
                    last.message,
                    last.event,
                    doc,
                    newest
                ])
            })
            .map(|_| (1, Last::default()))
            .map_err(|error| if is_taken(&error) { conflict } else { failed(error) });
    };
    let Some(row) = chains::row_of(tx.conn, contact.id)?.filter(|row| row.revision == revision) else {
        return Err(conflict);
    };
    if row.names < newest {
        names::move_marks_of(tx.conn, contact.bot_id, contact.id, row.names)?;
    }
    let last = last(row.last, tx.seqs);
    tx.conn
        .prepare_cached(
            "UPDATE contact SET status = ?2, chat_open = ?3, revision = ?4, last_message = ?5, last_event = ?6, doc = ?7, names = ?8 WHERE seq = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![row.seq, status, chat_open, revision + 1, last.message, last.event, doc, newest])
        })
        .map_err(failed)?;
    Ok((revision + 1, row.last))
}

fn change_variable(tx: &Tx<'_>, bot_id: BotId, change: &BotVariableChange) -> Result<()> {
    let now = tx
        .conn
        .prepare_cached("SELECT value FROM bot_variable WHERE bot_id = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement.query_row(params![bot_id.bytes(), change.name], |row| from_json(row, 0)).optional()
        })
        .map_err(failed)?;
    if now != change.before {
        return Err(StoreError::Conflict { what: "bot variable" });
    }
    set_variable(tx, bot_id, &change.name, change.after.as_ref())
}

/// Sets a bot variable, or deletes it.
pub(super) fn set_variable(tx: &Tx<'_>, bot_id: BotId, name: &str, value: Option<&recado_model::Value>) -> Result<()> {
    match value {
        Some(value) => {
            let value = json(value)?;
            tx.conn
                .prepare_cached(
                    "INSERT INTO bot_variable VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value",
                )
                .and_then(|mut statement| statement.execute(params![bot_id.bytes(), name, value]))
        }
        None => tx
            .conn
            .prepare_cached("DELETE FROM bot_variable WHERE bot_id = ?1 AND name = ?2")
            .and_then(|mut statement| statement.execute(params![bot_id.bytes(), name])),
    }
    .map(drop)
    .map_err(failed)
}

/// Tags and passed titles, for the audience filter.
fn mark(tx: &Tx<'_>, turn: &TurnCommit) -> Result<()> {
    let (id, bot_id) = (turn.contact.id, turn.contact.bot_id);
    let run = |sql: &str, word: &str| {
        tx.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![bot_id.bytes(), word, id.bytes()]))
            .map(drop)
            .map_err(failed)
    };
    for tag in &turn.tags_removed {
        run("DELETE FROM contact_tag WHERE bot_id = ?1 AND tag = ?2 AND contact_id = ?3", tag)?;
    }
    // A tag that was added and taken again in one turn stands in both lists: the contact says which came last.
    for tag in turn.tags_added.iter().filter(|tag| turn.contact.tags.contains(tag)) {
        run("INSERT OR IGNORE INTO contact_tag VALUES (?1, ?2, ?3)", tag)?;
    }
    for title in &turn.passed {
        run("INSERT OR IGNORE INTO contact_passed VALUES (?1, ?2, ?3)", title)?;
    }
    Ok(())
}

pub(super) fn insert_log(
    tx: &mut Tx<'_>,
    bot_id: BotId,
    contact_id: Option<ContactId>,
    at: UnixMs,
    line: &LogLine,
) -> Result<()> {
    let doc = json(line)?;
    tx.seqs.other += 1;
    tx.conn
        .prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut statement| {
            statement.execute(params![
                tx.seqs.other,
                bot_id.bytes(),
                contact_id.as_ref().map(ContactId::bytes),
                at.0,
                doc
            ])
        })
        .map(drop)
        .map_err(failed)
}
