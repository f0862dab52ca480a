//! Receivers that never answer, drip, flood, lie: bounded time, bounded memory, the outcome in words.

use std::time::Duration;

use recado_delivery::egress::{Cut, EgressError};
use recado_model::delivery::FailureKind;
use recado_testkit::receiver::{Behaviour, Receiver};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    time::{Instant, sleep},
};

use crate::outside::{Names, Stage, config, door_naming, door_onto, door_to, post};

const HOOK: &str = "http://slow.example/hook";

/// Writes a text a byte a minute.
async fn drip(mut line: DuplexStream, at_once: &'static str, then: &'static str) {
    let mut request = vec![0; 8 * 1_024];
    let _ = line.read(&mut request).await;
    let _ = line.write_all(at_once.as_bytes()).await;
    for byte in then.bytes() {
        sleep(Duration::from_mins(1)).await;
        if line.write_all(&[byte]).await.is_err() {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Sends to a script on a simulated clock, and says how long it took there.
async fn send_onto(
    at_once: &'static str,
    then: &'static str,
) -> (Result<recado_delivery::egress::Answer, EgressError>, Duration) {
    let stage = Stage::new(move |line| Box::pin(drip(line, at_once, then)));
    let door = door_onto(Names::new(&[&["8.8.8.8"]]), &stage);
    let began = Instant::now();
    let sent = door.send(post(HOOK)).await;
    assert_eq!(stage.dialled.lock().unwrap().len(), 1);
    (sent, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_answers_is_given_up_after_the_time_out() {
    let (sent, took) = send_onto("", "").await;
    let error = sent.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (FailureKind::Timeout, "no status line came in 10 s"));
    assert_eq!(took.as_secs(), 10);
    assert_eq!(error.timing.wait_us, 10_000_000);
    assert_eq!(error.remote_ip, Some("8.8.8.8".parse().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_head_of_one_byte_a_minute_is_no_answer() {
    let (sent, took) = send_onto("", "HTTP/1.1 200 OK\r\n\r\n").await;
    assert_eq!(sent.unwrap_err().kind, FailureKind::Timeout);
    assert_eq!(took.as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_one_byte_a_minute_is_cut_after_a_second_and_the_status_counts() {
    let (sent, took) = send_onto("HTTP/1.1 204 Sure\r\nx: y\r\n\r\n", "").await;
    assert_eq!(sent.unwrap().cut, None);
    assert_eq!(took, Duration::ZERO);
    let (sent, took) = send_onto("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nso", " far away").await;
    let answer = sent.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.cut), (200, &b"so"[..], Some(Cut::TooSlow)));
    assert_eq!(took.as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_total_time_out_holds_for_the_body_too() {
    let stage = Stage::new(|line| Box::pin(drip(line, "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n", "")));
    let door = door_onto(Names::new(&[&["8.8.8.8"]]), &stage);
    let began = Instant::now();
    let mut request = post(HOOK);
    request.keep_time = Duration::from_mins(10);
    request.total_timeout = Some(Duration::from_secs(3));
    let answer = door.send(request).await.unwrap();
    assert_eq!(answer.cut, Some(Cut::TooSlow));
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_never_answers_is_given_up_after_the_time_out() {
    let door = door_naming(config(&[]), std::sync::Arc::default());
    let error = door.send(post(HOOK)).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (FailureKind::Dns, "slow.example did not resolve in 10 s"));
    let error = door.check(HOOK).await.unwrap_err();
    assert!(error.is_warning());
}

#[tokio::test(start_paused = true)]
async fn the_dialled_address_is_the_judged_one_though_dns_changes_at_each_look() {
    let stage = Stage::new(|line| Box::pin(drip(line, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", "")));
    let names = Names::new(&[&["8.8.8.8"], &["127.0.0.1"], &["1.1.1.1"]]);
    let door = door_onto(names.clone(), &stage);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(door.send(post(HOOK)).await.map(|answer| answer.status).map_err(|error| error.kind));
        sleep(Duration::from_secs(2)).await;
    }
    assert_eq!(seen, [Ok(204), Err(FailureKind::Refused), Ok(204)]);
    let dialled: Vec<String> = stage.dialled.lock().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(dialled, ["8.8.8.8:80", "1.1.1.1:80"]);
    assert_eq!(names.times(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_request_drops_its_connection() {
    let (gone, seen) = tokio::sync::mpsc::unbounded_channel();
    let stage = Stage::new(move |mut line: DuplexStream| {
        let gone = gone.clone();
        Box::pin(async move {
            let mut bytes = Vec::new();
            let _ = line.read_to_end(&mut bytes).await;
            let _ = gone.send(bytes.len());
        })
    });
    let door = door_onto(Names::new(&[&["8.8.8.8"]]), &stage);
    assert!(tokio::time::timeout(Duration::from_secs(1), door.send(post(HOOK))).await.is_err());
    let mut seen = seen;
    assert!(seen.recv().await.unwrap() > 1_024);
}

#[tokio::test]
async fn an_endless_answer_costs_what_is_kept_of_it() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Endless);
    let answer = door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.cut), (200, 16 * 1_024, Some(Cut::TooLong)));
    receiver.wait_for_open(0).await;
}

#[tokio::test]
async fn an_answer_that_announces_ten_gigabytes_is_delivered() {
    let receiver = Receiver::start().await;
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n".to_owned();
    receiver.behave(Behaviour::Raw((head + &"x".repeat(64 * 1_024)).into()));
    let answer = door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap();
    assert_eq!((answer.status, answer.cut), (200, Some(Cut::TooLong)));
}

#[tokio::test]
async fn endless_headers_are_a_failure() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::EndlessHeaders);
    let error = door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (FailureKind::Protocol, "the answer's headers are too large"));
    receiver.wait_for_open(0).await;
}

#[tokio::test]
async fn a_flood_of_interim_answers_is_a_failure() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::EndlessContinue);
    let error = door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Protocol);
    assert!(error.detail.ends_with("the answer does not come to its status line"), "{error}");
}

#[tokio::test]
async fn a_few_interim_answers_are_skipped() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Raw(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".into(),
    ));
    assert_eq!(door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap().status, 202);
}

#[tokio::test]
async fn a_reset_after_the_head_leaves_the_status_standing() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Raw("HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\nbegun".into()));
    let answer = door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.cut), (201, &b"begun"[..], Some(Cut::Broken)));
}

#[tokio::test]
async fn what_is_not_http_is_a_failure_in_words() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    for (bytes, words) in [
        ("SSH-2.0-OpenSSH_9.2\r\n", "what came back is not HTTP/1"),
        ("HTTP/1.1 2000 Much\r\n\r\n", "what came back is not HTTP/1"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "what came back is not HTTP/1"),
        ("HTTP/1.1 200 OK\r\nhalf", "the receiver closed the connection before it answered"),
    ] {
        receiver.behave(Behaviour::Raw(bytes.into()));
        let error = door.send(post(&receiver.url("/"))).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Protocol);
        assert!(error.detail.starts_with(words), "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn an_answer_before_its_request_is_not_taken_for_the_next() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 Planted\r\ncontent-length: 0\r\n\r\n";
    receiver.next([Behaviour::Raw(two.into())]);
    assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 200);
    assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 200);
    assert_eq!(receiver.connections(), 2);
}
