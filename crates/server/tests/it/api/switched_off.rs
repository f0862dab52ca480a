//! A bot that is off receives and says nothing; what it would have done waits until it is on.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::Method;
use recado_model::time::DAY_MS;
use recado_testkit::receiver::{Behaviour, Gate, Receiver};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    clock_jumps::{Person, SetWrong, flow},
    server::{TestServer, allowing, id},
};

async fn switch(server: &TestServer, bot: &str, active: bool) {
    server.api.patch(&format!("/api/v1/bots/{bot}"), &json!({"active": active})).await.expect(200);
}

/// Waits until this many inputs are stored.
async fn inputs_wait(server: &TestServer, wanted: i64) {
    let count = || {
        let read = server.database().query_row("SELECT count(*) FROM input", [], |row| row.get::<_, i64>(0));
        read.expect("a count")
    };
    server.until("stored input", async || (count() == wanted).then_some(())).await;
}

/// What the bot has said to a contact, the oldest first: its web chat can not be read while it is off.
async fn sent(server: &TestServer, contact: &str) -> Vec<Json> {
    let messages = server.api.get(&format!("/api/v1/contacts/{contact}/messages")).await.expect(200).json();
    let messages = messages["items"].as_array().expect("a list").clone().into_iter().rev();
    let sent = messages.filter(|message| message["direction"] == "out" && message["status"] == "sent");
    sent.map(|message| message["part"]["text"][0]["text"].clone()).collect()
}

fn says(id: &str, text: &str) -> Json {
    json!({"id": id, "type": "message", "parts": [{"kind": "text", "text": text}]})
}

#[tokio::test]
async fn pauses_and_answers_of_agents_wait_until_the_bot_is_on() {
    let clock = Arc::new(SetWrong::default());
    let server = TestServer::start_at(Arc::<SetWrong>::clone(&clock), &[]).await;
    let (bot, other) = (server.bot().await, server.bot().await);
    let hour = json!({"id": "hour", "type": "pause", "until": {"kind": "period", "amount": 1, "unit": "hours"}});
    let edges =
        json!([{"from": "begin", "output": "next", "to": "hour"}, {"from": "hour", "output": "next", "to": "over"}]);
    let elements = json!([says("begin", "I wait."), hour, says("over", "I waited.")]);
    let waits = flow(&server, &bot, "wait", elements.clone(), edges.clone()).await;
    flow(&server, &other, "wait", elements, edges).await;
    let (mut person, mut neighbour) = (Person::new(&server, &bot).await, Person::new(&server, &other).await);
    person.writes("wait").await;
    person.hears(&server, "I wait.").await;
    neighbour.writes("wait").await;
    neighbour.hears(&server, "I wait.").await;

    switch(&server, &bot, false).await;
    let refused = person.client.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "x", "text": "wait"})).await;
    assert_eq!(refused.expect(404).json()["code"], "not_found");
    let contacts = server.api.get(&format!("/api/v1/contacts?bot_id={bot}")).await.expect(200).json();
    let contact = id(&contacts["items"][0]);
    let run = json!({"contact_id": contact, "force": true});
    let refused = server.api.post(&format!("/api/v1/flows/{waits}/run"), &run).await.expect(409).json();
    assert_eq!(refused["code"], "flow_not_running");
    clock.by(DAY_MS, &server);
    inputs_wait(&server, 1).await;
    neighbour.hears(&server, "I waited.").await;
    let answer = json!({"text": "I am Eve", "sent_by": {"firstname": "Eve", "lastname": "", "email": "eve@x.test"}});
    server.api.post(&format!("/api/v1/chats/{contact}/messages"), &answer).await.expect(200);
    assert_eq!(sent(&server, &contact).await, ["I wait."]);

    switch(&server, &bot, true).await;
    person.hears(&server, "I am Eve").await;
    inputs_wait(&server, 0).await;
    // The agent's answer has paused automation for an hour.
    clock.by(2 * DAY_MS, &server);
    person.hears(&server, "I waited.").await;
    assert_eq!(person.heard().await, ["I wait.", "I am Eve", "I waited."]);
}

#[tokio::test]
async fn the_answer_of_an_api_waits_until_the_bot_is_on() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let request = json!({"id": "ask", "type": "api_request", "url": receiver.url("/crm")});
    let edges = json!([{"from": "ask", "output": "done", "to": "yes"}]);
    flow(&server, &bot, "find", json!([request, says("yes", "Found")]), edges).await;
    let gate = Gate::new();
    receiver.behave(Behaviour::default().after(&gate));
    let mut person = Person::new(&server, &bot).await;
    person.writes("find").await;
    receiver.wait_for(1).await;

    switch(&server, &bot, false).await;
    gate.open();
    inputs_wait(&server, 1).await;
    let contacts = server.api.get(&format!("/api/v1/contacts?bot_id={bot}")).await.expect(200).json();
    assert!(sent(&server, &id(&contacts["items"][0])).await.is_empty());

    switch(&server, &bot, true).await;
    person.hears(&server, "Found").await;
    inputs_wait(&server, 0).await;
    assert_eq!(receiver.count(), 1, "the request is not sent again");
}

