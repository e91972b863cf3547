//! `neo-fleet signing new|next|request|take|switch|show`: the online keys and the list by which the root vouches for them.
//! Not the root itself: root.

use std::path::PathBuf;

use clap::Subcommand;
use neo::error::{Error, Result};
use neo::host::key_file::write_new;
use neo::link::key::{PublicKey, Role};
use serde_json::json;

use super::{Answer, read_file, root};
use crate::app::Fleet;
use crate::signing::{ROLES, list, parse_role, seeds};
use crate::store::audit::Act;

const WORDS: [&str; 4] = ["feed", "release", "activation", "tick"];

#[derive(Subcommand)]
pub(super) enum SigningCommand {
    /// Make the four online keys; those that are there stay.
    New,
    /// Make a key's successor. It signs nothing until the root has vouched for it.
    Next {
        #[arg(value_parser = WORDS)]
        role: String,
    },
    /// Write what the root is to sign.
    Request {
        file: PathBuf,
        /// For so many days installs believe the list.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=1100))]
        days: i64,
        /// The id of a key that must not be believed any more; also a root's.
        #[arg(long, value_name = "ID")]
        revoke: Vec<String>,
    },
    /// Take the list that the root has signed.
    Take {
        file: PathBuf,
        /// The public halves of the roots that installs are built with; needed the first time.
        #[arg(long, value_name = "PUBLIC", allow_hyphen_values = true)]
        root: Option<String>,
    },
    /// Let the successor sign from now on, when installs have had time to hear of it.
    Switch {
        #[arg(value_parser = WORDS)]
        role: String,
    },
    /// Print the keys and the list in force.
    Show,
}

impl SigningCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let (act, folder) = (fleet.act(), fleet.data.keys());
        match self {
            SigningCommand::New => {
                for role in ROLES {
                    seeds::make(&folder, role)?;
                }
                fleet.store.audit_act(&act, "signing keys made", "signing")?;
                show(fleet)
            }
            SigningCommand::Next { role } => {
                let role = role_of(&role)?;
                let public = seeds::make_next(&folder, role)?.public();
                fleet.store.audit_act(
                    &act,
                    &format!("{} made for {}", public.id(), role.word()),
                    "signing",
                )?;
                Ok(key_answer(role, public))
            }
            SigningCommand::Request { file, days, revoke } => request(fleet, &act, &file, days, &revoke),
            SigningCommand::Take { file, root } => {
                let roots = root.as_deref().map(PublicKey::parse_all).transpose()?;
                let taken = list::take(&mut fleet.store, &folder, &act, &read_file(&file)?, roots)?;
                let switched: Vec<&str> = taken.switched.iter().map(|role| role.word()).collect();
                Ok(Answer::new(json!({ "list": taken.list, "switched": switched }), root::lines(&taken.list)))
            }
            SigningCommand::Switch { role } => {
                let role = role_of(&role)?;
                let public = list::switch(&mut fleet.store, &folder, &act, role)?;
                Ok(key_answer(role, public))
            }
            SigningCommand::Show => show(fleet),
        }
    }
}

fn request(
    fleet: &mut Fleet,
    act: &Act,
    file: &std::path::Path,
    days: i64,
    revoke: &[String],
) -> Result<Answer> {
    let folder = fleet.data.keys();
    let list = list::request(&mut fleet.store, &folder, act, days, revoke)?;
    let text = serde_json::to_string_pretty(&list).map_err(|cause| Error::fault("writing JSON", cause))?;
    write_new(file, &text)?;
    Ok(Answer::new(json!({ "list": list }), root::lines(&list)))
}

fn show(fleet: &mut Fleet) -> Result<Answer> {
    let folder = fleet.data.keys();
    let trust = list::trust(&mut fleet.store)?;
    let (mut keys, mut lines) = (Vec::new(), Vec::new());
    for role in ROLES {
        let present = seeds::present(&folder, role)?.public();
        let next = seeds::next(&folder, role)?.map(|key| key.public());
        for (public, place) in
            [Some((present, "present")), next.map(|next| (next, "next"))].into_iter().flatten()
        {
            let is_trusted = trust.key(&public.id(), role).is_ok();
            keys.push(json!({ "role": role, "place": place, "id": public.id(), "public": public, "trusted": is_trusted }));
            let mark = if is_trusted { "+" } else { "?" };
            lines.push(format!("{mark} {} {} {place}", public.id(), role.word()));
        }
    }
    lines.extend(trust.list.iter().flat_map(root::lines));
    Ok(Answer::new(json!({ "keys": keys, "roots": trust.roots, "list": trust.list }), lines))
}

fn role_of(word: &str) -> Result<Role> {
    parse_role(word).ok_or_else(|| Error::fault("reading a role", word))
}

fn key_answer(role: Role, public: PublicKey) -> Answer {
    let line = format!("{} {}", public.id(), role.word());
    Answer::line(json!({ "role": role, "id": public.id(), "public": public }), line)
}
