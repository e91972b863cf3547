//! Incidents: whom they concern, what was told, and the days on which nothing is owed.
//! Not the rules (course) and not the mails about them (notices).

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::link::feed::Words;
use serde::Serialize;

use super::{Row, Store};
use crate::course::state::State;
use crate::values;

/// An incident as it is kept.
#[derive(Clone, Debug, Default)]
pub struct Incident {
    pub id: String,
    pub state: State,
    pub source: String,
    pub title: Words,
    pub procedure: Words,
    /// `use-local-cron` or empty.
    pub advice: String,
    pub began_at: Instant,
    pub ended_at: Option<Instant>,
    pub noticed_at: Instant,
    pub opening_told_at: Option<Instant>,
    pub resolution_told_at: Option<Instant>,
    pub reported_at: Option<Instant>,
    /// Host plans and ranges; empty: everybody.
    pub providers: Vec<String>,
}

/// One thing that was told.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    pub number: i64,
    pub at: Instant,
    pub kind: String,
    pub text: Words,
    pub is_important: bool,
    pub who: String,
}

const COLUMNS: &str = "id, state, source, title_ja, title_en, procedure_ja, procedure_en, advice, began_at, ended_at, \
     noticed_at, opening_told_at, resolution_told_at, reported_at";

impl Store {
    /// Writes a new incident; `false` if its id is taken.
    pub fn add_incident(&mut self, incident: &Incident) -> Result<bool> {
        let write = "insert into incidents (id, state, source, title_ja, title_en, procedure_ja, procedure_en, advice, began_at, noticed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing";
        let written = self.execute(
            write,
            &values![
                &incident.id,
                incident.state.word(),
                &incident.source,
                &incident.title.ja,
                &incident.title.en,
                &incident.procedure.ja,
                &incident.procedure.en,
                &incident.advice,
                incident.began_at,
                incident.noticed_at
            ],
        )?;
        if written == 0 {
            return Ok(false);
        }
        self.set_providers(&incident.id, &incident.providers).map(|()| true)
    }

    /// Writes what may change; the caller is in a transaction.
    pub fn put_incident(&mut self, incident: &Incident) -> Result<()> {
        let write = "update incidents set state = $2, title_ja = $3, title_en = $4, procedure_ja = $5, procedure_en = $6,
                 advice = $7, began_at = $8, ended_at = $9, opening_told_at = $10, resolution_told_at = $11, reported_at = $12
             where id = $1";
        self.execute(
            write,
            &values![
                &incident.id,
                incident.state.word(),
                &incident.title.ja,
                &incident.title.en,
                &incident.procedure.ja,
                &incident.procedure.en,
                &incident.advice,
                incident.began_at,
                incident.ended_at,
                incident.opening_told_at,
                incident.resolution_told_at,
                incident.reported_at
            ],
        )?;
        self.set_providers(&incident.id, &incident.providers)
    }

    fn set_providers(&mut self, incident: &str, providers: &[String]) -> Result<()> {
        self.execute("delete from incident_providers where incident = $1", &values![incident])?;
        for provider in providers {
            let write =
                "insert into incident_providers (incident, provider) values ($1, $2) on conflict do nothing";
            self.execute(write, &values![incident, provider])?;
        }
        Ok(())
    }

    pub fn incident(&mut self, id: &str) -> Result<Option<Incident>> {
        let row = self.row(&format!("select {COLUMNS} from incidents where id = $1"), &values![id])?;
        row.map(|row| self.read_incident(&row)).transpose()
    }

    /// Newest first, below `before` if given.
    pub fn incidents(&mut self, before: Option<&str>, limit: i64) -> Result<Vec<Incident>> {
        // Every id is smaller than a tilde.
        let rows = self.query(
            &format!("select {COLUMNS} from incidents where id < $1 order by id desc limit $2"),
            &values![before.unwrap_or("~"), limit],
        )?;
        rows.iter().map(|row| self.read_incident(row)).collect()
    }

    /// Those that may still owe something, oldest first.
    pub fn unfinished_incidents(&mut self) -> Result<Vec<Incident>> {
        let rows = self.query(
            &format!(
                "select {COLUMNS} from incidents where state in ('draft', 'open', 'resolved') order by id"
            ),
            &[],
        )?;
        rows.iter().map(|row| self.read_incident(row)).collect()
    }

