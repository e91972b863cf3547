//! Broadcasts: their states, and writing their audience into the ledger in chunks.
//! Not the content (messages.rs) and not the sending (mail/deliver).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::broadcast::{Broadcast, State};
use crate::domain::delivery::Urgency;
use crate::domain::id::MessageId;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

const COLUMNS: &str = "message_id, state, at, started_at, finished_at, audience";

fn read(row: &Row<'_>) -> rusqlite::Result<Broadcast> {
    Ok(Broadcast {
        message: row.get(0)?,
        state: State::parse(row.get_ref(1)?.as_str()?).unwrap_or(State::Draft),
        at: row.get(2)?,
        started_at: row.get(3)?,
        finished_at: row.get(4)?,
        audience: row.get(5)?,
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

    /// Gives a draft or scheduled broadcast a (new) time, or with `None` makes it a draft again.
    pub fn schedule_broadcast(&self, message: MessageId, at: Option<Instant>) -> Result<()> {
        let state = if at.is_some() { State::Scheduled } else { State::Draft };
        let changed = self.connection.execute(
            "update broadcasts set state = ?2, at = ?3 where message_id = ?1 and state in ('draft', 'scheduled')",
            (message, state.word(), at),
        )?;
        match changed {
            0 => Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED)),
            _ => Ok(()),
        }
    }

    /// Starts the broadcasts whose time has come: decides the audience. Returns how many were started.
    pub fn start_due_broadcasts(&self, now: Instant) -> Result<usize> {
        Ok(self.connection.execute(
            "update broadcasts set state = 'sending', started_at = ?1,
               written_until = (select coalesce(max(id), 0) from subscriptions),
               audience = coalesce((select c.count from subscription_counts c join messages m on m.list_id = c.list_id
                 where m.id = message_id and c.state = 'confirmed'), 0)
             where state = 'scheduled' and at <= ?1",
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

    /// Stops a broadcast: nothing more is begun. Waiting rows are cancelled by [`Writer::cancel_waiting`].
    pub fn stop_broadcast(&self, message: MessageId, now: Instant) -> Result<bool> {
        self.transaction(|| {
            let changed = self.connection.execute(
                "update broadcasts set state = 'stopped', finished_at = ?2, all_written = 1,
                   audience = (select coalesce(sum(count), 0) from delivery_counts where message_id = ?1)
                 where message_id = ?1 and state in ('scheduled', 'sending')",
                (message, now),
            )?;
            if changed > 0 {
                self.withhold_unsure_of(message, now)?;
            }
            Ok(changed > 0)
        })
    }

    /// Finishes the running broadcasts for which nothing more is done or asked: what is not final is withheld.
    pub fn finish_broadcasts(&self, now: Instant) -> Result<()> {
        self.connection.execute(
            "update broadcasts set state = 'finished', finished_at = ?1
             where state = 'sending' and all_written = 1 and not exists (
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
