//! Contacts out of a table.

use bytes::Bytes;
use http::Method;
use recado_testkit::client::Answer;
use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

async fn bot(server: &TestServer, service: &str) -> String {
    let bot = json!({"service": service, "name": format!("A {service} bot")});
    let bot = id(&server.api.post("/api/v1/bots", &bot).await.expect(201).json());
    for (name, kind) in [("size", "number"), ("since", "date")] {
        let variable = json!({"name": name, "scope": "contact", "type": kind});
        server.api.put(&format!("/api/v1/bots/{bot}/variables"), &variable).await.expect(200);
    }
    bot
}

async fn import(server: &TestServer, bot: &str, table: impl Into<Bytes>) -> Answer {
    let path = format!("/api/v1/contacts/import?bot_id={bot}");
    server.api.send(Method::POST, &path, &[("content-type", "text/csv")], table.into()).await.expect("an answer")
}

/// The contacts of a bot by identity.
async fn contacts(server: &TestServer, bot: &str) -> Vec<Json> {
    let listed = server.api.get(&format!("/api/v1/contacts?bot_id={bot}")).await.expect(200).json();
    let mut contacts = listed["items"].as_array().expect("a list").clone();
    contacts.sort_by_key(|contact| contact["identity"].as_str().map(str::to_owned));
    contacts
}

fn counts(done: &Json) -> [u64; 3] {
    ["created", "updated", "refused"].map(|name| done[name].as_u64().expect("a number"))
}

/// `line column code`, in the order in which they are told.
fn mistakes(done: &Json) -> Vec<String> {
    let rows = done["mistakes"].as_array().expect("a list").iter();
    rows.flat_map(|row| {
        let errors = row["errors"].as_array().expect("a list").iter();
        errors.map(|error| format!("{} {} {}", row["line"], error["field"], error["code"]).replace('"', ""))
    })
    .collect()
}

#[tokio::test]
async fn people_come_from_elsewhere_and_the_same_table_again_changes_nothing() {
    let server = TestServer::start().await;
    let bot = bot(&server, "telegram").await;
    let table = "\u{feff}identity;first_name;last_name;phone;tags;status;size;since\r\n\
                 700;Ana;Ruiz;'+34600112233;vip, new;;4.5;31/12/2026\r\n\
                 701;Ñandú;;;;unsubscribed;;\r\n";
    let done = import(&server, &bot, table).await.expect(200).json();
    assert_eq!(counts(&done), [2, 0, 0], "{done}");
    let first = contacts(&server, &bot).await;
    assert_eq!((&first[0]["status"], &first[1]["status"]), (&json!("active"), &json!("unsubscribed")));
    let profile = &first[0]["profile"];
    assert_eq!((&profile["name"], &profile["phone"]), (&json!("Ana Ruiz"), &json!("+34600112233")));
    assert_eq!(first[0]["tags"], json!(["vip", "new"]));
    assert_eq!(first[0]["variables"], json!({"size": 4.5, "since": "2026-12-31"}));
    let events = server.api.get(&format!("/api/v1/events?bot_id={bot}")).await.expect(200).json();
    assert_eq!(events["items"], json!([]), "it is no news");

    let done = import(&server, &bot, table).await.expect(200).json();
    assert_eq!(counts(&done), [0, 2, 0], "{done}");
    assert_eq!(contacts(&server, &bot).await, first);

    let exported = server.api.get(&format!("/api/v1/contacts/export?bot_id={bot}")).await.expect(200).text();
    let done = import(&server, &bot, exported).await.expect(200).json();
    assert_eq!(counts(&done), [0, 2, 0], "what is exported can be imported: {done}");
    assert_eq!(contacts(&server, &bot).await, first);
}

