//! Activation keys: issued, extended, revoked, replaced. Every change makes the key's token newer, so that the newest counts.
//! Not the token itself: signing/tokens.

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::link::activation;
use serde::Serialize;

use super::audit::Act;
use super::{Row, Store};
use crate::texts::errors;
use crate::values;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    pub key: String,
    pub customer: String,
    pub plan: String,
    pub valid_until: Instant,
    /// Of its newest token.
    pub issued_at: Instant,
    pub created_at: Instant,
    /// The one site that may use it; any, if none is named.
    pub site: Option<String>,
    pub state: String,
    pub revoked_at: Option<Instant>,
    pub reason: Option<String>,
    pub replaced_by: Option<String>,
}

/// How long a key gets longer.
#[derive(Clone, Copy, Debug)]
pub enum Extension {
    /// From its end; from now, if that has passed.
    Days(i64),
    Until(Instant),
}

/// An extension for an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extended {
    pub incident: String,
    pub days: i64,
    pub at: Instant,
}

const COLUMNS: &str =
    "key, customer, plan, valid_until, issued_at, created_at, site, state, revoked_at, reason, replaced_by";
const DAY: i64 = 86_400;
/// Ten years: what is longer was mistyped.
pub const MOST_DAYS: i64 = 3660;

impl Store {
    pub fn issue_key(
        &mut self,
        act: &Act,
        customer: &str,
        plan: &str,
        valid_until: Instant,
        site: Option<&str>,
    ) -> Result<Key> {
        if valid_until <= act.now {
            return Err(Error::invalid(errors::END_NOT_LATER));
        }
        let key = Key {
            key: activation::new_key()?,
            customer: customer.to_string(),
            plan: parse_plan(plan)?,
            valid_until,
            issued_at: act.now,
            created_at: act.now,
            site: site.map(ToString::to_string),
            state: "active".to_string(),
            revoked_at: None,
            reason: None,
            replaced_by: None,
        };
        self.transaction(|store| {
            store.customer(customer)?;
            store.write_key(&key)?;
            store.audit_act(act, &format!("key issued to {customer} until {valid_until}"), &key.key)
        })?;
        Ok(key)
    }

    /// Makes a key last longer. Two at once add up.
    pub fn extend_key(&mut self, act: &Act, key: &str, extension: Extension) -> Result<Key> {
        self.transaction(|store| {
            let key = store.active_key(key)?;
            let valid_until = extended(&key, extension, act.now)?;
            store.set_end(act, &key, valid_until)?;
            store.audit_act(act, &format!("key extended to {valid_until}"), &key.key)?;
            store.key(&key.key)
        })
    }

    /// Makes a key last longer for an incident, once; `false` if that was done before.
    pub fn extend_key_once(&mut self, act: &Act, key: &str, incident: &str, days: i64) -> Result<bool> {
        self.transaction(|store| {
            let key = store.active_key(key)?;
            let valid_until = extended(&key, Extension::Days(days), act.now)?;
            let noted = store.execute(
                "insert into key_extensions (key, incident, days, at) values ($1, $2, $3, $4)
                 on conflict (key, incident) do nothing",
                &values![&key.key, incident, days, act.now],
            )?;
            if noted == 0 {
                return Ok(false);
            }
            store.set_end(act, &key, valid_until)?;
            store.audit_act(act, &format!("key extended to {valid_until} for {incident}"), &key.key)?;
            Ok(true)
        })
    }

    pub fn revoke_key(&mut self, act: &Act, key: &str, reason: &str) -> Result<Key> {
        self.transaction(|store| {
            let key = store.active_key(key)?;
            store.end_key(act, &key, reason, None)?;
            store.audit_act(act, &format!("key revoked: {reason}"), &key.key)?;
            store.key(&key.key)
        })
    }

    /// A new key in the place of one that is known to others or belongs to a site that is gone; same customer, plan and
    /// end. The site that used the old one uses the new one.
    pub fn replace_key(&mut self, act: &Act, old: &str, site: Option<&str>, reason: &str) -> Result<Key> {
        let name = activation::new_key()?;
        self.transaction(|store| {
            let old = store.active_key(old)?;
            let site = site.map(ToString::to_string).or_else(|| old.site.clone());
            let new = Key { key: name.clone(), site, issued_at: act.now, created_at: act.now, ..old.clone() };
            store.write_key(&new)?;
            store.end_key(act, &old, reason, Some(&new.key))?;
            store.execute("update sites set key = $1 where key = $2", &values![&new.key, &old.key])?;
            store.audit_act(act, &format!("key replaced by {}: {reason}", new.key), &old.key)?;
            store.audit_act(act, &format!("key issued in the place of {}", old.key), &new.key)?;
            Ok(new)
        })
    }

