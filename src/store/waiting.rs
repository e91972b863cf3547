//! Rows that wait, many of a message at once: cancelled by a stop, put back by resuming, kept until the quiet hours end.
//! Not the single rows (deliveries.rs) and not who stops a broadcast (broadcasts.rs).

use crate::clock::Instant;
use crate::domain::id::{DeliveryId, MessageId};
use crate::error::Result;
use crate::store::Writer;

/// Why a row was cancelled, in its own words (web/admin/deliveries says them in the owner's).
pub const STOPPED: &str = "stopped by the owner";
pub const PAST_DEADLINE: &str = "not sent by the deadline";

impl Writer {
    /// Cancels up to `limit` waiting rows of a stopped message; returns how many. One that may have arrived is unsure. The
    /// words tell the reasons apart, since only what the owner stopped can be put back.
    pub fn cancel_waiting(&self, message: MessageId, limit: i64, now: Instant) -> Result<usize> {
        Ok(self.connection.execute(
            "update deliveries set state = iif(may_have_arrived, 'unsure', 'cancelled'), done_at = ?3,
               reply = iif((select stop_reason from broadcasts where message_id = ?1) = 'deadline', ?4, ?5)
             where id in (select id from deliveries where message_id = ?1 and state in ('queued', 'deferred')
               order by id limit ?2)",
            (message, limit, now, PAST_DEADLINE, STOPPED),
        )?)
    }

    /// Lets one row of a message and up to `limit` others that are due at `now` wait until `end`.
    pub fn postpone_due(
        &self,
        message: MessageId,
        one: DeliveryId,
        (now, end): (Instant, Instant),
        limit: i64,
    ) -> Result<()> {
        self.connection.execute(
            "update deliveries set due_at = ?4 where id in (
               select ?2 union select id from (select id from deliveries
                 where state in ('queued', 'deferred') and urgency = 5 and due_at <= ?3 and message_id = ?1
                 order by due_at, id limit ?5))",
            (message, one, now, end, limit),
        )?;
        Ok(())
    }

    /// Puts back up to `limit` rows that the owner's stop cancelled; returns how many. None of them was in a mail
    /// server's hands: what may have arrived is unsure, and waits for the owner.
    pub fn requeue_cancelled(&self, message: MessageId, limit: i64) -> Result<usize> {
        Ok(self.connection.execute(
            "update deliveries set state = iif(attempts = 0, 'queued', 'deferred'), done_at = null, reply = ''
             where id in (select id from deliveries where message_id = ?1 and state = 'cancelled'
               and state in ('suppressed', 'cancelled') and reply = ?3 order by id limit ?2)",
            (message, limit, STOPPED),
        )?)
    }
}
