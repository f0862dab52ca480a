//! Cuts a long text into pieces that a messenger takes, at the best place there is: after a paragraph, a line, a sentence, a word.
//!
//! No character is lost, added or moved: the pieces joined are the text.

use recado_model::{RichText, message::Span};

/// How a messenger counts a text's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// UTF-16 code units, as Telegram counts offsets and lengths.
    Utf16,
    /// Unicode scalar values.
    Chars,
    /// UTF-8 bytes.
    Bytes,
}

impl Units {
    /// The length of one character.
    pub const fn of(self, character: char) -> usize {
        match self {
            Self::Utf16 => character.len_utf16(),
            Self::Chars => 1,
            Self::Bytes => character.len_utf8(),
        }
    }

    /// The length of a text.
    pub fn count(self, text: &str) -> usize {
        text.chars().map(|character| self.of(character)).sum()
    }

    /// The length of a rich text, looks not counted.
    pub fn count_rich(self, text: &RichText) -> usize {
        text.0.iter().map(|span| self.count(&span.text)).sum()
    }
}

/// How good a place is to cut after a character; a worse place is taken only when no better one is in the piece's last half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Anywhere,
    Word,
    Sentence,
    Line,
    Paragraph,
}

/// Whether a cut before this character would tear what people see as one: combining marks, joiners, variation selectors, skin tones.
fn clings(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{20D0}'..='\u{20FF}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// How good a cut between two characters is; `before_previous` tells a sentence end from a space.
fn place(before_previous: Option<char>, previous: char, next: char) -> Option<Place> {
    if clings(next) || previous == '\u{200D}' {
        return None;
    }
    let ends = |character: char| matches!(character, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।');
    Some(match (before_previous, previous) {
        _ if previous.is_whitespace() && next.is_whitespace() => Place::Anywhere,
        (Some('\n'), '\n') => Place::Paragraph,
        (_, '\n') => Place::Line,
        (Some(end), space) if space.is_whitespace() && ends(end) => Place::Sentence,
        (_, '。' | '！' | '？' | '।') => Place::Sentence,
        (_, space) if space.is_whitespace() => Place::Word,
        _ => Place::Anywhere,
    })
}

/// The lengths in bytes of the pieces that `text` is cut into. Each is at most `max` units (one character at least).
fn cuts(text: &str, max: usize, units: Units) -> Vec<usize> {
    let characters: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < characters.len() {
        let mut end = start;
        let mut length = 0;
        while end < characters.len() && (end == start || length + units.of(characters[end]) <= max) {
            length += units.of(characters[end]);
            end += 1;
        }
        if end < characters.len() {
            end = best(&characters, start, end);
        }
        pieces.push(characters[start..end].iter().map(|character| character.len_utf8()).sum());
        start = end;
    }
    pieces
}

/// The best place in the last half of `start..=end`, the latest of equals.
fn best(characters: &[char], start: usize, end: usize) -> usize {
    let earliest = start + (end - start).div_ceil(2).max(1);
    (earliest..=end)
        .rev()
        .filter_map(|at| {
            let before_previous = (at >= 2).then(|| characters[at - 2]);
            place(before_previous, characters[at - 1], characters[at]).map(|place| (place, at))
        })
        .fold(None, |best: Option<(Place, usize)>, found| match best {
            Some(best) if best.0 >= found.0 => Some(best),
            Some(_) | None => Some(found),
        })
        .map_or(end, |(_, at)| at)
}

/// Cuts a rich text into pieces of at most `max` units; looks go on over a cut.
pub fn split(text: &RichText, max: usize, units: Units) -> Vec<RichText> {
    if units.count_rich(text) <= max {
        return vec![text.clone()];
    }
    let mut pieces = Vec::new();
    let mut spans = text.0.iter();
    let mut rest: Option<(&Span, &str)> = None;
    for mut wanted in cuts(&text.to_plain(), max, units) {
        let mut piece = Vec::new();
        while wanted > 0 {
            let Some((span, left)) = rest.take().or_else(|| spans.next().map(|span| (span, span.text.as_str()))) else {
                break;
            };
            let (taken, after) = left.split_at(wanted.min(left.len()));
            wanted -= taken.len();
            if !taken.is_empty() {
                piece.push(Span { text: taken.to_owned(), ..span.clone() });
            }
            if !after.is_empty() {
                rest = Some((span, after));
            }
        }
        pieces.push(RichText(piece));
    }
    pieces
}
