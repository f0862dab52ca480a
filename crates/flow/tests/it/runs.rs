//! Runs: foreground and background, calls, API requests, what publishing and deleting do to them.

use recado_flow::{Operation, Refusal};
use recado_model::{EventKind, FlowId, Part, RunEnd, TriggerKind, Value, Wait, run::ApiAnswer, trigger::Hours};
use serde_json::{Value as Json, json};

use crate::{
    conversation::Chat,
    parts::{MINUTE, actions, asked, buttons, keyword, paused, said},
};

fn request(id: &str, more: &Json) -> Json {
    let mut element = json!({"type": "api_request", "id": id, "url": "https://api.test/find?q={{q}}"});
    for (name, value) in more.as_object().unwrap() {
        element[name] = value.clone();
    }
    element
}

fn asks_api(chat: &mut Chat, more: &Json) -> FlowId {
    chat.flow(
        keyword("find"),
        json!([request("r", more), said("ok", "{{$response.status}} {{n}}"), said("no", "{{$response.error}}")]),
        &[("r", "done", "ok"), ("r", "error", "no")],
    )
}

#[test]
fn an_api_answer_is_saved_and_said() {
    let mut chat = Chat::new();
    asks_api(
        &mut chat,
        &json!({"method": "POST", "timeout_s": 5, "retries": 2, "retry_unsafe": true,
        "headers": [{"name": "X-Q", "value": "{{q}}"}], "body": {"kind": "json", "text": "{\"q\": \"{{q}}\"}"},
        "auth": {"kind": "bearer", "secret": "key"},
        "save": [{"path": "$.items[0].n", "variable": "n"}, {"path": "$.gone", "variable": "kept"}]}),
    );
    chat.contact.variables.insert("q".into(), Value::Text("a\"b\r\nc&d".into()));
    chat.contact.variables.insert("kept".into(), Value::Text("old".into()));
    chat.says("find").hears_nothing();
    let call = chat.call.clone().unwrap();
    assert_eq!((call.method.as_str(), call.timeout_ms, call.retries), ("POST", 5_000, 2));
    assert_eq!(call.url, "https://api.test/find?q=a%22b%0D%0Ac%26d");
    assert_eq!(call.body.as_deref(), Some(r#"{"q": "a\"b\r\nc&d"}"#));
    assert!(call.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])), "no header is smuggled in");
    chat.answered(200, r#"{"items": [{"n": 7}]}"#).hears("200 7");
    assert_eq!(chat.logged(), ["path_absent"]);
    assert_eq!(chat.contact.variables["n"], Value::Number(7.0));
    assert_eq!(chat.text_of("kept"), "old");
    assert!(chat.runs.is_empty());
}

#[test]
fn what_is_no_usable_answer_takes_error() {
    let mut chat = Chat::new();
    asks_api(&mut chat, &json!({"save": [{"path": "$.n", "variable": "n"}]}));
    chat.says("find").answered(404, "{}").hears("the status is 404");
    chat.says("find").answered(200, "not json").hears("the answer is not JSON");
    chat.says("find").answered(200, &format!("\"{}\"", "x".repeat(65_536))).hears("the answer is over 64 KiB");
    let timeout = ApiAnswer { status: None, body: String::new(), error: Some("the request timed out".into()) };
    chat.says("find").api(timeout).hears("the request timed out");
    chat.says("find").answered(200, &json!({"n": "x".repeat(1_025)}).to_string()).hears("200 ");
    assert_eq!(chat.logged()[0], "value_too_long");
}

#[test]
fn an_unconnected_error_ends_the_run_with_an_error() {
    let mut chat = Chat::new();
    let callee = chat.flow(keyword("x"), json!([request("r", &json!({}))]), &[]);
    chat.flow(
        keyword("find"),
        json!([{"type": "flow", "id": "f", "flow_id": callee, "mode": "call"}, said("back", "Back")]),
        &[("f", "next", "back")],
    );
    chat.says("find").answered(500, "").hears_nothing();
    assert_eq!(chat.logged(), ["api_request_failed", "!api_request_failed"]);
    assert_eq!(chat.ended, [RunEnd::Error]);
    chat.says("find").answered(204, "").hears("Back");
}

