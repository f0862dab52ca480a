use jiff::tz::TimeZone;
use proptest::prelude::*;
use recado_flow::{
    convert::{self, NotAValue, Reading},
    reply::{BadReply, InputKind, Reply, ReplyCheck},
};
use recado_model::{
    Value, ValueType,
    limits::VALUE_BYTES_MAX,
    message::{Attachment, MediaKind},
};
use serde_json::json;

fn read(kind: &InputKind, reply: &Reply<'_>) -> Result<Value, BadReply> {
    let zone = TimeZone::get("Europe/Madrid").unwrap();
    ReplyCheck::compile(kind).unwrap().read(reply, Reading { zone: &zone, country: Some("ES") })
}

fn said(kind: &InputKind, text: &str) -> Option<String> {
    read(kind, &Reply::text(text)).ok().map(|value| value.to_text())
}

#[test]
fn each_kind_takes_its_form() {
    for (kind, text, value) in [
        (InputKind::Text, " hello ", " hello "),
        (InputKind::Number, "-12,50", "-12.5"),
        (InputKind::Number, "1e3", "1000"),
        (InputKind::Date, "29/02/2028", "2028-02-29"),
        (InputKind::Date, "1/3/2026", "2026-03-01"),
        (InputKind::DateTime, "23.11.2026 10:31", "2026-11-23T09:31:00Z"),
        (InputKind::Time, "7:05", "07:05"),
        (InputKind::Email, "ana.diaz+x@example.co.uk", "ana.diaz+x@example.co.uk"),
        (InputKind::Phone, "612 34 56 78", "+34612345678"),
        (InputKind::Phone, "+380 (50) 123-45-67", "+380501234567"),
        (InputKind::Phone, "0034612345678", "+34612345678"),
        (InputKind::Url, "HTTPS://Example.com/ñ", "https://example.com/%C3%B1"),
        (InputKind::Url, "example.com/a", "https://example.com/a"),
    ] {
        assert_eq!(said(&kind, text).as_deref(), Some(value), "{kind:?} {text}");
    }
}

#[test]
fn each_kind_refuses_another_form() {
    for (kind, texts) in [
        (InputKind::Number, ["twelve", "1,2,3", "inf", "NaN", "0x10", "1e999"].as_slice()),
        (InputKind::Date, &["2026-11-23", "31/02/2026", "1.3.2026", "1/3/26", "+1/3/2026"]),
        (InputKind::DateTime, &["23.11.2026", "23/11/2026 10:31", "23.11.2026 25:00"]),
        (InputKind::Time, &["24:00", "7.05", "seven"]),
        (InputKind::Email, &["a@b", "a b@c.de", "@c.de", "a@c..de", "a@-c.de", "a@b@", "a@1.1"]),
        (
            InputKind::Phone,
            &["12", "+34 000", "call me", "+34+612345678", "1234567890123456789012345678901234567890123"],
        ),
        (InputKind::Url, &["javascript:alert(1)", "ftp://a.b", "no spaces.com", "http://", "user@host.com"]),
    ] {
        for text in texts {
            assert_eq!(said(&kind, text), None, "{kind:?} {text}");
        }
    }
}

#[test]
fn a_text_of_255_characters_is_taken_and_of_256_is_not() {
    assert!(said(&InputKind::Text, &"é".repeat(255)).is_some());
    assert_eq!(read(&InputKind::Text, &Reply::text(&"é".repeat(256))), Err(BadReply::TooLong));
}

#[test]
fn another_kind_of_reply_is_a_bad_one() {
    let photo = [Attachment {
        media: MediaKind::Image,
        external: Some("file-id".to_owned()),
        file_id: None,
        name: None,
        mime: None,
        bytes: None,
    }];
    let with_photo = Reply { text: "caption", attachments: &photo, ..Reply::default() };
    assert_eq!(read(&InputKind::Text, &with_photo), Err(BadReply::WrongKind));
    assert_eq!(read(&InputKind::File, &with_photo), Ok(Value::Text("file-id".to_owned())));
    assert_eq!(read(&InputKind::File, &Reply::text("a")), Err(BadReply::WrongKind));
    assert_eq!(read(&InputKind::Location, &Reply::text("40,3")), Err(BadReply::WrongKind));
    assert_eq!(read(&InputKind::Text, &Reply::text(" ")), Err(BadReply::WrongKind));
}

#[test]
fn a_file_with_a_url_gives_the_url() {
    let file = [Attachment {
        media: MediaKind::File,
        external: Some("https://h.test/a b".to_owned()),
        file_id: None,
        name: None,
        mime: None,
        bytes: None,
    }];
    assert_eq!(
        read(&InputKind::File, &Reply { attachments: &file, ..Reply::default() }),
        Ok(Value::Url("https://h.test/a%20b".to_owned()))
    );
}

