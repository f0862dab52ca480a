//! Turns a document into a plan, or into a list of what is wrong with it.
//!
//! Problems are data: each names its element and field and says in words a bot maker understands what to do. Nothing here panics, whatever the
//! document holds. There is a plan if and only if there is no error; warnings do not stop a flow.
//!
//! What was published once goes on to run, whatever was deleted or limited since: [`plan_published`] bears what [`validate()`] refuses.

mod graph;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use recado_model::{
    ChannelLimits, ElementId, FlowId, Service, ValueType, VersionId,
    limits::{ELEMENTS_A_FLOW_MAX, URL_BYTES_MAX, VARIABLE_NAME_CHARS_MAX},
};
use serde::Serialize;

use crate::{
    condition::{ConditionGroup, Conditions},
    convert,
    document::{DOCUMENT_VERSION, Element, FlowDocument},
    element::{action, api_request, filter, flow, message, pause, randomizer},
    expression::Expression,
    markup::Markup,
    mistake::{FlowMistake, Mistake},
    plan::{Compiled, Node, Plan},
    references::is_built_in,
    template::Template,
};

/// Characters of a flow's name.
const NAME_CHARS_MAX: usize = 128;

/// Whether a problem stops a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The flow can not be published.
    Error,
    /// The flow works, perhaps not as meant.
    Warning,
}

/// Something that is wrong with a document or a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The element, when it is one's.
    pub element: Option<ElementId>,
    /// The field inside the element, as in `parts[0].text`; empty for the whole.
    pub field: String,
    /// Whether it stops the flow.
    pub severity: Severity,
    /// What it is: a code, values and words.
    pub mistake: Mistake,
}

/// What a document may refer to.
#[derive(Debug, Clone)]
pub struct ValidationContext {
    /// The bot's channel.
    pub service: Service,
    /// What the channel can carry.
    pub limits: ChannelLimits,
    /// The bot's flows and their names.
    pub flows: Vec<(FlowId, String)>,
    /// The contacts' variables that are known, with their types.
    pub variables: BTreeMap<String, ValueType>,
    /// Names of the bot's variables, without `$`.
    pub bot_variables: Vec<String>,
    /// Names of the bot's secrets.
    pub secrets: Vec<String>,
}

/// What came of a validation.
#[derive(Debug)]
pub struct Validated {
    /// The plan, when there is no error.
    pub plan: Option<Plan>,
    /// All problems, in the order of the document.
    pub problems: Vec<Problem>,
}

/// Collects problems, and what templates read and actions set.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    pub(crate) context: &'a ValidationContext,
    pub(crate) local: Option<&'static str>,
    pub(crate) problems: Vec<Problem>,
    /// It was published: what has changed around it since is a warning.
    pub(crate) is_published: bool,
    element: Option<ElementId>,
    declared: BTreeMap<String, Option<ValueType>>,
    reads: Vec<(Option<ElementId>, String, String)>,
    used: BTreeSet<String>,
}

/// Validates a document and makes its plan.
pub fn validate(
    document: &FlowDocument,
    flow_id: FlowId,
    version_id: VersionId,
    context: &ValidationContext,
) -> Validated {
    plan(document, flow_id, version_id, context, false)
}

/// Makes the plan of a version that was published. It had no error then: a secret or a flow that is gone, or a limit that is lower now, is a
/// warning, and the run that comes there sees what comes of it.
pub fn plan_published(
    document: &FlowDocument,
    flow_id: FlowId,
    version_id: VersionId,
    context: &ValidationContext,
) -> Validated {
    plan(document, flow_id, version_id, context, true)
}

fn plan(
    document: &FlowDocument,
    flow_id: FlowId,
    version_id: VersionId,
    context: &ValidationContext,
    is_published: bool,
) -> Validated {
    let mut checker = Checker {
        context,
        local: None,
        problems: Vec::new(),
        is_published,
        element: None,
        declared: BTreeMap::new(),
        reads: Vec::new(),
        used: BTreeSet::new(),
    };
    check_frame(document, &mut checker);
    let mut by_id = HashMap::with_capacity(document.elements.len());
    let mut nodes = Vec::with_capacity(document.elements.len());
    let most = if is_published { usize::MAX } else { ELEMENTS_A_FLOW_MAX };
    for element in document.elements.iter().take(most) {
        checker.element = Some(element.id().clone());
        if !element.id().is_valid() {
            checker.error("id", FlowMistake::BadId { id: element.id().to_string() });
        }
        if by_id.insert(element.id().clone(), nodes.len()).is_some() {
            checker.error("id", FlowMistake::SameId { id: element.id().to_string() });
        }
        if let Some(step) = compile(element, &mut checker) {
            nodes.push(Node { id: element.id().clone(), step, edges: Vec::new() });
        } else if !checker.has_errors() {
            checker.error("", FlowMistake::NotUnderstood {});
        }
    }
    checker.element = None;
    graph::connect(document, &by_id, &mut nodes, &mut checker);
    checker.report_unknown_names();
    let start = by_id.get(&document.start).copied();
    let plan = match start {
        Some(start) if !checker.has_errors() => Some(Plan {
            flow_id,
            version_id,
            document: Arc::new(document.clone()),
            nodes,
            start,
            by_id,
            used: checker.used.iter().cloned().collect(),
            declared: checker.declared.iter().filter_map(|(name, kind)| Some((name.clone(), (*kind)?))).collect(),
        }),
        Some(_) | None => None,
    };
    Validated { plan, problems: checker.problems }
}

