//! `recado flow`: flows as YAML or JSON files, kept in version control beside the code that receives their webhooks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Subcommand;
use http::Method;
use recado_flow::{
    Severity, ValidationContext,
    document::{Element, FlowDocument},
    validate,
};
use recado_model::{BotId, FlowId, Service, UnixMs, VersionId, entropy::Seeded, run::ApiAuth};
use serde_json::{Value as Json, json};

use super::client::{Client, problem};
use crate::runtime::registry::limits_of;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check flow files without a server
    Validate {
        /// YAML or JSON files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The channel they are for: livechat or telegram
        #[arg(long, default_value = "livechat")]
        service: String,
    },
    /// Write a bot's flows to files
    Pull {
        #[command(flatten)]
        server: Server,
        /// Only the flow of this name
        #[arg(long)]
        name: Option<String>,
        /// Folder to write to
        #[arg(long, default_value = ".", value_name = "DIR")]
        out: PathBuf,
        /// Write JSON, not YAML
        #[arg(long)]
        json: bool,
        /// Overwrite files that are there and differ
        #[arg(long)]
        force: bool,
    },
    /// Save flow files as drafts of a bot; a flow of the same name is replaced, another is made
    Push {
        #[command(flatten)]
        server: Server,
        /// YAML or JSON files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Publish each draft that has no problems
        #[arg(long)]
        publish: bool,
    },
}

/// Which server and bot.
#[derive(Debug, clap::Args)]
pub(super) struct Server {
    /// The bot's id
    #[arg(long)]
    bot: BotId,
    /// The server
    #[arg(long, env = "RECADO_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An API token
    #[arg(long, env = "RECADO_TOKEN", hide_env_values = true)]
    token: String,
}

impl Server {
    fn client(&self) -> anyhow::Result<Client> {
        Client::new(&self.url, Some(self.token.clone()))
    }

    async fn flows(&self, client: &Client) -> anyhow::Result<Vec<Json>> {
        let listed = client.get(&format!("/api/v1/flows?bot_id={}", self.bot)).await?;
        Ok(listed["items"].as_array().cloned().unwrap_or_default())
    }
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Validate { files, service } => check_files(&files, &service),
        Command::Pull { server, name, out, json, force } => pull(&server, name.as_deref(), &out, json, force).await,
        Command::Push { server, files, publish } => push(&server, &files, publish).await,
    }
}

/// Reads a flow document.
fn read(path: &Path) -> anyhow::Result<FlowDocument> {
    let text = fs::read_to_string(path).with_context(|| format!("can not read {}", path.display()))?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let document = if is_json {
        serde_json::from_str(&text).map_err(anyhow::Error::from)
    } else {
        serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{error}"))
    };
    document.with_context(|| format!("{} is no flow document", path.display()))
}

