//! Compares values, by the type of the variable on the left.

use std::cmp::Ordering;

use jiff::civil::Date;
use recado_model::{UnixMs, Value, value::json_to_text};
use serde_json::Value as Json;

use super::{
    ConditionScope, Operator,
    compiled::{Right, VariableCheck},
};
use crate::{calendar, convert};

/// The most units that *within* takes: some 27 years of days.
const SPAN_MAX: f64 = 10_000.0 * 1_440.0;

/// The value that a document writes on the right. `None` for null.
pub(super) fn literal(json: &Json) -> Option<Value> {
    convert::untyped(json).ok().filter(|_| !json.is_null())
}

/// A span's count: a whole number from 0.
pub(super) fn span(value: &Value) -> Option<i64> {
    as_number(value).filter(|count| count.fract() == 0.0 && (0.0..=SPAN_MAX).contains(count)).map(|count| count as i64)
}

/// Whether a comparison holds. A value of the wrong type is told in `warnings` and makes it false.
pub(super) fn holds(check: &VariableCheck, scope: &ConditionScope<'_>, warnings: &mut Vec<String>) -> bool {
    let left = check.left.value(scope, warnings);
    match check.op {
        Operator::Empty => return is_empty(left.as_ref()),
        Operator::NotEmpty => return !is_empty(left.as_ref()),
        Operator::Equal
        | Operator::NotEqual
        | Operator::Contains
        | Operator::NotContains
        | Operator::Starts
        | Operator::Ends
        | Operator::Matches
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Between
        | Operator::Before
        | Operator::After
        | Operator::WithinLast
        | Operator::WithinNext => {}
    }
    let right = resolve(check.value.as_ref(), scope, warnings);
    // Unset reads as empty, so it differs from every value and contains none; no type is wrong with it.
    let Some(left) = left else {
        let right_empty = is_empty(right.as_ref());
        return match check.op {
            Operator::Equal => right_empty,
            Operator::NotEqual => !right_empty,
            Operator::NotContains => true,
            Operator::Contains
            | Operator::Starts
            | Operator::Ends
            | Operator::Empty
            | Operator::NotEmpty
            | Operator::Matches
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Between
            | Operator::Before
            | Operator::After
            | Operator::WithinLast
            | Operator::WithinNext => false,
        };
    };
    let Some(right) = right else { return check.op == Operator::NotEqual || check.op == Operator::NotContains };
    let to = resolve(check.to.as_ref(), scope, warnings);
    compare(check, &left, &right, to.as_ref(), scope).unwrap_or_else(|why| {
        warnings.push(format!("condition on `{}`: {why}", check.left.name));
        false
    })
}

fn resolve(right: Option<&Right>, scope: &ConditionScope<'_>, warnings: &mut Vec<String>) -> Option<Value> {
    match right? {
        Right::Value(value) => Some(value.clone()),
        Right::Variable(place) => place.value(scope, warnings),
    }
}

