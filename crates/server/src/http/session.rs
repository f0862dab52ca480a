//! The first owner, and signing in and out.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, State},
    http::{StatusCode, Version, header, request::Parts},
    response::{IntoResponse, Response},
};
use recado_model::{Account, AccountId, MemberId};
use recado_store::{
    StoreError,
    members::{MemberProfile, MemberRecord, SessionRecord},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    account::AccountView,
    chat::session::address_of,
    error::{ApiError, Problem},
    extract::Body,
    mistake::FieldMistake,
    problem_code::ProblemCode,
    rate::{self, Who},
    shape,
    system::runs_the_server,
};
use crate::auth::{
    hash_of, password,
    session::{SESSION_MS, SignedIn, csrf, is_setup_code, new_session, set_cookie},
};

const NAME_CHARS_MAX: usize = 128;
const EMAIL_BYTES_MAX: usize = 254;
/// Characters that are kept of what a browser calls itself.
const AGENT_CHARS_MAX: usize = 256;

/// Whether somebody has to set this installation up.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupView {
    /// Nobody can sign in yet: the first owner is to be made.
    needed: bool,
    /// It takes the code that the server wrote to its log when it started. Not from a browser on the server's own machine.
    code_needed: bool,
}

/// The first owner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The code in the server's log, where it is needed.
    code: Option<String>,
    /// 1 to 128 characters. An account that was made on the command line takes this name and becomes the owner's.
    account_name: String,
    /// The owner's name, 1 to 128 characters.
    name: String,
    /// The owner's address; capital letters do not matter.
    email: String,
    /// 10 to 128 characters.
    password: String,
    /// `en` (left out as well) or `es`.
    language: Option<String>,
    /// IANA name of the account's time zone [default: that of the account that is there, else UTC].
    time_zone: Option<String>,
}

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    email: String,
    password: String,
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    id: MemberId,
    name: String,
    email: String,
    /// `en` or `es`.
    language: String,
}

impl From<MemberRecord> for MemberView {
    fn from(member: MemberRecord) -> Self {
        let MemberProfile { name, language } = member.profile;
        Self { id: member.id, name, email: member.email, language }
    }
}

/// Who is signed in, and what a page of the web app needs to begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    member: MemberView,
    account: AccountView,
    /// To be sent as `x-csrf-token` with everything that changes something.
    csrf: String,
    /// Where people and messengers reach this server; null when it is not public.
    public_url: Option<String>,
    /// Whether `system` is for this member: its account is the installation's first.
    is_operator: bool,
    /// Of this server.
    version: &'static str,
}

/// What a member may change of itself; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// 1 to 128 characters.
    name: Option<String>,
    /// `en` or `es`.
    language: Option<String>,
    /// A new password. Other browsers of the member are signed out.
    password: Option<PasswordChange>,
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    current: String,
    /// 10 to 128 characters.
    new: String,
}

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address that is limited. This machine counts as one: a proxy that does not say who asks lets nobody guess without end.
    address: Option<IpAddr>,
    /// A browser on this machine asked for this machine: no proxy stands between, and no name that somebody else could have led here. Where the server has a
    /// public address nobody is here: many a proxy neither says for whom it asks nor under which name. Nor is who speaks HTTP/1.0, as such proxies do.
    is_here: bool,
    /// What the browser calls itself.
    agent: String,
}

impl FromRequestParts<Web> for Origin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let asked = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let host = asked.rsplit_once(':').map_or(asked, |(host, port)| if port.ends_with(']') { asked } else { host });
        let is_forwarded = parts.headers.contains_key("x-forwarded-for") || parts.headers.contains_key("forwarded");
        let is_here = peer.is_some_and(|peer| peer.is_loopback())
            && !is_forwarded
            && web.settings.public_url.is_none()
            && parts.version >= Version::HTTP_11
            && (host == "localhost"
                || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()));
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let agent = agent.chars().take(AGENT_CHARS_MAX).collect();
        Ok(Self { address: address_of(parts).map(|address| rate::counted(address).unwrap_or(address)), is_here, agent })
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let signed_in = Self::of(parts, web).await?.ok_or_else(ApiError::signed_out)?;
        signed_in.may(parts, &web.keys)?;
        Ok(signed_in)
    }
}

