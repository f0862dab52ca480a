//! Server-sent events, as far as our own streams use them.

use serde_json::Value as Json;

/// A server-sent event.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// Its id.
    pub(super) id: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// Its data; null when it is no JSON.
    pub(super) data: Json,
}

/// Takes the whole events from the front of what came, as <https://html.spec.whatwg.org/multipage/server-sent-events.html> says.
pub(super) fn take_events(buffer: &mut Vec<u8>) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
        let block: Vec<u8> = buffer.drain(..end + 2).collect();
        let mut event = Event::default();
        let mut data = String::new();
        for line in String::from_utf8_lossy(&block).lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => event.id = Some(value.to_owned()),
                "event" => value.clone_into(&mut event.name),
                "data" => data.push_str(value),
                _ => {}
            }
        }
        if !data.is_empty() {
            event.data = serde_json::from_str(&data).unwrap_or(Json::Null);
            events.push(event);
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_taken_when_they_are_whole() {
        let mut buffer = b": hello\n\nid: 7\nevent: message\ndata: {\"a\":1}\n\nid: 8\nda".to_vec();
        let events = take_events(&mut buffer);
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].id.as_deref(), events[0].name.as_str(), &events[0].data),
            (Some("7"), "message", &json!({"a": 1}))
        );
        assert_eq!(buffer, b"id: 8\nda");
    }
}
