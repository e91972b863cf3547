//! A field of the owner's own (ユーザー項目): its key, label and kind, and how a typed value becomes the stored one.
//! Not its rows (store/fields) and not the places on a page (web/field_input).

use crate::domain::civil::{self, Birthday};
use crate::domain::id::FieldId;
use crate::domain::width::narrow;
use crate::error::{Error, Result};
use crate::texts::errors::{self, Sentence};

/// The longest value, in characters.
pub const LONGEST_VALUE: usize = 500;
/// The longest label and the longest choice, in characters.
pub const LONGEST_LABEL: usize = 60;
/// The most fields of a site and the most choices of a field: a form stays a form.
pub const MOST_FIELDS: usize = 100;
const MOST_CHOICES: usize = 100;

/// Names that forms and mails use for something else.
const RESERVED: [&str; 14] = [
    "email", "name", "form", "website", "csrf", "shown", "field", "fields", "tag", "tags", "list", "agreed",
    "token", "done",
];

/// What kind of value a field holds, and so in what form it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line, as typed.
    Text,
    /// A decimal: `-3.5`.
    Number,
    /// `2026-03-05`
    Date,
    /// `1980-03-05`, or `--03-05` when the year is not told.
    Birthday,
    /// One of the field's choices, as declared.
    Choice,
    /// `yes` or `no`.
    YesNo,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Text, Kind::Number, Kind::Date, Kind::Birthday, Kind::Choice, Kind::YesNo];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Birthday => "birthday",
            Kind::Choice => "choice",
            Kind::YesNo => "yes-no",
        }
    }

    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A field's key in templates, forms and commands: `{{ field.KEY }}`. 1 to 40 of `a-z 0-9 _`, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldKey(String);

impl FieldKey {
    pub fn parse(typed: &str) -> Result<FieldKey> {
        let key = narrow(typed).to_ascii_lowercase();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let starts_well = key.starts_with(|c: char| c.is_ascii_lowercase());
        if key.len() > 40 || !starts_well || !key.chars().all(is_plain) {
            return Err(Error::invalid(errors::FIELD_KEY_NOT_PLAIN).on("key"));
        }
        if RESERVED.contains(&key.as_str()) {
            return Err(Error::invalid(errors::FIELD_KEY_RESERVED).with("key", key).on("key"));
        }
        Ok(FieldKey(key))
    }

    pub fn stored(key: String) -> FieldKey {
        FieldKey(key)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FieldKey {
    type Error = &'static str;
    fn try_from(typed: String) -> std::result::Result<FieldKey, Self::Error> {
        FieldKey::parse(&typed).map_err(|_| "not the key of a field")
    }
}

impl From<FieldKey> for String {
    fn from(key: FieldKey) -> String {
        key.0
    }
}

/// A declared field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub id: FieldId,
    pub key: FieldKey,
    pub label: String,
    pub kind: Kind,
    pub choices: Vec<String>,
}

/// A field that the form of a list asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedField {
    pub field: Field,
    pub is_required: bool,
}

impl Field {
    /// Checks what an owner typed; `choices` one a line. The number is given when it is stored.
    pub fn parse(key: FieldKey, label: &str, kind: Kind, choices: &str) -> Result<Field> {
        let label = line(label, "label", LONGEST_LABEL)?;
        if label.is_empty() {
            return Err(Error::invalid(errors::FIELD_MISSING).with("field", "label").on("label"));
        }
        let choices = if kind == Kind::Choice { parse_choices(choices)? } else { Vec::new() };
        Ok(Field { id: FieldId(0), key, label, kind, choices })
    }

