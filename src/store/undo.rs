//! Takes an import back, piece by piece: whom it added leaves or is erased, whom it changed gets her former values.
//! Not its taking in: intake.rs.
//!
//! Who was added is erased if nothing was ever sent to her and she is on no other list; else she leaves, since the
//! ledger speaks of her. A value that was changed again since the import stays as it is now.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::consent::Circumstances;
use crate::domain::id::{ImportId, SubscriberId, SubscriptionId, TagId};
use crate::domain::import::Change;
use crate::domain::subscriber::{Name, Subscription, SubscriptionState};
use crate::error::Result;
use crate::store::{Reader, Writer};

/// Numbers of readers whom an import added, and what is left of them to undo.
struct Range {
    id: i64,
    first: i64,
    last: i64,
    first_person: i64,
    last_person: i64,
}

impl Writer {
    /// Undoes up to `limit` readers in one transaction; `false` when nothing is left and the import counts as undone.
    pub fn undo_piece(&self, import: ImportId, limit: i64, now: Instant) -> Result<bool> {
        self.transaction(|| {
            let done = match self.undo_changes(import, limit, now)? {
                0 => self.undo_range(import, limit, now)?,
                changed => Some(changed),
            };
            match done {
                Some(count) => self.connection.execute(
                    "update imports set undone = undone + ?2, moved_at = ?3 where id = ?1",
                    (import, count, now),
                )?,
                None => self.connection.execute(
                    "update imports set state = 'undone', finished_at = ?2, moved_at = ?2
                     where id = ?1 and state = 'undoing'",
                    (import, now),
                )?,
            };
            Ok(done.is_some())
        })
    }

    fn undo_changes(&self, import: ImportId, limit: i64, now: Instant) -> Result<i64> {
        let changes: Vec<(i64, SubscriptionId, String)> = self
            .connection
            .prepare_cached(
                "select id, subscription_id, change from import_changes where import_id = ?1 order by id desc limit ?2",
            )?
            .query_map((import, limit), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut count = 0;
        for (id, subscription, change) in changes {
            let change: Change = serde_json::from_str(&change).unwrap_or_default();
            if let Some(reader) = self.subscription(subscription)?.filter(|reader| !reader.address.is_empty())
            {
                self.put_former_values(&reader, &change, now)?;
            }
            self.connection.prepare_cached("delete from import_changes where id = ?1")?.execute([id])?;
            count += 1;
        }
        Ok(count)
    }

    /// Former values, where the import's own still stand.
    fn put_former_values(&self, reader: &Subscription, change: &Change, now: Instant) -> Result<()> {
        if let Some((former, _)) = change.name.as_ref().filter(|(_, came)| came == reader.name.as_str()) {
            self.rename_subscriber(reader.subscriber, &Name::stored(former.clone()))?;
        }
        let mut fields = reader.fields.clone();
        for (key, (former, came)) in &change.fields {
            match former {
                _ if fields.get(key) != came.as_ref() => {}
                Some(former) => drop(fields.insert(key.clone(), former.clone())),
                None => drop(fields.remove(key)),
            }
        }
        if fields != reader.fields {
            self.put_fields(reader.subscriber, &fields)?;
        }
        for tag in &change.tags_added {
            self.untag_subscriber(TagId(*tag), reader.subscriber)?;
        }
        for tag in &change.tags_taken {
            self.connection
                .prepare_cached(
                    "insert into taggings (tag_id, subscriber_id, at) select id, ?2, ?3 from tags where id = ?1
                     on conflict do nothing",
                )?
                .execute((tag, reader.subscriber, now))?;
        }
        match change.state.as_deref() {
            Some(word) => self.put_back_state(reader, word, now),
            None => Ok(()),
        }
    }

    /// Off the list again; who had not yet answered waits for her answer again.
    fn put_back_state(&self, reader: &Subscription, word: &str, now: Instant) -> Result<()> {
        let had_left = reader.state == SubscriptionState::Left;
        self.leave(reader.id, &by_undo(), now)?;
        if word == SubscriptionState::Pending.word() && !had_left {
            self.connection.execute(
                "update subscriptions set state = 'pending', joined_at = null, left_at = null where id = ?1",
                [reader.id],
            )?;
        }
        Ok(())
    }

    /// The last readers of the last range; `None` when there is no range left.
    fn undo_range(&self, import: ImportId, limit: i64, now: Instant) -> Result<Option<i64>> {
        let Some(range) = self.last_range(import)? else { return Ok(None) };
        let from = range.first.max(range.last - limit + 1);
        for number in (from..=range.last).rev() {
            if let Some(reader) = self.subscription(SubscriptionId(number))? {
                self.take_back(&reader, &range, now)?;
            }
        }
        match from <= range.first {
            true => self.connection.execute("delete from import_ranges where id = ?1", [range.id])?,
            false => self.connection.execute(
                "update import_ranges set last_subscription = ?2 where id = ?1",
                (range.id, from - 1),
            )?,
        };
        Ok(Some(range.last - from + 1))
    }

    fn take_back(&self, reader: &Subscription, range: &Range, now: Instant) -> Result<()> {
        if reader.address.is_empty() {
            return Ok(()); // erased meanwhile
        }
        let is_new = (range.first_person..=range.last_person).contains(&reader.subscriber.0);
        let is_elsewhere = self.subscriptions_of(reader.subscriber)?.len() > 1;
        match is_new && !is_elsewhere && !self.was_ever_mailed(reader.subscriber)? {
            true => self.erase(reader, &by_undo(), now),
            false => self.leave(reader.id, &by_undo(), now).map(|_| ()),
        }
    }
}

impl Reader {
    fn last_range(&self, import: ImportId) -> Result<Option<Range>> {
        let mut statement = self.connection.prepare_cached(
            "select id, first_subscription, last_subscription, first_subscriber, last_subscriber from import_ranges
             where import_id = ?1 order by id desc limit 1",
        )?;
        let found = statement.query_row([import], |row| {
            Ok(Range {
                id: row.get(0)?,
                first: row.get(1)?,
                last: row.get(2)?,
                first_person: row.get(3)?,
                last_person: row.get(4)?,
            })
        });
        Ok(found.optional()?)
    }

    /// Whether any mail was begun for a person.
    fn was_ever_mailed(&self, subscriber: SubscriberId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "select exists (select 1 from subscriptions s join deliveries d on d.subscription_id = s.id
               where s.subscriber_id = ?1 and d.state not in ('queued', 'cancelled', 'suppressed'))",
        )?;
        Ok(statement.query_row([subscriber], |row| row.get(0))?)
    }
}

fn by_undo() -> Circumstances {
    Circumstances { way: "undo", ..Circumstances::default() }
}
