//! Drafts tried out: nothing is stored and nothing leaves.

use serde_json::{Value as Json, json};

use super::server::{TestServer, id};

fn draft(url: &str) -> Json {
    json!({
        "version": 1, "name": "Booking", "start": "ask",
        "elements": [
            {"id": "ask", "type": "message", "parts": [
                {"kind": "text", "text": "Hello {{$first_name}}", "buttons": [{"id": "b1", "label": "Prices"}]},
                {"kind": "input", "prompt": "How many?", "expects": {"kind": "number"}, "save_to": "places"},
            ]},
            {"id": "tell", "type": "action", "actions": [{"kind": "send_webhook", "name": "booked", "url": url}]},
            {"id": "rest", "type": "pause", "until": {"kind": "period", "amount": 2, "unit": "days"}},
            {"id": "bye", "type": "message", "parts": [{"kind": "text", "text": "See you"}]},
            {"id": "prices", "type": "message", "parts": [{"kind": "text", "text": "10 each"}]},
        ],
        "edges": [
            {"from": "ask", "output": "next", "to": "tell"}, {"from": "tell", "output": "next", "to": "rest"},
            {"from": "rest", "output": "next", "to": "bye"}, {"from": "ask", "output": "button:b1", "to": "prices"},
        ],
    })
}

fn kinds(answer: &Json, kind: &str) -> Vec<Json> {
    answer["steps"].as_array().expect("steps").iter().filter(|step| step["kind"] == kind).cloned().collect()
}

#[tokio::test]
async fn a_draft_is_talked_through_and_leaves_nothing() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let url = server.inspector().await;
    let with_token = format!("{url}?token=secret");
    let flow =
        id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "Booking"})).await.expect(201).json());
    let path = format!("/api/v1/flows/{flow}/test");
    let step = async |state: &Json, input: Json| -> Json {
        server
            .api
            .post(&path, &json!({"draft": draft(&with_token), "state": state, "input": input}))
            .await
            .expect(200)
            .json()
    };
    let started = step(&Json::Null, json!({"kind": "start"})).await;
    let messages = kinds(&started, "message");
    assert_eq!(messages[0]["part"]["text"][0]["text"], "Hello Ada");
    assert_eq!((&started["waits"]["element"], &started["waits"]["for"]), (&json!("ask"), &json!("input")));
    let press = json!({"kind": "press", "message": messages[0]["number"], "choice": 0});
    let pressed = step(&started["state"], press).await;
    assert_eq!(kinds(&pressed, "message")[0]["part"]["text"][0]["text"], "10 each");
    let answered = step(&started["state"], json!({"kind": "text", "text": "3"})).await;
    let webhooks = kinds(&answered, "webhook");
    assert_eq!((&webhooks[0]["title"], &webhooks[0]["url"]), (&json!("booked"), &json!(format!("{url}?token=***"))));
    assert_eq!(webhooks[0]["body"][0]["contact"]["variables"]["places"], 3);
    assert_eq!(answered["contact"]["variables"]["places"], 3);
    assert_eq!((&answered["waits"]["element"], &answered["waits"]["for"]), (&json!("rest"), &json!("pause")));
    let elements: Vec<(Json, Json)> =
        kinds(&answered, "element").iter().map(|step| (step["element"].clone(), step["output"].clone())).collect();
    assert_eq!(elements, [(json!("ask"), json!("next")), (json!("tell"), json!("next")), (json!("rest"), Json::Null)]);
    let ended = step(&answered["state"], json!({"kind": "wait"})).await;
    assert_eq!(kinds(&ended, "message")[0]["part"]["text"][0]["text"], "See you");
    assert_eq!(ended["waits"], Json::Null);
    for list in ["contacts", "deliveries", "events"] {
        let listed = server.api.get(&format!("/api/v1/{list}?bot_id={bot}")).await.expect(200).json();
        assert_eq!(listed["items"], json!([]), "{list}");
    }
    assert_eq!(server.api.get("/api/v1/inspector").await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn buttons_of_the_last_fifty_messages_can_be_pressed() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow = id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "Round"})).await.expect(201).json());
    let draft = json!({
        "version": 1, "name": "Round", "start": "ask",
        "elements": [{"id": "ask", "type": "message", "parts": [
            {"kind": "text", "text": "Once more?", "buttons": [{"id": "again", "label": "Yes"}]},
        ]}],
        "edges": [{"from": "ask", "output": "button:again", "to": "ask"}],
    });
    let step = async |state: &Json, input: Json| {
        let body = json!({"draft": draft, "state": state, "input": input});
        server.api.post(&format!("/api/v1/flows/{flow}/test"), &body).await
    };
    let press = |number: &Json| json!({"kind": "press", "message": number, "choice": 0});
    let number_in = |answer: &Json| kinds(answer, "message")[0]["number"].clone();
    let mut last = step(&Json::Null, json!({"kind": "start"})).await.expect(200).json();
    let mut numbers = vec![number_in(&last)];
    while numbers.len() <= 50 {
        last = step(&last["state"], press(&numbers[numbers.len() - 1])).await.expect(200).json();
        numbers.push(number_in(&last));
    }
    step(&last["state"], press(&numbers[0])).await.expect(422);
    let pressed = step(&last["state"], press(&numbers[1])).await.expect(200).json();
    assert_eq!(kinds(&pressed, "message")[0]["part"]["text"][0]["text"], "Once more?");
}

