//! Variables and tags get other names, or are deleted although something names them.

use bytes::Bytes;
use http::Method;
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

/// A published flow that asks for a size, and says it with the shop's name once it knows.
async fn asking(server: &TestServer, bot: &str) -> String {
    let shop = json!({"name": "shop", "scope": "bot", "value": "Pepe"});
    server.api.put(&format!("/api/v1/bots/{bot}/variables"), &shop).await.expect(200);
    let size = json!({"name": "size", "scope": "contact", "type": "text"});
    server.api.put(&format!("/api/v1/bots/{bot}/variables"), &size).await.expect(200);
    let url = server.inspector().await;
    let draft = json!({
        "version": 1, "name": "Order", "start": "ask",
        "elements": [
            {"id": "ask", "type": "message", "parts": [
                {"kind": "input", "prompt": "Which size?", "expects": {"kind": "text"}, "save_to": "size"},
                {"kind": "text", "text": "{{size}} of {{$shop}}"}]},
            {"id": "tell", "type": "action", "actions": [
                {"kind": "add_tag", "tag": "buyer"},
                {"kind": "send_webhook", "name": "order", "url": format!("{url}?size={{{{size}}}}")}]},
        ],
        "edges": [{"from": "ask", "output": "next", "to": "tell"}],
    });
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let trigger = json!({"flow_id": flow, "name": "Welcome", "kind": {"type": "subscription"}});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    flow
}

async fn said_last(server: &TestServer, contact: &str, count: usize) -> Json {
    server
        .until("answer of the bot", async || {
            let listed = server.api.get(&format!("/api/v1/contacts/{contact}/messages")).await.expect(200).json();
            let items = listed["items"].as_array()?;
            (items.len() >= count).then(|| items[0].clone())
        })
        .await
}

async fn rename(server: &TestServer, path: &str, to: &str) -> (u16, Json) {
    let answer = server.api.patch(path, &json!({"name": to})).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn a_run_in_progress_reads_and_writes_the_new_name() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = asking(&server, &bot).await;
    let (visitor, contact) = server.visitor(&bot).await;
    said_last(&server, &contact, 1).await;
    let read = server.api.get(&format!("/api/v1/flows/{flow}")).await.expect(200);
    let segment = json!({"name": "Sized", "filter": {"variable": "size"}});
    server.api.post(&format!("/api/v1/bots/{bot}/segments"), &segment).await.expect(201);

    let variables = format!("/api/v1/bots/{bot}/variables");
    let (status, view) = rename(&server, &format!("{variables}/contact/size"), "talla de pie").await;
    assert_eq!(
        (status, &view["name"], &view["scope"], &view["type"]),
        (200, &json!("talla de pie"), &json!("contact"), &json!("text"))
    );
    let (status, view) = rename(&server, &format!("{variables}/bot/shop"), "tienda").await;
    assert_eq!((status, &view["name"], &view["value"]), (200, &json!("tienda"), &json!("Pepe")));

    // Whoever has the draft open does not write the old names over the new ones.
    let etag = read.headers["etag"].to_str().unwrap();
    let headers = [("content-type", "application/json"), ("if-match", etag)];
    let body = Bytes::from(read.json()["draft"].to_string());
    let path = format!("/api/v1/flows/{flow}");
    let late = server.api.send(Method::PUT, &format!("{path}/draft"), &headers, body).await.unwrap();
    assert_eq!(late.status, 412);
    let after = server.api.get(&path).await.expect(200).json();
    assert_eq!(after["draft"]["elements"][0]["parts"][0]["save_to"], "talla de pie");
    assert_eq!(after["has_changes"], false, "the published version has the new names as well");
    let version = server.api.get(&format!("{path}/versions/1")).await.expect(200).json();
    assert_eq!(version["document"], after["draft"]);
    let segments = server.api.get(&format!("/api/v1/bots/{bot}/segments")).await.expect(200).json();
    assert_eq!(segments["items"][0]["filter"], json!({"variable": "talla de pie"}));

    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "a", "text": "42"})).await.expect(202);
    let said = said_last(&server, &contact, 3).await;
    assert!(said.to_string().contains("42 of Pepe"), "{said}");
    let known = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
    assert_eq!(known["variables"], json!({"talla de pie": "42"}));
    let received = server.received(1).await;
    assert!(received[0].to_string().contains("size=42"), "{}", received[0]);

    // The value goes along with a name that comes later.
    assert_eq!(rename(&server, &format!("{variables}/contact/talla%20de%20pie"), "size").await.0, 200);
    let known = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
    assert_eq!(known["variables"], json!({"size": "42"}));
    assert_eq!(server.api.get(&path).await.expect(200).json()["draft"]["elements"][0]["parts"][0]["save_to"], "size");
}

