//! A rate limit that is kept in every second, not on average.

use recado_model::UnixMs;

const SECOND_US: i64 = 1_000_000;
/// How far a fast rate may catch up after the loop came late.
const CATCH_UP_US: i64 = 20_000;

/// Gives out slots at even distances.
///
/// Slots lie `interval` apart. A slot that was missed can be used up to `catch_up` later; the interval is longer by as much, so that **no
/// window of one second holds more than the rate**. The price is that a fast limit gives 98 % of what it allows.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    per_s: u32,
    interval_us: i64,
    catch_up_us: i64,
    /// The next free slot.
    slot_us: i64,
}

impl Rate {
    pub(super) fn new(per_s: u32) -> Self {
        let per_s = per_s.max(1);
        // Below 50 a second a late loop costs less than catching up would.
        let catch_up_us = if per_s > 50 { CATCH_UP_US } else { 0 };
        let interval_us = (SECOND_US + catch_up_us).div_euclid(i64::from(per_s)) + 1;
        Self { per_s, interval_us, catch_up_us, slot_us: i64::MIN / 2 }
    }

    pub(super) const fn per_s(&self) -> u32 {
        self.per_s
    }

    /// When the next slot may be taken.
    pub(super) fn free_at(&self) -> UnixMs {
        UnixMs(self.slot_us.div_euclid(1_000))
    }

    pub(super) fn take(&mut self, now: UnixMs) {
        let oldest = now.0.saturating_mul(1_000) - self.catch_up_us;
        self.slot_us = self.slot_us.max(oldest) + self.interval_us;
    }

    /// The clock was set back by so many milliseconds.
    pub(super) fn set_back(&mut self, ms: i64) {
        self.slot_us = self.slot_us.saturating_sub(ms.saturating_mul(1_000));
    }
}
