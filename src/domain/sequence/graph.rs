//! Where steps lead: only onwards within a sequence, and never round in a circle of sequences.
//! Not the following of a lead at run time: mail/due, which counts occurrences besides.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::SequenceId;
use crate::domain::sequence::{Go, Step};
use crate::error::{Error, Result};
use crate::texts::errors;

/// Refuses a step that leads to itself, to an earlier one, or to one that is not there; `name` names a step.
pub fn check_jumps(steps: &[Step], name: impl Fn(&Step) -> String) -> Result<()> {
    for step in steps {
        for (go, field) in [(step.then, "then"), (step.otherwise, "otherwise")] {
            let Go::Step(id) = go else { continue };
            let Some(target) = steps.iter().find(|other| other.id == id) else {
                return Err(Error::invalid(errors::STEP_LEADS_NOWHERE).with("name", name(step)).on(field));
            };
            if target.position <= step.position {
                let path = format!("{} → {} → …", name(target), name(step));
                return Err(Error::invalid(errors::STEPS_IN_A_CIRCLE).with("path", path).on(field));
            }
        }
    }
    Ok(())
}

/// A circle of sequences that goes through `start`, as the path that one would walk: first and last are the same.
pub fn find_loop(
    leads: &BTreeMap<SequenceId, BTreeSet<SequenceId>>,
    start: SequenceId,
) -> Option<Vec<SequenceId>> {
    let mut open = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while let Some(path) = open.pop() {
        let here = path.last().copied().unwrap_or(start);
        for next in leads.get(&here).into_iter().flatten() {
            let longer = path.iter().copied().chain([*next]).collect::<Vec<_>>();
            if *next == start {
                return Some(longer);
            }
            if seen.insert(*next) {
                open.push(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(pairs: &[(i64, i64)]) -> BTreeMap<SequenceId, BTreeSet<SequenceId>> {
        let mut leads: BTreeMap<SequenceId, BTreeSet<SequenceId>> = BTreeMap::new();
        for (from, to) in pairs {
            leads.entry(SequenceId(*from)).or_default().insert(SequenceId(*to));
        }
        leads
    }

    #[test]
    fn a_circle_is_found_with_its_path_and_a_way_that_only_branches_is_none() {
        let path = |pairs: &[(i64, i64)]| {
            find_loop(&leads(pairs), SequenceId(1)).map(|path| path.iter().map(|id| id.0).collect::<Vec<_>>())
        };
        assert_eq!(path(&[(1, 2), (2, 3), (1, 3), (3, 4)]), None);
        assert_eq!(path(&[(1, 1)]), Some(vec![1, 1]));
        assert_eq!(path(&[(1, 2), (2, 3), (3, 1)]), Some(vec![1, 2, 3, 1]));
        // A circle elsewhere does not hold up this one, and is found from within.
        assert_eq!(path(&[(1, 2), (2, 3), (3, 2)]), None);
    }
}
