//! What a message becomes: presses, inputs, keywords, links, the standard reply; gathering; statuses; paused automation.

use recado_flow::{Effect, Input, Operation, Refusal};
use recado_model::{
    ContactStatus, ElementId, EventKind, InboundKind, RunEnd, TriggerKind, UnixMs, Value,
    contact::ChatState,
    message::SentBy,
    trigger::{Hours, KeywordMatch},
};
use serde_json::json;

use crate::{
    conversation::Chat,
    parts::{MINUTE, actions, asked, buttons, keyword, paused, said},
};

/// A bot that welcomes, says good-bye and has a standard reply.
fn polite() -> Chat {
    let mut chat = Chat::new();
    chat.flow(TriggerKind::Subscription, json!([said("m", "Welcome")]), &[]);
    chat.flow(TriggerKind::Unsubscription, json!([said("m", "Bye")]), &[]);
    chat.flow(TriggerKind::StandardReply, json!([said("m", "What?")]), &[]);
    chat
}

#[test]
fn on_first_contact_a_keyword_or_link_wins_unless_the_welcome_comes_first() {
    for welcome_first in [false, true] {
        for by_link in [false, true] {
            let mut chat = polite();
            chat.bot.settings.welcome_first = welcome_first;
            let flow = chat.flow(keyword("sale"), json!([said("m", "Sale {{$start}}")]), &[]);
            chat.trigger(flow, TriggerKind::Ref { payload: "sale".into() }, |_| {});
            if by_link {
                chat.opens(Some("sale"))
            } else {
                chat.says("Sale!")
            };
            let expected = match (welcome_first, by_link) {
                (true, _) => "Welcome",
                (false, true) => "Sale sale",
                (false, false) => "Sale ",
            };
            chat.hears(expected).hears_nothing();
        }
    }
}

#[test]
fn a_typed_start_and_an_opened_web_chat_subscribe() {
    let mut chat = polite();
    chat.opens(None).hears("Welcome");
    assert_eq!(chat.events(), [EventKind::NewSubscriber], "nothing was said");
    chat.opens(Some("unknown")).hears_nothing();
    let mut chat = polite();
    chat.says("/start x").hears("Welcome");
    assert_eq!(chat.events(), [EventKind::NewSubscriber, EventKind::IncomingMessage]);
    assert_eq!(chat.contact.last_message, "/start x");
    chat.says("/startle").hears("What?");
}

#[test]
fn the_standard_reply_opens_the_chat_and_comes_once_in_ten_minutes() {
    let mut chat = polite();
    chat.says("hi").hears("Welcome").says("hm").hears("What?");
    assert_eq!(chat.events(), [EventKind::IncomingMessage, EventKind::OpenChat]);
    chat.says("hm").hears_nothing().later(9 * MINUTE).says("hm").hears_nothing();
    chat.later(MINUTE).says("hm").hears("What?");
    assert_eq!(chat.events(), [EventKind::IncomingMessage], "it is open already");
}

#[test]
fn texts_are_gathered_before_the_standard_reply_and_before_an_input() {
    let mut chat = polite();
    chat.bot.settings.standard_reply_gather_s = 3;
    chat.bot.settings.input_gather_s = 5;
    chat.flow(keyword("ask"), json!([asked("a", "Story?", "story"), said("m", "Thanks")]), &[("a", "next", "m")]);
    chat.says("hi").hears("Welcome").says("a").later(2_000).says("b").later(2_000).hears_nothing();
    chat.later(1_000).hears("What?").hears_nothing();
    assert_eq!(chat.contact.last_message, "a\nb");
    chat.later(10 * MINUTE).says("hm").later(1_000).says("ask").hears("Story?").later(MINUTE).hears_nothing();
    chat.says("one").later(4_000).says("two").later(5_000).hears("Thanks");
    assert_eq!(chat.text_of("story"), "one\ntwo");
    chat.says("ask").hears("Story?").says("one").sends_photo().hears("Thanks");
    assert_eq!(chat.text_of("story"), "one", "a photo does not undo what was said before it");
}

