//! A Telegram bot of the real binary against the strict fake Bot API: by long polling and by webhook.

use std::time::Duration;

use recado_testkit::{
    receiver::Receiver,
    telegram::{Failure, FakeTelegram, TOKEN},
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    api::{Api, event_of},
    harness::{Server, Start, free_port, until},
};

/// A person's chat.
pub(super) const ANN: i64 = 7;
/// How long something may take that needs a second try.
pub(super) const WITHIN: Duration = Duration::from_secs(20);
const EVENTS: [&str; 5] = ["new_subscriber", "incoming_message", "outgoing_message", "unsubscribe", "bot_block"];

/// Connects a bot that welcomes, offers a button, and counts each `add`. Gives its id.
pub(crate) async fn bot(api: &Api, token: &str) -> String {
    let bot = api.bot_of("telegram", "Messenger").await;
    let welcome = json!([
        {"id": "welcome", "type": "message", "parts": [
            {"kind": "text", "text": "Welcome {{$start}}", "buttons": [{"id": "go", "label": "Go"}]},
        ]},
        {"id": "gone", "type": "message", "parts": [{"kind": "text", "text": "Gone"}]},
    ]);
    let edges = json!([{"from": "welcome", "output": "button:go", "to": "gone"}]);
    let flow = api.flow(&bot, "Welcome", welcome, edges).await;
    api.trigger(&bot, &flow, json!({"type": "subscription"})).await;
    let count = json!([
        {"id": "count", "type": "action", "actions": [
            {"kind": "set_variable", "variable": "n", "to": {"set": "add", "amount": "1"}, "value_type": "number"},
        ]},
        {"id": "tell", "type": "message", "parts": [{"kind": "text", "text": "Number {{n}}"}]},
    ]);
    let flow = api.flow(&bot, "Count", count, json!([{"from": "count", "output": "next", "to": "tell"}])).await;
    api.keyword(&bot, &flow, "add").await;
    api.client.post(&format!("/api/v1/bots/{bot}/connect"), &json!({"token": token})).await.expect(200);
    bot
}

/// The only contact of a bot.
async fn contact(api: &Api, bot: &str) -> Json {
    let contacts = api.all(&format!("/contacts?bot_id={bot}")).await;
    assert_eq!(contacts.len(), 1, "{contacts:#?}");
    contacts[0].clone()
}

async fn status_becomes(api: &Api, bot: &str, status: &str) {
    until(status, WITHIN, async || (contact(api, bot).await["status"] == status).then_some(())).await;
}

pub(super) struct Stage {
    _dir: TempDir,
    pub(super) telegram: FakeTelegram,
    pub(super) receiver: Receiver,
    pub(super) server: Server,
    pub(super) api: Api,
    /// The token to use after a restart, where a start gives no new one.
    token: Option<String>,
}

impl Stage {
    /// A server without a public URL asks Telegram for updates.
    pub(super) async fn polling() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let telegram = FakeTelegram::start().await.expect("a port on loopback");
        let receiver = Receiver::start().await;
        let start = Start::new(&dir).port(free_port()).allow(receiver.address());
        let server = start.env("RECADO_TELEGRAM_BASE_URL", &telegram.url()).demo().await;
        let api = Api::of(&server);
        Self { _dir: dir, telegram, receiver, server, api, token: None }
    }

    /// A server with a public URL is called by Telegram.
    pub(super) async fn webhook() -> Self {
        let stage = Self::polling().await;
        let token = stage.server.said("api_token").to_owned();
        let server = stage.server.kill().await.public(true).demo().await;
        Self { api: Api::with(&server, &token), server, token: Some(token), ..stage }
    }

    /// Kills the server and starts it again. The demo's token is a new one then; `serve` keeps it.
    pub(super) async fn killed(self) -> Self {
        let server = self.server.kill().await.demo().await;
        let api = self.token.as_ref().map_or_else(|| Api::of(&server), |token| Api::with(&server, token));
        Self { server, api, ..self }
    }
}

