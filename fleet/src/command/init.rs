//! `neo-fleet init`: the folder and the tables of a new fleet.
//! Not its signing keys: root.

use clap::Args;
use neo::error::Result;
use serde_json::json;

use super::Answer;
use crate::app::{Fleet, Place};

#[derive(Args)]
pub(super) struct Init {}

impl Init {
    pub(super) fn run(self, place: &Place) -> Result<Answer> {
        let fleet = Fleet::create(place)?;
        let database = place.database(&fleet.data).to_string();
        let data = fleet.data.path().display().to_string();
        let line = format!("{data} {database}");
        Ok(Answer::line(json!({ "data": data, "database": database, "rehearsal": fleet.is_rehearsal }), line))
    }
}
