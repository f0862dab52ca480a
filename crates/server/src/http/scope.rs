//! Whose it is. A thing of another account is answered as if it did not exist.

use std::sync::Arc;

use recado_model::{BotId, Contact, ContactId, Delivery, DeliveryId, FlowId, MemberId, WebhookId};
use recado_store::{
    catalog::{FlowRecord, StoredBot, StoredWebhook},
    members::MemberRecord,
};
use serde_json::Value as Json;

use super::{Web, error::ApiError};
use crate::{auth::Caller, runtime::registry::LiveBot};

impl Web {
    /// A bot of the caller's account.
    pub async fn own_bot(&self, caller: Caller, id: BotId) -> Result<StoredBot, ApiError> {
        Ok(self.store.bot(caller.account_id, id).await?)
    }

    /// A bot of the caller's account as turns know it.
    pub async fn own_live_bot(&self, caller: Caller, id: BotId) -> Result<Arc<LiveBot>, ApiError> {
        let live = self.bots.get(id).await?.filter(|live| live.bot.account_id == caller.account_id);
        live.ok_or_else(|| ApiError::not_found("bot"))
    }

    /// A webhook of one of the caller's bots.
    pub async fn own_webhook(&self, caller: Caller, id: WebhookId) -> Result<StoredWebhook, ApiError> {
        let stored = self.store.webhook(id).await?;
        self.own_bot(caller, stored.webhook.bot_id).await.map_err(|error| hidden(error, "webhook"))?;
        Ok(stored)
    }

    /// A delivery of one of the caller's bots.
    pub async fn own_delivery(&self, caller: Caller, id: DeliveryId) -> Result<Delivery, ApiError> {
        let delivery = self.store.delivery(id).await?;
        self.own_bot(caller, delivery.bot_id).await.map_err(|error| hidden(error, "delivery"))?;
        Ok(delivery)
    }

    /// A flow of one of the caller's bots, with its draft.
    pub async fn own_flow(&self, caller: Caller, id: FlowId) -> Result<(FlowRecord, Json), ApiError> {
        let bot_id = self.store.bot_of_flow(id).await?;
        self.own_bot(caller, bot_id).await.map_err(|error| hidden(error, "flow"))?;
        Ok(self.store.flow(bot_id, id).await?)
    }

    /// A contact of one of the caller's bots.
    pub async fn own_contact(&self, caller: Caller, id: ContactId) -> Result<Contact, ApiError> {
        let loaded = self.store.load_contact(id).await?.ok_or_else(|| ApiError::not_found("contact"))?;
        self.own_bot(caller, loaded.contact.bot_id).await.map_err(|error| hidden(error, "contact"))?;
        Ok(Contact::clone(&loaded.contact))
    }

    /// A member of the caller's account.
    pub async fn own_member(&self, caller: Caller, id: MemberId) -> Result<Option<MemberRecord>, ApiError> {
        let members = self.store.members(caller.account_id).await?;
        Ok(members.into_iter().find(|member| member.id == id))
    }

    /// After a change of what turns read.
    pub async fn bot_changed(&self, id: BotId) -> Result<(), ApiError> {
        self.bots.reload(id).await?;
        self.live.ring_bot(id);
        self.wakes.bots.notify_one();
        self.wakes.connections.notify_waiters();
        Ok(())
    }
}

/// Names the thing that was asked for, not the bot behind it.
fn hidden(error: ApiError, what: &str) -> ApiError {
    if error.status() == 404 { ApiError::not_found(what) } else { error }
}
