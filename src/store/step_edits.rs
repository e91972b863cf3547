//! Edits of steps, each with what was there before, so that it can be undone.
//! Not what an edit means for who is inside (domain/sequence) and not the page that asks first (web/admin).

use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::domain::condition::Condition;
use crate::domain::id::{MessageId, SequenceId, StepEditId, StepId};
use crate::domain::sequence::{
    Draft, Go, MOST_STEPS, Place, Reach, Step, check_jumps, find_loop, place_by_day, position_between,
};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// One edit, for the history.
#[derive(Clone, Debug)]
pub struct StepEdit {
    pub id: StepEditId,
    pub step: StepId,
    pub at: Instant,
    /// `added`, `changed`, `removed`.
    pub what: String,
    pub is_undone: bool,
    /// The message that the step has now.
    pub message: MessageId,
}

/// A step's row as it was.
#[derive(Serialize, Deserialize)]
struct Before {
    position: i64,
    timing: String,
    condition: String,
    message: i64,
    action: String,
    go_then: String,
    go_otherwise: String,
    since: Instant,
    reaches_past: bool,
    is_removed: bool,
}

impl Reader {
    /// The latest edits of a sequence, the newest first.
    pub fn step_edits(&self, sequence: SequenceId, limit: i64) -> Result<Vec<StepEdit>> {
        let mut statement = self.connection.prepare_cached(
            "select e.id, e.step_id, e.at, e.what, e.undone_at is not null, s.message_id
             from step_edits e join steps s on s.id = e.step_id where e.sequence_id = ?1 order by e.id desc limit ?2",
        )?;
        let rows = statement.query_map((sequence, limit), |row| {
            Ok(StepEdit {
                id: row.get(0)?,
                step: row.get(1)?,
                at: row.get(2)?,
                what: row.get(3)?,
                is_undone: row.get(4)?,
                message: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn step_row(&self, step: StepId) -> Result<Before> {
        let read = |row: &Row<'_>| {
            Ok(Before {
                position: row.get(0)?,
                timing: row.get(1)?,
                condition: row.get(2)?,
                message: row.get(3)?,
                action: row.get(4)?,
                go_then: row.get(5)?,
                go_otherwise: row.get(6)?,
                since: row.get(7)?,
                reaches_past: row.get(8)?,
                is_removed: row.get(9)?,
            })
        };
        let mut statement = self.connection.prepare_cached(
            "select position, timing, condition, message_id, action, go_then, go_otherwise, since, reaches_past,
               removed_at is not null from steps where id = ?1",
        )?;
        Ok(statement.query_row([step], read)?)
    }
}

impl Writer {
    pub fn add_step(
        &self,
        sequence: SequenceId,
        draft: &Draft,
        place: Place,
        reach: Reach,
        now: Instant,
    ) -> Result<StepId> {
        self.transaction(|| {
            let steps = self.steps(sequence)?;
            if steps.len() >= MOST_STEPS {
                return Err(Error::invalid(errors::TOO_MANY_STEPS).with("limit", MOST_STEPS.to_string()));
            }
            let place = if place == Place::Stay { Place::ByDay } else { place };
            let position = self.new_position(sequence, &steps, place, draft)?;
            self.connection.execute(
                "insert into steps (sequence_id, position, message_id, timing, since) values (?1, ?2, ?3, '', ?4)",
                (sequence, position, draft.message, now),
            )?;
            let id = StepId(self.connection.last_insert_rowid());
            self.put_draft(id, draft)?;
            self.put_reach(id, reach, now)?;
            self.note_edit(sequence, id, "added", "", now)?;
            self.check_leads(sequence)?;
            Ok(id)
        })
    }

    /// Changes what a step is and, with another place or time, for whom. Who got it, whatever it said, does not get it
    /// again.
    pub fn change_step(
        &self,
        sequence: SequenceId,
        id: StepId,
        draft: &Draft,
        place: Place,
        reach: Reach,
        now: Instant,
    ) -> Result<()> {
        self.transaction(|| {
            let steps = self.steps(sequence)?;
            let unknown = || Error::not_found(errors::STEP_NOT_FOUND);
            let old = steps.iter().find(|step| step.id == id).ok_or_else(unknown)?;
            let before = self.before_json(id)?;
            self.connection.execute(
                "insert into former_messages (step_id, message_id)
                 select id, message_id from steps where id = ?1 and message_id <> ?2 on conflict do nothing",
                (id, draft.message),
            )?;
            self.put_draft(id, draft)?;
            let is_moved = self.move_step(sequence, old, &steps, place, draft)?;
            if is_moved || old.timing != draft.timing {
                self.put_reach(id, reach, now)?;
            }
            self.note_edit(sequence, id, "changed", &before, now)?;
            self.check_leads(sequence)
        })
    }

    pub fn remove_step(&self, sequence: SequenceId, id: StepId, now: Instant) -> Result<()> {
        self.transaction(|| {
            let before = self.before_json(id)?;
            let removed = self.connection.execute(
                "update steps set removed_at = ?3 where id = ?1 and sequence_id = ?2 and removed_at is null",
                (id, sequence, now),
            )?;
            if removed == 1 {
                self.note_edit(sequence, id, "removed", &before, now)?;
            }
            self.check_leads(sequence)
        })
    }

    /// Puts a step back to what it was before an edit. What went out stays out; nobody gets it twice.
    pub fn undo_edit(&self, sequence: SequenceId, edit: StepEditId, now: Instant) -> Result<()> {
        self.transaction(|| {
            let (step, before) = self.edit_to_undo(sequence, edit)?;
            match before {
                None => {
                    self.connection.execute("update steps set removed_at = ?2 where id = ?1", (step, now))?;
                }
                Some(before) => self.put_row(step, &before, now)?,
            }
            self.connection.execute("update step_edits set undone_at = ?2 where id = ?1", (edit, now))?;
            self.look_at_enrolments(sequence)?;
            self.check_leads(sequence)
        })
    }

    /// The step of an edit and what it was; refused when a later edit of that step stands.
    fn edit_to_undo(&self, sequence: SequenceId, edit: StepEditId) -> Result<(StepId, Option<Before>)> {
        let found: Option<(StepId, String, bool)> = self
            .connection
            .query_row(
                "select step_id, before, exists (select 1 from step_edits later where later.step_id = e.step_id
                   and later.id > e.id and later.undone_at is null)
                 from step_edits e where id = ?1 and sequence_id = ?2 and undone_at is null",
                (edit, sequence),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let (step, before, has_later) = found.ok_or_else(|| Error::not_found(errors::EDIT_NOT_FOUND))?;
        if has_later {
            return Err(Error::invalid(errors::EDIT_NOT_LATEST));
        }
        match before.as_str() {
            "" => Ok((step, None)),
            json => {
                let before = serde_json::from_str(json);
                Ok((step, Some(before.map_err(|cause| Error::fault("reading an edit", cause))?)))
            }
        }
    }

    fn put_row(&self, step: StepId, before: &Before, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into former_messages (step_id, message_id)
             select id, message_id from steps where id = ?1 and message_id <> ?2 on conflict do nothing",
            (step, before.message),
        )?;
        self.connection.execute(
            "update steps set position = ?2, timing = ?3, condition = ?4, message_id = ?5, action = ?6, go_then = ?7,
               go_otherwise = ?8, since = ?9, reaches_past = ?10, removed_at = iif(?11, ?12, null) where id = ?1",
            rusqlite::params![
                step,
                before.position,
                before.timing,
                before.condition,
                before.message,
                before.action,
                before.go_then,
                before.go_otherwise,
                before.since,
                before.reaches_past,
                before.is_removed,
                now,
            ],
        )?;
        Ok(())
    }

    fn put_draft(&self, id: StepId, draft: &Draft) -> Result<()> {
        let timing =
            serde_json::to_string(&draft.timing).map_err(|cause| Error::fault("writing a timing", cause))?;
        self.connection.execute(
            "update steps set timing = ?2, message_id = ?3, action = ?4, go_then = ?5, go_otherwise = ?6, condition = ?7
             where id = ?1",
            (
                id,
                timing,
                draft.message,
                draft.action.word(),
                draft.then.word(),
                draft.otherwise.word(),
                draft.condition.as_ref().map_or_else(String::new, Condition::to_json),
            ),
        )?;
        Ok(())
    }

    fn put_reach(&self, id: StepId, reach: Reach, now: Instant) -> Result<()> {
        self.connection.execute(
            "update steps set since = ?2, reaches_past = ?3 where id = ?1",
            (id, now, reach == Reach::AlsoPast),
        )?;
        Ok(())
    }

    /// Gives a step another position if the place asks for one; whether it did.
    fn move_step(
        &self,
        sequence: SequenceId,
        old: &Step,
        steps: &[Step],
        place: Place,
        draft: &Draft,
    ) -> Result<bool> {
        let others: Vec<Step> = steps.iter().filter(|step| step.id != old.id).cloned().collect();
        let stands = steps.iter().take_while(|step| step.id != old.id).count();
        if place == Place::Stay || place_index(&others, place, draft) == stands {
            return Ok(false);
        }
        let position = self.new_position(sequence, &others, place, draft)?;
        self.connection.execute("update steps set position = ?2 where id = ?1", (old.id, position))?;
        Ok(true)
    }

    /// A position that nobody has passed who is not past the step behind it: between that step and whatever was ever put
    /// before it.
    fn new_position(
        &self,
        sequence: SequenceId,
        others: &[Step],
        place: Place,
        draft: &Draft,
    ) -> Result<i64> {
        let after = others.get(place_index(others, place, draft)).map(|step| step.position);
        let before: Option<i64> = self.connection.query_row(
            "select max(position) from step_positions where sequence_id = ?1 and position < ?2",
            (sequence, after.unwrap_or(i64::MAX)),
            |row| row.get(0),
        )?;
        let position = position_between(before, after)
            .ok_or_else(|| Error::invalid(errors::NO_ROOM_BETWEEN_STEPS).on("place"))?;
        self.connection.execute(
            "insert into step_positions (sequence_id, position) values (?1, ?2)",
            (sequence, position),
        )?;
        Ok(position)
    }

    fn before_json(&self, step: StepId) -> Result<String> {
        serde_json::to_string(&self.step_row(step)?).map_err(|cause| Error::fault("noting an edit", cause))
    }

    fn note_edit(
        &self,
        sequence: SequenceId,
        step: StepId,
        what: &str,
        before: &str,
        now: Instant,
    ) -> Result<()> {
        self.connection.execute(
            "insert into step_edits (sequence_id, step_id, at, what, before) values (?1, ?2, ?3, ?4, ?5)",
            (sequence, step, now, what, before),
        )?;
        self.look_at_enrolments(sequence)
    }

    /// Refuses steps that lead backwards or nowhere, and sequences that lead in a circle or to another list.
    fn check_leads(&self, id: SequenceId) -> Result<()> {
        let steps = self.steps(id)?;
        let name = |step: &Step| {
            self.message_subject(step.message).map_or_else(|_| step.id.to_string(), |found| found.0)
        };
        check_jumps(&steps, name)?;
        let sequence = self.sequence(id)?;
        for go in steps.iter().flat_map(|step| [step.then, step.otherwise]) {
            if let Go::Sequence(target) = go {
                let target = self.sequence(target)?;
                if target.list != sequence.list {
                    return Err(Error::invalid(errors::OTHER_LIST).with("name", target.title).on("then"));
                }
            }
        }
        match find_loop(&self.sequence_leads()?, id) {
            None => Ok(()),
            Some(path) => {
                let titles: Result<Vec<String>> =
                    path.into_iter().map(|id| self.sequence(id).map(|one| one.title)).collect();
                Err(Error::invalid(errors::STEPS_IN_A_CIRCLE).with("path", titles?.join(" → ")).on("then"))
            }
        }
    }
}

/// Before which of the others a step comes to stand.
fn place_index(others: &[Step], place: Place, draft: &Draft) -> usize {
    match (place, draft.timing.offset()) {
        (Place::First, _) => 0,
        (Place::After(id), _) => {
            others.iter().position(|step| step.id == id).map_or(others.len(), |index| index + 1)
        }
        (Place::ByDay, Some(offset)) => place_by_day(others, offset),
        (Place::ByDay | Place::Stay, _) => others.len(),
    }
}
