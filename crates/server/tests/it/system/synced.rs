//! Synced, not only written: a kill leaves the page cache intact, so the system calls themselves are watched.

use std::{collections::HashMap, fs};

use bytes::Bytes;
use http::Method;
use serde_json::json;
use tempfile::TempDir;

use super::{
    api::Api,
    harness::{Server, Start},
    visitor::Visitor,
};

const MESSAGES: usize = 10;
/// The first bytes are of a new file, the second the same again.
const UPLOADS: usize = 2;

/// What the trace says, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The write of a page of the log that carries this message.
    Written(usize),
    /// A sync of this file or folder came to its end.
    Synced(String),
    /// Something was renamed to this.
    Renamed(String),
    /// The beginning of an answer.
    Answered(u16),
}

impl Step {
    fn is_sync_of(&self, wanted: impl Fn(&str) -> bool) -> bool {
        matches!(self, Self::Synced(path) if wanted(path))
    }
}

/// A server whose system calls are written down beside its data.
async fn watched(dir: &TempDir) -> Server {
    let trace = dir.path().join("trace");
    let calls = "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync,?rename,?renameat,?renameat2";
    let strace = ["strace", "-f", "-y", "-s", "8192", "-e", calls, "-e", "signal=none", "-o"];
    let start = Start::new(dir).under(strace.map(str::to_owned).into_iter().chain([trace.display().to_string()]));
    match start.try_demo().await {
        Ok(server) => server,
        Err(words) => panic!(
            "the system calls can not be watched; `make tools` installs strace, and a container must allow ptrace: {words}"
        ),
    }
}

fn steps_in(dir: &TempDir) -> Vec<Step> {
    read(&fs::read_to_string(dir.path().join("trace")).expect("strace wrote its file"))
}

#[tokio::test]
async fn a_message_is_synced_between_its_write_and_its_202() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = watched(&dir).await;
    let bot = Api::of(&server).bot("Plain").await;
    let person = Visitor::open(&server, &bot).await;
    for number in 0..MESSAGES {
        let message = json!({"id": format!("m{number}"), "text": word(number)});
        assert_eq!(person.send(&message).await.expect("an answer").0, 202);
    }
    server.kill().await;
    let steps = steps_in(&dir);
    for number in 0..MESSAGES {
        let written = steps.iter().position(|step| *step == Step::Written(number));
        let written = written.unwrap_or_else(|| panic!("message {number} was never written: {steps:?}"));
        let answered = steps[written..].iter().position(|step| *step == Step::Answered(202));
        let answered =
            written + answered.unwrap_or_else(|| panic!("message {number} was answered before it was written"));
        let synced = steps[written..answered].iter().any(|step| step.is_sync_of(is_log));
        assert!(synced, "message {number} was answered without a sync: {:?}", &steps[written..=answered]);
    }
}

/// The bytes, then their name, then the row that tells of them: whatever is cut off, no row is without its bytes.
#[tokio::test]
async fn a_file_and_its_folders_are_synced_before_its_row_is_written() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = watched(&dir).await;
    let bot = Api::of(&server).bot("Plain").await;
    let person = Visitor::open(&server, &bot).await;
    for number in 0..UPLOADS {
        let path = format!("/api/chat/{bot}/files?name={}", word(number));
        let upload = person.client().send(Method::POST, &path, &[], Bytes::from_static(b"the same bytes"));
        upload.await.expect("an answer").expect(201);
    }
    server.kill().await;
    let steps = steps_in(&dir);
    let mut at = 0;
    for number in 0..UPLOADS {
        let mut next = |what: &str, wanted: &dyn Fn(&Step) -> bool| {
            let step = steps[at..].iter().position(wanted);
            at += step.unwrap_or_else(|| panic!("upload {number}: no {what} in {:?}", &steps[at..]));
            at
        };
        next("sync of the bytes", &|step| step.is_sync_of(|path| path.contains("/files/.")));
        let named = next("rename to the hash", &|step| matches!(step, Step::Renamed(path) if path.contains("/files/")));
        let Step::Renamed(path) = &steps[named] else { unreachable!("it was looked for") };
        let (folder, _) = path.rsplit_once('/').expect("it lies in a folder");
        let (files, _) = folder.rsplit_once('/').expect("it lies in a folder");
        next("sync of its folder", &|step| step.is_sync_of(|path| path == folder));
        let named = next("sync of the folder of files", &|step| step.is_sync_of(|path| path == files));
        let written = next("row", &|step| *step == Step::Written(number));
        let before = steps[..written].iter().position(|step| *step == Step::Written(number));
        assert!(before.is_none_or(|before| before > named), "the row was written before its bytes were synced");
        next("sync of the row", &|step| step.is_sync_of(is_log));
        next("answer", &|step| *step == Step::Answered(201));
    }
}

