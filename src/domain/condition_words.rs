//! A condition in words, as pages and previews say it: `都道府県が「東京」、かつタグ「VIP」がない`.
//! Not the tree (condition) and not its form (web/admin/condition_form).

use std::collections::BTreeMap;

use crate::domain::condition::{Between, Condition, Way, Which};
use crate::domain::field::{Field, Kind};
use crate::domain::field_test::{Asks, FieldTest};
use crate::domain::id::MessageId;
use crate::domain::when::{Anniversary, Month, When};
use crate::texts::{Language, Text, segments};

/// What the things are called that a condition names; read by [`crate::store::Reader::condition_names`].
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub fields: Vec<Field>,
    /// Title by name.
    pub lists: BTreeMap<String, String>,
    pub subjects: BTreeMap<MessageId, String>,
    pub language: Language,
}

impl Names {
    /// The whole condition.
    pub fn say(&self, condition: &Condition) -> String {
        match condition {
            Condition::All(parts) if parts.is_empty() => self.to(segments::EVERYBODY),
            Condition::Any(parts) if parts.is_empty() => self.to(segments::NOBODY),
            Condition::All(parts) => self.group(parts, segments::AND),
            Condition::Any(parts) => self.group(parts, segments::OR),
            Condition::Not(part) => self.not(part),
            Condition::Field(test) => self.field(test),
            Condition::Tag(name) => self.with(segments::TAGGED, &[("tag", name.as_str())]),
            Condition::Opened(which) => self.with(segments::OPENED, &[("mail", &self.mail(*which))]),
            Condition::Clicked(which) => self.with(segments::CLICKED, &[("mail", &self.mail(*which))]),
            Condition::OnList(name) => self.with(segments::ON_LIST, &[("list", self.list(name.as_str()))]),
            Condition::JoinedBetween(between) => self.joined(between),
            Condition::Way(way) => {
                self.with(segments::CAME_BY, &[("way", way_words(*way).to(self.language))])
            }
        }
    }

    fn group(&self, parts: &[Condition], word: Text) -> String {
        let said = parts.iter().map(|part| match part {
            Condition::All(inner) | Condition::Any(inner) if parts.len() > 1 && inner.len() > 1 => {
                format!("({})", self.say(part))
            }
            part => self.say(part),
        });
        said.collect::<Vec<_>>().join(word.to(self.language))
    }

    fn not(&self, part: &Condition) -> String {
        match part {
            Condition::Tag(name) => self.with(segments::NOT_TAGGED, &[("tag", name.as_str())]),
            Condition::Opened(which) => self.with(segments::NOT_OPENED, &[("mail", &self.mail(*which))]),
            Condition::Clicked(which) => self.with(segments::NOT_CLICKED, &[("mail", &self.mail(*which))]),
            Condition::OnList(name) => {
                self.with(segments::NOT_ON_LIST, &[("list", self.list(name.as_str()))])
            }
            part => self.with(segments::NOT, &[("condition", &self.say(part))]),
        }
    }

    fn field(&self, test: &FieldTest) -> String {
        let field = self.fields.iter().find(|field| field.key == test.key);
        let what = field.map_or(test.key.as_str(), |field| field.label.as_str());
        let text = match &test.asks {
            Asks::Equals(_) => segments::IS,
            Asks::Differs(_) => segments::IS_NOT,
            Asks::Contains(_) => segments::CONTAINS,
            Asks::Starts(_) => segments::STARTS,
            Asks::Empty => segments::IS_EMPTY,
            Asks::Set => segments::IS_SET,
            Asks::Less(_) => segments::LESS,
            Asks::AtMost(_) => segments::AT_MOST,
            Asks::More(_) => segments::MORE,
            Asks::AtLeast(_) => segments::AT_LEAST,
            Asks::Before(_) => segments::BEFORE,
            Asks::After(_) => segments::AFTER,
            Asks::On(_) => segments::ON,
            Asks::Anniversary(_) => segments::ANNIVERSARY,
            Asks::InMonth(_) => segments::MONTH,
        };
        let value = self.value(&test.asks, field.map(|field| field.kind));
        self.with(text, &[("what", what), ("value", &value)])
    }

