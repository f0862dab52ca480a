//! `recado bench`: the figures of `docs/performance.md`.
//!
//! The cast: this process makes the load ([`load`]); the server is the real binary in a process of its own ([`process`]); the receiver is another
//! ([`receiver`]), whose ceiling is measured in the same run by a bare hyper client in a process of its own ([`bare`]), and so is the messenger ([`messenger`]).
//! A figure is a ratio in one run or CPU time per item, because machines differ. Everything lies in a temporary folder that is removed at the end.

mod bare;
mod load;
mod messenger;
mod process;
mod receiver;
mod report;
mod runs;
mod seed;
mod seed_log;
mod speed;
mod syncs;
mod world;

use std::path::PathBuf;

use clap::Subcommand;
use report::Report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A smoke test of a minute: small numbers that say nothing about speed
    #[arg(long)]
    quick: bool,
    /// Only these parts, separated by commas: events, chat, telegram, neighbours, waiting, resuming, growth, log, size
    #[arg(long, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<String>,
    /// Folder for the data of the runs [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// Processes that the bench starts.
#[derive(Debug, Subcommand)]
enum Part {
    /// Answers 204 and remembers when what arrived
    #[command(hide = true)]
    Receiver,
    /// Is a messenger
    #[command(hide = true)]
    Messenger,
    /// Posts the same bytes again and again
    #[command(hide = true)]
    Bare(bare::Args),
    /// Writes waiting contacts into a data folder
    #[command(hide = true)]
    Seed(seed::Args),
    /// Writes webhooks and their deliveries into a data folder
    #[command(hide = true)]
    SeedLog(seed_log::Args),
}

/// The parts of a whole run, in order.
const PARTS: [&str; 9] = ["size", "events", "chat", "telegram", "neighbours", "waiting", "resuming", "growth", "log"];

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    match args.part {
        Some(Part::Receiver) => runtime.block_on(receiver::run()),
        Some(Part::Messenger) => runtime.block_on(messenger::run()),
        Some(Part::Bare(args)) => runtime.block_on(bare::run(args)),
        Some(Part::Seed(args)) => super::runtime()?.block_on(seed::run(args)),
        Some(Part::SeedLog(args)) => super::runtime()?.block_on(seed_log::run(args)),
        None => runtime.block_on(whole(args)),
    }
}

async fn whole(args: Args) -> anyhow::Result<()> {
    for part in &args.only {
        anyhow::ensure!(PARTS.contains(&part.as_str()), "`{part}` is no part of the bench: {}", PARTS.join(", "));
    }
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: its figures say nothing. Use `make bench`.");
    }
    let dir =
        args.dir.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("recado-bench-{}", std::process::id())));
    std::fs::create_dir_all(&dir)?;
    let scale = if args.quick { runs::Scale::QUICK } else { runs::Scale::FULL };
    let mut report = Report::default();
    let mut outcome = Ok(());
    for part in PARTS.iter().filter(|part| args.only.is_empty() || args.only.iter().any(|only| only == *part)) {
        eprintln!("== {part}");
        let folder = dir.join(part);
        outcome = match *part {
            "size" => runs::size(&folder, &mut report).await,
            "events" => speed::events(&folder, &scale, &mut report).await,
            "chat" => speed::chat(&folder, &scale, &mut report).await,
            "telegram" => speed::telegram(&folder, &scale, &mut report).await,
            "neighbours" => runs::neighbours(&folder, &scale, &mut report).await,
            "waiting" => runs::waiting(&folder, &scale, &mut report).await,
            "resuming" => runs::resuming(&folder, &scale, &mut report).await,
            "growth" => runs::growth(&folder, &scale, &mut report).await,
            _ => runs::log(&folder, &scale, &mut report).await,
        };
        if outcome.is_err() {
            break;
        }
    }
    if args.dir.is_none() {
        std::fs::remove_dir_all(&dir)?;
    }
    report.print(args.quick);
    outcome
}

/// Microseconds since 1970, the one clock that two processes of a machine share.
#[expect(clippy::disallowed_methods, reason = "the bench compares moments across processes, to the microsecond")]
fn micros() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}
