//! Events and their deliveries inside the writer.

use recado_model::{BotId, ContactId, Delivery, DeliveryStatus, EventKind, WebhookId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    batch::Tx,
    chains,
    codes::{event_kind, failed, or_exists},
    lanes::{self, Born, Stand},
    recent::Change,
};
use crate::{
    Result,
    deliveries::{Follower, ReadyDelivery},
    turns::{NewDelivery, NewEvent},
};

/// Where an event stands among those of its contact.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// Behind the last one, which the caller makes it.
    After(Option<i64>),
    /// In no chain, for the contact has no row.
    Apart,
}

/// Stores an event with its encodings, and a delivery for each webhook that is on. One that is paused, off or behind has none yet: its cursor stays
/// before this event. One that is gone has none at all. Returns the event's sequence and whether a delivery is ready.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    bot_id: BotId,
    contact_id: ContactId,
    event: &NewEvent,
    place: Place,
) -> Result<(i64, bool)> {
    insert_event(tx, bot_id, contact_id, event, place, false)
}

/// Stores events that no turn of the contact brought. Returns their sequences and whether a delivery is ready; `None` when the contact is gone: nothing of
/// it is to be kept.
pub(super) fn append(
    tx: &mut Tx<'_>,
    bot_id: BotId,
    contact_id: ContactId,
    events: &[NewEvent],
) -> Result<Option<(Vec<i64>, bool)>> {
    let Some(row) = chains::row_of(tx.conn, contact_id)? else { return Ok(None) };
    let (mut seqs, mut ready, mut prev) = (Vec::with_capacity(events.len()), false, row.last.event);
    for event in events {
        let (seq, is_ready) = insert(tx, bot_id, contact_id, event, Place::After(prev))?;
        prev = Some(seq);
        seqs.push(seq);
        ready |= is_ready;
    }
    end_chain(tx, row.seq, prev)?;
    Ok(Some((seqs, ready)))
}

/// Stores the event of a test send, with its delivery whether or not the webhook is behind. Its contact is made up and has no row, as a rule.
pub(super) fn insert_test(tx: &mut Tx<'_>, bot_id: BotId, contact_id: ContactId, event: &NewEvent) -> Result<()> {
    let row = chains::row_of(tx.conn, contact_id)?;
    let place = row.as_ref().map_or(Place::Apart, |row| Place::After(row.last.event));
    let (seq, _) = insert_event(tx, bot_id, contact_id, event, place, true)?;
    row.map_or(Ok(()), |row| end_chain(tx, row.seq, Some(seq)))
}

fn end_chain(tx: &Tx<'_>, contact_seq: i64, last: Option<i64>) -> Result<()> {
    tx.conn
        .prepare_cached("UPDATE contact SET last_event = ?2 WHERE seq = ?1")
        .and_then(|mut statement| statement.execute(params![contact_seq, last]))
        .map(drop)
        .map_err(failed)
}

fn withhold(tx: &Tx<'_>, event_seq: i64, delivery: &NewDelivery) -> Result<()> {
    tx.conn
        .prepare_cached("INSERT INTO withheld VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.execute(params![event_seq, delivery.webhook_id.bytes(), delivery.encoding, delivery.url])
        })
        .map(drop)
        .map_err(or_exists("delivery"))
}

/// Whether events make their deliveries to a webhook at once, and in which lanes; `None` when it is gone.
fn gate(conn: &Connection, delivery: &NewDelivery) -> Result<Option<(bool, WebhookId)>> {
    let gate_at = |row: &rusqlite::Row<'_>| {
        let moved: Option<[u8; 16]> = row.get(1)?;
        Ok((row.get(0)?, moved.map_or(delivery.lanes_id, WebhookId::from_bytes)))
    };
    conn.prepare_cached("SELECT cursor IS NULL, lanes_id FROM webhook INDEXED BY webhook_gate WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([delivery.webhook_id.bytes()], gate_at).optional())
        .map_err(failed)
}

