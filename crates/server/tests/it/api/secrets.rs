//! Planted secrets are in no answer (S5).

use serde_json::json;

use super::server::{TestServer, id};

const PLANTED: [&str; 5] = ["PLANTED-named", "PLANTED-header", "PLANTED-password", "PLANTED-query", "PLANTED-token"];

#[tokio::test]
async fn no_answer_of_the_api_carries_a_planted_secret() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.api.patch(&format!("/api/v1/bots/{bot}"), &json!({"secrets": {"crm": PLANTED[0]}})).await.expect(200);
    let url = format!("{}?key={}", server.inspector().await, PLANTED[3]);
    let settings = json!({
        "url": url, "events": ["new_subscriber"],
        "headers": [{"name": "x-api-key", "value": PLANTED[1]}],
        "auth": {"kind": "basic", "user": "u", "password": PLANTED[2]},
    });
    let made = server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &settings).await.expect(201);
    let mut seen = vec![made.text()];
    let webhook = id(&made.json());
    let auth = json!({"auth": {"kind": "bearer", "token": PLANTED[4]}});
    seen.push(server.api.patch(&format!("/api/v1/webhooks/{webhook}"), &auth).await.expect(200).text());
    let (_, contact) = server.visitor(&bot).await;
    let request = server.received(1).await[0].to_string();
    assert!(request.contains(PLANTED[1]) && request.contains(PLANTED[4]), "the receiver gets its secrets: {request}");
    server.api.delete("/api/v1/inspector").await.expect(204);
    seen.push(server.api.post(&format!("/api/v1/webhooks/{webhook}/test"), &json!({})).await.expect(200).text());
    server.api.delete("/api/v1/inspector").await.expect(204);
    let delivery = id(&server.api.get(&format!("/api/v1/deliveries?bot_id={bot}")).await.json()["items"][0]);
    for path in [
        "/api/v1/bots".to_owned(),
        format!("/api/v1/bots/{bot}"),
        format!("/api/v1/bots/{bot}/log"),
        format!("/api/v1/bots/{bot}/webhooks"),
        format!("/api/v1/webhooks/{webhook}"),
        format!("/api/v1/deliveries?bot_id={bot}"),
        format!("/api/v1/deliveries/{delivery}"),
        format!("/api/v1/deliveries/{delivery}/attempts"),
        format!("/api/v1/deliveries/{delivery}/curl"),
        format!("/api/v1/events?bot_id={bot}"),
        format!("/api/v1/contacts/{contact}"),
        format!("/api/v1/contacts/{contact}/messages"),
        "/api/v1/account/tokens".to_owned(),
        "/metrics".to_owned(),
    ] {
        seen.push(server.api.get(&path).await.expect(200).text());
    }
    let leaks: Vec<&String> = seen.iter().filter(|text| PLANTED.iter().any(|secret| text.contains(secret))).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
