//! Texts: admin.
//! Not the code that shows them.

crate::catalogue! {}
