//! The sending engine.
//! Not the pages about it: those are in web/admin.

pub mod compose;
pub mod transport;
