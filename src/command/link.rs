//! `neo link status|trust|accept|fetch`: the line to the vendor.
//! Not what is believed: mail/vendor and link.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Place, read_file, say, say_json};
use crate::app::App;
use crate::domain::calendar::rfc3339_utc;
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::link::key::PublicKey;
use crate::mail::vendor::{self, fetch};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum Link {
    /// Print who is believed, what was heard when, and what the vendor sees of this site.
    Status {
        #[arg(long)]
        json: bool,
    },
    /// Believe another vendor: its public root key, or several with commas. All that was heard so far is forgotten.
    Trust {
        #[arg(allow_hyphen_values = true)]
        key: String,
    },
    /// Take in a signed file or an activation token from a file; `-` is standard input.
    Accept { file: PathBuf },
    /// Look at the vendor's folder now.
    Fetch {
        #[arg(long)]
        json: bool,
    },
}

impl Link {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (mut app, store) = place.open_within(Budget::new(PATIENCE, 0, u64::MAX))?;
        match self {
            Link::Status { json } => status(&app, &store, json),
            Link::Trust { key } => trust(&mut app, &store, &key),
            Link::Accept { file } => {
                let taken = vendor::accept_typed(&app, &store, &read_file(&file)?)?;
                say(&format!("accepted: {}", taken.join(", ")))
            }
            Link::Fetch { json } => look(&app, &store, json),
        }
    }
}

/// A person waits.
const PATIENCE: Duration = Duration::from_secs(60);

fn trust(app: &mut App, store: &Writer, key: &str) -> Result<()> {
    // An empty one would believe nobody; that is said by the setting.
    if PublicKey::parse_all(key)?.is_empty() {
        return Err(Error::invalid(errors::PUBLIC_KEY_NOT_VALID));
    }
    app.put_setting(store, &settings::VENDOR_ROOT, key)?;
    let roots = PublicKey::parse_all(app.settings.value(&settings::VENDOR_ROOT))?;
    roots.iter().try_for_each(|root| say(&format!("trusted: {} ({root})", root.id())))
}

fn look(app: &App, store: &Writer, as_json: bool) -> Result<()> {
    let accepted = fetch::look(app, store)?;
    let refused = accepted.refused_numbers();
    if as_json {
        say_json(&json!({ "accepted": accepted.taken, "refused": refused }))?;
    } else if accepted.taken.is_empty() && refused.is_empty() {
        say("nothing new")?;
    } else if !accepted.taken.is_empty() {
        say(&format!("accepted: {}", accepted.taken.join(", ")))?;
    }
    match accepted.refused.into_iter().next() {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn status(app: &App, store: &Reader, as_json: bool) -> Result<()> {
    let found = found(app, store)?;
    if as_json {
        return say_json(&found);
    }
    let Some(lines) = found.as_object() else { return Ok(()) };
    lines.iter().try_for_each(|(name, value)| say(&format!("{name}: {}", plain(name, value))))
}

/// A value as a person reads it: instants as times, lists with commas.
fn plain(name: &str, value: &Value) -> String {
    let is_instant = name.ends_with("_at") || name.ends_with("until") || name == "expires";
    match value {
        Value::Null => "-".to_string(),
        Value::String(text) if text.is_empty() => "-".to_string(),
        Value::String(text) => text.clone(),
        Value::Number(number) if is_instant => number.as_i64().map(rfc3339_utc).unwrap_or_default(),
        Value::Array(values) if values.is_empty() => "-".to_string(),
        Value::Array(values) => {
            values.iter().map(|value| plain(name, value)).collect::<Vec<String>>().join(", ")
        }
        Value::Object(values) => {
            let words = values.iter().map(|(inner, value)| format!("{inner} {}", plain(inner, value)));
            words.collect::<Vec<String>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn found(app: &App, store: &Reader) -> Result<Value> {
    let trust = store.trust(&app.settings)?;
    let now = app.clock.now();
    let heard: serde_json::Map<String, Value> = store
        .all_heard()?
        .into_iter()
        .map(|heard| {
            let name = heard.kind.trim_start_matches("neo-").to_string();
            let facts = json!({
                "number": heard.number, "heard_at": heard.heard_at, "expires": heard.expires,
                "is_current": heard.expires > now,
            });
            (name, facts)
        })
        .collect();
    let line = store.line()?;
    let state = vendor::site_state(app, store)?;
    Ok(json!({
        "site": state.site,
        "vendor_url": app.settings.value(&settings::VENDOR_URL),
        "roots": trust.roots.iter().map(PublicKey::id).collect::<Vec<String>>(),
        "keys": trust.list.iter().flat_map(|list| &list.keys).map(|key| {
            let roles: Vec<&str> = key.roles.iter().map(|role| role.word()).collect();
            format!("{} ({})", key.id, roles.join(" "))
        }).collect::<Vec<String>>(),
        "revoked": trust.list.as_ref().map(|list| list.revoked.clone()).unwrap_or_default(),
        "heard": heard,
        "activation": store.activation()?,
        "tried_at": line.tried_at,
        "fetched_at": line.fetched_at,
        "trouble": line.trouble,
        "advice": line.advice.map(|(advice, at)| json!({ "word": advice, "asked_at": at })),
        "seen_by_vendor": state,
    }))
}
