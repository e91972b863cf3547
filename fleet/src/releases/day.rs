//! Calendar days in Asia/Tokyo, in which the gate counts. Not the seven times 24 hours beside them: that is evidence.rs.
//!
//! Japan has had one offset without summer time since 1952, so a day is arithmetic.

/// Seconds from UTC to the time in Japan.
const OFFSET: i64 = 9 * 3600;
const DAY: i64 = 86_400;

/// A calendar day in Asia/Tokyo: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// The day in which `at` (UTC seconds) lies.
    pub fn of(at: i64) -> Day {
        Day(at.saturating_add(OFFSET).div_euclid(DAY))
    }

    /// Its first second, in UTC seconds.
    pub fn start(self) -> i64 {
        self.0 * DAY - OFFSET
    }

    /// So many days later.
    pub fn plus(self, days: i64) -> Day {
        Day(self.0.saturating_add(days))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(to, "{year:04}-{month:02}-{day:02}")
    }
}

/// `2026-11-24 19:05` in Asia/Tokyo.
pub fn say(at: i64) -> String {
    let second = at.saturating_add(OFFSET).rem_euclid(DAY);
    format!("{} {:02}:{:02}", Day::of(at), second / 3600, second / 60 % 60)
}

/// `6d 23h 59m`, for what is left.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    format!("{}d {}h {}m", seconds / DAY, seconds / 3600 % 24, seconds / 60 % 60)
}

/// The time of an HTTP `Date` header, `Sun, 06 Nov 1994 08:49:37 GMT`; the one form that servers write.
pub fn http_date(text: &str) -> Option<i64> {
    const MONTHS: &[&str] =
        &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    let is_odd = !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hours > 23 || minutes > 59;
    let whole = words.next() == Some("GMT") && !is_odd;
    whole.then(|| number(year, month, day) * DAY + hours * 3600 + minutes * 60 + seconds)
}

/// The day number of a date.
fn number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 306 + 5) / 10
        + day
        - 1
        - 719_468
}

/// Year, month and day of a day number: the proleptic Gregorian calendar by eras of 400 years.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_tokyo_begins_at_fifteen_o_clock_utc() {
        // 2026-11-24 00:00:00 in Tokyo.
        assert_eq!(Day::of(1_795_446_000).to_string(), "2026-11-24");
        assert_eq!(Day::of(1_795_445_999).to_string(), "2026-11-23");
        assert_eq!(Day::of(1_795_446_000).start(), 1_795_446_000);
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(http_date("Tue, 24 Nov 2026 01:00:00 GMT"), Some(1_795_482_000));
        for odd in
            ["", "now", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 JST"]
        {
            assert_eq!(http_date(odd), None, "{odd}");
        }
    }

    #[test]
    fn leap_days_and_new_years_are_where_the_calendar_has_them() {
        assert_eq!(Day::of(1_235_919_600).to_string(), "2009-03-02");
        assert_eq!(Day::of(1_230_735_600).to_string(), "2009-01-01");
        assert_eq!(Day::of(1_709_132_400).to_string(), "2024-02-29");
        assert_eq!(Day::of(0).to_string(), "1970-01-01");
    }
}
