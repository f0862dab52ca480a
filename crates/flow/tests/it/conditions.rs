use proptest::prelude::*;
use recado_flow::condition::{ConditionGroup, Conditions};
use recado_model::{ChatState, ContactStatus, UnixMs, Value, contact::Passed, time::DAY_MS};
use serde_json::{Value as Json, json};

use crate::stage::{NOW, Stage};

fn compile(group: Json) -> Conditions {
    Conditions::compile(&serde_json::from_value::<ConditionGroup>(group).unwrap()).unwrap()
}

fn ask(stage: &Stage, condition: Json) -> (bool, usize) {
    let mut warnings = Vec::new();
    let held = compile(json!({"match": "all", "conditions": [condition]})).hold(&stage.conditions(), &mut warnings);
    (held, warnings.len())
}

fn holds(stage: &Stage, condition: Json) -> bool {
    let (held, warnings) = ask(stage, condition.clone());
    assert_eq!(warnings, 0, "{condition}");
    held
}

fn variable(name: &str, op: &str, value: Json) -> Json {
    json!({"on": "variable", "name": name, "op": op, "value": value})
}

#[test]
fn texts_are_compared_whatever_their_case() {
    let stage = Stage::new();
    for (op, value, expected) in [
        ("equal", "gREEN", true),
        ("equal", "gree", false),
        ("not_equal", "red", true),
        ("contains", "REE", true),
        ("not_contains", "ree", false),
        ("starts", "gr", true),
        ("ends", "EN", true),
        ("ends", "gr", false),
        ("matches", "^g.*n$", true),
        ("matches", "^b", false),
    ] {
        assert_eq!(holds(&stage, variable("favourite colour", op, json!(value))), expected, "{op} {value}");
    }
}

#[test]
fn empty_is_unset_or_without_content() {
    let mut stage = Stage::new();
    stage.set_text("blank", "");
    stage.set("list", Value::List(vec![]));
    for name in ["unset", "blank", "list", "order.none"] {
        assert!(holds(&stage, json!({"on": "variable", "name": name, "op": "empty"})), "{name}");
        assert!(!holds(&stage, json!({"on": "variable", "name": name, "op": "not_empty"})), "{name}");
    }
    assert!(holds(&stage, json!({"on": "variable", "name": "count", "op": "not_empty"})));
    assert!(holds(&stage, variable("unset", "not_equal", json!("x"))));
    assert!(holds(&stage, variable("unset", "not_contains", json!("x"))));
    assert!(!holds(&stage, variable("unset", "less", json!(5))));
}

#[test]
fn numbers_are_compared_as_numbers() {
    let mut stage = Stage::new();
    stage.set("ten", Value::Number(10.0));
    for (op, value, expected) in [
        ("equal", json!(10), true),
        ("equal", json!("10,0"), true),
        ("not_equal", json!(9), true),
        ("less", json!(9), false),
        ("less_or_equal", json!(10), true),
        ("greater", json!(9), true),
        ("greater_or_equal", json!(11), false),
        ("greater", json!({"variable": "count"}), true),
    ] {
        assert_eq!(holds(&stage, variable("ten", op, value.clone())), expected, "{op} {value}");
    }
    let between =
        |from: i32, to: i32| json!({"on": "variable", "name": "ten", "op": "between", "value": from, "to": to});
    assert!(holds(&stage, between(10, 12)) && holds(&stage, between(5, 10)) && !holds(&stage, between(11, 12)));
    assert!(holds(&stage, variable("order.items[0].price", "greater", json!(12))));
}

#[test]
fn a_value_of_the_wrong_type_is_false_with_a_warning() {
    let mut stage = Stage::new();
    stage.set("born", Value::Date("2000-01-01".to_owned()));
    for condition in [
        variable("favourite colour", "less", json!(5)),
        variable("count", "equal", json!("many")),
        variable("count", "not_equal", json!("many")),
        variable("count", "contains", json!("2")),
        variable("count", "before", json!(5)),
        variable("born", "before", json!("soon")),
        variable("born", "starts", json!("2000")),
        variable("favourite colour", "within_last", json!(5)),
    ] {
        assert_eq!(ask(&stage, condition.clone()), (false, 1), "{condition}");
    }
}

#[test]
fn dates_are_compared_by_the_day_and_moments_to_the_second() {
    let mut stage = Stage::new();
    stage.set("date", Value::Date("2026-11-20".to_owned()));
    stage.set("moment", Value::DateTime("2026-11-23T09:00:00Z".to_owned()));
    for (name, op, value, expected) in [
        ("date", "equal", "20/11/2026", true),
        ("date", "before", "2026-11-21", true),
        ("date", "after", "2026-11-20", false),
        ("date", "not_equal", "2026-11-21", true),
        ("moment", "equal", "23.11.2026 10:00", true),
        ("moment", "equal", "2026-11-23", true),
        ("moment", "before", "2026-11-23T09:00:01Z", true),
        ("moment", "after", "23.11.2026 10:00", false),
    ] {
        assert_eq!(holds(&stage, variable(name, op, json!(value))), expected, "{name} {op} {value}");
    }
    assert!(holds(
        &stage,
        json!({"on": "variable", "name": "date", "op": "between", "value": "2026-11-20", "to": "2026-11-20"})
    ));
    assert!(holds(&stage, variable("date", "before", json!({"variable": "moment"}))));
}