fn check_frame(document: &FlowDocument, checker: &mut Checker<'_>) {
    if document.version != DOCUMENT_VERSION {
        checker.error("version", FlowMistake::DocumentVersion { version: document.version });
    }
    if !(1..=NAME_CHARS_MAX).contains(&document.name.trim().chars().count()) {
        checker.error("name", FlowMistake::NameLength { max: NAME_CHARS_MAX });
    }
    if document.elements.is_empty() {
        checker.error("elements", FlowMistake::NoElements {});
    } else if document.elements.len() > ELEMENTS_A_FLOW_MAX {
        checker.error("elements", FlowMistake::TooManyElements { max: ELEMENTS_A_FLOW_MAX });
    }
    if !document.elements.iter().any(|element| *element.id() == document.start) {
        checker.error("start", FlowMistake::NoStart {});
    }
}

fn compile(element: &Element, checker: &mut Checker<'_>) -> Option<Compiled> {
    Some(match element {
        Element::Message(element) => Compiled::Message(message::compile(element, checker)),
        Element::Action(element) => Compiled::Action(action::compile(element, checker)),
        Element::Flow(element) => {
            flow::check(element, checker);
            Compiled::Flow(element.clone())
        }
        Element::Pause(element) => {
            pause::check(element, checker);
            Compiled::Pause(element.clone())
        }
        Element::Filter(element) => Compiled::Filter(filter::compile(element, checker)),
        Element::Randomizer(element) => {
            randomizer::check(element, checker);
            Compiled::Randomizer(element.clone())
        }
        Element::ApiRequest(element) => Compiled::Request(Box::new(api_request::compile(element, checker)?)),
    })
}

