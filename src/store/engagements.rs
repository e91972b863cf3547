//! Who opened or clicked which message, the links that are counted, and who does not want to be counted.
//! Not the rewriting of links (mail/tracking). No address of the network is kept.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::id::{LinkId, MessageId, SubscriberId, SubscriptionId};
use crate::error::Result;
use crate::store::{Reader, Writer};

/// The narrow handle of the two GETs that write: it can count an opening or a click, and nothing else.
pub struct Counter {
    store: Writer,
}

/// A counted link of a message.
#[derive(Clone, Debug)]
pub struct LinkCount {
    pub url: String,
    pub clicks: i64,
}

/// How many readers opened a message, and how many clicked in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EngagementCounts {
    pub openers: i64,
    pub clickers: i64,
}

impl Counter {
    pub fn new(store: Writer) -> Counter {
        Counter { store }
    }

    pub fn reader(&self) -> &Reader {
        &self.store
    }

    /// Counts a click, and with it the opening that must have gone before. Who refused to be counted is not.
    pub fn click(
        &self,
        link: LinkId,
        subscription: SubscriptionId,
        counts_opens: bool,
        now: Instant,
    ) -> Result<()> {
        if !self.may_count(subscription)? {
            return Ok(());
        }
        self.store.transaction(|| {
            let message: MessageId = self.store.connection.query_row(
                "update links set clicks = clicks + 1 where id = ?1 returning message_id",
                [link],
                |row| row.get(0),
            )?;
            self.add(message, subscription, "click", now)?;
            if counts_opens {
                self.add_first(message, subscription, now)?;
            }
            Ok(())
        })
    }

    pub fn open(&self, message: MessageId, subscription: SubscriptionId, now: Instant) -> Result<()> {
        match self.may_count(subscription)? {
            true => self.add(message, subscription, "open", now),
            false => Ok(()),
        }
    }

    fn may_count(&self, subscription: SubscriptionId) -> Result<bool> {
        let reader = self.store.subscription(subscription)?;
        Ok(match reader {
            Some(reader) => !reader.address.is_empty() && !self.store.refuses_tracking(reader.subscriber)?,
            None => false,
        })
    }

    fn add(&self, message: MessageId, subscription: SubscriptionId, kind: &str, now: Instant) -> Result<()> {
        self.store.connection.execute(
            "insert into engagements (message_id, subscription_id, kind, first_at) values (?1, ?2, ?3, ?4)
             on conflict do update set count = count + 1",
            (message, subscription, kind, now),
        )?;
        Ok(())
    }

    fn add_first(&self, message: MessageId, subscription: SubscriptionId, now: Instant) -> Result<()> {
        self.store.connection.execute(
            "insert into engagements (message_id, subscription_id, kind, first_at) values (?1, ?2, 'open', ?3)
             on conflict do nothing",
            (message, subscription, now),
        )?;
        Ok(())
    }
}

impl Reader {
    /// Where a counted link leads, and whose it is.
    pub fn link(&self, link: LinkId) -> Result<Option<(MessageId, String)>> {
        let mut statement =
            self.connection.prepare_cached("select message_id, url from links where id = ?1")?;
        Ok(statement.query_row([link], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// The links of a message, the most clicked first.
    pub fn links_of(&self, message: MessageId, limit: i64) -> Result<Vec<LinkCount>> {
        let mut statement = self.connection.prepare_cached(
            "select url, clicks from links where message_id = ?1 order by clicks desc, id limit ?2",
        )?;
        let rows = statement
            .query_map((message, limit), |row| Ok(LinkCount { url: row.get(0)?, clicks: row.get(1)? }))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub fn engagement_counts(&self, message: MessageId) -> Result<EngagementCounts> {
        let mut statement = self
            .connection
            .prepare_cached("select kind, readers from engagement_counts where message_id = ?1")?;
        let mut counts = EngagementCounts::default();
        let mut rows = statement.query([message])?;
        while let Some(row) = rows.next()? {
            match row.get_ref(0)?.as_str().unwrap_or_default() {
                "open" => counts.openers = row.get(1)?,
                _ => counts.clickers = row.get(1)?,
            }
        }
        Ok(counts)
    }

    /// Whether a reader does not want her opens and clicks counted.
    pub fn refuses_tracking(&self, subscriber: SubscriberId) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("select exists (select 1 from tracking_refusals where subscriber_id = ?1)")?;
        Ok(statement.query_row([subscriber], |row| row.get(0))?)
    }
}

impl Writer {
    /// The number under which a link of a message is counted.
    pub fn link_id(&self, message: MessageId, url: &str) -> Result<LinkId> {
        self.connection.execute(
            "insert into links (message_id, url) values (?1, ?2) on conflict do nothing",
            (message, url),
        )?;
        Ok(self.connection.query_row(
            "select id from links where message_id = ?1 and url = ?2",
            (message, url),
            |row| row.get(0),
        )?)
    }

    pub fn refuse_tracking(&self, subscriber: SubscriberId, refuses: bool, now: Instant) -> Result<()> {
        match refuses {
            true => self.connection.execute(
                "insert into tracking_refusals (subscriber_id, at) values (?1, ?2) on conflict do nothing",
                (subscriber, now),
            )?,
            false => self
                .connection
                .execute("delete from tracking_refusals where subscriber_id = ?1", [subscriber])?,
        };
        Ok(())
    }
}
