//! Where hostile bytes enter the channels, each with what must hold whatever they are. The fuzz targets and the corpus test call the same functions.

use recado_channels::{Request, livechat, telegram};
use recado_model::InboundKind;
use serde_json::json;

/// What somebody posts as an update of Telegram, and what a false Telegram answers.
pub(crate) fn telegram_update(bytes: &[u8]) {
    if let Ok(parsed) = telegram::parse(bytes) {
        let again = telegram::parse(bytes).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{again:?}"), "the same bytes are the same update");
    }
    let request = Request::new("sendMessage", json!({"chat_id": 7, "text": "Hi"}));
    for status in [200, 400, 403, 429, 502] {
        let _ = telegram::outcome(request.clone(), status, bytes);
    }
}

/// What somebody posts as a message of the web chat.
pub(crate) fn chat_message(bytes: &[u8]) {
    let Ok(inbound) = livechat::parse(bytes, "visitor") else { return };
    assert!(inbound.message_id.as_str().is_some_and(|id| (1..=64).contains(&id.len())), "{inbound:?}");
    if let InboundKind::Message { text, .. } = &inbound.kind {
        assert!(text.len() <= bytes.len());
    }
}
