//! The flows that the guides show can be published as they stand.

use std::{collections::BTreeMap, fs};

use recado_channels::livechat;
use recado_flow::{FlowDocument, ValidationContext, element::filter::FilterElement, validate};
use recado_model::{FlowId, Service, UnixMs, VersionId, entropy::Seeded};

/// The fenced blocks of a language in a guide.
fn blocks(guide: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(super::root().join("docs").join(guide)).expect("the guide is there");
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

fn problems_of(document: &FlowDocument) -> Vec<String> {
    let mut rng = Seeded::new(1);
    let context = ValidationContext {
        service: Service::Livechat,
        limits: livechat::LIMITS,
        flows: Vec::new(),
        variables: BTreeMap::new(),
        bot_variables: Vec::new(),
        secrets: Vec::new(),
    };
    let (flow_id, version_id) = (FlowId::new(UnixMs(0), &mut rng), VersionId::new(UnixMs(0), &mut rng));
    validate(document, flow_id, version_id, &context)
        .problems
        .into_iter()
        .map(|problem| problem.mistake.to_string())
        .collect()
}

#[test]
fn the_flows_of_the_guides_have_no_problems() {
    let yaml = blocks("flows.md", "yaml").remove(0);
    let json = blocks("getting-started.md", "json").remove(0);
    let whole: FlowDocument = serde_saphyr::from_str(&yaml).expect("the YAML is a flow document");
    let hello: FlowDocument = serde_json::from_str(&json).expect("the JSON is a flow document");
    assert_eq!(problems_of(&whole), Vec::<String>::new());
    assert_eq!(problems_of(&hello), Vec::<String>::new());
}

#[test]
fn the_filter_of_the_guide_is_one() {
    let yaml = blocks("flows.md", "yaml").remove(1);
    let filter: FilterElement = serde_saphyr::from_str(&format!("id: choose\n{yaml}")).expect("the YAML is a filter");
    assert_eq!(filter.outputs(), ["branch:adults_of_today", "otherwise"]);
}
