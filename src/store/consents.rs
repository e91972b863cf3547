//! The record of consents: rows are only added.
//! Not the decision: domain/consent.

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::consent::{Circumstances, Event};
use crate::domain::id::{FormVersionId, SubscriptionId};
use crate::error::Result;
use crate::store::{Reader, Writer};

/// One row of the record, as shown to the owner.
#[derive(Clone, Debug)]
pub struct Consent {
    pub event: String,
    pub at: Instant,
    pub way: String,
    pub ip: String,
    pub user_agent: String,
    pub form_version: Option<FormVersionId>,
}

impl Reader {
    pub fn consents_of(&self, subscription: SubscriptionId) -> Result<Vec<Consent>> {
        let mut statement = self.connection.prepare_cached(
            "select event, at, way, ip, user_agent, form_version_id from consents where subscription_id = ?1
             order by id",
        )?;
        let rows = statement.query_map([subscription], |row| {
            Ok(Consent {
                event: row.get(0)?,
                at: row.get(1)?,
                way: row.get(2)?,
                ip: row.get(3)?,
                user_agent: row.get(4)?,
                form_version: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many confirmation requests went out since the reader last joined or left, and when the last one was.
    pub fn requests_since_last_answer(&self, subscription: SubscriptionId) -> Result<(i64, Instant)> {
        Ok(self.connection.query_row(
            "select count(*), coalesce(max(at), 0) from consents
             where subscription_id = ?1 and event = 'asked' and id > coalesce(
               (select max(id) from consents where subscription_id = ?1 and event in ('confirmed', 'added', 'withdrawn')), 0)",
            [subscription],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    }

    /// How many confirmation requests an address was sent after `since`, on all lists together.
    pub fn requests_to_address(&self, address: &Address, since: Instant) -> Result<i64> {
        Ok(self.connection.query_row(
            "select count(*) from subscribers p join subscriptions s on s.subscriber_id = p.id
               join consents c on c.subscription_id = s.id
             where p.address_key = ?1 and c.event = 'asked' and c.at > ?2",
            (address.key(), since),
            |row| row.get(0),
        )?)
    }
}

impl Writer {
    pub fn add_consent(
        &self,
        subscription: SubscriptionId,
        event: Event,
        how: &Circumstances,
        form_version: Option<FormVersionId>,
        now: Instant,
    ) -> Result<()> {
        self.connection.execute(
            "insert into consents (subscription_id, event, at, way, ip, user_agent, form_version_id)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (subscription, event.word(), now, how.way, &how.ip, &how.user_agent, form_version),
        )?;
        Ok(())
    }
}
