//! An attempt and its record.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use recado_delivery::{
    egress::Door,
    headers::masked,
    sender::{KEPT_HEADER_BYTES, SendJob, SentAttempt, attempt},
};
use recado_model::{ContentFormat, UnixMs, delivery::FailureKind};
use recado_testkit::receiver::{Behaviour, Receiver};

use crate::outside::door_to;

async fn send(door: &Door, url: &str) -> SentAttempt {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", HeaderValue::from_static("e1"));
    let mut secret = HeaderValue::from_static("Bearer planted");
    secret.set_sensitive(true);
    headers.insert("authorization", secret);
    let job = SendJob {
        url,
        masked_headers: masked(&headers),
        headers,
        body: Bytes::from_static(b"[{}]"),
        format: ContentFormat::Cloudevents,
        head_timeout_ms: 10_000,
        number: 3,
        started_at: UnixMs(1_000),
    };
    attempt(door, job).await
}

#[tokio::test]
async fn an_attempt_keeps_what_was_sent_and_what_came_with_secrets_masked() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::body(200, "thanks\0").with_header("x-kept", "yes"));
    let sent = send(&door_to(receiver.address()), &receiver.url("/hook?token=planted")).await;
    let kept = sent.attempt;
    assert_eq!((kept.number, kept.started_at, kept.status), (3, UnixMs(1_000), Some(200)));
    assert_eq!(kept.url, receiver.url("/hook?token=***"));
    assert_eq!(kept.format, ContentFormat::Cloudevents);
    assert_eq!(kept.response_body, "thanks\u{fffd}");
    assert!(kept.response_headers.contains(&("x-kept".to_owned(), "yes".to_owned())));
    assert_eq!((kept.failure, &kept.error, kept.response_cut), (None, &None, false));
    assert_eq!(kept.remote_ip.as_deref(), Some("127.0.0.1"));
    assert!(!format!("{kept:?}").contains("planted"));
    let arrived = &receiver.requests()[0];
    assert_eq!(arrived.header("authorization"), Some("Bearer planted"));
    assert_eq!(arrived.target, "/hook?token=planted");
    assert_eq!(arrived.text(), "[{}]");
}

#[tokio::test]
async fn a_status_that_is_no_success_is_a_failure_in_words() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    receiver.behave(Behaviour::retry_after(503, "120"));
    let sent = send(&door, &receiver.url("/")).await;
    assert_eq!(sent.retry_after.as_deref(), Some("120"));
    assert_eq!(sent.attempt.failure, Some(FailureKind::Status));
    assert_eq!(sent.attempt.error.as_deref(), Some("the receiver answered 503 Service Unavailable"));
    receiver.behave(Behaviour::redirect(302, "http://169.254.169.254/"));
    let sent = send(&door, &receiver.url("/")).await;
    assert_eq!(
        sent.attempt.error.as_deref(),
        Some("the receiver answered 302 Found; redirects are not followed: enter the URL it leads to")
    );
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn an_answer_that_repeats_the_url_shows_no_secret_of_it() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    let (full, masked) = (
        "https://me:planted@example.org/hook/?token=planted&b=planted#planted",
        "https://***@example.org/hook/?token=***&b=***#***",
    );
    for (location, shown) in [(full, masked), ("/hook/?token=planted", "/hook/?token=***"), ("/hook/", "/hook/")] {
        receiver.behave(Behaviour::redirect(308, location).with_header("content-location", location));
        let kept = send(&door, &receiver.url("/hook?token=planted")).await.attempt;
        for name in ["location", "content-location"] {
            assert!(kept.response_headers.contains(&(name.to_owned(), shown.to_owned())), "{name}: {kept:?}");
        }
        assert!(!format!("{kept:?}").contains("planted"));
    }
}

#[tokio::test]
async fn a_refused_url_comes_to_a_record_without_a_request() {
    let receiver = Receiver::start().await;
    let other = Receiver::start().await;
    let sent = send(&door_to(other.address()), &receiver.url("/?token=planted")).await;
    assert_eq!((sent.attempt.status, sent.attempt.failure), (None, Some(FailureKind::Refused)));
    assert!(sent.attempt.error.unwrap().contains("--allow-egress"));
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn the_kept_headers_are_bounded() {
    let receiver = Receiver::start().await;
    let big = "v".repeat(5_000);
    let mut behaviour = Behaviour::status(200);
    for number in 0..5 {
        behaviour = behaviour.with_header(&format!("x-{number}"), &big);
    }
    receiver.behave(behaviour);
    let kept = send(&door_to(receiver.address()), &receiver.url("/")).await.attempt.response_headers;
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(bytes <= KEPT_HEADER_BYTES && kept.len() >= 3, "{bytes} bytes, {} headers", kept.len());
}
