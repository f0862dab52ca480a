//! The body: the documented examples, and each event in the default profile.

use recado_delivery::payload::{
    DATA_BYTES_MAX, EventMeta, body, content_type, encoding_key, encoding_of, event_object, schema,
};
use recado_model::{
    AccountId, Bot, BotId, BotSettings, ContactId, ContentFormat, DateUnit, ElementId, Event, EventId, EventInfo,
    EventKind, FlowId, MessageId, PayloadProfile, Profile, Service, UnixMs, Value,
    event::{AttachmentLink, ContactSnapshot},
    message::{MediaKind, SentBy},
};
use serde_json::{Value as Json, json};

const ID: [u8; 16] = [7; 16];

fn bot(service: Service, external_id: &str, url: &str, name: &str) -> Bot {
    Bot {
        id: BotId::from_bytes(ID),
        account_id: AccountId::from_bytes(ID),
        service,
        name: name.to_owned(),
        external_id: external_id.to_owned(),
        url: url.to_owned(),
        photo: None,
        active: true,
        settings: BotSettings::default(),
        created_at: UnixMs(0),
    }
}

fn telegram() -> Bot {
    bot(Service::Telegram, "1845120800", "https://t.me/best_bot", "BEST")
}

fn event(kind: EventKind, info: EventInfo) -> Event {
    let mut event = Event {
        id: EventId::from_bytes(ID),
        bot_id: BotId::from_bytes(ID),
        kind,
        title: kind.as_str().to_owned(),
        at: UnixMs(1_637_759_687_101),
        info,
        contact: ContactSnapshot {
            id: ContactId::from_bytes(ID),
            identity: "6069664546956".to_owned(),
            profile: Profile {
                name: "Veronica".to_owned(),
                username: Some("veronica".to_owned()),
                ..Profile::default()
            },
            variables: [("score".to_owned(), Value::Number(7.0)), ("vip".to_owned(), Value::Boolean(true))].into(),
            tags: vec!["tag1".to_owned()],
            last_message: "Test".to_owned(),
        },
    };
    if kind == EventKind::FlowWebhook {
        "Reserved. Apartment #3".clone_into(&mut event.title);
    }
    event
}

fn object(event: &Event, bot: &Bot, profile: PayloadProfile) -> Json {
    serde_json::from_slice(&event_object(event, bot, profile, DateUnit::Milliseconds)).unwrap()
}

fn text(json: &Json, pointer: &str) -> String {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// The domain values behind a documented example.
fn domain_of(kind: &str, example: &Json) -> (Event, Bot) {
    let service = Service::parse(&text(example, "/service")).unwrap();
    let external_id = match &example["bot"]["external_id"] {
        Json::String(id) => id.clone(),
        number @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) => {
            number.to_string()
        }
    };
    let bot = bot(service, &external_id, &text(example, "/bot/url"), &text(example, "/bot/name"));
    let kind = if kind == "flow" { EventKind::FlowWebhook } else { EventKind::parse(kind).unwrap() };
    let message = &example["info"]["message"];
    let info = if message.is_null() {
        EventInfo::None
    } else {
        let used = message["channel_data"]["message"].as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        EventInfo::Message {
            id: MessageId::from_bytes(ID),
            message: Json::Object(used.map(|(key, value)| (key.clone(), value.clone())).collect()).into(),
            message_id: message["channel_data"]["message_id"].clone(),
            chat_id: message["channel_data"]["chat_id"].clone(),
            sent_by: None,
            attachments: Vec::new(),
        }
    };
    let contact = &example["contact"];
    let some = |key: &str| contact[key].as_str().map(str::to_owned);
    let mut variables: recado_model::Variables = contact["variables"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), Value::Text(value.as_str().unwrap().to_owned())))
        .collect();
    if let Some(flat) = some("name of variable") {
        variables.insert("name of variable".to_owned(), Value::Text(flat));
    }
    let mut event = event(kind, info);
    event.title = text(example, "/title");
    event.at = UnixMs(example["date"].as_i64().unwrap());
    event.contact = ContactSnapshot {
        id: ContactId::from_bytes(ID),
        identity: "1".to_owned(),
        profile: Profile {
            name: some("name").unwrap(),
            username: some("username"),
            phone: some("phone"),
            email: some("email"),
            photo: some("photo"),
            ..Profile::default()
        },
        variables,
        tags: contact["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect(),
        last_message: some("last_message").unwrap(),
    };
    (event, bot)
}

