//! How the attempts of a webhook went, hour by hour. The sums of a batch are one change for each webhook, hour and span of time.

use std::collections::HashMap;

use recado_model::{Outcome, UnixMs, WebhookId, time::HOUR_MS};
use rusqlite::{Connection, params};

use super::codes::failed;
use crate::{
    Result,
    catalog::{HealthHour, TOOK_BOUNDS_MS},
};

/// What stands for the span of time of an attempt that did not deliver.
const NOT_DELIVERED: i64 = 0;

/// How an attempt went.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Went {
    hour: i64,
    webhook_id: WebhookId,
    took: i64,
}

impl Went {
    pub(super) fn of(webhook_id: WebhookId, at: UnixMs, took_ms: i64, outcome: Outcome) -> Self {
        let took = match outcome {
            Outcome::Delivered => bound(took_ms),
            Outcome::Failed | Outcome::Retry { .. } | Outcome::Probed { .. } => NOT_DELIVERED,
        };
        Self { hour: hour_of(at), webhook_id, took }
    }
}

fn hour_of(at: UnixMs) -> i64 {
    at.0 - at.0.rem_euclid(HOUR_MS)
}

/// The least bound that the time does not exceed; the last one for whatever is longer.
fn bound(took_ms: i64) -> i64 {
    let bounds = TOOK_BOUNDS_MS.map(i64::from);
    bounds.into_iter().find(|bound| took_ms <= *bound).unwrap_or(bounds[bounds.len() - 1])
}

/// Adds how the attempts of a batch went.
pub(super) fn add(conn: &Connection, went: impl Iterator<Item = Went>) -> Result<()> {
    let mut sums: HashMap<Went, i64> = HashMap::new();
    for went in went {
        *sums.entry(went).or_default() += 1;
    }
    for (Went { hour, webhook_id, took }, attempts) in sums {
        conn.prepare_cached(
            "INSERT INTO webhook_health VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts",
        )
        .and_then(|mut statement| statement.execute(params![hour, webhook_id.bytes(), took, attempts]))
        .map_err(failed)?;
    }
    Ok(())
}

/// The last hours of a webhook up to that of `now`, the oldest first, also those without an attempt.
pub(super) fn last_hours(conn: &Connection, id: WebhookId, now: UnixMs, hours: u16) -> Result<Vec<HealthHour>> {
    let last = hour_of(now);
    let mut statement = conn
        .prepare_cached("SELECT took, attempts FROM webhook_health WHERE hour = ?1 AND webhook_id = ?2")
        .map_err(failed)?;
    (0..i64::from(hours))
        .rev()
        .map(|back| {
            let mut hour = HealthHour { from: UnixMs(last - back * HOUR_MS), ..HealthHour::default() };
            let rows = statement.query_map(params![hour.from.0, id.bytes()], |row| Ok((row.get(0)?, row.get(1)?)));
            for row in rows.map_err(failed)? {
                let (took, attempts): (i64, i64) = row.map_err(failed)?;
                let of_bound = TOOK_BOUNDS_MS.iter().position(|bound| i64::from(*bound) == took);
                let count = of_bound.map_or(&mut hour.not_delivered, |index| &mut hour.delivered[index]);
                *count += attempts.max(0) as u64;
            }
            Ok(hour)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_counts_up_to_its_bound_and_the_longest_with_the_last() {
        for (took, counted) in [(0, 5), (5, 5), (6, 10), (250, 250), (60_000, 60_000), (999_999, 60_000)] {
            assert_eq!(bound(took), counted, "{took}");
        }
        assert_eq!(hour_of(UnixMs(3 * HOUR_MS + 5)), 3 * HOUR_MS);
    }
}
