//! Connecting a Telegram bot, and the address that Telegram calls.

use bytes::Bytes;
use http::Method;
use recado_testkit::{
    client::Answer,
    telegram::{Failure, FakeTelegram, TOKEN},
};
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// A server that knows this Telegram, and says that it has a public address or not. The fake never has to reach it.
async fn server(telegram: &FakeTelegram, public: bool) -> TestServer {
    let mut settings = vec![("telegram_base_url", toml::Value::from(telegram.url()))];
    if public {
        settings.push(("public_url", "http://127.0.0.1:9".into()));
    }
    TestServer::start_with(&settings).await
}

async fn telegram_bot(server: &TestServer) -> String {
    id(&server.api.post("/api/v1/bots", &json!({"service": "telegram", "name": "Messenger"})).await.expect(201).json())
}

async fn connect(server: &TestServer, bot: &str, token: &str) -> Answer {
    server.api.post(&format!("/api/v1/bots/{bot}/connect"), &json!({"token": token})).await
}

async fn contacts(server: &TestServer, bot: &str) -> Vec<Json> {
    let listed = server.api.get(&format!("/api/v1/contacts?bot_id={bot}")).await.expect(200).json();
    listed["items"].as_array().expect("a list").clone()
}

/// The lines of the bot's log with this code.
async fn log(server: &TestServer, bot: &str, code: &str) -> Vec<String> {
    let listed = server.api.get(&format!("/api/v1/bots/{bot}/log")).await.expect(200).json();
    let lines = listed["items"].as_array().expect("a list").iter();
    lines.filter(|line| line["code"] == code).map(|line| line["text"].as_str().expect("a text").to_owned()).collect()
}

fn said(update_id: i64, text: &str) -> Json {
    let ann = json!({"id": 7, "is_bot": false, "first_name": "Ann"});
    json!({"update_id": update_id, "message": {
        "message_id": update_id, "date": 1, "text": text, "from": ann, "chat": {"id": 7, "type": "private"}}})
}

#[tokio::test]
async fn a_bot_is_connected_by_its_token_which_is_never_shown() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, false).await;
    let bot = telegram_bot(&server).await;
    let path = format!("/api/v1/bots/{bot}");
    assert_eq!(server.api.get(&path).await.expect(200).json()["connected"], false);
    let connected = connect(&server, &bot, TOKEN).await.expect(200);
    assert!(!connected.text().contains(TOKEN));
    let shown = connected.json();
    assert_eq!((&shown["connected"], &shown["reconnect"]), (&json!(true), &Json::Null));
    assert_eq!((&shown["external_id"], &shown["url"]), (&json!("110201543"), &json!("https://t.me/recado_test_bot")));
    assert_eq!(server.api.get(&path).await.expect(200).json(), shown);
    // The first step of polling: a webhook that was set would refuse it.
    telegram.wait_for_calls("deleteWebhook", 1).await;
    server.other.post(&format!("{path}/connect"), &json!({"token": TOKEN})).await.expect(404);
}

#[tokio::test]
async fn a_bad_token_and_a_bot_that_needs_none_are_refused_and_change_nothing() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let bot = telegram_bot(&server).await;
    for token in ["", "no colon", "1:2/getMe?x=", "110201543:BBnot-the-token-of-anybody-at-all-0000"] {
        let refused = connect(&server, &bot, token).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "token", "{refused}");
    }
    telegram.fail_next_of("setWebhook", Failure::BadRequest("bad webhook: HTTPS url must be provided".to_owned()));
    let refused = connect(&server, &bot, TOKEN).await.expect(422).text();
    assert!(refused.contains("does not take this server's address: Bad Request: bad webhook"), "{refused}");
    assert_eq!(server.api.get(&format!("/api/v1/bots/{bot}")).await.expect(200).json()["connected"], false);
    let chat = server.bot().await;
    assert_eq!(connect(&server, &chat, TOKEN).await.expect(409).json()["code"], "no_connection_needed");
}

