//! The web chat.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::server::{TestServer, id};

#[tokio::test]
async fn a_message_is_taken_once_and_answered() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.greeting(&bot, &server.inspector().await).await;
    let (visitor, contact) = server.visitor(&bot).await;
    let path = format!("/api/chat/{bot}/messages");
    for _ in 0..2 {
        visitor.post(&path, &json!({"id": "a", "text": "Hi"})).await.expect(202);
    }
    let said = server
        .until("answer of the bot", async || {
            let items = visitor.get(&path).await.expect(200).json()["items"].as_array().unwrap().clone();
            (items.len() == 2).then_some(items)
        })
        .await;
    assert_eq!((&said[0]["direction"], &said[1]["direction"]), (&json!("out"), &json!("in")));
    let after = format!("{path}?after={}", said[0]["seq"]);
    assert_eq!(visitor.get(&after).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    let events =
        server.api.get(&format!("/api/v1/events?bot_id={bot}&event=incoming_message&contact_id={contact}")).await;
    assert_eq!(events.expect(200).json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_session_another_bots_and_bad_messages_are_refused() {
    let server = TestServer::start().await;
    let (bot, second) = (server.bot().await, server.bot().await);
    let (visitor, _) = server.visitor(&bot).await;
    let text = json!({"id": "a", "text": "Hi"});
    server.nobody.post(&format!("/api/chat/{bot}/messages"), &text).await.expect(401);
    server.nobody.bearer("x.y").post(&format!("/api/chat/{bot}/messages"), &text).await.expect(401);
    visitor.post(&format!("/api/chat/{second}/messages"), &text).await.expect(401);
    visitor.get("/api/v1/account").await.expect(401);
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "a"})).await.expect(422);
    let missing = bot.replace(|c: char| c.is_ascii_hexdigit(), "0");
    server.nobody.post(&format!("/api/chat/{missing}/sessions"), &json!({})).await.expect(404);
    let many = async {
        for number in 0..60 {
            let message = json!({"id": format!("m{number}"), "text": "again"});
            if visitor.post(&format!("/api/chat/{bot}/messages"), &message).await.status == 429 {
                return true;
            }
        }
        false
    };
    assert!(many.await, "a session is limited");
}

#[tokio::test]
async fn a_file_is_sniffed_sent_and_downloaded_by_its_signed_link() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (visitor, contact) = server.visitor(&bot).await;
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 32]].concat();
    let path = format!("/api/chat/{bot}/files?name=../photo.png");
    let upload = async |bytes: Vec<u8>| visitor.send(Method::POST, &path, &[], Bytes::from(bytes)).await.unwrap();
    let file = upload(png.clone()).await.expect(201).json();
    assert_eq!(
        (&file["mime"], &file["name"], &file["media"]),
        (&json!("image/png"), &json!("photo.png"), &json!("image"))
    );
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "f", "file": file["id"]})).await.expect(202);
    let (stranger, _) = server.visitor(&bot).await;
    stranger.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "f", "file": file["id"]})).await.expect(422);
    let messages = server.api.get(&format!("/api/v1/contacts/{contact}/messages")).await.expect(200).json();
    assert_eq!(messages["items"][0]["part"]["attachments"][0]["mime"], "image/png");
    let shown = messages["items"][0]["files"][0].as_str().expect("a path").to_owned();
    assert_eq!(server.nobody.get(&shown).await.expect(200).body[..], png[..], "an agent sees it");
    let id = file["id"].as_str().unwrap().parse().unwrap();
    let url = server.app().files.url(id, server.app().now());
    let link = url.split_once("/files/").map(|(_, rest)| format!("/files/{rest}")).unwrap();
    let download = server.nobody.get(&link).await.expect(200);
    assert_eq!((&download.body[..], &download.headers["content-type"]), (&png[..], &"image/png".parse().unwrap()));
    server.nobody.get(&link.replace("expires=", "expires=9")).await.expect(403);
    upload(vec![1; 64 * 1024]).await.expect(507);
    upload(Vec::new()).await.expect(422);
}