    pub fn key(&mut self, key: &str) -> Result<Key> {
        let row = self.row(&format!("select {COLUMNS} from keys where key = $1"), &values![key])?;
        let row = row.ok_or_else(|| Error::not_found(errors::KEY_NOT_FOUND).with("key", key))?;
        read(&row)
    }

    /// What a key was given for incidents.
    pub fn extensions_of(&mut self, key: &str) -> Result<Vec<Extended>> {
        let rows = self.query(
            "select incident, days, at from key_extensions where key = $1 order by at, incident",
            &values![key],
        )?;
        rows.iter()
            .map(|row| Ok(Extended { incident: row.text(0)?, days: row.integer(1)?, at: row.integer(2)? }))
            .collect()
    }

    /// Keys in their order, after `after`; of one customer if given.
    pub fn keys(&mut self, customer: Option<&str>, after: Option<&str>, limit: i64) -> Result<Vec<Key>> {
        let after = after.unwrap_or("");
        let rows = match customer {
            Some(customer) => self.query(
                &format!("select {COLUMNS} from keys where customer = $1 and key > $2 order by key limit $3"),
                &values![customer, after, limit],
            )?,
            None => self.query(
                &format!("select {COLUMNS} from keys where key > $1 order by key limit $2"),
                &values![after, limit],
            )?,
        };
        rows.iter().map(read).collect()
    }

    fn active_key(&mut self, key: &str) -> Result<Key> {
        let key = self.key(key)?;
        match key.state.as_str() {
            "active" => Ok(key),
            _ => Err(Error::invalid(errors::KEY_REVOKED).with("key", key.key)),
        }
    }

    fn write_key(&mut self, key: &Key) -> Result<()> {
        self.execute(
            "insert into keys (key, customer, plan, valid_until, issued_at, created_at, site, state)
             values ($1, $2, $3, $4, $5, $6, $7, 'active')",
            &values![
                &key.key,
                &key.customer,
                &key.plan,
                key.valid_until,
                key.issued_at,
                key.created_at,
                key.site.clone()
            ],
        )
        .map(|_| ())
    }

    fn set_end(&mut self, act: &Act, key: &Key, valid_until: Instant) -> Result<()> {
        let write = "update keys set valid_until = $2, issued_at = $3 where key = $1";
        self.execute(write, &values![&key.key, valid_until, newer(key, act)]).map(|_| ())
    }

    fn end_key(&mut self, act: &Act, key: &Key, reason: &str, replaced_by: Option<&str>) -> Result<()> {
        self.execute(
            "update keys set state = 'revoked', revoked_at = $2, reason = $3, replaced_by = $4, issued_at = $5
             where key = $1",
            &values![&key.key, act.now, reason, replaced_by, newer(key, act)],
        )
        .map(|_| ())
    }
}

/// Tokens of one second would be the same age; an install takes the newest.
fn newer(key: &Key, act: &Act) -> Instant {
    act.now.max(key.issued_at + 1)
}

fn extended(key: &Key, extension: Extension, now: Instant) -> Result<Instant> {
    let end = match extension {
        Extension::Days(days) if (1..=MOST_DAYS).contains(&days) => key.valid_until.max(now) + days * DAY,
        Extension::Days(_) => {
            return Err(Error::invalid(errors::DAYS_NOT_VALID).with("limit", MOST_DAYS.to_string()));
        }
        Extension::Until(end) => end,
    };
    match end > key.valid_until && end > now {
        true => Ok(end),
        false => Err(Error::invalid(errors::END_NOT_LATER)),
    }
}

fn parse_plan(typed: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match (1..=40).contains(&typed.len()) && typed.chars().all(is_plain) {
        true => Ok(typed.to_string()),
        false => Err(Error::invalid(errors::PLAN_NOT_PLAIN)),
    }
}

fn read(row: &Row) -> Result<Key> {
    Ok(Key {
        key: row.text(0)?,
        customer: row.text(1)?,
        plan: row.text(2)?,
        valid_until: row.integer(3)?,
        issued_at: row.integer(4)?,
        created_at: row.integer(5)?,
        site: row.optional_text(6)?,
        state: row.text(7)?,
        revoked_at: row.optional_integer(8)?,
        reason: row.optional_text(9)?,
        replaced_by: row.optional_text(10)?,
    })
}
