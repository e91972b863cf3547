//! Texts: mails.
//! Not the code that shows them.

crate::catalogue! {}
