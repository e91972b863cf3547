//! The rows of a CSV file, one at a time, in buffers that do not grow with the file.
//! Not their meaning (columns) and not their encoding: here are bytes.
//!
//! Spreadsheets and people write files that no standard knows: stray quotes, rows of uneven length, line ends of three
//! kinds. What is read is what was meant, as far as that can be told; a quote that would swallow the rows after it is
//! refused together with its own line, and reading goes on with the next one.

use std::io::Read;
use std::ops::Range;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::error::Result;
use crate::transfer::encoding::unreadable;

/// The longest row in bytes, and the most values of one.
const LONGEST: usize = 256 * 1024;
const MOST_CELLS: usize = 1024;
const BLOCK: usize = 64 * 1024;

/// Reads rows from any source.
pub struct Rows<Source> {
    source: Source,
    separator: u8,
    parser: Reader,
    /// What was read of the source and is still needed: from the beginning of the row in hand.
    window: Vec<u8>,
    row_start: usize,
    parsed: usize,
    /// Where the window begins in the source.
    window_at: u64,
    is_at_end: bool,
    cells: Vec<u8>,
    ends: Vec<usize>,
    raw: Range<usize>,
    count: usize,
    is_broken: bool,
}

/// One row: its values, and how it stands in the file.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    cells: &'a [u8],
    ends: &'a [usize],
    /// The bytes of the file, without the line end.
    pub raw: &'a [u8],
    /// A quote was opened and not closed where a value ends, or the row is longer than any row should be.
    pub is_broken: bool,
}

impl<'a> Row<'a> {
    /// The value at a place; empty where the row is too short.
    pub fn cell(&self, place: usize) -> &'a [u8] {
        let end = self.ends.get(place).copied();
        let start = match place.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        start.zip(end).and_then(|(start, end)| self.cells.get(start..end)).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let row = *self;
        (0..self.len()).map(move |place| row.cell(place))
    }
}

impl<Source: Read> Rows<Source> {
    /// `at` is where in the file the source stands: at the beginning of a row.
    pub fn new(source: Source, separator: u8, at: u64) -> Rows<Source> {
        Rows {
            source,
            separator,
            parser: parser(separator),
            window: Vec::with_capacity(2 * BLOCK),
            row_start: 0,
            parsed: 0,
            window_at: at,
            is_at_end: false,
            cells: vec![0; BLOCK],
            ends: vec![0; MOST_CELLS],
            raw: 0..0,
            count: 0,
            is_broken: false,
        }
    }

    /// Where the next row begins.
    pub fn at(&self) -> u64 {
        self.window_at + self.row_start as u64
    }

