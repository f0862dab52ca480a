//! The door: what is sent, what is kept, which connections are used again.

use std::time::Duration;

use http::{HeaderValue, header};
use recado_delivery::egress::{Cut, DoorConfig, certificates};
use recado_model::delivery::FailureKind;
use recado_testkit::receiver::{Behaviour, Gate, Receiver};

use crate::outside::{Names, config, door_naming, door_to, door_with, post};

#[tokio::test]
async fn a_request_arrives_as_it_was_given() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    let mut request = post(&receiver.url("/hook/a%20b?token=x%2Fy#gone"));
    request.headers.insert("webhook-id", HeaderValue::from_static("1"));
    request.headers.insert(header::HOST, HeaderValue::from_static("elsewhere.example"));
    request.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    request.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("7"));
    let answer = door.send(request).await.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.cut), (200, &b"ok"[..], None));
    assert_eq!(answer.remote_ip.to_string(), "127.0.0.1");
    let arrived = &receiver.requests()[0];
    assert_eq!(arrived.method, "POST");
    assert_eq!(arrived.target, "/hook/a%20b?token=x%2Fy");
    assert_eq!(arrived.header("host"), Some(receiver.address().to_string().as_str()));
    assert_eq!(arrived.header("webhook-id"), Some("1"));
    assert_eq!(arrived.header("transfer-encoding"), None);
    assert_eq!(arrived.header("content-length"), Some("1024"));
    assert_eq!(arrived.body.len(), 1_024);
}

#[tokio::test]
async fn a_connection_is_used_again_when_the_body_has_ended() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    for behaviour in
        [Behaviour::status(204), Behaviour::default(), Behaviour::status(500), Behaviour::huge(200, 16 * 1_024)]
    {
        receiver.next([behaviour]);
        let answer = door.send(post(&receiver.url("/"))).await.unwrap();
        assert_eq!(answer.cut, None);
        assert_eq!(door.idle_count(), 1);
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_body_that_is_not_kept_whole_closes_the_connection() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    receiver.next([Behaviour::huge(200, 16 * 1_024 + 1)]);
    let answer = door.send(post(&receiver.url("/"))).await.unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.cut), (200, 16 * 1_024, Some(Cut::TooLong)));
    assert_eq!(door.idle_count(), 0);
    receiver.wait_for_open(0).await;
}

#[tokio::test]
async fn a_connection_that_the_receiver_closed_while_idle_is_replaced() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    door.send(post(&receiver.url("/"))).await.unwrap();
    receiver.close_idle();
    receiver.wait_for_open(0).await;
    assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 200);
    assert_eq!((receiver.count(), receiver.connections()), (2, 2));
}

#[tokio::test]
async fn a_kept_connection_that_fails_without_a_byte_is_tried_again_at_once() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    for failure in [Behaviour::Reset, Behaviour::Close] {
        door.send(post(&receiver.url("/"))).await.unwrap();
        receiver.next([failure, Behaviour::status(202)]);
        assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 202);
    }
    assert_eq!(receiver.count(), 6);
}

#[tokio::test]
async fn a_new_connection_that_fails_is_a_failure() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    for failure in [Behaviour::Reset, Behaviour::Close] {
        receiver.next([failure]);
        let error = door.send(post(&receiver.url("/"))).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Protocol, "{error}");
        assert_eq!(error.remote_ip, Some(receiver.address().ip()));
    }
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn unused_connections_are_bounded_for_a_host_and_in_all() {
    let first = Receiver::start().await;
    let second = Receiver::start().await;
    let bounds = DoorConfig { idle_a_host_max: 2, idle_max: 3, ..config(&["127.0.0.1"]) };
    let door = door_with(bounds);
    for (receiver, idle) in [(&first, 2), (&second, 3)] {
        let gate = Gate::new();
        receiver.behave(Behaviour::default().after(&gate));
        let url = receiver.url("/");
        let open = async {
            receiver.wait_for(4).await;
            gate.open();
        };
        let (a, b, c, d, ()) = tokio::join!(
            door.send(post(&url)),
            door.send(post(&url)),
            door.send(post(&url)),
            door.send(post(&url)),
            open
        );
        assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
        assert_eq!(door.idle_count(), idle);
    }
}

