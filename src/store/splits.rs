//! Split tests: their messages, how these did, and the message to the rest.
//! Not the rules (domain/split) and not when a test is decided (mail/split).

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::audience::Audience;
use crate::domain::broadcast::{Follows, Timing};
use crate::domain::id::MessageId;
use crate::domain::message::Content;
use crate::domain::split::{Measure, Outcome, Part, Split};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// A stored test.
#[derive(Clone, Debug)]
pub struct StoredSplit {
    /// The first of its messages.
    pub message: MessageId,
    pub split: Split,
    pub decide_at: Option<Instant>,
    pub winner: Option<MessageId>,
    pub rest: Option<MessageId>,
}

const COLUMNS: &str =
    "message_id, part, share, measure, wait_seconds, owner_decides, decide_at, winner_id, rest_id";

fn read(row: &Row<'_>) -> rusqlite::Result<StoredSplit> {
    Ok(StoredSplit {
        message: row.get(0)?,
        split: Split {
            part: Part::parse(row.get_ref(1)?.as_str()?).unwrap_or(Part::Subject),
            share: row.get(2)?,
            measure: Measure::parse(row.get_ref(3)?.as_str()?).unwrap_or(Measure::Open),
            wait_seconds: row.get(4)?,
            owner_decides: row.get(5)?,
        },
        decide_at: row.get(6)?,
        winner: row.get(7)?,
        rest: row.get(8)?,
    })
}

