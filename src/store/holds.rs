//! Messages that wait for the owner, since servers refuse them for the sender's sake; and notices mailed to her once.
//! Not the judgement of a refusal: domain/pace and mail/pace.

use rusqlite::Row;

use crate::clock::Instant;
use crate::domain::delivery::State;
use crate::domain::id::MessageId;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// When a row is due that waits for a person: the last second of the year 9999.
pub const WAITS_FOR_OWNER: Instant = 253_402_300_799;

/// A message that waits.
#[derive(Clone, Debug)]
pub struct Hold {
    pub message: MessageId,
    pub refusals: i64,
    pub reply: String,
    pub at: Instant,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Hold> {
    Ok(Hold { message: row.get(0)?, refusals: row.get(1)?, reply: row.get(2)?, at: row.get(3)? })
}

impl Reader {
    /// The messages that wait for the owner.
    pub fn holds(&self) -> Result<Vec<Hold>> {
        let mut statement = self.connection.prepare_cached(
            "select message_id, refusals, reply, at from message_holds where state = 'held' order by at",
        )?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// How many mails of a message were sent.
    fn sent_of(&self, message: MessageId) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(
            "select coalesce(sum(count), 0) from delivery_counts where message_id = ?1 and state = ?2",
        )?;
        Ok(statement.query_row((message, State::Sent.word()), |row| row.get(0))?)
    }

    /// Whether something that had a time should have been done before `before`.
    pub fn has_late_work(&self, before: Instant) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "select exists (select 1 from deliveries where state in ('queued', 'deferred') and urgency = 0 and due_at < ?1)
               or exists (select 1 from deliveries where state in ('queued', 'deferred') and urgency = 5 and due_at < ?1)
               or exists (select 1 from enrolments where state = 'active' and due_at > 0 and due_at < ?1)
               or exists (select 1 from broadcasts where state = 'scheduled' and at < ?1)",
        )?;
        Ok(statement.query_row([before], |row| row.get(0))?)
    }

    /// Notices that no mail has told of yet, with what they are about.
    pub fn unmailed_notices(&self) -> Result<Vec<(String, String)>> {
        let mut statement = self
            .connection
            .prepare("select kind, subject from notices where mailed_at is null order by at")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    /// Counts a refusal for the sender's sake. Returns how many there were, and how many mails went through since the
    /// first of them.
    pub fn count_policy_refusal(&self, message: MessageId, reply: &str, now: Instant) -> Result<(i64, i64)> {
        let sent = self.sent_of(message)?;
        let mut statement = self.connection.prepare_cached(
            "insert into message_holds (message_id, state, refusals, sent_before, reply, at)
             values (?1, 'watched', 1, ?2, ?3, ?4)
             on conflict do update set reply = excluded.reply,
               refusals = iif(state = 'watched', refusals + 1, 1),
               sent_before = iif(state = 'watched', sent_before, excluded.sent_before),
               state = iif(state = 'held', 'held', 'watched')
             returning refusals, sent_before",
        )?;
        let (refusals, before): (i64, i64) =
            statement.query_row((message, sent, reply, now), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((refusals, sent - before))
    }

    /// From now on the message waits for the owner.
    pub fn hold_message(&self, message: MessageId, now: Instant) -> Result<()> {
        self.connection.execute(
            "update message_holds set state = 'held', at = ?2 where message_id = ?1",
            (message, now),
        )?;
        Ok(())
    }

    /// Moves waiting rows of a held message out of the way; their state stays as it is.
    pub fn move_held_away(&self, message: MessageId, limit: i64) -> Result<usize> {
        Ok(self
            .connection
            .prepare_cached(
                "update deliveries set due_at = ?3 where id in (
                   select id from deliveries where message_id = ?1 and state in ('queued', 'deferred') and due_at < ?3
                   order by id limit ?2)",
            )?
            .execute((message, limit, WAITS_FOR_OWNER))?)
    }

    /// The owner lets it go on. `false` if it does not wait.
    pub fn release_message(&self, message: MessageId) -> Result<bool> {
        let changed = self.connection.execute(
            "update message_holds set state = 'released' where message_id = ?1 and state = 'held'",
            [message],
        )?;
        Ok(changed > 0)
    }

    /// Brings a piece of the rows of released messages back; `true` when there may be more.
    pub fn bring_released_back(&self, limit: i64, now: Instant) -> Result<bool> {
        let released = self
            .connection
            .prepare_cached("select message_id from message_holds where state = 'released' limit 1")?
            .query_row([], |row| row.get::<_, MessageId>(0));
        let message = match released {
            Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(false),
            other => other?,
        };
        self.transaction(|| {
            let brought = self.connection.execute(
                "update deliveries set due_at = ?3 where id in (
                   select id from deliveries where message_id = ?1 and state in ('queued', 'deferred') and due_at = ?4
                     and id not in (select item from set_aside where kind = 'delivery')
                   order by id limit ?2)",
                (message, limit, now, WAITS_FOR_OWNER),
            )?;
            if brought == 0 {
                self.connection.execute("delete from message_holds where message_id = ?1", [message])?;
            }
            Ok(true)
        })
    }

    /// Notes something that the owner is to be told by mail, once until it is over.
    pub fn add_notice(&self, kind: &str, subject: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into notices (kind, subject, at) values (?1, ?2, ?3) on conflict do nothing",
            (kind, subject, now),
        )?;
        Ok(())
    }

    /// A mail about it is about to leave: it is not told again, whatever becomes of that mail.
    pub fn mark_notice_mailed(&self, kind: &str, subject: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "update notices set mailed_at = ?3 where kind = ?1 and subject = ?2",
            (kind, subject, now),
        )?;
        Ok(())
    }

    /// It is over; the next time is told anew.
    pub fn remove_notice(&self, kind: &str, subject: &str) -> Result<()> {
        self.connection.execute("delete from notices where kind = ?1 and subject = ?2", (kind, subject))?;
        Ok(())
    }
}
