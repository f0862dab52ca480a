//! Files to and from people on Telegram.

use bytes::Bytes;
use http::Method;
use recado_testkit::{receiver::Behaviour, telegram::Failure};
use serde_json::{Value as Json, json};

use super::{
    api::{Api, event_of, text},
    harness::until,
    telegram::{ANN, Stage, WITHIN, bot},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a picture";

/// The method of a message, and the name and the bytes of each of its uploads.
type Said<'a> = (&'a str, Vec<(&'a str, &'a [u8])>);

/// A flow that sends these parts when somebody says `files`.
async fn flow_of(api: &Api, bot: &str, parts: Json) {
    let elements = json!([{"id": "files", "type": "message", "parts": parts}]);
    let flow = api.flow(bot, "Files", elements, json!([])).await;
    api.keyword(bot, &flow, "files").await;
}

/// A file for the bot's flows. Gives its link.
async fn upload(api: &Api, bot: &str, name: &str, bytes: &'static [u8]) -> String {
    let path = format!("/api/v1/bots/{bot}/files?name={name}");
    let answer = api.client.send(Method::POST, &path, &[], Bytes::from_static(bytes)).await.expect("an answer");
    text(&answer.expect(201).json(), "url")
}

async fn every_kind_of_file_arrives(stage: &Stage) {
    let Stage { telegram, receiver, api, .. } = stage;
    let bot = bot(api, telegram.token()).await;
    let own = upload(api, &bot, "plan.png", PNG).await;
    receiver.behave_at("/a.mp4", Behaviour::body(200, "a film"));
    receiver.behave_at("/a.mp3", Behaviour::body(200, "a sound"));
    receiver.behave_at("/a.docx", Behaviour::body(200, "a text"));
    receiver.behave_at("/gone.png", Behaviour::status(404));
    let parts = json!([
        {"kind": "image", "url": own, "caption": "The plan"},
        {"kind": "video", "url": receiver.url("/a.mp4")},
        {"kind": "audio", "url": receiver.url("/a.mp3")},
        {"kind": "file", "url": receiver.url("/a.docx"), "name": "Programme"},
        {"kind": "gallery", "cards": [{"title": "One", "image": own}, {"title": "Two", "image": own}]},
        {"kind": "image", "url": "https://example.org/public.png"},
        {"kind": "image", "url": receiver.url("/gone.png"), "name": "Gone"},
    ]);
    flow_of(api, &bot, parts).await;
    telegram.says(ANN, "files").await;
    let sent = telegram.wait_for_messages(8).await;
    let said: Vec<Said<'_>> = sent
        .iter()
        .map(|sent| {
            (sent.method.as_str(), sent.uploads.iter().map(|file| (file.name.as_str(), &*file.bytes)).collect())
        })
        .collect();
    let album = vec![("plan.png", PNG), ("plan.png", PNG)];
    let expected: [Said<'_>; 8] = [
        ("sendPhoto", vec![("plan.png", PNG)]),
        ("sendVideo", vec![("a.mp4", b"a film")]),
        ("sendAudio", vec![("a.mp3", b"a sound")]),
        ("sendDocument", vec![("Programme.docx", b"a text")]),
        ("sendMediaGroup", album.clone()),
        ("sendMediaGroup", album),
        ("sendPhoto", vec![]),
        ("sendMessage", vec![]),
    ];
    assert_eq!(said, expected);
    assert_eq!(sent[0].text, "The plan");
    assert_eq!(sent[6].fields["photo"], "https://example.org/public.png", "Telegram fetches what it can");
    assert!(sent[7].text.starts_with("Gone"), "what is gone is a link: {:?}", sent[7].text);
}

#[tokio::test]
async fn every_kind_of_file_arrives_without_a_public_url() {
    every_kind_of_file_arrives(&Stage::polling().await).await;
}

#[tokio::test]
async fn every_kind_of_file_arrives_with_a_public_url() {
    every_kind_of_file_arrives(&Stage::webhook().await).await;
}

