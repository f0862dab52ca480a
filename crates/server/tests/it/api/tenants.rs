//! Another account's ids do not exist, and nothing answers without a token (S2). Driven by the OpenAPI document, so a new call can not be forgotten.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use recado_server::{http::routes, openapi};
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

/// A body that each call with one takes.
fn body_of(operation: &str, ids: &BTreeMap<&str, String>) -> Json {
    let document = json!({"version": 1, "name": "F", "start": "a", "elements": [], "edges": []});
    match operation {
        "post /api/v1/bots" => json!({"service": "livechat", "name": "B"}),
        "post /api/v1/account/tokens" => json!({"name": "T"}),
        "post /api/v1/bots/{bot_id}/connect" => json!({"token": "1:a"}),
        "put /api/v1/bots/{bot_id}/variables" => json!({"name": "v", "scope": "bot", "value": 1}),
        "patch /api/v1/bots/{bot_id}/variables/{scope}/{name}" | "patch /api/v1/bots/{bot_id}/tags/{name}" => {
            json!({"name": "w"})
        }
        "post /api/v1/bots/{bot_id}/triggers" => {
            json!({"flow_id": ids["flow_id"], "name": "T", "kind": {"type": "event"}})
        }
        "post /api/v1/bots/{bot_id}/webhooks" => json!({"url": "https://example.com/", "events": ["open_chat"]}),
        "post /api/v1/webhooks/{webhook_id}/resume" => json!({"from": "now"}),
        "post /api/v1/contacts/{contact_id}/notes" | "patch /api/v1/contacts/{contact_id}/notes/{note_id}" => {
            json!({"text": "a note"})
        }
        "post /api/v1/bots/{bot_id}/replies" | "put /api/v1/bots/{bot_id}/replies" => {
            json!({"name": "Hello", "text": "hello"})
        }
        "post /api/v1/bots/{bot_id}/segments" | "put /api/v1/bots/{bot_id}/segments" => {
            json!({"name": "Tagged", "filter": {"tag": "a"}})
        }
        "post /api/v1/flows" => json!({"bot_id": ids["bot_id"], "name": "F"}),
        "post /api/v1/flows/import" => json!({"bot_id": ids["bot_id"], "flow": {"name": "F", "document": document}}),
        "put /api/v1/flows/{flow_id}/draft" => document,
        "post /api/v1/bots/{bot_id}/triggers/match" => json!({"text": "hello"}),
        "post /api/v1/flows/{flow_id}/test" => json!({"draft": document, "input": {"kind": "start"}}),
        "post /api/v1/flows/{flow_id}/test-request" => {
            json!({"element": {"id": "ask", "type": "api_request", "url": "https://example.org/"}})
        }
        "post /api/v1/flows/{flow_id}/run" => json!({"contact_id": ids["contact_id"]}),
        "patch /api/v1/contacts/{contact_id}/variables" => json!({"variables": {"a": 1}}),
        "patch /api/v1/contacts/{contact_id}/tags" => json!({"add": ["a"]}),
        "post /api/v1/contacts/{contact_id}/disable" => json!({"disabled": true}),
        "post /api/v1/chats/{contact_id}/messages" => {
            json!({"text": "x", "sent_by": {"firstname": "", "lastname": "", "email": ""}})
        }
        _ => json!({}),
    }
}

/// Calls of people who are not signed in, and of those who are: no token is asked for.
const OF_PEOPLE: [&str; 9] = [
    "get /api/v1/session/all",
    "delete /api/v1/session/all",
    "delete /api/v1/session/all/{session_id}",
    "get /api/v1/setup",
    "post /api/v1/setup",
    "get /api/v1/session",
    "post /api/v1/session",
    "patch /api/v1/session",
    "delete /api/v1/session",
];

/// Calls about the caller's own account alone.
const OWN: [&str; 9] = [
    "get /api/v1/system",
    "get /api/v1/account",
    "get /api/v1/account/members",
    "patch /api/v1/account",
    "get /api/v1/account/tokens",
    "post /api/v1/account/tokens",
    "get /api/v1/inspector",
    "delete /api/v1/inspector",
    "post /api/v1/bots",
];

