//! The inspector's address has the port that the server listens on. When that is another one than before, what the account has that leads to the
//! inspector is changed to lead to where it is now: global webhooks, and flows with what they send and ask. Nothing else is touched.
//!
//! A flow is published again only when nothing but the address differs from what is published. Other changes are for their author to publish, who is told.
//! What can not be changed is told as well and does not keep the demo from starting.

use std::net::SocketAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use recado_model::{AccountId, BotId, WebhookKind};
use recado_store::catalog::FlowRecord;
use serde_json::{Value as Json, json};

use super::Seed;
use crate::cli::client::problem;

/// The account's inspector.
#[derive(Debug)]
pub(super) struct Inspector {
    /// Where it is now.
    pub(super) url: String,
    /// Whose it is: its address begins with that, whatever port and key it had.
    pub(super) account_id: AccountId,
}

impl Inspector {
    /// Where a URL that led to the inspector before leads now. None for every other one.
    fn moved(&self, url: &str) -> Option<String> {
        let (address, rest) = url.strip_prefix("http://")?.split_once("/inspector/")?;
        address.parse::<SocketAddr>().ok()?;
        let (token, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let is_ours = URL_SAFE_NO_PAD.decode(token).ok()?.starts_with(self.account_id.bytes());
        let now = format!("{}{rest}", self.url);
        (is_ours && now != url).then_some(now)
    }

    /// Changes every such text of a document. Returns how many there were.
    fn move_all(&self, document: &mut Json) -> usize {
        match document {
            Json::String(text) => match self.moved(text) {
                Some(now) => {
                    *text = now;
                    1
                }
                None => 0,
            },
            Json::Array(items) => items.iter_mut().map(|item| self.move_all(item)).sum(),
            Json::Object(fields) => fields.values_mut().map(|value| self.move_all(value)).sum(),
            Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        }
    }
}

impl Seed<'_> {
    /// Has all that led to the inspector lead to where it is now.
    pub(super) async fn follow_the_inspector(&self) -> anyhow::Result<()> {
        for bot in self.store.bots(self.inspector.account_id).await? {
            for flow in self.store.flows(bot.bot.id).await? {
                self.move_flow(flow).await?;
            }
            self.move_webhooks(bot.bot.id).await?;
        }
        Ok(())
    }

    async fn move_flow(&self, flow: FlowRecord) -> anyhow::Result<()> {
        let (_, mut draft) = self.store.flow(flow.bot_id, flow.id).await?;
        let path = format!("/api/v1/flows/{}", flow.id);
        let mut revision = flow.draft_revision;
        if self.inspector.move_all(&mut draft) > 0 {
            let etag = format!("\"{revision}\"");
            if !self.changed(Method::PUT, &format!("{path}/draft"), &[("If-Match", &etag)], &draft).await? {
                return Ok(());
            }
            revision += 1;
        }
        let published = match flow.published {
            Some(version) => self.store.version(version).await?,
            None => None,
        };
        let Some(mut published) = published else { return Ok(()) };
        if self.inspector.move_all(&mut published.document) == 0 {
            return Ok(());
        }
        if published.document == draft {
            self.changed(Method::POST, &format!("{path}/publish"), &[], &json!({"draft_revision": revision})).await?;
        } else {
            tracing::warn!(
                "the flow \"{}\" sends to where the inspector was before: publish it, and it sends to where it is now",
                flow.name
            );
        }
        Ok(())
    }

    /// A global webhook goes along. A flow has a webhook for each URL, so that of the new one is there already; that of the old one is deleted unless something
    /// still sends there.
    async fn move_webhooks(&self, bot_id: BotId) -> anyhow::Result<()> {
        for stored in self.store.webhooks(bot_id).await? {
            let Some(now) = self.inspector.moved(&stored.webhook.url) else { continue };
            let path = format!("/api/v1/webhooks/{}", stored.webhook.id);
            match stored.webhook.kind {
                WebhookKind::Global => drop(self.changed(Method::PATCH, &path, &[], &json!({"url": now})).await?),
                WebhookKind::Flow => drop(self.client.answer(Method::DELETE, &path, &[], None).await?),
            }
        }
        Ok(())
    }

    /// Whether the server did it. If not, the log says why.
    async fn changed(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Json) -> anyhow::Result<bool> {
        let (status, answer) = self.client.answer(method, path, headers, Some(body)).await?;
        if !status.is_success() {
            tracing::warn!("{path} still leads to where the inspector was before: {}", problem(status, &answer));
        }
        Ok(status.is_success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recado_model::{UnixMs, entropy::Seeded};

    #[test]
    fn only_a_former_address_of_the_own_inspector_is_moved() {
        let [own, other] = [1, 2].map(|seed| AccountId::new(UnixMs(0), &mut Seeded::new(seed)));
        let token = |id: AccountId, key: u8| URL_SAFE_NO_PAD.encode([id.bytes().as_slice(), &[key; 16]].concat());
        let url = format!("http://127.0.0.1:81/inspector/{}", token(own, 1));
        let inspector = Inspector { url: url.clone(), account_id: own };
        for (was, end) in [
            (format!("http://127.0.0.1:80/inspector/{}", token(own, 1)), ""),
            (format!("http://127.0.0.1:80/inspector/{}?from=a", token(own, 1)), "?from=a"),
            (format!("http://127.0.0.1:80/inspector/{}/deep", token(own, 1)), "/deep"),
            (format!("http://[::1]:81/inspector/{}", token(own, 1)), ""),
            (format!("http://127.0.0.1:81/inspector/{}", token(own, 9)), ""),
        ] {
            assert_eq!(inspector.moved(&was), Some(format!("{url}{end}")), "{was}");
        }
        for stays in [
            url.clone(),
            format!("{url}?from=a"),
            format!("http://127.0.0.1:80/inspector/{}", token(other, 1)),
            format!("https://tunnel.example/inspector/{}", token(own, 1)),
            format!("http://127.0.0.1:80/mine/inspector/{}", token(own, 1)),
            "http://127.0.0.1:80/mine".to_owned(),
            "http://127.0.0.1:80/inspector/{{token}}".to_owned(),
        ] {
            assert_eq!(inspector.moved(&stays), None, "{stays}");
        }
    }
}
