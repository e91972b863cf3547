//! Readers of a list who were there before a sequence, or before somebody thought of it: brought in by ticks, in pieces.
//! Not those who join (enrolments.rs).

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::calendar::{self, Zone};
use crate::domain::id::{EnrolmentId, SequenceId, StepId, SubscriptionId};
use crate::domain::sequence::{Progress, Sequence, Step, Timing};
use crate::domain::subscriber::{Subscription, SubscriptionState};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// From when days are counted for who is brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedFrom {
    Now,
    /// The day on which she joined the list: what is past by now goes only within the back-fill window.
    Joined,
}

impl CountedFrom {
    pub fn word(self) -> &'static str {
        match self {
            CountedFrom::Now => "now",
            CountedFrom::Joined => "joined",
        }
    }

    pub fn parse(word: &str) -> Option<CountedFrom> {
        [CountedFrom::Now, CountedFrom::Joined].into_iter().find(|from| from.word() == word)
    }
}

/// How a reader is brought in.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub counted_from: CountedFrom,
    /// The step at which she begins; what is before it is behind her.
    pub at: Option<StepId>,
}

impl Reader {
    /// Whether readers are still being brought in.
    pub fn has_open_entry(&self, sequence: SequenceId) -> Result<bool> {
        Ok(self.connection.query_row(
            "select exists (select 1 from sequence_entries where is_done = 0 and sequence_id = ?1)",
            [sequence],
            |row| row.get(0),
        )?)
    }
}

impl Writer {
    /// Brings one reader in; refused when she is inside already or has been through as often as she may.
    pub fn bring_in(
        &self,
        sequence: &Sequence,
        reader: &Subscription,
        entry: Entry,
        zone: Zone,
        now: Instant,
    ) -> Result<Option<EnrolmentId>> {
        if reader.list != sequence.list || reader.state != SubscriptionState::Confirmed {
            return Err(Error::not_found(errors::SUBSCRIBER_NOT_FOUND).on("email"));
        }
        let progress = self.entry_point(sequence.id, reader, entry, zone, now)?;
        self.transaction(|| match self.begin_again(sequence, reader.id, &progress, now)? {
            true => Ok(self.latest_enrolment(sequence.id, reader.id)?.map(|one| one.id)),
            false => Ok(None),
        })
    }

    fn entry_point(
        &self,
        sequence: SequenceId,
        reader: &Subscription,
        entry: Entry,
        zone: Zone,
        now: Instant,
    ) -> Result<Progress> {
        let start = match entry.counted_from {
            CountedFrom::Now => now,
            CountedFrom::Joined => reader.joined_at.unwrap_or(now),
        };
        let mut progress = Progress::begun(start, now);
        let steps = self.steps(sequence)?;
        if let Some(first) = entry.at.and_then(|id| steps.iter().find(|step| step.id == id)) {
            begin_at(&mut progress, first, &steps);
            // Its day is today, and the later ones keep their distance from it.
            if let (CountedFrom::Now, Timing::AfterStart { days, .. }) = (entry.counted_from, &first.timing) {
                progress.start = calendar::days_later(now, -days, zone);
            }
        }
        Ok(progress)
    }

    /// All confirmed readers of the list who are not inside, by the ticks to come.
    pub fn begin_entry(&self, sequence: &Sequence, entry: Entry, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into sequence_entries (sequence_id, counted_from, step_id, at, written_until)
             select ?1, ?2, ?3, ?4, coalesce(max(id), 0) from subscriptions where list_id = ?5",
            (sequence.id, entry.counted_from.word(), entry.at.unwrap_or(StepId(0)), now, sequence.list),
        )?;
        Ok(())
    }

    /// Brings in the next `limit` readers of an open entry; `false` when there is none.
    pub fn continue_entry(&self, zone: Zone, limit: i64, now: Instant) -> Result<bool> {
        self.transaction(|| {
            let open = self
                .connection
                .prepare_cached(
                    "select id, sequence_id, counted_from, step_id, written_to, written_until from sequence_entries
                     where is_done = 0 order by id limit 1",
                )?
                .query_row([], |row| {
                    let from = CountedFrom::parse(row.get_ref(2)?.as_str()?).unwrap_or(CountedFrom::Now);
                    let entry = Entry { counted_from: from, at: Some(row.get::<_, StepId>(3)?) };
                    Ok((row.get::<_, i64>(0)?, row.get(1)?, entry, row.get(4)?, row.get(5)?))
                })
                .optional()?;
            let Some((id, sequence, entry, after, until)) = open else { return Ok(false) };
            self.bring_in_chunk(id, sequence, entry, (after, until), zone, limit, now)?;
            Ok(true)
        })
    }

    #[expect(clippy::too_many_arguments, reason = "one row of sequence_entries, and what a look needs")]
    fn bring_in_chunk(
        &self,
        id: i64,
        sequence: SequenceId,
        entry: Entry,
        (after, until): (SubscriptionId, SubscriptionId),
        zone: Zone,
        limit: i64,
        now: Instant,
    ) -> Result<()> {
        let sequence = self.sequence(sequence)?;
        let chunk: Vec<SubscriptionId> = self
            .connection
            .prepare_cached(
                "select id from subscriptions where list_id = ?1 and state = 'confirmed' and id > ?2 and id <= ?3
                 order by id limit ?4",
            )?
            .query_map((sequence.list, after, until, limit), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut brought = 0;
        for subscription in &chunk {
            if let Some(reader) = self.subscription(*subscription)? {
                brought += i64::from(self.bring_in(&sequence, &reader, entry, zone, now)?.is_some());
            }
        }
        self.connection
            .prepare_cached(
                "update sequence_entries set written_to = coalesce(?2, written_to), brought = brought + ?3, is_done = ?2 is null
                 where id = ?1",
            )?
            .execute((id, chunk.last(), brought))?;
        Ok(())
    }
}

/// What stands before the first step is behind her.
fn begin_at(progress: &mut Progress, first: &Step, steps: &[Step]) {
    for step in steps.iter().take_while(|step| step.position < first.position) {
        progress.done.add(step.id);
    }
    progress.cursor = first.position - 1;
}
