//! The webhook loops' part.

use async_trait::async_trait;
use recado_model::{
    ContactId, Delivery, DeliveryId, DeliveryStatus, EventId, EventKind, Outcome, UnixMs, WebhookId, entropy::Seeded,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    SqliteStore,
    batch::Tx,
    codes::{delivery_status_at, event_kind_at, failed, json},
    events,
    lanes::{self, Born, delivery_columns, ready_at},
};
use crate::{
    Deliveries, Result, StoreError,
    deliveries::{AttemptCommit, HealthChange, ReadyDelivery, ReplayMaker},
    turns::NewEvent,
};

#[async_trait]
impl Deliveries for SqliteStore {
    async fn ready_since(&self, after_seq: i64, limit: usize) -> Result<(Vec<ReadyDelivery>, i64)> {
        self.readers
            .scan(move |conn| {
                let ready: Vec<ReadyDelivery> = conn
                    .prepare_cached(concat!(
                        "SELECT ",
                        delivery_columns!(),
                        " FROM delivery d INDEXED BY delivery_ready_seq JOIN event e ON e.seq = d.event_seq
                         WHERE d.seq > ?1 AND d.status = 1 AND d.born_ready = 1 ORDER BY d.seq LIMIT ?2"
                    ))
                    .and_then(|mut statement| {
                        statement.query_map(params![after_seq, limit as i64], ready_at)?.collect()
                    })
                    .map_err(failed)?;
                let looked = match ready.last() {
                    Some(last) if ready.len() >= limit => last.delivery.seq,
                    Some(_) | None => after_seq.max(last_seq(conn, "delivery")?),
                };
                Ok((ready, looked))
            })
            .await
    }

    async fn ready_of(&self, lanes_id: WebhookId, limit: usize) -> Result<Vec<ReadyDelivery>> {
        self.readers
            .scan(move |conn| {
                conn.prepare_cached(concat!(
                    "SELECT ",
                    delivery_columns!(),
                    " FROM delivery d INDEXED BY delivery_ready JOIN event e ON e.seq = d.event_seq
                     JOIN webhook w ON w.id = d.webhook_id AND w.is_on = 1
                     WHERE d.lanes_id = ?1 AND d.status = 1 ORDER BY d.next_at, d.seq LIMIT ?2"
                ))
                .and_then(|mut statement| {
                    statement.query_map(params![lanes_id.bytes(), limit as i64], ready_at)?.collect()
                })
                .map_err(failed)
            })
            .await
    }

    async fn lanes_with_ready(&self, after: Option<WebhookId>, limit: usize) -> Result<Vec<WebhookId>> {
        self.readers
            .scan(move |conn| {
                // From one lanes id to the next in the index, so that many heads of one cost nothing.
                let mut found = Vec::new();
                let mut after = after.map_or_else(Vec::new, |after| after.bytes().to_vec());
                while found.len() < limit {
                    let next: Option<[u8; 16]> = conn
                        .prepare_cached(
                            "SELECT lanes_id FROM delivery INDEXED BY delivery_ready WHERE status = 1 AND lanes_id > ?1 ORDER BY lanes_id LIMIT 1",
                        )
                        .and_then(|mut statement| statement.query_row([&after], |row| row.get(0)).optional())
                        .map_err(failed)?;
                    let Some(next) = next else { break };
                    found.push(WebhookId::from_bytes(next));
                    after = next.to_vec();
                }
                Ok(found)
            })
            .await
    }

    async fn load_event_data(&self, wanted: Vec<(i64, u8)>) -> Result<Vec<Vec<u8>>> {
        self.readers.read(|conn| wanted.iter().map(|(seq, encoding)| event_data(conn, *seq, *encoding)).collect())
    }

    async fn commit_attempts(
        &self,
        attempts: Vec<AttemptCommit>,
        health: Vec<HealthChange>,
    ) -> Result<Vec<ReadyDelivery>> {
        let bytes = attempts.iter().map(|attempt| 1_024 + attempt.attempt.response_body.len()).sum();
        self.writer
            .call(bytes, move |tx| {
                let mut next = Vec::new();
                for attempt in &attempts {
                    next.extend(commit_attempt(tx, attempt)?);
                }
                for change in &health {
                    tx.conn
                        .prepare_cached("UPDATE webhook SET failing_since = ?2 WHERE id = ?1")
                        .and_then(|mut statement| {
                            statement
                                .execute(params![change.webhook_id.bytes(), change.failing_since.map(|since| since.0)])
                        })
                        .map_err(failed)?;
                }
                Ok(next)
            })
            .await
    }

