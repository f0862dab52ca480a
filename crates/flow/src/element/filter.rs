//! Filter: the first branch whose conditions hold, else `otherwise`.

use recado_model::ElementId;
use serde::{Deserialize, Serialize};

use crate::{
    condition::{ConditionGroup, Conditions},
    document::Position,
    mistake::FlowMistake,
    run::{Next, Walk},
    turn::Conversation,
    validate::Checker,
};

/// Branches of one filter.
pub const BRANCHES_MAX: usize = 20;

/// Chooses by what is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// In order; the first that holds wins.
    pub branches: Vec<FilterBranch>,
}

/// A branch of a filter; its output is `branch:<id>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterBranch {
    /// Unique in the element; names the output.
    pub id: String,
    /// What must hold.
    pub when: ConditionGroup,
}

impl FilterElement {
    /// `branch:<id>` of each branch, and `otherwise`.
    pub fn outputs(&self) -> Vec<String> {
        let branches = self.branches.iter().map(|branch| format!("branch:{}", branch.id));
        branches.chain(["otherwise".to_owned()]).collect()
    }
}

/// A filter whose conditions are compiled.
#[derive(Debug)]
pub(crate) struct CompiledFilter(Vec<(String, Conditions)>);

pub(crate) fn compile(element: &FilterElement, checker: &mut Checker<'_>) -> CompiledFilter {
    if !(1..=BRANCHES_MAX).contains(&element.branches.len()) {
        checker.error("branches", FlowMistake::BranchCount { min: 1, max: BRANCHES_MAX });
    }
    checker.part_ids("branches", element.branches.iter().map(|branch| branch.id.as_str()));
    let mut compiled = Vec::with_capacity(element.branches.len());
    for (index, branch) in element.branches.iter().enumerate() {
        if let Some(conditions) = checker.conditions(&format!("branches[{index}].when"), &branch.when) {
            compiled.push((format!("branch:{}", branch.id), conditions));
        }
    }
    CompiledFilter(compiled)
}

pub(crate) fn step(talk: &mut Conversation<'_>, walk: &Walk, filter: &CompiledFilter) -> Next {
    for (output, conditions) in &filter.0 {
        if talk.holds(walk, conditions) {
            return Next::out(output.clone());
        }
    }
    Next::out("otherwise")
}
