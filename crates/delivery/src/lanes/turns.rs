//! Claims: whose turn it is.

use recado_model::UnixMs;

use super::{
    Claim, Dispatcher, Lane,
    dispatcher::{State, is_ready},
    site::{Class, Place, Site},
};

impl Dispatcher {
    /// Up to `max` deliveries whose turn it is at `now`. Each is in flight until [`finish`](Self::finish) or [`release`](Self::release).
    pub fn claim(&mut self, now: UnixMs, max: usize) -> Vec<Claim> {
        self.observe(now);
        while let Some((at, index)) = self.wakes.first().copied().filter(|(at, _)| *at <= self.now) {
            self.wakes.remove(&(at, index));
            self.sites[index].wake = None;
            self.settle(index);
        }
        let mut claims = Vec::new();
        while claims.len() < max
            && self.in_flight < self.in_flight_max
            && let Some(index) = self.next_site()
        {
            claims.extend(self.claim_of(index));
            self.settle(index);
        }
        claims
    }

    /// Whether [`wants_page`](Self::wants_page) would name lanes.
    pub fn wants_any_page(&self) -> bool {
        !self.wanting.is_empty()
    }

    /// The next site in turn. The classes alternate.
    fn next_site(&mut self) -> Option<usize> {
        let others_may = self.other_in_flight < self.other_max;
        self.prompt_next = !self.prompt_next;
        let (first, second) =
            if self.prompt_next { (Class::Prompt, Class::Other) } else { (Class::Other, Class::Prompt) };
        for class in [first, second] {
            if class == Class::Other && !others_may {
                continue;
            }
            loop {
                let round = match class {
                    Class::Prompt => &mut self.prompt,
                    Class::Other => &mut self.other,
                };
                let Some(index) = round.pop_front() else {
                    break;
                };
                if self.sites[index].queued == Some(class) {
                    self.sites[index].queued = None;
                    return Some(index);
                }
            }
        }
        None
    }

    fn claim_of(&mut self, index: usize) -> Option<Claim> {
        if !self.may_claim(index) {
            return None;
        }
        let probe = self.sites[index].breaker.open().is_some();
        let place = if probe { self.probe_candidate(index)? } else { self.pop_ready(index)? };
        let class = self.sites[index].class;
        let now = self.now;
        let entry = self.entry_mut(place)?;
        entry.state = State::InFlight { class, probe };
        let (seq, webhook_id, lane) = (entry.seq, entry.webhook_id, entry.lane);
        let site = &mut self.sites[index];
        site.in_flight += 1;
        if let Some(member) = site.member_mut(webhook_id) {
            member.in_flight += 1;
            if let Some(rate) = &mut member.rate {
                rate.take(now);
            }
        }
        if probe {
            site.breaker.probe_started(lane);
        }
        self.in_flight += 1;
        if class == Class::Other {
            self.other_in_flight += 1;
        }
        let single_attempt = matches!(lane, Lane::Contact(contact) if site.failed_lanes.contains(&contact));
        let probe_again_at = site.breaker.probe_again_at(now);
        Some(Claim { seq, lanes_id: site.id, webhook_id, probe, probe_again_at, single_attempt })
    }

    /// The head that became due first, of the webhook of the site whose turn it is.
    fn pop_ready(&mut self, index: usize) -> Option<Place> {
        let (entries, now) = (&self.entries, self.now);
        let site = &mut self.sites[index];
        let count = site.members.len();
        let mut in_turn = (0..count).map(|step| (site.next_member + step) % count);
        let chosen = in_turn.find(|at| site.members[*at].may_claim(now))?;
        site.next_member = chosen + 1;
        let member = &mut site.members[chosen];
        while let Some((place, seq)) = member.ready.pop_front() {
            if is_ready(entries, place, seq) {
                member.ready_count -= 1;
                return Some(place);
            }
        }
        None
    }

    /// A head for a probe: of another lane than the last probe's if there is one, and a due one if there is one.
    fn probe_candidate(&mut self, index: usize) -> Option<Place> {
        let site = &self.sites[index];
        let last = site.breaker.open()?.last_lane;
        let ready = site.members.iter().flat_map(|member| &member.ready);
        let ready = ready.filter(|(place, seq)| is_ready(&self.entries, *place, *seq)).map(|(place, _)| *place);
        let heads = ready.chain(site.waiting.iter().map(|(_, _, place)| *place));
        let mut chosen = None;
        for place in heads {
            let differs = self.entry(place).is_some_and(|entry| Some(entry.lane) != last);
            if chosen.is_none() || differs {
                chosen = Some(place);
            }
            if differs {
                break;
            }
        }
        let place = chosen?;
        self.unqueue(place);
        for member in &mut self.sites[index].members {
            member.ready.retain(|(other, _)| *other != place);
        }
        Some(place)
    }

    /// Whether nothing but its place in the round stands between the site and a slot.
    pub(super) fn may_claim(&self, index: usize) -> bool {
        let site = &self.sites[index];
        if site.removed || site.gone || site.held_until.is_some_and(|until| until > self.now) {
            return false;
        }
        if let Some(open) = site.breaker.open() {
            return !open.probing && open.probe_at <= self.now && site.ready_count() + site.waiting.len() > 0;
        }
        site.in_flight < self.slots_of(site) && site.members.iter().any(|member| member.may_claim(self.now))
    }

    /// How many slots a site may use beside what its webhooks' settings say: its share when slots are scarce.
    fn slots_of(&self, site: &Site) -> u32 {
        let scarce = site.class == Class::Other && self.other_in_flight * 2 > self.other_max;
        if !scarce {
            return u32::MAX;
        }
        let share = self.other_max / (self.other.len() + 1);
        u32::try_from(share).unwrap_or(u32::MAX).max(1)
    }
}
