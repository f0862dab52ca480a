//! Updates become what happened.

use http::HeaderMap;
use recado_channels::{Channel, Parsed, Unreadable, telegram};
use recado_model::InboundKind;
use serde_json::{Value as Json, json};

fn parse(update: Json) -> Parsed {
    Channel::Telegram.parse(update.to_string().as_bytes(), "").unwrap()
}

fn said(fields: Json) -> Json {
    let mut message = json!({
        "message_id": 5, "date": 1_790_000_000, "chat": {"id": 7, "type": "private", "first_name": "Ann"},
        "from": {"id": 7, "is_bot": false, "first_name": "Ann", "last_name": "Lee", "username": "annlee", "language_code": "pt-br"},
    });
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"update_id": 100, "message": message})
}

fn kind(fields: Json) -> InboundKind {
    parse(said(fields)).inbound.remove(0).kind
}

#[test]
fn a_text_tells_who_said_what() {
    insta::assert_json_snapshot!(parse(said(json!({"text": "I'd like a seat"}))).inbound);
}

#[test]
fn files_of_every_kind_are_attachments() {
    let file = |extra: Json| {
        let mut file = json!({"file_id": "F", "file_unique_id": "U", "file_size": 12});
        file.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        file
    };
    let all = [
        json!({"photo": [file(json!({"width": 90, "height": 90})), {"file_id": "BIG", "width": 800, "height": 800}], "caption": "Look"}),
        json!({"video": file(json!({"mime_type": "video/mp4", "file_name": "a.mp4"}))}),
        json!({"audio": file(json!({"mime_type": "audio/mpeg"}))}),
        json!({"voice": file(json!({"mime_type": "audio/ogg"}))}),
        json!({"document": file(json!({"mime_type": "application/pdf", "file_name": "a.pdf"}))}),
        json!({"animation": file(json!({"mime_type": "video/mp4"})), "document": file(json!({}))}),
        json!({"video_note": file(json!({}))}),
        json!({"sticker": file(json!({"emoji": "👍", "is_animated": false, "is_video": false}))}),
        json!({"sticker": file(json!({"is_animated": true}))}),
    ];
    insta::assert_json_snapshot!(all.map(kind));
}

#[test]
fn a_place_and_a_number_are_shared() {
    let own = json!({"contact": {"phone_number": "34 911-234567", "first_name": "Ann", "user_id": 7}});
    let anothers = json!({"contact": {"phone_number": "+34911", "first_name": "Bob", "user_id": 8}});
    let place = json!({"location": {"latitude": 40.4, "longitude": -3.7}});
    insta::assert_json_snapshot!([own, anothers, place].map(kind));
}

#[test]
fn start_carries_the_links_payload() {
    let start = |text: &str| kind(json!({"text": text}));
    let payload = |payload: Option<&str>| InboundKind::Start { payload: payload.map(ToOwned::to_owned), said: true };
    assert_eq!(start("/start"), payload(None));
    assert_eq!(start("/start promo_7"), payload(Some("promo_7")));
    assert_eq!(start("/start@my_bot promo"), payload(Some("promo")));
    assert!(matches!(start("/started"), InboundKind::Message { .. }));
    assert!(matches!(start("please /start"), InboundKind::Message { .. }));
}

#[test]
fn a_press_is_answered_whatever_it_is() {
    let query = |data: Json| {
        json!({"update_id": 101, "callback_query": {
            "id": "4382", "from": {"id": 7, "is_bot": false, "first_name": "Ann"}, "chat_instance": "-1",
            "message": {"message_id": 9, "date": 0, "chat": {"id": 7, "type": "private"}}, "data": data}})
    };
    let parsed = parse(query(json!("m:1")));
    assert_eq!(parsed.answers[0].body, json!({"callback_query_id": "4382"}));
    insta::assert_json_snapshot!(parsed.inbound);
    let without = parse(query(Json::Null));
    assert_eq!((without.inbound.len(), without.ignored.len(), without.answers.len()), (0, 1, 1));
}

