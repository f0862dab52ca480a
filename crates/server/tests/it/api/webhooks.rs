//! Webhooks and their deliveries, with the server's own inspector as the receiver.

use bytes::Bytes;
use http::Method;
use recado_model::{OffReason, WebhookState};
use recado_testkit::receiver::Receiver;
use serde_json::{Value as Json, json};

use super::server::{TestServer, allowing, id};

async fn webhook(server: &TestServer, bot: &str, settings: Json) -> String {
    let mut wanted = json!({"url": server.inspector().await, "events": ["new_subscriber", "incoming_message"]});
    wanted.as_object_mut().expect("it is there").extend(settings.as_object().expect("it is there").clone());
    id(&server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &wanted).await.expect(201).json())
}

#[tokio::test]
async fn an_event_reaches_the_receiver_and_the_log_shows_how() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let hook = webhook(&server, &bot, json!({})).await;
    server.visitor(&bot).await;
    let received = server.received(1).await;
    let body: Json = serde_json::from_str(received[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body[0]["title"], "new_subscriber");
    let deliveries = format!("/api/v1/deliveries?bot_id={bot}");
    let delivery = server
        .until("delivered delivery", async || {
            let listed = server.api.get(&format!("{deliveries}&status=delivered")).await.expect(200).json();
            listed["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
    let path = format!("/api/v1/deliveries/{delivery}");
    let attempts = server.api.get(&format!("{path}/attempts")).await.expect(200).json();
    assert_eq!(attempts["items"][0]["status"], 204);
    assert_eq!(attempts["request_body"], received[0]["body"]);
    assert_eq!(attempts["content_type"], "application/x-www-form-urlencoded");
    assert!(server.api.get(&format!("{path}/curl")).await.expect(200).text().contains("--data-raw"));
    server.api.post(&format!("{path}/cancel"), &json!({})).await.expect(409);
    server.api.post(&format!("{path}/retry"), &json!({})).await.expect(200);
    let again = server.received(2).await;
    let header = |request: &Json, name: &str| {
        let headers = request["headers"].as_array().unwrap().clone();
        headers.iter().find(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap().to_owned())
    };
    assert_eq!(header(&again[0], "webhook-id"), header(&again[1], "webhook-id"));
    let health = server
        .until("both attempts in the health", async || {
            let health = server.api.get(&format!("/api/v1/webhooks/{hook}/health?hours=2")).await.expect(200).json();
            (health["delivered"] == 2).then_some(health)
        })
        .await;
    assert_eq!((&health["not_delivered"], health["hours"].as_array().map(Vec::len)), (&json!(0), Some(2)));
    assert!(health["p50_ms"].as_u64() <= health["p95_ms"].as_u64() && health["p50_ms"].is_u64(), "{health}");
    server.api.get(&format!("/api/v1/webhooks/{hook}/health?hours=169")).await.expect(422);
    assert_eq!(header(&again[0], "recado-replay").as_deref(), Some("1"));
    server.api.delete("/api/v1/inspector").await.expect(204);
    assert_eq!(server.api.get("/api/v1/inspector").await.json()["items"], json!([]));
}

#[tokio::test]
async fn events_of_a_pause_are_delivered_when_it_ends_or_left_out() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let webhook = webhook(&server, &bot, json!({"events": ["new_subscriber"]})).await;
    let path = format!("/api/v1/webhooks/{webhook}");
    let paused = server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200).json();
    assert_eq!(paused["state"]["state"], "paused");
    server.api.post(&format!("{path}/pause"), &json!({})).await.expect(409);
    server.visitor(&bot).await;
    assert_eq!(server.api.get(&path).await.expect(200).json()["events_after_cursor"], 1);
    assert_eq!(server.api.get("/api/v1/inspector").await.json()["items"], json!([]));
    let resumed = server.api.post(&format!("{path}/resume"), &json!({"from": "cursor"})).await.expect(200).json();
    assert_eq!(resumed["state"]["state"], "behind", "it answers at once, and catches up by itself");
    server.received(1).await;
    server
        .until("end of catching up", async || {
            let read = server.api.get(&path).await.expect(200).json();
            (read["state"]["state"] == "on").then_some(())
        })
        .await;
    server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200);
    server.visitor(&bot).await;
    server.api.post(&format!("{path}/resume"), &json!({"from": "now"})).await.expect(200);
    server.visitor(&bot).await;
    server.received(2).await;
    let events = server.api.get(&format!("/api/v1/events?bot_id={bot}&event=new_subscriber")).await.expect(200).json();
    assert_eq!(events["items"].as_array().unwrap().len(), 3);
    let deliveries = server.api.get(&format!("/api/v1/deliveries?bot_id={bot}&webhook_id={webhook}")).await.json();
    assert_eq!(deliveries["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_url_that_is_sent_back_as_it_was_shown_keeps_what_is_masked() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(&allowing(&receiver)).await;
    let bot = server.bot().await;
    let secret = receiver.url("/hook?token=s3cret");
    let hook = webhook(&server, &bot, json!({"url": secret, "events": ["new_subscriber"]})).await;
    let path = format!("/api/v1/webhooks/{hook}");
    let shown = server.api.get(&path).await.expect(200).json()["url"].clone();
    assert_eq!(shown, receiver.url("/hook?token=***"));
    server.api.patch(&path, &json!({"url": shown, "concurrency": 2})).await.expect(200);
    let elsewhere = json!({"url": receiver.url("/other?a=1&token=***")});
    let refused = server.api.patch(&path, &elsewhere).await.expect(422).json();
    assert_eq!(refused["errors"][0]["code"], "masked_url");
    server.visitor(&bot).await;
    assert_eq!(receiver.wait_for(1).await[0].target, "/hook?token=s3cret");
}

#[tokio::test]
async fn the_log_shows_each_body_as_it_was_wrapped_when_it_was_sent() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let webhook = webhook(&server, &bot, json!({"format": "json", "events": ["new_subscriber"]})).await;
    server.visitor(&bot).await;
    let received = server.received(1).await;
    let delivered = format!("/api/v1/deliveries?bot_id={bot}&status=delivered");
    let first =
        async || server.api.get(&delivered).await.expect(200).json()["items"][0]["id"].as_str().map(str::to_owned);
    let path = format!("/api/v1/deliveries/{}", server.until("delivered delivery", first).await);
    server.api.patch(&format!("/api/v1/webhooks/{webhook}"), &json!({"format": "form"})).await.expect(200);
    let log = server.api.get(&format!("{path}/attempts")).await.expect(200).json();
    assert_eq!((&log["content_type"], &log["request_body"]), (&json!("application/json"), &received[0]["body"]));
    assert!(
        server.api.get(&format!("{path}/curl")).await.expect(200).text().contains("content-type: application/json")
    );
    server.api.post(&format!("{path}/retry"), &json!({})).await.expect(200);
    let again = server.received(2).await;
    let log = server
        .until("second attempt in the log", async || {
            let log = server.api.get(&format!("{path}/attempts")).await.expect(200).json();
            (log["items"].as_array()?.len() == 2).then_some(log)
        })
        .await;
    assert_eq!(log["content_type"], "application/x-www-form-urlencoded");
    assert_eq!(log["request_body"], again[0]["body"]);
    assert_eq!((&log["items"][0]["format"], &log["items"][0]["request_body"]), (&json!("json"), &received[0]["body"]));
    assert_eq!(log["items"][1].get("request_body"), None, "it stands above");
    assert!(server.api.get(&format!("{path}/curl")).await.expect(200).text().contains("payload="));
}

#[tokio::test]
async fn a_sample_of_each_kind_has_its_info_and_can_be_read_and_erased() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let id = webhook(&server, &bot, json!({"format": "json", "date_unit": "seconds"})).await;
    let path = format!("/api/v1/webhooks/{id}/test");
    for (kind, pointer) in [
        ("incoming_message", Some("/info/message/channel_data/message_id")),
        ("outgoing_message", Some("/info/message/channel_data/message_id")),
        ("run_custom_flow", Some("/info/trigger/keyword")),
        ("link_click", Some("/info/link/url")),
        ("failed_delivery", Some("/info/error_message")),
        ("new_subscriber", None),
        ("open_chat", None),
        ("unsubscribe", None),
        ("bot_block", None),
        ("flow_webhook", None),
    ] {
        let tested = server.api.post(&path, &json!({"event": kind})).await.expect(200).json();
        let event = &tested["json_parser"]["value"][0];
        match pointer {
            Some(pointer) => assert!(event.pointer(pointer).is_some_and(Json::is_string), "{kind}: {event}"),
            None => assert_eq!(event["info"], json!(null), "{kind}"),
        }
        let delivery = format!("/api/v1/deliveries/{}", tested["delivery"]["id"].as_str().unwrap());
        let contact = tested["delivery"]["contact_id"].as_str().unwrap();
        assert_eq!(
            server.api.get(&format!("{delivery}/attempts")).await.expect(200).json()["request_body"],
            tested["body"]
        );
        let of_contact = format!("/api/v1/events?bot_id={bot}&contact_id={contact}");
        assert_eq!(server.api.get(&of_contact).await.expect(200).json()["items"][0]["test"], true);
        server.other.delete(&format!("/api/v1/contacts/{contact}")).await.expect(404);
        server.api.delete(&format!("/api/v1/contacts/{contact}")).await.expect(204);
        let erased = server.api.get(&format!("{delivery}/attempts")).await.expect(200).json();
        assert_eq!((&erased["request_body"], &erased["items"][0]["response_body"]), (&json!(""), &json!("")), "{kind}");
        assert_eq!(server.api.get(&of_contact).await.expect(200).json()["items"][0]["data"], json!(null));
    }
}

