//! The process under test.

use std::{
    collections::VecDeque,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use recado_testkit::client::Client;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time::Instant,
};

/// How long a start may take: a debug build on a busy machine, perhaps under strace.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How long a process that was killed may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(10);
/// Lines of the log that are kept to be shown when a test fails.
const LOG_LINES: usize = 200;

/// How the process is started.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    data: PathBuf,
    port: u16,
    allow: Vec<String>,
    env: Vec<(String, String)>,
    before: Vec<String>,
    public: bool,
}

impl Start {
    /// The demo on the data folder `dir`, on a free port.
    pub(crate) fn new(dir: &TempDir) -> Self {
        Self {
            data: dir.path().join("data"),
            port: 0,
            allow: Vec::new(),
            env: Vec::new(),
            before: Vec::new(),
            public: false,
        }
    }

    /// Webhooks may reach this address.
    pub(crate) fn allow(mut self, address: SocketAddr) -> Self {
        self.allow.push(address.to_string());
        self
    }

    /// On a port that is known before the start.
    pub(crate) fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// As `recado serve` with a public URL, on the data that the demo made, or as the demo. In public the port must be known.
    pub(crate) fn public(mut self, public: bool) -> Self {
        self.public = public;
        self
    }

    /// With this environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Run by another program, as in `strace -f`.
    pub(crate) fn under<I: IntoIterator<Item = S>, S: Into<String>>(mut self, program: I) -> Self {
        self.before = program.into_iter().map(Into::into).collect();
        self
    }

    /// Starts it, and returns when it says that it is ready.
    pub(crate) async fn demo(self) -> Server {
        match self.clone().try_demo().await {
            Ok(server) => server,
            Err(words) => panic!("recado did not start: {words}"),
        }
    }

    /// Starts it; what it wrote, when it does not get ready.
    pub(crate) async fn try_demo(self) -> Result<Server, String> {
        let mut command = match self.before.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(env!("CARGO_BIN_EXE_recado"));
                command
            }
            None => Command::new(env!("CARGO_BIN_EXE_recado")),
        };
        let listen = format!("127.0.0.1:{}", self.port);
        if self.public {
            command.args(["serve", "--json", "--listen", &listen, "--public-url", &format!("http://{listen}")]);
            command.arg("--data-dir").arg(&self.data);
        } else {
            command.args(["demo", "--json", "--port", &self.port.to_string()]).arg("--data").arg(&self.data);
        }
        for entry in &self.allow {
            command.args(["--allow-egress", entry]);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("{:?}: {error}", self.before.first()))?;
        let log = Log::default();
        let mut drains = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            drains.spawn(drain(BufReader::new(stderr), log.clone()));
        }
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = tokio::time::timeout(READY_WITHIN, stdout.read_line(&mut line)).await;
        let ready: Json = match read {
            Ok(Ok(_)) => serde_json::from_str(&line).map_err(|_| format!("said {line:?}; its log: {}", log.text()))?,
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err(format!("not ready within {READY_WITHIN:?}; its log: {}", log.text())),
        };
        drains.spawn(drain(stdout, log.clone()));
        let outer = child.id().ok_or("it ended at once")?;
        let pid = if self.before.first().is_some_and(|program| program == "strace") { child_of(outer)? } else { outer };
        Ok(Server { child, pid, ready, log, _drains: drains, start: self })
    }
}

/// The only child of a process.
fn child_of(pid: u32) -> Result<u32, String> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    children.split_whitespace().next().and_then(|pid| pid.parse().ok()).ok_or_else(|| format!("{path} is empty"))
}

/// The last lines that the process wrote.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    fn text(&self) -> String {
        self.0.lock().iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

async fn drain(from: impl AsyncRead + Unpin, log: Log) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = log.0.lock();
        if kept.len() == LOG_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pid: u32,
    ready: Json,
    log: Log,
    _drains: JoinSet<()>,
    start: Start,
}

impl Server {
    /// A field of what it said when it was ready, as in `api_token`.
    pub(crate) fn said(&self, field: &str) -> &str {
        self.ready[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.ready))
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> &str {
        self.said("url")
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url().trim_start_matches("http://").parse().expect("the URL has an address and a port")
    }

