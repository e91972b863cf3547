//! The ledger's rows, page by page: of one message or of one reader, all or in one state.
//! Not their counts and not what changes them: deliveries.rs.
//!
//! A page costs the same at ten thousand rows and at ten million: each state is walked along an index that is there for
//! the sending, and where none tells the states apart, no more than `LOOK` rows are looked at. Then a page may hold
//! fewer rows than were asked for, and still lead on.

use crate::domain::delivery::{Ledger, State};
use crate::domain::id::{MessageId, SubscriptionId};
use crate::error::Result;
use crate::store::Reader;
use crate::store::deliveries::{COLUMNS, Delivery, read, sum};

/// A row with whom it was for; the address is empty where the reader was erased.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    pub delivery: Delivery,
    pub address: String,
}

/// Whose rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Message(MessageId),
    /// The newest first.
    Reader(SubscriptionId),
}

/// Where a page ends and the next begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(i64, i64);

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.0, self.1)
    }
}

impl Place {
    /// Before the rows of this subscription.
    pub fn before_subscription(number: i64) -> Place {
        Place(number, i64::MIN)
    }

    /// Reads what `Display` wrote; `None` for anything else.
    pub fn parse(typed: &str) -> Option<Place> {
        let (one, other) = typed.split_once('-')?;
        Some(Place(one.parse().ok()?, other.parse().ok()?))
    }
}

/// One page, and where the next begins if there may be one.
#[derive(Debug)]
pub struct LedgerPage {
    pub rows: Vec<LedgerRow>,
    pub next: Option<Place>,
}

/// Rows looked at for one page where no index tells the states apart.
const LOOK: i64 = 4000;

/// The way through the rows of a message in one state: the condition as the index names it.
enum Walk {
    /// Along (message, reader, occurrence).
    ByReader,
    /// Along (message, id) or (message, state, id).
    ById(&'static str),
}

fn walk(state: Option<State>) -> Walk {
    match state {
        None | Some(State::Sent) => Walk::ByReader,
        Some(State::Queued) => Walk::ById("state in ('queued', 'deferred')"),
        Some(State::Sending) => Walk::ById("state = 'sending' and state in ('sending', 'unsure')"),
        Some(State::Deferred | State::Failed | State::Bounced | State::Unsure) => {
            Walk::ById("state = ?4 and state in ('deferred', 'failed', 'bounced', 'unsure')")
        }
        Some(State::Suppressed | State::Cancelled) => {
            Walk::ById("state = ?4 and state in ('suppressed', 'cancelled')")
        }
    }
}

impl Reader {
    /// Up to `limit` rows after `after`, in the order of the walk.
    pub fn ledger_page(
        &self,
        of: Of,
        state: Option<State>,
        after: Option<Place>,
        limit: i64,
    ) -> Result<LedgerPage> {
        match (of, walk(state)) {
            (Of::Reader(reader), _) => {
                let place = after.unwrap_or(Place(i64::MAX, 0));
                let sql = format!(
                    "select {COLUMNS} from deliveries where subscription_id = ?1 and id < ?2
                     order by id desc limit ?5"
                );
                self.looked_page(&sql, reader.0, state, place, limit, |delivery| Place(delivery.id.0, 0))
            }
            (Of::Message(message), Walk::ById(condition)) => {
                let sql = format!(
                    "select {COLUMNS} from deliveries where message_id = ?1 and {condition} and id > ?2
                     order by id limit ?5"
                );
                let place = after.unwrap_or_default();
                self.looked_page(&sql, message.0, state, place, limit, |delivery| Place(delivery.id.0, 0))
            }
            (Of::Message(message), Walk::ByReader) => {
                let sql = format!(
                    "select {COLUMNS} from deliveries where message_id = ?1 and (subscription_id, occurrence) > (?2, ?3)
                     order by subscription_id, occurrence limit ?5"
                );
                let place = after.unwrap_or(Place(0, i64::MIN));
                let place_of = |delivery: &Delivery| Place(delivery.subscription.0, delivery.occurrence);
                self.looked_page(&sql, message.0, state, place, limit, place_of)
            }
        }
    }

