//! The demo makes its things once, also when its first start is killed in the middle. Then they are their user's.

use std::time::Duration;

use http::Method;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    api::{Api, text},
    end_to_end::book,
    harness::{Server, Start, free_port, until},
    visitor::Visitor,
};

const WITHIN: Duration = Duration::from_secs(30);

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

/// Saves a flow's draft with another text in its first element.
async fn rewrite(api: &Api, flow: &str, words: &str) {
    let path = format!("/api/v1/flows/{flow}");
    let read = api.client.get(&path).await.expect(200).json();
    let mut draft = read["draft"].clone();
    draft["elements"][0]["parts"][0]["text"] = words.into();
    let etag = format!("\"{}\"", read["draft_revision"]);
    let headers = [("if-match", etag.as_str()), ("content-type", "application/json")];
    let saved = api.client.send(Method::PUT, &format!("{path}/draft"), &headers, draft.to_string().into()).await;
    saved.expect("an answer").expect(200);
}

/// A flow that sends a webhook, published under this name: that of a known one is replaced.
async fn publish_sender(api: &Api, flow: &str, url: &str) {
    let path = format!("/api/v1/flows/{flow}");
    let read = api.client.get(&path).await.expect(200).json();
    let mut draft = read["draft"].clone();
    draft["start"] = "tell".into();
    let webhook = json!({"kind": "send_webhook", "name": "mine", "url": url});
    draft["elements"] = json!([{"id": "tell", "type": "action", "actions": [webhook]}]);
    draft["edges"] = json!([]);
    let etag = format!("\"{}\"", read["draft_revision"]);
    let headers = [("if-match", etag.as_str()), ("content-type", "application/json")];
    let saved = api.client.send(Method::PUT, &format!("{path}/draft"), &headers, draft.to_string().into()).await;
    saved.expect("an answer").expect(200);
    api.publish(flow).await;
}

/// What a user sees of the bot and may have changed.
async fn all_of(api: &Api, bot: &str) -> Vec<Json> {
    let mut all = api.webhooks(bot).await;
    all.extend(items(api, &format!("/api/v1/bots/{bot}/triggers")).await);
    for flow in items(api, &format!("/api/v1/flows?bot_id={bot}")).await {
        let path = format!("/api/v1/flows/{}", text(&flow, "id"));
        all.push(api.client.get(&path).await.expect(200).json());
        all.extend(items(api, &format!("{path}/versions")).await);
    }
    all
}

#[tokio::test]
async fn what_its_user_made_of_the_demo_is_as_it_was_after_the_next_start() {
    let dir = TempDir::new().expect("a temporary folder");
    let start = Start::new(&dir).allow("127.0.0.1:3999".parse().expect("an address"));
    let server = start.demo().await;
    let (api, bot) = (Api::of(&server), server.said("bot_id").to_owned());
    let flows = items(&api, &format!("/api/v1/flows?bot_id={bot}")).await;
    let flow = |name: &str| text(flows.iter().find(|flow| flow["name"] == name).expect("the demo has it"), "id");
    rewrite(&api, server.said("flow_id"), "My own words").await;
    rewrite(&api, &flow("The venue"), "My own venue").await;
    api.publish(&flow("The venue")).await;
    publish_sender(&api, &flow("Standard reply"), "http://127.0.0.1:3999/from-flow").await;
    let webhooks = api.webhooks(&bot).await;
    let mine = json!({"url": "http://127.0.0.1:3999/mine", "events": ["new_subscriber"], "format": "cloudevents"});
    for webhook in &webhooks {
        let change = if webhook["kind"] == "global" { mine.clone() } else { json!({"format": "cloudevents"}) };
        api.set_webhook(&text(webhook, "id"), change).await;
    }
    let own = api.client.post("/api/v1/account/tokens", &json!({"name": "demo"})).await.expect(201).json();
    let before = all_of(&api, &bot).await;

    let server = server.kill().await.demo().await;
    assert_eq!(all_of(&Api::of(&server), &bot).await, before);
    let server = server.kill().await.demo().await;
    assert_eq!(all_of(&Api::with(&server, &text(&own, "token")), &bot).await, before, "its user's token is still good");
    assert_eq!(names(&items(&Api::of(&server), "/api/v1/account/tokens").await), ["demo", "demo"], "one is the user's");
}

