//! The plan of a release: what is checked on which day, as `release-plan.toml` says it. Not the running of it: run.rs.
//!
//! A plan with less than the promise (seven days, each with a check) is refused when it is read.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The fewest days that a plan may have.
pub const DAYS: i64 = 7;
/// The longest file that is read.
pub const LONGEST: usize = 64 * 1024;
const MOST_DAYS: usize = 60;
const MOST_CHECKS: usize = 40;
/// The longest that one command may take: two days, for a soak.
const LONGEST_RUN: u64 = 2 * 86_400;

/// What is checked, day by day; day 1 is the first full day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    #[serde(rename = "day", default)]
    pub days: Vec<PlannedDay>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedDay {
    pub number: i64,
    #[serde(rename = "check", default)]
    pub checks: Vec<PlannedCheck>,
}

/// One check: a command, or something that a person looks at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedCheck {
    pub name: String,
    /// The command and its arguments, never a shell; `{artefact}` and `{version}` are filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<String>,
    /// The time that the command may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// The target whose artefact is meant; the first one otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What a person looks at, as a sentence to her.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<String>,
}

/// Why a plan is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanFlaw {
    TooLong,
    NotToml(String),
    /// Fewer than seven days.
    TooShort {
        days: i64,
    },
    /// The days are not 1, 2, 3 … in order.
    DayOutOfOrder {
        day: i64,
        expected: i64,
    },
    DayWithoutCheck {
        day: i64,
    },
    TooMuch,
    Check {
        day: i64,
        name: String,
        why: &'static str,
    },
}

impl Plan {
    /// Reads a plan and holds it against the promise.
    pub fn parse(text: &str) -> Result<Plan, PlanFlaw> {
        if text.len() > LONGEST {
            return Err(PlanFlaw::TooLong);
        }
        let plan: Plan =
            toml::from_str(text).map_err(|refused| PlanFlaw::NotToml(refused.message().to_string()))?;
        plan.look()?;
        Ok(plan)
    }

    /// The check of that name on that day.
    pub fn check(&self, day: i64, name: &str) -> Option<&PlannedCheck> {
        self.day(day)?.checks.iter().find(|check| check.name == name)
    }

    pub fn day(&self, number: i64) -> Option<&PlannedDay> {
        self.days.iter().find(|day| day.number == number)
    }

    /// How many days it has; never less than [`DAYS`].
    pub fn length(&self) -> i64 {
        i64::try_from(self.days.len()).unwrap_or(DAYS).max(DAYS)
    }

    fn look(&self) -> Result<(), PlanFlaw> {
        let mut days = 0;
        for (expected, day) in (1..).zip(&self.days) {
            if day.number != expected {
                return Err(PlanFlaw::DayOutOfOrder { day: day.number, expected });
            }
            day.look()?;
            days = expected;
        }
        if self.days.len() > MOST_DAYS {
            return Err(PlanFlaw::TooMuch);
        }
        if days < DAYS {
            return Err(PlanFlaw::TooShort { days });
        }
        Ok(())
    }
}

impl PlannedDay {
    fn look(&self) -> Result<(), PlanFlaw> {
        if self.checks.is_empty() {
            return Err(PlanFlaw::DayWithoutCheck { day: self.number });
        }
        if self.checks.len() > MOST_CHECKS {
            return Err(PlanFlaw::TooMuch);
        }
        let mut names = BTreeSet::new();
        for check in &self.checks {
            let flaw = check.flaw().or_else(|| (!names.insert(&check.name)).then_some("name is not unique"));
            if let Some(why) = flaw {
                return Err(PlanFlaw::Check { day: self.number, name: check.name.clone(), why });
            }
        }
        Ok(())
    }
}

impl PlannedCheck {
    pub fn is_manual(&self) -> bool {
        self.manual.is_some()
    }

