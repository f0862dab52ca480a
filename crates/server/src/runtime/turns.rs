//! One turn: load, decide, commit, wake.
//!
//! The decision is [`recado_flow::turn()`]; here its effects become the rows of one commit. What the store refuses as a conflict (a bot variable
//! that another turn changed meanwhile) is decided again on the new picture. Nothing leaves before the commit: the loops are woken after it.

use std::sync::{Arc, LazyLock};

use metrics::Counter;
use recado_flow::{
    BotView, Effect, Input, MemberLoad, Operation, RunChange, Turn, calendar::day_of, effect::Refusal, turn,
    versions_needed,
};
use recado_model::{
    BotId, Contact, ContactId, EventInfo, EventKind, Inbound, InboundKind, MessageStatus, NotificationId, Offer,
    UnixMs, inbound::DedupKind, message::parse_press_payload, run::TimerKey,
};
use recado_store::{
    Store, StoreError,
    catalog::LinkRecord,
    turns::{BotVariableChange, Committed, Count, LoadedContact, LogLine, NewInput, NewNotification, TurnCommit},
};

use super::{
    contended::Contended,
    events,
    file_links::FileLinks,
    live::Live,
    registry::{LiveBot, Registry},
    shown,
    wakes::Wakes,
};
use crate::clock::{SharedClock, SystemEntropy};

/// Decisions on a new picture after a conflict.
const CONFLICTS_MAX: usize = 8;
/// What the store calls a turn in conflict with that knew other names than the bot has now.
const BOT_CHANGED: &str = "bot";
/// Characters of a notification; the rest is cut off.
const NOTIFICATION_CHARS_MAX: usize = 1_000;
/// Looked up once: this is the hot path.
static TURNS: LazyLock<Counter> = LazyLock::new(|| metrics::counter!("recado_turns_total"));

/// What a turn needs.
pub struct Turner {
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The bots.
    pub bots: Arc<Registry>,
    /// The time.
    pub clock: SharedClock,
    /// Watchers.
    pub live: Arc<Live>,
    /// Loops.
    pub wakes: Arc<Wakes>,
    /// Where tracked links begin; without a public URL links are not tracked.
    pub link_base: Option<String>,
    /// Links to files of incoming messages.
    pub files: Arc<FileLinks>,
    /// Bots whose turns change the same variable.
    pub contended: Contended,
}

/// What a turn is about.
#[derive(Debug, Clone)]
pub struct Job {
    /// Whose bot.
    pub bot_id: BotId,
    /// Whose turn.
    pub contact_id: ContactId,
    /// The messenger's id of a person that may be new.
    pub identity: Option<String>,
    /// What happened.
    pub input: Arc<Input>,
    /// The stored input this is, by sequence.
    pub stored: Option<i64>,
    /// A key of our own API that makes a repetition harmless.
    pub api_key: Option<String>,
}

/// What came of a turn.
#[derive(Debug, Clone)]
pub struct TurnDone {
    /// Whose turn it was.
    pub contact_id: ContactId,
    /// Why the input could not be done, when it could not.
    pub refused: Option<Refusal>,
    /// The events it made, by commit sequence.
    pub event_seqs: Vec<i64>,
}

