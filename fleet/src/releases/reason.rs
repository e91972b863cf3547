//! Why a candidate cannot be published: each reason with its number. Not the finding of it: gate.rs. The sentences
//! themselves are in texts/releases.rs.

use neo::error::Error;
use neo::texts::Language;
use neo::texts::errors::Sentence;

use super::day;
use super::entry::Flaw;
use super::evidence::Trick;
use crate::texts::releases as texts;

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
    /// Its sentence, with its number.
    pub fn sentence(&self) -> Sentence {
        match self {
            Reason::NotOpened => texts::NOT_OPENED,
            Reason::AlreadyPublished => texts::ALREADY_PUBLISHED,
            Reason::Withdrawn { .. } => texts::WITHDRAWN,
            Reason::NotNewer { .. } => texts::NOT_NEWER,
            Reason::BytesChanged { .. } => texts::BYTES_CHANGED,
            Reason::StoreDamaged { .. } => texts::STORE_DAMAGED,
            Reason::PlanNotValid => texts::PLAN_NOT_VALID,
            Reason::FullDays { .. } => texts::FULL_DAYS,
            Reason::CalendarDays { .. } => texts::CALENDAR_DAYS,
            Reason::ProvenTime { .. } => texts::PROVEN_TIME,
            Reason::CheckedDays { .. } => texts::CHECKED_DAYS,
            Reason::CheckMissing { .. } => texts::CHECK_MISSING,
            Reason::CheckFailed { .. } => texts::CHECK_FAILED,
            Reason::FailureUnexplained { .. } => texts::FAILURE_UNEXPLAINED,
            Reason::CheckTooEarly { .. } => texts::CHECK_TOO_EARLY,
            Reason::CheckOfOtherBytes { .. } => texts::CHECK_OF_OTHER_BYTES,
            Reason::SignaturesMissing { .. } => texts::SIGNATURES_MISSING,
            Reason::SignatureNotValid { .. } => texts::SIGNATURE_NOT_VALID,
            Reason::SignerUnknown { .. } => texts::SIGNER_UNKNOWN,
            Reason::SignerTooNew { .. } => texts::SIGNER_TOO_NEW,
            Reason::SignerRevoked { .. } => texts::SIGNER_REVOKED,
            Reason::SignatureOfOtherBytes { .. } => texts::SIGNATURE_OF_OTHER_BYTES,
            Reason::SignatureBeforeCheck { .. } => texts::SIGNATURE_BEFORE_CHECK,
            Reason::CanaryMissing => texts::CANARY_MISSING,
            Reason::CanaryTooShort { .. } => texts::CANARY_TOO_SHORT,
            Reason::CanaryGap { .. } => texts::CANARY_GAP,
            Reason::CanaryOtherVersion { .. } => texts::CANARY_OTHER_VERSION,
            Reason::CanaryOtherProgram { .. } => texts::CANARY_OTHER_PROGRAM,
            Reason::CanaryOld { .. } => texts::CANARY_OLD,
            Reason::CanaryClock { .. } => texts::CANARY_CLOCK,
            Reason::Clock(Trick::Backwards { .. }) => texts::CLOCK_BACKWARDS,
            Reason::Clock(Trick::Jumped { .. }) => texts::CLOCK_JUMPED,
            Reason::Clock(Trick::CountFell { .. }) => texts::COUNT_FELL,
            Reason::Log(flaw) => flaw_sentence(flaw),
            Reason::PublicationAhead { .. } => texts::PUBLICATION_AHEAD,
            Reason::RehearsalDatabase => texts::REHEARSAL_DATABASE,
            Reason::NoReleaseKey => texts::NO_RELEASE_KEY,
        }
    }

    /// As it is read, with its number.
    pub fn say(&self, language: Language) -> String {
        let Sentence { series, number, text } = self.sentence();
        let values = self.values();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        format!("{} ({series}{number})", text.with(language, &values))
    }

    /// As the refusal of a command.
    pub fn refusal(&self) -> Error {
        let refused = Error::invalid(self.sentence());
        self.values().into_iter().fold(refused, |error, (name, value)| error.with(name, value))
    }

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
            Reason::CalendarDays { need, until } => {
                vec![("need", need.to_string()), ("until", day::say(*until))]
            }
            Reason::ProvenTime { need, proven } => {
                vec![("need", day::span(*need)), ("proven", day::span(*proven))]
            }
            Reason::CheckedDays { need, have } => {
                vec![("need", need.to_string()), ("have", have.to_string())]
            }
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
            Reason::CanaryOtherVersion { version, at } => {
                vec![("version", version.clone()), ("at", day::say(*at))]
            }
            Reason::CanaryOtherProgram { at } | Reason::CanaryOld { at } => vec![("at", day::say(*at))],
            Reason::CanaryClock { seconds, at } => {
                vec![("seconds", seconds.to_string()), ("at", day::say(*at))]
            }
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

