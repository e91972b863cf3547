//! The fields that the owner declared, which of them a form asks for, and the end of a field's values.
//! Not the values: those lie with the readers, in subscribers.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::field::{AskedField, Field, FieldKey, Kind, MOST_FIELDS};
use crate::domain::id::{FieldId, ListId, SubscriberId};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer, is_duplicate};
use crate::texts::errors;

const COLUMNS: &str = "f.id, f.key, f.label, f.kind, f.choices";

fn read(row: &Row<'_>) -> rusqlite::Result<Field> {
    Ok(Field {
        id: row.get(0)?,
        key: FieldKey::stored(row.get(1)?),
        label: row.get(2)?,
        kind: Kind::parse(row.get_ref(3)?.as_str()?).unwrap_or(Kind::Text),
        choices: row.get_ref(4)?.as_str()?.lines().map(str::to_string).collect(),
    })
}

/// A field that was taken away, and what becomes of its values.
#[derive(Clone, Debug)]
pub struct RemovedField {
    pub field: Field,
    /// The owner had its values erased; ticks are at it.
    pub is_being_erased: bool,
}

impl Reader {
    /// The declared fields in their order.
    pub fn fields(&self) -> Result<Vec<Field>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from fields f where removed_at is null order by position, id"
        ))?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn removed_fields(&self) -> Result<Vec<RemovedField>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS}, erased_to is not null from fields f where removed_at is not null order by id"
        ))?;
        let rows = statement
            .query_map([], |row| Ok(RemovedField { field: read(row)?, is_being_erased: row.get(5)? }))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub fn field(&self, id: FieldId) -> Result<Field> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from fields f where id = ?1 and removed_at is null"
        ))?;
        let found = statement.query_row([id], read).optional()?;
        found.ok_or_else(|| Error::not_found(errors::FIELD_NOT_FOUND).with("name", id.to_string()))
    }

    pub fn field_by_key(&self, key: &FieldKey) -> Result<Option<Field>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS} from fields f where key = ?1 and removed_at is null"
        ))?;
        Ok(statement.query_row([key.as_str()], read).optional()?)
    }

    /// What the form of a list asks for, in its order.
    pub fn list_fields(&self, list: ListId) -> Result<Vec<AskedField>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS}, a.is_required from list_fields a join fields f on f.id = a.field_id
             where a.list_id = ?1 and f.removed_at is null order by a.position, f.position, f.id"
        ))?;
        let rows = statement
            .query_map([list], |row| Ok(AskedField { field: read(row)?, is_required: row.get(5)? }))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn is_field_kept(&self, key: &FieldKey) -> Result<bool> {
        Ok(self.connection.query_row(
            "select exists (select 1 from fields where key = ?1 and removed_at is not null)",
            [key.as_str()],
            |row| row.get(0),
        )?)
    }
}

impl Writer {
    /// Declares a field, after the others; `field.id` is ignored.
    pub fn add_field(&self, field: &Field, now: Instant) -> Result<FieldId> {
        self.transaction(|| {
            let key = field.key.as_str();
            if self.is_field_kept(&field.key)? {
                return Err(Error::invalid(errors::FIELD_KEPT).with("key", key).on("key"));
            }
            let count: usize = self.fields()?.len();
            if count >= MOST_FIELDS {
                return Err(Error::invalid(errors::FIELD_TOO_MANY).with("limit", MOST_FIELDS.to_string()));
            }
            let added = self.connection.execute(
                "insert into fields (key, label, kind, choices, created_at, position)
                 values (?1, ?2, ?3, ?4, ?5, (select coalesce(max(position), 0) + 1 from fields))",
                (key, &field.label, field.kind.word(), field.choices.join("\n"), now),
            );
            match added {
                Ok(_) => Ok(FieldId(self.connection.last_insert_rowid())),
                Err(cause) if is_duplicate(&cause) => {
                    Err(Error::invalid(errors::NAME_ALREADY_USED).with("name", key).on("key"))
                }
                Err(cause) => Err(cause.into()),
            }
        })
    }