#[test]
fn a_waiting_input_takes_what_no_interrupting_keyword_takes() {
    let mut chat = polite();
    chat.flow(keyword("ask"), json!([asked("a", "Name?", "name"), said("m", "Hi {{name}}")]), &[("a", "next", "m")]);
    chat.flow(keyword("menu"), json!([said("m", "Menu")]), &[]);
    let help = chat.flow(keyword("help"), json!([asked("a", "With what?", "topic")]), &[]);
    chat.change_triggers(help, |trigger| trigger.interrupts = true);
    chat.says("hi").hears("Welcome").says("ask").hears("Name?").says("menu").hears("Hi menu");
    chat.says("ask").hears("Name?").says("Help").hears("With what?");
    assert!(chat.ended.contains(&RunEnd::Replaced));
    chat.says("ask").hears_nothing();
    assert_eq!(chat.text_of("topic"), "ask");
}

#[test]
fn a_wrong_kind_of_reply_is_a_try() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("ask"),
        json!([{"type": "message", "id": "a", "parts": [{"kind": "input", "prompt": "Phone?", "expects": {"kind": "phone"}, "tries": 2, "error_text": "Again"}]},
            said("bad", "No"), said("ok", "{{$phone}}")]),
        &[("a", "failed", "bad"), ("a", "next", "ok")],
    );
    chat.says("ask").hears("Phone?").sends_photo().hears("Again").sends_photo().hears("No");
    chat.says("ask").hears("Phone?").says("+34 612 345 678").hears("+34612345678");
}

#[test]
fn keywords_match_in_their_order_and_hours() {
    let mut chat = polite();
    let contains = |word: &str| TriggerKind::Keyword { matching: KeywordMatch::Contains, keywords: vec![word.into()] };
    chat.flow(
        TriggerKind::Keyword { matching: KeywordMatch::Regex, keywords: vec!["^red".into()] },
        json!([said("m", "Regex")]),
        &[],
    );
    chat.flow(contains("car"), json!([said("m", "Car")]), &[]);
    let long = chat.flow(contains("red car"), json!([said("m", "Red car")]), &[]);
    chat.flow(keyword("red car"), json!([said("m", "Is")]), &[]);
    chat.says("hi").hears("Welcome");
    chat.says("RED CÁR!").hears("Is").says("red car please").hears("Red car").says("red carpet").hears("Regex");
    let night = Hours { from_min: 60, to_min: 120, weekdays: Vec::new() };
    chat.change_triggers(long, |trigger| trigger.hours = Some(night.clone()));
    chat.says("red car please").hears("Car");
}

#[test]
fn an_old_message_can_be_pressed_and_a_gone_button_has_expired() {
    let mut chat = Chat::new();
    let flow = chat.flow(
        keyword("a"),
        json!([buttons("b", "Pick", &["One", "Two"]), said("m", "v1 {{$data.n}}")]),
        &[("b", "button:One", "m"), ("b", "button:Two", "m")],
    );
    chat.flow(keyword("z"), json!([said("m", "Other")]), &[]);
    chat.says("hi").does(Operation::RunFlow { flow_id: flow, data: json!({"n": 5}), force: false }).hears("Pick");
    chat.says("z").hears("Other").says("one").hears_nothing();
    let one = chat.flows.versions[0].version_id();
    chat.publish(flow, json!([buttons("b", "Pick", &["One"]), said("m", "v2")]), &[("b", "button:One", "m")]);
    chat.presses("One").hears("v1 5");
    chat.flows.versions.retain(|plan| plan.version_id() != one);
    chat.later(4_000).presses("One").hears("v2");
    chat.presses("Two").hears("This button has expired.");
    chat.inbound(InboundKind::Press { payload: "nonsense".into(), callback_id: None })
        .hears("This button has expired.");
    assert_eq!(chat.contact.chat, ChatState::Closed);
}

#[test]
fn a_press_goes_before_a_waiting_input_and_once_in_three_seconds() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("a"),
        json!([buttons("b", "Pick", &["One"]), asked("q", "Or say", "word"), said("m", "Pressed")]),
        &[("b", "next", "q"), ("b", "button:One", "m")],
    );
    chat.says("a").hears("Pick").hears("Or say").presses("One").hears("Pressed").hears_nothing();
    assert!(chat.runs.is_empty());
    chat.later(2_000).presses("One").hears_nothing();
    chat.later(1_000).presses("One").hears("Pressed");
    let add = json!([{"kind": "set_variable", "variable": "n", "to": {"set": "add", "amount": "1"}}]);
    chat.flow(keyword("b"), json!([buttons("b", "Pick", &["Two"]), actions("n", &add)]), &[("b", "button:Two", "n")]);
    chat.says("b").hears("Pick").presses("Two").says("TWO!").later(2_999).says("two");
    assert_eq!(chat.text_of("n"), "1", "a typed label is a press like any other");
    chat.later(1).says("two");
    assert_eq!(chat.text_of("n"), "2");
}

