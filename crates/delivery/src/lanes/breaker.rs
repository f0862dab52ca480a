//! The breaker of one webhook's lanes: it stops attempts at a receiver that fails everybody.

use recado_model::{
    UnixMs,
    time::{MINUTE_MS, SECOND_MS},
};

use super::Lane;

/// Failures in a row that open a breaker.
pub const FAILURES_TO_OPEN: u32 = 10;
/// Lanes that those failures come from, at least. With fewer, only those lanes wait.
pub const LANES_TO_OPEN: usize = 3;
/// The first wait between probes.
pub const PROBE_MS_MIN: i64 = 30 * SECOND_MS;
/// The longest wait between probes.
pub const PROBE_MS_MAX: i64 = 10 * MINUTE_MS;

#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) since: UnixMs,
    pub(super) probe_at: UnixMs,
    step_ms: i64,
    pub(super) probing: bool,
    pub(super) last_lane: Option<Lane>,
}

#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Failures in a row that are the receiver's.
    row: u32,
    /// The first lanes of the row.
    lanes: Vec<Lane>,
    open: Option<Open>,
}

impl Breaker {
    pub(super) const fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// A failure of the receiver. Whether it opened the breaker.
    pub(super) fn failed(&mut self, lane: Lane, now: UnixMs) -> bool {
        self.row = self.row.saturating_add(1);
        if self.lanes.len() < LANES_TO_OPEN && !self.lanes.contains(&lane) {
            self.lanes.push(lane);
        }
        if self.open.is_some() || self.row < FAILURES_TO_OPEN || self.lanes.len() < LANES_TO_OPEN {
            return false;
        }
        self.open = Some(Open {
            since: now,
            probe_at: now + PROBE_MS_MIN,
            step_ms: PROBE_MS_MIN,
            probing: false,
            last_lane: None,
        });
        true
    }

    /// The receiver answered. Returns since when the breaker was open, when that closed it.
    pub(super) fn answered(&mut self) -> Option<UnixMs> {
        self.row = 0;
        self.lanes.clear();
        self.open.take().map(|open| open.since)
    }

    pub(super) fn probe_started(&mut self, lane: Lane) {
        if let Some(open) = &mut self.open {
            open.probing = true;
            open.last_lane = Some(lane);
        }
    }

    /// A probe came back without success. The next one waits longer.
    pub(super) fn probe_failed(&mut self, now: UnixMs) {
        if let Some(open) = &mut self.open {
            open.probing = false;
            open.step_ms = (open.step_ms * 2).min(PROBE_MS_MAX);
            open.probe_at = now + open.step_ms;
        }
    }

    /// A probe was not made after all.
    pub(super) fn probe_released(&mut self) {
        if let Some(open) = &mut self.open {
            open.probing = false;
        }
    }

    /// When a probe that fails at about `now` would be followed by the next.
    pub(super) fn probe_again_at(&self, now: UnixMs) -> UnixMs {
        self.open.map_or(now, |open| now + (open.step_ms * 2).min(PROBE_MS_MAX))
    }

    /// The clock was set back by so many milliseconds.
    pub(super) fn set_back(&mut self, ms: i64) {
        if let Some(open) = &mut self.open {
            open.since = open.since + -ms;
            open.probe_at = open.probe_at + -ms;
        }
    }
}