    async fn retry_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<ReadyDelivery> {
        self.writer
            .call(256, move |tx| {
                let found = find(tx.conn, id)?;
                if !found.status.is_final() {
                    return Err(StoreError::Conflict { what: "delivery" });
                }
                tx.conn
                    .prepare_cached(
                        "UPDATE delivery SET status = 1, replay = 1, attempts = 0, next_at = ?2, ended_at = NULL WHERE seq = ?1",
                    )
                    .and_then(|mut statement| statement.execute(params![found.seq, now.0]))
                    .map_err(failed)?;
                tx.pending(found.webhook_id, found.lanes_id, 1);
                lanes::load_ready(tx.conn, found.seq)
            })
            .await
    }

    async fn hasten_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<Delivery> {
        self.writer
            .call(128, move |tx| {
                let found = find(tx.conn, id)?;
                if found.status.is_final() {
                    return Err(StoreError::Conflict { what: "delivery" });
                }
                tx.conn
                    .prepare_cached("UPDATE delivery SET next_at = ?2 WHERE seq = ?1")
                    .and_then(|mut statement| statement.execute(params![found.seq, now.0]))
                    .map_err(failed)?;
                Ok(lanes::load_ready(tx.conn, found.seq)?.delivery)
            })
            .await
    }

    async fn cancel_delivery(&self, id: DeliveryId, now: UnixMs) -> Result<Option<ReadyDelivery>> {
        self.writer
            .call(256, move |tx| {
                let found = find(tx.conn, id)?;
                if found.status.is_final() {
                    return Err(StoreError::Conflict { what: "delivery" });
                }
                end(tx, &found, 5, now)
            })
            .await
    }

    async fn backlog(&self, webhook_id: WebhookId) -> Result<u64> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT coalesce(sum(count), 0) FROM pending WHERE webhook_id = ?1")
                .and_then(|mut statement| statement.query_row([webhook_id.bytes()], |row| row.get::<_, i64>(0)))
                .map(|count| count.max(0) as u64)
                .map_err(failed)
        })
    }

    async fn replay_from(
        &self,
        webhook_id: WebhookId,
        cursor: i64,
        limit: usize,
        make: ReplayMaker,
    ) -> Result<Option<i64>> {
        self.writer.call(512 * limit, move |tx| replay(tx, webhook_id, cursor, limit, &make)).await
    }

    async fn add_event(&self, bot_id: recado_model::BotId, contact_id: ContactId, event: NewEvent) -> Result<EventId> {
        self.writer
            .call(events::bytes(&event), move |tx| events::insert(tx, bot_id, contact_id, &event).map(|_| event.id))
            .await
    }

    async fn last_event_seq(&self) -> Result<i64> {
        self.readers.point(|conn| last_seq(conn, "event"))
    }
}

/// The last number the writer gave in a series.
pub(super) fn last_seq(conn: &Connection, name: &str) -> Result<i64> {
    conn.prepare_cached("SELECT value FROM sequence WHERE name = ?1")
        .and_then(|mut statement| statement.query_row([name], |row| row.get(0)))
        .map_err(failed)
}

/// The event object in an encoding.
pub(super) fn event_data(conn: &Connection, seq: i64, encoding: u8) -> Result<Vec<u8>> {
    let found = if encoding == 0 {
        conn.prepare_cached("SELECT data FROM event WHERE seq = ?1")
            .and_then(|mut statement| statement.query_row([seq], |row| row.get(0)).optional())
    } else {
        conn.prepare_cached("SELECT data FROM event_encoding WHERE event_seq = ?1 AND encoding = ?2")
            .and_then(|mut statement| statement.query_row(params![seq, encoding], |row| row.get(0)).optional())
    };
    found.map_err(failed)?.ok_or(StoreError::NotFound { what: "event" })
}

/// What the writer needs of a delivery to end it.
struct Found {
    seq: i64,
    status: DeliveryStatus,
    webhook_id: WebhookId,
    lanes_id: WebhookId,
    lane: Option<ContactId>,
    replay: bool,
}

fn found_at(row: &rusqlite::Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        seq: row.get(0)?,
        status: delivery_status_at(row, 1)?,
        webhook_id: WebhookId::from_bytes(row.get(2)?),
        lanes_id: WebhookId::from_bytes(row.get(3)?),
        lane: row.get::<_, Option<[u8; 16]>>(4)?.map(ContactId::from_bytes),
        replay: row.get(5)?,
    })
}

fn find(conn: &Connection, id: DeliveryId) -> Result<Found> {
    conn.prepare_cached("SELECT seq, status, webhook_id, lanes_id, lane, replay FROM delivery WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.bytes()], found_at).optional())
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "delivery" })
}

/// Ends a pending delivery and makes the next of its lane ready when it was the head.
fn end(tx: &mut Tx<'_>, found: &Found, status: i64, now: UnixMs) -> Result<Option<ReadyDelivery>> {
    tx.conn
        .prepare_cached("UPDATE delivery SET status = ?2, ended_at = ?3 WHERE seq = ?1")
        .and_then(|mut statement| statement.execute(params![found.seq, status, now.0]))
        .map_err(failed)?;
    tx.pending(found.webhook_id, found.lanes_id, -1);
    let (Some(lane), DeliveryStatus::Ready, false) = (found.lane, found.status, found.replay) else { return Ok(None) };
    lanes::promote(tx, found.lanes_id, lane, now)?.map(|seq| lanes::load_ready(tx.conn, seq)).transpose()
}

