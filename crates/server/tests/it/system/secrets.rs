//! S5: secrets are planted everywhere a user can put one, everything that can go wrong goes wrong, and then all that comes out is searched:
//! every answer of the API, problems, the live stream, metrics, the exported flows, the log at its most verbose, and the files on the disk.

use std::{fs, path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::Method;
use recado_server::{auth::session::setup_code, seal::Sealer};
use recado_testkit::{
    client::Client,
    receiver::{Behaviour, Receiver},
    telegram::{FakeTelegram, TOKEN},
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    api::{Api, text},
    harness::{Server, Start, free_port, until},
    visitor::Visitor,
};

const WITHIN: Duration = Duration::from_secs(30);
const NAMED: &str = "PLANTED-named-secret";
const HEADER: &str = "PLANTED-header-value";
const PASSWORD_OF_OWNER: &str = "planted-password-of-the-owner";
const PASSWORD: &str = "PLANTED-basic-password";
const BEARER: &str = "PLANTED-bearer-token";
const PAYMENT: &str = "PLANTED-payment-token";
/// In the URL of a global webhook. Webhooks keep their URL as it was typed, so it is on the disk; nothing shows it.
const QUERY: &str = "PLANTED-query-value";
/// In the URL of a *send webhook* element: the flow's own document shows it, to whoever may edit the flow; nothing else does.
const FLOW_QUERY: &str = "PLANTED-flow-query";
const WRONG_TOKEN: &str = "110201543:PLANTED-wrong-telegram-token-000";

/// What came out, with where.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((place.into(), bytes.into()));
    }

    /// Every file below a folder, but the key.
    fn add_files(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.add_files(&path);
            } else if path.file_name().is_some_and(|name| name != "secret.key") {
                self.add(path.display().to_string(), fs::read(&path).expect("the file can be read"));
            }
        }
    }

    fn assert_without(&self, secrets: &[String], but: impl Fn(&str, &str) -> bool) {
        let mut leaks = Vec::new();
        for (place, bytes) in &self.0 {
            for secret in secrets.iter().filter(|secret| !but(place, secret)) {
                let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
                if let Some(at) = found {
                    let around = &bytes[at.saturating_sub(80)..(at + 80).min(bytes.len())];
                    leaks.push(format!("{secret} in {place}: …{}…", String::from_utf8_lossy(around)));
                }
            }
        }
        assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
    }
}

struct Stage {
    dir: TempDir,
    telegram: FakeTelegram,
    receiver: Receiver,
    /// Nobody listens there.
    closed: String,
    server: Server,
    api: Api,
    secrets: Vec<String>,
}

