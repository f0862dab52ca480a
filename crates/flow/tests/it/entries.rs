//! Where hostile bytes enter the flow crate, each with what must hold whatever they are. The fuzz targets and the corpus test call the same functions.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use recado_flow::{
    ValidationContext,
    condition::{ConditionGroup, Conditions},
    convert::Reading,
    document::FlowDocument,
    expression::Expression,
    markup::Markup,
    reply::{InputKind, Reply, ReplyCheck},
    template::{Escape, Template},
    validate,
};
use recado_model::{ChannelLimits, FlowId, Service, VersionId, limits::RENDERED_BYTES_MAX};

use crate::stage::Stage;

/// The bytes before the first NUL are a template, the rest is what the contact wrote. The same bytes are an expression.
pub(crate) fn template(bytes: &[u8]) {
    let (source, said) = halves(bytes);
    let mut stage = Stage::new();
    stage.set_text("x", &said);
    stage.contact.last_message = said;
    if let Ok(template) = Template::parse(&source) {
        for escape in [Escape::Plain, Escape::Json, Escape::Url] {
            assert!(template.render(&stage.scope(), escape).text.len() <= RENDERED_BYTES_MAX);
        }
    }
    let body = Template::parse("{\"in\":\"{{x}}\",\"raw\":{{x}}}").unwrap().render(&stage.scope(), Escape::Json);
    serde_json::from_str::<serde_json::Value>(&body.text).unwrap();
    let url =
        Template::parse("https://example.com/a/{{x}}?b={{x}}#end").unwrap().render(&stage.scope(), Escape::Url).text;
    let component = url.strip_prefix("https://example.com/a/").unwrap().strip_suffix("#end").unwrap();
    assert_eq!(component.matches(['/', '?', '#', '&', ' ']).count(), 1, "{url}");
    if let Ok(expression) = Expression::parse(&source) {
        let _ = expression.evaluate(&stage.scope());
    }
}

/// The bytes before the first NUL are markup, the rest is what the contact wrote.
pub(crate) fn markup(bytes: &[u8]) {
    let (source, said) = halves(bytes);
    let mut stage = Stage::new();
    stage.set_text("x", &said);
    if let Ok(markup) = Markup::parse(&source) {
        assert!(markup.render(&stage.scope()).to_plain().len() <= RENDERED_BYTES_MAX);
    }
    // What a contact wrote stands as it was written, without looks.
    let greeting = Markup::parse("**Hi** {{x}}").unwrap().render(&stage.scope());
    let plain = greeting.0.iter().filter(|span| !span.bold).map(|span| span.text.as_str()).collect::<String>();
    assert!(greeting.0.iter().all(|span| span.link.is_none() && !span.italic));
    assert!(
        format!(" {said}").starts_with(&plain)
            && (said.len() > RENDERED_BYTES_MAX / 2 || plain.len() == said.len() + 1)
    );
}

/// A group of conditions as JSON.
pub(crate) fn condition(bytes: &[u8]) {
    let Ok(group) = serde_json::from_slice::<ConditionGroup>(bytes) else { return };
    let Ok(conditions) = Conditions::compile(&group) else { return };
    let stage = Stage::new();
    let mut warnings = Vec::new();
    let held = conditions.hold(&stage.conditions(), &mut warnings);
    assert_eq!(held, conditions.hold(&stage.conditions(), &mut warnings));
}

/// A flow document as JSON.
pub(crate) fn flow_document(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<FlowDocument>(bytes) else { return };
    let context = ValidationContext {
        service: Service::Telegram,
        limits: ChannelLimits {
            text_chars_max: 4_096,
            caption_chars_max: 1_024,
            buttons_max: 10,
            quick_replies_max: 11,
            label_chars_max: 20,
            shares_phone: true,
            shares_location: true,
            takes_payments: true,
            window_hours: None,
        },
        flows: Vec::new(),
        variables: BTreeMap::new(),
        bot_variables: Vec::new(),
        secrets: Vec::new(),
    };
    let (flow, version) = (FlowId::from_bytes([1; 16]), VersionId::from_bytes([2; 16]));
    let validated = validate(&document, flow, version, &context);
    // A plan, or a reason why there is none.
    assert!(validated.plan.is_some() || !validated.problems.is_empty());
    let written = serde_json::to_string(&document).unwrap();
    let again = serde_json::from_str::<FlowDocument>(&written).unwrap();
    assert_eq!(validate(&again, flow, version, &context).plan.is_some(), validated.plan.is_some());
}

/// The bytes before the first NUL are a regular expression, the rest is a reply that every kind of input reads.
pub(crate) fn regex_reply(bytes: &[u8]) {
    let (pattern, said) = halves(bytes);
    let zone = TimeZone::UTC;
    let kinds = [
        InputKind::Regex { pattern },
        InputKind::Text,
        InputKind::Number,
        InputKind::Date,
        InputKind::DateTime,
        InputKind::Time,
        InputKind::Email,
        InputKind::Phone,
        InputKind::Url,
    ];
    for kind in kinds {
        if let Ok(check) = ReplyCheck::compile(&kind) {
            for country in [None, Some("ES"), Some("??")] {
                let _ = check.read(&Reply::text(&said), Reading { zone: &zone, country });
            }
        }
    }
}

fn halves(bytes: &[u8]) -> (String, String) {
    let mut halves = bytes.splitn(2, |byte| *byte == 0).map(|half| String::from_utf8_lossy(half).into_owned());
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}