#[tokio::test]
async fn what_can_not_be_tried_is_said() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let flow =
        id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "Booking"})).await.expect(201).json());
    let path = format!("/api/v1/flows/{flow}/test");
    let good = draft("https://example.org/hook");
    let first = json!({"draft": good, "input": {"kind": "text", "text": "3"}});
    assert_eq!(server.api.post(&path, &first).await.expect(422).json()["errors"][0]["field"], "input");
    let start = json!({"draft": good, "input": {"kind": "start"}});
    let state = server.api.post(&path, &start).await.expect(200).json()["state"].clone();
    let none = json!({"draft": good, "state": state, "input": {"kind": "press", "message": 99, "choice": 0}});
    server.api.post(&path, &none).await.expect(422);
    let given = state.as_str().expect("a text");
    let wait = |state: String| json!({"draft": good, "state": state, "input": {"kind": "wait"}});
    let another = given.replacen("\"tags\"", "\"tagz\"", 1).replacen("Ada", "Eve", 1);
    for forged in ["a.{}".to_owned(), another, given[1..].to_owned()] {
        assert_eq!(server.api.post(&path, &wait(forged)).await.expect(422).json()["errors"][0]["field"], "state");
    }
    let other =
        id(&server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "Other"})).await.expect(201).json());
    let elsewhere = server.api.post(&format!("/api/v1/flows/{other}/test"), &wait(given.to_owned())).await;
    assert_eq!(elsewhere.expect(422).json()["errors"][0]["field"], "state");
    let mut bad = good.clone();
    bad["start"] = json!("nowhere");
    let problems = server.api.post(&path, &json!({"draft": bad, "input": {"kind": "start"}})).await.expect(422).json();
    assert!(problems["problems"].as_array().is_some_and(|problems| !problems.is_empty()), "{problems}");
    server.other.post(&path, &start).await.expect(404);
}

#[tokio::test]
async fn a_text_is_told_what_it_would_start() {
    let server = TestServer::start().await;
    let bot = server.bot().await;
    let url = server.inspector().await;
    let flow = server.greeting(&bot, &url).await;
    let kind = json!({"type": "keyword", "match": "contains", "keywords": ["price"]});
    let trigger = json!({"flow_id": flow, "name": "Prices", "kind": kind});
    let trigger = id(&server.api.post(&format!("/api/v1/bots/{bot}/triggers"), &trigger).await.expect(201).json());
    let path = format!("/api/v1/bots/{bot}/triggers/match");
    let found = server.api.post(&path, &json!({"text": "What PRICE, please?"})).await.expect(200).json();
    assert_eq!(found, json!({"trigger_id": trigger, "flow_id": flow, "why": "keyword"}));
    let nothing = server.api.post(&path, &json!({"text": "Hello"})).await.expect(200).json();
    assert_eq!(nothing["why"], "nothing");
}
