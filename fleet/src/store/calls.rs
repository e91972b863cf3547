//! The queue of calls: servers that are due, leases on them, and what each call brought.
//! Not the rules (poller/schedule, poller/backoff) and not the breaker (breakers).
//!
//! A lease is a row of `call_servers` with an owner; its `next_at` is then the moment at which it falls due again. So who
//! looks for due servers passes over leased ones, and a dead poller's come back by themselves.

use neo::clock::Instant;
use neo::error::Result;

use super::{Row, Store};
use crate::values;

/// Where sites wait whose provider's breaker is open: the end of the year 9999.
pub(crate) const HELD: Instant = 253_402_300_799;

/// The failures of one site, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    /// Since it answered last.
    pub(crate) in_a_row: i64,
    /// The day (UTC) of the count below.
    pub(crate) day: i64,
    pub(crate) on_that_day: i64,
}

/// A site that is to be called now, under a lease of its server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Due {
    pub(crate) site: String,
    pub(crate) server: String,
    pub(crate) provider: String,
    pub(crate) tick_url: String,
    pub(crate) key: Option<String>,
    pub(crate) wanted_clock: String,
    pub(crate) call_at: Instant,
    pub(crate) feed_number: i64,
    /// As the site said last, and as it is.
    pub(crate) key_known_until: Option<Instant>,
    pub(crate) key_valid_until: Option<Instant>,
    pub(crate) keys_number: i64,
    pub(crate) manifest_number: i64,
    pub(crate) advice: String,
    /// 0: an ordinary call.
    pub(crate) probe_round: i64,
    /// Its provider is known by name.
    pub(crate) has_plan: bool,
    pub(crate) has_answered: bool,
    pub(crate) silent_since: Option<Instant>,
    pub(crate) failures: Failures,
    pub(crate) server_failures: i64,
}

/// A call for the history.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: Instant,
    pub(crate) outcome: &'static str,
    pub(crate) status: Option<i64>,
    pub(crate) detail: String,
    pub(crate) elapsed_ms: i64,
    pub(crate) late_ms: i64,
}

/// What the poller keeps of a site after a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct After {
    pub(crate) at: Instant,
    pub(crate) outcome: &'static str,
    pub(crate) call_at: Instant,
    pub(crate) silent_since: Option<Instant>,
    pub(crate) failures: Failures,
    /// What it has of the list of keys and the manifest, if that is known now.
    pub(crate) keys_number: Option<i64>,
    pub(crate) manifest_number: Option<i64>,
    /// `None`: it did not answer.
    pub(crate) said: Option<Said>,
}

/// What the site said of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) version: String,
    pub(crate) trips: i64,
    /// JSON.
    pub(crate) beats: String,
    pub(crate) last_beat: Option<Instant>,
    pub(crate) key_valid_until: Option<Instant>,
    pub(crate) feed_number: Option<i64>,
    pub(crate) wanted_clock: Option<String>,
    pub(crate) waiting: i64,
}

impl Store {
    /// Sites that nobody has called yet come into the queue; those that were paused or left go out of it.
    pub(crate) fn adopt_sites(&mut self, now: Instant) -> Result<u64> {
        self.side_by_side(|store| {
            let adopted = store.execute(
                "insert into polls (site, server, provider, call_at)
                 select id, 'site:' || id, provider, coalesce(next_due, $1) from sites
                 where state = 'active' and not exists (select 1 from polls where polls.site = sites.id)
                 limit 20000 on conflict (site) do nothing",
                &values![now],
            )?;
            // A site that moved or came back waits for nothing.
            store.execute(
                "update polls set call_at = $1 where call_at > $1 and call_at < $2 and last_at is not null
                   and site in (select id from sites where next_due is null and state = 'active')",
                &values![now, HELD],
            )?;
            let left = "delete from polls where site in (select id from sites where state <> 'active')";
            store.execute(left, &[])?;
            if adopted > 0 {
                store.execute(
                    "insert into call_servers (server, next_at)
                     select server, min(call_at) from polls where server like 'site:%' group by server
                     on conflict (server) do nothing",
                    &[],
                )?;
            }
            Ok(adopted)
        })
    }

    /// Puts right what got out of step: a server that waits though one of its sites is due sooner, e.g. after a breaker
    /// closed.
    pub(crate) fn mend_queue(&mut self) -> Result<u64> {
        self.side_by_side(|store| {
            store.execute(
                "update call_servers set next_at =
                   (select case when min(call_at) > call_servers.free_at then min(call_at) else call_servers.free_at end
                    from polls where polls.server = call_servers.server)
                 where owner = '' and free_at < next_at and exists (select 1 from polls
                   where polls.server = call_servers.server and polls.call_at < call_servers.next_at)",
                &[],
            )
        })
    }