#[test]
fn a_stale_answer_has_no_effect() {
    let mut chat = Chat::new();
    asks_api(&mut chat, &json!({}));
    chat.says("find");
    let first = chat.call.clone().unwrap();
    chat.says("/stop").says("/start").says("find");
    let answer = ApiAnswer { status: Some(200), body: String::new(), error: None };
    chat.input(&recado_flow::Input::Api { run: first.run, call: first.call, answer });
    chat.hears_nothing();
    assert_eq!(chat.runs.len(), 1);
}

#[test]
fn messages_that_come_while_an_answer_is_awaited_are_handled_after_it() {
    let mut chat = Chat::new();
    let kind = |kind: &str| json!({"kind": "input", "prompt": kind, "expects": {"kind": kind}, "save_to": kind});
    chat.flow(
        keyword("find"),
        json!([request("r", &json!({})), {"type": "message", "id": "ask", "parts": [kind("text"), kind("location")]}, said("end", "{{text}}")]),
        &[("r", "done", "ask"), ("ask", "next", "end")],
    );
    chat.flow(keyword("hello"), said_list("Hello"), &[]);
    chat.flow(TriggerKind::StandardReply, said_list("What?"), &[]);
    chat.says("find").says("Ann").shares_location(1.5, 2.5).says("hello").hears_nothing();
    assert_eq!(chat.events(), [EventKind::IncomingMessage], "each still tells its own event");
    chat.answered(200, "").hears("text").hears("location").hears("Ann").hears("Hello").hears_nothing();
    assert!(chat.contact.queued.is_empty());
    chat.says("find");
    for _ in 0..25 {
        chat.says("x");
    }
    assert_eq!((chat.contact.queued.len(), chat.logged()), (20, vec!["queued_texts_limit".to_owned()]));
}

fn said_list(text: &str) -> Json {
    json!([said("m", text)])
}

#[test]
fn a_call_comes_back_with_its_response_and_a_go_does_not() {
    let mut chat = Chat::new();
    let inner = chat.flow(
        keyword("inner"),
        json!([said("m", "In {{$data.n}}"), asked("a", "Name?", "name")]),
        &[("m", "next", "a")],
    );
    let outer = chat.flow(
        keyword("outer"),
        json!([{"type": "flow", "id": "f", "flow_id": inner, "mode": "call"}, said("back", "Hi {{name}}")]),
        &[("f", "next", "back")],
    );
    chat.says("go first").does(Operation::RunFlow { flow_id: outer, data: json!({"n": 3}), force: false });
    assert_eq!(chat.events(), [EventKind::RunCustomFlow], "once a run");
    chat.hears("In 3").hears("Name?");
    assert_eq!(chat.runs[0].stack.len(), 1);
    chat.says("Ann").hears("Hi Ann");
    chat.flow(keyword("go"), json!([{"type": "flow", "id": "f", "flow_id": inner}]), &[]);
    chat.says("go").hears("In ").hears("Name?").says("Bob").hears_nothing();
    assert!(chat.runs.is_empty());
}

#[test]
fn a_missing_callee_and_too_deep_calls_end_the_whole_run() {
    let mut chat = Chat::new();
    let gone = chat.flow(keyword("gone"), said_list("m"), &[]);
    chat.flow(
        keyword("call"),
        json!([{"type": "flow", "id": "f", "flow_id": gone, "mode": "call"}, said("m", "Back")]),
        &[("f", "next", "m")],
    );
    chat.flows.off.push(gone);
    chat.says("call").hears_nothing();
    assert_eq!((chat.logged(), chat.ended.clone()), (vec!["!flow_missing".to_owned()], vec![RunEnd::Error]));
    let deep = chat.flow(keyword("deep"), said_list("old"), &[]);
    chat.publish(deep, json!([{"type": "flow", "id": "f", "flow_id": deep, "mode": "call"}]), &[]);
    chat.says("deep").hears_nothing();
    assert_eq!(chat.logged(), ["!depth_limit"]);
}

