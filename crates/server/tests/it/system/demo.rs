//! The demo makes its things once, also when its first start is killed in the middle.

use serde_json::Value as Json;
use tempfile::TempDir;

use super::{
    api::{Api, text},
    harness::{Server, Start},
};

/// Syncs of the first start, while it makes the database, at which it is killed.
const MAKING: u32 = 9;
/// Syncs of the start after it, by the writer, at which that one is killed: what the commit holds is made, nobody was told so.
const MOMENTS: [u32; 9] = [3, 5, 7, 9, 11, 13, 15, 17, 20];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_was_killed_while_it_was_set_up_is_whole_after_the_next_start() {
    let mut killed = 0;
    for moment in MOMENTS {
        let dir = TempDir::new().expect("a temporary folder");
        for sync in [MAKING, moment] {
            killed += usize::from(killed_at(&dir, sync).await);
        }
        is_whole(&Start::new(&dir).demo().await).await;
    }
    assert!(killed > MOMENTS.len(), "only {killed} of {} starts were killed", 2 * MOMENTS.len());
}

/// Starts a demo that is killed as one of its threads begins this sync. `false` when it needed fewer.
async fn killed_at(dir: &TempDir, sync: u32) -> bool {
    let kill = format!("inject=fsync,fdatasync:signal=SIGKILL:when={sync}");
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", &kill];
    match Start::new(dir).under(strace).try_demo().await {
        Ok(server) => {
            server.kill().await;
            false
        }
        Err(_) => true,
    }
}

async fn is_whole(server: &Server) {
    let api = Api::of(server);
    let bots = items(&api, "/api/v1/bots").await;
    assert_eq!(names(&bots), ["Conference"]);
    let bot = text(&bots[0], "id");
    let flows = items(&api, &format!("/api/v1/flows?bot_id={bot}")).await;
    assert_eq!(flows.len(), 3, "{flows:#?}");
    assert!(flows.iter().all(|flow| !flow["published"].is_null()), "{flows:#?}");
    let mut triggers = names(&items(&api, &format!("/api/v1/bots/{bot}/triggers")).await);
    triggers.sort_unstable();
    assert_eq!(triggers, ["Anything else", "Book", "Welcome"]);
    let webhooks = api.webhooks(&bot).await;
    let global: Vec<&Json> = webhooks.iter().filter(|webhook| webhook["kind"] == "global").collect();
    assert_eq!(global.len(), 1, "{webhooks:#?}");
}

async fn items(api: &Api, path: &str) -> Vec<Json> {
    let listed = api.client.get(path).await.expect(200).json();
    listed["items"].as_array().expect("a list").clone()
}

fn names(items: &[Json]) -> Vec<String> {
    items.iter().map(|item| text(item, "name")).collect()
}
