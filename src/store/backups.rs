//! What is known of backups, and the hold after a restore.
//! Not the files: transfer/backup and transfer/restore.

use std::path::Path;

use rusqlite::OptionalExtension;
use rusqlite::backup::{Backup, StepResult};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::store::{Brake, Reader, Writer, migrations};
use crate::texts::errors;

/// A backup that was made, or that was not.
#[derive(Clone, Debug)]
pub struct BackupRow {
    pub at: Instant,
    /// Empty: none was made.
    pub file_name: String,
    pub size: i64,
    pub trouble: String,
}

/// Why nothing is sent until the owner has looked.
#[derive(Clone, Debug)]
pub struct Hold {
    pub at: Instant,
    pub detail: String,
}

/// Pages copied at a time; other processes may write in between.
const PAGES: i32 = 1024;
/// How often a copy that others keep changing starts again before it is made in one go.
const PATIENCE: usize = 3;

impl Reader {
    pub fn latest_backup(&self) -> Result<Option<BackupRow>> {
        let found = self.connection.query_row(
            "select at, file_name, size, trouble from backups order by id desc limit 1",
            [],
            |row| {
                Ok(BackupRow {
                    at: row.get(0)?,
                    file_name: row.get(1)?,
                    size: row.get(2)?,
                    trouble: row.get(3)?,
                })
            },
        );
        Ok(found.optional()?)
    }

    /// When the last backup that succeeded was made.
    pub fn last_good_backup(&self) -> Result<Option<Instant>> {
        let found =
            self.connection
                .query_row("select max(at) from backups where file_name <> ''", [], |row| row.get(0));
        Ok(found?)
    }

    /// The hold of a restore, if the owner has not looked yet.
    pub fn hold(&self) -> Result<Option<Hold>> {
        let mut statement =
            self.connection.prepare_cached("select at, detail from holds order by at limit 1")?;
        let found = statement.query_row([], |row| Ok(Hold { at: row.get(0)?, detail: row.get(1)? }));
        Ok(found.optional()?)
    }

    /// Bytes of the database.
    pub fn size(&self) -> Result<i64> {
        let pages: i64 = self.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let bytes: i64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        Ok(pages * bytes)
    }

    /// Copies the database into a new file while others go on; `may_go_on` is asked between pieces. `false`: it said no.
    #[expect(clippy::disallowed_methods, reason = "a file that is not the store yet")]
    pub fn copy_in_pieces(&self, file: &Path, mut may_go_on: impl FnMut() -> bool) -> Result<bool> {
        let mut copy = rusqlite::Connection::open(file)?;
        {
            let backup = Backup::new(&self.connection, &mut copy)?;
            let (mut left, mut restarts) = (i32::MAX, 0);
            loop {
                if !may_go_on() {
                    return Ok(false);
                }
                match backup.step(if restarts < PATIENCE { PAGES } else { -1 })? {
                    StepResult::Done => break,
                    StepResult::Busy | StepResult::Locked => {
                        std::thread::sleep(std::time::Duration::from_millis(20))
                    }
                    _ => {}
                }
                let now_left = backup.progress().remaining;
                if now_left > left {
                    restarts += 1;
                }
                left = now_left;
            }
        }
        // One file: nothing of it lies in a log beside it.
        copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
        copy.close().map_err(|(_, cause)| cause)?;
        Ok(true)
    }
}

impl Writer {
    /// Notes a backup, or that there was none; what was noted at the same moment, when it began, is replaced.
    pub fn note_backup(&self, file_name: &str, size: i64, trouble: &str, now: Instant) -> Result<()> {
        self.connection.execute("delete from backups where at = ?1 and file_name = ''", [now])?;
        self.connection.execute(
            "insert into backups (at, file_name, size, trouble) values (?1, ?2, ?3, ?4)",
            (now, file_name, size, trouble),
        )?;
        self.connection.execute("delete from backups where id <= (select max(id) from backups) - 100", [])?;
        Ok(())
    }

    /// The owner has looked: mails go out again.
    pub fn release_hold(&self) -> Result<bool> {
        Ok(self.connection.execute("delete from holds", [])? > 0)
    }

    /// Puts this database into the file that another handle has open, in one transaction.
    pub fn copy_over(&self, mut other: Writer) -> Result<()> {
        let backup = Backup::new(&self.connection, &mut other.reader.connection)?;
        for _ in 0..200 {
            match backup.step(-1)? {
                StepResult::Done => return Ok(()),
                _ => std::thread::sleep(std::time::Duration::from_millis(50)),
            }
        }
        Err(Error::busy(errors::DATABASE_BUSY))
    }

    /// Leaves no log beside the file.
    pub fn make_single_file(&self) -> Result<()> {
        Ok(self.connection.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?)
    }

    /// Makes what a restored database says harmless: what waited may have been sent since, so it is cancelled; what was in
    /// hand stays unsure, and nothing more is tried for it; scheduled broadcasts are drafts again; and nothing goes out before the owner has looked.
    pub fn hold_after_restore(&self, made_at: Instant, now: Instant) -> Result<i64> {
        self.transaction(|| {
            let cancelled = self.connection.execute(
                "update deliveries set done_at = ?1, reply = 'cancelled by a restore',
                   may_have_arrived = may_have_arrived or state in ('sending', 'unsure'),
                   state = iif(may_have_arrived or state in ('sending', 'unsure'), 'unsure', 'cancelled')
                 where state in ('queued', 'sending', 'deferred') or (state = 'unsure' and done_at is null)",
                [now],
            )?;
            self.connection.execute("delete from hand_overs where delivery_id in (select id from deliveries where state = 'cancelled')", [])?;
            self.connection.execute(
                "update broadcasts set state = 'stopped', finished_at = ?1, all_written = 1,
                   audience = (select coalesce(sum(count), 0) from delivery_counts c where c.message_id = broadcasts.message_id)
                 where state = 'sending'",
                [now],
            )?;
            self.connection.execute("update broadcasts set state = 'draft', at = null where state = 'scheduled'", [])?;
            self.connection.execute("delete from leases", [])?;
            self.connection.execute("update imports set state = 'stopped' where state in ('running', 'undoing')", [])?;
            self.connection.execute(
                "insert into holds (reason, at, detail) values ('restore', ?1, ?2)
                 on conflict do update set at = excluded.at, detail = excluded.detail",
                (now, made_at.to_string()),
            )?;
            Ok(i64::try_from(cancelled).unwrap_or(i64::MAX))
        })
    }