#[tokio::test]
async fn a_file_to_a_refused_address_goes_as_a_link_and_the_maker_is_told() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    flow_of(
        &stage.api,
        &bot,
        json!([{"kind": "image", "url": "http://169.254.169.254/latest/meta-data", "name": "Secrets"}]),
    )
    .await;
    stage.telegram.says(ANN, "files").await;
    let sent = stage.telegram.wait_for_messages(1).await;
    assert_eq!((sent[0].method.as_str(), sent[0].uploads.len()), ("sendMessage", 0));
    let log = log_of(&stage, &bot).await;
    assert!(log.contains("a file was sent as a link: 169.254.169.254"), "{log}");
}

/// The log of the bot.
async fn log_of(stage: &Stage, bot: &str) -> String {
    stage.api.client.get(&format!("/api/v1/bots/{bot}/log")).await.expect(200).text()
}

/// A URL at the receiver whose host looks public, so that Telegram is asked to fetch it.
fn public_looking(stage: &Stage, path: &str) -> String {
    format!("http://files.localhost:{}{path}", stage.receiver.address().port())
}

#[tokio::test]
async fn a_file_that_telegram_can_not_fetch_is_uploaded() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    stage.receiver.behave_at("/a.png", Behaviour::body(200, "a picture"));
    let url = public_looking(&stage, "/a.png");
    let cards = json!([{"title": "One", "image": url}, {"title": "Two", "image": url}]);
    let parts = json!([{"kind": "image", "url": url, "caption": "Look"}, {"kind": "gallery", "cards": cards}]);
    flow_of(&stage.api, &bot, parts).await;
    for (method, words) in [
        ("sendPhoto", "wrong file identifier/HTTP URL specified"),
        ("sendMediaGroup", "failed to send message #2 with the error message \"WEBPAGE_CURL_FAILED\""),
    ] {
        stage.telegram.fail_next_of(method, Failure::BadRequest(words.to_owned()));
    }
    stage.telegram.says(ANN, "files").await;
    let sent = stage.telegram.wait_for_messages(3).await;
    let said: Vec<_> = sent.iter().map(|sent| (sent.method.as_str(), sent.text.as_str(), sent.uploads.len())).collect();
    assert_eq!(said, [("sendPhoto", "Look", 1), ("sendMediaGroup", "One", 2), ("sendMediaGroup", "Two", 2)]);
    assert_eq!((sent[0].uploads[0].name.as_str(), &*sent[0].uploads[0].bytes), ("a.png", b"a picture".as_slice()));
    let failed = stage.api.all(&format!("/events?bot_id={bot}&event=failed_delivery")).await;
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn a_file_that_neither_telegram_nor_recado_can_fetch_is_a_link() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    stage.receiver.behave_at("/gone.png", Behaviour::status(404));
    stage.receiver.behave_at("/page.png", Behaviour::body(200, "<html>no picture</html>"));
    let part = |path: &str, name: &str| json!({"kind": "image", "url": public_looking(&stage, path), "name": name});
    flow_of(&stage.api, &bot, json!([part("/gone.png", "Gone"), part("/page.png", "Page")])).await;
    // By URL both; of the second the bytes too.
    for words in ["failed to get HTTP URL content", "wrong type of the web page content", "IMAGE_PROCESS_FAILED"] {
        stage.telegram.fail_next_of("sendPhoto", Failure::BadRequest(words.to_owned()));
    }
    stage.telegram.says(ANN, "files").await;
    let sent = stage.telegram.wait_for_messages(2).await;
    let said: Vec<_> = sent.iter().map(|sent| (sent.method.as_str(), sent.text.as_str())).collect();
    assert_eq!(said, [("sendMessage", "Gone"), ("sendMessage", "Page")]);
    let log = log_of(&stage, &bot).await;
    assert!(log.contains("a file was sent as a link: the file's server answered 404"), "{log}");
    assert!(log.contains("a file was sent as a link: Bad Request: IMAGE_PROCESS_FAILED"), "{log}");
}