fn flaw_sentence(flaw: &Flaw) -> Sentence {
    match flaw {
        Flaw::Changed { .. } => texts::LOG_CHANGED,
        Flaw::Missing { .. } => texts::LOG_MISSING,
        Flaw::Unlinked { .. } => texts::LOG_UNLINKED,
        Flaw::Unsealed { .. } => texts::LOG_UNSEALED,
        Flaw::Unreadable { .. } => texts::LOG_UNREADABLE,
        Flaw::Behind { .. } => texts::LOG_BEHIND,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One of each; who adds a reason adds it here.
    fn all() -> Vec<Reason> {
        let (what, name, at, entry) = ("x".to_string(), "Hanako".to_string(), 1_795_482_000, 7);
        let number = entry;
        vec![
            Reason::NotOpened,
            Reason::AlreadyPublished,
            Reason::Withdrawn { why: what.clone() },
            Reason::NotNewer { newest: what.clone() },
            Reason::BytesChanged { what: what.clone() },
            Reason::StoreDamaged { what: what.clone() },
            Reason::PlanNotValid,
            Reason::FullDays { need: 7, left: 60 },
            Reason::CalendarDays { need: 7, until: at },
            Reason::ProvenTime { need: 7, proven: 60 },
            Reason::CheckedDays { need: 7, have: 6 },
            Reason::CheckMissing { day: 1, name: name.clone() },
            Reason::CheckFailed { day: 1, name: name.clone(), entry },
            Reason::FailureUnexplained { day: 1, name: name.clone(), entry },
            Reason::CheckTooEarly { day: 1, name: name.clone(), entry },
            Reason::CheckOfOtherBytes { entry },
            Reason::SignaturesMissing { have: 1 },
            Reason::SignatureNotValid { name: name.clone() },
            Reason::SignerUnknown { name: name.clone() },
            Reason::SignerTooNew { name: name.clone() },
            Reason::SignerRevoked { name: name.clone() },
            Reason::SignatureOfOtherBytes { name: name.clone() },
            Reason::SignatureBeforeCheck { name, entry },
            Reason::CanaryMissing,
            Reason::CanaryTooShort { left: 60 },
            Reason::CanaryGap { from: at, to: at },
            Reason::CanaryOtherVersion { version: what, at },
            Reason::CanaryOtherProgram { at },
            Reason::CanaryOld { at },
            Reason::CanaryClock { seconds: 9, at },
            Reason::Clock(Trick::Backwards { number, seconds: 9 }),
            Reason::Clock(Trick::Jumped { number, seconds: 9 }),
            Reason::Clock(Trick::CountFell { number }),
            Reason::Log(Flaw::Changed { number }),
            Reason::Log(Flaw::Missing { number }),
            Reason::Log(Flaw::Unlinked { number }),
            Reason::Log(Flaw::Unsealed { number }),
            Reason::Log(Flaw::Unreadable { number }),
            Reason::Log(Flaw::Behind { number, last: 3 }),
            Reason::PublicationAhead { published: 9, known: 3 },
            Reason::RehearsalDatabase,
            Reason::NoReleaseKey,
        ]
    }

    #[test]
    fn every_reason_has_a_number_of_its_own_and_a_whole_sentence_in_both_languages() {
        let numbers: BTreeSet<u16> = all().iter().map(|reason| reason.sentence().number).collect();
        let declared: BTreeSet<u16> =
            texts::ALL.iter().map(|(_, sentence)| sentence.number).filter(|number| *number < 1350).collect();
        assert_eq!(numbers, declared);
        assert_eq!(numbers.len(), all().len());
        for reason in all() {
            for language in [Language::Ja, Language::En] {
                let said = reason.say(language);
                assert!(!said.contains('{') && !said.contains('}'), "{said}");
                assert!(said.ends_with(&format!("(F{})", reason.sentence().number)), "{said}");
            }
        }
    }
}
