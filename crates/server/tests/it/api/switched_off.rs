//! A bot that is off receives and says nothing; what it would have done waits until it is on.

use std::sync::Arc;

use recado_model::time::DAY_MS;
use recado_testkit::receiver::{Behaviour, Gate, Receiver};
use serde_json::{Value as Json, json};

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
    assert_eq!(person.heard().await, ["I wait."]);

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
    assert!(person.heard().await.is_empty());

    switch(&server, &bot, true).await;
    person.hears(&server, "Found").await;
    inputs_wait(&server, 0).await;
    assert_eq!(receiver.count(), 1, "the request is not sent again");
}
