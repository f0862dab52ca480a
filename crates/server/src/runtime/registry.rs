//! The bots as turns need them, kept in memory.
//!
//! A [`LiveBot`] is one consistent picture of a bot: settings, plans of its published flows, triggers, webhooks, bot variables. It is read
//! from the store in one snapshot, shared by all turns, and replaced as a whole after each change. A turn that worked with an old picture and
//! changed a bot variable is refused by the store and runs again with the new one.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use parking_lot::{Mutex, RwLock};
use recado_delivery::{headers::FixedHeaders, retry::Schedule, signature::Signer};
use recado_flow::{
    FlowSource, MemberLoad, Plan, TriggerSet, ValidationContext, document::FlowDocument, plan_published,
};
use recado_model::{
    Account, Bot, BotId, ConnectionLost, EventKind, FlowId, Service, Variables, VersionId, Webhook, WebhookId,
    WebhookKind, limits::ChannelLimits, webhook::WebhookSecrets,
};
use recado_store::{
    Store, StoreError,
    catalog::{BotBundle, StoredWebhook, VersionRecord},
    turns::BotVariableChange,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::seal::{Purpose, Sealer};

/// Plans of older versions that one bot keeps in memory.
const OLD_PLANS_MAX: usize = 64;

/// What is sealed beside a bot.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct BotSecrets {
    /// The channel's credentials, by name (`token`, `webhook_secret`, `chat_key`).
    #[serde(default)]
    pub channel: BTreeMap<String, String>,
    /// Named secrets for API requests of flows.
    #[serde(default)]
    pub named: BTreeMap<String, String>,
}

impl std::fmt::Debug for BotSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BotSecrets").field("named", &self.named.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// A webhook with its secrets opened.
#[derive(Debug)]
pub struct LiveWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// Its secrets.
    pub secrets: WebhookSecrets,
    /// Whether its secrets could be opened. One whose key is lost sends nothing: unsigned, its receiver would refuse what it gets, and that would be the end of it.
    pub is_readable: bool,
    /// Its keys, made ready.
    pub signer: Signer,
    /// The headers that all its attempts share.
    pub headers: FixedHeaders,
    /// Its delays.
    pub schedule: Schedule,
}

/// A flow as turns know it.
#[derive(Debug, Clone)]
struct LiveFlow {
    name: String,
    active: bool,
    plan: Option<Arc<Plan>>,
}

/// One consistent picture of a bot.
pub struct LiveBot {
    /// Its bot variables: turns change them, so they can be replaced without the rest.
    pub variables: Variables,
    setup: Arc<Setup>,
}

impl std::ops::Deref for LiveBot {
    type Target = Setup;

    fn deref(&self) -> &Setup {
        &self.setup
    }
}

/// What people set up of a bot.
pub struct Setup {
    /// Its account.
    pub account: Account,
    /// The bot.
    pub bot: Bot,
    /// Its secrets.
    pub secrets: BotSecrets,
    /// The same, as they are stored.
    pub sealed: Vec<u8>,
    /// Set while the messenger does not take the credentials.
    pub lost: Option<ConnectionLost>,
    /// Whether one of its published flows asks a person to share something.
    pub asks_to_share: bool,
    /// The members of its account, the oldest first; their chats are not counted here.
    pub members: Vec<MemberLoad>,
    /// Its triggers.
    pub triggers: TriggerSet,
    /// Its webhooks.
    pub webhooks: Vec<Arc<LiveWebhook>>,
    by_webhook: HashMap<WebhookId, Arc<LiveWebhook>>,
    by_event: HashMap<EventKind, Vec<Arc<LiveWebhook>>>,
    by_flow_url: HashMap<String, Arc<LiveWebhook>>,
    /// The last change of names that it knows.
    pub names: i64,
    /// The numbers of its channel.
    pub limits: ChannelLimits,
    flows: HashMap<FlowId, LiveFlow>,
    versions: HashMap<VersionId, Arc<Plan>>,
    old: RwLock<HashMap<VersionId, Arc<Plan>>>,
    context: ValidationContext,
}