    /// Walks on until the page is full, the rows end or `LOOK` were looked at.
    fn looked_page(
        &self,
        sql: &str,
        of: i64,
        state: Option<State>,
        after: Place,
        limit: i64,
        place_of: impl Fn(&Delivery) -> Place,
    ) -> Result<LedgerPage> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let look = LOOK.max(limit + 1);
        let word = state.map(State::word);
        let mut found = statement.query((of, after.0, after.1, word, look))?;
        let mut page = LedgerPage { rows: Vec::new(), next: None };
        let mut looked = 0;
        let mut last = None;
        while let Some(row) = found.next()? {
            looked += 1;
            let is_sought =
                word.is_none_or(|word| row.get_ref(4).is_ok_and(|found| found.as_str() == Ok(word)));
            if is_sought && page.rows.len() >= usize::try_from(limit).unwrap_or(0) {
                page.next = last;
                return Ok(page);
            }
            let delivery = read(row)?;
            last = Some(place_of(&delivery));
            if is_sought {
                let address = self.address_of(delivery.subscription)?;
                page.rows.push(LedgerRow { delivery, address });
            }
        }
        page.next = last.filter(|_| looked == look);
        Ok(page)
    }

    /// The lowest and the highest subscription among a message's rows.
    pub fn ledger_span(&self, message: MessageId) -> Result<Option<(i64, i64)>> {
        let end = |order: &str| {
            let sql = format!("select {order}(subscription_id) from deliveries where message_id = ?1");
            self.connection.query_row(&sql, [message], |row| row.get::<_, Option<i64>>(0))
        };
        Ok(end("min")?.zip(end("max")?))
    }

    /// Every message that has rows or counters, the newest first.
    pub fn ledger_messages(&self) -> Result<Vec<MessageId>> {
        let mut statement = self.connection.prepare(
            "select id from messages m where exists (select 1 from deliveries d where d.message_id = m.id)
               or exists (select 1 from delivery_counts c where c.message_id = m.id and c.count <> 0)
             order by id desc",
        )?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// What the counters say of a message, without what is still to be written.
    pub fn counted_rows(&self, message: MessageId) -> Result<Ledger> {
        let mut statement = self
            .connection
            .prepare_cached("select state, count from delivery_counts where message_id = ?1")?;
        sum(statement.query([message])?)
    }

    /// Counts up to `limit` rows of a message after `after` one by one, and says where it stopped if there may be more.
    pub fn count_rows(
        &self,
        message: MessageId,
        after: Option<Place>,
        limit: i64,
    ) -> Result<(Ledger, Option<Place>)> {
        let mut statement = self.connection.prepare_cached(
            "select state, subscription_id, occurrence from deliveries
             where message_id = ?1 and (subscription_id, occurrence) > (?2, ?3)
             order by subscription_id, occurrence limit ?4",
        )?;
        let after = after.unwrap_or(Place(0, i64::MIN));
        let mut rows = statement.query((message, after.0, after.1, limit))?;
        let mut ledger = Ledger::default();
        let mut last = None;
        while let Some(row) = rows.next()? {
            if let Some(state) = State::parse(row.get_ref(0)?.as_str().unwrap_or_default()) {
                ledger.add(state, 1);
            }
            ledger.audience += 1;
            last = Some(Place(row.get(1)?, row.get(2)?));
        }
        let is_full = ledger.audience >= limit;
        Ok((ledger, last.filter(|_| is_full)))
    }

    /// Broadcasts whose audience is written down and is not what their counters add up to.
    pub fn broadcasts_that_do_not_add_up(&self) -> Result<i64> {
        Ok(self.connection.query_row(
            "select count(*) from broadcasts b where all_written = 1 and audience <>
               (select coalesce(sum(count), 0) from delivery_counts c where c.message_id = b.message_id)",
            [],
            |row| row.get(0),
        )?)
    }

    fn address_of(&self, subscription: SubscriptionId) -> Result<String> {
        let mut statement = self.connection.prepare_cached(
            "select p.address from subscriptions s join subscribers p on p.id = s.subscriber_id where s.id = ?1",
        )?;
        Ok(statement.query_row([subscription], |row| row.get(0))?)
    }
}
