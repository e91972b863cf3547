//! `neo-fleet site add|list|show|move|remove`: the register of installs.
//! Not the calls to them: poll.

use std::net::IpAddr;

use clap::{Args, Subcommand};
use neo::error::{Error, Result};
use neo::link::activation::check_key;
use serde_json::json;

use super::{Answer, Page};
use crate::app::Fleet;
use crate::place::{Hints, whereabouts};
use crate::store::sites::{Site, Whereabouts};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum SiteCommand {
    /// Register a site with its key.
    Add {
        /// Its id, as NEO shows it.
        id: String,
        #[arg(long)]
        key: String,
        #[command(flatten)]
        place: Place,
        /// The kind of machine, as releases name it.
        #[arg(long, value_parser = ["linux-x86_64", "freebsd-x86_64"])]
        target: Option<String>,
        /// Which clock its owner wants.
        #[arg(long, value_parser = ["cron", "poller", "url", "visit"], default_value = "poller")]
        wanted_clock: String,
    },
    List {
        /// Only sites of this provider.
        #[arg(long)]
        provider: Option<String>,
        /// Also those that were removed.
        #[arg(long)]
        gone: bool,
        #[command(flatten)]
        page: Page,
    },
    Show {
        id: String,
    },
    /// The site is at another URL or host now; its key stays (see key reissue).
    Move {
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// Nobody calls it any more, and its key is free.
    Remove {
        id: String,
    },
}

/// Where a site is.
#[derive(Args)]
pub(super) struct Place {
    #[arg(long)]
    tick_url: String,
    /// Its host's plan, as NEO names it (else its network counts as its provider).
    #[arg(long)]
    host_plan: Option<String>,
    /// Its address (else the URL's, else the name is looked up).
    #[arg(long)]
    ip: Option<IpAddr>,
}

impl Place {
    fn find(self, fleet: &Fleet) -> Result<Whereabouts> {
        let hints = Hints { host_plan: self.host_plan, ip: self.ip };
        whereabouts(&self.tick_url, &hints, fleet.is_rehearsal)
    }
}

impl SiteCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let act = fleet.act();
        match self {
            SiteCommand::Add { id, key, place, target, wanted_clock } => {
                let (id, key, place) = (parse_id(&id)?, check_key(&key)?, place.find(fleet)?);
                let site = fleet.store.add_site(&act, &id, &key, &place, target.as_deref(), &wanted_clock)?;
                Ok(Answer::line(json!(site), line(&site)))
            }
            SiteCommand::List { provider, gone, page } => {
                let sites = fleet.store.sites(provider.as_deref(), gone, page.after(), page.limit())?;
                let next = page.next(sites.len(), sites.last().map(|last| last.id.as_str()));
                let lines = sites.iter().map(line).collect();
                Ok(Answer::new(json!({ "sites": sites, "next": next }), lines))
            }
            SiteCommand::Show { id } => {
                let site = fleet.store.site(&parse_id(&id)?)?;
                Ok(Answer::line(json!(site), line(&site)))
            }
            SiteCommand::Move { id, place } => {
                let (id, place) = (parse_id(&id)?, place.find(fleet)?);
                let site = fleet.store.move_site(&act, &id, &place)?;
                Ok(Answer::line(json!(site), line(&site)))
            }
            SiteCommand::Remove { id } => {
                let site = fleet.store.remove_site(&act, &parse_id(&id)?)?;
                Ok(Answer::line(json!(site), line(&site)))
            }
        }
    }
}

/// An install's name for itself: 16 letters and digits.
pub(super) fn parse_id(typed: &str) -> Result<String> {
    let id = typed.trim().to_ascii_lowercase();
    match id.len() == 16 && id.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        true => Ok(id),
        false => Err(Error::invalid(errors::SITE_ID_NOT_VALID)),
    }
}

fn line(site: &Site) -> String {
    let key = site.key.as_deref().unwrap_or("-");
    let version = site.version.as_deref().unwrap_or("-");
    format!("{} {key} {} {} {version} {}", site.id, site.provider, site.wanted_clock, site.tick_url)
}
