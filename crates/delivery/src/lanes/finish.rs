//! What the end of an attempt changes.

use recado_model::{OffReason, Outcome, UnixMs, WebhookId};

use super::{
    Dispatcher, Finish, Finished, Lane, PAGE_MAX, PROMPT_MS, SWITCH_OFF_FAILURES, SWITCH_OFF_MS,
    dispatcher::State,
    site::{Class, Place},
};
use crate::outcome::Health;

impl Dispatcher {
    /// Takes in how a claimed attempt ended. Call it when the attempt is judged, commit the attempt with what this returns, then offer the heads
    /// that the commit returns. When the commit fails, the store still has the delivery as it was: offer it again.
    pub fn finish(&mut self, seq: i64, now: UnixMs, finish: &Finish) -> Finished {
        self.observe(now);
        let Some((place, index, probe, withdrawn)) = self.leave_flight(seq) else {
            return Finished { forgotten: true, ..Finished::default() };
        };
        let mut finished = self.judge_site(place, index, probe, finish);
        if !withdrawn && matches!(finish.outcome, Outcome::Delivered | Outcome::Failed) {
            finished.next = self.behind(place);
        }
        finished.forgotten =
            if withdrawn { self.forget(place) } else { self.place_again(place, index, finish.outcome) };
        if let Some(until) = finish.hold_until {
            let site = &mut self.sites[index];
            site.held_until = Some(site.held_until.map_or(until, |known| known.max(until)));
        }
        // Until the switch-off is known here, every further attempt would only fail one more event.
        self.sites[index].gone |= finish.gone;
        self.settle(index);
        finished
    }

    /// Takes a claim back that was not attempted: the delivery is ready again, and nothing is held against anybody. Returns whether it is held here
    /// still: one that was withdrawn meanwhile is forgotten.
    pub fn release(&mut self, seq: i64, now: UnixMs) -> bool {
        self.observe(now);
        let Some((place, index, probe, withdrawn)) = self.leave_flight(seq) else {
            return false;
        };
        if probe {
            self.sites[index].breaker.probe_released();
        }
        if withdrawn {
            self.forget(place);
        } else {
            self.make_head(place);
        }
        self.settle(index);
        !withdrawn
    }

    /// Forgets since when everything failed: a user switched it on again.
    pub fn forgive(&mut self, lanes_id: WebhookId) {
        if let Some(index) = self.site_of(lanes_id) {
            let site = &mut self.sites[index];
            (site.failing_since, site.failures) = (None, 0);
        }
    }

    fn leave_flight(&mut self, seq: i64) -> Option<(Place, usize, bool, bool)> {
        let place = self.by_seq.get(&seq).copied()?;
        let entry = self.entry_mut(place)?;
        let State::InFlight { class, probe } = entry.state else {
            return None;
        };
        entry.state = State::Behind;
        let (index, webhook_id, withdrawn) = (entry.site, entry.webhook_id, entry.withdrawn);
        self.sites[index].in_flight -= 1;
        if let Some(member) = self.sites[index].member_mut(webhook_id) {
            member.in_flight -= 1;
        }
        self.in_flight -= 1;
        if class == Class::Other {
            self.other_in_flight -= 1;
        }
        Some((place, index, probe, withdrawn))
    }

    /// The one right behind the head of a lane.
    fn behind(&self, place: Place) -> Option<i64> {
        let entry = self.entry(place)?;
        let Lane::Contact(contact) = entry.lane else {
            return None;
        };
        self.sites[entry.site].lanes.get(&contact)?.get(1).map(|(_, seq)| *seq)
    }

    fn forget(&mut self, place: Place) -> bool {
        self.drop_entry(place);
        true
    }

    /// The delivery's next place. Whether it is forgotten here.
    fn place_again(&mut self, place: Place, index: usize, outcome: Outcome) -> bool {
        let Some(lane) = self.entry(place).map(|entry| entry.lane) else {
            return true;
        };
        match outcome {
            Outcome::Delivered => {
                self.sites[index].remember(lane, false);
                self.forget(place)
            }
            Outcome::Failed => {
                self.sites[index].remember(lane, true);
                self.forget(place)
            }
            Outcome::Retry { at } => {
                let site = &self.sites[index];
                let sooner_in_store = site.heads() > PAGE_MAX / 2 && site.more_due.is_some_and(|due| due < at);
                if sooner_in_store && !self.others_in_lane(index, lane) {
                    self.sites[index].more_in_store(at);
                    return self.forget(place);
                }
                self.due_at(place, at);
                false
            }
            Outcome::Probed { .. } => {
                // While the breaker is open only probes go out; when it closes, this one is first to go.
                self.due_at(place, self.now);
                false
            }
        }
    }

    fn due_at(&mut self, place: Place, at: UnixMs) {
        if let Some(entry) = self.entry_mut(place) {
            entry.due = at;
        }
        self.make_head(place);
    }

    fn judge_site(&mut self, place: Place, index: usize, probe: bool, finish: &Finish) -> Finished {
        let now = self.now;
        let lane = self.entry(place).map(|entry| entry.lane);
        let site = &mut self.sites[index];
        let mut finished = Finished::default();
        let well = finish.health == Health::Well;
        site.class = if well && finish.took_ms <= PROMPT_MS { Class::Prompt } else { Class::Other };
        match finish.health {
            Health::Well | Health::Answers => {
                if let Some(since) = site.breaker.answered() {
                    finished.closed = true;
                    // The schedule's clock stood still.
                    self.shift_waiting(index, (now - since).max(0));
                }
            }
            Health::Unwell => {
                finished.opened = lane.is_some_and(|lane| site.breaker.failed(lane, now));
                if probe {
                    site.breaker.probe_failed(now);
                }
            }
            Health::NotAsked => {
                if probe {
                    site.breaker.probe_failed(now);
                }
            }
        }
        let site = &mut self.sites[index];
        if well {
            site.failures = 0;
            if site.failing_since.take().is_some() {
                finished.failing_since = Some(None);
            }
            return finished;
        }
        site.failures = site.failures.saturating_add(1);
        let since = *site.failing_since.get_or_insert_with(|| {
            finished.failing_since = Some(Some(now));
            now
        });
        if finish.gone {
            finished.switch_off = Some(OffReason::Gone);
        } else if now - since >= SWITCH_OFF_MS && site.failures >= SWITCH_OFF_FAILURES {
            finished.switch_off = Some(OffReason::Failing);
        }
        finished
    }
}
