//! Randomizer: chooses a branch by chance, once per contact or anew each time.

use recado_model::{ElementId, Entropy};
use serde::{Deserialize, Serialize};

use crate::{
    document::Position,
    mistake::FlowMistake,
    run::{Next, Walk},
    turn::Conversation,
    validate::Checker,
};

/// The fewest and the most branches.
pub const BRANCHES: std::ops::RangeInclusive<usize> = 2..=6;

/// Chooses by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomizerElement {
    /// Unique in the flow.
    pub id: ElementId,
    /// What the builder shows above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// 2 to 6, whose percentages sum to 100.
    pub branches: Vec<RandomBranch>,
    /// A contact always takes the branch it took first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once_per_contact: bool,
}

/// A branch of a randomizer; its output is `branch:<id>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomBranch {
    /// Unique in the element; names the output.
    pub id: String,
    /// 0 to 100.
    pub percent: u8,
}

impl RandomizerElement {
    /// `branch:<id>` of each branch.
    pub fn outputs(&self) -> Vec<String> {
        self.branches.iter().map(|branch| format!("branch:{}", branch.id)).collect()
    }
}

pub(crate) fn check(element: &RandomizerElement, checker: &mut Checker<'_>) {
    if !BRANCHES.contains(&element.branches.len()) {
        checker.error("branches", FlowMistake::BranchCount { min: *BRANCHES.start(), max: *BRANCHES.end() });
    }
    let sum: u32 = element.branches.iter().map(|branch| u32::from(branch.percent)).sum();
    if sum != 100 {
        checker.error("branches", FlowMistake::PercentSum { sum });
    }
    checker.part_ids("branches", element.branches.iter().map(|branch| branch.id.as_str()));
}

pub(crate) fn step(talk: &mut Conversation<'_>, walk: &Walk, element: &RandomizerElement) -> Next {
    let key = element.once_per_contact.then(|| format!("{}/{}", walk.run.flow_id, element.id));
    let known = key.as_ref().and_then(|key| talk.contact.sticky.get(key)).map(|branch| usize::from(*branch));
    let chosen = known.filter(|branch| *branch < element.branches.len()).unwrap_or_else(|| draw(element, talk.rng));
    if let Some(key) = key {
        talk.contact.sticky.insert(key, chosen as u8);
    }
    element.branches.get(chosen).map_or_else(|| Next::out("next"), |branch| Next::out(format!("branch:{}", branch.id)))
}

fn draw(element: &RandomizerElement, rng: &mut dyn Entropy) -> usize {
    let mut left = rng.below(100);
    for (index, branch) in element.branches.iter().enumerate() {
        let percent = u32::from(branch.percent);
        if left < percent {
            return index;
        }
        left -= percent;
    }
    element.branches.len().saturating_sub(1)
}
