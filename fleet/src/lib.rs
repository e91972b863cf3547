//! neo-fleet, the vendor's server: customers and their keys, sites, signing keys, publication. Table of contents.
//! Not a part of any install: NEO works without it, and nothing of it is linked into NEO.

/// Everything the process has: folder, store, clock, and who is at work.
pub mod app;
/// The command line, one file per noun.
pub mod command;
/// The course of an incident as pure rules: states, reports owed, business days, whom it hurt.
pub mod course;
/// Incidents: their course, the reports they owe, whom they hurt.
pub mod incidents;
/// Mails to customers and staff, by a ledger of their own.
pub mod notices;
/// Where a site is.
pub mod place;
/// The poller: calls sites when something is due there.
mod poller;
/// What customers and staff see in a browser.
pub mod portal;
/// What any web server can hand out: signed files, tokens, pages.
pub mod publish;
/// The release gate: seven full days of checks, two signatures, the own list; then the rollout.
pub mod releases;
/// Signing keys, and the list by which the root vouches for them.
pub mod signing;
/// The database: one small interface, two engines, one file of queries per noun.
pub mod store;
/// Every sentence that a person reads.
pub mod texts;