#[test]
fn recursion_through_a_pause_is_legal() {
    let mut chat = Chat::new();
    let flow = chat.flow(keyword("tick"), said_list("old"), &[]);
    chat.publish(
        flow,
        json!([said("m", "Tick"), paused("p", 1), {"type": "flow", "id": "f", "flow_id": flow}]),
        &[("m", "next", "p"), ("p", "next", "f")],
    );
    chat.says("tick").hears("Tick").later(3 * MINUTE).hears("Tick").hears("Tick").hears("Tick").hears_nothing();
    assert_eq!(chat.runs.len(), 1);
}

#[test]
fn the_foreground_is_replaced_only_by_what_waits_there() {
    let mut chat = Chat::new();
    chat.flow(keyword("ask"), json!([asked("a", "Name?", "name")]), &[]);
    chat.flow(keyword("other"), json!([asked("a", "Age?", "age")]), &[]);
    chat.flow(keyword("nap"), json!([paused("p", 10), asked("a", "Awake?", "w")]), &[("p", "next", "a")]);
    let tell = chat.flow(keyword("x"), said_list("By the way"), &[]);
    chat.says("nap").says("ask").hears("Name?");
    chat.does(Operation::RunFlow { flow_id: tell, data: json!(null), force: false }).hears("By the way");
    assert!(chat.ended.ends_with(&[RunEnd::Finished]));
    assert_eq!(chat.runs.len(), 2, "what does not wait replaces nothing");
    chat.later(10 * MINUTE).hears("Awake?");
    assert!(chat.ended.ends_with(&[RunEnd::Replaced]));
    assert_eq!(chat.runs.len(), 1);
    chat.says("yes");
    assert_eq!((chat.text_of("w"), chat.text_of("name")), ("yes".into(), String::new()));
}

#[test]
fn starting_a_flow_again_ends_the_old_run_with_its_timer() {
    let mut chat = Chat::new();
    chat.flow(keyword("nap"), json!([paused("p", 10), said("m", "Up")]), &[("p", "next", "m")]);
    chat.says("nap").later(5 * MINUTE).says("nap");
    assert_eq!((chat.ended.clone(), chat.runs.len()), (vec![RunEnd::Restarted], 1));
    chat.later(6 * MINUTE).hears_nothing().later(4 * MINUTE).hears("Up");
}

#[test]
fn past_fifty_runs_the_oldest_in_the_background_ends() {
    let mut chat = Chat::new();
    chat.says("hi");
    let flows: Vec<FlowId> = (0..51).map(|_| chat.flow(TriggerKind::Event, json!([paused("p", 60)]), &[])).collect();
    for flow_id in &flows {
        chat.does(Operation::RunFlow { flow_id: *flow_id, data: Json::Null, force: false });
    }
    assert_eq!(chat.logged(), ["!runs_limit"]);
    assert_eq!(chat.runs.len(), 50);
    assert!(chat.runs.iter().all(|run| run.flow_id != flows[0]));
}

