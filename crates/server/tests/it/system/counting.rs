//! A bot whose every effect can be counted.
//!
//! Each `add` of a person adds one to the variable `n`, sends the flow webhook `counted` and says `Number {{n}}`. So when a person has sent k
//! messages that were acknowledged, there must be: n = k; k messages in; the answers 1 to k, each once; and of each kind of event k.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use bytes::Bytes;
use recado_testkit::receiver::{Received, Receiver};
use serde_json::{Value as Json, json};

use super::{
    api::{Api, SHORT_SCHEDULE, event_of, id_of, text},
    harness::{Server, until},
    visitor::{Visitor, said},
};

/// Where the global events go.
pub(crate) const GLOBAL: &str = "/global";
/// Where the flow's webhook goes.
pub(crate) const FLOW: &str = "/flow";

/// Where the events go of the webhook that [`paused`] makes.
const PAUSED: &str = "/paused";
const EVENTS: [&str; 4] = ["new_subscriber", "incoming_message", "outgoing_message", "run_custom_flow"];

/// One more global webhook of the bot, to be paused and resumed. Gives its id.
pub(crate) async fn paused(api: &Api, receiver: &Receiver, bot: &str) -> String {
    let webhook = api.webhook(bot, &receiver.url(PAUSED), &EVENTS).await;
    api.set_webhook(&webhook, json!({"schedule_ms": SHORT_SCHEDULE, "timeout_ms": 1_000})).await;
    webhook
}

/// Makes the bot, with a short schedule and the shortest time-out. Gives its id.
pub(crate) async fn bot(server: &Server, receiver: &Receiver) -> String {
    let api = Api::of(server);
    let bot = api.bot("Counter").await;
    let elements = json!([
        {"id": "count", "type": "action", "actions": [
            {"kind": "set_variable", "variable": "n", "to": {"set": "add", "amount": "1"}, "value_type": "number"},
            {"kind": "send_webhook", "name": "counted", "url": receiver.url(FLOW)},
        ]},
        {"id": "tell", "type": "message", "parts": [{"kind": "text", "text": "Number {{n}}"}]},
    ]);
    let edges = json!([{"from": "count", "output": "next", "to": "tell"}]);
    let flow = api.flow(&bot, "Count", elements, edges).await;
    api.keyword(&bot, &flow, "add").await;
    api.webhook(&bot, &receiver.url(GLOBAL), &EVENTS).await;
    for webhook in api.webhooks(&bot).await {
        api.set_webhook(&text(&webhook, "id"), json!({"schedule_ms": SHORT_SCHEDULE, "timeout_ms": 1_000})).await;
    }
    bot
}

/// Waits until everything is said and delivered, and checks that nothing acknowledged was lost or had an effect twice.
pub(crate) async fn check(server: &Server, receiver: &Receiver, bot: &str, people: &[Visitor], within: Duration) {
    let api = Api::of(server);
    for person in people {
        check_conversation(&api, person, within).await;
    }
    api.nothing_pending(bot, within).await;
    let undelivered = api.deliveries(&format!("bot_id={bot}&status=failed")).await;
    assert!(undelivered.is_empty(), "deliveries failed for good: {undelivered:#?}");
    let mut happened: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    let mut events = api.all(&format!("/events?bot_id={bot}")).await;
    events.sort_by_key(|event| event["seq"].as_i64());
    for event in events {
        happened.entry(text(&event, "contact_id")).or_default().push(event);
    }
    let requests = receiver.requests();
    check_duplicates(&requests);
    let arrived = first_arrivals(&requests);
    let webhooks = api.webhooks(bot).await;
    let paths = [GLOBAL, FLOW, PAUSED].into_iter();
    let paths: Vec<&str> =
        paths.filter(|path| webhooks.iter().any(|webhook| webhook["url"] == receiver.url(path))).collect();
    for person in people {
        let events = happened.get(&person.contact).map(Vec::as_slice).unwrap_or_default();
        check_events(events, person);
        for path in &paths {
            let of_path = events.iter().filter(|event| (event["event"] == "flow_webhook") == (*path == FLOW));
            let expected: Vec<String> = of_path.map(|event| text(event, "id")).collect();
            let seen = arrived.get(&((*path).to_owned(), person.contact.clone())).cloned().unwrap_or_default();
            assert_eq!(seen, expected, "what {} got of {}, in order of first arrival", path, person.contact);
        }
    }
}

/// The store has each message once, each answer once and in order, and the right count.
async fn check_conversation(api: &Api, person: &Visitor, within: Duration) {
    let sent = person.sent();
    let contact = api.contact(&person.contact).await;
    let n = if sent == 0 { Json::Null } else { sent.into() };
    assert_eq!(contact["variables"]["n"], n, "{} sent {sent} messages: {contact}", person.contact);
    let messages = until("end of the queued answers", within, async || {
        let messages = person.messages().await;
        let answers = messages.iter().filter(|message| message["direction"] == "out").count();
        (answers >= sent as usize).then_some(messages)
    })
    .await;
    let incoming = messages.iter().filter(|message| message["direction"] == "in").count();
    assert_eq!(incoming, sent as usize, "messages of {}", person.contact);
    let answers: Vec<String> = messages.iter().map(said).filter(|text| !text.is_empty()).collect();
    let expected: Vec<String> = (1..=sent).map(|number| format!("Number {number}")).collect();
    assert_eq!(answers, expected, "answers to {}", person.contact);
}

/// Of each kind of event there are as many as the person sent messages.
fn check_events(events: &[Json], person: &Visitor) {
    let count = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    let sent = person.sent() as usize;
    assert_eq!(count("new_subscriber"), 1, "{}", person.contact);
    for kind in ["incoming_message", "run_custom_flow", "flow_webhook", "outgoing_message"] {
        assert_eq!(count(kind), sent, "{kind} of {}", person.contact);
    }
}

/// A repeated `webhook-id` brings the same body.
fn check_duplicates(requests: &[Received]) {
    let mut bodies: HashMap<(&str, &str), &Bytes> = HashMap::new();
    for request in requests.iter().filter(|request| request.header("webhook-id").is_some()) {
        let first = bodies.entry((request.path(), id_of(request))).or_insert(&request.body);
        assert_eq!(*first, &request.body, "{} came again with another body", id_of(request));
    }
}

/// By path and contact: the ids in the order in which each was first seen.
fn first_arrivals(requests: &[Received]) -> HashMap<(String, String), Vec<String>> {
    let mut arrived: HashMap<(String, String), Vec<String>> = HashMap::new();
    for request in requests {
        if request.header("webhook-id").is_none() {
            continue;
        }
        let contact = text(&event_of(request)["contact"], "id");
        let seen = arrived.entry((request.path().to_owned(), contact)).or_default();
        let id = id_of(request).to_owned();
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    arrived
}
