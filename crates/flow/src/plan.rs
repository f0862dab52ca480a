//! A flow that is ready to run: templates and patterns parsed, edges by index. Made once per version by [`crate::validate()`].

use std::{collections::HashMap, sync::Arc};

use recado_model::{ContentFormat, ElementId, FlowId, ValueType, VersionId};

use crate::{
    document::{Element, FlowDocument},
    element::{
        action::{Action, CompiledAction, CompiledWebhook},
        api_request::CompiledRequest,
        filter::CompiledFilter,
        flow::FlowElement,
        message::CompiledMessage,
        pause::PauseElement,
        randomizer::RandomizerElement,
    },
};

/// A flow that is ready to run.
#[derive(Debug)]
pub struct Plan {
    pub(crate) flow_id: FlowId,
    pub(crate) version_id: VersionId,
    pub(crate) document: Arc<FlowDocument>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) start: usize,
    pub(crate) by_id: HashMap<ElementId, usize>,
    pub(crate) used: Vec<String>,
    pub(crate) declared: Vec<(String, ValueType)>,
}

/// An element that is ready to run.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: ElementId,
    pub(crate) step: Compiled,
    pub(crate) edges: Vec<(String, usize)>,
}

#[derive(Debug)]
pub(crate) enum Compiled {
    Message(CompiledMessage),
    Action(Vec<CompiledAction>),
    Flow(FlowElement),
    Pause(PauseElement),
    Filter(CompiledFilter),
    Randomizer(RandomizerElement),
    Request(Box<CompiledRequest>),
}

/// A webhook that a flow sends: what publishing makes a subscription of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedWebhook {
    /// The element that sends it.
    pub element: ElementId,
    /// The event's title.
    pub title: String,
    /// The URL as the document has it.
    pub url_template: String,
    /// The body's wrapping, for a webhook that this URL makes.
    pub format: Option<ContentFormat>,
}

impl Plan {
    /// The flow.
    pub const fn flow_id(&self) -> FlowId {
        self.flow_id
    }

    /// The version.
    pub const fn version_id(&self) -> VersionId {
        self.version_id
    }

    /// What it was made of.
    pub fn document(&self) -> &FlowDocument {
        &self.document
    }

    /// Every *send webhook*, in the order of the document.
    pub fn webhooks(&self) -> Vec<PlannedWebhook> {
        let mut webhooks = Vec::new();
        for element in &self.document.elements {
            let Element::Action(action) = element else { continue };
            for action in &action.actions {
                if let Action::SendWebhook(webhook) = action {
                    webhooks.push(PlannedWebhook {
                        element: element.id().clone(),
                        title: webhook.name.trim().to_owned(),
                        url_template: webhook.url.clone(),
                        format: webhook.format,
                    });
                }
            }
        }
        webhooks
    }

    /// The URL templates of every *send webhook*, each once, in the order of the document.
    pub fn webhook_urls(&self) -> Vec<String> {
        let mut urls: Vec<String> = Vec::new();
        for webhook in self.webhooks() {
            if !urls.contains(&webhook.url_template) {
                urls.push(webhook.url_template);
            }
        }
        urls
    }

    /// The flows that its *Flow* elements start, each once.
    pub fn called_flows(&self) -> Vec<FlowId> {
        let mut flows = Vec::new();
        for element in &self.document.elements {
            if let Element::Flow(flow) = element
                && !flows.contains(&flow.flow_id)
            {
                flows.push(flow.flow_id);
            }
        }
        flows
    }

    /// The names its templates read.
    pub fn variables_used(&self) -> &[String] {
        &self.used
    }

    /// The variables it sets whose type is known.
    pub fn variables_declared(&self) -> &[(String, ValueType)] {
        &self.declared
    }

    pub(crate) fn node(&self, id: &ElementId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn target(&self, node: usize, output: &str) -> Option<usize> {
        self.nodes.get(node)?.edges.iter().find(|(name, _)| name == output).map(|(_, to)| *to)
    }

    pub(crate) fn message(&self, id: &ElementId) -> Option<&CompiledMessage> {
        match &self.nodes.get(self.node(id)?)?.step {
            Compiled::Message(message) => Some(message),
            Compiled::Action(_)
            | Compiled::Flow(_)
            | Compiled::Pause(_)
            | Compiled::Filter(_)
            | Compiled::Randomizer(_)
            | Compiled::Request(_) => None,
        }
    }

    pub(crate) fn request(&self, id: &ElementId) -> Option<&CompiledRequest> {
        match &self.nodes.get(self.node(id)?)?.step {
            Compiled::Request(request) => Some(request),
            Compiled::Message(_)
            | Compiled::Action(_)
            | Compiled::Flow(_)
            | Compiled::Pause(_)
            | Compiled::Filter(_)
            | Compiled::Randomizer(_) => None,
        }
    }

    /// The element's webhook of this name, else its nth.
    pub(crate) fn webhook(&self, id: &ElementId, name: &str, nth: usize) -> Option<&CompiledWebhook> {
        let Compiled::Action(actions) = &self.nodes.get(self.node(id)?)?.step else { return None };
        let webhooks = || {
            actions
                .iter()
                .filter_map(|action| if let CompiledAction::Webhook(webhook) = action { Some(webhook) } else { None })
        };
        let same = |webhook: &&CompiledWebhook| webhook.name == name;
        webhooks().nth(nth).filter(same).or_else(|| webhooks().find(same)).or_else(|| webhooks().nth(nth))
    }
}
