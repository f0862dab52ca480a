//! The first owner, signing in and out, and what a cookie may do.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use recado_server::auth::session::setup_code;
use recado_testkit::client::{Answer, Client};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::server::TestServer;

fn owner() -> Json {
    json!({"account_name": "Acme", "name": "Ada Lovelace", "email": " Ada@Example.org ", "password": "correct horse", "language": "es"})
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("a text");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    cookie.split(';').next().expect("a pair").to_owned()
}

/// A browser that is signed in, and its CSRF token.
fn browser(server: &TestServer, answer: &Answer) -> Client {
    let csrf = answer.json()["csrf"].as_str().expect("a token").to_owned();
    server.nobody.with("cookie", &cookie(answer)).with("x-csrf-token", &csrf)
}

#[tokio::test]
async fn the_first_owner_is_made_once_and_signed_in() {
    let server = TestServer::start().await;
    assert_eq!(
        server.nobody.get("/api/v1/setup").await.expect(200).json(),
        json!({"needed": true, "code_needed": false})
    );
    let short = json!({"account_name": "Acme", "name": "Ada", "email": "ada", "password": "123"});
    let refused = server.nobody.post("/api/v1/setup", &short).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "email");
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    assert_eq!(made.json()["member"]["email"], "ada@example.org");
    assert_eq!(made.json()["account"]["name"], "Acme", "the first account there is takes the name");
    assert_eq!(made.json()["account"]["time_zone"], "Europe/Madrid", "and keeps its time zone");
    assert_eq!(
        server.nobody.get("/api/v1/setup").await.expect(200).json(),
        json!({"needed": false, "code_needed": false})
    );
    let again = server.nobody.post("/api/v1/setup", &owner()).await.expect(409).json();
    assert_eq!(again["code"], "already_set_up");
    let browser = browser(&server, &made);
    let session = browser.get("/api/v1/session").await.expect(200).json();
    assert_eq!((&session["member"]["name"], &session["member"]["language"]), (&json!("Ada Lovelace"), &json!("es")));
    assert!(!made.text().contains("argon2"), "no hash leaves");
    let bot = server.bot().await;
    browser.get(&format!("/api/v1/bots/{bot}")).await.expect(200);
}

#[tokio::test]
async fn what_changes_something_needs_the_csrf_token() {
    let server = TestServer::start().await;
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let bare = server.nobody.with("cookie", &cookie(&made));
    bare.get("/api/v1/bots").await.expect(200);
    let bot = json!({"service": "livechat", "name": "Best bot"});
    assert_eq!(bare.post("/api/v1/bots", &bot).await.expect(403).json()["code"], "csrf");
    bare.with("x-csrf-token", "AAAA").post("/api/v1/bots", &bot).await.expect(403);
    bare.delete("/api/v1/session").await.expect(403);
    browser(&server, &made).post("/api/v1/bots", &bot).await.expect(201);
}

