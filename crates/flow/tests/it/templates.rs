use proptest::prelude::*;
use recado_flow::template::{Escape, Template};
use recado_model::{Value, limits::RENDERED_BYTES_MAX};
use serde_json::{Value as Json, json};

use crate::stage::Stage;

fn plain(stage: &Stage, source: &str) -> String {
    Template::parse(source).unwrap().render(&stage.scope(), Escape::Plain).text
}

#[test]
fn names_may_have_spaces_and_any_letters() {
    let mut stage = Stage::new();
    stage.set_text("имя", "Olga");
    assert_eq!(plain(&stage, "{{favourite colour}} and {{ имя }}"), "Green and Olga");
}

#[test]
fn paths_read_inside_objects_and_lists() {
    let stage = Stage::new();
    assert_eq!(
        plain(&stage, "{{order.items[0].name}} {{order.items[0].price}} {{order['a key']}}"),
        "Don Quijote 12.5 true"
    );
    assert_eq!(plain(&stage, "[{{order.items[9].name}}{{count.x}}]"), "[]");
}

#[test]
fn a_location_has_lat_and_lon() {
    let mut stage = Stage::new();
    stage.set("place", Value::Location { lat: 40.5, lon: -3.0 });
    assert_eq!(plain(&stage, "{{place.lat}};{{place.lon}};{{place}}"), "40.5;-3;https://maps.google.com/?q=40.5,-3");
}

#[test]
fn dollar_alone_reads_the_answer_then_the_data_then_the_variable() {
    let mut stage = Stage::new();
    assert_eq!(plain(&stage, "{{$['key']['nested']}}"), "from data");
    assert_eq!(plain(&stage, "{{$['order']['items'][1].name}}"), "Niebla");
    stage.response = json!({"key": {"nested": "from the answer"}});
    assert_eq!(plain(&stage, "{{$['key']['nested']}}"), "from the answer");
}

#[test]
fn the_variable_wins_over_the_field_unless_a_dollar_asks_for_the_field() {
    let mut stage = Stage::new();
    assert_eq!(plain(&stage, "{{name}}"), "Ana Díaz");
    stage.set_text("name", "Anita");
    assert_eq!(plain(&stage, "{{name}} {{$name}} {{$first_name}}"), "Anita Ana Díaz Ana");
}

#[test]
fn system_names_and_bot_variables_stand_after_a_dollar() {
    let stage = Stage::new();
    let text = plain(
        &stage,
        "{{$bot_name}}|{{$shop}}|{{$last_message}}|{{$current_date}}|{{$current_time}}|{{$start}}|{{$response.status}}|{{$data.key.nested}}",
    );
    assert_eq!(text, "Best bot|Librería|hi|2026-11-23|10:31|spring|200|from data");
}

#[test]
fn unset_is_empty_and_an_unknown_bot_variable_warns() {
    let stage = Stage::new();
    let rendered = Template::parse("[{{nothing}}{{$nobody}}]").unwrap().render(&stage.scope(), Escape::Plain);
    assert_eq!(rendered.text, "[]");
    assert_eq!(rendered.warnings, ["there is no bot variable `$nobody`"]);
}

#[test]
fn an_item_of_a_list_is_known_where_the_list_is_built() {
    let mut stage = Stage::new();
    stage.set_text("item", "the variable");
    let item = json!({"name": "Niebla", "tags": ["a"]});
    let scope = recado_flow::template::Scope { local: Some(("item", &item)), ..stage.scope() };
    let template = Template::parse("{{item.name}} {{item.tags[0]}}{{item.none}}").unwrap();
    assert_eq!(template.render(&scope, Escape::Plain).text, "Niebla a");
}

