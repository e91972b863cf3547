//! A condition on readers (絞り込み): a tree of tests on fields, tags, opens and clicks, lists, and how and when one joined.
//! Not its SQL (store/conditions), not its words (condition_words), not its form (web/admin/condition_form).
//!
//! As JSON: `{"all":[{"field":{"key":"pref","is":"equals","value":"東京"}},{"not":{"tag":"VIP"}},{"opened":{"last":10}}]}`.
//! Tags, lists and fields are called by name, so that a file with a condition means the same on another site.

use serde::{Deserialize, Serialize};

use crate::domain::field_test::FieldTest;
use crate::domain::id::MessageId;
use crate::domain::list::ListName;
use crate::domain::tag::TagName;
use crate::domain::when::When;
use crate::error::{Error, Result};
use crate::texts::errors;

/// How deep and how large a condition may be: far more than a person can read.
const DEEPEST: usize = 8;
const MOST_TESTS: usize = 100;
const LONGEST_JSON: usize = 64 * 1024;
/// The most broadcasts that `last` looks back on.
pub const MOST_BROADCASTS: u32 = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Every one of these; of none: everybody.
    All(Vec<Condition>),
    /// At least one of these; of none: nobody.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Field(FieldTest),
    /// She carries this tag.
    Tag(TagName),
    /// She opened it, or clicked in it: who clicks has read.
    Opened(Which),
    Clicked(Which),
    /// She is a confirmed reader of this list as well.
    OnList(ListName),
    /// She joined on one of these days, both included.
    JoinedBetween(Between),
    /// How she came to the list the last time.
    Way(Way),
}

/// Which mails are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Message(MessageId),
    /// Any of the latest so many broadcasts of the list.
    Last(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<When>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
}

/// The `way` of the consent with which a reader came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Form,
    Admin,
    Command,
    Import,
}

impl Way {
    pub const ALL: [Way; 4] = [Way::Form, Way::Import, Way::Admin, Way::Command];

    pub fn word(self) -> &'static str {
        match self {
            Way::Form => "form",
            Way::Admin => "admin",
            Way::Command => "command",
            Way::Import => "import",
        }
    }

    pub fn parse(word: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.word() == word)
    }
}

impl Condition {
    /// Everybody.
    pub fn everybody() -> Condition {
        Condition::All(Vec::new())
    }

    pub fn is_everybody(&self) -> bool {
        matches!(self, Condition::All(parts) if parts.is_empty())
    }

    /// Reads the JSON of a file or a form. Whether what it names exists: [`crate::store::Reader::check_condition`].
    pub fn parse_json(text: &str) -> Result<Condition> {
        if text.len() > LONGEST_JSON {
            return Err(too_large());
        }
        let parsed = serde_json::from_str::<Condition>(text);
        let condition = parsed.map_err(|why| {
            Error::invalid(errors::CONDITION_NOT_VALID).with("why", why.to_string()).on("condition")
        })?;
        condition.check_size()?;
        Ok(condition)
    }

    /// A stored condition; what cannot be read matches nobody, so that nobody gets a mail by a slip of ours.
    pub fn stored(text: &str) -> Condition {
        Condition::parse_json(text).unwrap_or_else(|_| Condition::Any(Vec::new()))
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Refuses what is too deep, too large, or asks nothing where something has to be asked.
    pub fn check_size(&self) -> Result<()> {
        let tests = self.count_tests(0)?;
        if tests > MOST_TESTS {
            return Err(too_large());
        }
        Ok(())
    }

    fn count_tests(&self, depth: usize) -> Result<usize> {
        if depth > DEEPEST {
            return Err(too_large());
        }
        match self {
            Condition::Any(parts) if parts.is_empty() => {
                Err(Error::invalid(errors::CONDITION_EMPTY).on("condition"))
            }
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().try_fold(1, |sum, part| Ok(sum + part.count_tests(depth + 1)?))
            }
            Condition::Not(part) => part.count_tests(depth + 1),
            Condition::JoinedBetween(Between { from: None, to: None }) => {
                Err(Error::invalid(errors::CONDITION_EMPTY).on("condition"))
            }
            Condition::Opened(Which::Last(count)) | Condition::Clicked(Which::Last(count))
                if !(1..=MOST_BROADCASTS).contains(count) =>
            {
                let limit = MOST_BROADCASTS.to_string();
                Err(Error::invalid(errors::CONDITION_LAST_NOT_VALID).with("limit", limit).on("condition"))
            }
            _ => Ok(1),
        }
    }

