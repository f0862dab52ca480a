//! What a team keeps: notes, saved replies, segments, and the audience as a table.

use http::Method;
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

async fn names(server: &TestServer, path: &str) -> Vec<Json> {
    let listed = server.api.get(path).await.expect(200).json();
    listed["items"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect()
}

#[tokio::test]
async fn notes_are_written_changed_and_erased_with_their_contact() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (_, contact) = server.visitor(&bot).await;
    let path = format!("/api/v1/contacts/{contact}/notes");
    for text in ["called back", "  likes <b>trains</b>  "] {
        server.api.post(&path, &json!({"text": text})).await.expect(201);
    }
    for text in [" ".to_owned(), "x".repeat(4_001)] {
        let refused = server.api.post(&path, &json!({"text": text})).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "text_length");
    }
    let listed = server.api.get(&path).await.expect(200).json();
    let newest = &listed["items"][0];
    assert_eq!((&newest["text"], &newest["written_by"]), (&json!("likes <b>trains</b>"), &Json::Null));
    let one = format!("{path}/{}", id(newest));
    let changed = server.api.patch(&one, &json!({"text": "likes buses"})).await.expect(200).json();
    assert_eq!(changed["at"], newest["at"]);
    server.api.delete(&one).await.expect(204);
    assert_eq!(server.api.patch(&one, &json!({"text": "x"})).await.expect(404).json()["code"], "not_found");
    server.api.delete(&format!("/api/v1/contacts/{contact}")).await.expect(204);
    server.api.get(&path).await.expect(404);
}

#[tokio::test]
async fn saved_replies_have_names_that_are_theirs_alone() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let path = format!("/api/v1/bots/{bot}/replies");
    for name in ["Hello", "Bye & thanks?"] {
        server.api.post(&path, &json!({"name": name, "text": "dear {{name}}"})).await.expect(201);
    }
    assert_eq!(
        server.api.post(&path, &json!({"name": " Hello ", "text": "x"})).await.expect(409).json()["code"],
        "exists"
    );
    server.api.post(&path, &json!({"name": "Empty", "text": " "})).await.expect(422);
    assert_eq!(names(&server, &path).await, ["Bye & thanks?", "Hello"]);
    let bye = format!("{path}?name=Bye%20%26%20thanks%3F");
    server.api.put(&bye, &json!({"name": "Hello", "text": "x"})).await.expect(409);
    server.api.put(&bye, &json!({"name": "Bye", "text": "until soon"})).await.expect(200);
    server.api.put(&bye, &json!({"name": "Bye", "text": "until soon"})).await.expect(404);
    assert_eq!(names(&server, &path).await, ["Bye", "Hello"]);
    server.api.delete(&format!("{path}?name=Hello")).await.expect(204);
    server.api.delete(&format!("{path}?name=Hello")).await.expect(404);
    for number in 1..200 {
        server.api.post(&path, &json!({"name": format!("{number}"), "text": "x"})).await.expect(201);
    }
    let full = server.api.post(&path, &json!({"name": "one more", "text": "x"})).await.expect(422).json();
    assert_eq!(full["code"], "limit_reached");
}

#[tokio::test]
async fn a_segment_is_a_filter_of_the_audience_with_a_name() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let path = format!("/api/v1/bots/{bot}/segments");
    let segment = json!({"name": "Buyers", "filter": {"tag": "buyer", "status": "active"}});
    server.api.post(&path, &segment).await.expect(201);
    for filter in [json!({}), json!({"value": "5"}), json!({"tag": "x".repeat(257)}), json!({"colour": "red"})] {
        server.api.post(&path, &json!({"name": "Wrong", "filter": filter})).await.expect(422);
    }
    assert_eq!(server.api.get(&path).await.expect(200).json()["items"], json!([segment]));
    server
        .api
        .put(&format!("{path}?name=Buyers"), &json!({"name": "Open", "filter": {"chat_open": true}}))
        .await
        .expect(200);
    assert_eq!(names(&server, &path).await, ["Open"]);
    server.api.delete(&format!("{path}?name=Open")).await.expect(204);
}

#[tokio::test]
async fn the_audience_is_given_as_a_table() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let variable = json!({"name": "size", "scope": "contact", "type": "number"});
    server.api.put(&format!("/api/v1/bots/{bot}/variables"), &variable).await.expect(200);
    for number in 0..205 {
        let (_, contact) = server.visitor(&bot).await;
        if number == 7 {
            let path = format!("/api/v1/contacts/{contact}");
            server.api.patch(&path, &json!({"name": "=1+1, \"Ana\"", "phone": "+34600112233"})).await.expect(200);
            server.api.patch(&format!("{path}/variables"), &json!({"variables": {"size": 4.5}})).await.expect(200);
            server.api.patch(&format!("{path}/tags"), &json!({"add": ["vip", "new"]})).await.expect(200);
        }
    }
    let table = server.api.get(&format!("/api/v1/contacts/export?bot_id={bot}")).await.expect(200);
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let text = table.text();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 206, "more than a page, each contact once");
    assert!(lines[0].starts_with("id,identity,status,name,") && lines[0].ends_with(",active_at,size"), "{}", lines[0]);
    let one = server.api.get(&format!("/api/v1/contacts/export?bot_id={bot}&tag=vip")).await.expect(200).text();
    let row = one.split_terminator("\r\n").nth(1).expect("a row");
    assert!(row.contains(",\"'=1+1, \"\"Ana\"\"\",") && row.contains(",+34600112233,"), "{row}");
    assert!(row.contains(",\"vip, new\",") && row.ends_with(",4.5"), "{row}");
    server.api.get(&format!("/api/v1/contacts/export?bot_id={bot}&value=1")).await.expect(422);
    let nobody = server
        .nobody
        .send(Method::GET, &format!("/api/v1/contacts/export?bot_id={bot}"), &[], bytes::Bytes::new())
        .await;
    assert_eq!(nobody.expect("an answer").status, 401);
}