    /// The stored form of what was typed; "" stays "": nothing was told.
    pub fn parse_value(&self, typed: &str) -> Result<String> {
        let typed = typed.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        if typed.is_empty() {
            return Ok(String::new());
        }
        if typed.chars().count() > LONGEST_VALUE {
            return Err(self.refuse(errors::FIELD_TOO_LONG).with("limit", LONGEST_VALUE.to_string()));
        }
        match self.kind {
            Kind::Text if typed.chars().any(char::is_control) => {
                Err(self.refuse(errors::FIELD_CONTROL_CHARACTER))
            }
            Kind::Text => Ok(typed.to_string()),
            Kind::Number => number(typed).ok_or_else(|| self.refuse(errors::FIELD_NOT_NUMBER)),
            Kind::Date => civil::parse_day(typed)
                .map(|day| day.to_string())
                .ok_or_else(|| self.refuse(errors::FIELD_NOT_DATE)),
            Kind::Birthday => Birthday::parse(typed)
                .map(|day| day.to_string())
                .ok_or_else(|| self.refuse(errors::FIELD_NOT_BIRTHDAY)),
            Kind::Choice => self.choice(typed).ok_or_else(|| {
                self.refuse(errors::FIELD_NOT_CHOICE).with("choices", self.choices.join(" / "))
            }),
            Kind::YesNo => {
                yes_no(typed).map(str::to_string).ok_or_else(|| self.refuse(errors::FIELD_NOT_YES_NO))
            }
        }
    }

    /// The same where something has to be told.
    pub fn parse_required(&self, typed: &str) -> Result<String> {
        match self.parse_value(typed)? {
            value if value.is_empty() => Err(self.refuse(errors::FIELD_MISSING)),
            value => Ok(value),
        }
    }

    fn choice(&self, typed: &str) -> Option<String> {
        let same = |choice: &&String| **choice == typed;
        let alike = |choice: &&String| narrow(choice).to_lowercase() == narrow(typed).to_lowercase();
        self.choices.iter().find(same).or_else(|| self.choices.iter().find(alike)).cloned()
    }

    fn refuse(&self, sentence: Sentence) -> Error {
        Error::invalid(sentence).with("field", self.label.clone()).on(self.key.as_str().to_string())
    }
}

fn line(typed: &str, field: &'static str, limit: usize) -> Result<String> {
    let typed = typed.trim();
    if typed.chars().any(char::is_control) {
        return Err(Error::invalid(errors::CONTROL_CHARACTER).on(field));
    }
    if typed.chars().count() > limit {
        let refusal = Error::invalid(errors::FIELD_TOO_LONG).with("field", field);
        return Err(refusal.with("limit", limit.to_string()).on(field));
    }
    Ok(typed.to_string())
}

