//! The vendor's texts: both languages, the same values in both, numbers that only rise.
//! Not whether a text is well said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken check may stop here"
)]

use std::collections::BTreeSet;

use neo::texts::Text;
use neo_fleet::texts;

fn all() -> Vec<(&'static str, Text)> {
    let files = [texts::notices::ALL, texts::pages::ALL, texts::warnings::ALL];
    let sentences = texts::errors::ALL.iter().map(|(name, sentence)| (*name, sentence.text));
    files.into_iter().flatten().copied().chain(sentences).collect()
}

/// The `{names}` in a text.
fn names(text: &str) -> BTreeSet<String> {
    let pieces = text.split('{').skip(1);
    pieces.map(|piece| piece.split('}').next().unwrap_or_default().to_string()).collect()
}

#[test]
fn every_text_has_both_languages_with_the_same_values() {
    for (name, text) in all() {
        assert!(!text.ja.trim().is_empty() && !text.en.trim().is_empty(), "{name}");
        assert_eq!(names(text.ja), names(text.en), "{name}");
        let is_japanese = text.ja.chars().any(|letter| ('\u{3040}'..='\u{9fff}').contains(&letter));
        let has_words =
            text.ja.split(['{', '}']).step_by(2).any(|piece| piece.chars().any(char::is_alphabetic));
        assert!(is_japanese || !has_words, "{name}: {}", text.ja);
        assert!(
            text.en.chars().all(|letter| !('\u{3040}'..='\u{9fff}').contains(&letter)),
            "{name}: {}",
            text.en
        );
    }
}

#[test]
fn numbers_of_sentences_only_rise() {
    let numbers: Vec<u16> = texts::errors::ALL.iter().map(|(_, sentence)| sentence.number).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert!(texts::errors::ALL.iter().all(|(_, sentence)| sentence.series == 'F'));
}