    /// What customers may see: all that is not over, and what was told of since a moment. Newest first.
    pub fn public_incidents(&mut self, since: Instant, limit: i64) -> Result<Vec<Incident>> {
        let rows = self.query(
            &format!(
                "select {COLUMNS} from incidents
                 where state = 'open' or (state in ('resolved', 'reported')
                     and (resolution_told_at >= $1 or coalesce(reported_at, 0) >= $1))
                 order by id desc limit $2"
            ),
            &values![since, limit],
        )?;
        rows.iter().map(|row| self.read_incident(row)).collect()
    }

    /// A draft or open incident of a provider, if there is one.
    pub fn unresolved_incident_of(&mut self, provider: &str) -> Result<Option<String>> {
        let row = self.row(
            "select i.id from incidents i join incident_providers p on p.incident = i.id
             where p.provider = $1 and i.state in ('draft', 'open') order by i.id desc limit 1",
            &values![provider],
        )?;
        row.map(|row| row.text(0)).transpose()
    }

    fn read_incident(&mut self, row: &Row) -> Result<Incident> {
        let id = row.text(0)?;
        let word = row.text(1)?;
        let state = State::parse(&word).ok_or_else(|| Error::fault("reading an incident", word))?;
        let providers = self.query(
            "select provider from incident_providers where incident = $1 order by provider",
            &values![&id],
        )?;
        Ok(Incident {
            id,
            state,
            source: row.text(2)?,
            title: Words::new(row.text(3)?, row.text(4)?),
            procedure: Words::new(row.text(5)?, row.text(6)?),
            advice: row.text(7)?,
            began_at: row.integer(8)?,
            ended_at: row.optional_integer(9)?,
            noticed_at: row.integer(10)?,
            opening_told_at: row.optional_integer(11)?,
            resolution_told_at: row.optional_integer(12)?,
            reported_at: row.optional_integer(13)?,
            providers: providers.iter().map(|row| row.text(0)).collect::<Result<_>>()?,
        })
    }

    /// Notes the sites of an incident's providers as they are now; those noted before stay as they were.
    pub fn note_incident_sites(&mut self, incident: &str) -> Result<u64> {
        let write = "insert into incident_sites (incident, site, due_at, heard_at, has_own_clock)
             select i.id, s.id, s.next_due,
                 case when coalesce(s.last_beat, 0) > coalesce(s.last_ok, 0) then s.last_beat else s.last_ok end,
                 case when s.wanted_clock = 'poller' then 0 else 1 end
             from sites s join incidents i on i.id = $1
             where s.state <> 'gone'
                 and (s.provider in (select provider from incident_providers where incident = $1)
                     or not exists (select 1 from incident_providers where incident = $1))
             on conflict (incident, site) do nothing";
        self.execute(write, &values![incident])
    }

    /// Adds what was told; its number is the next one of the incident. The caller is in a transaction.
    pub fn add_entry(&mut self, incident: &str, entry: &Entry) -> Result<i64> {
        let last = "select max(number) from incident_entries where incident = $1";
        let number = self.number(last, &values![incident])? + 1;
        let write =
            "insert into incident_entries (incident, number, at, kind, text_ja, text_en, is_important, who)
             values ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.execute(
            write,
            &values![
                incident,
                number,
                entry.at,
                &entry.kind,
                &entry.text.ja,
                &entry.text.en,
                entry.is_important,
                &entry.who
            ],
        )?;
        Ok(number)
    }

    /// All that was told of an incident, in its order.
    pub fn entries(&mut self, incident: &str) -> Result<Vec<Entry>> {
        let rows = self.query(
            "select number, at, kind, text_ja, text_en, is_important, who from incident_entries
             where incident = $1 order by number",
            &values![incident],
        )?;
        rows.iter()
            .map(|row| {
                Ok(Entry {
                    number: row.integer(0)?,
                    at: row.integer(1)?,
                    kind: row.text(2)?,
                    text: Words::new(row.text(3)?, row.text(4)?),
                    is_important: row.integer(5)? != 0,
                    who: row.text(6)?,
                })
            })
            .collect()
    }

    /// The company's closures as they were typed.
    pub fn closures(&mut self) -> Result<Vec<String>> {
        let rows = self.query("select days from closures order by days", &[])?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    pub fn add_closure(&mut self, days: &str) -> Result<bool> {
        let write = "insert into closures (days) values ($1) on conflict (days) do nothing";
        Ok(self.execute(write, &values![days])? > 0)
    }

    pub fn remove_closure(&mut self, days: &str) -> Result<bool> {
        Ok(self.execute("delete from closures where days = $1", &values![days])? > 0)
    }
}
