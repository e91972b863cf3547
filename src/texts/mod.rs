//! The catalogue of texts: every sentence a person reads, Japanese first and English complete.
//! Not a formatter of pages or mails: those are web/view and mail/compose.
//!
//! A text is a constant with both languages, so a missing translation does not compile and an unused one is a
//! warning. Values are written `{name}` in both languages; `tests/texts.rs` compares them.

pub mod activation;
pub mod admin;
pub mod broadcasts;
pub mod clocks;
pub mod common;
pub mod doctor;
pub mod errors;
pub mod feedback;
pub mod fields;
pub mod guard;
pub mod link;
pub mod mails;
pub mod news;
pub mod pace;
pub mod public;
pub mod readers;
pub mod segments;
pub mod sequences;
pub mod site;
pub mod transfer;
pub mod update;

use serde::{Deserialize, Serialize};

/// A language NEO speaks. Japanese is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Ja,
    En,
}

impl Language {
    /// The BCP 47 tag, as in `<html lang>` and the `language` columns.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Ja => "ja",
            Language::En => "en",
        }
    }

    /// What its speakers call it, in every language's pages.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::Ja => "日本語",
            Language::En => "English",
        }
    }

    /// Reads a stored or typed tag; anything but `ja` and `en` is `None`.
    pub fn parse(tag: &str) -> Option<Language> {
        match tag {
            "ja" => Some(Language::Ja),
            "en" => Some(Language::En),
            _ => None,
        }
    }

    /// The reader's choice from an `Accept-Language` header (RFC 9110, 12.5.4); `None` when it names neither.
    pub fn accepted(header: &str) -> Option<Language> {
        let mut best: Option<(f32, Language)> = None;
        for part in header.split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or("").trim().to_ascii_lowercase();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()))
                .unwrap_or(1.0);
            let language = match tag.split('-').next() {
                Some("ja") => Language::Ja,
                Some("en") => Language::En,
                _ => continue,
            };
            if weight > 0.0 && best.is_none_or(|(other, _)| weight > other) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// One sentence in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub ja: &'static str,
    pub en: &'static str,
}

/// Makes a [`Text`]: Japanese first.
pub const fn text(ja: &'static str, en: &'static str) -> Text {
    Text { ja, en }
}

impl Text {
    /// The sentence in `language`.
    pub fn to(&self, language: Language) -> &'static str {
        match language {
            Language::Ja => self.ja,
            Language::En => self.en,
        }
    }

    /// The sentence with each `{name}` replaced by its value. `{name|mail|mails}` gives the first word where the value is
    /// 1, else the second: a number that has a word beside it.
    pub fn with(&self, language: Language, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.to(language);
        // In one pass: what is filled in is never looked at again.
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let found =
                after.split_once('}').and_then(|(words, after)| Some((filling(words, values)?, after)));
            rest = match found {
                Some((word, after)) => {
                    filled.push_str(word);
                    after
                }
                None => {
                    filled.push('{');
                    after
                }
            };
        }
        filled.push_str(rest);
        filled
    }
}

/// What stands for the words between two braces; `None` when they are no value's name.
fn filling<'a>(words: &'a str, values: &[(&str, &'a str)]) -> Option<&'a str> {
    let (name, forms) = words.split_once('|').map_or((words, None), |(name, forms)| (name, Some(forms)));
    let value = values.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)?;
    match forms.map(|forms| forms.split_once('|').unwrap_or((forms, forms))) {
        None => Some(value),
        Some((one, many)) => Some(if value == "1" { one } else { many }),
    }
}

/// A count with its thousands apart: `1,248`.
pub fn number(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut apart = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    if count < 0 { format!("-{apart}") } else { apart }
}

/// Declares texts and, for the test of the catalogue, the list of them.
#[macro_export]
macro_rules! catalogue {
    ($($(#[$meta:meta])* $name:ident: $ja:expr, $en:expr;)*) => {
        $($(#[$meta])* pub const $name: $crate::texts::Text = $crate::texts::text($ja, $en);)*
        /// Every text of this file with its name, for the test of the catalogue.
        pub const ALL: &[(&str, $crate::texts::Text)] = &[$((stringify!($name), $name)),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mail_is_not_one_mails() {
        let text = text("{count}通", "{count} {count|mail|mails} on {days} {days|day|days}");
        for (count, days, words) in [
            ("1", "2", "1 mail on 2 days"),
            ("0", "1", "0 mails on 1 day"),
            ("1,001", "11", "1,001 mails on 11 days"),
        ] {
            assert_eq!(text.with(Language::En, &[("count", count), ("days", days)]), words);
        }
        assert_eq!(text.with(Language::Ja, &[("count", "1")]), "1通");
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again_and_what_is_no_value_stays() {
        let text = text("{{ name }} {what} {other", "{what}{count}");
        assert_eq!(
            text.with(Language::Ja, &[("what", "{count}"), ("count", "9")]),
            "{{ name }} {count} {other"
        );
        assert_eq!(text.with(Language::En, &[("what", "{count}"), ("count", "9")]), "{count}9");
    }
}
