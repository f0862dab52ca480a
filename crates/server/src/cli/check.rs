//! `recado check`: what an operator would look at, looked at. Changes nothing but the data folder's existence.

use std::{
    fs, io::ErrorKind, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path, process::ExitCode,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method};
use recado_delivery::egress::{AllowEntry, Door, Request};
use recado_model::{Bot, Service};
use recado_store::{Catalog as _, Records as _, sqlite::SqliteStore};
use serde_json::Value as Json;

use super::open::{self, FolderLock};
use crate::{
    config::{Config, Layers, Place},
    runtime::registry::BotSecrets,
    seal::{Purpose, SealError, Sealer},
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
    key_file(&config, &mut findings);
    let bots = database(&config, &mut findings).await;
    println!("Connections");
    let door = open::door(&config, entries)?;
    listen(&config, serving, &mut findings);
    public_url(&config, &door, &mut findings).await;
    telegram(&config, &door, bots, &mut findings).await;
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
        let key = name.trim_start_matches("RECADO_").to_lowercase();
        let near = crate::config::nearest(&key, layers.iter().map(|(known, _, _)| known));
        let to_do = near.map_or_else(
            || "it has no effect".to_owned(),
            |near| format!("it has no effect; did you mean RECADO_{}?", near.to_uppercase()),
        );
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

fn key_file(config: &Config, findings: &mut Findings) {
    let path = config.key_file.display();
    match fs::metadata(&config.key_file) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            findings.warn("key file", format!("{path} can be read by other users"), "chmod 600 it");
        }
        Ok(_) => findings.ok("key file", format!("{path}; back it up apart from the database")),
        Err(_) => findings.ok("key file", format!("{path} will be made at the first start")),
    }
}

async fn database(config: &Config, findings: &mut Findings) -> Vec<(Bot, Vec<u8>)> {
    if !config.database().exists() {
        findings.ok("database", "none yet; the first start makes it");
        return Vec::new();
    }
    let store = match open::store(config) {
        Ok(store) => store,
        Err(error) => {
            findings.fail(
                "database",
                format!("{error:#}"),
                "look at the disk and at who owns the file; restore the last backup if it is damaged",
            );
            return Vec::new();
        }
    };
    if let Err(error) = store.probe().await {
        findings.fail("database", error.to_string(), "make room on the disk, or make the file writable");
    }
    match summary(&store).await {
        Ok((text, bots)) => {
            findings.ok("database", text);
            bots
        }
        Err(error) => {
            findings.fail("database", format!("{error:#}"), "restore the last backup if it is damaged");
            Vec::new()
        }
    }
}

async fn summary(store: &SqliteStore) -> anyhow::Result<(String, Vec<(Bot, Vec<u8>)>)> {
    let totals = store.totals().await?;
    let mut bots = Vec::new();
    let accounts = store.accounts().await?;
    for account in &accounts {
        bots.extend(store.bots(account.id).await?.into_iter().map(|stored| (stored.bot, stored.sealed)));
    }
    let text = format!(
        "{} accounts, {} bots, {} deliveries and {} messages waiting, {} MB",
        accounts.len(),
        bots.len(),
        totals.deliveries_pending,
        totals.messages_queued,
        totals.bytes / 1_000_000,
    );
    Ok((text, bots))
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

async fn telegram(config: &Config, door: &Door, bots: Vec<(Bot, Vec<u8>)>, findings: &mut Findings) {
    let base = &config.telegram_base_url;
    if !bots.iter().any(|(bot, _)| bot.service == Service::Telegram) {
        findings.ok("Telegram", "no bot of it");
        return;
    }
    let missing =
        || Err(SealError::File { path: config.key_file.display().to_string(), source: ErrorKind::NotFound.into() });
    let keys = match Sealer::of_file(&config.key_file).and_then(|keys| keys.map_or_else(missing, Ok)) {
        Ok(keys) => keys,
        Err(error) => {
            findings.fail("key file", error.to_string(), "restore it from your backup");
            return;
        }
    };
    for (bot, sealed) in bots.into_iter().filter(|(bot, _)| bot.service == Service::Telegram) {
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
