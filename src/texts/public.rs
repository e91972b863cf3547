//! Texts: public.
//! Not the code that shows them.

crate::catalogue! {}
