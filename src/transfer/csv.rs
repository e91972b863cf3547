//! Values of CSV files that no spreadsheet takes for a formula, and back.
//! Not the reading of rows: rows.rs.
//!
//! A value that begins with `=`, `+`, `-`, `@` or a tab would run in Excel, so it gets an apostrophe in front. So does
//! one that begins with apostrophes and then one of these: taking one apostrophe away gives every value back.

use std::borrow::Cow;

/// Line ends as Excel writes them.
pub const LINE_END: &str = "\r\n";
/// Tells Excel that a file is UTF-8.
pub const MARK: &str = "\u{FEFF}";

/// A value as it may stand in a file.
pub fn guarded(value: &str) -> Cow<'_, str> {
    if is_formula(value) { Cow::Owned(format!("'{value}")) } else { Cow::Borrowed(value) }
}

/// The value that [`guarded`] made this of; anything else as it is.
pub fn unguarded(value: &str) -> &str {
    value.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(value)
}

fn is_formula(value: &str) -> bool {
    value.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Appends a value to a line, guarded, and quoted where it has to be.
pub fn write_cell(line: &mut String, value: &str) {
    if !line.is_empty() && !line.ends_with('\n') && line != MARK {
        line.push(',');
    }
    write_first(line, value);
}

fn write_first(line: &mut String, value: &str) {
    let value = guarded(value);
    if value.is_empty() || value.contains([',', '"', '\n', '\r', '\t', ';']) || value.starts_with(' ') {
        line.push('"');
        line.push_str(&value.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(&value);
    }
}

/// One line of a file.
pub fn line<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for value in values {
        write_cell(&mut line, value);
    }
    line.push_str(LINE_END);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_and_none_is_a_formula_meanwhile() {
        for value in
            ["", "a", "'", "'a", "=1+1", "'=1", "''@x", "-3", "+81", "@SUM(1)", "\tx", "日本", "a=b", "\r"]
        {
            let guarded = guarded(value);
            assert!(!guarded.starts_with(['=', '+', '-', '@', '\t', '\r']), "{value:?}");
            assert_eq!(unguarded(&guarded), value);
        }
    }

    #[test]
    fn a_line_quotes_what_would_break_it() {
        assert_eq!(
            line(["a", "b,c", "d\"e", "f\ng", "=1", ""]),
            "a,\"b,c\",\"d\"\"e\",\"f\ng\",'=1,\"\"\r\n"
        );
        assert_eq!(line(["", "x"]), "\"\",x\r\n");
    }
}
