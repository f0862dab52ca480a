//! Sends webhooks.
//!
//! One task owns the [`Dispatcher`]: it offers it the heads of lanes that commits made ready, claims what may go, starts an [`attempt`] for
//! each, and gathers what came back into commits ([`book`]). Claims are in memory only: nothing is written between an event's commit and its
//! request. A process that dies here finds every delivery in its store as the last commit left it; a receiver may then see one again, under the
//! same `webhook-id`.
//!
//! Nothing that was taken in hand is let go because the store can not be read for a moment: commands, changed bots, pages and claims are put back,
//! and looked at again after a rest.

mod attempt;
mod book;
mod control;
mod health;

use std::{collections::HashMap, sync::Arc, time::Duration};

use recado_delivery::{
    lanes::{Claim, DeliveryRef, Dispatcher, Lane, LanesSettings, Offered, PAGE_MAX},
    retry::DELAY_MS_MAX,
};
use recado_model::{BotId, UnixMs, WebhookId};
use recado_store::{
    StoreError,
    deliveries::{Follower, HealthChange, ReadyDelivery},
};
use tokio::{sync::mpsc, time::Instant};

pub use control::{Command, Control};

use self::{
    attempt::Done,
    book::{Book, Committed},
};
use crate::{runtime::registry::LiveBot, state::App};

/// New heads read at once.
const PAGE: usize = 512;
/// Attempts started in one go, before the loop looks at what came back.
const CLAIMS: usize = 256;
/// Attempts that are not committed yet; past it nothing new is started.
const UNCOMMITTED_MAX: usize = 8_192;
/// Between two looks for pages while there is much else to do.
const PAGES: Duration = Duration::from_millis(20);
/// A lost wake-up costs at most this.
const TICK: Duration = Duration::from_millis(500);
/// After the store could not be read.
const REST: Duration = Duration::from_millis(200);
/// After the store found something unreadable: it will hardly be different soon, and nobody else is to wait for it.
const REST_OF_UNREADABLE: Duration = Duration::from_secs(30);

/// What the task owns.
struct Dispatch {
    app: App,
    dispatcher: Dispatcher,
    /// What an attempt needs of each delivery that the dispatcher holds.
    heads: HashMap<i64, ReadyDelivery>,
    /// The webhooks of each bot that the dispatcher knows, with their lanes.
    known: HashMap<BotId, HashMap<WebhookId, WebhookId>>,
    /// New heads are read after this sequence. Earlier ones are on the pages of their webhooks. `None` before the first look.
    tail: Option<i64>,
    book: Book,
    done: mpsc::UnboundedSender<Done>,
}

/// Runs until the stop, then waits for the attempts under way and commits them.
pub async fn run(app: App) {
    let (done, mut ended) = mpsc::unbounded_channel();
    let book = Book::default();
    let mut dispatch = Dispatch {
        app: app.clone(),
        dispatcher: Dispatcher::default(),
        heads: HashMap::new(),
        known: HashMap::new(),
        tail: None,
        book,
        done,
    };
    let mut batch = Vec::with_capacity(CLAIMS);
    let mut look = true;
    let mut rest_until = Instant::now();
    let mut pages_at = Instant::now();
    loop {
        let now = Instant::now();
        look |= pages_at <= now && dispatch.dispatcher.wants_any_page();
        if look && rest_until <= now {
            if let Err(error) = dispatch.look().await {
                tracing::warn!(%error, "deliveries can not be read now");
                rest_until = Instant::now() + REST;
            }
            pages_at = Instant::now() + PAGES;
        }
        dispatch.start_attempts();
        dispatch.book.begin(&app.store);
        let wake = dispatch.wake_after(rest_until, pages_at);
        look = true;
        tokio::select! {
            () = app.stopping.cancelled() => break,
            count = ended.recv_many(&mut batch, CLAIMS) => {
                look = count == 0;
                batch.drain(..).for_each(|done| dispatch.take(done));
            }
            committed = dispatch.book.committed() => {
                look = false;
                dispatch.go_on_after(committed).await;
            }
            () = app.wakes.deliveries.notified() => {}
            () = tokio::time::sleep(wake) => {}
        }
    }
    dispatch.wind_up(&mut ended).await;
}

