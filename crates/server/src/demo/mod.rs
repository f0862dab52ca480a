//! The demo: an account, a bot that books conference places, its flows, triggers and webhooks.
//!
//! It is set up over the same HTTP API that users have, so whatever holds for them holds here. What was made is remembered as a setting of the
//! installation; a second start on the same data finds it and only moves the webhooks to where the inspector now is. A start that was killed
//! between making a thing and remembering it is gone on with by the next: what is not remembered is first looked for by its name.

use anyhow::Context as _;
use http::Method;
use recado_model::{Account, AccountId, Plan, TokenId};
use recado_store::{Store, catalog::TokenRecord};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::{auth::new_token, cli::client::Client, state::App};

/// The flow of the booking.
pub const BOOKING: &str = include_str!("booking.json");
/// The flow that the booking calls.
pub const VENUE: &str = include_str!("venue.json");

const SETTING: &str = "demo";
const TOKEN_NAME: &str = "demo";
const BOT_NAME: &str = "Conference";
const INSPECTOR_MARK: &str = "INSPECTOR_URL";
const VENUE_MARK: &str = "VENUE_FLOW_ID";

/// The events of the demo's global webhook: all of them.
const EVENTS: [&str; 9] = [
    "new_subscriber",
    "incoming_message",
    "outgoing_message",
    "open_chat",
    "run_custom_flow",
    "link_click",
    "unsubscribe",
    "bot_block",
    "failed_delivery",
];

/// What was made, as the installation remembers it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Made {
    account_id: Option<AccountId>,
    bot_id: Option<String>,
    venue_id: Option<String>,
    flow_id: Option<String>,
    webhook_id: Option<String>,
    standard_reply_id: Option<String>,
    triggers: Vec<String>,
}

/// The ready demo.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Where the server is.
    pub url: String,
    /// A token with full access to the demo's account.
    pub api_token: String,
    /// The bot.
    pub bot_id: String,
    /// The booking flow.
    pub flow_id: String,
    /// The page to chat at.
    pub chat_url: String,
    /// Where what arrived can be read by a program, with the token.
    pub inspector_url: String,
    /// The same as a page for people.
    #[serde(skip)]
    pub inspector_page: String,
}

/// Sets the demo up in a running server, or finds it there.
pub async fn set_up(app: &App) -> anyhow::Result<Ready> {
    let store = &*app.store;
    let mut made: Made = match store.setting(SETTING).await? {
        Some(bytes) => serde_json::from_slice(&bytes).context("the demo's setting can not be read")?,
        None => Made::default(),
    };
    let account_id = account(app, &mut made).await?;
    let token = token(app, account_id).await?;
    let url = app.settings.local_url.clone();
    let client = Client::new(&url, Some(token.clone()))?;
    let inspector = client.get("/api/v1/inspector").await?;
    let inspector_url = inspector["url"].as_str().context("the server has no inspector")?.to_owned();
    let mut seed = Seed { client, store, made, inspector_url };
    let bot_id = seed.bot().await?;
    let venue_id = seed.venue(&bot_id).await?;
    let flow_id = seed.booking(&bot_id, &venue_id).await?;
    let standard_reply_id = seed.standard_reply(&bot_id).await?;
    seed.triggers(&bot_id, &flow_id, &standard_reply_id).await?;
    seed.global_webhook(&bot_id).await?;
    let inspector_page = seed.inspector_url;
    let inspector_url = format!("{url}/api/v1/inspector");
    let chat_url = format!("{url}/chat/{bot_id}");
    Ok(Ready { chat_url, url, api_token: token, bot_id, flow_id, inspector_url, inspector_page })
}

async fn remember(store: &dyn Store, made: &Made) -> anyhow::Result<()> {
    Ok(store.set_setting(SETTING, serde_json::to_vec(made)?).await?)
}

