//! "The own list has been served by the candidate for the last two days", judged from recorded answers. Not the asking:
//! command/release.rs.
//!
//! An answer counts if it came from a site named as the vendor's own, said the candidate's version, and bore the time of
//! that other machine: so it is also a second clock that nobody on the vendor's machine sets.

use super::history::{Answer, History, Release};
use super::reason::Reason;

/// How long the candidate has to have served.
pub const SERVED: i64 = 2 * 86_400;
/// Between two answers, and since the last one, at most this.
pub const GAP: i64 = 12 * 3600;
/// How far the other machine's clock may be away from ours.
pub const APART: i64 = 600;

/// Why the answers do not prove it; none: they do, for at least one site.
pub fn reasons(history: &History, release: &Release, now: i64) -> Vec<Reason> {
    let mut best: Option<Vec<Reason>> = None;
    for site in &history.own_sites {
        let answers: Vec<&Answer> = history
            .answers
            .iter()
            .filter(|answer| answer.canary.site == *site && answer.number > release.opened)
            .collect();
        if answers.is_empty() {
            continue;
        }
        let reasons = of_site(&answers, release, now, history.is_rehearsal);
        if reasons.is_empty() {
            return reasons;
        }
        if best.as_ref().is_none_or(|best| reasons.len() < best.len()) {
            best = Some(reasons);
        }
    }
    best.unwrap_or_else(|| vec![Reason::CanaryMissing])
}

/// Since when this site has been serving the candidate without a break, if it does now.
fn of_site(answers: &[&Answer], release: &Release, now: i64, is_rehearsal: bool) -> Vec<Reason> {
    let from = now - SERVED;
    let mut reasons = Vec::new();
    // Those of the last two days, and the one before them that covers their beginning.
    let first = answers.iter().rposition(|answer| answer.at <= from).unwrap_or(0);
    let looked_at = answers.get(first..).unwrap_or_default();
    for answer in looked_at {
        reasons.extend(of_answer(answer, release, is_rehearsal));
    }
    if let Some(earliest) = looked_at.first().filter(|earliest| earliest.at > from) {
        reasons.push(Reason::CanaryTooShort { left: earliest.at - from });
    }
    let gap = looked_at.iter().zip(looked_at.iter().skip(1)).find(|(one, next)| next.at - one.at > GAP);
    if let Some((one, next)) = gap {
        reasons.push(Reason::CanaryGap { from: one.at, to: next.at });
    }
    if let Some(last) = looked_at.last().filter(|last| now - last.at > GAP) {
        reasons.push(Reason::CanaryOld { at: last.at });
    }
    reasons
}

fn of_answer(answer: &Answer, release: &Release, is_rehearsal: bool) -> Option<Reason> {
    let (at, canary) = (answer.at, &answer.canary);
    if canary.version != release.candidate.version {
        return Some(Reason::CanaryOtherVersion { version: canary.version.clone(), at });
    }
    let is_ours = |program: &String| release.candidate.artefacts.iter().any(|each| each.sha256 == *program);
    if canary.program.as_ref().is_some_and(|program| !is_ours(program)) {
        return Some(Reason::CanaryOtherProgram { at });
    }
    // A rehearsal moves its own clock only, so the other machine's says nothing.
    if is_rehearsal {
        return None;
    }
    let apart = canary.their_time.map_or(i64::MAX, |theirs| (theirs - at).abs());
    (apart > APART).then_some(Reason::CanaryClock { seconds: apart, at })
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::{log, moment};
    use super::super::event::{Artefact, Canary, Candidate, Event};
    use super::*;

    const START: i64 = 2_000_000;
    const HOUR: i64 = 3600;

    /// A candidate and hourly answers of our own site, each changed as wanted.
    fn history(change: impl Fn(i64, &mut Canary)) -> History {
        let candidate = Candidate {
            version: "0.2.0".into(),
            security: false,
            notes_ja: String::new(),
            notes_en: String::new(),
            artefacts: vec![Artefact {
                target: "t".into(),
                path: "p".into(),
                length: 1,
                sha256: "aa".into(),
            }],
            plan: String::new(),
        };
        let opened = Event::Opened { candidate, plan_path: String::new(), changed: Vec::new() };
        let own = Event::OwnSiteAdded { site: "own".into() };
        let mut events = vec![(moment(START), own), (moment(START), opened)];
        for hour in 1..=60 {
            let at = START + hour * HOUR;
            let mut canary = Canary {
                site: "own".into(),
                version: "0.2.0".into(),
                program: Some("aa".into()),
                their_time: Some(at + 5),
                answer: None,
            };
            change(hour, &mut canary);
            events.push((moment(at), Event::Canary(canary)));
        }
        History::of(&log(events))
    }

    fn judged(change: impl Fn(i64, &mut Canary)) -> Vec<Reason> {
        let history = history(change);
        reasons(&history, &history.releases["0.2.0"], START + 60 * HOUR)
    }

    #[test]
    fn two_days_of_answers_of_the_candidate_prove_it() {
        assert_eq!(judged(|_, _| {}), []);
        // What was before the last two days does not matter.
        assert_eq!(
            judged(|hour, canary| canary.version = if hour < 12 { "0.1.0" } else { "0.2.0" }.into()),
            []
        );
    }

    #[test]
    fn another_clock_than_ours_another_program_and_another_site_do_not() {
        let at = START + 40 * HOUR;
        let seconds = 2 * HOUR + 5;
        let slow = judged(|hour, canary| {
            canary.their_time = canary.their_time.map(|at| at + if hour == 40 { 2 * HOUR } else { 0 })
        });
        assert_eq!(slow, [Reason::CanaryClock { seconds, at }]);
        let silent = judged(|hour, canary| canary.their_time = canary.their_time.filter(|_| hour != 40));
        assert_eq!(silent, [Reason::CanaryClock { seconds: i64::MAX, at }]);
        let other = judged(|hour, canary| canary.program = Some(if hour == 40 { "bb" } else { "aa" }.into()));
        assert_eq!(other, [Reason::CanaryOtherProgram { at }]);
        assert_eq!(judged(|_, canary| canary.site = "customer".into()), [Reason::CanaryMissing]);
    }
}
