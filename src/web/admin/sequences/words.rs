//! Sequences in words: when a step goes, for whom, and where it leads.
//! Not the rules themselves: domain/sequence, domain/condition.

use crate::domain::condition::Condition;
use crate::domain::sequence::{Go, Sequence, Start, StartOn, Step, Timing, Unit, Weekdays};
use crate::error::Result;
use crate::store::Reader;
use crate::texts::{Language, Text, admin, sequences as texts};

/// `3日後 08:30`, `次の火・木 10:00`
pub(super) fn timing(store: &Reader, timing: &Timing, start: &Start, language: Language) -> Result<String> {
    let days = |text: Text, days: i64, at: &dyn std::fmt::Display| {
        text.with(language, &[("days", &days.to_string()), ("time", &at.to_string())])
    };
    Ok(match timing {
        Timing::AfterStart { days: 0, at } if start.on == StartOn::Join => days(admin::STEP_SAME_DAY, 0, at),
        Timing::AfterStart { days: 0, at } => days(texts::START_DAY_ZERO, 0, at),
        Timing::AfterStart { days: count, at } if *count < 0 => days(texts::START_DAY_BEFORE, -count, at),
        Timing::AfterStart { days: count, at } => days(admin::STEP_AFTER, *count, at),
        Timing::AfterPrevious { amount, unit, at } => previous(*amount, *unit, *at, language),
        Timing::Weekday { days, at } => {
            let days = weekdays(*days, language);
            texts::ON_WEEKDAYS.with(language, &[("days", &days), ("time", &at.to_string())])
        }
        Timing::OnDate { date, at } => {
            texts::ON_DATE.with(language, &[("date", &date.to_string()), ("time", &at.to_string())])
        }
        Timing::AroundField { field, days, at } => {
            let text = match days.signum() {
                0 => texts::FIELD_ON,
                -1 => texts::FIELD_BEFORE,
                _ => texts::FIELD_AFTER,
            };
            let values = [
                ("field", field_label(store, field)?),
                ("days", days.abs().to_string()),
                ("time", at.to_string()),
            ];
            let values: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            text.with(language, &values)
        }
    })
}

/// What the owner calls a field; its key where it is not declared (any more).
pub(super) fn field_label(store: &Reader, key: &str) -> Result<String> {
    let declared = store.fields()?.into_iter().find(|field| field.key.as_str() == key);
    Ok(declared.map_or_else(|| key.to_string(), |field| field.label))
}

fn previous(
    amount: i64,
    unit: Unit,
    at: Option<crate::domain::calendar::TimeOfDay>,
    language: Language,
) -> String {
    let count = amount.to_string();
    match (unit, at) {
        (Unit::Days, Some(at)) => {
            texts::PREVIOUS_DAYS_AT.with(language, &[("count", &count), ("time", &at.to_string())])
        }
        (Unit::Days, None) => texts::PREVIOUS_DAYS.with(language, &[("count", &count)]),
        (Unit::Hours, _) => texts::PREVIOUS_HOURS.with(language, &[("count", &count)]),
        (Unit::Minutes, _) => texts::PREVIOUS_MINUTES.with(language, &[("count", &count)]),
    }
}

/// The days of the week with their words, Monday first.
pub(super) const WEEKDAYS: [Text; 7] =
    [texts::MON, texts::TUE, texts::WED, texts::THU, texts::FRI, texts::SAT, texts::SUN];

fn weekdays(days: Weekdays, language: Language) -> String {
    let names = Weekdays::WORDS.iter().zip(WEEKDAYS).filter(|(word, _)| days.words().contains(*word));
    names.map(|(_, name)| name.to(language)).collect::<Vec<&str>>().join(texts::WEEKDAY_GAP.to(language))
}

/// `リストに登録したとき`
pub(super) fn start(store: &Reader, start: &Start, language: Language) -> Result<String> {
    let text = match start.on {
        StartOn::Join => texts::START_JOIN,
        StartOn::Hand => texts::START_HAND,
        StartOn::Date => texts::START_DATE,
        StartOn::Birthday => texts::START_BIRTHDAY,
    };
    Ok(text.with(language, &[("field", &field_label(store, &start.field)?)]))
}

/// What a step is called: the subject of its mail, or its own name.
pub(super) fn name(store: &Reader, step: &Step) -> Result<String> {
    store.message_subject(step.message).map(|(subject, _)| subject)
}

/// `「三通目」へ`
pub(super) fn go(store: &Reader, sequence: &Sequence, go: Go, language: Language) -> Result<String> {
    Ok(match go {
        Go::Next => texts::GO_NEXT.to(language).to_string(),
        Go::End => texts::GO_END.to(language).to_string(),
        Go::Step(id) => match store.step(sequence.id, id)? {
            Some(step) => texts::GO_STEP.with(language, &[("name", &name(store, &step)?)]),
            None => texts::GO_NEXT.to(language).to_string(),
        },
        Go::Sequence(id) => texts::GO_SEQUENCE.with(language, &[("name", &store.sequence(id)?.title)]),
    })
}

/// Who a step is for.
pub(super) fn condition(store: &Reader, condition: &Condition, language: Language) -> Result<String> {
    Ok(store.condition_names(&[condition], language)?.say(condition))
}