#[tokio::test]
async fn somebody_who_is_known_keeps_the_status_and_what_the_table_does_not_say() {
    let server = TestServer::start().await;
    let bot = bot(&server, "telegram").await;
    import(&server, &bot, "identity,name,tags,size\n7,Ana,vip,1\n").await.expect(200);
    let ana = id(&contacts(&server, &bot).await[0]);
    server.api.post(&format!("/api/v1/contacts/{ana}/unsubscribe"), &json!({})).await.expect(200);
    let table = "identity,status,name,tags,size\n7,active,,new,2\n7,active,,,3\n";
    let done = import(&server, &bot, table).await.expect(200).json();
    assert_eq!(counts(&done), [0, 2, 0], "{done}");
    let ana = &contacts(&server, &bot).await[0];
    assert_eq!((&ana["status"], &ana["profile"]["name"]), (&json!("unsubscribed"), &json!("Ana")));
    assert_eq!((&ana["tags"], &ana["variables"]), (&json!(["vip", "new"]), &json!({"size": 3})), "the last row counts");
}

#[tokio::test]
async fn each_row_that_is_wrong_is_told_of_and_the_others_are_taken_over() {
    let server = TestServer::start().await;
    let bot = bot(&server, "telegram").await;
    let mut table = b"identity,email,size,status,tags,name\n\
        1,ana@example.org,1,,,Ana\n\
        ,,,,,Nobody\n\
        @ana,,,,,Ana\n\
        2,not an address,many,gone,,\n\
        3,,,,a tag that is longer than the thirty-two characters a tag may have,\n\
        4,,\n\
        5,,,,,\"two\nlines\"\n\
        6,,,,,\xff\n"
        .to_vec();
    let tags = (0..101).map(|number| format!("t{number}")).collect::<Vec<_>>().join(",");
    table.extend(format!("8,,,,\"{tags}\",Full\n9,,,,,Eva\n").as_bytes());
    let done = import(&server, &bot, table).await.expect(200).json();
    assert_eq!(counts(&done), [2, 0, 8], "{done}");
    let expected = [
        "3 identity needed",
        "4 identity not_an_identity",
        "5 size not_of_type",
        "5 status not_a_status",
        "5 email not_an_email",
        "6 tags name_length",
        "7 line cell_count",
        "8 name word_length",
        "10 name not_utf8",
        "11 identity contact_full",
    ];
    assert_eq!(mistakes(&done), expected);
    let names: Vec<Json> = contacts(&server, &bot).await.iter().map(|one| one["profile"]["name"].clone()).collect();
    assert_eq!(names, ["Ana", "Eva"], "nobody became a contact by a row that is wrong");
}

#[tokio::test]
async fn a_first_line_that_is_wrong_takes_nothing_over() {
    let server = TestServer::start().await;
    let bot = bot(&server, "telegram").await;
    let refused = import(&server, &bot, "name,sise,size,size\nAna,1,2,3\n").await.expect(422).json();
    let errors = refused["errors"].as_array().expect("a list").iter();
    let told: Vec<_> = errors.map(|error| (error["field"].clone(), error["code"].clone())).collect();
    assert_eq!(
        told,
        [("sise", "unknown_column"), ("size", "column_twice"), ("identity", "needed")]
            .map(|(field, code)| (json!(field), json!(code)))
    );
    import(&server, &bot, "").await.expect(422);
    import(&server, "01234567-89ab-7def-8123-456789abcdef", "identity\n1\n").await.expect(404);
    let endless = format!("identity,name\n1,Ana\n2,\"{}", "x".repeat(1_100_000));
    let refused = import(&server, &bot, endless).await.expect(413).json();
    assert!(refused["detail"].as_str().expect("words").contains("line 3"), "{refused}");
}

#[tokio::test]
async fn a_web_chat_takes_over_what_is_said_of_its_own_visitors_only() {
    let server = TestServer::start().await;
    let bot = bot(&server, "livechat").await;
    let (_, contact) = server.visitor(&bot).await;
    let visitor = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
    let identity = visitor["identity"].as_str().expect("a text");
    let table = format!("identity,name,size\n{identity},Ana,1\nsomebody-else,Eva,2\n");
    let done = import(&server, &bot, table).await.expect(200).json();
    assert_eq!(counts(&done), [0, 1, 1], "{done}");
    assert_eq!(mistakes(&done), ["3 identity no_such_visitor"]);
    let after = server.api.get(&format!("/api/v1/contacts/{contact}")).await.expect(200).json();
    assert_eq!((&after["profile"]["name"], &after["status"]), (&json!("Ana"), &visitor["status"]));
}
