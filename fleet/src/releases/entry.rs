//! The release log's chain: each entry holds the time, the machine's own count of time, and the hash of the entry
//! before. Not where it is kept: store/releases.rs.
//!
//! Two things are held against it. The *hash* chains: whoever has a copy can see that nothing was changed, taken out or
//! put between. The *seal* is a MAC with a key that lies beside the database (`keys/journal.seed`): who writes into the
//! database alone cannot make a new chain. The *head* (last number and hash) lies beside it too, so that an end that
//! was cut off, or an older copy of the database, is noticed.

use ring::hmac;
use serde::{Deserialize, Serialize};

use super::event::{Event, hash};
use crate::store::releases::LogRow;

/// The time as this machine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// UTC seconds.
    pub at: i64,
    /// Which run of the machine (boot id): its count begins anew with each.
    pub boot: String,
    /// Seconds that the machine has counted since it started; nobody sets this clock.
    pub uptime: i64,
    pub host: String,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub number: i64,
    pub moment: Moment,
    /// The [`Event`] as JSON.
    pub body: String,
    pub previous: String,
    pub hash: String,
    pub seal: String,
}

/// The end of the log, as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub number: i64,
    pub hash: String,
}

/// The first thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The entry's content does not have the entry's hash.
    Changed { number: i64 },
    /// Numbers are missing before this entry.
    Missing { number: i64 },
    /// It does not follow the one before it.
    Unlinked { number: i64 },
    /// It was not written by this program with this fleet's key.
    Unsealed { number: i64 },
    /// It cannot be read.
    Unreadable { number: i64 },
    /// The log ends before the end that was seen here, or has another entry there.
    Behind { number: i64, last: i64 },
}

impl From<LogRow> for Entry {
    fn from(row: LogRow) -> Entry {
        let LogRow { number, at, boot, uptime, host, body, previous, hash, seal } = row;
        Entry { number, moment: Moment { at, boot, uptime, host }, body, previous, hash, seal }
    }
}

impl Entry {
    /// As it is kept.
    pub fn row(&self) -> LogRow {
        let Entry { number, moment: Moment { at, boot, uptime, host }, body, previous, hash, seal } =
            self.clone();
        LogRow { number, at, boot, uptime, host, body, previous, hash, seal }
    }

    /// The entry after `last`.
    pub fn after(last: Option<&Head>, moment: Moment, event: &Event, key: &hmac::Key) -> Option<Entry> {
        let body = serde_json::to_string(event).ok()?;
        let (number, previous) = last.map_or((1, String::new()), |head| (head.number + 1, head.hash.clone()));
        let mut entry = Entry { number, moment, body, previous, hash: String::new(), seal: String::new() };
        entry.hash = entry.expected_hash();
        entry.seal = data_encoding::HEXLOWER.encode(hmac::sign(key, entry.hash.as_bytes()).as_ref());
        Some(entry)
    }

    pub fn event(&self) -> Option<Event> {
        serde_json::from_str(&self.body).ok()
    }

    pub fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash.clone() }
    }

    fn expected_hash(&self) -> String {
        let Moment { at, boot, uptime, host } = &self.moment;
        let (number, at, uptime) = (self.number.to_string(), at.to_string(), uptime.to_string());
        hash(&["neo-release-log", &self.previous, &number, &at, boot, &uptime, host, &self.body])
    }

    fn flaw(&self, previous: Option<&Entry>, key: Option<&hmac::Key>) -> Option<Flaw> {
        let number = self.number;
        if number != previous.map_or(1, |entry| entry.number + 1) {
            return Some(Flaw::Missing { number });
        }
        if self.hash != self.expected_hash() {
            return Some(Flaw::Changed { number });
        }
        if self.previous != previous.map_or("", |entry| entry.hash.as_str()) {
            return Some(Flaw::Unlinked { number });
        }
        let seal = data_encoding::HEXLOWER.decode(self.seal.as_bytes()).unwrap_or_default();
        if key.is_some_and(|key| hmac::verify(key, self.hash.as_bytes(), &seal).is_err()) {
            return Some(Flaw::Unsealed { number });
        }
        self.event().is_none().then_some(Flaw::Unreadable { number })
    }
}

