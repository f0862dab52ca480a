//! The main job, end to end: a person chats, the flow runs, the webhooks arrive, and the log shows each.

use http::Method;
use recado_testkit::receiver::{Received, Receiver};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    api::{Api, assert_signed, event_of, id_of, text},
    harness::{Server, Start},
    visitor::Visitor,
};

const EVENTS: [&str; 4] = ["new_subscriber", "incoming_message", "outgoing_message", "run_custom_flow"];

/// The demo's flow sends its webhook to the receiver from now on; the rest of it stays.
async fn send_booking_to(server: &Server, receiver: &Receiver) {
    let api = Api::of(server);
    let path = format!("/api/v1/flows/{}", server.said("flow_id"));
    let read = api.client.get(&path).await.expect(200);
    let etag = read.headers["etag"].to_str().expect("an ETag").to_owned();
    let mut draft = read.json()["draft"].clone();
    let elements = draft["elements"].as_array_mut().expect("elements");
    let book = elements.iter_mut().find(|element| element["id"] == "book").expect("the element that books");
    let actions = book["actions"].as_array_mut().expect("actions");
    let webhook = actions.iter_mut().find(|action| action["kind"] == "send_webhook").expect("a webhook");
    webhook["url"] = receiver.url("/booking").into();
    let headers = [("if-match", etag.as_str()), ("content-type", "application/json")];
    let saved = api.client.send(Method::PUT, &format!("{path}/draft"), &headers, draft.to_string().into()).await;
    saved.expect("an answer").expect(200);
    api.publish(server.said("flow_id")).await;
}

/// A person books two places.
pub(crate) async fn book(person: &mut Visitor) {
    person.hears("What is your name?").await;
    person.writes("Ada").await;
    person.hears("Nice to meet you, Ada. How many places shall I book?").await;
    person.writes("2").await;
    person.hears("Which e-mail address gets the tickets?").await;
    person.writes("ada@example.org").await;
    person.hears("2 places for Ada, tickets to ada@example.org. Shall I book?").await;
    person.presses("Yes, book").await;
    person.hears("Booked! Thank you, Ada.").await;
}

#[tokio::test]
async fn a_conversation_reserves_a_place_and_the_receiver_hears_of_all_of_it() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).allow(receiver.address()).demo().await;
    let api = Api::of(&server);
    let bot = server.said("bot_id").to_owned();
    send_booking_to(&server, &receiver).await;
    let global = api.webhook(&bot, &receiver.url("/global"), &EVENTS).await;
    let mut person = Visitor::open(&server, &bot).await;
    book(&mut person).await;
    api.nothing_pending(&bot, std::time::Duration::from_secs(20)).await;

    let bookings = receiver.requests_at("/booking");
    assert_eq!(bookings.len(), 1, "one booking");
    check_booking(&bookings[0], &bot, &person);
    let flow_webhook = api.webhooks(&bot).await.into_iter().find(|webhook| webhook["url"] == receiver.url("/booking"));
    let flow_webhook = text(&flow_webhook.expect("publishing made a flow webhook"), "id");
    let (flow_secret, global_secret) = (api.secret(&flow_webhook).await, api.secret(&global).await);
    assert_ne!(flow_secret, global_secret, "each webhook has a secret of its own");
    assert_signed(&bookings[0], &flow_secret);
    check_in_log(&api, &bot, &flow_webhook, &bookings[0]).await;

    let heard = receiver.requests_at("/global");
    check_order(&api, &bot, &heard).await;
    for request in &heard {
        assert_signed(request, &global_secret);
        check_in_log(&api, &bot, &global, request).await;
    }
}

fn check_booking(request: &Received, bot: &str, person: &Visitor) {
    let event = event_of(request);
    assert_eq!(event["title"], "conference_booking");
    assert_eq!(event["service"], "livechat");
    assert_eq!(event["bot"]["id"], bot);
    assert_eq!(event["info"]["fields"], json!({"places": "2"}));
    let contact = &event["contact"];
    assert_eq!(contact["id"], person.contact.as_str());
    assert_eq!(contact["tags"], json!(["conference"]));
    let known = [
        ("guest", json!("Ada")),
        ("places", json!(2)),
        ("ticket_email", json!("ada@example.org")),
        ("booking", json!("confirmed")),
    ];
    for (name, value) in known {
        assert_eq!(contact["variables"][name], value, "{name} among the variables of {event}");
        assert_eq!(contact[name], value, "{name} flat in the contact of {event}");
    }
    assert_eq!(request.header("recado-attempt"), Some("1"));
    assert_eq!(event["id"], id_of(request));
}

/// The receiver heard of the global events as they happened, and of each once.
async fn check_order(api: &Api, bot: &str, heard: &[Received]) {
    let mut events = api.all(&format!("/events?bot_id={bot}")).await;
    events.sort_by_key(|event| event["seq"].as_i64());
    events.retain(|event| EVENTS.contains(&event["event"].as_str().unwrap_or_default()));
    let happened: Vec<String> = events.iter().map(|event| text(event, "id")).collect();
    let ids: Vec<String> = heard.iter().map(|request| id_of(request).to_owned()).collect();
    assert_eq!(ids, happened);
    let titles: Vec<Json> = heard.iter().map(|request| event_of(request)["title"].clone()).collect();
    assert_eq!(titles[0], "new_subscriber");
    let incoming: Vec<Json> = heard.iter().map(event_of).filter(|event| event["title"] == "incoming_message").collect();
    let texts: Vec<&Json> = incoming.iter().map(|event| &event["contact"]["last_message"]).collect();
    assert_eq!(texts[..3], ["Ada", "2", "ada@example.org"]);
    assert!(titles.iter().filter(|title| *title == "outgoing_message").count() >= 5, "{titles:?}");
}

/// The delivery log has the request with its answer.
async fn check_in_log(api: &Api, bot: &str, webhook: &str, request: &Received) {
    let found = api.deliveries(&format!("bot_id={bot}&webhook_id={webhook}&event_id={}", id_of(request))).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((&found[0]["status"], &found[0]["attempts"]), (&json!("delivered"), &json!(1)));
    let path = format!("/api/v1/deliveries/{}/attempts", text(&found[0], "id"));
    let log = api.client.get(&path).await.expect(200).json();
    assert_eq!(log["request_body"], request.text());
    assert_eq!(log["content_type"], request.header("content-type").expect("a content type"));
    let attempt = &log["items"][0];
    assert_eq!((&attempt["status"], &attempt["response_body"]), (&json!(200), &json!("ok")));
    let sent: Vec<(String, String)> = serde_json::from_value(attempt["request_headers"].clone()).expect("headers");
    assert!(sent.iter().any(|(name, value)| name == "webhook-id" && value == id_of(request)), "{sent:?}");
}
