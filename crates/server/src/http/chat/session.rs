//! Who the visitor is.
//!
//! A bot that is off has no web chat: every call of a visitor is 404 until it is on.
//!
//! A token is `base64url(bot id ‖ expiry ‖ identity)` `.` `base64url(code)`, where only this installation can make the code.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, RawPathParams, State},
    http::{StatusCode, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_channels::livechat;
use recado_flow::Input;
use recado_model::{BotId, ContactId, Entropy as _, Profile, Service, UnixMs, time::DAY_MS};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::bearer,
    http::{
        Web,
        error::{ApiError, Problem},
        extract::{At, Body},
        mistake::FieldMistake,
        problem_code::ProblemCode,
        rate::{self, Who},
    },
    runtime::inbox::{SubmitError, To},
    seal::Sealer,
};

const SESSION_DAYS: i64 = 180;
const LABEL: &str = "chat-session";

/// A visitor of one bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The bot.
    pub bot_id: BotId,
    /// The contact's identity.
    pub identity: String,
}

impl Session {
    fn token(&self, keys: &Sealer, expires: UnixMs) -> String {
        let mut payload = self.bot_id.bytes().to_vec();
        payload.extend(expires.0.to_be_bytes());
        payload.extend(self.identity.as_bytes());
        let code = keys.code(LABEL, &payload);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(code))
    }

    fn of_token(keys: &Sealer, token: &str, now: UnixMs) -> Option<Self> {
        let (payload, code) = token.split_once('.')?;
        let (payload, code) = (URL_SAFE_NO_PAD.decode(payload).ok()?, URL_SAFE_NO_PAD.decode(code).ok()?);
        if !keys.is_code(LABEL, &payload, &code) {
            return None;
        }
        let (bot_id, rest) = payload.split_first_chunk::<16>()?;
        let (expires, identity) = rest.split_first_chunk::<8>()?;
        let identity = String::from_utf8(identity.to_vec()).ok()?;
        (UnixMs(i64::from_be_bytes(*expires)) > now).then(|| Self { bot_id: BotId::from_bytes(*bot_id), identity })
    }

    /// The contact behind the session; `None` after it was erased.
    pub async fn contact_id(&self, web: &Web) -> Result<Option<ContactId>, ApiError> {
        Ok(web.store.contact_id_of(self.bot_id, &self.identity).await?)
    }
}

impl FromRequestParts<Web> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let unknown = || ApiError::new(ProblemCode::NoSession, "the session is missing, wrong or expired");
        limit_address(parts, web, false)?;
        let session =
            bearer(parts).and_then(|token| Self::of_token(&web.keys, token, web.now())).ok_or_else(unknown)?;
        let path = RawPathParams::from_request_parts(parts, web).await.map_err(|_| unknown())?;
        let named = path.iter().find(|(name, _)| *name == "bot_id").and_then(|(_, id)| id.parse::<BotId>().ok());
        if named != Some(session.bot_id) {
            return Err(unknown());
        }
        is_there(web, session.bot_id).await?;
        Ok(session)
    }
}

/// A web chat that is on.
pub(super) async fn is_there(web: &Web, bot_id: BotId) -> Result<(), ApiError> {
    let live = web.bots.get(bot_id).await?;
    let live = live.filter(|live| live.bot.service == Service::Livechat && live.bot.active);
    live.map(drop).ok_or_else(|| ApiError::not_found("web chat"))
}

/// Where a request comes from: behind a proxy on this machine, what the proxy says. What it adds stands last, in the last line of that name: what stands before
/// was said by whoever asked.
pub fn address_of(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    if !peer.to_canonical().is_loopback() {
        return Some(peer);
    }
    let mut lines = parts.headers.get_all("x-forwarded-for").iter();
    let last = lines.next_back().and_then(|line| line.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    last.or(Some(peer))
}

fn limit_address(parts: &Parts, web: &Web, opens: bool) -> Result<(), ApiError> {
    let Some(address) = address_of(parts).and_then(rate::counted) else {
        if web.settings.public_url.is_some() {
            web.front.nameless_proxy.call_once(|| {
                tracing::warn!(
                    "a request came from this machine without X-Forwarded-For: when a proxy brought it, have it set that header; without it nobody is limited by address"
                );
            });
        }
        return Ok(());
    };
    let (who, rate) = if opens {
        (Who::Sessions(address), rate::ADDRESS_SESSIONS)
    } else {
        (Who::Requests(address), rate::ADDRESS_REQUESTS)
    };
    web.front.rates.take(who, rate, web.now()).map_err(|ms| ApiError::too_many(ms.div_ceil(1_000)))
}

/// Lets an address open only so many sessions; the session that the visitor has already.
#[derive(Debug, Clone)]
pub struct MayOpen(Option<Session>);

impl FromRequestParts<Web> for MayOpen {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        limit_address(parts, web, true)?;
        if bearer(parts).is_none() {
            return Ok(Self(None));
        }
        // One that is expired, or none of this bot, begins anew.
        Ok(Self(Session::from_request_parts(parts, web).await.ok()))
    }
}

