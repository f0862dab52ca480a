//! Contacts and chats.

use serde_json::json;

use super::server::TestServer;

#[tokio::test]
async fn an_operator_changes_a_contact_and_sees_it() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    server.greeting(&bot, &server.inspector().await).await;
    let (_, contact) = server.visitor(&bot).await;
    let path = format!("/api/v1/contacts/{contact}");
    let listed = server.api.get(&format!("/api/v1/contacts?bot_id={bot}&status=active")).await.expect(200).json();
    assert_eq!(listed["items"][0]["id"], json!(contact));
    server.api.patch(&path, &json!({"email": "ada@example.com"})).await.expect(200);
    server.api.patch(&path, &json!({"colour": "red"})).await.expect(422);
    let changes = json!({"variables": {"size": 3, "note": "x"}});
    server.api.patch(&format!("{path}/variables"), &changes).await.expect(200);
    let changed =
        server.api.patch(&format!("{path}/variables"), &json!({"variables": {"note": null}})).await.expect(200);
    assert_eq!(changed.json()["variables"], json!({"size": 3}));
    let with_tags = server.api.patch(&format!("{path}/tags"), &json!({"add": ["vip", "new"]})).await.expect(200).json();
    assert_eq!(with_tags["tags"], json!(["vip", "new"]));
    let fewer = server.api.patch(&format!("{path}/tags"), &json!({"remove": ["new"]})).await.expect(200).json();
    assert_eq!(fewer["tags"], json!(["vip"]));
    let tags = server.api.get(&format!("/api/v1/bots/{bot}/tags")).await.expect(200).json();
    assert_eq!(tags["items"][0], json!({"name": "vip", "contacts": 1}));
    let passed = server.api.get(&format!("/api/v1/contacts?bot_id={bot}&received_webhook=passed")).await.expect(200);
    assert_eq!(passed.json()["items"].as_array().unwrap().len(), 1);
    server.api.get(&format!("{path}/messages")).await.expect(200);
    server.api.get(&format!("{path}/runs")).await.expect(200);
    assert_eq!(server.api.delete(&format!("{path}/runs/99")).await.expect(404).json()["code"], "not_found");
}

#[tokio::test]
async fn a_profile_is_changed_field_by_field_and_emptied_by_null() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (_, contact) = server.visitor(&bot).await;
    let path = format!("/api/v1/contacts/{contact}");
    let change = json!({"name": " Ada Lovelace ", "phone": "+34 600 11 22 33", "email": "ada@example.com", "birthday": "1815-12-10",
        "country": "gb", "language": "en-GB", "time_zone": "Europe/London", "city": "London"});
    let changed = server.api.patch(&path, &change).await.expect(200).json()["profile"].clone();
    assert_eq!((&changed["name"], &changed["phone"]), (&json!("Ada Lovelace"), &json!("+34600112233")));
    assert_eq!((&changed["country"], &changed["city"]), (&json!("GB"), &json!("London")));
    let emptied = server.api.patch(&path, &json!({"city": null, "email": "", "name": ""})).await.expect(200).json();
    let profile = &emptied["profile"];
    assert!(profile["city"].is_null() && profile["email"].is_null(), "{profile}");
    assert_eq!((&profile["name"], &profile["birthday"]), (&json!("Ada Lovelace"), &json!("1815-12-10")));
    let wrong = json!({"phone": "12", "email": "ada", "birthday": "soon", "country": "Spain", "language": "?", "time_zone": "Mars/Base", "name": "a\u{7}"});
    let refused = server.api.patch(&path, &wrong).await.expect(422).json();
    let codes: Vec<&serde_json::Value> =
        refused["errors"].as_array().expect("errors").iter().map(|wrong| &wrong["code"]).collect();
    let expected = [
        "word_length",
        "not_a_phone",
        "not_an_email",
        "not_a_date",
        "not_a_country",
        "not_a_language_tag",
        "not_a_time_zone",
    ];
    assert_eq!(codes, expected);
    assert_eq!(server.api.get(&path).await.expect(200).json()["profile"], *profile, "nothing was changed");
}

#[tokio::test]
async fn an_agent_opens_answers_pauses_and_closes_a_chat() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (visitor, contact) = server.visitor(&bot).await;
    let chat = format!("/api/v1/chats/{contact}");
    let opened = server.api.post(&format!("{chat}/open"), &json!({})).await.expect(200).json();
    assert_eq!(opened["chat"]["open"], true);
    let person = json!({"firstname": "Eva", "lastname": "Sol", "email": "eva@example.com"});
    let said = server.api.post(&format!("{chat}/messages"), &json!({"text": "I am here", "sent_by": person})).await;
    assert!(!said.expect(200).json()["automation_paused"].is_null());
    let path = format!("/api/chat/{bot}/messages");
    server
        .until("message of the agent", async || visitor.get(&path).await.text().contains("I am here").then_some(()))
        .await;
    let resumed = server.api.post(&format!("{chat}/resume"), &json!({})).await.expect(200).json();
    assert!(resumed["automation_paused"].is_null());
    server.api.post(&format!("{chat}/pause"), &json!({"until": "2000-01-01T00:00:00Z"})).await.expect(422);
    server.api.post(&format!("{chat}/pause"), &json!({})).await.expect(200);
    let closed = server.api.post(&format!("{chat}/close"), &json!({})).await.expect(200).json();
    assert_eq!((&closed["chat"]["open"], &closed["automation_paused"]), (&json!(false), &json!(null)));
}

#[tokio::test]
async fn a_contact_is_unsubscribed_subscribed_switched_off_and_erased() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (_, contact) = server.visitor(&bot).await;
    let path = format!("/api/v1/contacts/{contact}");
    let after = async |call: &str, body| {
        server.api.post(&format!("{path}/{call}"), &body).await.expect(200).json()["status"].clone()
    };
    assert_eq!(after("unsubscribe", json!({})).await, "unsubscribed");
    assert_eq!(after("subscribe", json!({})).await, "active");
    assert_eq!(after("disable", json!({"disabled": true})).await, "disabled");
    assert_eq!(after("disable", json!({"disabled": false})).await, "active");
    server.api.delete(&path).await.expect(204);
    let listed = server.api.get(&format!("/api/v1/contacts?bot_id={bot}&search=Ada")).await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
}
