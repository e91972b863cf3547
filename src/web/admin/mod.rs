//! Pages of the owner, one file per noun. Each handler is given a proof that she is signed in.
//! Not the pages of readers: public.

pub mod broadcasts;
pub mod deliveries;
pub mod doctor;
pub mod lists;
pub mod login;
pub mod outbox;
pub mod page;
pub mod password;
pub mod sending;
pub mod sequences;
pub mod settings;
pub mod setup;
pub mod subscribers;
pub mod tick;
pub mod today;
mod writing;
