//! What is wrong with a document, one document a problem.

use std::collections::{BTreeMap, BTreeSet};

use recado_flow::{FlowDocument, Mistake, Severity, Validated, ValidationContext, plan_published, validate};
use recado_model::{FlowId, Service, UnixMs, ValueType, VersionId, entropy::Seeded};
use serde_json::{Value as Json, json};

use crate::{
    conversation::LIMITS,
    parts::{actions, asked, buttons, paused, said},
};

pub(crate) fn context() -> ValidationContext {
    ValidationContext {
        service: Service::Livechat,
        limits: LIMITS,
        flows: Vec::new(),
        variables: BTreeMap::from([("known".to_owned(), ValueType::Date)]),
        bot_variables: Vec::new(),
        secrets: Vec::new(),
    }
}

fn problems(document: &FlowDocument, context: &ValidationContext) -> BTreeSet<(Severity, String)> {
    let mut rng = Seeded::new(1);
    let now = UnixMs(1_700_000_000_000);
    let validated = validate(document, FlowId::new(now, &mut rng), VersionId::new(now, &mut rng), context);
    let problems: BTreeSet<_> = validated.problems.iter().map(|found| (found.severity, code(&found.mistake))).collect();
    let errors = problems.iter().any(|(severity, _)| *severity == Severity::Error);
    assert_eq!(validated.plan.is_some(), !errors, "a plan exists if and only if there is no error: {problems:?}");
    assert!(validated.problems.iter().all(|found| !found.mistake.to_string().is_empty()));
    problems
}

/// As it stands in JSON.
fn code(mistake: &Mistake) -> String {
    serde_json::to_value(mistake).unwrap()["code"].as_str().unwrap().to_owned()
}

fn document(elements: &Json, edges: &[(&str, &str, &str)]) -> FlowDocument {
    let edges: Vec<_> =
        edges.iter().map(|(from, output, to)| json!({"from": from, "output": output, "to": to})).collect();
    let start = elements[0]["id"].as_str().unwrap_or_default();
    serde_json::from_value(json!({"version": 1, "name": "n", "start": start, "elements": elements, "edges": edges}))
        .unwrap()
}

#[track_caller]
fn finds(severity: Severity, code: &str, elements: &Json, edges: &[(&str, &str, &str)]) {
    let found = problems(&document(elements, edges), &context());
    assert!(found.contains(&(severity, code.to_owned())), "expected {code}, found {found:?}");
}

#[track_caller]
fn errs(code: &str, element: &Json) {
    finds(Severity::Error, code, &json!([element]), &[]);
}

#[track_caller]
fn warns(code: &str, element: &Json) {
    finds(Severity::Warning, code, &json!([element]), &[]);
}

fn part(part: &Json) -> Json {
    json!({"type": "message", "id": "m", "parts": [part]})
}

fn input(more: &Json) -> Json {
    let mut input = json!({"kind": "input", "prompt": "?", "expects": {"kind": "text"}});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    part(&input)
}

fn action(action: &Json) -> Json {
    actions("a", &json!([action]))
}

fn request(more: &Json) -> Json {
    let mut element = json!({"type": "api_request", "id": "r", "url": "https://x.test"});
    element.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    element
}

fn until(until: &Json) -> Json {
    json!({"type": "pause", "id": "p", "until": until})
}

#[test]
fn a_good_document_has_no_problems() {
    let good = document(
        &json!([buttons("b", "Hi", &["One"]), asked("a", "Name?", "name"), said("m", "{{name}}")]),
        &[("b", "button:One", "a"), ("a", "next", "m")],
    );
    assert_eq!(problems(&good, &context()), BTreeSet::new());
}

