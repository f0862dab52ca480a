//! Bad input gets a clear error and changes nothing.

use bytes::Bytes;
use http::Method;
use recado_testkit::{client::Answer, receiver::Receiver};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    api::{Api, text},
    counting,
    harness::{Server, Start},
    visitor::{Visitor, said},
};

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

async fn demo(dir: &TempDir) -> (Server, Api) {
    let server = Start::new(dir).demo().await;
    let api = Api::of(&server);
    (server, api)
}

/// The refusal is a problem with a code and words.
#[track_caller]
fn assert_problem(answer: Answer, status: u16) -> Json {
    let problem = answer.expect(status);
    assert_eq!(problem.headers["content-type"], "application/problem+json", "{}", problem.text());
    let problem = problem.json();
    assert_eq!(problem["status"], status);
    assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    problem
}

/// The refusal names this field and says what is wrong with it.
#[track_caller]
fn assert_field(answer: Answer, field: &str) -> String {
    let problem = assert_problem(answer, 422);
    assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    text(&problem["errors"][0], "message")
}

#[tokio::test]
async fn an_invalid_flow_is_not_published_and_says_where_it_is_wrong() {
    let dir = TempDir::new().expect("a temporary folder");
    let (server, api) = demo(&dir).await;
    let bot = server.said("bot_id");
    let long = "a label that is longer than twenty characters";
    let draft = json!({"version": 1, "name": "Broken", "start": "hello", "elements": [
        {"id": "hello", "type": "message", "parts": [{"kind": "text", "text": "Hi", "buttons": [{"id": "a", "label": long}]}]},
    ], "edges": [{"from": "hello", "output": "button:a", "to": "nowhere"}]});
    let made = api.client.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json();
    let path = format!("/api/v1/flows/{}", text(&made, "id"));
    let problem = assert_problem(api.client.post(&format!("{path}/publish"), &json!({})).await, 422);
    let problems = problem["problems"].as_array().expect("a list of problems");
    assert!(problems.iter().any(|one| one["element"] == "hello" && one["severity"] == "error"), "{problem}");
    assert!(problems.iter().all(|one| one["message"].as_str().is_some_and(|words| !words.is_empty())), "{problem}");
    let read = api.client.get(&path).await.expect(200).json();
    assert_eq!(read["published"], Json::Null);

    let flows = format!("/api/v1/flows?bot_id={bot}");
    let before = api.client.get(&flows).await.expect(200).json();
    let shapeless = json!({"bot_id": bot, "draft": {"version": 1, "name": "X", "start": "a", "colour": "red"}});
    assert_problem(api.client.post("/api/v1/flows", &shapeless).await, 422);
    assert_eq!(api.client.get(&flows).await.expect(200).json(), before);
}

#[tokio::test]
async fn a_reply_of_the_wrong_type_is_asked_for_again_and_not_kept() {
    let dir = TempDir::new().expect("a temporary folder");
    let (server, api) = demo(&dir).await;
    let mut person = Visitor::open(&server, server.said("bot_id")).await;
    person.hears("What is your name?").await;
    person.writes("Ada").await;
    person.hears("Nice to meet you, Ada. How many places shall I book?").await;
    person.writes("a few").await;
    person.hears("A number, please, as in 2.").await;
    assert_eq!(api.contact(&person.contact).await["variables"]["places"], Json::Null);
    person.writes("2").await;
    person.hears("Which e-mail address gets the tickets?").await;
    assert_eq!(api.contact(&person.contact).await["variables"]["places"], 2);
}

#[tokio::test]
async fn a_message_that_can_not_be_read_is_refused_and_not_kept() {
    let dir = TempDir::new().expect("a temporary folder");
    let (server, api) = demo(&dir).await;
    let bot = api.bot("Plain").await;
    let person = Visitor::open(&server, &bot).await;
    let path = format!("/api/chat/{bot}/messages");
    let post = async |body: Bytes| {
        let sent = person.client().send(Method::POST, &path, &[("content-type", "application/json")], body).await;
        sent.expect("an answer")
    };
    let long = json!({"id": "long", "text": "x".repeat(2_000_000)}).to_string();
    assert_problem(post(long.into()).await, 413);
    assert_problem(post(Bytes::from_static(b"{\"id\":\"broken\",\"text\":\"\xc3\x28\"}")).await, 400);
    assert_problem(post(Bytes::from_static(b"{\"id\":\"open")).await, 400);
    assert_problem(post(json!({"id": "more", "text": "hi", "colour": "red"}).to_string().into()).await, 422);
    assert_problem(
        post(json!({"id": "both", "text": "hi", "location": {"lat": 1, "lon": 1}}).to_string().into()).await,
        422,
    );
    assert_problem(post(json!({"text": "without an id"}).to_string().into()).await, 422);
    assert_problem(post(json!({"id": "blank", "text": "  "}).to_string().into()).await, 422);
    assert!(person.messages().await.is_empty());
    let events = api.all(&format!("/events?bot_id={bot}&event=incoming_message")).await;
    assert!(events.is_empty(), "{events:#?}");
}

