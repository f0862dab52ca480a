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
