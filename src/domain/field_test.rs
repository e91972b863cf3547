//! One test on a field: `{"key":"age","is":"more","value":"20"}`.
//! Not the tree around it: condition.

use serde::{Deserialize, Serialize};

use crate::domain::field::{Field, FieldKey, Kind};
use crate::domain::when::{Anniversary, Month, When};
use crate::error::{Error, Result};
use crate::texts::errors;

/// A field and what is asked of its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct FieldTest {
    pub key: FieldKey,
    pub asks: Asks,
}

/// What is asked of a value. A reader without the value passes `Differs` and `Empty` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    Equals(String),
    Differs(String),
    /// Large and small Latin letters are the same for these two.
    Contains(String),
    Starts(String),
    Empty,
    Set,
    /// Numbers, compared as such.
    Less(String),
    AtMost(String),
    More(String),
    AtLeast(String),
    /// Days.
    Before(When),
    After(When),
    On(When),
    /// Month and day of a date or a birthday, whatever the year.
    Anniversary(Anniversary),
    InMonth(Month),
}

impl Asks {
    /// The words that fit a kind of field, the usual one first.
    pub fn words_for(kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::Text => &["equals", "not", "contains", "starts", "set", "empty"],
            Kind::Number => &["equals", "not", "at_least", "more", "at_most", "less", "set", "empty"],
            Kind::Date => &["on", "before", "after", "anniversary", "month", "set", "empty"],
            Kind::Birthday => &["anniversary", "month", "before", "after", "on", "set", "empty"],
            Kind::Choice => &["equals", "not", "set", "empty"],
            Kind::YesNo => &["equals", "not", "set", "empty"],
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Asks::Equals(_) => "equals",
            Asks::Differs(_) => "not",
            Asks::Contains(_) => "contains",
            Asks::Starts(_) => "starts",
            Asks::Empty => "empty",
            Asks::Set => "set",
            Asks::Less(_) => "less",
            Asks::AtMost(_) => "at_most",
            Asks::More(_) => "more",
            Asks::AtLeast(_) => "at_least",
            Asks::Before(_) => "before",
            Asks::After(_) => "after",
            Asks::On(_) => "on",
            Asks::Anniversary(_) => "anniversary",
            Asks::InMonth(_) => "month",
        }
    }

    pub fn value(&self) -> String {
        match self {
            Asks::Equals(value) | Asks::Differs(value) | Asks::Contains(value) | Asks::Starts(value) => {
                value.clone()
            }
            Asks::Less(number) | Asks::AtMost(number) | Asks::More(number) | Asks::AtLeast(number) => {
                number.clone()
            }
            Asks::Before(when) | Asks::After(when) | Asks::On(when) => when.to_string(),
            Asks::Anniversary(day) => day.to_string(),
            Asks::InMonth(month) => month.to_string(),
            Asks::Empty | Asks::Set => String::new(),
        }
    }

    /// Reads the word and the value; `None` when one of them is wrong.
    pub fn parse(word: &str, value: &str) -> Option<Asks> {
        let text = || Some(value.trim().to_string()).filter(|value| !value.is_empty());
        Some(match word {
            "equals" => Asks::Equals(text()?),
            "not" => Asks::Differs(text()?),
            "contains" => Asks::Contains(text()?),
            "starts" => Asks::Starts(text()?),
            "empty" => Asks::Empty,
            "set" => Asks::Set,
            "less" => Asks::Less(decimal(value)?),
            "at_most" => Asks::AtMost(decimal(value)?),
            "more" => Asks::More(decimal(value)?),
            "at_least" => Asks::AtLeast(decimal(value)?),
            "before" => Asks::Before(When::parse(value)?),
            "after" => Asks::After(When::parse(value)?),
            "on" => Asks::On(When::parse(value)?),
            "anniversary" => Asks::Anniversary(Anniversary::parse(value)?),
            "month" => Asks::InMonth(Month::parse(value)?),
            _ => return None,
        })
    }
}

/// The number in its stored form.
fn decimal(typed: &str) -> Option<String> {
    crate::domain::field::number(typed).filter(|number| !number.is_empty())
}

impl FieldTest {
    /// Checks the test against the declared field and brings its value into the stored form: `東京 ` is `東京`.
    pub fn check(&self, field: &Field) -> Result<FieldTest> {
        let is_fitting = Asks::words_for(field.kind).contains(&self.asks.word());
        if !is_fitting {
            let refusal = Error::invalid(errors::CONDITION_DOES_NOT_FIT).with("field", field.label.clone());
            return Err(refusal.with("is", self.asks.word()).on("condition"));
        }
        let stored = |typed: &str| field.parse_required(typed).map_err(|error| error.on("condition"));
        let asks = match &self.asks {
            Asks::Equals(value) => Asks::Equals(stored(value)?),
            Asks::Differs(value) => Asks::Differs(stored(value)?),
            other => other.clone(),
        };
        Ok(FieldTest { key: field.key.clone(), asks })
    }
}

/// As it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    key: FieldKey,
    is: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    value: String,
}

impl TryFrom<Written> for FieldTest {
    type Error = String;
    fn try_from(written: Written) -> std::result::Result<FieldTest, String> {
        let Written { key, is, value } = written;
        match Asks::parse(&is, &value) {
            Some(asks) => Ok(FieldTest { key, asks }),
            None => Err(format!("\"is\": \"{is}\" with \"value\": \"{value}\" asks nothing")),
        }
    }
}

impl From<FieldTest> for Written {
    fn from(test: FieldTest) -> Written {
        Written { key: test.key, is: test.asks.word().to_string(), value: test.asks.value() }
    }
}
