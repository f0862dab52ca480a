//! The commands beside `serve`: what they say, and that they leave alone what is not theirs.

use std::{fs, net::TcpListener, path::Path, process::Output, time::Duration};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::{
    api::{Api, text},
    harness::{Server, Start},
};

const WITHIN: Duration = Duration::from_secs(30);

/// Runs a command on a data folder to its end.
async fn run(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recado"));
    command.args(arguments).env("RECADO_DATA_DIR", data).env("RECADO_LISTEN", "127.0.0.1:0");
    command.envs(variables.iter().copied()).kill_on_drop(true);
    let ended = tokio::time::timeout(WITHIN, command.output()).await.expect("it ends").expect("it ran");
    let words = [ended.stdout.as_slice(), ended.stderr.as_slice()].concat();
    (ended, String::from_utf8_lossy(&words).into_owned())
}

/// The line of `recado check` that tells of this.
fn line_of<'a>(words: &'a str, what: &str) -> &'a str {
    words.lines().map(str::trim).find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what} in {words}"))
}

fn version(database: &rusqlite::Connection) -> i64 {
    database.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("it has a version")
}

#[tokio::test]
async fn a_database_of_an_older_version_is_brought_up_to_date_by_no_look_and_not_beside_its_server() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = Start::new(&dir).demo().await;
    let path = server.database();
    let data = path.parent().expect("a folder");
    server.stop(WITHIN).await;
    let database = rusqlite::Connection::open(&path).expect("it opens");
    let newest = version(&database);
    // As it was before the newest step.
    let older = newest - 1;
    let back = format!(
        "DROP TABLE telling; DROP INDEX api_call_bot; ALTER TABLE api_call DROP COLUMN bot_id; PRAGMA user_version = {older}"
    );
    database.execute_batch(&back).expect("it goes back");

    let (ended, words) = run(data, &["check"], &[]).await;
    assert!(ended.status.success(), "{words}");
    let said = line_of(&words, "database");
    assert!(said.starts_with("warn") && said.ends_with(&format!("from schema {older} to {newest}")), "{said}");
    assert_eq!(version(&database), older);

    let lock = fs::File::create(data.join("recado.lock")).expect("the lock");
    lock.try_lock().expect("a server has it");
    for arguments in [["account", "list"], ["token", "create"]] {
        let (ended, words) = run(data, &arguments, &[]).await;
        assert!(!ended.status.success() && words.contains(&format!("schema {older}")), "{words}");
        assert_eq!(version(&database), older);
    }
    drop(lock);
    let (ended, words) = run(data, &["account", "list"], &[]).await;
    assert!(ended.status.success() && words.contains("Demo"), "{words}");
    assert_eq!(version(&database), newest);

    let newer = newest + 1;
    database.execute_batch(&format!("PRAGMA user_version = {newer}")).expect("it goes ahead");
    let (ended, words) = run(data, &["check"], &[]).await;
    assert!(!ended.status.success() && line_of(&words, "database").contains("newer version"), "{words}");
}

#[tokio::test]
async fn check_tells_of_authorities_that_can_not_be_used_and_looks_at_the_rest() {
    let dir = TempDir::new().expect("a temporary folder");
    let file = dir.path().join("ca.pem");
    fs::write(&file, "no certificate").expect("a file");
    let variables = [("RECADO_CA_FILE", file.to_str().expect("a path"))];
    let (ended, words) = run(&dir.path().join("data"), &["check"], &variables).await;
    assert!(!ended.status.success() && line_of(&words, "authorities").starts_with("FAIL"), "{words}");
    assert!(line_of(&words, "no bot of it").starts_with("ok"), "{words}");
}

#[tokio::test]
async fn a_mistyped_variable_is_told_by_whatever_reads_the_configuration() {
    let dir = TempDir::new().expect("a temporary folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let mistyped = [("RECADO_DATADIR", "elsewhere")];
    for arguments in [["serve", "--listen", &address].as_slice(), &["account", "list"]] {
        let (_, words) = run(dir.path(), arguments, &mistyped).await;
        assert!(words.contains("RECADO_DATADIR (did you mean RECADO_DATA_DIR?)"), "{words}");
    }
}

/// `recado flow` on a bot of the server.
async fn flow(server: &Server, bot: &str, arguments: &[&str]) -> (Output, String) {
    let (url, token) = (server.url(), server.said("api_token"));
    let all = [&["flow"], arguments, &["--bot", bot, "--url", url, "--token", token]].concat();
    run(Path::new("unused"), &all, &[]).await
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn pulled_flows_have_a_file_each_and_are_the_same_flows_when_pushed() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = Start::new(&dir).demo().await;
    let api = Api::of(&server);
    let bot = api.bot("Versioned").await;
    let says = |words: &str| json!([{"id": "a", "type": "message", "parts": [{"kind": "text", "text": words}]}]);
    api.flow(&bot, "Menu 1", says("one"), json!([])).await;
    let renamed = api.flow(&bot, "Menu-1", says("two"), json!([])).await;
    let out = dir.path().join("flows");
    let pull = ["pull", "--out", out.to_str().expect("a path")];
    let (ended, words) = flow(&server, &bot, &pull).await;
    assert!(ended.status.success(), "{words}");
    assert_eq!(files(&out), ["menu-1-2.yaml", "menu-1.yaml"]);

    fs::remove_file(out.join("menu-1-2.yaml")).expect("it is there");
    api.client.patch(&format!("/api/v1/flows/{renamed}"), &json!({"name": "Renamed"})).await.expect(200);
    let (ended, words) = flow(&server, &bot, &pull).await;
    assert!(ended.status.success(), "{words}");
    assert_eq!(files(&out), ["menu-1.yaml", "renamed.yaml"]);
    let file = out.join("renamed.yaml");
    let (ended, words) = flow(&server, &bot, &["push", file.to_str().expect("a path")]).await;
    assert!(ended.status.success() && words.contains("saved as \"Renamed\""), "{words}");
    let listed = api.client.get(&format!("/api/v1/flows?bot_id={bot}")).await.expect(200).json();
    let names: Vec<String> =
        listed["items"].as_array().expect("a list").iter().map(|flow: &Json| text(flow, "name")).collect();
    assert_eq!(names, ["Menu 1", "Renamed"]);

    fs::write(&file, "mine").expect("it can be written");
    fs::remove_file(out.join("menu-1.yaml")).expect("it is there");
    let (ended, words) = flow(&server, &bot, &pull).await;
    assert!(!ended.status.success() && words.contains("renamed.yaml would be overwritten"), "{words}");
    assert_eq!(
        (files(&out), fs::read_to_string(&file).expect("text")),
        (vec!["renamed.yaml".to_owned()], "mine".to_owned())
    );
    let (ended, words) = flow(&server, &bot, &[pull.as_slice(), &["--force"]].concat()).await;
    assert!(ended.status.success() && fs::read_to_string(&file).expect("text").contains("Renamed"), "{words}");
    assert_eq!(files(&out), ["menu-1.yaml", "renamed.yaml"]);
}