impl Stage {
    /// A server with a public URL, so that Telegram calls it, that logs all it can.
    async fn begin() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let (telegram, receiver) = (FakeTelegram::start().await.expect("a port on loopback"), Receiver::start().await);
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("its address");
        let log = format!("exec \"$0\" \"$@\" 2>>{}", dir.path().join("log").display());
        let start =
            Start::new(&dir).port(free_port()).allow(receiver.address()).allow(closed).under(["sh", "-c", &log]);
        let start = start.env("RECADO_TELEGRAM_BASE_URL", &telegram.url()).env("RECADO_LOG_LEVEL", "trace");
        let server = start.demo().await;
        let token = server.said("api_token").to_owned();
        let server = server.kill().await.public(true).demo().await;
        let api = Api::with(&server, &token);
        let mut secrets: Vec<String> =
            [NAMED, HEADER, PASSWORD, BEARER, PAYMENT, QUERY, FLOW_QUERY, WRONG_TOKEN, TOKEN].map(str::to_owned).into();
        secrets.push(BASE64.encode(format!("u:{PASSWORD}")));
        secrets.push(token);
        Self { dir, telegram, receiver, closed: closed.to_string(), server, api, secrets }
    }

    /// A web chat bot whose webhooks and API requests authorise themselves; one receiver works, the other is not there.
    async fn bot(&mut self) -> String {
        let Self { api, receiver, closed, .. } = self;
        let bot = api.bot("Discreet").await;
        let path = format!("/api/v1/bots/{bot}");
        api.client.patch(&path, &json!({"secrets": {"crm": NAMED}})).await.expect(200);
        let ask = |id: &str, url: String| json!({"id": id, "type": "api_request", "url": url, "timeout_s": 2, "auth": {"kind": "bearer", "secret": "crm"}});
        let elements = json!([
            ask("ask", receiver.url("/crm")), ask("fail", format!("http://{closed}/crm")),
            {"id": "tell", "type": "action", "actions": [{"kind": "send_webhook", "name": "told", "url": receiver.url(&format!("/flow?key={FLOW_QUERY}"))}]},
            {"id": "say", "type": "message", "parts": [{"kind": "text", "text": "Done"}]},
        ]);
        let edges = json!([
            {"from": "ask", "output": "done", "to": "fail"}, {"from": "ask", "output": "error", "to": "fail"},
            {"from": "fail", "output": "done", "to": "tell"}, {"from": "fail", "output": "error", "to": "tell"},
            {"from": "tell", "output": "next", "to": "say"},
        ]);
        let flow = api.flow(&bot, "Ask", elements, edges).await;
        api.keyword(&bot, &flow, "ask").await;
        for url in [receiver.url(&format!("/global?key={QUERY}")), format!("http://{closed}/global?key={QUERY}")] {
            let webhook = api.webhook(&bot, &url, &["new_subscriber", "incoming_message"]).await;
            let settings = json!({
                "headers": [{"name": "x-api-key", "value": HEADER}], "schedule_ms": [200],
                "auth": {"kind": "basic", "user": "u", "password": PASSWORD},
            });
            api.set_webhook(&webhook, settings).await;
            self.secrets.push(api.secret(&webhook).await);
        }
        bot
    }

    /// A Telegram bot with a payment provider, called with a secret token.
    async fn telegram_bot(&mut self) -> String {
        let bot = super::telegram::bot(&self.api, TOKEN).await;
        let connect = json!({"token": TOKEN, "payment_token": PAYMENT});
        self.api.client.post(&format!("/api/v1/bots/{bot}/connect"), &connect).await.expect(200);
        let calls = self.telegram.wait_for_calls("setWebhook", 1).await;
        self.secrets.extend(calls.iter().map(|call| call.fields["secret_token"].as_str().expect("a token").to_owned()));
        self.telegram.says(7, "add").await;
        self.telegram.wait_for_text(7, "Number 1").await;
        bot
    }

    /// Mistakes that quote what they were given, and calls that must be refused.
    async fn mistakes(&self, bots: &[String; 2], webhook: &str, seen: &mut Seen) {
        let client = &self.api.client;
        let webhook = format!("/api/v1/webhooks/{webhook}");
        let basic = json!({"auth": {"kind": "basic", "user": "u", "password": [PASSWORD]}});
        for (what, answer) in [
            (
                "a wrong token",
                client.post(&format!("/api/v1/bots/{}/connect", bots[1]), &json!({"token": WRONG_TOKEN})).await,
            ),
            (
                "a private address",
                client.patch(&webhook, &json!({"url": format!("http://10.0.0.1/?key={QUERY}")})).await,
            ),
            (
                "credentials in the URL",
                client.patch(&webhook, &json!({"url": format!("http://u:{PASSWORD}@example.org/")})).await,
            ),
            ("a list of passwords", client.patch(&webhook, &basic).await),
            ("a path that is not there", client.get(&format!("/api/v1/nothing?key={QUERY}")).await),
            ("a query that is not known", client.get(&format!("/api/v1/flows?bot_id={}&key={QUERY}", bots[0])).await),
            ("a token nobody knows", client.bearer(BEARER).get("/api/v1/bots").await),
        ] {
            assert!(answer.status.is_client_error(), "{what}: {}", answer.text());
            seen.add(what, answer.body);
        }
    }

    /// The first owner, signed in and refused: the password and the session are secrets.
    async fn owner(&mut self, seen: &mut Seen) {
        let key = self.server.database().with_file_name("secret.key");
        let code = setup_code(&Sealer::open_file(&key).expect("a key"));
        let owner = json!({
            "account_name": "Acme", "name": "Ada", "email": "ada@example.org", "password": PASSWORD_OF_OWNER, "code": code,
        });
        let made = self.api.client.post("/api/v1/setup", &owner).await.expect(201);
        let cookie = made.headers["set-cookie"].to_str().expect("a text").split(';').next().expect("a pair").to_owned();
        let session = cookie.split_once('=').expect("a value").1.to_owned();
        seen.add("the set-up", made.body);
        let browser = Client::new(self.server.url()).with("cookie", &cookie);
        for (what, answer) in [
            ("the session", browser.get("/api/v1/session").await),
            (
                "a sign-in that is refused",
                browser
                    .post("/api/v1/session", &json!({"email": "eve@example.org", "password": PASSWORD_OF_OWNER}))
                    .await,
            ),
            ("a change without its token", browser.patch("/api/v1/session", &json!({"name": "Eve"})).await),
        ] {
            seen.add(what, answer.body);
        }
        self.secrets.extend([PASSWORD_OF_OWNER.to_owned(), session]);
    }

    /// A new API token, kept for a repetition of the call.
    async fn new_token(&mut self) {
        let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
        let body = json!({"name": "another"}).to_string();
        let path = "/api/v1/account/tokens";
        let made =
            self.api.client.send(Method::POST, path, &headers, body.into()).await.expect("an answer").expect(201);
        self.secrets.push(text(&made.json(), "token"));
    }
}