/// The first flaw of a log, held against the end that was seen before (`None`: never seen).
pub fn flaw(entries: &[Entry], seen: Option<&Head>, key: &hmac::Key) -> Option<Flaw> {
    if let Some(flaw) = broken_link(entries, Some(key)) {
        return Some(flaw);
    }
    let seen = seen?;
    let last = entries.last().map_or(0, |entry| entry.number);
    let is_there = entries.iter().any(|entry| entry.number == seen.number && entry.hash == seen.hash);
    (!is_there).then_some(Flaw::Behind { number: seen.number, last })
}

/// The first entry that does not stand as it was written; the seals are looked at by who has the key.
pub fn broken_link(entries: &[Entry], key: Option<&hmac::Key>) -> Option<Flaw> {
    let mut previous: Option<&Entry> = None;
    for entry in entries {
        if let Some(flaw) = entry.flaw(previous, key) {
            return Some(flaw);
        }
        previous = Some(entry);
    }
    None
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    pub fn moment(at: i64) -> Moment {
        Moment { at, boot: "boot".into(), uptime: at - 1_000_000, host: "fleet".into() }
    }

    pub fn log(moments: impl IntoIterator<Item = (Moment, Event)>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for (moment, event) in moments {
            let head = entries.last().map(Entry::head);
            entries.push(Entry::after(head.as_ref(), moment, &event, &key()).unwrap());
        }
        entries
    }

    fn five() -> Vec<Entry> {
        log((0..5).map(|hour| (moment(2_000_000 + hour * 3600), Event::Beat)))
    }

    #[test]
    fn a_log_as_it_was_written_has_no_flaw() {
        let entries = five();
        assert_eq!(flaw(&entries, entries.last().map(Entry::head).as_ref(), &key()), None);
        assert_eq!(flaw(&[], None, &key()), None);
    }

    #[test]
    fn a_row_changed_removed_inserted_or_rewritten_with_new_hashes_is_a_flaw() {
        let key = key();
        let mut changed = five();
        changed[2].moment.at += 1;
        assert_eq!(flaw(&changed, None, &key), Some(Flaw::Changed { number: 3 }));

        let mut removed = five();
        removed.remove(2);
        assert_eq!(flaw(&removed, None, &key), Some(Flaw::Missing { number: 4 }));

        let mut renumbered = five();
        renumbered.remove(2);
        for (number, entry) in (1..).zip(renumbered.iter_mut()) {
            entry.number = number;
        }
        assert_eq!(flaw(&renumbered, None, &key), Some(Flaw::Changed { number: 3 }));

        // By somebody who computes the hashes anew, but has not the key.
        let stranger = hmac::Key::new(hmac::HMAC_SHA256, b"another");
        let mut inserted = five();
        let head = inserted.last().map(Entry::head);
        inserted.push(Entry::after(head.as_ref(), moment(3_000_000), &Event::Rehearsal, &stranger).unwrap());
        assert_eq!(flaw(&inserted, None, &key), Some(Flaw::Unsealed { number: 6 }));
    }

    #[test]
    fn an_end_that_was_cut_off_and_an_older_copy_are_noticed_by_the_head() {
        let entries = five();
        let head = entries[4].head();
        assert_eq!(flaw(&entries[..4], Some(&head), &key()), Some(Flaw::Behind { number: 5, last: 4 }));
        assert_eq!(flaw(&[], Some(&head), &key()), Some(Flaw::Behind { number: 5, last: 0 }));
        // Grown on from an older copy: as long, but not the same.
        let mut other = entries[..4].to_vec();
        let last = other.last().map(Entry::head);
        other.push(Entry::after(last.as_ref(), moment(2_500_000), &Event::Beat, &key()).unwrap());
        assert_eq!(flaw(&other, Some(&head), &key()), Some(Flaw::Behind { number: 5, last: 5 }));
    }
}
