//! Which trigger a text or a link starts, and which words unsubscribe.
//!
//! The triggers of a bot are compiled once. A text is tried in this order: a keyword that *is* the whole text, one that the text *contains* as whole
//! words, a *regex* found in it as it was written; of several the longest keyword wins, then the oldest trigger. A trigger that is off or outside its
//! hours does not match, and the next is tried.

mod words;

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use recado_model::{FlowId, Trigger, TriggerId, TriggerKind, UnixMs, limits::KEYWORD_CHARS_MAX, trigger::KeywordMatch};
use regex::Regex;

use crate::{
    calendar,
    normalise::{contains_words, normalise},
    pattern::{self, BadPattern, Case},
};

pub use words::UNSUBSCRIBE_WORDS;

/// Keywords of one trigger.
pub const KEYWORDS_MAX: usize = 100;
/// Characters of the payload of a link.
const REF_CHARS_MAX: usize = 64;

/// What is wrong with a trigger. It takes no part until it is put right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TriggerProblem {
    /// The trigger.
    pub trigger_id: TriggerId,
    /// Where, as in `keywords[1]`.
    pub field: String,
    /// What is wrong.
    pub what: TriggerMistake,
}

/// What can be wrong with a trigger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum TriggerMistake {
    #[error("a trigger has 1 to {max} keywords")]
    KeywordCount { max: usize },
    #[error("the keyword has neither letters nor digits")]
    KeywordEmpty,
    #[error("a keyword has at most {max} characters")]
    KeywordLength { max: usize },
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    #[error("a link's payload has 1 to 64 characters of A–Z a–z 0–9 _ -")]
    BadRef,
    #[error("at least one minute")]
    NoMinutes,
    #[error("hours are minutes of the day, from 0 to 1,439 and to 1 to 1,440")]
    BadHours,
    #[error("weekdays are 1 (Monday) to 7 (Sunday)")]
    BadWeekdays,
}

/// The triggers of a bot, compiled.
#[derive(Debug, Default)]
pub struct TriggerSet {
    /// Oldest first.
    triggers: Vec<Trigger>,
    /// Normalised keyword → triggers, oldest first.
    whole: HashMap<String, Vec<usize>>,
    /// Longest first, then oldest.
    contained: Vec<(String, usize)>,
    /// Longest first, then oldest.
    patterns: Vec<(Regex, usize)>,
    /// Payload → triggers, oldest first.
    refs: HashMap<String, Vec<usize>>,
    unsubscribe: HashSet<String>,
}

impl TriggerSet {
    /// Compiles the triggers of a bot. Those with a problem take no part.
    pub fn compile(mut triggers: Vec<Trigger>) -> (Self, Vec<TriggerProblem>) {
        triggers.sort_by_key(|trigger| (trigger.created_at, trigger.id));
        let mut set = Self::default();
        let mut problems = Vec::new();
        for (index, trigger) in triggers.iter().enumerate() {
            let found = problems_of(trigger);
            if found.is_empty() {
                set.add(index, &trigger.kind);
            }
            problems.extend(found);
        }
        set.contained.sort_by_key(|(keyword, index)| (std::cmp::Reverse(keyword.chars().count()), *index));
        set.patterns.sort_by_key(|(regex, index)| (std::cmp::Reverse(regex.as_str().chars().count()), *index));
        let broken: HashSet<TriggerId> = problems.iter().map(|problem| problem.trigger_id).collect();
        for trigger in &mut triggers {
            trigger.active &= !broken.contains(&trigger.id);
        }
        set.triggers = triggers;
        let built_in = UNSUBSCRIBE_WORDS.iter().flat_map(|(_, words)| words.iter());
        set.unsubscribe = built_in.map(|word| normalise(word)).collect();
        (set, problems)
    }