#[tokio::test]
async fn what_a_webhook_missed_comes_in_its_own_profile_and_unit() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let settings = json!({"events": ["new_subscriber"], "profile": "as_documented", "date_unit": "seconds"});
    let path = format!("/api/v1/webhooks/{}", webhook(&server, &bot, settings).await);
    server.api.post(&format!("{path}/pause"), &json!({})).await.expect(200);
    server.visitor(&bot).await;
    server.api.post(&format!("{path}/resume"), &json!({"from": "cursor"})).await.expect(200);
    let received = server.received(1).await;
    let body: Json = serde_json::from_str(received[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body[0]["title"], "new_subscriber");
    assert!(body[0]["date"].as_i64().unwrap() < 100_000_000_000, "seconds: {body}");
    assert_eq!((body[0].get("id"), body[0]["bot"].get("channel")), (None, None), "as documented: {body}");
}

#[tokio::test]
async fn a_receiver_with_a_certificate_of_the_operators_own_authority_is_reached() {
    let receiver = Receiver::start_tls(&["127.0.0.1"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, receiver.authority_pem().expect("it speaks TLS")).unwrap();
    let mut settings = allowing(&receiver).to_vec();
    for (ca_file, delivered) in [("", false), (file.to_str().unwrap(), true)] {
        settings.push(("ca_file", ca_file.into()));
        let server = TestServer::start_with(&settings).await;
        let bot = server.bot().await;
        let id = webhook(&server, &bot, json!({"url": receiver.url("/hook")})).await;
        let tested = server.api.post(&format!("/api/v1/webhooks/{id}/test"), &json!({})).await.expect(200).json();
        assert_eq!(tested["attempt"]["status"] == 200, delivered, "{tested}");
    }
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_old_one_until_the_overlap_ends() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let path = format!("/api/v1/webhooks/{}/secret", webhook(&server, &bot, json!({})).await);
    let first = server.api.get(&path).await.expect(200).json();
    assert!(first["keys"][0]["secret"].as_str().unwrap().starts_with("whsec_"));
    let rotated = server.api.post(&format!("{path}/rotate"), &json!({"kind": "ed25519"})).await.expect(200).json();
    assert!(rotated["keys"][0]["secret"].as_str().unwrap().starts_with("whpk_"));
    assert_eq!(rotated["keys"][1]["secret"], first["keys"][0]["secret"]);
    let alone = server.api.post(&format!("{path}/rotate"), &json!({"overlap_hours": 0})).await.expect(200).json();
    assert_eq!(alone["keys"].as_array().unwrap().len(), 2, "the ed25519 key ends now, the first has its day: {alone}");
}

#[tokio::test]
async fn a_webhook_that_a_published_flow_sends_is_deleted_when_no_flow_sends_it_any_more() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = server.greeting(&bot, &server.inspector().await).await;
    let listed = server.api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
    let path = format!("/api/v1/webhooks/{}", id(&listed["items"][0]));
    let flow = format!("/api/v1/flows/{flow}");
    let refused = async || {
        let refused = server.api.delete(&path).await.expect(409).json();
        assert_eq!(refused["code"], "webhook_in_use");
        assert!(refused["detail"].as_str().unwrap().contains("\"Greeting\""), "{refused}");
    };
    refused().await;
    server.api.patch(&flow, &json!({"active": false})).await.expect(200);
    refused().await;
    server.api.patch(&flow, &json!({"active": true})).await.expect(200);
    // What was refused changed nothing.
    server.visitor(&bot).await;
    server.received(1).await;
    let read = server.api.get(&flow).await.expect(200);
    let mut draft = read.json()["draft"].clone();
    draft["elements"][1]["actions"] = json!([{"kind": "add_tag", "tag": "greeted"}]);
    let headers = [("content-type", "application/json"), ("if-match", read.headers["etag"].to_str().unwrap())];
    let saved = server.api.send(Method::PUT, &format!("{flow}/draft"), &headers, Bytes::from(draft.to_string())).await;
    saved.expect("it is there").expect(200);
    refused().await;
    server.api.post(&format!("{flow}/publish"), &json!({})).await.expect(201);
    server.api.delete(&path).await.expect(204);
}

