//! Readers and their places on lists.
//! Not what may be done with them: domain/consent, web/public.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::id::{ListId, SubscriberId, SubscriptionId};
use crate::domain::subscriber::{Fields, Name, Subscription, SubscriptionState};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

pub(super) const FOUND: &str =
    "s.id, s.list_id, s.subscriber_id, p.address, p.name, p.fields, s.state, s.asked_at,
     s.joined_at, s.left_at";
const COLUMNS: &str = "s.id, s.list_id, s.subscriber_id, p.address, p.name, p.fields, s.state, s.asked_at,
     s.joined_at, s.left_at from subscriptions s join subscribers p on p.id = s.subscriber_id";

/// Addresses that one search looks at.
const SOUGHT: i64 = 5000;

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        id: row.get(0)?,
        list: row.get(1)?,
        subscriber: row.get(2)?,
        address: row.get(3)?,
        name: Name::stored(row.get(4)?),
        fields: serde_json::from_str::<Fields>(row.get_ref(5)?.as_str()?).unwrap_or_default(),
        state: SubscriptionState::parse(row.get_ref(6)?.as_str()?).unwrap_or(SubscriptionState::Left),
        asked_at: row.get(7)?,
        joined_at: row.get(8)?,
        left_at: row.get(9)?,
    })
}

