//! Connecting a bot to its messenger: the token is tried first, then kept sealed. A token that is refused changes nothing.

use axum::{Json, extract::State};
use recado_channels::{Request, telegram::methods};
use recado_model::{BotId, Entropy as _, Service};
use recado_store::catalog::StoredBot;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Web,
    bots::{self, BotView},
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    problem_code::ProblemCode,
};
use crate::{
    auth::Caller,
    runtime::{messenger, polling::CONNECTIONS, registry::BotSecrets},
};

const TOKEN_BYTES_MAX: usize = 128;

/// What connects a bot to its messenger.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The token that Telegram's @BotFather gave.
    pub(super) token: String,
    /// The token of a payment provider, when the bot takes payments.
    pub(super) payment_token: Option<String>,
}

/// Connects a Telegram bot: its token is tried first, then stored sealed.
#[utoipa::path(post, path = "/bots/{bot_id}/connect", tag = "bots", params(("bot_id" = BotId, Path)), request_body = Connect, responses((status = 200, body = BotView), (status = "default", body = Problem)))]
pub async fn connect(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Body(wanted): Body<Connect>,
) -> Result<Json<BotView>, ApiError> {
    let before = web.own_bot(caller, id).await?;
    let mut stored = before.clone();
    take_token(&web, &mut stored, wanted).await?;
    if let Err(error) = web.store.update_bot(before.clone(), stored.clone()).await {
        let_go(&web, &stored, Some(&before)).await;
        return Err(error.into());
    }
    web.bot_changed(id).await?;
    Ok(Json(bots::view(&web, stored)))
}

/// Tries the token at Telegram and puts it, sealed, and who the bot is there, into the bot. Storing it is the caller's.
pub(super) async fn take_token(web: &Web, stored: &mut StoredBot, wanted: Connect) -> Result<(), ApiError> {
    if stored.bot.service != Service::Telegram {
        return Err(ApiError::new(ProblemCode::NoConnectionNeeded, "a web chat needs no connection"));
    }
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
    if wanted.token.len() > TOKEN_BYTES_MAX || !wanted.token.contains(':') || !wanted.token.chars().all(known) {
        return Err(ApiError::field("token", FieldMistake::NotATelegramToken {}));
    }
    let me = who_am_i(web, &wanted.token).await?;
    stored.bot.external_id = me["id"].to_string();
    let username = me["username"].as_str().unwrap_or_default();
    stored.bot.url = format!("https://t.me/{username}");
    let mut secrets = bots::secrets_of(web, stored);
    secrets.channel.insert("token".to_owned(), wanted.token);
    if let Some(token) = wanted.payment_token {
        secrets.channel.insert("payment_token".to_owned(), token);
    }
    listen(web, stored.bot.id, &mut secrets).await?;
    stored.sealed = bots::seal(web, &secrets)?;
    stored.lost = None;
    Ok(())
}

/// What was taken could not be stored: Telegram is to call nobody for a bot that nobody knows. One that was connected by the same token before stays so.
pub(super) async fn let_go(web: &Web, taken: &StoredBot, before: Option<&StoredBot>) {
    if web.settings.public_url.is_none() {
        return;
    }
    let token_of = |stored| bots::secrets_of(web, stored).channel.remove("token");
    let Some(token) = token_of(taken).filter(|token| Some(token) != before.and_then(token_of).as_ref()) else { return };
    if let Err(error) = ask(web, &token, &methods::delete_webhook()).await {
        tracing::warn!(?error, "Telegram goes on calling for a bot that was not stored");
    }
}

/// Where this server has a public address, Telegram is told to call it; else the bot is polled, which a secret would keep from happening.
async fn listen(web: &Web, id: BotId, secrets: &mut BotSecrets) -> Result<(), ApiError> {
    let Some(public) = &web.settings.public_url else {
        secrets.channel.remove("webhook_secret");
        return Ok(());
    };
    let secret = secrets.channel.entry("webhook_secret".to_owned()).or_insert_with(|| {
        let mut rng = web.entropy();
        format!("{:016x}{:016x}{:016x}{:016x}", rng.next_u64(), rng.next_u64(), rng.next_u64(), rng.next_u64())
    });
    let request = methods::set_webhook(&format!("{public}/hooks/telegram/{id}"), secret, CONNECTIONS);
    let token = secrets.channel.get("token").map_or("", String::as_str);
    let asked = ask(web, token, &request).await?;
    asked.map(drop).map_err(|words| ApiError::field("token", FieldMistake::AddressRefused { words }))
}

/// Asks Telegram who the token's bot is.
async fn who_am_i(web: &Web, token: &str) -> Result<Value, ApiError> {
    let me = ask(web, token, &methods::get_me()).await?;
    me.and_then(|me| if me["id"].is_i64() { Ok(me) } else { Err(NOT_TELEGRAM.to_owned()) })
        .map_err(|words| ApiError::field("token", FieldMistake::TokenRefused { words }))
}

const NOT_TELEGRAM: &str = "it did not answer as Telegram does";

/// Telegram's answer: the result, or its words of refusal. An error is that there was no answer.
async fn ask(web: &Web, token: &str, request: &Request) -> Result<Result<Value, String>, ApiError> {
    let (status, body) = messenger::call_with(web.app(), token, request).await.map_err(|words| {
        let detail = format!("Telegram can not be asked now: {words}");
        ApiError::new(ProblemCode::MessengerUnreachable, detail)
    })?;
    let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status == 200 && answer["ok"] == true {
        return Ok(Ok(answer["result"].take()));
    }
    Ok(Err(answer["description"].as_str().unwrap_or(NOT_TELEGRAM).to_owned()))
}
