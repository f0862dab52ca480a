//! Telegram's HTML mode, read strictly: <https://core.telegram.org/bots/api#html-style>. The refusals are worded as Telegram's.

use serde_json::{Value as Json, json};

/// What people see, and its entities.
pub(super) type Parsed = (String, Vec<Json>);

/// An open tag.
struct Open {
    name: String,
    entity: &'static str,
    url: Option<String>,
    offset: usize,
}

/// Reads text in HTML mode.
pub(super) fn parse(html: &str) -> Result<Parsed, String> {
    let mut text = String::new();
    let mut entities = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(next) = html[at..].chars().next() {
        match next {
            '<' => at = tag(html, at, &text, &mut open, &mut entities)?,
            '&' => at += entity(&html[at..], &mut text),
            other => {
                text.push(other);
                at += other.len_utf8();
            }
        }
    }
    match open.pop() {
        Some(tag) => {
            Err(format!("can't parse entities: Can't find end tag corresponding to start tag \"{}\"", tag.name))
        }
        None => Ok((text, entities)),
    }
}

/// Reads one tag and gives the byte after it.
fn tag(html: &str, at: usize, text: &str, open: &mut Vec<Open>, entities: &mut Vec<Json>) -> Result<usize, String> {
    let Some(length) = html[at..].find('>') else {
        return Err(format!("can't parse entities: Unclosed start tag at byte offset {at}"));
    };
    let inside = &html[at + 1..at + length];
    let offset = text.encode_utf16().count();
    if let Some(name) = inside.strip_prefix('/') {
        let Some(tag) = open.pop() else {
            return Err(format!("can't parse entities: Unexpected end tag at byte offset {at}"));
        };
        if tag.name != name.trim() {
            return Err(format!(
                "can't parse entities: Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"",
                tag.name
            ));
        }
        let length = offset - tag.offset;
        if length > 0 {
            let mut entity = json!({"type": tag.entity, "offset": tag.offset, "length": length});
            if let Some(url) = tag.url {
                entity["url"] = url.into();
            }
            entities.push(entity);
        }
        return Ok(at + inside.len() + 2);
    }
    let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
    let entity = match name {
        "b" | "strong" => "bold",
        "i" | "em" => "italic",
        "u" | "ins" => "underline",
        "s" | "strike" | "del" => "strikethrough",
        "code" => "code",
        "pre" => "pre",
        "blockquote" => "blockquote",
        "tg-spoiler" => "spoiler",
        "a" => "text_link",
        _ => return Err(format!("can't parse entities: Unsupported start tag \"{name}\" at byte offset {at}")),
    };
    let url = (name == "a").then(|| href(attributes)).flatten();
    open.push(Open { name: name.to_owned(), entity, url, offset });
    Ok(at + length + 1)
}

fn href(attributes: &str) -> Option<String> {
    let quoted = attributes.trim().strip_prefix("href=\"")?.strip_suffix('"')?;
    let mut url = String::new();
    let mut at = 0;
    while let Some(next) = quoted[at..].chars().next() {
        if next == '&' {
            at += entity(&quoted[at..], &mut url);
        } else {
            url.push(next);
            at += next.len_utf8();
        }
    }
    Some(url)
}

/// Reads a character reference, or a lone `&`, and gives the bytes it took.
fn entity(rest: &str, text: &mut String) -> usize {
    for (name, character) in [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')] {
        if rest.starts_with(name) {
            text.push(character);
            return name.len();
        }
    }
    text.push('&');
    1
}
