//! How fast a bot may speak: about 30 messages a second in all, about one a second to one chat with short bursts
//! (<https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>).
//!
//! What counts as a message is a request: a long text or a gallery takes several.
//!
//! Pure: the time is an argument and nothing waits here. A broadcast never takes the last of the bot's tokens, so a reply never stands
//! behind one. A refusal (429) of one chat holds that chat only; refusals of several chats at about the same time hold the bot.

use std::collections::HashMap;

use recado_model::UnixMs;

/// A bucket of tokens that fills by the clock. Kept in thousandths of a token, so no rounding is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    per_s: u32,
    burst: u32,
    milli_tokens: i64,
    at: UnixMs,
}

impl Bucket {
    /// A full bucket. Both numbers are at least 1.
    pub fn full(per_s: u32, burst: u32, now: UnixMs) -> Self {
        let (per_s, burst) = (per_s.max(1), burst.max(1));
        Self { per_s, burst, milli_tokens: i64::from(burst) * 1_000, at: now }
    }

    /// Fills up to `now`. A clock that went back fills nothing and is taken as the new time.
    fn fill(&mut self, now: UnixMs) {
        let gained = (now - self.at).max(0).saturating_mul(i64::from(self.per_s));
        self.milli_tokens = self.milli_tokens.saturating_add(gained).min(i64::from(self.burst) * 1_000);
        self.at = now;
    }

    /// When it will hold one token more than `reserve`; now, if it does.
    fn ready_at(&self, reserve: u32) -> UnixMs {
        let missing = (i64::from(reserve.min(self.burst - 1)) + 1) * 1_000 - self.milli_tokens;
        let per_s = i64::from(self.per_s);
        if missing <= 0 { self.at } else { self.at + (missing + per_s - 1) / per_s }
    }

    fn is_full(&self) -> bool {
        self.milli_tokens >= i64::from(self.burst) * 1_000
    }
}

/// Who may wait for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// An answer to somebody who is waiting.
    Reply,
    /// One of many that nobody waits for.
    Broadcast,
}

/// The numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages a second of the bot in all.
    pub bot_per_s: u32,
    /// Messages a second to one chat.
    pub chat_per_s: u32,
    /// Messages to one chat at once.
    pub chat_burst: u32,
    /// How many of the bot's tokens broadcasts leave to replies.
    pub reply_reserve: u32,
}

impl Limits {
    /// Telegram's.
    pub const TELEGRAM: Self = Self { bot_per_s: 30, chat_per_s: 1, chat_burst: 5, reply_reserve: 10 };
}

/// A clock that went back by more than this was set; by less, it was adjusted.
const SET_BACK_MS: i64 = 1_000;

/// Chats that are refused within [`REFUSALS_WITHIN_MS`] before the whole bot is held.
pub const REFUSED_CHATS_MAX: usize = 3;

/// How long a refusal counts towards holding the bot.
pub const REFUSALS_WITHIN_MS: i64 = 10_000;

/// Chats that are remembered before the rested ones are forgotten.
const CHATS_KEPT: usize = 4_096;

/// The pace of one bot.
#[derive(Debug, Clone)]
pub struct Pace {
    limits: Limits,
    bot: Bucket,
    held_until: UnixMs,
    chats: HashMap<String, (Bucket, UnixMs)>,
    /// The chats that were refused last, each with when; at most [`REFUSED_CHATS_MAX`].
    refused: Vec<(String, UnixMs)>,
    forget_at: usize,
}

impl Pace {
    /// A rested bot.
    pub fn new(limits: Limits, now: UnixMs) -> Self {
        let bot = Bucket::full(limits.bot_per_s, limits.bot_per_s, now);
        Self { limits, bot, held_until: now, chats: HashMap::new(), refused: Vec::new(), forget_at: CHATS_KEPT }
    }

    /// Takes the right to send one request that says something to a chat now, or tells when to ask again. Nothing is taken in the second case.
    pub fn take(&mut self, chat: &str, priority: Priority, now: UnixMs) -> Result<(), UnixMs> {
        self.follow(now);
        self.bot.fill(now);
        let limits = self.limits;
        let (bucket, held_until) = self.chat(chat, now);
        bucket.fill(now);
        let chat_ready = bucket.ready_at(0).max(*held_until);
        let reserve = match priority {
            Priority::Reply => 0,
            Priority::Broadcast => limits.reply_reserve,
        };
        let ready = chat_ready.max(self.bot.ready_at(reserve)).max(self.held_until);
        if ready > now {
            return Err(ready);
        }
        self.chat(chat, now).0.milli_tokens -= 1_000;
        self.bot.milli_tokens -= 1_000;
        Ok(())
    }

    /// A clock that was set back takes the holds with it: else a hold of seconds would last as long as the clock went back.
    fn follow(&mut self, now: UnixMs) {
        let back = self.bot.at - now;
        if back > SET_BACK_MS {
            self.held_until = self.held_until + -back;
            for (_, held_until) in self.chats.values_mut() {
                *held_until = *held_until + -back;
            }
        }
    }

    /// The messenger wants to be asked again at `until`. It does not say whose limit that is, the chat's or the bot's: the chat is held, and
    /// when several chats are refused within a short time it is the bot's, so all of them are.
    pub fn refused(&mut self, chat: &str, until: UnixMs, now: UnixMs) {
        let held = &mut self.chat(chat, now).1;
        *held = (*held).max(until);
        // A time that is still to come is of a clock that went back since.
        self.refused.retain(|(refused, at)| refused != chat && (0..REFUSALS_WITHIN_MS).contains(&(now - *at)));
        self.refused.push((chat.to_owned(), now));
        if self.refused.len() >= REFUSED_CHATS_MAX {
            self.held_until = self.held_until.max(until);
            self.refused.clear();
        }
    }

    fn chat(&mut self, chat: &str, now: UnixMs) -> &mut (Bucket, UnixMs) {
        if self.chats.len() >= self.forget_at && !self.chats.contains_key(chat) {
            self.chats.retain(|_, (bucket, held_until)| {
                bucket.fill(now);
                !bucket.is_full() || *held_until > now
            });
            self.forget_at = CHATS_KEPT.max(self.chats.len() * 2);
        }
        let limits = self.limits;
        self.chats
            .entry(chat.to_owned())
            .or_insert_with(|| (Bucket::full(limits.chat_per_s, limits.chat_burst, now), now))
    }
}
