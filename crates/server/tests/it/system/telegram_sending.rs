//! Messages on their way to Telegram: keyboards that are taken away, a token that dies, limits that hold the right ones.

use std::time::Duration;

use recado_testkit::telegram::Failure;
use serde_json::{Value as Json, json};

use super::{
    api::Api,
    harness::until,
    telegram::{ANN, Stage, WITHIN, bot},
};

/// Another person.
const BEN: i64 = 8;
/// Somebody who writes while the token is dead.
const CLEO: i64 = 9;
/// A new token of the same bot.
const NEW_TOKEN: &str = "110201543:BBnew-token-that-BotFather-gave-later-0";

async fn seen(api: &Api, bot: &str) -> Json {
    api.client.get(&format!("/api/v1/bots/{bot}")).await.expect(200).json()
}

async fn say(api: &Api, contact: &str, text: &str) {
    let path = format!("/api/v1/chats/{contact}/messages");
    api.client
        .post(
            &path,
            &json!({"text": text, "sent_by": {"firstname": "Eva", "lastname": "Ruiz", "email": "eva@example.org"}}),
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn a_keyboard_that_asks_to_share_goes_with_the_next_message() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    let ask = |id: &str, share: &str| {
        let input = json!({"kind": "input", "prompt": format!("Your {share}?"), "expects": {"kind": share}, "save_to": share, "share": share});
        json!({"id": id, "type": "message", "parts": [input]})
    };
    let elements = json!([
        ask("ask", "phone"),
        ask("where", "location"),
        {"id": "thanks", "type": "message", "parts": [{"kind": "text", "text": "Thanks {{phone}}"}]},
    ]);
    let edges =
        json!([{"from": "ask", "output": "next", "to": "where"}, {"from": "where", "output": "next", "to": "thanks"}]);
    let flow = stage.api.flow(&bot, "Ask", elements, edges).await;
    stage.api.keyword(&bot, &flow, "ask").await;
    stage.telegram.says(ANN, "ask").await;
    stage.telegram.wait_for_text(ANN, "Your phone?").await;
    assert_eq!(stage.telegram.keyboard(ANN).len(), 1);
    stage.telegram.shares_phone(ANN, "+34911234567").await;
    stage.telegram.wait_for_text(ANN, "Your location?").await;
    assert!(stage.telegram.keyboard(ANN)[0].object["request_location"] == true, "the other keyboard took its place");
    stage.telegram.shares_location(ANN, 40.4, -3.7).await;
    let thanks = stage.telegram.wait_for_text(ANN, "Thanks +34911234567").await;
    assert_eq!(thanks.fields["reply_markup"], json!({"remove_keyboard": true}));
    assert!(stage.telegram.keyboard(ANN).is_empty());
    stage.telegram.says(ANN, "add").await;
    let after = stage.telegram.wait_for_text(ANN, "Number 1").await;
    assert_eq!(after.fields.get("reply_markup"), None, "once is enough");
}

#[tokio::test]
async fn messages_wait_for_a_new_token_and_then_leave_in_order() {
    let mut stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    stage.telegram.starts(ANN, None).await;
    stage.telegram.starts(BEN, None).await;
    stage.telegram.wait_for_messages(2).await;
    stage.telegram.changes_token(NEW_TOKEN);
    let ids: Vec<String> =
        stage.api.all(&format!("/contacts?bot_id={bot}")).await.iter().map(|one| super::api::text(one, "id")).collect();
    for id in &ids {
        say(&stage.api, id, "one").await;
        say(&stage.api, id, "two").await;
    }
    let told = until("a bot that asks to be connected anew", WITHIN, async || {
        let bot = seen(&stage.api, &bot).await;
        (!bot["reconnect"].is_null()).then_some(bot)
    })
    .await;
    assert_eq!(told["connected"], false);
    assert!(told["reconnect"]["message"].as_str().unwrap().contains("Unauthorized"), "{told:#}");
    stage = stage.killed().await;
    assert_eq!(seen(&stage.api, &bot).await["reconnect"], told["reconnect"], "a restart forgets nothing");
    for id in &ids {
        say(&stage.api, id, "three").await;
    }
    let asked = stage.telegram.strangers();
    assert!(asked <= 6, "the dead token was tried {asked} times");
    stage.telegram.says(CLEO, "add").await;
    stage.api.client.post(&format!("/api/v1/bots/{bot}/connect"), &json!({"token": NEW_TOKEN})).await.expect(200);
    for chat in [ANN, BEN] {
        stage.telegram.wait_for_text(chat, "three").await;
        let texts: Vec<String> = stage.telegram.sent(chat).into_iter().map(|sent| sent.text).collect();
        let said: Vec<&String> = texts.iter().filter(|text| ["one", "two", "three"].contains(&text.as_str())).collect();
        assert_eq!(said, ["one", "two", "three"], "each once, in order");
    }
    stage.telegram.wait_for_text(CLEO, "Number 1").await;
    let after = seen(&stage.api, &bot).await;
    assert_eq!((&after["connected"], &after["reconnect"]), (&json!(true), &Json::Null));
    let failed = stage.api.all(&format!("/events?bot_id={bot}&event=failed_delivery")).await;
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn a_429_of_one_chat_holds_nobody_else() {
    let stage = Stage::polling().await;
    bot(&stage.api, stage.telegram.token()).await;
    stage.telegram.starts(ANN, None).await;
    stage.telegram.starts(BEN, None).await;
    stage.telegram.wait_for_messages(2).await;
    // Longer than any wait of this test.
    stage.telegram.fail_next_to(ANN, Failure::TooManyRequests { retry_after: 600 });
    stage.telegram.says(ANN, "add").await;
    stage.telegram.wait_for_calls("sendMessage", 3).await;
    stage.telegram.says(BEN, "add").await;
    stage.telegram.wait_for_text(BEN, "Number 1").await;
    assert_eq!(stage.telegram.sent(ANN).len(), 1, "she waits as Telegram told");
}

#[tokio::test]
async fn an_answer_does_not_wait_behind_a_thousand_that_nobody_waits_for() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    let parts: Vec<Json> = (0..20).map(|number| json!({"kind": "text", "text": format!("News {number}")})).collect();
    let news = json!([{"id": "news", "type": "message", "parts": parts}]);
    let flow = stage.api.flow(&bot, "News", news, json!([])).await;
    for chat in 100..160 {
        stage.telegram.says(chat, "hello").await;
    }
    let ids = until("sixty contacts", WITHIN, async || {
        let all = stage.api.all(&format!("/contacts?bot_id={bot}")).await;
        (all.len() == 60).then_some(all)
    })
    .await;
    for id in &ids {
        let wanted = json!({"contact_id": id["id"]});
        stage.api.client.post(&format!("/api/v1/flows/{flow}/run"), &wanted).await.expect(200);
    }
    let last = 159;
    stage.telegram.says(ANN, "add").await;
    stage.telegram.says(last, "add").await;
    let asked = tokio::time::Instant::now();
    stage.telegram.wait_for_text(ANN, "Number 1").await;
    assert!(asked.elapsed() < Duration::from_secs(8), "it came after {:?}", asked.elapsed());
    let news = stage.telegram.all_sent().iter().filter(|sent| sent.text.starts_with("News")).count();
    assert!(news < 1_000, "{news} of the many were sent before");
    let ann = contact_of(&stage.api, &bot, "7").await;
    assert_eq!(ann["variables"]["n"], 1);
}

async fn contact_of(api: &Api, bot: &str, identity: &str) -> Json {
    let all = api.all(&format!("/contacts?bot_id={bot}")).await;
    let found = all.iter().find(|one| one["identity"] == identity || one["telegram_id"] == identity).cloned();
    found.unwrap_or_else(|| panic!("no contact {identity} in {:#?}", all.first()))
}

#[tokio::test]
async fn a_message_that_telegram_can_not_take_now_holds_nobody_else() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    stage.telegram.starts(ANN, None).await;
    stage.telegram.wait_for_messages(1).await;
    for _ in 0..3 {
        stage.telegram.fail_next_to(ANN, Failure::Server(502));
    }
    stage.telegram.says(ANN, "add").await;
    stage.telegram.wait_for_calls("sendMessage", 2).await;
    stage.telegram.starts(BEN, None).await;
    stage.telegram.wait_for_text(BEN, "Welcome").await;
    stage.telegram.wait_for_text(ANN, "Number 1").await;
    assert!(seen(&stage.api, &bot).await["reconnect"].is_null());
}