fn commit_attempt(tx: &mut Tx<'_>, commit: &AttemptCommit) -> Result<Option<ReadyDelivery>> {
    let seq = commit.delivery_seq;
    let found = tx
        .conn
        .prepare_cached("SELECT seq, status, webhook_id, lanes_id, lane, replay FROM delivery WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], found_at).optional())
        .map_err(failed)?;
    // Retention took it, or its bot was deleted: there is nothing to log it under.
    let Some(found) = found else { return Ok(None) };
    let attempt = &commit.attempt;
    let doc = json(attempt)?;
    tx.conn
        .prepare_cached("INSERT INTO attempt VALUES (?1, ?2) ON CONFLICT DO UPDATE SET doc = excluded.doc")
        .and_then(|mut statement| statement.execute(params![attempt_key(seq, attempt.number), doc]))
        .map_err(failed)?;
    let timing = attempt.timing;
    let took_us = [timing.dns_us, timing.connect_us, timing.tls_us, timing.wait_us, timing.read_us]
        .map(i64::from)
        .iter()
        .sum::<i64>();
    let now = attempt.started_at + took_us / 1_000;
    let counts = !matches!(commit.outcome, Outcome::Probed { .. }) && !found.status.is_final();
    let next_at = match commit.outcome {
        Outcome::Retry { at } | Outcome::Probed { at } if !found.status.is_final() => Some(at.0),
        Outcome::Retry { .. } | Outcome::Probed { .. } | Outcome::Delivered | Outcome::Failed => None,
    };
    tx.conn
        .prepare_cached(
            "UPDATE delivery SET requests = max(requests, ?2), attempts = attempts + ?3, next_at = coalesce(?4, next_at) WHERE seq = ?1",
        )
        .and_then(|mut statement| statement.execute(params![seq, attempt.number, counts, next_at]))
        .map_err(failed)?;
    match commit.outcome {
        _ if found.status.is_final() => Ok(None),
        Outcome::Delivered => end(tx, &found, 2, now),
        Outcome::Failed => end(tx, &found, 3, now),
        Outcome::Retry { .. } | Outcome::Probed { .. } => Ok(None),
    }
}

/// The key of an attempt: all of one delivery stand together, in order.
pub(super) fn attempt_key(delivery_seq: i64, number: u32) -> i64 {
    delivery_seq * 65_536 + i64::from(number.min(65_535))
}

fn replay(
    tx: &mut Tx<'_>,
    webhook_id: WebhookId,
    cursor: i64,
    limit: usize,
    make: &ReplayMaker,
) -> Result<Option<i64>> {
    let bot_id: Option<[u8; 16]> = tx
        .conn
        .prepare_cached("SELECT bot_id FROM webhook WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([webhook_id.bytes()], |row| row.get(0)).optional())
        .map_err(failed)?;
    let bot_id = bot_id.ok_or(StoreError::NotFound { what: "webhook" })?;
    let events: Vec<(i64, EventKind, [u8; 16], i64)> = tx
        .conn
        .prepare_cached(
            "SELECT seq, kind, contact_id, at FROM event WHERE bot_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )
        .and_then(|mut statement| {
            statement
                .query_map(params![bot_id, cursor, limit as i64], |row| {
                    Ok((row.get(0)?, event_kind_at(row, 1)?, row.get(2)?, row.get(3)?))
                })?
                .collect()
        })
        .map_err(failed)?;
    let mut random = Seeded::new(make.seed);
    for (event_seq, kind, contact_id, at) in &events {
        // What is there already stays: a replay that was cut off may begin again.
        let wanted = make.kinds.contains(kind)
            && !tx
                .conn
                .prepare_cached("SELECT 1 FROM delivery WHERE event_seq = ?1 AND webhook_id = ?2")
                .and_then(|mut statement| statement.exists(params![event_seq, webhook_id.bytes()]))
                .map_err(failed)?;
        if wanted {
            lanes::insert(
                tx,
                &Born {
                    id: DeliveryId::new(make.now, &mut random),
                    event_seq: *event_seq,
                    bot_id: recado_model::BotId::from_bytes(bot_id),
                    contact_id: ContactId::from_bytes(*contact_id),
                    webhook_id,
                    lanes_id: make.lanes_id,
                    ordered: make.ordered,
                    url: None,
                    encoding: 0,
                    skipped: false,
                    at: make.now.max(UnixMs(*at)),
                },
            )?;
        }
    }
    Ok(if events.len() < limit { None } else { events.last().map(|event| event.0) })
}