fn compare(
    check: &VariableCheck,
    left: &Value,
    right: &Value,
    to: Option<&Value>,
    scope: &ConditionScope<'_>,
) -> Result<bool, String> {
    let order = |other: &Value| ordering(left, other, scope).map(Option::Some).or_else(|why| why.map_or(Ok(None), Err));
    let ordered = |other: &Value| order(other)?.ok_or_else(|| wrong_type(left, check.op));
    match check.op {
        Operator::Equal => equal(left, right, scope),
        Operator::NotEqual => equal(left, right, scope).map(|same| !same),
        Operator::Contains => contains(left, right).ok_or_else(|| wrong_type(left, check.op)),
        Operator::NotContains => contains(left, right).map(|found| !found).ok_or_else(|| wrong_type(left, check.op)),
        Operator::Starts => {
            text(left).map(|left| left.starts_with(&fold(right))).ok_or_else(|| wrong_type(left, check.op))
        }
        Operator::Ends => text(left).map(|left| left.ends_with(&fold(right))).ok_or_else(|| wrong_type(left, check.op)),
        Operator::Matches => {
            if text(left).is_none() {
                return Err(wrong_type(left, check.op));
            }
            Ok(check.regex.as_ref().is_some_and(|regex| regex.is_match(&left.to_text())))
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
            if !matches!(left, Value::Number(_)) =>
        {
            Err(wrong_type(left, check.op))
        }
        Operator::Before | Operator::After if matches!(left, Value::Number(_)) => Err(wrong_type(left, check.op)),
        Operator::Less | Operator::Before => ordered(right).map(Ordering::is_lt),
        Operator::LessOrEqual => ordered(right).map(Ordering::is_le),
        Operator::Greater | Operator::After => ordered(right).map(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(right).map(Ordering::is_ge),
        Operator::Between => {
            let Some(to) = to else { return Ok(false) };
            Ok(ordered(right)?.is_ge() && ordered(to)?.is_le())
        }
        Operator::WithinLast | Operator::WithinNext => within(check, left, right, scope),
        Operator::Empty | Operator::NotEmpty => Ok(false),
    }
}

/// How two values of an ordered type stand. `Err(None)`: the type has no order; `Err(Some(why))`: the right one is not of the type.
fn ordering(left: &Value, right: &Value, scope: &ConditionScope<'_>) -> Result<Ordering, Option<String>> {
    let not_a = |what: &str| Some(format!("`{}` is no {what}", short(right)));
    match left {
        Value::Number(number) => {
            let other = as_number(right).ok_or_else(|| not_a("number"))?;
            number.partial_cmp(&other).ok_or(None)
        }
        Value::Time(time) => {
            let other = calendar::parse_hh_mm(&right.to_text()).ok_or_else(|| not_a("time"))?;
            calendar::parse_hh_mm(time).map(|time| time.cmp(&other)).ok_or(None)
        }
        // A date knows no hours: it is compared by the day, in the contact's zone.
        Value::Date(date) => {
            let other = day(right, scope).ok_or_else(|| not_a("date"))?;
            date.parse::<Date>().map(|date| date.cmp(&other)).map_err(|_| None)
        }
        Value::DateTime(_) if matches!(right, Value::Date(_)) || is_bare_date(right) => {
            let other = day(right, scope).ok_or_else(|| not_a("date"))?;
            day(left, scope).map(|date| date.cmp(&other)).ok_or(None)
        }
        Value::DateTime(_) => {
            let other = moment(right, scope).ok_or_else(|| not_a("date and time"))?;
            moment(left, scope).map(|moment| moment.cmp(&other)).ok_or(None)
        }
        Value::Text(_)
        | Value::Boolean(_)
        | Value::Phone(_)
        | Value::Email(_)
        | Value::Url(_)
        | Value::Location { .. }
        | Value::List(_)
        | Value::Object(_) => Err(None),
    }
}

fn equal(left: &Value, right: &Value, scope: &ConditionScope<'_>) -> Result<bool, String> {
    match left {
        Value::Number(_) | Value::Date(_) | Value::DateTime(_) | Value::Time(_) => match ordering(left, right, scope) {
            Ok(ordering) => Ok(ordering.is_eq()),
            Err(why) => Err(why.unwrap_or_else(|| wrong_type(left, Operator::Equal))),
        },
        Value::Boolean(truth) => {
            match convert::from_text(&right.to_text(), recado_model::ValueType::Boolean, reading(scope)) {
                Ok(other) => Ok(other == Value::Boolean(*truth)),
                Err(why) => Err(format!("`{}` is {why}", short(right))),
            }
        }
        Value::List(_) | Value::Object(_) => Ok(left.to_json() == right.to_json()),
        Value::Text(_) | Value::Phone(_) | Value::Email(_) | Value::Url(_) | Value::Location { .. } => {
            Ok(fold(left) == fold(right))
        }
    }
}

/// Text contains, list has. `None` for other types.
fn contains(left: &Value, right: &Value) -> Option<bool> {
    if let Value::List(items) = left {
        let wanted = fold(right);
        return Some(items.iter().any(|item| json_to_text(item).to_lowercase() == wanted));
    }
    text(left).map(|left| left.contains(&fold(right)))
}

/// Whether a date lies between now and so many units before or after.
fn within(check: &VariableCheck, left: &Value, count: &Value, scope: &ConditionScope<'_>) -> Result<bool, String> {
    let count = span(count).ok_or_else(|| format!("`{}` is no whole number", short(count)))?;
    let past = check.op == Operator::WithinLast;
    let far = calendar::moved(scope.now, if past { -count } else { count }, check.unit, scope.zone);
    let far = far.ok_or_else(|| "the span leaves the calendar".to_owned())?;
    let (from, to) = if past { (far, scope.now) } else { (scope.now, far) };
    match left {
        Value::Date(_) => {
            let date = day(left, scope).ok_or_else(|| wrong_type(left, check.op))?;
            let on = |moment: UnixMs| calendar::wall(moment, scope.zone).date();
            Ok((on(from)..=on(to)).contains(&date))
        }
        Value::DateTime(_) => {
            let moment = moment(left, scope).ok_or_else(|| wrong_type(left, check.op))?;
            Ok((from..=to).contains(&moment))
        }
        Value::Text(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Time(_)
        | Value::Phone(_)
        | Value::Email(_)
        | Value::Url(_)
        | Value::Location { .. }
        | Value::List(_)
        | Value::Object(_) => Err(wrong_type(left, check.op)),
    }
}

/// The folded text of a value that is text. Numbers, dates, lists and the like are not.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(_) | Value::Phone(_) | Value::Email(_) | Value::Url(_) => Some(fold(value)),
        Value::Number(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Time(_)
        | Value::Location { .. }
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

fn fold(value: &Value) -> String {
    value.to_text().to_lowercase()
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None => true,
        Some(Value::List(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(value) => value.to_text().is_empty(),
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => convert::number(text),
        Value::Boolean(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Time(_)
        | Value::Phone(_)
        | Value::Email(_)
        | Value::Url(_)
        | Value::Location { .. }
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

fn is_bare_date(value: &Value) -> bool {
    matches!(value, Value::Text(text) if convert::date(text).is_some())
}

fn moment(value: &Value, scope: &ConditionScope<'_>) -> Option<UnixMs> {
    if let Value::Text(text) = value {
        convert::moment(text, scope.zone)
    } else {
        calendar::moment_of_value(value, scope.zone)
    }
}

fn day(value: &Value, scope: &ConditionScope<'_>) -> Option<Date> {
    if let Value::Date(text) | Value::Text(text) = value
        && let Some(date) = convert::date(text)
    {
        return Some(date);
    }
    moment(value, scope).map(|moment| calendar::wall(moment, scope.zone).date())
}

fn reading<'a>(scope: &ConditionScope<'a>) -> convert::Reading<'a> {
    convert::Reading { zone: scope.zone, country: None }
}

fn wrong_type(value: &Value, op: Operator) -> String {
    let word = |json: Result<Json, _>| json.ok().as_ref().and_then(Json::as_str).unwrap_or_default().replace('_', " ");
    let op: Result<Json, serde_json::Error> = serde_json::to_value(op);
    format!("a value of type {} can not be compared with *{}*", word(serde_json::to_value(value.kind())), word(op))
}

/// The beginning of a value, for a warning.
fn short(value: &Value) -> String {
    value.to_text().chars().take(40).collect()
}
