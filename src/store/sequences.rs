//! Sequences, their steps, and readers' ways through them (enrolments).
//! Not when a step is due (domain/sequence) and not its sending (mail/due).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::calendar::TimeOfDay;
use crate::domain::delivery::Urgency;
use crate::domain::id::{EnrolmentId, ListId, MessageId, SequenceId, StepId, SubscriptionId};
use crate::domain::sequence::{Sequence, Step};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer, is_duplicate};
use crate::texts::errors;

/// An enrolment that is due for a look.
#[derive(Clone, Debug)]
pub struct Enrolment {
    pub id: EnrolmentId,
    pub sequence: SequenceId,
    pub subscription: SubscriptionId,
    pub occurrence: i64,
    pub started_at: Instant,
    pub done_offset: i64,
    pub done_step: i64,
}

fn read_sequence(row: &Row<'_>) -> rusqlite::Result<Sequence> {
    Ok(Sequence { id: row.get(0)?, name: row.get(1)?, title: row.get(2)?, list: row.get(3)? })
}

fn read_step(row: &Row<'_>) -> rusqlite::Result<Step> {
    Ok(Step {
        id: row.get(0)?,
        after_days: row.get(1)?,
        at: TimeOfDay::from_minutes(row.get(2)?),
        message: row.get(3)?,
        created_at: row.get(4)?,
    })
}

