//! Conditions, checked and compiled, and whether they hold.

use jiff::tz::TimeZone;
use recado_model::{
    Bot, ChatState, Contact, ContactStatus, Service, UnixMs, Value, Variables,
    limits::{TAG_CHARS_MAX, VALUE_BYTES_MAX, VARIABLE_NAME_CHARS_MAX, WEBHOOK_TITLE_CHARS_MAX},
    time::{DAY_MS, HOUR_MS},
};
use regex::Regex;
use serde_json::Value as Json;

use super::{Condition, ConditionGroup, ConditionNode, Has, Is, Match, Operand, Operator, VariableScope, compare};
use crate::{
    calendar::{self, TimeUnit},
    mistake::{FlowMistake, Mistake},
    pattern::{self, Case},
    template::{self, Name, Placeholder, Scope, TemplateProblem},
};

/// Conditions of one branch, groups counted with what is in them.
const CONDITIONS_MAX: usize = 100;

/// What conditions see.
#[derive(Debug, Clone, Copy)]
pub struct ConditionScope<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// The bot.
    pub bot: &'a Bot,
    /// The bot's variables.
    pub variables: &'a Variables,
    /// The contact's zone.
    pub zone: &'a TimeZone,
    /// The time of the turn.
    pub now: UnixMs,
    /// `$data` of the run.
    pub data: &'a Json,
    /// `$response` of the run.
    pub response: &'a Json,
    /// `$start` of the run.
    pub start: &'a Json,
    /// Ids of the campaigns that the contact is in.
    pub campaigns: &'a [String],
}

impl<'a> ConditionScope<'a> {
    /// The same as a template sees it.
    pub(super) fn template(&self) -> Scope<'a> {
        Scope {
            contact: self.contact,
            bot: self.bot,
            variables: self.variables,
            zone: self.zone,
            now: self.now,
            data: self.data,
            response: self.response,
            start: self.start,
            local: None,
        }
    }
}

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ConditionProblem {
    /// Where, as in `conditions[2].value` or `conditions[0].conditions[1].days`.
    pub field: String,
    /// What.
    pub what: Mistake,
}

/// A group of conditions, ready to be asked.
#[derive(Debug, Clone)]
pub struct Conditions {
    matching: Match,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Node {
    Group(Match, Vec<Check>),
    One(Check),
}

#[derive(Debug, Clone)]
enum Check {
    Variable(Box<VariableCheck>),
    Tag { has: bool, folded: String },
    Status { is: bool, status: ContactStatus },
    Channel { is: bool, service: Service },
    Campaign { is: bool, campaign: String },
    Received { has: bool, title: String, within_ms: Option<i64> },
    ChatOpen(bool),
    Time { from: u16, to: u16 },
    Weekday(Vec<u8>),
}

/// A comparison of a variable.
#[derive(Debug, Clone)]
pub(super) struct VariableCheck {
    pub(super) left: Place,
    pub(super) op: Operator,
    pub(super) value: Option<Right>,
    pub(super) to: Option<Right>,
    pub(super) unit: TimeUnit,
    pub(super) regex: Option<Regex>,
}

/// A variable that is looked up.
#[derive(Debug, Clone)]
pub(super) struct Place {
    scope: VariableScope,
    /// The name as written: a variable's name may hold a dot.
    pub(super) name: String,
    /// The same read as a path.
    path: Placeholder,
}

/// What stands on the right.
#[derive(Debug, Clone)]
pub(super) enum Right {
    Variable(Place),
    Value(Value),
}

impl Place {
    fn new(scope: VariableScope, name: &str) -> Result<Self, TemplateProblem> {
        let name = name.trim();
        let path = Placeholder::parse(&match scope {
            VariableScope::Contact => name.to_owned(),
            VariableScope::Bot | VariableScope::System => format!("${}", name.trim_start_matches('$')),
        })?;
        Ok(Self { scope, name: name.to_owned(), path })
    }

    /// The value; `None` when unset.
    pub(super) fn value(&self, scope: &ConditionScope<'_>, warnings: &mut Vec<String>) -> Option<Value> {
        let whole = match self.scope {
            VariableScope::Contact => scope.contact.variables.get(&self.name),
            VariableScope::Bot => scope.variables.get(self.name.trim_start_matches('$')),
            VariableScope::System => None,
        };
        if whole.is_some() {
            return whole.cloned();
        }
        let template = scope.template();
        match self.path.datum(&template, warnings) {
            template::Datum::Missing => None,
            template::Datum::Text(text) => Some(self.typed(text.into_owned())),
            template::Datum::Number(number) => Some(Value::Number(number)),
            template::Datum::Boolean(truth) => Some(Value::Boolean(truth)),
            template::Datum::Value(value) => Some(value.clone()),
            template::Datum::Json(Json::Array(items)) => Some(Value::List(items.clone())),
            template::Datum::Json(Json::Object(map)) => Some(Value::Object(map.clone())),
            other @ (template::Datum::Json(_) | template::Datum::Written(_) | template::Datum::Encoded(_)) => {
                Some(Value::Text(other.to_text().into_owned()))
            }
        }
    }

