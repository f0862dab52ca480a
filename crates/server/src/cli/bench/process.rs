//! Processes of the bench: how they are started, what they use.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::Context as _;
use serde_json::Value as Json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
    time::{Instant, timeout},
};

const READY_WITHIN: Duration = Duration::from_mins(2);

/// Ticks of the CPU clock in a second, the same on every Linux.
const TICKS_A_SECOND: f64 = 100.0;
const PAGE_BYTES: u64 = 4_096;

/// A process of ours. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// The line of JSON it printed when it was ready.
    pub(super) ready: Json,
    /// From its start to that line.
    pub(super) start_up: Duration,
}

impl Process {
    /// Starts this binary with these arguments and waits for its line of JSON.
    pub(super) async fn start(arguments: &[&str], settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        // The refusals of bad receivers are meant; thousands of lines of them would be measured too.
        command.env("RECADO_LOG_LEVEL", "error");
        command.envs(settings.iter().copied());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("a process without output")?);
        let mut line = String::new();
        timeout(READY_WITHIN, stdout.read_line(&mut line))
            .await
            .context("a process was not ready in two minutes")??;
        let start_up = started.elapsed();
        let ready =
            serde_json::from_str(&line).with_context(|| format!("`recado {}` said: {line}", arguments.join(" ")))?;
        Ok(Self { child, _stdout: stdout, ready, start_up })
    }

    /// Starts the server on a data folder.
    pub(super) async fn serve(data: &Path, receiver: &str) -> anyhow::Result<Self> {
        let data = data.display().to_string();
        let arguments = ["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir", &data, "--allow-egress", receiver];
        Self::start(&arguments, &[]).await
    }

    /// Starts the server with a Telegram of our own.
    pub(super) async fn serve_telegram(data: &Path, receiver: &str, messenger: &str) -> anyhow::Result<Self> {
        let data = data.display().to_string();
        let arguments = ["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir", &data, "--allow-egress", receiver];
        Self::start(&arguments, &[("RECADO_TELEGRAM_BASE_URL", &format!("http://{messenger}"))]).await
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("a process of the bench ended early")
    }

    /// Milliseconds of CPU, user and system, since its start.
    pub(super) fn cpu_ms(&self) -> anyhow::Result<f64> {
        cpu_ms_of(&self.id()?.to_string())
    }

    /// Bytes of memory that are resident, the pages of its binary among them.
    pub(super) fn memory_bytes(&self) -> anyhow::Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.id()?))?;
        let mut pages = text.split_whitespace().skip(1).map(|field| field.parse::<u64>().unwrap_or_default());
        Ok(pages.next().unwrap_or_default() * PAGE_BYTES)
    }

    /// Asks it to stop and waits.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.id()?.to_string();
        Command::new("kill").args(["-TERM", &id]).status().await?;
        let _ = timeout(Duration::from_secs(30), self.child.wait()).await;
        Ok(())
    }
}

/// Milliseconds of CPU of a process; see proc_pid_stat(5), fields 14 and 15.
pub(super) fn cpu_ms_of(process: &str) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = text.rsplit_once(") ").context("an unknown form of /proc/…/stat")?.1;
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or_default()).sum();
    Ok(ticks as f64 * 1_000.0 / TICKS_A_SECOND)
}

/// Runs this binary to its end and returns its line of JSON.
pub(super) async fn finish(arguments: &[&str]) -> anyhow::Result<Json> {
    let output = Command::new(std::env::current_exe()?).args(arguments).stderr(Stdio::inherit()).output().await?;
    anyhow::ensure!(output.status.success(), "`recado {}` failed", arguments.join(" "));
    Ok(serde_json::from_slice(&output.stdout)?)
}
