//! Telegram's webhook: an update is answered 200 once its turns are committed.
//!
//! 401 for a wrong secret, 413 for an over-long body, 503 when too much waits, the store is down or the bot is off: Telegram sends again.
//! Everything else, understood or not, is 200. Updates that are posted at once have their turns in order ([`in_order`](crate::runtime::in_order)).

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
};
use recado_channels::{Channel, telegram};
use recado_model::{BotId, Service};

use super::{Web, error::ApiError, extract::At, layers, problem_code::ProblemCode};
use crate::runtime::{arrivals, inbox::SubmitError};

const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Takes an update.
pub async fn hook(State(web): State<Web>, At(id): At<BotId>, request: Request) -> Result<StatusCode, ApiError> {
    let bot = web.bots.get(id).await?.filter(|bot| bot.bot.service == Service::Telegram);
    let bot = bot.ok_or_else(|| ApiError::not_found("bot"))?;
    let secret = bot.secrets.channel.get("webhook_secret").map_or("", String::as_str);
    Channel::Telegram
        .verify(secret, request.headers(), &[])
        .map_err(|_| ApiError::new(ProblemCode::WrongSecret, "the secret token is missing or wrong"))?;
    if !bot.bot.active {
        // As with polling: what people write meanwhile stays at Telegram, for a day at most.
        return Err(ApiError::new(ProblemCode::Unavailable, "the bot is off; send the update again later"));
    }
    let request = layers::read_whole(request, BODY_BYTES_MAX).await?;
    let body = to_bytes(request.into_body(), BODY_BYTES_MAX).await.unwrap_or_default();
    let parsed = match Channel::Telegram.parse(&body, "") {
        Ok(parsed) => parsed,
        Err(error) => {
            arrivals::keep_raw(web.app(), id, &error.to_string(), &String::from_utf8_lossy(&body)).await?;
            return Ok(StatusCode::OK);
        }
    };
    let Some(update) = telegram::id_of(&parsed) else {
        arrivals::arrive(web.app(), &bot, parsed).await?;
        return Ok(StatusCode::OK);
    };
    let person = parsed.inbound.first().map(|inbound| inbound.identity.as_str());
    let place = web.front.updates.wait(id, update, person).await.ok_or_else(|| {
        ApiError::new(
            ProblemCode::Unavailable,
            "an update before this one could not be taken; send it again after that one",
        )
    })?;
    match arrivals::arrive(web.app(), &bot, parsed).await {
        Ok(()) | Err(SubmitError::Duplicate | SubmitError::NoSuchContact) => {
            place.done();
            Ok(StatusCode::OK)
        }
        Err(error) => Err(error.into()),
    }
}