/// Each GET of the API, with each id that there is.
async fn everything_that_can_be_read(api: &Api, bots: &[String; 2], seen: &mut Seen) {
    let document: Json = serde_json::from_str(include_str!("../../../../../docs/openapi.json")).expect("it is JSON");
    let mut paths: Vec<String> = Vec::new();
    let reads = document["paths"].as_object().expect("paths").iter().filter(|(_, path)| path.get("get").is_some());
    for (path, _) in reads {
        // The one shows secrets, the other is a receiver, the third never ends, the others are for those who signed in.
        if ["/secret", "/inspector", "/live", "/session", "/session/all"].iter().any(|end| path.ends_with(end))
            || !path.starts_with("/api/v1")
        {
            continue;
        }
        paths.push(path.clone());
    }
    assert!(paths.len() > 20, "{paths:?}");
    for bot in bots {
        for path in &paths {
            for path in filled(api, bot, path).await {
                let answer = api.client.get(&path).await.expect(200);
                seen.add(path, answer.body);
            }
        }
    }
}

/// A path with the ids of a bot's things in place of its parameters.
async fn filled(api: &Api, bot: &str, path: &str) -> Vec<String> {
    let lists = [
        ("{flow_id}", format!("/api/v1/flows?bot_id={bot}")),
        ("{contact_id}", format!("/api/v1/contacts?bot_id={bot}")),
        ("{delivery_id}", format!("/api/v1/deliveries?bot_id={bot}")),
        ("{event_id}", format!("/api/v1/events?bot_id={bot}")),
        ("{webhook_id}", format!("/api/v1/bots/{bot}/webhooks")),
        ("{trigger_id}", format!("/api/v1/bots/{bot}/triggers")),
    ];
    let path = path.replace("{bot_id}", bot).replace("{number}", "1");
    if let Some((name, list)) = lists.iter().find(|(name, _)| path.contains(name)) {
        let listed = api.client.get(list).await.expect(200).json();
        let items = listed["items"].as_array().expect("a list").iter();
        return items.map(|item| path.replace(name, &text(item, "id"))).collect();
    }
    let of_a_bot = ["/chats", "/contacts", "/contacts/export", "/deliveries", "/events", "/flows"]
        .iter()
        .any(|end| path.ends_with(end));
    vec![if of_a_bot { format!("{path}?bot_id={bot}") } else { path }]
}

