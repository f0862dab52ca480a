//! What a turn handles.

use recado_model::{
    ContactStatus, Inbound, MemberId, RichText, UnixMs, Value, VersionId,
    message::SentBy,
    run::{ApiAnswer, TimerKey},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What a turn handles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// A messenger told something.
    Inbound(Inbound),
    /// A timer fell due. One that was set anew or cleared meanwhile has no effect.
    Timer {
        /// Which.
        key: TimerKey,
        /// When it was due; a run's timer with another due time than the run's wait is stale.
        due: UnixMs,
    },
    /// The answer of an API request. One that the run no longer waits for has no effect.
    Api {
        /// The run's number.
        run: u32,
        /// The request's number.
        call: u32,
        /// What came.
        answer: ApiAnswer,
    },
    /// A tracked link was followed.
    LinkClicked {
        /// Where it leads.
        url: String,
        /// The button's label or the link's text.
        text: String,
        /// The flow that sent it.
        flow_id: recado_model::FlowId,
        /// The message element that carried it.
        element: recado_model::ElementId,
    },
    /// Another contact's *send a message to another contact*.
    MessageFromFlow {
        /// What to say.
        text: RichText,
    },
    /// The messenger answered a send with "blocked by the user".
    SendBlocked,
    /// An agent, an operator or our API wants something.
    Operation(Operation),
}

/// What an agent, an operator or an API call wants of one contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `POST …/flows/{id}/run`.
    RunFlow {
        /// The flow.
        flow_id: recado_model::FlowId,
        /// `{{$data}}`.
        data: Json,
        /// Even while automation is paused.
        force: bool,
    },
    /// Ends a run.
    StopRun {
        /// Its number.
        run: u32,
    },
    /// Ends the runs of a flow that is deleted.
    FlowDeleted {
        /// The flow.
        flow_id: recado_model::FlowId,
    },
    /// Publishing with *move*: waiting runs go to the same element of the new version, or end as `moved_away`.
    MoveRuns {
        /// The flow.
        flow_id: recado_model::FlowId,
        /// The new version.
        to: VersionId,
    },
    /// Publishing with *stop*: waiting runs of older versions end.
    StopRuns {
        /// The flow.
        flow_id: recado_model::FlowId,
        /// The new version.
        to: VersionId,
    },
    /// Sets or (with `None`) deletes variables.
    SetVariables {
        /// By name.
        values: Vec<(String, Option<Value>)>,
    },
    /// Adds tags.
    AddTags {
        /// Names.
        tags: Vec<String>,
    },
    /// Removes tags.
    RemoveTags {
        /// Names.
        tags: Vec<String>,
    },
    /// Changes the profile: absent fields stay, an empty text empties a field, and the name is never emptied.
    SetProfile {
        /// The new fields.
        profile: recado_model::Profile,
    },
    /// Takes over what is known of the person from elsewhere: all of it or nothing. That is no news: no event is told and nothing starts.
    Import(Box<Imported>),
    /// The contact shall not be written to.
    Unsubscribe,
    /// The contact may be written to again.
    Subscribe,
    /// Switches the contact off (`true`) or on.
    Disable {
        /// Off.
        disabled: bool,
    },
    /// Opens the chat.
    OpenChat {
        /// Who looks after it.
        assignee: Option<MemberId>,
    },
    /// Gives the chat to a member, which opens it, or to nobody.
    AssignChat {
        /// Who looks after it.
        assignee: Option<MemberId>,
    },
    /// Closes the chat, and ends paused automation.
    CloseChat,
    /// Pauses automation.
    PauseAutomation {
        /// To this moment; `None` until the chat is closed.
        until: Option<UnixMs>,
    },
    /// Ends paused automation.
    ResumeAutomation,
    /// An agent says something; pauses automation as the bot's settings say.
    AgentMessage {
        /// What.
        text: RichText,
        /// Who.
        sent_by: SentBy,
    },
}

/// What is known of a person from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// As in [`Operation::SetProfile`].
    pub profile: recado_model::Profile,
    /// Variables to set, by name.
    pub variables: Vec<(String, Value)>,
    /// Tags to add.
    pub tags: Vec<String>,
    /// The status of somebody who has none yet; whoever has one keeps it.
    pub status: Option<ContactStatus>,
}
