//! The audiences of broadcasts: their rules, the readers who fit them, counted or written into the ledger in pieces.
//! Not the conditions on readers (conditions.rs) and not when a piece is written (mail/audience).

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::clock::Instant;
use crate::domain::audience::{Audience, Gap, Missing};
use crate::domain::delivery::Urgency;
use crate::domain::id::{ListId, MessageId, SubscriptionId};
use crate::domain::when::Today;
use crate::error::Result;
use crate::store::conditions::{Count, Fragment};
use crate::store::{Reader, Writer};

/// Readers looked at in one query.
const WINDOW: i64 = 1000;

/// Asked for each reader who fits: when her mail is due, or `None` if she is not in it after all. Given is her number and
/// what her field `time_zone` says.
pub type Chooser<'a> = dyn FnMut(SubscriptionId, &str) -> Option<Instant> + 'a;

/// Where a broadcast's writing stands.
struct Writing {
    list: ListId,
    to: SubscriptionId,
    until: SubscriptionId,
}

impl Reader {
    /// Who of its list a broadcast is for.
    pub fn audience(&self, message: MessageId) -> Result<Audience> {
        let mut statement =
            self.connection.prepare_cached("select rule from broadcasts where message_id = ?1")?;
        let rule: String = statement.query_row([message], |row| row.get(0))?;
        Ok(Audience::stored(&rule))
    }

    /// Checks that what an audience names is there, and gives it with its values in their stored form.
    pub fn check_audience(&self, audience: &Audience) -> Result<Audience> {
        let check =
            |condition: &Option<_>| condition.as_ref().map(|one| self.check_condition(one)).transpose();
        for list in &audience.exclude_lists {
            self.list_named(list.as_str()).map_err(|error| error.on("exclude_lists"))?;
        }
        Ok(Audience {
            condition: check(&audience.condition)?,
            exclude: check(&audience.exclude)?,
            ..audience.clone()
        })
    }

    /// Counts the readers who fit, for as long as `may_go_on` says so. The share of a split test is not drawn here.
    pub fn count_audience(
        &self,
        list: ListId,
        audience: &Audience,
        today: &Today,
        may_go_on: impl FnMut(i64) -> bool,
    ) -> Result<Count> {
        if audience.is_whole_list() {
            return self.count_matching(list, &audience.as_condition(), today, may_go_on);
        }
        let fragment = self.audience_sql(list, audience, today, 4)?;
        self.count_fitting(list, &fragment, may_go_on)
    }

    /// The audience as SQL for one reader, 1 or 0, over `subscriptions s join subscribers p`.
    pub(super) fn audience_sql(
        &self,
        list: ListId,
        audience: &Audience,
        today: &Today,
        first: usize,
    ) -> Result<Fragment> {
        let mut fragment = self.condition_sql(list, &audience.as_condition(), today, first)?;
        if let Some(missing) = &audience.missing {
            fragment.sql = format!("({} and {})", fragment.sql, missing_sql(missing));
        }
        if let Some(MessageId(message)) = audience.unopened {
            fragment.sql = format!(
                "({} and exists (select 1 from deliveries d where d.message_id = {message}
                     and d.subscription_id = s.id and d.state = 'sent')
                   and not exists (select 1 from engagements e where e.message_id = {message}
                     and e.subscription_id = s.id))",
                fragment.sql
            );
        }
        Ok(fragment)
    }
}

/// Nobody who got the message, or one that was sent after it to those who had not, or who may still get one of them. Where
/// there is no row, her place among the readers tells whether she was still to be written down when it was stopped.
fn missing_sql(missing: &Missing) -> String {
    let message = missing.message.0;
    let groups: Vec<String> = missing.groups.iter().map(|gap| format!("'{}'", gap.word())).collect();
    let (cancelled, joined) = (Gap::Cancelled.word(), Gap::Joined.word());
    format!(
        "not exists (select 1 from deliveries d where d.subscription_id = s.id
             and (d.message_id = {message} or d.message_id in (select b.message_id from broadcasts b
               where b.parent = {message} and b.follows = 'missing'))
             and d.state in ('sent', 'queued', 'sending', 'deferred', 'unsure'))
         and coalesce((select d.state from deliveries d where d.message_id = {message}
               and d.subscription_id = s.id order by d.occurrence desc limit 1),
             (select iif(b.all_written = 0 and s.id > b.written_to and s.id <= b.written_until, '{cancelled}', '{joined}')
              from broadcasts b where b.message_id = {message}), '{joined}') in ({})",
        groups.join(", ")
    )
}

