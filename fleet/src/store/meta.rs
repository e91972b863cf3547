//! What the fleet knows about itself: a few named values, and numbers that only rise.
//! Not settings of an install: those are NEO's.

use neo::error::{Error, Result};

use super::Store;
use crate::values;

impl Store {
    pub fn meta(&mut self, name: &str) -> Result<Option<String>> {
        let row = self.row("select value from meta where name = $1", &values![name])?;
        row.map(|row| row.text(0)).transpose()
    }

    pub fn set_meta(&mut self, name: &str, value: &str) -> Result<()> {
        let write = "insert into meta (name, value) values ($1, $2)
             on conflict (name) do update set value = excluded.value";
        self.execute(write, &values![name, value]).map(|_| ())
    }

    /// Writes a value that nobody has written yet; `false` if somebody has.
    pub fn claim_meta(&mut self, name: &str, value: &str) -> Result<bool> {
        let write = "insert into meta (name, value) values ($1, $2) on conflict (name) do nothing";
        Ok(self.execute(write, &values![name, value])? == 1)
    }

    pub fn forget_meta(&mut self, name: &str) -> Result<()> {
        self.execute("delete from meta where name = $1", &values![name]).map(|_| ())
    }

    /// The next number of a series; never the same twice, also for two processes at once.
    pub fn next_number(&mut self, series: &str) -> Result<i64> {
        self.transaction(|store| {
            let last = store.meta(series)?.map_or(Ok(0), |text| text.parse::<i64>());
            let next = last.map_err(|cause| Error::fault("reading a number", cause))? + 1;
            store.set_meta(series, &next.to_string()).map(|()| next)
        })
    }
}