    /// Takes up to `most` servers at which a call is due and gives one due site of each.
    pub(crate) fn lease_due(
        &mut self,
        owner: &str,
        until: Instant,
        now: Instant,
        most: i64,
    ) -> Result<Vec<Due>> {
        let is_due = "select 1 from call_servers where next_at <= $1 limit 1";
        if most <= 0 || self.row(is_due, &values![now])?.is_none() {
            return Ok(Vec::new());
        }
        self.side_by_side(|store| {
            let skip_locked = store.dialect().skip_locked();
            let sql = format!(
                "update call_servers set owner = $1, next_at = $2
                 where server in (select server from call_servers where next_at <= $3
                   order by next_at, server limit $4{skip_locked})
                 returning server, failures, (select site from polls where polls.server = call_servers.server
                   and call_at <= $3 order by call_at limit 1)"
            );
            let leased = store.query(&sql, &values![owner, until, now, most])?;
            let mut due = Vec::with_capacity(leased.len());
            for row in &leased {
                let (server, failures) = (row.text(0)?, row.integer(1)?);
                let found = row.optional_text(2)?;
                match found.map(|site| store.due_site(&site, &server, failures)).transpose()?.flatten() {
                    Some(site) => due.push(site),
                    None => store.release(owner, &server, None)?,
                }
            }
            Ok(due)
        })
    }

    /// The site, unless it was paused or left meanwhile: then it leaves the queue.
    fn due_site(&mut self, site: &str, server: &str, server_failures: i64) -> Result<Option<Due>> {
        let row = self.row(
            "select sites.provider, tick_url, sites.key, wanted_clock, call_at, coalesce(feed_number, 0),
               polls.key_valid_until,
               case when keys.revoked_at < keys.valid_until then keys.revoked_at else keys.valid_until end, keys_number, manifest_number, advice, probe_round,
               case when host_plan is null then 0 else 1 end, case when last_ok is null then 0 else 1 end,
               silent_since, failures, failed_day, failed_on_day
             from sites join polls on polls.site = sites.id
               left join keys on keys.key = sites.key
             where sites.id = $1 and sites.state = 'active'",
            &values![site],
        )?;
        match row {
            Some(row) => read_due(&row, site, server, server_failures).map(Some),
            None => self.execute("delete from polls where site = $1", &values![site]).map(|_| None),
        }
    }

    /// Gives a server back, due again when the first of its sites is. `after`: the end of its gap, and its failures.
    pub(crate) fn release(&mut self, owner: &str, server: &str, after: Option<(Instant, i64)>) -> Result<()> {
        let (free_at, failures) = after.unzip();
        self.execute(
            "update call_servers set owner = '', free_at = coalesce($3, free_at), failures = coalesce($4, failures),
               next_at = coalesce((select case when min(call_at) > coalesce($3, call_servers.free_at) then min(call_at)
                   else coalesce($3, call_servers.free_at) end
                 from polls where polls.server = call_servers.server having count(*) > 0), $5)
             where server = $1 and owner = $2",
            &values![server, owner, free_at, failures, HELD],
        )?;
        if server.starts_with("site:") {
            self.execute(
                "delete from call_servers where server = $1
                   and not exists (select 1 from polls where polls.server = $1)",
                &values![server],
            )?;
        }
        Ok(())
    }

    /// Gives back whatever this poller holds still, e.g. when it was told to end.
    pub(crate) fn release_all(&mut self, owner: &str) -> Result<()> {
        let rows = self.query("select server from call_servers where owner = $1", &values![owner])?;
        for row in &rows {
            let server = row.text(0)?;
            self.side_by_side(|store| store.release(owner, &server, None))?;
        }
        Ok(())
    }

    /// The site is on another server than was thought: it waits there for its turn.
    pub(crate) fn site_moved(&mut self, owner: &str, due: &Due, server: &str, provider: &str) -> Result<()> {
        self.execute(
            "update polls set server = $2, provider = $3 where site = $1",
            &values![&due.site, server, provider],
        )?;
        self.execute(
            "update sites set ip = $2, provider = $3 where id = $1",
            &values![&due.site, server, provider],
        )?;
        self.execute(
            "insert into call_servers (server, next_at) values ($1, $2)
             on conflict (server) do update set next_at = case
               when call_servers.owner <> '' or call_servers.next_at < excluded.next_at then call_servers.next_at
               when call_servers.free_at > excluded.next_at then call_servers.free_at
               else excluded.next_at end",
            &values![server, due.call_at],
        )?;
        self.release(owner, &due.server, None)
    }

