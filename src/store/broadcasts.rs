//! Broadcasts: their states, and writing their audience into the ledger in chunks.
//! Not the content (messages.rs) and not the sending (mail/deliver).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::broadcast::{Broadcast, Follows, State, StopReason, Timing};
use crate::domain::delivery::Urgency;
use crate::domain::id::MessageId;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

const COLUMNS: &str = "message_id, state, at, started_at, finished_at, audience, version, not_later_than,
     keeps_quiet_hours, in_reader_zone, stop_reason, turning, parent, follows";

fn read(row: &Row<'_>) -> rusqlite::Result<Broadcast> {
    Ok(Broadcast {
        message: row.get(0)?,
        state: State::parse(row.get_ref(1)?.as_str()?).unwrap_or(State::Draft),
        at: row.get(2)?,
        started_at: row.get(3)?,
        finished_at: row.get(4)?,
        audience: row.get(5)?,
        version: row.get(6)?,
        timing: Timing {
            not_later_than: row.get(7)?,
            keeps_quiet_hours: row.get(8)?,
            in_reader_zone: row.get(9)?,
        },
        stop_reason: StopReason::parse(row.get_ref(10)?.as_str()?),
        is_turning_back: row.get_ref(11)?.as_str()? == "requeue",
        parent: row.get::<_, Option<MessageId>>(12)?.zip(Follows::parse(row.get_ref(13)?.as_str()?)),
    })
}

impl Reader {
    pub fn broadcast(&self, message: MessageId) -> Result<Broadcast> {
        // Asked for each mail of a broadcast.
        let found = self
            .connection
            .prepare_cached(&format!("select {COLUMNS} from broadcasts where message_id = ?1"))?
            .query_row([message], read);
        found
            .optional()?
            .ok_or_else(|| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", message.to_string()))
    }

    /// One page of broadcasts, newest first: those with a number below `before`.
    pub fn broadcasts_page(&self, before: MessageId, limit: i64) -> Result<Vec<Broadcast>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from broadcasts where message_id < ?1 order by message_id desc limit ?2"
        ))?;
        Ok(statement.query_map((before, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Scheduled and running broadcasts.
    pub fn open_broadcasts(&self) -> Result<Vec<Broadcast>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from broadcasts where state in ('scheduled', 'sending') order by at"
        ))?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// A running broadcast whose audience is not yet written down.
    pub fn unwritten_broadcast(&self) -> Result<Option<MessageId>> {
        let found = self
            .connection
            .prepare_cached(
                "select message_id from broadcasts where state = 'sending' and all_written = 0
                   and message_id not in (select item from set_aside where kind = 'audience') order by at limit 1",
            )?
            .query_row([], |row| row.get(0));
        Ok(found.optional()?)
    }
}

impl Writer {
    /// Adds a broadcast: a draft without a time, else scheduled.
    pub fn add_broadcast(&self, message: MessageId, at: Option<Instant>) -> Result<()> {
        let state = if at.is_some() { State::Scheduled } else { State::Draft };
        self.connection.execute(
            "insert into broadcasts (message_id, state, at) values (?1, ?2, ?3)",
            (message, state.word(), at),
        )?;
        Ok(())
    }

