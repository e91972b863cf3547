//! Recurring broadcasts and the days that are done with.
//! Not which day is next (domain/recurrence) and not the making of a broadcast (mail/recur).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::audience::Audience;
use crate::domain::broadcast::{Follows, Timing};
use crate::domain::calendar::TimeOfDay;
use crate::domain::civil::Day;
use crate::domain::id::MessageId;
use crate::domain::recurrence::{Every, Recurrence};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// A draft that is sent again and again.
#[derive(Clone, Debug)]
pub struct Recurring {
    pub template: MessageId,
    pub recurrence: Recurrence,
    pub is_active: bool,
    pub created_at: Instant,
    pub next_at: Instant,
}

/// A look ahead that is further than any gap was taken by a clock that was ahead.
const FURTHEST: i64 = 35 * 86_400;

const COLUMNS: &str =
    "message_id, every, on_day, at_minute, ends_on, times_left, is_active, created_at, next_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Recurring> {
    let every = Every::parse(row.get_ref(1)?.as_str()?, row.get(2)?).unwrap_or(Every::Month(1));
    let ends_on: Option<String> = row.get(4)?;
    Ok(Recurring {
        template: row.get(0)?,
        recurrence: Recurrence {
            every,
            at: TimeOfDay::from_minutes(row.get(3)?),
            ends_on: ends_on.and_then(|day| day.parse::<Day>().ok()),
            times_left: row.get(5)?,
        },
        is_active: row.get(6)?,
        created_at: row.get(7)?,
        next_at: row.get(8)?,
    })
}

impl Reader {
    pub fn recurring(&self, template: MessageId) -> Result<Option<Recurring>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("select {COLUMNS} from recurrences where message_id = ?1"))?;
        Ok(statement.query_row([template], read).optional()?)
    }

    /// Those to look at: their moment has come, or was noted by a clock that was ahead.
    pub fn due_recurrences(&self, now: Instant, limit: i64) -> Result<Vec<Recurring>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from recurrences where is_active = 1 and (next_at <= ?1 or next_at > ?2)
             order by next_at limit ?3"
        ))?;
        Ok(statement.query_map((now, now + FURTHEST, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    /// Makes a draft recurring, or changes how it recurs.
    pub fn set_recurrence(
        &self,
        template: MessageId,
        recurrence: &Recurrence,
        next_at: Option<Instant>,
        now: Instant,
    ) -> Result<()> {
        let next_at = next_at.ok_or_else(|| Error::invalid(errors::RECURRENCE_HAS_NO_DAY).on("ends_on"))?;
        if self.broadcast(template)?.at.is_some() || self.split(template)?.is_some() {
            return Err(Error::invalid(errors::RECURRENCE_NEEDS_DRAFT));
        }
        self.connection.execute(
            "insert into recurrences (message_id, every, on_day, at_minute, ends_on, times_left, created_at, next_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             on conflict do update set every = excluded.every, on_day = excluded.on_day,
               at_minute = excluded.at_minute, ends_on = excluded.ends_on, times_left = excluded.times_left,
               is_active = 1, created_at = excluded.created_at, next_at = excluded.next_at",
            (
                template,
                recurrence.every.word(),
                recurrence.every.on_day(),
                recurrence.at.minutes(),
                recurrence.ends_on.map(|day| day.to_string()),
                recurrence.times_left,
                now,
                next_at,
            ),
        )?;
        Ok(())
    }

    pub fn end_recurrence(&self, template: MessageId) -> Result<()> {
        self.connection.execute("update recurrences set is_active = 0 where message_id = ?1", [template])?;
        Ok(())
    }

    /// Notes when to look again; never again: it ends.
    pub fn postpone_recurrence(&self, template: MessageId, next_at: Option<Instant>) -> Result<()> {
        match next_at {
            Some(next_at) => {
                self.connection.execute(
                    "update recurrences set next_at = ?2 where message_id = ?1",
                    (template, next_at),
                )?;
                Ok(())
            }
            None => self.end_recurrence(template),
        }
    }

    /// Takes a day, in the caller's transaction; `false` if it is done with already.
    pub fn take_slot(&self, template: MessageId, day: Day) -> Result<bool> {
        let taken = self.connection.execute(
            "insert into recurrence_slots (recurrence_id, day) values (?1, ?2) on conflict do nothing",
            (template, day.to_string()),
        )?;
        Ok(taken == 1)
    }

    /// Makes the broadcast of a day that was taken: a copy of the draft as it is now, due at `at`.
    pub fn add_occurrence(
        &self,
        template: MessageId,
        day: Day,
        at: Instant,
        now: Instant,
    ) -> Result<MessageId> {
        let audience = Audience { share: None, ..self.audience(template)? };
        let keeps_quiet_hours = self.broadcast(template)?.timing.keeps_quiet_hours;
        let id = self.add_follow_up(template, Some((template, Follows::Occurrence)), None, &audience, now)?;
        self.time_broadcast(id, Some(at), &Timing { keeps_quiet_hours, ..Timing::default() }, 0)?;
        self.connection.execute(
            "update recurrence_slots set message_id = ?3 where recurrence_id = ?1 and day = ?2",
            (template, day.to_string(), id),
        )?;
        self.connection.execute(
            "update recurrences set times_left = times_left - 1 where message_id = ?1 and times_left > 0",
            [template],
        )?;
        Ok(id)
    }
}
