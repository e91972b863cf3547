//! What is owed on a day: drafts that wait for a decision, daily reports, after-reports; and the reminder of it.
//! Not the rules (course/duty).

use neo::clock::Instant;
use neo::domain::calendar::Day;
use neo::error::{Error, Result};
use neo::link::feed::Words;
use neo::texts::Language;

use super::house::House;
use crate::course::duty::{self, Course, Standing};
use crate::course::state::State;
use crate::notices::{self, Occasion, sender, words};
use crate::store::Store;
use crate::store::incidents::{Entry, Incident};
use crate::store::notices::Notice;
use crate::texts::{errors, notices as texts};

/// What one incident owes.
#[derive(Clone, Debug)]
pub struct Owed {
    pub incident: String,
    pub title: Words,
    /// confirm, daily, after-report
    pub what: &'static str,
    /// The day it is due.
    pub due: Day,
    /// Its business days without a report.
    pub missed: Vec<Day>,
    /// False for an after-report whose day has not come.
    pub is_due: bool,
}

/// The course of an incident, from its rows.
pub fn course(incident: &Incident, entries: &[Entry]) -> Course {
    Course {
        noticed_at: incident.noticed_at,
        resolution_told_at: incident.resolution_told_at,
        told_at: entries.iter().map(|entry| entry.at).collect(),
        reported_at: incident.reported_at,
    }
}

/// The business days of an incident on which nothing was told.
pub fn missed(incident: &Incident, entries: &[Entry], today: Day, house: &House) -> Result<Vec<Day>> {
    let days = duty::daily(&course(incident, entries), today, &house.rules())?;
    Ok(days.into_iter().filter(|(_, standing)| *standing == Standing::Missed).map(|(day, _)| day).collect())
}

/// All that is owed on a day.
pub fn owed_on(store: &mut Store, today: Day, house: &House) -> Result<Vec<Owed>> {
    let mut owed = Vec::new();
    for incident in store.unfinished_incidents()? {
        if house.day_of(incident.noticed_at) > today {
            continue;
        }
        let entries = store.entries(&incident.id)?;
        let missed = missed(&incident, &entries, today, house)?;
        let item = |what, due, is_due| Owed {
            incident: incident.id.clone(),
            title: incident.title.clone(),
            what,
            due,
            missed: missed.clone(),
            is_due,
        };
        if incident.state == State::Draft {
            owed.push(item("confirm", today, true));
            continue;
        }
        let course = course(&incident, &entries);
        let days = duty::daily(&course, today, &house.rules())?;
        if days.last() == Some(&(today, Standing::Owed)) {
            owed.push(item("daily", today, true));
        }
        if let Some(due) = duty::after_report(&course, &house.rules())? {
            owed.push(item("after-report", due, due <= today));
        }
    }
    Ok(owed)
}

/// Queues a mail to staff about what is owed today, once a day; says how many were queued. Nothing owed: no mail.
pub fn remind(store: &mut Store, owed: &[Owed], today: Day, house: &House, now: Instant) -> Result<u64> {
    // On a day of rest only a draft is worth a mail: customers do not know yet.
    let works = house.days.is_business_day(today)?;
    let due: Vec<&Owed> =
        owed.iter().filter(|item| item.is_due && (works || item.what == "confirm")).collect();
    if due.is_empty() {
        return Ok(0);
    }
    // Who asks for a reminder and names nobody to remind would think that somebody knows.
    if sender::staff(store)?.is_empty() {
        return Err(Error::configuration(errors::STAFF_MISSING));
    }
    let (day, count) = (today.to_string(), due.len().to_string());
    let values = [("day", day.as_str()), ("count", count.as_str())];
    let notice = Notice {
        id: format!("staff/{day}"),
        incident: None,
        occasion: Occasion::Reminder.word().to_string(),
        subject: words::filled(texts::REMINDER_SUBJECT, &values),
        text: words::filled(texts::REMINDER_TEXT, &values),
        at: now,
    };
    let about: Vec<String> = due.iter().map(|item| line(item)).collect();
    notices::tell_staff(store, &notice, &format!("{}\n", about.join("\n")), now)
}

/// Staff read Japanese.
fn line(item: &Owed) -> String {
    let text = match item.what {
        "confirm" => texts::REMINDER_DRAFT,
        "daily" => texts::REMINDER_DAILY,
        _ => texts::REMINDER_AFTER,
    };
    let due = words::day(item.due, Language::Ja);
    let values = [("id", item.incident.as_str()), ("title", &item.title.ja), ("due", &due)];
    let mut line = text.with(Language::Ja, &values);
    if !item.missed.is_empty() {
        let days: Vec<String> = item.missed.iter().map(|day| words::day(*day, Language::Ja)).collect();
        line += "\n";
        line += &texts::REMINDER_MISSED
            .with(Language::Ja, &[("days", &days.join(texts::SEPARATOR.to(Language::Ja)))]);
    }
    line
}
