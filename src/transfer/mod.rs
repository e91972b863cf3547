//! Readers in and out, and the whole site as a file: import, export, backup, restore.
//! Not pages and commands (web, command) and not the rows themselves (store).

/// Copies of the database: made, checked, kept, thinned out.
pub mod backup;
/// The columns of a file, by their names.
pub mod columns;
/// Values of CSV files that no spreadsheet takes for a formula.
pub mod csv;
/// In what encoding a file is written, and its text.
pub mod encoding;
/// Readers out, in bounded pieces.
pub mod export;
/// Readers in, in bounded pieces.
pub mod import;
/// What an import that nobody has to watch needs: the file in our own folder.
pub mod inbox;
/// What was found out about a file, and what the owner decided.
pub mod plan;
/// The first rows and the numbers, before an import begins.
pub mod preview;
/// A backup put in the database's place.
pub mod restore;
/// The rows of a CSV file, one at a time.
pub mod rows;
