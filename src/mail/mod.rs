//! The sending engine: a tick finds what is due, composes it and hands it over.
//! Not the rules (domain) and not the rows (store).

pub mod compose;
pub mod deliver;
pub mod due;
pub mod effect;
pub mod foresee;
pub mod letter;
pub mod outlet;
pub mod rehearse;
pub mod tick;
pub mod transport;
pub mod ways;
