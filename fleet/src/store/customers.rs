//! Customers: whom a key belongs to, and in which language they are written to.
//! Not who may sign in: users.

use neo::clock::Instant;
use neo::domain::address::Address;
use neo::error::{Error, Result};
use neo::texts::{Language, errors as neo_errors};
use serde::Serialize;

use super::audit::Act;
use super::ids::new_id;
use super::{Row, Store};
use crate::texts::errors;
use crate::values;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Customer {
    pub id: String,
    pub name: String,
    pub email: String,
    pub language: String,
    pub created_at: Instant,
}

/// A customer's name: one line.
const LONGEST_NAME: usize = 100;

const COLUMNS: &str = "id, name, email, language, created_at";

impl Store {
    pub fn add_customer(
        &mut self,
        act: &Act,
        name: &str,
        email: &str,
        language: Language,
    ) -> Result<Customer> {
        let customer = Customer {
            id: new_id("c-")?,
            name: parse_name(name)?,
            email: Address::parse(email)?.as_str().to_string(),
            language: language.tag().to_string(),
            created_at: act.now,
        };
        self.transaction(|store| {
            store.execute(
                "insert into customers (id, name, email, language, created_at) values ($1, $2, $3, $4, $5)",
                &values![
                    &customer.id,
                    &customer.name,
                    &customer.email,
                    &customer.language,
                    customer.created_at
                ],
            )?;
            store.audit_act(act, "customer added", &customer.id)
        })?;
        Ok(customer)
    }

    pub fn customer(&mut self, id: &str) -> Result<Customer> {
        let row = self.row(&format!("select {COLUMNS} from customers where id = $1"), &values![id])?;
        let row = row.ok_or_else(|| Error::not_found(errors::CUSTOMER_NOT_FOUND).with("id", id))?;
        read(&row)
    }

    /// Customers by id, after `after` if given.
    pub fn customers(&mut self, after: Option<&str>, limit: i64) -> Result<Vec<Customer>> {
        let sql = format!("select {COLUMNS} from customers where id > $1 order by id limit $2");
        self.query(&sql, &values![after.unwrap_or(""), limit])?.iter().map(read).collect()
    }
}

fn parse_name(typed: &str) -> Result<String> {
    let name = typed.trim();
    if name.is_empty() {
        return Err(Error::invalid(neo_errors::FIELD_MISSING).with("field", "name"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid(neo_errors::CONTROL_CHARACTER));
    }
    match name.chars().count() > LONGEST_NAME {
        true => Err(Error::invalid(neo_errors::NAME_TOO_LONG).with("limit", LONGEST_NAME.to_string())),
        false => Ok(name.to_string()),
    }
}

fn read(row: &Row) -> Result<Customer> {
    Ok(Customer {
        id: row.text(0)?,
        name: row.text(1)?,
        email: row.text(2)?,
        language: row.text(3)?,
        created_at: row.integer(4)?,
    })
}
