//! A dialogue between a contact and a bot: `chat.says("hi"); chat.hears("Hello")`.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use recado_flow::{
    BotView, Effect, FlowDocument, FlowSource, Input, MemberLoad, Operation, Plan, Refusal, RunChange, TriggerSet,
    ValidationContext, turn, validate,
};
use recado_model::{
    Account, AccountId, Bot, BotId, BotSettings, ChannelLimits, Contact, ContactId, EventKind, FlowId, Inbound,
    InboundKind, Message, Offer, Part, Profile, Run, RunEnd, Service, Trigger, TriggerId, TriggerKind, UnixMs,
    ValueType, Variables, VersionId, Wait,
    entropy::Seeded,
    inbound::DedupKind,
    limits::RUNS_A_CONTACT_MAX,
    message::{Attachment, Direction, MediaKind, parse_press_payload, press_payload},
    run::{ApiAnswer, ApiCall, Held, Timer, TimerKey},
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

/// All versions, the newest last.
#[derive(Default)]
pub(crate) struct Flows {
    pub(crate) versions: Vec<Arc<Plan>>,
    pub(crate) off: Vec<FlowId>,
}

impl FlowSource for Flows {
    fn published(&self, id: FlowId) -> Option<Arc<Plan>> {
        self.versions.iter().rfind(|plan| plan.flow_id() == id).cloned()
    }
    fn version(&self, id: VersionId) -> Option<Arc<Plan>> {
        self.versions.iter().find(|plan| plan.version_id() == id).cloned()
    }
    fn is_active(&self, id: FlowId) -> bool {
        !self.off.contains(&id)
    }
    fn name(&self, id: FlowId) -> Option<&str> {
        self.versions.iter().find(|plan| plan.flow_id() == id).map(|plan| plan.document().name.as_str())
    }
}

pub(crate) struct Chat {
    pub(crate) bot: Bot,
    pub(crate) account: Account,
    pub(crate) variables: Variables,
    pub(crate) declared: BTreeMap<String, ValueType>,
    pub(crate) members: Vec<MemberLoad>,
    triggers: Vec<Trigger>,
    set: TriggerSet,
    pub(crate) flows: Flows,
    pub(crate) contact: Contact,
    pub(crate) runs: Vec<Run>,
    pub(crate) ended: Vec<RunEnd>,
    timers: Vec<Timer>,
    heard: VecDeque<Message>,
    /// What was offered to press, the newest last.
    pub(crate) offers: Vec<Offer>,
    pub(crate) call: Option<ApiCall>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) refused: Option<Refusal>,
    pub(crate) now: UnixMs,
    pub(crate) rng: Seeded,
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
            variables: Variables::new(),
            declared: BTreeMap::new(),
            members: Vec::new(),
            triggers: Vec::new(),
            set: TriggerSet::default(),
            flows: Flows::default(),
            contact,
            runs: Vec::new(),
            timers: Vec::new(),
            heard: VecDeque::new(),
            ended: Vec::new(),
            offers: Vec::new(),
            call: None,
            effects: Vec::new(),
            refused: None,
            now,
            rng,
        }
    }

    pub(crate) fn flow(&mut self, trigger: TriggerKind, elements: Json, edges: &[(&str, &str, &str)]) -> FlowId {
        let id = FlowId::new(self.now, &mut self.rng);
        self.publish(id, elements, edges);
        self.trigger(id, trigger, |_| {});
        id
    }

    /// A new version of a flow.
    pub(crate) fn publish(&mut self, id: FlowId, elements: Json, edges: &[(&str, &str, &str)]) -> VersionId {
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
            flows: self
                .flows
                .versions
                .iter()
                .map(|plan| (plan.flow_id(), "flow".to_owned()))
                .chain([(id, "own".to_owned())])
                .collect(),
            variables: BTreeMap::new(),
            bot_variables: Vec::new(),
            secrets: vec!["key".to_owned()],
        };
        let version = VersionId::new(self.now, &mut self.rng);
        let validated = validate(&document, id, version, &context);
        self.flows.versions.push(Arc::new(validated.plan.unwrap_or_else(|| panic!("{:#?}", validated.problems))));
        version
    }

    /// A further trigger of a flow.
    pub(crate) fn trigger(&mut self, flow_id: FlowId, kind: TriggerKind, change: impl FnOnce(&mut Trigger)) {
        let mut trigger = Trigger {
            id: TriggerId::new(self.now, &mut self.rng),
            bot_id: self.bot.id,
            flow_id,
            name: "trigger".into(),
            active: true,
            kind,
            hours: None,
            interrupts: false,
            created_at: self.now,
        };
        change(&mut trigger);
        self.triggers.push(trigger);
        self.compile_triggers();
    }

    /// Changes the triggers of a flow.
    pub(crate) fn change_triggers(&mut self, flow_id: FlowId, mut change: impl FnMut(&mut Trigger)) {
        self.triggers.iter_mut().filter(|trigger| trigger.flow_id == flow_id).for_each(&mut change);
        self.compile_triggers();
    }

    fn compile_triggers(&mut self) {
        let (set, problems) = TriggerSet::compile(self.triggers.clone());
        assert!(problems.is_empty(), "{problems:?}");
        self.set = set;
    }

    pub(crate) fn input(&mut self, input: &Input) {
        let view = BotView {
            bot: &self.bot,
            account: &self.account,
            variables: &self.variables,
            triggers: &self.set,
            flows: &self.flows,
            limits: LIMITS,
            link_base: Some("https://bot.test/"),
            members: &self.members,
            declared: &self.declared,
            file_link: &|file| file.file_id.map(|id| format!("https://bot.test/files/{id}?signature=x")),
        };
        let (contact, runs) = (self.contact.clone(), self.runs.clone());
        let (mut rng, mut again) = (self.rng.clone(), self.rng.clone());
        let pressed = self.pressed_offer(input);
        let result = turn(&view, contact.clone(), runs.clone(), pressed.clone(), input, self.now, &mut rng);
        let same = turn(&view, contact, runs, pressed, input, self.now, &mut again);
        assert_eq!(result, same, "a turn is deterministic");
        self.rng = rng;
        self.contact = result.contact;
        for change in result.runs {
            let number = match &change {
                RunChange::Put(run) => run.number,
                RunChange::Ended { number, why } => {
                    self.ended.push(*why);
                    *number
                }
            };
            self.runs.retain(|run| run.number != number);
            if let RunChange::Put(run) = change {
                self.runs.push(run);
            }
        }
        for effect in &result.effects {
            self.take(effect);
        }
        self.effects = result.effects;
        self.refused = result.refused;
        self.check();
    }

    fn take(&mut self, effect: &Effect) {
        if let Effect::SetTimer(timer) = effect {
            self.timers.retain(|known| known.key != timer.key);
            self.timers.push(*timer);
        } else if let Effect::ClearTimer(key) = effect {
            self.timers.retain(|known| known.key != *key);
        } else if let Effect::CallApi(call) = effect {
            self.call = Some(call.clone());
        } else if let Effect::ApiDone { call, .. } = effect {
            self.call = self.call.take().filter(|known| known.call != *call);
        } else if let Effect::Message(message) = effect
            && message.direction == Direction::Out
        {
            self.offers.extend(message.offer.clone());
            self.heard.push_back((**message).clone());
        } else if let Effect::SetBotVariable { name, before, after } = effect {
            assert_eq!(self.variables.get(name), before.as_ref());
            match after {
                Some(value) => self.variables.insert(name.clone(), value.clone()),
                None => self.variables.remove(name),
            };
        }
    }

    /// What holds after every turn.
    fn check(&self) {
        assert!(self.runs.len() <= RUNS_A_CONTACT_MAX);
        assert!(self.runs.iter().filter(|run| run.wait.is_foreground()).count() <= 1, "one run in the foreground");
        let flows: BTreeSet<FlowId> = self.runs.iter().map(|run| run.flow_id).collect();
        assert_eq!(flows.len(), self.runs.len(), "one run of each flow");
        for run in &self.runs {
            let mine: Vec<_> =
                self.timers.iter().filter(|timer| timer.key == TimerKey::Run { number: run.number }).collect();
            let is_held = self.contact.held.iter().any(|held| match held {
                Held::Active { run: number }
                | Held::Api { run: number, .. }
                | Held::Timer { key: TimerKey::Run { number } } => *number == run.number,
                Held::Timer { .. } => false,
            });
            let stands_still = self.contact.pause.is_some() && matches!(run.wait, Wait::Input { .. });
            let waits_for_api = self.call.as_ref().is_some_and(|call| run.wait == Wait::Api { call: call.call });
            assert!(!mine.is_empty() || is_held || stands_still || waits_for_api, "nothing will ever move {run:?}");
        }
        for timer in &self.timers {
            if let TimerKey::Run { number } = timer.key {
                assert!(self.runs.iter().any(|run| run.number == number), "the timer of a run that is over");
            }
        }
    }

    /// The server loads the offer that a press or a payment names, when it is not the contact's last.
    fn pressed_offer(&self, input: &Input) -> Option<Offer> {
        let Input::Inbound(Inbound {
            kind: InboundKind::Press { payload, .. } | InboundKind::Paid { payload }, ..
        }) = input
        else {
            return None;
        };
        let (message_id, _) = parse_press_payload(payload)?;
        self.offers.iter().find(|offer| offer.message_id == message_id).cloned()
    }

    pub(crate) fn inbound(&mut self, kind: InboundKind) -> &mut Self {
        self.inbound_of(kind, Profile::default())
    }

    /// Says something, and the messenger tells of the person.
    pub(crate) fn says_with(&mut self, text: &str, profile: Profile) -> &mut Self {
        let text = text.into();
        let kind = InboundKind::Message { text, attachments: Vec::new(), location: None, phone: None };
        self.inbound_of(kind, profile)
    }

    fn inbound_of(&mut self, kind: InboundKind, profile: Profile) -> &mut Self {
        self.input(&Input::Inbound(Inbound {
            dedup_key: "1".into(),
            dedup_kind: DedupKind::Message,
            identity: "ann".into(),
            profile,
            kind,
            raw: Json::Null.into(),
            message_id: json!(1),
            chat_id: Json::Null,
        }));
        self
    }

    pub(crate) fn says(&mut self, text: &str) -> &mut Self {
        self.inbound(InboundKind::Message { text: text.into(), attachments: Vec::new(), location: None, phone: None })
    }

    pub(crate) fn shares_location(&mut self, latitude: f64, longitude: f64) -> &mut Self {
        let location = Some((latitude, longitude));
        self.inbound(InboundKind::Message { text: String::new(), attachments: Vec::new(), location, phone: None })
    }

    pub(crate) fn sends_photo(&mut self) -> &mut Self {
        let photo = Attachment {
            media: MediaKind::Image,
            external: Some("https://files.test/1".into()),
            file_id: None,
            name: None,
            mime: None,
            bytes: None,
        };
        self.inbound(InboundKind::Message {
            text: String::new(),
            attachments: vec![photo],
            location: None,
            phone: None,
        })
    }

    pub(crate) fn pays(&mut self, label: &str) -> &mut Self {
        let payload = self.payload(label);
        self.inbound(InboundKind::Paid { payload })
    }

    /// Opens the web chat, perhaps by a link.
    pub(crate) fn opens(&mut self, payload: Option<&str>) -> &mut Self {
        self.inbound(InboundKind::Start { payload: payload.map(str::to_owned), said: false })
    }

    pub(crate) fn presses(&mut self, label: &str) -> &mut Self {
        let payload = self.payload(label);
        self.inbound(InboundKind::Press { payload, callback_id: None })
    }

    /// The payload of the newest button of this label.
    pub(crate) fn payload(&self, label: &str) -> String {
        let named = |offer: &Offer| {
            let button = offer.choices.iter().position(|choice| choice.label == label)?;
            Some(press_payload(offer.message_id, button as u16))
        };
        self.offers.iter().rev().find_map(named).expect("no such button")
    }

    /// The answer of the API request under way.
    pub(crate) fn answered(&mut self, status: u16, body: &str) -> &mut Self {
        self.api(ApiAnswer { status: Some(status), body: body.to_owned(), error: None })
    }

    pub(crate) fn api(&mut self, answer: ApiAnswer) -> &mut Self {
        let call = self.call.clone().expect("no API request is under way");
        self.input(&Input::Api { run: call.run, call: call.call, answer });
        self
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

    pub(crate) fn hears_part(&mut self) -> Part {
        self.heard.pop_front().expect("expected a message, heard nothing").part
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

    /// The codes of the lines of the log, errors with `!`.
    pub(crate) fn logged(&self) -> Vec<String> {
        let line = |effect: &Effect| {
            let Effect::Log { error, code, .. } = effect else { return None };
            Some(format!("{}{code}", if *error { "!" } else { "" }))
        };
        self.effects.iter().filter_map(line).collect()
    }

    pub(crate) fn text_of(&self, variable: &str) -> String {
        self.contact.variables.get(variable).map(recado_model::Value::to_text).unwrap_or_default()
    }

    pub(crate) fn events(&self) -> Vec<EventKind> {
        let kind = |effect: &Effect| {
            let (Effect::Event(event) | Effect::FlowWebhook { event, .. }) = effect else { return None };
            Some(event.kind)
        };
        self.effects.iter().filter_map(kind).collect()
    }
}
