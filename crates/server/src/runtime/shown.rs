//! Messages of the web chat that are sent by being stored: its page shows what is committed, so there is nobody to send them to. What a bot that is
//! off would say is queued, and the outbox holds it.
//!
//! A message that may go at once is committed as sent, with its `outgoing_message`, in the turn that says it. One that waits for its moment, and
//! whatever the contact is told after it, goes through the outbox as in every other channel, so the order of a contact holds. Nobody else queues
//! messages for the contact meanwhile: only turns do, one at a time, and the store refuses a turn that is based on an older picture.

use recado_channels::{Address, Channel, Rendered, SendOutcome};
use recado_model::{MessageStatus, Service, UnixMs};
use recado_store::{Store, StoreError, turns::TurnCommit};

use super::{
    outgoing::{self, Sent},
    registry::LiveBot,
};

/// Marks what the web chat shows at once as sent. What it can not show stays queued, and the outbox says why.
pub async fn send(store: &dyn Store, bot: &LiveBot, turn: &mut TurnCommit, now: UnixMs) -> Result<(), StoreError> {
    let is_queued = |status| status == MessageStatus::Queued;
    if bot.bot.service != Service::Livechat
        || !bot.can_send()
        || !turn.messages.iter().any(|message| is_queued(message.status))
    {
        return Ok(());
    }
    let is_new = turn.revision.is_none();
    let waits = !is_new && !turn.cancel_queued && store.has_queued(turn.contact.id).await?;
    if waits {
        return Ok(());
    }
    for message in turn.messages.iter_mut().filter(|message| is_queued(message.status)) {
        if message.not_before > now {
            return Ok(());
        }
        let Ok(Rendered::Shown(outcome)) = Channel::Livechat.render(message, &Address::of(&turn.contact.identity))
        else {
            return Ok(());
        };
        let SendOutcome::Sent { external_id, message_json, message_id, chat_id } = *outcome else {
            return Ok(());
        };
        message.status = MessageStatus::Sent;
        message.external_id = Some(external_id.clone());
        let sent = Sent { external_id, message_json, message_id, chat_id };
        turn.events.push(outgoing::sent_event(bot, &turn.contact, message, sent, now));
    }
    Ok(())
}
