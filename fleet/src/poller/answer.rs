//! What a site answered, read with distrust: the bytes may come from anybody. Pure.
//! Not the connection they came by: call.

use std::collections::BTreeMap;

use neo::clock::Instant;
use neo::link::tick_call::RefusedPart;
use serde::Deserialize;

use super::outcome::Outcome;

/// The most bytes of an answer.
pub(crate) const CAP: usize = 64 * 1024;
/// Clocks of a site that are kept; there are five.
const MOST_BEATS: usize = 16;
/// A call brings four parts.
const MOST_PARTS: usize = 4;
/// What is kept of a word from outside.
const LONGEST_WORD: usize = 64;

/// What is kept of the answer to a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// When to come again.
    pub(crate) next_due: Instant,
    pub(crate) version: String,
    pub(crate) trips: i64,
    pub(crate) beats: BTreeMap<String, Instant>,
    pub(crate) key_valid_until: Option<Instant>,
    pub(crate) feed_number: Option<i64>,
    /// `cron`, `poller`, `url`, `visit`, or empty.
    pub(crate) wanted_clock: String,
    pub(crate) waiting: i64,
    /// Why the tick ended early; empty if it did not.
    pub(crate) stopped_by: String,
    /// What of the call's body was not believed, and the number of the sentence that says why.
    pub(crate) refused: Vec<RefusedPart>,
}

impl Answer {
    /// In a few words, for staff: why the tick ended early, and what was not believed.
    pub(crate) fn detail(&self) -> String {
        let refused =
            self.refused.iter().map(|part| format!("refused {} (E{})", word(&part.part), part.error));
        let early = Some(self.stopped_by.clone()).filter(|why| !why.is_empty());
        early.into_iter().chain(refused).collect::<Vec<String>>().join(", ")
    }

    pub(crate) fn has_refused(&self, part: &str) -> bool {
        self.refused.iter().any(|refused| refused.part == part)
    }
}

/// The shape of what a site sends. Numbers that are missing are nothing; a field of the wrong kind is garbage.
#[derive(Deserialize)]
struct Sent {
    site: String,
    next_due: String,
    version: String,
    #[serde(default)]
    stopped_by: Option<String>,
    #[serde(default)]
    trips: i64,
    #[serde(default)]
    beats: BTreeMap<String, i64>,
    #[serde(default)]
    key_valid_until: Option<i64>,
    #[serde(default)]
    feed_number: Option<i64>,
    #[serde(default)]
    wanted_clock: String,
    #[serde(default)]
    broadcasts_waiting: i64,
    #[serde(default)]
    refused: Vec<RefusedPart>,
}

/// How NEO says no to a program: the number of its sentence, and the sentence.
#[derive(Deserialize)]
struct Refused {
    error: u16,
    says: String,
}

/// Reads what came with status 200; else what it is instead, and in a few words why.
pub(crate) fn read(site: &str, bytes: &[u8]) -> Result<Answer, (Outcome, String)> {
    let sent: Sent = serde_json::from_slice(bytes).map_err(|cause| {
        (Outcome::Garbage, format!("{} bytes: {}", bytes.len(), word(&cause.to_string())))
    })?;
    if sent.site != site {
        return Err((Outcome::WrongSite, format!("{} answered", word(&sent.site))));
    }
    let next_due = humantime(&sent.next_due)
        .ok_or_else(|| (Outcome::Garbage, format!("next_due is {}", word(&sent.next_due))))?;
    let beats = sent.beats.into_iter().take(MOST_BEATS);
    Ok(Answer {
        next_due,
        version: word(&sent.version),
        trips: sent.trips.clamp(0, 1_000_000),
        beats: beats.map(|(name, at)| (word(&name), at)).collect(),
        key_valid_until: sent.key_valid_until,
        feed_number: sent.feed_number,
        wanted_clock: word(&sent.wanted_clock),
        waiting: sent.broadcasts_waiting.max(0),
        stopped_by: word(&sent.stopped_by.unwrap_or_default()),
        refused: sent.refused.into_iter().take(MOST_PARTS).collect(),
    })
}

