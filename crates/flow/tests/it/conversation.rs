//! A dialogue between a contact and a bot: `chat.says("hi"); chat.hears("Hello")`.

use std::{collections::VecDeque, sync::Arc};

use recado_flow::{
    BotView, Effect, FlowDocument, FlowSource, Input, Operation, Plan, RunChange, TriggerSet, ValidationContext, turn,
    validate,
};
use recado_model::{
    Account, AccountId, Bot, BotId, BotSettings, ChannelLimits, Contact, ContactId, EventKind, FlowId, Inbound,
    InboundKind, Message, Offer, Part, Profile, Run, Service, Trigger, TriggerId, TriggerKind, UnixMs, Variables,
    VersionId,
    entropy::Seeded,
    inbound::DedupKind,
    message::{Direction, press_payload},
    run::Timer,
};
use serde_json::{Value as Json, json};

pub(crate) const LIMITS: ChannelLimits = ChannelLimits {
    text_chars_max: 4096,
    caption_chars_max: 1024,
    buttons_max: 10,
    quick_replies_max: 11,
    label_chars_max: 20,
    shares_phone: true,
    shares_location: true,
    takes_payments: true,
    window_hours: None,
};

struct Flows(Vec<Arc<Plan>>);

impl FlowSource for Flows {
    fn published(&self, id: FlowId) -> Option<Arc<Plan>> {
        self.0.iter().find(|plan| plan.flow_id() == id).cloned()
    }
    fn version(&self, id: VersionId) -> Option<Arc<Plan>> {
        self.0.iter().find(|plan| plan.version_id() == id).cloned()
    }
    fn is_active(&self, _: FlowId) -> bool {
        true
    }
    fn name(&self, id: FlowId) -> Option<&str> {
        self.0.iter().find(|plan| plan.flow_id() == id).map(|plan| plan.document().name.as_str())
    }
}

pub(crate) struct Chat {
    bot: Bot,
    account: Account,
    triggers: Vec<Trigger>,
    set: TriggerSet,
    flows: Flows,
    pub(crate) contact: Contact,
    pub(crate) runs: Vec<Run>,
    timers: Vec<Timer>,
    heard: VecDeque<Message>,
    last_offer: Option<Offer>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) now: UnixMs,
    rng: Seeded,
}

impl Chat {
    pub(crate) fn new() -> Self {
        let (now, mut rng) = (UnixMs(1_700_000_000_000), Seeded::new(1));
        let account = Account {
            id: AccountId::new(now, &mut rng),
            name: "Shop".into(),
            plan: recado_model::Plan::Paid,
            time_zone: "Europe/Madrid".into(),
            created_at: now,
        };
        let bot = Bot {
            id: BotId::new(now, &mut rng),
            account_id: account.id,
            service: Service::Livechat,
            name: "Best".into(),
            external_id: "1".into(),
            url: "https://example.org".into(),
            photo: None,
            active: true,
            settings: BotSettings { standard_reply_gather_s: 0, ..BotSettings::default() },
            created_at: now,
        };
        let contact = Contact::first_seen(ContactId::new(now, &mut rng), bot.id, "ann".into(), now);
        Self {
            bot,
            account,
            triggers: Vec::new(),
            set: TriggerSet::default(),
            flows: Flows(Vec::new()),
            contact,
            runs: Vec::new(),
            timers: Vec::new(),
            heard: VecDeque::new(),
            last_offer: None,
            effects: Vec::new(),
            now,
            rng,
        }
    }

    pub(crate) fn flow(&mut self, trigger: TriggerKind, elements: Json, edges: &[(&str, &str, &str)]) -> FlowId {
        let id = FlowId::new(self.now, &mut self.rng);
        let edges: Vec<_> =
            edges.iter().map(|(from, output, to)| json!({"from": from, "output": output, "to": to})).collect();
        let start = elements[0]["id"].clone();
        let document: FlowDocument = serde_json::from_value(
            json!({"version": 1, "name": "flow", "start": start, "elements": elements, "edges": edges}),
        )
        .unwrap();
        let again: FlowDocument = serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();
        assert_eq!(again, document);
        let context = ValidationContext {
            service: Service::Livechat,
            limits: LIMITS,
            flows: self.flows.0.iter().map(|plan| (plan.flow_id(), "flow".to_owned())).collect(),
            variables: std::collections::BTreeMap::new(),
            bot_variables: Vec::new(),
            secrets: Vec::new(),
        };
        let validated = validate(&document, id, VersionId::new(self.now, &mut self.rng), &context);
        self.flows.0.push(Arc::new(validated.plan.unwrap_or_else(|| panic!("{:#?}", validated.problems))));
        self.triggers.push(Trigger {
            id: TriggerId::new(self.now, &mut self.rng),
            bot_id: self.bot.id,
            flow_id: id,
            name: "trigger".into(),
            active: true,
            kind: trigger,
            hours: None,
            interrupts: false,
            created_at: self.now,
        });
        let (set, problems) = TriggerSet::compile(self.triggers.clone());
        assert!(problems.is_empty(), "{problems:?}");
        self.set = set;
        id
    }

