//! `neo-fleet release signer`: the people who may sign, each with one key.
//! Not the signing: sign.rs. Whoever is added now may sign candidates that are opened from now on.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use neo::error::{Error, Result};
use neo::link::key::SigningKey;
use serde_json::json;

use super::{Answer, words};
use crate::app::Fleet;
use crate::releases::event::Event;
use crate::releases::history::same_name;
use crate::releases::journal::{Journal, write_over};
use crate::releases::person;
use crate::texts::releases as texts;

#[derive(Subcommand)]
pub(crate) enum Signer {
    /// Register a person's public key.
    Add(Add),
    /// Her key is lost, or she has left.
    Revoke(Revoke),
    List(List),
    /// Make a key file on a machine of one's own, and print the public key.
    NewKey(NewKey),
}

#[derive(Args)]
pub(crate) struct Add {
    name: String,
    /// The public key, as new-key prints it.
    #[arg(long, allow_hyphen_values = true)]
    key: String,
}

#[derive(Args)]
pub(crate) struct Revoke {
    name: String,
    #[arg(long)]
    why: String,
}

#[derive(Args)]
pub(crate) struct List {}

#[derive(Args)]
pub(crate) struct NewKey {
    file: PathBuf,
}

impl Signer {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        match self {
            Signer::Add(command) => command.run(fleet, journal),
            Signer::Revoke(command) => command.run(fleet, journal),
            Signer::List(_) => Ok(list(journal)),
            Signer::NewKey(command) => command.run(),
        }
    }
}

impl Add {
    fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        let key = person::public_key(&self.key)?.to_string();
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        words(Some(&name), Some("-"), texts::WHO_MISSING)?;
        // One person, one key: nobody signs twice under two names, and a revoked key never comes back.
        let clashes = journal.history.signers.iter().find(|signer| {
            signer.key == key || (same_name(&signer.name, &name) && signer.revoked_at.is_none())
        });
        if let Some(signer) = clashes {
            return Err(Error::invalid(texts::SIGNER_EXISTS).with("name", signer.name.clone()));
        }
        let number = journal.add(fleet, &Event::SignerAdded { name: name.clone(), key: key.clone() })?;
        fleet.store.audit(fleet.clock.now(), &fleet.who, "signer added", &name)?;
        Ok(Answer::line(
            json!({ "name": name, "key": key, "entry": number }),
            format!("{name} (entry {number})"),
        ))
    }
}

impl Revoke {
    fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        let signer = journal.history.signer(&self.name).cloned();
        let signer = signer.ok_or_else(|| Error::not_found(texts::SIGNER_KEY_UNKNOWN))?;
        let (name, why) = words(Some(&signer.name), Some(&self.why), texts::WHO_MISSING)?;
        let number = journal.add(fleet, &Event::SignerRevoked { name: name.clone(), why })?;
        fleet.store.audit(fleet.clock.now(), &fleet.who, "signer revoked", &name)?;
        Ok(Answer::line(json!({ "name": name, "entry": number }), format!("{name} (entry {number})")))
    }
}

fn list(journal: &Journal) -> Answer {
    let signers = &journal.history.signers;
    let all: Vec<_> = signers
        .iter()
        .map(|each| json!({ "name": each.name, "key": each.key, "at": each.at, "revoked_at": each.revoked_at }))
        .collect();
    let mark = |revoked: Option<i64>| if revoked.is_some() { " (revoked)" } else { "" };
    let lines = signers.iter().map(|each| format!("{} {}{}", each.key, each.name, mark(each.revoked_at)));
    Answer::new(json!({ "signers": all }), lines.collect())
}

impl NewKey {
    pub(crate) fn run(self) -> Result<Answer> {
        if self.file.exists() {
            let file = self.file.display().to_string();
            return Err(Error::invalid(texts::FILE_UNREADABLE).with("file", file).with("why", "exists"));
        }
        let key = SigningKey::generate()?;
        write_over(&self.file, person::to_file(&key).as_bytes())?;
        let public = key.public().to_string();
        Ok(Answer::line(json!({ "key": public }), public.clone()))
    }
}
