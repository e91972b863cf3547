//! web

/// How every page looks.
pub mod view;
