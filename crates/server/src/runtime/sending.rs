//! One message on its way: wait for its moment, render it, send it request by request, commit what the messenger answered.

use std::time::Duration;

use recado_channels::{Address, Channel, Rendered, Request, SendOutcome};
use recado_flow::Input;
use recado_model::{Contact, UnixMs};
use recado_store::{
    StoreError,
    outbox::{QueuedMessage, SendCommit},
};

use super::{
    inbox::To,
    messenger,
    outbox::Outbox,
    outgoing::{self, Sent},
    registry::LiveBot,
};
use crate::state::App;

/// A message that could not be sent for so long fails.
const GIVE_UP_MS: i64 = 24 * 3_600_000;
/// And after no fewer tries: a clock that jumps ahead by a day fails nothing.
const GIVE_UP_TRIES: u32 = 20;
/// A clock that went back by more than this was set; by less, it was adjusted.
const SET_BACK_MS: i64 = 1_000;
/// After the store refused.
const STORE_RETRY_MS: i64 = 500;
/// The longest wait between two tries.
const RETRY_MAX_MS: i64 = 5 * 60_000;

/// Sends the message to its end (sent, failed, or no longer wanted). `false` when the process stops first: it stays queued.
pub async fn send(app: &App, outbox: &Outbox, queued: QueuedMessage) -> bool {
    let (not_before, seen) = (queued.message.not_before, queued.message.at);
    let mut state = Sending { tries: queued.tries, taken: 0, fresh: true, not_before, seen };
    loop {
        if !state.wait(app, outbox, &queued).await {
            return false;
        }
        if !state.fresh && !still_queued(app, queued.seq).await {
            return true;
        }
        let commit = match state.attempt(app, outbox, &queued).await {
            Ok(Some(commit)) => commit,
            Ok(None) => return true,
            Err(error) => {
                tracing::warn!(%error, "a queued message can not be sent now");
                (state.not_before, state.fresh) = (app.now() + STORE_RETRY_MS, false);
                continue;
            }
        };
        let again_at = match &commit.result {
            recado_store::outbox::SendResult::Later { at } => Some(*at),
            recado_store::outbox::SendResult::Sent { .. } | recado_store::outbox::SendResult::Failed { .. } => None,
        };
        if !record(app, commit).await {
            return false;
        }
        let Some(at) = again_at else {
            app.live.ring_contact(queued.message.contact_id);
            app.live.ring_bot(queued.message.bot_id);
            return true;
        };
        (state.not_before, state.fresh) = (at, false);
        state.tries += 1;
    }
}

struct Sending {
    tries: u32,
    /// Requests of the message that the messenger took already.
    taken: usize,
    /// It was just read from the store.
    fresh: bool,
    not_before: UnixMs,
    /// The time when it was last looked at; at first, when the message was made.
    seen: UnixMs,
}

impl Sending {
    /// A clock that was set back takes the message's moment with it: else seconds would last as long as the clock went back.
    fn follow(&mut self, now: UnixMs) {
        let back = self.seen - now;
        if back > SET_BACK_MS {
            self.not_before = self.not_before + -back;
        }
        self.seen = now;
    }

    /// Waits for the message's moment and the bot's pace. `false` when the process stops.
    async fn wait(&mut self, app: &App, outbox: &Outbox, queued: &QueuedMessage) -> bool {
        let Ok(Some(bot)) = app.bots.get(queued.message.bot_id).await else {
            return true;
        };
        let mut typing_shown = false;
        loop {
            let now = app.now();
            self.follow(now);
            let ready = if now < self.not_before {
                self.not_before
            } else {
                match outbox.pace(bot.bot.id, bot.bot.service, &queued.identity, now) {
                    Ok(()) => return true,
                    Err(at) => at,
                }
            };
            self.fresh = false;
            if !typing_shown && ready - now >= 1_000 {
                typing_shown = true;
                show_typing(app, &bot, queued).await;
            }
            tokio::select! {
                () = app.stopping.cancelled() => return false,
                () = tokio::time::sleep(Duration::from_millis((ready - now).clamp(1, 5_000) as u64)) => {}
            }
        }
    }

