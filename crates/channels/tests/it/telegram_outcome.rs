//! Telegram's answers become outcomes.

use recado_channels::{Channel, Request, SendOutcome, Upload};
use serde_json::{Value as Json, json};

fn request() -> Request {
    let body = json!({"chat_id": 7, "text": "Hi", "parse_mode": "HTML", "provider_token": "secret"});
    Request::new("sendMessage", body)
}

fn outcome(status: u16, body: &Json) -> SendOutcome {
    Channel::Telegram.outcome(request(), status, body.to_string().as_bytes())
}

fn refused(code: u16, description: &str) -> SendOutcome {
    outcome(code, &json!({"ok": false, "error_code": code, "description": description}))
}

#[test]
fn a_taken_message_shows_the_request_and_telegrams_ids() {
    let sent = SendOutcome::Sent {
        external_id: "42".to_owned(),
        message_json: json!({"text": "Hi", "parse_mode": "HTML"}),
        message_id: json!(42),
        chat_id: json!(7),
    };
    assert_eq!(outcome(200, &json!({"ok": true, "result": {"message_id": 42, "chat": {"id": 7}}})), sent);
    assert_eq!(outcome(200, &json!({"ok": true, "result": [{"message_id": 42}, {"message_id": 43}]})), sent);
}

#[test]
fn a_blocking_or_absent_person_is_blocked() {
    assert_eq!(refused(403, "Forbidden: bot was blocked by the user"), SendOutcome::Blocked);
    assert_eq!(refused(403, "Forbidden: user is deactivated"), SendOutcome::Blocked);
    assert_eq!(refused(403, "Forbidden: Bot was blocked by the user"), SendOutcome::Blocked);
}

#[test]
fn retry_after_is_obeyed() {
    let body = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 17", "parameters": {"retry_after": 17}});
    assert_eq!(outcome(429, &body), SendOutcome::Retry { after_ms: 17_000 });
    assert_eq!(refused(429, "Too Many Requests"), SendOutcome::Retry { after_ms: 1_000 });
    let absurd = json!({"ok": false, "error_code": 429, "parameters": {"retry_after": u64::MAX}});
    assert_eq!(outcome(429, &absurd), SendOutcome::Retry { after_ms: 86_400_000 });
}

#[test]
fn a_server_error_or_a_foreign_answer_is_tried_again() {
    for (status, body) in [
        (500, &b"{}"[..]),
        (502, b"<html>"),
        (200, b"<html>login</html>"),
        (302, b""),
        (200, b"[]"),
        (200, b"null"),
        (401, b"<html>"),
        (403, b"no"),
        (404, b""),
    ] {
        assert_eq!(
            Channel::Telegram.outcome(request(), status, body),
            SendOutcome::Retry { after_ms: 1_000 },
            "{status}"
        );
    }
}

#[test]
fn a_dead_token_is_not_the_messages_fault() {
    for code in [401, 404] {
        let words = if code == 401 { "Unauthorized" } else { "Not Found" };
        assert_eq!(refused(code, words), SendOutcome::TokenDead { message: words.to_owned() });
    }
    assert!(matches!(refused(404, "Not Found: method not found"), SendOutcome::Failed { .. }));
}

#[test]
fn other_refusals_fail_with_telegrams_words() {
    for (code, words) in [
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: BUTTON_DATA_INVALID"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (403, "Forbidden: bot can't send messages to bots"),
        (403, "Forbidden: bot was kicked from the group chat"),
        (403, "Forbidden: not enough rights to send text messages to the chat"),
        (409, "Conflict: x"),
        (413, "Request Entity Too Large"),
    ] {
        assert_eq!(refused(code, words), SendOutcome::Failed { code: code.to_string(), message: words.to_owned() });
    }
}

#[test]
fn a_file_that_telegram_can_not_fetch_or_use_may_go_in_another_way() {
    let photo = Request::new("sendPhoto", json!({"chat_id": 7, "photo": "https://example.com/a.png"}));
    let fetched = Request { fetched: vec!["https://example.com/a.png".to_owned()], ..photo.clone() };
    let upload = Upload { part: "photo".to_owned(), url: "http://a/b.png".to_owned(), name: None, bytes_max: 1 };
    let uploaded = Request { uploads: vec![upload], ..photo.clone() };
    let outcome = |request: &Request, code: u16, words: &str| {
        let body = json!({"ok": false, "error_code": code, "description": words}).to_string();
        Channel::Telegram.outcome(request.clone(), code, body.as_bytes())
    };
    for (code, words) in [
        (400, "Bad Request: wrong file identifier/HTTP URL specified"),
        (400, "Bad Request: failed to get HTTP URL content"),
        (400, "Bad Request: wrong type of the web page content"),
        (400, "Bad Request: wrong HTTP URL specified"),
        (400, "Bad Request: failed to send message #2 with the error message \"WEBPAGE_MEDIA_EMPTY\""),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (400, "Bad Request: IMAGE_PROCESS_FAILED"),
        (413, "Request Entity Too Large"),
    ] {
        let refused = |urls: &str, uploaded| SendOutcome::FilesRefused {
            urls: vec![urls.to_owned()],
            uploaded,
            message: words.to_owned(),
        };
        assert_eq!(outcome(&fetched, code, words), refused("https://example.com/a.png", false));
        assert_eq!(outcome(&uploaded, code, words), refused("http://a/b.png", true));
        let failed = SendOutcome::Failed { code: code.to_string(), message: words.to_owned() };
        assert_eq!(outcome(&photo, code, words), failed, "a request without a file has no other way");
    }
    for words in
        ["Bad Request: chat not found", "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL"]
    {
        assert!(matches!(outcome(&fetched, 400, words), SendOutcome::Failed { .. }), "{words}");
    }
}
