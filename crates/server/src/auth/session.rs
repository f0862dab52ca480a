//! Signed-in browsers.
//!
//! The cookie carries 32 random bytes; what is stored is their SHA-256. A new one is made at every sign-in, so none can be planted. What changes
//! something must also carry the session's CSRF token in a header, which no other site can read or set: it is a code of the session's token that only
//! this installation can make, so nothing more is stored.

use axum::http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_model::{Entropy, time::DAY_MS};
use recado_store::members::{MemberRecord, SessionRecord};
use subtle::ConstantTimeEq as _;

use super::hash_of;
use crate::{
    http::{Web, error::ApiError, problem_code::ProblemCode},
    seal::Sealer,
};

/// The cookie's name.
const COOKIE: &str = "recado_session";
/// The header of the CSRF token.
const CSRF_HEADER: &str = "x-csrf-token";
const CSRF_LABEL: &str = "csrf";
/// How long a session lasts without being used.
pub const SESSION_MS: i64 = 30 * DAY_MS;

/// A signed-in browser, as a request shows it.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The token in the cookie.
    pub token: String,
    /// Its row.
    pub session: SessionRecord,
    /// Who it is.
    pub member: MemberRecord,
}

impl SignedIn {
    /// Who signed in, if the request carries a session that has not ended. Whether it may change something is not asked here.
    pub async fn of(parts: &Parts, web: &Web) -> Result<Option<Self>, ApiError> {
        let Some(token) = cookie(&parts.headers) else { return Ok(None) };
        let found = web.store.session(hash_of(token), web.now()).await?;
        Ok(found.map(|(session, member)| Self { token: token.to_owned(), session, member }))
    }

    /// Refuses a request that would change something and does not carry the CSRF token.
    pub fn may(&self, parts: &Parts, keys: &Sealer) -> Result<(), ApiError> {
        if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let given = parts.headers.get(CSRF_HEADER).and_then(|value| URL_SAFE_NO_PAD.decode(value.as_bytes()).ok());
        if given.is_some_and(|code| keys.is_code(CSRF_LABEL, self.token.as_bytes(), &code)) {
            return Ok(());
        }
        Err(ApiError::new(ProblemCode::Csrf, format!("send the session's `csrf` in the header `{CSRF_HEADER}`")))
    }
}

/// The code that claims a fresh installation. It needs no place of its own: it follows from the installation's key.
pub fn setup_code(keys: &Sealer) -> String {
    URL_SAFE_NO_PAD.encode(&keys.code("setup", b"the first owner")[..12])
}

/// Whether it is that code, in constant time.
pub fn is_setup_code(keys: &Sealer, code: &str) -> bool {
    setup_code(keys).as_bytes().ct_eq(code.as_bytes()).into()
}

/// A new session's token.
pub fn new_session(rng: &mut dyn Entropy) -> String {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The CSRF token of a session.
pub fn csrf(keys: &Sealer, token: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.code(CSRF_LABEL, token.as_bytes()))
}

/// The `Set-Cookie` of a session; an empty token takes the cookie away.
pub fn set_cookie(token: &str, secure: bool) -> HeaderValue {
    let seconds = if token.is_empty() { 0 } else { SESSION_MS / 1_000 };
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(cookie).unwrap_or(HeaderValue::from_static(""))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_an_empty_one_is_none() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; recado_session=token; c=d"));
        assert_eq!(cookie(&headers), Some("token"));
        headers.insert(header::COOKIE, HeaderValue::from_static("recado_session="));
        assert_eq!(cookie(&headers), None);
    }

    #[test]
    fn a_cookie_is_for_this_site_and_out_of_reach_of_scripts() {
        let cookie = set_cookie("abc", true);
        assert_eq!(cookie, "recado_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure");
        assert_eq!(set_cookie("", false), "recado_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
