//! From a fact to the rows of its event and deliveries.
//!
//! The body is encoded here, once per encoding that some webhook wants, so that every attempt sends the same bytes.

use bytes::Bytes;
use recado_delivery::payload;
use recado_model::{DateUnit, DeliveryId, Event, PayloadProfile, UnixMs};
use recado_store::turns::{NewDelivery, NewEvent};

use super::registry::{LiveBot, LiveWebhook};
use crate::clock::SystemEntropy;

/// The event with a delivery for each global webhook that wants it. Whether one gets it now or later is the store's to know: this picture of the
/// bot may be older. The encodings of those that get it later are kept with the event.
pub fn global(bot: &LiveBot, event: &Event, now: UnixMs) -> NewEvent {
    rows(bot, event, bot.wanting(event.kind).iter().map(|live| (live.as_ref(), None)), now)
}

/// The event of a passed *send webhook*, with its one delivery.
pub fn flow_webhook(bot: &LiveBot, event: &Event, url_template: &str, url: String, now: UnixMs) -> NewEvent {
    let live = bot.flow_webhook(url_template);
    let url = (url != url_template).then_some(url);
    rows(bot, event, live.into_iter().map(|live| (live.as_ref(), url.clone())), now)
}

/// The event with one delivery to a webhook that is named (a test send).
pub fn to_one(bot: &LiveBot, event: &Event, live: &LiveWebhook, now: UnixMs) -> NewEvent {
    rows(bot, event, std::iter::once((live, None)), now)
}

fn rows<'a>(
    bot: &LiveBot,
    event: &Event,
    to: impl Iterator<Item = (&'a LiveWebhook, Option<String>)>,
    now: UnixMs,
) -> NewEvent {
    let skipped = !bot.account.plan.sends_webhooks(now);
    let data = payload::event_object(event, &bot.bot, PayloadProfile::Recado, DateUnit::Milliseconds).into();
    let mut encodings: Vec<(u8, Bytes)> = Vec::new();
    let mut deliveries = Vec::new();
    for (live, url) in to {
        let webhook = &live.webhook;
        let encoding = payload::encoding_key(webhook.profile, webhook.date_unit);
        if encoding != 0 && !encodings.iter().any(|(key, _)| *key == encoding) {
            encodings
                .push((encoding, payload::event_object(event, &bot.bot, webhook.profile, webhook.date_unit).into()));
        }
        deliveries.push(NewDelivery {
            id: DeliveryId::new(now, &mut SystemEntropy),
            webhook_id: webhook.id,
            lanes_id: webhook.lanes_id,
            ordered: webhook.ordered,
            url,
            encoding,
            skipped,
        });
    }
    NewEvent { id: event.id, kind: event.kind, title: event.title.clone(), at: event.at, data, encodings, deliveries }
}
