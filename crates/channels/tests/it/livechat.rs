//! The web chat's two JSON shapes.

use recado_channels::{Address, Channel, Rendered, SendOutcome, Unreadable, livechat};
use recado_model::{
    InboundKind, Part, Profile, RichText,
    message::{Attachment, Card, MediaKind, SentBy, Share},
};
use serde_json::{Value as Json, json};

use crate::{link, message, payment, phone, press, rich, text};

fn parse(body: &Json) -> Result<InboundKind, String> {
    livechat::parse(body.to_string().as_bytes(), "v1").map(|inbound| inbound.kind).map_err(|error| error.to_string())
}

#[test]
fn a_text_is_one_message_of_this_visitor() {
    let parsed = Channel::Livechat.parse(br#"{"id":"m1","text":"Hello"}"#, "v1").unwrap();
    insta::assert_json_snapshot!(parsed.inbound);
}

#[test]
fn every_content_is_understood() {
    let file = "0190f5fe-7a00-7000-8000-000000000009";
    let all = [
        json!({"id": "a", "payload": "0190f5fe-7a00-7000-8000-000000000001:3"}),
        json!({"id": "a", "location": {"lat": 40.4, "lon": -3}}),
        json!({"id": "a", "contact": {"phone": "+34 (911) 23-45.67", "name": "Ann", "email": "a@b.es"}}),
        json!({"id": "a", "file": file}),
        json!({"id": "a", "file": file, "text": "my file"}),
    ];
    insta::assert_json_snapshot!(all.map(|body| parse(&body).unwrap()));
}

#[test]
fn a_shared_contact_fills_the_profile() {
    let inbound = livechat::parse(br#"{"id":"a","contact":{"phone":"+34911234567","email":"a@b.es"}}"#, "v1").unwrap();
    assert_eq!(inbound.profile.phone.as_deref(), Some("+34911234567"));
    assert_eq!(inbound.profile.email.as_deref(), Some("a@b.es"));
}

#[test]
fn bad_messages_are_told_what_is_wrong() {
    let all = [
        json!([]),
        json!({"text": "no id"}),
        json!({"id": "", "text": "x"}),
        json!({"id": "a b", "text": "x"}),
        json!({"id": "x".repeat(65), "text": "x"}),
        json!({"id": "a"}),
        json!({"id": "a", "text": "x", "payload": "y"}),
        json!({"id": "a", "text": 5}),
        json!({"id": "a", "text": " \n"}),
        json!({"id": "a", "text": "a\u{0}b"}),
        json!({"id": "a", "text": "é".repeat(8_193)}),
        json!({"id": "a", "payload": "foreign"}),
        json!({"id": "a", "location": {"lat": 91, "lon": 0}}),
        json!({"id": "a", "location": "here"}),
        json!({"id": "a", "contact": {"phone": "911"}}),
        json!({"id": "a", "contact": {"phone": "+34911234567", "name": 5}}),
        json!({"id": "a", "file": "no id"}),
        json!({"id": "a", "text": "x", "bot": "y"}),
    ];
    insta::assert_json_snapshot!(all.map(|body| parse(&body).unwrap_err()));
    assert!(matches!(livechat::parse(b"\xff", "v1"), Err(Unreadable::NotJson(_))));
}

#[test]
fn a_text_at_the_limit_is_taken() {
    assert!(parse(&json!({"id": "a", "text": "é".repeat(8_192)})).is_ok());
}

#[test]
fn an_opened_chat_starts_once_a_session() {
    let inbound = livechat::opened("v1", Profile::default(), Some("promo".to_owned()), "");
    assert_eq!(inbound.kind, InboundKind::Start { payload: Some("promo".to_owned()), said: false });
    assert_eq!(inbound.dedup_key, "opened:v1");
}

#[test]
fn a_page_is_shown_every_part() {
    let url = "https://example.com/a.jpg".to_owned();
    let asks = Part::Text {
        text: rich(),
        buttons: vec![
            press("Yes"),
            link("Site", "https://example.com"),
            link("Bad", "javascript:alert(1)"),
            phone("Call", "+34911"),
            payment("Pay", "EUR"),
        ],
        quick_replies: vec![press("Later")],
        share: Some(Share::Phone),
        expects: Some("phone".to_owned()),
    };
    let picture = Part::Media {
        media: MediaKind::Image,
        url: url.clone(),
        caption: RichText::plain("c"),
        name: Some("n".to_owned()),
        buttons: vec![press("A")],
        quick_replies: vec![press("B")],
    };
    let card = |label: &str| Card {
        title: "t".to_owned(),
        subtitle: "s".to_owned(),
        image: Some(url.clone()),
        buttons: vec![press(label)],
    };
    let gallery = Part::Gallery { cards: vec![card("A"), card("B")], quick_replies: vec![press("C")] };
    let file = Attachment {
        media: MediaKind::File,
        external: Some("secret".to_owned()),
        file_id: None,
        name: Some("a.pdf".to_owned()),
        mime: None,
        bytes: Some(5),
    };
    let inbound =
        Part::Inbound { text: "hi".to_owned(), attachments: vec![file], location: Some((40.5, -3.7)), phone: None };
    let shown: Vec<_> =
        [asks, picture, gallery, inbound].into_iter().map(|part| livechat::show(&message(part), 12)).collect();
    insta::assert_json_snapshot!(shown);
}

#[test]
fn of_an_agent_only_the_given_name_is_told() {
    let mut said = message(text(RichText::plain("hi"), vec![], vec![]));
    said.sent_by =
        Some(SentBy { firstname: "Eva".to_owned(), lastname: "Ruiz".to_owned(), email: "eva@example.com".to_owned() });
    assert_eq!(livechat::show(&said, 1)["sent_by"], json!({"firstname": "Eva"}));
}

#[test]
fn sending_is_being_shown() {
    let said = message(text(RichText::plain("hi"), vec![press("A")], vec![]));
    let Ok(Rendered::Shown(outcome)) = Channel::Livechat.render(&said, &Address::of("v1")) else { panic!() };
    let SendOutcome::Sent { external_id, message_id, chat_id, message_json } = *outcome else { panic!() };
    assert_eq!(
        (external_id.as_str(), &message_id, &chat_id),
        (said.id.to_string().as_str(), &json!(said.id.to_string()), &json!("v1"))
    );
    assert_eq!(message_json["buttons"][0]["payload"], format!("{}:0", said.id));
}
