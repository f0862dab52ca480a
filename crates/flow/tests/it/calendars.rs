use jiff::{Timestamp, civil::date, tz::TimeZone};
use recado_flow::calendar::{self, TimeUnit};
use recado_model::{Account, AccountId, Plan, UnixMs, trigger::Hours};

use crate::stage::{NOW, Stage};

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> UnixMs {
    UnixMs(text.parse::<Timestamp>().unwrap().as_millisecond())
}

fn account_in(time_zone: &str) -> Account {
    let id = AccountId::from_bytes([3; 16]);
    Account { id, name: String::new(), plan: Plan::Paid, time_zone: time_zone.to_owned(), created_at: NOW }
}

#[test]
fn a_skipped_wall_time_is_the_first_instant_after() {
    for (name, wall, instant) in [
        ("Europe/Madrid", date(2026, 3, 29).at(2, 0, 0, 0), "2026-03-29T01:00:00Z"),
        ("Europe/Madrid", date(2026, 3, 29).at(2, 30, 0, 0), "2026-03-29T01:00:00Z"),
        ("America/New_York", date(2026, 3, 8).at(2, 59, 0, 0), "2026-03-08T07:00:00Z"),
        ("Pacific/Apia", date(2011, 12, 30).at(12, 0, 0, 0), "2011-12-30T10:00:00Z"),
    ] {
        assert_eq!(calendar::moment_of(wall, &zone(name)), Some(at(instant)), "{name} {wall}");
    }
}

#[test]
fn a_repeated_wall_time_is_the_first_of_the_two() {
    for (name, wall, instant) in [
        ("Europe/Madrid", date(2026, 10, 25).at(2, 30, 0, 0), "2026-10-25T00:30:00Z"),
        ("America/New_York", date(2026, 11, 1).at(1, 30, 0, 0), "2026-11-01T05:30:00Z"),
    ] {
        assert_eq!(calendar::moment_of(wall, &zone(name)), Some(at(instant)), "{name} {wall}");
    }
}

#[test]
fn a_day_is_one_of_the_accounts_calendar() {
    for (name, moment, day) in [
        ("UTC", "1970-01-01T00:00:00Z", "1970-01-01"),
        ("Asia/Kathmandu", "2026-11-27T18:14:59Z", "2026-11-27"),
        ("Asia/Kathmandu", "2026-11-27T18:15:00Z", "2026-11-28"),
        ("America/Bogota", "2026-11-27T04:59:59Z", "2026-11-26"),
        ("nowhere", "1969-12-31T23:00:00Z", "1969-12-31"),
    ] {
        assert_eq!(calendar::date_of(calendar::day_of(&account_in(name), at(moment))), day, "{name} {moment}");
    }
    for day in [i32::MIN, i32::MAX] {
        assert!(!calendar::date_of(day).is_empty());
    }
}

#[test]
fn hours_are_elapsed_time_and_days_are_calendar_days() {
    let madrid = zone("Europe/Madrid");
    let before = at("2026-03-28T11:00:00Z"); // 12:00 on the eve of the change
    assert_eq!(calendar::moved(before, 24, TimeUnit::Hours, &madrid), Some(at("2026-03-29T11:00:00Z")));
    assert_eq!(calendar::moved(before, 1, TimeUnit::Days, &madrid), Some(at("2026-03-29T10:00:00Z")));
    assert_eq!(calendar::moved(at("2026-03-29T10:00:00Z"), -1, TimeUnit::Days, &madrid), Some(before));
    assert_eq!(calendar::moved(before, 90, TimeUnit::Minutes, &madrid), Some(at("2026-03-28T12:30:00Z")));
    assert_eq!(
        calendar::moved(at("2026-03-28T01:30:00Z"), 1, TimeUnit::Days, &madrid),
        Some(at("2026-03-29T01:00:00Z"))
    );
}

#[test]
fn a_move_out_of_the_calendar_is_none() {
    for amount in [i64::MAX, i64::MIN, 4_000_000] {
        assert_eq!(calendar::moved(NOW, amount, TimeUnit::Days, &TimeZone::UTC), None);
    }
    assert_eq!(calendar::moved(NOW, i64::MAX, TimeUnit::Minutes, &TimeZone::UTC), None);
}

