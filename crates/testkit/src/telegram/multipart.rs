//! Forms with files (RFC 7578).

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::Uploaded;

/// What a form carries.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// Parts that are texts.
    pub(super) fields: Map<String, Json>,
    /// Parts that are files.
    pub(super) uploads: Vec<Uploaded>,
}

/// Reads a form; `None` when it is none. Every part must end as the standard wants it.
pub(super) fn parse(content_type: &str, body: &Bytes) -> Option<Form> {
    let boundary = content_type.split("boundary=").nth(1)?.trim_matches('"');
    let opening = format!("--{boundary}\r\n");
    let between = format!("\r\n--{boundary}");
    let mut form = Form::default();
    if !body.starts_with(opening.as_bytes()) {
        return None;
    }
    let mut at = opening.len();
    loop {
        let head_end = at + find(&body[at..], b"\r\n\r\n")?;
        let head = std::str::from_utf8(&body[at..head_end]).ok()?;
        let content = head_end + 4;
        let end = content + find(&body[content..], between.as_bytes())?;
        let disposition =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition: form-data"))?;
        let part = parameter(disposition, "name")?;
        if let Some(name) = parameter(disposition, "filename") {
            form.uploads.push(Uploaded { part, name, bytes: body.slice(content..end) });
        } else {
            let text = std::str::from_utf8(&body[content..end]).ok()?;
            form.fields.insert(part, text.into());
        }
        let rest = &body[end + between.len()..];
        if rest.starts_with(b"--") {
            return Some(form);
        }
        at = end + between.len() + 2;
        if !rest.starts_with(b"\r\n") {
            return None;
        }
    }
}

fn parameter(line: &str, name: &str) -> Option<String> {
    let start = line.find(&format!("; {name}=\""))? + name.len() + 4;
    let rest = &line[start..];
    Some(rest[..rest.find('"')?].to_owned())
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}
