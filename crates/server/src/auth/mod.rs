//! Who calls: a program with an API token, or a member who signed in.
//!
//! An API token is `rcd_` and 32 random bytes in base64url. It is shown once; what is stored is its SHA-256, which is enough because nobody can
//! guess 256 bits.

pub mod password;
pub mod session;

use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_model::{AccountId, Entropy, MemberId, TokenId};
use sha2::{Digest as _, Sha256};

use self::session::SignedIn;
use crate::http::{Web, error::ApiError};

/// What every API token begins with.
pub const TOKEN_PREFIX: &str = "rcd_";

/// A new token and the hash to store.
pub fn new_token(rng: &mut dyn Entropy) -> (String, [u8; 32]) {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    let token = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = hash_of(&token);
    (token, hash)
}

/// What is stored of a token.
pub fn hash_of(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Who stands behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A program with this token.
    Token(TokenId),
    /// A person.
    Member(MemberId),
}

/// The account behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Whose things it may see.
    pub account_id: AccountId,
    /// Who it is.
    pub by: By,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        if let Some(token) = bearer(parts) {
            let token =
                Some(token).filter(|token| token.starts_with(TOKEN_PREFIX)).ok_or_else(ApiError::unauthorized)?;
            let record = web.store.token_by_hash(hash_of(token)).await?.ok_or_else(ApiError::unauthorized)?;
            return Ok(Self { account_id: record.account_id, by: By::Token(record.id) });
        }
        let signed_in = SignedIn::of(parts, web).await?.ok_or_else(ApiError::unauthorized)?;
        signed_in.may(parts, &web.keys)?;
        Ok(Self { account_id: signed_in.member.account_id, by: By::Member(signed_in.member.id) })
    }
}

/// The bearer token of a request.
pub fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use recado_model::entropy::Seeded;

    use super::*;

    #[test]
    fn a_token_is_long_and_its_hash_is_what_is_looked_up() {
        let (token, hash) = new_token(&mut Seeded::new(1));
        assert!(token.starts_with("rcd_") && token.len() == 47, "{token}");
        assert_eq!(hash, hash_of(&token));
    }
}