#[test]
fn the_next_time_is_strictly_later_than_now() {
    let madrid = zone("Europe/Madrid");
    let ten = at("2026-11-23T09:00:00Z");
    assert_eq!(calendar::next_at(ten, 600, &[], &madrid), Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(calendar::next_at(UnixMs(ten.0 - 1), 600, &[], &madrid), Some(ten));
    assert_eq!(calendar::next_at(ten, 600, &[1], &madrid), Some(at("2026-11-30T09:00:00Z")));
    assert_eq!(calendar::next_at(ten, 601, &[1], &madrid), Some(at("2026-11-23T09:01:00Z")));
    assert_eq!(calendar::next_at(ten, 600, &[6, 7], &madrid), Some(at("2026-11-28T09:00:00Z")));
    assert_eq!(calendar::next_at(ten, 600, &[9], &madrid), None);
    assert_eq!(calendar::next_at(ten, 1_440, &[], &madrid), None);
}

#[test]
fn the_next_time_passes_over_changes_of_the_clock() {
    let madrid = zone("Europe/Madrid");
    assert_eq!(calendar::next_at(at("2026-03-28T12:00:00Z"), 150, &[], &madrid), Some(at("2026-03-29T01:00:00Z")));
    // Between the two 02:30 of the day: today's was the first.
    assert_eq!(calendar::next_at(at("2026-10-25T00:45:00Z"), 150, &[], &madrid), Some(at("2026-10-26T01:30:00Z")));
    // Samoa had no 30 December 2011, a Friday.
    let apia = zone("Pacific/Apia");
    let eve = at("2011-12-29T22:30:00Z"); // Thursday 12:30
    assert_eq!(calendar::next_at(eve, 720, &[], &apia), Some(at("2011-12-30T22:00:00Z")));
    assert_eq!(calendar::next_at(eve, 720, &[5], &apia), Some(at("2012-01-05T22:00:00Z")));
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let hours = Hours { from_min: 1_320, to_min: 120, weekdays: vec![1] };
    let utc = TimeZone::UTC;
    for (moment, within) in [
        ("2026-11-23T21:59:00Z", false),
        ("2026-11-23T22:00:00Z", true),
        ("2026-11-24T01:59:00Z", true),
        ("2026-11-24T02:00:00Z", false),
        ("2026-11-23T01:00:00Z", false),
        ("2026-11-24T22:00:00Z", false),
    ] {
        assert_eq!(calendar::within_hours(&hours, at(moment), &utc), within, "{moment}");
    }
    let day = Hours { from_min: 540, to_min: 1_440, weekdays: vec![] };
    assert!(calendar::within_hours(&day, at("2026-11-24T23:59:59Z"), &utc));
    assert!(!calendar::within_hours(&day, at("2026-11-24T08:59:59Z"), &utc));
}

#[test]
fn a_zone_is_the_contacts_else_its_phones_else_its_countrys_else_the_accounts() {
    let mut stage = Stage::new();
    let account = account_in("Asia/Tokyo");
    let zone =
        |stage: &Stage| calendar::zone_of(&stage.contact, &account).iana_name().map(str::to_owned).unwrap_or_default();
    assert_eq!(zone(&stage), "Europe/Madrid");
    stage.contact.profile.phone = Some("+380501234567".to_owned());
    assert_eq!(zone(&stage), "Europe/Kyiv");
    stage.contact.profile.time_zone = Some("America/Lima".to_owned());
    assert_eq!(zone(&stage), "America/Lima");
    stage.contact.profile.time_zone = Some("Nowhere/Land".to_owned());
    assert_eq!(zone(&stage), "Europe/Kyiv");
    stage.contact.profile.phone = Some("+12025550123".to_owned());
    stage.contact.profile.country = Some("US".to_owned());
    assert_eq!(zone(&stage), "Asia/Tokyo");
}

#[test]
fn every_place_has_a_real_zone() {
    for country in ["ES", "ua", "WS", "CO", "VN", "KG"] {
        assert!(calendar::zone_of_country(country).and_then(calendar::zone_named).is_some(), "{country}");
    }
    assert_eq!(calendar::zone_of_country("RU"), None);
    assert_eq!(calendar::zone_of_phone("34600"), None);
}

#[test]
fn wall_times_are_read_strictly() {
    for (text, minute) in [
        ("00:00", Some(0)),
        ("9:05", Some(545)),
        ("23:59", Some(1_439)),
        ("24:00", None),
        ("12:60", None),
        ("1:5", None),
        ("+1:00", None),
        ("", None),
    ] {
        assert_eq!(calendar::parse_hh_mm(text), minute, "{text}");
    }
}
