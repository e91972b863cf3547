//! `neo-fleet key extend --incident I --days N`: shows whom an incident hurt, and makes their keys last longer.
//! Not one key by hand: key.

use neo::domain::calendar::page_time;
use neo::error::Result;
use serde_json::{Value as Json, json};

use super::Answer;
use crate::app::Fleet;
use crate::incidents::extend::{self, Extended, Hurt};
use crate::incidents::{self, house::zone};

pub(super) fn for_incident(
    fleet: &mut Fleet,
    incident: &str,
    days: i64,
    missed_hours: i64,
    dry_run: bool,
) -> Result<Answer> {
    let act = fleet.act();
    let incident = incidents::find(&mut fleet.store, incident)?;
    let hurt = extend::hurt(&mut fleet.store, &incident, missed_hours, act.now)?;
    let done = match dry_run {
        true => Extended::default(),
        false => extend::extend(&mut fleet.store, &incident, &hurt, days, &act)?,
    };
    let mut lines: Vec<String> = hurt.iter().map(line).collect();
    lines.push(format!(
        "affected {} extended {} customers {} before {}",
        hurt.len(),
        done.keys,
        done.customers,
        done.before
    ));
    let answer = json!({
        "incident": incident.id,
        "days": days,
        "missed_hours": missed_hours,
        "dry_run": dry_run,
        "affected": hurt.iter().map(as_json).collect::<Vec<_>>(),
        "extended": done.keys,
        "customers": done.customers,
        "extended_before": done.before,
    });
    Ok(Answer::new(answer, lines))
}

fn as_json(hurt: &Hurt) -> Json {
    json!({
        "site": hurt.noted.site,
        "key": hurt.noted.key,
        "customer": hurt.noted.customer,
        "provider": hurt.noted.provider,
        "silent_from": hurt.silence.from,
        "silent_until": hurt.silence.until,
        "extended_before": hurt.is_extended,
    })
}

fn line(hurt: &Hurt) -> String {
    let mark = if hurt.is_extended { " (extended before)" } else { "" };
    format!(
        "{} {} {} {} {} - {}{mark}",
        hurt.noted.customer,
        hurt.noted.key,
        hurt.noted.site,
        hurt.noted.provider,
        page_time(hurt.silence.from, zone()),
        page_time(hurt.silence.until, zone())
    )
}
