//! What is held, and where each site stands.

use std::collections::{BTreeSet, HashMap, VecDeque};

use recado_model::{UnixMs, WebhookId};

use super::{
    DeliveryRef, HELD_OF_SITE_MAX, HELD_PAST_PAGES_MAX, IN_FLIGHT_KEPT, IN_FLIGHT_MAX, Lane, LanesSettings, Offered,
    PAGE_MAX, SiteView,
    site::{Class, Place, Site},
};

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Behind another one of its lane.
    Behind,
    /// A head that is not due yet.
    Waiting,
    /// A head that is due.
    Ready,
    /// Claimed.
    InFlight { class: Class, probe: bool },
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: i64,
    pub(super) site: usize,
    pub(super) webhook_id: WebhookId,
    pub(super) lane: Lane,
    pub(super) due: UnixMs,
    pub(super) state: State,
    /// Taken back while in flight: nothing follows from its end.
    pub(super) withdrawn: bool,
}

/// Decides whose turn it is. See the [module](super).
#[derive(Debug)]
pub struct Dispatcher {
    pub(super) entries: Vec<Option<Entry>>,
    free: Vec<Place>,
    pub(super) by_seq: HashMap<i64, Place>,
    /// What sites hold past a page each.
    past_pages: usize,
    pub(super) sites: Vec<Site>,
    by_id: HashMap<WebhookId, usize>,
    /// Sites that can use a slot now, by class.
    pub(super) prompt: VecDeque<usize>,
    pub(super) other: VecDeque<usize>,
    pub(super) prompt_next: bool,
    pub(super) in_flight: usize,
    pub(super) other_in_flight: usize,
    pub(super) in_flight_max: usize,
    pub(super) other_max: usize,
    pub(super) wakes: BTreeSet<(UnixMs, usize)>,
    pub(super) wanting: VecDeque<usize>,
    pub(super) now: UnixMs,
}

impl Default for Dispatcher {
    fn default() -> Self {
        Self::new(IN_FLIGHT_MAX, IN_FLIGHT_KEPT)
    }
}