fn parse_choices(typed: &str) -> Result<Vec<String>> {
    let mut choices: Vec<String> = Vec::new();
    for typed in typed.lines() {
        let choice = line(typed, "choices", LONGEST_LABEL)?;
        if !choice.is_empty() && !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    if choices.is_empty() || choices.len() > MOST_CHOICES {
        let limit = MOST_CHOICES.to_string();
        return Err(Error::invalid(errors::FIELD_CHOICES_MISSING).with("limit", limit).on("choices"));
    }
    Ok(choices)
}

/// A decimal in its one form: no `+`, no zeros that say nothing, no thousands apart. It is also a number of JSON, and
/// up to 15 digits a double holds it exactly.
pub(super) fn number(typed: &str) -> Option<String> {
    let plain = narrow(typed);
    let (sign, digits) = match plain.strip_prefix(['-', '+']) {
        Some(rest) if plain.starts_with('-') => ("-", rest),
        Some(rest) => ("", rest),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let whole = without_commas(whole)?;
    if whole.is_empty() && fraction.is_empty() || !is_digits(&whole) || !is_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len() + fraction.len() > 15 {
        return None;
    }
    let number = match (whole, fraction) {
        ("", "") => return Some("0".to_string()),
        ("", fraction) => format!("0.{fraction}"),
        (whole, "") => whole.to_string(),
        (whole, fraction) => format!("{whole}.{fraction}"),
    };
    Some(format!("{sign}{number}"))
}

/// `1,200` is a number, `1,2` could be anything.
fn without_commas(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let mut digits = first.to_string();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

fn yes_no(typed: &str) -> Option<&'static str> {
    match narrow(typed).to_lowercase().as_str() {
        "yes" | "y" | "1" | "true" | "on" | "はい" | "○" | "〇" | "有" | "あり" => Some("yes"),
        "no" | "n" | "0" | "false" | "off" | "いいえ" | "×" | "無" | "なし" => Some("no"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind) -> Field {
        Field::parse(FieldKey::parse("x").unwrap(), "項目", kind, "赤\n青\nＡ席").unwrap()
    }

    fn assert_values(kind: Kind, values: &[(&str, &str)], refused: &[&str], number: u16) {
        let field = field(kind);
        for (typed, stored) in values {
            assert_eq!(field.parse_value(typed).unwrap(), *stored, "{kind:?} {typed}");
            assert_eq!(field.parse_value(stored).unwrap(), *stored, "{kind:?} {stored} is its own form");
        }
        for typed in refused {
            let Err(Error::Invalid(refusal)) = field.parse_value(typed) else { panic!("{kind:?} {typed}") };
            assert_eq!(refusal.sentence.number, number, "{kind:?} {typed}");
            assert_eq!(refusal.field.as_deref(), Some("x"));
            assert!(refusal.say(crate::texts::Language::Ja).contains("項目"));
        }
    }

    #[test]
    fn a_key_can_be_written_in_a_template_and_is_no_word_of_the_forms() {
        for (typed, key) in [(" Pref ", "pref"), ("ａｇｅ", "age"), ("a_1", "a_1")] {
            assert_eq!(FieldKey::parse(typed).unwrap().as_str(), key);
        }
        for bad in ["", "1a", "_a", "a-b", "a b", "年齢", &"a".repeat(41), "email", "Name", "csrf"] {
            assert!(FieldKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_number_has_one_stored_form_however_it_is_typed() {
        let values = [
            ("１，２００", "1200"),
            ("1,234,567.50", "1234567.5"),
            ("-0", "0"),
            ("−３．５", "-3.5"),
            ("+7", "7"),
            ("007", "7"),
            (".5", "0.5"),
            ("５.", "5"),
            (" 12 ", "12"),
            ("", ""),
        ];
        let refused =
            ["1,2", "1,23,456", ",123", "12円", "1e5", "--1", "abc", "1.2.3", "1234567890123456", "-"];
        assert_values(Kind::Number, &values, &refused, 1103);
    }

    #[test]
    fn a_date_is_read_as_it_is_written_in_japan() {
        let values = [
            ("2026-03-05", "2026-03-05"),
            ("2026/3/5", "2026-03-05"),
            ("2026年3月5日", "2026-03-05"),
            ("令和8年3月5日", "2026-03-05"),
            ("令和元年5月1日", "2019-05-01"),
            ("昭和64年1月7日", "1989-01-07"),
            ("２０２６／３／５", "2026-03-05"),
            ("R8.3.5", "2026-03-05"),
            ("20260305", "2026-03-05"),
            ("2026/03/05 0:00", "2026-03-05"),
            ("2028-02-29", "2028-02-29"),
            ("2026 年 3 月 5 日", "2026-03-05"),
        ];
        let refused =
            ["2026-02-29", "3/5/2026", "2026-13-01", "5", "明日", "2026-3", "--03-05", "令和0年1月1日"];
        assert_values(Kind::Date, &values, &refused, 1104);
    }

    #[test]
    fn a_birthday_may_leave_its_year_untold() {
        let values = [
            ("1980年3月5日", "1980-03-05"),
            ("3月5日", "--03-05"),
            ("３/５", "--03-05"),
            ("--02-29", "--02-29"),
            ("昭和55年3月5日", "1980-03-05"),
            ("03-05", "--03-05"),
        ];
        assert_values(Kind::Birthday, &values, &["2/30", "1981-02-29", "春", "13/1"], 1105);
    }

    #[test]
    fn a_choice_is_stored_as_declared() {
        let values = [("赤", "赤"), (" 青 ", "青"), ("A席", "Ａ席"), ("ａ席", "Ａ席")];
        assert_values(Kind::Choice, &values, &["緑", "赤青"], 1106);
    }

    #[test]
    fn yes_and_no_are_read_in_both_languages() {
        let values = [
            ("はい", "yes"),
            ("いいえ", "no"),
            ("YES", "yes"),
            ("０", "no"),
            ("true", "yes"),
            ("False", "no"),
        ];
        assert_values(Kind::YesNo, &values, &["たぶん", "2"], 1107);
    }

    #[test]
    fn a_text_is_one_line_and_has_an_end() {
        assert_values(Kind::Text, &[(" 花 屋 ", "花 屋")], &["a\nb", "a\u{0}"], 1108);
        assert!(field(Kind::Text).parse_value(&"あ".repeat(501)).is_err());
        assert!(field(Kind::Text).parse_required(" ").is_err());
    }
}