#[tokio::test]
async fn a_visitor_finds_no_web_chat_until_the_bot_is_on() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (visitor, _) = server.visitor(&bot).await;
    let base = format!("/api/chat/{bot}");
    let all = async || {
        let files = format!("{base}/files?name=a.txt");
        let uploaded = visitor.send(Method::POST, &files, &[], Bytes::from_static(b"a")).await.expect("an answer");
        [
            visitor.post(&format!("{base}/sessions"), &json!({})).await,
            visitor.post(&format!("{base}/messages"), &json!({"id": "a", "text": "Hi"})).await,
            visitor.get(&format!("{base}/messages")).await,
            uploaded,
        ]
    };
    for answer in all().await {
        assert!(answer.status.is_success());
    }
    switch(&server, &bot, false).await;
    for answer in all().await {
        assert_eq!(answer.expect(404).json()["code"], "not_found");
    }
    assert_eq!(visitor.get(&format!("{base}/events")).await.expect(404).json()["code"], "not_found");
    // Who makes the bot goes on making it.
    let path = format!("/api/v1/bots/{bot}/files?name=a.txt");
    server.api.send(Method::POST, &path, &[], Bytes::from_static(b"a")).await.expect("an answer").expect(201);
    switch(&server, &bot, true).await;
    for answer in all().await {
        assert!(answer.status.is_success());
    }
}

#[tokio::test]
async fn a_live_stream_ends_when_the_bot_is_switched_off() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let opened = server.nobody.post(&format!("/api/chat/{bot}/sessions"), &json!({})).await.expect(201).json();
    let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
    let token = opened["token"].as_str().expect("a token");
    let request = format!(
        "GET /api/chat/{bot}/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut begun = Vec::new();
    while !String::from_utf8_lossy(&begun).contains("event: chat") {
        assert!(stream.read_buf(&mut begun).await.expect("the stream") > 0, "the stream ended");
    }
    switch(&server, &bot, false).await;
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut begun)).await;
    ended.expect("the stream goes on").expect("it ends well");
}

#[tokio::test]
async fn a_click_leads_on_and_counts_when_the_bot_is_on() {
    let server = TestServer::start_with(&[("public_url", "http://127.0.0.1:9".into())]).await;
    let bot = server.bot().await;
    let tracked = json!({"settings": {"link_tracking": true}});
    server.api.patch(&format!("/api/v1/bots/{bot}"), &tracked).await.expect(200);
    let link = json!([{"id": "link", "type": "message", "parts": [{"kind": "text", "text": "See [it](https://example.org/x)"}]}]);
    flow(&server, &bot, "link", link, json!([])).await;
    let mut person = Person::new(&server, &bot).await;
    person.writes("link").await;
    let said = person.client.get(&format!("/api/chat/{bot}/messages")).await.expect(200).text();
    let at = said.find("/l/").expect("a tracked link");
    let path: String = said[at..].chars().take_while(|c| *c != '"').collect();
    let clicks = async || {
        let events = server.api.get(&format!("/api/v1/events?bot_id={bot}&event=link_click")).await.expect(200).json();
        events["items"].as_array().expect("a list").len()
    };
    switch(&server, &bot, false).await;
    let led = server.nobody.with("user-agent", "Mozilla/5.0 Firefox/140.0").get(&path).await.expect(302);
    assert_eq!(led.headers["location"], "https://example.org/x");
    inputs_wait(&server, 1).await;
    assert_eq!(clicks().await, 0);
    switch(&server, &bot, true).await;
    server.until("click", async || (clicks().await == 1).then_some(())).await;
}

#[tokio::test]
async fn a_request_that_was_not_sent_yet_waits_until_the_bot_is_on() {
    let receiver = Receiver::start().await;
    let mut settings = allowing(&receiver).to_vec();
    settings.push(("api_requests_max", 1.into()));
    let server = TestServer::start_with(&settings).await;
    let (busy, bot) = (server.bot().await, server.bot().await);
    for (bot, path) in [(&busy, "/busy"), (&bot, "/off")] {
        let request = json!({"id": "ask", "type": "api_request", "url": receiver.url(path)});
        let edges = json!([{"from": "ask", "output": "done", "to": "yes"}]);
        flow(&server, bot, "find", json!([request, says("yes", "Found")]), edges).await;
    }
    let gate = Gate::new();
    receiver.behave(Behaviour::default().after(&gate));
    let mut neighbour = Person::new(&server, &busy).await;
    neighbour.writes("find").await;
    receiver.wait_for(1).await;
    // The only place is taken: this request waits for it while its bot is switched off.
    let mut person = Person::new(&server, &bot).await;
    person.writes("find").await;
    switch(&server, &bot, false).await;
    gate.open();
    neighbour.hears(&server, "Found").await;
    // One that was made later has been sent, so the one before it was passed over.
    neighbour.writes("find").await;
    let found = async || neighbour.heard().await.iter().filter(|text| *text == "Found").count();
    server.until("second answer", async || (found().await == 2).then_some(())).await;
    assert!(receiver.requests().iter().all(|request| request.path() == "/busy"));
    switch(&server, &bot, true).await;
    person.hears(&server, "Found").await;
    assert_eq!(receiver.count(), 3, "each is sent once");
}
