//! Readers of a list, page after page, with all that is known of them.
//! Not the file they are written into: transfer/export.

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use crate::clock::Instant;
use crate::domain::id::{ListId, SubscriptionId};
use crate::domain::subscriber::{Fields, SubscriptionState};
use crate::error::Result;
use crate::store::Reader;
use crate::store::conditions::Fragment;

/// One reader of a list.
#[derive(Clone, Debug)]
pub struct Exported {
    pub id: SubscriptionId,
    pub address: String,
    pub name: String,
    pub fields: Fields,
    pub tags: Vec<String>,
    pub state: SubscriptionState,
    pub asked_at: Instant,
    pub joined_at: Option<Instant>,
    pub left_at: Option<Instant>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Exported> {
    let tags: Option<String> = row.get(4)?;
    Ok(Exported {
        id: row.get(0)?,
        address: row.get(1)?,
        name: row.get(2)?,
        fields: serde_json::from_str(row.get_ref(3)?.as_str()?).unwrap_or_default(),
        tags: tags.map(|tags| tags.split('\n').map(str::to_string).collect()).unwrap_or_default(),
        state: SubscriptionState::parse(row.get_ref(5)?.as_str()?).unwrap_or(SubscriptionState::Left),
        asked_at: row.get(6)?,
        joined_at: row.get(7)?,
        left_at: row.get(8)?,
    })
}

/// The parameters of a condition begin with this number.
pub const FIRST: usize = 6;

impl Reader {
    /// Readers with numbers above `after` and up to `until`, in the order of their numbers; who was erased is left out.
    pub fn export_page(
        &self,
        list: ListId,
        state: Option<SubscriptionState>,
        condition: Option<&Fragment>,
        (after, until): (SubscriptionId, SubscriptionId),
        limit: i64,
    ) -> Result<Vec<Exported>> {
        // `not indexed`: by their numbers, or SQLite would sort the whole list for each page.
        let (fits, values) =
            condition.map_or(("1", [].as_slice()), |fragment| (fragment.sql.as_str(), &fragment.values));
        let mut statement = self.connection.prepare_cached(&format!(
            "select s.id, p.address, p.name, p.fields,
               (select group_concat(t.name, char(10)) from taggings g join tags t on t.id = g.tag_id
                where g.subscriber_id = p.id),
               s.state, s.asked_at, s.joined_at, s.left_at
             from subscriptions s not indexed cross join subscribers p on p.id = s.subscriber_id
             where s.id > ?2 and s.id <= ?3 and s.list_id = ?1 and (?4 = '' or s.state = ?4) and p.erased_at is null
               and {fits} order by s.id limit ?5"
        ))?;
        let state = state.map_or("", SubscriptionState::word).to_string();
        let head = [list.0.into(), after.0.into(), until.0.into(), state.into(), Value::from(limit)];
        let rows = statement.query_map(params_from_iter(head.iter().chain(values)), read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The highest number of a reader on any list.
    pub fn last_subscription(&self) -> Result<SubscriptionId> {
        Ok(self
            .connection
            .query_row("select coalesce(max(id), 0) from subscriptions", [], |row| row.get(0))?)
    }
}
