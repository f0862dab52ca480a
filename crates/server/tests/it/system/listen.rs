//! `recado listen`: events on a program that only this machine reaches, over stops of all three.

use std::{path::Path, process::Stdio, time::Duration};

use recado_testkit::receiver::{Received, Receiver};
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{
    api::{Api, text},
    harness::{Server, Start, until},
    visitor::Visitor,
};

const SOON: Duration = Duration::from_secs(30);
const KEY: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

fn listen(server: &Server, bot: &str, to: &str, state: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recado"));
    command.args(["listen", "--url", server.url(), "--token", server.said("api_token"), "--bot", bot]);
    command.args(["--forward-to", to, "--events", "incoming_message", "--format", "json", "--secret", KEY, "--state"]);
    command.arg(state).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().expect("it starts")
}

fn said(requests: &[Received]) -> Vec<String> {
    let of = |request: &Received| {
        let body: Json = serde_json::from_slice(&request.body).expect("JSON");
        text(&body[0]["info"]["message"]["channel_data"]["message"], "text")
    };
    requests.iter().map(of).collect()
}

async fn heard(receiver: &Receiver, words: &str) {
    until(words, SOON, async || said(&receiver.requests_at("/hook")).contains(&words.to_owned()).then_some(())).await;
}

#[tokio::test]
async fn events_are_forwarded_in_order_and_a_stop_loses_none() {
    let dir = TempDir::new().expect("a temporary folder");
    let receiver = Receiver::start().await;
    let state = dir.path().join("state");
    let server = Start::new(&dir).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Listened").await;
    let mut person = Visitor::open(&server, &bot).await;
    let mut first = listen(&server, &bot, &receiver.url("/hook"), &state);
    // What is said before it listens is not its: so it is spoken to until it hears.
    let mut hello = 0;
    until("the first event", SOON, async || {
        hello += 1;
        person.writes(&format!("hello {hello}")).await;
        (!receiver.requests_at("/hook").is_empty()).then_some(())
    })
    .await;
    person.writes("one").await;
    heard(&receiver, "one").await;
    let before = receiver.requests_at("/hook").len();
    first.kill().await.expect("it is killed");
    for text in ["two", "three"] {
        person.writes(text).await;
    }
    let _second = listen(&server, &bot, &receiver.url("/hook"), &state);
    heard(&receiver, "three").await;
    person.writes("four").await;
    heard(&receiver, "four").await;
    let requests = receiver.requests_at("/hook");
    // The one that was answered as the process was killed may come twice, under the same id.
    let after: Vec<String> = said(&requests[before..]).into_iter().filter(|text| text != "one").collect();
    assert_eq!(after, ["two", "three", "four"]);
    let last = requests.last().expect("a request");
    super::api::assert_signed(last, KEY);
    assert_eq!(last.header("recado-event"), Some("incoming_message"));
}
