//! A condition as SQL over `subscriptions s join subscribers p on p.id = s.subscriber_id`: one tree, whether one reader is
//! asked, a list is counted or an audience is written.
//! Not the tree: domain/condition. Nothing typed becomes a part of the SQL: it is bound.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use crate::domain::condition::{Between, Condition, Way, Which};
use crate::domain::field_test::{Asks, FieldTest};
use crate::domain::id::{ListId, MessageId, SubscriptionId};
use crate::domain::tag::TagName;
use crate::domain::when::{Today, When};
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::errors;

/// Readers looked at in one query of a count.
const CHUNK: i64 = 2000;

/// A piece of SQL that is 1 for a reader who matches and 0 for others, never null, and the values of its parameters,
/// in the order of their numbers.
#[derive(Clone, Debug)]
pub struct Fragment {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

/// How many of a list's confirmed readers match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    pub matching: i64,
    pub looked_at: i64,
    /// Whether everybody was looked at; if not, there may be more.
    pub is_whole: bool,
}

/// One value of a field, how many readers have it, and one of them.
#[derive(Clone, Debug)]
pub struct SeenValue {
    pub value: String,
    pub readers: i64,
    pub example: SubscriptionId,
}

impl Reader {
    /// Whether a reader matches.
    pub fn matches(&self, id: SubscriptionId, condition: &Condition, today: &Today) -> Result<bool> {
        let list: Option<ListId> = self
            .connection
            .prepare_cached("select list_id from subscriptions where id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let Some(list) = list else { return Ok(false) };
        let fragment = self.condition_sql(list, condition, today, 2)?;
        let mut statement = self.connection.prepare_cached(&format!(
            "select {} from subscriptions s join subscribers p on p.id = s.subscriber_id where s.id = ?1",
            fragment.sql
        ))?;
        let values = [Value::from(id.0)].into_iter().chain(fragment.values);
        Ok(statement.query_row(params_from_iter(values), |row| row.get(0))?)
    }

    /// Counts the confirmed readers of a list who match, for as long as `may_go_on` says so: asked after each
    /// couple of thousand readers.
    pub fn count_matching(
        &self,
        list: ListId,
        condition: &Condition,
        today: &Today,
        may_go_on: impl FnMut(i64) -> bool,
    ) -> Result<Count> {
        if condition.is_everybody() {
            let confirmed = self.list_counts(list)?.confirmed;
            return Ok(Count { matching: confirmed, looked_at: confirmed, is_whole: true });
        }
        let fragment = self.condition_sql(list, condition, today, 4)?;
        self.count_fitting(list, &fragment, may_go_on)
    }

    /// Counts the confirmed readers of a list for whom the SQL, with parameters from `?4` on, is 1.
    pub(super) fn count_fitting(
        &self,
        list: ListId,
        fragment: &Fragment,
        mut may_go_on: impl FnMut(i64) -> bool,
    ) -> Result<Count> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select count(*), coalesce(sum(hit), 0), max(id) from (
               select s.id, {} as hit from subscriptions s join subscribers p on p.id = s.subscriber_id
               where s.list_id = ?1 and s.state = 'confirmed' and s.id > ?2 order by s.id limit ?3)",
            fragment.sql
        ))?;
        let mut count = Count::default();
        let mut after = SubscriptionId(0);
        loop {
            let head = [list.0, after.0, CHUNK].map(Value::from);
            let values = head.iter().chain(&fragment.values);
            let (seen, hits, last): (i64, i64, Option<SubscriptionId>) = statement
                .query_row(params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            count.looked_at += seen;
            count.matching += hits;
            match last {
                Some(last) if seen == CHUNK => after = last,
                _ => return Ok(Count { is_whole: true, ..count }),
            }
            if !may_go_on(count.looked_at) {
                return Ok(count);
            }
        }
    }

    /// The different values that a field has among the latest `most_readers` confirmed readers of a list who match,
    /// at most `most_values` of them.
    pub fn field_values(
        &self,
        list: ListId,
        key: &str,
        condition: &Condition,
        today: &Today,
        (most_readers, most_values): (i64, i64),
    ) -> Result<Vec<SeenValue>> {
        let fragment = self.condition_sql(list, condition, today, 5)?;
        let mut statement = self.connection.prepare_cached(&format!(
            "select coalesce(json_extract(p.fields, ?2), ''), count(*), min(s.id)
             from (select id, subscriber_id, list_id, joined_at from subscriptions
               where list_id = ?1 and state = 'confirmed' order by id desc limit ?3) s
             join subscribers p on p.id = s.subscriber_id where {} group by 1 order by 1 limit ?4",
            fragment.sql
        ))?;
        let head = [
            Value::from(list.0),
            Value::from(format!("$.\"{}\"", key.replace('"', ""))),
            Value::from(most_readers),
            Value::from(most_values),
        ];
        let rows = statement.query_map(params_from_iter(head.iter().chain(&fragment.values)), |row| {
            Ok(SeenValue { value: row.get(0)?, readers: row.get(1)?, example: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The condition for readers of one list, with parameters from `?first` on. Tags, lists and broadcasts are looked
    /// up here, once; what is not there matches nobody.
    pub fn condition_sql(
        &self,
        list: ListId,
        condition: &Condition,
        today: &Today,
        first: usize,
    ) -> Result<Fragment> {
        condition.check_size().or_else(|error| match condition {
            Condition::Any(parts) if parts.is_empty() => Ok(()), // a stored one that could not be read
            _ => Err(error),
        })?;
        let mut builder = Builder { store: self, list, today, first, values: Vec::new() };
        let sql = builder.condition(condition)?;
        Ok(Fragment { sql, values: builder.values })
    }

    /// Checks that what a condition names is there and fits, and gives it with its values in their stored form.
    pub fn check_condition(&self, condition: &Condition) -> Result<Condition> {
        condition.check_size()?;
        for test in condition.tests() {
            match test {
                Condition::Tag(name) if self.tag_named(name)?.is_none() => {
                    return Err(Error::invalid(errors::CONDITION_TAG_UNKNOWN)
                        .with("name", name.as_str())
                        .on("condition"));
                }
                Condition::OnList(name) => {
                    self.list_named(name.as_str()).map_err(|_| {
                        Error::invalid(errors::LIST_NOT_FOUND).with("name", name.as_str()).on("condition")
                    })?;
                }
                Condition::Opened(Which::Message(id)) | Condition::Clicked(Which::Message(id)) => {
                    self.message_subject(*id).map_err(|_| {
                        Error::invalid(errors::MESSAGE_NOT_FOUND).with("name", id.to_string()).on("condition")
                    })?;
                }
                _ => {}
            }
        }
        condition.with_field_tests(&mut |test| match self.field_by_key(&test.key)? {
            Some(field) => test.check(&field),
            None => {
                Err(Error::invalid(errors::FIELD_NOT_FOUND).with("name", test.key.as_str()).on("condition"))
            }
        })
    }

    /// The latest broadcasts of a list that have begun to go out.
    fn latest_broadcasts(&self, list: ListId, count: u32) -> Result<Vec<MessageId>> {
        let mut statement = self.connection.prepare_cached(
            "select b.message_id from broadcasts b join messages m on m.id = b.message_id
             where m.list_id = ?1 and b.started_at is not null order by b.started_at desc, b.message_id desc limit ?2",
        )?;
        Ok(statement.query_map((list, count), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}

/// Grows the SQL of one condition and the values of its parameters.
struct Builder<'a> {
    store: &'a Reader,
    list: ListId,
    today: &'a Today,
    first: usize,
    values: Vec<Value>,
}

/// What a date and a birthday look like when they are stored.
const IS_DATE: &str = "glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'";
const IS_BIRTHDAY: &str = "glob '--[0-9][0-9]-[0-9][0-9]'";

impl Builder<'_> {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.first + self.values.len() - 1)
    }

    fn condition(&mut self, condition: &Condition) -> Result<String> {
        Ok(match condition {
            Condition::All(parts) => self.group(parts, " and ", "1")?,
            Condition::Any(parts) => self.group(parts, " or ", "0")?,
            Condition::Not(part) => format!("(not {})", self.condition(part)?),
            Condition::Field(test) => self.field(test),
            Condition::Tag(name) => self.tag(name)?,
            Condition::Opened(which) => self.engaged(*which, "'open', 'click'")?,
            Condition::Clicked(which) => self.engaged(*which, "'click'")?,
            Condition::OnList(name) => self.on_list(name.as_str())?,
            Condition::JoinedBetween(between) => self.joined(between),
            Condition::Way(way) => self.way(*way),
        })
    }

    fn group(&mut self, parts: &[Condition], word: &str, of_none: &str) -> Result<String> {
        let parts: Vec<String> = parts.iter().map(|part| self.condition(part)).collect::<Result<_>>()?;
        Ok(if parts.is_empty() { of_none.to_string() } else { format!("({})", parts.join(word)) })
    }

    fn field(&mut self, test: &FieldTest) -> String {
        // A key holds letters, digits and _ only, but it is bound and quoted all the same.
        let path = self.bind(format!("$.\"{}\"", test.key.as_str().replace('"', "")));
        let value = format!("coalesce(json_extract(p.fields, {path}), '')");
        match &test.asks {
            Asks::Equals(text) => format!("({value} = {})", self.bind(text.clone())),
            Asks::Differs(text) => format!("({value} <> {})", self.bind(text.clone())),
            Asks::Contains(text) => {
                format!("(instr(lower({value}), {}) > 0)", self.bind(text.to_ascii_lowercase()))
            }
            Asks::Starts(text) => {
                let text = self.bind(text.to_ascii_lowercase());
                format!("(substr(lower({value}), 1, length({text})) = {text})")
            }
            Asks::Empty => format!("({value} = '')"),
            Asks::Set => format!("({value} <> '')"),
            Asks::Less(number) => self.number(&value, "<", number),
            Asks::AtMost(number) => self.number(&value, "<=", number),
            Asks::More(number) => self.number(&value, ">", number),
            Asks::AtLeast(number) => self.number(&value, ">=", number),
            Asks::Before(when) => self.day(&value, "<", *when),
            Asks::After(when) => self.day(&value, ">", *when),
            Asks::On(when) => self.day(&value, "=", *when),
            Asks::Anniversary(day) => {
                let (day, stand_in) = day.on(self.today);
                let days: Vec<String> = [Some(day.as_str()), stand_in]
                    .into_iter()
                    .flatten()
                    .map(|day| self.bind(day.to_string()))
                    .collect();
                format!(
                    "(({value} {IS_DATE} or {value} {IS_BIRTHDAY}) and substr({value}, -5) in ({}))",
                    days.join(", ")
                )
            }
            Asks::InMonth(month) => {
                let month = self.bind(format!("{:02}", month.on(self.today)));
                format!("(({value} {IS_DATE} or {value} {IS_BIRTHDAY}) and substr({value}, -5, 2) = {month})")
            }
        }
    }

    /// Values are compared as numbers if they are stored as numbers are; others match nothing. `case` keeps the order.
    fn number(&mut self, value: &str, sign: &str, number: &str) -> String {
        let number = self.bind(number.parse::<f64>().unwrap_or(f64::NAN));
        format!(
            "(case when not json_valid({value}) then 0 when json_type({value}) not in ('integer', 'real') then 0
              else coalesce(cast({value} as real) {sign} {number}, 0) end)"
        )
    }

    fn day(&mut self, value: &str, sign: &str, when: When) -> String {
        let day = self.bind(when.on(self.today).to_string());
        format!("({value} {IS_DATE} and {value} {sign} {day})")
    }

    fn tag(&mut self, name: &TagName) -> Result<String> {
        Ok(match self.store.tag_named(name)? {
            Some(tag) => format!(
                "exists (select 1 from taggings g where g.subscriber_id = p.id and g.tag_id = {})",
                self.bind(tag.0)
            ),
            None => "0".to_string(),
        })
    }

    fn engaged(&mut self, which: Which, kinds: &str) -> Result<String> {
        let messages = match which {
            Which::Message(id) => vec![id],
            Which::Last(count) => self.store.latest_broadcasts(self.list, count)?,
        };
        let messages: Vec<String> = messages.into_iter().map(|id| self.bind(id.0)).collect();
        Ok(format!(
            "exists (select 1 from engagements e where e.subscription_id = s.id and e.message_id in ({})
               and e.kind in ({kinds}))",
            messages.join(", ")
        ))
    }

    fn on_list(&mut self, name: &str) -> Result<String> {
        let found: Option<ListId> = self
            .store
            .connection
            .prepare_cached("select id from lists where name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        Ok(match found {
            Some(list) => format!(
                "exists (select 1 from subscriptions o where o.subscriber_id = p.id and o.list_id = {}
                   and o.state = 'confirmed')",
                self.bind(list.0)
            ),
            None => "0".to_string(),
        })
    }

    fn joined(&mut self, between: &Between) -> String {
        let mut tests = vec!["s.joined_at is not null".to_string()];
        if let Some(from) = between.from {
            let from = self.bind(self.today.start_of(from.on(self.today)));
            tests.push(format!("s.joined_at >= {from}"));
        }
        if let Some(to) = between.to {
            let day = to.on(self.today);
            let after = day.succ_opt().unwrap_or(day);
            let after = self.bind(self.today.start_of(after));
            tests.push(format!("s.joined_at < {after}"));
        }
        format!("({})", tests.join(" and "))
    }

    fn way(&mut self, way: Way) -> String {
        let way = self.bind(way.word().to_string());
        format!(
            "(coalesce((select c.way from consents c where c.subscription_id = s.id and c.event in ('asked', 'added')
               order by c.id desc limit 1), '') = {way})"
        )
    }
}
