//! What an import would do, for the owner's eye: the first rows as they will be read, and the numbers to expect.
//! Not the page: web/admin/imports.

use crate::app::App;
use crate::domain::import::{Counts, Import};
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::transfer::import::{Rehearsal, RowReader, Seen, say};
use crate::transfer::inbox;
use crate::transfer::plan::{Plan, shown};

/// Rows that are shown.
const SHOWN: usize = 20;
/// Rows that are tried out for the numbers: a page must not take long.
const TRIED: usize = 100_000;
const PIECE: usize = 2000;

/// The first rows and the numbers.
pub struct Preview {
    pub rows: Vec<PreviewRow>,
    /// `None` while no column is the address.
    pub counts: Option<Counts>,
    /// Whether all rows were tried out.
    pub is_whole: bool,
}

pub struct PreviewRow {
    pub cells: Vec<String>,
    /// Why the row will be refused, or what will be left out of it.
    pub problem: Option<String>,
}

/// Looks at an uploaded file by its plan.
pub fn look(app: &App, store: &Reader, import: &Import, plan: &Plan) -> Result<Preview> {
    let fields = store.fields()?;
    let reader = RowReader::new(plan, &fields).ok();
    let rows = first_rows(app, import, plan, reader.as_ref())?;
    let Some(reader) = reader else { return Ok(Preview { rows, counts: None, is_whole: true }) };
    let file = inbox::open(&inbox::file(app, import.id))?;
    let mut found = plan.rows(file)?;
    if plan.columns.has_header {
        found.next_row()?;
    }
    let seen = Seen::for_file(u64::try_from(import.size).unwrap_or(0).min(8 * 1024 * 1024));
    let rules = plan.rules(import.list);
    let mut rehearsal =
        Rehearsal { store, reader: &reader, rows: found, rules, counts: Counts::default(), seen };
    let mut has_more = true;
    for _ in 0..TRIED / PIECE {
        if !has_more || app.budget.spend(1).is_err() {
            break;
        }
        has_more = rehearsal.piece(PIECE)?;
    }
    Ok(Preview { rows, counts: Some(rehearsal.counts), is_whole: !has_more })
}

fn first_rows(
    app: &App,
    import: &Import,
    plan: &Plan,
    reader: Option<&RowReader>,
) -> Result<Vec<PreviewRow>> {
    let language = app.settings.language();
    let mut found = plan.rows(inbox::open(&inbox::file(app, import.id))?)?;
    if plan.columns.has_header {
        found.next_row()?;
    }
    let mut rows = Vec::new();
    while rows.len() < SHOWN {
        let Some(row) = found.next_row()? else { break };
        let width = plan.columns.titles.len();
        let cells = (0..width).map(|place| cut(&shown(plan.encoding, row.cell(place)))).collect();
        let problem = match reader.map(|reader| reader.read(&row)) {
            None => None,
            Some(Ok(read)) => read.left_out.first().map(|refusal| say(refusal, language)),
            Some(Err(error)) => match &error {
                Error::Fault(_) => return Err(error),
                other => other.refusal().map(|refusal| say(refusal, language)),
            },
        };
        rows.push(PreviewRow { cells, problem });
    }
    Ok(rows)
}

/// A long value would push the others off the page.
fn cut(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}