    /// Fields and system variables whose text is of another type.
    fn typed(&self, text: String) -> Value {
        match self.name.trim_start_matches('$') {
            "current_date" | "birthday" => Value::Date(text),
            "current_time" => Value::Time(text),
            _ => Value::Text(text),
        }
    }
}

impl Conditions {
    /// Compiles a group, or says all that is wrong with it.
    pub fn compile(group: &ConditionGroup) -> Result<Self, Vec<ConditionProblem>> {
        let mut problems = Vec::new();
        let count: usize = group
            .conditions
            .iter()
            .map(|node| if let ConditionNode::Group(inner) = node { inner.conditions.len() } else { 1 })
            .sum();
        if count == 0 {
            return Err(vec![ConditionProblem {
                field: "conditions".to_owned(),
                what: FlowMistake::NoConditions {}.into(),
            }]);
        }
        if count > CONDITIONS_MAX {
            let what = FlowMistake::TooManyConditions { max: CONDITIONS_MAX }.into();
            return Err(vec![ConditionProblem { field: "conditions".to_owned(), what }]);
        }
        let mut nodes = Vec::with_capacity(group.conditions.len());
        for (index, node) in group.conditions.iter().enumerate() {
            let field = format!("conditions[{index}]");
            match node {
                ConditionNode::One(condition) => nodes.extend(check(condition, &field, &mut problems).map(Node::One)),
                ConditionNode::Group(inner) => {
                    if inner.conditions.is_empty() {
                        problems.push(ConditionProblem {
                            field: format!("{field}.conditions"),
                            what: FlowMistake::EmptyGroup {}.into(),
                        });
                    }
                    let inside = inner.conditions.iter().enumerate();
                    let checks = inside
                        .filter_map(|(at, one)| check(one, &format!("{field}.conditions[{at}]"), &mut problems))
                        .collect();
                    nodes.push(Node::Group(inner.matching, checks));
                }
            }
        }
        if problems.is_empty() { Ok(Self { matching: group.matching, nodes }) } else { Err(problems) }
    }

    /// Whether they hold. What could not be compared is told in `warnings`.
    pub fn hold(&self, scope: &ConditionScope<'_>, warnings: &mut Vec<String>) -> bool {
        let mut nodes = self.nodes.iter();
        let mut one = |node: &Node| match node {
            Node::One(check) => check.holds(scope, warnings),
            Node::Group(matching, checks) => {
                let mut checks = checks.iter();
                match matching {
                    Match::All => checks.all(|check| check.holds(scope, warnings)),
                    Match::Any => checks.any(|check| check.holds(scope, warnings)),
                }
            }
        };
        match self.matching {
            Match::All => nodes.all(&mut one),
            Match::Any => nodes.any(&mut one),
        }
    }

    /// The names of variables they read, for validation. Names after `$` are bot variables, system variables or fields.
    pub fn names(&self) -> Vec<Name<'_>> {
        let checks = self.nodes.iter().flat_map(|node| match node {
            Node::One(check) => std::slice::from_ref(check),
            Node::Group(_, checks) => checks.as_slice(),
        });
        checks
            .filter_map(|check| if let Check::Variable(check) = check { Some(check) } else { None })
            .flat_map(|check| {
                let right = [&check.value, &check.to].into_iter().filter_map(|right| match right {
                    Some(Right::Variable(place)) => Some(place),
                    Some(Right::Value(_)) | None => None,
                });
                std::iter::once(&check.left).chain(right)
            })
            .filter_map(|place| place.path.name())
            .collect()
    }
}

impl Check {
    fn holds(&self, scope: &ConditionScope<'_>, warnings: &mut Vec<String>) -> bool {
        let contact = scope.contact;
        match self {
            Self::Variable(check) => compare::holds(check, scope, warnings),
            Self::Tag { has, folded } => contact.tags.iter().any(|tag| tag.to_lowercase() == *folded) == *has,
            Self::Status { is, status } => (contact.status == Some(*status)) == *is,
            Self::Channel { is, service } => (scope.bot.service == *service) == *is,
            Self::Campaign { is, campaign } => scope.campaigns.contains(campaign) == *is,
            Self::Received { has, title, within_ms } => {
                let passed = contact
                    .passed
                    .get(title)
                    .is_some_and(|passed| within_ms.is_none_or(|within| scope.now - passed.last <= within));
                passed == *has
            }
            Self::ChatOpen(open) => matches!(contact.chat, ChatState::Open { .. }) == *open,
            Self::Time { from, to } => calendar::within_window(*from, *to, &[], scope.now, scope.zone),
            Self::Weekday(days) => days.contains(&calendar::iso_weekday(calendar::wall(scope.now, scope.zone).date())),
        }
    }
}