/// Why a turn was not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// The bot does not exist.
    #[error("there is no such bot")]
    NoSuchBot,
    /// The contact does not exist.
    #[error("there is no such contact")]
    NoSuchContact,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Turner {
    /// Runs one turn to its commit.
    pub async fn run(&self, job: &Job) -> Result<TurnDone, TurnError> {
        let mut conflicts = 0;
        let mut place = self.contended.wait(job.bot_id).await;
        loop {
            let bot = self.bots.get(job.bot_id).await?.ok_or(TurnError::NoSuchBot)?;
            match self.attempt(&bot, job).await {
                Err(TurnError::Store(StoreError::Conflict { what })) if conflicts < CONFLICTS_MAX => {
                    self.is_still_new(job).await?;
                    conflicts += 1;
                    if place.is_none() {
                        place = Some(self.contended.queue(job.bot_id).await);
                    }
                    if what == BOT_CHANGED {
                        self.bots.reload(job.bot_id).await?;
                    } else {
                        self.bots.refresh_variables(job.bot_id).await?;
                    }
                }
                result => return result,
            }
        }
    }

    /// A person who became a contact under another id meanwhile is `Exists`: whoever brought the input asks for the id again.
    async fn is_still_new(&self, job: &Job) -> Result<(), StoreError> {
        let Some(identity) = &job.identity else {
            return Ok(());
        };
        match self.store.contact_id_of(job.bot_id, identity).await? {
            Some(id) if id != job.contact_id => Err(StoreError::Exists { what: "contact" }),
            Some(_) | None => Ok(()),
        }
    }

    async fn attempt(&self, bot: &LiveBot, job: &Job) -> Result<TurnDone, TurnError> {
        // One moment for all that the turn decides and stores.
        let now = self.clock.now();
        let before = match self.store.load_contact(job.contact_id).await? {
            Some(loaded) => Before { revision: Some(loaded.revision), loaded },
            None => Before::first_seen(job, bot.names, now).ok_or(TurnError::NoSuchContact)?,
        };
        if before.loaded.names != bot.names {
            // A variable or a tag got another name in between: the flows would write it under one that is no more.
            return Err(StoreError::Conflict { what: BOT_CHANGED }.into());
        }
        if !bot.bot.active
            && let Some(commit) = lay_by(job, &before)?
        {
            self.store.commit_turn(commit).await?;
            self.wakes.inputs.notify_one();
            return Ok(TurnDone { contact_id: job.contact_id, refused: None, event_seqs: Vec::new() });
        }
        let pressed = self.pressed(&before.loaded.contact, &job.input).await?;
        self.ensure_versions(bot, &before.loaded, pressed.as_ref(), &job.input).await?;
        let again = (bot.members.len() > 1).then(|| pressed.clone());
        let mut decided = self.decide(bot, &bot.members, &before.loaded, pressed, &job.input, now);
        if let Some(pressed) = again.filter(|_| opens_chat(&decided)) {
            drop(decided);
            let members = self.count_chats(bot).await?;
            decided = self.decide(bot, &members, &before.loaded, pressed, &job.input, now);
        }
        let refused = decided.refused;
        if refused.is_some() && before.revision.is_none() {
            // Nobody becomes a contact by what could not be done.
            return Ok(TurnDone { contact_id: job.contact_id, refused, event_seqs: Vec::new() });
        }
        self.link_files(bot, &mut decided, &job.input, now);
        let links = links_of(&decided, bot, job.contact_id, now);
        let (mut commit, mut due) = rows(bot, job, decided, before.revision, now);
        if !links.is_empty() {
            // A link that is known before its message is sent harms nobody if the commit fails; the other way round would be a dead link.
            self.store.create_links(links).await?;
        }
        shown::send(&*self.store, bot, &mut commit, now).await?;
        due.outbox = commit.messages.iter().any(|message| message.status == MessageStatus::Queued);
        let changes = commit.bot_variables.clone();
        let committed = self.store.commit_turn(commit).await?;
        self.wake(job, due, &committed);
        if !changes.is_empty()
            && let Err(error) = self.bots.changed_variables(job.bot_id, &changes).await
        {
            // The turn is committed: whoever brought the input must not hear that it failed. The next turn that is refused reads them anew.
            tracing::warn!(%error, bot = %job.bot_id, "changed bot variables can not be read now");
        }
        TURNS.increment(1);
        Ok(TurnDone { contact_id: job.contact_id, refused, event_seqs: committed.event_seqs })
    }

    /// Has the versions at hand that the turn may read.
    async fn ensure_versions(
        &self,
        bot: &LiveBot,
        loaded: &LoadedContact,
        pressed: Option<&Offer>,
        input: &Input,
    ) -> Result<(), StoreError> {
        let mut wanted = versions_needed(&loaded.contact, &loaded.runs, pressed);
        if let Input::Operation(Operation::MoveRuns { to, .. }) = input {
            wanted.push(*to);
        }
        self.bots.ensure_versions(bot, &wanted).await
    }

    /// Decides the turn.
    fn decide(
        &self,
        bot: &LiveBot,
        members: &[MemberLoad],
        loaded: &LoadedContact,
        pressed: Option<Offer>,
        input: &Input,
        now: UnixMs,
    ) -> Turn {
        let view = BotView {
            bot: &bot.bot,
            account: &bot.account,
            variables: &bot.variables,
            triggers: &bot.triggers,
            flows: bot,
            limits: bot.limits,
            link_base: self.link_base.as_deref(),
            members,
            declared: &bot.validation_context().variables,
            file_link: &|file| self.files.of(&bot.bot, std::slice::from_ref(file), now).pop().map(|link| link.url),
        };
        let (contact, runs) = (Contact::clone(&loaded.contact), loaded.runs.clone());
        turn(&view, contact, runs, pressed, input, now, &mut SystemEntropy)
    }

    /// The bot's members with how many chats each has. That is asked only when a turn opens the chat and there is a choice; the turn is decided
    /// again then.
    async fn count_chats(&self, bot: &LiveBot) -> Result<Vec<MemberLoad>, StoreError> {
        let busy = self.store.assigned_chats(bot.bot.id).await?;
        let open_chats = |id| busy.iter().find(|(member, _)| *member == id).map_or(0, |(_, count)| *count);
        Ok(bot.members.iter().map(|load| MemberLoad { open_chats: open_chats(load.id), ..*load }).collect())
    }

    /// The files of an incoming message get their download links.
    fn link_files(&self, bot: &LiveBot, decided: &mut Turn, input: &Input, now: UnixMs) {
        let Input::Inbound(Inbound { kind: InboundKind::Message { attachments: files, .. }, .. }) = input else {
            return;
        };
        if files.is_empty() {
            return;
        }
        let links = self.files.of(&bot.bot, files, now);
        for effect in &mut decided.effects {
            if let Effect::Event(event) = effect
                && event.kind == EventKind::IncomingMessage
                && let EventInfo::Message { attachments, .. } = &mut event.info
            {
                attachments.clone_from(&links);
            }
        }
    }

    /// What the pressed button's message offered, when the contact does not remember it itself.
    async fn pressed(&self, contact: &Contact, input: &Input) -> Result<Option<Offer>, StoreError> {
        let Input::Inbound(Inbound {
            kind: InboundKind::Press { payload, .. } | InboundKind::Paid { payload }, ..
        }) = input
        else {
            return Ok(None);
        };
        let Some((message_id, _)) = parse_press_payload(payload) else {
            return Ok(None);
        };
        if contact.offer.as_ref().is_some_and(|offer| offer.message_id == message_id) {
            return Ok(None);
        }
        self.store.load_offer(contact.id, message_id).await
    }

    fn wake(&self, job: &Job, due: Due, committed: &Committed) {
        if committed.deliveries_ready {
            self.wakes.deliveries.notify_one();
        }
        if due.outbox {
            self.wakes.outbox.notify_one();
        }
        if due.timers {
            self.wakes.timers.notify_one();
        }
        if due.api_calls {
            self.wakes.api_calls.notify_one();
        }
        if due.inputs {
            self.wakes.inputs.notify_one();
        }
        self.live.ring_bot(job.bot_id);
        self.live.ring_contact(job.contact_id);
    }
}

