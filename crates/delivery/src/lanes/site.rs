//! One receiver's lanes in memory: what waits, what is ready, and what stands in the way.

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

/// A webhook of a site: its limits, and those of its heads that are due.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) webhook_id: WebhookId,
    concurrency: u32,
    pub(super) rate: Option<Rate>,
    pub(super) in_flight: u32,
    /// Heads that are due, in the order they became so. May hold entries that are gone; the slab tells.
    pub(super) ready: VecDeque<(Place, i64)>,
    /// How many of `ready` are there.
    pub(super) ready_count: usize,
}

impl Member {
    /// Whether one of its heads is due and its concurrency has room for it: then only its rate can stand in the way.
    pub(super) const fn has_turn(&self) -> bool {
        self.ready_count > 0 && self.in_flight < self.concurrency
    }

    pub(super) fn may_claim(&self, now: UnixMs) -> bool {
        self.has_turn() && self.rate.as_ref().is_none_or(|rate| rate.free_at() <= now)
    }

    /// Forgets places in `ready` that are gone, when they are many.
    pub(super) fn tidy(&mut self, is_there: impl Fn(Place, i64) -> bool) {
        if self.ready.len() > 64 + 2 * self.ready_count {
            self.ready.retain(|(place, seq)| is_there(*place, *seq));
        }
    }
}

#[derive(Debug)]
pub(super) struct Site {
    pub(super) id: WebhookId,
    /// The webhooks that have these lanes: one, as a rule.
    pub(super) members: Vec<Member>,
    /// Whose turn it is among them.
    pub(super) next_member: usize,
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
    /// Lanes that no webhook has yet.
    pub(super) fn new(id: WebhookId, failing_since: Option<UnixMs>) -> Self {
        Self {
            id,
            members: Vec::new(),
            next_member: 0,
            breaker: Breaker::default(),
            class: Class::Other,
            held_until: None,
            gone: false,
            failing_since,
            failures: 0,
            in_flight: 0,
            entries: 0,
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
        self.ready_count() + self.waiting.len() + self.in_flight as usize
    }

    /// Heads that are due.
    pub(super) fn ready_count(&self) -> usize {
        self.members.iter().map(|member| member.ready_count).sum()
    }

    pub(super) fn has_member(&self, webhook_id: WebhookId) -> bool {
        self.members.iter().any(|member| member.webhook_id == webhook_id)
    }

    pub(super) fn member_mut(&mut self, webhook_id: WebhookId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.webhook_id == webhook_id)
    }

    /// A webhook that has these lanes, or new settings of one; what is known of the receiver stays.
    pub(super) fn set(&mut self, settings: &LanesSettings) {
        (self.removed, self.gone) = (false, false);
        let concurrency = u32::from(settings.concurrency.max(1));
        if let Some(member) = self.member_mut(settings.webhook_id) {
            member.concurrency = concurrency;
            if member.rate.as_ref().map(Rate::per_s) != settings.rate_per_s {
                member.rate = settings.rate_per_s.map(Rate::new);
            }
            return;
        }
        self.members.push(Member {
            webhook_id: settings.webhook_id,
            concurrency,
            rate: settings.rate_per_s.map(Rate::new),
            in_flight: 0,
            ready: VecDeque::new(),
            ready_count: 0,
        });
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
}
