//! Whether the newest version is offered to this site, and whether it may be put in place now.
//! Not what the vendor says (link/update) and not the work (work). Pure.

use crate::clock::Instant;
use crate::link::update::{Manifest, Target, is_newer};
use crate::texts::{Text, update};
use crate::update::state::State;

/// What an offer hangs on, beside the manifest.
pub struct Site<'a> {
    pub running: &'a str,
    pub target: &'a str,
    /// The name of the site: its place in the row of the roll-out.
    pub site: &'a str,
    pub now: Instant,
}

/// Why nothing is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOffered {
    /// Nothing was heard of the vendor.
    Unheard,
    /// What was heard is past its time: newer word may be kept from us.
    Expired,
    /// This is the newest.
    Newest,
    Halted,
    Withdrawn,
    /// No file for this system.
    NoFile,
    /// Later: other sites are first.
    NotYet,
}

impl NotOffered {
    pub fn word(self) -> &'static str {
        match self {
            NotOffered::Unheard => "unheard",
            NotOffered::Expired => "expired",
            NotOffered::Newest => "newest",
            NotOffered::Halted => "halted",
            NotOffered::Withdrawn => "withdrawn",
            NotOffered::NoFile => "no-file",
            NotOffered::NotYet => "not-yet",
        }
    }
}

/// The sentence for such a word.
pub fn sentence(word: &str) -> Text {
    match word {
        "expired" => update::WHY_EXPIRED,
        "newest" => update::WHY_NEWEST,
        "halted" => update::WHY_HALTED,
        "withdrawn" => update::WHY_WITHDRAWN,
        "no-file" => update::WHY_NO_FILE,
        "not-yet" => update::WHY_NOT_YET,
        _ => update::WHY_UNHEARD,
    }
}

/// The file that this site may have, or why none. A version is never offered for a lower one.
pub fn offered<'a>(manifest: Option<&'a Manifest>, site: &Site<'_>) -> Result<&'a Target, NotOffered> {
    let target = usable(manifest, site)?;
    match manifest.is_some_and(|manifest| manifest.is_offered_to(site.site)) {
        true => Ok(target),
        false => Err(NotOffered::NotYet),
    }
}

/// The same for a file that the owner brings herself: she need not wait for her turn.
pub fn usable<'a>(manifest: Option<&'a Manifest>, site: &Site<'_>) -> Result<&'a Target, NotOffered> {
    let manifest = manifest.ok_or(NotOffered::Unheard)?;
    if manifest.expires <= site.now {
        return Err(NotOffered::Expired);
    }
    if !is_newer(&manifest.version, site.running) {
        return Err(NotOffered::Newest);
    }
    if manifest.halted {
        return Err(NotOffered::Halted);
    }
    if manifest.withdrawn.contains(&manifest.version) {
        return Err(NotOffered::Withdrawn);
    }
    manifest.targets.iter().find(|target| target.name == site.target).ok_or(NotOffered::NoFile)
}

/// What the owner chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Off,
    Manual,
    Auto,
}

impl Mode {
    pub fn parse(word: &str) -> Mode {
        match word {
            "auto" => Mode::Auto,
            "off" => Mode::Off,
            _ => Mode::Manual,
        }
    }
}

/// Whether an offered version is fetched: the owner wants it, or updates by themselves are on and it is old enough.
pub fn is_wanted(manifest: &Manifest, state: &State, mode: Mode, least_days: i64, now: Instant) -> bool {
    let version = &manifest.version;
    if state.wanted.as_ref() == Some(version) {
        return true;
    }
    let is_old_enough = manifest.security || now - manifest.released_at >= least_days * 86_400;
    mode == Mode::Auto
        && is_old_enough
        && state.held.as_ref() != Some(version)
        && state.failure_of(version).is_none()
}

/// Seconds after which a site whose clocks never call at the chosen hour is updated at any.
const PATIENCE: i64 = 36 * 3600;