/// The contact before its turn.
struct Before {
    loaded: Arc<LoadedContact>,
    /// `None`: it is new.
    revision: Option<i64>,
}

impl Before {
    /// Somebody who may be new; `None` when a known contact is meant.
    fn first_seen(job: &Job, names: i64, now: UnixMs) -> Option<Self> {
        let identity = job.identity.clone()?;
        let contact = Contact::first_seen(job.contact_id, job.bot_id, identity, now);
        let loaded = LoadedContact { contact: Arc::new(contact), runs: Vec::new(), revision: -1, names };
        Some(Self { loaded: Arc::new(loaded), revision: None })
    }
}

/// What would take a run of a bot up that is off, or is activity of its contact (a click): it becomes a stored input, which is brought when the bot is on. One commit, so that neither a
/// crash nor a repetition loses or doubles it. `None`: the input has its turn all the same.
fn lay_by(job: &Job, before: &Before) -> Result<Option<TurnCommit>, StoreError> {
    if job.stored.is_some() {
        return Ok(None);
    }
    let mut commit = TurnCommit::of(Arc::clone(&before.loaded.contact), before.revision);
    commit.names = before.loaded.names;
    match &*job.input {
        Input::Timer { key, .. } => commit.timers_cleared.push(*key),
        Input::Api { run, call, .. } => commit.api_done.push((*run, *call)),
        Input::LinkClicked { .. } => {}
        Input::Inbound(_) | Input::MessageFromFlow { .. } | Input::SendBlocked | Input::Operation(_) => {
            return Ok(None);
        }
    }
    let input = serde_json::to_value(&*job.input)
        .map_err(|error| StoreError::Corrupt { what: "input", detail: error.to_string() })?;
    commit.inputs.push(NewInput { contact_id: job.contact_id, input });
    Ok(Some(commit))
}

fn opens_chat(decided: &Turn) -> bool {
    decided.effects.iter().any(|effect| matches!(effect, Effect::Event(event) if event.kind == EventKind::OpenChat))
}

