//! Checks the edges of a document and gives them to the plan's nodes.

use std::collections::{BTreeSet, HashMap};

use recado_model::ElementId;

use super::{Checker, Severity};
use crate::{
    document::{Element, FlowDocument},
    element::{message::MessagePart, pause::PauseEnd},
    mistake::FlowMistake,
    plan::Node,
};

/// Edges of one flow: as many as outputs can have.
const EDGES_MAX: usize = 20_000;

pub(super) fn connect(
    document: &FlowDocument,
    by_id: &HashMap<ElementId, usize>,
    nodes: &mut [Node],
    checker: &mut Checker<'_>,
) {
    let outputs: HashMap<&ElementId, Vec<String>> =
        document.elements.iter().map(|element| (element.id(), element.outputs())).collect();
    let mut seen = BTreeSet::new();
    if document.edges.len() > EDGES_MAX {
        checker.error("edges", FlowMistake::TooManyEdges { max: EDGES_MAX });
    }
    let most = if checker.is_published { usize::MAX } else { EDGES_MAX };
    for edge in document.edges.iter().take(most) {
        let Some(known) = outputs.get(&edge.from) else {
            checker.error("edges", FlowMistake::EdgeFromNowhere { from: edge.from.to_string() });
            continue;
        };
        let from = Some(edge.from.clone());
        if !known.contains(&edge.output) {
            let mistake = FlowMistake::NoSuchOutput { output: edge.output.clone() };
            checker.add(from, "edges", Severity::Error, mistake);
            continue;
        }
        if !seen.insert((&edge.from, &edge.output)) {
            let mistake = FlowMistake::TwoEdges { output: edge.output.clone() };
            checker.add(from, "edges", Severity::Error, mistake);
            continue;
        }
        let Some(to) = by_id.get(&edge.to) else {
            let mistake = FlowMistake::EdgeToNowhere { output: edge.output.clone(), to: edge.to.to_string() };
            checker.add(from, "edges", Severity::Error, mistake);
            continue;
        };
        if let Some(node) = by_id.get(&edge.from).and_then(|from| nodes.get_mut(*from)) {
            node.edges.push((edge.output.clone(), *to));
        }
    }
    if checker.has_errors() {
        return;
    }
    warn_unreachable(document, by_id, nodes, checker);
    warn_unconnected(document, nodes, checker);
    warn_window(document, nodes, checker);
}

fn reachable(nodes: &[Node], from: Vec<usize>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = from;
    while let Some(index) = open.pop() {
        if seen.insert(index)
            && let Some(node) = nodes.get(index)
        {
            open.extend(node.edges.iter().map(|(_, to)| *to));
        }
    }
    seen
}

fn warn_unreachable(
    document: &FlowDocument,
    by_id: &HashMap<ElementId, usize>,
    nodes: &[Node],
    checker: &mut Checker<'_>,
) {
    let reached = reachable(nodes, by_id.get(&document.start).copied().into_iter().collect());
    for (index, node) in nodes.iter().enumerate() {
        if !reached.contains(&index) {
            checker.add(Some(node.id.clone()), "", Severity::Warning, FlowMistake::Unreachable {});
        }
    }
}

fn warn_unconnected(document: &FlowDocument, nodes: &[Node], checker: &mut Checker<'_>) {
    for (element, node) in document.elements.iter().zip(nodes) {
        for output in element.outputs() {
            let open = !node.edges.iter().any(|(name, _)| *name == output);
            let mistake = match element {
                Element::ApiRequest(_) if output == "error" => FlowMistake::UnconnectedError {},
                Element::Message(_) if output.starts_with("button:") => FlowMistake::UnconnectedButton {},
                Element::Message(_) if output.starts_with("paid:") => FlowMistake::UnconnectedPayment {},
                Element::Message(_)
                | Element::Action(_)
                | Element::Flow(_)
                | Element::Pause(_)
                | Element::Filter(_)
                | Element::Randomizer(_)
                | Element::ApiRequest(_) => continue,
            };
            if open {
                let id = Some(element.id().clone());
                checker.add(id, format!("output {output}"), Severity::Warning, mistake);
            }
        }
    }
}

/// Messages after a pause that is longer than the messenger lets a bot write.
fn warn_window(document: &FlowDocument, nodes: &[Node], checker: &mut Checker<'_>) {
    let Some(window) = checker.context.limits.window_hours else { return };
    for (element, node) in document.elements.iter().zip(nodes) {
        let Element::Pause(pause) = element else { continue };
        let may_be_long = match (&pause.until, pause.hours()) {
            (_, Some(hours)) => hours >= window,
            (PauseEnd::Time { weekdays, .. }, None) => !weekdays.is_empty(),
            (PauseEnd::Period { .. } | PauseEnd::Date { .. } | PauseEnd::Variable { .. }, None) => true,
        };
        let next = node.edges.iter().filter(|(output, _)| output == "next").map(|(_, to)| *to).collect();
        let speaks =
            |index: &usize| matches!(document.elements.get(*index), Some(Element::Message(message)) if says(message));
        if may_be_long && reachable(nodes, next).iter().any(speaks) {
            let mistake = FlowMistake::OutsideWindow { hours: window };
            checker.add(Some(element.id().clone()), "until", Severity::Warning, mistake);
        }
    }
}

fn says(message: &crate::element::message::MessageElement) -> bool {
    message.parts.iter().any(|part| !matches!(part, MessagePart::Delay { .. }))
}
