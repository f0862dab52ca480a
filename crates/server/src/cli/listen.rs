//! `recado listen`: a bot's events on a program that nobody outside can reach.
//!
//! It follows the bot's live events over an outgoing connection and posts each to a local URL as a webhook would be posted: same body, same headers, signed
//! when a key is given, one at a time in the order of commits. Up to where it came stands in a small file, written after each answer; the next start goes on
//! there, so a stop of either side loses nothing that the server still keeps. A program that is not there is waited for; whatever it answers counts as an
//! answer, and is shown. It is for trying things out: retries are what real webhooks are for.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use bytes::Bytes;
use http::Method;
use recado_delivery::{
    headers::{AttemptHeaders, FixedHeaders},
    payload::{EventMeta, body},
    signature::{Signer, parse_key},
};
use recado_model::{BotId, ContactId, ContentFormat, EventId, EventKind, UnixMs};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::{
    client::{Client, Opened},
    sse::take_events,
};
use crate::clock::{Clock as _, SystemClock};

/// Between two looks whether the server, or the program, is there again.
const AGAIN: Duration = Duration::from_secs(2);
/// As webhooks wait by default, and a little longer than a connection may take: one that does not come about is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(13);
/// Silence after which the connection to the server is given up: it says something every 15 s.
const SILENCE: Duration = Duration::from_mins(1);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's id
    #[arg(long)]
    bot: BotId,
    /// Where to post the events, as in http://127.0.0.1:3000/webhook
    #[arg(long, value_name = "URL")]
    forward_to: Url,
    /// The server
    #[arg(long, env = "RECADO_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An API token
    #[arg(long, env = "RECADO_TOKEN", hide_env_values = true)]
    token: String,
    /// Only these events, separated by commas, as in incoming_message,flow_webhook [default: all]
    #[arg(long, value_delimiter = ',', value_name = "EVENTS", value_parser = kind)]
    events: Vec<EventKind>,
    /// How the body is wrapped: documented, json, form or cloudevents
    #[arg(long, default_value = "documented", value_parser = format)]
    format: ContentFormat,
    /// Sign with this key of a webhook (whsec_… or whsk_…)
    #[arg(long, value_name = "KEY")]
    secret: Option<String>,
    /// The file that keeps how far it came [default: .recado-listen-<bot> in the home folder]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Begin with the next event, whatever the file says
    #[arg(long)]
    from_now: bool,
}

fn kind(word: &str) -> Result<EventKind, String> {
    let known = || EventKind::ALL.map(EventKind::as_str).join(", ");
    EventKind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| format!("events are {}", known()))
}

fn format(word: &str) -> Result<ContentFormat, String> {
    match word {
        "documented" => Ok(ContentFormat::Documented),
        "json" => Ok(ContentFormat::Json),
        "form" => Ok(ContentFormat::Form),
        "cloudevents" => Ok(ContentFormat::Cloudevents),
        _ => Err("formats are documented, json, form and cloudevents".to_owned()),
    }
}

/// An event as the live stream tells it.
#[derive(Debug, Deserialize)]
struct Told {
    seq: i64,
    id: EventId,
    bot_id: BotId,
    contact_id: ContactId,
    event: EventKind,
    title: String,
    at: String,
    data: Box<RawValue>,
}

