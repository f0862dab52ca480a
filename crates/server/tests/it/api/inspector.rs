//! The inspector as people see it.

use bytes::Bytes;
use http::Method;
use serde_json::json;

use super::server::TestServer;

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

#[tokio::test]
async fn a_browser_sees_what_arrived_without_a_token_and_leaves_no_trace() {
    let server = TestServer::start().await;
    let url = server.inspector().await;
    let path = url.split_once(&server.address().to_string()).expect("our own address").1.to_owned();
    let look = async || {
        let page =
            server.nobody.send(Method::GET, &path, &[BROWSER], Bytes::new()).await.expect("an answer").expect(200);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        page.text()
    };
    assert!(look().await.contains("Nothing arrived yet"));
    let event = json!([{"title": "incoming_message", "contact": {"name": "<script>alert(1)</script>"}}]);
    server.nobody.post(&path, &event).await.expect(204);
    server.nobody.send(Method::GET, &path, &[], Bytes::new()).await.expect("an answer").expect(204);
    let page = look().await;
    assert!(page.contains("incoming_message of &lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    assert!(!page.contains("<script"), "nothing that came is markup");
    let kept = server.received(2).await;
    assert_eq!(kept.len(), 2, "looking is not arriving: {kept:#?}");
    let (before, token) = path.rsplit_once('/').expect("a token");
    let other = if token.starts_with('A') { "B" } else { "A" };
    let forged = format!("{before}/{other}{}", &token[1..]);
    server.nobody.send(Method::GET, &forged, &[BROWSER], Bytes::new()).await.expect("an answer").expect(404);
}

#[tokio::test]
async fn the_way_out_leads_to_the_own_inspector_and_nowhere_else_on_this_machine() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let url = server.inspector().await;
    let here = server.address();
    let hook = async |url: &str| {
        let settings = json!({"url": url, "events": ["open_chat"]});
        server.api.post(&format!("/api/v1/bots/{bot}/webhooks"), &settings).await.status.as_u16()
    };
    assert_eq!(hook(&url).await, 201);
    for elsewhere in [
        format!("http://{here}/api/v1/bots"),
        format!("http://{here}/healthz"),
        format!("http://{here}/inspectors/x"),
        format!("http://{here}/inspector/../metrics"),
        format!("http://{here}/inspector/%2e%2e/metrics"),
        format!("http://{here}/inspector/x%2f..%2f..%2fmetrics"),
        format!("http://127.0.0.1:{}/inspector/x", here.port() ^ 1),
        format!("http://[::ffff:127.0.0.1]:{}/metrics", here.port()),
        format!("http://localhost:{}/metrics", here.port()),
        format!("http://127.0.0.2:{}/inspector/x", here.port()),
    ] {
        assert_eq!(hook(&elsewhere).await, 422, "{elsewhere}");
    }
}