/// The account can only be made beside the API: the first token can come from nowhere else.
async fn account(app: &App, made: &mut Made) -> anyhow::Result<AccountId> {
    let now = app.now();
    let id = match made.account_id {
        Some(id) => id,
        None => AccountId::new(now, &mut app.entropy()),
    };
    if app.store.accounts().await?.iter().any(|account| account.id == id) {
        return Ok(id);
    }
    // Remembered first: an account has no name of its own to be found by.
    made.account_id = Some(id);
    remember(&*app.store, made).await?;
    let account =
        Account { id, name: "Demo".to_owned(), plan: Plan::Paid, time_zone: "UTC".to_owned(), created_at: now };
    app.store.create_account(account).await?;
    Ok(id)
}

/// A new token; those of earlier starts are revoked, because only their hashes are kept.
async fn token(app: &App, account_id: AccountId) -> anyhow::Result<String> {
    for old in app.store.tokens(account_id).await?.into_iter().filter(|token| token.name == TOKEN_NAME) {
        app.store.delete_token(account_id, old.id).await?;
    }
    let now = app.now();
    let (token, hash) = new_token(&mut app.entropy());
    let id = TokenId::new(now, &mut app.entropy());
    app.store.create_token(TokenRecord { id, account_id, name: TOKEN_NAME.to_owned(), hash, created_at: now }).await?;
    Ok(token)
}

struct Seed<'a> {
    client: Client,
    store: &'a dyn Store,
    made: Made,
    inspector_url: String,
}

fn id_of(made: &Json) -> anyhow::Result<String> {
    Ok(made["id"].as_str().context("the server gave no id")?.to_owned())
}