impl Reader {
    pub fn subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>> {
        let mut statement = self.connection.prepare_cached(&format!("select {COLUMNS} where s.id = ?1"))?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// Where a reader stands now, and whether her address is suppressed: asked before each mail.
    pub fn standing(
        &self,
        id: SubscriptionId,
        address_key: &str,
    ) -> Result<Option<(SubscriptionState, bool)>> {
        let mut statement = self.connection.prepare_cached(
            "select state, exists (select 1 from suppressions where address_key = ?2) from subscriptions where id = ?1",
        )?;
        let found = statement.query_row((id, address_key), |row| {
            let state = SubscriptionState::parse(row.get_ref(0)?.as_str()?);
            Ok((state.unwrap_or(SubscriptionState::Left), row.get(1)?))
        });
        Ok(found.optional()?)
    }

    pub fn subscription_of(&self, list: ListId, address: &Address) -> Result<Option<Subscription>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("select {COLUMNS} where s.list_id = ?1 and p.address_key = ?2"))?;
        Ok(statement.query_row((list, address.key()), read).optional()?)
    }

    /// Every list the reader is or was on.
    pub fn subscriptions_of(&self, subscriber: SubscriberId) -> Result<Vec<Subscription>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("select {COLUMNS} where s.subscriber_id = ?1 order by s.id"))?;
        Ok(statement.query_map([subscriber], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// One page of a list's readers, newest first: those with a number below `before`.
    pub fn subscriptions_page(
        &self,
        list: ListId,
        state: SubscriptionState,
        before: SubscriptionId,
        limit: i64,
    ) -> Result<Vec<Subscription>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} where s.list_id = ?1 and s.state = ?2 and s.id < ?3 order by s.id desc limit ?4"
        ))?;
        let rows = statement.query_map((list, state.word(), before, limit), read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Readers of a list whose address begins with `beginning` (lower-cased), by address. At most `SOUGHT` addresses
    /// are looked at, whatever lists they are on, so that a short beginning on a small list stays cheap.
    pub fn find_subscriptions(&self, list: ListId, beginning: &str, limit: i64) -> Result<Vec<Subscription>> {
        // `cross join` keeps SQLite from walking through the whole list instead.
        let mut statement = self.connection.prepare_cached(&format!(
            "select {FOUND} from (select id, address, address_key, name, fields from subscribers where address_key >= ?2 and address_key < ?3
               and erased_at is null order by address_key limit {SOUGHT}) p
             cross join subscriptions s on s.subscriber_id = p.id and s.list_id = ?1
             order by p.address_key limit ?4"
        ))?;
        let end = format!("{beginning}\u{10FFFF}");
        Ok(statement.query_map((list, beginning, end, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn subscriber_by_address(&self, address: &Address) -> Result<Option<SubscriberId>> {
        let found = self.connection.query_row(
            "select id from subscribers where address_key = ?1",
            [address.key()],
            |row| row.get(0),
        );
        Ok(found.optional()?)
    }
}

impl Writer {
    /// Finds or adds the reader with this address.
    pub fn subscriber(
        &self,
        address: &Address,
        name: &Name,
        fields: &Fields,
        now: Instant,
    ) -> Result<SubscriberId> {
        if let Some(known) = self.subscriber_by_address(address)? {
            return Ok(known);
        }
        self.connection.execute(
            "insert into subscribers (address, address_key, name, fields, created_at) values (?1, ?2, ?3, ?4, ?5)",
            (address.as_str(), address.key(), name.as_str(), to_json(fields), now),
        )?;
        Ok(SubscriberId(self.connection.last_insert_rowid()))
    }

    pub fn rename_subscriber(&self, subscriber: SubscriberId, name: &Name) -> Result<()> {
        self.connection
            .execute("update subscribers set name = ?2 where id = ?1", (subscriber, name.as_str()))?;
        Ok(())
    }

    pub fn put_fields(&self, subscriber: SubscriberId, fields: &Fields) -> Result<()> {
        self.connection
            .execute("update subscribers set fields = ?2 where id = ?1", (subscriber, to_json(fields)))?;
        Ok(())
    }

    /// Puts a reader on a list in the state `pending`, or back into it.
    pub fn ask_subscription(
        &self,
        list: ListId,
        subscriber: SubscriberId,
        now: Instant,
    ) -> Result<SubscriptionId> {
        self.connection.execute(
            "insert into subscriptions (list_id, subscriber_id, state, asked_at) values (?1, ?2, 'pending', ?3)
             on conflict (list_id, subscriber_id) do update set state = 'pending', asked_at = excluded.asked_at",
            (list, subscriber, now),
        )?;
        Ok(self.connection.query_row(
            "select id from subscriptions where list_id = ?1 and subscriber_id = ?2",
            (list, subscriber),
            |row| row.get(0),
        )?)
    }

    pub fn confirm_subscription(&self, id: SubscriptionId, now: Instant) -> Result<()> {
        self.connection.execute(
            "update subscriptions set state = 'confirmed', joined_at = ?2, left_at = null where id = ?1",
            (id, now),
        )?;
        Ok(())
    }

    pub fn leave_subscription(&self, id: SubscriptionId, now: Instant) -> Result<()> {
        self.connection
            .execute("update subscriptions set state = 'left', left_at = ?2 where id = ?1", (id, now))?;
        Ok(())
    }

    /// Removes what names a person. The rows stay, empty, so that the ledger still adds up.
    pub fn erase_subscriber(&self, subscriber: SubscriberId, now: Instant) -> Result<()> {
        let known = self.connection.query_row(
            "select address_key from subscribers where id = ?1",
            [subscriber],
            |row| row.get::<_, String>(0),
        );
        if let Some(address_key) = known.optional()? {
            self.forget_feedback(subscriber, &address_key)?;
        }
        let erased = self.connection.execute(
            "update subscribers set address = '', address_key = 'erased:' || id, name = '', fields = '{}',
               erased_at = ?2 where id = ?1",
            (subscriber, now),
        )?;
        if erased == 0 {
            return Err(Error::not_found(errors::SUBSCRIBER_NOT_FOUND));
        }
        self.connection.execute(
            "update consents set ip = '', user_agent = ''
             where subscription_id in (select id from subscriptions where subscriber_id = ?1)",
            [subscriber],
        )?;
        self.untag_all(subscriber)?;
        // Mail servers repeat the address in what they answer.
        self.connection.execute(
            "update deliveries set reply = ''
             where subscription_id in (select id from subscriptions where subscriber_id = ?1) and reply <> ''",
            [subscriber],
        )?;
        Ok(())
    }
}

pub(super) fn to_json(fields: &Fields) -> String {
    serde_json::to_string(fields).unwrap_or_else(|_| "{}".to_string())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_cached_statement_is_not_compiled_anew_for_each_reader() {
        let file = std::env::temp_dir().join(format!("neo-subscribers-{}.sqlite", std::process::id()));
        let store = Writer::create(&file, false, Box::new(|| false)).unwrap();
        std::fs::remove_file(&file).unwrap();
        let sql = format!("select {COLUMNS} where s.id = ?1");
        for id in [7, 8, 9] {
            let mut statement = store.connection.prepare_cached(&sql).unwrap();
            assert!(statement.query_row([id], read).optional().unwrap().is_none());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }
}