impl Checker<'_> {
    pub(crate) fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    pub(crate) fn error(&mut self, field: impl Into<String>, mistake: impl Into<Mistake>) {
        self.add(self.element.clone(), field, Severity::Error, mistake);
    }

    pub(crate) fn warning(&mut self, field: impl Into<String>, mistake: impl Into<Mistake>) {
        self.add(self.element.clone(), field, Severity::Warning, mistake);
    }

    pub(crate) fn add(
        &mut self,
        element: Option<ElementId>,
        field: impl Into<String>,
        severity: Severity,
        mistake: impl Into<Mistake>,
    ) {
        let mistake = mistake.into();
        let is_borne = self.is_published && mistake.is_borne_when_published();
        let severity = if is_borne { Severity::Warning } else { severity };
        self.problems.push(Problem { element, field: field.into(), severity, mistake });
    }

    /// Checks a template and notes the names it reads.
    pub(crate) fn template(&mut self, field: &str, text: &str) -> Option<Template> {
        match Template::parse(text) {
            Ok(template) => {
                let names: Vec<_> =
                    template.names().map(|name| (name.dollar, name.text.to_owned(), name.is_built_in())).collect();
                self.note(field, names);
                Some(template)
            }
            Err(problem) => {
                self.error(field, problem);
                None
            }
        }
    }

    fn note(&mut self, field: &str, names: Vec<(bool, String, bool)>) {
        for (dollar, name, built_in) in names {
            if !dollar && self.local == Some(name.as_str()) {
                continue;
            }
            if dollar && built_in && self.context.bot_variables.contains(&name) {
                self.warning(field, FlowMistake::ReservedName { name: name.clone() });
            }
            let shown = if dollar { format!("${name}") } else { name };
            self.used.insert(shown.clone());
            if !built_in {
                self.reads.push((self.element.clone(), field.to_owned(), shown));
            }
        }
    }

    pub(crate) fn markup(&mut self, field: &str, text: &str) -> Option<Markup> {
        match Markup::parse(text) {
            Ok(markup) => {
                let names: Vec<_> =
                    markup.names().map(|name| (name.dollar, name.text.to_owned(), name.is_built_in())).collect();
                self.note(field, names);
                Some(markup)
            }
            Err(problem) => {
                self.error(field, problem);
                None
            }
        }
    }

    pub(crate) fn expression(&mut self, field: &str, text: &str) -> Option<Expression> {
        match Expression::parse(text) {
            Ok(expression) => {
                let names: Vec<_> =
                    expression.names().map(|name| (name.dollar, name.text.to_owned(), name.is_built_in())).collect();
                self.note(field, names);
                Some(expression)
            }
            Err(problem) => {
                self.error(field, problem);
                None
            }
        }
    }

    pub(crate) fn conditions(&mut self, field: &str, group: &ConditionGroup) -> Option<Conditions> {
        match Conditions::compile(group) {
            Ok(conditions) => {
                let names = conditions.names().into_iter();
                let names: Vec<_> = names.map(|name| (name.dollar, name.text.to_owned(), name.is_built_in())).collect();
                self.note(field, names);
                Some(conditions)
            }
            Err(problems) => {
                for problem in problems {
                    self.error(format!("{field}.{}", problem.field), problem.what);
                }
                None
            }
        }
    }

    /// A URL whose templates stand in path and query only.
    pub(crate) fn url_template(&mut self, field: &str, text: &str) -> Option<Template> {
        let template = self.template(field, text)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        match host {
            None | Some("") => self.error(field, FlowMistake::BadUrl {}),
            Some(host) if host.contains("{{") => {
                self.error(field, FlowMistake::TemplateInHost {});
            }
            Some(host) => {
                let scheme_and_host = &text[..text.len() - rest.map_or(0, str::len) + host.len()];
                if url::Url::parse(scheme_and_host).is_err()
                    || text.len() > URL_BYTES_MAX
                    || text.contains(char::is_control)
                {
                    self.error(field, FlowMistake::NotAUrl { max: URL_BYTES_MAX });
                }
            }
        }
        self.warn_placeholder(field, text);
        Some(template)
    }

    /// Hosts under `.example` lead nowhere, for good (RFC 2606): ready flows have them where a bot maker's own address belongs.
    fn warn_placeholder(&mut self, field: &str, text: &str) {
        let url = url::Url::parse(text).ok();
        if url.as_ref().and_then(url::Url::host_str).is_some_and(|host| host.ends_with(".example")) {
            self.warning(field, FlowMistake::PlaceholderAddress {});
        }
    }

    /// An address that people or messengers open; a template may be all of it.
    pub(crate) fn address(&mut self, field: &str, text: &str) -> Option<Template> {
        let template = self.template(field, text)?;
        if template.as_literal().is_some_and(|literal| convert::absolute_url(literal).is_none()) {
            self.error(field, FlowMistake::BadUrl {});
        }
        self.warn_placeholder(field, text);
        Some(template)
    }

    fn variable_name(&mut self, field: &str, bare: &str) -> bool {
        let length = bare.chars().count();
        let good = (1..=VARIABLE_NAME_CHARS_MAX).contains(&length)
            && bare.trim() == bare
            && !bare.contains(['{', '}', '|', '$']);
        if !good {
            self.error(field, FlowMistake::BadName { max: VARIABLE_NAME_CHARS_MAX });
        }
        good
    }

    /// A variable that is read by name; with `$` in front the bot's.
    pub(crate) fn read_variable(&mut self, field: &str, name: &str) {
        if self.variable_name(field, name.strip_prefix('$').unwrap_or(name)) {
            self.used.insert(name.to_owned());
            self.reads.push((self.element.clone(), field.to_owned(), name.to_owned()));
        }
    }

    /// A variable that is set by name; with `$` in front the bot's.
    pub(crate) fn variable(&mut self, field: &str, name: &str, kind: Option<ValueType>) {
        let (bot, bare) = name.strip_prefix('$').map_or((false, name), |bare| (true, bare));
        if !self.variable_name(field, bare) {
            return;
        }
        if bot {
            let is_known = self.context.bot_variables.iter().any(|known| known == bare);
            let name = bare.to_owned();
            match (is_built_in(bare), is_known) {
                // It was made when that was allowed.
                (true, true) => self.warning(field, FlowMistake::ReservedName { name }),
                (true, false) => self.error(field, FlowMistake::ReservedName { name }),
                (false, true) => {}
                (false, false) => self.warning(field, FlowMistake::UnknownBotVariable { name }),
            }
            return;
        }
        if let (Some(kind), Some(known)) = (kind, self.context.variables.get(bare).copied())
            && kind != known
        {
            self.warning(field, FlowMistake::OtherType { name: bare.to_owned() });
        }
        let declared = self.declared.entry(bare.to_owned()).or_default();
        *declared = declared.or(kind);
    }

    pub(crate) fn secret(&mut self, field: &str, name: &str) {
        if !self.context.secrets.iter().any(|known| known == name) {
            self.error(field, FlowMistake::UnknownSecret { name: name.to_owned() });
        }
    }

    pub(crate) fn flow_exists(&mut self, field: &str, flow_id: FlowId) {
        if !self.context.flows.iter().any(|(known, _)| *known == flow_id) {
            self.error(field, FlowMistake::UnknownFlow {});
        }
    }

    /// Ids of branches and buttons: 1 to 36 plain characters, each once.
    pub(crate) fn part_ids<'i>(&mut self, field: &str, ids: impl Iterator<Item = &'i str>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !ElementId::new(id).is_valid() {
                self.error(field, FlowMistake::BadId { id: id.to_owned() });
            }
            if !seen.insert(id) {
                self.error(field, FlowMistake::SameId { id: id.to_owned() });
            }
        }
    }

    fn report_unknown_names(&mut self) {
        for (element, field, name) in std::mem::take(&mut self.reads) {
            let known = match name.strip_prefix('$') {
                Some(bare) => self.context.bot_variables.iter().any(|known| known == bare),
                None => self.declared.contains_key(&name) || self.context.variables.contains_key(&name),
            };
            if !known {
                self.add(element, field, Severity::Warning, FlowMistake::UnknownName { name });
            }
        }
    }
}