impl Seed<'_> {
    async fn remember(&self) -> anyhow::Result<()> {
        remember(self.store, &self.made).await
    }

    /// The id of a listed thing, as in `("/api/v1/bots", "name", "Conference")`.
    async fn find(&self, list: &str, field: &str, value: &Json) -> anyhow::Result<Option<String>> {
        let listed = self.client.get(list).await?;
        listed["items"].as_array().into_iter().flatten().find(|item| item[field] == *value).map(id_of).transpose()
    }

    async fn bot(&mut self) -> anyhow::Result<String> {
        if let Some(id) = &self.made.bot_id {
            return Ok(id.clone());
        }
        let wanted = json!({
            "service": "livechat",
            "name": BOT_NAME,
            "settings": {"standard_reply_opens_chat": false, "standard_reply_gather_s": 0, "standard_reply_every_min": 0},
        });
        let id = match self.find("/api/v1/bots", "name", &wanted["name"]).await? {
            Some(id) => id,
            None => id_of(&self.client.post("/api/v1/bots", &wanted).await?)?,
        };
        self.made.bot_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    async fn venue(&mut self, bot_id: &str) -> anyhow::Result<String> {
        let document = serde_json::from_str(VENUE)?;
        let id = self.flow(bot_id, self.made.venue_id.clone(), document).await?;
        self.made.venue_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    async fn booking(&mut self, bot_id: &str, venue_id: &str) -> anyhow::Result<String> {
        let text = BOOKING.replace(VENUE_MARK, venue_id).replace(INSPECTOR_MARK, &self.inspector_url);
        let id = self.flow(bot_id, self.made.flow_id.clone(), serde_json::from_str(&text)?).await?;
        self.made.flow_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    async fn standard_reply(&mut self, bot_id: &str) -> anyhow::Result<String> {
        let document = json!({
            "version": 1, "name": "Standard reply", "start": "hint",
            "elements": [{"id": "hint", "type": "message", "parts": [{"kind": "text", "text": "Write _book_ to book places at the conference."}]}],
            "edges": [],
        });
        let id = self.flow(bot_id, self.made.standard_reply_id.clone(), document).await?;
        self.made.standard_reply_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    /// Makes and publishes a flow, or brings a known one up to the document.
    async fn flow(&self, bot_id: &str, known: Option<String>, document: Json) -> anyhow::Result<String> {
        let name = document["name"].clone();
        let known = match known {
            Some(id) => Some(id),
            None => self.find(&format!("/api/v1/flows?bot_id={bot_id}"), "name", &name).await?,
        };
        let id = match known {
            None => id_of(&self.client.post("/api/v1/flows", &json!({"bot_id": bot_id, "draft": document})).await?)?,
            Some(id) => {
                let path = format!("/api/v1/flows/{id}");
                let flow = self.client.get(&path).await?;
                // The server writes a document in its own words (defaults left out), so the comparison is on what it reads.
                let read = |json: &Json| serde_json::from_value::<recado_flow::document::FlowDocument>(json.clone());
                if read(&flow["draft"])? == read(&document)?
                    && !flow["published"].is_null()
                    && flow["has_changes"] == false
                {
                    return Ok(id);
                }
                let etag = format!("\"{}\"", flow["draft_revision"]);
                self.client
                    .json(Method::PUT, &format!("{path}/draft"), &[("If-Match", &etag)], Some(&document))
                    .await?;
                id
            }
        };
        let published = self.client.post(&format!("/api/v1/flows/{id}/publish"), &json!({})).await;
        published.with_context(|| format!("the demo's flow {name} can not be published"))?;
        Ok(id)
    }

    async fn triggers(&mut self, bot_id: &str, flow_id: &str, standard_reply_id: &str) -> anyhow::Result<()> {
        let wanted = [
            json!({"name": "Welcome", "flow_id": flow_id, "kind": {"type": "subscription"}}),
            json!({"name": "Book", "flow_id": flow_id, "kind": {"type": "keyword", "match": "contains", "keywords": ["book", "booking", "reserve"]}}),
            json!({"name": "Anything else", "flow_id": standard_reply_id, "kind": {"type": "standard_reply"}}),
        ];
        let path = format!("/api/v1/bots/{bot_id}/triggers");
        for trigger in wanted.into_iter().skip(self.made.triggers.len()) {
            let id = match self.find(&path, "name", &trigger["name"]).await? {
                Some(id) => id,
                None => id_of(&self.client.post(&path, &trigger).await?)?,
            };
            self.made.triggers.push(id);
            self.remember().await?;
        }
        Ok(())
    }

    async fn global_webhook(&mut self, bot_id: &str) -> anyhow::Result<()> {
        let settings = json!({"url": self.inspector_url, "events": EVENTS, "format": "json"});
        if let Some(id) = &self.made.webhook_id {
            let change = json!({"url": self.inspector_url});
            self.client.json(Method::PATCH, &format!("/api/v1/webhooks/{id}"), &[], Some(&change)).await?;
        } else {
            let path = format!("/api/v1/bots/{bot_id}/webhooks");
            let id = match self.find(&path, "kind", &json!("global")).await? {
                Some(id) => id,
                None => id_of(&self.client.post(&path, &settings).await?)?,
            };
            self.client.json(Method::PATCH, &format!("/api/v1/webhooks/{id}"), &[], Some(&settings)).await?;
            self.made.webhook_id = Some(id);
            self.remember().await?;
        }
        self.retire_flow_webhooks(bot_id).await
    }

    /// A start on another port made a flow webhook for the old address: nobody listens there any more.
    async fn retire_flow_webhooks(&self, bot_id: &str) -> anyhow::Result<()> {
        let listed = self.client.get(&format!("/api/v1/bots/{bot_id}/webhooks")).await?;
        for webhook in listed["items"].as_array().into_iter().flatten() {
            let elsewhere = webhook["url"].as_str().is_none_or(|url| !url.starts_with(&self.inspector_url));
            if webhook["kind"] == "flow" && elsewhere {
                self.client.json(Method::DELETE, &format!("/api/v1/webhooks/{}", id_of(webhook)?), &[], None).await?;
            } else if webhook["kind"] == "flow" && webhook["format"] != "json" {
                let change = json!({"format": "json"});
                self.client
                    .json(Method::PATCH, &format!("/api/v1/webhooks/{}", id_of(webhook)?), &[], Some(&change))
                    .await?;
            }
        }
        Ok(())
    }
}