    /// The next row; `None` at the end of the file. Empty lines are no rows.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        if !self.read_row()? {
            return Ok(None);
        }
        Ok(Some(Row {
            cells: &self.cells,
            ends: self.ends.get(..self.count).unwrap_or_default(),
            raw: self.window.get(self.raw.clone()).unwrap_or_default(),
            is_broken: self.is_broken,
        }))
    }

    fn read_row(&mut self) -> Result<bool> {
        let mut written = 0;
        self.count = 0;
        self.is_broken = false;
        loop {
            // To the parser an empty input is the end of the file.
            if self.parsed == self.window.len() && !self.is_at_end {
                if self.parsed - self.row_start > LONGEST {
                    return self.finish_broken();
                }
                self.fill()?;
                continue;
            }
            let input = self.window.get(self.parsed..).unwrap_or_default();
            let is_last = input.is_empty() && self.is_at_end;
            // A line end behind the last line tells whether a quote is still open there.
            let input = if is_last { b"\n" } else { input };
            let output = self.cells.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(self.count..).unwrap_or_default();
            let (result, read, wrote, ended) = self.parser.read_record(input, output, ends);
            self.parsed += if is_last { 0 } else { read };
            written += wrote;
            self.count += ended;
            match result {
                ReadRecordResult::Record => return Ok(self.finish()),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty if is_last => {
                    return if wrote > 0 { self.finish_broken() } else { Ok(false) };
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.cells.len() <= LONGEST => {
                    let longer = self.cells.len() * 2;
                    self.cells.resize(longer, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return self.finish_broken();
                }
            }
        }
    }

    /// Takes the row that ends at `parsed`, unless its quotes tie lines together that do not belong together.
    fn finish(&mut self) -> bool {
        self.raw = self.trimmed(self.row_start..self.parsed);
        let raw = self.window.get(self.raw.clone()).unwrap_or_default();
        if has_line_end(raw) && !is_well_quoted(raw, self.separator) {
            self.take_line(self.raw.start);
            return true;
        }
        self.row_start = self.parsed;
        true
    }

    /// The quote of this row never closes: its first line is a broken row, and reading goes on behind that.
    fn finish_broken(&mut self) -> Result<bool> {
        let start = self.trimmed(self.row_start..self.window.len()).start;
        while !self.window.get(start..).is_some_and(has_line_end) && !self.is_at_end {
            if self.window.len() - start > 2 * LONGEST {
                // Not a text file: let go of what was read, one broken row for all of it.
                self.parsed = self.window.len();
                break;
            }
            self.fill_keeping()?;
        }
        self.take_line(start);
        Ok(true)
    }

    fn take_line(&mut self, start: usize) {
        let rest = self.window.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        self.raw = start..start + length;
        self.row_start = start + length;
        self.parsed = self.row_start;
        self.is_broken = true;
        self.parser = parser(self.separator);
        self.split_line();
    }

    /// The values of a broken line, by its separators alone.
    fn split_line(&mut self) {
        let raw = self.window.get(self.raw.clone()).unwrap_or_default();
        self.cells.clear();
        self.count = 0;
        for cell in raw.split(|byte| *byte == self.separator).take(MOST_CELLS) {
            self.cells.extend_from_slice(cell);
            if let Some(end) = self.ends.get_mut(self.count) {
                *end = self.cells.len();
                self.count += 1;
            }
        }
        let length = self.cells.len().max(BLOCK);
        self.cells.resize(length, 0);
    }

    /// A range of the window without line ends around it.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let bytes = self.window.get(range.clone()).unwrap_or_default();
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let from = bytes.iter().position(|byte| !is_end(byte)).unwrap_or(bytes.len());
        let to = bytes.iter().rposition(|byte| !is_end(byte)).map_or(from, |last| last + 1);
        range.start + from..range.start + to
    }

    /// Reads on; what lies before the row in hand is let go.
    fn fill(&mut self) -> Result<()> {
        if self.row_start > 0 {
            self.window.drain(..self.row_start);
            self.window_at += self.row_start as u64;
            self.parsed -= self.row_start;
            self.row_start = 0;
        }
        self.fill_keeping()
    }

    fn fill_keeping(&mut self) -> Result<()> {
        let length = self.window.len();
        self.window.resize(length + BLOCK, 0);
        let space = self.window.get_mut(length..).unwrap_or_default();
        let read = self.source.read(space);
        self.window.truncate(length + *read.as_ref().unwrap_or(&0));
        self.is_at_end = read.map_err(unreadable)? == 0;
        Ok(())
    }
}

fn parser(separator: u8) -> Reader {
    ReaderBuilder::new().delimiter(separator).build()
}

fn has_line_end(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Whether every quote stands at the edge of a value, or twice within one.
fn is_well_quoted(raw: &[u8], separator: u8) -> bool {
    let mut bytes = raw.iter().copied().peekable();
    let mut is_at_start = true;
    let mut is_quoted = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if is_quoted && bytes.peek() == Some(&b'"') => drop(bytes.next()),
            b'"' if is_quoted => {
                is_quoted = false;
                if bytes.peek().is_some_and(|next| *next != separator && !matches!(next, b'\n' | b'\r')) {
                    return false;
                }
            }
            b'"' if is_at_start => is_quoted = true,
            b'"' => return false,
            _ => {}
        }
        is_at_start = !is_quoted && byte == separator;
    }
    !is_quoted
}
