//! R3: the clock of the machine jumps by a day, ahead and back. Nothing is lost, nothing happens twice, and what waits for seconds does not
//! wait for a day.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use recado_model::{UnixMs, time::DAY_MS};
use recado_server::clock::{Clock, SystemClock};
use recado_testkit::{
    client::Client,
    receiver::{Behaviour, Receiver},
};
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

/// The machine's clock, set wrong by so many milliseconds.
#[derive(Debug, Default)]
pub(super) struct SetWrong(AtomicI64);

impl Clock for SetWrong {
    fn now(&self) -> UnixMs {
        SystemClock.now() + self.0.load(Ordering::SeqCst)
    }
}

impl SetWrong {
    pub(super) fn by(&self, ms: i64, server: &TestServer) {
        self.0.store(ms, Ordering::SeqCst);
        // The loop of the timers looks every 15 s by itself; the test does not wait for that.
        server.app().wakes.timers.notify_one();
    }
}

/// A person who writes numbered messages and reads what the bot said.
pub(super) struct Person {
    pub(super) client: Client,
    base: String,
    written: u32,
}

impl Person {
    pub(super) async fn new(server: &TestServer, bot: &str) -> Self {
        Self { client: server.visitor(bot).await.0, base: format!("/api/chat/{bot}"), written: 0 }
    }

    pub(super) async fn writes(&mut self, text: &str) {
        self.written += 1;
        let message = json!({"id": format!("m{}", self.written), "text": text});
        self.client.post(&format!("{}/messages", self.base), &message).await.expect(202);
    }

    pub(super) async fn heard(&self) -> Vec<String> {
        let page = self.client.get(&format!("{}/messages?after=0&limit=200", self.base)).await.expect(200).json();
        let said = page["items"].as_array().cloned().unwrap_or_default();
        said.iter().filter(|message| message["direction"] == "out").filter_map(text_of).collect()
    }

    pub(super) async fn hears(&self, server: &TestServer, text: &str) {
        server
            .until(&format!("{text:?}"), async || self.heard().await.iter().any(|said| said == text).then_some(()))
            .await;
    }
}

fn text_of(message: &Json) -> Option<String> {
    let text: String = message["part"]["text"].as_array()?.iter().filter_map(|span| span["text"].as_str()).collect();
    Some(text)
}

/// Publishes a flow under a keyword. Gives its id.
pub(super) async fn flow(server: &TestServer, bot: &str, word: &str, elements: Json, edges: Json) -> String {
    let draft = json!({"version": 1, "name": word, "start": elements[0]["id"], "elements": elements, "edges": edges});
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let kind = json!({"type": "keyword", "match": "is", "keywords": [word]});
    let trigger = json!({"flow_id": flow, "name": word, "kind": kind});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    flow
}

/// A bot that counts (`add`), says something two seconds later (`later`) and waits an hour (`wait`).
async fn bot(server: &TestServer, receiver: &Receiver) -> String {
    let bot = server.bot().await;
    let count = json!([
        {"id": "count", "type": "action", "actions": [
            {"kind": "set_variable", "variable": "n", "to": {"set": "add", "amount": "1"}, "value_type": "number"},
            {"kind": "send_webhook", "name": "counted", "url": receiver.url("/flow")},
        ]},
        {"id": "tell", "type": "message", "parts": [{"kind": "text", "text": "Number {{n}}"}]},
    ]);
    flow(server, &bot, "add", count, json!([{"from": "count", "output": "next", "to": "tell"}])).await;
    let later = json!([{"id": "later", "type": "message", "parts": [
        {"kind": "text", "text": "Just a moment."},
        {"kind": "delay", "seconds": 2},
        {"kind": "text", "text": "Here it is."},
    ]}]);
    flow(server, &bot, "later", later, json!([])).await;
    let wait = json!([
        {"id": "begin", "type": "message", "parts": [{"kind": "text", "text": "I wait."}]},
        {"id": "hour", "type": "pause", "until": {"kind": "period", "amount": 1, "unit": "hours"}},
        {"id": "over", "type": "message", "parts": [{"kind": "text", "text": "I waited."}]},
    ]);
    let edges =
        json!([{"from": "begin", "output": "next", "to": "hour"}, {"from": "hour", "output": "next", "to": "over"}]);
    flow(server, &bot, "wait", wait, edges).await;
    for webhook in
        server.api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.json()["items"].as_array().expect("a list")
    {
        let schedule = json!({"schedule_ms": vec![200; 20]});
        server.api.patch(&format!("/api/v1/webhooks/{}", id(webhook)), &schedule).await.expect(200);
    }
    bot
}

