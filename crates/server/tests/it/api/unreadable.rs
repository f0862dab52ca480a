//! What the store can not read, for a moment or for ever, holds up nothing else and is not forgotten.

use recado_flow::Input;
use recado_model::{BotId, ContactId, run::ApiCall};
use recado_testkit::receiver::{Behaviour, Gate, Receiver};
use rusqlite::params;
use serde_json::{Value as Json, json};

use super::server::{TestServer, allowing, id};

/// A global webhook for all that a visitor causes.
async fn webhook(server: &TestServer, bot: &str, url: &str, more: Json) -> String {
    let mut wanted = json!({"url": url, "events": ["new_subscriber", "incoming_message"], "schedule_ms": [100, 100]});
    wanted.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json())
}

/// How many requests of a path the receiver had, once there are so many.
async fn heard(server: &TestServer, receiver: &Receiver, path: &str, count: usize) {
    let seen = async || (receiver.requests_at(path).len() >= count).then_some(());
    server.until(&format!("{count} requests at {path}"), seen).await;
}

/// Takes a table away, so that what needs it can not be read or written; or brings it back.
fn rename(server: &TestServer, from: &str, to: &str) {
    server.database().execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).expect("a table has a new name");
}

#[tokio::test]
async fn a_delivery_whose_event_can_not_be_read_for_a_moment_is_sent_when_it_can() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    // The event objects of the first are in a table of their own, those of the second are not.
    webhook(&server, &bot, &receiver.url("/seconds"), json!({"date_unit": "seconds"})).await;
    webhook(&server, &bot, &receiver.url("/usual"), json!({})).await;
    let gate = Gate::new();
    receiver.next_at("/seconds", [Behaviour::default().after(&gate)]);
    let (visitor, _) = server.visitor(&bot).await;
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"text": "one", "id": "1"})).await.expect(202);
    heard(&server, &receiver, "/usual", 2).await;
    heard(&server, &receiver, "/seconds", 1).await;
    // A change of what is set up empties what the store keeps in memory of its last commits.
    server.bot().await;
    rename(&server, "event_encoding", "event_encoding_away");
    gate.open();
    // The second delivery of the contact is the head now, and its body can not be read.
    server
        .until("head that follows", async || {
            let pending = server.api.get(&format!("/api/v1/deliveries?bot_id={bot}&status=pending")).await;
            (pending.expect(200).json()["items"].as_array()?.len() == 1).then_some(())
        })
        .await;
    rename(&server, "event_encoding_away", "event_encoding");
    heard(&server, &receiver, "/seconds", 2).await;
}

#[tokio::test]
async fn what_waits_is_looked_for_again_when_the_look_failed() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let hook = webhook(&server, &bot, &receiver.url("/hook"), json!({"schedule_ms": [3_600_000]})).await;
    let path = format!("/api/v1/webhooks/{hook}");
    receiver.next_at("/hook", [Behaviour::status(500)]);
    server.visitor(&bot).await;
    heard(&server, &receiver, "/hook", 1).await;
    let listed = format!("/api/v1/deliveries?bot_id={bot}&status=pending");
    let delivery = server
        .until("attempt", async || {
            let pending = server.api.get(&listed).await.expect(200).json();
            (pending["items"][0]["attempts"] == 1).then(|| id(&pending["items"][0]))
        })
        .await;
    server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200);
    server.api.post(&format!("/api/v1/deliveries/{delivery}/retry"), &json!({})).await.expect(200);
    // Without this index the pages of webhooks can not be read, and all else can.
    let database = server.database();
    let sql = "SELECT sql FROM sqlite_master WHERE name = 'delivery_ready'";
    let index: String = database.query_row(sql, [], |row| row.get(0)).expect("there is the index");
    database.execute_batch("DROP INDEX delivery_ready").expect("it goes");
    server.api.post(&format!("{path}/resume"), &json!({"from": "now"})).await.expect(200);
    server.api.get(&path).await.expect(200);
    database.execute_batch(&index).expect("it comes back");
    heard(&server, &receiver, "/hook", 2).await;
}

#[tokio::test]
async fn an_input_that_can_not_be_read_is_dropped_and_later_ones_go_on() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let (_, contact) = server.visitor(&bot).await;
    let (bot_id, contact_id): (BotId, ContactId) = (bot.parse().expect("an id"), contact.parse().expect("an id"));
    let database = server.database();
    let good = serde_json::to_vec(&Input::SendBlocked).expect("it is JSON");
    for (seq, doc) in [(1, b"not JSON".to_vec()), (2, br#"{"input":"of_the_future"}"#.to_vec()), (3, good)] {
        database
            .execute("INSERT INTO input VALUES (?1, ?2, ?3, ?4)", params![seq, bot_id.bytes(), contact_id.bytes(), doc])
            .expect("it is stored");
    }
    server.app().wakes.inputs.notify_one();
    server
        .until("end of the inputs", async || {
            let left: i64 = database.query_row("SELECT count(*) FROM input", [], |row| row.get(0)).ok()?;
            (left == 0).then_some(())
        })
        .await;
    let contact = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
    assert_eq!(contact["status"], "blocked", "the last input had its turn");
}

#[tokio::test]
async fn an_api_request_whose_contact_is_gone_is_dropped_whatever_stands_before_it() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let now = server.app().now();
    let call = ApiCall {
        bot_id: bot.parse().expect("an id"),
        contact_id: ContactId::new(now, &mut server.app().entropy()),
        run: 1,
        call: 1,
        method: "GET".to_owned(),
        url: receiver.url("/api"),
        headers: Vec::new(),
        body: None,
        auth: None,
        timeout_ms: 5_000,
        retries: 0,
    };
    let database = server.database();
    let doc = serde_json::to_vec(&call).expect("it is JSON");
    for (seq, doc) in [(1, b"not JSON".to_vec()), (2, doc)] {
        database
            .execute(
                "INSERT INTO api_call VALUES (?1, ?2, 1, ?1, ?3, x'00')",
                params![seq, call.contact_id.bytes(), doc],
            )
            .expect("it is stored");
    }
    server.app().wakes.api_calls.notify_one();
    server
        .until("end of the API requests", async || {
            let sql = "SELECT count(*) FROM api_call WHERE seq = 2";
            let left: i64 = database.query_row(sql, [], |row| row.get(0)).ok()?;
            (left == 0).then_some(())
        })
        .await;
}