#[tokio::test]
async fn an_unused_connection_makes_place_for_a_new_one() {
    let first = Receiver::start().await;
    let second = Receiver::start().await;
    let door = door_with(DoorConfig { connections_max: 1, ..config(&["127.0.0.1"]) });
    for receiver in [&first, &second, &first] {
        assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 200);
    }
    assert_eq!(door.idle_count(), 1);
}

#[tokio::test]
async fn an_unused_connection_is_closed_after_its_time() {
    let receiver = Receiver::start().await;
    let short = DoorConfig { idle_timeout: Duration::from_millis(20), ..config(&["127.0.0.1"]) };
    let door = door_with(short);
    door.send(post(&receiver.url("/"))).await.unwrap();
    receiver.wait_for_open(0).await;
    assert_eq!(door.idle_count(), 0);
}

#[tokio::test]
async fn a_kept_connection_to_an_address_that_the_name_lost_is_not_used() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    // A memory of 1 s lies between the two answers.
    let names = Names::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let door = door_naming(config(&["127.0.0.1"]), names.clone());
    let url = format!("http://rebound.example:{port}/");
    assert_eq!(door.send(post(&url)).await.unwrap().status, 200);
    assert_eq!(door.send(post(&url)).await.unwrap().status, 200);
    assert_eq!((names.times(), receiver.connections()), (1, 1));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    let error = door.send(post(&url)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Refused);
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn localhost_is_dialled_at_the_loopback_that_is_allowed() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    let url = format!("http://localhost:{}/", receiver.address().port());
    assert_eq!(door.send(post(&url)).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let receiver = Receiver::start().await;
    let door = door_to(receiver.address());
    for status in [301, 302, 303, 307, 308] {
        receiver.behave(Behaviour::redirect(status, &receiver.url("/")));
        assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, status);
    }
    receiver.behave(Behaviour::redirect(302, "http://169.254.169.254/"));
    assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 302);
    assert_eq!(receiver.count(), 6);
}

#[tokio::test]
async fn a_certificate_is_verified() {
    let receiver = Receiver::start_tls(&["127.0.0.1"]).await;
    let error = door_to(receiver.address()).send(post(&receiver.url("/"))).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Tls);
    assert_eq!(error.detail, "the certificate of 127.0.0.1 is signed by an authority that is not trusted here");
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn the_operators_authority_is_trusted_for_its_names() {
    let receiver = Receiver::start_tls(&["127.0.0.1", "right.example"]).await;
    let authorities = certificates(receiver.authority_pem().unwrap().as_bytes()).unwrap();
    let trusting = DoorConfig { authorities, ..config(&["127.0.0.1"]) };
    let door = door_naming(trusting, Names::new(&[&["127.0.0.1"]]));
    let port = receiver.address().port();
    for _ in 0..2 {
        assert_eq!(door.send(post(&receiver.url("/"))).await.unwrap().status, 200);
    }
    assert_eq!(receiver.connections(), 1);
    assert_eq!(door.send(post(&format!("https://right.example:{port}/"))).await.unwrap().status, 200);
    let error = door.send(post(&format!("https://wrong.example:{port}/"))).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Tls);
    assert_eq!(error.detail, "the certificate of wrong.example is for another name");
}

#[test]
fn a_ca_file_without_a_certificate_is_refused() {
    assert_eq!(
        certificates(b"nothing").unwrap_err().to_string(),
        "the CA file can not be used: it holds no certificate"
    );
}

#[tokio::test]
async fn nothing_listening_is_a_failed_connection() {
    let receiver = Receiver::start().await;
    let url = receiver.url("/");
    let address = receiver.address();
    drop(receiver);
    // The port is free once the receiver's task is gone.
    tokio::task::yield_now().await;
    let error = door_to(address).send(post(&url)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Connect);
    assert_eq!(error.detail, format!("could not connect to {address}: nothing listens there (connection refused)"));
}
