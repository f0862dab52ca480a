//! Whatever comes, nothing panics, and hostile text stays text.

use proptest::prelude::*;
use recado_channels::{Address, Channel, Request, telegram};
use recado_model::{RichText, message::Span};
use serde_json::{Map, Value as Json, json};

use crate::{link, message, press, text};

/// Any JSON, with the protocol's own words as likely keys.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        prop::sample::select(vec!["private", "kicked", "member", "/start", "/start@", "a:1"]).prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
    ];
    let words = vec![
        "update_id",
        "message",
        "callback_query",
        "my_chat_member",
        "pre_checkout_query",
        "edited_message",
        "from",
        "chat",
        "id",
        "type",
        "text",
        "caption",
        "photo",
        "contact",
        "location",
        "latitude",
        "longitude",
        "new_chat_member",
        "status",
        "data",
        "successful_payment",
        "invoice_payload",
        "phone_number",
        "user_id",
        "document",
        "sticker",
        "file_id",
        "payload",
        "file",
        "phone",
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let key = prop_oneof![4 => prop::sample::select(words.clone()).prop_map(ToOwned::to_owned), 1 => ".{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((key, inner), 0..8)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Whether every tag of the HTML is one of ours and closed in order, and every `&` is a reference.
fn is_balanced(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        rest = &rest[at..];
        if rest.starts_with('&') {
            if !["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|reference| rest.starts_with(reference)) {
                return false;
            }
            rest = &rest[1..];
            continue;
        }
        let Some(end) = rest.find('>') else { return false };
        let tag = &rest[1..end];
        match tag.strip_prefix('/') {
            Some(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
            None if tag == "b" || tag == "i" => open.push(tag),
            None if tag.starts_with("a href=\"") && tag.ends_with('"') && tag.matches('"').count() == 2 => {
                open.push("a");
            }
            None => return false,
        }
        rest = &rest[end + 1..];
    }
    open.is_empty()
}

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,40}",
        "[<>&\"'/ab=\\x00]{0,30}",
        prop::sample::select(vec![
            "</b>",
            "<a href=\"x\">",
            "&lt;",
            "&amp;amp;",
            "<script>alert(1)</script>",
            "\" onload=\"",
            "\u{202e}",
            "\0"
        ])
        .prop_map(ToOwned::to_owned),
    ]
}

proptest! {
    #[test]
    fn parsing_never_panics_on_any_json(json in any_json(), id in any::<i64>()) {
        let body = json.to_string();
        let _ = Channel::Telegram.parse(body.as_bytes(), "7");
        let _ = Channel::Livechat.parse(body.as_bytes(), "v1");
        for kind in ["message", "callback_query", "my_chat_member", "pre_checkout_query"] {
            let parsed = telegram::parse_update(json!({"update_id": id, kind: json.clone()}));
            prop_assert_eq!(parsed.inbound.len() + parsed.ignored.len(), 1);
            for inbound in parsed.inbound {
                prop_assert!(inbound.dedup_key.len() <= 128);
            }
        }
    }

    #[test]
    fn parsing_never_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Channel::Telegram.parse(&bytes, "7");
        let _ = Channel::Livechat.parse(&bytes, "v1");
    }

    #[test]
    fn an_outcome_is_found_for_any_answer(status in 0_u16..1000, json in any_json()) {
        let request = Request::new("sendMessage", json!({"chat_id": 7}));
        let _ = Channel::Telegram.outcome(request.clone(), status, json.to_string().as_bytes());
    }

    #[test]
    fn html_is_balanced_and_escaped(spans in prop::collection::vec((hostile_text(), any::<bool>(), any::<bool>(), prop::option::of(hostile_text())), 0..6)) {
        let text = RichText(spans.into_iter().map(|(text, bold, italic, link)| {
            let link = link.map(|tail| format!("https://example.com/{tail}"));
            Span { text, bold, italic, link }
        }).collect());
        let html = telegram::to_html(&text);
        prop_assert!(is_balanced(&html), "{}", html);
    }

    #[test]
    fn rendering_is_repeatable_within_limits(words in hostile_text(), label in hostile_text(), url in hostile_text()) {
        let said = message(text(RichText::plain(words.repeat(200)), vec![press(&label), link(&label, &url)], vec![]));
        let once = Channel::Telegram.render(&said, &Address::of("7"));
        prop_assert_eq!(&once, &Channel::Telegram.render(&said, &Address::of("7")));
    }
}

#[test]
fn urls_that_telegram_refuses_are_known() {
    for good in [
        "https://example.com",
        "http://example.com:8080/a?b=c#d",
        "http://127.0.0.1/x",
        "tg://resolve?domain=x",
        "https://münchen.de/",
    ] {
        assert!(telegram::is_url_taken(good), "{good}");
    }
    for bad in [
        "",
        "example.com",
        "http://localhost/",
        "tel:+34911",
        "mailto:a@b.es",
        "javascript:alert(1)",
        "http://",
        "https://a b.com",
        "https://.",
        "https://a..b",
    ] {
        assert!(!telegram::is_url_taken(bad), "{bad}");
    }
}