#[tokio::test]
async fn what_a_deleted_webhook_had_pending_is_cancelled() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let hook = webhook(&server, &bot, json!({"url": "https://nowhere.invalid/x", "events": ["new_subscriber"]})).await;
    server.visitor(&bot).await;
    let deliveries = format!("/api/v1/deliveries?bot_id={bot}");
    let pending = server
        .until("an attempt", async || {
            let delivery = server.api.get(&deliveries).await.json()["items"][0].clone();
            (delivery["attempts"] == 1).then(|| id(&delivery))
        })
        .await;
    let path = format!("/api/v1/webhooks/{hook}");
    server.api.delete(&path).await.expect(204);
    server.api.get(&path).await.expect(404);
    let listed = server.api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
    let path = format!("/api/v1/deliveries/{pending}");
    server
        .until("the end of the delivery", async || {
            (server.api.get(&path).await.expect(200).json()["status"] == "cancelled").then_some(())
        })
        .await;
    server.api.post(&format!("{path}/retry"), &json!({})).await.expect(404);
}

#[tokio::test]
async fn a_delivery_whose_contact_was_erased_can_not_be_sent_again() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    webhook(&server, &bot, json!({"events": ["new_subscriber"]})).await;
    let (_, contact) = server.visitor(&bot).await;
    let delivered = format!("/api/v1/deliveries?bot_id={bot}&status=delivered");
    let first =
        async || server.api.get(&delivered).await.expect(200).json()["items"][0]["id"].as_str().map(str::to_owned);
    let path = format!("/api/v1/deliveries/{}", server.until("delivered delivery", first).await);
    server.api.delete(&format!("/api/v1/contacts/{contact}")).await.expect(204);
    let before = server.api.get(&path).await.expect(200).json();
    let refused = server.api.post(&format!("{path}/retry"), &json!({})).await.expect(409).json();
    assert_eq!(refused["code"], "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("erased"), "{refused}");
    assert_eq!(server.api.get(&path).await.expect(200).json(), before);
    assert_eq!(before["status"], "delivered");
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let path = format!("/api/v1/webhooks/{}", webhook(&server, &bot, json!({})).await);
    let (path, api) = (&path, &server.api);
    let url = json!({"url": format!("{}?moved=1", server.inspector().await)});
    let headers = json!({"headers": [{"name": "x-team", "value": "sales"}]});
    let rotate = async || api.post(&format!("{path}/secret/rotate"), &json!({})).await.expect(200).json();
    let change = async |change: &Json| {
        api.patch(path, change).await.expect(200);
    };
    let (slow, timeout) = (json!({"concurrency": 3}), json!({"timeout_ms": 2_000}));
    let (first, second, third, ..) =
        tokio::join!(rotate(), rotate(), rotate(), change(&url), change(&headers), change(&slow), change(&timeout));
    let keys = api.get(&format!("{path}/secret")).await.expect(200).json();
    for rotated in [first, second, third] {
        let key = &rotated["keys"][0]["secret"];
        assert!(keys["keys"].as_array().unwrap().iter().any(|kept| kept["secret"] == *key), "{key} is lost: {keys}");
    }
    assert_eq!(keys["keys"].as_array().unwrap().len(), 4);
    let read = api.get(path).await.expect(200).json();
    assert!(read["url"].as_str().unwrap().ends_with("?moved=***"), "{read}");
    assert_eq!(
        (&read["headers"], &read["concurrency"], &read["timeout_ms"]),
        (&json!(["x-team"]), &json!(3), &json!(2_000))
    );
}

