//! Pages of the owner, one file per noun. Each handler is given a proof that she is signed in.
//! Not the pages of readers: public.

pub mod backups;
pub mod broadcasts;
pub mod condition_choices;
pub mod condition_form;
pub mod deliveries;
pub mod doctor;
mod engagement;
pub mod exports;
pub mod fields;
pub mod forecast;
pub mod guard;
pub mod import;
pub mod imports;
pub mod ledger;
pub mod list_fields;
pub mod lists;
pub mod login;
pub mod outbox;
pub mod pace;
pub mod page;
pub mod password;
pub mod returned;
pub mod segments;
pub mod sending;
pub mod sequences;
pub mod settings;
pub mod setup;
pub mod subscriber_edit;
pub mod subscriber_list;
pub mod subscribers;
pub mod suppressions;
pub mod tags;
pub mod tick;
pub mod today;
pub mod transports;
mod writing;