/// The rows of a turn's commit, and who has something to do after it.
fn rows(bot: &LiveBot, job: &Job, decided: Turn, revision: Option<i64>, now: UnixMs) -> (TurnCommit, Due) {
    let mut commit = TurnCommit::of(decided.contact, revision);
    commit.names = bot.names;
    commit.dedup = match &*job.input {
        Input::Inbound(inbound) => Some((inbound.dedup_kind, inbound.dedup_key.clone())),
        Input::Timer { .. }
        | Input::Api { .. }
        | Input::LinkClicked { .. }
        | Input::MessageFromFlow { .. }
        | Input::SendBlocked
        // What was refused had no effect: it may be asked for again.
        | Input::Operation(_) => job.api_key.clone().filter(|_| decided.refused.is_none()).map(|key| (DedupKind::Api, key)),
    };
    commit.bulk = is_bulk(&job.input);
    commit.day = day_of(&bot.account, now);
    commit.input_done = job.stored;
    for change in decided.runs {
        match change {
            RunChange::Put(run) => commit.runs_put.push(run),
            RunChange::Ended { number, why } => commit.runs_ended.push((number, why)),
        }
    }
    if let Input::Api { run, call, .. } = &*job.input {
        commit.api_done.push((*run, *call));
    }
    let mut due = Due::default();
    for effect in decided.effects {
        put(&mut commit, &mut due, bot, effect, now);
    }
    (commit, due)
}

/// Whether nobody waits for what the turn says: many contacts may have such a turn in the same moment, and answers go first.
fn is_bulk(input: &Input) -> bool {
    match input {
        Input::Timer { key, .. } => match key {
            TimerKey::Run { .. } | TimerKey::Trigger { .. } => true,
            TimerKey::Gather | TimerKey::Resume => false,
        },
        Input::Operation(operation) => matches!(operation, Operation::RunFlow { .. }),
        Input::Inbound(_)
        | Input::Api { .. }
        | Input::LinkClicked { .. }
        | Input::MessageFromFlow { .. }
        | Input::SendBlocked => false,
    }
}

/// Which loops have something to do after the commit.
#[derive(Debug, Default)]
struct Due {
    outbox: bool,
    timers: bool,
    api_calls: bool,
    inputs: bool,
}

fn put(commit: &mut TurnCommit, due: &mut Due, bot: &LiveBot, effect: Effect, now: UnixMs) {
    match effect {
        Effect::Event(event) => commit.events.push(events::global(bot, &event, now)),
        Effect::FlowWebhook { event, url_template, url, .. } => {
            commit.events.push(events::flow_webhook(bot, &event, &url_template, url, now));
        }
        Effect::Message(message) => commit.messages.push(*message),
        Effect::CancelQueuedMessages => commit.cancel_queued = true,
        Effect::SetTimer(timer) => {
            due.timers = true;
            commit.timers_set.push(timer);
        }
        Effect::ClearTimer(key) => commit.timers_cleared.push(key),
        Effect::CallApi(call) => {
            due.api_calls = true;
            commit.api_calls.push(call);
        }
        Effect::ApiDone { run, call } => commit.api_done.push((run, call)),
        Effect::SetBotVariable { name, before, after } => {
            commit.bot_variables.push(BotVariableChange { name, before, after });
        }
        Effect::ToContact { contact_id, input } => {
            due.inputs = true;
            commit.inputs.push(NewInput { contact_id, input });
        }
        Effect::Notify { member, text } => {
            let id = NotificationId::new(now, &mut SystemEntropy);
            let text = text.chars().take(NOTIFICATION_CHARS_MAX).collect();
            commit.notifications.push(NewNotification { id, at: now, member, text });
        }
        Effect::Passed { title } => commit.passed.push(title),
        Effect::TagAdded(tag) => commit.tags_added.push(tag),
        Effect::TagRemoved(tag) => commit.tags_removed.push(tag),
        Effect::Count { flow_id, element, what } => commit.counts.push(Count { flow_id, element, what }),
        Effect::Link { .. } => {}
        Effect::Log { error, code, flow_id, element, text } => {
            commit.log.push(LogLine { error, code: code.to_owned(), flow_id, element, text });
        }
    }
}

fn links_of(decided: &Turn, bot: &LiveBot, contact_id: ContactId, now: UnixMs) -> Vec<LinkRecord> {
    let mut links = Vec::new();
    for effect in &decided.effects {
        if let Effect::Link { token, url, text, flow_id, element } = effect {
            links.push(LinkRecord {
                token: token.clone(),
                bot_id: bot.bot.id,
                contact_id,
                url: url.clone(),
                text: text.clone(),
                flow_id: *flow_id,
                element: element.clone(),
                created_at: now,
            });
        }
    }
    links
}
