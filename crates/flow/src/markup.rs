//! The light markup of message texts: `**bold**`, `_italic_`, `[text](https://…)`, and a backslash before any of these characters.
//!
//! Markup is read from the text as the bot maker wrote it, before any value is put in; each span's text is then rendered on its own. So a contact whose
//! name is `**x**` is greeted with its asterisks, and nothing that a contact wrote becomes a link.
//!
//! An address that stands in the text as the bot maker wrote it is known too, so that it can be tracked; one that comes with a value is not, for
//! else anybody could have this server lead to anywhere.
//!
//! A mark without its partner is a character like any other. `_` counts at the edges of words only, so `snake_case` stays.

use recado_model::{
    RichText,
    limits::{RENDERED_BYTES_MAX, URL_BYTES_MAX},
    message::Span,
};

use crate::{
    convert,
    template::{Escape, Name, Placeholder, Rendered, Scope, Segment, Template, TemplateProblem, placeholder_at},
};

/// A text with markup and placeholders, parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Markup {
    spans: Vec<SpanTemplate>,
}

#[derive(Debug, Clone, PartialEq)]
struct SpanTemplate {
    text: Template,
    look: Look,
    link: Option<Template>,
    /// The link is an address that is written out.
    is_bare: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    bold: bool,
    italic: bool,
}

/// What the source is made of.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A character that is itself.
    Letter(char),
    /// A placeholder.
    Hole(Box<Placeholder>),
    /// `**`, with the characters before and after.
    Bold,
    /// `_`.
    Italic,
    /// `[`.
    Open,
    /// `]` directly followed by `(`.
    Middle,
}

impl Markup {
    /// Parses a text.
    pub fn parse(source: &str) -> Result<Self, TemplateProblem> {
        if source.len() > RENDERED_BYTES_MAX {
            return Err(TemplateProblem::TooLong { max: RENDERED_BYTES_MAX });
        }
        let tokens = tokens(source)?;
        let toggles = toggles(&tokens);
        let mut writer = Writer::default();
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == Token::Open
                && let Some((middle, close)) = link_at(&tokens, at)
            {
                writer.link = Some(Template::of_segments(segments(&tokens[middle + 1..close])));
                writer.tokens(&tokens, at + 1..middle, &toggles);
                writer.flush();
                writer.link = None;
                at = close + 1;
            } else if let Some(end) = bare_link_at(&tokens, at, &toggles) {
                writer.link = Some(Template::of_segments(segments(&tokens[at..end])));
                writer.is_bare = true;
                writer.tokens(&tokens, at..end, &toggles);
                writer.flush();
                (writer.link, writer.is_bare) = (None, false);
                at = end;
            } else {
                writer.tokens(&tokens, at..at + 1, &toggles);
                at += 1;
            }
        }
        writer.flush();
        Ok(Self { spans: writer.spans })
    }

    /// Renders it.
    pub fn render(&self, scope: &Scope<'_>) -> RichText {
        self.render_warned(scope, &mut Vec::new())
    }

    /// Renders it and tells what a bot maker should know. Addresses that are written out are text: messengers show them as links by themselves.
    pub fn render_warned(&self, scope: &Scope<'_>, warnings: &mut Vec<String>) -> RichText {
        self.render_links(scope, warnings, false)
    }

    /// The same, but addresses that are written out are links.
    pub fn render_with_bare_links(&self, scope: &Scope<'_>, warnings: &mut Vec<String>) -> RichText {
        self.render_links(scope, warnings, true)
    }

    fn render_links(&self, scope: &Scope<'_>, warnings: &mut Vec<String>, bare: bool) -> RichText {
        let mut rich = RichText(Vec::with_capacity(self.spans.len()));
        // The literal parts are always whole; values share what the limit leaves.
        let mut left = RENDERED_BYTES_MAX.saturating_sub(self.spans.iter().map(|span| span.text.fixed_bytes).sum());
        for span in &self.spans {
            let mut rendered = Rendered::default();
            span.text.render_into(scope, Escape::Plain, left + span.text.fixed_bytes, &mut rendered);
            left -= rendered.text.len().saturating_sub(span.text.fixed_bytes).min(left);
            warnings.append(&mut rendered.warnings);
            if rendered.text.is_empty() {
                continue;
            }
            let link = span.link.as_ref().filter(|_| bare || !span.is_bare);
            let link = link.and_then(|link| web_link(link, scope, warnings));
            push(&mut rich, Span { text: rendered.text, bold: span.look.bold, italic: span.look.italic, link });
        }
        rich
    }

    /// The names it uses, with repetitions.
    pub fn names(&self) -> impl Iterator<Item = Name<'_>> {
        self.placeholders().filter_map(Placeholder::name)
    }

    /// A placeholder of an address that is written out stands in text and link.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.spans
            .iter()
            .flat_map(|span| span.text.placeholders().chain(span.link.iter().flat_map(Template::placeholders)))
    }

    /// Whether there is nothing to read, whatever the values are.
    pub fn is_blank(&self) -> bool {
        self.spans.iter().all(|span| span.text.as_literal().is_some_and(|text| text.trim().is_empty()))
    }
}

