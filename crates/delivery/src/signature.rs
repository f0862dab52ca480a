//! Signatures: Standard Webhooks 1.0.
//!
//! A webhook signs `id.timestamp.body` with each of its active keys: the current one and, after a rotation, the one that retires later. A
//! receiver accepts a request when *one* signature fits its key and the timestamp is at most five minutes away.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer as _, Verifier as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use recado_model::{
    Entropy, UnixMs,
    webhook::{KeyKind, SigningKey},
};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Bytes of a secret or a private key.
pub const KEY_BYTES: usize = 32;
/// Seconds that the timestamp of a request may be away from the receiver's clock.
pub const TOLERANCE_S: i64 = 300;

const SECRET_PREFIX: &str = "whsec_";
const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";

/// A text that is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The prefix is unknown.
    #[error("a key begins with whsec_, whsk_ or whpk_")]
    Prefix,
    /// What follows the prefix is not base64.
    #[error("what follows the prefix of a key is base64")]
    Base64,
    /// The key has the wrong size.
    #[error("the key has {0} bytes: a secret has 24 to 64, an ed25519 key has 32")]
    Length(usize),
}

/// Why a request is not what it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The timestamp is no number of seconds.
    #[error("the timestamp is not a number of seconds")]
    Timestamp,
    /// The request is too old or comes from the future: a replay, or a wrong clock.
    #[error("the timestamp is more than five minutes away")]
    Stale,
    /// No signature fits.
    #[error("no signature fits the key")]
    Signature,
}

/// A new random key.
pub fn new_key(kind: KeyKind, rng: &mut dyn Entropy) -> SigningKey {
    let mut bytes = vec![0; KEY_BYTES];
    rng.fill(&mut bytes);
    SigningKey { kind, bytes, retires_at: None }
}

/// The key as its owner sees it: `whsec_…` for HMAC, `whsk_…` for ed25519.
pub fn show_key(key: &SigningKey) -> String {
    let prefix = match key.kind {
        KeyKind::Hmac => SECRET_PREFIX,
        KeyKind::Ed25519 => PRIVATE_PREFIX,
    };
    format!("{prefix}{}", BASE64.encode(&key.bytes))
}

/// The key of a text that [`show_key`] made or that a user brought along.
pub fn parse_key(text: &str) -> Result<SigningKey, InvalidKey> {
    let text = text.trim();
    let (kind, encoded) = if let Some(rest) = text.strip_prefix(SECRET_PREFIX) {
        (KeyKind::Hmac, rest)
    } else if let Some(rest) = text.strip_prefix(PRIVATE_PREFIX) {
        (KeyKind::Ed25519, rest)
    } else {
        return Err(InvalidKey::Prefix);
    };
    let bytes = BASE64.decode(encoded).map_err(|_| InvalidKey::Base64)?;
    let fits = match kind {
        KeyKind::Hmac => (24..=64).contains(&bytes.len()),
        KeyKind::Ed25519 => bytes.len() == KEY_BYTES,
    };
    if fits { Ok(SigningKey { kind, bytes, retires_at: None }) } else { Err(InvalidKey::Length(bytes.len())) }
}

/// What a receiver needs to verify: the `whsec_…` itself for HMAC, the `whpk_…` public key for ed25519. `None` when the key's bytes are damaged.
pub fn receivers_key(key: &SigningKey) -> Option<String> {
    match key.kind {
        KeyKind::Hmac => Some(show_key(key)),
        KeyKind::Ed25519 => {
            let public = private_key(&key.bytes)?.verifying_key();
            Some(format!("{PUBLIC_PREFIX}{}", BASE64.encode(public.as_bytes())))
        }
    }
}

fn private_key(bytes: &[u8]) -> Option<ed25519_dalek::SigningKey> {
    Some(ed25519_dalek::SigningKey::from_bytes(bytes.try_into().ok()?))
}

