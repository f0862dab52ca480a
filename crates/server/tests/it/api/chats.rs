//! The live chat's list, and who speaks in it.

use serde_json::{Value as Json, json};

use super::server::TestServer;

async fn chats(server: &TestServer, bot: &str, state: &str) -> Vec<Json> {
    let path = format!("/api/v1/chats?bot_id={bot}&state={state}");
    server.api.get(&path).await.expect(200).json()["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn who_spoke_last_comes_first_and_unread_messages_are_counted() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (ada, ada_id) = server.visitor(&bot).await;
    let (bob, bob_id) = server.visitor(&bot).await;
    let said = format!("/api/chat/{bot}/messages");
    for (visitor, id, text) in [(&ada, "1", "hello"), (&bob, "2", "good morning"), (&ada, "3", "is anybody there?")] {
        visitor.post(&said, &json!({"id": id, "text": text})).await.expect(202);
    }
    let all = chats(&server, &bot, "all").await;
    let names: Vec<&Json> = all.iter().map(|chat| &chat["contact_id"]).collect();
    assert_eq!(names, [&json!(ada_id), &json!(bob_id)]);
    assert_eq!((&all[0]["unread"], &all[0]["last_message"]["text"]), (&json!(2), &json!("is anybody there?")));
    server.api.post(&format!("/api/v1/chats/{ada_id}/read"), &json!({})).await.expect(204);
    assert_eq!(chats(&server, &bot, "all").await[0]["unread"], 0);
    ada.post(&said, &json!({"id": "4", "text": "?"})).await.expect(202);
    assert_eq!(chats(&server, &bot, "all").await[0]["unread"], 1);
    server.other.get(&format!("/api/v1/chats?bot_id={bot}")).await.expect(404);
    server.other.post(&format!("/api/v1/chats/{ada_id}/read"), &json!({})).await.expect(404);
}

#[tokio::test]
async fn the_messages_of_a_day_are_counted() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (visitor, contact) = server.visitor(&bot).await;
    for id in ["1", "2"] {
        visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": id, "text": "hello"})).await.expect(202);
    }
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "2", "text": "hello"})).await.expect(202);
    let answer =
        json!({"text": "good morning", "sent_by": {"firstname": "Eva", "lastname": "", "email": "eva@example.org"}});
    server.api.post(&format!("/api/v1/chats/{contact}/messages"), &answer).await.expect(200);
    let figures = server.api.get(&format!("/api/v1/bots/{bot}/statistics")).await.expect(200).json();
    let days = figures["days"].as_array().expect("days");
    let (before, today) = (&days[28], &days[29]);
    assert_eq!((days.len(), &before["received"], &before["sent"]), (30, &json!(0), &json!(0)));
    assert_eq!((&today["received"], &today["sent"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn pages_of_chats_name_each_once() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    for number in 0..5 {
        let (visitor, _) = server.visitor(&bot).await;
        for text in ["a", "b"] {
            let message = json!({"id": format!("{number}{text}"), "text": text});
            visitor.post(&format!("/api/chat/{bot}/messages"), &message).await.expect(202);
        }
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/chats?bot_id={bot}&state=all&limit=2{cursor}");
        let page = server.api.get(&path).await.expect(200).json();
        seen.extend(page["items"].as_array().expect("a list").iter().map(|chat| chat["contact_id"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let mut once = seen.clone();
    once.sort_by_key(Json::to_string);
    once.dedup();
    assert_eq!((seen.len(), once.len()), (5, 5));
}

#[tokio::test]
async fn an_open_chat_is_listed_until_it_is_closed() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (_, contact) = server.visitor(&bot).await;
    assert!(chats(&server, &bot, "open").await.is_empty());
    server.api.post(&format!("/api/v1/chats/{contact}/open"), &json!({})).await.expect(200);
    assert_eq!(chats(&server, &bot, "open").await[0]["contact_id"], json!(contact));
    assert_eq!(chats(&server, &bot, "open").await[0]["is_open"], true);
    server.api.post(&format!("/api/v1/chats/{contact}/close"), &json!({})).await.expect(200);
    assert!(chats(&server, &bot, "open").await.is_empty());
}

#[tokio::test]
async fn a_program_names_who_speaks() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (_, contact) = server.visitor(&bot).await;
    let path = format!("/api/v1/chats/{contact}/messages");
    let refused = server.api.post(&path, &json!({"text": "Hello"})).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "sent_by");
    let by = json!({"firstname": "Ada", "lastname": "", "email": "ada@example.org"});
    server.api.post(&path, &json!({"text": "Hello", "sent_by": by})).await.expect(200);
}