    fn add(&mut self, index: usize, kind: &TriggerKind) {
        match kind {
            TriggerKind::Keyword { matching: KeywordMatch::Is, keywords } => {
                for keyword in keywords {
                    self.whole.entry(normalise(keyword)).or_default().push(index);
                }
            }
            TriggerKind::Keyword { matching: KeywordMatch::Contains, keywords } => {
                self.contained.extend(keywords.iter().map(|keyword| (normalise(keyword), index)));
            }
            TriggerKind::Keyword { matching: KeywordMatch::Regex, keywords } => {
                let compiled = keywords.iter().filter_map(|keyword| pattern::compile(keyword, Case::Counts).ok());
                self.patterns.extend(compiled.map(|regex| (regex, index)));
            }
            TriggerKind::Ref { payload } => self.refs.entry(payload.clone()).or_default().push(index),
            TriggerKind::Subscription
            | TriggerKind::StandardReply
            | TriggerKind::Unsubscription
            | TriggerKind::AfterSubscription { .. }
            | TriggerKind::Event
            | TriggerKind::Inactivity { .. } => {}
        }
    }

    /// All triggers, oldest first. One that was broken reads as off.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// The trigger of an id.
    pub fn by_id(&self, id: TriggerId) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.id == id)
    }

    /// The keyword trigger that a text starts now.
    pub fn keyword(&self, text: &str, now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        self.keyword_where(text, now, zone, |_| true)
    }

    /// The same among the triggers that the caller admits, as those that *interrupt* or whose flow is published.
    pub fn keyword_where(
        &self,
        text: &str,
        now: UnixMs,
        zone: &TimeZone,
        admits: impl Fn(&Trigger) -> bool,
    ) -> Option<&Trigger> {
        if self.whole.is_empty() && self.contained.is_empty() && self.patterns.is_empty() {
            return None;
        }
        let acts = |index: &usize| self.acting(*index, now, zone).filter(|trigger| admits(trigger));
        let normal = normalise(text);
        let whole = self.whole.get(&normal).and_then(|indices| indices.iter().find_map(acts));
        whole
            .or_else(|| {
                let found =
                    |(words, index): &(String, usize)| if contains_words(&normal, words) { acts(index) } else { None };
                self.contained.iter().find_map(found)
            })
            .or_else(|| {
                self.patterns.iter().find_map(|(regex, index)| if regex.is_match(text) { acts(index) } else { None })
            })
    }

    /// The trigger of a link's payload, now.
    pub fn link(&self, payload: &str, now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        self.refs.get(payload)?.iter().find_map(|index| self.acting(*index, now, zone))
    }

    /// The active trigger of the first contact, inside its hours.
    pub fn subscription(&self, now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        self.first(now, zone, |kind| matches!(kind, TriggerKind::Subscription))
    }

    /// The active trigger of texts that nothing else matched, inside its hours.
    pub fn standard_reply(&self, now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        self.first(now, zone, |kind| matches!(kind, TriggerKind::StandardReply))
    }

    /// The active trigger of unsubscribing, inside its hours.
    pub fn unsubscription(&self, now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        self.first(now, zone, |kind| matches!(kind, TriggerKind::Unsubscription))
    }

    /// Whether our API may start a flow now: one of its event triggers acts, or it has none that could say no.
    pub fn lets_event_start(&self, flow: FlowId, now: UnixMs, zone: &TimeZone) -> bool {
        let is_its = |trigger: &&Trigger| trigger.flow_id == flow && matches!(trigger.kind, TriggerKind::Event);
        let mut own = self.triggers.iter().filter(is_its).peekable();
        own.peek().is_none() || own.any(|trigger| acts(trigger, now, zone))
    }

    /// Active triggers that act some minutes after a contact subscribed.
    pub fn after_subscription(&self) -> impl Iterator<Item = (&Trigger, u32)> {
        self.triggers.iter().filter(|trigger| trigger.active).filter_map(|trigger| match trigger.kind {
            TriggerKind::AfterSubscription { delay_min } => Some((trigger, delay_min)),
            TriggerKind::Subscription
            | TriggerKind::StandardReply
            | TriggerKind::Unsubscription
            | TriggerKind::Keyword { .. }
            | TriggerKind::Event
            | TriggerKind::Ref { .. }
            | TriggerKind::Inactivity { .. } => None,
        })
    }

    /// Active triggers that act when a contact did nothing for some minutes.
    pub fn inactivity(&self) -> impl Iterator<Item = (&Trigger, u32)> {
        self.triggers.iter().filter(|trigger| trigger.active).filter_map(|trigger| match trigger.kind {
            TriggerKind::Inactivity { after_min } => Some((trigger, after_min)),
            TriggerKind::Subscription
            | TriggerKind::StandardReply
            | TriggerKind::Unsubscription
            | TriggerKind::Keyword { .. }
            | TriggerKind::AfterSubscription { .. }
            | TriggerKind::Event
            | TriggerKind::Ref { .. } => None,
        })
    }

    /// Whether a text asks to be unsubscribed: `/stop`, `/unsubscribe` (with or without `@bot`), a word of a language, or one of the bot's own.
    pub fn is_unsubscribe(&self, text: &str, own_words: &[String]) -> bool {
        let trimmed = text.trim();
        // No word is nearly as long; a long text is not worth normalising.
        if trimmed.is_empty() || trimmed.len() > 4 * 128 {
            return false;
        }
        if let Some(command) = trimmed.strip_prefix('/') {
            let command = command.split(['@', ' ', '\n']).next().unwrap_or_default();
            if command.eq_ignore_ascii_case("stop") || command.eq_ignore_ascii_case("unsubscribe") {
                return true;
            }
        }
        let normal = normalise(trimmed);
        self.unsubscribe.contains(&normal)
            || own_words.iter().any(|word| !word.trim().is_empty() && normalise(word) == normal)
    }

    /// The trigger a text would start now, for the builder's *try it*. Unsubscribe words come first, as in a turn.
    pub fn would_start(&self, text: &str, own_words: &[String], now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        if self.is_unsubscribe(text, own_words) {
            return self.unsubscription(now, zone);
        }
        self.keyword(text, now, zone).or_else(|| self.standard_reply(now, zone))
    }

    /// The trigger, when it is on and inside its hours.
    fn acting(&self, index: usize, now: UnixMs, zone: &TimeZone) -> Option<&Trigger> {
        self.triggers.get(index).filter(|trigger| acts(trigger, now, zone))
    }

    fn first(&self, now: UnixMs, zone: &TimeZone, wanted: impl Fn(&TriggerKind) -> bool) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| wanted(&trigger.kind) && acts(trigger, now, zone))
    }
}