    /// Every test of the tree, from left to right, without the groups around them.
    pub fn tests(&self) -> Vec<&Condition> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().flat_map(Condition::tests).collect()
            }
            Condition::Not(part) => part.tests(),
            test => vec![test],
        }
    }

    /// The same tree with every test on a field given to `change`.
    pub fn with_field_tests(
        &self,
        change: &mut impl FnMut(&FieldTest) -> Result<FieldTest>,
    ) -> Result<Condition> {
        let all = |parts: &[Condition], change: &mut _| {
            parts.iter().map(|part| part.with_field_tests(change)).collect::<Result<Vec<_>>>()
        };
        Ok(match self {
            Condition::All(parts) => Condition::All(all(parts, change)?),
            Condition::Any(parts) => Condition::Any(all(parts, change)?),
            Condition::Not(part) => Condition::Not(Box::new(part.with_field_tests(change)?)),
            Condition::Field(test) => Condition::Field(change(test)?),
            other => other.clone(),
        })
    }
}

fn too_large() -> Error {
    Error::invalid(errors::CONDITION_TOO_LARGE).with("limit", MOST_TESTS.to_string()).on("condition")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> u16 {
        let Err(Error::Invalid(refusal)) = Condition::parse_json(text) else { panic!("{text}") };
        refusal.sentence.number
    }

    #[test]
    fn a_condition_reads_back_as_it_was_written() {
        for text in [
            r#"{"all":[]}"#,
            r#"{"all":[{"field":{"key":"pref","is":"equals","value":"東京"}},{"not":{"tag":"VIP"}}]}"#,
            r#"{"any":[{"opened":{"message":12}},{"clicked":{"last":10}},{"on_list":"news"}]}"#,
            r#"{"joined_between":{"from":"2026-01-01","to":"today-7"}}"#,
            r#"{"way":"import"}"#,
            r#"{"field":{"key":"born","is":"anniversary","value":"today+3"}}"#,
            r#"{"field":{"key":"born","is":"empty"}}"#,
        ] {
            assert_eq!(Condition::parse_json(text).unwrap().to_json(), text);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"all":1}"#,
            r#"{"or":[]}"#,
            r#"{"tag":""}"#,
            r#"{"way":"pigeon"}"#,
            r#"{"field":{"key":"a b","is":"set"}}"#,
            r#"{"field":{"key":"a","is":"like","value":"x"}}"#,
            r#"{"field":{"key":"a","is":"before","value":"someday"}}"#,
            r#"{"joined_between":{"since":"2026-01-01"}}"#,
        ] {
            assert_eq!(number(text), 1112, "{text}");
        }
        let deep = format!("{}{}{}", r#"{"not":"#.repeat(9), r#"{"tag":"x"}"#, "}".repeat(9));
        assert_eq!(number(&deep), 1113);
        let deeper = format!("{}{}{}", r#"{"not":"#.repeat(500), r#"{"tag":"x"}"#, "}".repeat(500));
        assert_eq!(number(&deeper), 1112);
        let wide = format!(r#"{{"all":[{}]}}"#, vec![r#"{"tag":"x"}"#; 100].join(","));
        assert_eq!(number(&wide), 1113);
        assert_eq!(number(&" ".repeat(65 * 1024)), 1113);
        for empty in [r#"{"any":[]}"#, r#"{"not":{"any":[]}}"#, r#"{"joined_between":{}}"#] {
            assert_eq!(number(empty), 1114, "{empty}");
        }
        for far in [r#"{"opened":{"last":0}}"#, r#"{"clicked":{"last":51}}"#] {
            assert_eq!(number(far), 1115, "{far}");
        }
    }

    #[test]
    fn a_stored_condition_that_cannot_be_read_matches_nobody() {
        assert_eq!(Condition::stored("?"), Condition::Any(Vec::new()));
    }
}
