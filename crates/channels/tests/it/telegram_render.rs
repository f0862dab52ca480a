//! Messages become the Bot API's requests.

use recado_channels::{Address, Channel, Rendered, Unsayable};
use recado_model::{
    Message, Part, RichText, Service,
    message::{Card, MediaKind, Share},
};
use serde_json::{Value as Json, json};

use crate::{link, message, payment, phone, press, rich, text};

fn requests_to(message: &Message, to: &Address<'_>) -> Vec<Json> {
    match Channel::of(Service::Telegram).unwrap().render(message, to) {
        Ok(Rendered::Requests(requests)) => {
            requests.into_iter().map(|request| json!({"method": request.method, "body": request.body})).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn requests(part: Part) -> Vec<Json> {
    requests_to(&message(part), &Address::of("7"))
}

#[test]
fn a_text_keeps_its_looks_and_cannot_become_markup() {
    insta::assert_json_snapshot!(requests(text(rich(), vec![], vec![])));
}

#[test]
fn buttons_and_quick_replies_are_rows_of_one_inline_keyboard_with_consecutive_indices() {
    let buttons = vec![press("Yes"), link("Site", "https://example.com/a"), press("No")];
    insta::assert_json_snapshot!(requests(text(RichText::plain("Well?"), buttons, vec![press("Later")])));
}

#[test]
fn what_telegram_refuses_as_a_button_becomes_a_line_of_text() {
    let buttons = vec![
        link("Local", "http://localhost:3000/x"),
        link("Broken", "not a url"),
        phone("Call us", "+34911234567"),
        payment("Pay", "EUR"),
        press("Go on"),
    ];
    insta::assert_json_snapshot!(requests(text(RichText::plain("Choose"), buttons, vec![])));
}

#[test]
fn a_payment_is_an_invoice_after_the_text() {
    let to = Address { payment_token: Some("provider:TEST:1"), ..Address::of("7") };
    let message =
        message(text(RichText::plain("Your seat"), vec![payment("Pay 42.50", "EUR"), payment("Stars", "XTR")], vec![]));
    insta::assert_json_snapshot!(requests_to(&message, &to));
}

#[test]
fn sharing_asks_by_a_keyboard_that_the_next_message_takes_away() {
    let part = Part::Text {
        text: RichText::plain("Your number?"),
        buttons: vec![],
        quick_replies: vec![press("Skip")],
        share: Some(Share::Phone),
        expects: Some("phone".to_owned()),
    };
    assert!(recado_channels::telegram::shows_keyboard(&part));
    let after = message(text(RichText::plain("Thank you"), vec![], vec![]));
    let to = Address { remove_keyboard: true, link_preview: false, ..Address::of("7") };
    insta::assert_json_snapshot!(json!([requests(part), requests_to(&after, &to)]));
}

#[test]
fn sharing_beside_buttons_gets_a_message_of_its_own() {
    let part = Part::Text {
        text: RichText::plain("Where?"),
        buttons: vec![press("Elsewhere")],
        quick_replies: vec![],
        share: Some(Share::Location),
        expects: None,
    };
    insta::assert_json_snapshot!(requests(part));
}

fn media(media: MediaKind, url: &str, caption: &str) -> Part {
    Part::Media {
        media,
        url: url.to_owned(),
        caption: RichText::plain(caption),
        name: Some("Programme".to_owned()),
        buttons: vec![press("More")],
        quick_replies: vec![],
    }
}

#[test]
fn files_go_by_url_with_a_caption() {
    let all: Vec<_> = [
        (MediaKind::Image, "https://example.com/a.jpg"),
        (MediaKind::Video, "https://example.com/a.mp4"),
        (MediaKind::Audio, "https://example.com/a.mp3"),
        (MediaKind::File, "https://example.com/a.PDF?x=1"),
    ]
    .into_iter()
    .map(|(kind, url)| requests(media(kind, url, "A < B")))
    .collect();
    insta::assert_json_snapshot!(all);
}

#[test]
fn a_file_that_telegram_does_not_fetch_becomes_a_link() {
    let word = media(MediaKind::File, "https://example.com/a.docx", "Read this");
    let local = media(MediaKind::Image, "http://localhost/a.png", "");
    insta::assert_json_snapshot!(json!([requests(word), requests(local)]));
}

#[test]
fn a_caption_past_1024_follows_as_a_text_with_the_buttons() {
    let at_the_limit = requests(media(MediaKind::Image, "https://example.com/a.jpg", &"é".repeat(1_024)));
    assert_eq!(at_the_limit.len(), 1);
    let past = requests(media(MediaKind::Image, "https://example.com/a.jpg", &"é".repeat(1_025)));
    assert_eq!(past[0], json!({"method": "sendPhoto", "body": {"chat_id": 7, "photo": "https://example.com/a.jpg"}}));
    assert_eq!(past[1]["method"], "sendMessage");
    assert!(past[1]["body"]["reply_markup"]["inline_keyboard"].is_array());
}

#[test]
fn a_text_past_4096_units_is_split_and_the_last_piece_has_the_buttons() {
    let long = "One sentence here. ".repeat(400);
    let pieces = requests(text(RichText::plain(&long), vec![press("Ok")], vec![]));
    assert_eq!(pieces.len(), 2);
    assert!(pieces[0]["body"].get("reply_markup").is_none());
    assert!(pieces[0]["body"]["text"].as_str().unwrap().ends_with("here. "));
    assert!(pieces[1]["body"]["reply_markup"].is_object());
}

#[test]
fn pictures_without_buttons_are_an_album_and_cards_with_buttons_are_messages() {
    let card = |title: &str, buttons| Card {
        title: title.to_owned(),
        subtitle: "from 9:00".to_owned(),
        image: Some(format!("https://example.com/{title}.jpg")),
        buttons,
    };
    let album = Part::Gallery { cards: vec![card("a", vec![]), card("b", vec![])], quick_replies: vec![] };
    let without_image = Card { image: None, ..card("c", vec![press("Book c")]) };
    let cards = Part::Gallery {
        cards: vec![card("a", vec![press("Book a"), press("Info a")]), without_image],
        quick_replies: vec![press("Neither")],
    };
    insta::assert_json_snapshot!(json!([requests(album), requests(cards)]));
}

#[test]
fn what_cannot_be_said_is_told() {
    let telegram = Channel::Telegram;
    let empty = message(text(RichText::plain("  \n"), vec![], vec![]));
    assert_eq!(telegram.render(&empty, &Address::of("7")), Err(Unsayable::Empty));
    let inbound = message(Part::Inbound { text: "hi".to_owned(), attachments: vec![] });
    assert_eq!(telegram.render(&inbound, &Address::of("7")), Err(Unsayable::Inbound));
    let fine = message(text(RichText::plain("hi"), vec![], vec![]));
    assert_eq!(telegram.render(&fine, &Address::of("ann")), Err(Unsayable::Identity));
}

#[test]
fn buttons_without_a_text_get_a_pointer() {
    let only = requests(text(RichText::default(), vec![press("Go")], vec![]));
    assert_eq!(only[0]["body"]["text"], "👇");
}

#[test]
fn every_payload_fits_callback_data() {
    let payload = recado_model::message::press_payload(message(text(rich(), vec![], vec![])).id, u16::MAX);
    assert!(payload.len() <= recado_channels::telegram::CALLBACK_DATA_BYTES_MAX);
}

#[test]
fn the_other_methods_have_their_documented_fields() {
    use recado_channels::telegram::methods;
    let all = [
        methods::get_me(),
        methods::get_updates(Some(12), methods::POLL_TIMEOUT_S),
        methods::set_webhook("https://bots.example.com/t", "s3cret", 40),
        methods::delete_webhook(),
        methods::get_file("f1"),
        methods::typing("7").unwrap(),
        methods::answer_callback_query("c1"),
        methods::answer_pre_checkout_query("q1", Some("Sold out.")),
    ];
    let all: Vec<_> = all.into_iter().map(|request| json!({"method": request.method, "body": request.body})).collect();
    insta::assert_json_snapshot!(all);
}

#[test]
fn a_file_path_cannot_lead_elsewhere() {
    use recado_channels::telegram::methods::file_path_of;
    let path = |path: &str| file_path_of(&json!({"result": {"file_path": path}})).map(ToOwned::to_owned);
    assert_eq!(path("photos/file_1.jpg").as_deref(), Some("photos/file_1.jpg"));
    for hostile in ["", "/etc/passwd", "a/../b", "..", "a?b", "a%2e%2e/b", "a\\b", "a\nb"] {
        assert_eq!(path(hostile), None, "{hostile:?}");
    }
}
