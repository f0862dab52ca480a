//! Many and slow readers and senders of files cost the process little memory.

use std::{fs, time::Duration};

use bytes::Bytes;
use http::Method;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use super::{
    api::{Api, text},
    harness::{Server, Start, until},
};

const MIB: usize = 1024 * 1024;
const READERS: usize = 40;
const SENDERS: usize = 16;
/// What each of the slow senders has sent when it stops.
const SENT: usize = 5 * MIB;
/// What slow ones may cost together; were their files in memory, it would be 400 MiB and 80 MiB.
const READERS_KB_MAX: u64 = 64 * 1024;
const SENDERS_KB_MAX: u64 = 48 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_and_senders_do_not_hold_their_files_in_memory() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = Start::new(&dir).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Files").await;
    let path = format!("/api/v1/bots/{bot}/files");
    let whole: Vec<u8> = (0..10 * MIB).map(|at| (at / 1_000) as u8).collect();
    let kept = api.client.send(Method::POST, &path, &[], Bytes::from(whole.clone())).await.expect("an answer");
    let url = text(&kept.expect(201).json(), "url");
    let link = url.strip_prefix(server.url()).expect("a link of this server");
    let read = api.client.get(link).await.expect(200);
    assert!(read.body == whole, "it is the same to the last byte");
    assert_eq!(read.headers["content-length"], whole.len().to_string());

    let before = server.memory_kb("VmRSS");
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(begin(&server, &format!("GET {link} HTTP/1.1\r\nhost: x\r\n\r\n")).await);
    }
    for reader in &mut readers {
        assert_eq!(reader.read_u8().await.expect("the answer begins"), b'H');
    }
    let grown = server.memory_kb("VmRSS").saturating_sub(before);
    assert!(grown < READERS_KB_MAX, "{READERS} slow readers take {grown} kB");
    drop(readers);

    let before = server.memory_kb("VmRSS");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        server.said("api_token"),
        SENT + 1
    );
    let body = Bytes::from(vec![7; SENT]);
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (mut stream, body) = (begin(&server, &head).await, body.clone());
        senders.spawn(async move {
            stream.write_all(&body).await.expect("it is taken");
            stream
        });
    }
    let senders = senders.join_all().await;
    let files = server.database().with_file_name("files");
    let arrived = async || {
        let parts = fs::read_dir(&files).expect("a folder").filter_map(|entry| entry.ok()?.metadata().ok());
        (parts.filter(|part| part.is_file() && part.len() == SENT as u64).count() == SENDERS).then_some(())
    };
    until("all that was sent on the disk", Duration::from_mins(1), arrived).await;
    let grown = server.memory_kb("VmRSS").saturating_sub(before);
    assert!(grown < SENDERS_KB_MAX, "{SENDERS} slow senders take {grown} kB");
    drop(senders);
}

async fn begin(server: &Server, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.expect("it connects");
    stream.write_all(head.as_bytes()).await.expect("it is taken");
    stream
}