    /// Changes label and choices. Key and kind stay: they stand in texts, conditions and stored values.
    pub fn change_field(&self, field: &Field) -> Result<()> {
        self.connection.execute(
            "update fields set label = ?2, choices = ?3 where id = ?1",
            (field.id, &field.label, field.choices.join("\n")),
        )?;
        Ok(())
    }

    /// Puts a field one place up or down.
    pub fn move_field(&self, id: FieldId, is_up: bool) -> Result<()> {
        self.transaction(|| {
            let mut order: Vec<FieldId> = self.fields()?.into_iter().map(|field| field.id).collect();
            let place = order.iter().position(|other| *other == id);
            let other = place.and_then(|place| if is_up { place.checked_sub(1) } else { Some(place + 1) });
            if let (Some(place), Some(other)) = (place, other.filter(|other| *other < order.len())) {
                order.swap(place, other);
            }
            for (place, id) in (1_i64..).zip(order) {
                self.connection.execute("update fields set position = ?2 where id = ?1", (id, place))?;
            }
            Ok(())
        })
    }

    /// Takes a field away; the readers' values stay.
    pub fn remove_field(&self, id: FieldId, now: Instant) -> Result<()> {
        self.connection
            .execute("update fields set removed_at = ?2 where id = ?1 and removed_at is null", (id, now))?;
        Ok(())
    }

    /// Brings a field back that was taken away, unless its values are being erased.
    pub fn restore_field(&self, id: FieldId) -> Result<bool> {
        let changed = self
            .connection
            .execute("update fields set removed_at = null where id = ?1 and erased_to is null", [id])?;
        Ok(changed > 0)
    }

    /// Has the values of a field that was taken away erased, by the ticks to come.
    pub fn erase_values(&self, id: FieldId) -> Result<()> {
        self.connection.execute(
            "update fields set erased_to = 0 where id = ?1 and removed_at is not null and erased_to is null",
            [id],
        )?;
        Ok(())
    }

    /// Erases the values of one such field from the next `limit` readers; at the end the field is gone.
    /// `false` when there is nothing to erase.
    pub fn erase_some_values(&self, limit: i64) -> Result<bool> {
        self.transaction(|| {
            let open = self.connection.query_row(
                "select id, key, erased_to from fields where erased_to is not null order by id limit 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            );
            let Some((id, key, done)): Option<(FieldId, String, SubscriberId)> = open.optional()? else {
                return Ok(false);
            };
            let last: Option<SubscriberId> = self.connection.query_row(
                "select max(id) from (select id from subscribers where id > ?1 order by id limit ?2)",
                (done, limit),
                |row| row.get(0),
            )?;
            match last {
                Some(last) => self.erase_values_between(id, &key, done, last)?,
                None => self.forget_field(id)?,
            }
            Ok(true)
        })
    }

    fn erase_values_between(
        &self,
        id: FieldId,
        key: &str,
        after: SubscriberId,
        last: SubscriberId,
    ) -> Result<()> {
        let path = format!("$.{key}");
        self.connection.execute(
            "update subscribers set fields = json_remove(fields, ?3)
             where id > ?1 and id <= ?2 and json_extract(fields, ?3) is not null",
            (after, last, path),
        )?;
        self.connection.execute("update fields set erased_to = ?2 where id = ?1", (id, last))?;
        Ok(())
    }

    fn forget_field(&self, id: FieldId) -> Result<()> {
        self.connection.execute("delete from fields where id = ?1", [id])?;
        Ok(())
    }

    /// Says what the form of a list asks for, in this order, each with whether it must be filled in.
    pub fn put_list_fields(&self, list: ListId, asked: &[(FieldId, bool)]) -> Result<()> {
        self.transaction(|| {
            self.connection.execute(
                "delete from list_fields where list_id = ?1
                   and field_id in (select id from fields where removed_at is null)",
                [list],
            )?;
            for (place, (field, is_required)) in (1_i64..).zip(asked) {
                self.connection.execute(
                    "insert into list_fields (list_id, field_id, position, is_required) values (?1, ?2, ?3, ?4)
                     on conflict (list_id, field_id) do update set position = excluded.position,
                       is_required = excluded.is_required",
                    (list, field, place, is_required),
                )?;
            }
            Ok(())
        })
    }
}
