//! The webhook loops' part.

use async_trait::async_trait;
use recado_model::{ContactId, Delivery, DeliveryId, EventId, EventKind, UnixMs, WebhookId, entropy::Seeded};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    SqliteStore,
    attempts::{self, Found, Made, found_at},
    batch::Tx,
    codes::{event_kind_at, failed},
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
        // Encoded here, on the caller's thread: the writer is precious.
        let made = attempts.iter().map(Made::of).collect::<Result<Vec<Made>>>()?;
        let bytes = made.iter().map(Made::bytes).sum();
        self.writer
            .call(bytes, move |tx| {
                let mut next = Vec::new();
                for attempt in &made {
                    next.extend(attempts::commit(tx, attempt)?);
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
                attempts::end(tx, &found, 5, now)
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

fn find(conn: &Connection, id: DeliveryId) -> Result<Found> {
    conn.prepare_cached("SELECT seq, status, webhook_id, lanes_id, lane, replay FROM delivery WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.bytes()], found_at).optional())
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "delivery" })
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
            "SELECT seq, kind, contact_id, at FROM event WHERE bot_id = ?1 AND seq > ?2 AND length(data) > 0 ORDER BY seq LIMIT ?3",
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
        // What a *send webhook* made is for the webhook of its element alone.
        let (encoding, url) = if *kind == EventKind::FlowWebhook {
            let Some(withheld) = events::withheld(tx.conn, *event_seq, webhook_id)? else { continue };
            withheld
        } else if make.kinds.contains(kind) {
            (0, None)
        } else {
            continue;
        };
        // What is there already stays: a replay that was cut off may begin again.
        let there = tx
            .conn
            .prepare_cached("SELECT 1 FROM delivery WHERE event_seq = ?1 AND webhook_id = ?2")
            .and_then(|mut statement| statement.exists(params![event_seq, webhook_id.bytes()]))
            .map_err(failed)?;
        if there {
            continue;
        }
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
                url: url.as_deref(),
                encoding,
                skipped: false,
                at: make.now.max(UnixMs(*at)),
            },
        )?;
    }
    Ok(if events.len() < limit { None } else { events.last().map(|event| event.0) })
}
