//! The webhook loops' part.

use async_trait::async_trait;
use bytes::Bytes;
use recado_model::{BotId, ContactId, Delivery, DeliveryId, EventId, UnixMs, WebhookId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    SqliteStore,
    attempts::{self, Found, Made, found_at},
    cancelling, catching_up,
    codes::failed,
    events,
    lanes::{self, delivery_columns, ready_at},
    unsent, webhooks,
};
use crate::{
    Deliveries, Result, StoreError,
    deliveries::{AttemptCommit, Cancelled, CatchUp, CaughtUp, Follower, HealthChange, ReadyDelivery, Unsent},
    turns::{LogLine, NewEvent},
};

#[async_trait]
impl Deliveries for SqliteStore {
    async fn bots_with_pending(&self) -> Result<Vec<BotId>> {
        self.readers
            .scan(|conn| {
                conn.prepare_cached(
                    "SELECT DISTINCT w.bot_id FROM pending p JOIN webhook w ON w.id = p.webhook_id AND w.is_on = 1 WHERE p.count > 0",
                )
                .and_then(|mut statement| {
                    statement.query_map([], |row| row.get(0).map(BotId::from_bytes))?.collect()
                })
                .map_err(failed)
            })
            .await
    }

    async fn ready_since(&self, after_seq: i64, limit: usize) -> Result<(Vec<ReadyDelivery>, i64)> {
        if let Some(found) = self.recent.ready_since(after_seq, limit) {
            return Ok(found);
        }
        self.readers
            .scan(move |conn| {
                let ready: Vec<ReadyDelivery> = conn
                    .prepare_cached(concat!(
                        "SELECT ",
                        delivery_columns!(),
                        " FROM delivery d NOT INDEXED JOIN event e ON e.seq = d.event_seq
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

    fn take_followers(&self) -> Vec<Follower> {
        self.recent.take_followers()
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

    async fn load_event_data(&self, wanted: Vec<(i64, u8)>) -> Result<Vec<Bytes>> {
        let recent: Option<Vec<_>> = wanted.iter().map(|(seq, encoding)| self.recent.event(*seq, *encoding)).collect();
        if let Some(recent) = recent {
            return Ok(recent);
        }
        self.readers.read(|conn| {
            wanted.iter().map(|(seq, encoding)| event_data(conn, *seq, *encoding).map(Bytes::from)).collect()
        })
    }

    async fn commit_attempts(&self, attempts: &[AttemptCommit], health: &[HealthChange]) -> Result<Vec<ReadyDelivery>> {
        // Encoded here, on the caller's thread: the writer is precious.
        let made = attempts.iter().map(Made::of).collect::<Result<Vec<Made>>>()?;
        let bytes = made.iter().map(Made::bytes).sum();
        let health = health.to_vec();
        self.writer
            .call_hot(bytes, move |tx| {
                let next = attempts::commit_all(tx, &made)?;
                health.iter().try_for_each(|change| webhooks::put_health(tx, change))?;
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
                // It may have other lanes than it had then.
                let lanes_id = webhooks::one(tx.conn, found.webhook_id)?.webhook.lanes_id;
                if is_erased(tx.conn, found.seq)? {
                    return Err(StoreError::Conflict { what: "event" });
                }
                tx.conn
                    .prepare_cached(
                        "UPDATE delivery SET status = 1, replay = 1, attempts = 0, next_at = ?2, ended_at = NULL, lanes_id = ?3 WHERE seq = ?1",
                    )
                    .and_then(|mut statement| statement.execute(params![found.seq, now.0, lanes_id.bytes()]))
                    .map_err(failed)?;
                tx.pending(found.webhook_id, lanes_id, 1);
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
                webhooks::one(tx.conn, found.webhook_id)?;
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

    async fn cancel_deleted(&self) -> Result<Option<Cancelled>> {
        self.writer.call_hot(64 * 1024, cancelling::step).await
    }

    async fn backlog(&self, webhook_id: WebhookId) -> Result<u64> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT coalesce(sum(count), 0) FROM pending WHERE webhook_id = ?1")
                .and_then(|mut statement| statement.query_row([webhook_id.bytes()], |row| row.get::<_, i64>(0)))
                .map(|count| count.max(0) as u64)
                .map_err(failed)
        })
    }

    async fn webhooks_behind(&self) -> Result<Vec<(BotId, WebhookId)>> {
        self.readers.scan(catching_up::behind).await
    }

    async fn catch_up(&self, webhook_id: WebhookId, step: CatchUp) -> Result<CaughtUp> {
        self.writer.call(512 * step.events_max, move |tx| catching_up::step(tx, webhook_id, &step)).await
    }

    async fn events_after_cursor(&self, webhook_id: WebhookId, limit: usize) -> Result<u64> {
        self.readers.scan(move |conn| catching_up::events_after_cursor(conn, webhook_id, limit)).await
    }

    async fn unsent(&self, bot_id: Option<BotId>) -> Result<Vec<Unsent>> {
        self.readers.scan(move |conn| unsent::all(conn, bot_id)).await
    }

    async fn warn_of_webhook(&self, webhook_id: WebhookId, now: UnixMs, line: LogLine) -> Result<bool> {
        self.writer.call_hot(512, move |tx| unsent::warn(tx, webhook_id, now, &line)).await
    }

    async fn add_test_event(&self, bot_id: BotId, contact_id: ContactId, event: NewEvent) -> Result<EventId> {
        self.writer
            .call(events::bytes(&event), move |tx| {
                events::insert_test(tx, bot_id, contact_id, &event).map(|()| event.id)
            })
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

/// Whether the contact of a delivery's event was erased, be it that this event's turn has not come yet.
pub(super) fn is_erased(conn: &Connection, delivery_seq: i64) -> Result<bool> {
    conn.prepare_cached(
        "SELECT length(e.data) = 0 OR EXISTS (SELECT 1 FROM erasing x WHERE x.contact_id = e.contact_id)
         FROM delivery d JOIN event e ON e.seq = d.event_seq WHERE d.seq = ?1",
    )
    .and_then(|mut statement| statement.query_row([delivery_seq], |row| row.get(0)).optional())
    .map_err(failed)?
    .ok_or(StoreError::NotFound { what: "event" })
}

fn find(conn: &Connection, id: DeliveryId) -> Result<Found> {
    conn.prepare_cached("SELECT seq, status, webhook_id, lanes_id, lane, replay FROM delivery WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.bytes()], found_at).optional())
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "delivery" })
}
