//! What holds for every flow and every sequence of inputs.

use std::sync::Arc;

use proptest::prelude::*;
use recado_flow::{FlowDocument, Operation, Plan, validate};
use recado_model::{FlowId, TriggerKind, UnixMs, VersionId, entropy::Seeded};
use serde_json::{Value as Json, json};

use crate::{
    conversation::Chat,
    parts::{MINUTE, keyword, said},
    problems::context,
};

const ELEMENTS: usize = 6;

/// An element, to which any element may lead.
fn element() -> impl Strategy<Value = Json> {
    let open = |pause: &str| json!({"kind": "open_chat", "pause": pause});
    let action = prop_oneof![
        Just(open("1h")),
        Just(open("until_closed")),
        Just(open("none")),
        Just(json!({"kind": "close_chat"})),
        Just(json!({"kind": "unsubscribe"})),
        Just(json!({"kind": "subscribe"})),
        Just(json!({"kind": "add_tag", "tag": "{{$last_message}}"})),
        Just(json!({"kind": "set_variable", "variable": "n", "to": {"set": "append", "value": "{{$last_message}}"}})),
        Just(
            json!({"kind": "set_variable", "variable": "t", "to": {"set": "value", "value": "{{t}}{{t}}{{$last_message}}"}})
        ),
        Just(json!({"kind": "send_webhook", "name": "w", "url": "https://x.test/{{t}}"})),
    ];
    prop_oneof![
        prop::collection::vec(action, 1..4).prop_map(|actions| json!({"type": "action", "actions": actions})),
        Just(
            json!({"type": "message", "parts": [{"kind": "text", "text": "{{t}}", "buttons": [{"id": "y", "label": "yes"}]}]})
        ),
        Just(
            json!({"type": "message", "parts": [{"kind": "input", "prompt": "?", "expects": {"kind": "number"}, "tries": 2, "time_limit_min": 10}]})
        ),
        Just(
            json!({"type": "pause", "until": {"kind": "period", "amount": 5, "unit": "minutes"}, "condition": "if_inactive"})
        ),
        Just(json!({"type": "pause", "until": {"kind": "time", "at": "09:00"}})),
        Just(json!({"type": "randomizer", "branches": [{"id": "y", "percent": 50}, {"id": "z", "percent": 50}]})),
        Just(
            json!({"type": "filter", "branches": [{"id": "y", "when": {"match": "any", "conditions": [{"on": "chat_open"}]}}]})
        ),
        Just(json!({"type": "api_request", "url": "https://x.test", "save": [{"path": "$", "variable": "t"}]})),
        any::<bool>()
            .prop_map(|call| json!({"type": "flow", "flow_id": "other", "mode": if call { "call" } else { "go" }})),
    ]
}

type Drawn = (Vec<Json>, Vec<(usize, usize, usize)>);

/// Elements and what leads where.
fn drawn() -> impl Strategy<Value = Drawn> {
    let edges = prop::collection::vec((0..ELEMENTS, 0..4usize, 0..ELEMENTS), 0..20);
    (prop::collection::vec(element(), ELEMENTS), edges)
}

fn write(drawn: &Drawn, other: FlowId) -> FlowDocument {
    let mut elements = drawn.0.clone();
    for (index, element) in elements.iter_mut().enumerate() {
        element["id"] = json!(format!("e{index}"));
        if element["type"] == "flow" {
            element["flow_id"] = json!(other);
        }
    }
    let mut document: FlowDocument =
        serde_json::from_value(json!({"version": 1, "name": "n", "start": "e0", "elements": elements})).unwrap();
    let mut taken = std::collections::BTreeSet::new();
    for (from, output, to) in &drawn.1 {
        let outputs = document.elements[*from].outputs();
        if outputs.is_empty() || !taken.insert((*from, output % outputs.len())) {
            continue;
        }
        let edge =
            json!({"from": format!("e{from}"), "output": outputs[output % outputs.len()], "to": format!("e{to}")});
        document.edges.push(serde_json::from_value(edge).unwrap());
    }
    document
}

fn plan(document: &FlowDocument, flow_id: FlowId, other: FlowId) -> Arc<Plan> {
    let mut context = context();
    context.flows = vec![(flow_id, "own".to_owned()), (other, "other".to_owned())];
    let version_id = VersionId::new(UnixMs(1), &mut Seeded::new(flow_id.to_string().len() as u64));
    let validated = validate(document, flow_id, version_id, &context);
    Arc::new(validated.plan.unwrap_or_else(|| panic!("{:#?}", validated.problems)))
}

