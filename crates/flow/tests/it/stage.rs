//! A contact, a bot and a moment for tests of templates and conditions.

use jiff::tz::TimeZone;
use recado_flow::{condition::ConditionScope, template::Scope};
use recado_model::{AccountId, Bot, BotId, BotSettings, Contact, ContactId, Service, UnixMs, Value, Variables};
use serde_json::{Value as Json, json};

/// Monday, 23 November 2026, 10:31:08 in Madrid.
pub(crate) const NOW: UnixMs = UnixMs(1_795_426_268_000);

/// What [`Scope`] and [`ConditionScope`] borrow from.
pub(crate) struct Stage {
    pub(crate) contact: Contact,
    pub(crate) bot: Bot,
    pub(crate) variables: Variables,
    pub(crate) zone: TimeZone,
    pub(crate) now: UnixMs,
    pub(crate) data: Json,
    pub(crate) response: Json,
    pub(crate) start: Json,
    pub(crate) campaigns: Vec<String>,
}

impl Stage {
    /// Ana from Madrid, who orders two books.
    pub(crate) fn new() -> Self {
        let bot_id = BotId::from_bytes([1; 16]);
        let mut contact = Contact::first_seen(ContactId::from_bytes([2; 16]), bot_id, "42".to_owned(), NOW);
        contact.profile.name.push_str("Ana Díaz");
        contact.profile.first_name = Some("Ana".to_owned());
        contact.profile.country = Some("ES".to_owned());
        contact.last_message.push_str("hi");
        let bot = Bot {
            id: bot_id,
            account_id: AccountId::from_bytes([3; 16]),
            service: Service::Telegram,
            name: "Best bot".to_owned(),
            external_id: "7".to_owned(),
            url: "https://t.me/best_bot".to_owned(),
            photo: None,
            active: true,
            settings: BotSettings::default(),
            created_at: NOW,
        };
        let mut stage = Self {
            contact,
            bot,
            variables: Variables::new(),
            zone: TimeZone::get("Europe/Madrid").unwrap(),
            now: NOW,
            data: json!({"key": {"nested": "from data"}}),
            response: json!({"status": 200}),
            start: json!("spring"),
            campaigns: Vec::new(),
        };
        let order = json!({"items": [{"name": "Don Quijote", "price": 12.5}, {"name": "Niebla"}], "a key": true});
        stage.set("order", Value::Object(order.as_object().unwrap().clone()));
        stage.set("count", Value::Number(2.0));
        stage.set("favourite colour", Value::Text("Green".to_owned()));
        stage.variables.insert("shop".to_owned(), Value::Text("Librería".to_owned()));
        stage
    }

    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.contact.variables.insert(name.to_owned(), value);
    }

    pub(crate) fn set_text(&mut self, name: &str, text: &str) {
        self.set(name, Value::Text(text.to_owned()));
    }

    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope {
            contact: &self.contact,
            bot: &self.bot,
            variables: &self.variables,
            zone: &self.zone,
            now: self.now,
            data: &self.data,
            response: &self.response,
            start: &self.start,
            local: None,
        }
    }

    pub(crate) fn conditions(&self) -> ConditionScope<'_> {
        ConditionScope {
            contact: &self.contact,
            bot: &self.bot,
            variables: &self.variables,
            zone: &self.zone,
            now: self.now,
            data: &self.data,
            response: &self.response,
            start: &self.start,
            campaigns: &self.campaigns,
        }
    }
}
