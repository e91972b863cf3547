//! Readers' ways through sequences: how they begin, where they stand, how they end.
//! Not the rules (domain/sequence) and not the looks at them (mail/ways).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::delivery::Urgency;
use crate::domain::id::{EnrolmentId, ListId, SequenceId, StepId, SubscriptionId};
use crate::domain::sequence::{Done, Progress, Rejoin, Sequence, StartOn, Step};
use crate::error::Result;
use crate::store::{Reader, Writer};

/// One reader's way through one sequence.
#[derive(Clone, Debug)]
pub struct Enrolment {
    pub id: EnrolmentId,
    pub sequence: SequenceId,
    pub subscription: SubscriptionId,
    /// Each way of hers through this sequence has its own; of birthdays it is the year.
    pub occurrence: i64,
    pub progress: Progress,
    /// The sequence's shift that is in the times of `progress`.
    pub shift_base: i64,
    pub due_at: Option<Instant>,
    pub next_step: StepId,
    pub is_active: bool,
    pub hold: Hold,
    pub held_at: Option<Instant>,
    pub why: String,
}

impl Enrolment {
    /// Moves her clock on by the pauses of the whole sequence that are not in it yet. Who came in during a pause after
    /// which the dates were kept has nothing to move.
    pub fn catch_up(&mut self, sequence: &Sequence) {
        self.progress.shift((sequence.shift - self.shift_base).max(0));
        self.shift_base = sequence.shift;
    }
}

/// What keeps a reader from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Nothing,
    /// The owner paused her.
    Paused,
    /// A step waits for the owner.
    Waiting,
    /// A date is missing or does not read.
    NoDate,
    /// The whole sequence stands still.
    Sequence,
}

impl Hold {
    pub const ALL: [Hold; 5] = [Hold::Nothing, Hold::Paused, Hold::Waiting, Hold::NoDate, Hold::Sequence];

    pub fn word(self) -> &'static str {
        match self {
            Hold::Nothing => "",
            Hold::Paused => "paused",
            Hold::Waiting => "waiting",
            Hold::NoDate => "no-date",
            Hold::Sequence => "sequence",
        }
    }

    pub fn parse(word: &str) -> Option<Hold> {
        Hold::ALL.into_iter().find(|hold| hold.word() == word)
    }
}

/// Where a look left her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// The next step, and when to look again.
    Due(StepId, Instant),
    /// No step is left; perhaps look again then.
    Through(Option<Instant>),
    /// Held before a step, and why in words.
    Held(Hold, StepId, String),
    /// Over.
    Ended(&'static str),
}

pub(super) const COLUMNS: &str =
    "id, sequence_id, subscription_id, occurrence, started_at, entered_at, last_at, cursor, done,
     shift_base, due_at, next_step, state, hold, held_at, why";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Enrolment> {
    Ok(Enrolment {
        id: row.get(0)?,
        sequence: row.get(1)?,
        subscription: row.get(2)?,
        occurrence: row.get(3)?,
        progress: Progress {
            start: row.get(4)?,
            entered: row.get(5)?,
            last: row.get(6)?,
            cursor: row.get(7)?,
            done: Done::parse(row.get_ref(8)?.as_str()?),
        },
        shift_base: row.get(9)?,
        due_at: row.get(10)?,
        next_step: row.get(11)?,
        is_active: row.get_ref(12)?.as_str()? == "active",
        hold: Hold::parse(row.get_ref(13)?.as_str()?).unwrap_or(Hold::Paused),
        held_at: row.get(14)?,
        why: row.get(15)?,
    })
}