    /// Lets those go on who stood still in the backup and may have gone on since: what became due for them may have been
    /// sent, as for everybody. Who stands still in the present database since the same moment never went on.
    pub fn go_on_where_it_may_be_over(&self, present: Option<&Path>) -> Result<()> {
        let (sequences, readers) = match present {
            None => ("", ""),
            Some(path) => {
                let path = path.to_string_lossy().into_owned();
                self.connection.execute("attach database ?1 as present", [path])?;
                (
                    "and not exists (select 1 from present.sequences o where o.id = sequences.id
                       and o.name = sequences.name and o.paused_at is sequences.paused_at)",
                    "and not exists (select 1 from present.enrolments o where o.id = enrolments.id
                       and o.state = 'active' and o.hold = 'paused' and o.held_at is enrolments.held_at)",
                )
            }
        };
        let done = self.transaction(|| {
            self.connection.execute(
                &format!(
                    "update main.sequences set paused_at = null, paused_why = '', look_after = 0
                          where paused_at is not null {sequences}"
                ),
                [],
            )?;
            self.connection.execute(
                &format!(
                    "update main.enrolments set hold = '', held_at = null, why = '', due_at = 0
                          where state = 'active' and hold = 'paused' {readers}"
                ),
                [],
            )?;
            Ok(())
        });
        if present.is_some() {
            self.connection.execute_batch("detach database present")?;
        }
        done
    }

    /// Takes over from the database that is being replaced what must not be forgotten: who left, who was erased, and who
    /// gets no mails. Returns how many readers that were.
    pub fn remember_refusals(&self, present: &Path, now: Instant) -> Result<i64> {
        let path = present.to_string_lossy().into_owned();
        self.connection.execute("attach database ?1 as present", [path])?;
        let remembered = self.transaction(|| self.take_over_refusals(now));
        self.connection.execute_batch("detach database present")?;
        remembered
    }

    fn take_over_refusals(&self, now: Instant) -> Result<i64> {
        self.connection.execute(
            "insert into suppressions (address_key, reason, at) select address_key, reason, at from present.suppressions
             where true on conflict do nothing",
            [],
        )?;
        let gone: Vec<crate::domain::id::SubscriptionId> = self
            .connection
            .prepare(
                "select s.id from main.subscriptions s join main.subscribers p on p.id = s.subscriber_id
                   join present.subscriptions o on o.id = s.id join present.subscribers q on q.id = o.subscriber_id
                 where s.state <> 'left' and o.state = 'left' and o.list_id = s.list_id and q.created_at = p.created_at
                   and (q.address_key = p.address_key or q.erased_at is not null)",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let how = crate::domain::consent::Circumstances { way: "restore", ..Default::default() };
        for id in &gone {
            self.leave(*id, &how, now)?;
        }
        let erased: Vec<crate::domain::id::SubscriberId> = self
            .connection
            .prepare(
                "select p.id from main.subscribers p join present.subscribers q on q.id = p.id
                 where p.erased_at is null and q.erased_at is not null and q.created_at = p.created_at",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in &erased {
            self.erase_subscriber(*id, now)?;
        }
        Ok(i64::try_from(gone.len()).unwrap_or(i64::MAX))
    }
}

/// Looks whether a file is a whole database of ours that this program can read; its version.
#[expect(clippy::disallowed_methods, reason = "a file that is not the store")]
pub fn check_copy(file: &Path, brake: Brake) -> Result<i64> {
    let refuse = |why: &str| {
        Error::invalid(errors::BACKUP_NOT_VALID)
            .with("file", file.display().to_string())
            .with("why", why.to_string())
    };
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let checked = || -> rusqlite::Result<(i64, bool, String)> {
        let mut copy = rusqlite::Connection::open_with_flags(file, flags)?;
        copy.execute_batch("pragma cell_size_check = on; pragma mmap_size = 0; pragma cache_size = -4000;")?;
        copy.progress_handler(5000, Some(brake))?;
        let version = copy.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 = copy.query_row(
            "select count(*) from sqlite_schema where type = 'table'
               and name in ('settings', 'users', 'lists', 'subscribers', 'subscriptions', 'deliveries')",
            [],
            |row| row.get(0),
        )?;
        let said = copy.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
        Ok((version, tables == 6, said))
    };
    match checked() {
        Ok((_, false, _)) => Err(refuse("not of NEO")),
        Ok((version, true, said)) if said == "ok" => {
            migrations::refuse_newer(version)?;
            Ok(version)
        }
        Ok((_, true, said)) => {
            Err(refuse(&said.lines().next().unwrap_or_default().chars().take(200).collect::<String>()))
        }
        Err(cause) if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
            Err(cause.into())
        }
        Err(cause) => Err(refuse(&cause.to_string())),
    }
}
