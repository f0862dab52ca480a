//! What single elements do: actions, pauses, delays, and what a turn needs beforehand.

use recado_flow::{Effect, Imported, Input, Operation, versions_needed};
use recado_model::{
    ContactId, ContactStatus, EventKind, FileId, InboundKind, Part, Profile, TriggerKind, UnixMs, Value, ValueType,
    message::{Attachment, MediaKind},
};
use serde_json::{Value as Json, json};

use crate::{
    conversation::Chat,
    parts::{MINUTE, actions, asked, buttons, keyword, said},
};

fn set(variable: &str, to: &Json) -> Json {
    json!({"kind": "set_variable", "variable": variable, "to": to})
}

#[test]
fn variables_are_set_counted_appended_and_deleted() {
    let mut chat = Chat::new();
    let all = json!([
        set("n", &json!({"set": "value", "value": 2})),
        set("n", &json!({"set": "expression", "expression": "{{n}} * (3 + 1)"})),
        set("n", &json!({"set": "subtract", "amount": "{{n}}"})),
        set("list", &json!({"set": "append", "value": "{{$last_message}}"})),
        set("list", &json!({"set": "append", "value": {"a": 1}})),
        set("copy", &json!({"set": "value", "value": "{{list}}"})),
        set("word", &json!({"set": "value", "value": "x"})),
        set("word", &json!({"set": "add", "amount": "1"})),
        {"kind": "delete_variable", "variable": "list"},
    ]);
    chat.flow(keyword("go"), json!([actions("a", &all)]), &[]);
    chat.says("go");
    assert_eq!(chat.contact.variables["n"], Value::Number(0.0));
    assert_eq!(chat.contact.variables["copy"], Value::List(vec![json!("go"), json!({"a": 1})]));
    assert_eq!((chat.text_of("word"), chat.logged()), ("x".to_owned(), vec!["variable_unchanged".to_owned()]));
    assert!(!chat.contact.variables.contains_key("list"));
}

#[test]
fn a_value_gets_the_declared_type_or_is_left_with_a_warning() {
    let mut chat = Chat::new();
    let declared = [
        ("age", ValueType::Number),
        ("day", ValueType::Date),
        ("word", ValueType::Text),
        ("at", ValueType::Date),
        ("said", ValueType::Number),
    ];
    chat.declared = declared.map(|(name, kind)| (name.to_owned(), kind)).into();
    let value = |value: Json| json!({"set": "value", "value": value});
    let all = json!([
        set("age", &value(json!("{{$last_message}}"))),
        set("age", &value(json!("no number"))),
        set("day", &value(json!("24/12/2026"))),
        set("word", &value(json!(5))),
        {"kind": "set_variable", "variable": "word", "to": value(json!("6")), "value_type": "number"},
        set("word", &json!({"set": "append", "value": "x"})),
        set("at", &json!({"set": "now"})),
        set("free", &value(json!(7))),
    ]);
    let flow = json!([actions("a", &all), asked("q", "Age?", "said"), said("m", "Done")]);
    chat.flow(keyword("41"), flow, &[("a", "next", "q"), ("q", "next", "m")]);
    chat.says("41").hears("Age?");
    let variables = &chat.contact.variables;
    assert_eq!(variables["age"], Value::Number(41.0), "the text of a template is read as the declared type");
    assert_eq!(variables["day"], Value::Date("2026-12-24".to_owned()));
    assert_eq!(variables["word"], Value::Text("6".to_owned()), "the declared type comes before the element's");
    assert_eq!(variables["at"].kind(), ValueType::Date);
    assert_eq!(variables["free"], Value::Number(7.0));
    assert_eq!(chat.logged(), ["wrong_type", "variable_unchanged"]);
    chat.effects.clear();
    chat.says("forty").hears("Done");
    assert!(!chat.contact.variables.contains_key("said"));
    assert!(chat.logged().contains(&"wrong_type".to_owned()));
}