#[test]
fn within_counts_from_now() {
    let mut stage = Stage::new();
    stage.set("date", Value::Date("2026-11-20".to_owned()));
    stage.set("past", Value::DateTime("2026-11-23T08:31:08Z".to_owned()));
    stage.set("next", Value::DateTime("2026-11-23T10:00:00Z".to_owned()));
    let within = |name: &str, op: &str, count: i64, unit: &str| json!({"on": "variable", "name": name, "op": op, "value": count, "unit": unit});
    assert!(holds(&stage, within("date", "within_last", 3, "days")));
    assert!(!holds(&stage, within("date", "within_last", 2, "days")));
    assert!(!holds(&stage, within("date", "within_next", 9, "days")));
    assert!(holds(&stage, within("past", "within_last", 60, "minutes")));
    assert!(!holds(&stage, within("past", "within_last", 59, "minutes")));
    assert!(holds(&stage, within("next", "within_next", 1, "hours")));
    assert!(!holds(&stage, within("next", "within_last", 1, "hours")));
}

#[test]
fn times_lists_and_truths_have_their_comparisons() {
    let mut stage = Stage::new();
    stage.set("opens", Value::Time("09:00".to_owned()));
    stage.set("likes", Value::List(vec![json!("Books"), json!(7)]));
    stage.set("vip", Value::Boolean(true));
    assert!(holds(&stage, variable("opens", "before", json!("9:30"))));
    assert!(holds(&stage, variable("likes", "contains", json!("books"))));
    assert!(holds(&stage, variable("likes", "contains", json!(7))));
    assert!(holds(&stage, variable("likes", "not_contains", json!("Book"))));
    assert!(holds(&stage, variable("vip", "equal", json!(true))));
    assert!(holds(&stage, variable("vip", "not_equal", json!("false"))));
}

#[test]
fn bot_system_and_field_values_are_compared() {
    let stage = Stage::new();
    assert!(holds(&stage, json!({"on": "variable", "scope": "bot", "name": "shop", "op": "starts", "value": "lib"})));
    assert!(holds(
        &stage,
        json!({"on": "variable", "scope": "system", "name": "last_message", "op": "equal", "value": "HI"})
    ));
    assert!(holds(
        &stage,
        json!({"on": "variable", "scope": "system", "name": "current_date", "op": "after", "value": "2026-11-22"})
    ));
    assert!(holds(
        &stage,
        json!({"on": "variable", "scope": "system", "name": "response.status", "op": "less", "value": 300})
    ));
    assert!(holds(&stage, variable("country", "equal", json!("es"))));
}

#[test]
fn what_the_contact_is_can_be_asked() {
    let mut stage = Stage::new();
    stage.contact.status = Some(ContactStatus::Active);
    stage.contact.tags = vec!["VIP".to_owned()];
    stage.campaigns = vec!["c1".to_owned()];
    stage.contact.chat = ChatState::Open { since: NOW, assignee: None };
    for (condition, expected) in [
        (json!({"on": "tag", "op": "has", "tag": "vip"}), true),
        (json!({"on": "tag", "op": "has_not", "tag": "vip"}), false),
        (json!({"on": "status", "status": "active"}), true),
        (json!({"on": "status", "op": "is_not", "status": "active"}), false),
        (json!({"on": "channel", "service": "telegram"}), true),
        (json!({"on": "channel", "op": "is", "service": "viber"}), false),
        (json!({"on": "campaign", "campaign": "c1"}), true),
        (json!({"on": "campaign", "op": "is_not", "campaign": "c2"}), true),
        (json!({"on": "chat_open"}), true),
        (json!({"on": "chat_open", "open": false}), false),
        (json!({"on": "time", "from": "10:00", "to": "11:00"}), true),
        (json!({"on": "time", "from": "22:00", "to": "10:31"}), false),
        (json!({"on": "weekday", "days": [1]}), true),
        (json!({"on": "weekday", "days": [2, 7]}), false),
    ] {
        assert_eq!(holds(&stage, condition.clone()), expected, "{condition}");
    }
}

#[test]
fn a_passed_webhook_counts_within_its_time() {
    let mut stage = Stage::new();
    stage
        .contact
        .passed
        .insert("Order".to_owned(), Passed { first: UnixMs(0), last: UnixMs(NOW.0 - 2 * DAY_MS), count: 3 });
    assert!(holds(&stage, json!({"on": "received_webhook", "title": "Order"})));
    assert!(holds(&stage, json!({"on": "received_webhook", "title": "Order", "within_days": 2})));
    assert!(!holds(&stage, json!({"on": "received_webhook", "title": "Order", "within_hours": 47})));
    assert!(holds(&stage, json!({"on": "received_webhook", "op": "has_not", "title": "order"})));
}

