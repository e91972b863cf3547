//! The vendor's sentences, Japanese first and English complete, in NEO's own style.
//! Not NEO's sentences: those are in `neo::texts`, and are used here where they fit.

pub mod errors;
pub mod notices;
pub mod pages;
pub mod poller;
pub mod portal;
pub mod releases;
pub mod warnings;

use neo::texts::{Language, Text};

/// A sentence in both languages: a script's log may be read by either.
pub trait Both {
    fn both(&self, values: &[(&str, &str)]) -> [String; 2];
}

impl Both for Text {
    fn both(&self, values: &[(&str, &str)]) -> [String; 2] {
        [self.with(Language::Ja, values), self.with(Language::En, values)]
    }
}
