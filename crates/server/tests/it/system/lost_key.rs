//! The file with the key that seals secrets is missing, or is another one.

use std::{path::Path, time::Duration};

use recado_testkit::receiver::Receiver;
use serde_json::{Value as Json, json};

use super::{
    api::{Api, assert_signed},
    harness::{Start, until},
    visitor::Visitor,
};

const WITHIN: Duration = Duration::from_secs(30);

#[tokio::test]
async fn without_its_key_a_database_is_not_served_and_with_another_one_nothing_is_sent_unsigned() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = Start::new(&dir).demo().await;
    let key = server.database().with_file_name("secret.key");
    let kept = std::fs::read(&key).expect("a key");
    let (_, again) = server.stop(WITHIN).await;
    std::fs::remove_file(&key).expect("it is gone");
    let mut serve = tokio::process::Command::new(env!("CARGO_BIN_EXE_recado"));
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(key.parent().expect("a folder"));
    let ended =
        tokio::time::timeout(WITHIN, serve.kill_on_drop(true).output()).await.expect("it ends").expect("it ran");
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && words.contains("secret.key is missing"), "{words}");
    assert!(!key.exists(), "no other key takes its place");

    std::fs::write(&key, "ab".repeat(32)).expect("another key");
    let server = again.demo().await;
    let api = server.client().bearer(server.said("api_token"));
    let bot = server.said("bot_id").to_owned();
    let webhooks = async || {
        let listed = api.get(&format!("/api/v1/bots/{bot}/webhooks")).await.expect(200).json();
        listed["items"].as_array().cloned().expect("a list")
    };
    let is_lost = |webhook: &Json| {
        webhook["warnings"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == "secret_lost"))
    };
    let mut lost = webhooks().await;
    lost.retain(is_lost);
    let lost = lost[0]["id"].as_str().expect("the global webhook's secret is lost").to_owned();
    let path = format!("/api/chat/{bot}/sessions");
    let session = server.client().post(&path, &json!({})).await.expect(201).json();
    let visitor = server.client().bearer(session["token"].as_str().expect("a token"));
    visitor.post(&format!("/api/chat/{bot}/messages"), &json!({"id": "1", "text": "Hello"})).await.expect(202);
    let deliveries = async |status: &str| {
        let path = format!("/api/v1/deliveries?bot_id={bot}&webhook_id={lost}&status={status}");
        api.get(&path).await.expect(200).json()["items"].as_array().map_or(0, Vec::len)
    };
    assert!(deliveries("pending").await > 0);
    assert_eq!(deliveries("delivered").await, 0);
    let path = format!("/api/v1/webhooks/{lost}");
    for refused in [
        api.post(&format!("{path}/test"), &json!({})).await,
        api.get(&format!("{path}/secret")).await,
        api.patch(&path, &json!({"auth": null})).await,
    ] {
        let problem = refused.expect(409).json();
        assert_eq!(problem["code"], "secret_lost");
        assert!(problem["detail"].as_str().is_some_and(|words| words.contains("rotate the secret")), "{problem}");
    }
    api.post(&format!("/api/v1/webhooks/{lost}/secret/rotate"), &json!({})).await.expect(200);
    assert!(!webhooks().await.iter().any(is_lost));
    assert_eq!(deliveries("delivered").await, 0, "what it sent along is to be set again first");
    api.post(&format!("/api/v1/webhooks/{lost}/resume"), &json!({"from": "cursor"})).await.expect(200);
    let tested = api.post(&format!("{path}/test"), &json!({})).await.expect(200).json();
    assert_eq!(tested["attempt"]["status"], 204);
    until("everything is delivered", WITHIN, async || (deliveries("pending").await == 0).then_some(())).await;
    assert!(deliveries("delivered").await > 0);
    assert_ne!(kept, std::fs::read(&key).expect("a key"));
}

/// What `recado check` says of the key on a data folder.
async fn checked(data: &Path) -> String {
    let mut check = tokio::process::Command::new(env!("CARGO_BIN_EXE_recado"));
    check.arg("check").env("RECADO_DATA_DIR", data).env("RECADO_LISTEN", "127.0.0.1:0");
    let ended =
        tokio::time::timeout(WITHIN, check.kill_on_drop(true).output()).await.expect("it ends").expect("it ran");
    let words = String::from_utf8_lossy(&ended.stdout).into_owned();
    let line = words.lines().find(|line| line.contains("key file")).unwrap_or_else(|| panic!("no key in {words}"));
    assert_eq!(ended.status.success(), !words.contains("FAIL"), "{words}");
    line.trim().to_owned()
}

