//! What comes back by mail: bounces, complaints, wishes to leave, automatic replies, and what nobody understands.
//! Never answers anything. Not the mail server's words at sending time: mail/deliver hands those to `refusal`.

pub mod parts;
pub mod plain;
pub mod read;
pub mod report;
