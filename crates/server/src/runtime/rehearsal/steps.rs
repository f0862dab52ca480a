//! What can be tried, and what is told of it.

use recado_flow::element::api_request::NameValue;
use recado_model::{ElementId, Part, UnixMs, run::ApiCall};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

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
        /// Its place among all that the message offers, from 0: buttons, those of cards in order, quick replies.
        choice: u16,
    },
    /// What the flow waits for does not come (an input), or is over (a pause), or is answered with an empty 200 (an API request).
    Wait,
    /// The API request that the flow waits for is answered with this. The server is not asked.
    Answer {
        /// The status; without one no answer came.
        status: Option<u16>,
        /// The body, at most 64 KiB.
        #[serde(default)]
        body: String,
    },
    /// The API request that the flow waits for is really sent, once, and its answer is taken.
    Ask,
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
    ApiRequest(AskedRequest),
    /// An API request was really sent, and this came.
    ApiAnswer(CameAnswer),
    /// An event happened that no webhook asks for.
    Event {
        /// Its title.
        title: String,
    },
    /// A line for whoever makes the flow.
    Note {
        /// What kind, a stable word: that of a line of the log, or `members_told` for what *notify* says.
        code: &'static str,
        /// In words.
        text: String,
    },
}

/// An API request as it would be sent, without what its authorisation adds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AskedRequest {
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Its headers.
    pub headers: Vec<NameValue>,
    /// Its body, when it has one.
    pub body: Option<String>,
}

impl From<&ApiCall> for AskedRequest {
    fn from(call: &ApiCall) -> Self {
        let header = |(name, value): &(String, String)| NameValue { name: name.clone(), value: value.clone() };
        Self {
            method: call.method.clone(),
            url: call.url.clone(),
            headers: call.headers.iter().map(header).collect(),
            body: call.body.clone(),
        }
    }
}

/// What came of an API request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CameAnswer {
    /// The status, when an answer came.
    pub status: Option<u16>,
    /// The body as text, at most 64 KiB.
    pub body: String,
    /// Why there is no usable answer (refused, time-out, too long), in words.
    pub error: Option<String>,
    /// Milliseconds until then.
    pub took_ms: u64,
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
    /// No API request waits.
    #[error("the flow waits for no API request")]
    NoRequest,
    /// The answer is too long.
    #[error("the answer must be at most 65536 bytes")]
    LongAnswer,
}

/// An element that is entered is a step; its output is told when it is left.
pub(super) fn passed(steps: &mut Vec<Step>, id: ElementId, what: &str) {
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