#[derive(Debug, Clone)]
enum Step {
    Says(&'static str),
    Photo,
    Press,
    Later(i64),
    Answer(u16),
    Open,
    Block,
    Does(Operation),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::sample::select(vec!["go", "other", "hello", "12", "yes", "/start", "/stop"]).prop_map(Step::Says),
        1 => Just(Step::Photo),
        2 => Just(Step::Press),
        3 => prop::sample::select(vec![1_000, 5 * MINUTE, 11 * MINUTE, 61 * MINUTE, 25 * 60 * MINUTE]).prop_map(Step::Later),
        3 => prop::sample::select(vec![200, 404]).prop_map(Step::Answer),
        1 => Just(Step::Open),
        1 => Just(Step::Block),
        2 => prop::sample::select(vec![
            Operation::CloseChat,
            Operation::AssignChat { assignee: None },
            Operation::PauseAutomation { until: None },
            Operation::ResumeAutomation,
            Operation::Unsubscribe,
            Operation::Subscribe,
            Operation::Disable { disabled: true },
            Operation::Disable { disabled: false },
        ])
        .prop_map(Step::Does),
    ]
}

/// [`Chat::input`] itself checks after every turn that the same input gave the same turn, that at most one run is in the foreground, that there are
/// at most 50 runs, and that each is waited for by a timer, an answer or the end of a pause.
fn live(chat: &mut Chat, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Says(text) => {
                chat.says(text);
            }
            Step::Photo => {
                chat.sends_photo();
            }
            Step::Press => {
                if !chat.offers.is_empty() {
                    chat.presses("yes");
                }
            }
            Step::Later(ms) => {
                chat.later(*ms);
            }
            Step::Answer(status) => {
                if chat.call.is_some() {
                    chat.answered(*status, "\"x\"");
                }
            }
            Step::Open => {
                chat.opens(None);
            }
            Step::Block => {
                chat.input(&recado_flow::Input::SendBlocked);
            }
            Step::Does(operation) => {
                chat.does(operation.clone());
            }
        }
        assert!(chat.effects.len() < 40_000, "a turn ends within its limits");
    }
}

fn json_value() -> impl Strategy<Value = Json> {
    let word = prop::sample::select(vec![
        "type",
        "kind",
        "id",
        "text",
        "{{",
        "{{a | upper}}",
        "message",
        "https://x.test/{{a}}",
        "(",
        "$.a",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        word.clone().prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((word.clone(), inner), 0..4).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

/// Every place of a document that holds a value.
fn places(json: &Json, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match json {
        Json::Object(fields) => fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn check_any(json: Json) -> Result<(), TestCaseError> {
    let Ok(document) = serde_json::from_value::<FlowDocument>(json) else { return Ok(()) };
    let again: FlowDocument = serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();
    prop_assert_eq!(&again, &document);
    let mut rng = Seeded::new(3);
    let (flow_id, version_id) = (FlowId::new(UnixMs(0), &mut rng), VersionId::new(UnixMs(0), &mut rng));
    let validated = validate(&document, flow_id, version_id, &context());
    let errors = validated.problems.iter().any(|problem| problem.severity == recado_flow::Severity::Error);
    prop_assert_eq!(validated.plan.is_some(), !errors);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_flow_ends_within_its_limits_for_any_inputs(
        first in drawn(), second in drawn(), steps in prop::collection::vec(step(), 1..25), farewell in any::<bool>()
    ) {
        let mut chat = Chat::new();
        let flow = chat.flow(keyword("go"), json!([said("old", "old")]), &[]);
        let other = chat.flow(keyword("other"), json!([said("old", "old")]), &[]);
        for (own, called, drawn) in [(flow, other, &first), (other, flow, &second)] {
            let document = write(drawn, called);
            let plan = plan(&document, own, called);
            chat.flows.versions.retain(|known| known.flow_id() != own);
            chat.flows.versions.push(plan);
        }
        chat.trigger(other, if farewell { TriggerKind::Unsubscription } else { TriggerKind::StandardReply }, |_| {});
        live(&mut chat, &steps);
    }

    #[test]
    fn any_change_of_a_document_is_read_back_and_validated_without_a_panic(
        drawn in drawn(), place in any::<prop::sample::Index>(), value in json_value()
    ) {
        let other = FlowId::new(UnixMs(0), &mut Seeded::new(5));
        let mut json = serde_json::to_value(write(&drawn, other)).unwrap();
        let mut found = Vec::new();
        places(&json, "", &mut found);
        *json.pointer_mut(place.get(found.as_slice()).as_str()).unwrap() = value;
        check_any(json)?;
    }

    #[test]
    fn any_json_is_refused_or_validated_without_a_panic(json in json_value()) {
        check_any(json.clone())?;
        check_any(json!({"version": 1, "name": "n", "start": "a", "elements": [json]}))?;
    }
}
