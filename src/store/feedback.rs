//! Why mails did not arrive, the strikes that follow, and returned mails that wait for the owner.
//! Not the rule when strikes are enough (domain/strike) and not the suppressions themselves: suppressions.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::bounce::Reason;
use crate::domain::id::{DeliveryId, MessageId, ReturnedMailId, SubscriberId, SubscriptionId};
use crate::domain::strike::Strike;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// Returned mails that are kept, and how much of each.
const MOST_RETURNED: i64 = 500;
pub const KEPT_BYTES: usize = 64 * 1024;

/// One strike, as the reader's page shows it.
#[derive(Clone, Debug)]
pub struct StrikeRow {
    pub reason: Reason,
    pub at: Instant,
    pub said: String,
    pub is_forgiven: bool,
}

/// A mail that came in and that nobody could act on.
#[derive(Clone, Debug)]
pub struct ReturnedMail {
    pub id: ReturnedMailId,
    pub at: Instant,
    pub kind: String,
    pub sender: String,
    pub subject: String,
    pub recipient: String,
}

fn read_returned(row: &Row<'_>) -> rusqlite::Result<ReturnedMail> {
    Ok(ReturnedMail {
        id: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        sender: row.get(3)?,
        subject: row.get(4)?,
        recipient: row.get(5)?,
    })
}

impl Reader {
    /// Why a row failed or bounced, if that was recorded.
    pub fn failure_of(&self, delivery: DeliveryId) -> Result<Option<Reason>> {
        let mut statement =
            self.connection.prepare_cached("select reason from failures where delivery_id = ?1")?;
        let found: Option<String> = statement.query_row([delivery], |row| row.get(0)).optional()?;
        Ok(found.and_then(|word| Reason::parse(&word)))
    }

    /// The latest strikes against a reader.
    pub fn strikes_of(&self, subscriber: SubscriberId, limit: i64) -> Result<Vec<StrikeRow>> {
        let mut statement = self.connection.prepare_cached(
            "select reason, at, said, is_forgiven from strikes where subscriber_id = ?1 order by id desc limit ?2",
        )?;
        let rows = statement.query_map((subscriber, limit), |row| {
            Ok(StrikeRow {
                reason: Reason::parse(row.get_ref(0)?.as_str()?).unwrap_or(Reason::Unknown),
                at: row.get(1)?,
                said: row.get(2)?,
                is_forgiven: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// When a mail to a reader was last taken and did not come back, on any list. Asked when one was refused.
    pub fn last_arrival(&self, subscriber: SubscriberId) -> Result<Option<Instant>> {
        let mut statement = self.connection.prepare_cached(
            "select max(d.done_at) from subscriptions s join deliveries d on d.subscription_id = s.id
             where s.subscriber_id = ?1 and d.state = 'sent'",
        )?;
        Ok(statement.query_row([subscriber], |row| row.get(0))?)
    }

    /// What still counts against a reader.
    pub fn standing_strikes(&self, subscriber: SubscriberId) -> Result<Vec<Strike>> {
        let rows = self.strikes_of(subscriber, 100)?;
        let standing = rows.into_iter().filter(|row| !row.is_forgiven);
        Ok(standing.map(|row| Strike { reason: row.reason, at: row.at }).collect())
    }

    /// The rows of one message to one reader: one for each occurrence.
    pub fn deliveries_to(
        &self,
        message: MessageId,
        subscription: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<DeliveryId>> {
        let mut statement = self.connection.prepare_cached(
            "select id from deliveries where message_id = ?1 and subscription_id = ?2 order by occurrence desc limit ?3",
        )?;
        let rows = statement.query_map((message, subscription, limit), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One page of returned mails, newest first.
    pub fn returned_mails(&self, before: ReturnedMailId, limit: i64) -> Result<Vec<ReturnedMail>> {
        let mut statement = self.connection.prepare_cached(
            "select id, at, kind, sender, subject, recipient from returned_mails where id < ?1 order by id desc limit ?2",
        )?;
        Ok(statement.query_map((before, limit), read_returned)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn returned_mail(&self, id: ReturnedMailId) -> Result<Option<(ReturnedMail, Vec<u8>)>> {
        let found = self.connection.query_row(
            "select id, at, kind, sender, subject, recipient, mail from returned_mails where id = ?1",
            [id],
            |row| Ok((read_returned(row)?, row.get(6)?)),
        );
        Ok(found.optional()?)
    }

    /// At most a few hundred: counting them is cheap.
    pub fn returned_count(&self) -> Result<i64> {
        Ok(self.connection.query_row("select count(*) from returned_mails", [], |row| row.get(0))?)
    }
}

impl Writer {
    /// Writes down why a row failed or bounced; the first reason stays.
    pub fn note_failure(&self, delivery: DeliveryId, reason: Reason, now: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into failures (delivery_id, reason, at) values (?1, ?2, ?3) on conflict do nothing",
            )?
            .execute((delivery, reason.word(), now))?;
        Ok(())
    }

    /// A mail that was sent came back. `false`: it had come back before, or was never sent.
    pub fn record_bounce(&self, delivery: DeliveryId, said: &str, now: Instant) -> Result<bool> {
        let changed = self.connection.execute(
            "update deliveries set state = 'bounced', reply = ?2, done_at = ?3 where id = ?1 and state = 'sent'",
            (delivery, said, now),
        )?;
        Ok(changed == 1)
    }

    /// Counts a refusal against a reader. `false`: this mail has been counted.
    pub fn add_strike(
        &self,
        subscriber: SubscriberId,
        delivery: DeliveryId,
        reason: Reason,
        said: &str,
        now: Instant,
    ) -> Result<bool> {
        let added = self.connection.execute(
            "insert into strikes (subscriber_id, delivery_id, reason, at, said) values (?1, ?2, ?3, ?4, ?5)
             on conflict do nothing",
            (subscriber, delivery, reason.word(), now, said),
        )?;
        Ok(added == 1)
    }

    /// Keeps a mail for the owner; the oldest beyond the limit go.
    pub fn keep_returned_mail(&self, mail: &ReturnedMail, bytes: &[u8]) -> Result<()> {
        let beginning = bytes.get(..KEPT_BYTES).unwrap_or(bytes);
        self.transaction(|| {
            self.connection.execute(
                "insert into returned_mails (at, kind, sender, subject, recipient, mail) values (?1, ?2, ?3, ?4, ?5, ?6)",
                (mail.at, &mail.kind, &mail.sender, &mail.subject, &mail.recipient, beginning),
            )?;
            self.connection.execute(
                "delete from returned_mails where id <= (select id from returned_mails order by id desc limit 1 offset ?1)",
                [MOST_RETURNED],
            )?;
            Ok(())
        })
    }

    pub fn drop_returned_mail(&self, id: ReturnedMailId) -> Result<()> {
        self.connection.execute("delete from returned_mails where id = ?1", [id])?;
        Ok(())
    }

    /// What names a reader in all this goes with her.
    pub(crate) fn forget_feedback(&self, subscriber: SubscriberId, address_key: &str) -> Result<()> {
        self.connection.execute("update strikes set said = '' where subscriber_id = ?1", [subscriber])?;
        self.connection.execute("update suppressions set said = '' where address_key = ?1", [address_key])?;
        self.connection.execute(
            "delete from returned_mails where lower(recipient) = ?1 or lower(sender) = ?1",
            [address_key],
        )?;
        Ok(())
    }
}
