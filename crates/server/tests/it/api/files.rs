//! Files that come in: how many, how much of them, and what becomes of bytes that nothing names any more.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use http::Method;
use recado_model::UnixMs;
use recado_server::runtime::orphans;
use recado_store::records::Retention;
use recado_testkit::client::{Answer, Client};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::server::{TestServer, id};

/// What one bot's visitors and flows may send at once.
const UPLOADS_A_BOT_MAX: usize = 16;
/// When bytes without a row go.
const DAY_AND_MORE: Duration = Duration::from_hours(25);

async fn upload(client: &Client, path: &str, bytes: &[u8]) -> Answer {
    client.send(Method::POST, path, &[], Bytes::copy_from_slice(bytes)).await.expect("an answer")
}

/// All files in the folder of files, whatever they are called.
fn kept(server: &TestServer) -> Vec<PathBuf> {
    fn add(folder: &Path, to: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { add(&path, to) } else { to.push(path) }
        }
    }
    let mut paths = Vec::new();
    add(&server.app().settings.files_dir, &mut paths);
    paths.sort();
    paths
}

/// Makes a file as old as this.
fn age(path: &Path, server: &TestServer, by: Duration) {
    let then = UNIX_EPOCH + Duration::from_millis(server.app().now().0 as u64) - by;
    fs::File::options().append(true).open(path).and_then(|file| file.set_modified(then)).expect("it can be changed");
}

fn age_all(server: &TestServer, by: Duration) {
    for path in kept(server) {
        age(&path, server, by);
    }
}

#[tokio::test]
async fn files_are_kept_up_to_the_room_of_contact_bot_and_account() {
    let settings = [("contact", 10), ("bot", 16), ("account", 20)].map(|(of, bytes)| {
        let key = match of {
            "contact" => "files_bytes_a_contact_max",
            "bot" => "files_bytes_a_bot_max",
            _ => "files_bytes_an_account_max",
        };
        (key, toml::Value::from(bytes))
    });
    let server = TestServer::start_with(&settings).await;
    let (bot, second) = (server.bot().await, server.bot().await);
    let ((ada, _), (eva, _)) = (server.visitor(&bot).await, server.visitor(&bot).await);
    let (chat, flows) = (format!("/api/chat/{bot}/files"), format!("/api/v1/bots/{second}/files"));
    let refused = async |client: &Client, path: &str, bytes: &[u8]| {
        let answer = upload(client, path, bytes).await.expect(507);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        answer.json()["code"].as_str().expect("a code").to_owned()
    };
    assert_eq!(refused(&ada, &chat, &[1; 11]).await, "contact_quota");
    upload(&ada, &chat, &[2; 10]).await.expect(201);
    assert_eq!(refused(&ada, &chat, &[3; 1]).await, "contact_quota");
    assert_eq!(refused(&eva, &chat, &[4; 7]).await, "quota");
    upload(&eva, &chat, &[5; 6]).await.expect(201);
    assert_eq!(refused(&eva, &chat, &[6; 1]).await, "quota");
    assert_eq!(refused(&server.api, &flows, &[7; 5]).await, "account_quota");
    upload(&server.api, &flows, &[8; 4]).await.expect(201);
    assert_eq!(refused(&server.api, &flows, &[9; 1]).await, "account_quota");
    let other = id(&server
        .other
        .post("/api/v1/bots", &json!({"service": "livechat", "name": "Another account's"}))
        .await
        .expect(201)
        .json());
    upload(&server.other, &format!("/api/v1/bots/{other}/files"), &[10; 16]).await.expect(201);
    assert_eq!(kept(&server).len(), 4, "what was refused left nothing");
    // The last byte of the room is taken by one of those who come at the same time, whoever looked first.
    let third = id(&server
        .other
        .post("/api/v1/bots", &json!({"service": "livechat", "name": "Another"}))
        .await
        .expect(201)
        .json());
    let path = format!("/api/v1/bots/{third}/files");
    let (a, b) = tokio::join!(upload(&server.other, &path, &[11; 4]), upload(&server.other, &path, &[12; 4]));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 507]);
    assert_eq!(kept(&server).len(), 5, "what the commit refused left nothing");
}