#[tokio::test]
async fn a_test_shows_what_came_back_and_what_parsers_read() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let webhook = webhook(&server, &bot, json!({"format": "json"})).await;
    let path = format!("/api/v1/webhooks/{webhook}");
    let tested = server.api.post(&format!("{path}/test"), &json!({"event": "open_chat"})).await.expect(200).json();
    assert_eq!(tested["attempt"]["status"], 204, "{tested}");
    assert_eq!(tested["json_parser"]["value"][0]["title"], "open_chat");
    assert_eq!(tested["form_parser"]["reads"], false);
    server.api.patch(&path, &json!({"format": "documented"})).await.expect(200);
    let tested = server.api.post(&format!("{path}/test"), &json!({})).await.expect(200).json();
    assert_eq!((&tested["json_parser"]["reads"], &tested["form_parser"]["reads"]), (&json!(false), &json!(false)));
}

#[tokio::test]
async fn a_private_host_is_refused_when_it_is_saved() {
    let server = TestServer::start().await;
    let path = format!("/api/v1/bots/{}/webhooks", server.bot().await);
    for (url, code) in [
        ("http://127.0.0.1:1/x", "url_not_allowed"),
        ("http://169.254.169.254/", "url_not_allowed"),
        ("http://2130706433/", "url_not_allowed"),
        ("file:///etc/passwd", "url_not_usable"),
        ("example.org/hook", "url_not_usable"),
    ] {
        let refused = server.api.post(&path, &json!({"url": url, "events": ["open_chat"]})).await.expect(422).json();
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!("url"), &json!(code)),
            "{url}"
        );
    }
    let url = server.inspector().await;
    server.api.post(&path, &json!({"url": url, "events": []})).await.expect(422);
    server.api.post(&path, &json!({"url": url, "events": ["open_chat"], "timeout_ms": 1})).await.expect(422);
    let header = json!([{"name": "host", "value": "x"}]);
    server.api.post(&path, &json!({"url": url, "events": ["open_chat"], "headers": header})).await.expect(422);
}

