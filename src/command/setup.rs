//! `neo setup`: makes a site without a browser.
//! The page of the same name: web/admin/setup.

use std::path::PathBuf;

use clap::Args;

use super::Place;
use crate::clock::Clock;
use crate::domain::address::Address;
use crate::error::Result;
use crate::host::paths::DataFolder;
use crate::install::{self, Wishes, install};
use crate::texts::common;

#[derive(Args)]
pub(super) struct Setup {
    /// The owner's e-mail address: her name at sign-in.
    #[arg(long, required_unless_present = "code")]
    email: Option<String>,
    /// A file with the password in its first line (`-`: standard input).
    #[arg(long, required_unless_present = "code")]
    password_file: Option<PathBuf>,
    /// Where the program is reached, e.g. `https://example.jp/neo.cgi`
    #[arg(long, required_unless_present = "code")]
    base_url: Option<String>,
    /// Only print the code for the set-up page.
    #[arg(long, conflicts_with = "email")]
    code: bool,
    #[arg(long, default_value = "ja")]
    language: String,
    #[arg(long, default_value = "Asia/Tokyo")]
    time_zone: String,
}

impl Setup {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let folder = place.folder()?;
        if self.code {
            return print_code(&folder);
        }
        let password = super::read_file(&self.password_file.unwrap_or_default())?;
        let wishes = Wishes {
            address: Address::parse(&self.email.unwrap_or_default())?,
            password: password.lines().next().unwrap_or_default(),
            base_url: &self.base_url.unwrap_or_default(),
            language: &self.language,
            time_zone: &self.time_zone,
            transport: None,
        };
        install(&folder, &wishes, &Clock::machine())
    }
}

/// For who starts NEO on her own machine: the code that others read by FTP. A site that is set up has none.
fn print_code(folder: &DataFolder) -> Result<()> {
    match folder.database().exists() {
        true => Ok(()),
        false => super::say(&format!("{}: {}", common::SETUP_CODE.ja, install::setup_code(folder)?)),
    }
}