#[tokio::test]
async fn check_tells_a_key_that_is_missing_from_one_that_opens_nothing_and_makes_none() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    assert!(checked(&data).await.ends_with("will be made at the first start"));
    let server = Start::new(&dir).demo().await;
    let api = Api::of(&server);
    let bot = server.said("bot_id").to_owned();
    api.client.patch(&format!("/api/v1/bots/{bot}"), &json!({"secrets": {"crm": "hush"}})).await.expect(200);
    let webhooks = api.webhooks(&bot).await.len();
    server.stop(WITHIN).await;
    let key = data.join("secret.key");
    assert!(checked(&data).await.starts_with("ok "));

    let kept = data.join("kept");
    std::fs::rename(&key, &kept).expect("it is gone");
    let (said, closed) = (checked(&data).await, format!("the secrets of 1 bots and {webhooks} webhooks"));
    assert!(said.starts_with("FAIL") && said.contains("is missing") && said.contains(&closed), "{said}");
    assert!(!key.exists(), "looking makes no key");

    std::fs::write(&key, "ab".repeat(32)).expect("another key");
    let said = checked(&data).await;
    assert!(said.starts_with("FAIL") && said.contains("does not open") && said.contains(&closed), "{said}");
    std::fs::write(&key, "short").expect("no key");
    let said = checked(&data).await;
    assert!(said.starts_with("FAIL") && said.contains("64 hexadecimal characters"), "{said}");
    std::fs::rename(kept, &key).expect("the key is back");
    assert!(checked(&data).await.contains("back it up"));
}

#[tokio::test]
async fn a_database_that_holds_no_secret_starts_without_a_key_and_gets_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let mut account = tokio::process::Command::new(env!("CARGO_BIN_EXE_recado"));
    account.args(["account", "create", "--name", "Acme"]).env("RECADO_DATA_DIR", &data);
    let made = account.output().await.expect("it ran");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(data.join("recado.db").exists() && !data.join("secret.key").exists());
    let _server = Start::new(&dir).demo().await;
    assert!(data.join("secret.key").exists());
}

#[tokio::test]
async fn a_webhook_whose_key_is_lost_sends_what_it_has_when_it_has_its_secret_and_its_authorisation_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let receiver = Receiver::start().await;
    let server = Start::new(&dir).allow(receiver.address()).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Discreet").await;
    let webhook = api.webhook(&bot, &receiver.url("/hook"), &["new_subscriber", "incoming_message"]).await;
    api.set_webhook(&webhook, json!({"auth": {"kind": "bearer", "token": "old"}})).await;
    let (_, again) = server.stop(WITHIN).await;
    std::fs::write(dir.path().join("data/secret.key"), "ab".repeat(32)).expect("another key");

    let server = again.demo().await;
    let api = Api::of(&server);
    let mut person = Visitor::open(&server, &bot).await;
    person.writes("Hello").await;
    let path = format!("/api/v1/webhooks/{webhook}");
    let auth = json!({"auth": {"kind": "bearer", "token": "new"}});
    let refused = api.client.patch(&path, &auth).await.expect(409).json();
    assert_eq!(refused["code"], "secret_lost");
    assert_eq!(api.client.get(&format!("{path}/secret")).await.expect(409).json()["code"], "secret_lost");
    api.client.post(&format!("{path}/secret/rotate"), &json!({})).await.expect(200);
    assert_eq!(api.client.get(&path).await.expect(200).json()["state"]["state"], "paused");
    api.set_webhook(&webhook, auth).await;
    let bots = format!("/api/v1/bots/{bot}");
    let named = api.client.patch(&bots, &json!({"secrets": {"crm": "s3cret"}})).await.expect(200).json();
    assert_eq!(named["secrets"], json!(["crm"]), "a bot's named secrets begin anew");
    assert_eq!(receiver.count(), 0, "nothing goes before it is complete");
    api.client.post(&format!("{path}/resume"), &json!({"from": "cursor"})).await.expect(200);
    let secret = api.secret(&webhook).await;
    for request in receiver.wait_for(2).await {
        assert_signed(&request, &secret);
        assert_eq!(request.header("authorization"), Some("Bearer new"));
    }
    api.nothing_pending(&bot, WITHIN).await;
}
