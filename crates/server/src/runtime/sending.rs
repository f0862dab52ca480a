//! One message on its way: wait for its moment, render it, send it request by request, commit what the messenger answered.
//!
//! Each request is a message to the messenger and waits for its own place in the pace.

use std::{pin::Pin, time::Duration};

use recado_channels::{Address, Channel, Rendered, Request, SendOutcome, telegram};
use recado_flow::Input;
use recado_model::{Contact, Part, Service, UnixMs};
use recado_store::{
    StoreError,
    outbox::{QueuedMessage, SendCommit, SendResult},
    turns::LogLine,
};
use tokio::time::MissedTickBehavior;

use super::{
    connection,
    inbox::To,
    media::{self, Unfetchable},
    messenger,
    outbox::{Outbox, Taken},
    outgoing::{self, Sent},
    registry::LiveBot,
};
use crate::state::App;

/// A message that could not be sent for so long fails.
const GIVE_UP_MS: i64 = 24 * 3_600_000;
/// And after no fewer tries: a clock that jumps ahead by a day fails nothing, nor does a long wait for the bot to be connected.
const GIVE_UP_TRIES: u32 = 20;
/// A clock that went back by more than this was set; by less, it was adjusted.
const SET_BACK_MS: i64 = 1_000;
/// After the store refused.
const STORE_RETRY_MS: i64 = 500;
/// The wait after the first try that the messenger did not take; doubled with each further one, 5 times at most.
const RETRY_MS: i64 = 1_000;
/// How long a lost wake-up of a message that waits for its bot can cost.
const CONNECTION_TICK: Duration = Duration::from_secs(5);
/// The shortest wait for the pace of a message that nobody waits for: thousands may ask.
const BULK_WAIT_MS: i64 = 200;
/// Messages that are looked back at for a keyboard that still stands.
const LOOK_BACK: usize = 10;
/// Tries of a file that can not be fetched now; then the message goes with a link instead.
const FILE_TRIES: u32 = 3;
/// Telegram shows "typing" for 5 s.
const TYPING: Duration = Duration::from_millis(4_500);
/// A rest of a delay that is not worth a "typing": it could come after the message.
const TYPING_MIN_MS: i64 = 1_000;