#[test]
fn a_file_is_kept_as_a_link_that_others_can_open() {
    let mut chat = Chat::new();
    let ask = json!({"id": "q", "type": "message", "parts": [
        {"kind": "input", "prompt": "A photo?", "expects": {"kind": "file"}, "save_to": "photo"},
        {"kind": "text", "text": "Got {{photo}}"}]});
    chat.flow(keyword("go"), json!([ask]), &[]);
    let id = FileId::new(chat.now, &mut chat.rng);
    let file = |file_id| Attachment {
        media: MediaKind::Image,
        external: Some("AgAC".to_owned()),
        file_id,
        name: None,
        mime: None,
        bytes: None,
    };
    let sends =
        |file| InboundKind::Message { text: String::new(), attachments: vec![file], location: None, phone: None };
    chat.says("go").hears("A photo?").inbound(sends(file(Some(id))));
    let url = format!("https://bot.test/files/{id}?signature=x");
    chat.hears(&format!("Got {url}"));
    assert_eq!(chat.contact.variables["photo"], Value::Url(url));
    chat.says("go").hears("A photo?").inbound(sends(file(None)));
    chat.hears("Got AgAC");
}

#[test]
fn what_a_contact_says_is_never_a_template_or_markup() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("go"),
        json!([asked("a", "Name?", "name"), said("m", "**Hi** {{name}} {{$last_message}}")]),
        &[("a", "next", "m")],
    );
    let attack = "{{$contact_id}} **x** [l](https://x.test)";
    chat.says("go").hears("Name?").says(attack).hears(&format!("Hi {attack} {attack}"));
}

#[test]
fn a_message_to_another_contact_and_to_oneself() {
    let mut chat = Chat::new();
    let other = ContactId::new(chat.now, &mut chat.rng);
    let (me, text) = (chat.contact.id, "Hello from {{$contact_id}}");
    let send = |id: ContactId| json!({"kind": "send_message", "contact_id": id, "text": text});
    chat.flow(
        keyword("go"),
        json!([
            actions("a", &json!([send(other), send(me), {"kind": "notify", "text": "{{$last_message}}"}])),
            said("m", "First")
        ]),
        &[("a", "next", "m")],
    );
    chat.says("go").hears("First").hears(&format!("Hello from {me}"));
    assert!(chat.effects.contains(&Effect::Notify { member: None, text: "go".into() }));
    let to = chat.effects.iter().find_map(|effect| {
        let Effect::ToContact { contact_id, input } = effect else { return None };
        Some((*contact_id, serde_json::from_value::<Input>(input.clone()).unwrap()))
    });
    let (contact_id, input) = to.unwrap();
    assert_eq!(contact_id, other);
    chat.input(&input);
    chat.hears(&format!("Hello from {me}"));
    chat.does(Operation::Unsubscribe).input(&input);
    assert_eq!(chat.hears_nothing().logged(), ["contact_not_active"]);
}

#[test]
fn a_delay_puts_off_what_follows_it() {
    let mut chat = Chat::new();
    let parts = json!([{"kind": "text", "text": "One"}, {"kind": "delay", "seconds": 5}, {"kind": "image", "url": "https://x.test/{{q}}.png", "caption": "Two"}]);
    chat.flow(keyword("go"), json!([{"type": "message", "id": "m", "parts": parts}]), &[]);
    chat.contact.variables.insert("q".into(), Value::Text("a/b".into()));
    chat.says("go");
    let times: Vec<UnixMs> = chat
        .effects
        .iter()
        .filter_map(|effect| {
            let Effect::Message(message) = effect else { return None };
            Some(message.not_before)
        })
        .collect();
    assert_eq!(times, [chat.now, chat.now, chat.now + 5_000]);
    chat.hears("One");
    let Part::Media { url, .. } = chat.hears_part() else { panic!("no picture") };
    assert_eq!(url, "https://x.test/a%2Fb.png");
}

#[test]
fn pauses_read_clocks_in_the_zone_they_name() {
    // 14 November 2023, a Tuesday: 22:13 in UTC, 23:13 in Madrid, the next day at 07:13 in Tokyo.
    let wait =
        |zone: &str, until: Json| json!([{"type": "pause", "id": "p", "zone": zone, "until": until}, said("m", "Up")]);
    let minutes = |zone: &str, until: Json| {
        let mut chat = Chat::new();
        chat.flow(keyword("go"), wait(zone, until), &[("p", "next", "m")]);
        chat.does(Operation::SetProfile {
            profile: Profile { time_zone: Some("Asia/Tokyo".into()), ..Profile::default() },
        });
        let from = chat.now;
        chat.says("go");
        let due = chat.runs.first().map(|run| match run.wait {
            recado_model::Wait::Pause { until, .. } => (until - from) / MINUTE,
            recado_model::Wait::Input { .. } | recado_model::Wait::Api { .. } => -1,
        });
        match due {
            Some(due) => chat.later((due + 1) * MINUTE).hears("Up"),
            None => chat.hears("Up"),
        };
        due
    };
    assert_eq!(minutes("contact", json!({"kind": "time", "at": "08:13"})), Some(59));
    assert_eq!(minutes("account", json!({"kind": "time", "at": "23:14"})), Some(0));
    assert_eq!(minutes("account", json!({"kind": "time", "at": "23:13", "weekdays": [3]})), Some(24 * 60 - 1));
    assert_eq!(minutes("account", json!({"kind": "date", "at": "2023-11-15T00:13"})), Some(59));
    assert_eq!(
        minutes("account", json!({"kind": "date", "at": "2020-01-01"})),
        None,
        "a pause in the past goes on at once"
    );
    assert_eq!(minutes("account", json!({"kind": "variable", "variable": "unset"})), None);
}

