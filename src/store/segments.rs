//! Saved conditions with their names, and the names of what a condition speaks of.
//! Not their SQL: conditions.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::condition::{Condition, Which};
use crate::domain::condition_words::Names;
use crate::domain::id::{MessageId, SegmentId};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer, is_duplicate};
use crate::texts::{Language, errors};

/// A condition with a name.
#[derive(Clone, Debug)]
pub struct Segment {
    pub id: SegmentId,
    pub name: String,
    pub condition: Condition,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Segment> {
    Ok(Segment {
        id: row.get(0)?,
        name: row.get(1)?,
        condition: Condition::stored(row.get_ref(2)?.as_str()?),
    })
}

impl Reader {
    /// Every segment, by name.
    pub fn segments(&self) -> Result<Vec<Segment>> {
        let mut statement =
            self.connection.prepare_cached("select id, name, condition from segments order by name, id")?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn segment(&self, id: SegmentId) -> Result<Segment> {
        let mut statement =
            self.connection.prepare_cached("select id, name, condition from segments where id = ?1")?;
        let found = statement.query_row([id], read).optional()?;
        found.ok_or_else(|| Error::not_found(errors::SEGMENT_NOT_FOUND).with("name", id.to_string()))
    }

    /// What the things are called that these conditions speak of.
    pub fn condition_names(&self, conditions: &[&Condition], language: Language) -> Result<Names> {
        let mut names = Names { fields: self.fields()?, language, ..Names::default() };
        for list in self.lists()? {
            names.lists.insert(list.name.as_str().to_string(), list.title);
        }
        for test in conditions.iter().flat_map(|condition| condition.tests()) {
            if let Condition::Opened(Which::Message(id)) | Condition::Clicked(Which::Message(id)) = test
                && let Ok((subject, _)) = self.message_subject(*id)
            {
                names.subjects.insert(*id, subject);
            }
        }
        Ok(names)
    }

    /// The latest broadcasts of all lists that have begun to go out, with their subjects.
    pub fn sent_broadcasts(&self, limit: i64) -> Result<Vec<(MessageId, String)>> {
        let mut statement = self.connection.prepare_cached(
            "select b.message_id, m.subject from broadcasts b join messages m on m.id = b.message_id
             where b.started_at is not null order by b.message_id desc limit ?1",
        )?;
        let rows = statement.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    pub fn add_segment(&self, name: &str, condition: &Condition, now: Instant) -> Result<SegmentId> {
        let added = self.connection.execute(
            "insert into segments (name, condition, created_at) values (?1, ?2, ?3)",
            (name, condition.to_json(), now),
        );
        added.map_err(|cause| taken(cause, name))?;
        Ok(SegmentId(self.connection.last_insert_rowid()))
    }

    pub fn change_segment(&self, segment: &Segment) -> Result<()> {
        let changed = self.connection.execute(
            "update segments set name = ?2, condition = ?3 where id = ?1",
            (segment.id, &segment.name, segment.condition.to_json()),
        );
        changed.map_err(|cause| taken(cause, &segment.name))?;
        Ok(())
    }

    pub fn remove_segment(&self, id: SegmentId) -> Result<()> {
        self.connection.execute("delete from segments where id = ?1", [id])?;
        Ok(())
    }
}

fn taken(cause: rusqlite::Error, name: &str) -> Error {
    match is_duplicate(&cause) {
        true => Error::invalid(errors::NAME_ALREADY_USED).with("name", name).on("name"),
        false => cause.into(),
    }
}
