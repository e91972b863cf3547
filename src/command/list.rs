//! `neo list add|show`.
//! The lists' page: web/admin/lists.

use clap::Subcommand;
use serde_json::json;

use super::{Place, say, say_json};
use crate::domain::list::{ListName, OptIn, Tracking, split_mailbox};
use crate::error::Result;
use crate::settings;
use crate::texts::Language;

#[derive(Subcommand)]
pub(super) enum List {
    /// Add a list and print its number.
    Add {
        name: String,
        #[arg(long)]
        title: Option<String>,
        /// The sender: 'Name <a@example.jp>'.
        #[arg(long)]
        from: Option<String>,
        #[arg(long, value_parser = ["double", "single"], default_value = "double")]
        opt_in: String,
        /// The language of its form and mails.
        #[arg(long, value_parser = ["ja", "en"])]
        language: Option<String>,
        /// What is counted of its HTML mails: `opens`, `clicks` or both with a comma. Its form tells readers.
        #[arg(long, value_parser = ["opens", "clicks"], value_delimiter = ',')]
        track: Vec<String>,
    },
    /// Print a list and its counts.
    Show {
        name: String,
        #[arg(long)]
        json: bool,
    },
}

impl List {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        match self {
            List::Add { name, title, from, opt_in, language, track } => {
                let counts = |what: &str| track.iter().any(|word| word == what);
                let name = ListName::parse(&name)?;
                let from = from.unwrap_or_else(|| default_sender(&app.settings));
                let (from_name, from_address) = split_mailbox(&from);
                let wishes = crate::domain::list::Wishes {
                    title: title.as_deref().unwrap_or(name.as_str()),
                    description: "",
                    consent_text: "",
                    from_name: &from_name,
                    from_address: &from_address,
                    opt_in: OptIn::parse(&opt_in).unwrap_or(OptIn::Double),
                    language: language
                        .as_deref()
                        .and_then(Language::parse)
                        .unwrap_or(app.settings.language()),
                    tracking: Tracking { opens: counts("opens"), clicks: counts("clicks") },
                };
                let list = crate::domain::list::List::parse(name.clone(), &wishes)?;
                say(&store.add_list(&list, app.clock.now())?.to_string())
            }
            List::Show { name, json } => {
                let list = store.list_named(&name)?;
                let counts = store.list_counts(list.id)?;
                if json {
                    return say_json(&json!({
                        "id": list.id, "name": list.name.as_str(), "title": list.title,
                        "from": format!("{} <{}>", list.from_name, list.from_address),
                        "opt_in": list.opt_in.word(), "counts": counts,
                    }));
                }
                say(&format!("{} {} ({})", list.id, list.name.as_str(), list.title))?;
                say(&format!(
                    "from {} <{}>, opt-in {}",
                    list.from_name,
                    list.from_address,
                    list.opt_in.word()
                ))?;
                say(&format!(
                    "confirmed {}, pending {}, left {}",
                    counts.confirmed, counts.pending, counts.left
                ))
            }
        }
    }
}

/// `news@HOST` of the base URL: an address that exists nowhere yet is at least of the owner's domain.
fn default_sender(values: &settings::Settings) -> String {
    let base = url::Url::parse(values.value(&settings::BASE_URL)).ok();
    let host = base.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    format!("news@{host}")
}