fn check_files(files: &[PathBuf], service: &str) -> anyhow::Result<ExitCode> {
    let service = Service::parse(service).filter(|service| recado_channels::Channel::of(*service).is_some());
    let service = service.context("the service is livechat or telegram")?;
    let mut bad = 0;
    for file in files {
        bad += usize::from(!check_file(file, service)?);
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the file could be published. What only the server knows (other flows, secrets) is taken as given.
fn check_file(file: &Path, service: Service) -> anyhow::Result<bool> {
    let document = read(file)?;
    let mut rng = Seeded::new(1);
    let (flow_id, version_id) = (FlowId::new(UnixMs(0), &mut rng), VersionId::new(UnixMs(0), &mut rng));
    let validated = validate(&document, flow_id, version_id, &context_of(&document, service));
    let valid = validated.plan.is_some();
    println!("{}: {}", file.display(), if valid { "can be published" } else { "has problems" });
    for problem in &validated.problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let element = problem.element.as_ref().map_or("flow", |element| element.as_str());
        println!("  {severity}: {element}: {}: {}", problem.field, problem.mistake);
    }
    Ok(valid)
}

fn context_of(document: &FlowDocument, service: Service) -> ValidationContext {
    let mut flows = Vec::new();
    let mut secrets = Vec::new();
    for element in &document.elements {
        match element {
            Element::Flow(flow) => flows.push((flow.flow_id, String::new())),
            Element::ApiRequest(request) => secrets.extend(request.auth.as_ref().map(|auth| match auth {
                ApiAuth::Bearer { secret } | ApiAuth::Basic { secret, .. } | ApiAuth::Header { secret, .. } => {
                    secret.clone()
                }
            })),
            Element::Message(_)
            | Element::Action(_)
            | Element::Pause(_)
            | Element::Filter(_)
            | Element::Randomizer(_) => {}
        }
    }
    ValidationContext {
        service,
        limits: limits_of(service),
        flows,
        variables: std::collections::BTreeMap::new(),
        bot_variables: Vec::new(),
        secrets,
    }
}

/// Writes all files or, when one is there that differs, none.
async fn pull(server: &Server, name: Option<&str>, out: &Path, as_json: bool, force: bool) -> anyhow::Result<ExitCode> {
    let client = server.client()?;
    let flows = server.flows(&client).await?;
    let names: Vec<&str> = flows.iter().map(|flow| flow["name"].as_str().unwrap_or_default()).collect();
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for ((flow, flow_name), stem) in flows.iter().zip(&names).zip(file_stems(&names)) {
        if name.is_some_and(|name| name != *flow_name) {
            continue;
        }
        let whole = client.get(&format!("/api/v1/flows/{}", flow["id"].as_str().unwrap_or_default())).await?;
        let mut document: FlowDocument =
            serde_json::from_value(whole["draft"].clone()).context("the server's draft is no flow document")?;
        // A flow that was renamed has its old name in the draft, by which a push would make another flow.
        (*flow_name).clone_into(&mut document.name);
        let (extension, text) = if as_json {
            ("json", serde_json::to_string_pretty(&document)? + "\n")
        } else {
            ("yaml", serde_saphyr::to_string(&document).map_err(|error| anyhow::anyhow!("{error}"))?)
        };
        files.push((out.join(format!("{stem}.{extension}")), text));
    }
    anyhow::ensure!(!files.is_empty(), "the bot has no such flow");
    let differs = |(path, text): &&(PathBuf, String)| fs::read(path).is_ok_and(|kept| kept != text.as_bytes());
    let differing: Vec<String> = files.iter().filter(differs).map(|(path, _)| path.display().to_string()).collect();
    anyhow::ensure!(
        force || differing.is_empty(),
        "{} would be overwritten with something else: nothing was written. Push or move what is yours, or say --force",
        differing.join(", ")
    );
    fs::create_dir_all(out).with_context(|| format!("can not make {}", out.display()))?;
    for (path, text) in &files {
        fs::write(path, text).with_context(|| format!("can not write {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// A file name for each flow's name; where several would have the same, those after the first are numbered.
fn file_stems(names: &[&str]) -> Vec<String> {
    let mut stems: Vec<String> = Vec::new();
    for name in names {
        let first = file_stem(name);
        let mut stem = first.clone();
        let mut number = 1;
        while stems.contains(&stem) {
            number += 1;
            stem = format!("{first}-{number}");
        }
        stems.push(stem);
    }
    stems
}

/// A file name for a flow's name: letters and digits, others as one dash.
fn file_stem(name: &str) -> String {
    let mut stem = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            stem.push(c);
        } else if !stem.ends_with('-') && !stem.is_empty() {
            stem.push('-');
        }
    }
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() { "flow".to_owned() } else { stem.to_owned() }
}

async fn push(server: &Server, files: &[PathBuf], publish: bool) -> anyhow::Result<ExitCode> {
    let client = server.client()?;
    let mut refused = 0;
    for file in files {
        let document = read(file)?;
        let known = server.flows(&client).await?.into_iter().find(|flow| flow["name"] == document.name.as_str());
        let id = save(&client, server.bot, &document, known.as_ref()).await?;
        let done = if known.is_some() { "saved" } else { "made" };
        if publish && !publish_flow(&client, &id).await? {
            refused += 1;
        }
        println!("{}: {done} as \"{}\" ({id})", file.display(), document.name);
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Saves a document as the draft of a known flow or of a new one, and returns the flow's id.
async fn save(client: &Client, bot: BotId, document: &FlowDocument, known: Option<&Json>) -> anyhow::Result<String> {
    let draft = serde_json::to_value(document)?;
    let saved = match known {
        Some(flow) => {
            let path = format!("/api/v1/flows/{}/draft", flow["id"].as_str().unwrap_or_default());
            let etag = format!("\"{}\"", flow["draft_revision"]);
            client.json(Method::PUT, &path, &[("If-Match", &etag)], Some(&draft)).await?
        }
        None => client.post("/api/v1/flows", &json!({"bot_id": bot, "draft": draft})).await?,
    };
    Ok(saved["id"].as_str().context("the server gave no flow id")?.to_owned())
}

async fn publish_flow(client: &Client, id: &str) -> anyhow::Result<bool> {
    let path = format!("/api/v1/flows/{id}/publish");
    let (status, answer) = client.answer(Method::POST, &path, &[], Some(&json!({}))).await?;
    if !status.is_success() {
        eprintln!("not published: {}", problem(status, &answer));
        for found in answer["problems"].as_array().into_iter().flatten() {
            let text = |name: &str| found[name].as_str().unwrap_or("flow").to_owned();
            eprintln!("  {}: {}: {}: {}", text("severity"), text("element"), text("field"), text("message"));
        }
    }
    Ok(status.is_success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_survives_the_way_through_yaml() {
        let document: FlowDocument = serde_json::from_str(crate::demo::VENUE).unwrap();
        let yaml = serde_saphyr::to_string(&document).unwrap();
        assert_eq!(serde_saphyr::from_str::<FlowDocument>(&yaml).unwrap(), document);
    }

    #[test]
    fn a_flow_s_name_becomes_a_file_name() {
        assert_eq!(file_stem("Conference booking!"), "conference-booking");
        assert_eq!(file_stem("¿Qué tal?"), "qué-tal");
        assert_eq!(file_stem("../../etc"), "etc");
        assert_eq!(file_stem("***"), "flow");
        assert_eq!(
            file_stems(&["***", "Menu 1", "Menu-1", "menu 1 2", "¿?"]),
            ["flow", "menu-1", "menu-1-2", "menu-1-2-2", "flow-2"]
        );
    }
}
