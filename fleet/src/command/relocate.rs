//! `neo-fleet move --from URL --to URL`: copies a fleet from one database to another, checks the copy, and goes on there.
//! Not the keys: they lie in the data folder and stay there.

use clap::Args;
use neo::error::{Error, Result};
use serde_json::json;

use super::Answer;
use crate::app::Place;
use crate::store::tables::{self, Sum, Table};
use crate::store::{DatabaseUrl, Store};
use crate::texts::errors;

#[derive(Args)]
pub(super) struct Relocate {
    #[arg(long, value_name = "URL")]
    from: String,
    /// An empty database.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Only copy: the fleet goes on where it is.
    #[arg(long)]
    keep: bool,
}

impl Relocate {
    pub(super) fn run(self, place: &Place) -> Result<Answer> {
        let (from, to) = (DatabaseUrl::parse(&self.from)?, DatabaseUrl::parse(&self.to)?);
        if from == to {
            return Err(Error::invalid(errors::SAME_PLACE));
        }
        let now = place.clock()?.now();
        let mut source = Store::open(&from)?;
        if let Some(to) = source.meta("moved_to")? {
            return Err(Error::configuration(errors::FLEET_MOVED).with("place", to));
        }
        let tables = tables::all()?;
        let mut target = Store::create(&to)?;
        // The source stands still meanwhile; whoever writes to it waits, or is told to try again.
        let sums = source.transaction(|source| {
            let sums = target.transaction(|target| copy(source, target, &tables))?;
            if !self.keep {
                source.set_meta("moved_to", &to.to_string())?;
            }
            Ok(sums)
        })?;
        target.audit(now, &place.who, &format!("fleet moved from {from}"), "fleet")?;
        let lines = sums.iter().map(|sum| format!("{} {} {}", sum.table, sum.rows, sum.sha256)).collect();
        let json = json!({ "from": from.to_string(), "to": to.to_string(), "tables": sums });
        Ok(Answer::new(json, lines))
    }
}

fn copy(source: &mut Store, target: &mut Store, tables: &[Table]) -> Result<Vec<Sum>> {
    target.refuse_fleet()?;
    target.empty_tables(tables)?;
    tables.iter().try_for_each(|table| source.copy_table(table, target))?;
    tables
        .iter()
        .map(|table| {
            let (there, here) = (source.sum_of(table)?, target.sum_of(table)?);
            match there == here {
                true => Ok(here),
                false => Err(Error::configuration(errors::COPY_DIFFERS).with("table", table.name.as_str())),
            }
        })
        .collect()
}