/// Whether a trigger is on and inside its hours.
pub fn acts(trigger: &Trigger, now: UnixMs, zone: &TimeZone) -> bool {
    trigger.active && trigger.hours.as_ref().is_none_or(|hours| calendar::within_hours(hours, now, zone))
}

/// What is wrong with a trigger, for the API to refuse it by.
pub fn problems_of(trigger: &Trigger) -> Vec<TriggerProblem> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, what: TriggerMistake| {
        problems.push(TriggerProblem { trigger_id: trigger.id, field: field.to_owned(), what });
    };
    match &trigger.kind {
        TriggerKind::Keyword { matching, keywords } => {
            if keywords.is_empty() || keywords.len() > KEYWORDS_MAX {
                wrong("keywords", TriggerMistake::KeywordCount { max: KEYWORDS_MAX });
            }
            for (index, keyword) in keywords.iter().enumerate() {
                let field = format!("keywords[{index}]");
                if keyword.trim().is_empty() || normalise(keyword).is_empty() {
                    wrong(&field, TriggerMistake::KeywordEmpty);
                } else if keyword.chars().count() > KEYWORD_CHARS_MAX {
                    wrong(&field, TriggerMistake::KeywordLength { max: KEYWORD_CHARS_MAX });
                } else if *matching == KeywordMatch::Regex
                    && let Err(error) = pattern::compile(keyword, Case::Counts)
                {
                    wrong(&field, error.into());
                }
            }
        }
        TriggerKind::Ref { payload } => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            if payload.is_empty() || payload.len() > REF_CHARS_MAX || !payload.bytes().all(allowed) {
                wrong("ref", TriggerMistake::BadRef);
            }
        }
        TriggerKind::AfterSubscription { delay_min: minutes } | TriggerKind::Inactivity { after_min: minutes } => {
            if *minutes == 0 {
                wrong("minutes", TriggerMistake::NoMinutes);
            }
        }
        TriggerKind::Subscription | TriggerKind::StandardReply | TriggerKind::Unsubscription | TriggerKind::Event => {}
    }
    if let Some(hours) = &trigger.hours {
        if hours.from_min >= 1_440 || !(1..=1_440).contains(&hours.to_min) {
            wrong("hours", TriggerMistake::BadHours);
        }
        if hours.weekdays.iter().any(|day| !(1..=7).contains(day)) {
            wrong("hours.weekdays", TriggerMistake::BadWeekdays);
        }
    }
    problems
}
