//! The company's own calendar and hours, from the database.
//! Not the rules that use them (course/duty).

use neo::clock::Instant;
use neo::domain::calendar::{Day, TimeOfDay, Zone, day_of};
use neo::error::Result;

use crate::course::business_days::{BusinessDays, Closure};
use crate::course::duty::Rules;
use crate::notices::sender::{AFTER_REPORT_DAYS, OFFICE_CLOSES};
use crate::store::Store;

/// When the company works.
pub struct House {
    pub days: BusinessDays,
    pub closes: TimeOfDay,
    pub after_report_days: i64,
}

/// 18:00
const CLOSES: i64 = 18 * 60;
const DAYS_FOR_AFTER_REPORT: i64 = 5;

impl House {
    pub fn load(store: &mut Store) -> Result<House> {
        let closures = store.closures()?;
        let closures = closures.iter().map(|days| Closure::parse(days)).collect::<Result<_>>()?;
        let closes = store.meta(OFFICE_CLOSES)?.map(|typed| TimeOfDay::parse(&typed)).transpose()?;
        let days = store.meta(AFTER_REPORT_DAYS)?.and_then(|typed| typed.parse().ok());
        Ok(House {
            days: BusinessDays::new(closures),
            closes: closes.unwrap_or(TimeOfDay::from_minutes(CLOSES)),
            after_report_days: days.unwrap_or(DAYS_FOR_AFTER_REPORT),
        })
    }

    pub fn rules(&self) -> Rules<'_> {
        let (days, closes, after_report_days) = (&self.days, self.closes, self.after_report_days);
        Rules { days, closes, zone: zone(), after_report_days }
    }

    /// The civil day of an instant where the company is.
    pub fn day_of(&self, at: Instant) -> Day {
        day_of(at, zone())
    }
}

/// The company is in Japan.
pub fn zone() -> Zone {
    Zone::default()
}
