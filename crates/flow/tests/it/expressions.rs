use proptest::prelude::*;
use recado_flow::expression::Expression;
use recado_model::Value;

use crate::stage::Stage;

fn evaluate(source: &str) -> Result<Value, String> {
    let mut stage = Stage::new();
    stage.set_text("price", "12,5");
    let expression = Expression::parse(source).map_err(|problem| problem.to_string())?;
    expression.evaluate(&stage.scope()).map_err(|error| error.to_string())
}

#[test]
fn sums_follow_the_rules_of_arithmetic() {
    for (source, result) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 2 - 3", 5.0),
        ("2 * -3", -6.0),
        ("-(1 + 2)", -3.0),
        ("--2", 2.0),
        ("7 % 4 + 0.5", 3.5),
        ("{{price}} * {{count}} + 2.5", 27.5),
        ("{{unset}} + 1", 1.0),
        ("{{order.items[0].price}} / 5", 2.5),
        ("12 ÷ 4 × 2", 6.0),
        ("\"5\" + 1", 6.0),
    ] {
        assert_eq!(evaluate(source), Ok(Value::Number(result)), "{source}");
    }
}

#[test]
fn plus_joins_texts() {
    assert_eq!(evaluate("\"No. \" + {{count}}"), Ok(Value::Text("No. 2".to_owned())));
    assert_eq!(evaluate("{{$first_name}} + ' ' + {{unset}} + \"é\""), Ok(Value::Text("Ana é".to_owned())));
}

#[test]
fn mistakes_are_told_in_words() {
    for (source, words) in [
        ("", "the expression is empty"),
        ("1 +", "a value is missing at character 4"),
        ("1 2", "`2` can not stand at character 3"),
        ("* 2", "a value is missing at character 1"),
        ("(1", "a parenthesis has no partner"),
        ("1)", "a parenthesis has no partner"),
        ("()", "a value is missing at character 2"),
        ("'a", "a quotation mark is not closed"),
        ("abc", "`a` can not stand at character 1"),
        ("1 / 0", "division by zero"),
        ("1 % {{unset}}", "division by zero"),
        ("{{$first_name}} * 2", "`Ana` is no number"),
        ("{{a", "`{{` at character 1 is not closed by `}}`"),
    ] {
        assert_eq!(evaluate(source), Err(words.to_owned()), "{source}");
    }
    let huge = format!("1{}", "0".repeat(300));
    assert_eq!(evaluate(&format!("{huge} * {huge}")), Err("the result is too large".to_owned()));
    assert!(Expression::parse(&"(".repeat(100_000)).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_an_expression_panic(source in r#"([0-9.+*/%() -]|\{\{count\}\}|\{\{x|"a"|'|\PC){0,60}"#) {
        let _ = evaluate(&source);
    }

    #[test]
    fn a_number_is_never_infinite(source in r"[0-9]{1,30}([+*/%-][0-9]{1,30}){0,20}") {
        if let Ok(Value::Number(number)) = evaluate(&source) {
            prop_assert!(number.is_finite());
        }
    }
}