#[test]
fn each_documented_example_is_reproduced_to_the_order_of_its_keys() {
    let examples: Json = serde_json::from_str(include_str!("fixtures/documented-payloads.json")).unwrap();
    for (kind, example) in examples.as_object().unwrap() {
        let mut expected = example[0].clone();
        let (event, bot) = domain_of(kind, &expected);
        let written: Json = object(&event, &bot, PayloadProfile::AsDocumented);
        // Ids are ours; one documented Telegram id is a string.
        let id = Json::String(event.id.to_string());
        expected["bot"]["id"] = id.clone();
        expected["contact"]["id"] = id.clone();
        if let Some(message) = expected.pointer_mut("/info/message/id") {
            *message = id;
        }
        if bot.service == Service::Telegram {
            expected["bot"]["external_id"] = json!(bot.external_id.parse::<i64>().unwrap());
        }
        // The examples keep variables in the order they were set; ours are sorted, and an object has no order.
        assert_eq!(written, expected, "{kind}");
        let keys = |json: &Json| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&written), keys(&expected), "{kind}");
        assert_eq!(keys(&written["bot"]), keys(&expected["bot"]), "{kind}");
        assert_eq!(keys(&written["contact"]), keys(&expected["contact"]), "{kind}");
    }
}

/// An event of each kind, with all the details it can have.
fn one_of_each() -> Vec<Event> {
    let message = EventInfo::Message {
        id: MessageId::from_bytes(ID),
        message: json!({"text": "hi"}).into(),
        message_id: json!(943_544),
        chat_id: json!(6_069_664_546_956_i64),
        sent_by: None,
        attachments: vec![AttachmentLink {
            media: MediaKind::Image,
            url: "https://recado.example/f/1".to_owned(),
            name: None,
            mime: Some("image/png".to_owned()),
        }],
    };
    let mut sent = message.clone();
    if let EventInfo::Message { sent_by, attachments, .. } = &mut sent {
        *sent_by = Some(SentBy {
            firstname: "Ann".to_owned(),
            lastname: "Lee".to_owned(),
            email: "ann@example.com".to_owned(),
        });
        attachments.clear();
    }
    let custom = EventInfo::CustomFlow {
        flow_id: FlowId::from_bytes(ID),
        flow_name: "Order".to_owned(),
        trigger: "keyword".to_owned(),
        keyword: Some("buy".to_owned()),
    };
    let link = EventInfo::Link {
        url: "https://example.com/".to_owned(),
        text: "Shop".to_owned(),
        element: ElementId::new("m1"),
        flow_id: FlowId::from_bytes(ID),
        flow_name: "Order".to_owned(),
    };
    let failed = EventInfo::FailedDelivery {
        at: UnixMs(1_637_759_687_000),
        error_code: "400".to_owned(),
        error_message: "Bad Request: chat not found".to_owned(),
        message_id: MessageId::from_bytes(ID),
    };
    let info_of = |kind| match kind {
        EventKind::IncomingMessage => message.clone(),
        EventKind::OutgoingMessage => sent.clone(),
        EventKind::RunCustomFlow => custom.clone(),
        EventKind::LinkClick => link.clone(),
        EventKind::FailedDelivery => failed.clone(),
        EventKind::FlowWebhook => EventInfo::Fields { fields: vec![("room".to_owned(), "3".to_owned())] },
        EventKind::NewSubscriber | EventKind::OpenChat | EventKind::Unsubscribe | EventKind::BotBlock => {
            EventInfo::None
        }
    };
    EventKind::ALL.into_iter().map(|kind| event(kind, info_of(kind))).collect()
}