async fn ids_of(server: &TestServer) -> BTreeMap<&'static str, String> {
    let bot = server.bot().await;
    let url = server.inspector().await;
    let flow = server.greeting(&bot, &url).await;
    let (_, contact) = server.visitor(&bot).await;
    server.received(1).await;
    let get = async |path: String| server.api.get(&path).await.expect(200).json()["items"][0].clone();
    let delivery = get(format!("/api/v1/deliveries?bot_id={bot}")).await;
    BTreeMap::from([
        ("event_id", delivery["event_id"].as_str().expect("it is there").to_owned()),
        ("delivery_id", id(&delivery)),
        ("webhook_id", id(&get(format!("/api/v1/bots/{bot}/webhooks")).await)),
        ("trigger_id", id(&get(format!("/api/v1/bots/{bot}/triggers")).await)),
        ("token_id", id(&get("/api/v1/account/tokens".to_owned()).await)),
        ("contact_id", contact),
        ("flow_id", flow),
        ("notification_id", bot.clone()),
        ("note_id", bot.clone()),
        ("bot_id", bot),
        ("run", "0".to_owned()),
        ("number", "1".to_owned()),
        ("scope", "bot".to_owned()),
        ("name", "v".to_owned()),
    ])
}

#[tokio::test]
async fn another_accounts_ids_do_not_exist_and_no_token_is_401() {
    let server = TestServer::start().await;
    let ids = ids_of(&server).await;
    let document = openapi::to_json(&routes::document());
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, _) in item.as_object().unwrap() {
            let operation = format!("{method} {template}");
            if OF_PEOPLE.contains(&operation.as_str()) || template.starts_with("/api/chat/") {
                continue;
            }
            let mut path = template.clone();
            for (name, value) in &ids {
                path = path.replace(&format!("{{{name}}}"), value);
            }
            assert!(!path.contains('{'), "the test knows no id for {path}");
            let asks_for_a_bot = method == "get" && !template.contains('{') && template != "/api/v1/bots";
            if asks_for_a_bot || operation == "post /api/v1/contacts/import" {
                path = format!("{path}?bot_id={}", ids["bot_id"]);
            }
            if ["put", "delete", "patch"].contains(&method.as_str())
                && ["/replies", "/segments", "/folders"].iter().any(|end| path.ends_with(end))
            {
                path.push_str("?name=v");
            }
            if OWN.contains(&operation.as_str()) || operation == "get /api/v1/bots" {
                path = template.clone();
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let body = if method == Method::GET || method == Method::DELETE {
                String::new()
            } else {
                body_of(&operation, &ids).to_string()
            };
            let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
            let send = async |client: &recado_testkit::client::Client| {
                client.send(method.clone(), &path, &headers, Bytes::from(body.clone())).await.unwrap().status.as_u16()
            };
            let nobody = send(&server.nobody).await;
            if nobody != 401 {
                wrong.push(format!("{operation} without a token: {nobody}"));
            }
            if !OWN.contains(&operation.as_str()) && operation != "get /api/v1/bots" {
                let other = send(&server.other).await;
                if other != 404 {
                    wrong.push(format!("{operation} with another account's token: {other}"));
                }
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 60, "{tried}");
    assert_eq!(server.other.get("/api/v1/bots").await.expect(200).json()["items"], json!([]));
    server.api.get(&format!("/api/v1/contacts/{}", ids["contact_id"])).await.expect(200);
}

#[tokio::test]
async fn a_visitors_calls_take_neither_nobody_nor_an_api_token() {
    let server = TestServer::start().await;
    let ids = ids_of(&server).await;
    let document = openapi::to_json(&routes::document());
    let mut tried = 0;
    for (template, item) in
        document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/api/chat/"))
    {
        for (method, call) in item.as_object().unwrap() {
            if template.ends_with("/sessions") {
                assert_eq!(call["security"], json!([{}, {"session": []}]), "anybody may begin to chat");
                continue;
            }
            assert_eq!(call["security"], json!([{"session": []}]));
            let path = template.replace("{bot_id}", &ids["bot_id"]);
            let method: Method = method.to_uppercase().parse().unwrap();
            for client in [&server.nobody, &server.api] {
                client.send(method.clone(), &path, &[], Bytes::new()).await.unwrap().expect(401);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 4);
}
