//! The content of a mail.
//! Not its bytes (mail/compose) and not who gets it (broadcast, sequence).

use crate::domain::id::{ListId, MessageId};
use crate::error::{Error, Result};
use crate::texts::errors;

/// What a message is for; it decides headers, footer and who may get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Broadcast,
    Step,
    /// The request to confirm a sign-up: one per list, without free text, to people who have not agreed yet.
    Confirmation,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Broadcast => "broadcast",
            Kind::Step => "step",
            Kind::Confirmation => "confirmation",
        }
    }

    pub fn parse(word: &str) -> Option<Kind> {
        [Kind::Broadcast, Kind::Step, Kind::Confirmation].into_iter().find(|kind| kind.word() == word)
    }
}

/// A stored message.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub kind: Kind,
    pub list: ListId,
    pub content: Content,
}

/// What the owner wrote: checked lengths, no control characters in the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub subject: String,
    pub text: String,
    /// Empty: the mail has a text part only.
    pub html: String,
}

/// The longest subject, in characters.
pub const LONGEST_SUBJECT: usize = 200;
/// The longest body, in bytes, of either part.
pub const LONGEST_BODY: usize = 512 * 1024;

impl Content {
    /// Reads what was typed. Personalisation is checked by mail/compose, which knows the template language.
    pub fn parse(subject: &str, text: &str, html: &str) -> Result<Content> {
        let subject = subject.trim();
        if subject.is_empty() {
            return Err(Error::invalid(errors::SUBJECT_MISSING).on("subject"));
        }
        if subject.chars().any(char::is_control) {
            return Err(Error::invalid(errors::CONTROL_CHARACTER).on("subject"));
        }
        if subject.chars().count() > LONGEST_SUBJECT {
            return Err(Error::invalid(errors::SUBJECT_TOO_LONG)
                .with("limit", LONGEST_SUBJECT.to_string())
                .on("subject"));
        }
        if text.trim().is_empty() {
            return Err(Error::invalid(errors::TEXT_MISSING).on("text"));
        }
        for (field, body) in [("text", text), ("html", html)] {
            if body.len() > LONGEST_BODY {
                return Err(Error::invalid(errors::BODY_TOO_LONG).on(field));
            }
            if body.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                return Err(Error::invalid(errors::CONTROL_CHARACTER).on(field));
            }
        }
        Ok(Content {
            subject: subject.to_string(),
            text: text.replace("\r\n", "\n"),
            html: html.trim().replace("\r\n", "\n"),
        })
    }
}