    /// One try. `None` when there is nothing to commit (the bot is gone).
    async fn attempt(
        &mut self,
        app: &App,
        outbox: &Outbox,
        queued: &QueuedMessage,
    ) -> Result<Option<SendCommit>, StoreError> {
        let Some(bot) = app.bots.get(queued.message.bot_id).await? else {
            return Ok(None);
        };
        let loaded = app.store.load_contact(queued.message.contact_id).await?;
        let contact = loaded.as_ref().map(|loaded| &loaded.contact);
        let now = app.now();
        let fail =
            |code: &str, words: String| Ok(Some(outgoing::failed(&bot, contact, queued, code.to_owned(), words, now)));
        let Some(channel) = Channel::of(bot.bot.service) else {
            return fail("no_channel", "this server has no such channel".to_owned());
        };
        let mut to = Address::of(&queued.identity);
        to.payment_token = bot.secrets.channel.get("payment_token").map(String::as_str);
        let outcome = match channel.render(&queued.message, &to) {
            Err(problem) => return fail("unsayable", problem.to_string()),
            Ok(Rendered::Shown(outcome)) => *outcome,
            Ok(Rendered::Requests(requests)) => self.requests(app, &bot, channel, &requests).await,
        };
        Ok(Some(judge(app, outbox, &bot, contact, queued, (outcome, self.tries), now)))
    }

    async fn requests(&mut self, app: &App, bot: &LiveBot, channel: Channel, requests: &[Request]) -> SendOutcome {
        let mut last =
            SendOutcome::Failed { code: "unsayable".to_owned(), message: "there is nothing to send".to_owned() };
        for request in &requests[self.taken.min(requests.len())..] {
            last = match messenger::call(app, bot, request).await {
                Ok((status, body)) => channel.outcome(request, status, &body),
                Err(words) => {
                    tracing::debug!(bot = %bot.bot.id, words, "the messenger can not be reached");
                    SendOutcome::Retry { after_ms: 1_000 << self.tries.min(8) }
                }
            };
            match &last {
                SendOutcome::Sent { .. } => self.taken += 1,
                SendOutcome::Retry { .. }
                | SendOutcome::Blocked
                | SendOutcome::WindowClosed
                | SendOutcome::TokenDead { .. }
                | SendOutcome::Failed { .. } => break,
            }
        }
        last
    }
}

/// What the messenger's answer means for the message.
fn judge(
    app: &App,
    outbox: &Outbox,
    bot: &LiveBot,
    contact: Option<&Contact>,
    queued: &QueuedMessage,
    (outcome, tries): (SendOutcome, u32),
    now: UnixMs,
) -> SendCommit {
    if let Some(sent) = Sent::of(&outcome) {
        return outgoing::sent(bot, contact, queued, sent, now);
    }
    let (code, words) = match outcome {
        SendOutcome::Retry { after_ms } if now - queued.message.at < GIVE_UP_MS || tries < GIVE_UP_TRIES => {
            let at = now + (after_ms as i64).clamp(1_000, RETRY_MAX_MS.max(after_ms as i64));
            outbox.hold(bot.bot.id, at, now);
            return outgoing::later(queued, at);
        }
        SendOutcome::Retry { .. } => {
            ("gave_up".to_owned(), "the messenger could not be reached for 24 hours".to_owned())
        }
        SendOutcome::Blocked => {
            tell_blocked(app, queued);
            ("blocked".to_owned(), "the contact blocked the bot".to_owned())
        }
        SendOutcome::WindowClosed => {
            ("window_closed".to_owned(), "the messenger's window for answers is closed".to_owned())
        }
        SendOutcome::TokenDead { message } => ("token".to_owned(), message),
        SendOutcome::Failed { code, message } => (code, message),
        SendOutcome::Sent { .. } => (String::new(), String::new()),
    };
    outgoing::failed(bot, contact, queued, code, words, now)
}

/// The contact's own lane learns that it blocked the bot.
fn tell_blocked(app: &App, queued: &QueuedMessage) {
    let (app, bot_id, contact_id) = (app.clone(), queued.message.bot_id, queued.message.contact_id);
    app.tasks.clone().spawn(async move {
        if let Err(error) = app.inbox.submit(bot_id, To::Contact(contact_id), Input::SendBlocked).await {
            tracing::warn!(%error, "a contact that blocked the bot can not be marked now; the next message tells again");
        }
    });
}

async fn show_typing(app: &App, bot: &LiveBot, queued: &QueuedMessage) {
    let Some(channel) = Channel::of(bot.bot.service) else {
        return;
    };
    if let Some(request) = channel.typing(&Address::of(&queued.identity)) {
        // Best effort: a person who sees no "typing" misses nothing.
        let _ = messenger::call(app, bot, &request).await;
    }
}

async fn still_queued(app: &App, seq: i64) -> bool {
    app.store.is_queued(seq).await.unwrap_or(true)
}

/// Commits what came back, again and again until the store takes it. `false` when the process stops first.
async fn record(app: &App, commit: SendCommit) -> bool {
    loop {
        match app.store.commit_sends(vec![commit.clone()]).await {
            Ok(ready) => {
                if ready {
                    app.wakes.deliveries.notify_one();
                }
                return true;
            }
            Err(error) => tracing::warn!(%error, "a messenger's answer can not be recorded now"),
        }
        tokio::select! {
            () = app.stopping.cancelled() => return false,
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}
