//! The file with the key that seals secrets is missing, or is another one.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::harness::{Start, until};

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
    api.post(&format!("/api/v1/webhooks/{lost}/secret/rotate"), &json!({})).await.expect(200);
    assert!(!webhooks().await.iter().any(is_lost));
    until("everything is delivered", WITHIN, async || (deliveries("pending").await == 0).then_some(())).await;
    assert!(deliveries("delivered").await > 0);
    assert_ne!(kept, std::fs::read(&key).expect("a key"));
}
