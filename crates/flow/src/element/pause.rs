//! Pause: waits for a time, or for a time without a word of the contact.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use recado_model::{ElementId, UnixMs, Wait};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{self, TimeUnit},
    document::Position,
    mistake::FlowMistake,
    run::{Next, Walk},
    turn::Conversation,
    validate::Checker,
};

/// The longest period, in minutes.
pub const PERIOD_MIN_MAX: i64 = 30 * 24 * 60;

/// Waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// When it ends.
    pub until: PauseEnd,
    /// In whose time zone.
    #[serde(default)]
    pub zone: PauseZone,
    /// Whether activity of the contact ends it.
    #[serde(default)]
    pub condition: PauseCondition,
}

/// When a pause ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PauseEnd {
    /// After 1 minute to 30 days.
    Period {
        /// How many.
        amount: u32,
        /// Of what.
        unit: TimeUnit,
    },
    /// At a fixed moment.
    Date {
        /// `YYYY-MM-DD`, `YYYY-MM-DDThh:mm` in the pause's zone, or RFC 3339.
        at: String,
        /// Moves it, to earlier when negative.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<PauseOffset>,
    },
    /// At the moment that a date variable tells.
    Variable {
        /// Its name.
        variable: String,
        /// Moves it, to earlier when negative.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<PauseOffset>,
    },
    /// At the next `hh:mm`, strictly later than now.
    Time {
        /// `hh:mm`.
        at: String,
        /// ISO weekdays, 1 Monday to 7 Sunday; empty is every day.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weekdays: Vec<u8>,
    },
}

/// Moves a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseOffset {
    /// How many, to earlier when negative.
    pub amount: i32,
    /// Of what.
    pub unit: TimeUnit,
}

/// Whose time zone a pause reads clocks in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseZone {
    /// The contact's.
    #[default]
    Contact,
    /// The account's.
    Account,
}

/// Whether activity of the contact ends a pause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseCondition {
    /// It does not.
    #[default]
    Always,
    /// It takes the output `active` at once.
    IfInactive,
}

impl PauseElement {
    /// `next`, and `active` of *if inactive*.
    pub fn outputs(&self) -> Vec<String> {
        match self.condition {
            PauseCondition::Always => vec!["next".to_owned()],
            PauseCondition::IfInactive => vec!["next".to_owned(), "active".to_owned()],
        }
    }

    /// The longest it lasts in hours, when that is known beforehand.
    pub(crate) fn hours(&self) -> Option<u32> {
        match self.until {
            PauseEnd::Period { amount, unit: TimeUnit::Minutes } => Some(amount / 60),
            PauseEnd::Period { amount, unit: TimeUnit::Hours } => Some(amount),
            PauseEnd::Period { amount, unit: TimeUnit::Days } => Some(amount.saturating_mul(24)),
            PauseEnd::Date { .. } | PauseEnd::Variable { .. } | PauseEnd::Time { .. } => None,
        }
    }
}

fn minutes(amount: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Minutes => amount,
        TimeUnit::Hours => amount.saturating_mul(60),
        TimeUnit::Days => amount.saturating_mul(24 * 60),
    }
}

pub(crate) fn check(element: &PauseElement, checker: &mut Checker<'_>) {
    match &element.until {
        PauseEnd::Period { amount, unit } => {
            if !(1..=PERIOD_MIN_MAX).contains(&minutes(i64::from(*amount), *unit)) {
                checker.error("until.amount", FlowMistake::PeriodRange { days: PERIOD_MIN_MAX / (24 * 60) });
            }
        }
        PauseEnd::Date { at, .. } => {
            if fixed_moment(at, &TimeZone::UTC).is_none() {
                checker.error("until.at", FlowMistake::BadDate { text: at.clone() });
            }
        }
        PauseEnd::Variable { variable, .. } => checker.read_variable("until.variable", variable),
        PauseEnd::Time { at, weekdays } => {
            if calendar::parse_hh_mm(at).is_none() {
                checker.error("until.at", FlowMistake::BadTime { text: at.clone() });
            }
            if weekdays.iter().any(|day| !(1..=7).contains(day)) {
                checker.error("until.weekdays", FlowMistake::BadWeekday {});
            }
        }
    }
}

fn fixed_moment(text: &str, zone: &TimeZone) -> Option<UnixMs> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(UnixMs(moment.as_millisecond()));
    }
    text.parse::<DateTime>().ok().and_then(|wall| calendar::moment_of(wall, zone))
}

pub(crate) fn step(talk: &mut Conversation<'_>, walk: &Walk, element: &PauseElement) -> Next {
    let zone = match element.zone {
        PauseZone::Contact => calendar::zone_of(&talk.contact, talk.view.account),
        PauseZone::Account => calendar::zone_named(&talk.view.account.time_zone).unwrap_or(TimeZone::UTC),
    };
    let Some(until) = end(talk, element, &zone) else {
        talk.log_at(walk, false, "pause_without_date", "the pause has no date to wait for and went on at once");
        return Next::out("next");
    };
    if until <= talk.now {
        return Next::out("next");
    }
    Next::Wait(Wait::Pause { until, if_inactive: element.condition == PauseCondition::IfInactive })
}

fn end(talk: &Conversation<'_>, element: &PauseElement, zone: &TimeZone) -> Option<UnixMs> {
    let moved = |moment: UnixMs, offset: &Option<PauseOffset>| match offset {
        Some(offset) => calendar::moved(moment, i64::from(offset.amount), offset.unit, zone),
        None => Some(moment),
    };
    match &element.until {
        PauseEnd::Period { amount, unit } => calendar::moved(talk.now, i64::from(*amount), *unit, zone),
        PauseEnd::Date { at, offset } => moved(fixed_moment(at, zone)?, offset),
        PauseEnd::Variable { variable, offset } => {
            let value = talk.variable(variable)?;
            moved(calendar::moment_of_value(&value, zone)?, offset)
        }
        PauseEnd::Time { at, weekdays } => calendar::next_at(talk.now, calendar::parse_hh_mm(at)?, weekdays, zone),
    }
}