#[test]
fn the_default_profile_of_each_event() {
    let write = |event: &Event| {
        let data = event_object(event, &telegram(), PayloadProfile::Recado, DateUnit::Milliseconds);
        String::from_utf8(data).unwrap()
    };
    let all: Vec<String> = one_of_each().iter().map(write).collect();
    insta::assert_snapshot!(all.join("\n"));
}

/// What is wrong with an object by the schema of its kind; and the keys that no schema names.
fn against_the_schema(kind: EventKind, object: &Json) -> Vec<String> {
    let definitions: serde_json::Map<String, Json> =
        schema::schemas("#/$defs").into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let name = schema::name_of(kind);
    let mut root = definitions[name].clone();
    root["$defs"] = Json::Object(definitions);
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&root).unwrap();
    let mut wrong: Vec<String> =
        validator.iter_errors(object).map(|error| format!("{kind:?} {} {error}", error.instance_path())).collect();
    for part in ["", "/bot", "/contact"] {
        let mut named = if part.is_empty() { &root } else { &root["properties"][&part[1..]] };
        if let Some(reference) = named["$ref"].as_str() {
            named = root.pointer(reference.trim_start_matches('#')).unwrap();
        }
        let keys = object.pointer(part).and_then(Json::as_object).unwrap().keys();
        // The variables of a flow webhook stand flat in the contact.
        let is_flat = kind == EventKind::FlowWebhook && part == "/contact";
        let unnamed = keys.filter(|key| !is_flat && named["properties"][key.as_str()].is_null());
        wrong.extend(unnamed.map(|key| format!("{kind:?} {part}/{key} is in no schema")));
    }
    wrong
}

