//! Each provider's breaker: what was heard of its sites, its state, its rounds of probes; and its sites, held and freed.
//! Not the rule (poller/breaker). Every change of state is one conditional update, so that of several pollers one makes it.

use neo::clock::Instant;
use neo::error::Result;
use serde::Serialize;

use super::calls::HELD;
use super::{Row, Store};
use crate::values;

/// The advice of sites whose provider keeps us out, as in `link::feed::Advice`.
pub(crate) const USE_LOCAL_CRON: &str = "use-local-cron";
/// Of a large provider, the latest so many sites are looked at.
const MOST_HEARD: i64 = 2000;
/// When a breaker closes, its sites come back within this time, not in one second.
const COME_BACK: i64 = 30 * 60;

/// What a site of a provider did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    /// It used to answer, and did not.
    pub(crate) has_stopped: bool,
}

/// A round of probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) since: Instant,
    pub(crate) sent: i64,
    pub(crate) answered: i64,
    pub(crate) failed: i64,
}

/// A breaker as it is kept.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Breaker {
    pub(crate) provider: String,
    /// `closed`, `open`, `half-open`
    pub(crate) state: String,
    pub(crate) since: Instant,
    pub(crate) until: Instant,
    pub(crate) opened_at: Instant,
    pub(crate) rounds: i64,
    pub(crate) called: i64,
    pub(crate) stopped: i64,
    pub(crate) incident: Option<String>,
    pub(crate) probes: i64,
    pub(crate) probes_answered: i64,
    pub(crate) probes_failed: i64,
}

const COLUMNS: &str = "provider, state, since, until, opened_at, rounds, called, stopped, incident, probes, probes_answered, \
     probes_failed";

impl Store {
    /// What each of a provider's sites did last, newest first.
    pub(crate) fn heard_of(&mut self, provider: &str, since: Instant) -> Result<Vec<Heard>> {
        let rows = self.query(
            "select last_at, case when silent_since is null then 0 else 1 end from polls
             where provider = $1 and last_at > $2 order by last_at desc limit $3",
            &values![provider, since, MOST_HEARD],
        )?;
        rows.iter().map(|row| Ok(Heard { at: row.integer(0)?, has_stopped: row.integer(1)? == 1 })).collect()
    }

    pub(crate) fn breaker(&mut self, provider: &str) -> Result<Option<Breaker>> {
        let sql = format!("select {COLUMNS} from breakers where provider = $1");
        self.row(&sql, &values![provider])?.map(|row| read(&row)).transpose()
    }

    /// All that are not closed, or were not within the last so many seconds.
    pub(crate) fn breakers_since(&mut self, since: Instant) -> Result<Vec<Breaker>> {
        let sql = format!(
            "select {COLUMNS} from breakers where state <> 'closed' or since >= $1 order by since desc, provider limit 1000"
        );
        self.query(&sql, &values![since])?.iter().map(read).collect()
    }

    /// Opens a closed breaker: its sites are held and advised. `false`: another poller did it, or it is open already.
    /// `count`: how many sites were called, and how many of them had stopped.
    pub(crate) fn open_breaker(
        &mut self,
        provider: &str,
        count: (i64, i64),
        until: Instant,
        now: Instant,
    ) -> Result<bool> {
        let opened = self.execute(
            "insert into breakers (provider, state, since, until, opened_at, called, stopped)
             values ($1, 'open', $2, $3, $2, $4, $5)
             on conflict (provider) do update set state = 'open', since = excluded.since, until = excluded.until,
               opened_at = excluded.opened_at, called = excluded.called, stopped = excluded.stopped, rounds = 0,
               incident = null, probes = 0, probes_answered = 0, probes_failed = 0
             where breakers.state = 'closed'",
            &values![provider, now, until, count.0, count.1],
        )?;
        if opened == 0 {
            return Ok(false);
        }
        self.execute(
            "update polls set call_at = $2, advice = $3, probe_round = 0 where provider = $1",
            &values![provider, HELD, USE_LOCAL_CRON],
        )?;
        Ok(true)
    }

    /// Since when the first of its silent sites has been silent, of those that fell silent lately.
    pub(crate) fn silent_since(&mut self, provider: &str, not_before: Instant) -> Result<Option<Instant>> {
        let first = "select min(silent_since) from polls where provider = $1 and silent_since >= $2";
        let row = self.row(first, &values![provider, not_before])?;
        Ok(row.map(|row| row.optional_integer(0)).transpose()?.flatten())
    }

    pub(crate) fn set_breaker_incident(&mut self, provider: &str, incident: &str) -> Result<()> {
        let write = "update breakers set incident = $2 where provider = $1";
        self.execute(write, &values![provider, incident]).map(|_| ())
    }

    /// Providers whose pause is over, or whose probes were lost.
    pub(crate) fn breakers_due(&mut self, now: Instant) -> Result<Vec<String>> {
        let due =
            "select provider from breakers where state <> 'closed' and until <= $1 order by until limit 100";
        self.query(due, &values![now])?.iter().map(|row| row.text(0)).collect()
    }

