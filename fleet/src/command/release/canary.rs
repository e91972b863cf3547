//! `neo-fleet release own-site` and `canary`: the vendor's own lists are served by a candidate first, and say so.
//! Not the judgement of the answers: releases/canary.rs. Not the poller: this is one signed call that anybody can repeat.

use std::time::Duration;

use clap::{Args, Subcommand};
use neo::clock::Clock;
use neo::error::{Error, Result};
use neo::link::key::{Role, SigningKey};
use neo::link::tick_call::sign_call;
use ring::rand::SecureRandom;
use serde_json::{Value, json};

use super::Answer;
use crate::app::Fleet;
use crate::releases::day::http_date;
use crate::releases::event::{Canary, Event};
use crate::releases::journal::Journal;
use crate::signing::seeds;
use crate::texts::releases as texts;

/// The most bytes of an answer that are read, and how long it is waited for.
const CAP: u64 = 64 * 1024;
const WAIT: Duration = Duration::from_secs(40);

#[derive(Subcommand)]
pub(crate) enum OwnSite {
    /// This site of the registry is our own.
    Add(Site),
    Remove(Site),
}

#[derive(Args)]
pub(crate) struct Site {
    site: String,
}

impl OwnSite {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        let (site, event, what): (String, fn(String) -> Event, &str) = match self {
            OwnSite::Add(Site { site }) => (site, |site| Event::OwnSiteAdded { site }, "own site added"),
            OwnSite::Remove(Site { site }) => {
                (site, |site| Event::OwnSiteRemoved { site }, "own site removed")
            }
        };
        if fleet.store.tick_url_of(&site)?.is_none() {
            return Err(Error::not_found(texts::SITE_UNKNOWN).with("site", site));
        }
        let number = journal.add(fleet, &event(site.clone()))?;
        fleet.store.audit(fleet.clock.now(), &fleet.who, what, &site)?;
        Ok(Answer::line(json!({ "site": site, "entry": number }), format!("{site} (entry {number})")))
    }
}

/// Asks each of our own sites once.
#[derive(Args)]
pub(crate) struct CanaryCommand {}

impl CanaryCommand {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let sites = journal.history.own_sites.clone();
        if sites.is_empty() {
            return Err(Error::invalid(texts::NO_OWN_SITE));
        }
        let (mut answers, mut lines) = (Vec::new(), Vec::new());
        for site in sites {
            let Some(url) = fleet.store.tick_url_of(&site)? else { continue };
            let canary = ask(fleet, &site, &url)?;
            let number = journal.add(fleet, &Event::Canary(canary.clone()))?;
            let version = if canary.version.is_empty() { "-" } else { &canary.version };
            lines.push(format!("{site} {version} (entry {number})"));
            answers.push(json!({
                "site": site, "version": canary.version, "their_time": canary.their_time, "program": canary.program,
                "entry": number,
            }));
        }
        Ok(Answer::new(json!({ "answers": answers }), lines))
    }
}

/// One signed call. No answer is an answer too: one of no version.
fn ask(fleet: &mut Fleet, site: &str, url: &str) -> Result<Canary> {
    let silent =
        Canary { site: site.into(), version: String::new(), program: None, their_time: None, answer: None };
    let key = seeds::present(&fleet.data.keys(), Role::Tick)?;
    // Sites of a rehearsal have a real clock, too.
    let now = Clock::machine().now();
    let Ok((their_time, body)) = call(url, site, now, &key) else { return Ok(silent) };
    let told: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let word = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_string);
    // Another site's answer proves nothing about this one.
    let is_it = word("site").is_some_and(|named| named == site);
    let version = word("version").filter(|version| is_it && version.len() <= 40).unwrap_or_default();
    let answer = Some(fleet.store.keep_release_text(&body)?);
    Ok(Canary { version, program: word("program"), their_time, answer, ..silent })
}

/// Gives the other machine's time and the body.
fn call(
    url: &str,
    site: &str,
    now: i64,
    key: &SigningKey,
) -> std::result::Result<(Option<i64>, Vec<u8>), ureq::Error> {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(WAIT)).max_redirects(0).build(),
    );
    let mut random = [0; 16];
    // Without random bytes the site refuses the call, and that is what is recorded.
    let _ = ring::rand::SystemRandom::new().fill(&mut random);
    let nonce = data_encoding::HEXLOWER.encode(&random);
    let mut request = agent.post(url).header("Content-Type", "application/json");
    for (name, value) in sign_call(site, now, &nonce, b"", key) {
        request = request.header(name, value);
    }
    let mut response = request.send_empty()?;
    let date = response.headers().get("date").and_then(|date| date.to_str().ok()).and_then(http_date);
    let body = response.body_mut().with_config().limit(CAP).read_to_vec()?;
    Ok((date, body))
}