#[test]
fn filters_change_values() {
    let mut stage = Stage::new();
    stage.set_text("when", "2026-03-09T08:05:07Z");
    stage.set_text("mobile", "612345678");
    stage.set_text("none", "");
    for (source, expected) in [
        ("{{none | default:\"friend\" | upper}}", "FRIEND"),
        ("{{missing|default:'a|b'}}", "a|b"),
        ("{{$shop|upper}} {{$shop|lower}}", "LIBRERÍA librería"),
        ("{{'x' | title}}", "'X'"),
        ("{{order.items[0].price | round}} {{order.items[0].price|round:3}}", "13 12.5"),
        ("{{when | date:\"DD.MM.YYYY hh:mm:ss\"}}", "09.03.2026 09:05:07"),
        ("{{$current_date | date:'YY/MM/DD'}} {{$current_time|date:\"hh\"}}", "26/11/23 10"),
        ("{{order.items[1] | json}}", "{\"name\":\"Niebla\"}"),
        ("{{favourite colour | urlencode}}{{$shop|urlencode}}", "GreenLibrer%C3%ADa"),
        ("{{mobile | phone}}", "+34 612 34 56 78"),
        ("{{count}} {{count | plural:\"place\",\"places\"}}", "2 places"),
        ("{{missing | plural:\"place\",\"places\"}}", "places"),
    ] {
        stage.set_text("'x'", "'x'");
        assert_eq!(plain(&stage, source), expected, "{source}");
    }
}

#[test]
fn slavic_plurals_have_three_forms() {
    let mut stage = Stage::new();
    for (count, word) in [
        (1.0, "место"),
        (2.0, "места"),
        (5.0, "мест"),
        (11.0, "мест"),
        (12.0, "мест"),
        (21.0, "место"),
        (22.0, "места"),
        (111.0, "мест"),
        (0.0, "мест"),
    ] {
        stage.set("n", Value::Number(count));
        assert_eq!(plain(&stage, "{{n | plural:'место','места','мест'}}"), word, "{count}");
    }
}

#[test]
fn a_filter_that_does_not_fit_keeps_the_value_and_warns() {
    let stage = Stage::new();
    let rendered = Template::parse("{{$shop | round | date:'YYYY'}}").unwrap().render(&stage.scope(), Escape::Plain);
    assert_eq!((rendered.text.as_str(), rendered.warnings.len()), ("Librería", 2));
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (source, words) in [
        ("Hi {{name", "`{{` at character 4 is not closed by `}}`"),
        ("{{}}", "`{{}}` at character 1 names no variable"),
        ("{{ $ }}", "`{{}}` at character 1 names no variable"),
        ("{{a.}}", "at character 5: a name is missing after the dot"),
        ("{{a[x]}}", "at character 6: a number or a quoted name belongs between `[` and `]`"),
        ("{{a['b]}}", "at character 5: the quotation mark is not closed"),
        ("{{a | loud}}", "filter `loud`: there is no such filter"),
        ("{{a | upper:1}}", "filter `upper`: takes no value"),
        ("{{a | round:99}}", "filter `round`: takes a number of decimals from 0 to 10"),
        ("{{a | plural:'x'}}", "filter `plural`: takes two or three words"),
        ("{{a}x}}", "at character 4: `}` can not stand here"),
        ("ü{{a{b}}", "at character 5: `{` can not stand here"),
    ] {
        assert_eq!(Template::parse(source).unwrap_err().to_string(), words, "{source}");
    }
}

#[test]
fn a_backslash_keeps_the_braces() {
    assert_eq!(plain(&Stage::new(), "\\{{name}} {{count}}"), "{{name}} 2");
}

#[test]
fn a_contacts_text_is_never_rendered_again() {
    let mut stage = Stage::new();
    stage.set_text("x", "{{$bot_id}} {{name}}");
    assert_eq!(plain(&stage, "{{x}} {{x | default:'y'}}"), "{{$bot_id}} {{name}} {{$bot_id}} {{name}}");
}

#[test]
fn in_json_a_value_keeps_its_type_outside_of_quotes() {
    let mut stage = Stage::new();
    stage.set_text("x", "say \"hi\"\n\\");
    let source = r#"{"n":{{count}},"s":"a {{x}} \" {{count}}","t":{{x}},"o":{{order}},"u":{{nothing}},"e":"{{nothing}}","j":{{order.items|json}}}"#;
    let text = Template::parse(source).unwrap().render(&stage.scope(), Escape::Json).text;
    let body: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(body["n"], 2);
    assert_eq!(body["s"], "a say \"hi\"\n\\ \" 2");
    assert_eq!(body["t"], "say \"hi\"\n\\");
    assert_eq!(body["o"]["items"][1]["name"], "Niebla");
    assert_eq!((&body["u"], &body["e"]), (&Json::Null, &json!("")));
    assert_eq!(body["j"][0]["price"], 12.5);
}

