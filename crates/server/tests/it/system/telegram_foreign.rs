//! A Telegram bot against a fake that others wrote: `telegram-test-api` of the npm registry, in `e2e/telegram-test-api`.

use std::{path::Path, process::Stdio, time::Duration};

use recado_testkit::client::Client;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::{
    api::Api,
    harness::{Start, until},
    telegram,
};

const TOKEN: &str = "4242:foreign-fake";
const CHAT: i64 = 7;
const WITHIN: Duration = Duration::from_secs(30);

/// The fake's process; dropping it ends it.
struct Foreign {
    _child: Child,
    url: String,
}

impl Foreign {
    async fn start() -> Self {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/telegram-test-api"));
        assert!(folder.join("node_modules").is_dir(), "telegram-test-api is not installed: run `make tools`");
        let mut command = Command::new("node");
        command.arg("start.js").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("node does not start ({error}): run `make tools`"));
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("its standard output"));
        let read = tokio::time::timeout(WITHIN, stdout.read_line(&mut line)).await;
        read.expect("the fake is ready in time").expect("it says where it is");
        Self { _child: child, url: line.trim().to_owned() }
    }

    /// A person does something.
    async fn person(&self, path: &str, mut fields: Json) {
        fields["botToken"] = TOKEN.into();
        fields["from"] = json!({"id": CHAT, "first_name": "Ann", "is_bot": false});
        Client::new(&self.url).post(path, &fields).await.expect(200);
    }

    async fn says(&self, text: &str) {
        self.person("/sendMessage", json!({"date": 1, "chat": {"id": CHAT, "type": "private"}, "text": text})).await;
    }

    /// Waits for what the bot says next that has this text.
    async fn hears(&self, text: &str) -> Json {
        until(text, WITHIN, async || {
            let seen =
                Client::new(&self.url).post("/getUpdates", &json!({"token": TOKEN, "chatId": CHAT})).await.json();
            let said = seen["result"].as_array().cloned().unwrap_or_default();
            said.into_iter().find(|update| update["message"]["text"] == text)
        })
        .await
    }
}

#[tokio::test]
async fn the_bot_talks_through_a_fake_that_others_wrote() {
    let foreign = Foreign::start().await;
    let dir = TempDir::new().expect("a temporary folder");
    let server = Start::new(&dir).env("RECADO_TELEGRAM_BASE_URL", &foreign.url).demo().await;
    let api = Api::of(&server);
    telegram::bot(&api, TOKEN).await;
    foreign.says("/start summer").await;
    let welcome = foreign.hears("Welcome summer").await;
    let markup = &welcome["message"]["reply_markup"];
    let markup = markup.as_str().map_or_else(|| markup.clone(), |text| serde_json::from_str(text).expect("a keyboard"));
    let data = markup["inline_keyboard"][0][0]["callback_data"].as_str().expect("a button's data").to_owned();
    let pressed = json!({"message_id": welcome["messageId"], "date": 1, "chat": {"id": CHAT, "type": "private"}});
    foreign.person("/sendCallback", json!({"message": pressed, "data": data})).await;
    foreign.hears("Gone").await;
    for number in 1..=3 {
        foreign.says("add").await;
        foreign.hears(&format!("Number {number}")).await;
    }
}