#[test]
fn the_frame_is_checked() {
    let good = document(&json!([said("m", "x")]), &[]);
    let frame = |change: &dyn Fn(&mut FlowDocument)| {
        let mut changed = good.clone();
        change(&mut changed);
        problems(&changed, &context())
    };
    let error = |code: &str| (Severity::Error, code.to_owned());
    assert!(frame(&|flow| flow.version = 2).contains(&error("document_version")));
    assert!(frame(&|flow| flow.name = " ".into()).contains(&error("name_length")));
    assert!(frame(&|flow| flow.name = "x".repeat(129)).contains(&error("name_length")));
    assert!(frame(&|flow| flow.elements.clear()).contains(&error("no_elements")));
    assert!(frame(&|flow| flow.start = recado_model::ElementId::new("gone")).contains(&error("no_start")));
    assert!(frame(&|flow| flow.elements = vec![flow.elements[0].clone(); 501]).contains(&error("too_many_elements")));
    assert!(frame(&|flow| flow.elements.push(flow.elements[0].clone())).contains(&error("same_id")));
}

#[test]
fn connections_are_checked() {
    let two = json!([said("a", "x"), said("b", "y")]);
    finds(Severity::Error, "edge_from_nowhere", &two, &[("gone", "next", "b")]);
    finds(Severity::Error, "edge_to_nowhere", &two, &[("a", "next", "gone")]);
    finds(Severity::Error, "no_such_output", &two, &[("a", "active", "b")]);
    finds(Severity::Error, "two_edges", &two, &[("a", "next", "b"), ("a", "next", "a")]);
    finds(Severity::Warning, "unreachable", &two, &[]);
    warns("unconnected_button", &buttons("b", "Hi", &["One"]));
    warns("unconnected_error", &request(&json!({})));
}

#[test]
fn messages_are_checked() {
    errs("bad_id", &json!({"type": "message", "id": "no id", "parts": []}));
    errs("part_count", &json!({"type": "message", "id": "m", "parts": []}));
    errs("says_nothing", &part(&json!({"kind": "delay", "seconds": 1})));
    errs("delay_range", &part(&json!({"kind": "delay", "seconds": 16})));
    errs("empty_text", &said("m", " "));
    warns("long_text", &said("m", &"x".repeat(4_097)));
    errs("template_open", &said("m", "{{"));
    warns("unknown_name", &said("m", "{{nobody sets this}}"));
    errs("same_id", &buttons("m", "x", &["One", "One"]));
    errs("empty_label", &part(&json!({"kind": "text", "text": "x", "buttons": [{"id": "a", "label": " "}]})));
    errs("long_label", &part(&json!({"kind": "text", "text": "x", "buttons": [{"id": "a", "label": "x".repeat(21)}]})));
    let many: Vec<_> = (0..12).map(|n| json!({"id": format!("b{n}"), "label": n.to_string()})).collect();
    errs("too_many_buttons", &part(&json!({"kind": "text", "text": "x", "buttons": many})));
    errs("too_many_quick_replies", &part(&json!({"kind": "text", "text": "x", "quick_replies": many})));
    let twins = json!([{"id": "a", "label": "Yes"}, {"id": "b", "label": "Yes"}]);
    warns("same_label", &part(&json!({"kind": "text", "text": "x", "quick_replies": twins})));
    errs("bad_url", &part(&json!({"kind": "image", "url": "ftp://x.test"})));
    warns("long_caption", &part(&json!({"kind": "image", "url": "https://x.test", "caption": "x".repeat(1_025)})));
    errs("card_count", &part(&json!({"kind": "gallery", "cards": []})));
    errs("empty_title", &part(&json!({"kind": "gallery", "cards": [{"title": ""}]})));
    errs("list_needed", &part(&json!({"kind": "gallery", "items": "", "cards": [{"title": "x"}]})));
    let button = |action: &Json| {
        part(&json!({"kind": "text", "text": "x", "buttons": [{"id": "a", "label": "x", "action": action}]}))
    };
    errs("bad_url", &button(&json!({"kind": "link", "url": "x"})));
    warns("placeholder_address", &button(&json!({"kind": "link", "url": "https://your-page.example"})));
    errs("empty_phone", &button(&json!({"kind": "phone", "phone": " "})));
    errs("payment_title", &button(&json!({"kind": "payment", "title": "", "amount": 1, "currency": "EUR"})));
    errs("payment_amount", &button(&json!({"kind": "payment", "title": "x", "amount": 0, "currency": "EUR"})));
    errs("payment_currency", &button(&json!({"kind": "payment", "title": "x", "amount": 1, "currency": "euro"})));
}