/// Adds a span; one of the same look goes on with the last.
fn push(rich: &mut RichText, span: Span) {
    match rich.0.last_mut() {
        Some(last) if last.bold == span.bold && last.italic == span.italic && last.link == span.link => {
            last.text.push_str(&span.text);
        }
        Some(_) | None => rich.0.push(span),
    }
}

fn web_link(link: &Template, scope: &Scope<'_>, warnings: &mut Vec<String>) -> Option<String> {
    let mut rendered = Rendered::default();
    link.render_into(scope, Escape::Url, URL_BYTES_MAX, &mut rendered);
    warnings.append(&mut rendered.warnings);
    let url = convert::absolute_url(rendered.text.trim());
    if url.is_none() {
        warnings.push("a link was left out, because it does not lead to an http or https URL".to_owned());
    }
    url
}

fn tokens(source: &str) -> Result<Vec<Token>, TemplateProblem> {
    let mut tokens = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(letter) = source[at..].chars().next() {
        let rest = &source[at..];
        let next = rest[letter.len_utf8()..].chars().next();
        match (letter, next) {
            ('\\', Some(taken)) if matches!(taken, '*' | '_' | '[' | ']' | '(' | ')' | '\\' | '{' | '}') => {
                // `\{{` are two braces.
                let braces = taken == '{' && rest[1..].starts_with("{{");
                tokens.push(Token::Letter(taken));
                if braces {
                    tokens.push(Token::Letter('{'));
                }
                at += if braces { 3 } else { 1 + taken.len_utf8() };
                continue;
            }
            ('{', Some('{')) => {
                let (placeholder, end) = placeholder_at(source, at)?;
                tokens.push(Token::Hole(Box::new(placeholder)));
                at = end;
                continue;
            }
            ('*', Some('*')) => {
                tokens.push(Token::Bold);
                at += 2;
                continue;
            }
            ('_', _) => tokens.push(Token::Italic),
            ('[', _) => tokens.push(Token::Open),
            (']', Some('(')) => {
                tokens.push(Token::Middle);
                at += 2;
                continue;
            }
            (other, _) => tokens.push(Token::Letter(other)),
        }
        at += letter.len_utf8();
    }
    Ok(tokens)
}

/// For each token: whether it is a mark that has its partner.
fn toggles(tokens: &[Token]) -> Vec<bool> {
    let mut toggles = vec![false; tokens.len()];
    let (mut bold, mut italic) = (None, None);
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).map(|index| &tokens[index]);
        let after = tokens.get(at + 1);
        let (open, at_word_edge) = match &tokens[at] {
            Token::Bold => (&mut bold, true),
            Token::Italic => {
                let outside = if italic.is_some() { after } else { before };
                (&mut italic, !in_word(outside))
            }
            Token::Letter(_) | Token::Hole(_) | Token::Open | Token::Middle => continue,
        };
        match *open {
            None if at_word_edge && after.is_some_and(|token| !is_blank(token)) => *open = Some(at),
            // A mark right after its opening encloses nothing.
            Some(start) if start + 1 < at && at_word_edge && before.is_some_and(|token| !is_blank(token)) => {
                toggles[start] = true;
                toggles[at] = true;
                *open = None;
            }
            None | Some(_) => {}
        }
    }
    toggles
}

fn in_word(token: Option<&Token>) -> bool {
    matches!(token, Some(Token::Letter(letter)) if letter.is_alphanumeric())
}

fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Letter(letter) if letter.is_whitespace())
}