/// Sends the message to its end (sent, failed, or no longer wanted). `false` when the process stops first: it stays queued.
pub async fn send(app: &App, outbox: &Outbox, Taken { queued, is_old }: Taken) -> bool {
    let mut state = Sending {
        tries: queued.tries,
        taken: 0,
        fresh: !is_old,
        uploaded: own_files(app, &queued.message.part),
        linked: Vec::new(),
        not_before: queued.message.not_before,
        seen: queued.message.at,
    };
    loop {
        if !state.wait(app, outbox, &queued).await {
            return false;
        }
        if !state.fresh && !still_queued(app, queued.seq).await {
            return true;
        }
        let commit = match state.attempt(app, outbox, &queued).await {
            Ok(Next::Commit(commit)) => *commit,
            Ok(Next::Again) => {
                state.fresh = false;
                continue;
            }
            Ok(Next::Gone) => return true,
            Err(error) => {
                tracing::warn!(%error, "a queued message can not be sent now");
                (state.not_before, state.fresh) = (app.now() + STORE_RETRY_MS, false);
                continue;
            }
        };
        let again_at = match &commit.result {
            SendResult::Later { at } => Some(*at),
            SendResult::Sent { .. } | SendResult::Failed { .. } => None,
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
    /// URLs of its files that are uploaded: our own, and those that the messenger could not fetch.
    uploaded: Vec<String>,
    /// URLs of its files that go as links: they can not be uploaded either.
    linked: Vec<String>,
    not_before: UnixMs,
    /// The time when it was last looked at; at first, when the message was made.
    seen: UnixMs,
}

/// What follows a try.
enum Next {
    /// This is committed.
    Commit(Box<SendCommit>),
    /// Another try, once the message may be sent.
    Again,
    /// The bot is gone.
    Gone,
}

/// What a try came to.
enum Tried {
    /// The messenger answered, or could not be reached.
    Outcome(SendOutcome),
    /// The messenger took a request, and more follow.
    Part,
    /// The file at this URL can not be fetched.
    NoFile(String, Unfetchable),
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

    /// Waits for the message's moment, the bot's connection and its pace. `false` when the process stops.
    async fn wait(&mut self, app: &App, outbox: &Outbox, queued: &QueuedMessage) -> bool {
        let mut typing: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(std::future::pending());
        let mut typing_shown = false;
        loop {
            let connected = app.wakes.connections.notified();
            let Ok(Some(bot)) = app.bots.get(queued.message.bot_id).await else {
                return true;
            };
            if !bot.can_send() {
                self.fresh = false;
                tokio::select! {
                    () = app.stopping.cancelled() => return false,
                    () = connected => {}
                    () = tokio::time::sleep(CONNECTION_TICK) => {}
                }
                continue;
            }
            let now = app.now();
            self.follow(now);
            let ready = if now < self.not_before {
                self.not_before
            } else {
                match outbox.pace(bot.bot.service, queued, now) {
                    Ok(()) => return true,
                    Err(at) if queued.bulk => at.max(now + BULK_WAIT_MS),
                    Err(at) => at,
                }
            };
            self.fresh = false;
            // A try that is repeated, or a place in the queue, is no delay that a person should see.
            if !typing_shown && self.tries == 0 && now < self.not_before {
                typing_shown = true;
                typing = Box::pin(keep_typing(app, queued, self.not_before));
            }
            tokio::select! {
                () = app.stopping.cancelled() => return false,
                () = &mut typing => {}
                () = tokio::time::sleep(Duration::from_millis((ready - now).clamp(1, 5_000) as u64)) => {}
            }
        }
    }

    /// One try.
    async fn attempt(&mut self, app: &App, outbox: &Outbox, queued: &QueuedMessage) -> Result<Next, StoreError> {
        let Some(bot) = app.bots.get(queued.message.bot_id).await? else {
            return Ok(Next::Gone);
        };
        let loaded = app.store.load_contact(queued.message.contact_id).await?;
        let contact = loaded.as_ref().map(|loaded| &*loaded.contact);
        let commit = |commit| Ok(Next::Commit(Box::new(commit)));
        let fail = |code: &str, words: String| {
            commit(outgoing::failed(&bot, contact, queued, code.to_owned(), words, app.now()))
        };
        let Some(channel) = Channel::of(bot.bot.service) else {
            return fail("no_channel", "this server has no such channel".to_owned());
        };
        let mut to = Address::of(&queued.identity);
        to.payment_token = bot.secrets.channel.get("payment_token").map(String::as_str);
        to.uploaded = &self.uploaded;
        to.linked = &self.linked;
        to.remove_keyboard = keyboard_stands(app, &bot, queued).await?;
        let tried = match channel.render(&queued.message, &to) {
            Err(problem) => return fail("unsayable", problem.to_string()),
            Ok(Rendered::Shown(outcome)) => Tried::Outcome(*outcome),
            Ok(Rendered::Requests(requests)) => self.request(app, outbox, &bot, channel, requests).await,
        };
        match tried {
            Tried::Outcome(SendOutcome::TokenDead { message }) => {
                Box::pin(connection::lose(app, &bot, message)).await?;
                Ok(Next::Again)
            }
            Tried::Outcome(SendOutcome::FilesRefused { urls, uploaded: false, message }) => {
                tracing::debug!(bot = %bot.bot.id, message, "the messenger can not fetch a file: it is uploaded");
                self.uploaded.extend(urls);
                Ok(Next::Again)
            }
            Tried::Outcome(SendOutcome::FilesRefused { urls, uploaded: true, message }) => {
                self.link(app, &bot, queued, urls, &message).await
            }
            Tried::Part => Ok(Next::Again),
            Tried::Outcome(outcome) => commit(self.judge(app, outbox, &bot, contact, queued, outcome)),
            Tried::NoFile(_, Unfetchable::Now(words)) if self.tries < FILE_TRIES => {
                tracing::debug!(bot = %bot.bot.id, words, "a file can not be fetched now");
                commit(outgoing::later(queued, app.now() + backoff_ms(self.tries)))
            }
            Tried::NoFile(url, Unfetchable::Now(words) | Unfetchable::Never(words)) => {
                self.link(app, &bot, queued, vec![url], &words).await
            }
        }
    }

    /// Files that can not go in another way go as links, and whoever makes the bot is told why.
    async fn link(
        &mut self,
        app: &App,
        bot: &LiveBot,
        queued: &QueuedMessage,
        urls: Vec<String>,
        why: &str,
    ) -> Result<Next, StoreError> {
        tell(app, bot, queued, format!("a file was sent as a link: {why}")).await?;
        self.linked.extend(urls);
        Ok(Next::Again)
    }

    /// Sends the first request that was not taken yet.
    async fn request(
        &mut self,
        app: &App,
        outbox: &Outbox,
        bot: &LiveBot,
        channel: Channel,
        requests: Vec<Request>,
    ) -> Tried {
        let mut rest = requests.into_iter().skip(self.taken);
        let Some(request) = rest.next() else {
            let message = "there is nothing to send".to_owned();
            return Tried::Outcome(SendOutcome::Failed { code: "unsayable".to_owned(), message });
        };
        let answer = if request.uploads.is_empty() {
            messenger::call(app, bot, &request).await
        } else {
            // Rare, and large: kept out of what every message takes in memory.
            match Box::pin(upload(app, outbox, bot, &request)).await {
                Ok(answer) => answer,
                Err((url, unfetchable)) => return Tried::NoFile(url, unfetchable),
            }
        };
        let outcome = match answer {
            Ok((status, body)) => channel.outcome(request, status, &body),
            Err(words) => {
                tracing::debug!(bot = %bot.bot.id, words, "the messenger can not be reached");
                SendOutcome::Retry { after_ms: RETRY_MS as u64 }
            }
        };
        if matches!(outcome, SendOutcome::Sent { .. }) {
            self.taken += 1;
            if rest.next().is_some() {
                return Tried::Part;
            }
        }
        Tried::Outcome(outcome)
    }

    /// What the messenger's answer means for the message.
    fn judge(
        &self,
        app: &App,
        outbox: &Outbox,
        bot: &LiveBot,
        contact: Option<&Contact>,
        queued: &QueuedMessage,
        outcome: SendOutcome,
    ) -> SendCommit {
        let now = app.now();
        let (code, words) = match outcome {
            SendOutcome::Sent { external_id, message_json, message_id, chat_id } => {
                let sent = Sent { external_id, message_json, message_id, chat_id };
                return outgoing::sent(bot, contact, queued, sent, now);
            }
            SendOutcome::Retry { after_ms } if now - queued.message.at < GIVE_UP_MS || self.tries < GIVE_UP_TRIES => {
                let at = now + (after_ms as i64).max(backoff_ms(self.tries));
                outbox.refused(queued, at, now);
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
            SendOutcome::FilesRefused { message, .. } => ("file".to_owned(), message),
            SendOutcome::Failed { code, message } => (code, message),
        };
        outgoing::failed(bot, contact, queued, code, words, now)
    }
}

fn backoff_ms(tries: u32) -> i64 {
    RETRY_MS << tries.min(5)
}

/// Sends a request with its files; the URL of one that can not be fetched, and why.
async fn upload(
    app: &App,
    outbox: &Outbox,
    bot: &LiveBot,
    request: &Request,
) -> Result<Result<(u16, Vec<u8>), String>, (String, Unfetchable)> {
    let _place = outbox.uploads.take(bot.bot.id).await;
    let mut files = Vec::with_capacity(request.uploads.len());
    for file in &request.uploads {
        let fetched = media::fetch_all(app, bot, std::slice::from_ref(file)).await;
        files.extend(fetched.map_err(|unfetchable| (file.url.clone(), unfetchable))?);
    }
    Ok(messenger::upload(app, bot, request, &files).await)
}

/// The URLs of files of this server. They are read here: the messenger might not get them, and has no right to those of other bots.
fn own_files(app: &App, part: &Part) -> Vec<String> {
    let is_own = |url: &&String| app.files.id_of(url).is_some();
    match part {
        Part::Text { .. } | Part::Inbound { .. } => Vec::new(),
        Part::Media { url, .. } => std::iter::once(url).filter(is_own).cloned().collect(),
        Part::Gallery { cards, .. } => {
            cards.iter().filter_map(|card| card.image.as_ref()).filter(is_own).cloned().collect()
        }
    }
}

/// Whether a keyboard that asked the person to share something is to be taken away.
async fn keyboard_stands(app: &App, bot: &LiveBot, queued: &QueuedMessage) -> Result<bool, StoreError> {
    if bot.bot.service != Service::Telegram || !bot.asks_to_share {
        return Ok(false);
    }
    let sent = app.store.sent_before(queued.message.contact_id, queued.seq, LOOK_BACK).await?;
    Ok(telegram::keyboard_stands(&sent))
}

/// A line for whoever makes the bot.
async fn tell(app: &App, bot: &LiveBot, queued: &QueuedMessage, text: String) -> Result<(), StoreError> {
    let line = LogLine { error: false, code: "file".to_owned(), flow_id: None, element: None, text };
    app.store.add_log(bot.bot.id, Some(queued.message.contact_id), app.now(), line).await
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

/// Shows the person that the bot is typing, again and again while a delay lasts. Never ends: it is dropped with the wait, so that it holds
/// no message up.
async fn keep_typing(app: &App, queued: &QueuedMessage, until: UnixMs) {
    let mut ticks = tokio::time::interval(TYPING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if until - app.now() < TYPING_MIN_MS {
            return std::future::pending().await;
        }
        show_typing(app, queued).await;
    }
}

async fn show_typing(app: &App, queued: &QueuedMessage) {
    let Ok(Some(bot)) = app.bots.get(queued.message.bot_id).await else { return };
    let channel = Channel::of(bot.bot.service).filter(|_| bot.can_send());
    if let Some(request) = channel.and_then(|channel| channel.typing(&Address::of(&queued.identity))) {
        // Best effort: a person who sees no "typing" misses nothing.
        let _ = messenger::call(app, &bot, &request).await;
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
