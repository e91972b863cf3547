//! Edits of a sequence that people are in: where a step comes to stand, and whom it is for.
//! Not what was there before (store/edits) and not the page that asks first (web/admin/step_preview).

use crate::domain::id::StepId;
use crate::domain::sequence::Step;

/// The distance between the positions of new steps: some fifty can come between any two.
pub const GAP: i64 = 1 << 50;

/// The most steps of one sequence.
pub const MOST_STEPS: usize = 500;

/// Whom an added or moved step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only those who are not past its place and its moment.
    NotThereYet,
    /// Also those who are past it: it goes to them at once.
    AlsoPast,
}

impl Reach {
    pub fn word(self) -> &'static str {
        match self {
            Reach::NotThereYet => "ahead",
            Reach::AlsoPast => "all",
        }
    }

    pub fn parse(word: &str) -> Option<Reach> {
        [Reach::NotThereYet, Reach::AlsoPast].into_iter().find(|reach| reach.word() == word)
    }
}

/// Where a step is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where it stands; a new one goes to the end.
    Stay,
    /// Where its day puts it, among those that are counted from the start.
    ByDay,
    First,
    After(StepId),
}

/// The index before which a step with this offset stands among the others: after the last that is not later.
pub fn place_by_day(others: &[Step], offset: i64) -> usize {
    let is_not_later = |step: &Step| step.timing.offset().is_some_and(|other| other <= offset);
    let is_later = |step: &Step| step.timing.offset().is_some_and(|other| other > offset);
    match others.iter().rposition(is_not_later) {
        // Steps that follow it by a while stay with it.
        Some(last) => {
            others.iter().skip(last + 1).position(is_later).map_or(others.len(), |next| last + 1 + next)
        }
        None => others.iter().position(is_later).unwrap_or(others.len()),
    }
}

/// A position between two that were ever used; `None` when there is no room left.
pub fn position_between(before: Option<i64>, after: Option<i64>) -> Option<i64> {
    match (before, after) {
        (None, None) => Some(GAP),
        (Some(before), None) => before.checked_add(GAP),
        (before, Some(after)) => {
            let before = before.unwrap_or(0);
            let between = before + (after - before) / 2;
            (before < between && between < after).then_some(between)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_some_fifty_steps_at_one_place_and_then_it_is_said() {
        let (mut before, after) = (GAP, GAP * 2);
        let mut count = 0;
        while let Some(position) = position_between(Some(before), Some(after)) {
            assert!(before < position && position < after);
            before = position;
            count += 1;
        }
        assert_eq!(count, 50);
        assert_eq!(position_between(None, Some(1)), None);
        assert_eq!(position_between(Some(GAP), None), Some(2 * GAP));
    }
}