/// The places of `](` and `)` of a link that opens here. The label and the URL hold no other `[`, so every token is looked at once.
fn link_at(tokens: &[Token], open: usize) -> Option<(usize, usize)> {
    let mut middle = None;
    for (at, token) in tokens.iter().enumerate().skip(open + 1) {
        match (token, middle) {
            (Token::Open | Token::Letter('\n'), _) | (Token::Middle, Some(_)) => return None,
            (Token::Middle, None) if at == open + 1 => return None,
            (Token::Middle, None) => middle = Some(at),
            (Token::Letter(')'), Some(middle)) => return is_link(&tokens[middle + 1..at]).then_some((middle, at)),
            (Token::Letter(letter), Some(_)) if letter.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}

/// The end of an address that begins here: `http://` or `https://`, a host without placeholders, and what follows up to a blank or a mark.
/// Punctuation at its end belongs to the sentence.
fn bare_link_at(tokens: &[Token], start: usize, toggles: &[bool]) -> Option<usize> {
    let before = start.checked_sub(1).map(|index| &tokens[index]);
    if tokens[start] != Token::Letter('h') || in_word(before) || matches!(before, Some(Token::Hole(_))) {
        return None;
    }
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        let here = tokens[start..].iter().zip(scheme.chars());
        here.clone().count() == scheme.len() && here.into_iter().all(|(token, letter)| *token == Token::Letter(letter))
    })?;
    let host = start + scheme.len();
    let mut in_host = true;
    let mut end = host;
    for (at, token) in tokens.iter().enumerate().skip(host) {
        match token {
            Token::Letter('/' | '?' | '#') => in_host = false,
            Token::Letter(letter) if letter.is_whitespace() || matches!(letter, '<' | '>' | '"') => break,
            Token::Hole(_) if in_host => return None,
            Token::Italic if toggles[at] => break,
            Token::Letter(_) | Token::Hole(_) | Token::Italic => {}
            Token::Bold | Token::Open | Token::Middle => break,
        }
        end = at + 1;
    }
    let is_punctuation =
        |token: &Token| matches!(token, Token::Letter('.' | ',' | ';' | ':' | '!' | '?' | ')' | '\'' | '»' | '”'));
    while end > host && is_punctuation(&tokens[end - 1]) {
        end -= 1;
    }
    (end > host && in_word(tokens.get(host))).then_some(end)
}

/// A link begins with `http://`, `https://` or a placeholder.
fn is_link(url: &[Token]) -> bool {
    let scheme: String = url
        .iter()
        .map_while(|token| if let Token::Letter(letter) = token { Some(*letter) } else { None })
        .take(8)
        .collect();
    matches!(url.first(), Some(Token::Hole(_))) || scheme.starts_with("https://") || scheme.starts_with("http://")
}

/// Tokens as they stand, without looks.
fn segments(tokens: &[Token]) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        add(&mut segments, token, tokens.get(at + 1));
    }
    segments
}

fn add(segments: &mut Vec<Segment>, token: &Token, next: Option<&Token>) {
    let characters = match token {
        Token::Hole(placeholder) => {
            let whole_url = segments.is_empty() && matches!(next, None | Some(Token::Letter('/' | '?' | '#')));
            segments.push(Segment::Hole { placeholder: (**placeholder).clone(), in_string: false, whole_url });
            return;
        }
        Token::Letter(letter) => letter.encode_utf8(&mut [0; 4]).to_owned(),
        Token::Bold => "**".to_owned(),
        Token::Italic => "_".to_owned(),
        Token::Open => "[".to_owned(),
        Token::Middle => "](".to_owned(),
    };
    match segments.last_mut() {
        Some(Segment::Literal(text)) => text.push_str(&characters),
        Some(Segment::Hole { .. }) | None => segments.push(Segment::Literal(characters)),
    }
}

/// Collects tokens into spans of one look.
#[derive(Default)]
struct Writer {
    spans: Vec<SpanTemplate>,
    segments: Vec<Segment>,
    look: Look,
    link: Option<Template>,
    is_bare: bool,
}

impl Writer {
    fn tokens(&mut self, tokens: &[Token], range: std::ops::Range<usize>, toggles: &[bool]) {
        // The text before a link ends here.
        if self.link.is_some() {
            let link = self.link.take();
            self.flush();
            self.link = link;
        }
        for at in range {
            match &tokens[at] {
                Token::Bold if toggles[at] => {
                    self.flush();
                    self.look.bold = !self.look.bold;
                }
                Token::Italic if toggles[at] => {
                    self.flush();
                    self.look.italic = !self.look.italic;
                }
                token @ (Token::Letter(_)
                | Token::Hole(_)
                | Token::Bold
                | Token::Italic
                | Token::Open
                | Token::Middle) => {
                    add(&mut self.segments, token, tokens.get(at + 1));
                }
            }
        }
    }

    fn flush(&mut self) {
        if !self.segments.is_empty() {
            let text = Template::of_segments(std::mem::take(&mut self.segments));
            self.spans.push(SpanTemplate { text, look: self.look, link: self.link.clone(), is_bare: self.is_bare });
        }
    }
}
