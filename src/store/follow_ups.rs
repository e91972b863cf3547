//! Broadcasts that follow another: to those who did not get it, to those who did not open it, or simply a copy.
//! Not their sending: each is a draft of its own, with its own rows in the ledger.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::audience::{Audience, Gap, Missing};
use crate::domain::broadcast::{Follows, Timing};
use crate::domain::id::MessageId;
use crate::domain::message::{Content, Kind};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

impl Reader {
    /// The broadcasts that follow a message, the oldest first.
    pub fn follow_ups(&self, of: MessageId) -> Result<Vec<(MessageId, Follows)>> {
        let mut statement = self.connection.prepare_cached(
            "select message_id, follows from broadcasts where parent = ?1 order by message_id limit 200",
        )?;
        let rows = statement.query_map([of], |row| {
            Ok((row.get(0)?, Follows::parse(row.get_ref(1)?.as_str()?).unwrap_or(Follows::Missing)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many readers opened a message or clicked in it; `None`: none did, or it is not counted.
    pub fn openers(&self, of: MessageId) -> Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(
            "select max(readers) from engagement_counts where message_id = ?1 and readers > 0",
        )?;
        Ok(statement.query_row([of], |row| row.get(0))?)
    }

    /// The message that a follow-up to the missing begins with: the first of its line.
    fn first_of_line(&self, of: MessageId) -> Result<MessageId> {
        let mut statement = self
            .connection
            .prepare_cached("select parent from broadcasts where message_id = ?1 and follows = 'missing'")?;
        Ok(statement.query_row([of], |row| row.get(0)).optional()?.unwrap_or(of))
    }
}

impl Writer {
    /// A draft with the same content, to the same part of the same list.
    pub fn copy_broadcast(&self, of: MessageId, now: Instant) -> Result<MessageId> {
        let audience = Audience { missing: None, unopened: None, share: None, ..self.audience(of)? };
        self.add_follow_up(of, None, None, &audience, now)
    }

    /// A draft to those whom a message did not reach, by why it did not.
    pub fn follow_missing(&self, of: MessageId, groups: &[Gap], now: Instant) -> Result<MessageId> {
        self.started(of)?;
        if groups.is_empty() {
            return Err(Error::invalid(errors::MISSING_NOBODY_CHOSEN).on("groups"));
        }
        let first = self.first_of_line(of)?;
        let missing = Missing { message: first, groups: groups.to_vec() };
        let audience = Audience { missing: Some(missing), unopened: None, ..self.audience(first)? };
        self.add_follow_up(of, Some((first, Follows::Missing)), None, &audience, now)
    }

    /// A draft to those who got a message and did not open it: once, and only where opens are counted.
    pub fn follow_unopened(&self, of: MessageId, now: Instant) -> Result<MessageId> {
        self.transaction(|| {
            self.started(of)?;
            let followed = self.follow_ups(of)?;
            if let Some((other, _)) = followed.iter().find(|(_, follows)| *follows == Follows::Unopened) {
                return Err(Error::invalid(errors::UNOPENED_ALREADY).with("message", other.to_string()));
            }
            if self.broadcast(of)?.parent.is_some_and(|(_, follows)| follows == Follows::Unopened) {
                return Err(Error::invalid(errors::UNOPENED_ALREADY).with("message", of.to_string()));
            }
            if self.openers(of)?.is_none() {
                return Err(Error::invalid(errors::OPENS_NOT_COUNTED));
            }
            // Who got it is in the ledger: the rule of that time need not be asked again.
            let audience = Audience { unopened: Some(of), ..Audience::default() };
            self.add_follow_up(of, Some((of, Follows::Unopened)), None, &audience, now)
        })
    }

    /// A draft with the content of another, or a new one, that is `follows` to its parent.
    pub(super) fn add_follow_up(
        &self,
        of: MessageId,
        parent: Option<(MessageId, Follows)>,
        content: Option<&Content>,
        audience: &Audience,
        now: Instant,
    ) -> Result<MessageId> {
        self.transaction(|| {
            let message = self.message(of)?;
            let content = content.unwrap_or(&message.content);
            let id = self.add_message(Kind::Broadcast, message.list, content, now)?;
            self.add_broadcast(id, None)?;
            self.set_audience(id, audience)?;
            let quiet = self.broadcast(of)?.timing.keeps_quiet_hours;
            self.time_broadcast(id, None, &Timing { keeps_quiet_hours: quiet, ..Timing::default() }, 0)?;
            if let Some((parent, follows)) = parent {
                self.connection.execute(
                    "update broadcasts set parent = ?2, follows = ?3 where message_id = ?1",
                    (id, parent, follows.word()),
                )?;
            }
            Ok(id)
        })
    }

    fn started(&self, message: MessageId) -> Result<()> {
        match self.broadcast(message)?.started_at {
            Some(_) => Ok(()),
            None => Err(Error::invalid(errors::NOT_SENT_YET)),
        }
    }
}
