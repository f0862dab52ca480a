//! Writes values into texts, escaped for where they go.
//!
//! The literal parts are always whole; values share what the limit leaves. A plain value that does not fit is cut between characters, a value in JSON or
//! in a URL is left out, so the result stays well-formed.

use std::borrow::Cow;

use recado_model::Value;

use super::{Escape, Rendered, Scope, Segment, Template, lookup::Datum};
use crate::convert;

const TOO_LONG: &str = "a value was cut, because the text would be longer than its limit";

pub(super) fn render(
    template: &Template,
    scope: &Scope<'_>,
    escape: Escape,
    bytes_max: usize,
    rendered: &mut Rendered,
) {
    // Outside of JSON strings an absent value takes the four bytes of `null`; they are kept free for each.
    let raw_holes = template.segments.iter().filter(|segment| is_raw(segment, escape)).count();
    let mut left = bytes_max.saturating_sub(template.fixed_bytes + 4 * raw_holes);
    rendered.text.reserve(template.fixed_bytes.min(bytes_max) + if template.segments.len() > 1 { 32 } else { 0 });
    for segment in &template.segments {
        match segment {
            Segment::Literal(literal) => rendered.text.push_str(literal),
            Segment::Hole { placeholder, in_string, whole_url } => {
                let datum = placeholder.datum(scope, &mut rendered.warnings);
                let start = rendered.text.len();
                match escape {
                    Escape::Plain => plain(&datum, left, rendered),
                    Escape::Json if *in_string => put(&json_inside(&datum.to_text()), left, "", rendered),
                    Escape::Json => put(&json_whole(&datum), left + 4, "null", rendered),
                    Escape::Url => put(&url_part(&datum, *whole_url), left, "", rendered),
                }
                let reserved = if is_raw(segment, escape) { 4 } else { 0 };
                left -= (rendered.text.len() - start).saturating_sub(reserved).min(left);
            }
        }
    }
}

fn is_raw(segment: &Segment, escape: Escape) -> bool {
    escape == Escape::Json && matches!(segment, Segment::Hole { in_string: false, .. })
}

/// As much of the text as there is room for.
fn plain(datum: &Datum<'_>, left: usize, rendered: &mut Rendered) {
    let text = datum.to_text();
    if text.len() <= left {
        rendered.text.push_str(&text);
        return;
    }
    rendered.text.push_str(&text[..text.floor_char_boundary(left)]);
    warn(rendered);
}

/// All of the text, or what stands for nothing.
fn put(text: &str, left: usize, otherwise: &str, rendered: &mut Rendered) {
    if text.len() <= left {
        rendered.text.push_str(text);
        return;
    }
    rendered.text.push_str(otherwise);
    warn(rendered);
}

fn warn(rendered: &mut Rendered) {
    if !rendered.warnings.iter().any(|warning| warning == TOO_LONG) {
        rendered.warnings.push(TOO_LONG.to_owned());
    }
}

/// The inside of a JSON string literal.
fn json_inside(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        return Cow::Borrowed(text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
}

/// A whole JSON value.
fn json_whole<'d>(datum: &'d Datum<'_>) -> Cow<'d, str> {
    match datum {
        Datum::Missing => Cow::Borrowed("null"),
        Datum::Written(json) => Cow::Borrowed(json),
        Datum::Number(_) | Datum::Boolean(_) => datum.to_text(),
        Datum::Text(_) | Datum::Value(_) | Datum::Json(_) | Datum::Encoded(_) => {
            Cow::Owned(datum.to_json().to_string())
        }
    }
}

/// One component of a URL, or the whole URL that a template begins with.
fn url_part<'d>(datum: &'d Datum<'_>, whole_url: bool) -> Cow<'d, str> {
    if let Datum::Encoded(text) = datum {
        return Cow::Borrowed(text);
    }
    if let Datum::Value(Value::List(_)) = datum {
        return Cow::Owned(percent_encode(&datum.to_text()));
    }
    let text = datum.to_text();
    match convert::absolute_url(&text).filter(|_| whole_url) {
        Some(url) => Cow::Owned(url),
        None => Cow::Owned(percent_encode(&text)),
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3), so the text stays one component wherever it stands.
pub(super) fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // A component of nothing but dots would be a step in a path.
    let dots = matches!(text, "." | "..");
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (byte == b'.' && !dots) {
            encoded.push(byte as char);
        } else {
            encoded.push('%');
            encoded.push(HEX[usize::from(byte >> 4)] as char);
            encoded.push(HEX[usize::from(byte & 15)] as char);
        }
    }
    encoded
}
