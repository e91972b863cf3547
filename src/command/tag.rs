//! `neo tag add|rename|remove|list`.
//! The page: web/admin/tags.

use clap::Subcommand;
use serde_json::json;

use super::{Place, say, say_json};
use crate::domain::id::TagId;
use crate::domain::tag::TagName;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum TagCommand {
    /// Make a tag.
    Add { tag: String },
    /// Call a tag by another name; conditions and files that use the former still find it.
    Rename { tag: String, name: String },
    /// Take a tag off everybody.
    Remove { tag: String },
    /// Print the tags, each with how many readers carry it.
    List {
        #[arg(long)]
        json: bool,
    },
}

impl TagCommand {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        match self {
            TagCommand::Add { tag } => store.add_tag(&TagName::parse(&tag)?, app.clock.now()).map(|_| ()),
            TagCommand::Rename { tag, name } => {
                store.rename_tag(find(&store, &tag)?, &TagName::parse(&name)?)
            }
            TagCommand::Remove { tag } => {
                let id = find(&store, &tag)?;
                while !store.remove_tag(id, 2000)? {}
                Ok(())
            }
            TagCommand::List { json } => {
                let tags = store.tags()?;
                if json {
                    let tags: Vec<_> =
                        tags.iter().map(|tag| json!({ "tag": tag.name, "readers": tag.count })).collect();
                    return say_json(&tags);
                }
                tags.iter().try_for_each(|tag| say(&format!("{} {}", tag.count, tag.name.as_str())))
            }
        }
    }
}

fn find(store: &Reader, typed: &str) -> Result<TagId> {
    let found = store.tag_named(&TagName::parse(typed)?)?;
    found.ok_or_else(|| Error::not_found(errors::TAG_NOT_FOUND).with("name", typed))
}