/// Text, deep link, button and media, and what the receiver hears of them.
async fn talk(stage: &Stage) {
    let Stage { telegram, receiver, api, .. } = stage;
    let bot = bot(api, TOKEN).await;
    api.webhook(&bot, &receiver.url("/"), &EVENTS).await;
    telegram.starts(ANN, Some("summer")).await;
    let welcome = telegram.wait_for_text(ANN, "Welcome summer").await;
    let press = telegram.presses(&welcome, "Go").await;
    telegram.wait_for_answer(&press.callback_id).await;
    telegram.wait_for_text(ANN, "Gone").await;
    telegram.says(ANN, "add").await;
    telegram.wait_for_text(ANN, "Number 1").await;
    let photo = json!([{"file_id": "AgAC", "file_unique_id": "u1", "width": 90, "height": 90}]);
    telegram.sends(ANN, json!({"photo": photo, "caption": "look"})).await;
    until("the photo at the receiver", WITHIN, async || {
        let events = receiver.requests().iter().map(event_of).collect::<Vec<_>>();
        events.into_iter().find(|event| {
            event["title"] == "incoming_message"
                && event["info"]["message"]["channel_data"]["message"]["caption"] == "look"
        })
    })
    .await;
    let first = event_of(&receiver.requests()[0]);
    assert_eq!((&first["title"], &first["service"]), (&json!("new_subscriber"), &json!("telegram")));
    assert_eq!(first["bot"]["external_id"], 110_201_543, "a number on Telegram");
    assert_eq!(first["contact"]["telegram_id"], "7");
    assert_eq!(first["contact"]["username"], "ann7");
}

/// A person who blocks the bot is not written to, and comes back.
async fn block_and_return(stage: &Stage) {
    let Stage { telegram, receiver, api, .. } = stage;
    let bot = bot(api, TOKEN).await;
    api.webhook(&bot, &receiver.url("/"), &EVENTS).await;
    telegram.starts(ANN, None).await;
    telegram.wait_for_messages(1).await;
    telegram.blocks(ANN).await;
    status_becomes(api, &bot, "blocked").await;
    telegram.unblocks(ANN).await;
    status_becomes(api, &bot, "active").await;
    telegram.says(ANN, "add").await;
    telegram.wait_for_text(ANN, "Number 1").await;
    // Nobody told the bot this time: the refused message does.
    telegram.blocks_silently(ANN);
    telegram.says(ANN, "add").await;
    status_becomes(api, &bot, "blocked").await;
    until("both blocks at the receiver", WITHIN, async || {
        let titles = receiver.requests().iter().map(|request| event_of(request)["title"].clone()).collect::<Vec<_>>();
        (titles.iter().filter(|title| *title == "bot_block").count() == 2).then_some(())
    })
    .await;
}

/// Updates that come again, also after a kill, have no second effect; those that came while nobody was there are handled.
async fn crash_and_repeat(mut stage: Stage) {
    let bot = bot(&stage.api, TOKEN).await;
    stage.telegram.starts(ANN, None).await;
    let first = stage.telegram.says(ANN, "add").await;
    stage.telegram.wait_for_text(ANN, "Number 1").await;
    stage.telegram.redeliver(first);
    stage.telegram.wait_until_taken().await;
    stage.telegram.hold_updates();
    stage = stage.killed().await;
    let second = stage.telegram.says(ANN, "add").await;
    stage.telegram.redeliver(first);
    stage.telegram.redeliver(second);
    stage.telegram.release_updates(true);
    stage.telegram.wait_for_text(ANN, "Number 2").await;
    stage.telegram.wait_until_taken().await;
    assert_eq!(contact(&stage.api, &bot).await["variables"]["n"], 2);
    let events = stage.api.all(&format!("/events?bot_id={bot}&event=incoming_message")).await;
    let said = events.iter().filter(|event| event["data"]["contact"]["last_message"] == "add").count();
    assert_eq!(said, 2, "{events:#?}");
}

#[tokio::test]
async fn by_polling_a_person_talks_to_the_bot() {
    talk(&Stage::polling().await).await;
}

#[tokio::test]
async fn by_webhook_a_person_talks_to_the_bot() {
    let stage = Stage::webhook().await;
    talk(&stage).await;
    assert!(stage.telegram.posts() > 0, "Telegram called the bot");
}