/// The live stream up to its first events.
async fn live(server: &Server, token: &str, bot: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
    let request = format!(
        "GET /api/v1/events/live?bot_id={bot} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nlast-event-id: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut came = Vec::new();
    until("live events", WITHIN, async || {
        stream.read_buf(&mut came).await.expect("it can be read");
        String::from_utf8_lossy(&came).contains("new_subscriber").then_some(())
    })
    .await;
    came
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_planted_secret_comes_out_anywhere() {
    let mut stage = Stage::begin().await;
    let mut seen = Seen::default();
    let bots = [stage.bot().await, stage.telegram_bot().await];
    stage.new_token().await;
    stage.owner(&mut seen).await;
    let url = stage.server.url().to_owned();
    let session = talks(&stage, &bots[0], &mut seen).await;
    stage.secrets.push(session);
    let webhooks = stage.api.webhooks(&bots[0]).await;
    let webhook = text(&webhooks[0], "id");
    stage.mistakes(&bots, &webhook, &mut seen).await;
    let tested = stage.api.client.post(&format!("/api/v1/webhooks/{webhook}/test"), &json!({})).await;
    seen.add("a test", tested.body);
    for path in ["/metrics", "/healthz", &format!("/chat/{}", bots[0])] {
        seen.add(path, Client::new(&url).get(path).await.expect(200).body);
    }
    let token = stage.secrets.iter().find(|secret| secret.starts_with("rcd_")).expect("a token").clone();
    seen.add("live", live(&stage.server, &token, &bots[0]).await);
    everything_that_can_be_read(&stage.api, &bots, &mut seen).await;
    let out = stage.dir.path().join("flows");
    pulled(&url, &token, &bots[0], &out, &mut seen).await;
    let data = stage.server.database().parent().expect("a folder").to_owned();
    seen.add_files(&data);
    let (status, _) = stage.server.stop(WITHIN).await;
    assert!(status.success(), "it ended with {status}");
    seen.add_files(&data);
    let log = fs::read(stage.dir.path().join("log")).expect("the log");
    assert!(log.len() > 10_000, "the log is verbose: {}", String::from_utf8_lossy(&log));
    seen.add("the log", log);

    let data = data.display().to_string();
    seen.assert_without(&stage.secrets, |place, secret| {
        let at_rest = place.starts_with(&data);
        let document = place.contains("/api/v1/flows/") || place.contains("/flows/");
        (at_rest && [QUERY, FLOW_QUERY].contains(&secret)) || (document && secret == FLOW_QUERY)
    });
}

/// A person makes everything happen: both API requests, the flow webhook, the global ones. Gives the session's token.
async fn talks(stage: &Stage, bot: &str, seen: &mut Seen) -> String {
    stage.receiver.next_at("/crm", [Behaviour::status(500)]);
    stage.receiver.next_at("/global", [Behaviour::Reset]);
    let mut person = Visitor::open(&stage.server, bot).await;
    person.writes("ask").await;
    person.hears("Done").await;
    stage.api.nothing_pending(bot, WITHIN).await;
    seen.add("the chat", json!(person.messages().await).to_string());
    let requests = stage.receiver.requests();
    let sent = |path: &str, name: &str, value: &str| {
        requests.iter().any(|request| request.path() == path && request.header(name).is_some_and(|sent| sent == value))
    };
    assert!(sent("/global", "x-api-key", HEADER), "the receiver gets its header");
    assert!(sent("/crm", "authorization", &format!("Bearer {NAMED}")), "the API gets its secret");
    let flow = stage.receiver.requests_at("/flow");
    assert!(flow.iter().any(|request| request.target.contains(FLOW_QUERY)), "the receiver gets its query");
    person.token().to_owned()
}

/// What `recado flow pull` writes and says.
async fn pulled(url: &str, token: &str, bot: &str, out: &Path, seen: &mut Seen) {
    let mut pull = tokio::process::Command::new(env!("CARGO_BIN_EXE_recado"));
    pull.args(["flow", "pull", "--bot", bot, "--url", url, "--out"]).arg(out).env("RECADO_TOKEN", token);
    let done = pull.output().await.expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    seen.add("the words of flow pull", [done.stdout, done.stderr].concat());
    seen.add_files(out);
}