    /// Gives a draft or scheduled broadcast a (new) time, or with `None` makes it a draft again. It starts `lead` seconds
    /// before: when the day has come that far in the earliest zone of its readers.
    pub fn time_broadcast(
        &self,
        message: MessageId,
        at: Option<Instant>,
        timing: &Timing,
        lead: i64,
    ) -> Result<()> {
        let state = if at.is_some() { State::Scheduled } else { State::Draft };
        let changed = self.connection.execute(
            "update broadcasts set state = ?2, at = ?3, not_later_than = ?4, keeps_quiet_hours = ?5,
               in_reader_zone = ?6, lead = ?7 where message_id = ?1 and state in ('draft', 'scheduled')",
            (
                message,
                state.word(),
                at,
                timing.not_later_than,
                timing.keeps_quiet_hours,
                timing.in_reader_zone,
                lead,
            ),
        )?;
        match changed {
            0 => Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED)),
            _ => Ok(()),
        }
    }

    /// Counts a save; returns the version that it made.
    pub fn raise_version(&self, message: MessageId) -> Result<i64> {
        Ok(self.connection.query_row(
            "update broadcasts set version = version + 1 where message_id = ?1 returning version",
            [message],
            |row| row.get(0),
        )?)
    }

    /// Starts the broadcasts whose time has come. The audience of a whole list is decided here, by its counter; of others
    /// only a look at each reader tells, and it grows with their rows. Returns how many were started.
    pub fn start_due_broadcasts(&self, now: Instant) -> Result<usize> {
        Ok(self.connection.execute(
            "update broadcasts set state = 'sending', started_at = ?1,
               written_until = (select coalesce(max(id), 0) from subscriptions),
               audience = iif(rule = '{}', coalesce((select c.count from subscription_counts c
                 join messages m on m.list_id = c.list_id where m.id = message_id and c.state = 'confirmed'), 0), 0)
             where state = 'scheduled' and at - lead <= ?1",
            [now],
        )?)
    }

    /// Writes the next `limit` readers of a running broadcast into the ledger, together with the place where it
    /// stopped. Returns how many were written; at the end the audience is what was written.
    pub fn write_audience(&self, message: MessageId, limit: i64, now: Instant) -> Result<usize> {
        self.transaction(|| {
            let written = self
                .connection
                .prepare_cached(
                    "insert into deliveries (message_id, subscription_id, urgency, state, due_at, created_at)
                     select ?1, s.id, ?2, 'queued', ?3, ?3 from subscriptions s
                     where s.list_id = (select list_id from messages where id = ?1) and s.state = 'confirmed'
                       and s.id > (select written_to from broadcasts where message_id = ?1)
                       and s.id <= (select written_until from broadcasts where message_id = ?1)
                     order by s.id limit ?4
                     on conflict do nothing",
                )?
                .execute((message, Urgency::Normal.number(), now, limit))?;
            let is_last = written < usize::try_from(limit).unwrap_or(usize::MAX);
            self.connection
                .prepare_cached(
                    "update broadcasts set
                       written_to = coalesce((select max(subscription_id) from deliveries where message_id = ?1), 0),
                       all_written = ?2,
                       audience = case when ?2 then
                         (select coalesce(sum(count), 0) from delivery_counts where message_id = ?1) else audience end
                     where message_id = ?1",
                )?
                .execute((message, is_last))?;
            Ok(written)
        })
    }

    /// Stops a broadcast for its owner, who may resume it: nothing more is begun. What waits is cancelled by
    /// [`Writer::turn_rows`]; what was not written yet counts as cancelled. The messages of a split test stop together.
    pub fn stop_broadcast(&self, message: MessageId, now: Instant) -> Result<bool> {
        self.transaction(|| {
            let changed = self.connection.execute(
                "update broadcasts set state = 'stopped', stop_reason = 'owner', finished_at = ?2, turning = 'cancel'
                 where (message_id = ?1 or (parent = ?1 and follows = 'variant'))
                   and state in ('scheduled', 'sending')",
                (message, now),
            )?;
            if changed > 0 {
                for stopped in self.variants(message)? {
                    self.withhold_unsure_of(stopped, now)?;
                }
            }
            Ok(changed > 0)
        })
    }

    /// Stops the running broadcasts whose last moment has passed.
    pub fn stop_past_deadline(&self, now: Instant) -> Result<usize> {
        Ok(self
            .connection
            .prepare_cached(
                "update broadcasts set state = 'stopped', stop_reason = 'deadline', finished_at = ?1,
                   turning = 'cancel'
                 where state = 'sending' and state in ('scheduled', 'sending') and not_later_than <= ?1",
            )?
            .execute([now])?)
    }

    /// Takes the way back from a stopped broadcast.
    pub fn give_up_broadcast(&self, message: MessageId) -> Result<bool> {
        let changed = self.connection.execute(
            "update broadcasts set stop_reason = 'for-good'
             where (message_id = ?1 or (parent = ?1 and follows = 'variant')) and state = 'stopped'
               and stop_reason = 'owner'",
            [message],
        )?;
        Ok(changed > 0)
    }

    /// Lets a broadcast that its owner stopped go on, with the same readers: what the stop cancelled is put back by
    /// [`Writer::turn_rows`], and what was not written yet is written.
    pub fn resume_broadcast(&self, message: MessageId) -> Result<bool> {
        let changed = self.connection.execute(
            "update broadcasts set state = iif(started_at is null, 'scheduled', 'sending'), stop_reason = '',
               turning = iif(started_at is null, '', 'requeue'), finished_at = null
             where (message_id = ?1 or (parent = ?1 and follows = 'variant')) and state = 'stopped'
               and stop_reason = 'owner'",
            [message],
        )?;
        Ok(changed > 0)
    }

    /// Cancels up to `limit` waiting rows of a stopped broadcast, or puts back what its stop had cancelled; `true` when
    /// there may be more to do.
    pub fn turn_rows(&self, limit: i64, now: Instant) -> Result<bool> {
        let found = self
            .connection
            .prepare_cached("select message_id, turning from broadcasts where turning <> '' limit 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
        let Some((message, turning)) = found.optional()? else { return Ok(false) };
        self.transaction(|| {
            let changed = match turning.as_str() {
                "cancel" => self.cancel_waiting(message, limit, now)?,
                _ => self.requeue_cancelled(message, limit)?,
            };
            if i64::try_from(changed).unwrap_or(limit) < limit {
                self.connection
                    .execute("update broadcasts set turning = '' where message_id = ?1", [message])?;
            }
            Ok(true)
        })
    }

    /// Finishes the running broadcasts for which nothing more is done or asked: what is not final is withheld.
    pub fn finish_broadcasts(&self, now: Instant) -> Result<()> {
        self.connection.execute(
            "update broadcasts set state = 'finished', finished_at = ?1
             where state = 'sending' and all_written = 1 and turning = '' and not exists (
               select 1 from delivery_counts c where c.message_id = broadcasts.message_id and c.count > 0
               and c.state in ('queued', 'sending', 'deferred'))
             and not exists (
               select 1 from deliveries d where d.message_id = broadcasts.message_id and d.state = 'unsure'
               and d.state in ('deferred', 'failed', 'bounced', 'unsure') and d.done_at is null)",
            [now],
        )?;
        Ok(())
    }
}
