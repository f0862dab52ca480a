//! Flow: goes to another flow, or calls it and comes back to `next`.

use recado_model::{ElementId, FlowId};
use serde::{Deserialize, Serialize};

use crate::{document::Position, run::Next, validate::Checker};

/// Starts another flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Which flow.
    pub flow_id: FlowId,
    /// How.
    #[serde(default)]
    pub mode: FlowMode,
}

/// How another flow is started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowMode {
    /// The run goes on there and does not come back.
    #[default]
    Go,
    /// The run comes back to `next` when the other flow ends.
    Call,
}

impl FlowElement {
    /// `next` of a call; a *go* has none.
    pub fn outputs(&self) -> Vec<String> {
        match self.mode {
            FlowMode::Go => Vec::new(),
            FlowMode::Call => vec!["next".to_owned()],
        }
    }
}

pub(crate) fn check(element: &FlowElement, checker: &mut Checker<'_>) {
    checker.flow_exists("flow_id", element.flow_id);
}

pub(crate) fn step(element: &FlowElement) -> Next {
    match element.mode {
        FlowMode::Go => Next::Go(element.flow_id),
        FlowMode::Call => Next::Call(element.flow_id),
    }
}
