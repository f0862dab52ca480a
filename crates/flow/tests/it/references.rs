//! What has another name has it wherever a document names it.

use proptest::prelude::*;
use recado_flow::{
    FlowDocument,
    references::{Renaming, is_built_in, is_plain_name, renamed, renamed_text, users},
    validate,
};
use recado_model::{ElementId, FlowId, Named, UnixMs, VersionId, entropy::Seeded};
use serde_json::json;

use crate::problems::context;

/// A flow that names a contact variable, a bot variable and a tag wherever one can be named, and other things beside them.
fn naming(var: &str, bot: &str, tag: &str) -> FlowDocument {
    let all = format!("{{{{{var}}}}} {{{{ ${bot} | upper }}}}");
    let others = "plain {{$data.kept}} {{other.kept}} {{other | default:\"kept\"}} \\{{kept}}";
    let markup = format!(
        "**{all}** \\\\{{{{{var}.a[0]}}}} [x](https://a.example/{{{{{var}}}}}) https://b.example/{{{{${bot}}}}}. {{{{$['{var}'][\"k\"]}}}} {{{{$[ \"{var}\" ]}}}} {{{{$.{var}.k}}}} {others}"
    );
    let sum = format!("{{{{{var}}}}} * {{{{${bot}}}}} + \"{{{{kept}}}}\"");
    let json = json!({
        "version": 1, "name": "kept", "start": "m",
        "elements": [
            {"id": "m", "type": "message", "title": "kept", "parts": [
                {"kind": "text", "text": markup,
                 "buttons": [{"id": "a", "label": all}, {"id": "b", "label": "x", "action": {"kind": "link", "url": format!("https://a.example/{{{{{var}}}}}")}},
                             {"id": "c", "label": "x", "action": {"kind": "phone", "phone": all}},
                             {"id": "d", "label": "x", "action": {"kind": "payment", "title": all, "amount": 1, "currency": "EUR"}}],
                 "quick_replies": [{"id": "e", "label": all}]},
                {"kind": "image", "url": format!("https://a.example/{{{{{var}}}}}"), "caption": all},
                {"kind": "file", "url": "https://a.example/x", "name": all},
                {"kind": "gallery", "items": format!("{var}.list"),
                 "cards": [{"title": all, "subtitle": "{{item.name}} {{$['item']}}", "image": format!("https://a.example/{{{{{var}}}}}"), "buttons": [{"id": "f", "label": all}]}]},
                {"kind": "input", "prompt": all, "expects": {"kind": "text"}, "save_to": var, "error_text": all},
            ]},
            {"id": "a", "type": "action", "actions": [
                {"kind": "add_tag", "tag": tag}, {"kind": "remove_tag", "tag": tag}, {"kind": "add_tag", "tag": all},
                {"kind": "set_variable", "variable": var, "to": {"set": "value", "value": all}},
                {"kind": "set_variable", "variable": format!("${bot}"), "to": {"set": "value", "value": {"k": "kept"}}},
                {"kind": "set_variable", "variable": "other", "to": {"set": "expression", "expression": sum}},
                {"kind": "set_variable", "variable": "other", "to": {"set": "add", "amount": all}},
                {"kind": "set_variable", "variable": "other", "to": {"set": "subtract", "amount": all}},
                {"kind": "set_variable", "variable": "other", "to": {"set": "append", "value": all}},
                {"kind": "delete_variable", "variable": var}, {"kind": "delete_variable", "variable": format!("${bot}")},
                {"kind": "send_webhook", "name": "kept", "url": format!("https://a.example/{{{{{var}}}}}"), "fields": [{"name": "kept", "value": all}]},
                {"kind": "notify", "text": all},
                {"kind": "send_message", "contact_id": "0198c0de-0000-7000-8000-000000000001", "text": markup},
            ]},
            {"id": "p", "type": "pause", "until": {"kind": "variable", "variable": var}},
            {"id": "q", "type": "pause", "until": {"kind": "variable", "variable": format!("${bot}")}},
            {"id": "f", "type": "filter", "branches": [{"id": "x", "when": {"match": "all", "conditions": [
                {"on": "variable", "name": var, "op": "equal", "value": {"variable": bot, "scope": "bot"}},
                {"on": "variable", "name": format!("{var}.size"), "op": "between", "value": 1, "to": {"variable": var}},
                {"match": "any", "conditions": [
                    {"on": "variable", "scope": "bot", "name": format!("{bot}.open"), "op": "not_empty"},
                    {"on": "variable", "scope": "system", "name": "last_message", "op": "equal", "value": "kept"},
                    {"on": "tag", "op": "has", "tag": tag}]},
            ]}}]},
            {"id": "r", "type": "api_request", "method": "POST", "url": format!("https://a.example/{{{{{var}}}}}"),
             "headers": [{"name": "X-V", "value": all}], "body": {"kind": "json", "text": format!("{{\"kept\": \"{all}\"}}")},
             "save": [{"path": "$.kept", "variable": var}, {"path": "$", "variable": format!("${bot}")}]},
            {"id": "s", "type": "api_request", "url": "https://a.example", "body": {"kind": "form", "fields": [{"name": "kept", "value": all}]}},
            {"id": "t", "type": "api_request", "url": "https://a.example", "body": {"kind": "raw", "content_type": all, "text": all}},
            {"id": "z", "type": "randomizer", "branches": [{"id": "x", "percent": 50}, {"id": "y", "percent": 50}]},
        ],
        "edges": [{"from": "m", "output": "next", "to": "a"}],
    });
    serde_json::from_value(json).unwrap()
}