/// A flow that types for so long and then says `Here` when somebody says `wait`.
async fn typing_flow(api: &Api, bot: &str, seconds: u32) {
    let parts = json!([{"kind": "delay", "seconds": seconds}, {"kind": "text", "text": "Here"}]);
    let flow = api.flow(bot, "Wait", json!([{"id": "wait", "type": "message", "parts": parts}]), json!([])).await;
    api.keyword(bot, &flow, "wait").await;
}

#[tokio::test]
async fn typing_is_shown_again_while_a_delay_lasts() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    typing_flow(&stage.api, &bot, 7).await;
    stage.telegram.says(ANN, "wait").await;
    stage.telegram.wait_for_text(ANN, "Here").await;
    let calls: Vec<String> = stage.telegram.calls().into_iter().map(|call| call.method).collect();
    let shown = calls.iter().filter(|method| *method == "sendChatAction").count();
    assert_eq!(shown, 2, "it lasts 5 s: {calls:?}");
}

#[tokio::test]
async fn typing_that_telegram_does_not_answer_delays_no_message() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    typing_flow(&stage.api, &bot, 2).await;
    stage.telegram.fail_next_of("sendChatAction", Failure::Silent);
    stage.telegram.says(ANN, "wait").await;
    stage.telegram.wait_for_text(ANN, "Here").await;
}

