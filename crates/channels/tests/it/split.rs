//! Long texts are cut well and nothing is lost.

use proptest::prelude::*;
use recado_channels::{Units, split};
use recado_model::{RichText, message::Span};

fn plain(text: &str, max: usize) -> Vec<String> {
    split(&RichText::plain(text), max, Units::Utf16).iter().map(RichText::to_plain).collect()
}

#[test]
fn a_text_within_the_limit_is_whole() {
    assert_eq!(plain("hello", 5), ["hello"]);
    assert_eq!(plain("", 5), [""]);
}

#[test]
fn cuts_are_at_paragraphs_then_sentences_then_words() {
    assert_eq!(plain("One two. Three\n\nfour five six", 20), ["One two. Three\n\n", "four five six"]);
    assert_eq!(plain("One two three. Four five six", 20), ["One two three. ", "Four five six"]);
    assert_eq!(plain("onetwothree fourfivesix", 15), ["onetwothree ", "fourfivesix"]);
    assert_eq!(plain("abcdefghij", 4), ["abcd", "efgh", "ij"]);
}

#[test]
fn a_family_is_not_torn_apart() {
    for piece in plain(&"👨‍👩‍👧 ".repeat(10), 20) {
        assert!(!piece.starts_with('\u{200D}') && !piece.ends_with('\u{200D}'), "{piece:?}");
    }
}

proptest! {
    #[test]
    fn no_character_is_lost_and_no_piece_is_too_long(
        spans in prop::collection::vec(("(?s).{0,60}", any::<bool>(), any::<bool>()), 0..8),
        max in 2_usize..50,
        units in prop::sample::select(vec![Units::Utf16, Units::Chars, Units::Bytes]),
    ) {
        let max = if units == Units::Bytes { max.max(4) } else { max };
        let text = RichText(spans.into_iter().map(|(text, bold, italic)| Span { text, bold, italic, link: None }).collect());
        let pieces = split(&text, max, units);
        let looks = |text: &RichText| -> Vec<(char, bool, bool)> {
            text.0.iter().flat_map(|span| span.text.chars().map(|c| (c, span.bold, span.italic))).collect()
        };
        prop_assert_eq!(pieces.iter().flat_map(looks).collect::<Vec<_>>(), looks(&text));
        for piece in &pieces {
            prop_assert!(units.count_rich(piece) <= max);
        }
    }
}
