//! Synced, not only written: a kill leaves the page cache intact, so the system calls themselves are watched.

use std::{collections::HashMap, fs};

use serde_json::json;
use tempfile::TempDir;

use super::{api::Api, harness::Start, visitor::Visitor};

const MESSAGES: usize = 10;

/// What the trace says, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The write of a page of the log that carries this message.
    Written(usize),
    /// A sync of the log came to its end.
    Synced,
    /// The beginning of an answer.
    Answered(u16),
}

#[tokio::test]
async fn a_message_is_synced_between_its_write_and_its_202() {
    let dir = TempDir::new().expect("a temporary folder");
    let trace = dir.path().join("trace");
    let calls = "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync";
    let strace = ["strace", "-f", "-y", "-s", "8192", "-e", calls, "-e", "signal=none", "-o"];
    let start = Start::new(&dir).under(strace.map(str::to_owned).into_iter().chain([trace.display().to_string()]));
    let server = match start.try_demo().await {
        Ok(server) => server,
        Err(words) => panic!(
            "the system calls can not be watched; `make tools` installs strace, and a container must allow ptrace: {words}"
        ),
    };
    let bot = Api::of(&server).bot("Plain").await;
    let person = Visitor::open(&server, &bot).await;
    for number in 0..MESSAGES {
        let message = json!({"id": format!("m{number}"), "text": word(number)});
        assert_eq!(person.send(&message).await.expect("an answer").0, 202);
    }
    server.kill().await;
    let steps = read(&fs::read_to_string(&trace).expect("strace wrote its file"));
    for number in 0..MESSAGES {
        let written = steps.iter().position(|step| *step == Step::Written(number));
        let written = written.unwrap_or_else(|| panic!("message {number} was never written: {steps:?}"));
        let answered = steps[written..].iter().position(|step| *step == Step::Answered(202));
        let answered =
            written + answered.unwrap_or_else(|| panic!("message {number} was answered before it was written"));
        let synced = steps[written..answered].contains(&Step::Synced);
        assert!(synced, "message {number} was answered without a sync: {:?}", &steps[written..=answered]);
    }
}

/// A text that stands nowhere else.
fn word(number: usize) -> String {
    format!("marker-{number:03}-end")
}

/// The steps of a trace as `strace -f -y` writes it. A sync counts when it has ended, an answer when it begins.
fn read(trace: &str) -> Vec<Step> {
    let mut syncing: HashMap<&str, bool> = HashMap::new();
    let mut steps = Vec::new();
    for line in trace.lines() {
        let Some((pid, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("fdatasync(") || call.starts_with("fsync(") {
            let log = call.contains("-wal>");
            if call.contains("<unfinished ...>") {
                syncing.insert(pid, log);
            } else if log && call.ends_with("= 0") {
                steps.push(Step::Synced);
            }
        } else if call.starts_with("<... fdatasync resumed>") || call.starts_with("<... fsync resumed>") {
            if syncing.remove(pid) == Some(true) && call.ends_with("= 0") {
                steps.push(Step::Synced);
            }
        } else if call.contains("-wal>") {
            steps.extend((0..MESSAGES).filter(|number| call.contains(&word(*number))).map(Step::Written));
        } else if let Some(status) = call.split("\"HTTP/1.1 ").nth(1).and_then(|rest| rest.get(..3)?.parse().ok()) {
            steps.push(Step::Answered(status));
        }
    }
    steps
}

#[test]
fn a_trace_is_read_in_the_order_in_which_things_were_done() {
    let trace = "\
7  pwrite64(9</d/recado.db-wal>, \"\\1marker-000-end\", 4096, 32) = 4096
7  fdatasync(9</d/recado.db-wal> <unfinished ...>
8  writev(12<socket:[77]>, [{iov_base=\"HTTP/1.1 202 Accepted\\r\\n\", iov_len=20}], 1) = 20
7  <... fdatasync resumed>) = 0
8  fsync(9</d/recado.db>) = 0
8  fdatasync(9</d/recado.db-wal>) = 0
";
    assert_eq!(read(trace), [Step::Written(0), Step::Answered(202), Step::Synced, Step::Synced]);
}
