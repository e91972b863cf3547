//! `neo-fleet incident open|confirm|dismiss|update|resolve|report|list|show|due`: what customers are told when something is
//! wrong. Not the mails about it: notice.

use clap::{Args, Subcommand};
use neo::domain::calendar::{Day, page_time, parse_day, parse_moment};
use neo::error::{Error, Result};
use neo::texts::errors as neo_errors;
use serde_json::{Value as Json, json};

use super::Answer;
use super::words::{CauseArgs, CompensationArgs, PreventionArgs, ProcedureArgs, TextArgs, TitleArgs, needed};
use crate::app::Fleet;
use crate::course::business_days::is_reckoned;
use crate::course::duty;
use crate::incidents::house::{House, zone};
use crate::incidents::owed::{self, Owed};
use crate::incidents::{self, AfterReport, Changes};
use crate::store::Store;
use crate::store::incidents::{Entry, Incident};

#[derive(Subcommand)]
pub(super) enum IncidentCommand {
    /// Tell customers of an incident; prints its id.
    Open {
        #[command(flatten)]
        told: Told,
        /// Keep it to ourselves until it is confirmed.
        #[arg(long)]
        draft: bool,
    },
    /// Tell customers of a draft.
    Confirm {
        id: String,
        #[command(flatten)]
        told: Told,
    },
    /// A draft that was a false alarm.
    Dismiss { id: String },
    /// Tell how it goes; the first time on a business day it is that day's report.
    Update {
        id: String,
        #[command(flatten)]
        told: Told,
        /// Write to customers too.
        #[arg(long)]
        important: bool,
    },
    /// Tell that it is over.
    Resolve {
        id: String,
        #[command(flatten)]
        text: TextArgs,
        /// When the trouble ended (in Japan, YYYY-MM-DD HH:MM, or RFC 3339); else now.
        #[arg(long)]
        ended: Option<String>,
    },
    /// The after-report: cause, prevention, compensation.
    Report {
        id: String,
        #[command(flatten)]
        cause: CauseArgs,
        #[command(flatten)]
        prevention: PreventionArgs,
        #[command(flatten)]
        compensation: CompensationArgs,
    },
    /// All incidents, newest first.
    List {
        /// Go on below this one.
        #[arg(long)]
        before: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// One incident with what was told and its business days.
    Show { id: String },
    /// What is owed today: reports, and drafts that wait.
    Due {
        /// Another day, YYYY-MM-DD.
        #[arg(long)]
        day: Option<String>,
        /// Queue a mail to staff, once a day.
        #[arg(long)]
        remind: bool,
    },
}

/// What can be said of an incident.
#[derive(Args)]
pub(super) struct Told {
    #[command(flatten)]
    title: TitleArgs,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    procedure: ProcedureArgs,
    /// A host plan or a range such as 203.0.113.0/24; several with commas. None: everybody.
    #[arg(long = "provider", value_delimiter = ',')]
    providers: Vec<String>,
    /// use-local-cron, or none.
    #[arg(long)]
    advice: Option<String>,
    /// When the trouble began (in Japan, YYYY-MM-DD HH:MM, or RFC 3339); else now.
    #[arg(long)]
    began: Option<String>,
}

impl Told {
    fn changes(&self) -> Result<Changes> {
        Ok(Changes {
            title: self.title.words()?,
            procedure: self.procedure.words()?,
            advice: self.advice.clone(),
            providers: (!self.providers.is_empty()).then(|| self.providers.clone()),
            began_at: self.began.as_deref().map(|typed| parse_moment(typed, zone())).transpose()?,
        })
    }
}

impl IncidentCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let act = fleet.act();
        let store = &mut fleet.store;
        let done = match self {
            IncidentCommand::Open { told, draft } => {
                let (changes, text) = (told.changes()?, told.text.words()?);
                let text = match draft {
                    true => None,
                    false => Some(needed("text", text)?),
                };
                store.transaction(|store| {
                    let incident = incidents::draft(store, &changes, "hand", &act)?;
                    match &text {
                        None => Ok(incident),
                        Some(text) => {
                            incidents::confirm(store, &incident.id, &Changes::default(), Some(text), &act)
                        }
                    }
                })?
            }
            IncidentCommand::Confirm { id, told } => {
                incidents::confirm(store, &id, &told.changes()?, told.text.words()?.as_ref(), &act)?
            }
            IncidentCommand::Dismiss { id } => incidents::dismiss(store, &id, &act)?,
            IncidentCommand::Update { id, told, important } => {
                let text = needed("text", told.text.words()?)?;
                incidents::update(store, &id, &told.changes()?, &text, important, &act)?
            }
            IncidentCommand::Resolve { id, text, ended } => {
                let ended = ended.map(|typed| parse_moment(&typed, zone())).transpose()?;
                let text = needed("text", text.words()?)?;
                incidents::resolve(store, &id, ended.unwrap_or(act.now), &text, &act)?
            }
            IncidentCommand::Report { id, cause, prevention, compensation } => {
                let parts = AfterReport {
                    cause: needed("cause", cause.words()?)?,
                    prevention: needed("prevention", prevention.words()?)?,
                    compensation: needed("compensation", compensation.words()?)?,
                };
                incidents::report(store, &id, &parts, &act)?
            }
            IncidentCommand::List { before, limit } => return list(store, before.as_deref(), limit),
            IncidentCommand::Show { id } => {
                let incident = incidents::find(store, &id)?;
                return show(store, &incident, act.now);
            }
            IncidentCommand::Due { day, remind } => return due(store, day.as_deref(), remind, act.now),
        };
        Ok(Answer::line(as_json(&done), &done.id))
    }
}

