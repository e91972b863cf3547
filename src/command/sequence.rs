//! `neo sequence import|export|preview|status|pause|resume`.
//! The sequences' pages: web/admin/sequences. The file's shape: domain/sequence/file.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Place as Data, say, say_json};
use crate::app::App;
use crate::domain::address::Address;
use crate::domain::calendar;
use crate::domain::civil;
use crate::domain::condition::Condition;
use crate::domain::id::{MessageId, SequenceId, StepId};
use crate::domain::list::{List, ListName};
use crate::domain::message::{Content, Kind};
use crate::domain::sequence::{
    Action, Draft, Go, GoFile, Place, Reach, Sequence as Stored, SequenceFile, StepFile, Timing, parse_title,
    with_messages,
};
use crate::domain::subscriber::Fields;
use crate::error::{Error, Result};
use crate::mail::foresee::{self, Foresight};
use crate::mail::letter;
use crate::mail::outlook::{self, Outlook};
use crate::store::enrolments::Hold;
use crate::store::{Reader, Writer};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum Sequence {
    /// Make a sequence from a JSON file and print its number.
    Import { file: PathBuf },
    /// Print a sequence as JSON.
    Export { name: String },
    /// Print which mails go on which dates to somebody who joins, or to a reader who is inside.
    Preview {
        name: String,
        /// When she joins: a day (YYYY-MM-DD, at noon) or a moment; else now.
        #[arg(long)]
        join: Option<String>,
        /// A reader of the list: her fields, and where she stands.
        #[arg(long)]
        reader: Option<String>,
        /// A field of hers, e.g. `event=2027-03-01`.
        #[arg(long = "field", value_name = "KEY=VALUE")]
        fields: Vec<String>,
        /// Everybody who is inside: per day and step, how many get it.
        #[arg(long, conflicts_with_all = ["join", "reader", "fields"])]
        list: bool,
        /// With --list: for so many days.
        #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(i64).range(1..=outlook::MOST_DAYS))]
        days: i64,
        #[arg(long)]
        json: bool,
    },
    /// Print how many readers are on their way, and where.
    Status {
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Let everybody in it stand still.
    Pause { name: String },
    /// Let everybody go on; with --shift as if the time of the pause had not been.
    Resume {
        name: String,
        #[arg(long)]
        shift: bool,
    },
}

impl Sequence {
    pub(super) fn run(self, place: &Data) -> Result<()> {
        let (app, store) = place.open()?;
        let now = app.clock.now();
        match self {
            Sequence::Import { file } => import(&app, &store, &super::read_file(&file)?),
            Sequence::Export { name } => say_json(&export(&store, &name)?),
            Sequence::Preview { name, list: true, days, json, .. } => {
                let sequence = store.sequence_named(&name)?;
                print_outlook(&store, &outlook::of_list(&app, &store, &sequence, days, None)?, json)
            }
            Sequence::Preview { name, join, reader, fields, json, .. } => {
                let sequence = store.sequence_named(&name)?;
                let seen = preview(&app, &store, &sequence, join.as_deref(), reader.as_deref(), &fields)?;
                print_preview(&app, &seen, json)
            }
            Sequence::Status { name, json } => status(&store, &name, json),
            Sequence::Pause { name } => store.pause_sequence(store.sequence_named(&name)?.id, "", now),
            Sequence::Resume { name, shift } => {
                store.transaction(|| store.resume_sequence(store.sequence_named(&name)?.id, shift, now))
            }
        }
    }
}

fn import(app: &App, store: &Writer, written: &str) -> Result<()> {
    let file: SequenceFile = serde_json::from_str(written)
        .map_err(|cause| Error::invalid(errors::JSON_NOT_VALID).with("why", cause.to_string()))?;
    let name = ListName::parse(&file.name)?;
    let list = store.list_named(&file.list)?;
    let title = parse_title(file.title.as_deref().unwrap_or(&file.name))?;
    let options = file.options()?.check()?;
    let mut steps = Vec::new();
    for step in &file.steps {
        steps.push((step.timing(&options.start)?, step.action()?, content_of(app, &list, step)?));
    }
    let now = app.clock.now();
    let id = store.transaction(|| {
        let id = store.add_sequence(name.as_str(), &title, list.id, &options, now)?;
        let mut ids: Vec<(StepId, Draft)> = Vec::new();
        // A plain sequence is in the order of its days, whatever the order in the file.
        let is_plain = steps.iter().all(|(timing, _, _)| matches!(timing, Timing::AfterStart { .. }))
            && file.steps.iter().all(StepFile::is_plain);
        for (timing, action, content) in &steps {
            let message = store.add_message(Kind::Step, list.id, content, now)?;
            let draft = Draft { action: *action, ..Draft::mail(timing.clone(), message) };
            let place = match ids.last() {
                Some((last, _)) if !is_plain => Place::After(*last),
                _ => Place::ByDay,
            };
            ids.push((store.add_step(id, &draft, place, Reach::NotThereYet, now)?, draft));
        }
        for (step, (own, draft)) in file.steps.iter().zip(&ids) {
            let (then, otherwise) = (lead(store, &ids, &step.then)?, lead(store, &ids, &step.otherwise)?);
            let condition = match &step.condition {
                Some(condition) => Some(store.check_condition(&named_by_number(condition, &ids)?)?),
                None => None,
            };
            if !step.is_plain() {
                let draft = Draft { then, otherwise, condition, ..draft.clone() };
                store.change_step(id, *own, &draft, Place::Stay, Reach::NotThereYet, now)?;
            }
        }
        Ok(id)
    })?;
    say(&id.to_string())
}

/// A mail is checked as on its page; other steps only have a name.
fn content_of(app: &App, list: &List, step: &StepFile) -> Result<Content> {
    if step.action()? != Action::Mail {
        return Content::parse(&step.subject, "-", "")
            .map(|content| Content { text: step.text.clone(), ..content });
    }
    let content = Content::parse(&step.subject, &step.text, &step.html)?;
    letter::check(app, list, Kind::Step, &content)?;
    Ok(content)
}

fn lead(store: &Reader, ids: &[(StepId, Draft)], go: &GoFile) -> Result<Go> {
    Ok(match go {
        GoFile::Next => Go::Next,
        GoFile::End => Go::End,
        GoFile::Step(number) => {
            let target = number.checked_sub(1).and_then(|index| ids.get(index));
            let nowhere =
                || Error::invalid(errors::STEP_LEADS_NOWHERE).with("name", format!("step {number}"));
            Go::Step(target.ok_or_else(nowhere)?.0)
        }
        GoFile::Sequence(name) => Go::Sequence(store.sequence_named(name)?.id),
    })
}

/// -2 stands for the mail of the second step of the file.
fn named_by_number(condition: &Condition, ids: &[(StepId, Draft)]) -> Result<Condition> {
    with_messages(condition, &|message| {
        let index = usize::try_from(-1 - message.0).ok();
        match index.map(|index| ids.get(index)) {
            None => Ok(message),
            Some(Some((_, draft))) => Ok(draft.message),
            Some(None) => {
                Err(Error::invalid(errors::STEP_LEADS_NOWHERE).with("name", format!("message {message}")))
            }
        }
    })
}

fn export(store: &Reader, name: &str) -> Result<SequenceFile> {
    let sequence = store.sequence_named(name)?;
    let stored = store.steps(sequence.id)?;
    let go_file = |go: Go| -> Result<GoFile> {
        Ok(match go {
            Go::Next => GoFile::Next,
            Go::End => GoFile::End,
            Go::Step(id) => match stored.iter().position(|step| step.id == id) {
                Some(index) => GoFile::Step(index + 1),
                None => GoFile::Next,
            },
            Go::Sequence(id) => GoFile::Sequence(store.sequence(id)?.name),
        })
    };
    let mut said = Vec::new();
    for step in &stored {
        said.push(store.messages_of_step(step.id)?);
    }
    let mut steps = Vec::new();
    for step in &stored {
        let content = store.message(step.message)?.content;
        let (after_days, at, when) = StepFile::say_timing(&step.timing);
        let numbered = |message| match said.iter().position(|messages| messages.contains(&message)) {
            Some(index) => Ok(MessageId(-1 - i64::try_from(index).unwrap_or(0))),
            None => Ok(message),
        };
        let condition =
            step.condition.as_ref().map(|condition| with_messages(condition, &numbered)).transpose()?;
        let action = if step.action == Action::Mail { "" } else { step.action.word() };
        steps.push(StepFile {
            after_days,
            at,
            when,
            condition,
            action: action.to_string(),
            then: go_file(step.then)?,
            otherwise: go_file(step.otherwise)?,
            subject: content.subject,
            text: content.text,
            html: content.html,
        });
    }
    let options = sequence.options;
    let usual = crate::domain::sequence::Options::default().most_occurrences;
    Ok(SequenceFile {
        list: store.list(sequence.list)?.name.as_str().to_string(),
        title: Some(sequence.title),
        name: sequence.name,
        start: options.start,
        rejoin: options.rejoin,
        backfill_days: options.backfill_days,
        keeps_closed_days: options.keeps_closed_days,
        most_occurrences: (options.most_occurrences != usual).then_some(options.most_occurrences),
        steps,
    })
}

fn preview(
    app: &App,
    store: &Reader,
    sequence: &Stored,
    join: Option<&str>,
    reader: Option<&str>,
    typed: &[String],
) -> Result<Foresight> {
    let mut fields = Fields::new();
    if let Some(address) = reader {
        let found = store.subscription_of(sequence.list, &Address::parse(address)?)?;
        let reader = found.ok_or_else(|| Error::not_found(errors::SUBSCRIBER_NOT_FOUND))?;
        let inside = store.latest_enrolment(sequence.id, reader.id)?.filter(|one| one.is_active);
        if let Some(enrolment) = inside.filter(|_| join.is_none()) {
            return foresee::for_reader(app, store, sequence, &enrolment, &reader.fields);
        }
        fields = reader.fields;
    }
    for pair in typed {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.insert(key.to_string(), value.to_string());
    }
    let join = match join {
        Some(typed) => joining(typed, app)?,
        None => app.clock.now(),
    };
    foresee::for_joiner(app, store, sequence, join, &fields)
}

/// A day means its noon.
fn joining(typed: &str, app: &App) -> Result<i64> {
    let zone = app.settings.zone();
    match civil::parse_day(typed) {
        Some(day) if !typed.contains(':') => {
            Ok(calendar::moment(day, calendar::TimeOfDay::from_minutes(12 * 60), zone))
        }
        _ => calendar::parse_moment(typed, zone),
    }
}

fn print_preview(app: &App, seen: &Foresight, json: bool) -> Result<()> {
    let zone = app.settings.zone();
    if json {
        let mails: Vec<Value> = seen
            .steps
            .iter()
            .map(|one| {
                let at = calendar::rfc3339_local(one.due, zone);
                json!({ "at": at, "step": one.step, "subject": one.subject })
            })
            .collect();
        let missing =
            seen.missing.as_ref().map(|missing| json!({ "field": missing.field, "value": missing.value }));
        return say_json(&json!({ "mails": mails, "missing": missing }));
    }
    for one in &seen.steps {
        say(&format!("{}  {}", calendar::page_time(one.due, zone), one.subject))?;
    }
    match &seen.missing {
        Some(missing) => say(&format!("?  {}={}", missing.field, missing.value)),
        None => Ok(()),
    }
}

fn print_outlook(store: &Reader, seen: &Outlook, json: bool) -> Result<()> {
    let mut subjects = Vec::new();
    for step in &seen.steps {
        subjects.push((step.id, store.message_subject(step.message)?.0));
    }
    let lines: Vec<(String, &(StepId, String), i64)> = seen
        .mails()
        .filter_map(|(day, index, count)| Some((day.to_string(), subjects.get(index)?, count)))
        .collect();
    if json {
        let days: Vec<Value> = lines
            .iter()
            .map(|(day, (step, subject), count)| json!({ "day": day, "step": step, "subject": subject, "readers": count }))
            .collect();
        return say_json(&json!({
            "days": days,
            "going_on": seen.going_on,
            "looked_at": seen.looked_at,
            "whole": seen.is_whole,
            "standing_still": seen.held,
            "undated": seen.undated,
            "waiting": seen.waiting,
        }));
    }
    for (day, (_, subject), count) in &lines {
        say(&format!("{day}  {count:>8}  {subject}"))?;
    }
    match seen.is_whole {
        true => Ok(()),
        false => say(&format!("?  estimated from {} of {} readers", seen.looked_at, seen.going_on)),
    }
}

fn status(store: &Reader, name: &str, json: bool) -> Result<()> {
    let sequence = store.sequence_named(name)?;
    let (steps, active) = (store.steps(sequence.id)?, store.active_enrolments(sequence.id)?);
    if !json {
        return say(&format!("{}: {} steps, {active} readers on their way", sequence.name, steps.len()));
    }
    say_json(&json!({
        "name": sequence.name,
        "steps": steps.len(),
        "active": active,
        "paused": sequence.paused_at.is_some(),
        "paused_why": sequence.paused_why,
        "held": held(store, sequence.id)?,
        "places": places(store, sequence.id)?,
    }))
}

fn held(store: &Reader, id: SequenceId) -> Result<Value> {
    let places = store.places(id)?;
    let counts = [Hold::Paused, Hold::Waiting, Hold::NoDate, Hold::Sequence];
    Ok(counts.into_iter().map(|hold| (hold.word().to_string(), json!(places.held(hold.word())))).collect())
}

fn places(store: &Reader, id: SequenceId) -> Result<Vec<Value>> {
    let places = store.places(id)?;
    let mut lines = Vec::new();
    for step in store.steps(id)? {
        let (subject, _) = store.message_subject(step.message)?;
        let sent = store.sent_of_step(step.id)?;
        lines.push(
            json!({ "step": step.id, "subject": subject, "waiting": places.before(step.id), "sent": sent }),
        );
    }
    Ok(lines)
}
