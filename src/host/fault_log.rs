//! fault.log: one line per failure of ours, with the number that the visitor was told. No addresses, no tokens.
//! Not guard.log: that is the guard's.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A log that has grown to this size is begun anew, the old one kept once beside it.
const LARGEST: u64 = 1024 * 1024;

/// Appends a line. A log that cannot be written must not make a page fail, so nothing is returned.
pub fn append(file: &Path, line: &str) {
    if std::fs::metadata(file).is_ok_and(|found| found.len() > LARGEST) {
        let _ = std::fs::rename(file, file.with_extension("log.old"));
    }
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(2000).collect();
    if let Ok(mut log) = OpenOptions::new().append(true).create(true).mode(0o600).open(file) {
        let _ = writeln!(log, "{line}");
    }
}
