//! A person at the web chat.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use recado_testkit::client::Client;
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::harness::{Server, until};

/// How long one request may take before it counts as unanswered.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a message may stay unacknowledged, over restarts.
const TAKEN_WITHIN: Duration = Duration::from_mins(1);
/// How long the bot may take to say something.
const SAID_WITHIN: Duration = Duration::from_secs(30);

/// A person with an open session.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    client: Client,
    base: String,
    token: String,
    pub(crate) contact: String,
    sent: u32,
}

impl Visitor {
    /// Opens the chat with a bot.
    pub(crate) async fn open(server: &Server, bot: &str) -> Self {
        let base = format!("/api/chat/{bot}");
        let opened =
            server.client().post(&format!("{base}/sessions"), &json!({"name": "Ada"})).await.expect(201).json();
        let text = |field: &str| opened[field].as_str().unwrap_or_else(|| panic!("no {field} in {opened}")).to_owned();
        let token = text("token");
        Self { client: server.client().bearer(&token), base, token, contact: text("contact_id"), sent: 0 }
    }

    /// Its client, with the session as its token.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The token of its session.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// How many messages it has begun to send.
    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }

    /// Sends a message once: the status, or why there was no answer.
    pub(crate) async fn send(&self, message: &Json) -> Result<(u16, Json), String> {
        let path = format!("{}/messages", self.base);
        let sent = tokio::time::timeout(ANSWER_WITHIN, self.client.try_json(Method::POST, &path, message)).await;
        let answer = sent.map_err(|_| "no answer in time".to_owned())??;
        Ok((answer.status.as_u16(), answer.json()))
    }

    /// Writes a text and sends it until it is acknowledged, through whatever happens to the server.
    pub(crate) async fn writes(&mut self, text: &str) {
        self.says(json!({"text": text})).await;
    }

    /// Presses the button with this label of the newest message that has it, as soon as there is one.
    pub(crate) async fn presses(&mut self, label: &str) {
        let payload = until(label, SAID_WITHIN, async || {
            let messages = self.messages().await;
            messages.iter().rev().find_map(|message| payload_of(message, label))
        })
        .await;
        self.says(json!({"payload": payload})).await;
    }

    async fn says(&mut self, mut message: Json) {
        self.sent += 1;
        message["id"] = format!("m{}", self.sent).into();
        let deadline = Instant::now() + TAKEN_WITHIN;
        let mut last = String::new();
        while Instant::now() < deadline {
            match self.send(&message).await {
                Ok((202, _)) => return,
                // Slower, please; or: not now.
                Ok((429 | 503, answer)) => last = answer.to_string(),
                Ok((status, answer)) => panic!("{message} was answered {status}: {answer}"),
                Err(words) => last = words,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{message} was not acknowledged within {TAKEN_WITHIN:?}: {last}");
    }

    /// What was said, oldest first.
    pub(crate) async fn messages(&self) -> Vec<Json> {
        let mut all: Vec<Json> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last["seq"].as_i64().expect("a sequence"));
            let page =
                self.client.get(&format!("{}/messages?after={after}&limit=200", self.base)).await.expect(200).json();
            let page = page["items"].as_array().expect("a list of messages").clone();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// Waits until the bot has said this.
    pub(crate) async fn hears(&self, text: &str) {
        until(&format!("{text:?} from the bot"), SAID_WITHIN, async || {
            self.messages().await.iter().any(|message| said(message) == text).then_some(())
        })
        .await;
    }

    /// As [`Visitor::hears`], through whatever happens to the server.
    pub(crate) async fn hears_in_the_end(&self, text: &str, within: Duration) {
        let path = format!("{}/messages?limit=5", self.base);
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            let asked = self.client.send(Method::GET, &path, &[], Bytes::new());
            if let Ok(Ok(answer)) = tokio::time::timeout(ANSWER_WITHIN, asked).await
                && answer.json()["items"].as_array().is_some_and(|items| items.iter().any(|item| said(item) == text))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("within {within:?} {} did not hear {text:?}", self.contact);
    }
}

/// The text of a message of the bot; empty for one of the person.
pub(crate) fn said(message: &Json) -> String {
    let spans = message["part"]["text"].as_array().filter(|_| message["direction"] == "out");
    spans.into_iter().flatten().filter_map(|span| span["text"].as_str()).collect()
}

fn payload_of(message: &Json, label: &str) -> Option<String> {
    let part = &message["part"];
    let lists = [&part["buttons"], &part["quick_replies"]];
    let mut buttons = lists.into_iter().filter_map(Json::as_array).flatten();
    buttons.find(|button| button["label"] == label)?["payload"].as_str().map(ToOwned::to_owned)
}