#[test]
fn questions_are_checked() {
    errs("empty_question", &input(&json!({"prompt": ""})));
    errs("tries_range", &input(&json!({"tries": 0})));
    errs("time_limit_range", &input(&json!({"time_limit_min": 43_201})));
    errs("pattern_syntax", &input(&json!({"expects": {"kind": "regex", "pattern": "("}})));
    errs("bad_name", &input(&json!({"save_to": "a{b"})));
    warns("other_type", &input(&json!({"save_to": "known"})));
}

#[test]
fn what_the_channel_can_not_carry_is_a_warning() {
    let mut small = context();
    small.limits.buttons_max = 1;
    small.limits.quick_replies_max = 0;
    small.limits.takes_payments = false;
    small.limits.shares_phone = false;
    small.limits.window_hours = Some(24);
    let pay =
        json!({"id": "p", "label": "Pay", "action": {"kind": "payment", "title": "x", "amount": 1, "currency": "EUR"}});
    let elements = json!([
        {"type": "message", "id": "m", "parts": [
            {"kind": "text", "text": "x", "buttons": [pay, {"id": "b", "label": "B"}], "quick_replies": [{"id": "q", "label": "Q"}]},
            {"kind": "input", "prompt": "?", "expects": {"kind": "phone"}, "share": "phone"}]},
        paused("p", 24 * 60), said("late", "Late")]);
    let found = problems(&document(&elements, &[("m", "next", "p"), ("p", "next", "late")]), &small);
    for code in ["channel_buttons", "channel_quick_replies", "channel_payments", "channel_share", "outside_window"] {
        assert!(found.contains(&(Severity::Warning, code.to_owned())), "expected {code}, found {found:?}");
    }
}

#[test]
fn actions_are_checked() {
    errs("action_count", &actions("a", &json!([])));
    errs("tag_length", &action(&json!({"kind": "add_tag", "tag": "x".repeat(33)})));
    errs("bad_name", &action(&json!({"kind": "delete_variable", "variable": ""})));
    warns("unknown_bot_variable", &action(&json!({"kind": "delete_variable", "variable": "$x"})));
    let sets = |name: &str| {
        action(&json!({"kind": "set_variable", "variable": name, "to": {"set": "value", "value": "{{$city}}"}}))
    };
    errs("reserved_name", &sets("$city"));
    errs("reserved_name", &sets("$last_message"));
    let made_before = ValidationContext { bot_variables: vec!["city".to_owned(), "x".to_owned()], ..context() };
    for name in ["$city", "$x"] {
        let found = problems(&document(&json!([sets(name)]), &[]), &made_before);
        assert!(found.contains(&(Severity::Warning, "reserved_name".to_owned())), "{name}: {found:?}");
        assert!(!found.iter().any(|(severity, _)| *severity == Severity::Error), "it works as before");
    }
    errs(
        "expression_value",
        &action(&json!({"kind": "set_variable", "variable": "x", "to": {"set": "expression", "expression": "1 +"}})),
    );
    let webhook = |more: &Json| {
        let mut webhook = json!({"kind": "send_webhook", "name": "x", "url": "https://x.test"});
        webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        action(&webhook)
    };
    errs("webhook_name", &webhook(&json!({"name": ""})));
    errs("bad_url", &webhook(&json!({"url": "x.test"})));
    errs("not_a_url", &webhook(&json!({"url": format!("https://x.test/{}", "x".repeat(2_048))})));
    errs("template_in_host", &webhook(&json!({"url": "https://{{host}}/"})));
    warns("placeholder_address", &webhook(&json!({"url": "https://your-crm.example/leads?name={{name}}"})));
    let twins = json!([{"name": "a", "value": ""}, {"name": "a", "value": ""}]);
    errs("field_name", &webhook(&json!({"fields": twins})));
    let many: Vec<_> = (0..31).map(|n| json!({"name": n.to_string(), "value": ""})).collect();
    errs("too_many_fields", &webhook(&json!({"fields": many})));
}

