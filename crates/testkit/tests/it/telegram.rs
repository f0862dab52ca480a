//! The fake Bot API, driven by a bare HTTP client.

use std::sync::Arc;

use recado_testkit::telegram::{Failure, FakeTelegram};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Calls a method and gives the status and the body; `None` when the connection was dropped.
pub(crate) async fn call(fake: &FakeTelegram, method: &str, body: Json) -> Option<(u16, Json)> {
    post(fake, method, "application/json", body.to_string().as_bytes()).await
}

/// Sends what a channel rendered, each upload with a few bytes.
pub(crate) async fn send(fake: &FakeTelegram, request: &recado_channels::Request) -> Option<(u16, Json)> {
    let file = recado_channels::UploadedFile { name: "a.bin".to_owned(), bytes: vec![0, 13, 10, 255].into() };
    let (kind, body) = match request.uploads.len() {
        0 => request.as_json(),
        count => request.as_form(&vec![file; count], "a-boundary"),
    };
    post(fake, request.method, &kind, &body).await
}

async fn post(fake: &FakeTelegram, method: &str, kind: &str, body: &[u8]) -> Option<(u16, Json)> {
    let mut stream = TcpStream::connect(fake.address()).await.unwrap();
    let head = format!(
        "POST /bot{}/{method} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        fake.token(),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| serde_json::from_str(body).unwrap_or(Json::Null));
    Some((status, body.unwrap_or(Json::Null)))
}

async fn ok(fake: &FakeTelegram, method: &str, body: Json) -> Json {
    let (status, answer) = call(fake, method, body).await.unwrap();
    assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{answer}");
    answer["result"].clone()
}

async fn refused(fake: &FakeTelegram, method: &str, body: Json) -> (u16, String) {
    let (status, answer) = call(fake, method, body).await.unwrap();
    assert_eq!(answer["ok"], json!(false), "{answer}");
    (status, answer["description"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_person_writes_the_bot_answers_and_the_person_presses() {
    let fake = FakeTelegram::start().await.unwrap();
    let update_id = fake.says(7, "hi").await;
    let updates = ok(&fake, "getUpdates", json!({"timeout": 5})).await;
    assert_eq!(updates[0]["update_id"], update_id);
    assert_eq!(updates[0]["message"]["text"], "hi");
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y:1"}]]});
    ok(
        &fake,
        "sendMessage",
        json!({"chat_id": 7, "text": "<b>Hi</b> &amp; welcome", "parse_mode": "HTML", "reply_markup": keyboard}),
    )
    .await;
    let sent = fake.wait_for_messages(1).await.remove(0);
    assert_eq!(sent.text, "Hi & welcome");
    let press = fake.presses(&sent, "Yes").await;
    let updates = ok(&fake, "getUpdates", json!({"offset": update_id + 1, "timeout": 5})).await;
    assert_eq!(updates[0]["callback_query"]["data"], "y:1");
    ok(&fake, "answerCallbackQuery", json!({"callback_query_id": press.callback_id})).await;
    fake.wait_for_answer(&press.callback_id).await;
    ok(&fake, "getUpdates", json!({"offset": press.update_id + 1})).await;
    fake.wait_until_taken().await;
}

#[tokio::test]
async fn an_update_comes_again_until_its_offset_is_passed() {
    let fake = FakeTelegram::start().await.unwrap();
    let first = fake.says(7, "one").await;
    fake.says(7, "two").await;
    for _ in 0..2 {
        assert_eq!(ok(&fake, "getUpdates", json!({})).await.as_array().unwrap().len(), 2);
    }
    assert_eq!(ok(&fake, "getUpdates", json!({"offset": first + 1})).await[0]["message"]["text"], "two");
    assert_eq!(ok(&fake, "getUpdates", json!({})).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_newer_poll_ends_an_older_one() {
    let fake = FakeTelegram::start().await.unwrap();
    let older = call(&fake, "getUpdates", json!({"timeout": 50}));
    tokio::pin!(older);
    // Whether the older one has begun to wait is not seen from outside, so the newer one is repeated until it has ended.
    let (status, answer) = loop {
        tokio::select! {
            biased;
            ended = &mut older => break ended.unwrap(),
            newer = call(&fake, "getUpdates", json!({"timeout": 0})) => assert_eq!(newer.unwrap().0, 200),
        }
    };
    assert_eq!(status, 409);
    assert!(answer["description"].as_str().unwrap().contains("terminated by other getUpdates request"));
}

#[tokio::test]
async fn a_blocked_bot_is_told_and_refused() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    fake.blocks(7).await;
    let updates = ok(&fake, "getUpdates", json!({})).await;
    assert_eq!(updates[1]["my_chat_member"]["new_chat_member"]["status"], "kicked");
    let blocked = (403, "Forbidden: bot was blocked by the user".to_owned());
    assert_eq!(refused(&fake, "sendMessage", json!({"chat_id": 7, "text": "x"})).await, blocked);
    fake.unblocks(7).await;
    ok(&fake, "sendMessage", json!({"chat_id": 7, "text": "x"})).await;
}

#[tokio::test]
async fn a_call_fails_on_command_and_then_works() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    let say = || json!({"chat_id": 7, "text": "x"});
    fake.fail_next(Failure::TooManyRequests { retry_after: 3 });
    fake.fail_next(Failure::Server(502));
    fake.fail_next(Failure::Dropped);
    fake.fail_next(Failure::TakenThenDropped);
    let (status, answer) = call(&fake, "sendMessage", say()).await.unwrap();
    assert_eq!((status, &answer["parameters"]["retry_after"]), (429, &json!(3)));
    ok(&fake, "getMe", json!({})).await;
    assert_eq!(call(&fake, "sendMessage", say()).await.unwrap().0, 502);
    assert_eq!(call(&fake, "sendMessage", say()).await, None);
    assert!(fake.sent(7).is_empty());
    assert_eq!(call(&fake, "sendMessage", say()).await, None);
    assert_eq!(fake.sent(7).len(), 1);
    ok(&fake, "sendMessage", say()).await;
}

#[tokio::test]
async fn what_telegram_refuses_is_refused() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    let html = |text: &str| json!({"chat_id": 7, "text": text, "parse_mode": "HTML"});
    for (body, words) in [
        (json!({"chat_id": 8, "text": "x"}), "chat not found"),
        (json!({"chat_id": 7}), "message text is empty"),
        (json!({"chat_id": 7, "text": "x".repeat(4_097)}), "message is too long"),
        (json!({"chat_id": 7, "text": "x", "colour": 1}), "unknown parameter"),
        (html("<b>x"), "Can't find end tag"),
        (html("x</b>"), "Unexpected end tag"),
        (html("<b><i>x</b></i>"), "Unmatched end tag"),
        (html("a < b"), "Unclosed start tag"),
        (html("<p>x</p>"), "Unsupported start tag"),
    ] {
        let (status, description) = refused(&fake, "sendMessage", body).await;
        assert!(status == 400 && description.contains(words), "{words}: {status} {description}");
    }
    ok(&fake, "sendMessage", html(&format!("<b>{}</b>", "&amp;".repeat(4_096)))).await;
    assert_eq!(refused(&fake, "sendNothing", json!({})).await.0, 404);
}

/// Answers each post with the next status, and gives the requests.
async fn receiver(listener: TcpListener, statuses: Vec<u16>) -> Vec<String> {
    let mut requests = Vec::new();
    for status in statuses {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 65_536];
        let mut length = 0;
        loop {
            length += stream.read(&mut request[length..]).await.unwrap();
            let text = String::from_utf8_lossy(&request[..length]);
            if text.split_once("\r\n\r\n").is_some_and(|(_, body)| serde_json::from_str::<Json>(body).is_ok()) {
                break;
            }
        }
        requests.push(String::from_utf8_lossy(&request[..length]).into_owned());
        stream
            .write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
    }
    requests
}

#[tokio::test]
async fn a_webhook_gets_the_secret_and_is_posted_to_until_it_answers_2xx() {
    let fake = Arc::new(FakeTelegram::start().await.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    ok(&fake, "setWebhook", json!({"url": url, "secret_token": "s3cret", "max_connections": 1})).await;
    assert_eq!(refused(&fake, "getUpdates", json!({})).await.0, 409);
    fake.says(7, "hi").await;
    let requests = receiver(listener, vec![500, 503, 200]).await;
    fake.wait_until_taken().await;
    assert_eq!(fake.posts(), 3);
    for request in requests {
        assert!(request.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.to_ascii_lowercase().contains("x-telegram-bot-api-secret-token: s3cret"), "{request}");
    }
    ok(&fake, "deleteWebhook", json!({})).await;
    assert_eq!(ok(&fake, "getUpdates", json!({})).await, json!([]));
}

#[tokio::test]
async fn held_updates_come_out_of_order_when_asked() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.hold_updates();
    fake.says(7, "one").await;
    let two = fake.says(7, "two").await;
    assert_eq!(ok(&fake, "getUpdates", json!({})).await, json!([]));
    fake.release_updates(true);
    assert_eq!(ok(&fake, "getUpdates", json!({})).await[0]["update_id"], two);
    fake.redeliver(two);
    assert_eq!(ok(&fake, "getUpdates", json!({})).await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_invoice_is_checked_out_and_paid() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    let prices = json!([{"label": "Seat", "amount": 4_250}]);
    let mut invoice = json!({"chat_id": 7, "title": "Seat", "description": "Seat", "payload": "m:1", "currency": "EUR", "prices": prices});
    assert!(refused(&fake, "sendInvoice", invoice.clone()).await.1.contains("PAYMENT_PROVIDER_INVALID"));
    invoice["provider_token"] = json!("p:TEST");
    ok(&fake, "sendInvoice", invoice).await;
    let sent = fake.wait_for_messages(1).await.remove(0);
    let query = fake.checks_out(&sent).await;
    ok(&fake, "answerPreCheckoutQuery", json!({"pre_checkout_query_id": query, "ok": true})).await;
    assert!(fake.wait_for_checkout(&query).await);
    fake.pays(&sent).await;
    let updates = ok(&fake, "getUpdates", json!({})).await;
    assert_eq!(updates[2]["message"]["successful_payment"]["invoice_payload"], "m:1");
}