#[test]
fn groups_nest_once() {
    let stage = Stage::new();
    let (yes, no) = (json!({"on": "weekday", "days": [1]}), json!({"on": "weekday", "days": [2]}));
    for (group, expected) in [
        (json!({"match": "all", "conditions": [yes, {"match": "any", "conditions": [no, yes]}]}), true),
        (json!({"match": "all", "conditions": [yes, {"match": "all", "conditions": [no, yes]}]}), false),
        (json!({"match": "any", "conditions": [no, {"match": "all", "conditions": [yes]}]}), true),
        (json!({"match": "any", "conditions": [no, no]}), false),
    ] {
        assert_eq!(compile(group.clone()).hold(&stage.conditions(), &mut Vec::new()), expected, "{group}");
    }
    let twice = json!({"match": "all", "conditions": [{"match": "all", "conditions": [{"match": "all", "conditions": [yes]}]}]});
    assert!(serde_json::from_value::<ConditionGroup>(twice).is_err());
}

#[test]
fn problems_are_told_with_their_field() {
    let group = json!({"match": "all", "conditions": [
        {"on": "variable", "name": "a", "op": "equal"},
        {"on": "variable", "name": "a", "op": "between", "value": 1},
        {"on": "variable", "name": "", "op": "empty"},
        {"on": "variable", "name": "a", "op": "matches", "value": "("},
        {"on": "variable", "name": "a", "op": "within_last", "value": "soon"},
        {"match": "any", "conditions": [{"on": "tag", "op": "has", "tag": ""}, {"on": "weekday", "days": [0]}]},
        {"on": "time", "from": "25:00", "to": "1:00"},
        {"on": "received_webhook", "title": "x", "within_days": 1, "within_hours": 1},
        {"match": "any", "conditions": []}
    ]});
    let problems = Conditions::compile(&serde_json::from_value(group).unwrap()).unwrap_err();
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "conditions[0].value",
            "conditions[1].to",
            "conditions[2].name",
            "conditions[3].value",
            "conditions[4].value",
            "conditions[5].conditions[0].tag",
            "conditions[5].conditions[1].days",
            "conditions[6].from",
            "conditions[7].within_hours",
            "conditions[8].conditions",
        ]
    );
    assert!(Conditions::compile(&serde_json::from_value(json!({"match": "all", "conditions": []})).unwrap()).is_err());
}

#[test]
fn an_unknown_field_or_word_is_refused_by_name() {
    let error = |condition: Json| {
        serde_json::from_value::<ConditionGroup>(json!({"match": "all", "conditions": [condition]}))
            .unwrap_err()
            .to_string()
    };
    assert!(error(json!({"on": "tag", "op": "has", "tag": "x", "colour": 1})).contains("colour"));
    assert!(error(json!({"on": "moon"})).contains("moon"));
    assert!(error(json!({"match": "any", "conditions": [], "more": 1})).contains("more"));
}

#[test]
fn documents_keep_their_shape() {
    let group = json!({"match": "all", "conditions": [
        {"on": "variable", "scope": "contact", "name": "a", "op": "between", "value": 1, "to": {"variable": "b", "scope": "bot"}},
        {"match": "any", "conditions": [{"on": "tag", "op": "has", "tag": "x"}]}
    ]});
    let read: ConditionGroup = serde_json::from_value(group.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), group);
}

proptest! {
    #[test]
    fn no_comparison_panics(
        name in prop::sample::select(vec!["x", "count", "order", "order.items", "born", "likes", "place"]),
        op in prop::sample::select(vec!["equal", "not_equal", "contains", "not_contains", "starts", "ends", "empty", "not_empty", "matches",
            "less", "less_or_equal", "greater", "greater_or_equal", "between", "before", "after", "within_last", "within_next"]),
        value in prop_oneof![any::<f64>().prop_map(Json::from), any::<i64>().prop_map(Json::from), "\\PC{0,12}".prop_map(Json::from), Just(json!([1])), Just(json!({"variable": "count"}))],
        said in "\\PC{0,12}",
    ) {
        let mut stage = Stage::new();
        stage.set_text("x", &said);
        stage.set("born", Value::Date(said.clone()));
        stage.set("likes", Value::DateTime("2026-11-23T09:00:00Z".to_owned()));
        stage.set("place", Value::Location { lat: 0.0, lon: 0.0 });
        let group = json!({"match": "all", "conditions": [{"on": "variable", "name": name, "op": op, "value": value, "to": value}]});
        crate::entries::condition(group.to_string().as_bytes());
        if let Ok(conditions) = Conditions::compile(&serde_json::from_value(group).unwrap()) {
            conditions.hold(&stage.conditions(), &mut Vec::new());
        }
    }
}
