//! The Telegram channel and the strict fake understand each other: whatever the channel renders is taken, and what people do is parsed.

use recado_channels::{Address, Channel, Rendered, SendOutcome};
use recado_model::{
    BotId, Button, ButtonAction, ContactId, Direction, InboundKind, Message, MessageId, MessageStatus, Part, RichText,
    UnixMs,
    message::{Card, MediaKind, Share, Span},
};
use recado_testkit::telegram::{Failure, FakeTelegram};
use serde_json::json;

use crate::telegram::{call, send};

fn message(part: Part) -> Message {
    Message {
        id: MessageId::from_bytes([7; 16]),
        bot_id: BotId::from_bytes([1; 16]),
        contact_id: ContactId::from_bytes([2; 16]),
        direction: Direction::Out,
        status: MessageStatus::Queued,
        part,
        external_id: None,
        at: UnixMs(0),
        not_before: UnixMs(0),
        offer: None,
        sent_by: None,
        error: None,
    }
}

fn button(label: &str, action: ButtonAction) -> Button {
    Button { label: label.to_owned(), action }
}

/// Every kind of button, also those that Telegram does not take.
fn buttons() -> Vec<Button> {
    let link = |url: &str| ButtonAction::Link { url: url.to_owned() };
    let payment =
        |currency: &str| ButtonAction::Payment { title: "Seat".to_owned(), amount: 500, currency: currency.to_owned() };
    vec![
        button("Yes", ButtonAction::Press),
        button("", ButtonAction::Press),
        button("Site", link("https://example.com/?a=1&b=2")),
        button("Local", link("http://localhost/")),
        button("Bad", link("javascript:alert(1)")),
        button("Call", ButtonAction::Phone { phone: "+34911234567".to_owned() }),
        button("Euro", payment("EUR")),
        button("Stars", payment("XTR")),
    ]
}

fn parts() -> Vec<Part> {
    let hostile = RichText(vec![
        Span {
            text: "<b>&amp;</i> \"x\" ".to_owned(),
            bold: true,
            italic: true,
            link: Some("https://example.com/\"><b>".to_owned()),
        },
        Span { text: "a\u{0}b 👨‍👩‍👧".to_owned(), ..Span::default() },
    ]);
    let text =
        |text: RichText, share| Part::Text { text, buttons: buttons(), quick_replies: buttons(), share, expects: None };
    let media = |media, url: &str, caption: &str| Part::Media {
        media,
        url: url.to_owned(),
        caption: RichText::plain(caption),
        name: None,
        buttons: buttons(),
        quick_replies: vec![],
    };
    let card = |buttons| Card {
        title: "A <card>".to_owned(),
        subtitle: "s".repeat(1_100),
        image: Some("https://example.com/a.jpg".to_owned()),
        buttons,
    };
    let small = || Card { subtitle: "&".repeat(900), ..card(vec![]) };
    vec![
        text(hostile.clone(), None),
        text(hostile, Some(Share::Phone)),
        text(RichText::default(), Some(Share::Location)),
        text(RichText::plain("&<> sentence. ".repeat(1_500)), None),
        text(RichText::plain("👍".repeat(5_000)), None),
        media(MediaKind::Image, "https://example.com/a.jpg", "caption"),
        media(MediaKind::Video, "https://example.com/a.mp4", &"long caption. ".repeat(400)),
        media(MediaKind::Audio, "https://example.com/a.mp3", ""),
        media(MediaKind::File, "https://example.com/a.pdf", "<"),
        media(MediaKind::File, "https://example.com/a.docx", "<"),
        media(MediaKind::Image, "http://localhost/a.jpg", ""),
        Part::Gallery { cards: vec![small(), small()], quick_replies: vec![] },
        Part::Gallery {
            cards: vec![small(), Card { image: Some("http://127.0.0.1/files/1".to_owned()), ..small() }],
            quick_replies: vec![],
        },
        Part::Gallery { cards: vec![card(vec![]), card(buttons())], quick_replies: buttons() },
    ]
}

