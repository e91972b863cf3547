//! Sequences, their steps, and how many readers stand where.
//! Not readers' ways (enrolments.rs) and not the edits of steps (step_edits.rs).

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::calendar::TimeOfDay;
use crate::domain::condition::{Condition, Which};
use crate::domain::id::{ListId, MessageId, SequenceId, StepId};
use crate::domain::sequence::{Action, Go, Options, Rejoin, Sequence, Start, StartOn, Step, Timing};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer, is_duplicate};
use crate::texts::errors;

const SEQUENCE: &str = "id, name, title, list_id, start_on, start_ways, start_field, rejoin, backfill_days,
     keeps_closed_days, most_occurrences, paused_at, paused_why, shift";

fn read_sequence(row: &Row<'_>) -> rusqlite::Result<Sequence> {
    let ways: String = row.get(5)?;
    let start = Start {
        on: StartOn::parse(row.get_ref(4)?.as_str()?).unwrap_or(StartOn::Hand),
        ways: ways.split(',').filter(|way| !way.is_empty()).map(str::to_string).collect(),
        field: row.get(6)?,
    };
    let options = Options {
        start,
        rejoin: Rejoin::parse(row.get_ref(7)?.as_str()?).unwrap_or_default(),
        backfill_days: row.get(8)?,
        keeps_closed_days: row.get(9)?,
        most_occurrences: row.get(10)?,
    };
    Ok(Sequence {
        id: row.get(0)?,
        name: row.get(1)?,
        title: row.get(2)?,
        list: row.get(3)?,
        options,
        paused_at: row.get(11)?,
        paused_why: row.get(12)?,
        shift: row.get(13)?,
    })
}

pub(super) const STEP: &str =
    "id, position, timing, message_id, action, go_then, go_otherwise, since, reaches_past, condition";

pub(super) fn read_step(row: &Row<'_>) -> rusqlite::Result<Step> {
    let go = |column: usize| {
        Ok::<Go, rusqlite::Error>(Go::parse(row.get_ref(column)?.as_str()?).unwrap_or_default())
    };
    // What only a newer program can have written is far away, not now.
    let unknown = Timing::AfterStart { days: 36_600, at: TimeOfDay::from_minutes(0) };
    Ok(Step {
        id: row.get(0)?,
        position: row.get(1)?,
        timing: serde_json::from_str(row.get_ref(2)?.as_str()?).unwrap_or(unknown),
        message: row.get(3)?,
        action: Action::parse(row.get_ref(4)?.as_str()?).unwrap_or(Action::Wait),
        then: go(5)?,
        otherwise: go(6)?,
        since: row.get(7)?,
        reaches_past: row.get(8)?,
        condition: match row.get_ref(9)?.as_str()? {
            "" => None,
            json => Some(Condition::stored(json)),
        },
    })
}

/// How many readers stand before a step, by what holds them.
#[derive(Clone, Debug, Default)]
pub struct Places {
    counts: BTreeMap<(String, StepId), i64>,
}

impl Places {
    /// Before this step, not held by anything.
    pub fn before(&self, step: StepId) -> i64 {
        self.counts.get(&(String::new(), step)).copied().unwrap_or(0)
    }

    /// Held at this step for this reason.
    pub fn held_at(&self, hold: &str, step: StepId) -> i64 {
        self.counts.get(&(hold.to_string(), step)).copied().unwrap_or(0)
    }

    /// Held anywhere for this reason.
    pub fn held(&self, hold: &str) -> i64 {
        self.counts.iter().filter(|((other, _), _)| other == hold).map(|(_, count)| count).sum()
    }
}

impl Reader {
    pub fn sequences(&self) -> Result<Vec<Sequence>> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {SEQUENCE} from sequences order by id"))?;
        Ok(statement.query_map([], read_sequence)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn sequences_of_list(&self, list: ListId) -> Result<Vec<Sequence>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("select {SEQUENCE} from sequences where list_id = ?1 order by id"))?;
        Ok(statement.query_map([list], read_sequence)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn sequence_named(&self, name: &str) -> Result<Sequence> {
        let found = self.connection.query_row(
            &format!(
                "select {SEQUENCE} from sequences where name = ?1 or cast(id as text) = ?1 order by name = ?1 desc"
            ),
            [name],
            read_sequence,
        );
        found.optional()?.ok_or_else(|| Error::not_found(errors::SEQUENCE_NOT_FOUND).with("name", name))
    }

    pub fn sequence(&self, id: SequenceId) -> Result<Sequence> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {SEQUENCE} from sequences where id = ?1"))?;
        let found = statement.query_row([id], read_sequence).optional()?;
        found.ok_or_else(|| Error::not_found(errors::SEQUENCE_NOT_FOUND).with("name", id.to_string()))
    }