    pub(crate) fn add_call(&mut self, due: &Due, call: &Call) -> Result<()> {
        self.execute(
            "insert into calls (site, provider, at, outcome, status, detail, elapsed_ms, late_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &values![
                &due.site,
                &due.provider,
                call.at,
                call.outcome,
                call.status,
                &call.detail,
                call.elapsed_ms,
                call.late_ms
            ],
        )
        .map(|_| ())
    }

    /// Writes the site's state. While its provider's breaker is open it is held, whatever the call brought.
    pub(crate) fn note_site(&mut self, due: &Due, after: &After) -> Result<()> {
        let said = after.said.as_ref();
        self.execute(
            "update polls set call_at = case when exists (select 1 from breakers
                 where breakers.provider = polls.provider and state <> 'closed') then cast($2 as bigint) else $3 end,
               last_at = $4, outcome = $5, silent_since = $6, failures = $7, failed_day = $8, failed_on_day = $9,
               key_valid_until = coalesce($10, key_valid_until), waiting = coalesce($11, waiting),
               beats = coalesce($12, beats), keys_number = coalesce($13, keys_number),
               manifest_number = coalesce($14, manifest_number), provider = $15, probe_round = 0
             where site = $1",
            &values![
                &due.site,
                HELD,
                after.call_at,
                after.at,
                after.outcome,
                after.silent_since,
                after.failures.in_a_row,
                after.failures.day,
                after.failures.on_that_day,
                said.and_then(|said| said.key_valid_until),
                said.map(|said| said.waiting),
                said.map(|said| said.beats.as_str()),
                after.keys_number,
                after.manifest_number,
                &due.provider
            ],
        )?;
        let told = "update sites set last_call = $2, next_due = $3 where id = $1";
        self.execute(told, &values![&due.site, after.at, after.call_at])?;
        let Some(said) = said else { return Ok(()) };
        self.execute(
            "update sites set last_ok = $2, version = $3, trips = $4, last_beat = coalesce($5, last_beat),
               feed_number = coalesce($6, feed_number), wanted_clock = coalesce($7, wanted_clock) where id = $1",
            &values![
                &due.site,
                after.at,
                &said.version,
                said.trips,
                said.last_beat,
                said.feed_number,
                said.wanted_clock.as_deref()
            ],
        )
        .map(|_| ())
    }

    /// Whether a site is due that was due at `started`, whoever holds its server.
    pub(crate) fn is_any_due(&mut self, started: Instant) -> Result<bool> {
        Ok(self.row("select 1 from polls where call_at <= $1 limit 1", &values![started])?.is_some())
    }

    /// Forgets the oldest calls, some at a time.
    pub(crate) fn forget_calls(&mut self, before: Instant) -> Result<u64> {
        let old = "delete from calls where id in (select id from calls order by id limit 5000) and at < $1";
        self.execute(old, &values![before])
    }

    /// A poller says that it lives; those not heard for a day are forgotten.
    pub(crate) fn poller_lives(&mut self, owner: &str, now: Instant, open_calls: i64) -> Result<()> {
        self.execute(
            "insert into pollers (owner, started_at, heard_at, open_calls) values ($1, $2, $2, $3)
             on conflict (owner) do update set heard_at = excluded.heard_at, open_calls = excluded.open_calls",
            &values![owner, now, open_calls],
        )?;
        self.execute("delete from pollers where heard_at < $1", &values![now - 86_400]).map(|_| ())
    }

    pub(crate) fn poller_ends(&mut self, owner: &str) -> Result<()> {
        self.execute("delete from pollers where owner = $1", &values![owner]).map(|_| ())
    }
}

fn read_due(row: &Row, site: &str, server: &str, server_failures: i64) -> Result<Due> {
    Ok(Due {
        site: site.to_string(),
        server: server.to_string(),
        provider: row.text(0)?,
        tick_url: row.text(1)?,
        key: row.optional_text(2)?,
        wanted_clock: row.text(3)?,
        call_at: row.integer(4)?,
        feed_number: row.integer(5)?,
        key_known_until: row.optional_integer(6)?,
        key_valid_until: row.optional_integer(7)?,
        keys_number: row.integer(8)?,
        manifest_number: row.integer(9)?,
        advice: row.text(10)?,
        probe_round: row.integer(11)?,
        has_plan: row.integer(12)? == 1,
        has_answered: row.integer(13)? == 1,
        silent_since: row.optional_integer(14)?,
        failures: Failures {
            in_a_row: row.integer(15)?,
            day: row.integer(16)?,
            on_that_day: row.integer(17)?,
        },
        server_failures,
    })
}
