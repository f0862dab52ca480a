//! Flows: drafts, publishing, runs.

use bytes::Bytes;
use http::Method;
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

async fn save(server: &TestServer, flow: &str, etag: &str, draft: &Json) -> u16 {
    let headers = [("content-type", "application/json"), ("if-match", etag)];
    let path = format!("/api/v1/flows/{flow}/draft");
    server
        .api
        .send(Method::PUT, &path, &headers, Bytes::from(draft.to_string()))
        .await
        .expect("it is there")
        .status
        .as_u16()
}

#[tokio::test]
async fn two_editors_do_not_overwrite_each_other() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "F"})).await.expect(201).json());
    let read = server.api.get(&format!("/api/v1/flows/{flow}")).await.expect(200);
    let etag = read.headers["etag"].to_str().unwrap().to_owned();
    let draft = read.json()["draft"].clone();
    assert_eq!(save(&server, &flow, &etag, &draft).await, 200);
    assert_eq!(save(&server, &flow, &etag, &draft).await, 412);
    server.api.put(&format!("/api/v1/flows/{flow}/draft"), &draft).await.expect(428);
}

#[tokio::test]
async fn a_flow_lives_in_a_folder_or_in_none() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let new = json!({"bot_id": bot, "name": "F", "folder": " Sales "});
    let made = server.api.post("/api/v1/flows", &new).await.expect(201).json();
    assert_eq!(made["folder"], "Sales");
    let path = format!("/api/v1/flows/{}", id(&made));
    let change = async |change: Json| server.api.patch(&path, &change).await;
    assert_eq!(change(json!({"name": "G"})).await.expect(200).json()["folder"], "Sales", "what is absent stays");
    for folder in [json!(""), json!("\u{7}"), json!("x".repeat(65))] {
        let refused = change(json!({"folder": folder})).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "folder");
    }
    let listed = server.api.get(&format!("/api/v1/flows?bot_id={bot}")).await.expect(200).json();
    assert_eq!(listed["items"][0]["folder"], "Sales");
    let folder = async |name: &str, to: Json| {
        server
            .api
            .patch(&format!("/api/v1/bots/{bot}/folders?name={name}"), &json!({"folder": to}))
            .await
            .status
            .as_u16()
    };
    assert_eq!(folder("Sales", json!("Old%20ones")).await, 204);
    assert_eq!(folder("Sales", json!("Older")).await, 404, "nothing is in it any more");
    assert_eq!(folder("Old%2520ones", json!("x".repeat(65))).await, 422);
    assert_eq!(server.api.get(&path).await.expect(200).json()["folder"], "Old%20ones");
    assert_eq!(change(json!({"folder": null})).await.expect(200).json()["folder"], Json::Null);
}

#[tokio::test]
async fn a_draft_with_problems_is_saved_and_not_published() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "F"})).await.expect(201).json());
    let checked = server.api.post(&format!("/api/v1/flows/{flow}/validate"), &json!({})).await.expect(200).json();
    assert_eq!(checked["valid"], false);
    let refused = server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(422).json();
    assert_eq!(refused["code"], "flow_has_problems");
    assert!(!refused["problems"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_published_flow_has_a_version_a_webhook_figures_and_an_export() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = server.greeting(&bot, &server.inspector().await).await;
    let versions = server.api.get(&format!("/api/v1/flows/{flow}/versions")).await.expect(200).json();
    assert_eq!((&versions["items"][0]["number"], &versions["items"][0]["document"]), (&json!(1), &Json::Null));
    let version = server.api.get(&format!("/api/v1/flows/{flow}/versions/1")).await.expect(200).json();
    assert_eq!((&version["id"], &version["document"]["start"]), (&versions["items"][0]["id"], &json!("hello")));
    server.api.get(&format!("/api/v1/flows/{flow}/versions/2")).await.expect(404);
    let webhooks = server.api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
    assert_eq!(webhooks["items"][0]["kind"], "flow");
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({"waiting": "stop"})).await.expect(201);
    let webhooks = server.api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
    assert_eq!(webhooks["items"].as_array().unwrap().len(), 1, "publishing again makes no second webhook");
    let (_, contact) = server.visitor(&bot).await;
    let figures = server.api.get(&format!("/api/v1/flows/{flow}/statistics")).await.expect(200).json();
    assert!(figures["counts"].as_array().unwrap().iter().any(|count| count["element"] == "hello"), "{figures}");
    let mut export = server.api.get(&format!("/api/v1/flows/{flow}/export")).await.expect(200).json();
    export["name"] = json!("Copy");
    server.api.post("/api/v1/flows/import", &json!({"bot_id": bot, "flow": export})).await.expect(201);
    let run = json!({"contact_id": contact, "data": {"order": 7}});
    server.api.post(&format!("/api/v1/flows/{flow}/run"), &run).await.expect(200);
    server.api.patch(&format!("/api/v1/flows/{flow}"), &json!({"active": false})).await.expect(200);
    let refused = server.api.post(&format!("/api/v1/flows/{flow}/run"), &run).await.expect(409).json();
    assert_eq!(refused["code"], "flow_not_running");
    server.api.delete(&format!("/api/v1/flows/{flow}")).await.expect(409);
}