#[test]
fn a_press_in_a_called_flow_comes_back_to_its_caller_once() {
    let mut chat = Chat::new();
    let inner = chat.flow(
        keyword("x"),
        json!([buttons("b", "Pick", &["One"]), said("m", "Picked")]),
        &[("b", "button:One", "m")],
    );
    chat.flow(
        keyword("call"),
        json!([{"type": "flow", "id": "f", "flow_id": inner, "mode": "call"}, paused("p", 60), said("m", "Reminder")]),
        &[("f", "next", "p"), ("p", "next", "m")],
    );
    chat.says("call").hears("Pick").later(MINUTE).presses("One").hears("Picked");
    assert_eq!((chat.runs.len(), chat.ended.clone()), (1, vec![RunEnd::Restarted]));
    chat.later(59 * MINUTE).hears_nothing().later(MINUTE).hears("Reminder").hears_nothing();
}

#[test]
fn what_another_flow_asks_while_texts_are_gathered_does_not_get_them() {
    let mut chat = polite();
    chat.bot.settings.standard_reply_gather_s = 3;
    let ask = chat.flow(TriggerKind::Event, json!([asked("a", "Name?", "name")]), &[]);
    chat.says("hi").hears("Welcome").says("hm");
    chat.does(Operation::RunFlow { flow_id: ask, data: json!(null), force: false }).hears("Name?");
    chat.later(MINUTE).hears_nothing();
    assert_eq!((chat.runs.len(), chat.text_of("name")), (1, String::new()));
}

#[test]
fn a_payment_is_taken_from_the_messenger_and_never_from_a_press() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("buy"),
        json!([{"type": "message", "id": "b", "parts": [{"kind": "text", "text": "Tea", "buttons": [
            {"id": "p", "label": "Pay", "action": {"kind": "payment", "title": "Tea", "amount": 150, "currency": "EUR"}}]}]}, said("m", "Paid")]),
        &[("b", "paid:p", "m")],
    );
    chat.says("buy").hears("Tea").presses("Pay").hears_nothing();
    chat.does(Operation::PauseAutomation { until: None }).pays("Pay").hears("Paid");
    chat.inbound(InboundKind::Paid { payload: "nonsense".into() }).hears_nothing();
    assert_eq!(chat.logged(), ["!payment_unknown"]);
}

#[test]
fn blocking_ends_runs_and_a_message_or_the_messenger_ends_blocking() {
    let mut chat = polite();
    chat.flow(keyword("nap"), json!([paused("p", 5), said("m", "Up")]), &[("p", "next", "m")]);
    chat.says("hi").hears("Welcome").says("nap").inbound(InboundKind::Blocked);
    assert_eq!(chat.events(), [EventKind::BotBlock]);
    assert!(chat.effects.contains(&Effect::CancelQueuedMessages));
    assert_eq!((chat.runs.len(), chat.ended.last()), (0, Some(&RunEnd::Blocked)));
    chat.input(&Input::SendBlocked);
    assert!(chat.events().is_empty(), "on the transition only");
    chat.inbound(InboundKind::Unblocked).hears_nothing();
    assert_eq!((chat.events(), chat.contact.status), (vec![EventKind::NewSubscriber], Some(ContactStatus::Active)));
    chat.input(&Input::SendBlocked);
    chat.says("hi again").hears("Welcome");
    assert_eq!(chat.events(), [EventKind::NewSubscriber, EventKind::IncomingMessage]);
}

#[test]
fn unsubscribing_within_a_run_says_good_bye_once_and_the_run_goes_on() {
    let mut chat = polite();
    chat.flow(keyword("nap"), json!([paused("p", 5), said("m", "Up")]), &[("p", "next", "m")]);
    chat.flow(
        keyword("out"),
        json!([actions("a", &json!([{"kind": "unsubscribe"}])), said("m", "Done")]),
        &[("a", "next", "m")],
    );
    chat.says("hi").hears("Welcome").says("nap").says("out").hears("Done").hears("Bye").hears_nothing();
    assert_eq!(chat.events(), [EventKind::IncomingMessage, EventKind::RunCustomFlow, EventKind::Unsubscribe]);
    assert!(chat.runs.is_empty() && chat.ended.contains(&RunEnd::Unsubscribed));
    chat.does(Operation::Unsubscribe).hears_nothing().does(Operation::Subscribe);
    assert_eq!(chat.events(), [EventKind::NewSubscriber]);
}