    /// Begins a round of probes: a few sites on different servers, of those that answered last; at `until` they count as lost.
    pub(crate) fn begin_probes(
        &mut self,
        provider: &str,
        most: usize,
        until: Instant,
        now: Instant,
    ) -> Result<()> {
        let mine = self.execute(
            "update breakers set state = 'half-open', since = $2, until = $3, probes = 0, probes_answered = 0,
               probes_failed = 0 where provider = $1 and state <> 'closed' and until <= $2",
            &values![provider, now, until],
        )?;
        if mine == 0 {
            return Ok(());
        }
        self.execute(
            "update polls set call_at = $2, probe_round = 0 where provider = $1 and probe_round <> 0",
            &values![provider, HELD],
        )?;
        let candidates = self.query(
            "select site, server from sites join polls on polls.site = sites.id
             where polls.provider = $1 and state = 'active' and last_ok is not null
             order by last_ok desc, site limit 200",
            &values![provider],
        )?;
        let mut servers: Vec<String> = Vec::new();
        for row in &candidates {
            let (site, server) = (row.text(0)?, row.text(1)?);
            if servers.len() >= most {
                break;
            }
            if !servers.contains(&server) {
                self.call_at(&site, &server, now, now)?;
                servers.push(server);
            }
        }
        let count = i64::try_from(servers.len()).unwrap_or(0);
        self.execute("update breakers set probes = $2 where provider = $1", &values![provider, count])
            .map(|_| ())
    }

    /// A probe: called at `at`, and its server with it.
    fn call_at(&mut self, site: &str, server: &str, at: Instant, round: i64) -> Result<()> {
        self.execute(
            "update polls set call_at = $2, probe_round = $3 where site = $1",
            &values![site, at, round],
        )?;
        self.execute(
            "update call_servers set next_at = case when free_at > $2 then free_at else $2 end
             where server = $1 and owner = '' and next_at > $2",
            &values![server, at],
        )
        .map(|_| ())
    }

    /// Counts a probe's end and gives the round as it stands; `None`: that round is over.
    pub(crate) fn count_probe(
        &mut self,
        provider: &str,
        round: i64,
        answered: bool,
    ) -> Result<Option<Round>> {
        let row = self.row(
            "update breakers set probes_answered = probes_answered + $3, probes_failed = probes_failed + $4
             where provider = $1 and state = 'half-open' and since = $2
             returning since, probes, probes_answered, probes_failed",
            &values![provider, round, answered, !answered],
        )?;
        row.map(|row| {
            Ok(Round {
                since: row.integer(0)?,
                sent: row.integer(1)?,
                answered: row.integer(2)?,
                failed: row.integer(3)?,
            })
        })
        .transpose()
    }

    /// Providers that are not called at present, and since when.
    pub fn open_breakers(&mut self) -> Result<Vec<(String, Instant)>> {
        let sql = "select provider, opened_at from breakers where state <> 'closed' order by provider";
        self.query(sql, &[])?.iter().map(|row| Ok((row.text(0)?, row.integer(1)?))).collect()
    }

    /// The provider lets us in: its sites come back one after another.
    pub(crate) fn close_breaker(&mut self, provider: &str, now: Instant) -> Result<bool> {
        let closed = self.execute(
            "update breakers set state = 'closed', since = $2, until = $2 where provider = $1 and state = 'half-open'",
            &values![provider, now],
        )?;
        if closed == 0 {
            return Ok(false);
        }
        self.execute(
            "update polls set failures = 0, call_at = $2 + back.number * $4 / back.total from
               (select site, row_number() over (order by server, site) - 1 as number, count(*) over () as total
                from polls where provider = $1 and call_at >= $3) as back
             where polls.site = back.site",
            &values![provider, now, HELD, COME_BACK],
        )?;
        Ok(true)
    }

    /// The probes failed: a longer pause, until `until`.
    pub(crate) fn open_breaker_again(
        &mut self,
        provider: &str,
        until: Instant,
        now: Instant,
    ) -> Result<bool> {
        let opened = self.execute(
            "update breakers set state = 'open', since = $2, until = $3, rounds = rounds + 1
             where provider = $1 and state = 'half-open'",
            &values![provider, now, until],
        )?;
        if opened > 0 {
            self.execute(
                "update polls set call_at = $2, probe_round = 0 where provider = $1 and call_at < $2",
                &values![provider, HELD],
            )?;
        }
        Ok(opened > 0)
    }

    /// The advice ends when the breaker is closed and staff have resolved the incident.
    pub(crate) fn end_advice(&mut self, provider: &str) -> Result<u64> {
        self.execute("update polls set advice = '' where provider = $1 and advice <> ''", &values![provider])
    }

    /// The same wherever both have happened, in whatever order, or the incident was dismissed.
    pub(crate) fn end_settled_advice(&mut self) -> Result<u64> {
        self.execute(
            "update polls set advice = '' where advice <> '' and provider in
               (select provider from breakers left join incidents on incidents.id = breakers.incident
                where breakers.state = 'closed'
                  and coalesce(incidents.state, 'none') in ('none', 'resolved', 'reported', 'dismissed'))",
            &[],
        )
    }

    /// Holds what slipped through while a breaker opened.
    pub(crate) fn hold_the_rest(&mut self) -> Result<u64> {
        self.execute(
            "update polls set call_at = $1, advice = $2 where call_at < $1 and probe_round = 0
               and provider in (select provider from breakers where state <> 'closed')",
            &values![HELD, USE_LOCAL_CRON],
        )
    }
}

fn read(row: &Row) -> Result<Breaker> {
    Ok(Breaker {
        provider: row.text(0)?,
        state: row.text(1)?,
        since: row.integer(2)?,
        until: row.integer(3)?,
        opened_at: row.integer(4)?,
        rounds: row.integer(5)?,
        called: row.integer(6)?,
        stopped: row.integer(7)?,
        incident: row.optional_text(8)?,
        probes: row.integer(9)?,
        probes_answered: row.integer(10)?,
        probes_failed: row.integer(11)?,
    })
}