impl Writer {
    /// Gives a broadcast that has not started its audience.
    pub fn set_audience(&self, message: MessageId, audience: &Audience) -> Result<()> {
        self.connection.execute(
            "update broadcasts set rule = ?2 where message_id = ?1 and state in ('draft', 'scheduled')",
            (message, audience.to_json()),
        )?;
        Ok(())
    }

    /// Looks at the next readers of a running broadcast's list and writes down who fits and is chosen, together with the
    /// place where it stopped. Returns how many were written. At each commit the audience is the rows, or, for a whole
    /// list, what was decided at the start; at the end it is the rows.
    pub fn write_chosen(
        &self,
        message: MessageId,
        audience: &Audience,
        today: &Today,
        now: Instant,
        choose: &mut Chooser<'_>,
    ) -> Result<usize> {
        self.transaction(|| {
            let writing = self.writing(message)?;
            let (end, is_last) = self.window(&writing)?;
            let fitting = self.fitting(&writing, end, audience, today)?;
            let mut written = 0;
            let mut insert = self.connection.prepare_cached(
                "insert into deliveries (message_id, subscription_id, urgency, state, due_at, created_at)
                 values (?1, ?2, ?3, 'queued', ?4, ?5) on conflict do nothing",
            )?;
            for (reader, zone) in fitting {
                if let Some(due) = choose(reader, &zone) {
                    written += insert.execute((message, reader, Urgency::Normal.number(), due, now))?;
                }
            }
            self.connection
                .prepare_cached(
                    "update broadcasts set written_to = ?2, all_written = ?3,
                       audience = iif(?3 or rule <> '{}',
                         (select coalesce(sum(count), 0) from delivery_counts where message_id = ?1), audience)
                     where message_id = ?1",
                )?
                .execute((message, end, is_last))?;
            Ok(written)
        })
    }

    fn writing(&self, message: MessageId) -> Result<Writing> {
        let mut statement = self.connection.prepare_cached(
            "select m.list_id, b.written_to, b.written_until from broadcasts b
             join messages m on m.id = b.message_id where b.message_id = ?1",
        )?;
        Ok(statement.query_row([message], |row| {
            Ok(Writing { list: row.get(0)?, to: row.get(1)?, until: row.get(2)? })
        })?)
    }

    /// The last of the next readers to look at, and whether none come after.
    fn window(&self, writing: &Writing) -> Result<(SubscriptionId, bool)> {
        let mut statement = self.connection.prepare_cached(
            "select count(*), max(id) from (select id from subscriptions
             where list_id = ?1 and state = 'confirmed' and id > ?2 and id <= ?3 order by id limit ?4)",
        )?;
        let (seen, last): (i64, Option<SubscriptionId>) = statement
            .query_row((writing.list, writing.to, writing.until, WINDOW), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        match last {
            Some(last) if seen == WINDOW => Ok((last, false)),
            _ => Ok((writing.until, true)),
        }
    }

    fn fitting(
        &self,
        writing: &Writing,
        end: SubscriptionId,
        audience: &Audience,
        today: &Today,
    ) -> Result<Vec<(SubscriptionId, String)>> {
        let fragment = self.audience_sql(writing.list, audience, today, 4)?;
        let mut statement = self.connection.prepare_cached(&format!(
            "select s.id, coalesce(json_extract(p.fields, '$.time_zone'), '')
             from subscriptions s join subscribers p on p.id = s.subscriber_id
             where s.list_id = ?1 and s.state = 'confirmed' and s.id > ?2 and s.id <= ?3 and {}
             order by s.id",
            fragment.sql
        ))?;
        let head = [writing.list.0, writing.to.0, end.0].map(Value::from);
        let rows = statement.query_map(params_from_iter(head.iter().chain(&fragment.values)), |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