#[test]
fn a_farewell_that_subscribes_and_unsubscribes_ends() {
    let mut chat = Chat::new();
    let both = json!([{"kind": "subscribe"}, {"kind": "unsubscribe"}]);
    chat.flow(TriggerKind::Unsubscription, json!([actions("a", &both), said("m", "Bye")]), &[("a", "next", "m")]);
    chat.says("hi").says("/stop").hears("Bye").hears_nothing();
}

#[test]
fn an_element_that_opens_closes_and_opens_the_chat_parks() {
    let mut chat = Chat::new();
    let open = json!({"kind": "open_chat", "pause": "1h"});
    chat.flow(
        keyword("go"),
        json!([actions("a", &json!([open, {"kind": "close_chat"}, open]))]),
        &[("a", "next", "a")],
    );
    chat.says("go");
    assert!(chat.contact.pause.is_some());
    assert_eq!((chat.events().len(), chat.runs.len()), (5, 1));
}

#[test]
fn opening_the_chat_parks_the_run_and_closing_it_goes_on() {
    let mut chat = polite();
    let open = json!([{"kind": "open_chat", "pause": "until_closed", "notify": true, "assign": {"to": "least_busy"}}, {"kind": "add_tag", "tag": "asked"}]);
    chat.flow(keyword("agent"), json!([actions("a", &open), said("m", "Back")]), &[("a", "next", "m")]);
    let member = |chat: &mut Chat, open_chats| recado_flow::MemberLoad {
        id: recado_model::MemberId::new(chat.now, &mut chat.rng),
        open_chats,
    };
    chat.members = vec![member(&mut chat, 3), member(&mut chat, 1)];
    chat.says("hi").hears("Welcome").says("agent").hears_nothing();
    assert_eq!(chat.contact.tags, ["asked"]);
    assert!(matches!(chat.contact.chat, ChatState::Open { assignee, .. } if assignee == Some(chat.members[1].id)));
    assert!(
        chat.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Notify { member, .. } if *member == Some(chat.members[1].id)))
    );
    chat.later(90 * 24 * 60 * MINUTE).says("hello?").hears_nothing();
    assert_eq!(chat.events(), [EventKind::IncomingMessage]);
    chat.does(Operation::CloseChat).hears("Back").hears_nothing();
}

#[test]
fn while_automation_is_paused_what_falls_due_is_held_in_order() {
    let mut chat = polite();
    chat.flow(keyword("one"), json!([paused("p", 1), said("m", "One")]), &[("p", "next", "m")]);
    chat.flow(keyword("two"), json!([{"type": "pause", "id": "p", "until": {"kind": "period", "amount": 1, "unit": "hours"}, "condition": "if_inactive"}, said("m", "Awake")]), &[("p", "active", "m")]);
    chat.flow(
        keyword("api"),
        json!([{"type": "api_request", "id": "r", "url": "https://x.test"}, said("m", "Answer")]),
        &[("r", "done", "m")],
    );
    let forced = chat.flow(TriggerKind::Event, json!([said("m", "Forced")]), &[]);
    chat.says("hi").hears("Welcome").says("one").says("two").does(Operation::PauseAutomation { until: None });
    chat.later(2 * MINUTE).says("there?").hears_nothing();
    chat.does(Operation::RunFlow { flow_id: forced, data: json!(null), force: false });
    assert_eq!(chat.refused, Some(Refusal::AutomationPaused));
    chat.does(Operation::RunFlow { flow_id: forced, data: json!(null), force: true }).hears("Forced");
    chat.opens(None).hears_nothing();
    chat.does(Operation::ResumeAutomation).hears("One").hears("Awake").hears_nothing();
    chat.says("api").does(Operation::PauseAutomation { until: None }).answered(200, "").hears_nothing();
    chat.says("/start").hears("Welcome").does(Operation::ResumeAutomation).hears("Answer");
    chat.does(Operation::PauseAutomation { until: None }).says("stop").hears("Bye");
}

