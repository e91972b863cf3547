//! The pace's counts and what was learnt: a row per subject and second, folded to minutes, kept for a day.
//! Not the rules: domain/pace. Not whom they stop: mail/pace.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::id::DeliveryId;
use crate::domain::pace::learn::Learnt;
use crate::domain::pace::{Bucket, COARSE, FINE_FOR, Span};
use crate::error::Result;
use crate::store::{Reader, Writer};

/// Counts are kept a little longer than the longest span.
const KEPT: i64 = 86_400 + 600;

fn read_learnt(row: &Row<'_>) -> rusqlite::Result<(String, Learnt)> {
    let learnt = Learnt {
        span: Span::parse(row.get_ref(1)?.as_str()?).unwrap_or(Span::Hour),
        most: row.get(2)?,
        ceiling: row.get(3)?,
        learnt_at: row.get(4)?,
        raised_at: row.get(5)?,
        wait_until: row.get(6)?,
        reply: row.get(7)?,
    };
    Ok((row.get(0)?, learnt))
}

impl Reader {
    /// What a subject got in the last day.
    pub fn pace_counts(&self, subject: &str, now: Instant) -> Result<Vec<Bucket>> {
        let mut statement = self
            .connection
            .prepare_cached("select at, handed, refused from pace_counts where subject = ?1 and at > ?2")?;
        let rows = statement.query_map((subject, now - KEPT), |row| {
            Ok(Bucket { at: row.get(0)?, handed: row.get(1)?, refused: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub fn learnt(&self, subject: &str) -> Result<Option<Learnt>> {
        let mut statement = self.connection.prepare_cached(
            "select subject, span, most, ceiling, learnt_at, raised_at, wait_until, reply from pace_learnt
             where subject = ?1",
        )?;
        Ok(statement.query_row([subject], read_learnt).optional()?.map(|(_, learnt)| learnt))
    }

    /// All that was learnt, by subject.
    pub fn all_learnt(&self) -> Result<Vec<(String, Learnt)>> {
        let mut statement = self.connection.prepare(
            "select subject, span, most, ceiling, learnt_at, raised_at, wait_until, reply from pace_learnt
             order by subject",
        )?;
        Ok(statement.query_map([], read_learnt)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Waiting rows of a message per provider are not counted: a sample of the readers tells how many are at which.
    pub fn domain_sample(&self, list: crate::domain::id::ListId, limit: i64) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare(
            "select p.address_key from subscriptions s join subscribers p on p.id = s.subscriber_id
             where s.list_id = ?1 and s.state = 'confirmed' order by s.id desc limit ?2",
        )?;
        Ok(statement.query_map((list, limit), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    /// Counts one mail that is being handed over. Inside the transaction that begins it.
    pub fn count_handed(&self, subject: &str, now: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into pace_counts (subject, at, handed) values (?1, ?2, 1)
                 on conflict do update set handed = handed + 1",
            )?
            .execute((subject, now))?;
        Ok(())
    }

    /// Of the mails handed over, one was refused as too fast.
    pub fn count_refused(&self, subject: &str, now: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into pace_counts (subject, at, refused) values (?1, ?2, 1)
                 on conflict do update set refused = refused + 1",
            )?
            .execute((subject, now))?;
        Ok(())
    }

    pub fn put_learnt(&self, subject: &str, learnt: &Learnt) -> Result<()> {
        self.connection.execute(
            "insert or replace into pace_learnt
               (subject, span, most, ceiling, learnt_at, raised_at, wait_until, reply)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                subject,
                learnt.span.word(),
                learnt.most,
                learnt.ceiling,
                learnt.learnt_at,
                learnt.raised_at,
                learnt.wait_until,
                &learnt.reply,
            ),
        )?;
        Ok(())
    }

    pub fn forget_learnt(&self, subject: &str) -> Result<()> {
        self.connection.execute("delete from pace_learnt where subject = ?1", [subject])?;
        Ok(())
    }

    /// A chore: counts of seconds become counts of minutes, and older ones than a day go.
    pub fn fold_pace_counts(&self, now: Instant) -> Result<()> {
        self.connection
            .execute("delete from pace_counts where at < ?1 or at > ?2", (now - KEPT, now + KEPT))?;
        let before = now - FINE_FOR - COARSE;
        self.connection.execute(
            "insert into pace_counts (subject, at, handed, refused)
             select subject, at - at % ?2, sum(handed), sum(refused) from pace_counts
             where at < ?1 and at % ?2 <> 0 group by 1, 2
             on conflict do update set handed = handed + excluded.handed, refused = refused + excluded.refused",
            (before, COARSE),
        )?;
        self.connection
            .execute("delete from pace_counts where at < ?1 and at % ?2 <> 0", (before, COARSE))?;
        Ok(())
    }

    /// Rows that have to wait for room at their provider: nothing is said about them, only their time changes.
    pub fn postpone_deliveries(&self, rows: &[(DeliveryId, Instant)]) -> Result<()> {
        self.transaction(|| {
            let mut statement = self.connection.prepare_cached(
                "update deliveries set due_at = ?2 where id = ?1 and state in ('queued', 'deferred')",
            )?;
            for row in rows {
                statement.execute(*row)?;
            }
            Ok(())
        })
    }

    /// An attempt that was refused for reasons that are not the reader's: it does not count towards failure.
    pub fn put_back(&self, id: DeliveryId, reply: &str, due_at: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "update deliveries set state = 'deferred', attempts = attempts - 1, reply = ?2, due_at = ?3, done_at = null
                 where id = ?1 and state = 'sending'",
            )?
            .execute((id, reply, due_at))?;
        self.forget_unless_in_doubt(id)
    }
}
