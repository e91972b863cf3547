//! `neo import`: a file of readers into a list.
//! The work itself: transfer/import. The page: web/admin/imports.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Place, say, say_json, warn};
use crate::app::App;
use crate::domain::field::{Field, FieldKey, Kind};
use crate::domain::id::ListId;
use crate::domain::import::{Counts, OnDuplicate, State, Way};
use crate::error::{Error, Result};
use crate::guard::{self, Limits};
use crate::store::Writer;
use crate::texts::errors;
use crate::transfer::encoding::{self, Encoding, Found};
use crate::transfer::import::{ErrorsFile, Importer, Rehearsal, RowReader, Seen, Went};
use crate::transfer::plan::Plan;

#[derive(Args)]
pub(super) struct Import {
    list: String,
    /// CSV or TSV; encoding and separator are found out.
    file: PathBuf,
    /// COLUMN=FIELD: a column by its name or number, a field by its key, or email, name, family_name, given_name, tags,
    /// state, - (nothing). May be repeated.
    #[arg(long = "map", value_name = "COLUMN=FIELD")]
    maps: Vec<String>,
    /// What happens to readers who are on the list already.
    #[arg(long, value_parser = OnDuplicate::WORDS, default_value = "update")]
    on_duplicate: String,
    /// Readers who left the list come back: they have agreed anew.
    #[arg(long)]
    rejoin: bool,
    /// Where the rows that were refused are written, to be mended and imported again.
    #[arg(long)]
    errors: Option<PathBuf>,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// utf-8, cp932, euc-jp, iso-2022-jp, utf-16-le, utf-16-be: where it is not found out rightly.
    #[arg(long)]
    encoding: Option<String>,
    #[arg(long)]
    json: bool,
}

/// Rows of one transaction: many, so that the index of addresses is written few times.
const ROWS: usize = 12_000;

impl Import {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        // A million readers take longer than other commands; a person watches.
        guard::adjust(Limits::ceiling(guard::Flow::Command));
        let (app, store) = place.open()?;
        let list = store.list_named(&self.list)?;
        let mut file = File::open(&self.file).map_err(|cause| not_readable(&self.file, &cause))?;
        let size = file.metadata().map(|found| found.len()).unwrap_or(0);
        let plan = self.plan(&mut file, &app, &store)?;
        let counts = match self.dry_run {
            true => rehearse(&store, &plan, list.id, file, size)?,
            false => {
                store.make_room()?;
                self.take_in(&app, &store, &plan, list.id, file, size)?
            }
        };
        self.report(&plan, &counts)
    }

    fn plan(&self, file: &mut File, app: &App, store: &Writer) -> Result<Plan> {
        let fields = store.fields()?;
        let looked = match self.encoding.as_deref() {
            None => Plan::look(file, &fields),
            Some(word) => {
                let encoding = Encoding::parse(&word.to_lowercase())
                    .ok_or_else(|| Error::invalid(errors::IMPORT_NO_ENCODING))?;
                let mark = encoding::find(file).ok().filter(|found| found.encoding == encoding);
                let found = Found { encoding, mark: mark.map_or(0, |found| found.mark) };
                Plan::look_as(file, found, None, &fields)
            }
        };
        let mut plan = looked.map_err(|error| error.with("file", self.file.display().to_string()))?;
        for map in &self.maps {
            plan.columns.map(map)?;
        }
        plan.on_duplicate = OnDuplicate::parse(&self.on_duplicate).unwrap_or_default();
        plan.may_rejoin = self.rejoin;
        plan.columns.need_address()?;
        if !self.dry_run {
            declare_fields(app, store, &plan)?;
        }
        Ok(plan)
    }

    fn take_in(
        &self,
        app: &App,
        store: &Writer,
        plan: &Plan,
        list: ListId,
        file: File,
        size: u64,
    ) -> Result<Counts> {
        let reader = RowReader::new(plan, &store.fields()?)?;
        let language = app.settings.language();
        let errors = match &self.errors {
            None => None,
            Some(path) => {
                let file = File::create(path).map_err(|cause| not_readable(path, &cause))?;
                Some(ErrorsFile::go_on(file, 0, language)?)
            }
        };
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let import = store.add_import(list, Way::Command, &name, (State::Running, size), app.clock.now())?;
        store.put_plan(import, &plan.to_json(), app.clock.now())?;
        let mut rows = plan.rows(file)?;
        if plan.columns.has_header {
            rows.next_row()?;
        }
        let mut importer = Importer {
            store,
            import,
            plan,
            reader: &reader,
            rows,
            rules: plan.rules(list),
            errors,
            counts: Counts::default(),
            language,
            first_reasons: Vec::new(),
        };
        loop {
            match importer.piece(ROWS, app.clock.now())? {
                Went::More => {}
                Went::End => break store.finish_import(import, app.clock.now())?,
                Went::Stopped => return Err(Error::invalid(errors::IMPORT_NOT_NOW)),
            }
        }
        if !self.json && self.errors.is_none() {
            importer.first_reasons.iter().for_each(|(row, why)| warn(&format!("{row}: {why}")));
        }
        Ok(importer.counts)
    }

    fn report(&self, plan: &Plan, counts: &Counts) -> Result<()> {
        let separator = char::from(plan.separator).to_string();
        if self.json {
            return say_json(&json!({
                "rows": counts.rows, "added": counts.added, "updated": counts.updated, "skipped": counts.skipped,
                "rejected": counts.rejected, "encoding": plan.encoding.word(), "separator": separator,
            }));
        }
        let ignored = plan.columns.ignored();
        if !ignored.is_empty() {
            warn(&format!("not imported: {}", ignored.join(", ")));
        }
        if counts.values_refused > 0 {
            warn(&format!("{} values could not be read and were left out", counts.values_refused));
        }
        say(&format!(
            "{} rows: {} added, {} updated, {} skipped, {} rejected ({}, {:?})",
            counts.rows,
            counts.added,
            counts.updated,
            counts.skipped,
            counts.rejected,
            plan.encoding.word(),
            separator
        ))
    }
}