fn email(text: &str) -> Result<String, ApiError> {
    let email = text.trim().to_lowercase();
    let parts = email.rsplit_once('@').filter(|(local, host)| !local.is_empty() && host.contains('.'));
    if parts.is_none() || email.len() > EMAIL_BYTES_MAX || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(ApiError::field("email", FieldMistake::NotAnEmail {}));
    }
    Ok(email)
}

fn language(text: Option<&str>) -> Result<String, ApiError> {
    match text.unwrap_or("en") {
        known @ ("en" | "es") => Ok(known.to_owned()),
        _ => Err(ApiError::field("language", FieldMistake::NotALanguage {})),
    }
}

impl Web {
    async fn session_view(&self, token: &str, member: MemberRecord) -> Result<SessionView, ApiError> {
        let accounts = self.store.accounts().await?;
        let is_operator = runs_the_server(&accounts, member.account_id);
        let account = accounts.into_iter().find(|account| account.id == member.account_id);
        let account = account.ok_or_else(|| ApiError::not_found("account"))?;
        Ok(SessionView {
            member: member.into(),
            account: account.into(),
            csrf: csrf(&self.keys, token),
            public_url: self.settings.public_url.clone(),
            is_operator,
            version: env!("CARGO_PKG_VERSION"),
        })
    }

    fn with_cookie(&self, token: &str, mut response: Response) -> Response {
        let secure = self.settings.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        response.headers_mut().insert(header::SET_COOKIE, set_cookie(token, secure));
        response
    }

    /// Keeps a new session and answers with it.
    async fn sign_in(&self, member: MemberRecord, agent: String, status: StatusCode) -> Result<Response, ApiError> {
        let now = self.now();
        let token = new_session(&mut self.entropy());
        let session = SessionRecord {
            hash: hash_of(&token),
            member_id: member.id,
            expires_at: now + SESSION_MS,
            created_at: now,
            agent,
        };
        // The password may have been changed while this one was compared.
        let opened = self.store.open_session(session, member.password.clone(), now).await;
        opened.map_err(|error| if matches!(error, StoreError::Conflict { .. }) { wrong() } else { error.into() })?;
        let view = Json(self.session_view(&token, member).await?);
        Ok(self.with_cookie(&token, (status, view).into_response()))
    }
}

/// Says whether the first owner is still to be made.
#[utoipa::path(get, path = "/setup", tag = "session", security(()), responses((status = 200, body = SetupView), (status = "default", body = Problem)))]
pub async fn setup_state(State(web): State<Web>, from: Origin) -> Result<Json<SetupView>, ApiError> {
    let needed = web.store.has_no_member().await?;
    Ok(Json(SetupView { needed, code_needed: needed && !from.is_here }))
}

/// Makes the first owner, once, and signs it in with a cookie.
#[utoipa::path(post, path = "/setup", tag = "session", security(()), request_body = Setup, responses((status = 201, body = SessionView), (status = "default", body = Problem)))]
pub async fn set_up(State(web): State<Web>, from: Origin, Body(wanted): Body<Setup>) -> Result<Response, ApiError> {
    limit(&web, &from)?;
    let done = || ApiError::new(ProblemCode::AlreadySetUp, "this installation has an owner: sign in");
    if !web.store.has_no_member().await? {
        return Err(done());
    }
    let code = wanted.code.as_deref().unwrap_or_default().trim();
    if !from.is_here && !is_setup_code(&web.keys, code) {
        return Err(ApiError::field("code", FieldMistake::WrongCode {}));
    }
    let account_name = shape::name("account_name", &wanted.account_name, NAME_CHARS_MAX)?;
    let name = shape::name("name", &wanted.name, NAME_CHARS_MAX)?;
    let email = email(&wanted.email)?;
    let language = language(wanted.language.as_deref())?;
    // An account that was made on the command line keeps its time zone, unless another one is wanted.
    let known = web.store.accounts().await?.into_iter().next().map(|account| account.time_zone);
    let time_zone = wanted.time_zone.or(known).unwrap_or_else(|| "UTC".to_owned());
    jiff::tz::TimeZone::get(&time_zone).map_err(|_| ApiError::field("time_zone", FieldMistake::NotATimeZone {}))?;
    password::check("password", &wanted.password)?;
    let now = web.now();
    let account = Account {
        id: AccountId::new(now, &mut web.entropy()),
        name: account_name,
        plan: web.settings.new_account_plan.at(now, web.settings.trial_days),
        time_zone,
        created_at: now,
    };
    let owner = MemberRecord {
        id: MemberId::new(now, &mut web.entropy()),
        account_id: account.id,
        email,
        password: password::hash(wanted.password).await?,
        created_at: now,
        profile: MemberProfile { name, language },
    };
    let made = web.store.set_up(account, owner).await;
    let owner = made.map_err(|error| if matches!(error, StoreError::Exists { .. }) { done() } else { error.into() })?;
    for bot in web.store.bots(owner.account_id).await? {
        web.bot_changed(bot.bot.id).await?;
    }
    web.sign_in(owner, from.agent, StatusCode::CREATED).await
}

