//! Who else is about while the process is killed: people whose flow asks another system and then waits for a moment, people on Telegram, and
//! the bot maker, who publishes, pauses and resumes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::Method;
use jiff::Timestamp;
use recado_server::clock::{Clock as _, SystemClock};
use recado_testkit::{
    client::Client,
    receiver::Receiver,
    telegram::{FakeTelegram, TOKEN},
};
use serde_json::{Value as Json, json};

use super::{
    api::{Api, text},
    harness::{Dice, until},
    visitor::{Visitor, said},
};

/// What an answer may take, over restarts.
const WITHIN: Duration = Duration::from_mins(1);
/// Where the flow of the travellers asks.
const ASK: &str = "/ask";

/// A bot whose flow asks another system, waits until the moment that the person wrote, and counts. Gives its id.
pub(crate) async fn travel_bot(api: &Api, receiver: &Receiver) -> String {
    let bot = api.bot("Traveller").await;
    let settings = json!({"settings": {
        "standard_reply_opens_chat": false, "standard_reply_gather_s": 0, "standard_reply_every_min": 0,
    }});
    api.client.patch(&format!("/api/v1/bots/{bot}"), &settings).await.expect(200);
    let set = |name: &str, to: Json, kind: &str| json!({"kind": "set_variable", "variable": name, "to": to, "value_type": kind});
    let elements = json!([
        {"id": "note", "type": "action", "actions": [set("when", json!({"set": "value", "value": "{{$last_message}}"}), "date_time")]},
        {"id": "ask", "type": "api_request", "url": receiver.url(ASK), "timeout_s": 2},
        {"id": "wait", "type": "pause", "until": {"kind": "variable", "variable": "when"}},
        {"id": "count", "type": "action", "actions": [set("n", json!({"set": "add", "amount": "1"}), "number")]},
        {"id": "tell", "type": "message", "parts": [{"kind": "text", "text": "Back {{n}}"}]},
    ]);
    let edges = json!([
        {"from": "note", "output": "next", "to": "ask"},
        {"from": "ask", "output": "done", "to": "wait"}, {"from": "ask", "output": "error", "to": "wait"},
        {"from": "wait", "output": "next", "to": "count"}, {"from": "count", "output": "next", "to": "tell"},
    ]);
    let flow = api.flow(&bot, "Travel", elements, edges).await;
    api.trigger(&bot, &flow, json!({"type": "standard_reply"})).await;
    bot
}

/// Travels again and again: says until when, and waits to be back.
pub(crate) async fn keep_travelling(mut person: Visitor, enough: Arc<AtomicBool>, mut dice: Dice) -> Visitor {
    while !enough.load(Ordering::Relaxed) {
        let moment = SystemClock.now() + 500 + dice.below(2_000) as i64;
        let moment = Timestamp::from_millisecond(moment.0).expect("a moment of our time");
        person.writes(&moment.to_string()).await;
        person.hears_in_the_end(&format!("Back {}", person.sent()), WITHIN).await;
    }
    person
}

/// Each journey ended once, and was asked about once: a repetition carries the same key.
pub(crate) async fn check_travellers(api: &Api, receiver: &Receiver, people: &[Visitor]) {
    let mut journeys = 0;
    for person in people {
        journeys += person.sent() as usize;
        let known = api.contact(&person.contact).await;
        let n = if person.sent() == 0 { Json::Null } else { person.sent().into() };
        assert_eq!(known["variables"]["n"], n, "journeys of {}: {known}", person.contact);
        let answers: Vec<String> = person.messages().await.iter().map(said).filter(|text| !text.is_empty()).collect();
        let expected: Vec<String> = (1..=person.sent()).map(|number| format!("Back {number}")).collect();
        assert_eq!(answers, expected, "answers to {}", person.contact);
    }
    let asked = receiver.requests_at(ASK);
    let keys: HashSet<&str> = asked.iter().filter_map(|request| request.header("idempotency-key")).collect();
    assert_eq!(keys.len(), journeys, "requests of the flow by their key, {} in all", asked.len());
}

/// People on Telegram, each with the number of messages that it wrote.
pub(crate) type Writers = BTreeMap<i64, u32>;

/// Writes on Telegram, which keeps an update until it was confirmed.
pub(crate) async fn keep_texting(telegram: Arc<FakeTelegram>, people: i64, enough: Arc<AtomicBool>) -> Writers {
    let mut written = Writers::new();
    while !enough.load(Ordering::Relaxed) {
        for chat in 1..=people {
            telegram.says(chat, "add").await;
            *written.entry(chat).or_default() += 1;
        }
        // About what one chat may be answered in a second.
        tokio::time::sleep(Duration::from_millis(1_300)).await;
    }
    written
}

/// Connects a Telegram bot that counts. Gives its id.
pub(crate) async fn telegram_bot(api: &Api) -> String {
    super::telegram::bot(api, TOKEN).await
}

/// Each text was counted once and answered in order; a messenger gets an answer at least once.
pub(crate) async fn check_writers(api: &Api, telegram: &FakeTelegram, bot: &str, written: &Writers) {
    for (chat, count) in written {
        let last = format!("Number {count}");
        until(&format!("{last} in chat {chat}"), WITHIN, async || {
            telegram.sent(*chat).iter().any(|sent| sent.text == last).then_some(())
        })
        .await;
        let sent = telegram.sent(*chat).into_iter().map(|sent| sent.text);
        let mut heard: Vec<String> = sent.filter(|text| text.starts_with("Number")).collect();
        heard.dedup();
        let expected: Vec<String> = (1..=*count).map(|number| format!("Number {number}")).collect();
        assert_eq!(heard, expected, "answers in chat {chat}");
    }
    for contact in api.all(&format!("/contacts?bot_id={bot}")).await {
        let known = api.contact(&text(&contact, "id")).await;
        let chat: i64 = text(&known, "identity").parse().expect("a chat's number");
        assert_eq!(known["variables"]["n"], written[&chat], "{known}");
    }
}

/// Publishes a flow, pauses and resumes a webhook, again and again until the process is gone.
pub(crate) async fn meddle(client: Client, flow: String, webhook: String) {
    let calls = [
        (format!("/api/v1/webhooks/{webhook}/pause"), json!({})),
        (format!("/api/v1/flows/{flow}/publish"), json!({})),
        (format!("/api/v1/webhooks/{webhook}/resume"), json!({"from": "cursor"})),
    ];
    for (path, body) in calls.iter().cycle() {
        match client.try_json(Method::POST, path, body).await {
            // It was paused (or resumed) already by a call whose answer was lost.
            Ok(answer) => assert!([200, 201, 409, 503].contains(&answer.status.as_u16()), "{path}: {}", answer.text()),
            Err(_) => return,
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

/// Switches the webhook on for the end, and waits until it has caught up.
pub(crate) async fn resume(api: &Api, webhook: &str) {
    let path = format!("/api/v1/webhooks/{webhook}");
    let answer = api.client.post(&format!("{path}/resume"), &json!({"from": "cursor"})).await;
    assert!([200, 409].contains(&answer.status.as_u16()), "{}", answer.text());
    until("end of the catching up", WITHIN, async || {
        (api.client.get(&path).await.expect(200).json()["state"]["state"] == "on").then_some(())
    })
    .await;
}
