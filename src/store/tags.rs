//! Tags, who carries them, and how many do (counted by triggers).
//! Not the rules of their names: domain/tag.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::id::{ListId, SubscriberId, TagId};
use crate::domain::subscriber::{Subscription, SubscriptionState};
use crate::domain::tag::{Tag, TagName};
use crate::error::{Error, Result};
use crate::store::subscribers::{FOUND, read as read_subscription};
use crate::store::{Reader, Writer};
use crate::texts::errors;

const COLUMNS: &str = "t.id, t.name, coalesce((select c.count from tag_counts c where c.tag_id = t.id), 0)";

fn read(row: &Row<'_>) -> rusqlite::Result<Tag> {
    Ok(Tag { id: row.get(0)?, name: TagName::stored(row.get(1)?), count: row.get(2)? })
}

impl Reader {
    /// Every tag, by name.
    pub fn tags(&self) -> Result<Vec<Tag>> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from tags t order by t.name"))?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn tag(&self, id: TagId) -> Result<Tag> {
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from tags t where t.id = ?1"))?;
        let found = statement.query_row([id], read).optional()?;
        found.ok_or_else(|| Error::not_found(errors::TAG_NOT_FOUND).with("name", id.to_string()))
    }

    /// Finds a tag by its name, or by one that it had before.
    pub fn tag_named(&self, name: &TagName) -> Result<Option<TagId>> {
        let mut statement = self.connection.prepare_cached(
            "select coalesce((select id from tags where name = ?1),
               (select tag_id from tag_aliases where name = ?1))",
        )?;
        Ok(statement.query_row([name.as_str()], |row| row.get(0))?)
    }

    pub fn tags_of(&self, subscriber: SubscriberId) -> Result<Vec<TagName>> {
        let mut statement = self.connection.prepare_cached(
            "select t.name from taggings g join tags t on t.id = g.tag_id where g.subscriber_id = ?1 order by t.name",
        )?;
        let rows = statement.query_map([subscriber], |row| row.get(0).map(TagName::stored))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Carriers of a tag that one page of readers looks at.
const CARRIERS: i64 = 5000;

impl Reader {
    /// One page of a list's readers who carry a tag, the newest people first: those with a number below `before`; and where
    /// the next page begins. A bounded number of carriers is looked at, whatever lists they are on.
    pub fn tagged_subscriptions(
        &self,
        list: ListId,
        state: SubscriptionState,
        tag: TagId,
        before: SubscriberId,
        limit: i64,
    ) -> Result<(Vec<Subscription>, Option<SubscriberId>)> {
        let carriers = format!(
            "select subscriber_id as id from taggings where tag_id = ?1 and subscriber_id < ?2
             order by subscriber_id desc limit {CARRIERS}"
        );
        let (looked_at, last): (i64, Option<SubscriberId>) = self
            .connection
            .prepare_cached(&format!("select count(*), min(id) from ({carriers})"))?
            .query_row((tag, before), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut statement = self.connection.prepare_cached(&format!(
            "select {FOUND} from ({carriers}) g cross join subscribers p on p.id = g.id
             cross join subscriptions s on s.subscriber_id = p.id and s.list_id = ?3 and s.state = ?4
             order by g.id desc limit ?5"
        ))?;
        let rows = statement.query_map((tag, before, list, state.word(), limit), read_subscription)?;
        let found: Vec<Subscription> = rows.collect::<rusqlite::Result<_>>()?;
        let next = match found.last() {
            Some(last) if i64::try_from(found.len()).is_ok_and(|count| count >= limit) => {
                Some(last.subscriber)
            }
            _ => last.filter(|_| looked_at >= CARRIERS),
        };
        Ok((found, next))
    }
}

impl Writer {
    /// Finds or makes the tag of this name.
    pub fn add_tag(&self, name: &TagName, now: Instant) -> Result<TagId> {
        self.transaction(|| {
            if let Some(known) = self.tag_named(name)? {
                return Ok(known);
            }
            self.connection
                .prepare_cached("insert into tags (name, created_at) values (?1, ?2)")?
                .execute((name.as_str(), now))?;
            Ok(TagId(self.connection.last_insert_rowid()))
        })
    }

    /// Renames a tag. What speaks of it by its former name still finds it.
    pub fn rename_tag(&self, id: TagId, name: &TagName) -> Result<()> {
        self.transaction(|| {
            let former = self.tag(id)?.name;
            if former == *name {
                return Ok(());
            }
            if self.tag_named(name)?.is_some_and(|other| other != id) {
                return Err(Error::invalid(errors::NAME_ALREADY_USED).with("name", name.as_str()).on("tag"));
            }
            self.connection.execute("delete from tag_aliases where name = ?1", [name.as_str()])?;
            self.connection.execute("update tags set name = ?2 where id = ?1", (id, name.as_str()))?;
            self.connection
                .execute("insert into tag_aliases (name, tag_id) values (?1, ?2)", (former.as_str(), id))?;
            Ok(())
        })
    }

    /// Takes a tag off the next `limit` readers; when nobody carries it any more, it is gone: `true`.
    pub fn remove_tag(&self, id: TagId, limit: i64) -> Result<bool> {
        self.transaction(|| {
            let taken_off = self.connection.execute(
                "delete from taggings where tag_id = ?1 and subscriber_id in
                   (select subscriber_id from taggings where tag_id = ?1 order by subscriber_id limit ?2)",
                (id, limit),
            )?;
            if taken_off > 0 {
                return Ok(false);
            }
            self.connection.execute("delete from tags where id = ?1", [id])?;
            Ok(true)
        })
    }

    /// Puts a tag on a reader; `false` if she carries it already.
    pub fn tag_subscriber(&self, tag: TagId, subscriber: SubscriberId, now: Instant) -> Result<bool> {
        let added = self
            .connection
            .prepare_cached(
                "insert into taggings (tag_id, subscriber_id, at) values (?1, ?2, ?3) on conflict do nothing",
            )?
            .execute((tag, subscriber, now))?;
        Ok(added > 0)
    }

    /// Takes a tag off a reader; `false` if she did not carry it.
    pub fn untag_subscriber(&self, tag: TagId, subscriber: SubscriberId) -> Result<bool> {
        let removed = self
            .connection
            .prepare_cached("delete from taggings where tag_id = ?1 and subscriber_id = ?2")?
            .execute((tag, subscriber))?;
        Ok(removed > 0)
    }

    /// Lets a reader carry exactly these tags; new ones are made.
    pub fn put_tags(&self, subscriber: SubscriberId, names: &[TagName], now: Instant) -> Result<()> {
        self.transaction(|| {
            let mut wanted = Vec::new();
            for name in names {
                wanted.push(self.add_tag(name, now)?);
            }
            for name in self.tags_of(subscriber)? {
                if let Some(tag) = self.tag_named(&name)?.filter(|tag| !wanted.contains(tag)) {
                    self.untag_subscriber(tag, subscriber)?;
                }
            }
            for tag in wanted {
                self.tag_subscriber(tag, subscriber, now)?;
            }
            Ok(())
        })
    }

    /// Takes every tag off a reader, when she is erased.
    pub(super) fn untag_all(&self, subscriber: SubscriberId) -> Result<()> {
        self.connection.execute("delete from taggings where subscriber_id = ?1", [subscriber])?;
        Ok(())
    }
}