    fn flaw(&self) -> Option<&'static str> {
        let plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(plain) {
            return Some("name: up to 40 of a-z, 0-9 and -");
        }
        match (&self.manual, self.run.first()) {
            (Some(_), Some(_)) => Some("run and manual exclude each other"),
            (None, None) => Some("run or manual is missing"),
            (Some(sentence), None) if sentence.trim().is_empty() => Some("manual says nothing"),
            (Some(_), None) if self.seconds.is_some() || self.target.is_some() => {
                Some("seconds and target belong to run")
            }
            (Some(_), None) => None,
            (None, Some(_)) => self.command_flaw(),
        }
    }

    fn command_flaw(&self) -> Option<&'static str> {
        if self.run.first().is_none_or(|program| program.trim().is_empty()) {
            return Some("run names no program");
        }
        if self.run.iter().any(|argument| argument.contains('\0')) {
            return Some("run holds a NUL");
        }
        match self.seconds {
            Some(seconds) if (1..=LONGEST_RUN).contains(&seconds) => None,
            _ => Some("seconds: how long it may take, 1 to 172800"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seven_days() -> String {
        (1..=7)
            .map(|day| {
                format!("[[day]]\nnumber = {day}\n[[day.check]]\nname = \"look\"\nmanual = \"Look.\"\n")
            })
            .collect()
    }

    #[test]
    fn a_plan_of_seven_days_with_a_check_each_is_a_plan() {
        let plan = Plan::parse(&seven_days()).unwrap();
        assert_eq!(plan.length(), 7);
        assert!(plan.check(7, "look").unwrap().is_manual());
        assert!(plan.check(8, "look").is_none());
    }

    #[test]
    fn six_days_are_no_plan() {
        let six = seven_days()
            .replace("[[day]]\nnumber = 7\n[[day.check]]\nname = \"look\"\nmanual = \"Look.\"\n", "");
        assert_eq!(Plan::parse(&six), Err(PlanFlaw::TooShort { days: 6 }));
        assert_eq!(Plan::parse(""), Err(PlanFlaw::TooShort { days: 0 }));
    }

    #[test]
    fn a_day_without_a_check_a_day_left_out_and_a_day_twice_are_refused() {
        let empty = format!("{}[[day]]\nnumber = 8\n", seven_days());
        assert_eq!(Plan::parse(&empty), Err(PlanFlaw::DayWithoutCheck { day: 8 }));
        let gap = seven_days().replace("number = 4", "number = 5");
        assert_eq!(Plan::parse(&gap), Err(PlanFlaw::DayOutOfOrder { day: 5, expected: 4 }));
        let twice = seven_days().replace("number = 4", "number = 3");
        assert_eq!(Plan::parse(&twice), Err(PlanFlaw::DayOutOfOrder { day: 3, expected: 4 }));
    }

    #[test]
    fn a_check_without_work_without_time_or_with_a_word_nobody_knows_is_refused() {
        for (check, why) in [
            ("name = \"x\"", "run or manual is missing"),
            ("name = \"x\"\nmanual = \" \"", "manual says nothing"),
            ("name = \"x\"\nrun = [\"true\"]", "seconds: how long it may take, 1 to 172800"),
            ("name = \"x\"\nrun = [\"true\"]\nseconds = 0", "seconds: how long it may take, 1 to 172800"),
            ("name = \"x\"\nrun = [\"\"]\nseconds = 1", "run names no program"),
            ("name = \"X Y\"\nrun = [\"true\"]\nseconds = 1", "name: up to 40 of a-z, 0-9 and -"),
            ("name = \"x\"\nrun = [\"true\"]\nmanual = \"Look.\"", "run and manual exclude each other"),
            ("name = \"look\"\nmanual = \"Again.\"", "name is not unique"),
        ] {
            let plan = format!("{}[[day.check]]\n{check}\n", seven_days());
            let Err(PlanFlaw::Check { day: 7, why: found, .. }) = Plan::parse(&plan) else {
                panic!("{check}: {:?}", Plan::parse(&plan))
            };
            assert_eq!(found, why, "{check}");
        }
        let unknown = format!("{}optional = true\n", seven_days());
        assert!(matches!(Plan::parse(&unknown), Err(PlanFlaw::NotToml(_))));
    }
}