#[tokio::test]
async fn a_call_starts_a_flow_only_while_its_event_trigger_is_on_unless_it_is_forced() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = server.greeting(&bot, &server.inspector().await).await;
    let (_, contact) = server.visitor(&bot).await;
    let run = async |force: bool| {
        let wish = json!({"contact_id": contact, "force": force});
        server.api.post(&format!("/api/v1/flows/{flow}/run"), &wish).await
    };
    run(false).await.expect(200);
    let trigger = json!({"flow_id": flow, "name": "Order", "kind": {"type": "event"}, "active": false});
    let path = format!("/api/v1/bots/{bot}/triggers");
    let trigger = id(&server.api.post(&path, &trigger).await.expect(201).json());
    let refused = run(false).await.expect(409);
    assert_eq!(refused.json()["code"], "flow_not_running");
    assert!(refused.text().contains("event triggers"), "{}", refused.text());
    run(true).await.expect(200);
    server.api.patch(&format!("{path}/{trigger}"), &json!({"active": true})).await.expect(200);
    run(false).await.expect(200);
}

#[tokio::test]
async fn who_waits_in_an_element_is_listed_by_page() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let question = json!([{"kind": "input", "prompt": "Which day?", "expects": {"kind": "text"}, "save_to": "day"}]);
    let draft = json!({
        "version": 1, "name": "Booking", "start": "ask", "edges": [],
        "elements": [{"id": "ask", "type": "message", "parts": question}],
    });
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let trigger = json!({"flow_id": flow, "name": "Welcome", "kind": {"type": "subscription"}});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    let contacts = [server.visitor(&bot).await.1, server.visitor(&bot).await.1];

    let path = format!("/api/v1/flows/{flow}/waiting");
    let first = server.api.get(&format!("{path}?element=ask&limit=1")).await.expect(200).json();
    let one = &first["items"][0];
    assert_eq!((&one["contact_id"], &one["name"]), (&json!(contacts[0]), &json!("Ada")));
    assert_eq!((&one["waits_for"], &one["version"], &one["element"]), (&json!("input"), &json!(1), &json!("ask")));
    assert!(one["until"].as_str() > one["started_at"].as_str(), "{one}");
    let cursor = first["next_cursor"].as_str().expect("there is another page");
    let second = server.api.get(&format!("{path}?element=ask&limit=1&cursor={cursor}")).await.expect(200).json();
    assert_eq!((&second["items"][0]["contact_id"], &second["next_cursor"]), (&json!(contacts[1]), &Json::Null));
    assert_eq!(server.api.get(&path).await.expect(200).json()["items"].as_array().unwrap().len(), 2);
    let nobody = server.api.get(&format!("{path}?element=other")).await.expect(200).json();
    assert_eq!(nobody, json!({"items": [], "next_cursor": null}));
    server.api.get(&format!("{path}?cursor=nonsense")).await.expect(404);
    server.api.get(&format!("{path}?limit=201")).await.expect(422);
}

#[tokio::test]
async fn a_trigger_says_what_is_wrong_with_its_words() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = server.greeting(&bot, &server.inspector().await).await;
    for (matching, keyword, code) in [
        ("regex", "(", "pattern_syntax"),
        ("regex", "(a{1000}){1000}", "pattern_size"),
        ("is", "\u{301}", "keyword_empty"),
        ("is", "", "name_length"),
    ] {
        let kind = json!({"type": "keyword", "match": matching, "keywords": [keyword]});
        let trigger = json!({"flow_id": flow, "name": "T", "kind": kind});
        let refused = server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], code, "{keyword}: {refused}");
    }
}
