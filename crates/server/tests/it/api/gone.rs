//! What was published goes on when something that it names is deleted.

use recado_testkit::receiver::Receiver;
use serde_json::json;

use super::{
    clock_jumps::{Person, flow},
    server::{TestServer, allowing},
};

#[tokio::test]
async fn a_flow_whose_secret_is_deleted_goes_on_and_its_request_takes_error() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let secrets = async |secrets| {
        server.api.patch(&format!("/api/v1/bots/{bot}"), &json!({"secrets": secrets})).await.expect(200);
    };
    secrets(json!({"crm": "s3cret", "other": "x"})).await;
    let elements = json!([
        {"id": "hello", "type": "message", "parts": [{"kind": "text", "text": "Hello"}]},
        {"id": "ask", "type": "api_request", "url": receiver.url("/crm"), "auth": {"kind": "bearer", "secret": "crm"}},
        {"id": "yes", "type": "message", "parts": [{"kind": "text", "text": "Found"}]},
        {"id": "no", "type": "message", "parts": [{"kind": "text", "text": "No: {{$response.error}}"}]},
    ]);
    let edges = json!([
        {"from": "hello", "output": "next", "to": "ask"},
        {"from": "ask", "output": "done", "to": "yes"},
        {"from": "ask", "output": "error", "to": "no"},
    ]);
    let flow = flow(&server, &bot, "find", elements, edges).await;
    let mut person = Person::new(&server, &bot).await;
    person.writes("find").await;
    person.hears(&server, "Found").await;

    secrets(json!({"crm": null})).await;
    person.writes("find").await;
    person.hears(&server, "No: the bot has no secret `crm`").await;
    assert_eq!(person.heard().await.iter().filter(|text| *text == "Hello").count(), 2);
    assert_eq!(receiver.count(), 1);
    let refused = server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(422).json();
    assert_eq!(refused["problems"][0]["code"], "unknown_secret", "a new version needs it: {refused}");
}

#[tokio::test]
async fn a_run_that_waits_in_an_old_version_survives_the_flow_that_it_could_call() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let bye = json!([{"id": "bye", "type": "message", "parts": [{"kind": "text", "text": "Bye"}]}]);
    let called = flow(&server, &bot, "bye", bye, json!([])).await;
    let ask = json!({"id": "ask", "type": "message", "parts": [
        {"kind": "input", "prompt": "Name?", "expects": {"kind": "text"}, "save_to": "name"}]});
    let thanks = json!({"id": "thanks", "type": "message", "parts": [{"kind": "text", "text": "Thanks, {{name}}"}]});
    let call = json!({"id": "call", "type": "flow", "flow_id": called, "mode": "call"});
    let edges =
        json!([{"from": "ask", "output": "next", "to": "thanks"}, {"from": "thanks", "output": "next", "to": "call"}]);
    let calling = flow(&server, &bot, "ask", json!([ask, thanks, call]), edges).await;
    let mut person = Person::new(&server, &bot).await;
    person.writes("ask").await;
    person.hears(&server, "Name?").await;

    let path = format!("/api/v1/flows/{calling}");
    let etag = server.api.get(&path).await.expect(200).headers["etag"].to_str().expect("a text").to_owned();
    let draft = json!({"version": 1, "name": "ask", "start": "ask", "elements": [ask]});
    server.api.with("if-match", &etag).put(&format!("{path}/draft"), &draft).await.expect(200);
    server.api.post(&format!("{path}/publish"), &json!({})).await.expect(201);
    server.api.delete(&format!("/api/v1/flows/{called}")).await.expect(204);
    person.writes("Ann").await;
    person.hears(&server, "Thanks, Ann").await;
    let log = server.api.get(&format!("/api/v1/bots/{bot}/log")).await.expect(200).json();
    assert_eq!(log["items"][0]["code"], "flow_missing", "{log}");
}
