//! Signatures, by the specification's own vector and by the official library.

use std::{path::Path, process::Command};

use recado_delivery::{
    headers::{AttemptHeaders, FixedHeaders, check_extra, is_masked, masked, masked_url},
    signature::{Mismatch, Signer, VerifyError, new_key, parse_key, receivers_key, show_key, verify},
};
use recado_model::{
    ContentFormat, EventKind, UnixMs,
    entropy::Seeded,
    webhook::{KeyKind, WebhookAuth},
};

const NOW: UnixMs = UnixMs(1_614_265_330_000);
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &[u8] = br#"{"test": 2432232314}"#;

#[test]
fn the_official_vector_is_met() {
    // Source: the tests of <https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries>.
    let signature = Signer::new(&[parse_key(SECRET).unwrap()]).sign(ID, BODY, NOW);
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn both_kinds_of_key_verify_and_nothing_else_does() {
    for kind in [KeyKind::Hmac, KeyKind::Ed25519] {
        let key = new_key(kind, &mut Seeded::new(1));
        assert_eq!(parse_key(&show_key(&key)).unwrap(), key);
        let signature = Signer::new(std::slice::from_ref(&key)).sign(ID, BODY, NOW);
        let shown = receivers_key(&key).unwrap();
        let check = |key: &str, id: &str, at: &str, body: &[u8], now| verify(key, id, at, &signature, body, now);
        assert_eq!(check(&shown, ID, "1614265330", BODY, NOW), Ok(()));
        let no = Err(VerifyError::Mismatch(Mismatch::Signature));
        assert_eq!(check(&shown, ID, "1614265330", b"other", NOW), no);
        assert_eq!(check(&shown, "msg_other", "1614265330", BODY, NOW), no);
        assert_eq!(check(&shown, ID, "1614265331", BODY, NOW), no);
        let stranger = receivers_key(&new_key(kind, &mut Seeded::new(2))).unwrap();
        assert_eq!(check(&stranger, ID, "1614265330", BODY, NOW), no);
        assert_eq!(check(&shown, ID, "1614265330", BODY, NOW + 301_000), Err(VerifyError::Mismatch(Mismatch::Stale)));
        assert_eq!(check(&shown, ID, "soon", BODY, NOW), Err(VerifyError::Mismatch(Mismatch::Timestamp)));
    }
}

#[test]
fn while_a_rotation_lasts_both_keys_sign() {
    let mut old = new_key(KeyKind::Hmac, &mut Seeded::new(1));
    old.retires_at = Some(NOW + 1);
    let new = new_key(KeyKind::Ed25519, &mut Seeded::new(2));
    let signer = Signer::new(&[new.clone(), old.clone()]);
    let both = signer.sign(ID, BODY, NOW);
    assert_eq!(both.split(' ').count(), 2);
    for key in [&old, &new] {
        assert_eq!(verify(&receivers_key(key).unwrap(), ID, "1614265330", &both, BODY, NOW), Ok(()));
    }
    assert!(signer.sign(ID, BODY, NOW + 1).starts_with("v1a,"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the official library refuses timestamps that are not of today")]
fn the_official_library_accepts_our_signature() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/standardwebhooks");
    assert!(library.join("standardwebhooks").is_dir(), "the official library is missing: run `make tools`");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = UnixMs(now.as_millis() as i64);
    let body = r#"[{"title":"über"}]"#;
    let signature = Signer::new(&[parse_key(SECRET).unwrap()]).sign(ID, body.as_bytes(), now);
    let script = "import sys; from standardwebhooks import Webhook\n\
                  Webhook(sys.argv[1]).verify(sys.argv[5], {'webhook-id': sys.argv[2], 'webhook-timestamp': sys.argv[3], 'webhook-signature': sys.argv[4]})";
    let python = Command::new("python3")
        .env("PYTHONPATH", &library)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-c", script, SECRET, ID, &now.seconds().to_string(), &signature, body])
        .output()
        .unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
}

#[test]
fn an_attempt_carries_its_headers_and_the_log_masks_the_secret_ones() {
    let extra = [("X-Key".to_owned(), "hush".to_owned())];
    let auth = WebhookAuth::Basic { user: "u".to_owned(), password: "p".to_owned() };
    let fixed = FixedHeaders::new("0.1.0", ContentFormat::Json, &extra, Some(&auth));
    let headers = fixed.of_attempt(&AttemptHeaders {
        id: ID,
        kind: EventKind::OpenChat,
        number: 2,
        replay: true,
        now: NOW,
        signature: "v1,x",
    });
    assert_eq!(headers["x-key"], "hush");
    assert_eq!(headers["authorization"], "Basic dTpw");
    let shown: Vec<String> = masked(&headers).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let expected = [
        "user-agent: Recado/0.1.0",
        "content-type: application/json",
        "x-key: ***",
        "authorization: ***",
        "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp: 1614265330",
        "webhook-signature: v1,x",
        "recado-attempt: 2",
        "recado-event: open_chat",
        "recado-replay: 1",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn headers_of_the_request_itself_can_not_be_replaced() {
    for (name, value) in [
        ("Content-Type", "x"),
        ("webhook-id", "x"),
        ("recado-event", "x"),
        ("a b", "x"),
        ("x", "a\r\nb: c"),
        ("Host", "x"),
        ("", "x"),
    ] {
        assert!(check_extra(&[(name.to_owned(), value.to_owned())]).is_err(), "{name}");
    }
    let many: Vec<_> = (0..11).map(|n| (format!("x-{n}"), String::new())).collect();
    assert!(check_extra(&many).is_err() && check_extra(&many[..10]).is_ok());
}

#[test]
fn a_logged_url_shows_no_values() {
    assert_eq!(masked_url("https://h.example/p?token=abc&flag&x=#frag"), "https://h.example/p?token=***&***&x=***#***");
    assert_eq!(masked_url("https://user:pass@h.example/p@q"), "https://***@h.example/p@q");
    assert_eq!(masked_url("https://h.example/p"), "https://h.example/p");
    for shown in ["https://h.example/p?a=1&b=***", "https://h.example/?***", "https://h.example/p#***"] {
        assert!(is_masked(shown), "{shown}");
    }
    assert!(!is_masked("https://h.example/***?a=1&b=x***"));
}
