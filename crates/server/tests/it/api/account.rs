//! The account, its tokens, bots, variables and triggers.

use serde_json::json;

use super::server::{TestServer, id};

#[tokio::test]
async fn the_account_is_read_and_changed() {
    let server = TestServer::start().await;
    assert_eq!(server.api.get("/api/v1/account").await.expect(200).json()["name"], "One");
    let changed = server.api.patch("/api/v1/account", &json!({"time_zone": "America/Lima"})).await.expect(200).json();
    assert_eq!(changed["time_zone"], "America/Lima");
    let refused = server.api.patch("/api/v1/account", &json!({"time_zone": "Mars/Base"})).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "time_zone");
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_is_revoked() {
    let server = TestServer::start().await;
    let made = server.api.post("/api/v1/account/tokens", &json!({"name": "CI"})).await.expect(201).json();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("rcd_"));
    let mine = server.nobody.bearer(token);
    mine.get("/api/v1/account").await.expect(200);
    assert!(!server.api.get("/api/v1/account/tokens").await.expect(200).text().contains(token));
    server.api.delete(&format!("/api/v1/account/tokens/{}", id(&made))).await.expect(204);
    mine.get("/api/v1/account").await.expect(401);
}

#[tokio::test]
async fn a_bot_is_made_changed_and_deleted() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let path = format!("/api/v1/bots/{bot}");
    let shown = server.api.get(&path).await.expect(200).json();
    assert_eq!((&shown["service"], &shown["connected"]), (&json!("livechat"), &json!(true)));
    let changed =
        server.api.patch(&path, &json!({"name": "Better bot", "secrets": {"crm": "s3cret"}})).await.expect(200);
    assert_eq!(changed.json()["secrets"], json!(["crm"]));
    server.api.patch(&path, &json!({"settings": {"agent_pause_min": 9999}})).await.expect(422);
    server.api.get(&format!("{path}/log")).await.expect(200);
    server.api.get(&format!("{path}/statistics")).await.expect(200);
    server.api.post("/api/v1/bots", &json!({"service": "viber", "name": "V"})).await.expect(422);
    server.api.delete(&path).await.expect(204);
    server.api.get(&path).await.expect(404);
}

#[tokio::test]
async fn variables_are_set_declared_listed_and_deleted() {
    let server = TestServer::start().await;
    let path = format!("/api/v1/bots/{}/variables", server.bot().await);
    server.api.put(&path, &json!({"name": "price", "scope": "bot", "value": 12.5})).await.expect(200);
    server.api.put(&path, &json!({"name": "age", "scope": "contact", "type": "number"})).await.expect(200);
    server.api.put(&path, &json!({"name": "age", "scope": "contact", "type": "text"})).await.expect(409);
    server.api.put(&path, &json!({"name": "day", "scope": "bot", "type": "date", "value": "soon"})).await.expect(422);
    let listed = server.api.get(&path).await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    server.api.delete(&format!("{path}/bot/price")).await.expect(204);
    server.api.delete(&format!("{path}/contact/age")).await.expect(204);
    assert_eq!(server.api.get(&path).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_trigger_is_checked_made_changed_and_deleted() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = server.greeting(&bot, &server.inspector().await).await;
    let path = format!("/api/v1/bots/{bot}/triggers");
    let keyword =
        json!({"flow_id": flow, "name": "Book", "kind": {"type": "keyword", "match": "is", "keywords": ["book"]}});
    let made = id(&server.api.post(&path, &keyword).await.expect(201).json());
    let bad = json!({"flow_id": flow, "name": "Bad", "kind": {"type": "keyword", "match": "regex", "keywords": ["("]}});
    server.api.post(&path, &bad).await.expect(422);
    let second = json!({"flow_id": flow, "name": "Again", "kind": {"type": "subscription"}});
    server.api.post(&path, &second).await.expect(409);
    let changed = server.api.patch(&format!("{path}/{made}"), &json!({"active": false})).await.expect(200).json();
    assert_eq!(changed["active"], false);
    server.api.get(&format!("{path}/{made}")).await.expect(200);
    server.api.delete(&format!("{path}/{made}")).await.expect(204);
    server.api.get(&format!("{path}/{made}")).await.expect(404);
}
