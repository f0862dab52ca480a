//! Secrets at rest: sealed with a key that lies in a file beside the data, never in the database.
//!
//! XChaCha20-Poly1305 with a fresh 24-byte nonce for each sealing; the associated data says what kind of secret it is, so that one kind can
//! not be put in another's place. Whoever has the database alone can read nothing; whoever loses the key file has lost the secrets.

use std::{fs, io::Write as _, path::Path};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac as _};
use recado_model::Entropy;
use sha2::Sha256;

use crate::clock::SystemEntropy;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// What kind of secret is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A bot's credentials and named secrets.
    Bot,
    /// A webhook's keys, headers and authorisation.
    Webhook,
    /// An answer of the API that is kept for an `Idempotency-Key`; it may carry a token.
    Answer,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Bot => b"recado/bot",
            Self::Webhook => b"recado/webhook",
            Self::Answer => b"recado/answer",
        }
    }
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file can not be read or made.
    #[error("the key file {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file is not one of ours.
    #[error("the key file {0} does not have 64 hexadecimal characters")]
    NotAKey(String),
    /// Sealed with another key, for another purpose, or damaged.
    #[error("a stored secret can not be opened with this key")]
    Closed,
}

/// Seals and opens secrets. Never printed.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key: [u8; KEY_BYTES],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// With this key.
    pub fn new(key: [u8; KEY_BYTES]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&key.into()), key }
    }

    /// With the key of this file. `None`: there is no such file.
    pub fn of_file(path: &Path) -> Result<Option<Self>, SealError> {
        match path.try_exists() {
            Ok(true) => Self::open_file(path).map(Some),
            Ok(false) => Ok(None),
            Err(source) => Err(SealError::File { path: path.display().to_string(), source }),
        }
    }

    /// With the key of this file, which is made at first use, readable by its owner only and synced before it seals anything.
    pub fn open_file(path: &Path) -> Result<Self, SealError> {
        let failed = |source| SealError::File { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(text) => {
                Ok(Self::new(parse_hex(text.trim()).ok_or_else(|| SealError::NotAKey(path.display().to_string()))?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; KEY_BYTES];
                SystemEntropy.fill(&mut key);
                write_key(path, &key).map_err(failed)?;
                Ok(Self::new(key))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Seals. The result is the nonce and the sealed bytes.
    pub fn seal(&self, purpose: Purpose, secret: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        SystemEntropy.fill(&mut nonce);
        let payload = Payload { msg: secret, aad: purpose.label() };
        let mut sealed = nonce.to_vec();
        // Fails only past 256 GiB; an empty box opens for nobody, so nothing leaks even then.
        sealed.extend(self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        sealed
    }

    /// Opens what [`Sealer::seal`] gave for the same purpose.
    pub fn open(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Closed)?;
        let payload = Payload { msg: sealed, aad: purpose.label() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Closed)
    }

    /// A code that only this installation can make of the message: for session tokens and download links.
    pub fn code(&self, label: &str, message: &[u8]) -> [u8; 32] {
        self.mac(label, message).finalize().into_bytes().into()
    }

    /// Whether the code is that of the message, in constant time.
    pub fn is_code(&self, label: &str, message: &[u8], code: &[u8]) -> bool {
        self.mac(label, message).verify_slice(code).is_ok()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(&self, label: &str, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key).expect("a key of any length");
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac
    }
}

/// The file appears whole: whoever dies here leaves none.
fn write_key(path: &Path, key: &[u8; KEY_BYTES]) -> std::io::Result<()> {
    let new = path.with_added_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    for byte in key {
        write!(file, "{byte:02x}")?;
    }
    writeln!(file)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

fn parse_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_purpose_and_key_alone() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(Purpose::Bot, b"a token");
        assert_eq!(sealer.open(Purpose::Bot, &sealed).unwrap(), b"a token");
        assert!(sealer.open(Purpose::Webhook, &sealed).is_err());
        assert!(Sealer::new([8; 32]).open(Purpose::Bot, &sealed).is_err());
        assert!(sealer.open(Purpose::Bot, &sealed[..10]).is_err());
    }

    #[test]
    fn the_key_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recado.key");
        let sealed = Sealer::open_file(&path).unwrap().seal(Purpose::Answer, b"x");
        assert_eq!(Sealer::open_file(&path).unwrap().open(Purpose::Answer, &sealed).unwrap(), b"x");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(matches!(Sealer::open_file(&path), Err(SealError::NotAKey(_))));
    }
}