fn is_log(path: &str) -> bool {
    path.ends_with("-wal")
}

/// A text that stands nowhere else.
fn word(number: usize) -> String {
    format!("marker-{number:03}-end")
}

/// The steps of a trace as `strace -f -y` writes it. A sync and a rename count when they have ended, a write and an answer when they begin.
fn read(trace: &str) -> Vec<Step> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut steps = Vec::new();
    for line in trace.lines() {
        let Some((pid, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(words) = ended(call) {
            let first = if call.starts_with("<... ") { begun.remove(pid).unwrap_or_default() } else { call };
            steps.extend(first.strip_prefix(words).filter(|_| call.ends_with("= 0")).and_then(|rest| match words {
                "fsync(" | "fdatasync(" => Some(Step::Synced(rest.split_once('<')?.1.split_once('>')?.0.to_owned())),
                _ => Some(Step::Renamed(rest.split('"').nth(3)?.to_owned())),
            }));
        } else if call.contains("<unfinished ...>") && ENDING.iter().any(|words| call.starts_with(words)) {
            begun.insert(pid, call);
        } else if call.contains("-wal>") {
            steps.extend((0..MESSAGES).filter(|number| call.contains(&word(*number))).map(Step::Written));
        } else if let Some(status) = call.split("\"HTTP/1.1 ").nth(1).and_then(|rest| rest.get(..3)?.parse().ok()) {
            steps.push(Step::Answered(status));
        }
    }
    steps
}

/// Calls that count when they have ended.
const ENDING: [&str; 5] = ["fsync(", "fdatasync(", "rename(", "renameat(", "renameat2("];

/// Which of them has its end in this line.
fn ended(call: &str) -> Option<&'static str> {
    let is_it = |words: &&str| {
        let name = words.trim_end_matches('(');
        (call.starts_with(*words) && !call.contains("<unfinished ...>"))
            || call.starts_with(&format!("<... {name} resumed>"))
    };
    ENDING.into_iter().find(is_it)
}

#[test]
fn a_trace_is_read_in_the_order_in_which_things_were_done() {
    let trace = "\
7  pwrite64(9</d/recado.db-wal>, \"\\1marker-000-end\", 4096, 32) = 4096
7  fdatasync(9</d/recado.db-wal> <unfinished ...>
8  writev(12<socket:[77]>, [{iov_base=\"HTTP/1.1 202 Accepted\\r\\n\", iov_len=20}], 1) = 20
7  <... fdatasync resumed>) = 0
8  fsync(9</d/recado.db>) = 0
9  rename(\"/d/files/.1.part\", \"/d/files/ab/abc\" <unfinished ...>
8  fdatasync(9</d/recado.db-wal>) = 0
9  <... rename resumed>) = 0
9  fsync(13</d/files/ab>) = -1 EIO (Input/output error)
9  renameat(AT_FDCWD</d>, \"/d/files/.2.part\", AT_FDCWD</d>, \"/d/files/cd/cde\") = 0
";
    let synced = |path: &str| Step::Synced(path.to_owned());
    let renamed = |path: &str| Step::Renamed(path.to_owned());
    let steps = [
        Step::Written(0),
        Step::Answered(202),
        synced("/d/recado.db-wal"),
        synced("/d/recado.db"),
        synced("/d/recado.db-wal"),
        renamed("/d/files/ab/abc"),
        renamed("/d/files/cd/cde"),
    ];
    assert_eq!(read(trace), steps);
}
