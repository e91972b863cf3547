//! The vendor's sentences: both languages, the same values in both, every number once, nothing unused, nothing elsewhere.
//! Not whether a sentence is well said.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken check may stop here")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A sentence as it stands in its file.
struct Sentence {
    file: String,
    number: Option<u32>,
    name: String,
    ja: String,
    en: String,
}

/// Places outside of texts/ that may hold Japanese: days and lists as one writes them.
const JAPANESE_ELSEWHERE: &[&str] = &[];

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every `NAME: "ja", "en";` of texts/, with the number before it if there is one.
fn catalogue() -> Vec<Sentence> {
    let mut all = Vec::new();
    for (path, text) in sources(&src().join("texts")) {
        for (place, _) in text.match_indices(": \"") {
            let words: Vec<&str> = text.get(..place).unwrap().split_whitespace().rev().take(2).collect();
            let name = (*words.first().unwrap()).to_string();
            if !name
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
            {
                continue;
            }
            let (ja, rest) = literal(text.get(place + 2..).unwrap());
            let (en, _) = literal(rest.trim_start_matches([',', ' ', '\n']));
            let number = words.get(1).and_then(|word| word.parse().ok());
            all.push(Sentence { file: path.display().to_string(), number, name, ja, en });
        }
    }
    assert!(all.len() > 40, "the catalogue was not read: {}", all.len());
    all
}

/// A string literal and what follows it.
fn literal(text: &str) -> (String, &str) {
    let mut letters = text.char_indices();
    assert_eq!(letters.next().map(|(_, letter)| letter), Some('"'), "{}", text.get(..40).unwrap_or(text));
    let mut is_escaped = false;
    for (place, letter) in letters {
        match letter {
            '"' if !is_escaped => {
                return (text.get(1..place).unwrap().to_string(), text.get(place + 1..).unwrap());
            }
            _ => is_escaped = letter == '\\' && !is_escaped,
        }
    }
    panic!("a literal without an end");
}

fn is_japanese(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}' | '、' | '。')
}

/// Nothing to translate: `{key}: {before} → {after}`.
fn is_values_only(text: &str) -> bool {
    let plain = text.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, after)| after));
    !plain.collect::<String>().replace("\\n", "").chars().any(char::is_alphanumeric)
}

fn values(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|piece| piece.split_once('}').map(|(name, _)| name)).collect()
}

#[test]
fn every_sentence_is_said_in_both_languages_with_the_same_values() {
    for Sentence { file, name, ja, en, .. } in catalogue() {
        assert!(ja.chars().any(is_japanese) || is_values_only(&ja), "{file} {name}: {ja}");
        assert!(!en.is_empty() && !en.chars().any(is_japanese), "{file} {name}: {en}");
        assert_eq!(values(&ja), values(&en), "{file} {name}");
    }
}

#[test]
fn every_number_is_given_once() {
    let mut seen = BTreeSet::new();
    for Sentence { file, number, name, .. } in catalogue() {
        let Some(number) = number else { continue };
        assert!(seen.insert(number), "{file} {name}: {number} is taken");
        assert!((1000..2000).contains(&number), "{file} {name}: {number}");
    }
}

#[test]
fn every_sentence_is_used_and_none_stands_elsewhere() {
    let code: Vec<(PathBuf, String)> =
        sources(&src()).into_iter().filter(|(path, _)| !path.starts_with(src().join("texts"))).collect();
    for Sentence { file, name, .. } in catalogue() {
        let is_said = |text: &String| {
            text.match_indices(&name).any(|(place, _)| {
                let after = text.get(place + name.len()..).unwrap().chars().next();
                after.is_none_or(|letter| !letter.is_ascii_alphanumeric() && letter != '_')
            })
        };
        assert!(code.iter().any(|(_, text)| is_said(text)), "{file}: nobody says {name}");
    }
    for (path, text) in code {
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let may = JAPANESE_ELSEWHERE.iter().any(|file| path.ends_with(file));
            assert!(may || !line.chars().any(is_japanese), "{}: {line}", path.display());
        }
    }
}