#[test]
fn the_other_elements_are_checked() {
    let flow = FlowId::new(UnixMs(0), &mut Seeded::new(9));
    errs("unknown_flow", &json!({"type": "flow", "id": "f", "flow_id": flow}));
    errs("period_range", &until(&json!({"kind": "period", "amount": 31, "unit": "days"})));
    errs("bad_date", &until(&json!({"kind": "date", "at": "tomorrow"})));
    errs("bad_time", &until(&json!({"kind": "time", "at": "25:00"})));
    errs("bad_weekday", &until(&json!({"kind": "time", "at": "10:00", "weekdays": [8]})));
    errs("bad_name", &until(&json!({"kind": "variable", "variable": "a|b"})));
    warns("unknown_name", &until(&json!({"kind": "variable", "variable": "nobody sets this"})));
    errs("branch_count", &json!({"type": "filter", "id": "f", "branches": []}));
    let bad = json!({"match": "all", "conditions": [{"on": "variable", "name": "x", "op": "matches", "value": "("}]});
    errs("pattern_syntax", &json!({"type": "filter", "id": "f", "branches": [{"id": "a", "when": bad}]}));
    let random = |branches: &Json| json!({"type": "randomizer", "id": "r", "branches": branches});
    errs("branch_count", &random(&json!([{"id": "a", "percent": 100}])));
    errs("percent_sum", &random(&json!([{"id": "a", "percent": 50}, {"id": "b", "percent": 49}])));
    errs("same_id", &random(&json!([{"id": "a", "percent": 50}, {"id": "a", "percent": 50}])));
    errs("timeout_range", &request(&json!({"timeout_s": 61})));
    errs("retries_range", &request(&json!({"retries": 4})));
    warns("retries_unused", &request(&json!({"method": "POST", "retries": 1})));
    errs("bad_header", &request(&json!({"headers": [{"name": "a b", "value": ""}]})));
    errs("bad_path", &request(&json!({"save": [{"path": "items", "variable": "x"}]})));
    errs("unknown_secret", &request(&json!({"auth": {"kind": "bearer", "secret": "gone"}})));
    errs("bad_url", &request(&json!({"url": "/relative"})));
    let many: Vec<_> = (0..31).map(|n| json!({"name": format!("h{n}"), "value": ""})).collect();
    errs("too_many_request_fields", &request(&json!({"headers": many})));
}

fn published(document: &FlowDocument) -> Validated {
    let (now, mut rng) = (UnixMs(1_700_000_000_000), Seeded::new(1));
    plan_published(document, FlowId::new(now, &mut rng), VersionId::new(now, &mut rng), &context())
}

#[test]
fn what_was_published_runs_whatever_was_deleted_or_limited_since() {
    let gone = FlowId::from_bytes([9; 16]);
    let mut elements = vec![
        request(&json!({"auth": {"kind": "bearer", "secret": "gone"}, "timeout_s": 61})),
        json!({"type": "flow", "id": "f", "flow_id": gone}),
        part(&json!({"kind": "text", "text": "Hi", "buttons": [{"id": "b", "label": "A label that was short once"}]})),
    ];
    elements.extend((0..600).map(|number| said(&format!("m{number}"), "Hi")));
    let document = document(&json!(elements), &[("r", "done", "m599")]);
    let errors: Vec<_> =
        problems(&document, &context()).into_iter().filter(|(severity, _)| *severity == Severity::Error).collect();
    let codes: Vec<_> = errors.iter().map(|(_, code)| code.as_str()).collect();
    for code in ["unknown_secret", "unknown_flow", "timeout_range", "long_label", "too_many_elements"] {
        assert!(codes.contains(&code), "{code} hinders publishing: {codes:?}");
    }
    let found = published(&document);
    assert!(found.problems.iter().all(|problem| problem.severity == Severity::Warning), "{:?}", found.problems);
    assert!(found.plan.is_some());
}

#[test]
fn what_can_not_be_read_does_not_run_though_it_was_published() {
    assert!(published(&document(&json!([said("m", "{{")]), &[])).plan.is_none());
}
