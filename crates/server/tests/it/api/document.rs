//! The OpenAPI document and its snapshot.

use std::path::Path;

use recado_server::{asyncapi, http::routes, openapi};
use serde_json::Value as Json;

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is told to write the snapshot anew")]
fn the_snapshots_of_the_documents_are_up_to_date() {
    for (name, document) in
        [("openapi.json", openapi::to_json(&routes::document())), ("asyncapi.json", asyncapi::document())]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        let document = format!("{}\n", serde_json::to_string_pretty(&document).unwrap());
        if std::env::var("UPDATE_OPENAPI").is_ok() {
            std::fs::write(&path, &document).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == document,
            "docs/{name} is old: run UPDATE_OPENAPI=1 cargo nextest run -p recado-server snapshots_of_the_documents"
        );
    }
}

#[test]
fn every_reference_of_the_documents_leads_somewhere() {
    let (calls, sent) = (openapi::to_json(&routes::document()), asyncapi::document());
    assert!(calls["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(calls["webhooks"].as_object().unwrap().len(), 10);
    assert_eq!(sent["operations"].as_object().unwrap().len(), 10);
    let mut dangling = Vec::new();
    for document in [calls, sent] {
        references(&document, &mut |reference| {
            if document.pointer(reference.trim_start_matches('#')).is_none() {
                dangling.push(reference.to_owned());
            }
        });
    }
    assert!(dangling.is_empty(), "{dangling:?}");
}

#[test]
fn every_call_has_a_name_of_its_own() {
    let document = openapi::to_json(&routes::document());
    let calls = document["paths"].as_object().unwrap().values().flat_map(|calls| calls.as_object().unwrap().values());
    let mut names: Vec<&str> = calls.map(|call| call["operationId"].as_str().unwrap()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_guide_lists_every_code_of_a_problem() {
    let document = openapi::to_json(&routes::document());
    let codes = &document["components"]["schemas"]["ProblemCode"]["enum"];
    let mut codes: Vec<&str> = codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let guide = include_str!("../../../../../docs/api.md");
    let (_, rows) = guide.split_once("| status | `code` | when |\n|---|---|---|\n").unwrap();
    let rows = rows.lines().take_while(|line| line.starts_with('|'));
    let mut listed: Vec<&str> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
    codes.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, codes);
}

fn references(json: &Json, found: &mut impl FnMut(&str)) {
    match json {
        Json::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Json::as_str) {
                found(reference);
            }
            map.values().for_each(|value| references(value, found));
        }
        Json::Array(items) => items.iter().for_each(|value| references(value, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_served() {
    let server = super::server::TestServer::start().await;
    let served = server.nobody.get("/api/v1/openapi.json").await.expect(200).json();
    assert_eq!(served, openapi::to_json(&routes::document()));
    let served = server.nobody.get("/api/v1/asyncapi.json").await.expect(200).json();
    assert_eq!(served, asyncapi::document());
    let page = server.nobody.get("/docs/api").await.expect(200);
    assert!(page.text().contains("/api/v1/deliveries/{delivery_id}/attempts"));
    server.nobody.get("/assets/docs.css").await.expect(200);
}