#[tokio::test]
async fn a_session_ends_with_the_sign_out_and_each_sign_in_is_a_new_one() {
    let server = TestServer::start().await;
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let planted = server.nobody.with("cookie", "recado_session=planted");
    let credentials = json!({"email": "ADA@example.org", "password": "correct horse"});
    let signed_in = planted.post("/api/v1/session", &credentials).await.expect(200);
    assert!(cookie(&signed_in) != "recado_session=planted" && cookie(&signed_in) != cookie(&made));
    let second = browser(&server, &signed_in);
    let gone = second.delete("/api/v1/session").await.expect(204);
    assert_eq!(cookie(&gone), "recado_session=");
    assert_eq!(second.get("/api/v1/session").await.expect(401).json()["code"], "signed_out");
    browser(&server, &made).get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_live_stream_ends_with_its_session() {
    let server = TestServer::start().await;
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let bot = server.bot().await;
    let (visitor, _) = server.visitor(&bot).await;
    let say = async |id: &str, text: &str| {
        let message = json!({"id": id, "text": text});
        visitor.post(&format!("/api/chat/{bot}/messages"), &message).await.expect(202);
    };
    let mut live = Live::of(&server, &format!("bot_id={bot}"), &cookie(&made)).await;
    say("a", "while I look").await;
    live.until("while I look").await;
    browser(&server, &made).delete("/api/v1/session").await.expect(204);
    say("b", "after I left").await;
    let text = live.until_the_end().await;
    assert!(!text.contains("after I left"), "{text}");
}

#[tokio::test]
async fn a_live_stream_tells_changes_that_are_no_events_to_who_asks_for_them() {
    let server = TestServer::start().await;
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let bot = server.bot().await;
    let (visitor, contact) = server.visitor(&bot).await;
    let message = json!({"id": "a", "text": "hello"});
    visitor.post(&format!("/api/chat/{bot}/messages"), &message).await.expect(202);
    server.api.post(&format!("/api/v1/chats/{contact}/open"), &json!({})).await.expect(200);
    let mut asks = Live::of(&server, &format!("bot_id={bot}&changes=true"), &cookie(&made)).await;
    let mut does_not = Live::of(&server, &format!("bot_id={bot}"), &cookie(&made)).await;
    // What changed before is told by the first.
    asks.until("event: changed").await;
    for assignee in [made.json()["member"]["id"].clone(), Json::Null] {
        let told = asks.count("event: changed");
        server.api.post(&format!("/api/v1/chats/{contact}/assign"), &json!({"assignee": assignee})).await.expect(200);
        asks.until_count("event: changed", told + 1).await;
    }
    let message = json!({"id": "b", "text": "goodbye"});
    visitor.post(&format!("/api/chat/{bot}/messages"), &message).await.expect(202);
    does_not.until("goodbye").await;
    assert_eq!(does_not.count("event: changed"), 0);
}

/// A bot's live stream.
struct Live {
    stream: TcpStream,
    seen: Vec<u8>,
}

impl Live {
    const PATIENCE: Duration = Duration::from_secs(20);

    async fn of(server: &TestServer, query: &str, cookie: &str) -> Self {
        let mut stream = TcpStream::connect(server.address()).await.expect("it is there");
        let request = format!(
            "GET /api/v1/events/live?{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {cookie}\r\nlast-event-id: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("it is there");
        Self { stream, seen: Vec::new() }
    }

    fn count(&self, words: &str) -> usize {
        String::from_utf8_lossy(&self.seen).matches(words).count()
    }

    async fn until(&mut self, words: &str) {
        self.until_count(words, 1).await;
    }

    async fn until_count(&mut self, words: &str, count: usize) {
        while self.count(words) < count {
            let read = tokio::time::timeout(Self::PATIENCE, self.stream.read_buf(&mut self.seen)).await;
            let bytes = read.unwrap_or_else(|_| panic!("no {words:?}")).expect("it reads");
            assert!(bytes > 0, "the stream ended: {}", String::from_utf8_lossy(&self.seen));
        }
    }

    async fn until_the_end(mut self) -> String {
        let read = tokio::time::timeout(Self::PATIENCE, self.stream.read_to_end(&mut self.seen)).await;
        read.expect("the stream ends").expect("it reads");
        String::from_utf8_lossy(&self.seen).into_owned()
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_stranger_are_told_the_same_and_too_many_tries_are_stopped() {
    let server = TestServer::start().await;
    server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let from = server.nobody.with("x-forwarded-for", "203.0.113.9");
    let wrong = from.post("/api/v1/session", &json!({"email": "ada@example.org", "password": "wrong horse!"})).await;
    let stranger = from.post("/api/v1/session", &json!({"email": "eve@example.org", "password": "wrong horse!"})).await;
    assert_eq!(wrong.expect(401).json(), stranger.expect(401).json());
    let mut last = None;
    for _ in 0..10 {
        let tried =
            from.post("/api/v1/session", &json!({"email": "ada@example.org", "password": "wrong horse!"})).await;
        if tried.status != 401 {
            last = Some(tried);
            break;
        }
    }
    let stopped = last.expect("it is stopped").expect(429);
    let wait: u64 = stopped.headers["retry-after"].to_str().expect("a text").parse().expect("a number");
    assert!((1..=10).contains(&wait), "{wait}");
    // What a proxy adds stands in the last line of that name; what stands before is the visitor's own word.
    let wrong = Bytes::from(json!({"email": "ada@example.org", "password": "wrong horse!"}).to_string());
    let named =
        |first, last| [("content-type", "application/json"), ("x-forwarded-for", first), ("x-forwarded-for", last)];
    for (first, last, status) in [("198.51.100.8", "203.0.113.9", 429), ("203.0.113.9", "198.51.100.8", 401)] {
        let tried = server.nobody.send(Method::POST, "/api/v1/session", &named(first, last), wrong.clone()).await;
        tried.expect("an answer").expect(status);
    }
    let elsewhere = server.nobody.with("x-forwarded-for", "198.51.100.7");
    elsewhere
        .post("/api/v1/session", &json!({"email": "ada@example.org", "password": "correct horse"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn another_password_signs_other_browsers_out() {
    let server = TestServer::start().await;
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let credentials = json!({"email": "ada@example.org", "password": "correct horse"});
    let other = browser(&server, &server.nobody.post("/api/v1/session", &credentials).await.expect(200));
    let mine = browser(&server, &made);
    let wrong = json!({"password": {"current": "correct house", "new": "battery staple"}});
    assert_eq!(
        mine.patch("/api/v1/session", &wrong).await.expect(422).json()["errors"][0]["field"],
        "password.current"
    );
    let change = json!({"name": "Ada King", "language": "en", "password": {"current": "correct horse", "new": "battery staple"}});
    assert_eq!(mine.patch("/api/v1/session", &change).await.expect(200).json()["member"]["name"], "Ada King");
    mine.get("/api/v1/session").await.expect(200);
    other.get("/api/v1/session").await.expect(401);
    server.nobody.post("/api/v1/session", &credentials).await.expect(401);
}

#[tokio::test]
async fn a_cookie_shows_nothing_of_another_account() {
    let server = TestServer::start().await;
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let foreign =
        server.other.post("/api/v1/bots", &json!({"service": "livechat", "name": "B"})).await.expect(201).json();
    let browser = browser(&server, &made);
    browser.get(&format!("/api/v1/bots/{}", foreign["id"].as_str().expect("an id"))).await.expect(404);
}

#[tokio::test]
async fn who_comes_from_elsewhere_needs_the_code_of_the_log() {
    let server = TestServer::start().await;
    let proxied = server.nobody.with("x-forwarded-for", "203.0.113.9");
    let rebound = server.nobody.with("host", "evil.example:8080");
    for stranger in [&proxied, &rebound] {
        assert_eq!(
            stranger.get("/api/v1/setup").await.expect(200).json(),
            json!({"needed": true, "code_needed": true})
        );
        assert_eq!(stranger.post("/api/v1/setup", &owner()).await.expect(422).json()["errors"][0]["field"], "code");
    }
    let mut with_code = owner();
    with_code["code"] = setup_code(&server.app().keys).into();
    proxied.post("/api/v1/setup", &with_code).await.expect(201);
}

#[tokio::test]
async fn behind_a_proxy_that_says_nothing_of_itself_the_code_is_needed_and_guesses_are_counted() {
    let public = [("public_url", "https://bots.example.org".into())];
    let server = TestServer::start_with(&public).await;
    // As nginx brings it that was told no more than where to.
    assert_eq!(
        server.nobody.get("/api/v1/setup").await.expect(200).json(),
        json!({"needed": true, "code_needed": true})
    );
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(server.nobody.post("/api/v1/setup", &owner()).await.status.as_u16());
    }
    assert_eq!((answers[0], answers[11]), (422, 429), "{answers:?}");
}

#[tokio::test]
async fn a_chat_is_given_to_a_member_by_a_flow_and_by_hand() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let draft = json!({
        "version": 1, "name": "Person", "start": "open", "edges": [],
        "elements": [{"id": "open", "type": "action", "actions": [{"kind": "open_chat", "assign": {"to": "least_busy"}}]}],
    });
    let flow = server.api.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await.expect(201).json();
    let flow = flow["id"].as_str().expect("an id");
    server.api.post(&format!("/api/v1/flows/{flow}/publish"), &json!({})).await.expect(201);
    let trigger = json!({"flow_id": flow, "name": "Welcome", "kind": {"type": "subscription"}});
    server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201);
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    let ada = made.json()["member"]["id"].clone();
    let members = browser(&server, &made).get("/api/v1/account/members").await.expect(200).json();
    assert_eq!((&members["items"][0]["id"], members["items"].as_array().map(Vec::len)), (&ada, Some(1)));
    let (visitor, contact) = server.visitor(&bot).await;
    visitor
        .post(&format!("/api/chat/{bot}/messages"), &json!({"id": "1", "text": "a person, please"}))
        .await
        .expect(202);
    let chat = async || server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json()["chat"].clone();
    assert_eq!(chat().await["assignee"], ada);
    let assign = format!("/api/v1/chats/{contact}/assign");
    server.api.post(&assign, &json!({"assignee": null})).await.expect(200);
    assert_eq!((&chat().await["assignee"], &chat().await["open"]), (&Json::Null, &json!(true)));
    let stranger = server.api.post(&assign, &json!({"assignee": bot})).await.expect(422).json();
    assert_eq!(stranger["errors"][0]["code"], "no_such_member");
    server.api.post(&format!("/api/v1/chats/{contact}/open"), &json!({"assignee": bot})).await.expect(422);
    server.api.post(&format!("/api/v1/chats/{contact}/close"), &json!({})).await.expect(200);
    server.api.post(&assign, &json!({"assignee": null})).await.expect(200);
    assert_eq!(chat().await["open"], false, "nobody is asked to look");
    server.api.post(&assign, &json!({"assignee": ada})).await.expect(200);
    assert_eq!((&chat().await["assignee"], &chat().await["open"]), (&ada, &json!(true)));

    // With a colleague the one with the fewest open chats gets the next one.
    let copy = "INSERT INTO member SELECT x'0192d3a0000070008000000000000001', account_id, 'eva@example.org', password, created_at + 1, doc FROM member";
    server.database().execute(copy, []).expect("a second member");
    server.app().bots.reload(bot.parse().expect("an id")).await.expect("the bot");
    let mut agents = Vec::new();
    for number in 0..3 {
        let (visitor, contact) = server.visitor(&bot).await;
        let said = json!({"id": format!("{number}"), "text": "a person, please"});
        visitor.post(&format!("/api/chat/{bot}/messages"), &said).await.expect(202);
        let contact = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
        agents.push(contact["chat"]["assignee"].clone());
    }
    let eva = json!("0192d3a0-0000-7000-8000-000000000001");
    assert_eq!(agents[0], eva, "Ada has one already");
    assert_eq!(agents.iter().filter(|agent| **agent == eva).count(), 2, "two each: {agents:?}");
}

#[tokio::test]
async fn a_member_sees_its_browsers_and_ends_them() {
    let server = TestServer::start().await;
    let phone = server.nobody.with("user-agent", "Phone/1.0");
    let made = phone.post("/api/v1/setup", &owner()).await.expect(201);
    let sign_in = json!({"email": "ada@example.org", "password": "correct horse"});
    let laptop = server.nobody.with("user-agent", &"x".repeat(400));
    let mut browsers = vec![browser(&server, &made)];
    for _ in 0..2 {
        browsers.push(browser(&server, &laptop.post("/api/v1/session", &sign_in).await.expect(200)));
    }
    let listed = browsers[0].get("/api/v1/session/all").await.expect(200).json();
    let rows = listed["items"].as_array().expect("a list");
    let this: Vec<&Json> = rows.iter().filter(|row| row["is_this"] == true).collect();
    assert_eq!((rows.len(), this.len(), &this[0]["user_agent"]), (3, 1, &json!("Phone/1.0")));
    let other = rows.iter().find(|row| row["is_this"] == false).expect("another");
    assert_eq!(other["user_agent"].as_str().map(str::len), Some(256));
    let end = format!("/api/v1/session/all/{}", other["id"].as_str().expect("an id"));
    browsers[0].delete(&end).await.expect(204);
    browsers[0].delete(&end).await.expect(404);
    let mut left = Vec::new();
    for browser in &browsers {
        left.push(browser.get("/api/v1/session").await.status.as_u16());
    }
    left.sort_unstable();
    assert_eq!(left, [200, 200, 401]);
    browsers[0].delete("/api/v1/session/all").await.expect(204);
    browsers[0].get("/api/v1/session").await.expect(200);
    let listed = browsers[0].get("/api/v1/session/all").await.expect(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    server.api.get("/api/v1/session/all").await.expect(401);
}

#[tokio::test]
async fn how_the_installation_does_is_told_to_the_first_account_alone() {
    let server = TestServer::start().await;
    let system = server.api.get("/api/v1/system").await.expect(200).json();
    let disk = &system["disk"];
    assert!(
        disk["free_bytes"].as_u64() > Some(0) && disk["free_bytes"].as_u64() <= disk["total_bytes"].as_u64(),
        "{disk}"
    );
    assert_eq!((&system["deliveries_pending"], &system["oldest_pending_at"]), (&json!(0), &Json::Null));
    assert_eq!(server.other.get("/api/v1/system").await.expect(403).json()["code"], "not_the_operator");
    let made = server.nobody.post("/api/v1/setup", &owner()).await.expect(201);
    assert_eq!(made.json()["is_operator"], true);
    browser(&server, &made).get("/api/v1/system").await.expect(200);
}
