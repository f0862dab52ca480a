//! Rich text in Telegram's HTML mode: <https://core.telegram.org/bots/api#html-style>.

use recado_model::{RichText, message::Span};

use super::button::is_url_taken;

/// Writes text so that it can only be text. NUL, which no messenger takes, becomes U+FFFD.
fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\0' => into.push('\u{FFFD}'),
            other => into.push(other),
        }
    }
}

/// One span: its tags are opened and closed around it, so they are always balanced. A link that Telegram would not take is left out and
/// the text stays.
fn span_to_html(span: &Span, into: &mut String) {
    if span.text.is_empty() {
        return;
    }
    let link = span.link.as_deref().filter(|url| is_url_taken(url));
    if let Some(url) = link {
        into.push_str("<a href=\"");
        escape(url, into);
        into.push_str("\">");
    }
    for (wanted, tag) in [(span.bold, "<b>"), (span.italic, "<i>")] {
        if wanted {
            into.push_str(tag);
        }
    }
    escape(&span.text, into);
    for (wanted, tag) in [(span.italic, "</i>"), (span.bold, "</b>")] {
        if wanted {
            into.push_str(tag);
        }
    }
    if link.is_some() {
        into.push_str("</a>");
    }
}

/// The text in Telegram's HTML mode.
pub fn to_html(text: &RichText) -> String {
    let mut html = String::with_capacity(text.0.iter().map(|span| span.text.len() + 16).sum());
    for span in &text.0 {
        span_to_html(span, &mut html);
    }
    html
}
