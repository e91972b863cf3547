//! A fleet as tables of rows: what `move` copies, and the hash by which it knows that nothing was lost on the way.
//! Not what the rows mean.
//!
//! The tables, their columns and their order come from the migrations themselves, built once in an empty database: a new
//! table is moved without anybody thinking of it.

use neo::error::{Error, Result};
use ring::digest::{Context, SHA256};
use serde::Serialize;

use super::dialect::Dialect;
use super::sqlite::Sqlite;
use super::{Engine, Row, Store, Value, migrations};
use crate::texts::errors;

/// A table as both engines have it.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    columns: Vec<String>,
    /// Its primary key, by which it is walked.
    key: Vec<String>,
    /// Whether the database counts up its key.
    is_counted: bool,
    points_to: Vec<String>,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    pub table: String,
    pub rows: u64,
    pub sha256: String,
}

/// Rows that are read at a time, and written with one statement.
const READ: usize = 500;
const WRITTEN: usize = 25;

/// All tables, each behind those that it points to.
pub fn all() -> Result<Vec<Table>> {
    let mut schema = Sqlite::open(std::path::Path::new(":memory:"), true)?;
    for migration in migrations::translated(Dialect::Sqlite) {
        schema.batch(&migration)?;
    }
    let names = schema.query(
        "select name, sql from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
        &[],
    )?;
    let mut waiting = names.iter().map(|row| describe(&mut schema, row)).collect::<Result<Vec<Table>>>()?;
    let mut ordered: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_there = |name: &String| ordered.iter().any(|table| table.name == *name);
        let is_ready = |table: &Table| table.points_to.iter().all(|to| *to == table.name || is_there(to));
        let Some(place) = waiting.iter().position(is_ready) else {
            return Err(Error::fault("ordering tables", "they point in a circle"));
        };
        ordered.push(waiting.remove(place));
    }
    Ok(ordered)
}

fn describe(schema: &mut Sqlite, row: &Row) -> Result<Table> {
    let (name, sql) = (row.text(0)?, row.text(1)?);
    let found =
        schema.query("select name, pk from pragma_table_info($1) order by cid", &[name.as_str().into()])?;
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut columns = Vec::new();
    for column in &found {
        let (column, place) = (column.text(0)?, column.integer(1)?);
        if place > 0 {
            key.push((place, column.clone()));
        }
        columns.push(column);
    }
    if key.is_empty() {
        return Err(Error::fault("describing a table", format!("{name} has no primary key")));
    }
    key.sort();
    let points =
        schema.query("select \"table\" from pragma_foreign_key_list($1)", &[name.as_str().into()])?;
    Ok(Table {
        is_counted: sql.contains("AUTOINCREMENT"),
        points_to: points.iter().map(|row| row.text(0)).collect::<Result<_>>()?,
        key: key.into_iter().map(|(_, column)| column).collect(),
        name,
        columns,
    })
}

impl Store {
    /// Refuses a database in which a fleet lives. Without one nobody can have written anything.
    pub fn refuse_fleet(&mut self) -> Result<()> {
        match self.meta("kind")? {
            Some(_) => Err(Error::invalid(errors::TARGET_NOT_EMPTY).with("table", "meta")),
            None => Ok(()),
        }
    }

    /// Rows that migrations themselves have written: the copy brings its own.
    pub fn empty_tables(&mut self, tables: &[Table]) -> Result<()> {
        tables.iter().rev().try_for_each(|table| self.batch(&format!("delete from {}", table.name)))
    }

    /// Copies a table's rows to another database.
    pub fn copy_table(&mut self, table: &Table, to: &mut Store) -> Result<()> {
        self.walk(table, |rows| to.write_rows(table, rows))?;
        if table.is_counted && to.dialect() == Dialect::Postgres {
            // Or the next row would get a number that is taken.
            let (name, id) = (&table.name, table.key.first().map_or("id", String::as_str));
            let next = format!("coalesce((select max({id}) from {name}), 0) + 1");
            to.query(
                &format!("select setval(pg_get_serial_sequence('{name}', '{id}'), {next}, false)"),
                &[],
            )?;
        }
        Ok(())
    }

    /// Counts and hashes a table's rows in the order of its key; the same rows give the same sum on either engine.
    pub fn sum_of(&mut self, table: &Table) -> Result<Sum> {
        let (mut hash, mut count) = (Context::new(&SHA256), 0);
        self.walk(table, |rows| {
            count += rows.len() as u64;
            rows.iter().flat_map(Row::values).for_each(|value| take_in(&mut hash, value));
            Ok(())
        })?;
        let sha256 = data_encoding::HEXLOWER.encode(hash.finish().as_ref());
        Ok(Sum { table: table.name.clone(), rows: count, sha256 })
    }

    fn walk(&mut self, table: &Table, mut work: impl FnMut(&[Row]) -> Result<()>) -> Result<()> {
        let (columns, key) = (table.columns.join(", "), table.key.join(", "));
        let marks = numbered(1, table.key.len());
        let first = format!("select {columns} from {} order by {key} limit {READ}", table.name);
        let next = format!(
            "select {columns} from {} where ({key}) > ({marks}) order by {key} limit {READ}",
            table.name
        );
        let places: Vec<usize> =
            table.key.iter().filter_map(|one| table.columns.iter().position(|other| other == one)).collect();
        let mut rows = self.query(&first, &[])?;
        while let Some(last) = rows.last() {
            let after: Vec<Value> =
                places.iter().filter_map(|place| last.values().get(*place).cloned()).collect();
            work(&rows)?;
            rows = if rows.len() < READ { Vec::new() } else { self.query(&next, &after)? };
        }
        Ok(())
    }

    fn write_rows(&mut self, table: &Table, rows: &[Row]) -> Result<()> {
        let width = table.columns.len();
        for piece in rows.chunks(WRITTEN) {
            let groups: Vec<String> =
                (0..piece.len()).map(|row| format!("({})", numbered(row * width + 1, width))).collect();
            let sql = format!(
                "insert into {} ({}) values {}",
                table.name,
                table.columns.join(", "),
                groups.join(", ")
            );
            let values: Vec<Value> = piece.iter().flat_map(|row| row.values().iter().cloned()).collect();
            self.execute(&sql, &values)?;
        }
        Ok(())
    }
}

fn numbered(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    marks.join(", ")
}

/// Kind, length, bytes: no two rows look alike that are not.
fn take_in(hash: &mut Context, value: &Value) {
    let (kind, bytes) = match value {
        Value::Null => (b'0', Vec::new()),
        Value::Integer(number) => (b'i', number.to_be_bytes().to_vec()),
        Value::Text(text) => (b't', text.clone().into_bytes()),
        Value::Bytes(bytes) => (b'b', bytes.clone()),
    };
    hash.update(&[kind]);
    hash.update(&(bytes.len() as u64).to_be_bytes());
    hash.update(&bytes);
}