fn change<'a>(what: Named, from: &'a str, to: &'a str) -> Renaming<'a> {
    Renaming { what, from, to }
}

fn ids(ids: &[&str]) -> Vec<ElementId> {
    ids.iter().copied().map(ElementId::new).collect()
}

const EVERY: [Named; 3] = [Named::ContactVariable, Named::BotVariable, Named::Tag];

#[test]
fn a_new_name_stands_wherever_the_old_one_stood() {
    let document = naming("size", "shop", "vip");
    for (what, from, to, after) in [
        (Named::ContactVariable, "size", "talla de pie", naming("talla de pie", "shop", "vip")),
        (Named::BotVariable, "shop", "tienda", naming("size", "tienda", "vip")),
        (Named::Tag, "vip", "oro", naming("size", "shop", "oro")),
    ] {
        let written = renamed(&document, change(what, from, to)).unwrap();
        assert_eq!(serde_json::to_value(&written).unwrap(), serde_json::to_value(&after).unwrap());
    }
    assert_eq!(users(&document, Named::ContactVariable, "size"), ids(&["m", "a", "p", "f", "r", "s", "t"]));
    assert_eq!(users(&document, Named::BotVariable, "shop"), ids(&["m", "a", "q", "f", "r", "s", "t"]));
    assert_eq!(users(&document, Named::Tag, "VIP"), ids(&["a", "f"]));
}

#[test]
fn what_a_document_does_not_name_leaves_it_alone() {
    let document = naming("size", "shop", "vip");
    for what in EVERY {
        for name in ["item", "kept", "nothing", "last_message", "data", "response", "k", "list"] {
            assert_eq!(renamed(&document, change(what, name, "new")), None, "{what:?} {name}");
            assert!(users(&document, what, name).is_empty());
        }
    }
    assert_eq!(renamed(&document, change(Named::BotVariable, "size", "new")), None);
    assert_eq!(renamed(&document, change(Named::ContactVariable, "shop", "new")), None);
}

#[test]
fn a_name_that_reads_as_something_else_is_not_meant() {
    let fields = change(Named::BotVariable, "city", "town");
    assert_eq!(renamed_text("{{$city}} {{$city | upper}}", fields), None, "it is the contact's field");
    assert_eq!(renamed_text("{{$city.zone}}", fields).as_deref(), Some("{{$town.zone}}"));
    assert_eq!(renamed_text("{{$data.x}}", change(Named::BotVariable, "data", "x")), None);
    assert_eq!(renamed_text("{{size", change(Named::ContactVariable, "size", "x")), None, "it can not be parsed");
    let quoted = change(Named::ContactVariable, "it's", "its");
    assert_eq!(renamed_text("{{$['it\\'s'].a}}", quoted).as_deref(), Some("{{$['its'].a}}"));
    for (name, plain) in
        [("a", true), ("ñandú 1", true), ("", false), (" a", false), ("a.b", false), ("a$", false), ("a'b", false)]
    {
        assert_eq!(is_plain_name(name), plain, "{name}");
    }
    assert!(is_built_in("city") && is_built_in("last_message") && !is_built_in("shop"));
}

#[test]
fn a_renamed_flow_is_as_good_as_before() {
    let mut rng = Seeded::new(4);
    let (flow, version) = (FlowId::new(UnixMs(0), &mut rng), VersionId::new(UnixMs(0), &mut rng));
    let problems = |document: &FlowDocument, name: &str| {
        let mut context = context();
        context.bot_variables = vec![name.to_owned()];
        validate(document, flow, version, &context).problems.len()
    };
    let document = naming("size", "shop", "vip");
    let written = renamed(&document, change(Named::BotVariable, "shop", "tienda")).unwrap();
    assert_eq!(problems(&document, "shop"), problems(&written, "tienda"));
    assert!(problems(&written, "shop") > problems(&document, "shop"));
}

proptest! {
    #[test]
    fn there_and_back_is_the_same_document(
        var in "[a-zñ_][a-z0-9 ñ_-]{0,20}[a-z]", bot in "[a-z_]{2,12}", tag in "[a-z]{1,10}", new in "[A-ZÑ][A-Z0-9 -]{0,20}[A-Z]",
    ) {
        prop_assume!(is_plain_name(&var) && !is_built_in(&bot) && !is_built_in(&var));
        prop_assume!(!["other", "item", "kept"].contains(&var.as_str()));
        let document = naming(&var, &bot, &tag);
        for (what, name) in [(Named::ContactVariable, &var), (Named::BotVariable, &bot), (Named::Tag, &tag)] {
            let there = renamed(&document, change(what, name, &new)).unwrap();
            prop_assert!(users(&there, what, name).is_empty());
            prop_assert_eq!(users(&there, what, &new), users(&document, what, name));
            prop_assert_eq!(renamed(&there, change(what, &new, name)).unwrap(), document.clone());
        }
    }

    #[test]
    fn any_text_is_the_same_there_and_back(text in "(\\{\\{|\\}\\}|\\$|\\\\|size|other|[a-z .|'\"\\[\\]]){0,24}") {
        if let Some(there) = renamed_text(&text, change(Named::ContactVariable, "size", "SIZE")) {
            prop_assert_eq!(renamed_text(&there, change(Named::ContactVariable, "SIZE", "size")).unwrap(), text);
        }
    }
}
