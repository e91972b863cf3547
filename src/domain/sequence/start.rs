//! What begins a reader's way through a sequence, and what happens when she comes again.
//! Not the rows of her ways (store/enrolments) and not the steps.

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::domain::calendar::{self, Day, Zone};
use crate::domain::civil::{self, Birthday};
use crate::domain::subscriber::Fields;
use crate::error::{Error, Result};
use crate::texts::errors;

/// What begins a reader's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub on: StartOn,
    /// Which ways of joining count; none named: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<String>,
    /// The field with the date, for `date` and `birthday`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartOn {
    /// She joins the list.
    Join,
    /// Only the owner, or another sequence, brings readers in.
    Hand,
    /// A date she has in a field, e.g. of a contract.
    Date,
    /// Each year's birthday: an occurrence of its own.
    Birthday,
}

impl StartOn {
    pub const ALL: [StartOn; 4] = [StartOn::Join, StartOn::Hand, StartOn::Date, StartOn::Birthday];

    pub fn word(self) -> &'static str {
        match self {
            StartOn::Join => "join",
            StartOn::Hand => "hand",
            StartOn::Date => "date",
            StartOn::Birthday => "birthday",
        }
    }

    pub fn parse(word: &str) -> Option<StartOn> {
        StartOn::ALL.into_iter().find(|on| on.word() == word)
    }

    /// Whether a field holds the date from which days are counted.
    pub fn is_dated(self) -> bool {
        matches!(self, StartOn::Date | StartOn::Birthday)
    }
}

/// The ways of joining that can be chosen, as the owner knows them.
pub const WAYS: [&str; 3] = ["form", "import", "owner"];

impl Start {
    pub fn join() -> Start {
        Start { on: StartOn::Join, ways: Vec::new(), field: String::new() }
    }

    /// Refuses unknown ways and a date without its field.
    pub fn check(self) -> Result<Start> {
        let refuse = |what: &str| Error::invalid(errors::SEQUENCE_START_NOT_VALID).with("what", what);
        if let Some(way) = self.ways.iter().find(|way| !WAYS.contains(&way.as_str())) {
            return Err(refuse(way).on("ways"));
        }
        match self.on.is_dated() && self.field.is_empty() {
            true => Err(refuse("field").on("start_field")),
            false => Ok(self),
        }
    }

    /// Whether joining by `way` (the word of a consent) begins it.
    pub fn begins_by(&self, way: &str) -> bool {
        let way = match way {
            "form" | "link" | "one-click" => "form",
            "import" => "import",
            _ => "owner",
        };
        self.on != StartOn::Hand && (self.ways.is_empty() || self.ways.iter().any(|chosen| chosen == way))
    }
}

/// What happens when a reader joins again who has been in the sequence before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rejoin {
    /// She goes through it anew.
    #[default]
    Restart,
    /// She goes on where she left, the clock moved on by her absence.
    Continue,
    /// Nothing.
    Ignore,
}

impl Rejoin {
    pub const ALL: [Rejoin; 3] = [Rejoin::Restart, Rejoin::Continue, Rejoin::Ignore];

    pub fn word(self) -> &'static str {
        match self {
            Rejoin::Restart => "restart",
            Rejoin::Continue => "continue",
            Rejoin::Ignore => "ignore",
        }
    }

    pub fn parse(word: &str) -> Option<Rejoin> {
        Rejoin::ALL.into_iter().find(|rejoin| rejoin.word() == word)
    }
}

/// A date that a reader should have and has not: she waits where the owner sees her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undated {
    pub field: String,
    /// What stands in the field; empty: nothing does.
    pub value: String,
}

/// The date in a reader's field.
pub fn date_in(fields: &Fields, field: &str) -> std::result::Result<Day, Undated> {
    read(fields, field, civil::parse_day)
}

fn read<T>(
    fields: &Fields,
    field: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> std::result::Result<T, Undated> {
    let value = fields.get(field).map_or("", String::as_str);
    parse(value).ok_or_else(|| Undated { field: field.to_string(), value: value.to_string() })
}

/// The birthdays of one reader.
#[derive(Clone, Copy, Debug)]
pub struct Birthdays(Birthday);

impl Birthdays {
    pub fn of(fields: &Fields, field: &str) -> std::result::Result<Birthdays, Undated> {
        read(fields, field, Birthday::parse).map(Birthdays)
    }

    /// The birthday of a year. Who was born on February 29 grows older at the end of the 28th (年齢計算ニ関スル法律), so
    /// that is her day in common years.
    pub fn in_year(self, year: i32) -> Day {
        let Birthdays(Birthday { month, day, .. }) = self;
        let found = Day::from_ymd_opt(year, month, day).or_else(|| Day::from_ymd_opt(year, month, day - 1));
        found.unwrap_or_default()
    }

    /// The year of the first birthday on or after the day of `now`.
    pub fn next_year(self, now: Instant, zone: Zone) -> i32 {
        let today = calendar::day_of(now, zone);
        let year = today.year();
        if self.in_year(year) >= today { year } else { year + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_born_on_february_29_has_her_day_on_the_28th_in_common_years() {
        let fields = Fields::from([("birthday".to_string(), "2000-02-29".to_string())]);
        let birthdays = Birthdays::of(&fields, "birthday").unwrap();
        for (year, day) in [(2027, "2027-02-28"), (2028, "2028-02-29"), (2100, "2100-02-28")] {
            assert_eq!(birthdays.in_year(year).to_string(), day);
        }
    }

    #[test]
    fn a_way_of_joining_begins_only_what_it_was_chosen_for() {
        let start = |ways: &[&str]| Start {
            ways: ways.iter().map(|way| (*way).to_string()).collect(),
            ..Start::join()
        };
        for (ways, way, begins) in [
            (&[][..], "import", true),
            (&["form"][..], "link", true),
            (&["form"][..], "import", false),
            (&["owner"][..], "command", true),
            (&["import", "owner"][..], "form", false),
        ] {
            assert_eq!(start(ways).begins_by(way), begins, "{ways:?} {way}");
        }
        assert!(!Start { on: StartOn::Hand, ..Start::join() }.begins_by("form"));
    }
}
