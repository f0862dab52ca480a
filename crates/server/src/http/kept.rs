//! Until when what a webhook has not had is kept.

use recado_model::BotId;
use recado_store::{catalog::StoredWebhook, deliveries::Unsent};

use super::{
    Web,
    error::ApiError,
    shape::Time,
    webhooks::{Warning, WarningCode, WebhookView},
};
use crate::runtime::upkeep;

impl Web {
    /// A webhook as the API shows it, with what is kept for it.
    pub async fn show_whole(&self, stored: &StoredWebhook, warnings: Vec<Warning>) -> Result<WebhookView, ApiError> {
        let unsent = self.unsent(stored.webhook.bot_id, std::slice::from_ref(stored)).await?;
        Ok(self.with_kept(self.show_webhook(stored, warnings), &unsent))
    }

    /// The same of all webhooks of a bot.
    pub async fn show_all(&self, bot_id: BotId, webhooks: &[StoredWebhook]) -> Result<Vec<WebhookView>, ApiError> {
        let unsent = self.unsent(bot_id, webhooks).await?;
        let shown = webhooks.iter().map(|stored| self.show_webhook(stored, Vec::new()));
        Ok(shown.map(|view| self.with_kept(view, &unsent)).collect())
    }

    /// What those of them have not had that are paused, off or behind: it takes a look at the events, which is spared for the others.
    async fn unsent(&self, bot_id: BotId, webhooks: &[StoredWebhook]) -> Result<Vec<Unsent>, ApiError> {
        if webhooks.iter().all(|stored| stored.webhook.state.cursor().is_none()) {
            return Ok(Vec::new());
        }
        Ok(self.store.unsent(Some(bot_id)).await?)
    }

    fn with_kept(&self, mut view: WebhookView, unsent: &[Unsent]) -> WebhookView {
        let Some(unsent) = unsent.iter().find(|unsent| unsent.webhook_id == view.id) else { return view };
        let until = upkeep::kept_until(self, unsent.since);
        view.kept_until = Some(Time(until));
        if until - self.now() < upkeep::WARN_MS {
            let words = format!(
                "from {} on, what it has not had is removed, the oldest first: it is not sent any more",
                Time(until)
            );
            view.warnings.push(Warning::new(WarningCode::EventsExpire, words));
        }
        view
    }
}
