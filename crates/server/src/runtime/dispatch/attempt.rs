//! One attempt: the stored body, signed for this moment, through the door, judged.

use bytes::Bytes;
use recado_delivery::{
    headers::{AttemptHeaders, masked},
    lanes::{Claim, Finish},
    outcome::{Answer, Standing, judge},
    payload::{EventMeta, body},
    sender::{self, SendJob},
};
use recado_model::{Attempt, BotId, Delivery, DeliveryStatus, Outcome, UnixMs, WebhookId};
use recado_store::{
    StoreError,
    deliveries::{AttemptCommit, ReadyDelivery},
};

use crate::{clock::SystemEntropy, runtime::registry::LiveWebhook, state::App};

/// What came of a claim.
pub(super) enum Done {
    /// A request was made, or could not be made for a reason the user must see.
    Attempted(Box<Attempted>),
    /// Nothing was sent and nothing is to be from here: the webhook is gone, off or in other lanes, or the event was erased. The store knows what becomes of the
    /// delivery.
    NotWanted {
        /// Its sequence.
        seq: i64,
    },
    /// Nothing was sent because the store can not be read now. The delivery is to be attempted later.
    NotNow {
        /// The claim that is given back.
        claim: Claim,
        /// What the store said.
        error: StoreError,
    },
}

/// An attempt and what it means.
pub(super) struct Attempted {
    /// For the store.
    pub(super) commit: AttemptCommit,
    /// For the dispatcher.
    pub(super) finish: Finish,
    /// The webhook.
    pub(super) webhook_id: WebhookId,
    /// Its lanes.
    pub(super) lanes_id: WebhookId,
    /// Whose bot.
    pub(super) bot_id: BotId,
    /// When the event happened.
    pub(super) event_at: UnixMs,
}

/// Makes the attempt.
pub(super) async fn attempt(app: &App, claim: Claim, head: ReadyDelivery) -> Done {
    let seq = claim.seq;
    let delivery = &head.delivery;
    let bot = match app.bots.get(delivery.bot_id).await {
        Ok(Some(bot)) => bot,
        Ok(None) => return Done::NotWanted { seq },
        Err(error) => return Done::NotNow { claim, error },
    };
    // With other lanes it has another URL: what comes back from that would be told of the receiver that it had before.
    let is_here = |live: &&std::sync::Arc<LiveWebhook>| {
        live.webhook.state.is_on() && live.is_readable && live.webhook.lanes_id == delivery.lanes_id
    };
    let Some(live) = bot.webhook(delivery.webhook_id).filter(is_here) else {
        return Done::NotWanted { seq };
    };
    let data = match app.store.load_event_data(vec![(head.event_seq, head.encoding)]).await {
        // Erased while this was on its way: its bytes are empty, or gone.
        Ok(data) if data.iter().all(bytes::Bytes::is_empty) => return Done::NotWanted { seq },
        Ok(mut data) => data.swap_remove(0),
        Err(StoreError::NotFound { .. }) => return Done::NotWanted { seq },
        Err(error) => return Done::NotNow { claim, error },
    };
    let began = tokio::time::Instant::now();
    let (attempt, retry_after) = send(app, live, &head, &data).await;
    let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    let standing = Standing {
        attempts: delivery.attempts,
        probe: claim.probe,
        single_attempt: claim.single_attempt,
        probe_again_at: claim.probe_again_at,
    };
    let answer = Answer::new(attempt.status, retry_after.as_deref(), attempt.failure);
    let judgement = judge(answer, standing, &live.schedule, app.now(), &mut SystemEntropy);
    Done::Attempted(Box::new(Attempted {
        commit: AttemptCommit {
            delivery_seq: seq,
            lanes_id: delivery.lanes_id,
            attempt,
            outcome: judgement.outcome,
            next: None,
        },
        finish: Finish::of(&judgement, took_ms),
        webhook_id: delivery.webhook_id,
        lanes_id: delivery.lanes_id,
        bot_id: delivery.bot_id,
        event_at: delivery.created_at,
    }))
}

async fn send(app: &App, live: &LiveWebhook, head: &ReadyDelivery, data: &[u8]) -> (Attempt, Option<String>) {
    let delivery = &head.delivery;
    let now = app.now();
    let body = Bytes::from(body(live.webhook.format, data, &EventMeta::of(delivery)));
    let id = delivery.event_id.to_string();
    let signature = live.signer.sign(&id, &body, now);
    let number = head.requests + 1;
    let headers = live.headers.of_attempt(&AttemptHeaders {
        id: &id,
        kind: delivery.event_kind,
        number,
        replay: delivery.replay,
        now,
        signature: &signature,
    });
    let job = SendJob {
        url: delivery.url.as_deref().unwrap_or(&live.webhook.url),
        masked_headers: masked(&headers),
        headers,
        body,
        format: live.webhook.format,
        head_timeout_ms: live.webhook.timeout_ms,
        number,
        started_at: now,
    };
    let sent = sender::attempt(&app.door, job).await;
    (sent.attempt, sent.retry_after)
}

/// What a retry changes in the copy that is kept in memory; the same as the store's commit does.
pub(super) fn carry(delivery: &mut Delivery, outcome: Outcome) {
    match outcome {
        Outcome::Retry { at } => {
            delivery.attempts += 1;
            delivery.next_at = at;
        }
        Outcome::Probed { at } => delivery.next_at = at,
        Outcome::Delivered => delivery.status = DeliveryStatus::Delivered,
        Outcome::Failed => delivery.status = DeliveryStatus::Failed,
    }
}
