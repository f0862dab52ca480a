//! The conditions of a *Filter*: what people write, compiled once, and whether it holds for a contact now.
//!
//! A value of the wrong type makes its condition false and leaves a warning; it never ends a run. Text comparison ignores case.

mod compare;
mod compiled;

use recado_model::{ContactStatus, Service};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

pub use compiled::{ConditionProblem, ConditionScope, Conditions};

use crate::calendar::TimeUnit;

/// Conditions of one branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionGroup {
    /// How many must hold.
    #[serde(rename = "match")]
    pub matching: Match,
    /// Conditions, and groups of conditions.
    pub conditions: Vec<ConditionNode>,
}

/// A group inside a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InnerGroup {
    /// How many must hold.
    #[serde(rename = "match")]
    pub matching: Match,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

/// A condition, or a group of conditions.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ConditionNode {
    /// A group; it has `conditions`.
    Group(InnerGroup),
    /// One condition; it has `on`.
    One(Condition),
}

impl<'de> Deserialize<'de> for ConditionNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, because an untagged enum can not say which field was wrong.
        let json = Json::deserialize(deserializer)?;
        let node = if json.get("conditions").is_some() {
            serde_json::from_value(json).map(Self::Group)
        } else {
            serde_json::from_value(json).map(Self::One)
        };
        node.map_err(serde::de::Error::custom)
    }
}

/// How many conditions must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Every one.
    All,
    /// At least one.
    Any,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// A variable against a value or another variable.
    Variable {
        /// Whose variable.
        #[serde(default)]
        scope: VariableScope,
        /// Its name; of a system variable without `$`. A path such as `order.total` reads inside.
        name: String,
        /// The comparison.
        op: Operator,
        /// What it is compared with; *within* takes a whole number here, *between* the lower end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Operand>,
        /// The upper end of *between*.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Operand>,
        /// What *within* counts in. Default days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<TimeUnit>,
    },
    /// A tag, whatever its case.
    Tag {
        /// Has or has not.
        op: Has,
        /// The tag.
        tag: String,
    },
    /// The contact's status.
    Status {
        /// Is or is not.
        #[serde(default)]
        op: Is,
        /// The status.
        status: ContactStatus,
    },
    /// The bot's channel.
    Channel {
        /// Is or is not.
        #[serde(default)]
        op: Is,
        /// The channel.
        service: Service,
    },
    /// The contact is in a campaign.
    Campaign {
        /// Is or is not in it.
        #[serde(default)]
        op: Is,
        /// The campaign's id.
        campaign: String,
    },
    /// The contact passed a *send webhook* of this title, whatever became of the delivery.
    ReceivedWebhook {
        /// Has or has not.
        #[serde(default)]
        op: Has,
        /// The title.
        title: String,
        /// Within so many days up to now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_days: Option<u32>,
        /// Within so many hours up to now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_hours: Option<u32>,
    },
    /// The chat is open.
    ChatOpen {
        /// `false` asks for a closed one.
        #[serde(default = "yes")]
        open: bool,
    },
    /// The wall clock in the contact's zone is in `[from, to)`; `to` before `from` reaches over midnight.
    Time {
        /// `hh:mm`.
        from: String,
        /// `hh:mm`.
        to: String,
    },
    /// The weekday in the contact's zone.
    Weekday {
        /// ISO weekdays, 1 Monday to 7 Sunday.
        days: Vec<u8>,
    },
}

const fn yes() -> bool {
    true
}

/// Whose variable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariableScope {
    /// The contact's, or a field of the contact.
    #[default]
    Contact,
    /// The bot's.
    Bot,
    /// The system's, such as `last_message`.
    System,
}

/// What a variable is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Operand {
    /// Another variable.
    Variable(OtherVariable),
    /// A value.
    Value(Json),
}

/// Another variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherVariable {
    /// Its name.
    pub variable: String,
    /// Whose.
    #[serde(default)]
    pub scope: VariableScope,
}

/// A comparison. Which fit follows from the variable's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The same. Any type.
    Equal,
    /// Not the same. Any type.
    NotEqual,
    /// The text contains, or the list has. Text and lists.
    Contains,
    /// The opposite. Text and lists.
    NotContains,
    /// The text starts with. Text.
    Starts,
    /// The text ends with. Text.
    Ends,
    /// Not set, or an empty text, list or object. Any type.
    Empty,
    /// The opposite. Any type.
    NotEmpty,
    /// A regular expression is found in the text, whatever its case. Text.
    Matches,
    /// Less. Numbers.
    Less,
    /// Less or the same. Numbers.
    LessOrEqual,
    /// Greater. Numbers.
    Greater,
    /// Greater or the same. Numbers.
    GreaterOrEqual,
    /// From `value` to `to`, both included. Numbers, dates and times.
    Between,
    /// Earlier. Dates and times.
    Before,
    /// Later. Dates and times.
    After,
    /// In the last so many units, up to now. Dates.
    WithinLast,
    /// In the next so many units, from now. Dates.
    WithinNext,
}

/// Has or has not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Has {
    /// It has.
    #[default]
    Has,
    /// It has not.
    HasNot,
}

/// Is or is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// It is.
    #[default]
    Is,
    /// It is not.
    IsNot,
}
