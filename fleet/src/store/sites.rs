//! Sites: one row per install, with the one key it uses and what was last heard of it.
//! Not when it is called: the poller's own tables.

use neo::clock::Instant;
use neo::error::{Error, Result};
use serde::Serialize;

use super::audit::Act;
use super::{Row, Store};
use crate::texts::errors;
use crate::values;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    pub id: String,
    pub key: Option<String>,
    pub tick_url: String,
    /// The host plan, or the network of its address.
    pub provider: String,
    pub host_plan: Option<String>,
    pub target: Option<String>,
    pub wanted_clock: String,
    pub version: Option<String>,
    pub next_due: Option<Instant>,
    pub last_call: Option<Instant>,
    pub last_ok: Option<Instant>,
    pub last_beat: Option<Instant>,
    pub trips: i64,
    pub ip: Option<String>,
    pub feed_number: Option<i64>,
    pub state: String,
    pub added_at: Instant,
}

/// Where a site is.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    pub tick_url: String,
    pub provider: String,
    pub host_plan: Option<String>,
    pub ip: Option<String>,
}

const COLUMNS: &str = "id, key, tick_url, provider, host_plan, target, wanted_clock, version, next_due, last_call, last_ok, \
     last_beat, trips, ip, feed_number, state, added_at";

impl Store {
    /// Registers a site. A key is for one site only; who wants another asks for another key or moves the site.
    pub fn add_site(
        &mut self,
        act: &Act,
        id: &str,
        key: &str,
        place: &Whereabouts,
        target: Option<&str>,
        wanted_clock: &str,
    ) -> Result<Site> {
        self.transaction(|store| {
            let found = store.key(key)?;
            if found.state != "active" {
                return Err(Error::invalid(errors::KEY_REVOKED).with("key", key));
            }
            if let Some(bound) = found.site.as_deref().filter(|bound| *bound != id) {
                return Err(Error::invalid(errors::KEY_IN_USE).with("site", bound));
            }
            if let Some(user) = store.user_of_key(key)?.filter(|user| user != id) {
                return Err(Error::invalid(errors::KEY_IN_USE).with("site", user));
            }
            // A site that was removed may come back.
            let written = store.execute(
                "insert into sites (id, key, tick_url, provider, host_plan, target, wanted_clock, ip, state, added_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9)
                 on conflict (id) do update set key = excluded.key, tick_url = excluded.tick_url,
                   provider = excluded.provider, host_plan = excluded.host_plan, target = excluded.target,
                   wanted_clock = excluded.wanted_clock, ip = excluded.ip, state = 'active', next_due = null
                 where sites.state = 'gone'",
                &values![
                    id,
                    key,
                    &place.tick_url,
                    &place.provider,
                    place.host_plan.clone(),
                    target,
                    wanted_clock,
                    place.ip.clone(),
                    act.now
                ],
            )?;
            if written == 0 {
                return Err(Error::invalid(errors::SITE_EXISTS).with("id", id));
            }
            store.audit_act(act, &format!("site added with {key} at {}", place.tick_url), id)?;
            store.site(id)
        })
    }

    /// The site is somewhere else now.
    pub fn move_site(&mut self, act: &Act, id: &str, place: &Whereabouts) -> Result<Site> {
        self.transaction(|store| {
            let site = store.present_site(id)?;
            store.execute(
                "update sites set tick_url = $2, provider = $3, host_plan = $4, ip = $5, next_due = null where id = $1",
                &values![id, &place.tick_url, &place.provider, place.host_plan.clone(), place.ip.clone()],
            )?;
            store.audit_act(act, &format!("site moved from {} to {}", site.tick_url, place.tick_url), id)?;
            store.site(id)
        })
    }

    /// Nobody calls it any more, and its key is free; what was heard of it stays.
    pub fn remove_site(&mut self, act: &Act, id: &str) -> Result<Site> {
        self.transaction(|store| {
            store.present_site(id)?;
            store.execute(
                "update sites set state = 'gone', key = null, next_due = null where id = $1",
                &values![id],
            )?;
            store.audit_act(act, "site removed", id)?;
            store.site(id)
        })
    }

    pub fn site(&mut self, id: &str) -> Result<Site> {
        let row = self.row(&format!("select {COLUMNS} from sites where id = $1"), &values![id])?;
        let row = row.ok_or_else(|| Error::not_found(errors::SITE_NOT_FOUND).with("id", id))?;
        read(&row)
    }

    /// The site that uses a key.
    pub fn user_of_key(&mut self, key: &str) -> Result<Option<String>> {
        let row = self.row("select id from sites where key = $1", &values![key])?;
        row.map(|row| row.text(0)).transpose()
    }

    /// Sites in their order, after `after`, of one provider if given; those that are gone only if asked for.
    pub fn sites(
        &mut self,
        provider: Option<&str>,
        gone: bool,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Site>> {
        let (after, gone) = (after.unwrap_or(""), if gone { "" } else { "gone" });
        let rows = match provider {
            Some(provider) => self.query(
                &format!(
                    "select {COLUMNS} from sites where provider = $1 and id > $2 and state <> $3 order by id limit $4"
                ),
                &values![provider, after, gone, limit],
            )?,
            None => self.query(
                &format!("select {COLUMNS} from sites where id > $1 and state <> $2 order by id limit $3"),
                &values![after, gone, limit],
            )?,
        };
        rows.iter().map(read).collect()
    }

    fn present_site(&mut self, id: &str) -> Result<Site> {
        let site = self.site(id)?;
        match site.state.as_str() {
            "gone" => Err(Error::not_found(errors::SITE_NOT_FOUND).with("id", id)),
            _ => Ok(site),
        }
    }
}

fn read(row: &Row) -> Result<Site> {
    Ok(Site {
        id: row.text(0)?,
        key: row.optional_text(1)?,
        tick_url: row.text(2)?,
        provider: row.text(3)?,
        host_plan: row.optional_text(4)?,
        target: row.optional_text(5)?,
        wanted_clock: row.text(6)?,
        version: row.optional_text(7)?,
        next_due: row.optional_integer(8)?,
        last_call: row.optional_integer(9)?,
        last_ok: row.optional_integer(10)?,
        last_beat: row.optional_integer(11)?,
        trips: row.integer(12)?,
        ip: row.optional_text(13)?,
        feed_number: row.optional_integer(14)?,
        state: row.text(15)?,
        added_at: row.integer(16)?,
    })
}
