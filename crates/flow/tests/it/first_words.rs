//! The plainest conversations, end to end.

use recado_flow::{Effect, Operation};
use recado_model::{ContactStatus, EventKind, TriggerKind, trigger::KeywordMatch};
use serde_json::json;

use crate::conversation::Chat;

fn keyword(word: &str) -> TriggerKind {
    TriggerKind::Keyword { matching: KeywordMatch::Is, keywords: vec![word.into()] }
}

#[test]
fn a_counter_is_said_with_buttons_and_a_press_sends_a_webhook() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("hi"),
        json!([
            {"type": "action", "id": "count", "actions": [{"kind": "set_variable", "variable": "n", "to": {"set": "add", "amount": "1"}}]},
            {"type": "message", "id": "ask", "parts": [{"kind": "text", "text": "Visit **{{n}}**", "buttons": [
                {"id": "y", "label": "Yes"}, {"id": "n", "label": "No"}]}]},
            {"type": "action", "id": "hook", "actions": [{"kind": "send_webhook", "name": "Said yes", "url": "https://x.test/h?n={{n}}"}]},
        ]),
        &[("count", "next", "ask"), ("ask", "button:y", "hook")],
    );
    chat.says("Hi!").hears("Visit 1");
    assert_eq!(chat.events(), [EventKind::NewSubscriber, EventKind::IncomingMessage, EventKind::RunCustomFlow]);
    chat.presses("Yes").hears_nothing();
    assert_eq!(chat.events(), [EventKind::IncomingMessage, EventKind::FlowWebhook]);
    let url = chat
        .effects
        .iter()
        .find_map(|effect| if let Effect::FlowWebhook { url, .. } = effect { Some(url) } else { None });
    assert_eq!(url.map(String::as_str), Some("https://x.test/h?n=1"));
    assert_eq!(chat.contact.passed["Said yes"].count, 1);
    chat.presses("Yes");
    assert!(chat.effects.is_empty(), "a double press has no effect");
    chat.later(4_000).says("yes").hears_nothing();
    assert_eq!(chat.events(), [EventKind::IncomingMessage, EventKind::FlowWebhook]);
}

#[test]
fn an_input_is_tried_saved_and_timed_out() {
    let mut chat = Chat::new();
    chat.flow(
        TriggerKind::Subscription,
        json!([
            {"type": "message", "id": "ask", "parts": [{"kind": "input", "prompt": "Age?", "expects": {"kind": "number"}, "save_to": "age",
                "tries": 2, "error_text": "A number, please", "time_limit_min": 60}]},
            {"type": "message", "id": "ok", "parts": [{"kind": "text", "text": "{{age}}!"}]},
            {"type": "message", "id": "bad", "parts": [{"kind": "text", "text": "Never mind"}]},
            {"type": "message", "id": "late", "parts": [{"kind": "text", "text": "Too late"}]},
        ]),
        &[("ask", "next", "ok"), ("ask", "failed", "bad"), ("ask", "timeout", "late")],
    );
    chat.says("hello").hears("Age?").says("old").hears("A number, please").says("42").hears("42!").hears_nothing();
    chat.says("/start").hears("Age?").says("a").hears("A number, please").says("b").hears("Never mind");
    chat.says("/start").hears("Age?").later(61 * 60_000).hears("Too late");
    assert!(chat.runs.is_empty());
}

#[test]
fn a_paused_automation_stops_the_clock_of_a_waiting_input() {
    let mut chat = Chat::new();
    chat.flow(
        TriggerKind::Subscription,
        json!([
            {"type": "message", "id": "ask", "parts": [{"kind": "input", "prompt": "Name?", "expects": {"kind": "text"}, "time_limit_min": 60}]},
            {"type": "message", "id": "late", "parts": [{"kind": "text", "text": "Too late"}]},
        ]),
        &[("ask", "timeout", "late")],
    );
    chat.says("hello").hears("Name?").later(30 * 60_000);
    chat.does(Operation::PauseAutomation { until: None }).later(5 * 3_600_000).says("Ann").hears_nothing();
    chat.does(Operation::CloseChat).later(29 * 60_000).hears_nothing();
    chat.later(2 * 60_000).hears("Too late");
}

#[test]
fn a_stop_word_unsubscribes_says_farewell_once_and_only_start_comes_back() {
    let mut chat = Chat::new();
    let text = |text: &str| json!([{"type": "message", "id": "m", "parts": [{"kind": "text", "text": text}]}]);
    chat.flow(TriggerKind::Subscription, text("Welcome"), &[]);
    chat.flow(TriggerKind::Unsubscription, text("Bye"), &[]);
    chat.says("hello").hears("Welcome").says("/stop").hears("Bye");
    assert_eq!(chat.events(), [EventKind::IncomingMessage, EventKind::Unsubscribe]);
    chat.says("hello").hears_nothing().says("/stop").hears_nothing();
    assert_eq!(chat.contact.status, Some(ContactStatus::Unsubscribed));
    chat.says("/start").hears("Welcome");
    assert_eq!(chat.events(), [EventKind::NewSubscriber, EventKind::IncomingMessage]);
}

#[test]
fn a_pause_that_waits_for_inactivity_takes_active_at_once() {
    let mut chat = Chat::new();
    let said = |id: &str, text: &str| json!({"type": "message", "id": id, "parts": [{"kind": "text", "text": text}]});
    chat.flow(
        keyword("go"),
        json!([{"type": "pause", "id": "p", "until": {"kind": "period", "amount": 1, "unit": "hours"}, "condition": "if_inactive"},
            said("slept", "Still there?"), said("awake", "Hello again")]),
        &[("p", "next", "slept"), ("p", "active", "awake")],
    );
    chat.says("go").hears_nothing().later(3_600_000).hears("Still there?");
    chat.says("go").hears_nothing().says("I am here").hears("Hello again").hears_nothing();
}

#[test]
fn a_loop_without_a_wait_ends_with_an_error() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("go"),
        json!([{"type": "action", "id": "a", "actions": [{"kind": "add_tag", "tag": "x"}]}]),
        &[("a", "next", "a")],
    );
    chat.says("go");
    assert!(
        chat.effects.iter().any(|effect| matches!(effect, Effect::Log { code: "elements_limit", error: true, .. }))
    );
}
