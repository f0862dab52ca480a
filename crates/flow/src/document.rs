//! The flow document: what people draw in the builder or write by hand, as JSON or YAML.
//!
//! A document is data of unknown quality. Reading one only checks its shape; [`crate::validate()`] says whether it makes sense. Writing a
//! document and reading it back gives the same document.

use recado_model::ElementId;
use serde::{Deserialize, Serialize};

use crate::element::{
    action::ActionElement, api_request::ApiRequestElement, filter::FilterElement, flow::FlowElement,
    message::MessageElement, pause::PauseElement, randomizer::RandomizerElement,
};

/// The version of the document's shape.
pub const DOCUMENT_VERSION: u32 = 1;

/// A flow as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowDocument {
    /// The version of the document's shape: 1.
    pub version: u32,
    /// Shown name, 1 to 128 characters.
    pub name: String,
    /// The element a run begins with.
    pub start: ElementId,
    /// At most [`recado_model::limits::ELEMENTS_A_FLOW_MAX`].
    #[serde(default)]
    pub elements: Vec<Element>,
    /// What follows what.
    #[serde(default)]
    pub edges: Vec<Edge>,
}

/// Where an element stands on the canvas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// From an output of an element to an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The element that is left.
    pub from: ElementId,
    /// By which of its outputs, as in `next` or `button:yes`.
    pub output: String,
    /// The element that follows.
    pub to: ElementId,
}

/// A node of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Element {
    /// Says something, and may ask.
    Message(MessageElement),
    /// Does something.
    Action(ActionElement),
    /// Goes to or calls another flow.
    Flow(FlowElement),
    /// Waits.
    Pause(PauseElement),
    /// Chooses by what is known.
    Filter(FilterElement),
    /// Chooses by chance.
    Randomizer(RandomizerElement),
    /// Asks another system.
    ApiRequest(ApiRequestElement),
}

impl Element {
    /// Its id.
    pub const fn id(&self) -> &ElementId {
        match self {
            Self::Message(element) => &element.id,
            Self::Action(element) => &element.id,
            Self::Flow(element) => &element.id,
            Self::Pause(element) => &element.id,
            Self::Filter(element) => &element.id,
            Self::Randomizer(element) => &element.id,
            Self::ApiRequest(element) => &element.id,
        }
    }

    /// The word of its type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Action(_) => "action",
            Self::Flow(_) => "flow",
            Self::Pause(_) => "pause",
            Self::Filter(_) => "filter",
            Self::Randomizer(_) => "randomizer",
            Self::ApiRequest(_) => "api_request",
        }
    }

    /// The outputs it has, in the order the builder shows them.
    pub fn outputs(&self) -> Vec<String> {
        match self {
            Self::Message(element) => element.outputs(),
            Self::Action(_) => vec!["next".to_owned()],
            Self::Flow(element) => element.outputs(),
            Self::Pause(element) => element.outputs(),
            Self::Filter(element) => element.outputs(),
            Self::Randomizer(element) => element.outputs(),
            Self::ApiRequest(_) => vec!["done".to_owned(), "error".to_owned()],
        }
    }
}
