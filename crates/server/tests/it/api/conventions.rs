//! What holds for every call.

use bytes::Bytes;
use http::Method;
use recado_model::UnixMs;
use recado_store::records::Retention;
use recado_testkit::{
    client::{Answer, Client},
    receiver::{Behaviour, Gate, Receiver},
};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::server::{TestServer, allowing, id};

async fn post_once(api: Client, path: String, body: Json, key: &'static str) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    api.send(Method::POST, &path, &headers, Bytes::from(body.to_string())).await.expect("an answer")
}

#[tokio::test]
async fn an_unknown_field_is_refused_by_name() {
    let server = TestServer::start().await;
    let refused = server.api.post("/api/v1/bots", &json!({"service": "livechat", "name": "B", "colour": 1})).await;
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    let problem = refused.expect(422).json();
    assert_eq!(problem["code"], "invalid_fields");
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("colour"), "{problem}");
}

#[tokio::test]
async fn a_wrong_field_has_a_stable_code_with_its_values() {
    let server = TestServer::start().await;
    let wrong = |bot: Json| {
        let server = &server;
        async move { server.api.post("/api/v1/bots", &bot).await.expect(422).json()["errors"].clone() }
    };
    assert_eq!(
        wrong(json!({"service": "livechat", "name": " "})).await,
        json!([{"field": "name", "code": "name_length", "values": {"max": 128}, "message": "must be 1 to 128 characters, without control characters"}])
    );
    let unknown = wrong(json!({"service": "livechat", "name": "B", "colour": 1})).await;
    assert_eq!((&unknown[0]["code"], &unknown[0]["values"]["text"]), (&json!("other"), &unknown[0]["message"]));
}

#[tokio::test]
async fn what_is_not_json_or_too_long_is_refused() {
    let server = TestServer::start().await;
    let send = |kind: &'static str, body: Vec<u8>| {
        let headers = [("content-type", kind)];
        let api = server.api.clone();
        async move { api.send(Method::POST, "/api/v1/bots", &headers, Bytes::from(body)).await }
    };
    send("application/json", b"{".to_vec()).await.unwrap().expect(400);
    send("text/plain", b"{}".to_vec()).await.unwrap().expect(415);
    // The answer comes before the body is read, and the connection may end with it.
    if let Ok(answer) = send("application/json", vec![b' '; 1024 * 1024 + 1]).await {
        assert_eq!(answer.expect(413).json()["code"], "body_too_long");
    }
}

#[tokio::test]
async fn a_repeated_idempotency_key_has_one_effect() {
    let server = TestServer::start().await;
    let send = |name: &'static str| {
        let api = server.api.clone();
        async move {
            let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
            let body = json!({"service": "livechat", "name": name}).to_string();
            api.send(Method::POST, "/api/v1/bots", &headers, Bytes::from(body)).await.unwrap()
        }
    };
    let first = send("Once").await.expect(201);
    let again = send("Once").await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(send("Other").await.expect(422).json()["code"], "idempotency_key_reused");
    assert_eq!(server.api.get("/api/v1/bots").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_goes_on_to_its_end_when_its_caller_hangs_up_and_is_not_done_again() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let webhook = json!({"url": receiver.url("/hook"), "events": ["open_chat"]});
    let webhook = id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &webhook).await.expect(201).json());
    let gate = Gate::default();
    receiver.next([Behaviour::After(gate.clone(), Box::default())]);
    let test = || post_once(server.api.clone(), format!("/api/v1/webhooks/{webhook}/test"), json!({}), "k-2");
    let mut calling = JoinSet::new();
    calling.spawn(test());
    receiver.wait_for(1).await;
    calling.shutdown().await;
    assert_eq!(test().await.expect(409).json()["code"], "idempotency_key_in_use", "it goes on without its caller");
    gate.open();
    let answer =
        server.until("the kept answer", async || Some(test().await).filter(|answer| answer.status == 200)).await;
    assert_eq!(answer.headers["idempotent-replayed"], "true");
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn what_was_said_or_started_once_is_not_done_again_when_a_crash_took_its_answer() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = server.greeting(&bot, &server.inspector().await).await;
    let (_, contact) = server.visitor(&bot).await;
    let person = json!({"firstname": "Ada", "lastname": "", "email": "ada@example.org"});
    let says = json!({"text": "Your order is ready", "sent_by": person});
    let say = || post_once(server.api.clone(), format!("/api/v1/chats/{contact}/messages"), says.clone(), "k-3");
    let wish = json!({"contact_id": contact, "force": true});
    let run = || post_once(server.api.clone(), format!("/api/v1/flows/{flow}/run"), wish.clone(), "k-4");
    let said = async || {
        let messages = server.api.get(&format!("/api/v1/contacts/{contact}/messages")).await.expect(200).json();
        messages["items"].as_array().map_or(0, Vec::len)
    };
    say().await.expect(200);
    run().await.expect(200);
    let once = said().await;
    // The answers are lost as in a crash before they were kept.
    let never = UnixMs(0);
    let retention = Retention {
        now: server.app().now(),
        log_before: never,
        pending_before: never,
        dedup_before: never,
        idempotency_before: server.app().now() + 1,
    };
    while server.app().store.make_room(retention).await.expect("it is there") {}
    assert!(!say().await.expect(200).headers.contains_key("idempotent-replayed"));
    assert_eq!(run().await.expect(200).json()["event_seqs"], json!([]));
    assert_eq!(said().await, once);
    let other = json!({"text": "Another one", "sent_by": person});
    let again = post_once(server.api.clone(), format!("/api/v1/chats/{contact}/messages"), other, "k-5").await;
    again.expect(200);
    assert_eq!(said().await, once + 1);
}

