//! Wall clocks: which zone a contact lives in, when pauses end, when a trigger may act.
//!
//! Minutes and hours are elapsed time. Days are calendar days at the same wall time in the zone. A wall time that a zone skips is the first instant
//! after it; one that it repeats is the first of the two. *Next hh:mm* is strictly later than now.

mod places;

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use recado_model::{
    Account, Contact, UnixMs, Value,
    time::{HOUR_MS, MINUTE_MS},
    trigger::Hours,
};
use serde::{Deserialize, Serialize};

pub use places::{zone_of_country, zone_of_phone};

/// What an offset or a span of time counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Elapsed minutes.
    Minutes,
    /// Elapsed hours.
    Hours,
    /// Calendar days at the same wall time.
    Days,
}

/// The zone of a name, when it is one.
pub fn zone_named(name: &str) -> Option<TimeZone> {
    if name.is_empty() { None } else { TimeZone::get(name).ok() }
}

/// A contact's zone: set on the contact (or told by its browser), else of its phone's country, else of its country, else the account's, else UTC.
/// Countries with several zones tell nothing.
pub fn zone_of(contact: &Contact, account: &Account) -> TimeZone {
    let profile = &contact.profile;
    let set = profile.time_zone.as_deref().and_then(zone_named);
    set.or_else(|| profile.phone.as_deref().and_then(zone_of_phone).and_then(zone_named))
        .or_else(|| profile.country.as_deref().and_then(zone_of_country).and_then(zone_named))
        .or_else(|| zone_named(&account.time_zone))
        .unwrap_or(TimeZone::UTC)
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The day of a moment in the account's calendar: days since 1970-01-01.
pub fn day_of(account: &Account, moment: UnixMs) -> i32 {
    let zone = zone_named(&account.time_zone).unwrap_or(TimeZone::UTC);
    (wall(moment, &zone).date() - EPOCH).get_days()
}

/// The date of a day, as in `2026-11-27`. Days out of the calendar are the first or the last.
pub fn date_of(day: i32) -> String {
    EPOCH.saturating_add(SignedDuration::from_hours(24 * i64::from(day))).to_string()
}

/// What a clock on the wall shows.
pub fn wall(moment: UnixMs, zone: &TimeZone) -> DateTime {
    zone.to_datetime(timestamp(moment))
}

/// The moment as `jiff` knows it; moments out of its years −9999 to 9999 become the nearest.
pub fn timestamp(moment: UnixMs) -> Timestamp {
    Timestamp::from_millisecond(moment.0).unwrap_or(if moment.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The moment of a wall time.
pub fn moment_of(wall: DateTime, zone: &TimeZone) -> Option<UnixMs> {
    let instant = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok()?,
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok()?,
        AmbiguousOffset::Gap { before, .. } => {
            // Read with the offset from before the gap, the wall time lies at or after the transition, which is the first instant after.
            let inside = before.to_timestamp(wall).ok()?;
            let just_after = inside.checked_add(1.nanosecond()).ok()?;
            zone.preceding(just_after).next().map_or(inside, |transition| transition.timestamp())
        }
    };
    Some(UnixMs(instant.as_millisecond()))
}

/// A moment moved by so many units, to the past when negative. `None` when the result is out of the calendar.
pub fn moved(moment: UnixMs, amount: i64, unit: TimeUnit, zone: &TimeZone) -> Option<UnixMs> {
    let elapsed = |unit_ms: i64| moment.0.checked_add(amount.checked_mul(unit_ms)?).map(UnixMs);
    match unit {
        TimeUnit::Minutes => elapsed(MINUTE_MS),
        TimeUnit::Hours => elapsed(HOUR_MS),
        TimeUnit::Days if amount == 0 => Some(moment),
        TimeUnit::Days => {
            let there = wall(moment, zone).checked_add(jiff::Span::new().try_days(amount).ok()?).ok()?;
            moment_of(there, zone)
        }
    }
}

/// The moment of a date (its first instant), or of a date and time. `None` for values of other types.
pub fn moment_of_value(value: &Value, zone: &TimeZone) -> Option<UnixMs> {
    match value {
        Value::Date(text) => moment_of(text.parse::<Date>().ok()?.to_datetime(Time::midnight()), zone),
        Value::DateTime(text) => text.parse::<Timestamp>().ok().map(|moment| UnixMs(moment.as_millisecond())),
        Value::Text(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Time(_)
        | Value::Phone(_)
        | Value::Email(_)
        | Value::Url(_)
        | Value::Location { .. }
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

/// The next time that clocks show `minute_of_day`, strictly later than now, on one of the ISO weekdays (none given is any).
/// A day that the zone skips as a whole is passed over. `None` when nothing of the kind is in the calendar.
pub fn next_at(now: UnixMs, minute_of_day: u16, weekdays: &[u8], zone: &TimeZone) -> Option<UnixMs> {
    let time = Time::new((minute_of_day / 60) as i8, (minute_of_day % 60) as i8, 0, 0).ok()?;
    let today = wall(now, zone).date();
    // Two weeks: the wanted weekday may be one that was skipped.
    (0..=15).find_map(|days: i64| {
        let date = today.checked_add(days.days()).ok()?;
        if !on_weekday(date, weekdays) {
            return None;
        }
        let moment = moment_of(date.to_datetime(time), zone)?;
        (moment > now && wall(moment, zone).date() == date).then_some(moment)
    })
}

/// Whether a trigger with these hours may act now. A window over midnight belongs to the weekday it begins on.
pub fn within_hours(hours: &Hours, now: UnixMs, zone: &TimeZone) -> bool {
    within_window(hours.from_min, hours.to_min, &hours.weekdays, now, zone)
}

/// Whether the wall clock is in `[from, to)`, minutes of the day, on one of the ISO weekdays (none given is any). `to` below `from` reaches over
/// midnight; both equal is the whole day.
pub fn within_window(from_min: u16, to_min: u16, weekdays: &[u8], now: UnixMs, zone: &TimeZone) -> bool {
    let wall = wall(now, zone);
    let minute = minute_of_day(wall);
    let today = on_weekday(wall.date(), weekdays);
    match from_min.cmp(&to_min) {
        std::cmp::Ordering::Less => today && (from_min..to_min).contains(&minute),
        std::cmp::Ordering::Equal => today,
        std::cmp::Ordering::Greater if minute >= from_min => today,
        std::cmp::Ordering::Greater => {
            minute < to_min && wall.date().yesterday().is_ok_and(|date| on_weekday(date, weekdays))
        }
    }
}

/// Minutes since midnight on the wall.
pub fn minute_of_day(wall: DateTime) -> u16 {
    wall.hour() as u16 * 60 + wall.minute() as u16
}

/// The ISO weekday, 1 Monday to 7 Sunday.
pub fn iso_weekday(date: Date) -> u8 {
    date.weekday().to_monday_one_offset() as u8
}

fn on_weekday(date: Date, weekdays: &[u8]) -> bool {
    weekdays.is_empty() || weekdays.contains(&iso_weekday(date))
}

/// Minutes of the day of `hh:mm` (one or two digits of hours, two of minutes, 00:00 to 23:59).
pub fn parse_hh_mm(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}