/// The encoding and the rendered URL of what is withheld of an event for a webhook.
pub(super) fn withheld(
    conn: &Connection,
    event_seq: i64,
    webhook_id: WebhookId,
) -> Result<Option<(u8, Option<String>)>> {
    conn.prepare_cached("SELECT encoding, url FROM withheld WHERE event_seq = ?1 AND webhook_id = ?2")
        .and_then(|mut statement| {
            statement.query_row(params![event_seq, webhook_id.bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(failed)
}

fn put(
    tx: &Tx<'_>,
    (bot_id, contact_id): (BotId, ContactId),
    event: &NewEvent,
    place: Place,
    test: bool,
) -> Result<()> {
    let (prev, apart) = match place {
        Place::After(prev) => (prev, false),
        Place::Apart => (None, true),
    };
    let title = (event.title != event.kind.as_str()).then_some(event.title.as_str());
    tx.conn
        .prepare_cached(
            "INSERT INTO event (seq, id, bot_id, contact_id, prev, kind, at, test, apart, title, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                tx.seqs.event,
                event.id.bytes(),
                bot_id.bytes(),
                contact_id.bytes(),
                prev,
                event_kind(event.kind),
                event.at.0,
                test,
                apart,
                title,
                &event.data[..]
            ])
        })
        .map(drop)
        .map_err(or_exists("event"))
}

fn insert_event(
    tx: &mut Tx<'_>,
    bot_id: BotId,
    contact_id: ContactId,
    event: &NewEvent,
    place: Place,
    test: bool,
) -> Result<(i64, bool)> {
    tx.seqs.event += 1;
    let seq = tx.seqs.event;
    put(tx, (bot_id, contact_id), event, place, test)?;
    for (encoding, data) in &event.encodings {
        tx.conn
            .prepare_cached(
                "INSERT INTO event_encoding VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET data = excluded.data",
            )
            .and_then(|mut statement| statement.execute(params![seq, encoding, &data[..]]))
            .map_err(or_exists("encoding"))?;
    }
    let mut ready = false;
    for delivery in &event.deliveries {
        let Some((at_once, lanes_id)) = gate(tx.conn, delivery)? else { continue };
        if !at_once && !test && !delivery.skipped {
            if event.kind == EventKind::FlowWebhook {
                withhold(tx, seq, delivery)?;
            }
            continue;
        }
        let stand = lanes::insert(
            tx,
            &Born {
                id: delivery.id,
                event_seq: seq,
                bot_id,
                contact_id,
                webhook_id: delivery.webhook_id,
                lanes_id,
                ordered: delivery.ordered,
                url: delivery.url.as_deref(),
                encoding: delivery.encoding,
                skipped: delivery.skipped,
                at: event.at,
            },
        )?;
        if stand == Stand::Ended {
            continue;
        }
        // Whoever sends what is ready takes what follows as well.
        ready = true;
        let head =
            head_of(tx.seqs.delivery, (bot_id, contact_id), seq, event, &NewDelivery { lanes_id, ..delivery.clone() });
        tx.changes.push(match stand {
            Stand::Behind(after) => Change::Follows(Follower { after, head }),
            Stand::Head | Stand::Ended => Change::Ready(head),
        });
    }
    Ok((seq, ready))
}

/// A new delivery as the head that it is, or will be.
fn head_of(
    seq: i64,
    (bot_id, contact_id): (BotId, ContactId),
    event_seq: i64,
    event: &NewEvent,
    delivery: &NewDelivery,
) -> ReadyDelivery {
    ReadyDelivery {
        delivery: Delivery {
            id: delivery.id,
            seq,
            event_id: event.id,
            event_kind: event.kind,
            title: event.title.clone(),
            webhook_id: delivery.webhook_id,
            lanes_id: delivery.lanes_id,
            bot_id,
            contact_id,
            url: delivery.url.clone(),
            status: DeliveryStatus::Ready,
            attempts: 0,
            next_at: event.at,
            created_at: event.at,
            ended_at: None,
            replay: false,
        },
        event_seq,
        encoding: delivery.encoding,
        requests: 0,
    }
}

/// About how many bytes an event adds to a commit.
pub(super) fn bytes(event: &NewEvent) -> usize {
    event.data.len()
        + event.encodings.iter().map(|(_, data)| data.len()).sum::<usize>()
        + 256 * (1 + event.deliveries.len())
}
