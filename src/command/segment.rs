//! `neo segment list|show`, and segments by name for other commands.
//! The page where they are made: web/admin/segments.

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use super::{Place, read_file, say, say_json};
use crate::domain::condition::Condition;
use crate::domain::when::Today;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::store::segments::Segment;
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum SegmentCommand {
    /// Print the saved segments.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Print a segment's condition, and how many readers of each list match it now.
    Show {
        name: String,
        #[arg(long)]
        json: bool,
    },
}

impl SegmentCommand {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        match self {
            SegmentCommand::List { json: true } => {
                let saved = store.segments()?;
                let lines: Vec<_> =
                    saved.iter().map(|one| json!({ "name": one.name, "condition": one.condition })).collect();
                say_json(&lines)
            }
            SegmentCommand::List { json: false } => {
                store.segments()?.iter().try_for_each(|segment| say(&segment.name))
            }
            SegmentCommand::Show { name, json } => {
                let segment = named(&store, &name)?;
                let today = Today::new(app.clock.now(), app.settings.zone());
                let mut counts = serde_json::Map::new();
                for list in store.lists()? {
                    let count = store.count_matching(list.id, &segment.condition, &today, |_| true)?;
                    counts.insert(list.name.as_str().to_string(), count.matching.into());
                }
                if json {
                    let condition = &segment.condition;
                    return say_json(
                        &json!({ "name": segment.name, "condition": condition, "matching": counts }),
                    );
                }
                let names = store.condition_names(&[&segment.condition], app.settings.language())?;
                say(&names.say(&segment.condition))?;
                counts.iter().try_for_each(|(list, count)| say(&format!("{count} {list}")))
            }
        }
    }
}

fn named(store: &Reader, name: &str) -> Result<Segment> {
    let found = find(store, name)?;
    found.ok_or_else(|| Error::not_found(errors::SEGMENT_NOT_FOUND).with("name", name))
}

fn find(store: &Reader, name: &str) -> Result<Option<Segment>> {
    let found = store.segments()?.into_iter().find(|segment| segment.name == name.trim());
    Ok(found)
}

/// The condition of a saved segment, as it is now.
pub(super) fn saved(store: &Reader, name: &str) -> Result<Option<Condition>> {
    Ok(find(store, name)?.map(|segment| segment.condition))
}

/// The condition of a saved segment, or the one in a file.
pub(super) fn condition(store: &Reader, named: &str) -> Result<Condition> {
    let condition = match saved(store, named)? {
        Some(condition) => condition,
        None if named == "-" || Path::new(named).exists() => {
            Condition::parse_json(&read_file(Path::new(named))?)?
        }
        None => return Err(Error::not_found(errors::SEGMENT_NOT_FOUND).with("name", named)),
    };
    store.check_condition(&condition)
}
