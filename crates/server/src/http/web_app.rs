//! The web app: the files that `npm run build` made in `ui/dist`, inside the binary.
//!
//! Files under `/assets/` have their content in their name and are kept by browsers for good; the page itself is asked for each time, so that a new
//! version of the server is a new version of the app. Every path that is nothing else is a place in the app: its router knows which. A binary that was
//! built without the app says so.

use axum::{
    extract::{Path, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use super::{layers::nothing_here, plain_page};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
#[allow_missing = true]
struct Built;

const PAGE: &str = "index.html";
/// No script but the app's own files. Styles may stand in elements: the canvas and the component library move things with them.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: http: data: blob:; \
     media-src 'self' https: http: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What a path begins with that is never a place in the app.
const NOT_PLACES: [&str; 8] =
    ["/api/", "/assets/", "/docs/", "/hooks/", "/files/", "/inspector/", "/chat/", "/.well-known/"];

/// A file of the app.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match file(&format!("assets/{path}"), &headers) {
        Some(mut response) => {
            response.headers_mut().insert(header::CACHE_CONTROL, FOR_GOOD);
            response
        }
        None => nothing_here().await.into_response(),
    }
}

/// The app's page, for a browser that asks for a place in it. Everything else is not there.
pub async fn page(request: Request) -> Response {
    let path = request.uri().path();
    let is_place = !NOT_PLACES.iter().any(|begin| path.starts_with(begin));
    let reads = request.method() == Method::GET || request.method() == Method::HEAD;
    if !(is_place && reads && plain_page::is_wanted(request.headers())) {
        return nothing_here().await.into_response();
    }
    match file(PAGE, request.headers()) {
        Some(mut response) => {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        None => plain_page::page(
            StatusCode::OK,
            "Recado runs",
            "<p>This program was built without its web app. Build it with <code>make ui</code>, then the program again.</p>\
             <p>The API is there: <a href=\"/docs/api\">its description</a>.</p>",
        ),
    }
}

/// The file as it is, or as it was compressed when it was built.
fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let accepts = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let zipped = accepts.flat_map(|value| value.split(',')).any(|word| word.trim().split(';').next() == Some("gzip"));
    let compressed = Built::get(&format!("{path}.gz"));
    let varies = compressed.is_some();
    let (file, encoding) = match compressed.filter(|_| zipped) {
        Some(file) => (file, Some("gzip")),
        None => (Built::get(path)?, None),
    };
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if varies {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    Some(response)
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