impl Dispatch {
    /// Takes in what changed in the store: bots, commands of users, new heads, pages.
    async fn look(&mut self) -> Result<(), StoreError> {
        let mut tail = match self.tail {
            Some(tail) => tail,
            None => self.begin().await?,
        };
        self.look_at_bots().await?;
        while let Some(command) = self.app.control.take() {
            match command {
                Command::Offer(head) => {
                    if let Err(error) = self.offer((*head).clone()).await {
                        self.app.control.put_back(Command::Offer(head));
                        return Err(error);
                    }
                }
                Command::Withdraw { seq } => {
                    self.dispatcher.withdraw(seq);
                    self.heads.remove(&seq);
                }
                Command::Hasten { seq, .. } if self.heads.contains_key(&seq) => {
                    self.dispatcher.hasten(seq, self.app.now());
                }
                // Only the store has it, with its new time.
                Command::Hasten { lanes_id, .. } => self.dispatcher.page_was_cut(lanes_id, UnixMs(0)),
            }
        }
        // What these follow was born before them: it is among the heads that are read now, or was here before.
        let followers = self.app.store.take_followers();
        loop {
            let (heads, up_to) = self.app.store.ready_since(tail, PAGE).await?;
            let more = heads.len() == PAGE;
            for head in heads {
                self.offer_as_read(head).await?;
            }
            tail = up_to.max(tail);
            self.tail = Some(tail);
            if !more {
                break;
            }
        }
        for follower in followers {
            self.offer_behind(follower);
        }
        self.look_at_pages().await
    }

    /// At the start, whoever has something pending is looked at as if it had just changed: so its pages are read. What is born after that is read in
    /// the order of its birth.
    async fn begin(&mut self) -> Result<i64, StoreError> {
        let (_, tail) = self.app.store.ready_since(0, 0).await?;
        for bot_id in self.app.store.bots_with_pending().await? {
            self.app.bots.mark_changed(bot_id);
        }
        self.tail = Some(tail);
        Ok(tail)
    }