/// Compiles one condition.
fn check(condition: &Condition, field: &str, problems: &mut Vec<ConditionProblem>) -> Option<Check> {
    let before = problems.len();
    let mut wrong =
        |part: &str, what: Mistake| problems.push(ConditionProblem { field: format!("{field}.{part}"), what });
    let check = match condition {
        Condition::Variable { .. } => return variable(condition, field, problems),
        Condition::Tag { op, tag } => {
            if tag.trim().is_empty() || tag.chars().count() > TAG_CHARS_MAX {
                wrong("tag", FlowMistake::TagLength { max: TAG_CHARS_MAX }.into());
            }
            Check::Tag { has: *op == Has::Has, folded: tag.trim().to_lowercase() }
        }
        Condition::Status { op, status } => Check::Status { is: *op == Is::Is, status: *status },
        Condition::Channel { op, service } => Check::Channel { is: *op == Is::Is, service: *service },
        Condition::Campaign { op, campaign } => {
            if campaign.is_empty() || campaign.len() > 64 {
                wrong("campaign", FlowMistake::NoCampaign {}.into());
            }
            Check::Campaign { is: *op == Is::Is, campaign: campaign.clone() }
        }
        Condition::ReceivedWebhook { op, title, within_days, within_hours } => {
            if title.is_empty() || title.chars().count() > WEBHOOK_TITLE_CHARS_MAX {
                wrong("title", FlowMistake::WebhookName { max: WEBHOOK_TITLE_CHARS_MAX }.into());
            }
            if within_days.is_some() && within_hours.is_some() {
                wrong("within_hours", FlowMistake::DaysAndHours {}.into());
            }
            let within_ms = within_days
                .map(|days| i64::from(days) * DAY_MS)
                .or_else(|| within_hours.map(|hours| i64::from(hours) * HOUR_MS));
            Check::Received { has: *op == Has::Has, title: title.clone(), within_ms }
        }
        Condition::ChatOpen { open } => Check::ChatOpen(*open),
        Condition::Time { from, to } => {
            let mut minute = |part: &str, text: &str| {
                calendar::parse_hh_mm(text).unwrap_or_else(|| {
                    wrong(part, FlowMistake::BadTime { text: text.to_owned() }.into());
                    0
                })
            };
            Check::Time { from: minute("from", from), to: minute("to", to) }
        }
        Condition::Weekday { days } => {
            if days.is_empty() {
                wrong("days", FlowMistake::NoWeekday {}.into());
            } else if days.iter().any(|day| !(1..=7).contains(day)) {
                wrong("days", FlowMistake::BadWeekday {}.into());
            }
            Check::Weekday(days.clone())
        }
    };
    (problems.len() == before).then_some(check)
}

/// Compiles a comparison of a variable.
fn variable(condition: &Condition, field: &str, problems: &mut Vec<ConditionProblem>) -> Option<Check> {
    let Condition::Variable { scope, name, op, value, to, unit } = condition else { return None };
    let before = problems.len();
    let mut wrong =
        |part: &str, what: Mistake| problems.push(ConditionProblem { field: format!("{field}.{part}"), what });
    let mut place = |part: &str, scope: VariableScope, name: &str| {
        if name.chars().count() > VARIABLE_NAME_CHARS_MAX * 4 {
            wrong(part, FlowMistake::LongName {}.into());
            return None;
        }
        Place::new(scope, name).map_err(|error| wrong(part, error.into())).ok()
    };
    let left = place("name", *scope, name);
    let mut right = |part: &str, operand: Option<&Operand>| match operand {
        None => None,
        Some(Operand::Variable(other)) => place(part, other.scope, &other.variable).map(Right::Variable),
        Some(Operand::Value(json)) => compare::literal(json).map(Right::Value),
    };
    let (value_right, to_right) = (right("value", value.as_ref()), right("to", to.as_ref()));
    let needs_value = !matches!(op, Operator::Empty | Operator::NotEmpty);
    if needs_value && value_right.is_none() {
        wrong("value", FlowMistake::ValueToCompare {}.into());
    }
    if *op == Operator::Between && to_right.is_none() {
        wrong("to", FlowMistake::UpperEnd {}.into());
    }
    if let Some(Operand::Value(json)) = value
        && json.to_string().len() > VALUE_BYTES_MAX
    {
        wrong("value", FlowMistake::LongValue { max: VALUE_BYTES_MAX }.into());
    }
    if matches!(op, Operator::WithinLast | Operator::WithinNext)
        && let Some(Right::Value(span)) = &value_right
        && compare::span(span).is_none()
    {
        wrong("value", FlowMistake::SpanNeeded {}.into());
    }
    let mut regex = None;
    if *op == Operator::Matches {
        match &value_right {
            Some(Right::Value(Value::Text(pattern))) => match pattern::compile(pattern, Case::Ignored) {
                Ok(compiled) => regex = Some(compiled),
                Err(error) => wrong("value", error.into()),
            },
            Some(_) => wrong("value", FlowMistake::PatternOfVariable {}.into()),
            None => {}
        }
    }
    let unit = unit.unwrap_or(TimeUnit::Days);
    let left = left.filter(|_| problems.len() == before)?;
    Some(Check::Variable(Box::new(VariableCheck { left, op: *op, value: value_right, to: to_right, unit, regex })))
}