#[test]
fn a_published_flow_leaves_moves_or_stops_its_runs() {
    let ask = |prompt: &str| json!([asked("a", prompt, "name"), said("m", "v1 {{name}}")]);
    let mut chat = Chat::new();
    let flow = chat.flow(keyword("ask"), ask("Name?"), &[("a", "next", "m")]);
    chat.says("ask").hears("Name?");
    let newer =
        chat.publish(flow, json!([asked("a", "Who?", "name"), said("m", "v2 {{name}}")]), &[("a", "next", "m")]);
    chat.says("Ann").hears("v1 Ann").says("ask").hears("Who?").says("Bob").hears("v2 Bob");
    chat.says("ask").hears("Who?");
    let third =
        chat.publish(flow, json!([asked("a", "You?", "name"), said("m", "v3 {{name}}")]), &[("a", "next", "m")]);
    chat.does(Operation::MoveRuns { flow_id: flow, to: third }).says("Eve").hears("v3 Eve");
    chat.says("ask").hears("You?");
    let without = chat.publish(flow, json!([said("m", "v4")]), &[]);
    chat.does(Operation::MoveRuns { flow_id: flow, to: without });
    assert_eq!((chat.runs.len(), chat.ended.last()), (0, Some(&RunEnd::MovedAway)));
    assert_ne!(newer, third);
    let to = chat.publish(flow, ask("Name?"), &[]);
    chat.says("ask").hears("Name?").does(Operation::StopRuns { flow_id: flow, to });
    assert_eq!(chat.runs.len(), 1, "a run of the new version goes on");
    chat.says("Ann");
    let newest = chat.publish(flow, ask("Well?"), &[]);
    chat.says("ask").hears("Well?").does(Operation::StopRuns { flow_id: flow, to });
    chat.does(Operation::MoveRuns { flow_id: flow, to });
    assert_eq!(chat.runs[0].version_id, newest, "and so does one of a version that was published since");
    let to = chat.publish(flow, ask("Name?"), &[]);
    chat.does(Operation::StopRuns { flow_id: flow, to });
    assert_eq!((chat.runs.len(), chat.ended.last()), (0, Some(&RunEnd::Stopped)));
}

#[test]
fn a_moved_pause_follows_its_new_condition() {
    let pause = |condition: &str| {
        json!([{"type": "pause", "id": "p", "until": {"kind": "period", "amount": 5, "unit": "minutes"}, "condition": condition},
            said("m", "Over"), said("n", "Active")])
    };
    let mut chat = Chat::new();
    let edges = [("p", "next", "m"), ("p", "active", "n")];
    let flow = chat.flow(keyword("nap"), pause("if_inactive"), &edges);
    chat.says("nap");
    let to = chat.publish(flow, pause("always"), &edges[..1]);
    chat.does(Operation::MoveRuns { flow_id: flow, to }).says("hello").hears_nothing().later(5 * MINUTE).hears("Over");
}

#[test]
fn a_deleted_flow_takes_its_runs_along_and_those_that_return_to_it() {
    let mut chat = Chat::new();
    let inner = chat.flow(keyword("x"), json!([paused("p", 5)]), &[]);
    let outer = chat.flow(keyword("call"), json!([{"type": "flow", "id": "f", "flow_id": inner, "mode": "call"}]), &[]);
    chat.says("call").does(Operation::FlowDeleted { flow_id: outer });
    assert_eq!((chat.runs.len(), chat.ended.clone()), (0, vec![RunEnd::FlowDeleted]));
}

#[test]
fn one_run_is_stopped_by_its_number() {
    let mut chat = Chat::new();
    chat.flow(keyword("nap"), json!([paused("p", 5)]), &[]);
    chat.says("nap");
    let run = chat.runs[0].number;
    chat.does(Operation::StopRun { run: run + 1 });
    assert_eq!(chat.refused, Some(Refusal::NoSuchRun));
    chat.does(Operation::StopRun { run });
    assert_eq!((chat.refused, chat.runs.len(), chat.ended.clone()), (None, 0, vec![RunEnd::Stopped]));
}

#[test]
fn a_flow_that_is_off_starts_no_new_runs_and_its_waiting_ones_go_on() {
    let mut chat = Chat::new();
    let flow = chat.flow(
        keyword("ask"),
        json!([buttons("b", "Pick", &["One"]), asked("a", "Name?", "name"), said("m", "Hi")]),
        &[("b", "next", "a"), ("a", "next", "m")],
    );
    chat.says("ask").hears("Pick").hears("Name?");
    chat.flows.off.push(flow);
    chat.says("Ann").hears("Hi").says("ask").hears_nothing();
    chat.presses("One").hears("This button has expired.");
    chat.does(Operation::RunFlow { flow_id: flow, data: Json::Null, force: false });
    assert_eq!(chat.refused, Some(Refusal::FlowNotRunning));
}