#[tokio::test]
async fn a_webhook_without_the_secret_token_is_refused() {
    let stage = Stage::webhook().await;
    let bot = bot(&stage.api, TOKEN).await;
    let update = json!({"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "add", "from": {"id": 9, "is_bot": false, "first_name": "Eve"}, "chat": {"id": 9, "type": "private"}}});
    let set = stage.telegram.wait_for_calls("setWebhook", 1).await;
    let url = set[0].fields["url"].as_str().expect("a URL");
    let path = url.split_once(&stage.server.address().to_string()).expect("an address of the server").1;
    stage.server.client().post(path, &update).await.expect(401);
    let contacts = stage.api.all(&format!("/contacts?bot_id={bot}")).await;
    assert!(contacts.is_empty(), "{contacts:#?}");
}

#[tokio::test]
async fn by_polling_a_person_blocks_the_bot_and_comes_back() {
    block_and_return(&Stage::polling().await).await;
}

#[tokio::test]
async fn by_webhook_a_person_blocks_the_bot_and_comes_back() {
    block_and_return(&Stage::webhook().await).await;
}

#[tokio::test]
async fn by_polling_nothing_is_lost_or_done_twice_over_a_kill() {
    crash_and_repeat(Stage::polling().await).await;
}

#[tokio::test]
async fn by_webhook_nothing_is_lost_or_done_twice_over_a_kill() {
    crash_and_repeat(Stage::webhook().await).await;
}

#[tokio::test]
async fn a_429_is_obeyed_and_the_message_is_sent_once() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, TOKEN).await;
    stage.telegram.starts(ANN, None).await;
    stage.telegram.wait_for_messages(1).await;
    stage.telegram.fail_next(Failure::TooManyRequests { retry_after: 2 });
    let refused = tokio::time::Instant::now();
    stage.telegram.says(ANN, "add").await;
    stage.telegram.wait_for_text(ANN, "Number 1").await;
    assert!(refused.elapsed() >= Duration::from_secs(2), "it came after {:?}", refused.elapsed());
    let texts: Vec<String> = stage.telegram.sent(ANN).into_iter().map(|sent| sent.text).collect();
    assert_eq!(texts.iter().filter(|text| *text == "Number 1").count(), 1, "{texts:?}");
    assert_eq!(contact(&stage.api, &bot).await["variables"]["n"], 1);
}

#[tokio::test]
async fn a_public_url_that_goes_and_comes_back_leaves_no_bot_deaf() {
    let stage = Stage::webhook().await;
    bot(&stage.api, TOKEN).await;
    stage.telegram.starts(ANN, None).await;
    stage.telegram.wait_for_messages(1).await;
    let mut start = stage.server.kill().await;
    let mut number = 0;
    for public in [false, true, false] {
        let server = start.public(public).demo().await;
        number += 1;
        stage.telegram.says(ANN, "add").await;
        stage.telegram.wait_for_text(ANN, &format!("Number {number}")).await;
        start = server.kill().await;
    }
}

#[tokio::test]
async fn by_webhook_updates_that_overtake_each_other_have_their_turns_in_order() {
    let stage = Stage::webhook().await;
    let bot = bot(&stage.api, TOKEN).await;
    stage.telegram.starts(ANN, None).await;
    let welcome = stage.telegram.wait_for_text(ANN, "Welcome").await;
    stage.telegram.wait_until_taken().await;
    stage.telegram.hold_updates();
    stage.telegram.says(ANN, "one").await;
    stage.telegram.presses(&welcome, "Go").await;
    stage.telegram.says(ANN, "two").await;
    stage.telegram.release_updates(true);
    stage.telegram.wait_until_taken().await;
    let events = stage.api.all(&format!("/events?bot_id={bot}&event=incoming_message")).await;
    let said: Vec<&str> =
        events.iter().rev().filter_map(|event| event["data"]["contact"]["last_message"].as_str()).collect();
    assert_eq!(said, ["/start", "one", "Go", "two"]);
}

#[tokio::test]
async fn a_429_to_what_makes_telegram_call_is_obeyed() {
    let mut stage = Stage::webhook().await;
    bot(&stage.api, TOKEN).await;
    let times =
        |stage: &Stage, method: &str| stage.telegram.calls().iter().filter(|call| call.method == method).count();
    stage.server = stage.server.kill().await.public(false).demo().await;
    stage.telegram.wait_for_calls("deleteWebhook", 1).await;
    let (set, asks) = (times(&stage, "setWebhook"), times(&stage, "getWebhookInfo"));
    stage.telegram.fail_next_of("getWebhookInfo", Failure::TooManyRequests { retry_after: 4 });
    stage.telegram.fail_next_of("setWebhook", Failure::TooManyRequests { retry_after: 4 });
    stage.server = stage.server.kill().await.public(true).demo().await;
    stage.telegram.wait_for_calls("getWebhookInfo", asks + 1).await;
    let asked = tokio::time::Instant::now();
    stage.telegram.wait_for_calls("getWebhookInfo", asks + 2).await;
    assert!(asked.elapsed() > Duration::from_secs(3), "it was asked again after {:?}", asked.elapsed());
    // Long before the half minute after which what failed in another way is tried again.
    stage.telegram.wait_for_calls("setWebhook", set + 2).await;
    assert!(asked.elapsed() > Duration::from_secs(7), "it was told again after {:?}", asked.elapsed());
}
