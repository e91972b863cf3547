//! `neo setting get|set|list`.
//! The settings themselves: settings.rs.

use clap::Subcommand;

use super::{Place, say};
use crate::error::Result;
use crate::settings;
use crate::texts::Language;

#[derive(Subcommand)]
pub(super) enum Setting {
    /// Print a value; a secret prints as `(set)` or nothing.
    Get { key: String },
    /// Change a value. `-` reads it from standard input, so that secrets stay out of the process list.
    Set {
        key: String,
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Print every setting with its value and meaning.
    List,
}

impl Setting {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (mut app, store) = place.open()?;
        match self {
            Setting::Get { key } => say(shown(&app.settings, settings::find(&key)?)),
            Setting::Set { key, value } => {
                let setting = settings::find(&key)?;
                let value = if value == "-" { super::read_file("-".as_ref())? } else { value };
                app.put_setting(&store, setting, value.trim_end_matches(['\r', '\n']))
            }
            Setting::List => settings::ALL.iter().try_for_each(|setting| {
                let help = setting.help.to(Language::En);
                say(&format!(
                    "{} = {}\n    {help}\n    {}",
                    setting.key,
                    shown(&app.settings, setting),
                    setting.help.ja
                ))
            }),
        }
    }
}

fn shown<'a>(values: &'a settings::Settings, setting: &'a settings::Setting) -> &'a str {
    match (setting.is_secret(), values.value(setting).is_empty()) {
        (true, false) => "(set)",
        _ => values.value(setting),
    }
}
