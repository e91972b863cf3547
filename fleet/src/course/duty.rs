//! Which reports an incident owes, and on which day: one each business day while it lasts, and one after it.
//! Not what a business day is (business_days) and not who is reminded (incidents/owed).
//!
//! The rules. A report is owed for each business day from the day on which the trouble was noticed to the day on which
//! customers were told that it is over, both included. Noticed after office hours, or on a day of rest: from the next
//! business day. Whatever is told that day is that day's report: the opening, an update, the resolution. What is told on
//! a day of rest is no report for another day. A day without one stays a day without one.

use neo::clock::Instant;
use neo::domain::calendar::{self, Day, TimeOfDay, Zone, add_days};
use neo::error::Result;

use super::business_days::BusinessDays;

/// Days looked at most: ten years. An incident that lasts longer owes no more than these.
const LONGEST: usize = 3_660;

/// What the rules need beside the incident.
pub struct Rules<'a> {
    pub days: &'a BusinessDays,
    /// When the office closes.
    pub closes: TimeOfDay,
    pub zone: Zone,
    /// Business days after the resolution until the after-report is due.
    pub after_report_days: i64,
}

/// The course of an incident, as far as the duty to report goes.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// When we came to know, e.g. when the poller wrote the draft; not when the trouble began.
    pub noticed_at: Instant,
    /// When customers were told that it is over.
    pub resolution_told_at: Option<Instant>,
    /// Everything that customers were told, of whatever kind.
    pub told_at: Vec<Instant>,
    /// When the after-report was told.
    pub reported_at: Option<Instant>,
}

/// How it stands with the report of a business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Told,
    /// The day is today, and nothing was told yet.
    Owed,
    Missed,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Standing::Told => "told",
            Standing::Owed => "owed",
            Standing::Missed => "missed",
        }
    }
}

/// The business days of an incident up to `today`, and how each stands.
pub fn daily(course: &Course, today: Day, rules: &Rules<'_>) -> Result<Vec<(Day, Standing)>> {
    let day_of = |at: Instant| calendar::day_of(at, rules.zone);
    let first = first_day(course.noticed_at, rules)?;
    let last = course.resolution_told_at.map_or(today, |at| day_of(at).min(today));
    let told: Vec<Day> = course.told_at.iter().map(|at| day_of(*at)).collect();
    let mut standings = Vec::new();
    for day in first.iter_days().take(LONGEST).take_while(|day| *day <= last) {
        if rules.days.is_business_day(day)? {
            let standing = match told.contains(&day) {
                true => Standing::Told,
                false if day == today => Standing::Owed,
                false => Standing::Missed,
            };
            standings.push((day, standing));
        }
    }
    Ok(standings)
}

/// The first business day that owes a report.
fn first_day(noticed_at: Instant, rules: &Rules<'_>) -> Result<Day> {
    let day = calendar::day_of(noticed_at, rules.zone);
    let is_late = calendar::time_of(noticed_at, rules.zone) >= rules.closes;
    rules.days.first_from(if is_late { add_days(day, 1) } else { day })
}

