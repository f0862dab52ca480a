//! The demo: an account, a bot that books conference places, its flows, triggers and webhooks.
//!
//! It is set up over the same HTTP API that users have, so whatever holds for them holds here. Two rules hold for every start:
//!
//! - Each thing is made once, and is the user's from then on: no later start, nor one of a newer version, changes it, deletes it or makes it again.
//!   What was made is remembered as a setting of the installation. A start that was killed between making a thing and remembering it is gone on
//!   with by the next: what is not remembered is first looked for by its name.
//! - What leads to the inspector where it was before leads to where it is now ([`address`]).

mod address;

use anyhow::Context as _;
use http::{Method, StatusCode};
use recado_model::{Account, AccountId, Plan, TokenId};
use recado_store::{Store, StoreError, catalog::TokenRecord};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use self::address::Inspector;
use crate::{
    auth::new_token,
    cli::client::{Client, problem},
    state::App,
};

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
    token_id: Option<TokenId>,
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
    /// The bot; none when its user deleted it.
    pub bot_id: Option<String>,
    /// The booking flow; none when its user deleted it.
    pub flow_id: Option<String>,
    /// The page to chat with the bot at.
    pub chat_url: Option<String>,
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
    let token = token(app, account_id, &mut made).await?;
    let url = app.settings.local_url.clone();
    let client = Client::new(&url, Some(token.clone()))?;
    let inspector = client.get("/api/v1/inspector").await?;
    let inspector_page = inspector["url"].as_str().context("the server has no inspector")?.to_owned();
    let mut seed = Seed { client, store, made, inspector: Inspector { url: inspector_page.clone(), account_id } };
    let bot_id = seed.bot().await?;
    let bot_id = seed.there("bots", bot_id).await?;
    let flow_id = match &bot_id {
        Some(bot_id) => {
            let flow_id = seed.bot_s_things(bot_id).await?;
            seed.there("flows", flow_id).await?
        }
        None => None,
    };
    seed.follow_the_inspector().await?;
    let chat_url = bot_id.as_ref().map(|bot_id| format!("{url}/chat/{bot_id}"));
    let inspector_url = format!("{url}/api/v1/inspector");
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

/// A new token; that of the start before is revoked, because only its hash is kept.
async fn token(app: &App, account_id: AccountId, made: &mut Made) -> anyhow::Result<String> {
    let now = app.now();
    let id = TokenId::new(now, &mut app.entropy());
    let old = made.token_id.replace(id);
    // Remembered first: one that nobody was told is revoked all the same.
    remember(&*app.store, made).await?;
    if let Some(old) = old {
        match app.store.delete_token(account_id, old).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (token, hash) = new_token(&mut app.entropy());
    app.store.create_token(TokenRecord { id, account_id, name: TOKEN_NAME.to_owned(), hash, created_at: now }).await?;
    Ok(token)
}

struct Seed<'a> {
    client: Client,
    store: &'a dyn Store,
    made: Made,
    inspector: Inspector,
}

fn id_of(made: &Json) -> anyhow::Result<String> {
    Ok(made["id"].as_str().context("the server gave no id")?.to_owned())
}

impl Seed<'_> {
    async fn remember(&self) -> anyhow::Result<()> {
        remember(self.store, &self.made).await
    }

    /// The id, if there still is such a thing, as in `("bots", id)`.
    async fn there(&self, what: &str, id: String) -> anyhow::Result<Option<String>> {
        let path = format!("/api/v1/{what}/{id}");
        match self.client.answer(Method::GET, &path, &[], None).await? {
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, _) if status.is_success() => Ok(Some(id)),
            (status, answer) => anyhow::bail!("{}", problem(status, &answer)),
        }
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

    /// Makes what the bot does not have yet. Returns the booking flow.
    async fn bot_s_things(&mut self, bot_id: &str) -> anyhow::Result<String> {
        let venue_id = self.venue(bot_id).await?;
        let flow_id = self.booking(bot_id, &venue_id).await?;
        let standard_reply_id = self.standard_reply(bot_id).await?;
        self.triggers(bot_id, &flow_id, &standard_reply_id).await?;
        self.global_webhook(bot_id).await?;
        Ok(flow_id)
    }

    async fn venue(&mut self, bot_id: &str) -> anyhow::Result<String> {
        if let Some(id) = &self.made.venue_id {
            return Ok(id.clone());
        }
        let id = self.flow(bot_id, serde_json::from_str(VENUE)?).await?;
        self.made.venue_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    async fn booking(&mut self, bot_id: &str, venue_id: &str) -> anyhow::Result<String> {
        if let Some(id) = &self.made.flow_id {
            return Ok(id.clone());
        }
        let text = BOOKING.replace(VENUE_MARK, venue_id).replace(INSPECTOR_MARK, &self.inspector.url);
        let id = self.flow(bot_id, serde_json::from_str(&text)?).await?;
        self.made.flow_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    async fn standard_reply(&mut self, bot_id: &str) -> anyhow::Result<String> {
        if let Some(id) = &self.made.standard_reply_id {
            return Ok(id.clone());
        }
        let document = json!({
            "version": 1, "name": "Standard reply", "start": "hint",
            "elements": [{"id": "hint", "type": "message", "parts": [{"kind": "text", "text": "Write _book_ to book places at the conference."}]}],
            "edges": [],
        });
        let id = self.flow(bot_id, document).await?;
        self.made.standard_reply_id = Some(id.clone());
        self.remember().await?;
        Ok(id)
    }

    /// Makes and publishes a flow. One that a killed start made is only published, if it is not yet.
    async fn flow(&self, bot_id: &str, document: Json) -> anyhow::Result<String> {
        let name = document["name"].clone();
        let id = match self.find(&format!("/api/v1/flows?bot_id={bot_id}"), "name", &name).await? {
            None => id_of(&self.client.post("/api/v1/flows", &json!({"bot_id": bot_id, "draft": document})).await?)?,
            Some(id) => {
                let flow = self.client.get(&format!("/api/v1/flows/{id}")).await?;
                if !flow["published"].is_null() {
                    return Ok(id);
                }
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
        if self.made.webhook_id.is_some() {
            return Ok(());
        }
        let path = format!("/api/v1/bots/{bot_id}/webhooks");
        let settings = json!({"url": self.inspector.url, "events": EVENTS, "format": "json"});
        let id = match self.find(&path, "kind", &json!("global")).await? {
            Some(id) => id,
            None => id_of(&self.client.post(&path, &settings).await?)?,
        };
        self.made.webhook_id = Some(id);
        self.remember().await
    }
}
