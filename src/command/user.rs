//! `neo user add|reset`: who may sign in, and the way back in after a lost password.
//! Not the hashing: host/password.

use std::path::PathBuf;

use clap::Subcommand;

use super::Place;
use crate::domain::address::Address;
use crate::error::{Error, Result};
use crate::host::password;
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum User {
    /// Let somebody sign in.
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        password_file: PathBuf,
    },
    /// Give somebody a new password and end all her sessions.
    Reset {
        #[arg(long)]
        email: String,
        #[arg(long)]
        password_file: PathBuf,
    },
}

impl User {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        let (User::Add { email, password_file } | User::Reset { email, password_file }) = &self;
        let address = Address::parse(email)?;
        let typed = super::read_file(password_file)?;
        let hash = password::hash(app.folder.path(), typed.lines().next().unwrap_or_default())?;
        let known = store.user_by_address(&address)?;
        match (self, known) {
            (User::Add { .. }, None) => {
                store.add_user(&address, &hash, app.settings.language().tag(), app.clock.now()).map(|_| ())
            }
            (User::Add { .. }, Some(_)) => {
                Err(Error::invalid(errors::NAME_ALREADY_USED).with("name", address.as_str()))
            }
            (User::Reset { .. }, Some(user)) => store.change_password(user.id, &hash, app.clock.now()),
            (User::Reset { .. }, None) => Err(Error::not_found(errors::USER_NOT_FOUND)),
        }
    }
}
