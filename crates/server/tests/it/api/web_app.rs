//! The web app's page and files, as far as they were built.

use super::server::TestServer;

#[tokio::test]
async fn a_browser_gets_the_page_at_every_place_and_a_program_an_error() {
    let server = TestServer::start().await;
    let browser = server.nobody.with("accept", "text/html,*/*");
    for place in ["/", "/bots", "/bots/0190/flows/0190"] {
        let page = browser.get(place).await.expect(200);
        assert!(page.text().contains("Recado"), "{place}");
        let policy = page.headers["content-security-policy"].to_str().expect("a text").to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src 'self' 'unsafe"), "{policy}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        server.nobody.get(place).await.expect(404);
    }
    for none in ["/api/v1/nothing", "/assets/nothing.js", "/files/nothing", "/assets/../index.html"] {
        let answer = browser.get(none).await.expect(404);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{none}");
    }
    browser.post("/", &serde_json::json!({})).await.expect(404);
}

#[tokio::test]
async fn files_are_compressed_and_kept_for_good() {
    let server = TestServer::start().await;
    let page = server.nobody.with("accept", "text/html").get("/").await.expect(200).text();
    let script = page.split("src=\"/assets/").nth(1).and_then(|rest| rest.split('"').next());
    let script = script.expect("the program carries the web app: run `make ui` and build it again");
    let path = format!("/assets/{script}");
    let plain = server.nobody.get(&path).await.expect(200);
    let zipped = server.nobody.with("accept-encoding", "br, gzip;q=1.0").get(&path).await.expect(200);
    assert_eq!(plain.headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(plain.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(
        (&zipped.headers["content-encoding"], &zipped.headers["vary"]),
        (&"gzip".parse().unwrap(), &"accept-encoding".parse().unwrap())
    );
    assert!(zipped.body.len() * 2 < plain.body.len());
}
