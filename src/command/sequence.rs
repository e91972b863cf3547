//! `neo sequence import|export|status`.
//! The sequences' pages: web/admin/sequences.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{Place, say, say_json};
use crate::domain::calendar::TimeOfDay;
use crate::domain::list::ListName;
use crate::domain::message::{Content, Kind};
use crate::domain::sequence::{SequenceFile, Start, StartOn, StepFile, parse_day};
use crate::error::{Error, Result};
use crate::mail::letter;
use crate::store::Reader;
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum Sequence {
    /// Make a sequence from a JSON file and print its number.
    Import { file: PathBuf },
    /// Print a sequence as JSON.
    Export { name: String },
    /// Print how many readers are on their way.
    Status {
        name: String,
        #[arg(long)]
        json: bool,
    },
}

impl Sequence {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        match self {
            Sequence::Import { file } => {
                let written = super::read_file(&file)?;
                let file: SequenceFile = serde_json::from_str(&written)
                    .map_err(|cause| Error::invalid(errors::JSON_NOT_VALID).with("why", cause.to_string()))?;
                let name = ListName::parse(&file.name)?;
                let list = store.list_named(&file.list)?;
                let mut steps = Vec::new();
                for step in &file.steps {
                    let content = Content::parse(&step.subject, &step.text, &step.html)?;
                    letter::check(&app, &list, &content)?;
                    steps.push((parse_day(step.after_days)?, TimeOfDay::parse(&step.at)?, content));
                }
                let now = app.clock.now();
                let title = file.title.as_deref().unwrap_or(&file.name);
                let id = store.transaction(|| {
                    let id = store.add_sequence(name.as_str(), title, list.id, now)?;
                    for (after_days, at, content) in &steps {
                        let message = store.add_message(Kind::Step, list.id, content, now)?;
                        store.add_step(id, *after_days, *at, message, now)?;
                    }
                    Ok(id)
                })?;
                say(&id.to_string())
            }
            Sequence::Export { name } => say_json(&export(&store, &name)?),
            Sequence::Status { name, json } => {
                let sequence = store.sequence_named(&name)?;
                let (steps, active) =
                    (store.steps(sequence.id)?.len(), store.active_enrolments(sequence.id)?);
                match json {
                    true => say_json(&json!({ "name": sequence.name, "steps": steps, "active": active })),
                    false => say(&format!("{}: {steps} steps, {active} readers on their way", sequence.name)),
                }
            }
        }
    }
}

fn export(store: &Reader, name: &str) -> Result<SequenceFile> {
    let sequence = store.sequence_named(name)?;
    let mut steps = Vec::new();
    for step in store.steps(sequence.id)? {
        let content = store.message(step.message)?.content;
        steps.push(StepFile {
            after_days: step.after_days,
            at: step.at.to_string(),
            subject: content.subject,
            text: content.text,
            html: content.html,
        });
    }
    Ok(SequenceFile {
        list: store.list(sequence.list)?.name.as_str().to_string(),
        title: Some(sequence.title),
        name: sequence.name,
        start: Start { on: StartOn::Join },
        steps,
    })
}
