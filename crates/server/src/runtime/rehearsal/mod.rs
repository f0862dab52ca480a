//! A flow tried out: turns of a contact that does not exist, of which nothing is stored and nothing leaves.
//!
//! The state travels with whoever tries, signed: what comes back is what was given, so it keeps to the engine's limits. What a turn would do becomes [`Step`]s to look at. The clock is the
//! rehearsal's own, so that a pause can be skipped. Other flows are those that are published; bot variables change in the rehearsal only.

mod steps;

use std::{collections::BTreeMap, sync::Arc};

use recado_channels::livechat;
use recado_delivery::{headers::masked_url, payload};
use recado_flow::{
    BotView, Effect, FlowSource, Input, Operation, Plan, RunChange, effect::Refusal, turn, versions_needed,
};
use recado_model::{
    AutomationPause, Contact, ContactId, ContactStatus, DateUnit, Direction, Event, FlowId, InboundKind, Message,
    Offer, PayloadProfile, Profile, Run, UnixMs, Value, Variables, VersionId, Wait,
    limits::API_ANSWER_BYTES_MAX,
    message::press_payload,
    run::{ApiAnswer, ApiCall, TimerKey},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use self::steps::passed;
pub use self::steps::{AskedRequest, CameAnswer, Step, Try, Untried, Waits};
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
    /// The last API request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<ApiCall>,
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
            asked: None,
        }
    }

    /// The same, with variables of the contact.
    pub fn with_variables(mut self, variables: Variables) -> Self {
        self.contact.variables = variables;
        self
    }

    /// The API request that the flow waits for.
    pub fn asked(&self) -> Option<&ApiCall> {
        let run = self.waiting_run()?;
        let Wait::Api { call } = run.wait else { return None };
        self.asked.as_ref().filter(|asked| asked.run == run.number && asked.call == call)
    }

    /// A variable of the contact, or one of the bot (`$name`) that was changed here.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        match name.strip_prefix('$') {
            Some(of_bot) => self.changed.get(of_bot).and_then(Option::as_ref),
            None => self.contact.variables.get(name),
        }
    }

    /// Takes what came of the API request that the flow waits for.
    pub fn take_answer(&mut self, bot: &LiveBot, plan: Arc<Plan>, answer: ApiAnswer) -> Result<Vec<Step>, Untried> {
        let input = self.answered(answer)?;
        Ok(self.turn(bot, plan, None, &input))
    }

    fn answered(&self, answer: ApiAnswer) -> Result<Input, Untried> {
        let run = self.waiting_run().ok_or(Untried::NothingWaits)?;
        let Wait::Api { call } = run.wait else { return Err(Untried::NoRequest) };
        Ok(Input::Api { run: run.number, call, answer })
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

    /// The versions of other flows that this input may need.
    pub fn versions_needed(&self, wanted: &Try) -> Vec<VersionId> {
        versions_needed(&self.contact, &self.runs, self.pressed(wanted).as_ref())
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
        let pressed = self.pressed(wanted);
        Ok(self.turn(bot, plan, pressed, &input))
    }

    fn turn(&mut self, bot: &LiveBot, plan: Arc<Plan>, pressed: Option<Offer>, input: &Input) -> Vec<Step> {
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
            members: &bot.members,
            declared: &bot.validation_context().variables,
            file_link: &|_| None,
        };
        let (contact, runs) = (self.contact.clone(), self.runs.clone());
        let turn = turn(&view, contact, runs, pressed, input, self.now, &mut SystemEntropy);
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
            steps.push(note_of(refusal));
        }
        steps
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
                    Wait::Api { .. } => {
                        self.answered(ApiAnswer { status: Some(200), body: "{}".to_owned(), error: None })
                    }
                }
            }
            Try::Answer { body, .. } if body.len() > API_ANSWER_BYTES_MAX => Err(Untried::LongAnswer),
            Try::Answer { status, body } => {
                let error = status.is_none().then(|| "no answer".to_owned());
                self.answered(ApiAnswer { status: *status, body: body.clone(), error })
            }
            // Whoever takes it sends the request and takes its answer instead.
            Try::Ask => Err(Untried::NoRequest),
        }
    }

    fn inbound(&mut self, text: &str) -> Option<recado_model::Inbound> {
        self.said += 1;
        let body = json!({"id": format!("try-{}", self.said), "text": text}).to_string();
        livechat::parse(body.as_bytes(), IDENTITY).ok()
    }

    /// The offer, the index and the output of the button that is pressed.
    fn choice(&self, wanted: &Try) -> Option<(&Offer, u16, &str)> {
        let Try::Press { message, choice } = wanted else { return None };
        let (_, offer) = self.offers.iter().find(|(number, _)| number == message)?;
        let output = offer.choices.get(usize::from(*choice))?.output.as_deref()?;
        Some((offer, *choice, output))
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
            Effect::CallApi(call) => {
                steps.push(Step::ApiRequest(AskedRequest::from(&call)));
                self.asked = Some(call);
            }
            Effect::SetBotVariable { name, after, .. } => drop(self.changed.insert(name, after)),
            Effect::Notify { text, .. } => steps.push(Step::Note { code: "members_told", text }),
            Effect::Log { code, text, .. } => steps.push(Step::Note { code, text }),
            Effect::ToContact { .. } => steps.push(note("another_contact", "another contact would be written to")),
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

fn note(code: &'static str, text: &str) -> Step {
    Step::Note { code, text: text.to_owned() }
}

fn note_of(refusal: Refusal) -> Step {
    match refusal {
        Refusal::AutomationPaused => note("automation_paused", "automation is paused for the contact"),
        Refusal::ContactNotActive => note("not_subscribed", "the contact has unsubscribed"),
        Refusal::FlowNotRunning => note("flow_is_off", "the flow is off or not published"),
        Refusal::NoSuchRun => note("no_such_run", "there is no such run"),
        Refusal::LimitReached => note("limit_reached", "a limit of tags, variables or bytes would be passed"),
    }
}

fn webhook(bot: &LiveBot, event: &Event, url: &str, profile: PayloadProfile, unit: DateUnit) -> Step {
    let object = payload::event_object(event, &bot.bot, profile, unit);
    let body = serde_json::from_slice(&object).unwrap_or(Json::Null);
    // Tokens stand in query strings.
    Step::Webhook { title: event.title.clone(), url: masked_url(url), body: Json::Array(vec![body]) }
}