#[test]
fn in_a_url_a_value_is_one_component_unless_it_is_the_whole_url() {
    let mut stage = Stage::new();
    stage.set_text("x", "a b/../c?d=e&f#g");
    stage.set_text("dots", "..");
    stage.set_text("base", "https://example.com/hook");
    let url = |source: &str| Template::parse(source).unwrap().render(&stage.scope(), Escape::Url).text;
    assert_eq!(
        url("https://h.test/{{x}}?q={{x | urlencode}}"),
        "https://h.test/a%20b%2F..%2Fc%3Fd%3De%26f%23g?q=a%20b%2F..%2Fc%3Fd%3De%26f%23g"
    );
    assert_eq!(url("https://h.test/{{dots}}/x"), "https://h.test/%2E%2E/x");
    assert_eq!(url("{{base}}?a={{count}}"), "https://example.com/hook?a=2");
    assert_eq!(url("{{base}}@evil.test"), "https%3A%2F%2Fexample.com%2Fhook@evil.test");
    assert_eq!(url("{{x}}"), "a%20b%2F..%2Fc%3Fd%3De%26f%23g");
}

#[test]
fn a_text_at_the_limit_is_cut_between_characters() {
    let mut stage = Stage::new();
    stage.set_text("x", &"é".repeat(RENDERED_BYTES_MAX));
    let rendered = Template::parse("a{{x}}z{{x}}").unwrap().render(&stage.scope(), Escape::Plain);
    assert!(rendered.text.len() > RENDERED_BYTES_MAX - 3 && rendered.text.len() <= RENDERED_BYTES_MAX);
    assert!(rendered.text.ends_with('z') && rendered.warnings.len() == 1);
    let body = Template::parse("[{{x}},\"{{x}}\",{{x}}]").unwrap().render(&stage.scope(), Escape::Json);
    assert_eq!(body.text, "[null,\"\",null]");
    assert!(Template::parse(&"a".repeat(RENDERED_BYTES_MAX + 1)).is_err());
}

#[test]
fn names_are_told_for_validation() {
    let template = Template::parse("{{a b}} {{$shop}} {{$['x']}} {{$name.y}}").unwrap();
    let names: Vec<_> = template.names().map(|name| (name.dollar, name.text)).collect();
    assert_eq!(names, [(false, "a b"), (true, "shop"), (true, "name")]);
    assert!(Template::parse("{{$bot_id}}").unwrap().names().all(|name| name.is_built_in()));
}

#[test]
fn one_placeholder_alone_gives_its_value() {
    let stage = Stage::new();
    assert_eq!(
        Template::parse("{{order.items}}").unwrap().as_value(&stage.scope()).unwrap().as_array().unwrap().len(),
        2
    );
    assert_eq!(Template::parse("{{nothing}}").unwrap().as_value(&stage.scope()), Some(Json::Null));
    assert_eq!(Template::parse(" {{count}}").unwrap().as_value(&stage.scope()), None);
}

proptest! {
    #[test]
    fn no_text_makes_a_template_panic(source in r#"(\{\{|\}\}|\$|\[|\]|'|"|\||:|,|\.|\\|x|default|json|urlencode|upper|[a-zé ]|\PC){0,60}"#, said in "\\PC{0,80}") {
        crate::entries::template(format!("{source}\0{said}").as_bytes());
    }

    #[test]
    fn json_always_parses(said in any::<String>(), other in "[\"\\\\{}\\[\\],\u{0}-\u{1f}]{0,20}") {
        let mut stage = Stage::new();
        stage.set_text("x", &said);
        stage.set_text("y", &other);
        let source = r#"{"a":"{{x}}{{y}}","b":[{{x}},{{y}},{{x|upper}},{{y|json}},{{x|urlencode}},{{no}}],"c":"{{y|json}}"}"#;
        let body = Template::parse(source).unwrap().render(&stage.scope(), Escape::Json).text;
        let body: Json = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(&body["a"], &Json::from(format!("{said}{other}")));
        prop_assert_eq!(&body["b"][3], &Json::from(other));
    }

    #[test]
    fn a_long_hostile_text_takes_little_time(piece in r#"(\{\{|\{\{a|\{\{a\.|\{\{a\['|\\|\{\{a\|default:"|\[|_|\*\*|\[a\]\(|\()"#) {
        let source = piece.repeat(20_000 / piece.len());
        let _ = Template::parse(&source);
        let _ = recado_flow::markup::Markup::parse(&source);
        let _ = recado_flow::expression::Expression::parse(&source);
    }
}