    async fn look_at_bots(&mut self) -> Result<(), StoreError> {
        let mut changed = self.app.bots.take_changed().into_iter();
        while let Some(bot_id) = changed.next() {
            if let Err(error) = self.refresh(bot_id).await {
                self.app.bots.mark_changed(bot_id);
                changed.for_each(|left| self.app.bots.mark_changed(left));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Fills the sites that have room with heads that only the store holds.
    async fn look_at_pages(&mut self) -> Result<(), StoreError> {
        let mut wanting = self.dispatcher.wants_page().into_iter();
        while let Some(lanes_id) = wanting.next() {
            if let Err(error) = self.load_page(lanes_id).await {
                for left in std::iter::once(lanes_id).chain(wanting) {
                    self.dispatcher.page_was_cut(left, UnixMs(0));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    async fn load_page(&mut self, lanes_id: WebhookId) -> Result<(), StoreError> {
        let heads = self.app.store.ready_of(lanes_id, PAGE_MAX).await?;
        let cut = (heads.len() == PAGE_MAX).then(|| heads.last().map(|head| head.delivery.next_at)).flatten();
        for head in heads {
            self.offer_as_read(head).await?;
        }
        if let Some(last_due) = cut {
            self.dispatcher.page_was_cut(lanes_id, last_due);
        }
        Ok(())
    }

    /// Offers what was read from the store, which may be older than its last attempt: then it must not go again before that is recorded.
    async fn offer_as_read(&mut self, head: ReadyDelivery) -> Result<(), StoreError> {
        if self.book.has_open(head.delivery.seq) {
            self.dispatcher.page_was_cut(head.delivery.lanes_id, self.app.now() + REST.as_millis() as i64);
            return Ok(());
        }
        self.offer(head).await
    }

    /// Keeps a delivery that follows one that is here, so that it can go as soon as that comes to its end. Of any other the store keeps track.
    fn offer_behind(&mut self, Follower { after, head }: Follower) {
        if self.lanes_of(head.delivery.bot_id, head.delivery.webhook_id) == Some(head.delivery.lanes_id)
            && self.dispatcher.offer_behind(after, self.reference(&head))
        {
            self.heads.insert(head.delivery.seq, head);
        }
    }

    async fn go_on_after(&mut self, Committed { heads, passed_on, bots }: Committed) {
        for bot_id in bots {
            self.app.live.ring_bot(bot_id);
        }
        for next in passed_on.into_iter().filter(|next| !self.heads.contains_key(&next.seq)).collect::<Vec<_>>() {
            // It went back to the store before the store knew that its turn had come: no page may have had it.
            let lanes_id = self.lanes_of(next.bot_id, next.webhook_id).unwrap_or(next.lanes_id);
            self.dispatcher.page_was_cut(lanes_id, UnixMs(0));
        }
        for head in heads {
            let lanes_id = head.delivery.lanes_id;
            if let Err(error) = self.offer(head).await {
                tracing::warn!(%error, "a delivery stays in the store for now");
                self.dispatcher.page_was_cut(lanes_id, UnixMs(0));
            }
        }
    }

    async fn offer(&mut self, head: ReadyDelivery) -> Result<(), StoreError> {
        let delivery = &head.delivery;
        if self.lanes_of(delivery.bot_id, delivery.webhook_id).is_none() {
            self.refresh(delivery.bot_id).await?;
        }
        match self.lanes_of(delivery.bot_id, delivery.webhook_id) {
            // Paused, switched off or deleted: it stays in the store until the webhook is on again.
            None => return Ok(()),
            // Read before its webhook got another URL, or that is not known here yet: a page has it as it is now.
            Some(lanes_id) if lanes_id != delivery.lanes_id => {
                self.dispatcher.page_was_cut(lanes_id, UnixMs(0));
                return Ok(());
            }
            Some(_) => {}
        }
        match self.dispatcher.offer(self.reference(&head)) {
            Offered::Kept => {
                self.heads.insert(delivery.seq, head);
            }
            Offered::Displaced { seq } => {
                self.heads.remove(&seq);
                self.heads.insert(delivery.seq, head);
            }
            // It is looked for again: it may have ended by then.
            Offered::Elsewhere => {
                self.dispatcher.page_was_cut(delivery.lanes_id, self.app.now() + REST.as_millis() as i64);
            }
            Offered::Known | Offered::PageFull | Offered::UnknownLanes => {}
        }
        Ok(())
    }

    /// What the dispatcher needs of a delivery.
    fn reference(&self, head: &ReadyDelivery) -> DeliveryRef {
        let delivery = &head.delivery;
        let ordered =
            self.app.bots.peek(delivery.bot_id).and_then(|bot| Some(bot.webhook(delivery.webhook_id)?.webhook.ordered));
        let lane = if delivery.replay || ordered == Some(false) {
            Lane::Delivery(delivery.seq)
        } else {
            Lane::Contact(delivery.contact_id)
        };
        // What was never tried is due at once, also when the clock was a day ahead while it was made.
        let next_at = if head.requests == 0 { delivery.next_at.min(self.app.now()) } else { delivery.next_at };
        DeliveryRef { seq: delivery.seq, lanes_id: delivery.lanes_id, webhook_id: delivery.webhook_id, lane, next_at }
    }

    /// The lanes of a webhook that the dispatcher knows.
    fn lanes_of(&self, bot_id: BotId, webhook_id: WebhookId) -> Option<WebhookId> {
        self.known.get(&bot_id)?.get(&webhook_id).copied()
    }

    /// Brings the dispatcher in line with a bot's webhooks as they are now.
    async fn refresh(&mut self, bot_id: BotId) -> Result<(), StoreError> {
        let bot = self.app.bots.get(bot_id).await?;
        let now_on = bot.as_deref().map(webhooks_on).unwrap_or_default();
        let before = self.known.insert(bot_id, now_on.clone()).unwrap_or_default();
        for (gone, lanes_id) in before.iter().filter(|(id, lanes_id)| now_on.get(id) != Some(lanes_id)) {
            for seq in self.dispatcher.withdraw_webhook(*gone) {
                self.heads.remove(&seq);
            }
            // Another webhook in the same lanes may have heads now where those of this one were cancelled or moved away.
            self.dispatcher.page_was_cut(*lanes_id, UnixMs(0));
        }
        if let Some(bot) = bot {
            for (_, left) in before.iter().filter(|(id, lanes_id)| now_on.get(id).is_some_and(|now| now != *lanes_id)) {
                if bot.webhooks.iter().all(|live| live.webhook.lanes_id != *left) {
                    // Nobody has this receiver any more.
                    health::forget(self.dispatcher.view(*left));
                    self.dispatcher.remove(*left);
                }
            }
            for live in bot.webhooks.iter().filter(|live| now_on.contains_key(&live.webhook.id)) {
                self.dispatcher.set(&LanesSettings::of(&live.webhook));
                if before.get(&live.webhook.id) != Some(&live.webhook.lanes_id) {
                    // What waited while it was off is in the store only. If it was switched off for its failures, they are forgiven.
                    if live.webhook.failing_since.is_none() && !before.contains_key(&live.webhook.id) {
                        self.dispatcher.forgive(live.webhook.lanes_id);
                    }
                    if let Some(until) = live.webhook.held_until {
                        // The clock may have been set back since.
                        let longest = self.app.now() + DELAY_MS_MAX as i64;
                        self.dispatcher.hold(live.webhook.lanes_id, until.min(longest));
                    }
                }
                // What another one's pause, return or end made ready in the same lanes is in the store only.
                self.dispatcher.page_was_cut(live.webhook.lanes_id, UnixMs(0));
            }
        } else {
            self.known.remove(&bot_id);
        }
        Ok(())
    }

    fn start_attempts(&mut self) {
        if self.app.stopping.is_cancelled() || self.book.len() > UNCOMMITTED_MAX {
            return;
        }
        for claim in self.dispatcher.claim(self.app.now(), CLAIMS) {
            let Some(head) = self.heads.get(&claim.seq).cloned() else {
                self.release_to_store(claim.seq);
                self.dispatcher.page_was_cut(claim.lanes_id, UnixMs(0));
                continue;
            };
            let (app, done) = (self.app.clone(), self.done.clone());
            self.app.tasks.spawn(async move {
                // The receiver lives as long as the process; when it is gone, the store still has the delivery.
                let _ = done.send(attempt::attempt(&app, claim, head).await);
            });
        }
    }

    fn take(&mut self, done: Done) {
        let now = self.app.now();
        let mut attempted = match done {
            Done::NotWanted { seq } => return self.release_to_store(seq),
            Done::NotNow { claim, error } => return self.attempt_later(&claim, &error),
            Done::Attempted(attempted) => attempted,
        };
        let seq = attempted.commit.delivery_seq;
        let finished = self.dispatcher.finish(seq, now, &attempted.finish);
        if finished.forgotten {
            self.heads.remove(&seq);
        } else if let Some(head) = self.heads.get_mut(&seq) {
            head.requests = attempted.commit.attempt.number;
            attempt::carry(&mut head.delivery, attempted.commit.outcome);
        }
        health::note(&self.app, &attempted, &finished);
        let told = HealthChange {
            webhook_id: attempted.webhook_id,
            lanes_id: attempted.lanes_id,
            failing_since: finished.failing_since,
            held_until: attempted.finish.hold_until,
        };
        attempted.commit.next = finished.next;
        self.book.add(attempted.commit, attempted.bot_id, told);
    }

    /// A claim that is not attempted, and what is held behind it: the store knows what becomes of them.
    fn release_to_store(&mut self, seq: i64) {
        self.dispatcher.release(seq, self.app.now());
        self.heads.remove(&seq);
        for gone in self.dispatcher.withdraw_lane(seq) {
            self.heads.remove(&gone);
        }
    }

    /// The claim goes back, and its webhook rests a little, so that the store is not asked again and again.
    fn attempt_later(&mut self, claim: &Claim, error: &StoreError) {
        tracing::warn!(%error, webhook = %claim.webhook_id, "a delivery can not be attempted now");
        let rest = if matches!(error, StoreError::Corrupt { .. }) { REST_OF_UNREADABLE } else { REST };
        let now = self.app.now();
        if !self.dispatcher.release(claim.seq, now) {
            self.heads.remove(&claim.seq);
        }
        self.dispatcher.hold(claim.lanes_id, now + rest.as_millis() as i64);
    }

    /// How long the loop may sleep: through a rest, else to the next look for pages if there is one, else to what is due.
    fn wake_after(&self, rest_until: Instant, pages_at: Instant) -> Duration {
        let now = Instant::now();
        if rest_until > now {
            return rest_until - now;
        }
        let pages = self.dispatcher.wants_any_page().then(|| pages_at.saturating_duration_since(now));
        pages.map_or_else(|| self.next_wake(), |pages| pages.min(self.next_wake()))
    }

    fn next_wake(&self) -> Duration {
        let due = self.dispatcher.next_wake().map(|at| Duration::from_millis((at - self.app.now()).max(1) as u64));
        due.map_or(TICK, |due| due.min(TICK))
    }

    /// At a stop: attempts under way come to their end and are committed. What is cut short is repeated by the next start.
    async fn wind_up(mut self, ended: &mut mpsc::UnboundedReceiver<Done>) {
        loop {
            self.book.begin(&self.app.store);
            if self.dispatcher.in_flight() == 0 && self.book.is_empty() {
                return;
            }
            tokio::select! {
                Some(done) = ended.recv() => self.take(done),
                _ = self.book.committed() => {}
            }
        }
    }
}

fn webhooks_on(bot: &LiveBot) -> HashMap<WebhookId, WebhookId> {
    let on = bot.webhooks.iter().filter(|live| live.webhook.state.is_on() && live.is_readable);
    on.map(|live| (live.webhook.id, live.webhook.lanes_id)).collect()
}

/// A shared handle for those who act on single deliveries.
pub type SharedControl = Arc<Control>;
