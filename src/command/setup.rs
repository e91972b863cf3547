//! `neo setup`: makes a site without a browser. The page of the same name: web/admin/setup.

use std::path::PathBuf;

use clap::Args;

use super::Place;
use crate::clock::Clock;
use crate::domain::address::Address;
use crate::error::Result;
use crate::install::{Wishes, install};

#[derive(Args)]
pub(super) struct Setup {
    /// The owner's e-mail address: her name at sign-in.
    #[arg(long)]
    email: String,
    /// A file with the password in its first line (`-`: standard input).
    #[arg(long)]
    password_file: PathBuf,
    /// Where the program is reached, e.g. https://example.jp/neo.cgi
    #[arg(long)]
    base_url: String,
    #[arg(long, default_value = "ja")]
    language: String,
    #[arg(long, default_value = "Asia/Tokyo")]
    time_zone: String,
}

impl Setup {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let password = super::read_file(&self.password_file)?;
        let wishes = Wishes {
            address: Address::parse(&self.email)?,
            password: password.lines().next().unwrap_or_default(),
            base_url: &self.base_url,
            language: &self.language,
            time_zone: &self.time_zone,
            transport: None,
        };
        install(&place.folder()?, &wishes, &Clock::machine())
    }
}