    /// A client without a token.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.url()).observed(crate::api::contract::check)
    }

    /// Ends it with SIGKILL, and returns how to start it again on the same port and folder.
    pub(crate) async fn kill(mut self) -> Start {
        let again = self.again();
        self.signal("KILL");
        let gone = tokio::time::timeout(GONE_WITHIN, self.child.wait()).await;
        gone.expect("a killed process is gone soon").expect("its end can be seen");
        again
    }

    /// Asks it to stop, and returns its exit status with how to start it again.
    pub(crate) async fn stop(mut self, within: Duration) -> (ExitStatus, Start) {
        let again = self.again();
        self.signal("TERM");
        let Ok(status) = tokio::time::timeout(within, self.child.wait()).await else {
            panic!("it did not stop within {within:?}; its log: {}", self.log.text());
        };
        (status.expect("its status can be read"), again)
    }

    fn again(&self) -> Start {
        self.start.clone().port(self.address().port())
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        run("sh", &["-c", &format!("kill -{name} {}", self.pid)]);
    }

    /// A limit of the running process, as in `("fsize", "4096")`.
    pub(crate) fn limit(&self, what: &str, soft: &str) {
        run("prlimit", &["--pid", &self.pid.to_string(), &format!("--{what}={soft}:")]);
    }

    /// From now on these system calls of the process go wrong, as in `"fdatasync:error=EIO"`, until what is returned is healed. `None`, with a
    /// word about it, where this machine lets nobody trace a running process.
    pub(crate) async fn inject(&self, fault: &str) -> Option<Fault> {
        let calls = fault.split(':').next().unwrap_or_default();
        let (traced, injected) = (format!("trace={calls}"), format!("inject={fault}"));
        let arguments = ["-f", "-qq", "-o", "/dev/null", "-e", &traced, "-e", &injected, "-p", &self.pid.to_string()];
        let tracer = Command::new("strace").args(arguments).stderr(Stdio::piped()).kill_on_drop(true).spawn();
        let mut fault = Fault { tracer: tracer.expect("`make tools` installs strace"), pid: self.pid };
        let deadline = Instant::now() + READY_WITHIN;
        while !fault.is_there() {
            if fault.tracer.try_wait().expect("its status can be read").is_some() {
                eprintln!("SKIPPED: strace may not attach to a running process here, so no fault can be injected");
                return None;
            }
            assert!(Instant::now() < deadline, "strace did not attach");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(fault)
    }

    /// Where its database is.
    pub(crate) fn database(&self) -> PathBuf {
        self.start.data.join("recado.db")
    }

    /// Kilobytes of memory that it uses now (`VmRSS`) or has used at most (`VmHWM`).
    pub(crate) fn memory_kb(&self, field: &str) -> u64 {
        let path = format!("/proc/{}/status", self.pid);
        let status = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let line =
            status.lines().find(|line| line.starts_with(field)).unwrap_or_else(|| panic!("no {field} in {path}"));
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number of kilobytes")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the last lines of recado's log ---\n{}", self.log.text());
        }
        if self.child.id().is_some_and(|outer| outer != self.pid) {
            // The tracer goes by itself when what it traces is gone; the other way round, the process would stay.
            run("sh", &["-c", &format!("kill -KILL {} 2>/dev/null || true", self.pid)]);
        }
    }
}

/// System calls of a running process that go wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    tracer: Child,
    pid: u32,
}

impl Fault {
    /// Whether every thread of the process is traced.
    fn is_there(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.pid)).into_iter().flatten().flatten();
        let mut statuses = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("status")).ok());
        statuses.all(|status| !status.contains("TracerPid:\t0\n"))
    }

    /// They go right again.
    pub(crate) async fn heal(mut self) {
        if let Some(pid) = self.tracer.id() {
            // Asked to stop, strace lets the process go on untraced.
            run("sh", &["-c", &format!("kill -TERM {pid}")]);
        }
        self.tracer.wait().await.expect("the tracer ends");
    }
}

fn run(program: &str, arguments: &[&str]) {
    let done = std::process::Command::new(program).args(arguments).output();
    match done {
        Ok(output) if output.status.success() => {}
        Ok(output) if std::thread::panicking() => eprintln!("{}", String::from_utf8_lossy(&output.stderr)),
        Ok(output) => panic!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{program}: {error}"),
    }
}

/// A port below those that the system gives to outgoing connections, so that it is still free after a restart.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 400) as u16 * 50;
    for _ in 0..1_000 {
        let port = 12_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}

/// Looks again and again until there is something.
///
/// # Panics
/// With `what` was missing, when it does not come.
pub(crate) async fn until<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "within {within:?} there was no {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A small source of numbers that a seed repeats.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to `sides` − 1 (splitmix64).
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ (word >> 31)) % sides
    }
}

/// A number from the environment, or the usual one.
#[expect(clippy::disallowed_methods, reason = "how hard a test tries is told to the test, not to the server")]
pub(crate) fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