impl Reader {
    pub fn split(&self, message: MessageId) -> Result<Option<StoredSplit>> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from splits where message_id = ?1"))?;
        Ok(statement.query_row([message], read).optional()?)
    }

    /// The messages of a test, the first one first.
    pub fn variants(&self, test: MessageId) -> Result<Vec<MessageId>> {
        let others = self.follow_ups(test)?;
        let others = others.into_iter().filter(|(_, follows)| *follows == Follows::Variant);
        Ok(std::iter::once(test).chain(others.map(|(message, _)| message)).collect())
    }

    /// How the messages of a test are doing.
    pub fn outcomes(&self, test: &StoredSplit) -> Result<Vec<Outcome>> {
        let mut statement = self.connection.prepare_cached(
            "select coalesce((select readers from engagement_counts where message_id = ?1 and kind = ?2), 0)",
        )?;
        let mut outcomes = Vec::new();
        for message in self.variants(test.message)? {
            let readers = statement.query_row((message, test.split.measure.word()), |row| row.get(0))?;
            outcomes.push(Outcome { message, sent: self.ledger(message)?.sent, readers });
        }
        Ok(outcomes)
    }

    /// Tests that the owner decides and whose time has come.
    pub fn undecided_splits(&self, now: Instant) -> Result<Vec<MessageId>> {
        let mut statement = self.connection.prepare_cached(
            "select message_id from splits where winner_id is null and decide_at <= ?1 and owner_decides = 1
             order by decide_at limit 10",
        )?;
        Ok(statement.query_map([now], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// Tests that the program decides and whose time has come.
    pub fn due_splits(&self, now: Instant) -> Result<Vec<StoredSplit>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from splits where winner_id is null and decide_at <= ?1 and owner_decides = 0
             order by decide_at limit 10"
        ))?;
        Ok(statement.query_map([now], read)?.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    /// Makes a draft the first message of a test, with `others` beside it; an earlier test of it gives way.
    pub fn set_split(
        &self,
        message: MessageId,
        split: Split,
        others: &[Content],
        now: Instant,
    ) -> Result<Vec<MessageId>> {
        let split = split.check(others.len() + 1)?;
        self.transaction(|| {
            let first = self.broadcast(message)?;
            let is_own = !matches!(first.parent, Some((_, Follows::Variant | Follows::Rest)));
            if first.at.is_some() || !first.state.may_be_edited() || !is_own {
                return Err(Error::invalid(errors::SPLIT_NEEDS_DRAFT));
            }
            if self.recurring(message)?.is_some_and(|recurring| recurring.is_active) {
                return Err(Error::invalid(errors::SPLIT_NEEDS_DRAFT));
            }
            self.drop_split(message)?;
            self.connection.execute(
                "insert into splits (message_id, part, share, measure, wait_seconds, owner_decides)
                 values (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    message,
                    split.part.word(),
                    split.share,
                    split.measure.word(),
                    split.wait_seconds,
                    split.owner_decides,
                ),
            )?;
            let audience = self.audience(message)?;
            let parent = Some((message, Follows::Variant));
            others
                .iter()
                .map(|content| self.add_follow_up(message, parent, Some(content), &audience, now))
                .collect()
        })
    }

    /// Takes a test back that has not started. Its other messages never had a row: they go.
    pub fn drop_split(&self, message: MessageId) -> Result<()> {
        self.transaction(|| {
            if !self.broadcast(message)?.state.may_be_edited() {
                return Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED));
            }
            self.connection.execute("delete from splits where message_id = ?1", [message])?;
            for other in self.variants(message)?.into_iter().skip(1) {
                self.connection.execute("delete from broadcasts where message_id = ?1", [other])?;
                self.connection.execute("delete from messages where id = ?1", [other])?;
            }
            let audience = Audience { share: None, ..self.audience(message)? };
            self.set_audience(message, &audience)
        })
    }

    /// Gives a broadcast its time, or takes it back; of a test all messages at once, each with its share of the readers.
    pub fn schedule_broadcast(
        &self,
        message: MessageId,
        at: Option<Instant>,
        timing: &Timing,
        lead: i64,
    ) -> Result<()> {
        self.transaction(|| {
            if at.is_some() {
                self.refuse_schedule(message)?;
            }
            let Some(test) = self.split(message)? else {
                return self.time_broadcast(message, at, timing, lead);
            };
            let audience = self.audience(message)?;
            let first = self.message(message)?;
            let variants = self.variants(message)?;
            for (place, variant) in variants.iter().enumerate() {
                self.move_message(*variant, first.list)?;
                let own = self.message(*variant)?.content;
                let content = match test.split.part {
                    Part::Subject => Content { subject: own.subject, ..first.content.clone() },
                    Part::Body => Content { subject: first.content.subject.clone(), ..own },
                };
                self.change_message(*variant, &content)?;
                let share = test.split.share_of(message, place, variants.len());
                self.set_audience(*variant, &Audience { share: Some(share), ..audience.clone() })?;
                self.time_broadcast(*variant, at, timing, lead)?;
            }
            Ok(())
        })
    }

    fn refuse_schedule(&self, message: MessageId) -> Result<()> {
        if self.recurring(message)?.is_some_and(|recurring| recurring.is_active) {
            return Err(Error::invalid(errors::RECURRING_NOT_SENT));
        }
        match self.broadcast(message)?.parent {
            Some((_, Follows::Variant)) => Err(Error::invalid(errors::SPLIT_NOT_ALONE)),
            _ => Ok(()),
        }
    }

    /// Notes when tests are to be decided whose messages have all gone out: not while one is stopped.
    pub fn time_splits(&self) -> Result<()> {
        self.connection
            .prepare_cached(
                "update splits set decide_at = wait_seconds +
                   (select max(b.finished_at) from broadcasts b
                    where b.message_id = splits.message_id or (b.parent = splits.message_id and b.follows = 'variant'))
                 where winner_id is null and decide_at is null and not exists (
                   select 1 from broadcasts b
                   where (b.message_id = splits.message_id or (b.parent = splits.message_id and b.follows = 'variant'))
                     and b.state <> 'finished')",
            )?
            .execute([])?;
        Ok(())
    }

    /// Ends a test: the winner's content goes to all readers who were in none of its shares. Once.
    pub fn decide_split(&self, test: MessageId, winner: MessageId, now: Instant) -> Result<MessageId> {
        self.transaction(|| {
            let stored = self.split(test)?.ok_or_else(|| Error::invalid(errors::SPLIT_NOT_RUNNING))?;
            let variants = self.variants(test)?;
            let first = self.broadcast(test)?;
            if stored.winner.is_some() || first.started_at.is_none() || !variants.contains(&winner) {
                return Err(Error::invalid(errors::SPLIT_NOT_RUNNING));
            }
            let content = self.message(winner)?.content;
            let share = stored.split.share_of(test, variants.len(), variants.len());
            let audience = Audience { share: Some(share), ..self.audience(test)? };
            let parent = Some((test, Follows::Rest));
            let rest = self.add_follow_up(test, parent, Some(&content), &audience, now)?;
            self.time_broadcast(rest, Some(now), &Timing { in_reader_zone: false, ..first.timing }, 0)?;
            self.connection.execute(
                "update splits set winner_id = ?2, rest_id = ?3 where message_id = ?1",
                (test, winner, rest),
            )?;
            Ok(rest)
        })
    }
}
