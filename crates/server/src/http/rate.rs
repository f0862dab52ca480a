//! Token buckets of the web chat, per session and per address, and of the sign-in, in memory and bounded. A restart fills them anew.

use std::{collections::HashMap, net::IpAddr};

use parking_lot::Mutex;
use recado_model::{MemberId, UnixMs};

/// Buckets kept at once; past it those that are full go, and if none is, all.
const BUCKETS_MAX: usize = 100_000;

/// How much of something in how much time.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Milliseconds until one more.
    pub every_ms: u32,
}

/// Messages of one session: 30 at once, then 2 a second.
pub const SESSION_MESSAGES: Rate = Rate { burst: 30, every_ms: 500 };
/// Files of one session: 10 at once, then one in 10 s.
pub const SESSION_FILES: Rate = Rate { burst: 10, every_ms: 10_000 };
/// Sessions opened from one address: 30 at once, then one in 2 s.
pub const ADDRESS_SESSIONS: Rate = Rate { burst: 30, every_ms: 2_000 };
/// Requests of the web chat from one address: 300 at once, then 20 a second.
pub const ADDRESS_REQUESTS: Rate = Rate { burst: 300, every_ms: 50 };

/// Sign-ins from one address: 10 at once, then one in 10 s.
pub const ADDRESS_SIGN_INS: Rate = Rate { burst: 10, every_ms: 10_000 };
/// Changes of one member's password: 10 at once, then one in 10 s.
pub const PASSWORD_CHANGES: Rate = Rate { burst: 10, every_ms: 10_000 };

/// Who is limited in what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// Messages of a session, by its identity.
    Messages(String),
    /// Files of a session, by its identity.
    Files(String),
    /// Sessions from an address.
    Sessions(IpAddr),
    /// Requests from an address.
    Requests(IpAddr),
    /// Sign-ins from an address.
    SignIns(IpAddr),
    /// Changes of a member's password.
    PasswordOf(MemberId),
}

/// All buckets.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<Who, Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// When it is full again.
    full_at: UnixMs,
}

impl Rates {
    /// Takes one. On refusal the milliseconds until there is one.
    pub fn take(&self, who: Who, rate: Rate, now: UnixMs) -> Result<(), u64> {
        let mut buckets = self.0.lock();
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(&who) {
            buckets.retain(|_, bucket| bucket.full_at > now);
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(who).or_insert(Bucket { full_at: now });
        let empty_ms = i64::from(rate.burst) * i64::from(rate.every_ms);
        // A bucket is never more than empty: if it seems so, the clock went back.
        let known = if bucket.full_at > now + empty_ms { now } else { bucket.full_at.max(now) };
        let full_at = known + i64::from(rate.every_ms);
        let over = full_at - now - empty_ms;
        if over > 0 {
            return Err(over as u64);
        }
        bucket.full_at = full_at;
        Ok(())
    }
}

/// The address to count by. IPv6 is counted by /64, which is one customer. `None` for this machine itself, which is not limited.
pub fn counted(address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    if address.is_loopback() {
        return None;
    }
    match address {
        IpAddr::V4(_) => Some(address),
        IpAddr::V6(v6) => Some(IpAddr::V6((u128::from(v6) >> 64 << 64).into())),
    }
}

#[cfg(test)]
mod tests {
    use recado_model::time::DAY_MS;

    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_one_at_a_time() {
        let rates = Rates::default();
        let rate = Rate { burst: 2, every_ms: 1_000 };
        let who = || Who::Messages("a".to_owned());
        let now = UnixMs(1_000_000);
        assert_eq!(rates.take(who(), rate, now), Ok(()));
        assert_eq!(rates.take(who(), rate, now), Ok(()));
        assert_eq!(rates.take(who(), rate, now), Err(1_000));
        assert_eq!(rates.take(Who::Messages("b".to_owned()), rate, now), Ok(()));
        assert_eq!(rates.take(who(), rate, now + 999), Err(1));
        assert_eq!(rates.take(who(), rate, now + 1_000), Ok(()));
    }

    #[test]
    fn a_clock_that_went_back_a_day_shuts_nobody_out() {
        let rates = Rates::default();
        let rate = Rate { burst: 2, every_ms: 1_000 };
        let who = || Who::Messages("a".to_owned());
        let now = UnixMs(1_000_000_000);
        assert_eq!(rates.take(who(), rate, now + DAY_MS), Ok(()));
        assert_eq!(rates.take(who(), rate, now), Ok(()));
        assert_eq!(rates.take(who(), rate, now), Ok(()));
        assert_eq!(rates.take(who(), rate, now), Err(1_000));
    }

    #[test]
    fn this_machine_is_not_counted_and_ipv6_is_counted_by_network() {
        assert_eq!(counted("127.0.0.1".parse().unwrap()), None);
        assert_eq!(counted("2001:db8::1:2:3:4".parse().unwrap()), Some("2001:db8::".parse().unwrap()));
    }
}
