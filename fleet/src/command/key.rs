//! `neo-fleet key issue|extend|revoke|reissue|token|show|list`: customers' activation keys.
//! Not our own signing keys: signing.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use neo::clock::Instant;
use neo::domain::calendar::{Zone, page_time, parse_until};
use neo::error::{Error, Result};
use neo::host::key_file::write_new;
use neo::link::activation::{check_key, to_file, token_path};
use neo::link::key::Role;
use neo::texts::errors as neo_errors;
use serde_json::json;

use super::{Answer, Page, extend, site};
use crate::app::Fleet;
use crate::place::{Hints, whereabouts};
use crate::signing::{seeds, tokens};
use crate::store::keys::{Extension, Key, MOST_DAYS};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Issue a key and print it.
    Issue {
        #[arg(long)]
        customer: String,
        #[arg(long, default_value = "standard")]
        plan: String,
        #[command(flatten)]
        end: End,
        /// The one site that may use it (else the first that does).
        #[arg(long)]
        site: Option<String>,
    },
    /// Make a key last longer: from its end, or from now if that has passed.
    /// With --incident, the keys of all sites that missed ticks in its time, each once, and their customers are told.
    Extend {
        #[arg(required_unless_present = "incident", conflicts_with = "incident")]
        key: Option<String>,
        #[command(flatten)]
        end: End,
        #[arg(long)]
        incident: Option<String>,
        /// Only show whose keys would be extended.
        #[arg(long, requires = "incident")]
        dry_run: bool,
        /// A site missed ticks if it was silent for longer than so many hours of the incident's time.
        #[arg(long, requires = "incident", default_value_t = 2, value_parser = clap::value_parser!(i64).range(0..=8784))]
        missed_hours: i64,
    },
    Revoke {
        key: String,
        #[arg(long)]
        reason: String,
    },
    /// A new key in the place of another, with the same end: after a move to another domain, or when others know it.
    Reissue {
        key: String,
        /// Where its site is from now on.
        #[arg(long)]
        tick_url: Option<String>,
        #[arg(long)]
        host_plan: Option<String>,
        #[arg(long)]
        ip: Option<IpAddr>,
        /// The one site that may use the new key.
        #[arg(long)]
        site: Option<String>,
        #[arg(long, default_value = "moved")]
        reason: String,
    },
    /// Print the token as a file for copy and paste, each line with a check word.
    Token {
        key: String,
        /// Print the token alone.
        #[arg(long)]
        bare: bool,
        /// Write it into this new file.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    Show {
        key: String,
    },
    List {
        #[arg(long)]
        customer: Option<String>,
        #[command(flatten)]
        page: Page,
    },
}

/// When a key ends.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct End {
    #[arg(long)]
    days: Option<i64>,
    /// The last day (in Japan), YYYY-MM-DD, or a moment.
    #[arg(long)]
    until: Option<String>,
}

impl End {
    fn extension(&self) -> Result<Extension> {
        match (&self.until, self.days) {
            (Some(until), _) => parse_until(until, Zone::default()).map(Extension::Until),
            (None, Some(days)) => Ok(Extension::Days(days)),
            (None, None) => Err(Error::invalid(neo_errors::NOTHING_TO_DO)),
        }
    }

    fn from(&self, now: Instant) -> Result<Instant> {
        match self.extension()? {
            Extension::Until(end) => Ok(end),
            Extension::Days(days) if (1..=MOST_DAYS).contains(&days) => Ok(now + days * 86_400),
            Extension::Days(_) => {
                Err(Error::invalid(errors::DAYS_NOT_VALID).with("limit", MOST_DAYS.to_string()))
            }
        }
    }
}