impl Setup {
    /// The flow webhook of a URL as the document has it.
    pub fn flow_webhook(&self, url_template: &str) -> Option<&Arc<LiveWebhook>> {
        self.by_flow_url.get(url_template)
    }

    /// The global webhooks that want an event.
    pub fn wanting(&self, kind: EventKind) -> &[Arc<LiveWebhook>] {
        self.by_event.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// A webhook by id.
    pub fn webhook(&self, id: WebhookId) -> Option<&Arc<LiveWebhook>> {
        self.by_webhook.get(&id)
    }

    /// Whether it can send: it is on, and a messenger's bot needs credentials that are taken.
    pub fn can_send(&self) -> bool {
        let is_connected = self.lost.is_none() && self.secrets.channel.contains_key("token");
        self.bot.active && (self.bot.service == Service::Livechat || is_connected)
    }

    /// What a document is validated against.
    pub fn validation_context(&self) -> &ValidationContext {
        &self.context
    }

    fn remember(&self, version: &VersionRecord) {
        if let Some(plan) = plan_of(version, &self.context) {
            let mut old = self.old.write();
            if old.len() >= OLD_PLANS_MAX {
                old.clear();
            }
            old.insert(version.id, plan);
        }
    }
}

impl FlowSource for LiveBot {
    fn published(&self, id: FlowId) -> Option<Arc<Plan>> {
        self.flows.get(&id)?.plan.clone()
    }

    fn version(&self, id: VersionId) -> Option<Arc<Plan>> {
        self.versions.get(&id).cloned().or_else(|| self.old.read().get(&id).cloned())
    }

    fn is_active(&self, id: FlowId) -> bool {
        self.flows.get(&id).is_some_and(|flow| flow.active)
    }