/// Whether it may be put in place now: at once if the owner wants it, else at the chosen hour of the site's day.
pub fn is_time(is_wanted_now: bool, hour_now: u32, chosen: i64, ready_since: Instant, now: Instant) -> bool {
    is_wanted_now || i64::from(hour_now) == chosen || now - ready_since > PATIENCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::feed::Words;
    use crate::link::update::{Safe, bucket};
    use crate::update::state::{Entry, Outcome};

    const NOW: Instant = 1_795_482_000;

    fn manifest(version: &str) -> Manifest {
        let target = Target {
            name: "linux-x86_64".to_string(),
            file: "neo".to_string(),
            length: 1,
            sha256: String::new(),
        };
        Manifest {
            number: 1,
            issued_at: NOW,
            expires: NOW + 86_400,
            version: version.to_string(),
            released_at: NOW - 8 * 86_400,
            security: false,
            notes: Words::default(),
            targets: vec![target],
            rollout_permille: 1000,
            halted: false,
            withdrawn: Vec::new(),
            safe: Safe::default(),
            test_seconds: 0,
        }
    }

    fn site() -> Site<'static> {
        Site { running: "1.0.0", target: "linux-x86_64", site: "abcd", now: NOW }
    }

    #[test]
    fn only_a_newer_version_that_is_in_force_and_for_this_system_is_offered() {
        let look = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = manifest("1.1.0");
            change(&mut manifest);
            offered(Some(&manifest), &site()).map(|target| target.file.clone()).map_err(NotOffered::word)
        };
        assert_eq!(look(&|_| ()), Ok("neo".to_string()));
        assert_eq!(look(&|manifest| manifest.expires = NOW), Err("expired"));
        assert_eq!(look(&|manifest| manifest.version = "1.0.0".to_string()), Err("newest"));
        assert_eq!(look(&|manifest| manifest.version = "0.9.0".to_string()), Err("newest"));
        assert_eq!(look(&|manifest| manifest.halted = true), Err("halted"));
        assert_eq!(look(&|manifest| manifest.withdrawn.push("1.1.0".to_string())), Err("withdrawn"));
        assert_eq!(look(&|manifest| manifest.targets.clear()), Err("no-file"));
        assert_eq!(look(&|manifest| manifest.rollout_permille = 0), Err("not-yet"));
        let place = bucket("abcd", "1.1.0");
        assert_eq!(look(&|manifest| manifest.rollout_permille = place), Err("not-yet"));
        assert!(look(&|manifest| manifest.rollout_permille = place + 1).is_ok());
        assert_eq!(offered(None, &site()).unwrap_err(), NotOffered::Unheard);
    }

    #[test]
    fn by_itself_only_what_is_old_enough_not_held_and_has_not_failed_here() {
        let manifest = manifest("1.1.0");
        let with = |change: &dyn Fn(&mut State), mode, days| {
            let mut state = State::default();
            change(&mut state);
            is_wanted(&manifest, &state, mode, days, NOW)
        };
        let failed = |state: &mut State, outcome| {
            state.note(Entry {
                at: NOW,
                from: "1.0.0".to_string(),
                to: "1.1.0".to_string(),
                outcome,
                why: String::new(),
                data_from: None,
            });
        };
        assert!(with(&|_| (), Mode::Auto, 3));
        assert!(!with(&|_| (), Mode::Auto, 9), "too fresh");
        assert!(!with(&|_| (), Mode::Manual, 3) && !with(&|_| (), Mode::Off, 3));
        assert!(!with(&|state| state.held = Some("1.1.0".to_string()), Mode::Auto, 3));
        assert!(with(&|state| state.held = Some("1.0.9".to_string()), Mode::Auto, 3));
        assert!(with(&|state| state.wanted = Some("1.1.0".to_string()), Mode::Off, 9));
        for outcome in [Outcome::RolledBack, Outcome::Refused, Outcome::PutBack] {
            assert!(!with(&|state| failed(state, outcome), Mode::Auto, 3), "{outcome:?}");
        }
        assert!(with(&|state| failed(state, Outcome::GivenUp), Mode::Auto, 3));
        let mut urgent = manifest.clone();
        (urgent.security, urgent.released_at) = (true, NOW);
        assert!(is_wanted(&urgent, &State::default(), Mode::Auto, 9, NOW));
    }

    #[test]
    fn it_waits_for_the_chosen_hour_but_not_for_ever() {
        assert!(is_time(true, 12, 4, NOW, NOW) && is_time(false, 4, 4, NOW, NOW));
        assert!(!is_time(false, 5, 4, NOW, NOW + PATIENCE));
        assert!(is_time(false, 5, 4, NOW, NOW + PATIENCE + 1));
    }
}
