//! The ledger: one row per (message, subscription, occurrence), its counters, and the mails in hand.
//! Not the rules of the states (domain/delivery) and not the sending (mail/deliver).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::delivery::{Ledger, State, Urgency};
use crate::domain::id::{DeliveryId, MessageId, SubscriptionId};
use crate::error::Result;
use crate::store::{Reader, Writer};

/// One row of the ledger.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    pub message: MessageId,
    pub subscription: SubscriptionId,
    pub occurrence: i64,
    pub state: State,
    pub due_at: Instant,
    pub attempts: i64,
    pub created_at: Instant,
    /// The first attempt: the Date of the mail, also when it is tried again.
    pub begun_at: Option<Instant>,
    pub done_at: Option<Instant>,
    pub reply: String,
    /// Whether it was in a mail server's hands without an answer: nobody may call it unsent.
    pub may_have_arrived: bool,
}

pub(super) const COLUMNS: &str =
    "id, message_id, subscription_id, occurrence, state, due_at, attempts, created_at, begun_at,
     done_at, reply, may_have_arrived";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        message: row.get(1)?,
        subscription: row.get(2)?,
        occurrence: row.get(3)?,
        state: State::parse(row.get_ref(4)?.as_str()?).unwrap_or(State::Unsure),
        due_at: row.get(5)?,
        attempts: row.get(6)?,
        created_at: row.get(7)?,
        begun_at: row.get(8)?,
        done_at: row.get(9)?,
        reply: row.get(10)?,
        may_have_arrived: row.get(11)?,
    })
}