#[tokio::test]
async fn a_shared_place_and_phone_are_seen_by_agents() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (visitor, contact) = server.visitor(&bot).await;
    let say = format!("/api/chat/{bot}/messages");
    visitor.post(&say, &json!({"id": "1", "location": {"lat": 40.4168, "lon": -3.7038}})).await.expect(202);
    visitor.post(&say, &json!({"id": "2", "contact": {"phone": "+34911234567"}})).await.expect(202);
    let messages = server.api.get(&format!("/api/v1/contacts/{contact}/messages")).await.expect(200).json();
    assert_eq!(messages["items"][1]["part"]["location"], json!([40.4168, -3.7038]));
    assert_eq!(messages["items"][0]["part"]["phone"], "+34911234567");
    let chats = server.api.get(&format!("/api/v1/chats?bot_id={bot}&state=all")).await.expect(200).json();
    assert_eq!(chats["items"][0]["last_message"]["text"], "+34911234567");
}

#[tokio::test]
async fn live_events_resume_where_the_page_stopped() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.greeting(&bot, &server.inspector().await).await;
    let opened = server.nobody.post(&format!("/api/chat/{bot}/sessions"), &json!({})).await.expect(201).json();
    let token = opened["token"].as_str().unwrap();
    let visitor = server.nobody.bearer(token);
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "a", "text": "Hi"})).await.expect(202);
    let path = format!("/api/chat/{bot}/messages");
    let seqs = server
        .until("two messages", async || {
            let items = visitor.get(&path).await.json()["items"].as_array().cloned().unwrap_or_default();
            (items.len() == 2).then(|| items.iter().map(|item| item["seq"].clone()).collect::<Vec<Json>>())
        })
        .await;
    let text = followed(&server, &bot, token, &seqs[0], &[&format!("id: {}", seqs[1]), "event: chat"]).await;
    assert!(!text.contains(&format!("id: {}\n", seqs[0])), "{text}");
}

/// What the live stream says after a message, until all of this was said.
async fn followed(server: &TestServer, bot: &str, token: &str, after: &Json, wanted: &[&str]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.expect("it is there");
    let request = format!(
        "GET /api/chat/{bot}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nlast-event-id: {after}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it is there");
    let mut text = String::new();
    while !wanted.iter().all(|words| text.contains(words)) {
        let mut bytes = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut bytes)).await;
        let count = read.unwrap_or_else(|_| panic!("no {wanted:?} in {text}")).expect("it is there");
        assert!(count > 0, "the stream ended: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    text
}

#[tokio::test]
async fn the_page_has_a_strict_policy_and_escapes_names() {
    let server = TestServer::start().await;
    let made = json!({"service": "livechat", "name": "<script>alert(1)</script>"});
    let bot = server.api.post("/api/v1/bots", &made).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let page = server.nobody.get(&format!("/chat/{bot}")).await.expect(200);
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.headers.contains_key("x-frame-options"));
    for asset in ["/chat.js", "/assets/chat.css", "/assets/chat-page.js"] {
        server.nobody.get(asset).await.expect(200);
    }
    let path = format!("/api/chat/{bot}/messages");
    let preflight =
        server.nobody.send(Method::OPTIONS, &path, &[("origin", "https://shop.example")], Bytes::new()).await;
    let preflight = preflight.unwrap().expect(204);
    assert_eq!(preflight.headers["access-control-allow-origin"], "*");
    assert!(!server.nobody.get("/api/v1/account").await.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_message_that_can_not_be_read_holds_back_no_other() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.greeting(&bot, &server.inspector().await).await;
    let broken = "CREATE TRIGGER broken AFTER INSERT ON message WHEN NEW.direction = 1
                  BEGIN UPDATE message SET part = x'00' WHERE seq = NEW.seq; END";
    server.database().execute_batch(broken).expect("a fault");
    server.visitor(&bot).await;
    server.database().execute_batch("DROP TRIGGER broken").expect("no fault");
    let (visitor, _) = server.visitor(&bot).await;
    server
        .until("greeting of the next visitor", async || {
            let said = visitor.get(&format!("/api/chat/{bot}/messages")).await.expect(200).json();
            (said["items"][0]["direction"] == "out").then_some(())
        })
        .await;
}