/// Refuses whoever tries too often from one address.
fn limit(web: &Web, from: &Origin) -> Result<(), ApiError> {
    let Some(address) = from.address else { return Ok(()) };
    let taken = web.front.rates.take(Who::SignIns(address), rate::ADDRESS_SIGN_INS, web.now());
    taken.map_err(|ms| ApiError::too_many(ms.div_ceil(1_000)))
}

/// Signs in with a cookie.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = SignIn, responses((status = 200, body = SessionView), (status = "default", body = Problem)))]
pub async fn sign_in(State(web): State<Web>, from: Origin, Body(who): Body<SignIn>) -> Result<Response, ApiError> {
    let email: String = who.email.trim().to_lowercase().chars().take(EMAIL_BYTES_MAX).collect();
    limit(&web, &from)?;
    let member = web.store.member_by_email(&email).await?;
    let hash = member.as_ref().map(|member| member.password.clone());
    let is_right = password::is_right(who.password, hash).await?;
    match member.filter(|_| is_right) {
        Some(member) => web.sign_in(member, from.agent, StatusCode::OK).await,
        None => Err(wrong()),
    }
}

fn wrong() -> ApiError {
    let words = "there is no member with this e-mail address and password";
    ApiError::new(ProblemCode::WrongCredentials, words)
}

/// Says who is signed in. A session that is used goes on.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = SessionView), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, signed_in: SignedIn) -> Result<Response, ApiError> {
    let SignedIn { token, session, member } = signed_in;
    let view = Json(web.session_view(&token, member).await?);
    let now = web.now();
    if session.expires_at - now > SESSION_MS / 2 {
        return Ok(view.into_response());
    }
    web.store.renew_session(session.hash, now + SESSION_MS).await?;
    Ok(web.with_cookie(&token, view.into_response()))
}

/// Changes what the member chose, or its password.
#[utoipa::path(patch, path = "/session", tag = "session", request_body = MemberChange, responses((status = 200, body = SessionView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    signed_in: SignedIn,
    Body(change): Body<MemberChange>,
) -> Result<Json<SessionView>, ApiError> {
    let SignedIn { token, session, mut member } = signed_in;
    if change.name.is_some() || change.language.is_some() {
        if let Some(name) = change.name {
            member.profile.name = shape::name("name", &name, NAME_CHARS_MAX)?;
        }
        if let Some(wanted) = change.language {
            member.profile.language = language(Some(&wanted))?;
        }
        web.store.update_profile(member.id, member.profile.clone()).await?;
    }
    if let Some(PasswordChange { current, new }) = change.password {
        password::check("password.new", &new)?;
        let taken = web.front.rates.take(Who::PasswordOf(member.id), rate::PASSWORD_CHANGES, web.now());
        taken.map_err(|ms| ApiError::too_many(ms.div_ceil(1_000)))?;
        if !password::is_right(current, Some(member.password.clone())).await? {
            return Err(ApiError::field("password.current", FieldMistake::WrongPassword {}));
        }
        let to = password::hash(new).await?;
        web.store.change_password(member.id, member.password.clone(), to, Some(session.hash)).await?;
    }
    Ok(Json(web.session_view(&token, member).await?))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204), (status = "default", body = Problem)))]
pub async fn sign_out(State(web): State<Web>, signed_in: SignedIn) -> Result<Response, ApiError> {
    web.store.close_session(signed_in.session.hash).await?;
    Ok(web.with_cookie("", StatusCode::NO_CONTENT.into_response()))
}