    /// The value as people write it: はい, 7日前, 今月.
    pub fn value(&self, asks: &Asks, kind: Option<Kind>) -> String {
        match (asks, kind) {
            (Asks::Before(when) | Asks::After(when) | Asks::On(when), _) => self.when(*when),
            (Asks::Anniversary(day), _) => match day {
                Anniversary::Fixed { month, day } => self.with(
                    segments::MONTH_AND_DAY,
                    &[("month", &month.to_string()), ("day", &day.to_string())],
                ),
                Anniversary::Today(days) => self.when(When::Today(*days)),
            },
            (Asks::InMonth(month), _) => match month {
                Month::Fixed(month) => self.with(segments::MONTH_NUMBER, &[("month", &month.to_string())]),
                Month::This => self.to(segments::THIS_MONTH),
                Month::Next => self.to(segments::NEXT_MONTH),
            },
            (Asks::Equals(value) | Asks::Differs(value), Some(Kind::YesNo)) => match value.as_str() {
                "yes" => self.to(crate::texts::fields::YES),
                _ => self.to(crate::texts::fields::NO),
            },
            (asks, _) => asks.value(),
        }
    }

    pub fn when(&self, when: When) -> String {
        match when {
            When::Day(day) => day.to_string(),
            When::Today(0) => self.to(segments::TODAY),
            When::Today(days) => {
                let text = if days < 0 { segments::DAYS_AGO } else { segments::IN_DAYS };
                self.with(text, &[("count", &days.abs().to_string())])
            }
        }
    }

    fn mail(&self, which: Which) -> String {
        match which {
            Which::Message(id) => {
                let number = id.to_string();
                let subject = self.subjects.get(&id).map_or(number.as_str(), String::as_str);
                self.with(segments::ONE_MAIL, &[("subject", subject)])
            }
            Which::Last(count) => self.with(segments::LAST_MAILS, &[("count", &count.to_string())]),
        }
    }

    fn list<'a>(&'a self, name: &'a str) -> &'a str {
        self.lists.get(name).map_or(name, String::as_str)
    }

    fn joined(&self, between: &Between) -> String {
        let [from, to] = [between.from, between.to].map(|when| when.map(|when| self.when(when)));
        match (from, to) {
            (Some(from), Some(to)) => self.with(segments::JOINED_BETWEEN, &[("from", &from), ("to", &to)]),
            (Some(from), None) => self.with(segments::JOINED_FROM, &[("from", &from)]),
            (None, Some(to)) => self.with(segments::JOINED_UP_TO, &[("to", &to)]),
            (None, None) => self.to(segments::EVERYBODY),
        }
    }

    fn to(&self, text: Text) -> String {
        text.to(self.language).to_string()
    }

    fn with(&self, text: Text, values: &[(&str, &str)]) -> String {
        text.with(self.language, values)
    }
}

/// How a reader came.
pub fn way_words(way: Way) -> Text {
    match way {
        Way::Form => segments::BY_FORM,
        Way::Import => segments::BY_IMPORT,
        Way::Admin => segments::BY_ADMIN,
        Way::Command => segments::BY_COMMAND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_said_in_both_languages() {
        let text = r#"{"all":[{"field":{"key":"pref","is":"equals","value":"東京"}},{"not":{"tag":"VIP"}},
            {"any":[{"not":{"opened":{"last":10}}},{"joined_between":{"from":"today-30"}}]}]}"#;
        let condition = Condition::parse_json(text).unwrap();
        let mut names = Names::default();
        assert_eq!(
            names.say(&condition),
            "prefが「東京」、かつタグ「VIP」がない、かつ(最近10回の配信のどれかを開封していない、または登録が30日前以降)"
        );
        names.language = Language::En;
        assert_eq!(
            names.say(&condition),
            "pref is \"東京\" and not tagged \"VIP\" and \
             (has not opened any of the last 10 broadcasts or joined on 30 days ago or later)"
        );
    }
}
