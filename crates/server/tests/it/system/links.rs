//! Tracked links, from the message to the webhook, on the web chat and on Telegram.

use bytes::Bytes;
use http::Method;
use recado_testkit::client::Answer;
use serde_json::{Value as Json, json};

use super::{
    api::event_of,
    harness::until,
    telegram::{ANN, Stage, WITHIN},
    visitor::Visitor,
};

const PERSON: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A flow of a text with two links and a button with one, when somebody says `links`; its *Redirect* webhook.
async fn bot(stage: &Stage, service: &str) -> String {
    let Stage { receiver, api, telegram, .. } = stage;
    let bot = api.bot_of(service, "Links").await;
    if service == "telegram" {
        api.client.post(&format!("/api/v1/bots/{bot}/connect"), &json!({"token": telegram.token()})).await.expect(200);
    }
    let text = "Read [this](https://example.org/a?x=1&y=2) or https://example.org/b.";
    let button = json!({"id": "go", "label": "Go", "action": {"kind": "link", "url": "https://example.org/c"}});
    let elements =
        json!([{"id": "links", "type": "message", "parts": [{"kind": "text", "text": text, "buttons": [button]}]}]);
    let flow = api.flow(&bot, "Links", elements, json!([])).await;
    api.keyword(&bot, &flow, "links").await;
    let made = api
        .client
        .post(&format!("/api/v1/bots/{bot}/webhooks"), &json!({"url": receiver.url("/"), "events": ["link_click"]}))
        .await;
    assert!(made.expect(201).text().contains("links in messages are tracked from now on"));
    let settings = api.client.get(&format!("/api/v1/bots/{bot}")).await.expect(200).json();
    assert_eq!(settings["settings"]["link_tracking"], true);
    bot
}

/// The tracked links in a message, in order.
fn tracked(stage: &Stage, message: &str) -> Vec<String> {
    let base = format!("{}/l/", stage.server.url());
    message.match_indices(&base).map(|(at, _)| message[at + base.len() - 3..][..25].to_owned()).collect()
}

async fn open(stage: &Stage, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    stage.server.client().send(method, path, headers, Bytes::new()).await.expect("an answer")
}

/// Clicks what a message offers, and looks at what is counted.
async fn follow(stage: &Stage, bot: &str, links: &[String]) {
    assert_eq!(links.len(), 3, "{links:?}");
    let targets = ["https://example.org/a?x=1&y=2", "https://example.org/b", "https://example.org/c"];
    // What no person does leads on too, but counts for nothing.
    for headers in [
        [("user-agent", "TelegramBot (like TwitterBot)")],
        [("user-agent", "WhatsApp/2.23.20.0")],
        [("user-agent", "facebookexternalhit/1.1")],
        [("sec-purpose", "prefetch;prerender")],
        [("purpose", "prefetch")],
        [("x-moz", "prefetch")],
    ] {
        open(stage, Method::GET, &links[0], &headers).await.expect(302);
    }
    open(stage, Method::HEAD, &links[0], &[("user-agent", PERSON)]).await.expect(302);
    for (link, target) in links.iter().zip(targets) {
        let led = open(stage, Method::GET, link, &[("user-agent", PERSON)]).await.expect(302);
        assert_eq!(
            (&led.headers["location"], &led.headers["cache-control"]),
            (&target.parse().expect("a value"), &"no-store".parse().expect("a value"))
        );
    }
    open(stage, Method::GET, &links[2], &[("user-agent", PERSON)]).await.expect(302);
    let got = until("the clicks at the receiver", WITHIN, async || {
        let got: Vec<Json> =
            stage.receiver.requests().iter().map(event_of).filter(|event| event["bot"]["id"] == *bot).collect();
        (got.len() >= 4).then_some(got)
    })
    .await;
    let clicked: Vec<(&str, &str)> = got
        .iter()
        .map(|event| {
            (
                event["info"]["link"]["url"].as_str().expect("a URL"),
                event["info"]["link"]["text"].as_str().expect("a text"),
            )
        })
        .collect();
    let expected =
        [(targets[0], "this"), (targets[1], "https://example.org/b"), (targets[2], "Go"), (targets[2], "Go")];
    assert_eq!(clicked, expected, "each click once");
    assert_eq!(
        (&got[0]["title"], &got[0]["info"]["element"]["id"], &got[0]["info"]["flow"]["name"]),
        (&json!("link_click"), &json!("links"), &json!("Links"))
    );
    let events = stage.api.all(&format!("/events?bot_id={bot}&event=link_click")).await;
    assert_eq!(events.len(), 4);
}

#[tokio::test]
async fn links_of_the_web_chat_are_tracked_to_the_webhook() {
    let stage = Stage::webhook().await;
    let bot = bot(&stage, "livechat").await;
    let mut visitor = Visitor::open(&stage.server, &bot).await;
    visitor.writes("links").await;
    visitor.hears("Read this or https://example.org/b.").await;
    let said = visitor.messages().await.iter().map(Json::to_string).collect::<String>();
    follow(&stage, &bot, &tracked(&stage, &said)).await;
}

#[tokio::test]
async fn links_of_telegram_are_tracked_to_the_webhook() {
    let stage = Stage::webhook().await;
    let bot = bot(&stage, "telegram").await;
    stage.telegram.says(ANN, "links").await;
    let sent = stage.telegram.wait_for_text(ANN, "Read this or https://example.org/b.").await;
    let said = format!("{}{}", sent.fields["text"], sent.fields["reply_markup"]);
    follow(&stage, &bot, &tracked(&stage, &said)).await;
}

#[tokio::test]
async fn an_unknown_link_is_a_clear_page_and_leads_nowhere() {
    let stage = Stage::webhook().await;
    for path in [
        "/l/AAAAAAAAAAAAAAAAAAAAAA",
        "/l/https:%2F%2Fevil.example",
        "/l/AAAAAAAAAAAAAAAAAAAAAA?url=https://evil.example",
    ] {
        let page = open(&stage, Method::GET, path, &[("accept", "text/html,*/*")]).await.expect(404);
        assert!(page.text().contains("This link leads nowhere") && !page.text().contains("evil"), "{}", page.text());
        assert!(!page.headers.contains_key("location"));
        assert_eq!(open(&stage, Method::GET, path, &[]).await.expect(404).json()["code"], "not_found");
    }
}