fn list(store: &mut Store, before: Option<&str>, limit: i64) -> Result<Answer> {
    let found = store.incidents(before, limit.clamp(1, 500))?;
    let lines = found.iter().map(line).collect();
    Ok(Answer::new(json!({ "incidents": found.iter().map(as_json).collect::<Vec<_>>() }), lines))
}

fn show(store: &mut Store, incident: &Incident, now: i64) -> Result<Answer> {
    let house = House::load(store)?;
    let entries = store.entries(&incident.id)?;
    let course = owed::course(incident, &entries);
    let days = match incident.state.is_public() || incident.state.word() == "draft" {
        true => duty::daily(&course, house.day_of(now), &house.rules())?,
        false => Vec::new(),
    };
    let after_report = duty::after_report(&course, &house.rules())?.map(|day| day.to_string());
    let mut lines = vec![line(incident)];
    lines.extend(entries.iter().map(entry_line));
    lines.extend(days.iter().map(|(day, standing)| format!("{day} {}", standing.word())));
    lines.extend(after_report.iter().map(|day| format!("after-report due {day}")));
    let days: Vec<Json> = days
        .iter()
        .map(|(day, standing)| json!({ "day": day.to_string(), "report": standing.word() }))
        .collect();
    let notices = store.notice_counts_of(&incident.id)?;
    let more = [
        ("entries", json!(entries)),
        ("days", json!(days)),
        ("after_report_due", json!(after_report)),
        ("notices", json!(notices)),
    ];
    let mut shown = as_json(incident);
    if let Some(fields) = shown.as_object_mut() {
        fields.extend(more.map(|(name, value)| (name.to_string(), value)));
    }
    Ok(Answer::new(shown, lines))
}

fn due(store: &mut Store, day: Option<&str>, remind: bool, now: i64) -> Result<Answer> {
    let house = House::load(store)?;
    let today = match day {
        Some(typed) => parse_day(typed).ok_or_else(|| Error::invalid(neo_errors::DATE_NOT_VALID))?,
        None => house.day_of(now),
    };
    let rest = house.days.rest(today)?;
    let owed = owed::owed_on(store, today, &house)?;
    let reminded = match remind {
        true => store.transaction(|store| owed::remind(store, &owed, today, &house, now))?,
        false => 0,
    };
    let lines = match owed.is_empty() {
        true => vec![format!("{today}: nothing is owed")],
        false => owed.iter().map(owed_line).collect(),
    };
    let answer = json!({
        "day": today.to_string(),
        "business_day": rest.is_none(),
        "rest": rest.map(|rest| rest.word()),
        // The holidays of this year are not announced yet, as far as this program knows.
        "reckoned": is_reckoned(today),
        "owed": owed.iter().map(owed_json).collect::<Vec<_>>(),
        "reminded": reminded,
    });
    Ok(Answer::new(answer, lines))
}

fn as_json(incident: &Incident) -> Json {
    json!({
        "id": incident.id,
        "state": incident.state.word(),
        "source": incident.source,
        "title": incident.title,
        "procedure": incident.procedure,
        "advice": incident.advice,
        "providers": incident.providers,
        "began_at": incident.began_at,
        "ended_at": incident.ended_at,
        "noticed_at": incident.noticed_at,
        "opening_told_at": incident.opening_told_at,
        "resolution_told_at": incident.resolution_told_at,
        "reported_at": incident.reported_at,
    })
}

fn owed_json(owed: &Owed) -> Json {
    json!({
        "incident": owed.incident,
        "title": owed.title,
        "what": owed.what,
        "due": owed.due.to_string(),
        "is_due": owed.is_due,
        "missed": owed.missed.iter().map(Day::to_string).collect::<Vec<_>>(),
    })
}

fn line(incident: &Incident) -> String {
    let began = page_time(incident.began_at, zone());
    let providers = incident.providers.join(",");
    format!("{} {} {began} [{providers}] {}", incident.id, incident.state.word(), incident.title.ja)
}

fn entry_line(entry: &Entry) -> String {
    let mark = if entry.is_important { " (mail)" } else { "" };
    let first = entry.text.ja.lines().next().unwrap_or_default();
    format!("{} {}{mark} {}: {first}", page_time(entry.at, zone()), entry.kind, entry.who)
}

fn owed_line(owed: &Owed) -> String {
    let missed: Vec<String> = owed.missed.iter().map(Day::to_string).collect();
    let missed = if missed.is_empty() { String::new() } else { format!(" (missed: {})", missed.join(", ")) };
    format!("{} {} due {}{missed} {}", owed.incident, owed.what, owed.due, owed.title.ja)
}
