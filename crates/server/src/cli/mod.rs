//! The command line.
//!
//! Commands that change or serve the data open the store themselves ([`open`]); the others talk to a running server over its API
//! ([`client`]). What a command answers goes to standard output, what it says beside that to standard error.

mod account;
mod bench;
mod chat;
mod check;
pub mod client;
mod demo;
mod flow;
mod listen;
mod open;
mod serve;
mod sse;

use std::{
    io::{ErrorKind, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser, Subcommand};

/// A self-hosted chatbot platform whose webhooks arrive.
#[derive(Debug, Parser)]
#[command(name = "recado", version, max_term_width = 100, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// Configuration file [default: recado.toml, when it exists]
    #[arg(long, global = true, env = "RECADO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start with a ready bot, its flow and webhooks, and an inspector to see them arrive
    Demo(demo::Args),
    /// Start the server
    Serve(serve::Args),
    /// Look at configuration and connections: what is well, what is not, what to do
    Check,
    /// Talk to a web chat bot in the terminal
    Chat(chat::Args),
    /// Forward a bot's events, as they happen, to a program on this machine
    Listen(listen::Args),
    /// Flows as files: validate, pull from and push to a server
    #[command(subcommand)]
    Flow(flow::Command),
    /// Accounts of this installation
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// API tokens of an account
    #[command(subcommand)]
    Token(account::TokenCommand),
    /// Measure speed and size against a bare HTTP client
    Bench(bench::Args),
    /// Print the API's OpenAPI document
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    keep_small();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("recado: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The allocator's memory comes in pages of 4 KiB: huge pages make an idle server twice as big. Where the kernel does not know of it, nothing is lost.
fn keep_small() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let file = cli.config.as_deref();
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        Command::Demo(args) => runtime()?.block_on(demo::run(args, file)).map(done),
        Command::Serve(args) => runtime()?.block_on(serve::run(args, file)).map(done),
        Command::Check => runtime()?.block_on(check::run(file)),
        Command::Chat(args) => runtime()?.block_on(chat::run(args)).map(done),
        Command::Listen(args) => runtime()?.block_on(listen::run(args)).map(done),
        Command::Flow(command) => runtime()?.block_on(flow::run(command)),
        Command::Account(command) => runtime()?.block_on(account::run(command, open::config(file)?)).map(done),
        Command::Token(command) => runtime()?.block_on(account::run_token(command, open::config(file)?)).map(done),
        Command::Bench(args) => bench::run(args).map(done),
        Command::Openapi => {
            let document = crate::openapi::to_json(&crate::http::routes::document());
            print(&(serde_json::to_vec_pretty(&document)?)).map(done)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "recado", &mut script);
            print(&script).map(done)
        }
    }
}

/// Writes to standard output. Who closes it early (`| head`) has what they wanted.
fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// One core is left to the store's writer, which is a thread of its own: with a worker on every core each takes the others' time away.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.saturating_sub(1).max(1))
        .enable_all()
        .build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does() {
        fn look(command: &clap::Command) {
            for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
                assert!(sub.get_about().is_some(), "`{}` has no help", sub.get_name());
                for argument in sub.get_arguments() {
                    assert!(argument.get_help().is_some(), "`{} {}` has no help", sub.get_name(), argument.get_id());
                }
                look(sub);
            }
        }
        look(&Cli::command());
    }
}
