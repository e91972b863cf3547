//! Imports: where each stands.
//! Not what they do to readers: intake.rs and undo.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::id::{ImportId, ListId};
use crate::domain::import::{Counts, Import, State, Way};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

const COLUMNS: &str =
    "id, list_id, way, file_name, state, size, received, plan, at_byte, errors_bytes, rows, added,
     updated, skipped, rejected, values_refused, undone, created_at, moved_at, finished_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Import> {
    Ok(Import {
        id: row.get(0)?,
        list: row.get(1)?,
        way: if row.get_ref(2)?.as_str()? == Way::Command.word() { Way::Command } else { Way::Web },
        file_name: row.get(3)?,
        state: State::parse(row.get_ref(4)?.as_str()?).unwrap_or(State::Stopped),
        size: row.get(5)?,
        received: row.get(6)?,
        plan: row.get(7)?,
        at_byte: row.get(8)?,
        errors_bytes: row.get(9)?,
        counts: Counts {
            rows: row.get(10)?,
            added: row.get(11)?,
            updated: row.get(12)?,
            skipped: row.get(13)?,
            rejected: row.get(14)?,
            values_refused: row.get(15)?,
        },
        undone: row.get(16)?,
        created_at: row.get(17)?,
        moved_at: row.get(18)?,
        finished_at: row.get(19)?,
    })
}

impl Reader {
    pub fn import(&self, id: ImportId) -> Result<Import> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from imports where id = ?1"))?;
        let found = statement.query_row([id], read).optional()?;
        found.ok_or_else(|| Error::not_found(errors::IMPORT_NOT_FOUND).with("name", id.to_string()))
    }

    /// One page of imports, newest first: those with a number below `before`.
    pub fn imports_page(&self, before: ImportId, limit: i64) -> Result<Vec<Import>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from imports where id < ?1 order by id desc limit ?2"
        ))?;
        Ok(statement.query_map((before, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The first import that a tick has to go on with.
    pub fn import_at_work(&self) -> Result<Option<Import>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from imports where (state = 'undoing' or (state = 'running' and way = 'web'))
               and id not in (select item from set_aside where kind = 'import') order by id limit 1"
        ))?;
        Ok(statement.query_row([], read).optional()?)
    }

    /// Imports whose file is no longer needed: nothing has happened to them since `before`.
    pub fn imports_with_old_files(&self, before: Instant) -> Result<Vec<ImportId>> {
        let mut statement = self.connection.prepare_cached(
            "select id from imports where way = 'web' and size > 0 and moved_at < ?1
               and state not in ('running', 'undoing') limit 50",
        )?;
        Ok(statement.query_map([before], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    pub fn add_import(
        &self,
        list: ListId,
        way: Way,
        file_name: &str,
        (state, size): (State, i64),
        now: Instant,
    ) -> Result<ImportId> {
        self.connection.execute(
            "insert into imports (list_id, way, file_name, state, size, created_at, moved_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            (list, way.word(), file_name, state.word(), size, now),
        )?;
        Ok(ImportId(self.connection.last_insert_rowid()))
    }

    /// Notes that the file's next bytes are here; `false` if others came first.
    pub fn receive_piece(&self, id: ImportId, from: i64, to: i64, now: Instant) -> Result<bool> {
        let changed = self.connection.execute(
            "update imports set received = ?3, moved_at = ?4
             where id = ?1 and received = ?2 and state = 'uploading' and ?3 <= size",
            (id, from, to, now),
        )?;
        Ok(changed > 0)
    }

    /// The whole file is here: `size` may differ from what was announced, since some encodings are rewritten.
    pub fn file_is_here(&self, id: ImportId, size: i64, plan: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "update imports set state = 'ready', size = ?2, received = ?2, plan = ?3, moved_at = ?4
             where id = ?1 and state in ('uploading', 'ready')",
            (id, size, plan, now),
        )?;
        Ok(())
    }

    pub fn put_plan(&self, id: ImportId, plan: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "update imports set plan = ?2, moved_at = ?3 where id = ?1 and state in ('ready', 'running')",
            (id, plan, now),
        )?;
        Ok(())
    }

    /// Changes the state if it is one of `from`; `false` if it was not.
    pub fn turn_import(&self, id: ImportId, from: &[State], to: State, now: Instant) -> Result<bool> {
        let words: Vec<String> = from.iter().map(|state| format!("'{}'", state.word())).collect();
        let changed = self.connection.execute(
            &format!(
                "update imports set state = ?2, moved_at = ?3 where id = ?1 and state in ({})",
                words.join(",")
            ),
            (id, to.word(), now),
        )?;
        Ok(changed > 0)
    }

    /// Writes down how far an import has come, in the transaction of its rows. `false`: it was stopped meanwhile.
    pub fn move_import(
        &self,
        id: ImportId,
        at_byte: i64,
        errors_bytes: i64,
        counts: &Counts,
        now: Instant,
    ) -> Result<bool> {
        let changed = self
            .connection
            .prepare_cached(
                "update imports set at_byte = ?2, errors_bytes = ?3, rows = ?4, added = ?5, updated = ?6, skipped = ?7,
                   rejected = ?8, values_refused = ?9, moved_at = ?10 where id = ?1 and state = 'running'",
            )?
            .execute((
                id,
                at_byte,
                errors_bytes,
                counts.rows,
                counts.added,
                counts.updated,
                counts.skipped,
                counts.rejected,
                counts.values_refused,
                now,
            ))?;
        Ok(changed > 0)
    }

    pub fn finish_import(&self, id: ImportId, now: Instant) -> Result<()> {
        self.connection.execute(
            "update imports set state = 'finished', finished_at = ?2, moved_at = ?2 where id = ?1 and state = 'running'",
            (id, now),
        )?;
        Ok(())
    }

    /// A chore: commands that died are not running.
    pub fn stop_dead_imports(&self, before: Instant, now: Instant) -> Result<()> {
        let are_there: bool = self.connection.query_row(
            "select exists (select 1 from imports where way = 'command' and state = 'running' and moved_at < ?1)",
            [before],
            |row| row.get(0),
        )?;
        if !are_there {
            return Ok(()); // nothing to write: an idle tick is cheap
        }
        self.connection.execute(
            "update imports set state = 'stopped', finished_at = ?2
             where way = 'command' and state = 'running' and moved_at < ?1",
            (before, now),
        )?;
        Ok(())
    }

    /// The file of an import was deleted.
    pub fn forget_import_file(&self, id: ImportId) -> Result<()> {
        self.connection.execute(
            "update imports set size = 0, state = iif(state in ('uploading', 'ready'), 'stopped', state) where id = ?1",
            [id],
        )?;
        Ok(())
    }
}
