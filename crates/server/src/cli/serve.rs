//! `recado serve`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::open::{self, FolderLock};
use crate::start::{Options, start};

/// What the command line may set.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address and port to listen on; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Folder of the database, files and key
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The address people and messengers reach this server at
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A private address that webhooks and API requests may reach, beside those of the configuration: host-or-CIDR[:port][/path]
    #[arg(long, value_name = "ENTRY")]
    allow_egress: Vec<String>,
    /// Print one line of JSON, `{"url"}`, on standard output when ready
    #[arg(long)]
    json: bool,
}

impl Args {
    fn layer(&self) -> Vec<(&'static str, toml::Value)> {
        let mut set = Vec::new();
        if let Some(listen) = self.listen {
            set.push(("listen", listen.to_string().into()));
        }
        if let Some(folder) = &self.data_dir {
            set.push(("data_dir", folder.display().to_string().into()));
        }
        if let Some(url) = &self.public_url {
            set.push(("public_url", url.clone().into()));
        }
        set
    }
}

pub(super) async fn run(args: Args, file: Option<&Path>) -> anyhow::Result<()> {
    let mut config = open::config_and_log(file, args.layer())?;
    config.allow_egress.extend(args.allow_egress);
    let _lock = FolderLock::take(&config.data_dir)?;
    let stop = open::Stop::listen()?;
    let running = start(&config, Options::default()).await?;
    let url = format!("http://{}", running.address);
    tracing::info!(%url, version = env!("CARGO_PKG_VERSION"), data = %config.data_dir.display(), "ready");
    if running.app.store.has_no_member().await? {
        let code = crate::auth::session::setup_code(&running.app.keys);
        let base = running.app.settings.base_url();
        tracing::warn!(
            "nobody can sign in yet: open {base}/ and make the first owner; from another machine it takes the code {code}"
        );
    }
    if args.json {
        println!("{}", json!({"url": url}));
    }
    stop.asked().await;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