impl Reader {
    pub fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from deliveries where id = ?1"))?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// The rows to send now, in order: the urgent first, then by time.
    pub fn due_deliveries(&self, urgency: Urgency, now: Instant, limit: i64) -> Result<Vec<DeliveryId>> {
        let mut statement = self.connection.prepare_cached(
            "select id from deliveries where state in ('queued', 'deferred') and urgency = ?1 and due_at <= ?2
             order by due_at, id limit ?3",
        )?;
        let rows = statement.query_map((urgency.number(), now, limit), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Unsure rows that have not been sent again yet and may be. The second condition names the index as it was made; without it
    /// ten million rows would be read.
    pub fn unsure_to_retry(&self, limit: i64) -> Result<Vec<DeliveryId>> {
        let mut statement = self.connection.prepare_cached(
            "select id from deliveries where state = 'unsure' and state in ('sending', 'unsure') and is_retry_of_unsure = 0
             and done_at is null order by id limit ?1",
        )?;
        Ok(statement.query_map([limit], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// How many of them there are.
    pub fn unsure_to_retry_count(&self) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(
            "select count(*) from deliveries where state = 'unsure' and state in ('sending', 'unsure')
             and is_retry_of_unsure = 0 and done_at is null",
        )?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// The bytes that were handed over, if the result is not known yet.
    pub fn mail_in_hand(&self, id: DeliveryId) -> Result<Option<Vec<u8>>> {
        let mut statement =
            self.connection.prepare_cached("select mail from hand_overs where delivery_id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    /// The message of the row that is being handed over right now.
    pub fn delivery_in_hand(&self) -> Result<Option<MessageId>> {
        let mut statement = self.connection.prepare_cached(
            "select message_id from deliveries where state = 'sending' and state in ('sending', 'unsure')
             order by id limit 1",
        )?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?)
    }

    /// The counts of one message; while its audience is being written, what is missing counts as queued, and once it was
    /// stopped as cancelled.
    pub fn ledger(&self, message: MessageId) -> Result<Ledger> {
        let mut statement = self
            .connection
            .prepare_cached("select state, count from delivery_counts where message_id = ?1")?;
        let mut ledger = sum(statement.query([message])?)?;
        let decided: Option<(i64, bool)> = self
            .connection
            .prepare_cached(
                "select audience, state = 'stopped' from broadcasts
                 where message_id = ?1 and state in ('sending', 'stopped')",
            )?
            .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (decided, is_stopped) = decided.unwrap_or_default();
        ledger.audience = ledger.rows().max(decided);
        let unwritten = ledger.audience - ledger.rows();
        ledger.add(if is_stopped { State::Cancelled } else { State::Queued }, unwritten);
        Ok(ledger)
    }

    /// The counts of all messages together.
    pub fn whole_ledger(&self) -> Result<Ledger> {
        let mut statement = self.connection.prepare("select distinct message_id from delivery_counts")?;
        let messages: Vec<MessageId> =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut whole = Ledger::default();
        for message in messages.into_iter().chain(self.unwritten_messages()?) {
            whole.add_all(&self.ledger(message)?);
        }
        Ok(whole)
    }

    /// Started broadcasts of which not one row has been written.
    fn unwritten_messages(&self) -> Result<Vec<MessageId>> {
        let mut statement = self.connection.prepare(
            "select message_id from broadcasts where state in ('sending', 'stopped') and audience > 0
             and message_id not in (select message_id from delivery_counts)",
        )?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// The counts by scanning the rows: the doctor compares them with the counters.
    pub fn ledger_by_scan(&self) -> Result<Ledger> {
        let mut statement =
            self.connection.prepare("select state, count(*) from deliveries group by state")?;
        sum(statement.query([])?)
    }

    /// The newest rows of a message that did not simply arrive, for its page: deferred, failed, bounced or unsure.
    pub fn troubled_deliveries(&self, message: MessageId, state: State, limit: i64) -> Result<Vec<Delivery>> {
        // Named as the index names it: without the second condition a message's million rows would be read.
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from deliveries where message_id = ?1 and state = ?2
             and state in ('deferred', 'failed', 'bounced', 'unsure') order by id desc limit ?3"
        ))?;
        let rows = statement.query_map((message, state.word(), limit), read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The latest rows of a reader on a list.
    pub fn deliveries_of_subscription(
        &self,
        subscription: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from deliveries where subscription_id = ?1 order by id desc limit ?2"
        ))?;
        Ok(statement.query_map((subscription, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// How many mails wait for a result or their time.
    pub fn waiting_deliveries(&self) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(
            "select coalesce(sum(count), 0) from delivery_counts where state in ('queued', 'deferred')",
        )?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Of how many mails nobody knows whether they arrived.
    pub fn unsure_count(&self) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(
            "select count(*) from deliveries where state = 'unsure' and state in ('sending', 'unsure')",
        )?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// The oldest mails of which nobody knows whether they arrived.
    pub fn unsure_deliveries(&self, limit: i64) -> Result<Vec<Delivery>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from deliveries where state = 'unsure' and state in ('sending', 'unsure')
             order by id limit ?1"
        ))?;
        Ok(statement.query_map([limit], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether a message has any row in the ledger.
    pub fn has_deliveries(&self, message: MessageId) -> Result<bool> {
        Ok(self.connection.query_row(
            "select exists (select 1 from deliveries where message_id = ?1)",
            [message],
            |row| row.get(0),
        )?)
    }

    /// The earliest instant at which there is something to do; `None` when nothing is waiting for a time.
    pub fn next_due(&self) -> Result<Option<Instant>> {
        let mut statement = self.connection.prepare_cached(
            "select min(at) from (
               select min(due_at) as at from deliveries where state in ('queued', 'deferred') and urgency = 0
               union all
               select min(due_at) from deliveries where state in ('queued', 'deferred') and urgency = 5
               union all
               select min(due_at) from enrolments where state = 'active' and due_at is not null
               union all
               select min(at - lead) from broadcasts where state = 'scheduled'
               union all
               select min(not_later_than) from broadcasts
                 where state = 'sending' and state in ('scheduled', 'sending')
               union all
               select 0 from broadcasts where turning <> ''
               union all
               select min(next_at) from recurrences where is_active = 1
               union all
               select min(decide_at) from splits where winner_id is null and owner_decides = 0
               union all
               select 0 from sequences where look_after is not null
               union all
               select 0 from sequence_entries where is_done = 0
               union all
               select 0 from broadcasts where state = 'sending' and all_written = 0
                 and message_id not in (select item from set_aside where kind = 'audience'))",
        )?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }
}

pub(super) fn sum(mut rows: rusqlite::Rows<'_>) -> Result<Ledger> {
    let mut ledger = Ledger::default();
    while let Some(row) = rows.next()? {
        if let Some(state) = State::parse(row.get_ref(0)?.as_str().unwrap_or_default()) {
            ledger.add(state, row.get(1)?);
        }
    }
    ledger.audience = ledger.rows();
    Ok(ledger)
}

impl Writer {
    /// Adds a row; the same (message, subscription, occurrence) is never added twice.
    pub fn queue_delivery(
        &self,
        message: MessageId,
        subscription: SubscriptionId,
        occurrence: i64,
        urgency: Urgency,
        now: Instant,
    ) -> Result<()> {
        self.connection.execute(
            "insert into deliveries (message_id, subscription_id, occurrence, urgency, state, due_at, created_at)
             values (?1, ?2, ?3, ?4, 'queued', ?5, ?5) on conflict do nothing",
            (message, subscription, occurrence, urgency.number(), now),
        )?;
        Ok(())
    }

    /// Begins an attempt: counted, and the bytes kept, before anything is handed over. `false`: another process
    /// or the owner was faster, and the row must not be sent.
    pub fn begin_attempt(&self, id: DeliveryId, mail: &[u8], now: Instant) -> Result<bool> {
        let begun = self
            .connection
            .prepare_cached(
                "update deliveries set state = 'sending', attempts = attempts + 1,
                   is_retry_of_unsure = is_retry_of_unsure or state = 'unsure', begun_at = coalesce(begun_at, ?2)
                 where id = ?1 and (state in ('queued', 'deferred')
                   or (state = 'unsure' and is_retry_of_unsure = 0 and done_at is null))",
            )?
            .execute((id, now))?;
        if begun == 1 {
            self.connection
                .prepare_cached("insert or replace into hand_overs (delivery_id, mail) values (?1, ?2)")?
                .execute((id, mail))?;
        }
        Ok(begun == 1)
    }

    /// Records what became of an attempt. A mail that may have arrived before is not called failed: see `withhold`.
    pub fn record(
        &self,
        id: DeliveryId,
        state: State,
        reply: &str,
        due_at: Instant,
        now: Instant,
    ) -> Result<()> {
        if state == State::Failed {
            return self.withhold(id, state, reply, now).map(drop);
        }
        self.connection
            .prepare_cached(
                "update deliveries set state = ?2, reply = ?3, due_at = ?4,
                   done_at = case when ?2 in ('queued', 'deferred', 'unsure') then null else ?5 end,
                   may_have_arrived = may_have_arrived or ?2 = 'unsure'
                 where id = ?1",
            )?
            .execute((id, state.word(), reply, due_at, now))?;
        match state {
            State::Unsure => Ok(()),
            State::Deferred => self.forget_unless_in_doubt(id),
            _ => self.forget_bytes(id),
        }
    }

    fn forget_bytes(&self, id: DeliveryId) -> Result<()> {
        self.connection.prepare_cached("delete from hand_overs where delivery_id = ?1")?.execute([id])?;
        Ok(())
    }

    /// What may have arrived is only ever sent again with the same bytes, however often its next try is put off.
    pub(super) fn forget_unless_in_doubt(&self, id: DeliveryId) -> Result<()> {
        self.connection
            .prepare_cached(
                "delete from hand_overs where delivery_id = ?1
                 and not exists (select 1 from deliveries where id = ?1 and may_have_arrived = 1)",
            )?
            .execute([id])?;
        Ok(())
    }

    /// Ends a row that must not be sent any more as `state`. Nobody may say so of a mail that may have arrived: its row
    /// stays unsure, with the reason, and nothing more is tried. Returns what it became.
    pub fn withhold(&self, id: DeliveryId, state: State, why: &str, now: Instant) -> Result<State> {
        let became: Option<String> = self
            .connection
            .prepare_cached(
                "update deliveries set state = iif(may_have_arrived, 'unsure', ?2), reply = ?3, done_at = ?4
                 where id = ?1 returning state",
            )?
            .query_row((id, state.word(), why, now), |row| row.get(0))
            .optional()?;
        self.forget_bytes(id)?;
        Ok(became.and_then(|became| State::parse(&became)).unwrap_or(state))
    }

    /// Puts a row back as it was: the mail server could not be reached, so nothing was handed over.
    pub fn undo_attempt(&self, id: DeliveryId, reply: &str, due_at: Instant) -> Result<()> {
        self.connection.execute(
            "update deliveries set state = case when is_retry_of_unsure then 'unsure' else 'deferred' end,
               is_retry_of_unsure = 0, attempts = attempts - 1, reply = ?2, due_at = ?3
             where id = ?1 and state = 'sending'",
            (id, reply, due_at),
        )?;
        self.connection.execute(
            "delete from hand_overs where delivery_id = ?1
             and not exists (select 1 from deliveries where id = ?1 and state = 'unsure')",
            [id],
        )?;
        Ok(())
    }

    /// What a dead process had in hand becomes unsure. Only the holder of the tick's lease may call this.
    pub fn recover_sending(&self) -> Result<usize> {
        Ok(self.connection.execute(
            "update deliveries set state = 'unsure', may_have_arrived = 1,
               reply = 'the program died while it had this mail in hand'
             where state = 'sending' and state in ('sending', 'unsure')",
            [],
        )?)
    }

    /// The owner's answer to an unsure row: send it again, or count it as sent. A finished broadcast that sends again
    /// is not finished.
    pub fn settle_unsure(&self, id: DeliveryId, send_again: bool, now: Instant) -> Result<bool> {
        let (state, reply) = match send_again {
            true => ("queued", "sent again by the owner"),
            false => ("sent", "counted as sent by the owner"),
        };
        self.transaction(|| {
            let changed = self.connection.execute(
                "update deliveries set state = ?2, reply = ?3, due_at = ?4, is_retry_of_unsure = 0,
                   done_at = case when ?2 = 'sent' then ?4 end
                 where id = ?1 and state = 'unsure'",
                (id, state, reply, now),
            )?;
            if changed == 1 && !send_again {
                self.connection.execute("delete from hand_overs where delivery_id = ?1", [id])?;
            }
            if changed == 1 && send_again {
                self.connection.execute(
                    "update broadcasts set state = 'sending', finished_at = null where state = 'finished'
                     and message_id = (select message_id from deliveries where id = ?1)",
                    [id],
                )?;
            }
            Ok(changed == 1)
        })
    }

    /// The unsure rows of a stopped message are not sent again.
    pub(super) fn withhold_unsure_of(&self, message: MessageId, now: Instant) -> Result<()> {
        self.connection.execute(
            "update deliveries set done_at = ?2, reply = 'stopped by the owner'
             where message_id = ?1 and state = 'unsure' and state in ('deferred', 'failed', 'bounced', 'unsure')
               and done_at is null",
            (message, now),
        )?;
        self.forget_withheld_mails()
    }

    /// What waits for a reader who left is not sent, and what may have reached her before is not sent again.
    pub fn suppress_waiting(&self, subscription: SubscriptionId, why: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "update deliveries set state = iif(may_have_arrived, 'unsure', 'suppressed'), done_at = ?3, reply = ?2
             where subscription_id = ?1
               and (state in ('queued', 'deferred') or (state = 'unsure' and done_at is null))",
            (subscription, why, now),
        )?;
        self.forget_withheld_mails()
    }

    /// What is not sent again needs no bytes, and they name a reader.
    pub(super) fn forget_withheld_mails(&self) -> Result<()> {
        self.connection.execute(
            "delete from hand_overs where exists
               (select 1 from deliveries d where d.id = delivery_id and d.state = 'unsure' and d.done_at is not null)",
            [],
        )?;
        Ok(())
    }

    /// Drops the kept bytes of a reader's mails: they name her.
    pub fn forget_mails_in_hand(&self, subscription: SubscriptionId) -> Result<()> {
        self.connection.execute(
            "delete from hand_overs where delivery_id in
               (select id from deliveries where subscription_id = ?1 and state <> 'sending')",
            [subscription],
        )?;
        Ok(())
    }
}
