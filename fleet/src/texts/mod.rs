//! The vendor's sentences, Japanese first and English complete, in NEO's own style.
//! Not NEO's sentences: those are in `neo::texts`, and are used here where they fit.

pub mod errors;
pub mod releases;
