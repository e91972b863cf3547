//! The sending engine: a tick finds what is due, composes it and hands it over.
//! Not the rules (domain) and not the rows (store).

pub mod activation;
pub mod audience;
pub mod compose;
pub mod deliver;
pub mod due;
pub mod effect;
pub mod feedback;
pub mod forecast;
pub mod foresee;
pub mod gaps;
pub mod hindrance;
pub mod ledger_file;
pub mod letter;
pub mod news;
pub mod notices;
pub mod outlet;
pub mod outlook;
pub mod pace;
pub mod quiet;
pub mod recur;
pub mod rehearse;
pub mod safe_mode;
pub mod split;
pub mod tick;
pub mod tracking;
pub mod transport;
pub mod vendor;
pub mod ways;
