//! `neo-fleet root new|sign|rotate`: the root key, on a machine that is never online. No database, no data folder.
//! Not the online keys: signing.

use std::path::PathBuf;

use clap::Subcommand;
use neo::domain::calendar::{Zone, page_time};
use neo::error::{Error, Result};
use neo::host::key_file::write_new;
use neo::link::key::KeyList;
use serde_json::json;

use super::{Answer, read_file};
use crate::signing::{root, seeds};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum RootCommand {
    /// Make a root key; print its public half, which goes into every install.
    New { file: PathBuf },
    /// Print the public half of a root key.
    Show { file: PathBuf },
    /// Sign a request from the online machine; print what was signed, to be read aloud.
    Sign {
        request: PathBuf,
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// The signed list, to be carried back.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Make the next root key; print both public halves: releases carry both until the old one is revoked.
    Rotate {
        new: PathBuf,
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
    },
}

impl RootCommand {
    pub(super) fn run(self) -> Result<Answer> {
        match self {
            RootCommand::New { file } => {
                let public = seeds::make_new(&file)?.public();
                Ok(Answer::line(json!({ "id": public.id(), "public": public }), public.to_string()))
            }
            RootCommand::Show { file } => {
                let public = seeds::read(&file)?.public();
                Ok(Answer::line(json!({ "id": public.id(), "public": public }), public.to_string()))
            }
            RootCommand::Sign { request, root, out } => {
                let list = root::read_request(&read_file(&request)?)?;
                if out.exists() {
                    return Err(Error::invalid(errors::SEED_EXISTS).with("file", out.as_path()));
                }
                let text = root::sign(&root, &list)?;
                write_new(&out, &text)?;
                Ok(Answer::new(json!({ "list": list, "file": out.display().to_string() }), lines(&list)))
            }
            RootCommand::Rotate { new, root } => {
                let (old, new) = root::rotate(&root, &new)?;
                let (old, new) = (old.public(), new.public());
                let roots = format!("{old},{new}");
                let json = json!({ "roots": roots, "new": new, "new_id": new.id(), "old_id": old.id() });
                Ok(Answer::new(json, vec![roots]))
            }
        }
    }
}

/// What a list says, a line for each key.
pub(super) fn lines(list: &KeyList) -> Vec<String> {
    let time = |at| page_time(at, Zone::default());
    let mut lines = vec![format!("{} {} - {}", list.number, time(list.issued_at), time(list.expires))];
    for key in &list.keys {
        let roles: Vec<&str> = key.roles.iter().map(|role| role.word()).collect();
        lines.push(format!("+ {} {} {}", key.id, roles.join(","), key.public));
    }
    lines.extend(list.revoked.iter().map(|id| format!("- {id}")));
    lines
}