#[tokio::test]
async fn everything_that_is_rendered_is_taken() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    for payment_token in [None, Some("provider:TEST")] {
        for part in parts() {
            let to = Address { payment_token, remove_keyboard: true, link_preview: false, ..Address::of("7") };
            let Ok(Rendered::Requests(requests)) = Channel::Telegram.render(&message(part), &to) else { panic!() };
            for request in requests {
                let (status, answer) = send(&fake, &request).await.unwrap();
                let outcome = Channel::Telegram.outcome(request.clone(), status, answer.to_string().as_bytes());
                assert!(matches!(outcome, SendOutcome::Sent { .. }), "{outcome:?} of {request:#?}");
            }
        }
    }
}

#[tokio::test]
async fn what_people_do_is_understood() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    fake.starts(7, Some("promo")).await;
    fake.shares_phone(7, "+34911234567").await;
    fake.shares_location(7, 40.4, -3.7).await;
    fake.blocks(7).await;
    fake.unblocks(7).await;
    let part = Part::Text {
        text: RichText::plain("Well?"),
        buttons: buttons(),
        quick_replies: vec![],
        share: None,
        expects: None,
    };
    let Ok(Rendered::Requests(requests)) = Channel::Telegram.render(&message(part), &Address::of("7")) else {
        panic!()
    };
    call(&fake, requests[0].method, requests[0].body.clone()).await.unwrap();
    let press = fake.presses(&fake.sent(7)[0], "Yes").await;
    let (_, answer) = call(&fake, "getUpdates", json!({})).await.unwrap();
    let updates = recado_channels::telegram::parse_updates(answer["result"].clone());
    let parsed: Vec<_> =
        updates.into_iter().map(|(_, update)| recado_channels::telegram::parse_update(update)).collect();
    let kinds: Vec<_> =
        parsed.iter().flat_map(|parsed| parsed.inbound.iter().map(|inbound| inbound.kind.clone())).collect();
    let said = |text: &str, location, phone: Option<&str>| InboundKind::Message {
        text: text.to_owned(),
        attachments: vec![],
        location,
        phone: phone.map(ToOwned::to_owned),
    };
    let payload = recado_model::message::press_payload(MessageId::from_bytes([7; 16]), 0);
    let expected = [
        said("hi", None, None),
        InboundKind::Start { payload: Some("promo".to_owned()), said: true },
        said("", None, Some("+34911234567")),
        said("", Some((40.4, -3.7)), None),
        InboundKind::Blocked,
        InboundKind::Unblocked,
        InboundKind::Press { payload, callback_id: Some(press.callback_id.clone()) },
    ];
    assert_eq!(kinds, expected);
    let request = &parsed[6].answers[0];
    call(&fake, request.method, request.body.clone()).await.unwrap();
    fake.wait_for_answer(&press.callback_id).await;
}

#[tokio::test]
async fn refusals_are_read_as_what_they_are() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.says(7, "hi").await;
    for (failure, expected) in [
        (Failure::Blocked, SendOutcome::Blocked),
        (Failure::Deactivated, SendOutcome::Blocked),
        (Failure::TooManyRequests { retry_after: 4 }, SendOutcome::Retry { after_ms: 4_000 }),
        (Failure::Server(503), SendOutcome::Retry { after_ms: 1_000 }),
        (Failure::Unauthorized, SendOutcome::TokenDead { message: "Unauthorized".to_owned() }),
        (
            Failure::BadRequest("wrong type of the web page content".to_owned()),
            SendOutcome::Failed {
                code: "400".to_owned(),
                message: "Bad Request: wrong type of the web page content".to_owned(),
            },
        ),
    ] {
        fake.fail_next(failure);
        let request = recado_channels::Request::new("sendMessage", json!({"chat_id": 7, "text": "x"}));
        let (status, answer) = call(&fake, request.method, request.body.clone()).await.unwrap();
        assert_eq!(Channel::Telegram.outcome(request.clone(), status, answer.to_string().as_bytes()), expected);
    }
}
