//! Stored settings.
//! Not their meaning: that is settings.rs.

use std::collections::BTreeMap;

use crate::clock::Instant;
use crate::error::Result;
use crate::settings::{Setting, Settings};
use crate::store::{Reader, Writer};

impl Reader {
    /// All stored values; secrets stay sealed.
    pub fn settings(&self) -> Result<Settings> {
        let mut statement = self.connection.prepare_cached("select key, value from settings")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Settings::new(rows.collect::<rusqlite::Result<BTreeMap<String, String>>>()?))
    }
}

impl Writer {
    /// Stores a value that [`Setting::parse`] gave.
    pub fn put_setting(&self, setting: &Setting, value: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into settings (key, value, updated_at) values (?1, ?2, ?3)
             on conflict do update set value = excluded.value, updated_at = excluded.updated_at",
            (setting.key, value, now),
        )?;
        match setting.moves_days() {
            true => self.look_at_all_enrolments(),
            false => Ok(()),
        }
    }
}