#[tokio::test]
async fn a_file_of_this_server_is_uploaded_even_when_telegram_could_fetch_it() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    let own = upload(&stage.api, &bot, "plan.png", PNG).await.replace("127.0.0.1", "bots.localhost");
    assert!(own.starts_with("http://bots.localhost:"), "{own}");
    flow_of(&stage.api, &bot, json!([{"kind": "image", "url": own}])).await;
    stage.telegram.says(ANN, "files").await;
    let sent = stage.telegram.wait_for_messages(1).await;
    assert_eq!((sent[0].uploads[0].name.as_str(), &*sent[0].uploads[0].bytes), ("plan.png", PNG));
    assert_eq!(stage.telegram.wait_for_calls("sendPhoto", 1).await.len(), 1, "Telegram was not asked to fetch it");
}

/// The links that the receiver got with the message that has this caption.
async fn links(stage: &Stage, caption: &str) -> Json {
    until("the message at the receiver", WITHIN, async || {
        let events = stage.receiver.requests().iter().map(event_of).collect::<Vec<_>>();
        let found =
            events.into_iter().find(|event| event["info"]["message"]["channel_data"]["message"]["caption"] == caption);
        found.map(|event| event["info"]["message"]["attachments"].clone())
    })
    .await
}

#[tokio::test]
async fn a_receiver_downloads_what_a_person_sent_by_a_link_without_the_token() {
    let stage = Stage::webhook().await;
    let Stage { telegram, receiver, api, server, .. } = &stage;
    let bot = bot(api, telegram.token()).await;
    api.webhook(&bot, &receiver.url("/"), &["incoming_message"]).await;
    telegram.has_file("AgAC-photo_1", "photos/file_1.jpg", PNG);
    telegram.has_file("BQAC-doc", "documents/file_2.pdf", b"%PDF-1.7 a text");
    telegram.has_file("huge", "documents/file_3.bin", &vec![7; 20 * 1024 * 1024 + 1]);
    let photo = json!([{"file_id": "AgAC-photo_1", "file_unique_id": "u1", "width": 90, "height": 90}]);
    telegram.sends(ANN, json!({"photo": photo, "caption": "a photo"})).await;
    let shown = links(&stage, "a photo").await;
    let url = text(&shown[0], "url");
    assert!(url.starts_with(&format!("{}/files/telegram/{bot}/AgAC-photo_1?", server.url())), "{url}");
    assert!(!shown.to_string().contains(telegram.token()));
    let path = |url: &str| url.strip_prefix(server.url()).expect("our own link").to_owned();
    let got = server.client().get(&path(&url)).await.expect(200);
    assert_eq!((&*got.body, &got.headers["content-type"]), (PNG, &http::HeaderValue::from_static("image/png")));
    for (id, caption) in [("BQAC-doc", "a document"), ("gone", "a lost one"), ("huge", "a huge one")] {
        let document =
            json!({"file_id": id, "file_unique_id": "u2", "file_name": "the plan.pdf", "mime_type": "application/pdf"});
        telegram.sends(ANN, json!({"document": document, "caption": caption})).await;
    }
    let document = links(&stage, "a document").await;
    assert_eq!((&document[0]["name"], &document[0]["mime"]), (&json!("the plan.pdf"), &json!("application/pdf")));
    let url = text(&document[0], "url");
    let got = server.client().get(&path(&url)).await.expect(200);
    assert_eq!(&*got.body, b"%PDF-1.7 a text");
    assert_eq!(got.headers["content-disposition"], "attachment; filename=\"the_plan.pdf\"");
    let forged = path(&url).replace("BQAC-doc", "AgAC-photo_1");
    assert_eq!(server.client().get(&forged).await.expect(403).json()["code"], "link_expired");
    let lost = text(&links(&stage, "a lost one").await[0], "url");
    server.client().get(&path(&lost)).await.expect(404);
    let huge = text(&links(&stage, "a huge one").await[0], "url");
    server.client().get(&path(&huge)).await.expect(413);
    telegram.changes_token("110201543:BBnew-token-that-BotFather-gave-later-0");
    let failed = server.client().get(&path(&url)).await.expect(502).text();
    assert!(failed.contains("Unauthorized") && !failed.contains(telegram.token()), "{failed}");
}
