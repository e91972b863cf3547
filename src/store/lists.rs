//! Reader lists, the wordings of their forms, and their counters.
//! Not the readers: subscribers.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::id::{FormVersionId, ListId};
use crate::domain::list::{List, ListName, OptIn, Tracking};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer, is_duplicate};
use crate::texts::{Language, errors};

const COLUMNS: &str = "id, name, title, description, consent_text, from_name, from_address, opt_in, language,
     track_opens, track_clicks";

fn read(row: &Row<'_>) -> rusqlite::Result<List> {
    Ok(List {
        id: row.get(0)?,
        name: ListName::stored(row.get(1)?),
        title: row.get(2)?,
        description: row.get(3)?,
        consent_text: row.get(4)?,
        from_name: row.get(5)?,
        from_address: row.get(6)?,
        opt_in: OptIn::parse(row.get_ref(7)?.as_str()?).unwrap_or(OptIn::Double),
        language: Language::parse(row.get_ref(8)?.as_str()?).unwrap_or_default(),
        tracking: Tracking { opens: row.get(9)?, clicks: row.get(10)? },
    })
}

/// How many readers a list has in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ListCounts {
    pub pending: i64,
    pub confirmed: i64,
    pub left: i64,
}

impl Reader {
    pub fn lists(&self) -> Result<Vec<List>> {
        let mut statement = self.connection.prepare(&format!("select {COLUMNS} from lists order by id"))?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub fn list(&self, id: ListId) -> Result<List> {
        let found =
            self.connection.query_row(&format!("select {COLUMNS} from lists where id = ?1"), [id], read);
        found.optional()?.ok_or_else(|| Error::not_found(errors::LIST_NOT_FOUND).with("name", id.to_string()))
    }

    /// Finds a list by its name, or by its number as commands print it.
    pub fn list_named(&self, name: &str) -> Result<List> {
        let found = self.connection.query_row(
            &format!(
                "select {COLUMNS} from lists where name = ?1 or cast(id as text) = ?1 order by name = ?1 desc"
            ),
            [name],
            read,
        );
        found.optional()?.ok_or_else(|| Error::not_found(errors::LIST_NOT_FOUND).with("name", name))
    }

    pub fn list_counts(&self, list: ListId) -> Result<ListCounts> {
        let mut statement = self
            .connection
            .prepare_cached("select state, count from subscription_counts where list_id = ?1")?;
        let mut rows = statement.query([list])?;
        let mut counts = ListCounts::default();
        while let Some(row) = rows.next()? {
            let count = row.get(1)?;
            match row.get_ref(0)?.as_str().unwrap_or_default() {
                "pending" => counts.pending = count,
                "confirmed" => counts.confirmed = count,
                _ => counts.left = count,
            }
        }
        Ok(counts)
    }

    /// The number of a wording that was stored when the list was saved.
    pub fn form_version_of(&self, list: ListId, wording: &str) -> Result<Option<FormVersionId>> {
        let found = self.connection.query_row(
            "select id from form_versions where list_id = ?1 and wording = ?2",
            (list, wording),
            |row| row.get(0),
        );
        Ok(found.optional()?)
    }

    /// Whether a wording is one of this list's.
    pub fn form_belongs_to(&self, version: FormVersionId, list: ListId) -> Result<bool> {
        Ok(self.connection.query_row(
            "select exists (select 1 from form_versions where id = ?1 and list_id = ?2)",
            (version, list),
            |row| row.get(0),
        )?)
    }

    /// The wording with this number, for the consent record's page.
    pub fn form_wording(&self, version: FormVersionId) -> Result<String> {
        Ok(self.connection.query_row(
            "select wording from form_versions where id = ?1",
            [version],
            |row| row.get(0),
        )?)
    }
}

impl Writer {
    /// Adds a list together with the wording of its form; `list.id` is ignored.
    pub fn add_list(&self, list: &List, now: Instant) -> Result<ListId> {
        self.transaction(|| {
            let id = self.insert_list(list, now)?;
            self.form_version(id, &list.wording(), now)?;
            Ok(id)
        })
    }

    fn insert_list(&self, list: &List, now: Instant) -> Result<ListId> {
        let added = self.connection.execute(
            "insert into lists (name, title, description, consent_text, from_name, from_address, opt_in, language,
               created_at, track_opens, track_clicks) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            (
                list.name.as_str(),
                &list.title,
                &list.description,
                &list.consent_text,
                &list.from_name,
                &list.from_address,
                list.opt_in.word(),
                list.language.tag(),
                now,
                list.tracking.opens,
                list.tracking.clicks,
            ),
        );
        match added {
            Ok(_) => Ok(ListId(self.connection.last_insert_rowid())),
            Err(cause) if is_duplicate(&cause) => {
                Err(Error::invalid(errors::NAME_ALREADY_USED).with("name", list.name.as_str()).on("name"))
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Changes everything but the name, which stands in links; a new wording of its form is kept beside the old.
    pub fn change_list(&self, list: &List, now: Instant) -> Result<()> {
        self.transaction(|| {
            self.update_list(list)?;
            self.form_version(list.id, &list.wording(), now).map(|_| ())
        })
    }

    fn update_list(&self, list: &List) -> Result<()> {
        self.connection.execute(
            "update lists set title = ?2, description = ?3, consent_text = ?4, from_name = ?5, from_address = ?6,
               opt_in = ?7, language = ?8, track_opens = ?9, track_clicks = ?10 where id = ?1",
            (
                list.id,
                &list.title,
                &list.description,
                &list.consent_text,
                &list.from_name,
                &list.from_address,
                list.opt_in.word(),
                list.language.tag(),
                list.tracking.opens,
                list.tracking.clicks,
            ),
        )?;
        Ok(())
    }

    /// The number of a form's exact wording; a new wording is kept for ever.
    pub fn form_version(&self, list: ListId, wording: &str, now: Instant) -> Result<FormVersionId> {
        self.connection.execute(
            "insert into form_versions (list_id, wording, created_at) values (?1, ?2, ?3)
             on conflict (list_id, wording) do nothing",
            (list, wording, now),
        )?;
        let found = self.form_version_of(list, wording)?;
        found.ok_or_else(|| Error::fault("keeping a form's wording", "it is not there"))
    }
}
