//! A tag: a word that the owner puts on readers.
//! Not who carries it: store/tags.

use crate::domain::id::TagId;
use crate::error::{Error, Result};
use crate::texts::errors;

/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 50;

/// A tag's name: 1 to 50 characters of one line, without commas, since lists of tags are typed with them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagName(String);

impl TagName {
    pub fn parse(typed: &str) -> Result<TagName> {
        let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_wrong = |c: char| c.is_control() || matches!(c, ',' | '、' | '，');
        if name.is_empty() || name.chars().count() > LONGEST_TAG || name.chars().any(is_wrong) {
            let limit = LONGEST_TAG.to_string();
            return Err(Error::invalid(errors::TAG_NOT_VALID).with("limit", limit).on("tag"));
        }
        Ok(TagName(name))
    }

    /// Reads tags with commas between them; empty places are none.
    pub fn parse_many(typed: &str) -> Result<Vec<TagName>> {
        typed
            .split([',', '、', '，', '\n'])
            .filter(|piece| !piece.trim().is_empty())
            .map(TagName::parse)
            .collect()
    }

    pub fn stored(name: String) -> TagName {
        TagName(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TagName {
    type Error = &'static str;
    fn try_from(typed: String) -> std::result::Result<TagName, Self::Error> {
        TagName::parse(&typed).map_err(|_| "not the name of a tag")
    }
}

impl From<TagName> for String {
    fn from(name: TagName) -> String {
        name.0
    }
}

/// A tag and how many readers carry it.
#[derive(Clone, Debug)]
pub struct Tag {
    pub id: TagId,
    pub name: TagName,
    pub count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_typed_with_commas_of_either_language_between_them() {
        let names: Vec<String> =
            TagName::parse_many(" VIP 、東京,  春 の会 ,").unwrap().into_iter().map(String::from).collect();
        assert_eq!(names, ["VIP", "東京", "春 の会"]);
        assert!(TagName::parse("a,b").is_err() && TagName::parse(" ").is_err());
        assert!(TagName::parse(&"あ".repeat(51)).is_err() && TagName::parse("a\u{7}").is_err());
    }
}