/// What a page knows of its visitor.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The payload of a link that starts a flow: 1 to 64 characters of `A–Z a–z 0–9 _ -`.
    r#ref: Option<String>,
    /// The page's id of this visit, of the same characters: the same again starts nothing, so a page that is reloaded may ask again.
    visit: Option<String>,
    /// The visitor's name.
    name: Option<String>,
    /// BCP 47 tag of the browser.
    lang: Option<String>,
    /// IANA name of the browser's time zone.
    time_zone: Option<String>,
}

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Opened {
    /// Send it as `Authorization: Bearer`.
    token: String,
    contact_id: ContactId,
}

/// Opens a session. The chat is opened by it: the subscription flow, or that of `ref`, starts. With the token of a session that the visitor has, it goes
/// on: the flow of `ref` starts, once a `visit`, and nothing without `ref`.
#[utoipa::path(post, path = "/api/chat/{bot_id}/sessions", tag = "web chat", params(("bot_id" = BotId, Path)), request_body = Opening, responses((status = 201, body = Opened), (status = "default", body = Problem)), security((), ("session" = [])))]
pub async fn open(
    State(web): State<Web>,
    MayOpen(session): MayOpen,
    At(bot_id): At<BotId>,
    Body(opening): Body<Opening>,
) -> Result<(StatusCode, Json<Opened>), ApiError> {
    is_there(&web, bot_id).await?;
    let profile = profile_of(&opening)?;
    for (field, payload) in [("ref", &opening.r#ref), ("visit", &opening.visit)] {
        if payload.as_deref().is_some_and(|payload| !is_ref(payload)) {
            return Err(ApiError::field(field, FieldMistake::NotARef {}));
        }
    }
    let known = match session {
        Some(session) => session.contact_id(&web).await?.map(|contact_id| (session, contact_id)),
        None => None,
    };
    let (session, contact_id) = if let Some((session, contact_id)) = known {
        if opening.r#ref.is_some() {
            come_back(&web, &session, profile, opening).await?;
        }
        (session, contact_id)
    } else {
        let session = Session { bot_id, identity: random_text(&web) };
        let visit = opening.visit.as_deref().unwrap_or_default();
        let input = Input::Inbound(livechat::opened(&session.identity, profile, opening.r#ref, visit));
        let done = web.inbox.submit(bot_id, To::Identity(session.identity.clone()), input).await?;
        (session, done.contact_id)
    };
    let token = session.token(&web.keys, web.now() + SESSION_DAYS * DAY_MS);
    Ok((StatusCode::CREATED, Json(Opened { token, contact_id })))
}

/// Somebody who was here before follows a link that starts a flow.
async fn come_back(web: &Web, session: &Session, profile: Profile, opening: Opening) -> Result<(), ApiError> {
    let visit = opening.visit.unwrap_or_else(|| random_text(web));
    let input = Input::Inbound(livechat::opened(&session.identity, profile, opening.r#ref, &visit));
    match web.inbox.submit(session.bot_id, To::Identity(session.identity.clone()), input).await {
        Ok(_) | Err(SubmitError::Duplicate) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn random_text(web: &Web) -> String {
    let mut random = [0; 16];
    web.entropy().fill(&mut random);
    URL_SAFE_NO_PAD.encode(random)
}

fn is_ref(payload: &str) -> bool {
    (1..=64).contains(&payload.len())
        && payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn profile_of(opening: &Opening) -> Result<Profile, ApiError> {
    let word = |field: &str, text: &Option<String>, max: usize| match text.as_deref().map(str::trim) {
        Some(text) if text.chars().count() > max || text.chars().any(char::is_control) => {
            Err(ApiError::field(field, FieldMistake::WordLength { max }))
        }
        Some("") | None => Ok(None),
        Some(text) => Ok(Some(text.to_owned())),
    };
    // A browser may know zones that we do not: what can not be used is left out.
    let time_zone = opening.time_zone.clone().filter(|zone| jiff::tz::TimeZone::get(zone).is_ok());
    Ok(Profile {
        name: word("name", &opening.name, 128)?.unwrap_or_default(),
        language: word("lang", &opening.lang, 35)?,
        time_zone,
        ..Profile::default()
    })
}

#[cfg(test)]
mod tests {
    use recado_model::entropy::Seeded;

    use super::*;

    #[test]
    fn a_token_is_taken_until_it_expires_and_never_when_it_was_changed() {
        let keys = Sealer::new([1; 32]);
        let session = Session { bot_id: BotId::new(UnixMs(1), &mut Seeded::new(1)), identity: "abc".to_owned() };
        let token = session.token(&keys, UnixMs(1_000));
        assert_eq!(Session::of_token(&keys, &token, UnixMs(999)), Some(session));
        assert_eq!(Session::of_token(&keys, &token, UnixMs(1_000)), None);
        assert_eq!(Session::of_token(&Sealer::new([2; 32]), &token, UnixMs(1)), None);
        let forged = format!("B{}", &token[1..]);
        assert_eq!(Session::of_token(&keys, &forged, UnixMs(1)), None);
    }
}
