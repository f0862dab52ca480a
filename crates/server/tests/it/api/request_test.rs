//! *Test request*, and API requests in the test chat: sent as in a run, and nothing is stored.

use recado_testkit::receiver::{Behaviour, Receiver};
use serde_json::{Value as Json, json};

use super::server::{TestServer, allowing, id};

struct Tried {
    server: TestServer,
    receiver: Receiver,
    flow: String,
}

impl Tried {
    async fn start() -> Self {
        let receiver = Receiver::start().await;
        let server = TestServer::start_with(&allowing(&receiver)).await;
        let bot = server.bot().await;
        let secrets = json!({"secrets": {"crm": "s3cret"}});
        server.api.patch(&format!("/api/v1/bots/{bot}"), &secrets).await.expect(200);
        let flow = server.api.post("/api/v1/flows", &json!({"bot_id": bot, "name": "Asking"})).await.expect(201).json();
        Self { server, receiver, flow: id(&flow) }
    }

    fn path(&self, call: &str) -> String {
        format!("/api/v1/flows/{}/{call}", self.flow)
    }

    fn element(&self) -> Json {
        json!({
            "id": "ask", "type": "api_request", "method": "POST", "url": self.receiver.url("/orders/{{order}}"),
            "headers": [{"name": "X-City", "value": "{{city}}"}], "body": {"kind": "json", "text": "{\"name\": {{name_of}}}"},
            "auth": {"kind": "bearer", "secret": "crm"}, "timeout_s": 1, "retries": 3, "retry_unsafe": true,
            "save": [{"path": "$.price", "variable": "price"}, {"path": "$.none", "variable": "left"}],
        })
    }

    async fn request(&self, element: &Json, variables: Json) -> Json {
        let trial = json!({"element": element, "variables": variables});
        self.server.api.post(&self.path("test-request"), &trial).await.expect(200).json()
    }
}

