//! Events and their deliveries inside the writer.

use recado_model::{BotId, ContactId};
use rusqlite::params;

use super::{
    batch::Tx,
    codes::{event_kind, or_exists},
    lanes::{self, Born},
};
use crate::{Result, turns::NewEvent};

/// Stores an event with its encodings and deliveries. Returns its sequence and whether a delivery is ready.
pub(super) fn insert(tx: &mut Tx<'_>, bot_id: BotId, contact_id: ContactId, event: &NewEvent) -> Result<(i64, bool)> {
    tx.seqs.event += 1;
    let seq = tx.seqs.event;
    let title = (event.title != event.kind.as_str()).then_some(event.title.as_str());
    tx.conn
        .prepare_cached("INSERT INTO event (seq, id, bot_id, contact_id, kind, at, title, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .and_then(|mut statement| {
            statement.execute(params![
                seq,
                event.id.bytes(),
                bot_id.bytes(),
                contact_id.bytes(),
                event_kind(event.kind),
                event.at.0,
                title,
                event.data
            ])
        })
        .map_err(or_exists("event"))?;
    for (encoding, data) in &event.encodings {
        tx.conn
            .prepare_cached(
                "INSERT INTO event_encoding VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET data = excluded.data",
            )
            .and_then(|mut statement| statement.execute(params![seq, encoding, data]))
            .map_err(or_exists("encoding"))?;
    }
    let mut ready = false;
    for delivery in &event.deliveries {
        ready |= lanes::insert(
            tx,
            &Born {
                id: delivery.id,
                event_seq: seq,
                bot_id,
                contact_id,
                webhook_id: delivery.webhook_id,
                lanes_id: delivery.lanes_id,
                ordered: delivery.ordered,
                url: delivery.url.as_deref(),
                encoding: delivery.encoding,
                skipped: delivery.skipped,
                at: event.at,
            },
        )?;
    }
    Ok((seq, ready))
}

/// About how many bytes an event adds to a commit.
pub(super) fn bytes(event: &NewEvent) -> usize {
    event.data.len()
        + event.encodings.iter().map(|(_, data)| data.len()).sum::<usize>()
        + 256 * (1 + event.deliveries.len())
}