#[test]
fn each_event_is_as_its_schema_says_in_both_profiles() {
    let mut wrong = Vec::new();
    for mut event in one_of_each() {
        for profile in [PayloadProfile::Recado, PayloadProfile::AsDocumented] {
            wrong.extend(against_the_schema(event.kind, &object(&event, &telegram(), profile)));
        }
        let mut bot = bot(Service::Whatsapp, "380932674329", "https://wa.me/380932674329", "R");
        bot.photo = Some("https://x.test/bot.png".to_owned());
        event.contact.profile = Profile {
            name: "Eva".to_owned(),
            phone: Some("+38093".to_owned()),
            email: Some("eva@example.org".to_owned()),
            photo: Some("https://x.test/eva.png".to_owned()),
            birthday: Some("1990-02-03".to_owned()),
            city: Some("Cork".to_owned()),
            country: Some("IE".to_owned()),
            language: Some("en".to_owned()),
            ..Profile::default()
        };
        event.contact.variables.insert("username".to_owned(), Value::Number(1.0));
        event.contact.variables.insert("long".to_owned(), Value::Text("x".repeat(DATA_BYTES_MAX)));
        wrong.extend(against_the_schema(event.kind, &object(&event, &bot, PayloadProfile::Recado)));
    }
    let examples: Json = serde_json::from_str(include_str!("fixtures/documented-payloads.json")).unwrap();
    for (kind, example) in examples.as_object().unwrap() {
        let (mut event, bot) = domain_of(kind, &example[0]);
        if event.kind != EventKind::FlowWebhook {
            // Some examples have a sample title.
            event.kind.as_str().clone_into(&mut event.title);
        }
        wrong.extend(against_the_schema(event.kind, &object(&event, &bot, PayloadProfile::AsDocumented)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_schema_finds_what_is_wrong() {
    let right = object(&event(EventKind::NewSubscriber, EventInfo::None), &telegram(), PayloadProfile::Recado);
    for (pointer, value) in [
        ("/title", json!("incoming_message")),
        ("/info", json!({})),
        ("/date", json!("now")),
        ("/bot/id", json!("1")),
        ("/contact/tags", json!(null)),
    ] {
        let mut object = right.clone();
        *object.pointer_mut(pointer).unwrap() = value;
        assert_eq!(against_the_schema(EventKind::NewSubscriber, &object).len(), 1, "{pointer}");
    }
}

#[test]
fn a_fixed_key_wins_over_a_flat_variable_of_the_same_name() {
    let mut event = event(EventKind::FlowWebhook, EventInfo::None);
    event.contact.variables.insert("name".to_owned(), Value::Text("other".to_owned()));
    event.contact.variables.insert("phone".to_owned(), Value::Text("12".to_owned()));
    let contact = &object(&event, &telegram(), PayloadProfile::Recado)["contact"];
    assert_eq!(contact["name"], "Veronica");
    assert_eq!(contact["variables"]["name"], "other");
    assert_eq!(contact["phone"], "12", "no phone is known, so the variable stands");
    assert_eq!(contact["score"], 7);
}

#[test]
fn what_is_unknown_is_left_out_and_a_photo_is_null() {
    let mut event = event(EventKind::NewSubscriber, EventInfo::None);
    event.contact.profile = Profile::default();
    event.contact.variables.clear();
    event.contact.last_message.clear();
    let whatsapp = bot(Service::Whatsapp, "380932674329", "https://wa.me/380932674329", "R");
    event.contact.profile.phone = Some("+38093".to_owned());
    let contact = &object(&event, &whatsapp, PayloadProfile::Recado)["contact"];
    let expected = json!({"name": "", "tags": ["tag1"], "last_message": "", "photo": null, "variables": {}, "id": event.id.to_string(), "phone": "38093"});
    assert_eq!(contact, &expected);
}

#[test]
fn seconds_are_written_when_asked_for_and_each_encoding_has_a_number() {
    let event = event(EventKind::OpenChat, EventInfo::None);
    let data = event_object(&event, &telegram(), PayloadProfile::Recado, DateUnit::Seconds);
    assert_eq!(serde_json::from_slice::<Json>(&data).unwrap()["date"], 1_637_759_687);
    for key in 0..4 {
        let (profile, unit) = encoding_of(key).unwrap();
        assert_eq!(encoding_key(profile, unit), key);
    }
    assert_eq!(encoding_of(4), None);
}

#[test]
fn past_the_limit_the_largest_variables_go_and_are_named() {
    let mut event = event(EventKind::FlowWebhook, EventInfo::None);
    for n in 0..200 {
        event.contact.variables.insert(format!("v{n}"), Value::Text("\"".repeat(4_000)));
    }
    let data = event_object(&event, &telegram(), PayloadProfile::Recado, DateUnit::Milliseconds);
    assert!(data.len() <= DATA_BYTES_MAX);
    let json: Json = serde_json::from_slice(&data).unwrap();
    assert_eq!(json["contact"]["score"], 7, "small ones stay");
    let left_out = json["left_out"].as_array().unwrap();
    assert!(left_out.len() >= 180 && left_out[0].as_str().unwrap().starts_with("variables.v"));
    let kept = json["contact"]["variables"].as_object().unwrap().len();
    assert_eq!(kept + left_out.len(), 202);
}

#[test]
fn each_format_wraps_the_same_object() {
    let meta = EventMeta {
        id: EventId::from_bytes(ID),
        kind: EventKind::OpenChat,
        at: UnixMs(1_637_759_687_101),
        bot_id: BotId::from_bytes(ID),
        contact_id: ContactId::from_bytes(ID),
    };
    let data = br#"{"title":"a b&c=\u00e9"}"#;
    let array = body(ContentFormat::Json, data, &meta);
    assert_eq!(array, body(ContentFormat::Documented, data, &meta));
    let form = body(ContentFormat::Form, data, &meta);
    let (key, value) = url::form_urlencoded::parse(&form).next().unwrap();
    assert_eq!((key.as_ref(), value.as_bytes()), ("payload", array.as_slice()));
    let cloud: Json = serde_json::from_slice(&body(ContentFormat::Cloudevents, data, &meta)).unwrap();
    assert_eq!(cloud["specversion"], "1.0");
    assert_eq!(cloud["time"], "2021-11-24T13:14:47.101Z");
    assert_eq!(cloud["type"], "recado.open_chat");
    assert_eq!(cloud["data"]["title"], "a b&c=é");
    assert_eq!(content_type(ContentFormat::Documented), "application/x-www-form-urlencoded");
}