impl Reader {
    /// Ways to look at, the earliest first.
    pub fn due_enrolments(&self, now: Instant, limit: i64) -> Result<Vec<Enrolment>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from enrolments where state = 'active' and due_at is not null and due_at <= ?1
             order by due_at limit ?2"
        ))?;
        Ok(statement.query_map((now, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn enrolment(&self, id: EnrolmentId) -> Result<Option<Enrolment>> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from enrolments where id = ?1"))?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// The latest way of a reader through a sequence.
    pub fn latest_enrolment(
        &self,
        sequence: SequenceId,
        subscription: SubscriptionId,
    ) -> Result<Option<Enrolment>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from enrolments where sequence_id = ?1 and subscription_id = ?2
             order by occurrence desc limit 1"
        ))?;
        Ok(statement.query_row((sequence, subscription), read).optional()?)
    }

    /// A reader's ways on one list, the latest first.
    pub fn enrolments_of(&self, subscription: SubscriptionId, limit: i64) -> Result<Vec<Enrolment>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from enrolments where subscription_id = ?1 order by id desc limit ?2"
        ))?;
        Ok(statement.query_map((subscription, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Readers who are in a sequence, those with a number above `after`; also those for whom no step is left.
    pub fn enrolments_page(
        &self,
        sequence: SequenceId,
        after: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<Enrolment>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from enrolments where sequence_id = ?1 and subscription_id > ?2 and state = 'active'
             order by subscription_id limit ?3"
        ))?;
        Ok(statement.query_map((sequence, after, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Readers held for one reason, those with a number above `after`.
    pub fn held_enrolments(
        &self,
        sequence: SequenceId,
        hold: Hold,
        after: EnrolmentId,
        limit: i64,
    ) -> Result<Vec<Enrolment>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from enrolments where sequence_id = ?1 and hold = ?2 and id > ?3
             and state = 'active' and hold <> '' order by id limit ?4"
        ))?;
        let rows = statement.query_map((sequence, hold.word(), after, limit), read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How a reader came onto the list, by her latest consent.
    fn way_of(&self, subscription: SubscriptionId) -> Result<String> {
        let mut statement = self
            .connection
            .prepare_cached("select way from consents where subscription_id = ?1 order by id desc limit 1")?;
        Ok(statement.query_row([subscription], |row| row.get(0)).optional()?.unwrap_or_default())
    }
}

impl Writer {
    /// Starts the sequences of the list for a reader who just joined, each as its owner chose.
    pub fn enrol(&self, list: ListId, subscription: SubscriptionId, now: Instant) -> Result<()> {
        self.enrol_in(&self.sequences_of_list(list)?, subscription, now)
    }

    /// The same where the list's sequences are known: an import brings thousands of readers.
    pub fn enrol_in(&self, sequences: &[Sequence], subscription: SubscriptionId, now: Instant) -> Result<()> {
        if sequences.is_empty() {
            return Ok(());
        }
        let way = self.way_of(subscription)?;
        for sequence in sequences.iter().filter(|sequence| sequence.options.start.begins_by(&way)) {
            self.begin_or_go_on(sequence, subscription, now)?;
        }
        Ok(())
    }

    fn begin_or_go_on(&self, sequence: &Sequence, subscription: SubscriptionId, now: Instant) -> Result<()> {
        let Some(before) = self.latest_enrolment(sequence.id, subscription)? else {
            return self.begin(sequence, subscription, 0, &Progress::begun(now, now), now);
        };
        if before.is_active {
            return Ok(());
        }
        // A birthday comes once a year, however often she comes and goes.
        let goes_on =
            sequence.options.start.on == StartOn::Birthday || sequence.options.rejoin == Rejoin::Continue;
        match sequence.options.rejoin {
            Rejoin::Ignore => Ok(()),
            _ if goes_on => self.go_on_after_absence(&before, now),
            _ => self.begin_again(sequence, subscription, &Progress::begun(now, now), now).map(|_| ()),
        }
    }

    /// A further way of a reader; `false` when she has had as many as the sequence allows.
    pub fn begin_again(
        &self,
        sequence: &Sequence,
        subscription: SubscriptionId,
        progress: &Progress,
        now: Instant,
    ) -> Result<bool> {
        let before = self.latest_enrolment(sequence.id, subscription)?;
        let (count, occurrence) = self
            .connection
            .prepare_cached(
                "select count(*), coalesce(max(occurrence) + 1, 0) from enrolments
                 where sequence_id = ?1 and subscription_id = ?2",
            )?
            .query_row((sequence.id, subscription), |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        // The year of a birthday is known when her field has been read.
        let occurrence = if sequence.options.start.on == StartOn::Birthday { 0 } else { occurrence };
        let is_inside = before.is_some_and(|before| before.is_active);
        if is_inside || count >= sequence.options.most_occurrences {
            return Ok(false);
        }
        self.begin(sequence, subscription, occurrence, progress, now)?;
        Ok(true)
    }

    /// A way begins: the next tick looks at it.
    pub fn begin(
        &self,
        sequence: &Sequence,
        subscription: SubscriptionId,
        occurrence: i64,
        progress: &Progress,
        now: Instant,
    ) -> Result<()> {
        // Who comes in while everybody stands still waits only for the rest of that time.
        let shift_base = sequence.shift + sequence.paused_at.map_or(0, |since| (now - since).max(0));
        self.connection
            .prepare_cached(
                "insert into enrolments (sequence_id, subscription_id, occurrence, started_at, entered_at, last_at,
                   cursor, done, shift_base, due_at, state)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 'active') on conflict do nothing",
            )?
            .execute((
                sequence.id,
                subscription,
                occurrence,
                progress.start,
                progress.entered,
                progress.last,
                progress.cursor,
                progress.done.words(),
                shift_base,
            ))?;
        Ok(())
    }

    /// She left and is back: where she was, as if she had not been away. Who had come to an end stays there.
    fn go_on_after_absence(&self, before: &Enrolment, now: Instant) -> Result<()> {
        self.connection.execute(
            "update enrolments set state = 'active', due_at = 0, hold = '', why = '',
               started_at = started_at + max(?2 - ended_at, 0), last_at = last_at + max(?2 - ended_at, 0), ended_at = null
             where id = ?1 and state = 'ended' and why in ('left', 'reader')",
            (before.id, now),
        )?;
        Ok(())
    }

    /// Ends all ways of a reader who left the list.
    pub fn end_enrolments(&self, subscription: SubscriptionId, now: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "update enrolments set state = 'ended', due_at = null, next_step = 0, hold = '', why = 'left', ended_at = ?2
                 where subscription_id = ?1 and state = 'active'",
            )?
            .execute((subscription, now))?;
        Ok(())
    }

    /// Ends one way; what waits of it in the ledger is not sent, and what may have arrived is not sent again.
    pub fn end_enrolment(&self, enrolment: &Enrolment, why: &'static str, now: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "update enrolments set state = 'ended', due_at = null, next_step = 0, hold = '', why = ?2, ended_at = ?3
                 where id = ?1 and state = 'active'",
            )?
            .execute((enrolment.id, why, now))?;
        self.connection
            .prepare_cached(
                "update deliveries set state = iif(may_have_arrived, 'unsure', 'suppressed'), done_at = ?3,
                   reply = 'left the sequence'
                 where subscription_id = ?1 and occurrence = ?4
                   and (state in ('queued', 'deferred') or (state = 'unsure' and done_at is null)) and message_id in (
                   select message_id from steps where sequence_id = ?2
                   union select f.message_id from former_messages f join steps s on s.id = f.step_id
                     where s.sequence_id = ?2)",
            )?
            .execute((enrolment.subscription, enrolment.sequence, now, enrolment.occurrence))?;
        self.forget_withheld_mails()
    }

    /// Writes down what a look found.
    pub fn save_enrolment(&self, enrolment: &Enrolment, stand: &Stand, now: Instant) -> Result<()> {
        let (state, due_at, next_step, hold, why) = match stand {
            Stand::Due(step, due) => ("active", Some(*due), *step, Hold::Nothing, ""),
            Stand::Through(again) => ("active", *again, StepId(0), Hold::Nothing, ""),
            Stand::Held(hold, step, why) => ("active", None, *step, *hold, why.as_str()),
            Stand::Ended(why) => ("ended", None, StepId(0), Hold::Nothing, *why),
        };
        let progress = &enrolment.progress;
        self.connection
            .prepare_cached(
                "update enrolments set started_at = ?2, entered_at = ?3, last_at = ?4, cursor = ?5, done = ?6,
                   shift_base = ?7, state = ?8, due_at = ?9, next_step = ?10, hold = ?11, why = ?12,
                   held_at = iif(?11 <> '', ?13, null), ended_at = iif(?8 = 'ended', ?13, null), occurrence = ?14
                 where id = ?1",
            )?
            .execute(rusqlite::params![
                enrolment.id,
                progress.start,
                progress.entered,
                progress.last,
                progress.cursor,
                progress.done.words(),
                enrolment.shift_base,
                state,
                due_at,
                next_step,
                hold.word(),
                why,
                now,
                enrolment.occurrence,
            ])?;
        Ok(())
    }

    /// Hands a step's mail to the ledger. The caller puts the step behind her in the same transaction.
    pub fn queue_step(&self, enrolment: &Enrolment, step: &Step, due: Instant, now: Instant) -> Result<()> {
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
        Ok(())
    }

    /// Stops one reader where she is; `false` if she is not on her way or stands still already. If everybody stands still,
    /// for how long that had been so before is kept in `why`: her own pause begins now.
    pub fn pause_enrolment(&self, id: EnrolmentId, now: Instant) -> Result<bool> {
        let Some(mut enrolment) = self.enrolment(id)?.filter(|one| one.is_active && one.hold != Hold::Paused)
        else {
            return Ok(false);
        };
        let sequence = self.sequence(enrolment.sequence)?;
        if sequence.shift > enrolment.shift_base {
            enrolment.catch_up(&sequence);
        }
        let waited = enrolment.shift_base - sequence.shift;
        let before = sequence.paused_at.map_or(0, |since| now - since - waited).max(0);
        let stand = Stand::Held(Hold::Paused, enrolment.next_step, before.to_string());
        self.save_enrolment(&enrolment, &stand, now)?;
        Ok(true)
    }

    /// Lets a paused reader go on; with `shifts` as if the time of the pause had not been. What of it lay in a pause of
    /// everybody is counted once: there, if that moved the dates on, else here.
    pub fn resume_enrolment(&self, id: EnrolmentId, shifts: bool, now: Instant) -> Result<bool> {
        let Some(mut enrolment) = self.enrolment(id)?.filter(|one| one.is_active && one.hold == Hold::Paused)
        else {
            return Ok(false);
        };
        if shifts {
            let sequence = self.sequence(enrolment.sequence)?;
            let since = enrolment.held_at.unwrap_or(now);
            let before: i64 = enrolment.why.parse().unwrap_or(0);
            // Pauses of everybody that are over: her clock catches up with them at the next look.
            let counted = (sequence.shift - enrolment.shift_base - before).max(0);
            enrolment.progress.shift((now - since - counted).max(0));
            // One that still lasts: the part of it that lies in hers is counted already.
            let overlap = sequence.paused_at.map_or(0, |paused| now - paused.max(since));
            enrolment.shift_base += overlap.max(0);
        }
        let next = Stand::Due(enrolment.next_step, 0);
        self.save_enrolment(&enrolment, &next, now)?;
        Ok(true)
    }
}
