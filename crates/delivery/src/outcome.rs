//! What an attempt means: **the status line decides.**
//!
//! [`judge`] turns what came back into the delivery's [`Outcome`], and says whether the whole webhook waits (`Retry-After`), is switched off
//! (410), and what the attempt tells of the receiver's health. It is pure: the caller commits the outcome together with the attempt.

use jiff::{Timestamp, fmt::rfc2822, fmt::strtime};
use recado_model::{Entropy, FailureKind, Outcome, UnixMs, time::SECOND_MS};

use crate::retry::{DELAY_MS_MAX, REFUSED_ATTEMPTS_MAX, Schedule, jittered_ms};

/// What came back, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// A status line.
    Status {
        /// Its code.
        code: u16,
        /// The value of `Retry-After`.
        retry_after: Option<&'a str>,
    },
    /// None, and why.
    None(FailureKind),
}

impl<'a> Answer<'a> {
    /// From the parts an attempt keeps. An attempt with neither counts as a broken connection.
    pub fn new(status: Option<u16>, retry_after: Option<&'a str>, failure: Option<FailureKind>) -> Self {
        match status {
            Some(code) => Self::Status { code, retry_after },
            None => Self::None(failure.unwrap_or(FailureKind::Protocol)),
        }
    }
}

/// Where the delivery stood before the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Attempts that were counted before this one.
    pub attempts: u32,
    /// The attempt probes an open breaker: its failure is not counted.
    pub probe: bool,
    /// The head before it in its lane failed for good, so it has this one attempt.
    pub single_attempt: bool,
    /// When a failed probe's delivery is due again; see [`crate::lanes::Claim::probe_again_at`].
    pub probe_again_at: UnixMs,
}

/// What an attempt tells of the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Health {
    /// It took the event.
    Well,
    /// It answers, but refused this event (3xx, 4xx).
    Answers,
    /// It failed: 5xx, connection, time-out.
    Unwell,
    /// It was not asked: our rules or the URL stood in the way.
    NotAsked,
}

/// What an attempt means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// For its delivery.
    pub outcome: Outcome,
    /// The whole webhook waits until then.
    pub hold_until: Option<UnixMs>,
    /// The receiver said 410: the webhook is switched off.
    pub gone: bool,
    /// For the receiver's health.
    pub health: Health,
}

/// Judges an attempt that ended at `now`.
pub fn judge(
    answer: Answer<'_>,
    standing: Standing,
    schedule: &Schedule,
    now: UnixMs,
    rng: &mut dyn Entropy,
) -> Judgement {
    let health = health(answer);
    let over = |outcome| Judgement { outcome, hold_until: None, gone: false, health };
    match answer {
        Answer::Status { code: 200..=299, .. } => over(Outcome::Delivered),
        Answer::Status { code: 410, .. } => Judgement { gone: true, ..over(Outcome::Failed) },
        Answer::Status { code, retry_after } => {
            let wait_ms =
                matches!(code, 429 | 503).then(|| retry_after.and_then(|text| retry_after_ms(text, now))).flatten();
            failed(is_refusal(code), code == 429, wait_ms, standing, schedule, health, now, rng)
        }
        Answer::None(_) => failed(false, false, None, standing, schedule, health, now, rng),
    }
}

#[expect(clippy::too_many_arguments, reason = "the one place where all facts of a failed attempt meet")]
fn failed(
    refused: bool,
    throttled: bool,
    wait_ms: Option<u64>,
    standing: Standing,
    schedule: &Schedule,
    health: Health,
    now: UnixMs,
    rng: &mut dyn Entropy,
) -> Judgement {
    let attempts = standing.attempts.saturating_add(1);
    let delay_ms = if refused {
        (attempts < REFUSED_ATTEMPTS_MAX).then(|| schedule.refused_delay_ms(attempts)).flatten()
    } else {
        schedule.delay_ms(attempts)
    };
    let step_ms = delay_ms.map(|delay| jittered_ms(delay, rng));
    let hold_until = wait_ms.map(|wait| now + wait.max(step_ms.unwrap_or(0)) as i64);
    let outcome = if standing.probe && health == Health::Unwell {
        Outcome::Probed { at: standing.probe_again_at.max(hold_until.unwrap_or(now)) }
    } else if standing.single_attempt && !throttled && wait_ms.is_none() {
        // A receiver that only asks to be asked later has not refused the event, so it keeps its schedule.
        Outcome::Failed
    } else {
        match step_ms {
            Some(step) => Outcome::Retry { at: hold_until.unwrap_or(now + step as i64) },
            None => Outcome::Failed,
        }
    };
    Judgement { outcome, hold_until, gone: false, health }
}

/// A 4xx that says the event itself is not wanted, so that trying again for a day would only hold the lane.
const fn is_refusal(code: u16) -> bool {
    matches!(code, 400..=499) && !matches!(code, 408 | 409 | 425 | 429)
}

fn health(answer: Answer<'_>) -> Health {
    match answer {
        Answer::Status { code: 200..=299, .. } => Health::Well,
        Answer::Status { code: 300..=499, .. } => Health::Answers,
        Answer::Status { .. } => Health::Unwell,
        Answer::None(kind) if kind.is_receivers() => Health::Unwell,
        Answer::None(_) => Health::NotAsked,
    }
}

/// The milliseconds of a `Retry-After`: seconds or an HTTP date, at most 24 h. `None` when it is neither.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110.html#field.retry-after>.
pub fn retry_after_ms(text: &str, now: UnixMs) -> Option<u64> {
    let text = text.trim();
    let ms = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(SECOND_MS as u64)
    } else {
        let at = http_date(text)?;
        u64::try_from(UnixMs(at.as_millisecond()) - now).unwrap_or(0)
    };
    Some(ms.min(DELAY_MS_MAX))
}

/// The three forms of <https://www.rfc-editor.org/rfc/rfc9110.html#http.date>.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(at) = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text) {
        return Some(at);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].iter().find_map(|form| {
        let civil = strtime::parse(form, text).ok()?.to_datetime().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}
