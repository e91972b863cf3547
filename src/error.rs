//! What can go wrong: yours (a numbered sentence that says what to fix) or ours (an incident number, sorry).
//! Not the pages that show it: those are in web/view. Not the sentences: those are in texts/errors.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::texts::errors::{self, Sentence};
use crate::texts::{Language, Text};

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done, by who can mend it.
#[derive(Clone, Debug)]
pub enum Error {
    /// The input has to be changed (HTTP 422, exit 65).
    Invalid(Refusal),
    /// There is no such thing (HTTP 404, exit 65).
    NotFound(Refusal),
    /// The caller may not do this (HTTP 403, exit 77 is not used: 65).
    Denied(Refusal),
    /// The site has to be configured first (HTTP 503, exit 78).
    Configuration(Refusal),
    /// Try again later (HTTP 503, exit 75).
    Busy(Refusal),
    /// Ours: logged once at the edge, shown as an incident number (HTTP 500, exit 70).
    Fault(Fault),
}

/// A numbered sentence with its values, and the field it speaks of.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub sentence: Sentence,
    pub values: Vec<(&'static str, Value)>,
    /// The form field to point at, if one is to blame.
    pub field: Option<Cow<'static, str>>,
}

/// What stands in the place of a sentence's `{name}`.
#[derive(Clone, Debug)]
pub enum Value {
    Words(String),
    /// Words of ours, in the language of the sentence.
    Text(Text),
    /// A file or folder of the server. Where it lies is for the owner: a stranger is told its name alone.
    Path(PathBuf),
}

/// A failure of ours: what was being done, and what happened. Never shown to visitors.
#[derive(Clone, Debug)]
pub struct Fault {
    pub doing: String,
    pub cause: String,
}

impl Refusal {
    fn new(sentence: Sentence) -> Refusal {
        Refusal { sentence, values: Vec::new(), field: None }
    }

    /// The sentence in `language`, with its number, e.g. `… (E1002)`.
    pub fn say(&self, language: Language) -> String {
        self.say_with(language, Path::to_string_lossy)
    }

    /// The same for who may be anybody: files and folders by their names, not where they lie.
    pub fn say_to_stranger(&self, language: Language) -> String {
        self.say_with(language, |path| path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// What was filled in for `{name}`; empty if nothing was.
    pub fn value(&self, name: &str, language: Language) -> String {
        let found = self.values.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.say(language, Path::to_string_lossy)).unwrap_or_default()
    }

    fn say_with(&self, language: Language, show: fn(&Path) -> Cow<'_, str>) -> String {
        let values: Vec<(&str, String)> =
            self.values.iter().map(|(name, value)| (*name, value.say(language, show))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let Sentence { series, number, text } = self.sentence;
        format!("{} ({series}{number})", text.with(language, &values))
    }
}

impl Value {
    fn say(&self, language: Language, show: fn(&Path) -> Cow<'_, str>) -> String {
        match self {
            Value::Words(words) => words.clone(),
            Value::Text(text) => text.to(language).to_string(),
            Value::Path(path) => show(path).into_owned(),
        }
    }
}

impl From<String> for Value {
    fn from(words: String) -> Value {
        Value::Words(words)
    }
}

impl From<&str> for Value {
    fn from(words: &str) -> Value {
        Value::Words(words.to_string())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Value {
        Value::Text(text)
    }
}

impl From<&Path> for Value {
    fn from(path: &Path) -> Value {
        Value::Path(path.to_path_buf())
    }
}

impl Error {
    pub fn invalid(sentence: Sentence) -> Error {
        Error::Invalid(Refusal::new(sentence))
    }
    pub fn not_found(sentence: Sentence) -> Error {
        Error::NotFound(Refusal::new(sentence))
    }
    pub fn denied(sentence: Sentence) -> Error {
        Error::Denied(Refusal::new(sentence))
    }
    pub fn configuration(sentence: Sentence) -> Error {
        Error::Configuration(Refusal::new(sentence))
    }
    pub fn busy(sentence: Sentence) -> Error {
        Error::Busy(Refusal::new(sentence))
    }

    /// A failure of ours; `doing` reads as "while …".
    pub fn fault(doing: impl Into<String>, cause: impl std::fmt::Display) -> Error {
        Error::Fault(Fault { doing: doing.into(), cause: cause.to_string() })
    }

    /// Fills `{name}` of the sentence; the latest value counts, since who catches an error may know more.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Error {
        if let Some(refusal) = self.refusal_mut() {
            refusal.values.retain(|(other, _)| *other != name);
            refusal.values.push((name, value.into()));
        }
        self
    }

    /// Names the form field to point at.
    pub fn on(mut self, field: impl Into<Cow<'static, str>>) -> Error {
        if let Some(refusal) = self.refusal_mut() {
            refusal.field = Some(field.into());
        }
        self
    }

    /// The numbered sentence, unless the failure is ours.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Invalid(refusal)
            | Error::NotFound(refusal)
            | Error::Denied(refusal)
            | Error::Configuration(refusal)
            | Error::Busy(refusal) => Some(refusal),
            Error::Fault(_) => None,
        }
    }

    /// Whether the program is to blame: something of ours broke, or a database that it cannot read.
    pub fn is_of_the_program(&self) -> bool {
        let unreadable = [errors::DATABASE_NEWER, errors::DATABASE_DAMAGED];
        self.refusal().is_none_or(|refusal| unreadable.contains(&refusal.sentence))
    }

    fn refusal_mut(&mut self) -> Option<&mut Refusal> {
        match self {
            Error::Invalid(refusal)
            | Error::NotFound(refusal)
            | Error::Denied(refusal)
            | Error::Configuration(refusal)
            | Error::Busy(refusal) => Some(refusal),
            Error::Fault(_) => None,
        }
    }

    /// The exit code of the command line (sysexits.h).
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Invalid(_) | Error::NotFound(_) | Error::Denied(_) => 65,
            Error::Fault(_) => 70,
            Error::Busy(_) => 75,
            Error::Configuration(_) => 78,
        }
    }

    /// The HTTP status of the page that shows it.
    pub fn status(&self) -> u16 {
        match self {
            Error::Invalid(_) => 422,
            Error::NotFound(_) => 404,
            Error::Denied(_) => 403,
            Error::Configuration(_) | Error::Busy(_) => 503,
            Error::Fault(_) => 500,
        }
    }
}
