//! Writing JSON straight into bytes.

use recado_model::Value;
use serde_json::Value as Json;

/// Writes one JSON document, key by key, with no tree in between.
pub(super) struct Writer {
    out: Vec<u8>,
    /// Whether the next key or item is the first of its object or array.
    first: bool,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), first: true }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn open(&mut self) {
        self.out.push(b'{');
        self.first = true;
    }

    pub(super) fn close(&mut self) {
        self.out.push(b'}');
        self.first = false;
    }

    fn comma(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
    }

    /// The next member's name; its value is written next.
    pub(super) fn key(&mut self, name: &str) {
        self.comma();
        self.string(name);
        self.out.push(b':');
    }

    fn serialized<T: serde::Serialize + ?Sized>(&mut self, value: &T) {
        let before = self.out.len();
        // Writing text, numbers and JSON values into a Vec has no way to fail; should it, a null keeps the document whole.
        if serde_json::to_writer(&mut self.out, value).is_err() {
            self.out.truncate(before);
            self.out.extend_from_slice(b"null");
        }
    }

    fn string(&mut self, text: &str) {
        self.serialized(text);
    }

    pub(super) fn raw(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    /// A member with text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        self.string(text);
    }

    /// A member with an id or another thing whose text needs no escapes.
    pub(super) fn plain(&mut self, name: &str, shown: &dyn std::fmt::Display) {
        use std::io::Write as _;
        self.key(name);
        self.out.push(b'"');
        let before = self.out.len();
        if write!(self.out, "{shown}").is_err() {
            self.out.truncate(before);
        }
        self.out.push(b'"');
    }

    /// A member with text when there is some.
    pub(super) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A member with text or null.
    pub(super) fn text_or_null(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.null(name),
        }
    }

    pub(super) fn null(&mut self, name: &str) {
        self.key(name);
        self.raw(b"null");
    }

    /// A member with a whole number.
    pub(super) fn number(&mut self, name: &str, number: i64) {
        self.key(name);
        self.serialized(&number);
    }

    /// A member with any JSON.
    pub(super) fn json(&mut self, name: &str, json: &Json) {
        self.key(name);
        self.serialized(json);
    }

    /// A member with a list of texts.
    pub(super) fn texts<T: AsRef<str>>(&mut self, name: &str, texts: &[T]) {
        self.key(name);
        self.array(texts, |out, text| out.string(text.as_ref()));
    }

    /// An array whose items `item` writes.
    pub(super) fn array<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.out.push(b'[');
        for (index, one) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            item(self, one);
        }
        self.out.push(b']');
        self.first = false;
    }

    /// A member with a variable's value, in its type.
    pub(super) fn value(&mut self, name: &str, value: &Value) {
        self.key(name);
        self.variable(value);
    }

    fn variable(&mut self, value: &Value) {
        match value {
            Value::Text(text)
            | Value::Date(text)
            | Value::DateTime(text)
            | Value::Time(text)
            | Value::Phone(text)
            | Value::Email(text)
            | Value::Url(text) => self.string(text),
            Value::List(items) => self.serialized(items),
            Value::Object(map) => self.serialized(map),
            Value::Number(_) | Value::Boolean(_) | Value::Location { .. } => self.serialized(&value.to_json()),
        }
    }
}

/// How many bytes a variable's value takes.
pub(super) fn value_bytes(value: &Value) -> usize {
    let mut out = Writer::with_capacity(64);
    out.variable(value);
    out.out.len()
}

/// How many bytes some JSON takes.
pub(super) fn json_bytes(json: &Json) -> usize {
    json.to_string().len()
}

/// How many bytes a text takes.
pub(super) fn text_bytes(text: &str) -> usize {
    let mut out = Writer::with_capacity(text.len() + 2);
    out.string(text);
    out.out.len()
}
