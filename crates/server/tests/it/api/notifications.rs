//! What flows want members to know.

use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

#[tokio::test]
async fn a_notification_is_listed_until_it_is_read() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let long = "x".repeat(1_200);
    let actions = json!([
        {"kind": "notify", "text": "{{$first_name}} {{$name}} wants a call"},
        {"kind": "notify", "text": long},
        {"kind": "open_chat", "notify": true},
    ]);
    let draft = json!({"version": 1, "name": "Call", "start": "tell", "elements": [{"id": "tell", "type": "action", "actions": actions}], "edges": []});
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let trigger = json!({"flow_id": flow, "name": "Welcome", "kind": {"type": "subscription"}});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    let (_, contact) = server.visitor(&bot).await;
    let path = format!("/api/v1/bots/{bot}/notifications");
    let list = async |query: &str| -> Vec<Json> {
        let listed = server.api.get(&format!("{path}{query}")).await.expect(200).json();
        listed["items"].as_array().expect("a list").clone()
    };
    let told = list("").await;
    let texts: Vec<&str> = told.iter().rev().map(|one| one["text"].as_str().expect("a text")).collect();
    assert!(texts[0].ends_with("Ada wants a call"), "{texts:?}");
    assert_eq!((texts[1].len(), texts[2]), (1_000, "Ada waits in a chat of Best bot"));
    assert_eq!(
        (&told[0]["contact_id"], &told[0]["member_id"], &told[0]["read_at"]),
        (&json!(contact), &Json::Null, &Json::Null)
    );
    let first = told[0]["id"].as_str().expect("an id");
    let read = server.api.post(&format!("{path}/{first}/read"), &json!({})).await.expect(200).json();
    assert!(read["read_at"].is_string(), "{read}");
    assert_eq!(server.api.post(&format!("{path}/{first}/read"), &json!({})).await.expect(200).json(), read);
    assert_eq!((list("?unread=true").await.len(), list("").await.len()), (2, 3));
    server.other.get(&path).await.expect(404);
    server.other.post(&format!("{path}/{first}/read"), &json!({})).await.expect(404);
    let log = server.api.get(&format!("/api/v1/bots/{bot}/log")).await.expect(200).json();
    assert_eq!(log["items"], json!([]), "it is no line of the log");
}