#[test]
fn shared_places_and_phones_are_taken() {
    let place = Reply { location: Some((40.4, -3.7)), ..Reply::default() };
    assert_eq!(read(&InputKind::Location, &place), Ok(Value::Location { lat: 40.4, lon: -3.7 }));
    let nowhere = Reply { location: Some((f64::NAN, 0.0)), ..Reply::default() };
    assert_eq!(read(&InputKind::Location, &nowhere), Err(BadReply::NotAValue(NotAValue::Location)));
    let phone = Reply { phone: Some("34612345678"), ..Reply::default() };
    assert_eq!(read(&InputKind::Phone, &phone), Ok(Value::Phone("+34612345678".to_owned())));
}

#[test]
fn a_regular_expression_matches_the_whole_reply() {
    let kind = |pattern: &str| InputKind::Regex { pattern: pattern.to_owned() };
    assert_eq!(said(&kind(r"\d{4}|none"), " 1234 ").as_deref(), Some("1234"));
    assert_eq!(said(&kind(r"^\d{4}$"), "1234").as_deref(), Some("1234"));
    assert_eq!(said(&kind(r"\d{4}"), "12345"), None);
    assert_eq!(said(&kind("(?x) a # letter"), "a").as_deref(), Some("a"));
}

#[test]
fn hostile_patterns_are_refused() {
    let patterns = [
        "(a{1000}){1000}",
        "a)(b",
        "(",
        "",
        "(?:\\pL{500}){500}",
        &"(".repeat(120),
        &"a".repeat(257),
        &"a?".repeat(129),
    ];
    for pattern in patterns {
        assert!(ReplyCheck::compile(&InputKind::Regex { pattern: pattern.to_owned() }).is_err(), "{pattern}");
    }
    // Exponential in backtracking engines.
    assert_eq!(said(&InputKind::Regex { pattern: "(a+)+$".to_owned() }, &format!("{}b", "a".repeat(250))), None);
}

#[test]
fn json_becomes_values_strictly() {
    let zone = TimeZone::UTC;
    let reading = Reading { zone: &zone, country: None };
    let from = |json, kind| convert::from_json(&json, kind, reading);
    assert_eq!(from(json!(3), ValueType::Number), Ok(Value::Number(3.0)));
    assert_eq!(from(json!("3"), ValueType::Number), Ok(Value::Number(3.0)));
    assert_eq!(from(json!([1]), ValueType::Number), Err(NotAValue::Number));
    assert_eq!(from(json!({"a": 1}), ValueType::Text), Ok(Value::Text("{\"a\":1}".to_owned())));
    assert_eq!(from(json!({"lat": 1, "lon": 2}), ValueType::Location), Ok(Value::Location { lat: 1.0, lon: 2.0 }));
    assert_eq!(from(json!("[1,2]"), ValueType::List), Ok(Value::List(vec![json!(1), json!(2)])));
    assert_eq!(
        from(json!("2026-11-23T10:00:00+01:00"), ValueType::DateTime),
        Ok(Value::DateTime("2026-11-23T09:00:00Z".to_owned()))
    );
    assert_eq!(from(json!(true), ValueType::Boolean), Ok(Value::Boolean(true)));
    assert_eq!(from(json!("x".repeat(VALUE_BYTES_MAX + 1)), ValueType::Text), Err(NotAValue::TooLarge));
    assert_eq!(convert::untyped(&json!(["x".repeat(VALUE_BYTES_MAX)])), Err(NotAValue::TooLarge));
    assert!(from(json!("x".repeat(VALUE_BYTES_MAX)), ValueType::Text).is_ok());
}

#[test]
fn a_date_and_a_moment_become_each_other_in_the_zone() {
    let zone = TimeZone::get("Europe/Madrid").unwrap();
    let reading = Reading { zone: &zone, country: None };
    let moment = Value::DateTime("2026-11-22T23:30:00Z".to_owned());
    let date = convert::retyped(&moment, ValueType::Date, reading).unwrap();
    assert_eq!(date, Value::Date("2026-11-23".to_owned()));
    assert_eq!(
        convert::retyped(&date, ValueType::DateTime, reading),
        Ok(Value::DateTime("2026-11-22T23:00:00Z".to_owned()))
    );
}

proptest! {
    #[test]
    fn no_reply_makes_a_check_panic(pattern in r"([\[\](){}*+?|\\^$.a-c0-9]|\PC){0,30}", text in any::<String>()) {
        crate::entries::regex_reply(format!("{pattern}\0{text}").as_bytes());
    }

    #[test]
    fn what_a_check_takes_it_takes_again(text in "[0-9+./:@a-z -]{1,24}") {
        let zone = TimeZone::UTC;
        let reading = Reading { zone: &zone, country: Some("ES") };
        for kind in [ValueType::Number, ValueType::Date, ValueType::DateTime, ValueType::Time, ValueType::Phone, ValueType::Email, ValueType::Url] {
            if let Ok(value) = convert::from_text(&text, kind, reading) {
                prop_assert_eq!(convert::from_text(&value.to_text(), kind, reading), Ok(value));
            }
        }
    }
}
