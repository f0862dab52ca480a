//! When a failed attempt is made again.

use recado_model::{
    Entropy,
    time::{HOUR_MS, SECOND_MS},
    webhook::SCHEDULE_MS,
};

/// Delays that a webhook's own schedule may have.
pub const DELAYS_MAX: usize = 20;
/// The longest delay between two attempts, and the longest `Retry-After` that is honoured.
pub const DELAY_MS_MAX: u64 = 24 * HOUR_MS as u64;
/// Attempts, in all, of a delivery that the receiver refuses with a 4xx of its own making.
pub const REFUSED_ATTEMPTS_MAX: u32 = 4;
/// The longest delays between those: about three minutes in all, so that one event holds its lane no longer.
const REFUSED_MS: [u64; 3] = [5 * SECOND_MS as u64, 30 * SECOND_MS as u64, 120 * SECOND_MS as u64];

/// A schedule that can not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchedule {
    /// Too many delays.
    #[error("a schedule has at most {DELAYS_MAX} delays")]
    TooMany,
    /// A delay is too long.
    #[error("a delay is at most 24 hours")]
    TooLong,
}

/// The delays between the attempts of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    delays_ms: Vec<u64>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { delays_ms: SCHEDULE_MS.to_vec() }
    }
}

impl Schedule {
    /// A webhook's own delays in milliseconds; none of them means a single attempt.
    pub fn new(delays_ms: Vec<u64>) -> Result<Self, InvalidSchedule> {
        if delays_ms.len() > DELAYS_MAX {
            return Err(InvalidSchedule::TooMany);
        }
        if delays_ms.iter().any(|delay| *delay > DELAY_MS_MAX) {
            return Err(InvalidSchedule::TooLong);
        }
        Ok(Self { delays_ms })
    }

    /// The schedule of a webhook's setting. A stored one that breaks the limits is read as the default.
    pub fn of(setting: Option<&[u64]>) -> Self {
        setting.and_then(|delays| Self::new(delays.to_vec()).ok()).unwrap_or_default()
    }

    /// Attempts in all.
    pub fn attempts_max(&self) -> u32 {
        self.delays_ms.len() as u32 + 1
    }

    /// The delay after this many attempts, before jitter; `None` when none is left.
    pub fn delay_ms(&self, attempts: u32) -> Option<u64> {
        self.delays_ms.get((attempts as usize).checked_sub(1)?).copied()
    }

    /// The delay after this many attempts of a delivery that the receiver refuses; `None` when none is left.
    pub fn refused_delay_ms(&self, attempts: u32) -> Option<u64> {
        let longest = REFUSED_MS.get((attempts as usize).checked_sub(1)?)?;
        self.delay_ms(attempts).map(|delay| delay.min(*longest))
    }
}

/// The delay, 20 % shorter to 20 % longer, so that deliveries that failed together do not come back together.
pub fn jittered_ms(delay_ms: u64, rng: &mut dyn Entropy) -> u64 {
    let spread = delay_ms * 2 / 5;
    let least = delay_ms - delay_ms / 5;
    least + u64::from(rng.below(u32::try_from(spread).unwrap_or(u32::MAX - 1) + 1))
}