#[tokio::test]
async fn a_bot_that_does_not_exist_is_not_found_whoever_asks() {
    let dir = TempDir::new().expect("a temporary folder");
    let (server, api) = demo(&dir).await;
    let before = api.client.get("/api/v1/bots").await.expect(200).json();
    for id in [NOBODY, "nonsense"] {
        assert_problem(server.client().post(&format!("/api/chat/{id}/sessions"), &json!({})).await, 404);
        assert_problem(api.client.get(&format!("/api/v1/bots/{id}")).await, 404);
        assert_problem(api.client.patch(&format!("/api/v1/bots/{id}"), &json!({"name": "X"})).await, 404);
    }
    assert_problem(api.client.post("/api/v1/flows", &json!({"bot_id": NOBODY, "name": "X"})).await, 404);
    // A session of one bot is none of another.
    let person = Visitor::open(&server, server.said("bot_id")).await;
    let elsewhere = format!("/api/chat/{NOBODY}/messages");
    assert_problem(person.client().post(&elsewhere, &json!({"id": "1", "text": "hi"})).await, 401);
    assert_problem(server.client().get("/api/v1/bots").await, 401);
    assert_eq!(api.client.get("/api/v1/bots").await.expect(200).json(), before);
}

#[tokio::test]
async fn unknown_fields_are_refused() {
    let dir = TempDir::new().expect("a temporary folder");
    let (server, api) = demo(&dir).await;
    let bot = server.said("bot_id");
    let before = api.client.get(&format!("/api/v1/bots/{bot}")).await.expect(200).json();
    let extra = json!({"name": "New", "colour": "red"});
    assert_problem(api.client.patch(&format!("/api/v1/bots/{bot}"), &extra).await, 422);
    assert_problem(
        api.client.post("/api/v1/bots", &json!({"service": "livechat", "name": "X", "colour": 1})).await,
        422,
    );
    assert_problem(api.client.get(&format!("/api/v1/deliveries?bot_id={bot}&colour=red")).await, 422);
    assert_eq!(api.client.get(&format!("/api/v1/bots/{bot}")).await.expect(200).json(), before);
}

#[tokio::test]
async fn a_repeated_message_is_acknowledged_and_has_no_second_effect() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).allow(receiver.address()).demo().await;
    let bot = counting::bot(&server, &receiver).await;
    let mut person = Visitor::open(&server, &bot).await;
    person.writes("add").await;
    for _ in 0..3 {
        // The id of the message before, also with other words.
        for words in ["add", "something else"] {
            let (status, _) = person.send(&json!({"id": "m1", "text": words})).await.expect("an answer");
            assert_eq!(status, 202);
        }
    }
    counting::check(&server, &receiver, &bot, std::slice::from_ref(&person), std::time::Duration::from_secs(20)).await;
    assert_eq!(person.messages().await.iter().filter(|message| !said(message).is_empty()).count(), 1);
}

#[tokio::test]
async fn a_webhook_to_a_private_address_is_refused_at_save_in_words() {
    let dir = TempDir::new().expect("a temporary folder");
    let (server, api) = demo(&dir).await;
    let bot = server.said("bot_id");
    let before = api.webhooks(bot).await;
    let private = [
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1]:8080/",
        "http://10.0.0.1/",
        "http://localhost/",
    ];
    for url in private {
        let wanted = json!({"url": url, "events": ["incoming_message"]});
        let words = assert_field(api.client.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await, "url");
        assert!(words.contains("--allow-egress"), "{url}: the way out is named: {words}");
    }
    for url in ["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://", "", "no url"] {
        let wanted = json!({"url": url, "events": ["incoming_message"]});
        assert_field(api.client.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await, "url");
    }
    // Changing a good one to a bad one is refused as well.
    let id = text(&before[0], "id");
    let known = before.iter().find(|webhook| webhook["kind"] == "global").map_or(id, |webhook| text(webhook, "id"));
    let change = json!({"url": "http://192.168.0.1/"});
    assert_field(api.client.patch(&format!("/api/v1/webhooks/{known}"), &change).await, "url");
    assert_eq!(api.webhooks(bot).await, before);
}
