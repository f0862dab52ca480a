//! S1: whichever way leads out of the server, it goes through the one door. What must not be reached is a canary on this machine, in many
//! spellings; the corpus of addresses is the door's own (`recado-delivery`), rebinding too.

use std::time::Duration;

use recado_testkit::receiver::Receiver;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    api::{Api, text},
    harness::{Start, until},
    visitor::{Visitor, said},
};

const WITHIN: Duration = Duration::from_secs(20);

/// The canary's address as people write it who want to reach it all the same.
fn spellings(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0.0.0.0",
        "0",
        "127.0.0.1.",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "%31%32%37.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "a.localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
    ];
    hosts.iter().map(|host| format!("http://{host}:{port}/canary")).collect()
}

fn user_info(port: u16) -> [String; 3] {
    [
        format!("http://example.org@127.0.0.1:{port}/canary"),
        format!("http://example.org:80@127.0.0.1:{port}/canary"),
        format!("http://127.0.0.1:{port}\\@example.org/canary"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_webhook_and_no_request_of_a_flow_reaches_a_private_address_however_it_is_spelled() {
    let dir = TempDir::new().expect("a temporary folder");
    let canary = Receiver::start().await;
    let port = canary.address().port();
    let server = Start::new(&dir).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Curious").await;
    for url in spellings(port).iter().chain(&user_info(port)) {
        let wanted = json!({"url": url, "events": ["incoming_message"]});
        let answer = api.client.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await;
        assert_eq!(answer.status, 422, "{url} is taken as a webhook: {}", answer.text());
    }

    let urls: Vec<String> = spellings(port).into_iter().step_by(3).collect();
    let (elements, edges) = flow_of(&urls);
    let flow = api.flow(&bot, "Curious", elements, edges).await;
    api.keyword(&bot, &flow, "go").await;
    let mut person = Visitor::open(&server, &bot).await;
    person.writes("go").await;
    person.hears("The end").await;
    let answers: Vec<String> = person.messages().await.iter().map(said).filter(|said| !said.is_empty()).collect();
    let refused = answers.iter().filter(|said| said.starts_with("Error")).count();
    assert_eq!(refused, urls.len(), "each request of the flow took the way of an error: {answers:#?}");
    for delivery in until("attempts", WITHIN, async || attempted(&api, &bot, urls.len()).await).await {
        let path = format!("/api/v1/deliveries/{}/attempts", text(&delivery, "id"));
        let attempts = api.client.get(&path).await.expect(200).json();
        let first = &attempts["items"][0];
        assert!(first["status"].is_null() && first["error"].is_string(), "{first}");
    }
    assert_eq!((canary.connections(), canary.count()), (0, 0), "somebody came through");
}

/// For each URL a request and a *send webhook*, one after the other.
fn flow_of(urls: &[String]) -> (Json, Json) {
    let (mut elements, mut edges) = (Vec::new(), Vec::new());
    for (number, url) in urls.iter().enumerate() {
        let [ask, no, tell] = ["ask", "no", "tell"].map(|word| format!("{word}{number}"));
        let next = if number + 1 == urls.len() { "end".to_owned() } else { format!("ask{}", number + 1) };
        elements.push(json!({"id": ask, "type": "api_request", "url": url, "timeout_s": 2}));
        elements
            .push(json!({"id": no, "type": "message", "parts": [{"kind": "text", "text": format!("Error {number}")}]}));
        let webhook = json!({"kind": "send_webhook", "name": "curious", "url": url});
        elements.push(json!({"id": tell, "type": "action", "actions": [webhook]}));
        edges.push(json!({"from": ask, "output": "error", "to": no}));
        edges.push(json!({"from": ask, "output": "done", "to": tell}));
        edges.push(json!({"from": no, "output": "next", "to": tell}));
        edges.push(json!({"from": tell, "output": "next", "to": next}));
    }
    elements.push(json!({"id": "end", "type": "message", "parts": [{"kind": "text", "text": "The end"}]}));
    (elements.into(), edges.into())
}

/// The deliveries of the bot, when each was tried.
async fn attempted(api: &Api, bot: &str, count: usize) -> Option<Vec<Json>> {
    let deliveries = api.deliveries(&format!("bot_id={bot}")).await;
    for delivery in &deliveries {
        let path = format!("/api/v1/deliveries/{}/attempts", text(delivery, "id"));
        let attempts = api.client.get(&path).await.expect(200).json();
        if attempts["items"].as_array().is_none_or(Vec::is_empty) {
            return None;
        }
    }
    (deliveries.len() == count).then_some(deliveries)
}