#[test]
fn an_agent_pauses_automation_and_each_message_renews_it() {
    let mut chat = polite();
    let sent_by = SentBy { firstname: "Eve".into(), lastname: String::new(), email: "e@x.test".into() };
    let agent = Operation::AgentMessage { text: recado_model::RichText::plain("I am Eve"), sent_by };
    chat.says("hi")
        .hears("Welcome")
        .does(agent.clone())
        .hears("I am Eve")
        .later(50 * MINUTE)
        .says("hm")
        .hears_nothing();
    chat.does(agent.clone()).hears("I am Eve").later(50 * MINUTE).says("hm").hears_nothing();
    chat.later(10 * MINUTE).says("hm").hears("What?");
    chat.input(&Input::SendBlocked);
    chat.does(agent).hears_nothing();
    assert_eq!(chat.refused, Some(Refusal::ContactNotActive));
}

#[test]
fn delays_after_subscription_and_of_inactivity_start_flows() {
    let mut chat = polite();
    let after = chat.flow(TriggerKind::AfterSubscription { delay_min: 30 }, json!([said("m", "Half an hour")]), &[]);
    chat.flow(TriggerKind::Inactivity { after_min: 60 }, json!([said("m", "Quiet")]), &[]);
    chat.says("hi").hears("Welcome").later(30 * MINUTE).hears("Half an hour");
    assert_eq!(chat.events(), [EventKind::RunCustomFlow]);
    chat.opens(None).hears("Welcome").later(30 * MINUTE).hears("Quiet").later(120 * MINUTE).hears_nothing();
    chat.says("/stop").hears("Bye").does(Operation::Subscribe).later(60 * MINUTE).hears("Half an hour").hears("Quiet");
    chat.says("/stop").hears("Bye").says("/start").hears("Welcome").later(59 * MINUTE).hears("Half an hour");
    chat.does(Operation::PauseAutomation { until: None }).later(2 * MINUTE).says("I am here");
    chat.does(Operation::CloseChat).hears_nothing();
    chat.change_triggers(after, |trigger| trigger.active = false);
    chat.says("/stop").hears("Bye").says("/start").hears("Welcome").later(40 * MINUTE).hears_nothing();
}

#[test]
fn links_are_tracked_and_a_click_is_activity() {
    let mut chat = Chat::new();
    chat.bot.settings.link_tracking = true;
    let flow = chat.flow(
        keyword("go"),
        json!([{"type": "message", "id": "l", "parts": [{"kind": "text", "text": "[here](https://x.test/{{q}})", "buttons": [
            {"id": "o", "label": "Open", "action": {"kind": "link", "url": "https://x.test/b"}}]}]},
            {"type": "pause", "id": "p", "until": {"kind": "period", "amount": 1, "unit": "hours"}, "condition": "if_inactive"}, said("m", "You clicked")]),
        &[("l", "next", "p"), ("p", "active", "m")],
    );
    chat.contact.variables.insert("q".into(), Value::Text("a b".into()));
    chat.says("go");
    let links: Vec<(String, String)> = chat
        .effects
        .iter()
        .filter_map(|effect| {
            let Effect::Link { url, text, token, .. } = effect else { return None };
            assert_eq!(token.len(), 22);
            Some((url.clone(), text.clone()))
        })
        .collect();
    assert_eq!(links, [("https://x.test/a%20b".into(), "here".into()), ("https://x.test/b".into(), "Open".into())]);
    assert!(serde_json::to_string(&chat.hears_part()).unwrap().contains("https://bot.test/l/"));
    chat.input(&Input::LinkClicked {
        url: "https://x.test/b".into(),
        text: "Open".into(),
        flow_id: flow,
        element: ElementId::new("l"),
    });
    chat.hears("You clicked");
    assert_eq!(chat.events(), [EventKind::LinkClick]);
}

#[test]
fn operations_change_the_contact_within_its_limits() {
    let mut chat = Chat::new();
    chat.says("hi");
    chat.does(Operation::AddTags { tags: vec!["a".into(), " b ".into()] })
        .does(Operation::RemoveTags { tags: vec!["a".into()] });
    assert_eq!(chat.contact.tags, ["b"]);
    chat.does(Operation::AddTags { tags: vec!["c".into(), "x".repeat(33)] });
    assert_eq!((chat.refused, chat.contact.tags.len(), chat.effects.len()), (Some(Refusal::LimitReached), 1, 0));
    let text = |text: &str| Some(Value::Text(text.into()));
    chat.does(Operation::SetVariables { values: vec![("n".into(), text("1"))] });
    chat.does(Operation::SetVariables { values: vec![("n".into(), None), ("m".into(), text(&"x".repeat(9_000)))] });
    assert_eq!((chat.refused, chat.text_of("n")), (Some(Refusal::LimitReached), "1".to_owned()));
    chat.does(Operation::OpenChat { assignee: None });
    assert_eq!(chat.events(), [EventKind::OpenChat]);
    chat.does(Operation::Disable { disabled: true }).says("/start").hears_nothing();
    assert_eq!((chat.contact.status, chat.events()), (Some(ContactStatus::Disabled), vec![EventKind::IncomingMessage]));
    chat.does(Operation::Disable { disabled: false });
    assert!(chat.contact.is_active());
}