    fn name(&self, id: FlowId) -> Option<&str> {
        self.flows.get(&id).map(|flow| flow.name.as_str())
    }
}

/// Whether a field `share` stands anywhere in a document.
fn asks_to_share(document: &Json) -> bool {
    match document {
        Json::Object(fields) => {
            fields.iter().any(|(name, value)| (name == "share" && !value.is_null()) || asks_to_share(value))
        }
        Json::Array(items) => items.iter().any(asks_to_share),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

fn plan_of(version: &VersionRecord, context: &ValidationContext) -> Option<Arc<Plan>> {
    let document: FlowDocument = match serde_json::from_value(version.document.clone()) {
        Ok(document) => document,
        Err(error) => {
            tracing::error!(version = %version.id, %error, "a published flow document can not be read");
            return None;
        }
    };
    let validated = plan_published(&document, version.flow_id, version.id, context);
    if validated.plan.is_none() {
        tracing::error!(version = %version.id, problems = validated.problems.len(), "a published flow has problems now and does not run");
    }
    validated.plan.map(Arc::new)
}

/// The channel's numbers.
pub fn limits_of(service: Service) -> ChannelLimits {
    recado_channels::Channel::of(service).map_or(recado_channels::livechat::LIMITS, recado_channels::Channel::limits)
}

/// All bots that were asked for.
pub struct Registry {
    store: Arc<dyn Store>,
    keys: Arc<Sealer>,
    bots: RwLock<HashMap<BotId, Arc<LiveBot>>>,
    /// Counts the reloads of each bot: a picture that was read before a newer one is not put over it.
    reloads: Mutex<HashMap<BotId, u64>>,
    /// Bots that were read anew since the delivery loop last asked.
    changed: Mutex<HashSet<BotId>>,
}

impl Registry {
    /// An empty registry.
    pub fn new(store: Arc<dyn Store>, keys: Arc<Sealer>) -> Self {
        Self { store, keys, bots: RwLock::default(), reloads: Mutex::default(), changed: Mutex::default() }
    }

    /// The bot, read at first use. `None` when it does not exist.
    pub async fn get(&self, id: BotId) -> Result<Option<Arc<LiveBot>>, StoreError> {
        let known = self.bots.read().get(&id).cloned();
        match known {
            Some(bot) => Ok(Some(bot)),
            None => self.reload(id).await,
        }
    }

    /// The bot if it is in memory.
    pub fn peek(&self, id: BotId) -> Option<Arc<LiveBot>> {
        self.bots.read().get(&id).cloned()
    }

    /// Reads the bot anew, after a change. Returns it, or `None` when it is gone. When the store can not be read now the old picture is forgotten, so
    /// that nobody goes on with what is not true any more: whoever needs the bot next reads it.
    pub async fn reload(&self, id: BotId) -> Result<Option<Arc<LiveBot>>, StoreError> {
        let turn = {
            let mut reloads = self.reloads.lock();
            let count = reloads.entry(id).or_insert(0);
            *count += 1;
            *count
        };
        let found = self.store.load_bot(id).await;
        let Some(bundle) = found.inspect_err(|_| self.forget(id))? else {
            self.forget(id);
            return Ok(None);
        };
        let live = Arc::new(self.bring_to_life(bundle));
        let mut bots = self.bots.write();
        if self.reloads.lock().get(&id).is_none_or(|newest| *newest == turn) {
            bots.insert(id, Arc::clone(&live));
        }
        drop(bots);
        self.mark_changed(id);
        Ok(Some(live))
    }

    fn forget(&self, id: BotId) {
        self.bots.write().remove(&id);
        self.mark_changed(id);
    }

    /// Whether the bot is there and off: what it would do waits.
    pub async fn is_off(&self, id: BotId) -> Result<bool, StoreError> {
        Ok(self.get(id).await?.is_some_and(|live| !live.bot.active))
    }

    /// Names the bot among those that changed, as if it had just been read anew.
    pub fn mark_changed(&self, id: BotId) {
        self.changed.lock().insert(id);
    }

    /// Brings the bot variables up to date, after a turn was refused because another had changed them.
    pub async fn refresh_variables(&self, id: BotId) -> Result<(), StoreError> {
        let variables = self.store.bot_variables(id).await?;
        self.put_variables(id, |_| variables);
        Ok(())
    }

    /// What a turn changed, after its commit. A value that another turn changed meanwhile is left: the next turn that wants to change it is refused
    /// by the store, and brings it up to date.
    pub async fn changed_variables(&self, id: BotId, changes: &[BotVariableChange]) -> Result<(), StoreError> {
        let Some(bot) = self.peek(id) else { return Ok(()) };
        let names = &bot.context.bot_variables;
        if changes.iter().any(|change| change.after.is_some() != names.contains(&change.name)) {
            // Flows are validated against the names.
            return self.reload(id).await.map(drop);
        }
        self.put_variables(id, |variables| {
            let mut variables = variables.clone();
            for change in changes
                .iter()
                .filter(|change| variables.get(&change.name) == change.before.as_ref())
                .collect::<Vec<_>>()
            {
                match &change.after {
                    Some(value) => drop(variables.insert(change.name.clone(), value.clone())),
                    None => drop(variables.remove(&change.name)),
                }
            }
            variables
        });
        Ok(())
    }

    fn put_variables(&self, id: BotId, change: impl FnOnce(&Variables) -> Variables) {
        let mut bots = self.bots.write();
        if let Some(bot) = bots.get_mut(&id) {
            *bot = Arc::new(LiveBot { variables: change(&bot.variables), setup: Arc::clone(&bot.setup) });
        }
    }

    /// The bots that were read anew since this was last asked.
    pub fn take_changed(&self) -> HashSet<BotId> {
        std::mem::take(&mut *self.changed.lock())
    }

    /// Makes sure that these versions can be found in the bot.
    pub async fn ensure_versions(&self, bot: &LiveBot, wanted: &[VersionId]) -> Result<(), StoreError> {
        for id in wanted {
            if bot.version(*id).is_none()
                && let Some(version) = self.store.version(*id).await?
            {
                bot.remember(&version);
            }
        }
        Ok(())
    }

    fn bring_to_life(&self, bundle: BotBundle) -> LiveBot {
        let bot_id = bundle.bot.bot.id;
        let secrets: BotSecrets = self.open(Purpose::Bot, &bundle.bot.sealed, bot_id).unwrap_or_default();
        let limits = limits_of(bundle.bot.bot.service);
        let context = ValidationContext {
            service: bundle.bot.bot.service,
            limits,
            flows: bundle.flows.iter().map(|flow| (flow.id, flow.name.clone())).collect(),
            variables: bundle.declared.iter().map(|variable| (variable.name.clone(), variable.kind)).collect(),
            bot_variables: bundle.variables.keys().cloned().collect(),
            secrets: secrets.named.keys().cloned().collect(),
        };
        let versions: HashMap<VersionId, Arc<Plan>> =
            bundle.versions.iter().filter_map(|version| Some((version.id, plan_of(version, &context)?))).collect();
        let flows = bundle
            .flows
            .into_iter()
            .map(|flow| {
                let plan = flow.published.and_then(|version| versions.get(&version).cloned());
                (flow.id, LiveFlow { name: flow.name, active: flow.active, plan })
            })
            .collect();
        let (triggers, problems) = TriggerSet::compile(bundle.triggers);
        for problem in problems {
            tracing::warn!(bot = %bot_id, trigger = %problem.trigger_id, field = problem.field, problem = %problem.what, "a trigger can not be used");
        }
        let webhooks: Vec<_> = bundle.webhooks.into_iter().map(|stored| Arc::new(self.open_webhook(stored))).collect();
        let by_webhook = webhooks.iter().map(|live| (live.webhook.id, Arc::clone(live))).collect();
        let mut by_event: HashMap<EventKind, Vec<Arc<LiveWebhook>>> = HashMap::new();
        let mut by_flow_url = HashMap::new();
        for live in &webhooks {
            match live.webhook.kind {
                WebhookKind::Flow => drop(by_flow_url.insert(live.webhook.url.clone(), Arc::clone(live))),
                WebhookKind::Global => {
                    for kind in &live.webhook.events {
                        by_event.entry(*kind).or_default().push(Arc::clone(live));
                    }
                }
            }
        }
        let setup = Setup {
            asks_to_share: bundle.versions.iter().any(|version| asks_to_share(&version.document)),
            members: bundle.members.into_iter().map(|id| MemberLoad { id, open_chats: 0 }).collect(),
            account: bundle.account,
            bot: bundle.bot.bot,
            secrets,
            sealed: bundle.bot.sealed,
            lost: bundle.bot.lost,
            triggers,
            webhooks,
            by_webhook,
            by_event,
            by_flow_url,
            names: bundle.names,
            limits,
            flows,
            versions,
            old: RwLock::default(),
            context,
        };
        LiveBot { variables: bundle.variables, setup: Arc::new(setup) }
    }

    /// A stored webhook with its secrets opened.
    pub fn open_webhook(&self, stored: StoredWebhook) -> LiveWebhook {
        let opened: Option<WebhookSecrets> = self.open(Purpose::Webhook, &stored.sealed, stored.webhook.bot_id);
        let (is_readable, secrets) = (opened.is_some(), opened.unwrap_or_default());
        let WebhookSecrets { keys, headers, auth } = &secrets;
        LiveWebhook {
            signer: Signer::new(keys),
            headers: FixedHeaders::new(env!("CARGO_PKG_VERSION"), stored.webhook.format, headers, auth.as_ref()),
            schedule: Schedule::of(stored.webhook.schedule_ms.as_deref()),
            webhook: stored.webhook,
            secrets,
            is_readable,
        }
    }

    /// `None` when they can not be opened.
    fn open<T: Default + for<'de> Deserialize<'de>>(
        &self,
        purpose: Purpose,
        sealed: &[u8],
        bot_id: BotId,
    ) -> Option<T> {
        if sealed.is_empty() {
            return Some(T::default());
        }
        let opened = self.keys.open(purpose, sealed).map_err(|error| error.to_string());
        match opened.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())) {
            Ok(secrets) => Some(secrets),
            Err(error) => {
                tracing::error!(bot = %bot_id, error, "stored secrets can not be opened: is the key file the one they were sealed with?");
                None
            }
        }
    }
}