#[test]
fn the_versions_that_a_turn_needs_are_those_of_runs_stacks_and_offers() {
    let mut chat = Chat::new();
    let inner = chat.flow(
        keyword("x"),
        json!([buttons("b", "Pick", &["One"]), asked("a", "Name?", "name")]),
        &[("b", "next", "a")],
    );
    chat.flow(keyword("call"), json!([{"type": "flow", "id": "f", "flow_id": inner, "mode": "call"}]), &[]);
    chat.flow(TriggerKind::StandardReply, json!([said("m", "What?")]), &[]);
    chat.says("call").hears("Pick").hears("Name?");
    let mut both: Vec<_> = chat.flows.versions[..2].iter().map(|plan| plan.version_id()).collect();
    both.sort_unstable();
    assert_eq!(versions_needed(&chat.contact, &chat.runs, None), both);
    assert_eq!(
        versions_needed(&chat.contact, &[], chat.offers.last()),
        both,
        "an offer knows where its call returns to"
    );
    chat.contact.offer = chat.offers.last().cloned();
    assert_eq!(versions_needed(&chat.contact, &[], None), both);
}

#[test]
fn a_system_flow_tells_no_custom_flow() {
    let mut chat = Chat::new();
    chat.flow(TriggerKind::Subscription, json!([said("m", "Welcome")]), &[]);
    let by_link = chat.flow(TriggerKind::Ref { payload: "ad".into() }, json!([said("m", "Ad")]), &[]);
    chat.says("hi").hears("Welcome");
    assert_eq!(chat.events(), [EventKind::NewSubscriber, EventKind::IncomingMessage]);
    chat.opens(Some("ad")).hears("Ad");
    assert_eq!(chat.events(), [EventKind::RunCustomFlow]);
    chat.change_triggers(by_link, |trigger| trigger.active = false);
    chat.opens(Some("ad")).hears_nothing().says("/start ad").hears("Welcome");
    assert_eq!(chat.events(), [EventKind::IncomingMessage]);
}

#[test]
fn what_is_imported_is_no_news_and_whoever_has_a_status_keeps_it() {
    let person = |status, tags: Vec<String>| {
        let profile = Profile { first_name: Some("Ana".into()), last_name: Some("Ruiz".into()), ..Profile::default() };
        Operation::Import(Box::new(Imported {
            profile,
            variables: vec![("size".to_owned(), Value::Number(4.5))],
            tags,
            status: Some(status),
        }))
    };
    let mut chat = Chat::new();
    chat.flow(TriggerKind::Subscription, json!([said("m", "Welcome")]), &[]);
    chat.does(person(ContactStatus::Unsubscribed, vec!["vip".to_owned()])).hears_nothing();
    assert_eq!(chat.contact.status, Some(ContactStatus::Unsubscribed));
    assert_eq!((chat.contact.profile.name.as_str(), &chat.contact.tags[..]), ("Ana Ruiz", &["vip".to_owned()][..]));
    assert_eq!(chat.contact.variables.get("size"), Some(&Value::Number(4.5)));
    assert_eq!(chat.events(), []);
    chat.does(person(ContactStatus::Active, Vec::new())).hears_nothing();
    assert_eq!(chat.contact.status, Some(ContactStatus::Unsubscribed));
    let before = chat.contact.clone();
    chat.does(person(ContactStatus::Active, (0..200).map(|number| format!("t{number}")).collect()));
    assert_eq!(chat.contact, before, "all of it or nothing");
}