/// When the after-report is due; `None` while the incident lasts and after it was told.
pub fn after_report(course: &Course, rules: &Rules<'_>) -> Result<Option<Day>> {
    match (course.resolution_told_at, course.reported_at) {
        (Some(at), None) => {
            let day = calendar::day_of(at, rules.zone);
            rules.days.after(day, rules.after_report_days).map(Some)
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::business_days::Closure;
    use Standing::{Missed, Owed, Told};

    fn day(text: &str) -> Day {
        calendar::parse_day(text).unwrap()
    }

    /// An instant in Japan, `2026-12-28 10:00`.
    fn at(text: &str) -> Instant {
        let (date, time) = text.split_once(' ').unwrap();
        calendar::moment(day(date), TimeOfDay::parse(time).unwrap(), Zone::default())
    }

    fn with_rules<T>(ask: impl FnOnce(&Rules<'_>) -> T) -> T {
        let days = BusinessDays::new(vec![Closure::parse("12-29..01-03").unwrap()]);
        let closes = TimeOfDay::parse("18:00").unwrap();
        ask(&Rules { days: &days, closes, zone: Zone::default(), after_report_days: 5 })
    }

    /// The days of an incident as `12-28 told`.
    fn days_of(noticed: &str, resolved: Option<&str>, told: &[&str], today: &str) -> Vec<(String, Standing)> {
        let course = Course {
            noticed_at: at(noticed),
            resolution_told_at: resolved.map(at),
            told_at: told.iter().copied().chain(resolved).map(at).collect(),
            reported_at: None,
        };
        let found = with_rules(|rules| daily(&course, day(today), rules)).unwrap();
        found.into_iter().map(|(day, standing)| (day.format("%m-%d").to_string(), standing)).collect()
    }

    fn as_shown(days: &[(&str, Standing)]) -> Vec<(String, Standing)> {
        days.iter().map(|(day, standing)| ((*day).to_string(), *standing)).collect()
    }

    #[test]
    fn an_open_incident_owes_a_report_each_business_day_and_none_on_other_days() {
        // Wednesday 2026-11-18 to Wednesday 25; the 23rd is Labour Thanksgiving Day.
        let found =
            days_of("2026-11-18 10:00", None, &["2026-11-18 11:00", "2026-11-20 16:00"], "2026-11-25");
        let shown = [("11-18", Told), ("11-19", Missed), ("11-20", Told), ("11-24", Missed), ("11-25", Owed)];
        assert_eq!(found, as_shown(&shown));
    }

    #[test]
    fn across_new_year_no_report_is_owed_while_the_company_is_closed() {
        let told = ["2026-12-28 15:00", "2026-12-31 20:00", "2027-01-05 10:00"];
        let found = days_of("2026-12-28 14:00", None, &told, "2027-01-06");
        let shown = [("12-28", Told), ("01-04", Missed), ("01-05", Told), ("01-06", Owed)];
        assert_eq!(found, as_shown(&shown));
    }

    #[test]
    fn opened_on_a_saturday_it_owes_its_first_report_on_monday_even_if_saturday_told_something() {
        let found = days_of("2026-11-28 09:00", None, &["2026-11-28 10:00"], "2026-11-30");
        assert_eq!(found, as_shown(&[("11-30", Owed)]));
        let on_sunday = days_of("2026-11-28 09:00", None, &["2026-11-28 10:00"], "2026-11-29");
        assert_eq!(on_sunday, []);
    }

    #[test]
    fn opened_on_the_last_day_before_the_closure_after_hours_it_owes_nothing_until_the_new_year() {
        assert_eq!(days_of("2026-12-28 18:00", None, &[], "2027-01-03"), []);
        assert_eq!(days_of("2026-12-28 18:00", None, &[], "2027-01-04"), as_shown(&[("01-04", Owed)]));
        assert_eq!(days_of("2026-12-28 17:59", None, &[], "2026-12-28"), as_shown(&[("12-28", Owed)]));
    }

    #[test]
    fn the_opening_is_the_report_of_the_day_of_opening() {
        let found = days_of("2026-11-24 09:30", None, &["2026-11-24 09:40"], "2026-11-24");
        assert_eq!(found, as_shown(&[("11-24", Told)]));
    }

    #[test]
    fn a_draft_that_is_confirmed_the_day_after_leaves_the_day_on_which_it_was_noticed_without_a_report() {
        let found = days_of("2026-11-24 09:30", None, &["2026-11-25 09:40"], "2026-11-25");
        assert_eq!(found, as_shown(&[("11-24", Missed), ("11-25", Told)]));
    }

    #[test]
    fn resolved_before_noon_the_resolution_is_the_report_of_its_day_and_the_next_day_owes_none() {
        for resolved in ["2026-11-26 11:59", "2026-11-26 17:00"] {
            let found = days_of("2026-11-25 10:00", Some(resolved), &["2026-11-25 10:05"], "2026-11-30");
            assert_eq!(found, as_shown(&[("11-25", Told), ("11-26", Told)]), "{resolved}");
        }
    }

    #[test]
    fn a_resolution_that_is_told_days_later_leaves_the_days_between_without_a_report() {
        // Over on the 25th, said on the 27th: until then customers had to think that it lasted.
        let found =
            days_of("2026-11-25 10:00", Some("2026-11-27 10:00"), &["2026-11-25 10:05"], "2026-11-30");
        assert_eq!(found, as_shown(&[("11-25", Told), ("11-26", Missed), ("11-27", Told)]));
    }

    #[test]
    fn opened_and_resolved_on_one_day_owes_that_day_only() {
        let found =
            days_of("2026-11-25 10:00", Some("2026-11-25 12:00"), &["2026-11-25 10:05"], "2026-12-01");
        assert_eq!(found, as_shown(&[("11-25", Told)]));
    }

    #[test]
    fn the_day_is_the_one_in_japan_and_not_in_greenwich() {
        // 2026-11-26 00:30 in Japan is still the 25th in UTC.
        let found =
            days_of("2026-11-25 10:00", None, &["2026-11-25 10:05", "2026-11-26 00:30"], "2026-11-26");
        assert_eq!(found, as_shown(&[("11-25", Told), ("11-26", Told)]));
    }

    #[test]
    fn the_after_report_is_due_five_business_days_after_the_resolution_and_then_nothing_is() {
        let mut course = Course { noticed_at: at("2026-12-25 10:00"), ..Course::default() };
        assert_eq!(with_rules(|rules| after_report(&course, rules)).unwrap(), None, "it lasts");
        course.resolution_told_at = Some(at("2026-12-28 11:00"));
        assert_eq!(with_rules(|rules| after_report(&course, rules)).unwrap(), Some(day("2027-01-08")));
        course.reported_at = Some(at("2027-01-07 15:00"));
        assert_eq!(with_rules(|rules| after_report(&course, rules)).unwrap(), None, "it was told");
    }

    #[test]
    fn an_incident_in_a_year_without_known_holidays_is_refused_instead_of_counted_wrongly() {
        let course = Course { noticed_at: at("2009-01-05 10:00"), ..Course::default() };
        assert!(with_rules(|rules| daily(&course, day("2009-01-06"), rules)).is_err());
    }
}