/// Whether a status other than 200 is the site's own no, and its words if so.
pub(crate) fn declined(bytes: &[u8]) -> Option<String> {
    let refused: Refused = serde_json::from_slice(bytes).ok()?;
    Some(word(&format!("E{}: {}", refused.error, refused.says)))
}

/// `Retry-After`: seconds, or a date; as seconds from `now`.
pub(crate) fn retry_after(header: &str, now: Instant) -> Option<i64> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(i64::from(seconds));
    }
    let at = httpdate::parse_http_date(header).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((i64::try_from(since.as_secs()).ok()? - now).max(0))
}

/// RFC 3339 in UTC, as ticks say it: `2026-11-24T01:00:00Z`.
fn humantime(text: &str) -> Option<Instant> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(at.timestamp())
}

/// A word from outside, without control characters and not too long.
pub(crate) fn word(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"run":1,"source":"poller","sent":0,"next_due":"2026-11-24T01:00:00Z","stopped_by":null,
        "version":"0.9.1","site":"abc","trips":2,"beats":{"cron":1795481000},"key_valid_until":null,"feed_number":7,
        "wanted_clock":"poller","broadcasts_waiting":1,"more":["of","the","future"]}"#;

    #[test]
    fn an_answer_is_read_and_what_we_do_not_know_is_passed_over() {
        let answer = read("abc", GOOD.as_bytes()).unwrap();
        assert_eq!(answer.next_due, 1_795_482_000);
        assert_eq!((answer.version.as_str(), answer.trips, answer.waiting), ("0.9.1", 2, 1));
        assert_eq!(answer.beats, BTreeMap::from([("cron".to_string(), 1_795_481_000)]));
        assert_eq!((answer.feed_number, answer.key_valid_until), (Some(7), None));
    }

    #[test]
    fn what_was_not_believed_is_told_to_staff() {
        let refused = r#""feed_number":7,"refused":[{"part":"manifest","error":1255}]"#;
        let answer = read("abc", GOOD.replace("\"feed_number\":7", refused).as_bytes()).unwrap();
        assert_eq!(answer.detail(), "refused manifest (E1255)");
        assert!(answer.has_refused("manifest") && !answer.has_refused("keys"));
    }

    #[test]
    fn another_sites_answer_is_not_taken_for_this_ones() {
        assert_eq!(read("abd", GOOD.as_bytes()).unwrap_err().0, Outcome::WrongSite);
    }

    #[test]
    fn garbage_is_called_garbage_whatever_it_is() {
        let deep = "[".repeat(60_000);
        let when = GOOD.replace("2026-11-24T01:00:00Z", "tomorrow");
        let kind = GOOD.replace("\"trips\":2", "\"trips\":\"two\"");
        for bytes in [
            &b""[..],
            b"{}",
            b"<html>",
            b"null",
            b"\xff\xfe",
            deep.as_bytes(),
            when.as_bytes(),
            kind.as_bytes(),
        ] {
            assert_eq!(read("abc", bytes).unwrap_err().0, Outcome::Garbage);
        }
    }

    #[test]
    fn words_from_outside_are_kept_short_and_without_control_characters() {
        let long = GOOD.replace("0.9.1", &format!("\\u001b[31m{}", "9".repeat(500)));
        let version = read("abc", long.as_bytes()).unwrap().version;
        assert!(version.starts_with("[31m9") && version.len() == LONGEST_WORD, "{version}");
    }

    #[test]
    fn a_no_of_neo_is_told_from_a_page_of_somebody_else() {
        assert_eq!(declined(br#"{"error":1253,"says":"No."}"#).as_deref(), Some("E1253: No."));
        assert_eq!(declined(b"<h1>403 Forbidden</h1>"), None);
        assert_eq!(declined(b"{}"), None);
    }

    #[test]
    fn retry_after_is_read_in_both_of_its_forms() {
        let now = 1_445_412_480; // 2015-10-21T07:28:00Z
        assert_eq!(retry_after(" 120 ", now), Some(120));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:30:00 GMT", now), Some(120));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:00:00 GMT", now), Some(0));
        assert_eq!(retry_after("soon", now), None);
    }
}