impl KeyCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let act = fleet.act();
        match self {
            KeyCommand::Issue { customer, plan, end, site } => {
                let site = site.as_deref().map(site::parse_id).transpose()?;
                let until = end.from(act.now)?;
                let key = fleet.store.issue_key(&act, &customer, &plan, until, site.as_deref())?;
                Ok(Answer::line(json!(key), &key.key))
            }
            KeyCommand::Extend { incident: Some(incident), end, dry_run, missed_hours, .. } => {
                let Extension::Days(days) = end.extension()? else {
                    return Err(Error::invalid(errors::DAYS_NOT_VALID).with("limit", MOST_DAYS.to_string()));
                };
                extend::for_incident(fleet, &incident, days, missed_hours, dry_run)
            }
            KeyCommand::Extend { key, end, .. } => {
                let key = key.unwrap_or_default();
                let key = fleet.store.extend_key(&act, &check_key(&key)?, end.extension()?)?;
                Ok(Answer::line(json!(key), line(&key)))
            }
            KeyCommand::Revoke { key, reason } => {
                let key = fleet.store.revoke_key(&act, &check_key(&key)?, &reason)?;
                Ok(Answer::line(json!(key), line(&key)))
            }
            KeyCommand::Reissue { key, tick_url, host_plan, ip, site, reason } => {
                let key = check_key(&key)?;
                let bound = site.as_deref().map(site::parse_id).transpose()?;
                let hints = Hints { host_plan, ip };
                let is_rehearsal = fleet.is_rehearsal;
                let place = tick_url.map(|url| whereabouts(&url, &hints, is_rehearsal)).transpose()?;
                let new = fleet.store.transaction(|store| {
                    let user = store.user_of_key(&key)?;
                    let new = store.replace_key(&act, &key, bound.as_deref(), &reason)?;
                    if let (Some(user), Some(place)) = (user, &place) {
                        store.move_site(&act, &user, place)?;
                    }
                    Ok(new)
                })?;
                Ok(Answer::line(json!(new), &new.key))
            }
            KeyCommand::Token { key, bare, out } => token(fleet, &check_key(&key)?, bare, out),
            KeyCommand::Show { key } => show(fleet, &check_key(&key)?),
            KeyCommand::List { customer, page } => {
                let keys = fleet.store.keys(customer.as_deref(), page.after(), page.limit())?;
                let next = page.next(keys.len(), keys.last().map(|last| last.key.as_str()));
                let lines = keys.iter().map(line).collect();
                Ok(Answer::new(json!({ "keys": keys, "next": next }), lines))
            }
        }
    }
}

fn token(fleet: &mut Fleet, key: &str, bare: bool, out: Option<PathBuf>) -> Result<Answer> {
    let key = fleet.store.key(key)?;
    let token = tokens::of(&key, &seeds::present(&fleet.data.keys(), Role::Activation)?)?;
    let file = to_file(&token);
    let act = fleet.act();
    fleet.store.audit_act(&act, "token handed out", &key.key)?;
    let text = if bare { &token } else { &file };
    let lines = match &out {
        Some(out) => {
            write_new(out, text.trim_end())?;
            vec![out.display().to_string()]
        }
        None => text.lines().map(ToString::to_string).collect(),
    };
    Ok(Answer::new(
        json!({ "key": key.key, "token": token, "file": file, "path": token_path(&key.key) }),
        lines,
    ))
}

fn show(fleet: &mut Fleet, key: &str) -> Result<Answer> {
    let key = fleet.store.key(key)?;
    let user = fleet.store.user_of_key(&key.key)?;
    let extensions = fleet.store.extensions_of(&key.key)?;
    let mut lines = vec![line(&key)];
    lines.extend(user.iter().map(|site| format!("site {site}")));
    lines.extend(extensions.iter().map(|each| format!("{} +{}", each.incident, each.days)));
    Ok(Answer::new(json!({ "key": key, "used_by": user, "extensions": extensions }), lines))
}

/// One key on one line.
pub(super) fn line(key: &Key) -> String {
    let until = page_time(key.valid_until, Zone::default());
    let mut line = format!("{} {} {} {} {until}", key.key, key.customer, key.plan, key.state);
    if let Some(new) = &key.replaced_by {
        line.push_str(" -> ");
        line.push_str(new);
    }
    line
}