impl Dispatcher {
    /// A dispatcher with at most `in_flight_max` attempts at once, of which `kept` are for sites that answer promptly.
    pub fn new(in_flight_max: usize, kept: usize) -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            by_seq: HashMap::new(),
            past_pages: 0,
            sites: Vec::new(),
            by_id: HashMap::new(),
            prompt: VecDeque::new(),
            other: VecDeque::new(),
            prompt_next: true,
            in_flight: 0,
            other_in_flight: 0,
            in_flight_max,
            other_max: in_flight_max.saturating_sub(kept).max(1),
            wakes: BTreeSet::new(),
            wanting: VecDeque::new(),
            now: UnixMs(i64::MIN),
        }
    }

    /// Makes a webhook known in its lanes, or gives it new settings. What was held because the receiver said 410 goes on: who sets them knows that they are on.
    pub fn set(&mut self, settings: &LanesSettings) {
        let index = *self.by_id.entry(settings.lanes_id).or_insert(self.sites.len());
        if index == self.sites.len() {
            self.sites.push(Site::new(settings.lanes_id, settings.failing_since));
        }
        self.sites[index].set(settings);
        self.settle(index);
    }

    /// Whether the lanes are known.
    pub fn knows(&self, lanes_id: WebhookId) -> bool {
        self.site_of(lanes_id).is_some()
    }

    pub(super) fn site_of(&self, lanes_id: WebhookId) -> Option<usize> {
        self.by_id.get(&lanes_id).copied().filter(|index| !self.sites[*index].removed)
    }

    /// Makes a waiting delivery due now (a user asked for it). It stays behind those before it in its lane.
    pub fn hasten(&mut self, seq: i64, now: UnixMs) {
        self.observe(now);
        let due = self.now;
        let Some(place) = self.by_seq.get(&seq).copied() else {
            return;
        };
        let Some(entry) = self.entry_mut(place) else {
            return;
        };
        let (index, was_due, waits) = (entry.site, entry.due, entry.state == State::Waiting);
        entry.due = entry.due.min(due);
        if waits && was_due > due {
            self.sites[index].waiting.remove(&(was_due, seq, place));
            self.sites[index].waiting.insert((due, seq, place));
            self.settle(index);
        }
    }

    /// The whole webhook waits until then.
    pub fn hold(&mut self, lanes_id: WebhookId, until: UnixMs) {
        if let Some(index) = self.site_of(lanes_id) {
            let site = &mut self.sites[index];
            site.held_until = Some(site.held_until.map_or(until, |known| known.max(until)));
            self.settle(index);
        }
    }

    /// Puts a head into its lane.
    pub fn offer(&mut self, delivery: DeliveryRef) -> Offered {
        let site = self.site_of(delivery.lanes_id);
        let Some(index) = site.filter(|index| self.sites[*index].has_member(delivery.webhook_id)) else {
            return Offered::UnknownLanes;
        };
        if let Some(place) = self.by_seq.get(&delivery.seq).copied() {
            if let Some(entry) = self.entry_mut(place) {
                if entry.site != index {
                    return Offered::Elsewhere;
                }
                // Taken back and brought again while in flight (paused and resumed): its end counts after all.
                entry.withdrawn = false;
            }
            return Offered::Known;
        }
        let mut offered = Offered::Kept;
        if self.sites[index].heads() >= PAGE_MAX {
            let Some(seq) = self.displace(index, delivery.next_at) else {
                self.sites[index].more_in_store(delivery.next_at);
                self.settle(index);
                return Offered::PageFull;
            };
            offered = Offered::Displaced { seq };
        }
        let place = self.insert(index, delivery);
        self.enter_lane(place, delivery.seq, index, delivery.lane);
        self.settle(index);
        offered
    }

    /// Puts a new delivery right behind `after`, when that is the last of its lane that is held here and there is room for it. It becomes the head
    /// as soon as the one before it comes to its end, and is due at once then. Whether it was taken.
    pub fn offer_behind(&mut self, after: i64, delivery: DeliveryRef) -> bool {
        let Lane::Contact(contact) = delivery.lane else {
            return false;
        };
        let Some(index) = self.site_of(delivery.lanes_id) else {
            return false;
        };
        let site = &self.sites[index];
        if !site.has_member(delivery.webhook_id) {
            return false;
        }
        let drains = site.class == Class::Prompt && self.past_pages < HELD_PAST_PAGES_MAX;
        let room = if drains { HELD_OF_SITE_MAX } else { PAGE_MAX / 2 };
        let last = site.lanes.get(&contact).and_then(VecDeque::back).filter(|(_, last)| *last == after);
        let Some((last, _)) = last.filter(|_| site.entries < room && delivery.seq > after) else {
            return false;
        };
        if self.entry(*last).is_none_or(|entry| entry.withdrawn) {
            return false;
        }
        let place = self.insert(index, DeliveryRef { next_at: UnixMs(0), ..delivery });
        if let Some(lane) = self.sites[index].lanes.get_mut(&contact) {
            lane.push_back((place, delivery.seq));
        }
        true
    }

    /// Gives the room of a head that is due later, when there is one. A page holds what is due first.
    fn displace(&mut self, index: usize, due: UnixMs) -> Option<i64> {
        let (last_due, seq, place) = *self.sites[index].waiting.last()?;
        let lane = self.entry(place)?.lane;
        if last_due <= due || self.others_in_lane(index, lane) {
            return None;
        }
        self.drop_entry(place);
        self.sites[index].more_in_store(last_due);
        Some(seq)
    }

    pub(super) fn others_in_lane(&self, index: usize, lane: Lane) -> bool {
        match lane {
            Lane::Contact(contact) => self.sites[index].lanes.get(&contact).is_some_and(|lane| lane.len() > 1),
            Lane::Delivery(_) => false,
        }
    }

    fn insert(&mut self, site: usize, delivery: DeliveryRef) -> Place {
        let entry = Entry {
            seq: delivery.seq,
            site,
            webhook_id: delivery.webhook_id,
            lane: delivery.lane,
            due: delivery.next_at,
            state: State::Behind,
            withdrawn: false,
        };
        let place = if let Some(place) = self.free.pop() {
            self.entries[place as usize] = Some(entry);
            place
        } else {
            self.entries.push(Some(entry));
            (self.entries.len() - 1) as Place
        };
        self.by_seq.insert(delivery.seq, place);
        self.sites[site].entries += 1;
        self.past_pages += usize::from(self.sites[site].entries > PAGE_MAX);
        place
    }

    fn enter_lane(&mut self, place: Place, seq: i64, index: usize, lane: Lane) {
        let Lane::Contact(contact) = lane else {
            self.make_head(place);
            return;
        };
        let queue = self.sites[index].lanes.entry(contact).or_default();
        let Some((front, _)) = queue.front().copied() else {
            queue.push_back((place, seq));
            self.make_head(place);
            return;
        };
        let position = queue.iter().position(|(_, other)| *other > seq).unwrap_or(queue.len());
        let busy =
            self.entries[front as usize].as_ref().is_some_and(|entry| matches!(entry.state, State::InFlight { .. }));
        let position = if busy { position.max(1) } else { position };
        queue.insert(position, (place, seq));
        if position == 0 {
            self.unqueue(front);
            self.make_head(place);
        }
    }

    pub(super) fn entry(&self, place: Place) -> Option<&Entry> {
        self.entries.get(place as usize)?.as_ref()
    }

    pub(super) fn entry_mut(&mut self, place: Place) -> Option<&mut Entry> {
        self.entries.get_mut(place as usize)?.as_mut()
    }

    /// The entry is the head of its lane now: it waits for its time, or for its turn.
    pub(super) fn make_head(&mut self, place: Place) {
        let now = self.now;
        let Some(entry) = self.entry_mut(place) else {
            return;
        };
        let (index, webhook_id, seq, due) = (entry.site, entry.webhook_id, entry.seq, entry.due);
        let ready = due <= now;
        entry.state = if ready { State::Ready } else { State::Waiting };
        let site = &mut self.sites[index];
        if !ready {
            site.waiting.insert((due, seq, place));
        } else if let Some(member) = site.member_mut(webhook_id) {
            member.ready.push_back((place, seq));
            member.ready_count += 1;
        }
    }

    /// Takes a head out of what waits and what is ready.
    pub(super) fn unqueue(&mut self, place: Place) {
        let Some(entry) = self.entry_mut(place) else {
            return;
        };
        let (index, webhook_id, seq, due, state) = (entry.site, entry.webhook_id, entry.seq, entry.due, entry.state);
        entry.state = State::Behind;
        match state {
            State::Waiting => {
                self.sites[index].waiting.remove(&(due, seq, place));
            }
            State::Ready => {
                let entries = &self.entries;
                if let Some(member) = self.sites[index].member_mut(webhook_id) {
                    member.ready_count -= 1;
                    member.tidy(|place, seq| is_ready(entries, place, seq));
                }
            }
            State::Behind | State::InFlight { .. } => {}
        }
    }

    /// Forgets an entry; the next of its lane becomes the head.
    pub(super) fn drop_entry(&mut self, place: Place) {
        self.unqueue(place);
        let Some(entry) = self.entries.get_mut(place as usize).and_then(Option::take) else {
            return;
        };
        self.free.push(place);
        self.by_seq.remove(&entry.seq);
        let site = &mut self.sites[entry.site];
        self.past_pages -= usize::from(site.entries > PAGE_MAX);
        site.entries -= 1;
        let Lane::Contact(contact) = entry.lane else {
            return;
        };
        let Some(queue) = site.lanes.get_mut(&contact) else {
            return;
        };
        // A lane may be long; what leaves it stands at its front, as a rule.
        let at = queue.iter().position(|(other, _)| *other == place);
        let was_head = at == Some(0);
        if let Some(at) = at {
            queue.remove(at);
        }
        let next = queue.front().copied();
        if next.is_none() {
            site.lanes.remove(&contact);
        }
        if let Some((next, _)) = next.filter(|_| was_head) {
            self.make_head(next);
        }
    }

    /// Puts a site where it belongs after any change: into the round, to its next wake, among those that want a page.
    pub(super) fn settle(&mut self, index: usize) {
        let now = self.now;
        if self.sites[index].breaker.open().is_none() {
            while let Some((_, _, place)) = self.sites[index].waiting.first().copied().filter(|(due, _, _)| *due <= now)
            {
                self.sites[index].waiting.pop_first();
                self.make_head(place);
            }
        }
        self.ask_for_page(index);
        if self.may_claim(index) {
            let site = &mut self.sites[index];
            if site.queued != Some(site.class) {
                site.queued = Some(site.class);
                match site.class {
                    Class::Prompt => self.prompt.push_back(index),
                    Class::Other => self.other.push_back(index),
                }
            }
        }
        let wake = self.wake_of(index);
        let site = &mut self.sites[index];
        if site.wake != wake {
            if let Some(old) = std::mem::replace(&mut site.wake, wake) {
                self.wakes.remove(&(old, index));
            }
            if let Some(new) = wake {
                self.wakes.insert((new, index));
            }
        }
    }

    /// When time alone changes something for the site.
    fn wake_of(&self, index: usize) -> Option<UnixMs> {
        let site = &self.sites[index];
        if site.removed || site.gone {
            return None;
        }
        let future = |at: Option<UnixMs>| at.filter(|at| *at > self.now);
        let more = future(site.more_due);
        let held = future(site.held_until);
        let turn = if held.is_some() {
            held
        } else if let Some(open) = site.breaker.open() {
            future((!open.probing && site.entries > 0).then_some(open.probe_at))
        } else {
            let due = future(site.waiting.first().map(|(due, _, _)| *due));
            let with_turn = site.members.iter().filter(|member| member.has_turn());
            let slots = with_turn.filter_map(|member| future(member.rate.as_ref().map(super::rate::Rate::free_at)));
            due.into_iter().chain(slots).min()
        };
        turn.into_iter().chain(more).min()
    }

    fn ask_for_page(&mut self, index: usize) {
        let now = self.now;
        let site = &mut self.sites[index];
        let Some(due) = site.more_due.filter(|_| !site.wants_page && !site.removed) else {
            return;
        };
        // Room, or a page of heads that are due later than what the store holds. One that may not go anyway has no use for others.
        let busy = site.ready_count() + site.in_flight as usize;
        let stands = site.gone || site.breaker.open().is_some() || site.held_until.is_some_and(|until| until > now);
        if site.heads() <= PAGE_MAX / 2 || (due <= now && busy <= PAGE_MAX / 2 && !stands) {
            site.wants_page = true;
            self.wanting.push_back(index);
        }
    }

    /// Lanes that have room and of which the store has more: load up to [`PAGE_MAX`] heads by when they are due and offer them. Each is named once;
    /// when the store returned as many as were asked for, say so with [`page_was_cut`](Self::page_was_cut).
    pub fn wants_page(&mut self) -> Vec<WebhookId> {
        let mut wanted = Vec::new();
        while let Some(index) = self.wanting.pop_front() {
            let site = &mut self.sites[index];
            site.wants_page = false;
            if !site.removed {
                site.more_due = None;
                wanted.push(site.id);
                self.settle(index);
            }
        }
        wanted
    }

    /// The store has more heads of these lanes than were offered; the last one that was seen is due at `last_due`.
    pub fn page_was_cut(&mut self, lanes_id: WebhookId, last_due: UnixMs) {
        if let Some(index) = self.site_of(lanes_id) {
            self.sites[index].more_in_store(last_due);
            self.settle(index);
        }
    }

    /// When time alone makes something claimable. Ask it after [`claim`](Self::claim) returned fewer than asked for.
    pub fn next_wake(&self) -> Option<UnixMs> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// Attempts in flight.
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How lanes stand.
    pub fn view(&self, lanes_id: WebhookId) -> Option<SiteView> {
        let site = &self.sites[self.site_of(lanes_id)?];
        let open = site.breaker.open();
        Some(SiteView {
            in_flight: site.in_flight,
            held: site.entries,
            open_since: open.map(|open| open.since),
            probe_at: open.map(|open| open.probe_at),
            held_until: site.held_until.filter(|until| *until > self.now),
        })
    }

    /// Takes the time in. A clock that was set back takes what waits along, so that nothing waits longer for it.
    pub(super) fn observe(&mut self, now: UnixMs) {
        let back = self.now - now;
        if self.now.0 == i64::MIN || back <= 1_000 {
            self.now = self.now.max(now);
            return;
        }
        self.now = now;
        for index in 0..self.sites.len() {
            let site = &mut self.sites[index];
            site.held_until = site.held_until.map(|until| until + -back);
            site.more_due = site.more_due.map(|due| due + -back);
            site.breaker.set_back(back);
            for rate in site.members.iter_mut().filter_map(|member| member.rate.as_mut()) {
                rate.set_back(back);
            }
            self.shift_waiting(index, -back);
            self.settle(index);
        }
    }

    /// Moves what waits in a site by so many milliseconds.
    pub(super) fn shift_waiting(&mut self, index: usize, ms: i64) {
        let waiting = std::mem::take(&mut self.sites[index].waiting);
        for (due, seq, place) in waiting {
            if let Some(entry) = self.entry_mut(place) {
                entry.due = due + ms;
            }
            self.sites[index].waiting.insert((due + ms, seq, place));
        }
    }
}

pub(super) fn is_ready(entries: &[Option<Entry>], place: Place, seq: i64) -> bool {
    entries[place as usize].as_ref().is_some_and(|entry| entry.seq == seq && entry.state == State::Ready)
}
