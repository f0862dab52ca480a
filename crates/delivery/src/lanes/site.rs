//! One webhook's lanes in memory: what waits, what is ready, and what stands in the way.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use recado_model::{ContactId, UnixMs, WebhookId};

use super::{Lane, LanesSettings, breaker::Breaker, rate::Rate};

/// Contacts whose head failed for good that one webhook's lanes remember.
const FAILED_LANES_MAX: usize = 1_024;

/// An entry's place in the dispatcher's slab.
pub(super) type Place = u32;

/// How many slots a site may take beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Its last answer was a prompt 2xx.
    Prompt,
    /// It failed, is slow, or nothing is known of it.
    Other,
}

#[derive(Debug)]
pub(super) struct Site {
    pub(super) id: WebhookId,
    pub(super) concurrency: u32,
    pub(super) rate: Option<Rate>,
    pub(super) breaker: Breaker,
    pub(super) class: Class,
    pub(super) held_until: Option<UnixMs>,
    /// The receiver said 410: nothing more goes out until the settings are set anew. The switch-off takes a commit and a look at the store.
    pub(super) gone: bool,
    /// Since when every attempt failed.
    pub(super) failing_since: Option<UnixMs>,
    /// Failures since then, as far as this process saw them.
    pub(super) failures: u32,
    pub(super) in_flight: u32,
    /// Entries, in flight or not.
    pub(super) entries: usize,
    /// Heads that are due, in the order they became so. May hold entries that are gone; the slab tells.
    pub(super) ready: VecDeque<(Place, i64)>,
    /// How many of `ready` are there.
    pub(super) ready_count: usize,
    /// Heads that are not due yet.
    pub(super) waiting: BTreeSet<(UnixMs, i64, Place)>,
    /// What each contact's lane holds, in order; the first may be in flight.
    pub(super) lanes: HashMap<ContactId, VecDeque<(Place, i64)>>,
    /// Contacts whose last head failed for good.
    pub(super) failed_lanes: HashSet<ContactId>,
    /// The earliest moment at which something that only the store holds is due.
    pub(super) more_due: Option<UnixMs>,
    /// In whose round it stands. A place in the other round is void.
    pub(super) queued: Option<Class>,
    /// It stands in the list of sites that want a page.
    pub(super) wants_page: bool,
    /// When it is looked at next.
    pub(super) wake: Option<UnixMs>,
    pub(super) removed: bool,
}

impl Site {
    pub(super) fn new(settings: &LanesSettings) -> Self {
        Self {
            id: settings.lanes_id,
            concurrency: u32::from(settings.concurrency.max(1)),
            rate: settings.rate_per_s.map(Rate::new),
            breaker: Breaker::default(),
            class: Class::Other,
            held_until: None,
            gone: false,
            failing_since: settings.failing_since,
            failures: 0,
            in_flight: 0,
            entries: 0,
            ready: VecDeque::new(),
            ready_count: 0,
            waiting: BTreeSet::new(),
            lanes: HashMap::new(),
            failed_lanes: HashSet::new(),
            more_due: None,
            queued: None,
            wants_page: false,
            wake: None,
            removed: false,
        }
    }

    /// Entries that are the heads of their lanes.
    pub(super) fn heads(&self) -> usize {
        self.ready_count + self.waiting.len() + self.in_flight as usize
    }

    /// New settings; what is known of the receiver stays.
    pub(super) fn set(&mut self, settings: &LanesSettings) {
        self.concurrency = u32::from(settings.concurrency.max(1));
        if self.rate.as_ref().map(Rate::per_s) != settings.rate_per_s {
            self.rate = settings.rate_per_s.map(Rate::new);
        }
        (self.removed, self.gone) = (false, false);
    }

    pub(super) fn remember(&mut self, lane: Lane, failed: bool) {
        let Lane::Contact(contact) = lane else {
            return;
        };
        if !failed {
            self.failed_lanes.remove(&contact);
            return;
        }
        if self.failed_lanes.len() >= FAILED_LANES_MAX {
            // The worst that forgetting does is a few more attempts for a contact's next event.
            self.failed_lanes.clear();
        }
        self.failed_lanes.insert(contact);
    }

    pub(super) fn more_in_store(&mut self, due: UnixMs) {
        self.more_due = Some(self.more_due.map_or(due, |known| known.min(due)));
    }

    /// Forgets places in `ready` that are gone, when they are many.
    pub(super) fn tidy(&mut self, is_there: impl Fn(Place, i64) -> bool) {
        if self.ready.len() > 64 + 2 * self.ready_count {
            self.ready.retain(|(place, seq)| is_there(*place, *seq));
        }
    }
}