#[tokio::test]
async fn a_request_is_sent_once_as_a_run_would_and_shows_what_it_would_set() {
    let tried = Tried::start().await;
    tried.receiver.behave(Behaviour::body(200, r#"{"price": 12.5}"#));
    let samples = json!({"order": "a b", "city": "Ávila", "name_of": "O'Hara \"x\""});
    let outcome = tried.request(&tried.element(), samples).await;
    let [got] = &tried.receiver.wait_for(1).await[..] else { panic!("one request") };
    assert_eq!((got.method.as_str(), got.target.as_str()), ("POST", "/orders/a%20b"));
    assert_eq!(got.header("authorization"), Some("Bearer s3cret"));
    assert_eq!(got.json(), json!({"name": "O'Hara \"x\""}));
    assert_eq!(outcome["answer"]["status"], 200);
    assert_eq!(outcome["answer"]["body"], r#"{"price": 12.5}"#);
    assert_eq!(outcome["output"], "done");
    let saved = json!([
        {"path": "$.price", "variable": "price", "value": 12.5}, {"path": "$.none", "variable": "left", "value": null},
    ]);
    assert_eq!(outcome["saved"], saved);
    assert!(
        outcome["notes"][0]["code"] == "path_absent" && outcome["notes"][0]["text"].to_string().contains("none"),
        "{outcome}"
    );
    assert_eq!(outcome["request"]["method"], "POST");
    assert!(!outcome.to_string().contains("s3cret"), "the secret stays at the bot");
    tried.receiver.behave(Behaviour::body(500, ""));
    let failed = tried.request(&tried.element(), json!({})).await;
    assert_eq!((&failed["answer"]["status"], &failed["output"]), (&json!(500), &json!("error")));
    assert_eq!(tried.receiver.requests().len(), 2, "a test is not tried again");
}

#[tokio::test]
async fn what_does_not_come_is_told_in_words() {
    let tried = Tried::start().await;
    tried.receiver.behave(Behaviour::Silence);
    let late = tried.request(&tried.element(), json!({})).await;
    assert_eq!(late["answer"]["status"], Json::Null);
    assert!(late["answer"]["error"].as_str().is_some_and(|error| !error.is_empty()), "{late}");
    tried.receiver.behave(Behaviour::body(200, "x".repeat(70_000)));
    let long = tried.request(&tried.element(), json!({})).await;
    assert_eq!(long["answer"]["error"], "the answer is longer than 65536 bytes");
    tried.receiver.behave(Behaviour::body(200, "<html>"));
    let html = tried.request(&tried.element(), json!({})).await;
    assert_eq!((&html["output"], &html["answer"]["body"]), (&json!("error"), &json!("<html>")));
    assert!(html["notes"].to_string().contains("not JSON"), "{html}");
    let before = tried.receiver.requests().len();
    for url in ["http://169.254.169.254/latest", "http://2130706433/", "http://localhost:1/"] {
        let mut element = tried.element();
        element["url"] = json!(url);
        let refused = tried.request(&element, json!({})).await;
        assert_eq!((&refused["answer"]["status"], &refused["output"]), (&Json::Null, &json!("error")), "{url}");
    }
    assert_eq!(tried.receiver.requests().len(), before);
}

#[tokio::test]
async fn what_can_not_be_sent_is_refused() {
    let tried = Tried::start().await;
    let path = tried.path("test-request");
    let send = async |body: Json| tried.server.api.post(&path, &body).await.expect(422).json();
    let mut bad = tried.element();
    bad["save"] = json!([{"path": "price", "variable": "price"}]);
    assert_eq!(send(json!({"element": bad})).await["problems"][0]["code"], "bad_path");
    let other = json!({"id": "say", "type": "message", "parts": [{"kind": "text", "text": "hi"}]});
    assert_eq!(send(json!({"element": other})).await["errors"][0]["field"], "element");
    assert_eq!(send(json!({"element": {"id": 7}})).await["errors"][0]["field"], "element");
    let many: serde_json::Map<String, Json> = (0..101).map(|number| (format!("v{number}"), json!(1))).collect();
    assert_eq!(send(json!({"element": tried.element(), "variables": many})).await["errors"][0]["field"], "variables");
    tried.server.other.post(&path, &json!({"element": tried.element()})).await.expect(404);
    assert!(tried.receiver.requests().is_empty());
}

#[tokio::test]
async fn the_test_chat_takes_the_answer_that_its_author_gives_or_asks_for_it() {
    let tried = Tried::start().await;
    let draft = json!({
        "version": 1, "name": "Asking", "start": "ask",
        "elements": [
            tried.element(),
            {"id": "say", "type": "message", "parts": [{"kind": "text", "text": "It costs {{price}}"}]},
            {"id": "sorry", "type": "message", "parts": [{"kind": "text", "text": "Sorry: {{$response.status}}"}]},
        ],
        "edges": [{"from": "ask", "output": "done", "to": "say"}, {"from": "ask", "output": "error", "to": "sorry"}],
    });
    let path = tried.path("test");
    let step = async |state: &Json, input: Json| {
        tried.server.api.post(&path, &json!({"draft": draft, "state": state, "input": input})).await
    };
    let started = step(&Json::Null, json!({"kind": "start"})).await.expect(200).json();
    assert_eq!(started["waits"]["for"], "api");
    let steps = started["steps"].to_string();
    assert!(steps.contains("X-City") && steps.contains("/orders/"), "{steps}");
    let said = |answer: &Json| {
        let steps = answer["steps"].as_array().expect("steps");
        steps.iter().find(|step| step["kind"] == "message").map(|step| step["part"]["text"][0]["text"].clone())
    };
    for (input, text) in [
        (json!({"kind": "answer", "status": 201, "body": "{\"price\": 7}"}), "It costs 7"),
        (json!({"kind": "answer", "status": 404}), "Sorry: 404"),
        (json!({"kind": "answer"}), "Sorry: "),
    ] {
        let answered = step(&started["state"], input.clone()).await.expect(200).json();
        assert_eq!(said(&answered), Some(json!(text)), "{input}");
    }
    assert!(tried.receiver.requests().is_empty(), "nothing left so far");
    tried.receiver.behave(Behaviour::body(200, r#"{"price": 9}"#));
    let asked = step(&started["state"], json!({"kind": "ask"})).await.expect(200).json();
    assert_eq!(said(&asked), Some(json!("It costs 9")));
    assert_eq!((&asked["steps"][0]["kind"], &asked["steps"][0]["status"]), (&json!("api_answer"), &json!(200)));
    assert_eq!(tried.receiver.requests().len(), 1);
    let long = json!({"kind": "answer", "status": 200, "body": "x".repeat(65_537)});
    for (state, input) in [(&started, long), (&asked, json!({"kind": "ask"})), (&asked, json!({"kind": "answer"}))] {
        assert_eq!(step(&state["state"], input).await.expect(422).json()["errors"][0]["field"], "input");
    }
    let listed = tried.server.api.get(&format!("/api/v1/flows/{}", tried.flow)).await.expect(200).json();
    let contacts = format!("/api/v1/contacts?bot_id={}", listed["bot_id"].as_str().expect("an id"));
    assert_eq!(tried.server.api.get(&contacts).await.expect(200).json()["items"], json!([]));
}
