//! NEO: a newsletter and step-mail system in one CGI executable over one SQLite file.
//! Nothing runs here; `start` decides between the web and the command line. This is the table of contents.

/// Everything the process has, built once and passed down.
pub mod app;
/// The only place that knows what time it is.
pub mod clock;
/// The command line, one file per noun.
pub mod command;
/// What is not right yet, and what to do about it.
pub mod doctor;
/// Rules about addresses, lists, messages and days, without any input or output.
pub mod domain;
/// What can go wrong: yours (what to fix) or ours (a number, sorry).
pub mod error;
/// The limits that keep a runaway from hurting the host.
pub mod guard;
/// The machine under us: folders, permissions, the doctor.
pub mod host;
/// Makes a new site, once.
pub mod install;
/// What an install and the vendor must agree on.
pub mod link;
/// The sending engine: tick, due, deliver, compose, transports.
pub mod mail;
/// Every setting, declared once.
pub mod settings;
/// What main does.
pub mod start;
/// The one SQLite file: opening, migrations, and one file of queries per noun.
pub mod store;
/// Every sentence that a person reads, Japanese first, English complete.
pub mod texts;
/// Readers in and out, and the whole site as a file: import, export, backup, restore.
pub mod transfer;
/// A newer program in the place of this one: fetched, tried on a copy, put in place, watched, put back.
pub mod update;
/// Which version this is.
pub mod version;
/// Pages: gateway, routes, access, handlers.
pub mod web;
