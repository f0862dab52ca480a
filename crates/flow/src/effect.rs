//! What a turn decided.

use recado_model::{
    Contact, ContactId, Event, Message, Run, RunEnd, Value,
    run::{ApiCall, Timer, TimerKey},
};
use serde_json::Value as Json;

/// The result of a turn: the contact as it is now, what its runs became, and what is to happen once all of it is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The contact after the turn.
    pub contact: Contact,
    /// Runs that began, moved or ended, each run number once.
    pub runs: Vec<RunChange>,
    /// Everything else, in the order it happened.
    pub effects: Vec<Effect>,
    /// Why the input could not be done, when it could not. The turn is committed all the same (a message is recorded), and API callers see this.
    pub refused: Option<Refusal>,
}

/// Why an operation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Automation is paused (409 `automation_paused`).
    AutomationPaused,
    /// The contact is not active (409 `contact_not_active`).
    ContactNotActive,
    /// The flow is off, unpublished or gone, or its event triggers are off or outside their hours (409 `flow_not_running`).
    FlowNotRunning,
    /// There is no such run (404).
    NoSuchRun,
    /// A limit of [`recado_model::limits`] (tags, variables, value bytes) would be passed (422).
    LimitReached,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunChange {
    /// It waits, as told.
    Put(Run),
    /// It is over.
    Ended {
        /// Its number.
        number: u32,
        /// Why.
        why: RunEnd,
    },
}

/// Something that is to happen once the turn is committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A fact that webhooks hear of.
    Event(Event),
    /// A fact for one flow webhook: the event, and the rendered URL of the *send webhook* element together with the URL as the document has it.
    FlowWebhook {
        /// The event (`kind` is `FlowWebhook`).
        event: Event,
        /// The flow that has the element.
        flow_id: recado_model::FlowId,
        /// The URL as the document has it; names the webhook.
        url_template: String,
        /// The URL with templates rendered.
        url: String,
    },
    /// A message to be kept: the inbound one of this turn, or an outgoing one to be sent.
    Message(Box<Message>),
    /// Queued messages from before this turn are cancelled.
    CancelQueuedMessages,
    /// Sets a timer, replacing one of the same key.
    SetTimer(Timer),
    /// Clears a timer.
    ClearTimer(TimerKey),
    /// Sends an API request.
    CallApi(ApiCall),
    /// An API request is over or no longer wanted.
    ApiDone {
        /// The run's number.
        run: u32,
        /// The request's number.
        call: u32,
    },
    /// Changes a bot variable, if it is still what the turn read.
    SetBotVariable {
        /// Its name.
        name: String,
        /// What the turn read.
        before: Option<Value>,
        /// What it becomes; `None` deletes it.
        after: Option<Value>,
    },
    /// Another contact of the bot gets an input.
    ToContact {
        /// Who.
        contact_id: ContactId,
        /// An [`crate::Input`] as JSON.
        input: Json,
    },
    /// A member (or, with `None`, everybody who looks after chats) is told.
    Notify {
        /// Who.
        member: Option<recado_model::MemberId>,
        /// What.
        text: String,
    },
    /// A *send webhook* of this title was passed.
    Passed {
        /// The title.
        title: String,
    },
    /// A tag was added.
    TagAdded(String),
    /// A tag was removed.
    TagRemoved(String),
    /// An element is counted: `entered`, `error`, or `out:` and the output's name.
    Count {
        /// The flow.
        flow_id: recado_model::FlowId,
        /// The element.
        element: recado_model::ElementId,
        /// What.
        what: String,
    },
    /// A tracked link that was made for a URL of a message.
    Link {
        /// 22 characters of base64url that nobody guesses; stands in the message as `{link base}/l/{token}`.
        token: String,
        /// Where it leads.
        url: String,
        /// The button's label or the link's text.
        text: String,
        /// The flow.
        flow_id: recado_model::FlowId,
        /// The message element.
        element: recado_model::ElementId,
    },
    /// A line for the bot's log.
    Log {
        /// An error, else a warning.
        error: bool,
        /// A stable word, as in `elements_limit`.
        code: &'static str,
        /// The flow, when one is concerned.
        flow_id: Option<recado_model::FlowId>,
        /// The element, when one is concerned.
        element: Option<recado_model::ElementId>,
        /// In words.
        text: String,
    },
}
