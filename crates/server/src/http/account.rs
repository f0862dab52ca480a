//! The account and its API tokens.

use axum::{Json, extract::State, http::StatusCode};
use recado_model::{Account, AccountId, Plan, TokenId};
use recado_store::catalog::TokenRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    problem_code::ProblemCode,
    session::MemberView,
    shape::{self, Listed, Time},
};
use crate::auth::{By, Caller, new_token};

const NAME_CHARS_MAX: usize = 128;
const TOKENS_MAX: usize = 100;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    id: AccountId,
    name: String,
    plan: Plan,
    /// IANA name.
    time_zone: String,
    created_at: Time,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, name, plan, time_zone, created_at } = account;
        Self { id, name, plan, time_zone, created_at: created_at.into() }
    }
}

/// What can be changed of an account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// 1 to 128 characters.
    name: Option<String>,
    /// IANA name, as in `Europe/Madrid`.
    time_zone: Option<String>,
}

async fn own_account(web: &Web, caller: Caller) -> Result<Account, ApiError> {
    let accounts = web.store.accounts().await?;
    accounts.into_iter().find(|account| account.id == caller.account_id).ok_or_else(|| ApiError::not_found("account"))
}

/// Lists the members of the account, the oldest first.
#[utoipa::path(get, path = "/account/members", tag = "account", responses((status = 200, body = Listed<MemberView>), (status = "default", body = Problem)))]
pub async fn members(State(web): State<Web>, caller: Caller) -> Result<Json<Listed<MemberView>>, ApiError> {
    let members = web.store.members(caller.account_id).await?;
    Ok(Json(Listed::whole(members.into_iter().map(Into::into).collect())))
}

/// Reads the account.
#[utoipa::path(get, path = "/account", tag = "account", responses((status = 200, body = AccountView), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, caller: Caller) -> Result<Json<AccountView>, ApiError> {
    Ok(Json(own_account(&web, caller).await?.into()))
}

/// Changes name or time zone.
#[utoipa::path(patch, path = "/account", tag = "account", request_body = AccountChange, responses((status = 200, body = AccountView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    Body(change): Body<AccountChange>,
) -> Result<Json<AccountView>, ApiError> {
    let mut account = own_account(&web, caller).await?;
    if let Some(name) = change.name {
        account.name = shape::name("name", &name, NAME_CHARS_MAX)?;
    }
    if let Some(zone) = change.time_zone {
        jiff::tz::TimeZone::get(&zone).map_err(|_| ApiError::field("time_zone", FieldMistake::NotATimeZone {}))?;
        account.time_zone = zone;
    }
    web.store.update_account(account.clone()).await?;
    for bot in web.store.bots(account.id).await? {
        web.bot_changed(bot.bot.id).await?;
    }
    Ok(Json(account.into()))
}

/// An API token without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    id: TokenId,
    name: String,
    created_at: Time,
    /// It is the one that asks.
    current: bool,
}

/// A new API token.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewToken {
    id: TokenId,
    name: String,
    created_at: Time,
    /// The token itself. It is shown this once.
    token: String,
}

/// What a token is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenName {
    /// 1 to 128 characters.
    name: String,
}

/// Lists the tokens.
#[utoipa::path(get, path = "/account/tokens", tag = "account", responses((status = 200, body = Listed<TokenView>), (status = "default", body = Problem)))]
pub async fn tokens(State(web): State<Web>, caller: Caller) -> Result<Json<Listed<TokenView>>, ApiError> {
    let tokens = web.store.tokens(caller.account_id).await?;
    let show = |token: TokenRecord| TokenView {
        id: token.id,
        name: token.name,
        created_at: token.created_at.into(),
        current: caller.by == By::Token(token.id),
    };
    Ok(Json(Listed::whole(tokens.into_iter().map(show).collect())))
}

/// Makes a token. It is shown once.
#[utoipa::path(post, path = "/account/tokens", tag = "account", request_body = TokenName, responses((status = 201, body = NewToken), (status = "default", body = Problem)))]
pub async fn create_token(
    State(web): State<Web>,
    caller: Caller,
    Body(wanted): Body<TokenName>,
) -> Result<(StatusCode, Json<NewToken>), ApiError> {
    let name = shape::name("name", &wanted.name, NAME_CHARS_MAX)?;
    if web.store.tokens(caller.account_id).await?.len() >= TOKENS_MAX {
        return Err(ApiError::new(ProblemCode::TooManyTokens, format!("an account has at most {TOKENS_MAX} tokens")));
    }
    let now = web.now();
    let (token, hash) = new_token(&mut web.entropy());
    let id = TokenId::new(now, &mut web.entropy());
    let record = TokenRecord { id, account_id: caller.account_id, name: name.clone(), hash, created_at: now };
    web.store.create_token(record).await?;
    Ok((StatusCode::CREATED, Json(NewToken { id, name, created_at: now.into(), token })))
}

/// Revokes a token.
#[utoipa::path(delete, path = "/account/tokens/{token_id}", tag = "account", params(("token_id" = TokenId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete_token(State(web): State<Web>, caller: Caller, At(id): At<TokenId>) -> Result<StatusCode, ApiError> {
    web.store.delete_token(caller.account_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
