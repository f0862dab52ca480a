//! A flow tried out: turns of a contact that does not exist, of which nothing is stored and nothing leaves.
//!
//! The state travels with whoever tries, signed: what comes back is what was given, so it keeps to the engine's limits. What a turn would do becomes [`Step`]s to look at. The clock is the
//! rehearsal's own, so that a pause can be skipped. Other flows are those that are published; bot variables change in the rehearsal only.

use std::{collections::BTreeMap, sync::Arc};

use recado_channels::livechat;
use recado_delivery::{headers::masked_url, payload};
use recado_flow::{
    BotView, Effect, FlowSource, Input, Operation, Plan, RunChange, effect::Refusal, turn, versions_needed,
};
use recado_model::{
    AutomationPause, Contact, ContactId, ContactStatus, DateUnit, Direction, ElementId, Event, FlowId, InboundKind,
    Message, Offer, Part, PayloadProfile, Profile, Run, UnixMs, Value, Variables, VersionId, Wait,
    message::press_payload,
    run::{ApiAnswer, TimerKey},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::registry::LiveBot;
use crate::clock::SystemEntropy;

/// Messages whose buttons can still be pressed.
const OFFERS_MAX: usize = 50;
/// Who the contact is.
const IDENTITY: &str = "rehearsal";

/// Where a rehearsal stands. Whoever tries keeps it between two inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    contact: Contact,
    runs: Vec<Run>,
    /// Bot variables that were changed; `None`: deleted.
    changed: BTreeMap<String, Option<Value>>,
    now: UnixMs,
    /// How many messages were said.
    said: u32,
    offers: Vec<(u32, Offer)>,
    version_id: VersionId,
}

/// What whoever tries does.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Try {
    /// Starts the flow, with a new contact.
    Start,
    /// The contact says something.
    Text {
        /// 1 to 16,384 bytes.
        text: String,
    },
    /// The contact presses a button or quick reply.
    Press {
        /// The number of its message.
        message: u32,
        /// The id of the button in the flow.
        button: String,
    },
    /// What the flow waits for does not come (an input), or is over (a pause), or is answered with an empty 200 (an API request).
    Wait,
}

/// Something that a turn would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// An element of the flow was passed.
    Element {
        /// Which.
        element: ElementId,
        /// How it was left, when it was.
        output: Option<String>,
    },
    /// The bot says something.
    Message {
        /// What.
        part: Part,
        /// Its number, for a press.
        number: u32,
    },
    /// A webhook would be sent.
    Webhook {
        /// The event's title.
        title: String,
        /// Where to.
        url: String,
        /// The body, as JSON.
        body: Json,
    },
    /// An API request would be sent.
    ApiRequest {
        /// Its method.
        method: String,
        /// Its URL.
        url: String,
    },
    /// An event happened that no webhook asks for.
    Event {
        /// Its title.
        title: String,
    },
    /// A line for whoever makes the flow.
    Note {
        /// In words.
        text: String,
    },
}

/// What a flow waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Where.
    pub element: ElementId,
    /// `input`, `pause` or `api`.
    pub what: &'static str,
    /// When the wait ends by itself.
    pub until: Option<UnixMs>,
}

/// Why an input can not be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untried {
    /// Something else than a start came first.
    #[error("start the flow first")]
    NotStarted,
    /// The text is empty or too long.
    #[error("the text must be 1 to 16384 bytes")]
    BadText,
    /// No such button can be pressed any more.
    #[error("there is no such button")]
    NoButton,
    /// Nothing waits.
    #[error("the flow waits for nothing")]
    NothingWaits,
}

/// The bot's flows, with one of them as it is tried.
struct Tried<'a> {
    bot: &'a LiveBot,
    plan: Arc<Plan>,
}

impl FlowSource for Tried<'_> {
    fn published(&self, id: FlowId) -> Option<Arc<Plan>> {
        if id == self.plan.flow_id() { Some(Arc::clone(&self.plan)) } else { self.bot.published(id) }
    }

    fn version(&self, id: VersionId) -> Option<Arc<Plan>> {
        if id == self.plan.version_id() { Some(Arc::clone(&self.plan)) } else { self.bot.version(id) }
    }

    fn is_active(&self, id: FlowId) -> bool {
        id == self.plan.flow_id() || self.bot.is_active(id)
    }

    fn name(&self, id: FlowId) -> Option<&str> {
        self.bot.name(id)
    }
}

impl State {
    /// Before the first input.
    pub fn new(bot: &LiveBot, now: UnixMs) -> Self {
        let rng = &mut SystemEntropy;
        let mut contact = Contact::first_seen(ContactId::new(now, rng), bot.bot.id, IDENTITY.to_owned(), now);
        contact.status = Some(ContactStatus::Active);
        contact.profile =
            Profile { name: "Ada Lovelace".to_owned(), first_name: Some("Ada".to_owned()), ..Profile::default() };
        Self {
            contact,
            runs: Vec::new(),
            changed: BTreeMap::new(),
            now,
            said: 0,
            offers: Vec::new(),
            version_id: VersionId::new(now, rng),
        }
    }