#[test]
fn the_addresses_of_requests_and_webhooks_are_those_of_the_newest_version() {
    let version = |host: &str| {
        json!([paused("p", 1), actions("w", &json!([{"kind": "send_webhook", "name": "Sold", "url": format!("https://{host}/w")}])),
            {"type": "api_request", "id": "r", "url": format!("https://{host}/r")}])
    };
    let edges = [("p", "next", "w"), ("w", "next", "r")];
    let mut chat = Chat::new();
    let flow = chat.flow(keyword("go"), version("old.test"), &edges);
    chat.says("go");
    chat.publish(flow, version("new.test"), &edges);
    chat.later(MINUTE);
    assert_eq!(chat.call.as_ref().map(|call| call.url.as_str()), Some("https://new.test/r"));
    assert!(
        chat.effects.iter().any(
            |effect| matches!(effect, recado_flow::Effect::FlowWebhook { url, .. } if url == "https://new.test/w")
        )
    );
    assert!(matches!(chat.runs[0].wait, Wait::Api { .. }));
}

#[test]
fn without_a_plan_api_requests_are_not_sent() {
    let mut chat = Chat::new();
    chat.account.plan = recado_model::Plan::Free;
    asks_api(&mut chat, &json!({}));
    chat.says("find").hears("API requests need a paid plan");
    assert!(chat.call.is_none());
}

#[test]
fn a_gallery_is_made_from_a_list() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("shop"),
        json!([{"type": "message", "id": "g", "parts": [{"kind": "gallery", "items": "goods", "cards": [
            {"title": "{{item.name}}", "subtitle": "{{item.price | round:2}}", "buttons": [{"id": "buy", "label": "Buy {{item.name}}"}]}]}]},
            said("m", "Fine")]),
        &[("g", "button:buy", "m")],
    );
    chat.says("shop").hears_nothing();
    assert_eq!(chat.logged(), ["not_a_list"]);
    let goods = vec![json!({"name": "Tea", "price": 1.5}), json!({"name": ""}), json!({"name": "Cake", "price": 3})];
    chat.contact.variables.insert("goods".into(), Value::List(goods));
    chat.says("shop");
    let Part::Gallery { cards, .. } = chat.hears_part() else { panic!("no gallery") };
    assert_eq!(cards.iter().map(|card| card.title.as_str()).collect::<Vec<_>>(), ["Tea", "Cake"]);
    chat.presses("Buy Cake").hears("Fine");
}

#[test]
fn our_api_starts_a_flow_only_while_one_of_its_event_triggers_acts() {
    let mut chat = Chat::new();
    let plain = chat.flow(keyword("plain"), json!([said("m", "Plain")]), &[]);
    let flow = chat.flow(TriggerKind::Event, json!([said("m", "Told")]), &[]);
    let start = |flow_id: FlowId, force: bool| Operation::RunFlow { flow_id, data: Json::Null, force };
    chat.says("plain").hears("Plain").does(start(plain, false)).hears("Plain").does(start(flow, false)).hears("Told");
    let night = Hours { from_min: 60, to_min: 120, weekdays: Vec::new() };
    chat.change_triggers(flow, |trigger| trigger.hours = Some(night.clone()));
    chat.does(start(flow, false)).hears_nothing();
    assert_eq!((chat.refused, chat.events()), (Some(Refusal::FlowNotRunning), Vec::new()));
    chat.does(start(flow, true)).hears("Told");
    chat.trigger(flow, TriggerKind::Event, |trigger| trigger.active = false);
    chat.does(start(flow, false)).hears_nothing();
    chat.trigger(flow, TriggerKind::Event, |_| {});
    chat.does(start(flow, false)).hears("Told");
}
