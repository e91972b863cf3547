//! What was found out about a file, and what the owner decided: encoding, separator, columns, duplicates.
//! Not the work itself: import.rs.

use std::io::{Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use crate::domain::field::Field;
use crate::domain::id::ListId;
use crate::domain::import::{OnDuplicate, Rules};
use crate::error::{Error, Result};
use crate::texts::errors;
use crate::transfer::columns::{Columns, Target};
use crate::transfer::encoding::{self, Encoding, Found, unreadable};
use crate::transfer::rows::Rows;

/// Separators that files are made with.
pub const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];
/// Rows that are looked at to find the separator and the columns.
const LOOKED_AT: usize = 20;

/// How a file is read and what is done with its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub encoding: Encoding,
    /// The bytes of the byte order mark.
    pub mark: u64,
    /// The file was rewritten as UTF-8 when it had arrived.
    #[serde(default)]
    pub is_rewritten: bool,
    pub separator: u8,
    pub columns: Columns,
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    #[serde(default)]
    pub may_rejoin: bool,
}

impl Plan {
    /// Looks at a file.
    pub fn look(file: &mut (impl Read + Seek), fields: &[Field]) -> Result<Plan> {
        let found = encoding::find(file)?;
        Plan::look_as(file, found, None, fields)
    }

    /// Looks at a file whose encoding, and perhaps separator, somebody has decided.
    pub fn look_as(
        file: &mut (impl Read + Seek),
        found: Found,
        separator: Option<u8>,
        fields: &[Field],
    ) -> Result<Plan> {
        let separator = match separator {
            Some(separator) => separator,
            None => find_separator(file, found)?,
        };
        let first = first_rows(file, found, separator, LOOKED_AT)?;
        if first.is_empty() {
            return Err(Error::invalid(errors::IMPORT_EMPTY));
        }
        Ok(Plan {
            encoding: found.encoding,
            mark: found.mark,
            is_rewritten: false,
            separator,
            columns: Columns::guess(&first, fields),
            on_duplicate: OnDuplicate::default(),
            may_rejoin: false,
        })
    }

    pub fn found(&self) -> Found {
        Found { encoding: self.encoding, mark: self.mark }
    }

    pub fn rules(&self, list: ListId) -> Rules {
        Rules {
            list,
            on_duplicate: self.on_duplicate,
            may_rejoin: self.may_rejoin,
            has_tags: self.columns.place(&Target::Tags).is_some(),
        }
    }

    /// The rows of a file from its beginning, also of one that has to be rewritten on the way.
    pub fn rows<'a>(&self, file: impl Read + Seek + 'a) -> Result<Rows<Box<dyn Read + 'a>>> {
        let source = if self.is_rewritten { as_it_is(file)? } else { encoding::open(file, self.found())? };
        Ok(Rows::new(source, self.separator, self.mark))
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A stored plan.
    pub fn stored(json: &str) -> Result<Plan> {
        serde_json::from_str(json).map_err(|cause| Error::fault("reading the plan of an import", cause))
    }
}

fn as_it_is<'a>(mut file: impl Read + Seek + 'a) -> Result<Box<dyn Read + 'a>> {
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok(Box::new(file))
}

/// The separator with which the first rows have the most columns, and the same number of them.
fn find_separator(file: &mut (impl Read + Seek), found: Found) -> Result<u8> {
    let mut best = (0, b',');
    for separator in SEPARATORS {
        let widths: Vec<usize> =
            first_rows(file, found, separator, LOOKED_AT)?.iter().map(Vec::len).collect();
        let width = widths.first().copied().unwrap_or(0);
        let alike = widths.iter().filter(|other| **other == width).count();
        let score = if width < 2 { 0 } else { width * alike * 100 / widths.len().max(1) };
        if score > best.0 {
            best = (score, separator);
        }
    }
    Ok(best.1)
}

/// The first rows of a file as texts; what does not read shows as U+FFFD.
fn first_rows(
    file: &mut (impl Read + Seek),
    found: Found,
    separator: u8,
    count: usize,
) -> Result<Vec<Vec<String>>> {
    let source = encoding::open(&mut *file, found)?;
    let mut rows = Rows::new(source, separator, found.mark);
    let mut texts = Vec::new();
    while texts.len() < count {
        let Some(row) = rows.next_row()? else { break };
        texts.push(row.cells().map(|cell| shown(found.encoding, cell)).collect());
    }
    drop(rows);
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok(texts)
}

/// A value for the eye.
pub fn shown(encoding: Encoding, cell: &[u8]) -> String {
    encoding.text(cell).map_or_else(|| "\u{FFFD}".to_string(), |text| text.trim().to_string())
}