    pub(crate) fn input(&mut self, input: &Input) {
        let variables = Variables::new();
        let view = BotView {
            bot: &self.bot,
            account: &self.account,
            variables: &variables,
            triggers: &self.set,
            flows: &self.flows,
            limits: LIMITS,
            link_base: None,
            members: &[],
        };
        let (contact, runs) = (self.contact.clone(), self.runs.clone());
        let (mut rng, mut again) = (self.rng.clone(), self.rng.clone());
        let result = turn(&view, contact.clone(), runs.clone(), self.last_offer.clone(), input, self.now, &mut rng);
        assert_eq!(
            result,
            turn(&view, contact, runs, self.last_offer.clone(), input, self.now, &mut again),
            "a turn is deterministic"
        );
        self.rng = rng;
        self.contact = result.contact;
        for change in result.runs {
            let number = match &change {
                RunChange::Put(run) => run.number,
                RunChange::Ended { number, .. } => *number,
            };
            self.runs.retain(|run| run.number != number);
            if let RunChange::Put(run) = change {
                self.runs.push(run);
            }
        }
        for effect in &result.effects {
            match effect {
                Effect::SetTimer(timer) => {
                    self.timers.retain(|known| known.key != timer.key);
                    self.timers.push(*timer);
                }
                Effect::ClearTimer(key) => self.timers.retain(|known| known.key != *key),
                Effect::Message(message) if message.direction == Direction::Out => {
                    self.last_offer = message.offer.clone().or_else(|| self.last_offer.take());
                    self.heard.push_back((**message).clone());
                }
                _ => {}
            }
        }
        self.effects = result.effects;
    }

    fn inbound(&mut self, kind: InboundKind) -> &mut Self {
        self.input(&Input::Inbound(Inbound {
            dedup_key: "1".into(),
            dedup_kind: DedupKind::Message,
            identity: "ann".into(),
            profile: Profile::default(),
            kind,
            raw: Json::Null,
            message_id: json!(1),
            chat_id: Json::Null,
        }));
        self
    }

    pub(crate) fn says(&mut self, text: &str) -> &mut Self {
        self.inbound(InboundKind::Message { text: text.into(), attachments: Vec::new(), location: None, phone: None })
    }

    pub(crate) fn presses(&mut self, label: &str) -> &mut Self {
        let offer = self.last_offer.clone().expect("nothing to press");
        let button = offer.choices.iter().position(|choice| choice.label == label).expect("no such button");
        self.inbound(InboundKind::Press { payload: press_payload(offer.message_id, button as u16), callback_id: None })
    }

    pub(crate) fn does(&mut self, operation: Operation) -> &mut Self {
        self.input(&Input::Operation(operation));
        self
    }

    pub(crate) fn hears(&mut self, text: &str) -> &mut Self {
        let message = self.heard.pop_front().unwrap_or_else(|| panic!("expected `{text}`, heard nothing"));
        let Part::Text { text: said, .. } = &message.part else {
            panic!("expected `{text}`, heard {:?}", message.part)
        };
        assert_eq!(said.to_plain(), text);
        self
    }

    pub(crate) fn hears_nothing(&mut self) -> &mut Self {
        assert_eq!(self.heard.pop_front().map(|message| message.part), None);
        self
    }

    /// Time passes; timers fall due on their way.
    pub(crate) fn later(&mut self, ms: i64) -> &mut Self {
        let end = self.now + ms;
        while let Some(timer) =
            self.timers.iter().copied().filter(|timer| timer.due <= end).min_by_key(|timer| timer.due)
        {
            self.now = timer.due.max(self.now);
            self.input(&Input::Timer { key: timer.key, due: timer.due });
        }
        self.now = end;
        self
    }

    pub(crate) fn events(&self) -> Vec<EventKind> {
        let kind = |effect: &Effect| match effect {
            Effect::Event(event) | Effect::FlowWebhook { event, .. } => Some(event.kind),
            _ => None,
        };
        self.effects.iter().filter_map(kind).collect()
    }
}
