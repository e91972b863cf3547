//! What goes into the database and what comes out, without either engine's own types.
//! Not the rules about it: a noun's file parses what it reads.

use neo::error::{Error, Result};

/// A bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(answer: bool) -> Value {
        Value::Integer(i64::from(answer))
    }
}

/// PostgreSQL cannot keep a NUL in a text, and both engines shall hold the same: it becomes U+FFFD.
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::from(text.to_string())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::from(text.as_str())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Makes the slice of bound values: `&values![key, now, None::<&str>]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::store::Value::from($value)),*] };
}

/// One row of an answer; columns are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    pub fn new(values: Vec<Value>) -> Row {
        Row(values)
    }

    pub fn values(&self) -> &[Value] {
        &self.0
    }

    pub fn integer(&self, column: usize) -> Result<i64> {
        self.optional_integer(column)?.ok_or_else(|| empty(column))
    }

    pub fn text(&self, column: usize) -> Result<String> {
        self.optional_text(column)?.ok_or_else(|| empty(column))
    }

    pub fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        match self.value(column)? {
            Value::Bytes(bytes) => Ok(bytes.clone()),
            other => Err(unexpected(column, other)),
        }
    }

    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(*number)),
            other => Err(unexpected(column, other)),
        }
    }

    pub fn optional_text(&self, column: usize) -> Result<Option<String>> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            other => Err(unexpected(column, other)),
        }
    }

    fn value(&self, column: usize) -> Result<&Value> {
        self.0.get(column).ok_or_else(|| Error::fault("reading a row", format!("no column {column}")))
    }
}

fn empty(column: usize) -> Error {
    Error::fault("reading a row", format!("column {column} is null"))
}

/// The kind only: a value may be somebody's address.
fn unexpected(column: usize, value: &Value) -> Error {
    let kind = match value {
        Value::Null => "null",
        Value::Integer(_) => "an integer",
        Value::Text(_) => "a text",
        Value::Bytes(_) => "bytes",
    };
    Error::fault("reading a row", format!("column {column} is {kind}"))
}