#[tokio::test]
async fn bytes_that_no_row_names_go_after_a_day_and_no_others() {
    let server = TestServer::start().await;
    let (bot, second) = (server.bot().await, server.bot().await);
    let ((ada, contact), (eva, _)) = (server.visitor(&bot).await, server.visitor(&bot).await);
    let chat = format!("/api/chat/{bot}/files");
    upload(&ada, &chat, b"only hers").await.expect(201);
    upload(&ada, &chat, b"theirs").await.expect(201);
    let theirs = upload(&eva, &chat, b"theirs").await.expect(201).json();
    upload(&server.api, &format!("/api/v1/bots/{second}/files"), b"the second bot's").await.expect(201);
    let files = server.app().settings.files_dir.clone();
    let (fresh, old, foreign) = (files.join(".0a.part"), files.join(".0b.part"), files.join("notes.txt"));
    for path in [&fresh, &old, &foreign] {
        fs::write(path, "x").unwrap();
    }
    assert_eq!(kept(&server).len(), 6, "equal bytes are kept once");
    age_all(&server, DAY_AND_MORE);
    age(&fresh, &server, Duration::from_mins(59));
    age(&old, &server, Duration::from_mins(61));
    assert_eq!(orphans::sweep(server.app()).await.unwrap(), 1, "an upload that died");
    assert!(fresh.exists() && foreign.exists() && !old.exists());

    server.api.delete(&format!("/api/v1/contacts/{contact}")).await.expect(204);
    server.api.delete(&format!("/api/v1/bots/{second}")).await.expect(204);
    let nothing_old = Retention {
        now: UnixMs(i64::MAX),
        log_before: UnixMs(0),
        pending_before: UnixMs(0),
        dedup_before: UnixMs(0),
        idempotency_before: UnixMs(0),
    };
    while server.app().store.make_room(nothing_old).await.unwrap() {}
    // What is young may have its row to come.
    age_all(&server, Duration::from_mins(30));
    assert_eq!(orphans::sweep(server.app()).await.unwrap(), 0);
    age_all(&server, DAY_AND_MORE);
    assert_eq!(orphans::sweep(server.app()).await.unwrap(), 3, "two files of nobody, and the upload that died since");
    let left = kept(&server);
    assert_eq!(left.len(), 2, "{left:?}");
    let url = server.app().files.url(theirs["id"].as_str().unwrap().parse().unwrap(), server.app().now());
    let path = url.split_once("/files/").map(|(_, rest)| format!("/files/{rest}")).unwrap();
    assert_eq!(server.nobody.get(&path).await.expect(200).body, "theirs");
}

/// Bytes that are old and of nobody are uploaded again while sweep after sweep goes over them: each upload that was taken can be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_meets_a_sweep_keeps_its_bytes() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let path = format!("/api/v1/bots/{bot}/files");
    let hash = {
        let first = upload(&server.api, &path, b"again and again").await.expect(201).json();
        let id = first["id"].as_str().unwrap().parse().unwrap();
        server.app().store.file(id).await.unwrap().unwrap().hash
    };
    for _ in 0..20 {
        server.database().execute("DELETE FROM file", []).unwrap();
        let sweeps = async {
            loop {
                orphans::remove(server.app(), vec![hash]).await.unwrap();
            }
        };
        tokio::select! {
            answer = upload(&server.api, &path, b"again and again") => answer.expect(201),
            () = sweeps => unreachable!("they go on"),
        };
        assert_eq!(kept(&server).len(), 1, "the row is there, and so are its bytes");
    }
}

/// A file that says it has ten bytes and brings one.
async fn begun(server: &TestServer, path: &str, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.expect("it connects");
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 10\r\n\r\nx");
    stream.write_all(head.as_bytes()).await.expect("it is taken");
    stream
}

#[tokio::test]
async fn slow_uploads_of_one_bot_leave_room_to_others_and_nothing_behind() {
    let server = TestServer::start().await;
    let (bot, second) = (server.bot().await, server.bot().await);
    let opened = server.nobody.post(&format!("/api/chat/{bot}/sessions"), &json!({})).await.expect(201).json();
    let token = opened["token"].as_str().unwrap();
    let visitor = server.nobody.bearer(token);
    // A session has ten files at once, so two of them fill the bot's places.
    let another = server.nobody.post(&format!("/api/chat/{bot}/sessions"), &json!({})).await.expect(201).json();
    let path = format!("/api/chat/{bot}/files");
    let mut slow = Vec::new();
    for number in 0..UPLOADS_A_BOT_MAX {
        let token = if number < 8 { token } else { another["token"].as_str().unwrap() };
        slow.push(begun(&server, &path, token).await);
    }
    let all = async || (kept(&server).len() == UPLOADS_A_BOT_MAX).then_some(());
    server.until("a beginning of each", all).await;
    let refused = upload(&visitor, &path, b"too many").await.expect(503);
    assert_eq!((&refused.json()["code"], &refused.headers["retry-after"]), (&json!("busy"), &"1".parse().unwrap()));
    upload(&server.api, &format!("/api/v1/bots/{second}/files"), b"another bot's").await.expect(201);
    drop(slow);
    server.until("end of what was broken off", async || (kept(&server).len() == 1).then_some(())).await;
    upload(&visitor, &path, b"there is room").await.expect(201);
}