#[tokio::test]
async fn what_a_user_should_know_is_told_beside_a_saved_webhook() {
    let server = TestServer::start().await;
    let path = format!("/api/v1/bots/{}/webhooks", server.bot().await);
    let wanted = json!({"url": "https://nowhere.invalid/x", "events": ["link_click"]});
    let made = server.api.post(&path, &wanted).await.expect(201).json();
    let told: Vec<_> = made["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert_eq!(told, ["unresolved", "no_public_url"]);
    let read = server.api.get(&format!("/api/v1/webhooks/{}", made["id"].as_str().unwrap())).await.expect(200).json();
    assert!(read["warnings"].is_null(), "they are about what was just saved");
}

#[test]
fn why_a_webhook_is_off_is_read_as_it_was_stored_before_there_were_codes() {
    for (stored, reason) in [
        ("gone", OffReason::Gone),
        ("the receiver answered 410 Gone", OffReason::Gone),
        ("every attempt failed for three days", OffReason::Failing),
    ] {
        let state: WebhookState =
            serde_json::from_value(json!({"state": "off", "cursor": 7, "reason": stored})).unwrap();
        assert_eq!(state, WebhookState::Off { cursor: 7, reason });
    }
}

#[tokio::test]
async fn what_one_does_with_webhooks_and_deliveries_is_told_to_who_watches_the_bot() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let hook =
        webhook(&server, &bot, json!({"url": "https://nowhere.invalid/x", "events": ["incoming_message"]})).await;
    let (visitor, contact) = server.visitor(&bot).await;
    let mut bell = server.app().live.subscribe_bot(bot.parse().unwrap());
    server.api.post(&format!("/api/v1/webhooks/{hook}/pause"), &json!({})).await.expect(200);
    assert!(bell.has_changed().unwrap(), "a webhook is paused");
    server.api.post(&format!("/api/v1/webhooks/{hook}/resume"), &json!({"from": "cursor"})).await.expect(200);
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "a", "text": "Hi"})).await.expect(202);
    let deliveries = format!("/api/v1/deliveries?bot_id={bot}");
    let pending = server
        .until("an attempt", async || {
            let delivery = server.api.get(&deliveries).await.json()["items"][0].clone();
            (delivery["attempts"] == 1).then(|| id(&delivery))
        })
        .await;
    // Its next attempt is seconds away: only the call rings.
    bell.mark_unchanged();
    server.api.post(&format!("/api/v1/deliveries/{pending}/cancel"), &json!({})).await.expect(200);
    assert!(bell.has_changed().unwrap(), "a delivery is cancelled");
    bell.mark_unchanged();
    server.api.delete(&format!("/api/v1/contacts/{contact}")).await.expect(204);
    assert!(bell.has_changed().unwrap(), "a contact is erased");
}
