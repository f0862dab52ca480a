//! Elements of flows, short to write.

use recado_model::{TriggerKind, trigger::KeywordMatch};
use serde_json::{Value as Json, json};

pub(crate) fn keyword(word: &str) -> TriggerKind {
    TriggerKind::Keyword { matching: KeywordMatch::Is, keywords: vec![word.into()] }
}

/// A message element that says a text.
pub(crate) fn said(id: &str, text: &str) -> Json {
    json!({"type": "message", "id": id, "parts": [{"kind": "text", "text": text}]})
}

/// A message element with continue buttons, whose ids are their labels.
pub(crate) fn buttons(id: &str, text: &str, labels: &[&str]) -> Json {
    let buttons: Vec<_> = labels.iter().map(|label| json!({"id": label, "label": label})).collect();
    json!({"type": "message", "id": id, "parts": [{"kind": "text", "text": text, "buttons": buttons}]})
}

/// A message element that asks for a text.
pub(crate) fn asked(id: &str, prompt: &str, save_to: &str) -> Json {
    json!({"type": "message", "id": id, "parts": [
        {"kind": "input", "prompt": prompt, "expects": {"kind": "text"}, "save_to": save_to, "time_limit_min": 60}]})
}

/// A pause of so many minutes.
pub(crate) fn paused(id: &str, minutes: u32) -> Json {
    json!({"type": "pause", "id": id, "until": {"kind": "period", "amount": minutes, "unit": "minutes"}})
}

/// An element of actions.
pub(crate) fn actions(id: &str, actions: &Json) -> Json {
    json!({"type": "action", "id": id, "actions": actions})
}

pub(crate) const MINUTE: i64 = 60_000;
