//! The ledger's rows as a file: CSV that a spreadsheet opens without harm, or JSON lines.
//! Not the rows themselves (store/ledger_rows) and not where the file goes (command/ledger, web/admin/ledger).

use serde::Serialize;

use crate::domain::calendar::rfc3339_utc;
use crate::error::{Error, Result};
use crate::store::ledger_rows::LedgerRow;

/// What the file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    JsonLines,
}

impl Format {
    pub fn parse(word: &str) -> Option<Format> {
        match word {
            "csv" => Some(Format::Csv),
            "jsonl" => Some(Format::JsonLines),
            _ => None,
        }
    }

    /// The line above the rows, if the format has one.
    pub fn head(self) -> &'static str {
        match self {
            Format::Csv => {
                "delivery,message,email,state,attempts,decided_at,first_try_at,done_at,due_at,reply\r\n"
            }
            Format::JsonLines => "",
        }
    }

    /// One row, with the end of its line.
    pub fn line(self, row: &LedgerRow) -> Result<String> {
        let line = Line::of(row);
        match self {
            Format::Csv => Ok(line.csv()),
            Format::JsonLines => {
                let json = serde_json::to_string(&line);
                json.map(|json| json + "\n").map_err(|cause| Error::fault("writing JSON", cause))
            }
        }
    }
}

/// A row in the words of the file.
#[derive(Serialize)]
struct Line<'a> {
    delivery: i64,
    message: i64,
    email: &'a str,
    state: &'static str,
    attempts: i64,
    decided_at: String,
    first_try_at: Option<String>,
    done_at: Option<String>,
    due_at: String,
    reply: &'a str,
}

impl<'a> Line<'a> {
    fn of(row: &'a LedgerRow) -> Line<'a> {
        let delivery = &row.delivery;
        Line {
            delivery: delivery.id.0,
            message: delivery.message.0,
            email: &row.address,
            state: delivery.state.word(),
            attempts: delivery.attempts,
            decided_at: rfc3339_utc(delivery.created_at),
            first_try_at: delivery.begun_at.map(rfc3339_utc),
            done_at: delivery.done_at.map(rfc3339_utc),
            due_at: rfc3339_utc(delivery.due_at),
            reply: &delivery.reply,
        }
    }

    fn csv(&self) -> String {
        let time = |at: &Option<String>| at.clone().unwrap_or_default();
        let cells = [
            self.delivery.to_string(),
            self.message.to_string(),
            cell(self.email),
            self.state.to_string(),
            self.attempts.to_string(),
            self.decided_at.clone(),
            time(&self.first_try_at),
            time(&self.done_at),
            self.due_at.clone(),
            cell(self.reply),
        ];
        cells.join(",") + "\r\n"
    }
}

/// A text in quotes. What a spreadsheet would take for a formula gets an apostrophe before it: addresses and replies are
/// typed by strangers.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_typed_is_no_formula_in_a_spreadsheet() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("550 5.1.1 \"no\", really\r\n"), "\"550 5.1.1 \"\"no\"\", really\r\n\"");
    }
}