    /// The steps in their order.
    pub fn steps(&self, sequence: SequenceId) -> Result<Vec<Step>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {STEP} from steps where sequence_id = ?1 and removed_at is null order by position, id"
        ))?;
        Ok(statement.query_map([sequence], read_step)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn step(&self, sequence: SequenceId, step: StepId) -> Result<Option<Step>> {
        let found = self.connection.query_row(
            &format!("select {STEP} from steps where id = ?1 and sequence_id = ?2 and removed_at is null"),
            (step, sequence),
            read_step,
        );
        Ok(found.optional()?)
    }

    /// Every message that a step ever had: the present one and what it said before.
    pub fn messages_of_step(&self, step: StepId) -> Result<Vec<MessageId>> {
        let mut statement = self.connection.prepare_cached(
            "select message_id from steps where id = ?1 union select message_id from former_messages where step_id = ?1",
        )?;
        Ok(statement.query_map([step], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// A condition in which a step's mail stands for all that the step ever said: who opened the earlier wording opened
    /// the step.
    pub fn with_former_messages(&self, condition: &Condition) -> Result<Condition> {
        let all = |parts: &[Condition]| -> Result<Vec<Condition>> {
            parts.iter().map(|part| self.with_former_messages(part)).collect()
        };
        Ok(match condition {
            Condition::All(parts) => Condition::All(all(parts)?),
            Condition::Any(parts) => Condition::Any(all(parts)?),
            Condition::Not(part) => Condition::Not(Box::new(self.with_former_messages(part)?)),
            Condition::Opened(Which::Message(id)) => self.any_of(*id, Condition::Opened)?,
            Condition::Clicked(Which::Message(id)) => self.any_of(*id, Condition::Clicked)?,
            other => other.clone(),
        })
    }

    fn any_of(&self, message: MessageId, test: fn(Which) -> Condition) -> Result<Condition> {
        let mut statement = self.connection.prepare_cached(
            "select id from steps where message_id = ?1 union select step_id from former_messages where message_id = ?1",
        )?;
        let step: Option<StepId> = statement.query_row([message], |row| row.get(0)).optional()?;
        let messages = match step {
            Some(step) => self.messages_of_step(step)?,
            None => vec![message],
        };
        Ok(Condition::Any(messages.into_iter().map(|id| test(Which::Message(id))).collect()))
    }

    /// How many mails of a step went out, whatever it said at the time.
    pub fn sent_of_step(&self, step: StepId) -> Result<i64> {
        let messages = self.messages_of_step(step)?;
        messages.into_iter().map(|message| self.ledger(message).map(|ledger| ledger.sent)).sum()
    }

    /// The sequence of which a message is a step, or an earlier wording of one.
    pub fn sequence_of_message(&self, message: MessageId) -> Result<Option<SequenceId>> {
        let mut statement = self.connection.prepare_cached(
            "select sequence_id from steps where message_id = ?1 union select s.sequence_id
             from former_messages f join steps s on s.id = f.step_id where f.message_id = ?1",
        )?;
        Ok(statement.query_row([message], |row| row.get(0)).optional()?)
    }

    /// How many of its mails are in the ledger and still to go.
    pub fn waiting_of_sequence(&self, sequence: SequenceId) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(
            "select coalesce(sum(count), 0) from delivery_counts where state in ('queued', 'deferred', 'sending')
             and message_id in (select message_id from steps where sequence_id = ?1 union
               select f.message_id from former_messages f join steps s on s.id = f.step_id where s.sequence_id = ?1)",
        )?;
        Ok(statement.query_row([sequence], |row| row.get(0))?)
    }

    /// How many readers are on their way through a sequence.
    pub fn active_enrolments(&self, sequence: SequenceId) -> Result<i64> {
        Ok(self.connection.query_row(
            "select coalesce(sum(on_their_way), 0) from enrolment_counts where sequence_id = ?1",
            [sequence],
            |row| row.get(0),
        )?)
    }

    /// Where they stand.
    pub fn places(&self, sequence: SequenceId) -> Result<Places> {
        let mut statement = self.connection.prepare_cached(
            "select hold, step_id, count from enrolment_places where sequence_id = ?1 and count <> 0",
        )?;
        let rows = statement.query_map([sequence], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        Ok(Places { counts: rows.collect::<rusqlite::Result<_>>()? })
    }

    /// Which sequences lead to which.
    pub fn sequence_leads(&self) -> Result<BTreeMap<SequenceId, BTreeSet<SequenceId>>> {
        let mut statement = self.connection.prepare_cached(
            "select sequence_id, go_then, go_otherwise from steps
             where removed_at is null and (go_then like 'sequence:%' or go_otherwise like 'sequence:%')",
        )?;
        let mut leads: BTreeMap<SequenceId, BTreeSet<SequenceId>> = BTreeMap::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in [1, 2] {
                if let Some(Go::Sequence(target)) =
                    Go::parse(row.get_ref(column)?.as_str().unwrap_or_default())
                {
                    leads.entry(row.get(0)?).or_default().insert(target);
                }
            }
        }
        Ok(leads)
    }
}

impl Writer {
    pub fn add_sequence(
        &self,
        name: &str,
        title: &str,
        list: ListId,
        options: &Options,
        now: Instant,
    ) -> Result<SequenceId> {
        let added = self.connection.execute(
            "insert into sequences (name, title, list_id, created_at) values (?1, ?2, ?3, ?4)",
            (name, title, list, now),
        );
        match added {
            Ok(_) => {
                let id = SequenceId(self.connection.last_insert_rowid());
                self.put_sequence_options(id, title, options)?;
                Ok(id)
            }
            Err(cause) if is_duplicate(&cause) => {
                Err(Error::invalid(errors::NAME_ALREADY_USED).with("name", name).on("name"))
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Title and options; where everybody stands is worked out anew.
    pub fn put_sequence_options(&self, id: SequenceId, title: &str, options: &Options) -> Result<()> {
        self.connection.execute(
            "update sequences set title = ?2, start_on = ?3, start_ways = ?4, start_field = ?5, rejoin = ?6,
               backfill_days = ?7, keeps_closed_days = ?8, most_occurrences = ?9 where id = ?1",
            (
                id,
                title,
                options.start.on.word(),
                options.start.ways.join(","),
                &options.start.field,
                options.rejoin.word(),
                options.backfill_days,
                options.keeps_closed_days,
                options.most_occurrences,
            ),
        )?;
        self.look_at_enrolments(id)
    }

    /// Stops everybody where she is. `why` is empty when the owner did it.
    pub fn pause_sequence(&self, id: SequenceId, why: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "update sequences set paused_at = ?2, paused_why = ?3 where id = ?1 and paused_at is null",
            (id, now, why),
        )?;
        Ok(())
    }

    /// Lets everybody go on; with `shifts` as if the time of the pause had not been.
    pub fn resume_sequence(&self, id: SequenceId, shifts: bool, now: Instant) -> Result<()> {
        self.connection.execute(
            "update sequences set shift = shift + iif(?2, max(?3 - paused_at, 0), 0), paused_at = null, paused_why = ''
             where id = ?1 and paused_at is not null",
            (id, shifts, now),
        )?;
        self.look_at_enrolments(id)
    }

    /// After an edit: the ticks work out anew when each reader's next step is due. Only noted here, since a sequence may
    /// have a million readers.
    pub(super) fn look_at_enrolments(&self, sequence: SequenceId) -> Result<()> {
        self.connection.execute(
            "update sequences set look_after = 0, is_dated = start_on in ('date', 'birthday') or exists (
               select 1 from steps where sequence_id = sequences.id and removed_at is null
               and timing like '{\"around_field\"%') where id = ?1",
            [sequence],
        )?;
        Ok(())
    }

    /// The same for all, after a setting that moves days and hours.
    pub(super) fn look_at_all_enrolments(&self) -> Result<()> {
        self.connection.execute("update sequences set look_after = 0", [])?;
        Ok(())
    }

    /// Makes the next `limit` enrolments of an edited sequence due for a look; `false` when there are none left. Whoever
    /// was held by something else than the owner is looked at anew.
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
                    "update enrolments set due_at = 0, hold = '' where sequence_id = ?1 and subscription_id > ?2
                     and subscription_id <= ?3 and state = 'active' and hold <> 'paused'",
                )?
                .execute((sequence, after, last))?;
            self.connection
                .prepare_cached("update sequences set look_after = ?2 where id = ?1")?
                .execute((sequence, last))?;
            Ok(true)
        })
    }
}
