//! `recado check`: what an operator would look at, looked at. Changes nothing but the data folder's existence.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path, process::ExitCode, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method};
use recado_delivery::egress::{AllowEntry, Door, Request};
use recado_model::{Account, Service};
use recado_store::{
    Catalog as _, Records as _,
    catalog::{StoredBot, StoredWebhook},
    sqlite::{Schema, SqliteStore},
};
use serde_json::Value as Json;

use super::open::{self, FolderLock};
use crate::{
    config::{Config, Layers, Place},
    runtime::registry::BotSecrets,
    seal::{Purpose, Sealer},
};

/// What became of the looks.
#[derive(Debug, Default)]
struct Findings {
    good: usize,
    warnings: usize,
    failures: usize,
}

impl Findings {
    fn ok(&mut self, what: &str, found: impl AsRef<str>) {
        self.good += 1;
        println!("  ok    {what:<22} {}", found.as_ref());
    }

    fn warn(&mut self, what: &str, found: impl AsRef<str>, to_do: &str) {
        self.warnings += 1;
        println!("  warn  {what:<22} {}\n        {:<22} → {to_do}", found.as_ref(), "");
    }

    fn fail(&mut self, what: &str, found: impl AsRef<str>, to_do: &str) {
        self.failures += 1;
        println!("  FAIL  {what:<22} {}\n        {:<22} → {to_do}", found.as_ref(), "");
    }
}

pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    println!("Configuration");
    let (config, layers) = match Config::load_with_layers(file, Vec::new()) {
        Ok(loaded) => loaded,
        Err(error) => {
            findings.fail("configuration", error.to_string(), "correct it; recado.default.toml explains each key");
            return Ok(ExitCode::FAILURE);
        }
    };
    configuration(&layers, &mut findings);
    let entries = egress(&config, &mut findings);
    println!("Data");
    let serving = data_folder(&config, &mut findings);
    let stored = database(&config, &mut findings).await;
    let keys = key_file(&config, stored.as_ref(), &mut findings);
    println!("Connections");
    let door = door(&config, entries, &mut findings)?;
    listen(&config, serving, &mut findings);
    public_url(&config, &door, &mut findings).await;
    if let Some(stored) = stored {
        telegram(&config, &door, keys.as_ref(), stored.bots, &mut findings).await;
    }
    println!();
    match (findings.failures, findings.warnings) {
        (0, 0) => println!("All {} looks found it well.", findings.good),
        (0, warnings) => println!("Works; {warnings} to look at."),
        (failures, warnings) => println!("{failures} to repair, {warnings} to look at."),
    }
    Ok(if findings.failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn configuration(layers: &Layers, findings: &mut Findings) {
    let mut changed = 0;
    for (key, value, place) in layers.iter().filter(|(_, _, place)| **place != Place::Default) {
        findings.ok(key, format!("{value} (from {place})"));
        changed += 1;
    }
    if changed == 0 {
        findings.ok("settings", "all defaults");
    }
    for name in &layers.unknown_variables {
        let to_do = layers
            .meant_by(name)
            .map_or_else(|| "it has no effect".to_owned(), |meant| format!("it has no effect; did you mean {meant}?"));
        findings.warn(name, "is no setting", &to_do);
    }
}

fn egress(config: &Config, findings: &mut Findings) -> Vec<AllowEntry> {
    match open::egress(config) {
        Ok(entries) => {
            findings.ok(
                "egress",
                match config.allow_egress.len() {
                    0 => "public addresses only".to_owned(),
                    _ => format!("public addresses and {}", config.allow_egress.join(", ")),
                },
            );
            entries
        }
        Err(error) => {
            findings.fail(
                "egress",
                format!("{error:#}"),
                "correct allow_egress, as in \"127.0.0.1:3000\" or \"10.1.0.0/16\"",
            );
            Vec::new()
        }
    }
}

/// The way out; without the operator's authorities when these can not be used.
fn door(config: &Config, entries: Vec<AllowEntry>, findings: &mut Findings) -> anyhow::Result<Door> {
    match (open::door(config, entries.clone()), &config.ca_file) {
        (Ok(door), None) => Ok(door),
        (Ok(door), Some(path)) => {
            findings.ok("authorities", format!("those of {} are trusted too", path.display()));
            Ok(door)
        }
        (Err(error), Some(_)) => {
            findings.fail("authorities", format!("{error:#}"), "correct ca_file, or set it to \"\"");
            open::door(&Config { ca_file: None, ..config.clone() }, entries)
        }
        (Err(error), None) => Err(error),
    }
}

/// Whether a server runs on the data folder.
fn data_folder(config: &Config, findings: &mut Findings) -> bool {
    let folder = config.data_dir.display();
    match FolderLock::take(&config.data_dir) {
        Ok(_) => {
            findings.ok("data folder", format!("{folder}, no server runs on it"));
            false
        }
        Err(error) if config.data_dir.join("recado.lock").exists() => {
            findings.ok("data folder", format!("{folder}: {error:#}"));
            true
        }
        Err(error) => {
            findings.fail("data folder", format!("{error:#}"), "make it writable, or set data_dir");
            false
        }
    }
}

/// What is stored and may be sealed.
#[derive(Debug, Default)]
struct Stored {
    bots: Vec<StoredBot>,
    webhooks: Vec<StoredWebhook>,
}

impl Stored {
    async fn read(store: &SqliteStore, accounts: &[Account]) -> anyhow::Result<Self> {
        let mut stored = Self::default();
        for account in accounts {
            stored.bots.extend(store.bots(account.id).await?);
        }
        for bot in &stored.bots {
            stored.webhooks.extend(store.webhooks(bot.bot.id).await?);
        }
        Ok(stored)
    }

    /// How many bots and webhooks have secrets that these keys do not open.
    fn closed(&self, keys: Option<&Sealer>) -> (usize, usize) {
        let is_closed =
            |purpose, sealed: &[u8]| !sealed.is_empty() && keys.is_none_or(|keys| keys.open(purpose, sealed).is_err());
        let bots = self.bots.iter().filter(|stored| is_closed(Purpose::Bot, &stored.sealed));
        let webhooks = self.webhooks.iter().filter(|stored| is_closed(Purpose::Webhook, &stored.sealed));
        (bots.count(), webhooks.count())
    }
}

/// The key, and whether it is the one that the stored secrets were sealed with, if these could be looked at.
fn key_file(config: &Config, stored: Option<&Stored>, findings: &mut Findings) -> Option<Sealer> {
    let path = config.key_file.display();
    let keys = match Sealer::of_file(&config.key_file) {
        Ok(keys) => keys,
        Err(error) => {
            findings.fail("key file", error.to_string(), "restore it from your backup");
            return None;
        }
    };
    let Some(stored) = stored else {
        match keys {
            Some(_) => key_file_mode(config, findings),
            None => findings.warn(
                "key file",
                format!("{path} is missing; the database was not looked into"),
                "put it back from your backup if secrets were sealed with it: the server does not start without it then",
            ),
        }
        return keys;
    };
    let closed = stored.closed(keys.as_ref());
    match (&keys, closed) {
        (None, (0, 0)) => findings.ok("key file", format!("{path} will be made at the first start")),
        (None, (bots, webhooks)) => findings.fail(
            "key file",
            format!("{path} is missing; the secrets of {bots} bots and {webhooks} webhooks were sealed with it"),
            "put it back from your backup: the server does not start without it",
        ),
        (Some(_), (0, 0)) => key_file_mode(config, findings),
        (Some(_), (bots, webhooks)) => findings.fail(
            "key file",
            format!("{path} does not open the secrets of {bots} bots and {webhooks} webhooks: they were sealed with another key"),
            "put that key back from your backup: until then they send nothing. docs/operating.md says what to do when it is lost for good",
        ),
    }
    keys
}

fn key_file_mode(config: &Config, findings: &mut Findings) {
    let path = config.key_file.display();
    match fs::metadata(&config.key_file) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            findings.warn("key file", format!("{path} can be read by other users"), "chmod 600 it");
        }
        Ok(_) | Err(_) => findings.ok("key file", format!("{path}; back it up apart from the database")),
    }
}

/// What is in the database. None when it was not looked into: one of another version is left as it is.
async fn database(config: &Config, findings: &mut Findings) -> Option<Stored> {
    if !config.database().exists() {
        findings.ok("database", "none yet; the first start makes it");
        return Some(Stored::default());
    }
    let opened = Schema::of(config.database()).map_err(anyhow::Error::from).and_then(|schema| {
        let Schema { at, known } = schema;
        if schema.is_older() {
            findings.warn(
                "database",
                format!("is of an older version; the next start will bring it from schema {at} to {known}"),
                "back it up before, there is no way back without; what is in it is not looked at now",
            );
            return Ok(None);
        }
        if schema.is_newer() {
            findings.fail(
                "database",
                format!("was written by a newer version (schema {at}, this program knows {known})"),
                "start that version, or restore the backup from before it",
            );
            return Ok(None);
        }
        open::store(config).map(Some)
    });
    let store = match opened {
        Ok(store) => store?,
        Err(error) => {
            findings.fail(
                "database",
                format!("{error:#}"),
                "look at the disk and at who owns the file; restore the last backup if it is damaged",
            );
            return None;
        }
    };
    if let Err(error) = store.probe().await {
        findings.fail("database", error.to_string(), "make room on the disk, or make the file writable");
    }
    match summary(&store).await {
        Ok((text, stored)) => {
            findings.ok("database", text);
            Some(stored)
        }
        Err(error) => {
            findings.fail("database", format!("{error:#}"), "restore the last backup if it is damaged");
            None
        }
    }
}

