//! The engine of a fleet that outgrows one machine: whatever speaks PostgreSQL's protocol.
//! Not SQLite: sqlite.
//!
//! Without TLS: the client's TLS is a crate of its own, with a second trust store to look after, for a line that belongs on a
//! Unix socket or a closed network anyway. `sslmode=require` is refused with that sentence, never ignored.

use std::collections::HashMap;

use neo::error::{Error, Result};
use neo::texts::errors as neo_errors;
use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::types::{ToSql, Type};
use postgres::{Client, Config, NoTls, Statement};

use super::dialect::Dialect;
use super::{Engine, Row, Value};
use crate::texts::errors;

/// An open connection and the statements that it has prepared.
pub(super) struct Postgres {
    client: Client,
    prepared: HashMap<String, Statement>,
}

/// Statements that are kept; SQL is written once per noun, so there are about as many as functions.
const KEPT_STATEMENTS: usize = 256;

impl Postgres {
    /// Connects. A session that hangs gives its locks back: nothing of ours takes a minute between two statements.
    pub(super) fn open(url: &str) -> Result<Postgres> {
        let mut config: Config = url.parse().map_err(|cause: postgres::Error| {
            Error::invalid(errors::DATABASE_URL_NOT_VALID).with("why", cause.to_string())
        })?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(Error::configuration(errors::DATABASE_TLS));
        }
        config.ssl_mode(SslMode::Disable);
        config.application_name("neo-fleet");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(std::time::Duration::from_secs(10));
        }
        let mut client = config.connect(NoTls).map_err(|cause| failed(&cause))?;
        let limits = "set statement_timeout = '60s'; set lock_timeout = '30s';
             set idle_in_transaction_session_timeout = '60s'; set client_min_messages = 'warning'";
        client.batch_execute(limits).map_err(|cause| failed(&cause))?;
        Ok(Postgres { client, prepared: HashMap::new() })
    }

    fn statement(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|cause| failed(&cause))?;
        if self.prepared.len() >= KEPT_STATEMENTS {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_string(), statement.clone());
        Ok(statement)
    }
}

impl Engine for Postgres {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let statement = self.statement(sql)?;
        let bound = bind(&statement, values)?;
        self.client.execute(&statement, &as_references(&bound)).map_err(|cause| failed(&cause))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let statement = self.statement(sql)?;
        let bound = bind(&statement, values)?;
        let found = self.client.query(&statement, &as_references(&bound)).map_err(|cause| failed(&cause))?;
        found.iter().map(read).collect()
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(|cause| failed(&cause))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}

type Bound = Box<dyn ToSql + Sync>;

fn as_references(bound: &[Bound]) -> Vec<&(dyn ToSql + Sync)> {
    bound.iter().map(AsRef::as_ref).collect()
}

fn bind(statement: &Statement, values: &[Value]) -> Result<Vec<Bound>> {
    if statement.params().len() != values.len() {
        return Err(Error::fault(
            "binding values",
            format!("{} for {}", values.len(), statement.params().len()),
        ));
    }
    statement.params().iter().zip(values).map(|(kind, value)| bound(kind, value)).collect()
}

/// Each value in the width that the statement asks for.
fn bound(kind: &Type, value: &Value) -> Result<Bound> {
    Ok(match (value, kind) {
        (Value::Null, &Type::INT8) => Box::new(None::<i64>),
        (Value::Null, &Type::INT4) => Box::new(None::<i32>),
        (Value::Null, &Type::BYTEA) => Box::new(None::<Vec<u8>>),
        (Value::Null, _) => Box::new(None::<String>),
        (Value::Integer(number), &Type::INT4) => {
            Box::new(i32::try_from(*number).map_err(|cause| Error::fault("binding a value", cause))?)
        }
        (Value::Integer(number), _) => Box::new(*number),
        (Value::Text(text), _) => Box::new(text.clone()),
        (Value::Bytes(bytes), _) => Box::new(bytes.clone()),
    })
}

fn read(row: &postgres::Row) -> Result<Row> {
    let value = |column: usize, kind: &Type| -> std::result::Result<Value, postgres::Error> {
        Ok(match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(column)?.into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.into(),
            _ => row.try_get::<_, Option<String>>(column)?.into(),
        })
    };
    let values = row.columns().iter().enumerate().map(|(at, column)| value(at, column.type_()));
    values.collect::<std::result::Result<Vec<Value>, _>>().map(Row::new).map_err(|cause| failed(&cause))
}

/// What PostgreSQL says, as who can mend it. The detail of an error may hold a row, so it is left out.
fn failed(cause: &postgres::Error) -> Error {
    let Some(said) = cause.as_db_error() else {
        return match cause.is_closed() || source_is_io(cause) {
            true => Error::busy(errors::DATABASE_UNREACHABLE).with("why", with_sources(cause)),
            false => Error::fault("using the database", with_sources(cause)),
        };
    };
    let why = said.message().to_string();
    let code = said.code();
    match code.code().get(..2).unwrap_or_default() {
        _ if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED => {
            Error::busy(errors::DATABASE_CONTENDED)
        }
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => Error::busy(errors::DATABASE_CONTENDED),
        _ if *code == SqlState::DISK_FULL => Error::busy(neo_errors::DISK_FULL),
        _ if *code == SqlState::QUERY_CANCELED => Error::busy(neo_errors::CUT_OFF),
        "28" | "3D" | "3F" => Error::configuration(errors::DATABASE_REFUSED).with("why", why),
        _ if *code == SqlState::INSUFFICIENT_PRIVILEGE || *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
            Error::configuration(errors::DATABASE_REFUSED).with("why", why)
        }
        "08" | "53" | "57" | "25" => Error::busy(errors::DATABASE_UNREACHABLE).with("why", why),
        _ => Error::fault("using the database", format!("{why} ({})", code.code())),
    }
}

fn source_is_io(cause: &postgres::Error) -> bool {
    std::error::Error::source(cause).is_some_and(|source| source.downcast_ref::<std::io::Error>().is_some())
}

fn with_sources(cause: &postgres::Error) -> String {
    match std::error::Error::source(cause) {
        Some(source) => format!("{cause}: {source}"),
        None => cause.to_string(),
    }
}