#[tokio::test]
async fn visitors_who_all_count_one_bot_variable_up_are_all_counted() {
    const VISITORS: usize = 48;
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let draft = json!({
        "version": 1, "name": "Count", "start": "count",
        "elements": [{"id": "count", "type": "action", "actions": [
            {"kind": "set_variable", "variable": "$visits", "value_type": "number", "to": {"set": "add", "amount": "1"}},
        ]}],
    });
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let kind = json!({"type": "keyword", "match": "is", "keywords": ["count"]});
    let trigger = json!({"flow_id": flow, "name": "Count", "kind": kind});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    let path = format!("/api/chat/{bot}/messages");
    let mut visitors = tokio::task::JoinSet::new();
    for _ in 0..VISITORS {
        let (visitor, path) = (server.visitor(&bot).await.0, path.clone());
        visitors.spawn(async move {
            for number in 0..3 {
                visitor.post(&path, &json!({"id": format!("m{number}"), "text": "count"})).await.expect(202);
            }
        });
    }
    visitors.join_all().await;
    let variables = server.api.get(&format!("/api/v1/bots/{bot}/variables")).await.expect(200).json();
    assert!(variables.to_string().contains(&format!("{}", VISITORS * 3)), "{variables}");
}

/// Publishes a message's parts under a keyword of the same name.
async fn says(server: &TestServer, bot: &str, keyword: &str, parts: Json) {
    let elements = json!([{"id": "say", "type": "message", "parts": parts}]);
    let draft = json!({"version": 1, "name": keyword, "start": "say", "elements": elements});
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let kind = json!({"type": "keyword", "match": "is", "keywords": [keyword]});
    let trigger = json!({"flow_id": flow, "name": keyword, "kind": kind});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
}

/// What the bot said, in order, and whether it is sent.
fn said_by_bot(server: &TestServer) -> Vec<(String, bool)> {
    let database = server.database();
    let mut statement = database
        .prepare("SELECT json_extract(CAST(part AS TEXT), '$.text[0].text'), status = 2 FROM message WHERE direction = 1 ORDER BY seq")
        .expect("a query");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

#[tokio::test]
async fn what_may_go_at_once_is_sent_by_its_turn_and_nothing_overtakes_what_waits() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let text = |text: &str| json!({"kind": "text", "text": text});
    says(&server, &bot, "slow", json!([text("One"), {"kind": "delay", "seconds": 3}, text("Two")])).await;
    says(&server, &bot, "quick", json!([text("Three")])).await;
    let (visitor, contact) = server.visitor(&bot).await;
    let path = format!("/api/chat/{bot}/messages");
    let known =
        |words: &[(&str, bool)]| words.iter().map(|(text, sent)| ((*text).to_owned(), *sent)).collect::<Vec<_>>();
    visitor.post(&path, &json!({"id": "a", "text": "slow"})).await.expect(202);
    assert_eq!(said_by_bot(&server), known(&[("One", true), ("Two", false)]));
    visitor.post(&path, &json!({"id": "b", "text": "quick"})).await.expect(202);
    assert_eq!(said_by_bot(&server), known(&[("One", true), ("Two", false), ("Three", false)]));
    let sent = known(&[("One", true), ("Two", true), ("Three", true)]);
    server.until("the rest", async || (said_by_bot(&server) == sent).then_some(())).await;
    let events = format!("/api/v1/events?bot_id={bot}&event=outgoing_message&contact_id={contact}");
    assert_eq!(server.api.get(&events).await.expect(200).json()["items"].as_array().expect("a list").len(), 3);
}

