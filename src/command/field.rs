//! `neo field add|list`.
//! The page: web/admin/fields.

use clap::Subcommand;
use serde_json::json;

use super::{Place, say, say_json};
use crate::domain::field::{Field, FieldKey, Kind};
use crate::error::Result;

#[derive(Subcommand)]
pub(super) enum FieldCommand {
    /// Declare a field of readers.
    Add {
        key: String,
        #[arg(long)]
        label: Option<String>,
        #[arg(long, value_parser = ["text", "number", "date", "birthday", "choice", "yes-no"], default_value = "text")]
        kind: String,
        /// One choice, may be repeated (kind choice).
        #[arg(long = "choice", value_name = "CHOICE")]
        choices: Vec<String>,
        /// The form of this list asks for it, may be repeated.
        #[arg(long = "ask", value_name = "LIST")]
        lists: Vec<String>,
        /// Those forms require it.
        #[arg(long)]
        required: bool,
    },
    /// Print the declared fields.
    List {
        #[arg(long)]
        json: bool,
    },
}

impl FieldCommand {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        match self {
            FieldCommand::Add { key, label, kind, choices, lists, required } => {
                let key = FieldKey::parse(&key)?;
                let label = label.unwrap_or_else(|| key.as_str().to_string());
                let kind = Kind::parse(&kind).unwrap_or(Kind::Text);
                let field = Field::parse(key, &label, kind, &choices.join("\n"))?;
                let id = store.transaction(|| {
                    let id = store.add_field(&field, app.clock.now())?;
                    for name in &lists {
                        let list = store.list_named(name)?;
                        let asked = store.list_fields(list.id)?;
                        let mut asked: Vec<_> =
                            asked.into_iter().map(|asked| (asked.field.id, asked.is_required)).collect();
                        asked.push((id, required));
                        store.put_list_fields(list.id, &asked)?;
                    }
                    Ok(id)
                })?;
                say(&id.to_string())
            }
            FieldCommand::List { json } => {
                let fields = store.fields()?;
                if json {
                    let fields: Vec<_> = fields
                        .iter()
                        .map(|field| {
                            json!({ "key": field.key, "label": field.label, "kind": field.kind.word(),
                                "choices": field.choices })
                        })
                        .collect();
                    return say_json(&fields);
                }
                fields.iter().try_for_each(|field| {
                    say(&format!("{} {} ({})", field.key.as_str(), field.kind.word(), field.label))
                })
            }
        }
    }
}
