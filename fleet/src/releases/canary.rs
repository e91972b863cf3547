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