/// The counts that the flow webhooks carry, in the order in which each first arrived.
fn arrived(receiver: &Receiver) -> Vec<i64> {
    let mut seen: Vec<(String, i64)> = Vec::new();
    for request in receiver.requests_at("/flow") {
        let id = request.header("webhook-id").unwrap_or_default().to_owned();
        let count = request.json()[0]["contact"]["variables"]["n"].as_i64().unwrap_or_default();
        if !seen.iter().any(|(known, _)| *known == id) {
            seen.push((id, count));
        }
    }
    seen.into_iter().map(|(_, count)| count).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_a_day_ahead_and_back_loses_nothing_and_holds_nothing_up() {
    let receiver = Receiver::start().await;
    let clock = Arc::new(SetWrong::default());
    let allow = toml::Value::from(vec![receiver.address().to_string()]);
    let server = TestServer::start_at(Arc::<SetWrong>::clone(&clock), &[("allow_egress", allow)]).await;
    let bot = bot(&server, &receiver).await;
    let mut person = Person::new(&server, &bot).await;
    receiver.behave(Behaviour::status(500));
    person.writes("wait").await;
    person.writes("add").await;
    person.hears(&server, "I wait.").await;

    clock.by(DAY_MS, &server);
    person.hears(&server, "I waited.").await;
    person.writes("add").await;
    person.writes("later").await;
    person.hears(&server, "Just a moment.").await;

    clock.by(0, &server);
    person.writes("add").await;
    person.hears(&server, "Number 3").await;
    person.hears(&server, "Here it is.").await;
    receiver.behave(Behaviour::default());
    server.until("third webhook", async || (arrived(&receiver).len() >= 3).then_some(())).await;
    server
        .until("end of the pending deliveries", async || {
            let path = format!("/api/v1/deliveries?bot_id={bot}&status=pending");
            server.api.get(&path).await.json()["items"].as_array().is_some_and(Vec::is_empty).then_some(())
        })
        .await;
    assert_eq!(arrived(&receiver), [1, 2, 3]);

    clock.by(-DAY_MS, &server);
    person.writes("add").await;
    person.hears(&server, "Number 4").await;
    clock.by(DAY_MS, &server);
    person.writes("add").await;
    person.hears(&server, "Number 5").await;
    server.until("fifth webhook", async || (arrived(&receiver).len() == 5).then_some(())).await;
    let waited = person.heard().await.into_iter().filter(|text| text == "I waited.").count();
    assert_eq!(waited, 1, "a timer that fell due has its effect once");
}

#[tokio::test]
async fn a_session_lasts_thirty_days_from_its_last_use_in_the_second_half() {
    let clock = Arc::new(SetWrong::default());
    let server = TestServer::start_at(Arc::<SetWrong>::clone(&clock), &[]).await;
    let owner = json!({"account_name": "Acme", "name": "Ada", "email": "ada@example.org", "password": "correct horse"});
    let made = server.nobody.post("/api/v1/setup", &owner).await.expect(201);
    let cookie = made.headers["set-cookie"].to_str().expect("a text").split(';').next().expect("a pair").to_owned();
    let browser = server.nobody.with("cookie", &cookie);
    let seen = async |day: i64| {
        clock.by(day * DAY_MS, &server);
        let answer = browser.get("/api/v1/session").await;
        (answer.status.as_u16(), answer.headers.contains_key("set-cookie"))
    };
    assert_eq!(seen(14).await, (200, false), "in its first half it is left as it is");
    assert_eq!(seen(29).await, (200, true), "in its second half it is prolonged");
    assert_eq!(seen(58).await, (200, true), "from then on");
    assert_eq!(seen(89).await, (401, false), "unused for thirty days it is over");
    assert_eq!(seen(0).await.0, 200, "and a clock that was wrong takes nothing away");
}