enum Key {
    /// Keyed once: each signature starts from a copy, which saves two hash blocks.
    Hmac(Hmac<Sha256>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// The keys of one webhook, made ready. Build it when the webhook is loaded and keep it.
pub struct Signer {
    keys: Vec<(Key, Option<UnixMs>)>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Signer {
    /// Makes the keys ready. A key whose bytes are damaged signs nothing.
    pub fn new(keys: &[SigningKey]) -> Self {
        let ready = |key: &SigningKey| {
            let made = match key.kind {
                KeyKind::Hmac => Key::Hmac(Hmac::new_from_slice(&key.bytes).ok()?),
                KeyKind::Ed25519 => Key::Ed25519(Box::new(private_key(&key.bytes)?)),
            };
            Some((made, key.retires_at))
        };
        Self { keys: keys.iter().filter_map(ready).collect() }
    }

    /// The value of `webhook-signature`: one signature of each key that is not retired at `now`, separated by spaces. `id` is the `webhook-id`;
    /// the `webhook-timestamp` is `now` in whole seconds.
    pub fn sign(&self, id: &str, body: &[u8], now: UnixMs) -> String {
        let head = format!("{id}.{}.", now.seconds());
        let mut value = String::with_capacity(48 * self.keys.len());
        for (key, retires_at) in &self.keys {
            if retires_at.is_some_and(|at| at <= now) {
                continue;
            }
            if !value.is_empty() {
                value.push(' ');
            }
            match key {
                Key::Hmac(keyed) => {
                    let mut mac = keyed.clone();
                    mac.update(head.as_bytes());
                    mac.update(body);
                    value.push_str("v1,");
                    BASE64.encode_string(mac.finalize().into_bytes(), &mut value);
                }
                Key::Ed25519(private) => {
                    let signature = private.sign(&[head.as_bytes(), body].concat());
                    value.push_str("v1a,");
                    BASE64.encode_string(signature.to_bytes(), &mut value);
                }
            }
        }
        value
    }
}

/// Verifies a request as a receiver does. `key` is what [`receivers_key`] shows; `timestamp` and `signature` are the headers' values.
pub fn verify(
    key: &str,
    id: &str,
    timestamp: &str,
    signature: &str,
    body: &[u8],
    now: UnixMs,
) -> Result<(), VerifyError> {
    let at: i64 = timestamp.parse().map_err(|_| Mismatch::Timestamp)?;
    if now.seconds().abs_diff(at) > TOLERANCE_S.unsigned_abs() {
        return Err(Mismatch::Stale.into());
    }
    let content = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    let candidates = signature.split(' ').filter_map(|one| one.split_once(','));
    let fits = if let Some(public) = key.strip_prefix(PUBLIC_PREFIX) {
        let bytes = BASE64.decode(public).map_err(|_| InvalidKey::Base64)?;
        let length = bytes.len();
        let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| InvalidKey::Length(length))?;
        let public = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| InvalidKey::Length(length))?;
        candidates.filter(|(version, _)| *version == "v1a").any(|(_, encoded)| {
            let signature =
                BASE64.decode(encoded).ok().and_then(|bytes| ed25519_dalek::Signature::from_slice(&bytes).ok());
            signature.is_some_and(|signature| public.verify(&content, &signature).is_ok())
        })
    } else {
        let secret = parse_key(key)?;
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&secret.bytes).map_err(|_| InvalidKey::Length(secret.bytes.len()))?;
        mac.update(&content);
        let expected = mac.finalize().into_bytes();
        candidates
            .filter(|(version, _)| *version == "v1")
            .any(|(_, encoded)| BASE64.decode(encoded).is_ok_and(|given| bool::from(expected.as_slice().ct_eq(&given))))
    };
    if fits { Ok(()) } else { Err(Mismatch::Signature.into()) }
}

/// Why [`verify`] says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The key can not be used.
    #[error("{0}")]
    Key(#[from] InvalidKey),
    /// The request does not fit the key.
    #[error("{0}")]
    Mismatch(#[from] Mismatch),
}