/// A field that was named by `--map` and is not there yet becomes one of text, called like its column.
fn declare_fields(app: &App, store: &Writer, plan: &Plan) -> Result<()> {
    for (place, key) in plan.columns.fields() {
        let key = FieldKey::parse(key)?;
        if store.field_by_key(&key)?.is_none() {
            let title = plan.columns.titles.get(place).filter(|_| plan.columns.has_header);
            let label = title.map_or(key.as_str(), String::as_str).trim().to_string();
            let label = if label.is_empty() { key.as_str().to_string() } else { label };
            store.add_field(&Field::parse(key, &label, Kind::Text, "")?, app.clock.now())?;
        }
    }
    Ok(())
}

fn rehearse(store: &Writer, plan: &Plan, list: ListId, file: File, size: u64) -> Result<Counts> {
    let mut fields = store.fields()?;
    for (_, key) in plan.columns.fields() {
        let key = FieldKey::parse(key)?;
        if !fields.iter().any(|field| field.key == key) {
            fields.push(Field::parse(key.clone(), key.as_str(), Kind::Text, "")?);
        }
    }
    let reader = RowReader::new(plan, &fields)?;
    let mut rows: crate::transfer::rows::Rows<Box<dyn Read>> = plan.rows(file)?;
    if plan.columns.has_header {
        rows.next_row()?;
    }
    let seen = Seen::for_file(size);
    let mut rehearsal =
        Rehearsal { store, reader: &reader, rows, rules: plan.rules(list), counts: Counts::default(), seen };
    while rehearsal.piece(ROWS / 8)? {}
    Ok(rehearsal.counts)
}

fn not_readable(file: &Path, cause: &std::io::Error) -> Error {
    Error::invalid(errors::FILE_NOT_READABLE)
        .with("file", file.display().to_string())
        .with("why", cause.to_string())
}