#[tokio::test]
async fn a_bot_is_made_and_connected_in_one_call_or_not_at_all() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let make = async |service: &str, token: &str| {
        server.api.post("/api/v1/bots", &json!({"service": service, "name": "B", "token": token})).await
    };
    let none_is_made = async || {
        let bots = server.api.get("/api/v1/bots").await.expect(200).json();
        assert_eq!(bots["items"], json!([]));
    };
    for (token, code) in [("no colon", "not_a_telegram_token"), ("110201543:BBnot-the-token", "token_refused")] {
        let refused = make("telegram", token).await.expect(422).json();
        assert_eq!((&refused["errors"][0]["field"], &refused["errors"][0]["code"]), (&json!("token"), &json!(code)));
        none_is_made().await;
    }
    telegram.fail_next_of("setWebhook", Failure::BadRequest("bad webhook".to_owned()));
    assert_eq!(make("telegram", TOKEN).await.expect(422).json()["errors"][0]["code"], "address_refused");
    none_is_made().await;
    assert_eq!(make("livechat", TOKEN).await.expect(409).json()["code"], "no_connection_needed");
    none_is_made().await;

    let made = make("telegram", TOKEN).await.expect(201);
    assert!(!made.text().contains(TOKEN));
    let made = made.json();
    assert_eq!((&made["connected"], &made["url"]), (&json!(true), &json!("https://t.me/recado_test_bot")));
    let hook = telegram.wait_for_calls("setWebhook", 2).await[1].fields["url"].clone();
    let own = format!("http://127.0.0.1:9/hooks/telegram/{}", made["id"].as_str().expect("an id"));
    assert_eq!(hook, json!(own));
}

#[tokio::test]
async fn telegram_calls_nobody_for_a_bot_that_could_not_be_stored() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let bot = telegram_bot(&server).await;
    connect(&server, &bot, TOKEN).await.expect(200);
    let refuse = "CREATE TRIGGER no_more BEFORE INSERT ON bot BEGIN SELECT RAISE(ABORT, 'no'); END;
        CREATE TRIGGER no_change BEFORE UPDATE ON bot BEGIN SELECT RAISE(ABORT, 'no'); END;";
    server.database().execute_batch(refuse).expect("the database is changed");
    assert!(connect(&server, &bot, TOKEN).await.status.is_server_error());
    let let_go = || telegram.calls().iter().filter(|call| call.method == "deleteWebhook").count();
    assert_eq!(let_go(), 0, "it is still connected by this token");
    let made = server.api.post("/api/v1/bots", &json!({"service": "telegram", "name": "B", "token": TOKEN})).await;
    assert!(made.status.is_server_error());
    assert_eq!(let_go(), 1);
}

#[tokio::test]
async fn a_telegram_that_does_not_answer_is_told_apart_from_a_wrong_token() {
    let nowhere = toml::Value::from("http://127.0.0.1:1");
    let server = TestServer::start_with(&[("telegram_base_url", nowhere)]).await;
    let body = json!({"service": "telegram", "name": "B", "token": TOKEN});
    let refused = server.api.post("/api/v1/bots", &body).await.expect(502);
    assert!(!refused.text().contains(TOKEN));
    assert_eq!(refused.json()["code"], "messenger_unreachable");
    assert_eq!(server.api.get("/api/v1/bots").await.expect(200).json()["items"], json!([]));
}

/// A connected bot that Telegram calls: the path of its hook, and the secret.
async fn hooked(server: &TestServer, telegram: &FakeTelegram) -> (String, String, String) {
    let bot = telegram_bot(server).await;
    connect(server, &bot, TOKEN).await.expect(200);
    let set = telegram.wait_for_calls("setWebhook", 1).await;
    let field = |name: &str| set[0].fields[name].as_str().expect("a text").to_owned();
    let path = field("url").strip_prefix("http://127.0.0.1:9").expect("the public address").to_owned();
    (bot, path, field("secret_token"))
}

#[tokio::test]
async fn only_telegram_with_its_secret_is_heard() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let (bot, path, secret) = hooked(&server, &telegram).await;
    let body = Bytes::from(said(1, "hi").to_string());
    let post = async |path: &str, headers: &[(&str, &str)], body: Bytes| {
        server.nobody.send(Method::POST, path, headers, body).await.expect("an answer")
    };
    let wrong = format!("{secret}x");
    for headers in [
        &[][..],
        &[(SECRET_HEADER, "")],
        &[(SECRET_HEADER, &wrong)],
        &[(SECRET_HEADER, &secret), (SECRET_HEADER, &secret)],
    ] {
        let refused = post(&path, headers, body.clone()).await.expect(401);
        assert!(!refused.text().contains(&secret));
    }
    let none = path.replace(|c: char| c.is_ascii_digit(), "0");
    post(&none, &[(SECRET_HEADER, &secret)], body.clone()).await.expect(404);
    let chat = server.bot().await;
    post(&format!("/hooks/telegram/{chat}"), &[(SECRET_HEADER, "")], body.clone()).await.expect(404);
    assert!(contacts(&server, &bot).await.is_empty());
    let limit = 1024 * 1024;
    let mut long = said(2, "").to_string().into_bytes();
    long.resize(limit, b' ');
    post(&path, &[(SECRET_HEADER, &secret)], Bytes::from(long.clone())).await.expect(200);
    long.push(b' ');
    post(&path, &[(SECRET_HEADER, &secret)], Bytes::from(long)).await.expect(413);
    post(&path, &[(SECRET_HEADER, &secret)], body).await.expect(200);
    assert_eq!(contacts(&server, &bot).await.len(), 1);
}