struct Listener {
    server: Client,
    target: Client,
    /// Path and query of the URL to post to.
    path: String,
    args: Args,
    headers: FixedHeaders,
    signer: Option<Signer>,
    state: PathBuf,
    after: Option<i64>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let signer = match &args.secret {
        Some(key) => Some(Signer::new(&[parse_key(key).context("the key can not be used")?])),
        None => None,
    };
    let state = match &args.state {
        Some(file) => file.clone(),
        None => std::env::home_dir()
            .context("there is no home folder: name a file with --state")?
            .join(format!(".recado-listen-{}", args.bot)),
    };
    let target = &args.forward_to;
    let path = target.query().map_or_else(|| target.path().to_owned(), |query| format!("{}?{query}", target.path()));
    let mut root = target.clone();
    root.set_path("/");
    root.set_query(None);
    let mut listener = Listener {
        server: Client::new(&args.url, Some(args.token.clone()))?,
        target: Client::new(root.as_str(), None)?,
        path,
        headers: FixedHeaders::new(env!("CARGO_PKG_VERSION"), args.format, &[], None),
        signer,
        after: if args.from_now { None } else { read(&state)? },
        state,
        args,
    };
    let bot = listener.server.get(&format!("/api/v1/bots/{}", listener.args.bot)).await?;
    let name = shown(bot["name"].as_str().unwrap_or_default());
    let goes_on = listener.after.is_some();
    if !goes_on {
        // From here on nothing is missed, whoever stops first.
        listener.after = Some(listener.last_event().await?);
        listener.keep()?;
    }
    say(&format!("Forwarding the events of {name} to {}. Ctrl-C stops.", listener.args.forward_to));
    if goes_on {
        say("It goes on where it stopped the last time.");
    }
    tokio::select! {
        ended = listener.follow() => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

impl Listener {
    /// Follows the events for ever; a stream that ends is opened again.
    async fn follow(&mut self) -> anyhow::Result<()> {
        let mut told = false;
        loop {
            match self.stream().await {
                // Every server that stops ends it, and one that can not read its store just now.
                Ok(()) => {
                    told = false;
                    sleep(AGAIN).await;
                }
                Err(Lost::Refused(error)) => return Err(error),
                Err(Lost::Ended(error)) => {
                    if !told {
                        say(&format!("The server is not there ({error:#}). Waiting for it …"));
                        told = true;
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }

    /// One connection to the server, to its end.
    async fn stream(&mut self) -> Result<(), Lost> {
        let after = self.after.map(|seq| seq.to_string());
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(after.as_deref().map(|seq| ("last-event-id", seq)));
        let path = format!("/api/v1/events/live?bot_id={}", self.args.bot);
        let mut stream: Opened = self.server.open(Method::GET, &path, &headers, None).await.map_err(Lost::Ended)?;
        if !stream.status.is_success() {
            let status = stream.status;
            let error = anyhow::anyhow!("the server answered {status} when asked for events");
            return Err(if status.is_server_error() { Lost::Ended(error) } else { Lost::Refused(error) });
        }
        let mut buffer = Vec::new();
        loop {
            let chunk =
                timeout(SILENCE, stream.next()).await.map_err(|_| Lost::Ended(anyhow::anyhow!("it fell silent")))?;
            let Some(chunk) = chunk.map_err(Lost::Ended)? else { return Ok(()) };
            buffer.extend_from_slice(&chunk);
            for event in take_events(&mut buffer) {
                let Ok(told) = serde_json::from_value::<Told>(event.data) else { continue };
                let wanted = self.args.events.is_empty() || self.args.events.contains(&told.event);
                if wanted && !told.data.get().starts_with("null") {
                    self.forward(&told).await;
                }
                self.after = Some(told.seq);
                self.keep().map_err(Lost::Refused)?;
            }
        }
    }

    /// The sequence of the bot's newest event; 0 when there is none.
    async fn last_event(&self) -> anyhow::Result<i64> {
        let newest = self.server.get(&format!("/api/v1/events?bot_id={}&limit=1", self.args.bot)).await?;
        Ok(newest["items"][0]["seq"].as_i64().unwrap_or(0))
    }

    /// Keeps how far it came.
    fn keep(&self) -> anyhow::Result<()> {
        self.after.map_or(Ok(()), |seq| write(&self.state, seq))
    }

    /// Posts an event, once there is a program to post it to.
    async fn forward(&self, told: &Told) {
        let mut silent = false;
        loop {
            let began = Instant::now();
            let answer = timeout(ANSWER_WITHIN, self.post(told)).await;
            let took = began.elapsed().as_millis();
            let what = format!("{:<18} {}", told.event.as_str(), shown(&told.title));
            match answer {
                Ok(Ok(status)) => return say(&format!("{status}  {took:>5} ms  {what}")),
                Err(_) => return say(&format!("---  {took:>5} ms  {what}  (no answer)")),
                Ok(Err(_)) => {
                    if !silent {
                        say(&format!(
                            "---            {what}  ({} is not there; waiting for it …)",
                            self.args.forward_to
                        ));
                        silent = true;
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }

    async fn post(&self, told: &Told) -> anyhow::Result<u16> {
        let now = SystemClock.now();
        let at = told.at.parse::<jiff::Timestamp>().map_or(now, |at| UnixMs(at.as_millisecond()));
        let meta = EventMeta { id: told.id, kind: told.event, at, bot_id: told.bot_id, contact_id: told.contact_id };
        let body = Bytes::from(body(self.args.format, told.data.get().as_bytes(), &meta));
        let id = told.id.to_string();
        let signature = self.signer.as_ref().map(|signer| signer.sign(&id, &body, now)).unwrap_or_default();
        let attempt =
            AttemptHeaders { id: &id, kind: told.event, number: 1, replay: false, now, signature: &signature };
        let headers = self.headers.of_attempt(&attempt);
        let headers: Vec<(&str, &str)> =
            headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        let answer = self.target.send(Method::POST, &self.path, &headers, body).await?;
        Ok(answer.status.as_u16())
    }
}

/// Why a stream ended.
enum Lost {
    /// It may be there again soon.
    Ended(anyhow::Error),
    /// It will not.
    Refused(anyhow::Error),
}

/// Without what could move the cursor of a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn say(line: &str) {
    // Who closes the output early has what they wanted.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn read(state: &Path) -> anyhow::Result<Option<i64>> {
    match fs::read_to_string(state) {
        Ok(text) => {
            let seq =
                text.trim().parse().with_context(|| format!("{} is not a file of `recado listen`", state.display()))?;
            Ok(Some(seq))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can not read {}", state.display())),
    }
}

/// Whole or not at all, also when the machine stops in the middle.
fn write(state: &Path, seq: i64) -> anyhow::Result<()> {
    let mut beside = state.as_os_str().to_owned();
    beside.push(".new");
    let whole = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(seq.to_string().as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, state)
    };
    whole().with_context(|| format!("can not write {}", state.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_came_is_read_again_and_another_file_is_not_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        assert_eq!(read(&file).unwrap(), None);
        write(&file, 42).unwrap();
        assert_eq!(read(&file).unwrap(), Some(42));
        fs::write(&file, "hello").unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("not a file of"));
    }

    #[test]
    fn an_unknown_event_names_the_known_ones() {
        assert_eq!(kind("open_chat"), Ok(EventKind::OpenChat));
        assert!(kind("opened").unwrap_err().contains("incoming_message, outgoing_message"));
    }
}
