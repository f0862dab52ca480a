//! What is taken back before it was sent.

use std::collections::HashSet;

use recado_model::WebhookId;

use super::{
    Dispatcher, Lane,
    dispatcher::{Entry, State},
    site::Site,
};

impl Dispatcher {
    /// Forgets lanes and what waits in them. Attempts in flight end as they may. Returns the forgotten deliveries.
    pub fn remove(&mut self, lanes_id: WebhookId) -> Vec<i64> {
        let Some(index) = self.site_of(lanes_id) else {
            return Vec::new();
        };
        let gone = self.withdraw_where(|entry| entry.site == index);
        let old = std::mem::replace(&mut self.sites[index], Site::new(lanes_id, None));
        let site = &mut self.sites[index];
        // What refers to the place by its index stays true.
        (site.in_flight, site.entries, site.lanes, site.members) = (old.in_flight, old.entries, old.lanes, old.members);
        (site.queued, site.wants_page, site.wake, site.removed) = (old.queued, old.wants_page, old.wake, true);
        self.settle(index);
        gone
    }

    /// Forgets what waits for one webhook (it was paused, switched off or deleted), and leaves the heads of others in its lanes. Whether those behind
    /// others may still go when their turn comes only the store can tell: they are forgotten too. Returns the forgotten.
    pub fn withdraw_webhook(&mut self, webhook_id: WebhookId) -> Vec<i64> {
        let sites: HashSet<usize> = self
            .entries
            .iter()
            .flatten()
            .filter(|entry| entry.webhook_id == webhook_id)
            .map(|entry| entry.site)
            .collect();
        let behind = |entry: &Entry| entry.state == State::Behind && sites.contains(&entry.site);
        let mut gone = self.withdraw_where(behind);
        gone.extend(self.withdraw_where(|entry| entry.webhook_id == webhook_id));
        gone
    }

    /// Forgets a delivery and what is held behind it in its lane: only the store can tell what becomes of them. Returns the forgotten.
    pub fn withdraw_lane(&mut self, seq: i64) -> Vec<i64> {
        let Some(entry) = self.by_seq.get(&seq).and_then(|place| self.entry(*place)) else {
            return Vec::new();
        };
        let mut gone: Vec<i64> = match entry.lane {
            Lane::Contact(contact) => {
                let lane = self.sites[entry.site].lanes.get(&contact);
                lane.into_iter().flatten().map(|(_, other)| *other).filter(|other| *other > seq).collect()
            }
            Lane::Delivery(_) => Vec::new(),
        };
        gone.push(seq);
        for seq in &gone {
            self.withdraw(*seq);
        }
        gone
    }

    fn withdraw_where(&mut self, which: impl Fn(&Entry) -> bool) -> Vec<i64> {
        let gone: Vec<i64> =
            self.entries.iter().flatten().filter(|entry| which(entry)).map(|entry| entry.seq).collect();
        for seq in &gone {
            self.withdraw(*seq);
        }
        gone
    }

    /// Forgets a delivery (it was cancelled). One in flight ends as it may, and nothing follows from it. Whether it was here.
    pub fn withdraw(&mut self, seq: i64) -> bool {
        let Some(place) = self.by_seq.get(&seq).copied() else {
            return false;
        };
        let Some(entry) = self.entry_mut(place) else {
            return false;
        };
        if matches!(entry.state, State::InFlight { .. }) {
            entry.withdrawn = true;
            return true;
        }
        let index = entry.site;
        self.drop_entry(place);
        self.settle(index);
        true
    }
}
