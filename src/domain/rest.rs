//! When mails rest: quiet hours of each day, and closed days. What would go then goes at the next allowed moment.
//! Not the settings that say so (settings) and not whom it concerns (sequence).

use chrono::Datelike;

use crate::clock::Instant;
use crate::domain::calendar::{self, Day, TimeOfDay, Weekday, Zone};
use crate::domain::{civil, holidays};

/// The words of a setting that choose kinds of closed days.
pub const KINDS: &[&str] = &["sat", "sun", "holiday"];

/// When mails rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    quiet: Option<(TimeOfDay, TimeOfDay)>,
    saturdays: bool,
    sundays: bool,
    holidays: bool,
    own: Vec<Day>,
}

/// Days looked ahead at most: if everything is closed for longer, the mail goes at its own moment.
const LONGEST: usize = 400;

impl Rest {
    /// From the words of the settings; what does not read is left out.
    pub fn new(quiet: &str, kinds: &str, own: &str) -> Rest {
        let has = |kind: &str| kinds.split(',').any(|word| word.trim() == kind);
        Rest {
            quiet: parse_hours(quiet),
            saturdays: has("sat"),
            sundays: has("sun"),
            holidays: has("holiday"),
            own: parse_days(own).unwrap_or_default(),
        }
    }

    /// `moment`, or the first allowed one after it: the end of the quiet hours; on a closed day the same hour of the next
    /// open one. Closed days count only where `keeps_closed_days`.
    pub fn allowed_from(&self, moment: Instant, keeps_closed_days: bool, zone: Zone) -> Instant {
        let mut at = calendar::time_of(moment, zone);
        let mut moved = moment;
        for _ in 0..LONGEST {
            let day = calendar::day_of(moved, zone);
            // The night before a closed day ends on a morning, not on the evening after.
            if let Some(end) = self.end_of_quiet(moved, zone) {
                (moved, at) = (end, calendar::time_of(end, zone));
            } else if keeps_closed_days && self.is_closed(day) {
                moved = calendar::moment(calendar::add_days(day, 1), at, zone);
            } else {
                return moved;
            }
        }
        moment
    }

    pub fn is_closed(&self, day: Day) -> bool {
        (self.saturdays && day.weekday() == Weekday::Sat)
            || (self.sundays && day.weekday() == Weekday::Sun)
            || (self.holidays && holidays::is_holiday(day))
            || self.own.contains(&day)
    }

    /// The quiet hours, if there are any.
    pub fn quiet_hours(&self) -> Option<(TimeOfDay, TimeOfDay)> {
        self.quiet
    }

    fn end_of_quiet(&self, moment: Instant, zone: Zone) -> Option<Instant> {
        let (from, until) = self.quiet?;
        let at = calendar::time_of(moment, zone);
        let day = calendar::day_of(moment, zone);
        let is_over_midnight = from > until;
        let end = match is_over_midnight {
            true if at >= from => calendar::moment(calendar::add_days(day, 1), until, zone),
            true if at < until => calendar::moment(day, until, zone),
            false if from <= at && at < until => calendar::moment(day, until, zone),
            _ => return None,
        };
        Some(end.max(moment))
    }
}

/// Reads `21:00-08:00`.
pub fn parse_hours(typed: &str) -> Option<(TimeOfDay, TimeOfDay)> {
    let (from, until) = typed.split_once('-')?;
    let (from, until) = (TimeOfDay::parse(from).ok()?, TimeOfDay::parse(until).ok()?);
    (from != until).then_some((from, until))
}

/// Reads dates with commas, spaces or line breaks between them; `None` if one does not read.
pub fn parse_days(typed: &str) -> Option<Vec<Day>> {
    typed
        .split([',', ' ', '\n', '\t', '\u{3001}', '\u{3000}'])
        .filter(|word| !word.trim().is_empty())
        .map(civil::parse_day)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> Zone {
        Zone::default()
    }

    fn moved(rest: &Rest, moment: &str) -> String {
        let moment = calendar::parse_moment(moment, tokyo()).unwrap();
        calendar::page_time(rest.allowed_from(moment, true, tokyo()), tokyo())
    }

    #[test]
    fn what_falls_into_the_quiet_hours_waits_for_their_end_also_over_midnight() {
        let rest = Rest::new("21:00-08:00", "", "");
        for (due, goes) in [
            ("2026-11-24 20:59", "2026-11-24 20:59"),
            ("2026-11-24 21:00", "2026-11-25 08:00"),
            ("2026-11-25 07:59", "2026-11-25 08:00"),
            ("2026-11-25 08:00", "2026-11-25 08:00"),
        ] {
            assert_eq!(moved(&rest, due), goes, "{due}");
        }
        assert_eq!(moved(&Rest::new("12:00-13:00", "", ""), "2026-11-24 12:30"), "2026-11-24 13:00");
    }

    #[test]
    fn what_falls_on_a_closed_day_goes_at_its_hour_on_the_next_open_one() {
        let rest = Rest::new("", "sat,sun,holiday", "2026-11-24, 2026/11/25");
        // Saturday, Sunday, a holiday, and two days of the shop's own.
        assert_eq!(moved(&rest, "2026-11-21 08:30"), "2026-11-26 08:30");
        assert_eq!(moved(&rest, "2026-11-26 08:30"), "2026-11-26 08:30");
        // Friday night's quiet hours end on a closed day.
        let rest = Rest::new("21:00-08:00", "sat,sun", "");
        assert_eq!(moved(&rest, "2026-11-27 22:00"), "2026-11-30 08:00");
    }

    #[test]
    fn nothing_is_dropped_where_every_day_is_closed() {
        let all: Vec<String> = civil::parse_day("2026-11-24")
            .unwrap()
            .iter_days()
            .take(500)
            .map(|day| day.to_string())
            .collect();
        assert_eq!(moved(&Rest::new("", "", &all.join(",")), "2026-11-24 08:30"), "2026-11-24 08:30");
    }
}
