//! Idle connections, kept for the next request to the same receiver.
//!
//! A connection is found by scheme, host and port, and used only when the address it leads to was judged for this very request.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{runtime::Handle, time::Instant};

use super::{connection::Connection, target::Origin};

struct Idle {
    connection: Connection,
    since: Instant,
}

#[derive(Default)]
struct Idles {
    /// The oldest first.
    by_origin: HashMap<Origin, VecDeque<Idle>>,
    count: usize,
}

impl Idles {
    fn drop_where(&mut self, mut is_old: impl FnMut(&Idle) -> bool) -> Vec<Idle> {
        let mut dropped = Vec::new();
        self.by_origin.retain(|_, kept| {
            while kept.front().is_some_and(&mut is_old) {
                dropped.extend(kept.pop_front());
            }
            !kept.is_empty()
        });
        self.count -= dropped.len();
        dropped
    }

    fn drop_one(&mut self) -> Option<Idle> {
        let origin = self.by_origin.keys().next()?.clone();
        let kept = self.by_origin.get_mut(&origin)?;
        let idle = kept.pop_front();
        if kept.is_empty() {
            self.by_origin.remove(&origin);
        }
        self.count -= usize::from(idle.is_some());
        idle
    }
}

/// How many idle connections are kept, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct PoolLimits {
    pub(super) a_host_max: usize,
    pub(super) in_all_max: usize,
    pub(super) timeout: Duration,
}

pub(super) struct Pool {
    idles: Mutex<Idles>,
    limits: PoolLimits,
}

impl Pool {
    /// A pool, and on `runtime` the sweep that closes what was idle for too long. The sweep ends with the pool.
    pub(super) fn new(limits: PoolLimits, runtime: &Handle) -> Arc<Self> {
        let pool = Arc::new(Self { idles: Mutex::default(), limits });
        let weak = Arc::downgrade(&pool);
        let period = (limits.timeout / 2).max(Duration::from_millis(100));
        runtime.spawn(sweep(weak, period));
        pool
    }

    /// The youngest idle connection that leads to one of these addresses. It may have been closed meanwhile.
    pub(super) fn take(&self, origin: &Origin, addresses: &[IpAddr]) -> Option<Connection> {
        let oldest = Instant::now().checked_sub(self.limits.timeout);
        let mut idles = self.idles.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idles.by_origin.get_mut(origin)?;
        let at = kept.iter().rposition(|idle| {
            oldest.is_none_or(|oldest| idle.since >= oldest) && addresses.contains(&idle.connection.address.ip())
        })?;
        let idle = kept.remove(at)?;
        idles.count -= 1;
        Some(idle.connection)
    }

    /// Keeps a connection for later; the oldest go when there are too many.
    pub(super) fn put(&self, origin: Origin, connection: Connection) {
        let idle = Idle { connection, since: Instant::now() };
        let mut dropped = Vec::new();
        {
            let mut idles = self.idles.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = idles.by_origin.entry(origin).or_default();
            kept.push_back(idle);
            let over = kept.len() > self.limits.a_host_max;
            if over {
                dropped.extend(kept.pop_front());
            } else {
                idles.count += 1;
            }
            if idles.count > self.limits.in_all_max {
                dropped.extend(idles.drop_one());
            }
        }
        // Sockets are closed outside the lock.
        drop(dropped);
    }

    /// Closes one idle connection to make room for a new one.
    pub(super) fn evict(&self) -> bool {
        let dropped = self.idles.lock().unwrap_or_else(PoisonError::into_inner).drop_one();
        dropped.is_some()
    }

    pub(super) fn idle_count(&self) -> usize {
        self.idles.lock().unwrap_or_else(PoisonError::into_inner).count
    }
}

async fn sweep(pool: Weak<Pool>, period: Duration) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        let Some(oldest) = Instant::now().checked_sub(pool.limits.timeout) else { continue };
        let dropped = {
            let mut idles = pool.idles.lock().unwrap_or_else(PoisonError::into_inner);
            idles.drop_where(|idle| idle.since < oldest)
        };
        drop(dropped);
    }
}