impl Reader {
    pub fn sequences(&self) -> Result<Vec<Sequence>> {
        let mut statement =
            self.connection.prepare("select id, name, title, list_id from sequences order by id")?;
        Ok(statement.query_map([], read_sequence)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn sequence_named(&self, name: &str) -> Result<Sequence> {
        let found = self.connection.query_row(
            "select id, name, title, list_id from sequences where name = ?1 or cast(id as text) = ?1
             order by name = ?1 desc",
            [name],
            read_sequence,
        );
        found.optional()?.ok_or_else(|| Error::not_found(errors::SEQUENCE_NOT_FOUND).with("name", name))
    }

    /// The steps in their order.
    pub fn steps(&self, sequence: SequenceId) -> Result<Vec<Step>> {
        let mut statement = self.connection.prepare_cached(
            "select id, after_days, at_minute, message_id, created_at from steps
             where sequence_id = ?1 and removed_at is null order by after_days, at_minute, id",
        )?;
        Ok(statement.query_map([sequence], read_step)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn step(&self, sequence: SequenceId, step: StepId) -> Result<Option<Step>> {
        let found = self.connection.query_row(
            "select id, after_days, at_minute, message_id, created_at from steps
             where id = ?1 and sequence_id = ?2 and removed_at is null",
            (step, sequence),
            read_step,
        );
        Ok(found.optional()?)
    }

    /// How many readers are on their way through a sequence.
    pub fn active_enrolments(&self, sequence: SequenceId) -> Result<i64> {
        Ok(self.connection.query_row(
            "select coalesce(sum(on_their_way), 0) from enrolment_counts where sequence_id = ?1",
            [sequence],
            |row| row.get(0),
        )?)
    }

    /// Enrolments to look at, the earliest first.
    pub fn due_enrolments(&self, now: Instant, limit: i64) -> Result<Vec<Enrolment>> {
        let mut statement = self.connection.prepare_cached(
            "select id, sequence_id, subscription_id, occurrence, started_at, done_offset, done_step
             from enrolments where state = 'active' and due_at <= ?1 order by due_at limit ?2",
        )?;
        let rows = statement.query_map((now, limit), |row| {
            Ok(Enrolment {
                id: row.get(0)?,
                sequence: row.get(1)?,
                subscription: row.get(2)?,
                occurrence: row.get(3)?,
                started_at: row.get(4)?,
                done_offset: row.get(5)?,
                done_step: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    pub fn add_sequence(&self, name: &str, title: &str, list: ListId, now: Instant) -> Result<SequenceId> {
        let added = self.connection.execute(
            "insert into sequences (name, title, list_id, created_at) values (?1, ?2, ?3, ?4)",
            (name, title, list, now),
        );
        match added {
            Ok(_) => Ok(SequenceId(self.connection.last_insert_rowid())),
            Err(cause) if is_duplicate(&cause) => {
                Err(Error::invalid(errors::NAME_ALREADY_USED).with("name", name).on("name"))
            }
            Err(cause) => Err(cause.into()),
        }
    }

    pub fn add_step(
        &self,
        sequence: SequenceId,
        after_days: i64,
        at: TimeOfDay,
        message: MessageId,
        now: Instant,
    ) -> Result<StepId> {
        self.connection.execute(
            "insert into steps (sequence_id, after_days, at_minute, message_id, created_at)
             values (?1, ?2, ?3, ?4, ?5)",
            (sequence, after_days, at.minutes(), message, now),
        )?;
        let id = StepId(self.connection.last_insert_rowid());
        self.look_at_enrolments(sequence)?;
        Ok(id)
    }

    /// Moves a step or gives it another message. Who is past it stays past it, and who got the earlier message does
    /// not get the new one.
    pub fn change_step(
        &self,
        sequence: SequenceId,
        step: StepId,
        after_days: i64,
        at: TimeOfDay,
        message: MessageId,
    ) -> Result<()> {
        self.connection.execute(
            "insert into former_messages (step_id, message_id)
             select id, message_id from steps where id = ?1 and sequence_id = ?2 and message_id <> ?3
             on conflict do nothing",
            (step, sequence, message),
        )?;
        self.connection.execute(
            "update steps set after_days = ?3, at_minute = ?4, message_id = ?5 where id = ?1 and sequence_id = ?2",
            (step, sequence, after_days, at.minutes(), message),
        )?;
        self.look_at_enrolments(sequence)
    }

    pub fn remove_step(&self, sequence: SequenceId, step: StepId, now: Instant) -> Result<()> {
        self.connection.execute(
            "update steps set removed_at = ?3 where id = ?1 and sequence_id = ?2 and removed_at is null",
            (step, sequence, now),
        )?;
        self.look_at_enrolments(sequence)
    }

    /// After an edit: the ticks work out anew when each reader's next step is due. Only noted here, since a sequence may
    /// have a million readers.
    fn look_at_enrolments(&self, sequence: SequenceId) -> Result<()> {
        self.connection.execute("update sequences set look_after = 0 where id = ?1", [sequence])?;
        Ok(())
    }

    /// Makes the next `limit` enrolments of an edited sequence due for a look; `false` when there are none left.
    pub fn look_at_edited(&self, limit: i64) -> Result<bool> {
        self.transaction(|| {
            let edited = self
                .connection
                .prepare_cached("select id, look_after from sequences where look_after is not null limit 1")?
                .query_row([], |row| Ok((row.get::<_, SequenceId>(0)?, row.get::<_, i64>(1)?)))
                .optional()?;
            let Some((sequence, after)) = edited else { return Ok(false) };
            let next =
                "select subscription_id from enrolments where sequence_id = ?1 and subscription_id > ?2
                        order by subscription_id limit ?3";
            let last: Option<i64> = self
                .connection
                .prepare_cached(&format!("select max(subscription_id) from ({next})"))?
                .query_row((sequence, after, limit), |row| row.get(0))?;
            self.connection
                .prepare_cached(
                    "update enrolments set due_at = 0 where sequence_id = ?1 and subscription_id > ?2
                     and subscription_id <= ?3 and state = 'active'",
                )?
                .execute((sequence, after, last))?;
            self.connection
                .prepare_cached("update sequences set look_after = ?2 where id = ?1")?
                .execute((sequence, last))?;
            Ok(true)
        })
    }

    /// Starts every sequence of the list for a reader who just joined: a new occurrence of each.
    pub fn enrol(&self, list: ListId, subscription: SubscriptionId, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into enrolments (sequence_id, subscription_id, occurrence, started_at, due_at, state)
             select q.id, ?2, coalesce((select max(e.occurrence) + 1 from enrolments e
               where e.sequence_id = q.id and e.subscription_id = ?2), 0), ?3, 0, 'active'
             from sequences q where q.list_id = ?1",
            (list, subscription, now),
        )?;
        Ok(())
    }

    /// Ends all ways of a reader who left the list.
    pub fn end_enrolments(&self, subscription: SubscriptionId) -> Result<()> {
        self.connection.execute(
            "update enrolments set state = 'ended', due_at = null where subscription_id = ?1 and state = 'active'",
            [subscription],
        )?;
        Ok(())
    }

    /// Notes when to look at an enrolment again.
    pub fn postpone_enrolment(&self, enrolment: EnrolmentId, due_at: Option<Instant>) -> Result<()> {
        self.connection
            .prepare_cached("update enrolments set due_at = ?2 where id = ?1")?
            .execute((enrolment, due_at))?;
        Ok(())
    }

    /// Hands a step to the ledger and moves the enrolment past it; both or neither.
    pub fn hand_step_to_ledger(
        &self,
        enrolment: &Enrolment,
        step: &Step,
        due: Instant,
        now: Instant,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into deliveries (message_id, subscription_id, occurrence, urgency, state, due_at, created_at)
                 select ?1, ?2, ?3, ?4, 'queued', ?5, ?6 where not exists (
                   select 1 from former_messages f join deliveries d on d.message_id = f.message_id
                   and d.subscription_id = ?2 and d.occurrence = ?3 where f.step_id = ?7)
                 on conflict do nothing",
            )?
            .execute((
                step.message,
                enrolment.subscription,
                enrolment.occurrence,
                Urgency::Normal.number(),
                due,
                now,
                step.id,
            ))?;
        self.connection
            .prepare_cached(
                "update enrolments set done_offset = ?2, done_step = ?3, due_at = 0 where id = ?1",
            )?
            .execute((enrolment.id, step.offset(), step.id))?;
        Ok(())
    }
}