#[tokio::test]
async fn what_its_user_deleted_is_not_missed_by_the_next_start() {
    let dir = TempDir::new().expect("a temporary folder");
    let mut server = Start::new(&dir).demo().await;
    let bot = server.said("bot_id").to_owned();
    let webhook =
        text(Api::of(&server).webhooks(&bot).await.iter().find(|one| one["kind"] == "global").expect("one"), "id");
    let trigger = text(&items(&Api::of(&server), &format!("/api/v1/bots/{bot}/triggers")).await[0], "id");
    let booking = server.said("flow_id").to_owned();
    Api::of(&server).client.delete(&format!("/api/v1/bots/{bot}/triggers/{trigger}")).await.expect(204);
    for gone in
        [format!("/api/v1/webhooks/{webhook}"), format!("/api/v1/flows/{booking}"), format!("/api/v1/bots/{bot}")]
    {
        Api::of(&server).client.delete(&gone).await.expect(204);
        server = server.kill().await.demo().await;
        Api::of(&server).client.get(&gone).await.expect(404);
    }
    assert!(items(&Api::of(&server), "/api/v1/bots").await.is_empty(), "no other bot takes its place");
}

#[tokio::test]
async fn on_another_port_the_demo_goes_on_with_its_user_s_changes() {
    let dir = TempDir::new().expect("a temporary folder");
    let server = Start::new(&dir).allow("127.0.0.1:3999".parse().expect("an address")).demo().await;
    let (api, bot, booking) = (Api::of(&server), server.said("bot_id").to_owned(), server.said("flow_id").to_owned());
    rewrite(&api, &booking, "My own words").await;
    api.publish(&booking).await;
    let mine = api.webhook(&bot, "http://127.0.0.1:3999/mine", &["new_subscriber"]).await;
    let unpublished = api
        .flow(
            &bot,
            "Mine",
            json!([{"id": "a", "type": "message", "parts": [{"kind": "text", "text": "a"}]}]),
            json!([]),
        )
        .await;
    rewrite(&api, &unpublished, "b").await;
    let before = api.client.get(&format!("/api/v1/flows/{unpublished}")).await.expect(200).json();

    let server = server.kill().await.port(free_port()).demo().await;
    let api = Api::of(&server);
    let mut person = Visitor::open(&server, &bot).await;
    person.hears("My own words").await;
    book(&mut person).await;
    let arrived = async |what: &str| {
        let seen = api.client.get("/api/v1/inspector").await.expect(200).json();
        seen["items"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["body"].to_string().contains(what)))
            .then_some(())
    };
    for what in ["incoming_message", "conference_booking"] {
        until(what, WITHIN, async || arrived(what).await).await;
    }
    let webhooks = api.webhooks(&bot).await;
    let here = webhooks.iter().filter(|one| text(one, "url").starts_with(server.url())).count();
    assert_eq!((webhooks.len(), here), (3, 2), "{webhooks:#?}");
    assert!(webhooks.iter().any(|one| text(one, "id") == mine && one["url"] == "http://127.0.0.1:3999/mine"));
    assert_eq!(api.client.get(&format!("/api/v1/flows/{unpublished}")).await.expect(200).json(), before);
    let flow = api.client.get(&format!("/api/v1/flows/{booking}")).await.expect(200).json();
    assert_eq!(flow["has_changes"], false);

    // With changes of its author the flow is not published, and its draft keeps them.
    rewrite(&api, &booking, "Not ready").await;
    let published = flow["published"].clone();
    let server = server.kill().await.port(free_port()).demo().await;
    let flow = Api::of(&server).client.get(&format!("/api/v1/flows/{booking}")).await.expect(200).json();
    assert_eq!((&flow["published"], &flow["has_changes"]), (&published, &json!(true)));
    assert_eq!(flow["draft"]["elements"][0]["parts"][0]["text"], "Not ready");
    let draft = flow["draft"].to_string();
    assert_eq!(draft.matches(&format!("{}/inspector/", server.url())).count(), 2, "{draft}");
}
