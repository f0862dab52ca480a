//! Messages become the Bot API's requests.

use bytes::Bytes;
use recado_channels::{Address, Channel, Rendered, Request, Unsayable, UploadedFile};
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
    assert!(recado_channels::telegram::keyboard_stands(std::slice::from_ref(&part)));
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
fn a_file_that_can_not_be_fetched_becomes_a_link() {
    let word = message(media(MediaKind::File, "https://example.com/a.docx", "Read this"));
    let local = message(media(MediaKind::Image, "http://localhost/a.png", ""));
    let linked = ["https://example.com/a.docx", "http://localhost/a.png"].map(ToOwned::to_owned);
    let to = Address { linked: &linked, ..Address::of("7") };
    insta::assert_json_snapshot!(json!([requests_to(&word, &to), requests_to(&local, &to)]));
}

fn whole_requests(part: Part, to: &Address<'_>) -> Vec<Request> {
    match Channel::Telegram.render(&message(part), to) {
        Ok(Rendered::Requests(all)) => all,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_telegram_could_not_fetch_is_uploaded_by_the_same_request() {
    let url = "https://example.com/a.jpg";
    let asked = whole_requests(media(MediaKind::Image, url, "Read"), &Address::of("7"));
    assert_eq!((asked[0].fetched.as_slice(), asked[0].uploads.len()), ([url.to_owned()].as_slice(), 0));
    let to = Address { uploaded: &asked[0].fetched, ..Address::of("7") };
    let again = whole_requests(media(MediaKind::Image, url, "Read"), &to);
    assert_eq!((again.len(), again[0].method, &again[0].body), (1, asked[0].method, &asked[0].body));
    assert_eq!((again[0].uploads[0].url.as_str(), again[0].fetched.len()), (url, 0));
}

#[test]
fn of_an_album_only_what_telegram_could_not_fetch_is_uploaded_or_linked() {
    let card = |url: &str| Card {
        title: "A".to_owned(),
        subtitle: String::new(),
        image: Some(url.to_owned()),
        buttons: vec![],
    };
    let (good, bad) = ("https://example.com/good.jpg", ["https://example.com/bad.jpg".to_owned()]);
    let part = Part::Gallery { cards: vec![card(good), card(&bad[0])], quick_replies: vec![] };
    let asked = whole_requests(part.clone(), &Address::of("7"));
    assert_eq!(asked[0].fetched, [good.to_owned(), bad[0].clone()]);
    let again = whole_requests(part.clone(), &Address { uploaded: &bad, ..Address::of("7") });
    assert_eq!(
        (again[0].fetched.as_slice(), again[0].uploads[0].url.as_str()),
        ([good.to_owned()].as_slice(), &*bad[0])
    );
    assert_eq!(again[0].body["media"][1]["media"], "attach://file0");
    let linked = whole_requests(part, &Address { uploaded: &bad, linked: &bad, ..Address::of("7") });
    let methods: Vec<_> = linked.iter().map(|request| request.method).collect();
    assert_eq!(methods, ["sendPhoto", "sendMessage"], "the other stays a picture");
}

#[test]
fn what_telegram_does_not_fetch_is_uploaded() {
    for (kind, url, part, method) in [
        (MediaKind::File, "https://example.com/a.docx", "document", "sendDocument"),
        (MediaKind::Image, "http://localhost/a.png", "photo", "sendPhoto"),
        (MediaKind::Video, "http://127.0.0.1:8080/files/1?expires=2&signature=3", "video", "sendVideo"),
        (MediaKind::Audio, "http://[fd00::1]/a.mp3", "audio", "sendAudio"),
        (MediaKind::Image, "http://192.168.1.7/a.png", "photo", "sendPhoto"),
    ] {
        let all = match Channel::Telegram.render(&message(media(kind, url, "Read")), &Address::of("7")) {
            Ok(Rendered::Requests(all)) => all,
            other => panic!("{other:?}"),
        };
        assert_eq!((all.len(), all[0].method), (1, method));
        let upload = &all[0].uploads[0];
        assert_eq!((upload.part.as_str(), upload.url.as_str(), upload.name.as_deref()), (part, url, Some("Programme")));
        let file = UploadedFile { name: "a\"b\r\n.png".to_owned(), bytes: Bytes::from_static(b"\x89PNG") };
        let (kind, body) = all[0].as_form(&[file], "xyz");
        assert_eq!(kind, "multipart/form-data; boundary=xyz");
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains(&format!("name=\"{part}\"; filename=\"a_b__.png\"")), "{body}");
        assert!(!body.contains(url) && body.ends_with("--xyz--\r\n"), "{body}");
        assert!(body.contains("name=\"reply_markup\"\r\n\r\n{\"inline_keyboard\""), "{body}");
    }
}

#[test]
fn an_album_uploads_what_telegram_does_not_fetch() {
    let card = |url: &str| Card {
        title: "A".to_owned(),
        subtitle: String::new(),
        image: Some(url.to_owned()),
        buttons: vec![],
    };
    let cards = vec![card("https://example.com/a.jpg"), card("http://127.0.0.1/b.jpg"), card("http://127.0.0.1/c.jpg")];
    let part = Part::Gallery { cards, quick_replies: vec![] };
    let Ok(Rendered::Requests(all)) = Channel::Telegram.render(&message(part), &Address::of("7")) else {
        panic!("no requests")
    };
    let named: Vec<_> = all[0].uploads.iter().map(|upload| (upload.part.as_str(), upload.url.as_str())).collect();
    assert_eq!(named, [("file0", "http://127.0.0.1/b.jpg"), ("file1", "http://127.0.0.1/c.jpg")]);
    let media = &all[0].body["media"];
    assert_eq!(
        (&media[0]["media"], &media[2]["media"]),
        (&json!("https://example.com/a.jpg"), &json!("attach://file1"))
    );
}

#[test]
fn a_keyboard_stands_until_a_message_had_room_to_take_it_away() {
    use recado_channels::telegram::keyboard_stands;
    let share = Part::Text {
        text: RichText::plain("?"),
        buttons: vec![],
        quick_replies: vec![],
        share: Some(Share::Phone),
        expects: None,
    };
    let plain = text(RichText::plain("ok"), vec![], vec![]);
    let pressed = text(RichText::plain("ok"), vec![press("Go")], vec![]);
    assert!(!keyboard_stands(&[]));
    assert!(keyboard_stands(&[share.clone(), plain.clone()]), "the newest counts");
    assert!(keyboard_stands(&[pressed.clone(), share.clone()]), "buttons leave no room");
    assert!(!keyboard_stands(&[pressed, plain, share]));
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
    let inbound = message(Part::said("hi"));
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
    let path = |path: &str| file_path_of(&json!({"file_path": path})).map(ToOwned::to_owned);
    assert_eq!(path("photos/file_1.jpg").as_deref(), Some("photos/file_1.jpg"));
    for hostile in ["", "/etc/passwd", "a/../b", "..", "a?b", "a%2e%2e/b", "a\\b", "a\nb"] {
        assert_eq!(path(hostile), None, "{hostile:?}");
    }
}
