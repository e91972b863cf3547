//! Texts: common.
//! Not the code that shows them.

crate::catalogue! {}