#[tokio::test]
async fn a_429_to_a_poll_is_obeyed() {
    let stage = Stage::polling().await;
    bot(&stage.api, stage.telegram.token()).await;
    let begun = tokio::time::Instant::now();
    stage.telegram.fail_next_of("getUpdates", Failure::TooManyRequests { retry_after: 6 });
    // The poll that goes on brings the first; the one after it is refused.
    stage.telegram.says(ANN, "add").await;
    stage.telegram.wait_for_text(ANN, "Number 1").await;
    stage.telegram.says(ANN, "add").await;
    stage.telegram.wait_for_text(ANN, "Number 2").await;
    assert!(begun.elapsed() >= Duration::from_secs(6), "it was asked again after {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_403_that_is_no_block_fails_the_message_and_ends_no_run() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    let input = json!({"kind": "input", "prompt": "Name?", "expects": {"kind": "text"}, "save_to": "name"});
    let elements = json!([
        {"id": "ask", "type": "message", "parts": [{"kind": "text", "text": "Hm"}, input]},
        {"id": "thanks", "type": "message", "parts": [{"kind": "text", "text": "Thanks {{name}}"}]},
    ]);
    let flow = stage.api.flow(&bot, "Ask", elements, json!([{"from": "ask", "output": "next", "to": "thanks"}])).await;
    stage.api.keyword(&bot, &flow, "ask").await;
    let words = "bot can't initiate conversation with a user";
    stage.telegram.fail_next_to(ANN, Failure::Forbidden(words.to_owned()));
    stage.telegram.says(ANN, "ask").await;
    stage.telegram.wait_for_text(ANN, "Name?").await;
    stage.telegram.says(ANN, "Ann").await;
    stage.telegram.wait_for_text(ANN, "Thanks Ann").await;
    let failed = stage.api.all(&format!("/events?bot_id={bot}&event=failed_delivery")).await;
    assert!(failed.len() == 1 && failed[0].to_string().contains(words), "{failed:#?}");
    assert_eq!(contact_of(&stage.api, &bot, "7").await["status"], "active");
}

#[tokio::test]
async fn each_request_of_a_message_keeps_the_pace() {
    let stage = Stage::polling().await;
    let bot = bot(&stage.api, stage.telegram.token()).await;
    let card = |number: usize| json!({"title": format!("Card {number}"), "buttons": [{"id": format!("b{number}"), "label": "Take"}]});
    let cards: Vec<Json> = (0..8).map(card).collect();
    let elements = json!([{"id": "cards", "type": "message", "parts": [{"kind": "gallery", "cards": cards}]}]);
    let flow = stage.api.flow(&bot, "Cards", elements, json!([])).await;
    stage.api.keyword(&bot, &flow, "cards").await;
    let began = tokio::time::Instant::now();
    stage.telegram.says(ANN, "cards").await;
    stage.telegram.wait_for_text(ANN, "Card 7").await;
    // Five at once, then one a second.
    assert!(began.elapsed() > Duration::from_millis(2_500), "all were sent after {:?}", began.elapsed());
    let texts: Vec<String> = stage.telegram.sent(ANN).into_iter().map(|sent| sent.text).collect();
    assert_eq!(texts, (0..8).map(|number| format!("Card {number}")).collect::<Vec<_>>());
    // The event comes with the commit of Telegram's last answer.
    let told = until("the event", WITHIN, async || {
        let told = stage.api.all(&format!("/events?bot_id={bot}&event=outgoing_message")).await;
        (!told.is_empty()).then_some(told)
    })
    .await;
    assert_eq!(told.len(), 1, "it is one message all the same");
}