    fn variables(&self, bot: &LiveBot) -> Variables {
        let mut variables = bot.variables.clone();
        for (name, value) in &self.changed {
            match value {
                Some(value) => drop(variables.insert(name.clone(), value.clone())),
                None => drop(variables.remove(name)),
            }
        }
        variables
    }

    /// The version that the tried document stands for.
    pub const fn version_id(&self) -> VersionId {
        self.version_id
    }

    /// The versions of other flows that the next turn may need.
    pub fn versions_needed(&self) -> Vec<VersionId> {
        versions_needed(&self.contact, &self.runs, None)
    }

    /// The contact as it is now.
    pub const fn contact(&self) -> &Contact {
        &self.contact
    }

    /// What the flow waits for: an answer before a pause, and the pause that ends first.
    pub fn waits(&self) -> Option<Waits> {
        let run = self.waiting_run()?;
        let (what, until) = match &run.wait {
            Wait::Input { until, .. } => ("input", Some(*until)),
            Wait::Pause { until, .. } => ("pause", Some(*until)),
            Wait::Api { .. } => ("api", None),
        };
        Some(Waits { element: run.element.clone(), what, until })
    }

    fn waiting_run(&self) -> Option<&Run> {
        self.runs.iter().min_by_key(|run| match &run.wait {
            Wait::Input { .. } | Wait::Api { .. } => (0, UnixMs(0)),
            Wait::Pause { until, .. } => (1, *until),
        })
    }

    /// Takes one input and tells what would happen.
    pub fn take(&mut self, bot: &LiveBot, plan: Arc<Plan>, wanted: &Try, now: UnixMs) -> Result<Vec<Step>, Untried> {
        self.now = self.now.max(now);
        let input = self.input(&plan, wanted)?;
        let flow_id = plan.flow_id();
        let flows = Tried { bot, plan };
        // Nobody waits for further texts here.
        let mut settings = bot.bot.clone();
        (settings.settings.input_gather_s, settings.settings.standard_reply_gather_s) = (0, 0);
        let variables = self.variables(bot);
        let view = BotView {
            bot: &settings,
            account: &bot.account,
            variables: &variables,
            triggers: &bot.triggers,
            flows: &flows,
            limits: bot.limits,
            link_base: None,
            members: &[],
        };
        let pressed = self.pressed(wanted);
        let (contact, runs) = (self.contact.clone(), self.runs.clone());
        let turn = turn(&view, contact, runs, pressed, &input, self.now, &mut SystemEntropy);
        self.contact = turn.contact;
        for change in turn.runs {
            let number = match &change {
                RunChange::Put(run) => run.number,
                RunChange::Ended { number, .. } => *number,
            };
            self.runs.retain(|run| run.number != number);
            if let RunChange::Put(run) = change {
                self.runs.push(run);
            }
        }
        let mut steps = Vec::new();
        for effect in turn.effects {
            self.show(bot, flow_id, effect, &mut steps);
        }
        if let Some(refusal) = turn.refused {
            steps.push(Step::Note { text: words_of(refusal).to_owned() });
        }
        Ok(steps)
    }

    fn input(&mut self, plan: &Plan, wanted: &Try) -> Result<Input, Untried> {
        match wanted {
            Try::Start => Ok(Input::Operation(Operation::RunFlow {
                flow_id: plan.flow_id(),
                data: Json::Object(serde_json::Map::new()),
                force: true,
            })),
            Try::Text { text } => self.inbound(text).map(Input::Inbound).ok_or(Untried::BadText),
            Try::Press { .. } => {
                let (offer, index, output) = self.choice(wanted).ok_or(Untried::NoButton)?;
                let payload = press_payload(offer.message_id, index);
                let kind = if output.starts_with("paid:") {
                    InboundKind::Paid { payload }
                } else {
                    InboundKind::Press { payload, callback_id: None }
                };
                let mut inbound = self.inbound("press").ok_or(Untried::NoButton)?;
                inbound.kind = kind;
                Ok(Input::Inbound(inbound))
            }
            Try::Wait => {
                if let Some(AutomationPause::Until { until, .. }) = self.contact.pause {
                    self.now = self.now.max(until);
                    return Ok(Input::Timer { key: TimerKey::Resume, due: until });
                }
                let run = self.waiting_run().ok_or(Untried::NothingWaits)?;
                let number = run.number;
                match &run.wait {
                    Wait::Input { until, .. } | Wait::Pause { until, .. } => {
                        let due = *until;
                        self.now = self.now.max(due);
                        Ok(Input::Timer { key: TimerKey::Run { number }, due })
                    }
                    Wait::Api { call } => {
                        let answer = ApiAnswer { status: Some(200), body: "{}".to_owned(), error: None };
                        Ok(Input::Api { run: number, call: *call, answer })
                    }
                }
            }
        }
    }

