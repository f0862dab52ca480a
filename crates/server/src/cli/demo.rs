//! `recado demo`.

use std::path::{Path, PathBuf};

use super::open::{self, FolderLock};
use crate::{
    auth::session::setup_code,
    demo,
    start::{Options, start},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Port on this machine; 0 lets the system choose
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of the demo's data; the same folder again goes on where it was
    #[arg(long, default_value = "data/demo", value_name = "DIR")]
    data: PathBuf,
    /// A private address that webhooks may reach beside the demo's own inspector: host-or-CIDR[:port][/path]
    #[arg(long, value_name = "ENTRY")]
    allow_egress: Vec<String>,
    /// Print one line of JSON when ready: {"url","api_token","bot_id","flow_id","chat_url","inspector_url"}; what was deleted is null
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, file: Option<&Path>) -> anyhow::Result<()> {
    let mut layer = vec![
        ("listen", format!("127.0.0.1:{}", args.port).into()),
        ("data_dir", args.data.display().to_string().into()),
        ("public_url", "".into()),
        ("allow_egress", toml::Value::Array(args.allow_egress.iter().map(|entry| entry.clone().into()).collect())),
    ];
    if !args.json {
        layer.push(("log_level", "warn".into()));
    }
    let config = open::config_and_log(file, layer)?;
    let _lock = FolderLock::take(&config.data_dir)?;
    let stop = open::Stop::listen()?;
    let running = start(&config, Options::default()).await?;
    let ready = demo::set_up(&running.app).await?;
    if args.json {
        println!("{}", serde_json::to_string(&ready)?);
    } else {
        print!("{}", welcome(&ready, &args.data));
        // Whoever may reach it from elsewhere could be the first.
        if config.public_url.is_some() && running.app.store.has_no_member().await? {
            println!("The first owner needs this code: {}", setup_code(&running.app.keys));
        }
    }
    stop.asked().await;
    running.stop().await;
    Ok(())
}

fn welcome(ready: &demo::Ready, data: &Path) -> String {
    let demo::Ready { url, api_token, bot_id, chat_url, inspector_page, .. } = ready;
    let data = data.display();
    let begins = match bot_id {
        Some(_) => "A bot that books conference places waits for you.",
        None => "The demo's bot was deleted; --data with another folder makes a new one.",
    };
    let chat = chat_url.as_ref().map(|chat_url| format!("  Chat in the browser    {chat_url}\n")).unwrap_or_default();
    let (terminal, log) = match bot_id {
        Some(bot_id) => (
            format!("  Chat in the terminal   recado chat --url {url} --bot {bot_id}\n"),
            format!(
                "  The delivery log       curl -H \"Authorization: Bearer $RECADO_TOKEN\" \"{url}/api/v1/deliveries?bot_id={bot_id}\"\n"
            ),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "Recado runs. {begins}

  The web app            {url}/
                         (create your owner account there: what the demo made is yours then)

{chat}  See what arrives       {inspector_page}
{terminal}  The API, to read       {url}/docs/api

  Sign in to the API     export RECADO_URL={url} RECADO_TOKEN={api_token}
  What arrived, as JSON  curl -H \"Authorization: Bearer $RECADO_TOKEN\" {url}/api/v1/inspector
{log}
The data lies in {data}. Ctrl-C stops.
"
    )
}
