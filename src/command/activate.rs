//! `neo activate`: takes a key or a token in, or says where the site stands.
//! The page of the same name: web/admin/activation.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::{Place, read_file, say, say_json};
use crate::app::App;
use crate::domain::calendar::rfc3339_utc;
use crate::error::{Error, Result};
use crate::mail::activation;
use crate::settings;
use crate::store::Reader;
use crate::texts::errors;

#[derive(Args)]
pub(super) struct Activate {
    /// A key, a token, or a file that holds one (`-`: standard input).
    #[arg(value_name = "TOKEN|FILE", conflicts_with = "status")]
    given: Option<String>,
    /// Say where the site stands, and change nothing.
    #[arg(long)]
    status: bool,
    #[arg(long)]
    json: bool,
}

impl Activate {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (mut app, store) = place.open()?;
        match (self.given, self.status) {
            (Some(given), _) => {
                let is_file = given == "-" || Path::new(&given).is_file();
                let text = if is_file { read_file(given.as_ref())? } else { given };
                activation::enter(&mut app, &store, &text)?;
            }
            (None, true) => {}
            (None, false) => return Err(Error::invalid(errors::ACTIVATION_MISSING)),
        }
        status(&app, &store, self.json)
    }
}

fn status(app: &App, store: &Reader, as_json: bool) -> Result<()> {
    let known = activation::known(app, store)?;
    let awaited = activation::awaited_key(app, &known)?;
    let until = known.activation.as_ref().map(|activation| rfc3339_utc(activation.valid_until));
    if as_json {
        return say_json(&json!({
            "state": known.standing.word(),
            "key": known.activation.as_ref().map(|activation| &activation.key),
            "customer": known.activation.as_ref().map(|activation| &activation.customer),
            "plan": known.activation.as_ref().map(|activation| &activation.plan),
            "site": app.settings.value(&settings::SITE_ID),
            "valid_until": until,
            "issued_at": known.activation.as_ref().map(|activation| rfc3339_utc(activation.issued_at)),
            "new_broadcasts": known.standing.allows_new_broadcasts(),
            "awaited_key": awaited,
        }));
    }
    let key = known.activation.map(|activation| activation.key).or(awaited).unwrap_or_default();
    let line = [known.standing.word(), &key, until.as_deref().unwrap_or_default()];
    say(line.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<&str>>().join(" ").as_str())
}