    fn inbound(&mut self, text: &str) -> Option<recado_model::Inbound> {
        self.said += 1;
        let body = json!({"id": format!("try-{}", self.said), "text": text}).to_string();
        livechat::parse(body.as_bytes(), IDENTITY).ok()
    }

    /// The offer, the index and the output of the button that is pressed.
    fn choice(&self, wanted: &Try) -> Option<(&Offer, u16, &str)> {
        let Try::Press { message, button } = wanted else { return None };
        let (_, offer) = self.offers.iter().find(|(number, _)| number == message)?;
        let names = |output: &str| output.split_once(':').is_some_and(|(_, id)| id == button);
        let found = offer.choices.iter().enumerate().find_map(|(index, choice)| {
            choice.output.as_deref().filter(|output| names(output)).map(|output| (index as u16, output))
        });
        found.map(|(index, output)| (offer, index, output))
    }

    fn pressed(&self, wanted: &Try) -> Option<Offer> {
        let (offer, ..) = self.choice(wanted)?;
        Some(offer.clone())
    }

    fn show(&mut self, bot: &LiveBot, flow_id: FlowId, effect: Effect, steps: &mut Vec<Step>) {
        match effect {
            Effect::Count { flow_id: of, element, what } if of == flow_id => passed(steps, element, &what),
            Effect::Message(message) if message.direction == Direction::Out => self.say(*message, steps),
            Effect::Event(event) => {
                let wanting = bot.wanting(event.kind);
                for live in wanting {
                    let webhook_of = &live.webhook;
                    steps.push(webhook(bot, &event, &webhook_of.url, webhook_of.profile, webhook_of.date_unit));
                }
                if wanting.is_empty() {
                    steps.push(Step::Event { title: event.title });
                }
            }
            Effect::FlowWebhook { event, url_template, url, .. } => {
                let live = bot.flow_webhook(&url_template);
                let profile = live.map_or(PayloadProfile::Recado, |live| live.webhook.profile);
                let unit = live.map_or(DateUnit::Milliseconds, |live| live.webhook.date_unit);
                steps.push(webhook(bot, &event, &url, profile, unit));
            }
            Effect::CallApi(call) => steps.push(Step::ApiRequest { method: call.method, url: call.url }),
            Effect::SetBotVariable { name, after, .. } => drop(self.changed.insert(name, after)),
            Effect::Notify { text, .. } => steps.push(Step::Note { text: format!("members are told: {text}") }),
            Effect::Log { text, .. } => steps.push(Step::Note { text }),
            Effect::ToContact { .. } => {
                steps.push(Step::Note { text: "another contact would be written to".to_owned() });
            }
            Effect::Count { .. }
            | Effect::Message(_)
            | Effect::CancelQueuedMessages
            | Effect::SetTimer(_)
            | Effect::ClearTimer(_)
            | Effect::ApiDone { .. }
            | Effect::Passed { .. }
            | Effect::TagAdded(_)
            | Effect::TagRemoved(_)
            | Effect::Link { .. } => {}
        }
    }

    fn say(&mut self, message: Message, steps: &mut Vec<Step>) {
        self.said += 1;
        let number = self.said;
        if let Some(offer) = message.offer {
            self.offers.push((number, offer));
            let over = self.offers.len().saturating_sub(OFFERS_MAX);
            self.offers.drain(..over);
        }
        steps.push(Step::Message { part: message.part, number });
    }
}

/// An element that is entered is a step; its output is told when it is left.
fn passed(steps: &mut Vec<Step>, id: ElementId, what: &str) {
    let Some(output) = what.strip_prefix("out:") else {
        if what == "entered" {
            steps.push(Step::Element { element: id, output: None });
        }
        return;
    };
    let open = steps.iter_mut().rev().find_map(|step| {
        if let Step::Element { element, output: left @ None } = step
            && *element == id
        {
            return Some(left);
        }
        None
    });
    match open {
        Some(left) => *left = Some(output.to_owned()),
        // It was entered in an earlier turn.
        None => steps.push(Step::Element { element: id, output: Some(output.to_owned()) }),
    }
}

fn words_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::AutomationPaused => "automation is paused for the contact",
        Refusal::ContactNotActive => "the contact has unsubscribed",
        Refusal::FlowNotRunning => "the flow is off or not published",
        Refusal::NoSuchRun => "there is no such run",
        Refusal::LimitReached => "a limit of tags, variables or bytes would be passed",
    }
}

fn webhook(bot: &LiveBot, event: &Event, url: &str, profile: PayloadProfile, unit: DateUnit) -> Step {
    let object = payload::event_object(event, &bot.bot, profile, unit);
    let body = serde_json::from_slice(&object).unwrap_or(Json::Null);
    // Tokens stand in query strings.
    Step::Webhook { title: event.title.clone(), url: masked_url(url), body: Json::Array(vec![body]) }
}
