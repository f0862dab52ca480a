//! Where hostile bytes enter the delivery, each with what must hold whatever they are. The fuzz targets and the corpus test call the same functions.

use recado_delivery::{
    egress::{AllowEntry, Policy, Target, TypedHost},
    headers::masked_url,
    outcome::retry_after_ms,
    retry::DELAY_MS_MAX,
    signature::{parse_key, show_key, verify},
};
use recado_model::UnixMs;

const NOW: UnixMs = UnixMs(1_790_000_000_000);

/// What a receiver says in `Retry-After`.
pub(crate) fn retry_after(bytes: &[u8]) {
    let ms = retry_after_ms(&String::from_utf8_lossy(bytes), NOW);
    assert!(ms.is_none_or(|ms| ms <= DELAY_MS_MAX), "{ms:?}");
}

/// A key as somebody types it, and a signature that somebody made up: up to the first NUL the key, up to the second the signature, then the body.
pub(crate) fn signature(bytes: &[u8]) {
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (key, given, body) = (String::from_utf8_lossy(part()), String::from_utf8_lossy(part()), part());
    if let Ok(known) = parse_key(&key) {
        assert_eq!(parse_key(&show_key(&known)).unwrap(), known, "a key is shown as it is read");
    }
    // The right signature of a key of 32 bytes is not guessed.
    let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let seconds = NOW.seconds().to_string();
    assert!(verify(secret, "id", &seconds, &given, body, NOW).is_err());
    let _ = verify(&key, &given, &seconds, &given, body, NOW);
    let _ = verify(secret, "id", &given, &given, body, NOW);
}

/// A URL of a webhook or an API request, and an entry of the operator's.
pub(crate) fn webhook_url(bytes: &[u8]) {
    let typed = String::from_utf8_lossy(bytes);
    let masked = masked_url(&typed);
    assert!(masked.len() <= typed.len() + 16 * (1 + typed.matches('&').count()), "{masked}");
    if let Ok(entry) = typed.parse::<AllowEntry>() {
        assert_eq!(entry.to_string().parse::<AllowEntry>().unwrap(), entry, "an entry is read as it is shown");
    }
    let Ok(target) = Target::parse(&typed) else { return };
    assert!(target.path.starts_with('/') && !target.path.contains(['?', '#', ' ', '\r', '\n']), "{}", target.path);
    match &target.origin.host {
        TypedHost::Ip(address) => {
            let again = Target::parse(&format!("http://{}/", target.origin.host)).unwrap();
            assert_eq!(again.origin.host, target.origin.host, "an address has one spelling");
            let loopback = address.to_canonical().is_loopback();
            assert!(!loopback || Policy::default().judge(&target, *address).is_err(), "{typed} is let through");
        }
        TypedHost::Name(name) => {
            assert!(name.parse::<std::net::IpAddr>().is_err(), "{name} is an address that is taken for a name");
            assert!(!name.is_empty() && name.is_ascii());
        }
    }
}
