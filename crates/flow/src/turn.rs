//! One turn of a conversation: a contact, its waiting runs and one input become the contact afterwards and what is to be committed.
//!
//! The cast: a [`Conversation`] carries the state while it changes. `inbound` receives what a messenger tells, `status` decides whether the bot may
//! write, `press` and `texts` route what the contact wants, `timers` and `answers` take waiting runs up again, `paused` holds everything while an
//! agent speaks, `operations` does what people and our API ask. Nothing leaves here: a crash before the commit leaves the contact as it was.

mod facts;
mod inbound;
mod operations;
mod paused;
mod press;
mod runs;
mod saying;
mod status;
mod texts;
mod timers;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use jiff::tz::TimeZone;
use recado_model::{
    Account, Bot, ChannelLimits, Contact, Entropy, FlowId, MemberId, Offer, RichText, Run, RunEnd, UnixMs, ValueType,
    Variables, VersionId, message::Attachment,
};

use crate::{
    calendar,
    effect::{Effect, Refusal, RunChange, Turn},
    input::Input,
    keywords::TriggerSet,
    plan::Plan,
};

/// The bot as a turn sees it.
#[derive(Clone, Copy)]
pub struct BotView<'a> {
    /// The bot.
    pub bot: &'a Bot,
    /// Its account; whose zone is the default.
    pub account: &'a Account,
    /// The bot's variables.
    pub variables: &'a Variables,
    /// Its triggers, compiled.
    pub triggers: &'a TriggerSet,
    /// Its flows.
    pub flows: &'a dyn FlowSource,
    /// What its channel can carry.
    pub limits: ChannelLimits,
    /// The public URL that tracked links begin with; without one links are not tracked.
    pub link_base: Option<&'a str>,
    /// The members who can look after a chat.
    pub members: &'a [MemberLoad],
    /// The contacts' variables whose type is declared.
    pub declared: &'a BTreeMap<String, ValueType>,
    /// The link under which a file that the contact sent can be fetched, if there is one.
    pub file_link: &'a dyn Fn(&Attachment) -> Option<String>,
}

/// A member who can look after chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberLoad {
    /// Who.
    pub id: MemberId,
    /// How many chats are open.
    pub open_chats: u32,
}

/// Where a turn finds flows. What it may need is loaded before, see [`versions_needed`].
pub trait FlowSource {
    /// The newest published version.
    fn published(&self, id: FlowId) -> Option<Arc<Plan>>;
    /// A version.
    fn version(&self, id: VersionId) -> Option<Arc<Plan>>;
    /// Whether the flow is on.
    fn is_active(&self, id: FlowId) -> bool;
    /// Its name.
    fn name(&self, id: FlowId) -> Option<&str>;
}

/// What is done once the run that asked for it has come to rest.
#[derive(Debug)]
pub(crate) enum Later {
    /// The unsubscription flow.
    Farewell,
    /// Paused automation has ended: what was held goes on.
    Held,
    /// A message of the flow's own to this contact.
    Say(RichText),
}

/// A turn while it happens.
pub(crate) struct Conversation<'a> {
    pub(crate) view: &'a BotView<'a>,
    pub(crate) now: UnixMs,
    pub(crate) rng: &'a mut dyn Entropy,
    pub(crate) zone: TimeZone,
    pub(crate) contact: Contact,
    pub(crate) runs: Vec<Run>,
    pub(crate) ends: BTreeMap<u32, Option<RunEnd>>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) bot_variables: Option<Variables>,
    pub(crate) send_at: UnixMs,
    pub(crate) later: VecDeque<Later>,
    pub(crate) refused: Option<Refusal>,
    said_farewell: bool,
}

/// Handles one input.
///
/// `pressed` is the offer of the message that a press names, when that message is not the contact's last offer.
pub fn turn(
    view: &BotView<'_>,
    contact: Contact,
    runs: Vec<Run>,
    pressed: Option<Offer>,
    input: &Input,
    now: UnixMs,
    rng: &mut dyn Entropy,
) -> Turn {
    let zone = calendar::zone_of(&contact, view.account);
    let mut talk = Conversation {
        view,
        now,
        rng,
        zone,
        contact,
        runs,
        ends: BTreeMap::new(),
        effects: Vec::new(),
        bot_variables: None,
        send_at: now,
        later: VecDeque::new(),
        refused: None,
        said_farewell: false,
    };
    talk.end_overdue_pause();
    match input {
        Input::Inbound(inbound) => talk.inbound(inbound, pressed),
        Input::Timer { key, due } => talk.timer(*key, *due),
        Input::Api { run, call, answer } => talk.api_answered(*run, *call, answer),
        Input::LinkClicked { url, text, flow_id, element } => talk.link_clicked(url, text, *flow_id, element),
        Input::MessageFromFlow { text } => talk.message_from_flow(text.clone()),
        Input::SendBlocked => talk.block(),
        Input::Operation(operation) => talk.operation(operation),
    }
    talk.settle();
    talk.finish()
}

/// The versions of flows that a turn of this contact may need, besides the published ones.
pub fn versions_needed(contact: &Contact, runs: &[Run], pressed: Option<&Offer>) -> Vec<VersionId> {
    let mut versions = Vec::with_capacity(runs.len() + 2);
    for run in runs {
        versions.push(run.version_id);
        versions.extend(run.stack.iter().map(|frame| frame.version_id));
    }
    for offer in contact.offer.iter().chain(pressed) {
        versions.push(offer.version_id);
        versions.extend(offer.stack.iter().map(|frame| frame.version_id));
    }
    versions.sort_unstable();
    versions.dedup();
    versions
}

impl Conversation<'_> {
    /// Puts off what would disturb the run that asks for it.
    pub(crate) fn later(&mut self, later: Later) {
        self.later.push_back(later);
    }

    /// Does what was put off, and handles messages that waited for an API answer.
    fn settle(&mut self) {
        loop {
            if let Some(later) = self.later.pop_front() {
                match later {
                    Later::Farewell => self.farewell(),
                    Later::Held => self.go_on_with_held(),
                    Later::Say(text) => self.message_from_flow(text),
                }
            } else if !self.handle_queued() {
                return;
            }
        }
    }

    fn finish(mut self) -> Turn {
        self.report_bot_variables();
        let mut changes = Vec::with_capacity(self.ends.len());
        let mut runs = self.runs;
        for (number, end) in self.ends {
            match end {
                Some(why) => changes.push(RunChange::Ended { number, why }),
                None => {
                    if let Some(at) = runs.iter().position(|run| run.number == number) {
                        changes.push(RunChange::Put(runs.swap_remove(at)));
                    }
                }
            }
        }
        Turn { contact: self.contact, runs: changes, effects: self.effects, refused: self.refused }
    }
}
