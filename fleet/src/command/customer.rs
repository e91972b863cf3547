//! `neo-fleet customer add|list|show`.
//! Not who may sign in to the portal.

use clap::Subcommand;
use neo::error::Result;
use neo::texts::Language;
use serde_json::json;

use super::{Answer, Page};
use crate::app::Fleet;
use crate::store::customers::Customer;

#[derive(Subcommand)]
pub(super) enum CustomerCommand {
    /// Add a customer and print the id.
    Add {
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        /// The language of notices.
        #[arg(long, value_parser = ["ja", "en"], default_value = "ja")]
        language: String,
    },
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Print a customer with all keys.
    Show { id: String },
}

impl CustomerCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        match self {
            CustomerCommand::Add { name, email, language } => {
                let act = fleet.act();
                let language = Language::parse(&language).unwrap_or_default();
                let customer = fleet.store.add_customer(&act, &name, &email, language)?;
                Ok(Answer::line(json!(customer), &customer.id))
            }
            CustomerCommand::List { page } => {
                let customers = fleet.store.customers(page.after(), page.limit())?;
                let next = page.next(customers.len(), customers.last().map(|last| last.id.as_str()));
                let lines = customers.iter().map(line).collect();
                Ok(Answer::new(json!({ "customers": customers, "next": next }), lines))
            }
            CustomerCommand::Show { id } => {
                let customer = fleet.store.customer(&id)?;
                let keys = fleet.store.keys(Some(&id), None, 1000)?;
                let mut lines = vec![line(&customer)];
                lines.extend(keys.iter().map(super::key::line));
                Ok(Answer::new(json!({ "customer": customer, "keys": keys }), lines))
            }
        }
    }
}

fn line(customer: &Customer) -> String {
    format!("{} {} <{}> {}", customer.id, customer.name, customer.email, customer.language)
}
