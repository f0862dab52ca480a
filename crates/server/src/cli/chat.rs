//! `recado chat`: the web chat in a terminal, over the same HTTP interface as the page.

use std::{io::BufRead as _, thread};

use anyhow::Context as _;
use http::Method;
use recado_model::{BotId, Entropy as _};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::{
    client::{Client, Opened},
    sse::take_events,
};
use crate::clock::{Clock as _, SystemClock, SystemEntropy};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's id
    #[arg(long)]
    bot: BotId,
    /// The server
    #[arg(long, env = "RECADO_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Your name
    #[arg(long)]
    name: Option<String>,
    /// A link's payload to come in by
    #[arg(long = "ref", value_name = "PAYLOAD")]
    payload: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let base = format!("/api/chat/{}", args.bot);
    let mut session = json!({});
    for (name, value) in [("name", args.name), ("ref", args.payload)] {
        if let Some(value) = value {
            session[name] = value.into();
        }
    }
    let client = Client::new(&args.url, None)?;
    let session = client.post(&format!("{base}/sessions"), &session).await?;
    let client = client.with_token(session["token"].as_str().unwrap_or_default().to_owned());
    eprintln!("Connected. Write and press Enter; a number presses the button of that number; Ctrl-D leaves.\n");
    let mut lines = lines_of_stdin();
    let mut offers = Offers::default();
    let mut last_seen = None;
    let mut events = follow(&client, &base, None).await?;
    let mut buffer = Vec::new();
    loop {
        tokio::select! {
            line = lines.recv() => {
                let Some(line) = line else { return Ok(()) };
                say(&client, &base, &line, &offers).await?;
            }
            chunk = events.next() => {
                let Ok(Some(chunk)) = chunk else {
                    buffer.clear();
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    events = follow(&client, &base, last_seen.as_deref()).await.context("the connection was lost")?;
                    continue;
                };
                buffer.extend_from_slice(&chunk);
                for event in take_events(&mut buffer) {
                    last_seen = event.id.or(last_seen);
                    if event.name.is_empty() || event.name == "message" {
                        show(&event.data, &mut offers);
                    }
                }
            }
        }
    }
}

async fn follow(client: &Client, base: &str, after: Option<&str>) -> anyhow::Result<Opened> {
    let mut headers = vec![("Accept", "text/event-stream")];
    headers.extend(after.map(|id| ("Last-Event-ID", id)));
    let opened = client.open(Method::GET, &format!("{base}/events"), &headers, None).await?;
    anyhow::ensure!(opened.status.is_success(), "the server answered {} to the event stream", opened.status);
    Ok(opened)
}

/// Standard input, line by line. A thread of its own, because a terminal can not be read without blocking.
fn lines_of_stdin() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(16);
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// What can be pressed, by the number shown before it.
#[derive(Debug, Default)]
struct Offers(Vec<String>);

async fn say(client: &Client, base: &str, line: &str, offers: &Offers) -> anyhow::Result<()> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(());
    }
    let pressed = line.parse::<usize>().ok().and_then(|number| offers.0.get(number.checked_sub(1)?));
    let id = format!("{:012x}{:016x}", SystemClock.now().0, SystemEntropy.next_u64());
    let message = match pressed {
        Some(payload) => json!({"id": id, "payload": payload}),
        None => json!({"id": id, "text": line}),
    };
    if let Err(error) = client.post(&format!("{base}/messages"), &message).await {
        eprintln!("not sent: {error:#}");
    }
    Ok(())
}

/// Shows a message of the bot and takes over its buttons.
fn show(message: &Json, offers: &mut Offers) {
    if message["direction"] != "out" {
        return;
    }
    let part = &message["part"];
    let who = message["sent_by"]["firstname"].as_str().unwrap_or("bot");
    let mut pressable = Vec::new();
    let mut lines = Vec::new();
    match part["kind"].as_str() {
        Some("media") => {
            lines.push(format!(
                "[{}] {}",
                part["media"].as_str().unwrap_or("file"),
                part["url"].as_str().unwrap_or_default()
            ));
            lines.push(plain(&part["caption"]));
        }
        Some("gallery") => {
            for card in part["cards"].as_array().into_iter().flatten() {
                let text = |name: &str| card[name].as_str().unwrap_or_default().to_owned();
                lines.push(format!("* {} {}", text("title"), text("subtitle")));
                buttons(&card["buttons"], &mut pressable, &mut lines);
            }
        }
        _ => lines.push(plain(&part["text"])),
    }
    buttons(&part["buttons"], &mut pressable, &mut lines);
    buttons(&part["quick_replies"], &mut pressable, &mut lines);
    if !pressable.is_empty() {
        offers.0 = pressable;
    }
    for line in lines.iter().filter(|line| !line.is_empty()) {
        println!("{who}: {line}");
    }
}

/// The text of spans, without what could move the cursor of a terminal.
fn plain(spans: &Json) -> String {
    let mut text = String::new();
    for span in spans.as_array().into_iter().flatten() {
        text.push_str(span["text"].as_str().unwrap_or_default());
        if let Some(link) = span["link"].as_str() {
            text.push_str(" <");
            text.push_str(link);
            text.push('>');
        }
    }
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn buttons(list: &Json, pressable: &mut Vec<String>, lines: &mut Vec<String>) {
    for button in list.as_array().into_iter().flatten() {
        let label = button["label"].as_str().unwrap_or_default();
        if let Some(payload) = button["payload"].as_str() {
            pressable.push(payload.to_owned());
            lines.push(format!("  [{}] {label}", pressable.len()));
        } else {
            let target = ["url", "phone"].iter().find_map(|name| button[*name].as_str()).unwrap_or_default();
            lines.push(format!("  [ ] {label} {target}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buttons_of_the_last_message_that_had_some_are_numbered() {
        let mut offers = Offers::default();
        let buttons = json!([{"label": "Yes", "kind": "press", "payload": "p0"}, {"label": "Site", "kind": "link", "url": "https://example.org"}, {"label": "No", "kind": "press", "payload": "p2"}]);
        show(
            &json!({"direction": "out", "part": {"kind": "text", "text": [{"text": "Well?"}], "buttons": buttons}}),
            &mut offers,
        );
        show(
            &json!({"direction": "out", "part": {"kind": "text", "text": [{"text": "Take your time."}]}}),
            &mut offers,
        );
        assert_eq!(offers.0, ["p0", "p2"]);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(plain(&json!([{"text": "a\u{1b}[2Jb\nc"}])), "a[2Jb\nc");
    }
}
