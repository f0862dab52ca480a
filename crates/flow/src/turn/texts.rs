//! What a contact says, once it is recorded: unsubscribe words, activity, a waiting input, buttons, keywords, the standard reply; gathering and
//! queueing of texts.

use recado_model::{
    ContactStatus, Run, Trigger, TriggerKind, Wait,
    contact::{Gathered, QueuedReply},
    limits::QUEUED_TEXTS_MAX,
    run::{Held, TimerKey},
    time::{MINUTE_MS, SECOND_MS},
    trigger::KeywordMatch,
};
use serde_json::Value as Json;

use super::{Conversation, status};
use crate::{
    effect::Effect,
    element::message,
    normalise::{contains_words, normalise},
    pattern::{self, Case},
    reply::Reply,
    run::Next,
};

/// Texts that are gathered at most before they are handled.
const GATHERED_MAX: usize = 20;

impl Conversation<'_> {
    /// Routes a message that is recorded. `fresh` says that it made the contact active.
    pub(super) fn heard(&mut self, reply: Reply<'_>, fresh: bool) {
        if self.contact.status == Some(ContactStatus::Disabled) {
            return;
        }
        let only_text = reply.attachments.is_empty() && reply.location.is_none() && reply.phone.is_none();
        let words = &self.view.bot.settings.unsubscribe_words;
        if only_text && self.view.triggers.is_unsubscribe(reply.text, words) {
            return self.unsubscribe();
        }
        self.active_now();
        if self.is_paused() {
            return;
        }
        if matches!(self.foreground().map(|run| &run.wait), Some(Wait::Api { .. })) {
            return self.queue_reply(&reply);
        }
        self.route(&reply, fresh, true);
    }

    /// The contact did something: pauses that wait for inactivity end, inactivity triggers begin anew.
    pub(super) fn active_now(&mut self) {
        self.contact.active_at = Some(self.now);
        if self.contact.is_active() {
            let triggers = self.view.triggers.inactivity();
            let timers: Vec<_> = triggers.map(|(trigger, minutes)| (trigger.id, minutes)).collect();
            for (id, minutes) in timers {
                self.contact.held.retain(|held| *held != Held::Timer { key: TimerKey::Trigger { id } });
                self.set_timer(TimerKey::Trigger { id }, status::after(self.now, minutes));
            }
        }
        let waits = |run: &&Run| matches!(run.wait, Wait::Pause { if_inactive: true, .. });
        let runs: Vec<u32> = self.runs.iter().filter(waits).map(|run| run.number).collect();
        for run in runs {
            if self.is_paused() {
                if !self.contact.held.contains(&Held::Timer { key: TimerKey::Run { number: run } }) {
                    self.hold(Held::Active { run });
                }
            } else {
                self.go_on(run, "active");
            }
        }
    }

    fn queue_reply(&mut self, reply: &Reply<'_>) {
        if self.contact.queued.len() < QUEUED_TEXTS_MAX {
            self.contact.queued.push(QueuedReply {
                text: reply.text.to_owned(),
                attachments: reply.attachments.to_vec(),
                location: reply.location,
                phone: reply.phone.map(str::to_owned),
            });
        } else {
            let text = format!(
                "over {QUEUED_TEXTS_MAX} messages came while an API request was under way; the last is not answered"
            );
            self.log(false, "queued_texts_limit", None, None, text);
        }
    }

    /// Handles a message that waited for an API answer. `false` when there is nothing to do.
    pub(super) fn handle_queued(&mut self) -> bool {
        let waits_for_api = matches!(self.foreground().map(|run| &run.wait), Some(Wait::Api { .. }));
        if waits_for_api || self.is_paused() || self.contact.queued.is_empty() {
            return false;
        }
        let QueuedReply { text, attachments, location, phone } = self.contact.queued.remove(0);
        self.route(
            &Reply { text: &text, attachments: &attachments, link: None, location, phone: phone.as_deref() },
            false,
            true,
        );
        true
    }

    /// Input, button text, keyword, subscription, standard reply: the first that fits.
    fn route(&mut self, reply: &Reply<'_>, fresh: bool, may_gather: bool) {
        let asks = self.foreground().filter(|run| matches!(run.wait, Wait::Input { .. })).map(|run| run.number);
        if let Some(number) = asks {
            if !self.interrupted(reply) {
                self.reply_to(number, reply, may_gather);
            }
            return;
        }
        if !self.contact.is_active() {
            return;
        }
        if fresh && self.view.bot.settings.welcome_first && self.subscribe_flow() {
            return;
        }
        if !reply.text.is_empty() && (self.press_by_text(reply.text) || self.keyword(reply.text, false)) {
            self.forget_gathered();
            return;
        }
        if fresh && self.subscribe_flow() {
            return;
        }
        self.unmatched(reply.text, may_gather);
    }

    fn interrupted(&mut self, reply: &Reply<'_>) -> bool {
        let interrupts = self.contact.is_active() && !reply.text.is_empty() && self.keyword(reply.text, true);
        if interrupts {
            self.forget_gathered();
        }
        interrupts
    }

    fn subscribe_flow(&mut self) -> bool {
        let trigger = self.view.triggers.subscription(self.now, &self.zone);
        trigger.is_some_and(|trigger| self.pull(trigger, None, Json::Null))
    }

    fn keyword(&mut self, text: &str, interrupts: bool) -> bool {
        let triggers = self.view.triggers;
        let admits = |trigger: &recado_model::Trigger| !interrupts || trigger.interrupts;
        let Some(trigger) = triggers.keyword_where(text, self.now, &self.zone, admits) else { return false };
        let keyword = matched_keyword(trigger, text);
        self.pull(trigger, keyword, Json::Null)
    }

    fn reply_to(&mut self, number: u32, reply: &Reply<'_>, may_gather: bool) {
        let seconds = self.view.bot.settings.input_gather_s;
        let only_text = reply.attachments.is_empty() && reply.location.is_none() && reply.phone.is_none();
        if may_gather && seconds > 0 && only_text && self.gather(reply.text, seconds, true) {
            return;
        }
        if may_gather && self.contact.gathered.as_ref().is_some_and(|gathered| gathered.for_input) {
            // What was said before the file is its own reply.
            self.effects.push(Effect::ClearTimer(TimerKey::Gather));
            self.gathered_is_due();
            return self.route(reply, false, false);
        }
        self.forget_gathered();
        let Some(walk) = self.take_up(number) else { return };
        let plan = std::sync::Arc::clone(&walk.plan);
        let next = match plan.message(walk.element()) {
            Some(message) => message::answered(self, &walk, message, reply),
            None => Next::Fail { code: "element_gone", text: "the element is no message any more".to_owned() },
        };
        self.walk(walk, next);
    }

    /// Adds a text to those being gathered. `false` when there are enough and they are to be handled now.
    fn gather(&mut self, text: &str, seconds: u32, for_input: bool) -> bool {
        let until = self.now + i64::from(seconds) * SECOND_MS;
        match &mut self.contact.gathered {
            Some(gathered) => {
                gathered.texts.push(text.to_owned());
                gathered.until = until;
                gathered.for_input |= for_input;
                if gathered.texts.len() >= GATHERED_MAX {
                    self.effects.push(Effect::ClearTimer(TimerKey::Gather));
                    self.gathered_is_due();
                    return true;
                }
            }
            None => self.contact.gathered = Some(Gathered { texts: vec![text.to_owned()], until, for_input }),
        }
        self.set_timer(TimerKey::Gather, until);
        true
    }

    fn forget_gathered(&mut self) {
        if self.contact.gathered.take().is_some() {
            self.effects.push(Effect::ClearTimer(TimerKey::Gather));
        }
    }

    /// The time to gather is over: the texts are handled as one.
    pub(super) fn gathered_is_due(&mut self) {
        let Some(gathered) = self.contact.gathered.take() else { return };
        if !self.contact.is_active() && self.foreground().is_none() {
            return;
        }
        let text = gathered.texts.join("\n");
        self.contact.last_message.clone_from(&text);
        if gathered.for_input {
            self.route(&Reply::text(&text), false, false);
        } else if self.foreground().is_none() {
            self.standard_reply();
        }
    }

    fn unmatched(&mut self, text: &str, may_gather: bool) {
        let seconds = self.view.bot.settings.standard_reply_gather_s;
        if self.view.triggers.standard_reply(self.now, &self.zone).is_none() {
            return;
        }
        if may_gather && seconds > 0 && !text.is_empty() {
            self.gather(text, seconds, false);
        } else {
            self.standard_reply();
        }
    }

    fn standard_reply(&mut self) {
        let settings = &self.view.bot.settings;
        let every = i64::from(settings.standard_reply_every_min) * MINUTE_MS;
        if self.contact.standard_reply_at.is_some_and(|last| self.now - last < every) {
            return;
        }
        let Some(trigger) = self.view.triggers.standard_reply(self.now, &self.zone) else { return };
        self.contact.standard_reply_at = Some(self.now);
        if settings.standard_reply_opens_chat {
            self.open_chat(None, false);
        }
        self.pull(trigger, None, Json::Null);
    }
}

/// The longest of the trigger's keywords that the text has.
fn matched_keyword<'t>(trigger: &'t Trigger, text: &str) -> Option<&'t str> {
    let TriggerKind::Keyword { matching, keywords } = &trigger.kind else { return None };
    let said = normalise(text);
    let fits = |keyword: &&String| match matching {
        KeywordMatch::Is => normalise(keyword) == said,
        KeywordMatch::Contains => contains_words(&said, &normalise(keyword)),
        KeywordMatch::Regex => pattern::compile(keyword, Case::Counts).is_ok_and(|regex| regex.is_match(text)),
    };
    keywords.iter().filter(fits).max_by_key(|keyword| keyword.chars().count()).map(String::as_str)
}
