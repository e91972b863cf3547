//! Whom an incident may have hurt: its sites as they were noted, with their keys, and what was heard of each.
//! Not the rule (course/missed) and not the extension itself (store/keys).

use neo::clock::Instant;
use neo::error::Result;

use super::Store;
use crate::course::missed::{Signs, Span};
use crate::values;

/// Signs are looked for so far around the time of an incident: every site is called once a day.
const AROUND: i64 = 3 * 86_400;

/// A site of an incident whose key is alive.
#[derive(Clone, Debug)]
pub struct NotedSite {
    pub site: String,
    pub provider: String,
    pub key: String,
    pub customer: String,
    pub valid_until: Instant,
    planned_at: Option<Instant>,
    /// Each may be missing: as noted, and the latest answer and beat.
    heard_at: [Option<Instant>; 3],
    has_own_clock: bool,
}

impl Store {
    /// The noted sites, each customer's together, whose key was still valid at `since`.
    pub fn noted_sites(&mut self, incident: &str, since: Instant) -> Result<Vec<NotedSite>> {
        let rows = self.query(
            "select s.id, s.provider, k.key, k.customer, k.valid_until, n.due_at, n.heard_at, s.last_ok, s.last_beat,
                 n.has_own_clock
             from incident_sites n join sites s on s.id = n.site join keys k on k.key = s.key
             where n.incident = $1 and k.state = 'active' and k.valid_until >= $2
             order by k.customer, s.id",
            &values![incident, since],
        )?;
        rows.iter()
            .map(|row| {
                Ok(NotedSite {
                    site: row.text(0)?,
                    provider: row.text(1)?,
                    key: row.text(2)?,
                    customer: row.text(3)?,
                    valid_until: row.integer(4)?,
                    planned_at: row.optional_integer(5)?,
                    heard_at: [row.optional_integer(6)?, row.optional_integer(7)?, row.optional_integer(8)?],
                    has_own_clock: row.integer(9)? != 0,
                })
            })
            .collect()
    }

    /// What was heard of a site around the time of an incident.
    pub fn signs_of(&mut self, noted: &NotedSite, time: Span) -> Result<Signs> {
        let calls = self.query(
            "select at, case when outcome = 'answered' then 1 else 0 end from calls
             where site = $1 and at >= $2 and at <= $3 order by id",
            &values![&noted.site, time.from - AROUND, time.until + AROUND],
        )?;
        let mut signs = Signs {
            has_own_clock: noted.has_own_clock,
            planned_at: noted.planned_at,
            alive: noted.heard_at.iter().flatten().copied().collect(),
            failed: Vec::new(),
        };
        for call in &calls {
            let at = call.integer(0)?;
            match call.integer(1)? {
                0 => signs.failed.push(at),
                _ => signs.alive.push(at),
            }
        }
        Ok(signs)
    }

    /// Whether a key, or one in whose place it was issued, was extended for an incident.
    pub fn was_extended(&mut self, key: &str, incident: &str) -> Result<bool> {
        let found = self.number(
            "with recursive line (key) as (
                 select key from keys where key = $1 union select k.key from keys k join line l on k.replaced_by = l.key)
             select count(*) from key_extensions where incident = $2 and key in (select key from line)",
            &values![key, incident],
        )?;
        Ok(found > 0)
    }
}