async fn summary(store: &SqliteStore) -> anyhow::Result<(String, Stored)> {
    let totals = store.totals().await?;
    let accounts = store.accounts().await?;
    let stored = Stored::read(store, &accounts).await?;
    let text = format!(
        "{} accounts, {} bots, {} deliveries and {} messages waiting, {} MB",
        accounts.len(),
        stored.bots.len(),
        totals.deliveries_pending,
        totals.messages_queued,
        totals.bytes / 1_000_000,
    );
    Ok((text, stored))
}

fn listen(config: &Config, serving: bool, findings: &mut Findings) {
    match TcpListener::bind(config.listen) {
        Ok(_) => findings.ok("listen", format!("{} is free", config.listen)),
        Err(_) if serving => {
            findings.ok("listen", format!("{} is taken, and a server runs on this data folder", config.listen));
        }
        Err(error) => {
            findings.fail("listen", format!("{}: {error}", config.listen), "stop what listens there, or set listen");
        }
    }
}

async fn public_url(config: &Config, door: &Door, findings: &mut Findings) {
    let Some(url) = &config.public_url else {
        findings.warn("public URL", "none", "Telegram is asked by polling and clicks are not seen; set public_url when the server can be reached from outside");
        return;
    };
    match get(door, &format!("{url}/healthz")).await {
        Ok((200, _)) => findings.ok("public URL", format!("{url} answers")),
        Ok((status, _)) => findings.warn(
            "public URL",
            format!("{url}/healthz answers {status}"),
            "is the server running, and does the proxy lead to it?",
        ),
        Err(error) => findings.warn(
            "public URL",
            format!("{url}: {error}"),
            "is the server running, and does the proxy lead to it?",
        ),
    }
    if !url.starts_with("https://") {
        findings.warn(
            "public URL",
            "is not https",
            "messengers call https only; put a proxy with a certificate before it",
        );
    }
}

async fn telegram(config: &Config, door: &Door, keys: Option<&Sealer>, bots: Vec<StoredBot>, findings: &mut Findings) {
    let base = &config.telegram_base_url;
    if !bots.iter().any(|stored| stored.bot.service == Service::Telegram) {
        findings.ok("Telegram", "no bot of it");
        return;
    }
    // Said above: why there are none.
    let Some(keys) = keys else { return };
    for StoredBot { bot, sealed, .. } in bots.into_iter().filter(|stored| stored.bot.service == Service::Telegram) {
        let what = format!("bot {}", bot.name);
        let opened = keys.open(Purpose::Bot, &sealed).ok();
        let secrets: Option<BotSecrets> = opened.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(token) = secrets.and_then(|secrets| secrets.channel.get("token").cloned()) else {
            findings.warn(
                &what,
                "has no readable token",
                "connect it again, or restore the key file it was sealed with",
            );
            continue;
        };
        match get(door, &format!("{base}/bot{token}/getMe")).await {
            Ok((200, me)) => {
                findings.ok(&what, format!("is @{} on Telegram", me["result"]["username"].as_str().unwrap_or("?")));
            }
            Ok((401 | 404, _)) => findings.fail(
                &what,
                "Telegram does not know its token",
                "get the token from @BotFather and connect it again",
            ),
            Ok((status, _)) => findings.warn(&what, format!("Telegram answers {status}"), "try again later"),
            Err(error) => findings.warn(&what, error.replace(&token, "…"), "can this machine reach the Telegram API?"),
        }
    }
}

async fn get(door: &Door, url: &str) -> Result<(u16, Json), String> {
    let request = Request {
        method: Method::GET,
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        head_timeout: Duration::from_secs(10),
        keep_bytes: 64 * 1024,
        keep_time: Duration::from_secs(5),
        total_timeout: None,
    };
    let answer = door.send(request).await.map_err(|error| error.to_string())?;
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Json::Null)))
}