#[tokio::test]
async fn a_link_starts_its_flow_for_who_comes_back_once_a_visit() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.greeting(&bot, &server.inspector().await).await;
    let text = |id: &str, text: &str| json!({"id": id, "type": "message", "parts": [{"kind": "text", "text": text}]});
    let draft = json!({"version": 1, "name": "Sale", "start": "sale", "elements": [text("sale", "The sale")]});
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let trigger = json!({"flow_id": flow, "name": "Sale", "kind": {"type": "ref", "ref": "sale"}});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    let path = format!("/api/chat/{bot}/sessions");
    let opened = server.nobody.post(&path, &json!({})).await.expect(201).json();
    let visitor = server.nobody.bearer(opened["token"].as_str().expect("a token"));
    let heard = async || {
        let said = visitor.get(&format!("/api/chat/{bot}/messages?after=0")).await.expect(200).json();
        said["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["part"]["text"][0]["text"].clone())
            .collect::<Vec<Json>>()
    };
    assert_eq!(heard().await, ["Hello"]);
    // Each opening is one turn, committed and said by the time it is answered.
    for (opening, words) in [
        (json!({}), 1),
        (json!({"ref": "unknown", "visit": "v0"}), 1),
        (json!({"ref": "sale", "visit": "v1"}), 2),
        (json!({"ref": "sale", "visit": "v1"}), 2),
        (json!({"ref": "sale", "visit": "v2"}), 3),
        (json!({"ref": "sale"}), 4),
    ] {
        let again = visitor.post(&path, &opening).await.expect(201).json();
        assert_eq!(again["contact_id"], opened["contact_id"], "it is the same visitor");
        assert_eq!(heard().await.len(), words, "{opening}");
    }
    assert_eq!(heard().await, ["Hello", "The sale", "The sale", "The sale"]);
    visitor.post(&path, &json!({"ref": "sale", "visit": "no id"})).await.expect(422);
    let other = server.nobody.bearer("x.y").post(&path, &json!({})).await.expect(201).json();
    assert_ne!(other["contact_id"], opened["contact_id"], "who can not be known begins anew");

    let first = server.nobody.post(&path, &json!({"ref": "sale", "visit": "v3"})).await.expect(201).json();
    let visitor = server.nobody.bearer(first["token"].as_str().expect("a token"));
    visitor.post(&path, &json!({"ref": "sale", "visit": "v3"})).await.expect(201);
    let said = visitor.get(&format!("/api/chat/{bot}/messages?after=0")).await.expect(200).json();
    assert_eq!(said["items"].as_array().expect("a list").len(), 1, "the page was reloaded: {said}");
}

#[tokio::test]
async fn a_file_that_was_asked_for_is_kept_as_a_link_that_can_be_opened() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let draft = json!({
        "version": 1, "name": "Photo", "start": "ask",
        "elements": [{"id": "ask", "type": "message", "parts": [
            {"kind": "input", "prompt": "A photo?", "expects": {"kind": "file"}, "save_to": "photo"}]}],
        "edges": [],
    });
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json());
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let trigger = json!({"flow_id": flow, "name": "Welcome", "kind": {"type": "subscription"}});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    let (visitor, contact) = server.visitor(&bot).await;
    let png = Bytes::from_static(b"\x89PNG\r\n\x1a\n0000000000000000");
    let path = format!("/api/chat/{bot}/files?name=photo.png");
    let file = id(&visitor.send(Method::POST, &path, &[], png).await.unwrap().expect(201).json());
    let sent = json!({"id": "a", "file": file});
    visitor.post(&format!("/api/chat/{bot}/messages"), &sent).await.expect(202);
    let url = server
        .until("variable", async || {
            let shown = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
            shown["variables"]["photo"].as_str().map(str::to_owned)
        })
        .await;
    let (_, path) = url.split_once("/files/").unwrap();
    server.nobody.get(&format!("/files/{path}")).await.expect(200);
}
