//! Why a candidate cannot be published: each reason with its number. Not the finding of it: gate.rs; not its sentence:
//! texts/releases.rs.

use super::day;
use super::entry::Flaw;
use super::evidence::Trick;

/// One reason; all that hold are given together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    NotOpened,
    AlreadyPublished,
    Withdrawn { why: String },
    NotNewer { newest: String },
    BytesChanged { what: String },
    StoreDamaged { what: String },
    PlanNotValid,
    FullDays { need: i64, left: i64 },
    CalendarDays { need: i64, until: i64 },
    ProvenTime { need: i64, proven: i64 },
    CheckedDays { need: i64, have: i64 },
    CheckMissing { day: i64, name: String },
    CheckFailed { day: i64, name: String, entry: i64 },
    FailureUnexplained { day: i64, name: String, entry: i64 },
    CheckTooEarly { day: i64, name: String, entry: i64 },
    CheckOfOtherBytes { entry: i64 },
    SignaturesMissing { have: i64 },
    SignatureNotValid { name: String },
    SignerUnknown { name: String },
    SignerTooNew { name: String },
    SignerRevoked { name: String },
    SignatureOfOtherBytes { name: String },
    SignatureBeforeCheck { name: String, entry: i64 },
    CanaryMissing,
    CanaryTooShort { left: i64 },
    CanaryGap { from: i64, to: i64 },
    CanaryOtherVersion { version: String, at: i64 },
    CanaryOtherProgram { at: i64 },
    CanaryOld { at: i64 },
    CanaryClock { seconds: i64, at: i64 },
    Clock(Trick),
    Log(Flaw),
    PublicationAhead { published: i64, known: i64 },
    RehearsalDatabase,
    NoReleaseKey,
}

impl Reason {
    /// What its sentence has to fill in.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Reason::NotOpened
            | Reason::AlreadyPublished
            | Reason::PlanNotValid
            | Reason::CanaryMissing
            | Reason::RehearsalDatabase
            | Reason::NoReleaseKey => Vec::new(),
            Reason::Withdrawn { why } => vec![("why", why.clone())],
            Reason::NotNewer { newest } => vec![("newest", newest.clone())],
            Reason::BytesChanged { what } | Reason::StoreDamaged { what } => vec![("what", what.clone())],
            Reason::FullDays { need, left } => vec![("need", need.to_string()), ("left", day::span(*left))],
            Reason::CalendarDays { need, until } => vec![("need", need.to_string()), ("until", day::say(*until))],
            Reason::ProvenTime { need, proven } => {
                vec![("need", day::span(*need)), ("proven", day::span(*proven))]
            }
            Reason::CheckedDays { need, have } => vec![("need", need.to_string()), ("have", have.to_string())],
            Reason::CheckMissing { day, name } => vec![("day", day.to_string()), ("name", name.clone())],
            Reason::CheckFailed { day, name, entry }
            | Reason::FailureUnexplained { day, name, entry }
            | Reason::CheckTooEarly { day, name, entry } => {
                vec![("day", day.to_string()), ("name", name.clone()), ("entry", entry.to_string())]
            }
            Reason::CheckOfOtherBytes { entry } => vec![("entry", entry.to_string())],
            Reason::SignaturesMissing { have } => vec![("have", have.to_string())],
            Reason::SignatureNotValid { name }
            | Reason::SignerUnknown { name }
            | Reason::SignerTooNew { name }
            | Reason::SignerRevoked { name }
            | Reason::SignatureOfOtherBytes { name } => vec![("name", name.clone())],
            Reason::SignatureBeforeCheck { name, entry } => {
                vec![("name", name.clone()), ("entry", entry.to_string())]
            }
            Reason::CanaryTooShort { left } => vec![("left", day::span(*left))],
            Reason::CanaryGap { from, to } => vec![("from", day::say(*from)), ("to", day::say(*to))],
            Reason::CanaryOtherVersion { version, at } => vec![("version", version.clone()), ("at", day::say(*at))],
            Reason::CanaryOtherProgram { at } | Reason::CanaryOld { at } => vec![("at", day::say(*at))],
            Reason::CanaryClock { seconds, at } => vec![("seconds", seconds.to_string()), ("at", day::say(*at))],
            Reason::Clock(Trick::Backwards { number, seconds } | Trick::Jumped { number, seconds }) => {
                vec![("entry", number.to_string()), ("seconds", seconds.to_string())]
            }
            Reason::Clock(Trick::CountFell { number }) => vec![("entry", number.to_string())],
            Reason::Log(flaw) => flaw_values(flaw),
            Reason::PublicationAhead { published, known } => {
                vec![("published", published.to_string()), ("known", known.to_string())]
            }
        }
    }
}

fn flaw_values(flaw: &Flaw) -> Vec<(&'static str, String)> {
    match flaw {
        Flaw::Changed { number }
        | Flaw::Missing { number }
        | Flaw::Unlinked { number }
        | Flaw::Unsealed { number }
        | Flaw::Unreadable { number } => vec![("entry", number.to_string())],
        Flaw::Behind { number, last } => vec![("entry", number.to_string()), ("last", last.to_string())],
    }
}