#[tokio::test]
async fn a_limit_past_200_and_an_unknown_query_are_refused() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.api.get(&format!("/api/v1/events?bot_id={bot}&limit=200")).await.expect(200);
    server.api.get(&format!("/api/v1/events?bot_id={bot}&limit=201")).await.expect(422);
    server.api.get(&format!("/api/v1/events?bot_id={bot}&colour=red")).await.expect(422);
    server.api.get("/api/v1/bots/not-an-id").await.expect(404);
}

#[tokio::test]
async fn the_figures_are_those_of_the_guide() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.greeting(&bot, &server.inspector().await).await;
    server.visitor(&bot).await;
    let arrived = "recado_delivery_latency_seconds_count 1";
    let page = server
        .until("delivery in the figures", async || {
            Some(server.nobody.get("/metrics").await.expect(200).text()).filter(|page| page.contains(arrived))
        })
        .await;
    let guide = include_str!("../../../../../docs/operating.md");
    let named = guide.lines().filter(|line| line.starts_with("  | `recado_"));
    let named: Vec<&str> = named.flat_map(|line| line.split('`').filter(|word| word.starts_with("recado_"))).collect();
    assert!(named.len() > 10, "{named:?}");
    for name in named {
        assert!(page.contains(&format!("# HELP {name} ")), "{name} is not told:\n{page}");
        assert!(page.lines().any(|line| line.starts_with(name)), "{name} has no value:\n{page}");
    }
    for histogram in ["recado_commit_seconds", "recado_delivery_latency_seconds"] {
        assert!(page.contains(&format!("{histogram}_bucket{{le=\"0.01\"}}")), "{histogram}:\n{page}");
    }
}

#[tokio::test]
async fn health_and_unknown_pages_answer() {
    let server = TestServer::start().await;
    server.nobody.get("/healthz").await.expect(200);
    server.nobody.get("/readyz").await.expect(200);
    let missing = server.nobody.get("/api/v1/nothing").await.expect(404);
    assert_eq!(missing.json()["code"], "not_found");
    assert_eq!(missing.headers["x-content-type-options"], "nosniff");
    assert!(missing.headers.contains_key("x-request-id"));
    server.api.post("/healthz", &json!({})).await.expect(405);
}

#[tokio::test]
async fn a_repeated_idempotency_key_keeps_one_file() {
    let server = TestServer::start_with(&[("files_bytes_a_bot_max", toml::Value::from(3 * 1024 * 1024))]).await;
    let bot = server.bot().await;
    let send = async |name: &str, byte: u8| {
        // Longer than the body of any other call may be.
        let file = Bytes::from(vec![byte; 2 * 1024 * 1024]);
        let path = format!("/api/v1/bots/{bot}/files?name={name}");
        server.api.send(Method::POST, &path, &[("idempotency-key", "f-1")], file).await.expect("an answer")
    };
    let first = send("plan.pdf", 1).await.expect(201);
    let again = send("plan.pdf", 1).await.expect(201);
    assert_eq!((&again.body, &again.headers["idempotent-replayed"]), (&first.body, &"true".parse().unwrap()));
    for (name, byte) in [("other.pdf", 1), ("plan.pdf", 2)] {
        assert_eq!(send(name, byte).await.expect(422).json()["code"], "idempotency_key_reused");
    }
    let count: i64 = server.database().query_row("SELECT count(*) FROM file", [], |row| row.get(0)).expect("a count");
    assert_eq!(count, 1);
    let nobody = server.nobody.with("idempotency-key", "f-2");
    nobody
        .send(Method::POST, &format!("/api/v1/bots/{bot}/files"), &[], Bytes::from_static(b"x"))
        .await
        .unwrap()
        .expect(401);
}