#[test]
fn a_sticky_randomizer_stays_with_its_branch() {
    let flow = |once: bool| {
        json!([{"type": "randomizer", "id": "r", "once_per_contact": once, "branches": [{"id": "a", "percent": 50}, {"id": "b", "percent": 50}]},
        said("x", "A"), said("y", "B")])
    };
    let edges = [("r", "branch:a", "x"), ("r", "branch:b", "y")];
    let mut heard = [[0; 2]; 2];
    for (index, once) in [false, true].into_iter().enumerate() {
        let mut chat = Chat::new();
        chat.flow(keyword("go"), flow(once), &edges);
        for _ in 0..40 {
            let recado_model::Part::Text { text, .. } = chat.says("go").hears_part() else { panic!() };
            heard[index][usize::from(text.to_plain() == "A")] += 1;
        }
    }
    assert!(heard[0].iter().all(|count| *count > 5), "{heard:?}");
    assert!(heard[1].contains(&40), "{heard:?}");
}

#[test]
fn a_filter_takes_the_first_branch_that_holds() {
    let when = |name: &str, op: &str, value: &str| json!({"match": "all", "conditions": [{"on": "variable", "name": name, "op": op, "value": value}]});
    let mut chat = Chat::new();
    chat.flow(
        keyword("go"),
        json!([{"type": "filter", "id": "f", "branches": [{"id": "a", "when": when("n", "less", "3")}, {"id": "b", "when": when("n", "less", "9")}]},
            said("x", "A"), said("y", "B"), said("z", "Else")]),
        &[("f", "branch:a", "x"), ("f", "branch:b", "y"), ("f", "otherwise", "z")],
    );
    for (n, heard) in [(1.0, "A"), (5.0, "B"), (10.0, "Else")] {
        chat.contact.variables.insert("n".into(), Value::Number(n));
        chat.says("go").hears(heard);
    }
    chat.contact.variables.insert("n".into(), Value::Text("five".into()));
    chat.says("go").hears("Else");
    assert!(!chat.logged().is_empty(), "a wrong type leaves a warning");
}

#[test]
fn a_passed_webhook_is_remembered_and_a_pause_until_a_date_moves_with_its_offset() {
    let mut chat = Chat::new();
    chat.flow(
        keyword("go"),
        json!([actions("a", &json!([{"kind": "send_webhook", "name": "Sold", "url": "https://x.test", "fields": [{"name": "who", "value": "{{$name}}"}]},
                {"kind": "set_variable", "variable": "$total", "to": {"set": "add", "amount": "2"}},
                {"kind": "set_variable", "variable": "at", "to": {"set": "now"}}])),
            {"type": "pause", "id": "p", "until": {"kind": "variable", "variable": "at", "offset": {"amount": 90, "unit": "minutes"}}},
            {"type": "filter", "id": "f", "branches": [{"id": "b", "when": {"match": "all", "conditions": [{"on": "received_webhook", "title": "Sold", "within_hours": 2}]}}]},
            said("m", "Total {{$total}}")]),
        &[("a", "next", "p"), ("p", "next", "f"), ("f", "branch:b", "m")],
    );
    chat.says("go");
    assert!(chat.effects.contains(&Effect::Passed { title: "Sold".into() }));
    assert_eq!(chat.variables["total"], Value::Number(2.0));
    chat.later(89 * MINUTE).hears_nothing().later(MINUTE).hears("Total 2");
}

#[test]
fn the_browser_s_zone_counts_from_the_first_turn() {
    let mut chat = Chat::new();
    chat.flow(keyword("go"), json!([said("m", "{{$current_time}}")]), &[]);
    chat.now = UnixMs(1_700_000_000_000);
    let profile = recado_model::Profile { time_zone: Some("Asia/Tokyo".into()), ..Default::default() };
    chat.says_with("go", profile).hears("07:13");
}
