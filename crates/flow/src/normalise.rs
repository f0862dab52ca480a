//! How texts are made comparable: keywords, buttons and words.
//!
//! `Sí!`, `SI` and `si` are one word here: compatibility forms are unified (NFKC), case is folded, accents are ignored, white space is single and
//! trimmed, and punctuation at the edges is dropped. A text that is nothing but punctuation keeps it, so that `?` can be a keyword.

use unicode_normalization::UnicodeNormalization;

/// The comparable form of a text.
pub fn normalise(text: &str) -> String {
    let folded = if text.is_ascii() { text.to_ascii_lowercase() } else { fold(text) };
    let mut words = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        if word.is_ascii() {
            words.push_str(word);
        } else {
            words.extend(word.nfc());
        }
    }
    let bare = words.trim_matches(|letter: char| is_punctuation(letter) || letter.is_whitespace());
    if bare.is_empty() || bare.len() == words.len() { words } else { bare.to_owned() }
}

/// Compatibility forms unified, case folded, accents left out.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_accent(*letter)) {
        match letter {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            'ı' => folded.push('i'),
            'ł' | 'Ł' => folded.push('l'),
            'ø' | 'Ø' => folded.push('o'),
            'đ' | 'Đ' => folded.push('d'),
            'æ' | 'Æ' => folded.push_str("ae"),
            other => folded.extend(other.to_lowercase().filter(|letter| !is_accent(*letter))),
        }
    }
    folded
}

/// Whether `words` stands in `text` between word borders. Both are normalised already.
pub fn contains_words(text: &str, words: &str) -> bool {
    !words.is_empty()
        && text.match_indices(words).any(|(start, found)| {
            let before = text[..start].chars().next_back();
            let after = text[start + found.len()..].chars().next();
            is_border(before, found.chars().next()) && is_border(found.chars().next_back(), after)
        })
}

/// Between two characters there is a border unless both belong to words.
fn is_border(left: Option<char>, right: Option<char>) -> bool {
    let in_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    !(in_word(left) && in_word(right))
}

/// Marks that sit on letters of alphabets where a text without them is still read. Vowel signs of Indic scripts are letters and stay.
fn is_accent(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{200b}'..='\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}

/// Unicode's punctuation, of the scripts people chat in. Symbols such as `+` and `$` are no punctuation.
fn is_punctuation(letter: char) -> bool {
    matches!(letter,
        '!' | '"' | '#' | '%' | '&' | '\'' | '(' | ')' | '*' | ',' | '-' | '.' | '/' | ':' | ';' | '?' | '@' | '[' | '\\' | ']' | '_'
        | '{' | '}' | '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{5be}' | '\u{60c}' | '\u{61b}'
        | '\u{61f}' | '\u{66a}'..='\u{66d}' | '\u{6d4}' | '\u{964}' | '\u{965}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
        | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}')
}
