//! A webhook's secret, and its switch: pause, resume.

use axum::{Json, extract::State};
use recado_delivery::signature;
use recado_model::{
    Webhook, WebhookId,
    time::HOUR_MS,
    webhook::{KeyKind, WebhookSecrets},
};
use recado_store::{StoreError, catalog};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    problem_code::ProblemCode,
    shape::{self, Time, Tries},
    webhooks::WebhookView,
};
use crate::auth::Caller;

const OVERLAP_HOURS: u32 = 24;
const OVERLAP_HOURS_MAX: u32 = 30 * 24;
const KEYS_MAX: usize = 8;

/// A key that signs.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    kind: KeyKind,
    /// What a receiver checks with: `whsec_…` (HMAC) or `whpk_…` (ed25519).
    secret: String,
    /// When a rotation retires it; null for the current key.
    retires_at: Option<Time>,
}

/// The keys that sign now.
#[derive(Serialize, ToSchema)]
pub struct SecretView {
    keys: Vec<KeyView>,
}

/// How a secret is rotated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// `hmac` (usual) or `ed25519`.
    kind: Option<KeyKind>,
    /// Hours in which the old key signs too: 0 to 720, usually 24.
    overlap_hours: Option<u32>,
}

impl Web {
    /// After a change of a webhook.
    pub async fn webhook_changed(&self, webhook: &Webhook) -> Result<(), ApiError> {
        self.bot_changed(webhook.bot_id).await?;
        self.wakes.deliveries.notify_one();
        Ok(())
    }
}

/// Shows the secret.
#[utoipa::path(get, path = "/webhooks/{webhook_id}/secret", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), responses((status = 200, body = SecretView), (status = "default", body = Problem)))]
pub async fn secret(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
) -> Result<Json<SecretView>, ApiError> {
    let stored = web.own_webhook(caller, id).await?;
    let now = web.now();
    let keys = web.webhook_secrets(&stored)?.keys;
    let live = keys.iter().filter(|key| key.retires_at.is_none_or(|at| at > now));
    let keys = live
        .map(|key| KeyView {
            kind: key.kind,
            secret: signature::receivers_key(key).unwrap_or_default(),
            retires_at: key.retires_at.map(Into::into),
        })
        .collect();
    Ok(Json(SecretView { keys }))
}

/// Rotates the secret. Until the overlap ends, both keys sign. When this server's key does not open the webhook's secrets (`secret_lost`), it gets a new one
/// and is paused: its headers and authorisation are lost, and are set again before it is resumed.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/secret/rotate", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), request_body = Rotation, responses((status = 200, body = SecretView), (status = "default", body = Problem)))]
pub async fn rotate(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
    Body(rotation): Body<Rotation>,
) -> Result<Json<SecretView>, ApiError> {
    web.own_webhook(caller, id).await?;
    let hours = shape::within("overlap_hours", rotation.overlap_hours.unwrap_or(OVERLAP_HOURS), 0, OVERLAP_HOURS_MAX)?;
    let kind = rotation.kind.unwrap_or(KeyKind::Hmac);
    let mut tries = Tries::default();
    loop {
        let read = web.own_webhook(caller, id).await?;
        let mut wanted = read.clone();
        // Whoever lost the server's key begins anew: with a new secret, without the headers and the authorisation that nobody can read.
        let secrets = web.webhook_secrets(&read);
        if secrets.is_err() && read.webhook.state.is_on() {
            // Before it can send: it would send without those.
            match web.store.pause_webhook(id).await {
                Ok(_) | Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        wanted.sealed = rotated(&web, secrets.unwrap_or_default(), kind, hours)?;
        if tries.took(web.store.update_webhook(read, wanted.clone(), web.now()).await)? {
            web.webhook_changed(&wanted.webhook).await?;
            break;
        }
    }
    secret(State(web), caller, At(id)).await
}

/// The secrets of a webhook with a new key at their head, sealed.
fn rotated(web: &Web, mut secrets: WebhookSecrets, kind: KeyKind, overlap_hours: u32) -> Result<Vec<u8>, ApiError> {
    let now = web.now();
    let retires_at = now + i64::from(overlap_hours) * HOUR_MS;
    for key in secrets.keys.iter_mut().filter(|key| key.retires_at.is_none()) {
        key.retires_at = Some(retires_at);
    }
    secrets.keys.retain(|key| key.retires_at.is_none_or(|at| at > now));
    if secrets.keys.len() >= KEYS_MAX {
        return Err(ApiError::new(
            ProblemCode::TooManyKeys,
            "too many retired keys still sign; rotate with overlap_hours 0",
        ));
    }
    secrets.keys.insert(0, signature::new_key(kind, &mut web.entropy()));
    web.seal_webhook(&secrets)
}

/// Pauses a webhook: it makes no deliveries, pending ones stand still, and a cursor waits in the event log.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/pause", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
pub async fn pause(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
) -> Result<Json<WebhookView>, ApiError> {
    web.own_webhook(caller, id).await?;
    let stored = match web.store.pause_webhook(id).await {
        Err(StoreError::Conflict { .. }) => {
            return Err(ApiError::new(ProblemCode::NotOn, "the webhook is paused or off already"));
        }
        result => result?,
    };
    web.webhook_changed(&stored.webhook).await?;
    Ok(Json(web.show_whole(&stored, Vec::new()).await?))
}

/// Where a webhook goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResumeFrom {
    /// The events since the pause are delivered too.
    Cursor,
    /// The events since the pause are left out.
    Now,
}

/// How a webhook is resumed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    from: ResumeFrom,
}

/// Switches a webhook on again: from its cursor, or from now. From its cursor its state is `behind` until it has got what it missed, in the order
/// of the events; that goes on by itself, also after a restart.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/resume", tag = "webhooks", params(("webhook_id" = WebhookId, Path)), request_body = Resume, responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
pub async fn resume(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
    Body(wanted): Body<Resume>,
) -> Result<Json<WebhookView>, ApiError> {
    web.own_webhook(caller, id).await?;
    let from = match wanted.from {
        ResumeFrom::Cursor => catalog::ResumeFrom::Cursor,
        ResumeFrom::Now => catalog::ResumeFrom::Now,
    };
    let stored = match web.store.resume_webhook(id, from).await {
        Err(StoreError::Conflict { .. }) => return Err(ApiError::new(ProblemCode::NotPaused, "the webhook is on")),
        result => result?,
    };
    web.webhook_changed(&stored.webhook).await?;
    web.wakes.catching_up.notify_one();
    Ok(Json(web.show_whole(&stored, Vec::new()).await?))
}