#[test]
fn a_block_and_its_end_come_by_my_chat_member() {
    let member = |status: &str, chat: &str| {
        let update = json!({"update_id": 102, "my_chat_member": {
            "chat": {"id": 7, "type": chat}, "from": {"id": 7, "is_bot": false, "first_name": "Ann"}, "date": 0,
            "old_chat_member": {"status": "x"}, "new_chat_member": {"user": {"id": 1}, "status": status}}});
        parse(update).inbound.into_iter().map(|inbound| inbound.kind).collect::<Vec<_>>()
    };
    assert_eq!(member("kicked", "private"), [InboundKind::Blocked]);
    assert_eq!(member("member", "private"), [InboundKind::Unblocked]);
    assert_eq!(member("restricted", "private"), []);
    assert_eq!(member("kicked", "group"), []);
}

#[test]
fn a_checkout_goes_on_for_our_payload_only_and_a_payment_counts() {
    let checkout = |payload: &str| {
        let update = json!({"update_id": 103, "pre_checkout_query": {
            "id": "q", "from": {"id": 7}, "currency": "EUR", "total_amount": 1, "invoice_payload": payload}});
        let parsed = parse(update);
        assert!(parsed.inbound.is_empty());
        parsed.answers[0].body["ok"].clone()
    };
    let ours = "0190f5fe-7a00-7000-8000-000000000001:2";
    assert_eq!(checkout(ours), true);
    assert_eq!(checkout("foreign"), false);
    let paid = kind(json!({"successful_payment": {"currency": "EUR", "total_amount": 1, "invoice_payload": ours}}));
    assert_eq!(paid, InboundKind::Paid { payload: ours.to_owned() });
}

#[test]
fn what_has_no_effect_is_kept_raw() {
    let in_group = json!({"update_id": 1, "message": {"message_id": 1, "chat": {"id": -5, "type": "group"}, "from": {"id": 7}, "text": "hi"}});
    let edited = json!({"update_id": 2, "edited_message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "hi"}});
    let service = said(json!({"pinned_message": {"message_id": 4}}));
    let unknown = json!({"update_id": 3, "chat_boost": {"x": 1}});
    let bot = json!({"update_id": 4, "message": {"message_id": 1, "chat": {"id": 7}, "from": {"id": 8, "is_bot": true}, "text": "hi"}});
    let nobody = json!({"update_id": 5, "message": {"message_id": 1, "chat": {"id": 7}, "text": "hi"}});
    for update in [in_group, edited, service, unknown, bot, nobody, json!({}), json!([1]), json!("x"), Json::Null] {
        let parsed = parse(update.clone());
        assert_eq!((parsed.inbound.len(), parsed.ignored.len()), (0, 1), "{update}");
        assert!(!parsed.ignored[0].why.is_empty());
    }
}

#[test]
fn broken_json_is_an_error() {
    for broken in [&b"{"[..], b"", b"\xff\xfe", b"{\"update_id\":1} x"] {
        assert!(matches!(Channel::Telegram.parse(broken, ""), Err(Unreadable::NotJson(_))));
    }
    let deep = "[".repeat(100_000);
    assert!(Channel::Telegram.parse(deep.as_bytes(), "").is_err());
}

#[test]
fn a_poll_gives_updates_with_their_ids() {
    let updates = telegram::parse_updates(json!([{"update_id": 5, "x": {}}, {"no": 1}, {"update_id": 6}]));
    assert_eq!(updates.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [5, 6]);
    assert!(telegram::parse_updates(json!({"not": "a list"})).is_empty());
}

#[test]
fn only_the_right_secret_is_let_in() {
    let verify = |secret: &str, given: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append(telegram::SECRET_HEADER, value.parse().unwrap());
        }
        Channel::Telegram.verify(secret, &headers, b"{}").is_ok()
    };
    assert!(verify("s3cret", &["s3cret"]));
    assert!(!verify("s3cret", &["s3cret", "s3cret"]));
    assert!(!verify("s3cret", &["s3creT"]));
    assert!(!verify("s3cret", &["s3cre"]));
    assert!(!verify("s3cret", &[]));
    assert!(!verify("", &[""]));
}