#[tokio::test]
async fn a_name_that_is_taken_or_bad_is_refused() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    asking(&server, &bot).await;
    let variables = format!("/api/v1/bots/{bot}/variables");
    for body in [
        json!({"name": "colour", "scope": "contact", "type": "text"}),
        json!({"name": "open", "scope": "bot", "value": true}),
        json!({"name": "city", "scope": "contact", "type": "text"}),
    ] {
        server.api.put(&variables, &body).await.expect(200);
    }
    for name in ["city", "last_message", "data"] {
        let body = json!({"name": name, "scope": "bot", "value": "x"});
        let refused = server.api.put(&variables, &body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "reserved_name", "`{{${name}}}` would read something else");
    }
    let (_, contact) = server.visitor(&bot).await;
    server.api.patch(&format!("/api/v1/contacts/{contact}/tags"), &json!({"add": ["vip"]})).await.expect(200);
    let tags = format!("/api/v1/bots/{bot}/tags");
    for (path, to, status, code) in [
        (format!("{variables}/contact/size"), "colour", 409, "exists"),
        (format!("{variables}/bot/shop"), "open", 409, "exists"),
        (format!("{tags}/vip"), "Buyer", 409, "exists"),
        (format!("{tags}/buyer"), "VIP", 409, "exists"),
        (format!("{variables}/contact/nothing"), "x", 404, "not_found"),
        (format!("{variables}/bot/nothing"), "x", 404, "not_found"),
        (format!("{tags}/nothing"), "x", 404, "not_found"),
        (format!("{variables}/contact/size"), "a.b", 422, "not_plain"),
        (format!("{variables}/contact/size"), "", 422, "name_length"),
        (format!("{variables}/contact/size"), "city", 422, "reserved_name"),
        (format!("{variables}/contact/size"), "item", 422, "reserved_name"),
        (format!("{variables}/contact/city"), "town", 422, "reserved_name"),
        (format!("{variables}/bot/shop"), "last_message", 422, "reserved_name"),
        (format!("{tags}/vip"), &"x".repeat(33), 422, "name_length"),
    ] {
        let (is, problem) = rename(&server, &path, to).await;
        let said = if is == 422 { &problem["errors"][0]["code"] } else { &problem["code"] };
        assert_eq!((is, said), (status, &json!(code)), "{path} {to}");
    }
    assert_eq!(rename(&server, &format!("{tags}/vip"), "VIP").await.0, 200, "the same tag in another case");
    assert_eq!(server.api.get(&tags).await.expect(200).json()["items"], json!([{"name": "VIP", "contacts": 1}]));
}

#[tokio::test]
async fn what_is_in_use_is_deleted_only_if_that_is_meant() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = asking(&server, &bot).await;
    let (visitor, contact) = server.visitor(&bot).await;
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "a", "text": "42"})).await.expect(202);
    server.received(1).await;
    server
        .api
        .post(&format!("/api/v1/bots/{bot}/segments"), &json!({"name": "B", "filter": {"tag": "buyer"}}))
        .await
        .expect(201);
    let of_flow = |elements: Json| json!({"flow_id": flow, "flow": "Order", "elements": elements});
    for (path, uses) in [
        ("variables/contact/size", json!([of_flow(json!(["ask", "tell"]))])),
        ("variables/bot/shop", json!([of_flow(json!(["ask"]))])),
        ("tags/buyer", json!([of_flow(json!(["tell"])), {"segment": "B"}])),
    ] {
        let path = format!("/api/v1/bots/{bot}/{path}");
        let refused = server.api.delete(&path).await.expect(409).json();
        assert_eq!((&refused["code"], &refused["problems"]), (&json!("in_use"), &uses));
        server.api.delete(&format!("{path}?force=maybe")).await.expect(422);
        server.api.delete(&format!("{path}?force=true")).await.expect(204);
    }
    let known = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
    assert_eq!((&known["variables"], &known["tags"]), (&json!({}), &json!([])), "they read empty");
    assert_eq!(server.api.get(&format!("/api/v1/bots/{bot}/tags")).await.expect(200).json()["items"], json!([]));
    let left = server.api.get(&format!("/api/v1/bots/{bot}/variables")).await.expect(200).json();
    assert_eq!(left["items"], json!([]));
    // What nothing names is deleted without a question.
    let open = json!({"name": "open", "scope": "bot", "value": true});
    server.api.put(&format!("/api/v1/bots/{bot}/variables"), &open).await.expect(200);
    server.api.delete(&format!("/api/v1/bots/{bot}/variables/bot/open")).await.expect(204);
    server.api.delete(&format!("/api/v1/bots/{bot}/variables/bot/open")).await.expect(404);
}