#[tokio::test]
async fn what_comes_while_the_bot_is_off_stays_at_telegram() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let (bot, path, secret) = hooked(&server, &telegram).await;
    let switch = async |active: bool| {
        server.api.patch(&format!("/api/v1/bots/{bot}"), &json!({"active": active})).await.expect(200);
    };
    let post = async || {
        let (headers, body) = ([(SECRET_HEADER, secret.as_str())], Bytes::from(said(1, "hi").to_string()));
        server.nobody.send(Method::POST, &path, &headers, body).await.expect("an answer")
    };
    switch(false).await;
    post().await.expect(503);
    assert!(contacts(&server, &bot).await.is_empty());
    switch(true).await;
    post().await.expect(200);
    assert_eq!(contacts(&server, &bot).await.len(), 1);
}

#[tokio::test]
async fn what_is_not_understood_is_kept_raw_and_answered_200() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let (bot, path, secret) = hooked(&server, &telegram).await;
    let updates = [
        (String::new(), "not JSON"),
        ("{\"update_id\"".to_owned(), "not JSON"),
        ("{}".to_owned(), "no update_id"),
        ("[1]".to_owned(), "no update_id"),
        (json!({"update_id": 5, "poll_answer": {"poll_id": "kept-raw"}}).to_string(), "kept-raw"),
        (
            json!({"update_id": 6, "message": {"chat": {"id": -1, "type": "group"}, "text": "to all"}}).to_string(),
            "to all",
        ),
    ];
    for (body, _) in &updates {
        let sent =
            server.nobody.send(Method::POST, &path, &[(SECRET_HEADER, &secret)], Bytes::from(body.clone())).await;
        sent.expect("an answer").expect(200);
    }
    let kept = log(&server, &bot, "update_ignored").await;
    assert_eq!(kept.len(), updates.len(), "{kept:#?}");
    for (line, (_, words)) in kept.iter().rev().zip(&updates) {
        assert!(line.contains(words), "{line} has no {words:?}");
    }
    assert!(contacts(&server, &bot).await.is_empty());
}

#[tokio::test]
async fn a_repeated_update_has_one_effect() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let (bot, path, secret) = hooked(&server, &telegram).await;
    let post = async |update: &Json| {
        let body = Bytes::from(update.to_string());
        server
            .nobody
            .send(Method::POST, &path, &[(SECRET_HEADER, &secret)], body)
            .await
            .expect("an answer")
            .expect(200);
    };
    for _ in 0..3 {
        post(&said(10, "hi")).await;
    }
    // An older id that was not seen yet counts: updates come in any order.
    post(&said(9, "before")).await;
    let events =
        server.api.get(&format!("/api/v1/events?bot_id={bot}&event=incoming_message")).await.expect(200).json();
    let texts: Vec<&Json> = events["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| &event["data"]["contact"]["last_message"])
        .collect();
    assert_eq!(texts, [&json!("before"), &json!("hi")]);
}

#[tokio::test]
async fn a_contact_that_can_not_be_read_holds_nobody_up() {
    let telegram = FakeTelegram::start().await.expect("a port");
    let server = server(&telegram, true).await;
    let (bot, path, secret) = hooked(&server, &telegram).await;
    let post = async |update: &Json| {
        let body = Bytes::from(update.to_string());
        server
            .nobody
            .send(Method::POST, &path, &[(SECRET_HEADER, &secret)], body)
            .await
            .expect("an answer")
            .expect(200);
    };
    post(&said(1, "hi")).await;
    server.database().execute("UPDATE contact SET doc = x'00'", []).expect("a broken contact");
    // A change of what is set up empties what the store keeps in memory of its last commits.
    server.bot().await;
    post(&said(2, "words that nobody can answer")).await;
    let kept = log(&server, &bot, "update_ignored").await;
    assert!(kept.len() == 1 && kept[0].contains("words that nobody can answer"), "{kept:#?}");
}
